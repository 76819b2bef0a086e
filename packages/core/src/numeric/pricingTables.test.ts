import { expect, test } from 'vitest';
import { log, normalCdf, normalPdf } from './deterministicMath.ts';
import {
  LOG_CELLS,
  LOG_HIGH,
  LOG_LOW,
  LOG_TABLE,
  NORMAL_CELLS,
  NORMAL_REACH,
  NORMAL_SHIFT,
  NORMAL_TABLE,
} from './pricingTables.ts';

const STEPS = 20_011;

test('the table of the normal distribution gives it within 2e-16, and its density within 3e-15', () => {
  for (let step = 0; step < STEPS; step += 1) {
    const x = -NORMAL_REACH + (2 * NORMAL_REACH * step) / STEPS;
    const shifted = (x + NORMAL_REACH) * NORMAL_CELLS;
    const cell = Math.floor(shifted);
    const u = shifted - cell - 0.5;
    let value = 0;
    let density = 0;
    for (let power = 6; power >= 0; power -= 1) {
      const coefficient = NORMAL_TABLE[(cell << NORMAL_SHIFT) + power] ?? Number.NaN;
      value = value * u + coefficient;
      if (power > 0) density = density * u + power * coefficient;
    }
    expect(Math.abs(value - normalCdf(x))).toBeLessThan(2.3e-16);
    expect(Math.abs(density * NORMAL_CELLS - normalPdf(x))).toBeLessThan(3e-15);
  }
});

test('the table of the logarithm gives ln x for every cell', () => {
  for (let step = 0; step < STEPS; step += 1) {
    const x = LOG_LOW + ((LOG_HIGH - LOG_LOW) * step) / STEPS;
    const cell = Math.floor(x * LOG_CELLS);
    const f = (x * LOG_CELLS - cell - 0.5) * (LOG_TABLE[2 * cell] ?? Number.NaN);
    expect(Math.abs((LOG_TABLE[2 * cell + 1] ?? Number.NaN) + Math.log1p(f) - log(x))).toBeLessThan(4e-16);
    expect(Math.abs(f)).toBeLessThanOrEqual(x < 0.5 ? 1 / 65 : x < 1 ? 1 / 129 : 1 / 257);
  }
});
