import { expect, test } from 'vitest';
import { ppm } from '../numeric/brand.ts';
import { expandScenarioSets, expandTransforms, type ScenarioSet } from './scenario.ts';

const GRID: ScenarioSet = {
  kind: 'grid',
  name: 'grid',
  spotScale: 'scanRange',
  spotPpm: [ppm(-1_000_000), ppm(0)],
  volatility: ['up', 'down'],
  dampeningPpm: ppm(1_000_000),
  transform: { kind: 'identity' },
};
const TAIL = { spotPpm: ppm(5), spotScale: 'absolute' as const, volatility: 'none' as const, dampeningPpm: ppm(7) };
const LIST: ScenarioSet = { kind: 'list', name: 'tails', scenarios: [TAIL], transform: { kind: 'minusAbsolute' } };

test('a grid crosses every spot shock with every volatility move, and sets follow each other', () => {
  expect(expandScenarioSets([GRID, LIST]).map((one) => [one.spotPpm, one.volatility])).toEqual([
    [-1_000_000, 'up'],
    [-1_000_000, 'down'],
    [0, 'up'],
    [0, 'down'],
    [5, 'none'],
  ]);
});

test('every scenario has the transform of its set', () => {
  expect(expandTransforms([GRID, LIST]).map((one) => one.kind)).toEqual([
    'identity',
    'identity',
    'identity',
    'identity',
    'minusAbsolute',
  ]);
});
