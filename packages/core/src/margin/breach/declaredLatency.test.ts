import { describe, expect, test } from 'vitest';
import plimsollDefault from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { durationMs, ppm } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { explain } from '../explain.ts';
import type { MarginProfile } from '../profile.ts';
import type { MarginFigures, RiskInput } from '../riskModel.ts';
import { ETH_PERPETUAL, portfolioOf, trustedProfile, worldInput } from '../testing/marginWorld.ts';

/** What docs/latency.md calibrates: 4.973 deviations of a volatility of at least 50 %. */
const CALIBRATED: MarginProfile = {
  ...trustedProfile(plimsollDefault),
  addOns: { ...trustedProfile(plimsollDefault).addOns, latencyPpm: ppm(4_973_000) },
};
const HOUR_MS = 3_600_000;
const account = portfolioOf({ positions: [[ETH_PERPETUAL, 1000]] });

function declaring(latencyMs: number, volatilityPpm: number, confidencePpm: number = 0): RiskInput {
  const input = worldInput({ profile: CALIBRATED, ethConfidencePpm: confidencePpm });
  return {
    ...input,
    underlyings: input.underlyings.map((one) => ({
      ...one,
      parameters: { ...one.parameters, annualVolatilityPpm: ppm(volatilityPpm) },
    })),
    instruments: input.instruments.map((one) => ({
      ...one,
      parameters: { ...one.parameters, declaredLatencyMs: durationMs(latencyMs) },
    })),
  };
}

function marginOf(input: RiskInput): MarginFigures {
  return computeMargin(compileRisk(input), account);
}

function bufferOf(input: RiskInput): bigint {
  const { requirementTerms } = explain(compileRisk(input), account, 'maintenance');
  return requirementTerms.reduce((sum, term) => (term.kind === 'latency' ? sum + term.charge : sum), 0n);
}

describe('the latency buffer', () => {
  test('falls by 1 − 1/√2 when the declared delay of the oracle is halved, and the requirement by exactly that', () => {
    // One ether at 3000 USD, volatility 50 %: 4.973 · 0.5 · √(2 h / year) of 3000 USD.
    const [slow, fast] = [declaring(2 * HOUR_MS, 500_000), declaring(HOUR_MS, 500_000)];
    expect(bufferOf(slow)).toBe(112_713_000n);
    expect(bufferOf(fast)).toBe(79_701_000n);
    expect(marginOf(slow).maintenance - marginOf(fast).maintenance).toBe(112_713_000n - 79_701_000n);
    expect(marginOf(slow).initial - marginOf(fast).initial).toBe(112_713_000n - 79_701_000n);
    expect(Number(bufferOf(fast)) / Number(bufferOf(slow))).toBeCloseTo(Math.SQRT1_2, 4);
  });

  test('is nothing for an oracle without delay, and grows with the volatility that is declared', () => {
    expect(bufferOf(declaring(0, 500_000))).toBe(0n);
    expect(bufferOf(declaring(HOUR_MS, 1_000_000))).toBe(159_402_000n);
  });

  test('reads declared numbers only: the live confidence of a feed, which its age widens, moves initial margin and not maintenance', () => {
    const [sure, unsure] = [marginOf(declaring(HOUR_MS, 500_000)), marginOf(declaring(HOUR_MS, 500_000, 40_000))];
    expect(unsure.maintenance).toBe(sure.maintenance);
    expect(unsure.healthMaintenance).toBe(sure.healthMaintenance);
    // 4 % of 3000 USD.
    expect(unsure.initial - sure.initial).toBe(120_000_000n);
  });
});
