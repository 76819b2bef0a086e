import { describe, expect, it } from 'vitest';
import { ticks } from '../numeric/brand.ts';
import { HEALTH_CLASSES, healthClass } from './healthClass.ts';

/** equity, health at maintenance, health at initial → class. */
const TABLE = [
  ['10', '5', '1', 'healthy'],
  ['0', '0', '0', 'healthy'],
  ['10', '5', '-1', 'restricted'],
  ['10', '0', '-1', 'restricted'],
  ['10', '-1', '-7', 'liquidatable'],
  ['0', '-1', '-7', 'liquidatable'],
  ['-1', '-9', '-20', 'insolvent'],
] as const;

describe('the health class of an account', () => {
  it.each(TABLE)(
    'with equity %s and health %s at maintenance and %s at initial is %s',
    (equity, maintenance, initial, expected) => {
      const figures = {
        equity: ticks(BigInt(equity)),
        healthMaintenance: ticks(BigInt(maintenance)),
        healthInitial: ticks(BigInt(initial)),
      };
      expect(healthClass(figures)).toBe(expected);
    },
  );

  it('has four values, from best to worst', () => {
    expect(HEALTH_CLASSES).toEqual(['healthy', 'restricted', 'liquidatable', 'insolvent']);
  });
});
