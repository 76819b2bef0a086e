import { pow } from '../numeric/deterministicMath.ts';
import type { VolatilityMove } from './scenario.ts';

/** The parameters of volatility moves as plain numbers; see `VolatilityShocks` of the margin profile. */
export interface VolatilityRule {
  readonly upRange: number;
  readonly downRange: number;
  readonly shortTermPower: number;
  readonly longTermPower: number;
  readonly daysFloor: number;
  readonly upMinimum: number;
}

const DAYS_PER_YEAR: number = 365;
const TERM_DAYS: number = 30;

/** How much stronger or weaker volatility moves at this time to expiry than at 30 days: (30/max(days, floor))^power. */
export function termMultiplier(rule: VolatilityRule, years: number): number {
  const days = years * DAYS_PER_YEAR;
  const power = days <= TERM_DAYS ? rule.shortTermPower : rule.longTermPower;
  return pow(TERM_DAYS / Math.max(days, rule.daysFloor), power);
}

/** Volatility per year after the move (cookbook B2). */
export function shockedVolatility(
  rule: VolatilityRule,
  base: { readonly volatility: number; readonly years: number },
  move: VolatilityMove,
): number {
  if (move === 'none') return base.volatility;
  const multiplier = termMultiplier(rule, base.years);
  if (move === 'down') return base.volatility * Math.max(0, 1 - rule.downRange * multiplier);
  return Math.max(base.volatility * (1 + rule.upRange * multiplier), rule.upMinimum);
}
