/**
 * The remainder of an option (optionRemainder.ts) in a state with a skew move, in which t = σ√T·m depends on the forward too:
 * m(F) = 1 + clamp(x·c/k, −c, c) with x = ln(K/F) or |ln(K/F)|. Such a value is not convex in the forward, but close to it.
 *
 * *Along the volatility*, at one forward, t is proportional to the volatility factor: as without skew, over all t of the cell.
 *
 * *Along the forward*, at one volatility, over an interval of length h:
 * - t̄, the chord of t. m has |m″| ≤ c/(k·F²) away from its kinks, at each of which its slope jumps by c/(k·F) (twice that at F = K, where
 *   |ln(K/F)| turns round), so |t − t̄| ≤ σ√T·(h²/8·max|m″| + h/4·Σ jumps), and the value differs by at most √(FK)/√(2π) times that.
 * - On t̄ = a + b·F the value has the second derivative V_FF + 2b·V_Ft + b²·V_tt, and |b| ≤ S = σ√T·c/(k·F), the steepest that t is. With V_FF ≥ 0,
 *   |V_Ft| = φ(d₁)·|d₂|/t = (K/F)·φ(d₂)·|d₂|/t ≤ M and V_tt from `volgaBounds`, the part beside V_FF is at most R⁺ = 2SM + S²·convexity and at least
 *   −R⁻ = −(2SM + S²·concavity). A function whose second derivative is within these lies at most h²/8·R⁺ below and h²/8·R⁻ above its chord. The convex
 *   rest lies below its chord by at most h/4 times the rise of its slope, ∫V_FF = [V_F] − b·∫V_Ft ≤ [V_F] + h·SM with [V_F] the difference of the deltas at
 *   both ends. Every bound is one for each smaller interval too (delta plus S·M·F rises with F along t), which matters where a leg's price is a band.
 * - Where t reaches zero: a value changes by at most h, for slopes are at most one, and by √(FK)/√(2π) per unit of t, and so does a chord.
 *
 * Doubles; callers round outward.
 */

import { exp, log, normalPdf, sqrt } from '../../numeric/deterministicMath.ts';
import { black76Delta } from '../../pricing/black76.ts';
import { type SkewTilt, skewMultiplier } from '../../scenarios/volatility.ts';
import { type OptionCell, PDF_MAX, type Remainder, volatilityRemainder, volgaBounds } from './optionRemainder.ts';

/** One option over a cell; its volatilities are those before the tilt, so nothing has a kink in their middle. */
export interface SkewCell extends Omit<OptionCell, 'volatilityMiddle'> {
  readonly tilt: SkewTilt;
}

/** max over d of |d|·φ(d), at 1, rounded up. */
const MOMENT_MAX: number = 0.241970724519144;

interface Range {
  readonly low: number;
  readonly high: number;
}

/** See the file header. */
export function skewRemainder(cell: SkewCell): Remainder {
  const { option } = cell;
  if (option.strike === 0) return { below: 0, above: 0 };
  const range = multiplierRange(cell);
  const root = sqrt(Math.max(option.years, 0));
  const low = cell.volatilityLow * root;
  const high = cell.volatilityHigh * root;
  const along = volatilityRemainder(cell, { low: low * range.low, high: high * range.high, step: (high - low) * range.high });
  const atLow = forwardRemainder(cell, low, range);
  const atHigh = forwardRemainder(cell, high, range);
  return {
    below: (along.below + Math.max(atLow.below, atHigh.below)) * option.discount,
    above: (along.above + Math.max(atLow.above, atHigh.above)) * option.discount,
  };
}

/** Along the forward with σ√T = `total` before the tilt, undiscounted; `m` is the range of the multiplier. */
function forwardRemainder(cell: SkewCell, total: number, m: Range): Remainder {
  const { option, forwardLow, forwardHigh, tilt } = cell;
  const step = forwardHigh - forwardLow;
  if (!(step > 0)) return { below: 0, above: 0 };
  const vegaMax = sqrt(forwardHigh * option.strike) * PDF_MAX;
  const wild = 2 * (step + vegaMax * total * (m.high - m.low));
  const volga = volgaBounds(cell, total * m.low, total * m.high);
  if (volga === null) return { below: wild, above: wild };
  const slope = (total * tilt.cap) / (tilt.width * forwardLow);
  const moment = (momentMax(cell, total * m.low, total * m.high) * option.strike) / (forwardLow * total * m.low);
  const bend = vegaMax * total * bendOfMultiplier(cell);
  const bent = step * slope * moment;
  const deltas = deltaAt(cell, forwardHigh, total) - deltaAt(cell, forwardLow, total);
  const gap = (step * (Math.max(0, deltas + bent) + bent)) / 4;
  const cross = 2 * slope * moment;
  const share = (step * step) / 8;
  return {
    below: Math.min(wild, gap + share * (cross + slope * slope * volga.convexity) + bend),
    above: Math.min(wild, share * (cross + slope * slope * volga.concavity) + bend),
  };
}

/** Undiscounted, with σ√T = `total` before the tilt. */
function deltaAt({ option, tilt }: SkewCell, forward: number, total: number): number {
  const volatility = (total / sqrt(option.years)) * skewMultiplier(tilt, option.strike, forward);
  return black76Delta({ ...option, forward, volatility, discount: 1 });
}

/** m over the forwards of a cell: monotone but for the magnitude's turn at the strike. */
function multiplierRange({ option, forwardLow, forwardHigh, tilt }: SkewCell): Range {
  const { strike } = option;
  const ends = [skewMultiplier(tilt, strike, forwardLow), skewMultiplier(tilt, strike, forwardHigh)];
  if (tilt.isAbsolute && forwardLow <= strike && forwardHigh >= strike) ends.push(1);
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** How far m may be from its chord: h²/8·max|m″| and a quarter of h for each unit of jumping slope. */
function bendOfMultiplier({ option, forwardLow, forwardHigh, tilt }: SkewCell): number {
  const { strike } = option;
  const { cap, width, isAbsolute } = tilt;
  if (forwardLow === 0) return 2 * cap;
  const steepness = cap / width;
  const step = forwardHigh - forwardLow;
  // Where the tilt reaches its cap, where a magnitude turns round, and where a tilt of more than one would leave no volatility.
  const kinks = [
    { at: strike * exp(width), jump: 1 },
    { at: strike * exp(-width), jump: 1 },
    ...(isAbsolute ? [{ at: strike, jump: 2 }] : []),
    ...(cap > 1 ? [{ at: strike * exp(1 / steepness), jump: 1 }] : []),
  ];
  let bend = ((step / forwardLow) * (step / forwardLow) * steepness) / 8;
  // A kink's place is a double: one a little outside is taken as inside.
  for (const { at, jump } of kinks)
    if (at > forwardLow * 0.999_999 && at < forwardHigh * 1.000_001) bend += (step / 4) * ((jump * steepness) / (at * 0.999_999));
  return Math.min(bend, 2 * cap);
}

/** max of φ(d₂)·|d₂| over a cell in which t lies between `low` and `high`. */
function momentMax({ option, forwardLow, forwardHigh }: SkewCell, low: number, high: number): number {
  const near = log(forwardLow / option.strike);
  const far = log(forwardHigh / option.strike);
  const least = Math.min(near / low, near / high) - high / 2;
  const most = Math.max(far / low, far / high) - low / 2;
  // |d|·φ(d) falls beyond one.
  if (least > 1) return least * normalPdf(least);
  if (most < -1) return -most * normalPdf(most);
  return MOMENT_MAX;
}
