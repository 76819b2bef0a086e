import { describe, expect, test } from 'vitest';
import { durationMs, groupId, instrumentId, ppm, price, timeMs, underlyingId } from '../numeric/brand.ts';
import { fillRiskRow, jointMove, type RiskRowSource, SHOCK_DENOMINATOR, stressMove } from './riskArray.ts';
import type { JointScenario, Scenario } from './scenario.ts';

const FULL = ppm(1_000_000);
const DOWN: Scenario = { spotPpm: ppm(-500_000), spotScale: 'scanRange', volatility: 'up', dampeningPpm: FULL };
const RULE = { upRange: 0.5, downRange: 0.3, shortTermPower: 0.3, longTermPower: 0.13, daysFloor: 1, upMinimum: 0 };
const NANO = 1_000_000_000n;

describe('a stress move', () => {
  test('is a share of the scan range, or of the price', () => {
    expect(stressMove(DOWN, ppm(180_000)).numerator).toBe(-90_000_000_000n);
    expect(stressMove({ ...DOWN, spotScale: 'absolute' }, ppm(180_000)).numerator).toBe(-500_000_000_000n);
  });

  test('ends at a price of zero', () => {
    expect(stressMove({ ...DOWN, spotPpm: ppm(-9_000_000) }, ppm(180_000)).numerator).toBe(-SHOCK_DENOMINATOR);
  });
});

test('a joint scenario moves each underlying by its own figure and the rest by the common one', () => {
  const scenario: JointScenario = {
    name: 'crash',
    dampeningPpm: FULL,
    moves: [{ underlying: 'ETH', spotPpm: ppm(-430_000), volatility: 'up' }],
    otherwisePpm: ppm(-500_000),
  };
  expect(jointMove(scenario, 'ETH')).toMatchObject({ numerator: -430_000_000_000n, volatility: 'up', dampeningPpm: FULL });
  expect(jointMove(scenario, 'DOGE')).toMatchObject({ numerator: -500_000_000_000n, volatility: 'none', dampeningPpm: FULL });
});

describe('a risk row', () => {
  const perpetual: RiskRowSource = {
    kind: 'instrument',
    terms: {
      id: instrumentId(0),
      symbol: 'ETH-PERP',
      group: groupId(0),
      underlying: underlyingId(0),
      lotUnits: 1_000_000n,
      form: { kind: 'perpetual', fundingWindowMs: durationMs(1) },
    },
    state: { price: price(3000n * NANO), volatilityPpm: ppm(800_000), timeMs: timeMs(0) },
    rule: RULE,
  };

  test('holds the profit of each move at its offset, and no bound where all are exact', () => {
    const matrix = new Float64Array(5);
    const up = { ...DOWN, spotPpm: ppm(500_000), dampeningPpm: ppm(500_000) };
    expect(
      fillRiskRow(
        perpetual,
        [DOWN, up].map((one) => stressMove(one, ppm(180_000))),
        { matrix, offset: 2 },
      ),
    ).toBe(0);
    expect([...matrix]).toEqual([0, 0, -270_000, 135_000, 0]);
  });

  test('of a risk unit of collateral moves with its value, and states a tick where it had to round', () => {
    const matrix = new Float64Array(1);
    const unit: RiskRowSource = { kind: 'asset', valueNumerator: 10_000_000n, valueDenominator: 3n };
    expect(fillRiskRow(unit, [stressMove(DOWN, ppm(180_000))], { matrix, offset: 0 })).toBe(0);
    expect(matrix[0]).toBe(-300_000);
    expect(fillRiskRow(unit, [stressMove({ ...DOWN, spotPpm: ppm(-500_001) }, ppm(180_000))], { matrix, offset: 0 })).toBe(1);
    expect(matrix[0]).toBe(-300_001);
  });
});
