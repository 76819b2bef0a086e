import { assert } from '../numeric/assert.ts';
import { log, pow, sqrt } from '../numeric/deterministicMath.ts';
import { isSkew, type VolatilityMove } from './scenario.ts';

/** The parameters of volatility moves as plain numbers; see `VolatilityShocks` of the margin profile. */
export interface VolatilityRule {
  readonly upRange: number;
  readonly downRange: number;
  readonly shortTermPower: number;
  readonly longTermPower: number;
  readonly daysFloor: number;
  readonly upMinimum: number;
  /** Additive moves shift volatility by range·m instead of multiplying it; absent: they multiply. */
  readonly isAdditive?: boolean;
  /** Absent: the profile has no skew moves. */
  readonly skew?: SkewRule;
}

/** How far a skew move tilts, as plain numbers (cookbook B2); see `SkewShocks` of the margin profile. */
export interface SkewRule {
  readonly linear: SkewCap;
  readonly absolute: SkewCap;
  readonly widthMinimum: number;
  readonly widthScale: number;
  readonly volatilityStatic: number;
  readonly volatilityScale: number;
}

/** The largest relative change of volatility: cap + base·√τ, not below zero. */
export interface SkewCap {
  readonly cap: number;
  readonly base: number;
}

/** An option's volatility and place before a move. */
export interface VolatilityBase {
  readonly volatility: number;
  readonly years: number;
  /** Only skew moves look at these two; both positive. */
  readonly strike?: number;
  readonly forward?: number;
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
export function shockedVolatility(rule: VolatilityRule, base: VolatilityBase, move: VolatilityMove): number {
  if (move === 'none') return base.volatility;
  if (isSkew(move))
    return base.volatility * skewMultiplier(skewTilt(rule, base.years, move), base.strike ?? 0, base.forward ?? 0);
  const multiplier = termMultiplier(rule, base.years);
  const isAdditive = rule.isAdditive === true;
  if (move === 'down') {
    if (isAdditive) return Math.max(0, base.volatility - rule.downRange * multiplier);
    return base.volatility * Math.max(0, 1 - rule.downRange * multiplier);
  }
  const up = isAdditive ? base.volatility + rule.upRange * multiplier : base.volatility * (1 + rule.upRange * multiplier);
  return Math.max(up, rule.upMinimum);
}

/** How a skew move tilts at one time to expiry: by x·cap/width of the volatility, x = ln(K/F) or its magnitude, within ±cap. */
export interface SkewTilt {
  readonly cap: number;
  readonly width: number;
  readonly isAbsolute: boolean;
}

/** c the cap and k = max(widthMinimum, √τ·widthScale·(volatilityStatic + √τ·volatilityScale)) of a skew move. */
export function skewTilt(rule: VolatilityRule, years: number, move: 'skewLinear' | 'skewAbsolute'): SkewTilt {
  const { skew } = rule;
  assert(skew !== undefined, 'A profile with skew moves has skew parameters.');
  const root = sqrt(years);
  const side = move === 'skewLinear' ? skew.linear : skew.absolute;
  return {
    cap: Math.max(0, side.cap + side.base * root),
    width: Math.max(skew.widthMinimum, root * skew.widthScale * (skew.volatilityStatic + root * skew.volatilityScale)),
    isAbsolute: move === 'skewAbsolute',
  };
}

/** What a skew move multiplies the volatility of a strike by: max(0, 1 + clamp(x·cap/width, −cap, cap)); 1 at a zero strike or forward. */
export function skewMultiplier({ cap, width, isAbsolute }: SkewTilt, strike: number, forward: number): number {
  if (!(strike > 0 && forward > 0)) return 1;
  const distance = log(strike / forward);
  const tilt = ((isAbsolute ? Math.abs(distance) : distance) * cap) / width;
  return Math.max(0, 1 + Math.min(Math.max(tilt, -cap), cap));
}
