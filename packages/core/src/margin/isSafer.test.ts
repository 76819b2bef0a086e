import { describe, expect, test } from 'vitest';
import { ticks } from '../numeric/brand.ts';
import { isSafer } from './isSafer.ts';
import type { MarginFigures } from './riskModel.ts';

function figures(equity: bigint, maintenance: bigint): MarginFigures {
  return {
    equity: ticks(equity),
    haircutEquityMaintenance: ticks(equity),
    haircutEquityInitial: ticks(equity),
    maintenance: ticks(maintenance),
    initial: ticks(maintenance),
    healthMaintenance: ticks(equity - maintenance),
    healthInitial: ticks(equity - maintenance),
  };
}

describe('a change is safer', () => {
  test('when requirement falls, health rises and equity keeps up with the requirement', () => {
    expect(isSafer(figures(80n, 100n), figures(79n, 90n))).toBe(true);
    expect(isSafer(figures(80n, 100n), figures(80n, 50n))).toBe(true);
    expect(isSafer(figures(80n, 100n), figures(90n, 100n))).toBe(true);
  });

  test('not when nothing improves', () => {
    expect(isSafer(figures(80n, 100n), figures(80n, 100n))).toBe(false);
  });

  test('not when the requirement rises, however much health does', () => {
    expect(isSafer(figures(80n, 100n), figures(500n, 101n))).toBe(false);
  });

  test('not when equity is drained faster than risk falls', () => {
    // Health rises from −20 to −15, but equity per requirement falls from 0.80 to 0.75.
    expect(isSafer(figures(80n, 100n), figures(45n, 60n))).toBe(false);
    expect(isSafer(figures(80n, 100n), figures(48n, 60n))).toBe(true);
  });

  test('for an insolvent account only when its hole does not deepen against its risk', () => {
    expect(isSafer(figures(-10n, 100n), figures(-10n, 50n))).toBe(false);
    expect(isSafer(figures(-10n, 100n), figures(-5n, 50n))).toBe(true);
  });
});
