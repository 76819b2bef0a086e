/** Where an account stands: the class decides what it may do and who may act on it. */

import type { Ticks } from '../numeric/brand.ts';

/**
 * - `healthy`: at or above initial margin.
 * - `restricted`: below initial: only what makes it safer.
 * - `liquidatable`: below maintenance.
 * - `insolvent`: equity before haircuts, at mark, is negative.
 */
export type HealthClass = 'healthy' | 'restricted' | 'liquidatable' | 'insolvent';
export const HEALTH_CLASSES: readonly HealthClass[] = ['healthy', 'restricted', 'liquidatable', 'insolvent'];

export interface HealthFigures {
  /** Equity at mark before haircuts. */
  readonly equity: Ticks;
  /** Haircut equity less requirement, per level. */
  readonly healthMaintenance: Ticks;
  readonly healthInitial: Ticks;
}

/** The worst class that the figures meet. Exactly on a line is on its good side. */
export function healthClass(figures: HealthFigures): HealthClass {
  if (figures.equity < 0n) return 'insolvent';
  if (figures.healthMaintenance < 0n) return 'liquidatable';
  if (figures.healthInitial < 0n) return 'restricted';
  return 'healthy';
}
