import { ppm } from '@plimsoll/core/numeric';
import { ewmaVariances, expectedShortfallAt, filteredReturns, longRunVariances, valueAtRisk } from '@plimsoll/core/scenarios';
import { describe, expect, it } from 'vitest';
import { dailyReturnsOf } from './dailyReturns.ts';
import { generatedHistories } from './generated.testing.ts';
import { rollingTail } from './rollingTail.ts';

/** Standardising, then scaling, rounds elsewhere than scaling at once: three roundings of 2^-53 each way. */
const RELATIVE_TOLERANCE = 1e-14;

describe('the rolling tail', () => {
  const returns = dailyReturnsOf(generatedHistories(3))[0]?.returns ?? new Float64Array();
  const level = { confidencePpm: ppm(990_000) };
  for (const volatilityFloor of ['none', 'longRun'] as const) {
    it(`gives day by day what the core gives from scratch (floor: ${volatilityFloor})`, () => {
      const ewma = { decayPpm: ppm(950_000), seedCount: 30 };
      const variances = ewmaVariances(returns, ewma);
      const floors = longRunVariances(returns, 30);
      const forecasts = rollingTail(returns, { ewma, windowMax: 400, volatilityFloor }, { ...level, from: 330 });
      expect(forecasts.length).toBe(returns.length - 330);
      for (const { index, long, short } of forecasts.filter((_, place) => place % 37 === 0)) {
        const varianceFloor = volatilityFloor === 'longRun' ? (floors[index] ?? 0) : 0;
        const filtered = filteredReturns(returns, variances, { at: index, windowMax: 400, seedCount: 30, varianceFloor });
        const losses = filtered.map((value) => -value);
        expect(Math.abs(long.valueAtRisk / valueAtRisk(losses, level) - 1)).toBeLessThan(RELATIVE_TOLERANCE);
        expect(Math.abs(long.expectedShortfall / expectedShortfallAt(losses, level) - 1)).toBeLessThan(RELATIVE_TOLERANCE);
        expect(Math.abs(short.valueAtRisk / valueAtRisk(filtered, level) - 1)).toBeLessThan(RELATIVE_TOLERANCE);
        expect(long.loss).toBe(-(returns[index] ?? 0));
      }
    });
  }

  it('does not move on any day when the days from then on change', () => {
    const parameters = { ewma: { decayPpm: ppm(970_000), seedCount: 30 }, windowMax: 500, volatilityFloor: 'longRun' } as const;
    const changed = returns.map((value, index) => (index >= 900 ? 7 * value : value));
    const before = rollingTail(returns, parameters, { ...level, from: 800 }).slice(0, 100);
    const after = rollingTail(changed, parameters, { ...level, from: 800 }).slice(0, 100);
    expect(after).toEqual(before);
    // The forecast of day 900 itself was made before its return; only what it is compared with may change.
    const at = rollingTail(changed, parameters, { ...level, from: 900 })[0];
    expect(at?.long.valueAtRisk).toBe(rollingTail(returns, parameters, { ...level, from: 900 })[0]?.long.valueAtRisk);
  });
});
