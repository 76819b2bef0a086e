import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ppm, type Ticks, ticks } from '../numeric/brand.ts';
import { type TargetInput, targetFractionExact, targetFractionPpm } from './targetFraction.ts';

const RUNS = { seed: 20_268, numRuns: 500 };
/** Vectors are entered with twelve decimals, so that what is compared is the formula and not the tick. */
const DECIMALS = 12;
const UNIT = 10n ** BigInt(DECIMALS);

function units(text: string): Ticks {
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const value = BigInt(whole) * UNIT + BigInt(fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'));
  return ticks(negative ? -value : value);
}

/** Nine decimals of the exact fraction, rounded to the nearest. */
function ninths(input: TargetInput): bigint {
  const { numerator, denominator } = targetFractionExact(input);
  return (2n * numerator * 10n ** 9n + denominator) / (2n * denominator);
}

/** The source's figures (mark value, margin, reserved cash) in ours: requirement = mark value − margin. */
function fromMarks(figures: {
  readonly value: string;
  readonly margin: string;
  readonly reserved?: string;
  readonly factorPpm: bigint;
  readonly bufferPpm: number;
}): TargetInput {
  const value = units(figures.value);
  const reservedCash = units(figures.reserved ?? '0');
  return {
    haircutEquity: value,
    requirement: ticks(value - units(figures.margin)),
    reservedCash,
    price: ticks(((value - reservedCash) * figures.factorPpm) / 1_000_000n),
    fee: ticks(0n),
    bufferPpm: ppm(figures.bufferPpm),
  };
}

describe('the smallest fraction that is enough', () => {
  it('is the fraction of the two-phase auction where the reserve is its price (vectors V34, V35, V36)', () => {
    const first = fromMarks({ value: '300', margin: '-100', factorPpm: 1_000_000n, bufferPpm: 100_000 });
    expect(targetFractionPpm(first) / 1_000).toBeCloseTo(318.182, 3);
    const later = fromMarks({ value: '300', margin: '-100', factorPpm: 900_000n, bufferPpm: 100_000 });
    expect(Math.floor(targetFractionPpm(later) / 1_000)).toBe(341);
    expect((270n * BigInt(targetFractionPpm(later))) / 1_000_000n).toBe(92n);
    // After a first bidder took 30 % for 1440, the cash stays in the account.
    const second = fromMarks({ value: '5640', margin: '-5560', reserved: '1440', factorPpm: 800_000n, bufferPpm: 0 });
    expect(Math.floor(targetFractionPpm(second) / 100)).toBe(5_366);
    expect((second.price * BigInt(targetFractionPpm(second))) / 1_000_000n / UNIT).toBe(1_803n);
  });

  it('is the fraction of a recorded liquidation, before and after a first bid (vectors V40, V42)', () => {
    const recorded = fromMarks({
      value: '119.30633018077472',
      margin: '-103.09061949052965',
      factorPpm: 980_000n,
      bufferPpm: 200_000,
    });
    expect(ninths(recorded)).toBe(557_941_285n);
    const bid = (recorded.price * ninths(recorded)) / 10n ** 9n;
    expect(bid / 10n ** 5n).toBe(652_346_086n);
    const later = fromMarks({
      value: '119.30871879735244',
      margin: '-103.08786782886884',
      factorPpm: 926_000n,
      bufferPpm: 200_000,
    });
    const tenth = later.price / 10n;
    expect(tenth / 10n ** 3n).toBe(11_047_987_360n);
    const second: TargetInput = {
      ...later,
      haircutEquity: ticks((later.haircutEquity * 9n) / 10n + tenth),
      requirement: ticks((later.requirement * 9n) / 10n),
      reservedCash: ticks(tenth),
      price: ticks((later.price * 9n) / 10n),
    };
    expect(ninths(second)).toBe(524_290_586n);
  });

  it('is the shortage rule where the positions are sold and the cash is kept (vector V53)', () => {
    // Ten contracts at 100, margin 10 %, ten dollars short. All equity is cash, which is not for sale; the positions are closed at mark.
    const closes = (feePpm: bigint, pricePpm: bigint): bigint => {
      const notional = (1_000n * UNIT * pricePpm) / 1_000_000n;
      const requirement = notional / 10n;
      const equity = ticks(requirement - 10n * UNIT);
      return (
        10n *
        ninths({
          haircutEquity: equity,
          requirement: ticks(requirement),
          reservedCash: equity,
          price: ticks(0n),
          fee: ticks((notional * feePpm) / 1_000_000n),
          bufferPpm: ppm(0),
        })
      );
    };
    expect(closes(0n, 1_000_000n)).toBe(1_000_000_000n);
    expect(closes(10_000n, 1_000_000n)).toBe(1_111_111_110n);
    expect(closes(20_000n, 1_000_000n)).toBe(1_250_000_000n);
    expect(closes(0n, 990_000n)).toBe(1_010_101_010n);
    expect(closes(0n, 1_010_000n)).toBe(990_099_010n);
  });

  it('is nothing at the buffer, and everything where no part is enough', () => {
    const base: TargetInput = {
      haircutEquity: ticks(110n),
      requirement: ticks(100n),
      reservedCash: ticks(0n),
      price: ticks(110n),
      fee: ticks(0n),
      bufferPpm: ppm(100_000),
    };
    expect(targetFractionPpm(base)).toBe(0);
    expect(targetFractionPpm({ ...base, haircutEquity: ticks(109n) })).toBe(9_010);
    expect(targetFractionPpm({ ...base, haircutEquity: ticks(50n), price: ticks(0n) })).toBe(1_000_000);
    expect(targetFractionPpm({ ...base, haircutEquity: ticks(50n), price: ticks(5n), fee: ticks(9n) })).toBe(1_000_000);
    expect(targetFractionPpm({ ...base, haircutEquity: ticks(-50n), price: ticks(-50n) })).toBe(1_000_000);
  });

  it('lifts the account to its buffer, and one millionth less would not', () => {
    const money = fc.bigInt(0n, 10n ** 15n);
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 15n), 10n ** 15n),
        money,
        money,
        fc.bigInt(-(10n ** 15n), 10n ** 15n),
        fc.bigInt(0n, 10n ** 12n),
        fc.integer({ min: 0, max: 1_000_000 }),
        (haircutEquity, requirement, reservedCash, price, fee, bufferPpm) => {
          const input: TargetInput = {
            haircutEquity: ticks(haircutEquity),
            requirement: ticks(requirement),
            reservedCash: ticks(reservedCash),
            price: ticks(price),
            fee: ticks(fee),
            bufferPpm: ppm(bufferPpm),
          };
          const fraction = BigInt(targetFractionPpm(input));
          // Everything times 10^12, so that the arithmetic of the check is exact.
          const surplusAt = (f: bigint): bigint => {
            const equity = (haircutEquity - reservedCash) * (1_000_000n - f) + reservedCash * 1_000_000n + f * (price - fee);
            return equity * 1_000_000n - requirement * (1_000_000n - f) * (1_000_000n + BigInt(bufferPpm));
          };
          expect(fraction >= 0n && fraction <= 1_000_000n).toBe(true);
          if (reservedCash + price - fee > 0n) expect(surplusAt(fraction)).toBeGreaterThanOrEqual(0n);
          if (fraction > 0n) expect(surplusAt(fraction - 1n)).toBeLessThan(0n);
        },
      ),
      RUNS,
    );
  });
});
