import type { Event } from '@plimsoll/core/engine';
import { accountId, amount, assetId, instrumentId, lots, ppm, ticks } from '@plimsoll/core/numeric';
import { describe, expect, test } from 'vitest';
import { deedsLine, summaryLines } from './summary.ts';
import { countEvents, createDemoTally, DEEDS } from './tally.ts';

const [LIQUIDATED, TAKER] = [accountId(5), accountId(6)];
const HOLDINGS = [
  { symbol: 'DAI', amount: 21_145_000_000_001n, decimals: 6 },
  { symbol: 'ETH', amount: 4_563_500_000_000n, decimals: 9 },
];

/** One ether and ten lots of a hundredth each, from one account to another. */
function slice(layer: 'auction' | 'backstop' | 'inventory', insurancePaid = 0n): Event {
  return {
    kind: 'sliceSold',
    account: LIQUIDATED,
    taker: TAKER,
    layer,
    fractionPpm: ppm(1_000_000),
    price: ticks(0n),
    markValue: ticks(0n),
    fee: ticks(0n),
    insurancePaid: ticks(insurancePaid),
    toRecovery: ticks(0n),
    legs: [
      { place: 'balance', account: LIQUIDATED, asset: assetId(1), amount: amount(-1_000_000_000n) },
      { place: 'balance', account: TAKER, asset: assetId(1), amount: amount(1_000_000_000n) },
      { place: 'position', account: LIQUIDATED, instrument: instrumentId(0), lots: lots(10) },
      { place: 'position', account: TAKER, instrument: instrumentId(0), lots: lots(-10) },
    ],
  };
}

describe('what a run of the demo comes to', () => {
  test('counts what was accepted, what each layer took over at the price of its block, and what the backstop sold again apart', () => {
    const tally = createDemoTally();
    tally.priceNano = 100_000_000_000n;
    countEvents(tally, [slice('auction'), slice('auction', 7_000_000n), slice('backstop')]);
    tally.priceNano = 50_000_000_000n;
    countEvents(tally, [slice('inventory')]);
    expect([...tally.layers].map(([layer, { count, micro }]) => [layer, count, micro])).toEqual([
      ['protection', 0, 0n],
      ['auction', 2, 220_000_000n],
      ['backstop', 1, 110_000_000n],
      ['insurance', 1, 7_000_000n],
      ['adl', 0, 0n],
      ['socialised', 0, 0n],
      ['recovery', 0, 0n],
    ]);
    expect(tally.inventory).toEqual({ count: 1, micro: 55_000_000n });
  });

  test('is told with the balance sheet, and says so where that is not neutral', () => {
    const tally = createDemoTally();
    tally.deeds.set('traded', 1_257);
    tally.priceNano = 100_000_000_000n;
    countEvents(tally, [slice('auction'), slice('inventory')]);
    expect(deedsLine(tally)).toBe(
      'Accepted from the agents: 1,257 trades, 0 loans drawn, 0 repayments, 0 bids in auctions, 0 payments into the backstop.',
    );
    for (const deed of DEEDS) tally.deeds.set(deed, 1);
    expect(deedsLine(tally)).toBe(
      'Accepted from the agents: 1 trade, 1 loan drawn, 1 repayment, 1 bid in an auction, 1 payment into the backstop.',
    );
    expect(summaryLines({ ...tally, auctions: 1 }, { holdings: HOLDINGS, violations: [] })[1]).toMatch(
      /^1 liquidation came to auction; /,
    );
    const lines = summaryLines(tally, { holdings: HOLDINGS, violations: [] });
    expect(lines[1]).toBe(
      '0 liquidations came to auction; the backstop sold $110.00 of what it took again. What each layer took over, or carried:',
    );
    expect(lines[4]).toBe('  2 auction              1  $110.00');
    expect(lines.at(-1)).toBe(
      'Balance sheet: neutral. 21,145,000.00 DAI and 4,563.50 ETH are held, claims are the same to the last unit, and every long has its short.',
    );
    const wrong = { law: 'claimsEqualHoldings', subject: 'asset 0', expected: 2n, found: 1n } as const;
    expect(summaryLines(tally, { holdings: HOLDINGS, violations: [wrong] }).slice(-2)).toEqual([
      'Balance sheet: NOT NEUTRAL. 21,145,000.00 DAI and 4,563.50 ETH are held.',
      '  claimsEqualHoldings: asset 0: expected 2, found 1',
    ]);
  });
});
