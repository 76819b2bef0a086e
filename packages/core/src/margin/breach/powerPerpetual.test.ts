import { describe, expect, test } from 'vitest';
import plimsollDefault from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import plimsollProvable from '../../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { durationMs, instrumentId, ppm } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin, computeMarginExact } from '../computeMargin.ts';
import { lintProfile } from '../lintProfile.ts';
import type { MarginProfile } from '../profile.ts';
import type { RiskInput } from '../riskModel.ts';
import {
  ETH_PERPETUAL,
  INSTRUMENT_COUNT,
  NANO,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  worldInput,
} from '../testing/marginWorld.ts';
import { breachEnvelopes } from './breachEnvelopes.ts';
import { FACTOR_ONE, movedMarket } from './marketMove.ts';

const DEFAULT: MarginProfile = { ...trustedProfile(plimsollDefault), joint: { weightPpm: ppm(0), worstCount: 1, scenarios: [] } };
const ETH_SQUARED = INSTRUMENT_COUNT;

/** The world of the margin tests with one more instrument: a perpetual on ETH² / 1000 USD, listed by its terms alone. */
function inputWithSquare(ethNano: bigint = 3000n * NANO): RiskInput {
  const input = worldInput({ profile: DEFAULT, ethNano });
  const [perpetual] = input.instruments;
  if (perpetual === undefined) throw new Error('the world has a perpetual');
  const square = {
    ...perpetual,
    terms: {
      ...perpetual.terms,
      id: instrumentId(ETH_SQUARED),
      symbol: 'ETH2-PERP',
      form: {
        kind: 'perpetual' as const,
        fundingWindowMs: durationMs(3_600_000),
        payoff: { formula: 'square', figures: { unit: 1000n * NANO } },
      },
    },
  };
  return { ...input, instruments: [...input.instruments, square] };
}

describe('a new asset class listed as data', () => {
  test('is margined by the same scenarios: the worst move of a short is up, of a long down, by its own curve', () => {
    const model = compileRisk(inputWithSquare());
    const row = model.rowOfInstrument[ETH_SQUARED] ?? -1;
    const entries = [...model.matrix.subarray(row * model.stride, row * model.stride + model.stressCount)];
    // Scan range 18 %: 9 USD · (0.82² − 1) and · (1.18² − 1); 16 % of the move to 2.08 times the price is more.
    expect(entries).toContain(-2_948_400);
    expect(entries).toContain(3_531_600);
    expect(Math.max(...entries)).toBe(Math.round(9_000_000 * (2.08 * 2.08 - 1) * 0.16));
    const shortRequirement = computeMargin(model, portfolioOf({ positions: [[ETH_SQUARED, -1000]] })).maintenance;
    const longRequirement = computeMargin(model, portfolioOf({ positions: [[ETH_SQUARED, 1000]] })).maintenance;
    expect(shortRequirement).toBeGreaterThan(longRequirement);
  });

  test('hedges with the plain perpetual to first order, and the fast path gives the integers of the exact one', () => {
    const model = compileRisk(inputWithSquare());
    const account = (positions: TestAccount['positions']) => portfolioOf({ positions: positions ?? [] });
    // A lot of the square has the delta of six lots of the perpetual.
    const hedged = computeMargin(
      model,
      account([
        [ETH_SQUARED, 1000],
        [ETH_PERPETUAL, -6000],
      ]),
    );
    const bare = computeMargin(model, account([[ETH_SQUARED, 1000]]));
    const long = account([
      [ETH_SQUARED, 1000],
      [ETH_PERPETUAL, -6000],
    ]);
    expect(computeMarginExact(model, long)).toEqual(hedged);
    // Long gamma costs its add-ons and next to nothing in scenarios.
    expect(hedged.maintenance).toBeLessThan(bare.maintenance);
  });

  test('is refused by a profile for proportional instruments', () => {
    const { instruments } = inputWithSquare();
    const context = { assets: [], assetTerms: [], underlyings: [], instruments: instruments.slice(-1).map(({ terms }) => terms) };
    expect(lintProfile(trustedProfile(plimsollProvable), context).map(({ code }) => code)).toContain('optionInLinearProfile');
  });

  test('has envelopes like any other leg, and no market inside them is below maintenance', () => {
    const input = inputWithSquare();
    for (const lots of [-2000, 2000]) {
      const now = computeMargin(compileRisk(input), portfolioOf({ positions: [[ETH_SQUARED, lots]] }));
      const held = {
        cash: (now.maintenance * 3n) / 2n - now.healthMaintenance - now.maintenance,
        positions: [[ETH_SQUARED, lots]],
      } as const;
      const [only] = breachEnvelopes(input, portfolioOf(held)).each;
      const { low, high } = only?.price ?? { low: FACTOR_ONE, high: FACTOR_ONE };
      const healthAt = (price: bigint): bigint =>
        computeMargin(compileRisk(movedMarket(input, [{ underlying: 0, price, volatility: FACTOR_ONE }])), portfolioOf(held))
          .healthMaintenance;
      for (let step = 0n; step <= 200n; step += 1n)
        expect(healthAt(low + ((high - low) * step) / 200n)).toBeGreaterThanOrEqual(0n);
      // And it ends where the account does: a thousandth further it is below.
      const end = lots > 0 ? low - FACTOR_ONE / 1000n : high + FACTOR_ONE / 1000n;
      expect(healthAt(end)).toBeLessThan(0n);
    }
  });
});
