import { expect, it } from 'vitest';
import * as scenarios from './index.ts';

it('scenarios exports exactly these values', () => {
  expect(Object.keys(scenarios).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))).toEqual([
    'SHOCK_DENOMINATOR',
    'expandScenarioSet',
    'expandScenarioSets',
    'expandTransforms',
    'expectedShortfall',
    'expectedShortfallInPlace',
    'fillRiskRow',
    'jointMove',
    'shockedVolatility',
    'stressMove',
    'termMultiplier',
  ]);
});
