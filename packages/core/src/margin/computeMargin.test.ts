import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import defaultJson from '../../../../profiles/plimsoll-default.json' with { type: 'json' };
import provableJson from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { compileRisk } from './compileRisk.ts';
import { computeMargin, computeMarginExact } from './computeMargin.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT, BALANCE_SUPPLY } from './portfolio.ts';
import {
  BTC_PERPETUAL,
  ETH_FUTURE,
  ETH_PERPETUAL,
  ETHER,
  INSTRUMENT_COUNT,
  NANO,
  OUTSIDE,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  USDC,
  worldInput,
} from './testing/marginWorld.ts';

const profile = trustedProfile(defaultJson);
const provable = trustedProfile(provableJson);
const model = compileRisk(worldInput({ profile }));
const provableModel = compileRisk(worldInput({ profile: provable }));

test('a perpetual under the provable profile costs its worst move and its add-ons, to the tick', () => {
  // 1000 lots of 0.001 ETH at 3000 USD: notional 3000 USD. Scan range 18 %: loss 540 USD.
  const figures = computeMargin(
    provableModel,
    portfolioOf({ cash: 1_000_000_000n - 3_000_000_000n, positions: [[ETH_PERPETUAL, 1000]] }),
  );
  expect(figures.equity).toBe(1_000_000_000n);
  // Maintenance: 70 % of 540 000 000, then per lot (3 000 000 ticks): 7000 ppm = 21 000, latency 2σ over 90 s = ⌈2702.95⌉ ppm = 8109.
  expect(figures.maintenance).toBe(378_000_000n + 21_000_000n + 8_109_000n);
  expect(figures.initial).toBe(540_000_000n + 21_000_000n + 8_109_000n + 15_000_000n);
  expect(figures.healthMaintenance).toBe(figures.haircutEquityMaintenance - figures.maintenance);
});

const kinds = [BALANCE_COLLATERAL, BALANCE_SUPPLY, BALANCE_DEBT];
const lotsArbitrary = fc.oneof(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: -(2 ** 40), max: 2 ** 40 }));
const accountArbitrary: fc.Arbitrary<TestAccount> = fc.record({
  cash: fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
  positions: fc.uniqueArray(
    fc
      .tuple(fc.nat({ max: INSTRUMENT_COUNT - 1 }), lotsArbitrary, fc.nat({ max: 1000 }))
      .map(([id, lots, more]) => [id, lots, Math.abs(lots) + more] as const),
    { maxLength: INSTRUMENT_COUNT, selector: ([id]) => id },
  ),
  balances: fc.uniqueArray(
    fc.tuple(fc.constantFrom(USDC, ETHER, OUTSIDE), fc.bigInt({ min: 1n, max: 10n ** 15n }), fc.constantFrom(...kinds)),
    { maxLength: 5, selector: ([id, , kind]) => id * 3 + kind },
  ),
});

describe('the fast path and the bigint path', () => {
  test('agree to the tick on random accounts of any size', () => {
    fc.assert(
      fc.property(accountArbitrary, fc.constantFrom(model, provableModel), (account, chosen) => {
        expect(computeMargin(chosen, portfolioOf(account))).toEqual(computeMarginExact(chosen, portfolioOf(account)));
      }),
      { numRuns: 3000 },
    );
  });
});
void [ETH_FUTURE, BTC_PERPETUAL, NANO];
