import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { instrumentId, lots, ticks, ticksPerLot } from '../numeric/brand.ts';
import { type BankruptPosition, bankruptcyQuote, deficitOfClosed, spreadDeficit } from './bankruptcy.ts';

const RUNS = { seed: 20_273, numRuns: 400 };

describe('the bankruptcy quote', () => {
  it('brings the account to zero (vector V50)', () => {
    // BTC at 50 000, ETH at 3 000. Cash, BTC and ETH held in thousandths, what is closed in thousandths, quote.
    const table = [
      ['long BTC', -4_501, 100, 0, 'BTC', 100, 4_501n],
      ['long BTC, at zero', -5_000, 100, 0, 'BTC', 100, 5_000n],
      ['long BTC, insolvent', -5_100, 100, 0, 'BTC', 100, 5_100n],
      ['half of a long', -5_000, 100, 0, 'BTC', 50, 2_500n],
      ['short BTC', 5_499, -100, 0, 'BTC', -100, -5_499n],
      ['short BTC, insolvent', 4_900, -100, 0, 'BTC', -100, -4_900n],
      ['ETH of two longs', -490, 4, 100, 'ETH', 100, 294n],
      ['ETH of two shorts', 510, -4, -100, 'ETH', -100, -306n],
      ['short ETH beside long BTC', 110, 4, -100, 'ETH', -100, -306n],
    ] as const;
    for (const [name, cash, btc, eth, closes, size, quote] of table) {
      const btcValue = BigInt(btc * 50);
      const ethValue = BigInt(eth * 3);
      const closedValue = BigInt(size * (closes === 'BTC' ? 50 : 3));
      const result = bankruptcyQuote({
        valueChange: ticks(-closedValue),
        equity: ticks(BigInt(cash) + btcValue + ethValue),
        // One margin rate for both: spreading by margin, as the source does, and by notional, as we do, is the same.
        weight: magnitude(closedValue),
        totalWeight: magnitude(btcValue) + magnitude(ethValue),
      });
      expect(`${name}: ${result}`).toBe(`${name}: ${quote}`);
    }
  });

  it('is rounded up, against whoever closes', () => {
    const close = { valueChange: ticks(-10n), weight: 1n, totalWeight: 3n };
    expect(bankruptcyQuote({ ...close, equity: ticks(1n) })).toBe(10n);
    expect(bankruptcyQuote({ ...close, equity: ticks(-1n) })).toBe(11n);
    expect(() => bankruptcyQuote({ ...close, equity: ticks(0n), weight: 4n })).toThrow(InvariantViolation);
  });
});

describe('the deficit of a bankrupt account, position by position', () => {
  const position = (instrument: number, held: number, mark: number): BankruptPosition => ({
    instrument: instrumentId(instrument),
    lots: lots(held),
    mark: ticksPerLot(mark),
  });

  it('is spread by notional and closes the account at exactly zero', () => {
    const spread = spreadDeficit(ticks(100n), [position(2, -30, 10), position(1, 2, 350), position(3, 0, 99)]);
    expect(spread).toEqual([
      { instrument: 1, lots: 2, deficit: 70n, proceeds: 770n },
      { instrument: 2, lots: -30, deficit: 30n, proceeds: -270n },
    ]);
  });

  it('is spread by lots where every mark is zero, and stays whole where there is no position', () => {
    expect(spreadDeficit(ticks(9n), [position(1, 2, 0), position(2, -1, 0)]).map((part) => part.deficit)).toEqual([6n, 3n]);
    expect(spreadDeficit(ticks(9n), [])).toEqual([]);
  });

  it('sums to the deficit, and closing everything at these proceeds leaves cash plus proceeds at zero', () => {
    const books = fc.uniqueArray(
      fc.tuple(fc.nat(50), fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: -10, max: 1_000_000 })),
      { minLength: 1, maxLength: 6, selector: ([instrument]) => instrument },
    );
    fc.assert(
      fc.property(books, fc.bigInt(0n, 10n ** 12n), (book, deficit) => {
        const positions = book.map(([instrument, held, mark]) => position(instrument, held, mark));
        if (positions.every((entry) => entry.lots === 0)) return;
        const value = positions.reduce((total, entry) => total + BigInt(entry.lots) * BigInt(entry.mark), 0n);
        const cash = -deficit - value; // equity is minus the deficit
        const spread = spreadDeficit(ticks(deficit), positions);
        expect(spread.reduce((total, part) => total + part.deficit, 0n)).toBe(deficit);
        expect(spread.reduce((total, part) => total + part.proceeds, cash)).toBe(0n);
        for (const part of spread) expect(part.deficit).toBeGreaterThanOrEqual(0n);
      }),
      RUNS,
    );
  });

  it('goes with the lots that are closed, all of it with the last one', () => {
    const [part] = spreadDeficit(ticks(100n), [position(1, -7, 10)]);
    if (part === undefined) throw new Error('one position');
    expect([0, 1, 3, 7].map((closed) => deficitOfClosed(part, lots(-closed)))).toEqual([0n, 15n, 43n, 100n]);
    expect(() => deficitOfClosed(part, lots(-8))).toThrow(InvariantViolation);
  });
});

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
