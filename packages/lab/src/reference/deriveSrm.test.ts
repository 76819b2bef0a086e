import { describe, expect, it } from 'vitest';
import type { SrmExpiry } from './deriveSrm.ts';
import { SRM_FIXTURE_PARAMETERS, srmBaseMargin, srmMaximumLoss, srmOptionMargin, srmPerpetualMargin } from './deriveSrm.ts';

/** The vectors print six decimals. */
const PRINTED_TOLERANCE = 5e-7;
const DAY = 86_400;
const HOUR = 3_600;

/** ETH at 2000; the fixture's expiries are 10 and 17 days and 8 hours away. */
const SPOT = 2000;
const JANUARY_11 = { secondsToExpiry: 10 * DAY + 8 * HOUR, forward: 2002.83305, discount: 1 };
const JANUARY_18 = { secondsToExpiry: 17 * DAY + 8 * HOUR, forward: 2004.7545, discount: 1 };

type Terms = readonly (readonly ['call' | 'put', number, number])[];

function book(expiry: Omit<SrmExpiry, 'options'>, options: Terms): SrmExpiry {
  return { ...expiry, options: options.map(([kind, strike, amount]) => ({ kind, strike, amount, volatility: 0.5 })) };
}

const SHORT_BOX: Terms = [
  ['call', 1000, -1],
  ['put', 1000, 1],
  ['call', 2000, 1],
  ['put', 2000, -1],
];

describe('SRM options, test-cases-portfolio.json', () => {
  it.each([
    ['V9 line 38, one in-the-money call sold', book(JANUARY_11, [['call', 1500, -1]]), -802.844005, -652.844005],
    ['V10 line 56, two in-the-money puts sold', book(JANUARY_11, [['put', 3000, -2]]), -2594.333962, -2294.333962],
    ['V11 line 74, one out-of-the-money call sold', book(JANUARY_18, [['call', 2500, -1]]), -201.928134, -151.928134],
    ['V12 line 92, one far put sold', book(JANUARY_11, [['put', 1100, -1]]), -200, -150],
    ['V19 line 483, a box sold', book(JANUARY_11, SHORT_BOX), -1000, -1000],
  ])('%s', (_name, expiry, initial, maintenance) => {
    const atInitial = srmOptionMargin(expiry, SPOT, SRM_FIXTURE_PARAMETERS, 'initial');
    const atMaintenance = srmOptionMargin(expiry, SPOT, SRM_FIXTURE_PARAMETERS, 'maintenance');
    expect(Math.abs(atInitial - initial)).toBeLessThanOrEqual(PRINTED_TOLERANCE);
    expect(Math.abs(atMaintenance - maintenance)).toBeLessThanOrEqual(PRINTED_TOLERANCE);
  });

  it('charges calls sold beyond those bought on the forward', () => {
    const expiry = book(JANUARY_11, [
      ['call', 1500, -3],
      ['call', 2500, 1],
    ]);
    expect(srmMaximumLoss(expiry, 1.2)).toBeCloseTo(-3000 - 2 * 1.2 * 2002.83305, 9);
  });
});

describe('SRM as a risk measure', () => {
  it('can ask more for two books together than for each alone, because it takes the better of two rules per expiry', () => {
    const call: Terms = [['call', 1500, -1]];
    const marginOf = (terms: Terms): number =>
      srmOptionMargin(book(JANUARY_11, terms), SPOT, SRM_FIXTURE_PARAMETERS, 'maintenance');
    expect(marginOf([...call, ...SHORT_BOX])).toBeLessThan(marginOf(call) + marginOf(SHORT_BOX) - 100);
  });
});

describe('SRM perpetuals and base collateral', () => {
  it('takes a fraction of the notional of a perpetual on either side', () => {
    const inputs = { price: 2001, parameters: SRM_FIXTURE_PARAMETERS };
    expect(srmPerpetualMargin({ ...inputs, size: -2, level: 'maintenance' })).toBeCloseTo(-200.1, 10);
    expect(srmPerpetualMargin({ ...inputs, size: 2, level: 'initial' })).toBeCloseTo(-260.13, 10);
  });

  it('counts a fraction of the value of base collateral', () => {
    const inputs = { size: 3, spotPrice: SPOT, parameters: SRM_FIXTURE_PARAMETERS };
    expect(srmBaseMargin({ ...inputs, level: 'maintenance' })).toBe(4800);
  });
});
