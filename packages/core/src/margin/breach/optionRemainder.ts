/**
 * How far the value of one option may lie from the straight interpolation of its values at the corners of a cell of forwards and
 * volatilities. Black-76 with F the forward, t = σ√T, k = ln(F/K), y = (k/t)², undiscounted:
 *
 * - *In F* it is convex. With slopes p₀ ≤ p₁ at the ends of an interval of length h, the value lies above both tangents, and the
 *   chord exceeds the higher tangent nowhere by more than h·(p₁ − p₀)/4 (where the two differences are equal, each is
 *   h·(p − p₀)(p₁ − p)/(p₁ − p₀) with p the chord's slope, largest for p midway). Above the chord it never is.
 * - *In t* its second derivative is √(FK)·φ(√y)·e^(−t²/8)·(y/t − t/4): F·φ(d₁) = √(FK)·φ(√y)·e^(−t²/8) and d₁·d₂ = y − t²/4. A function
 *   lies within h²/8 · max|f″| of its chord, below it only where f″ > 0 and above it only where f″ < 0.
 * - *In t* it rises, by at most √(FK)/√(2π) per unit, so it lies within that times h of its chord whatever f″.
 * - t is not proportional to the volatility factor where a scenario has a floor: it is convex with one kink, and then lies within twice
 *   its distance at the middle of the straight line (a chord's excess at its kink is at most twice the excess at the middle).
 *
 * A cell is interpolated in the volatility first and then, at its two volatilities, in the forward; so the volatility's
 * remainder is a maximum over the cell and the forward's one over two edges. Doubles; callers round outward.
 */

import { exp, log, normalPdf, sqrt } from '../../numeric/deterministicMath.ts';
import { type Black76Input, black76Delta } from '../../pricing/black76.ts';

/** 1/√(2π), rounded up. */
export const PDF_MAX: number = 0.398942280401433;

/** One option over a cell, all factors and shocks applied. */
export interface OptionCell {
  /** Right, strike, years and discount; forward and volatility are not read. */
  readonly option: Black76Input;
  readonly forwardLow: number;
  readonly forwardHigh: number;
  /** Volatility per year at the cell's low end, in the middle of its factors, and at its high end. */
  readonly volatilityLow: number;
  readonly volatilityMiddle: number;
  readonly volatilityHigh: number;
}

/** Units of the forward, not negative. */
export interface Remainder {
  /** How far the value may lie below its interpolation: what hurts a long. */
  readonly below: number;
  /** How far above: what hurts a short. */
  readonly above: number;
}

/** See the file header. */
export function optionRemainder(cell: OptionCell): Remainder {
  const { option, forwardHigh } = cell;
  if (option.strike === 0) return { below: 0, above: 0 };
  const root = sqrt(Math.max(option.years, 0));
  const low = cell.volatilityLow * root;
  const high = cell.volatilityHigh * root;
  const vegaMax = sqrt(forwardHigh * option.strike) * PDF_MAX;
  const kink = 2 * Math.abs(cell.volatilityMiddle * root - (low + high) / 2) * vegaMax;
  const volatility = volatilityRemainder(cell, { low, high, step: high - low });
  const gap = Math.max(forwardGap(cell, cell.volatilityLow), forwardGap(cell, cell.volatilityHigh));
  return {
    below: (volatility.below + kink) * option.discount + gap,
    above: (volatility.above + kink) * option.discount,
  };
}

/** h·(p₁ − p₀)/4 at one volatility. `black76Delta` is the slope, discount included. */
function forwardGap(cell: OptionCell, volatility: number): number {
  const { option, forwardLow, forwardHigh } = cell;
  const slopes =
    black76Delta({ ...option, forward: forwardHigh, volatility }) - black76Delta({ ...option, forward: forwardLow, volatility });
  return ((forwardHigh - forwardLow) * Math.max(0, slopes)) / 4;
}

/**
 * Bounds over a cell of forwards and of t = σ√T, undiscounted, of the second derivative in t: where it is positive and where negative. Null
 * where the cell reaches t = 0 or a forward of 0, and there is none.
 */
export function volgaBounds(
  cell: Pick<OptionCell, 'option' | 'forwardLow' | 'forwardHigh'>,
  low: number,
  high: number,
): { readonly convexity: number; readonly concavity: number } | null {
  const { option, forwardLow, forwardHigh } = cell;
  if (low === 0 || forwardLow === 0) return null;
  const size = sqrt(forwardHigh * option.strike);
  const nearK = log(forwardLow / option.strike);
  const farK = log(forwardHigh / option.strike);
  const straddles = nearK <= 0 && farK >= 0;
  const least = straddles ? 0 : Math.min(Math.abs(nearK), Math.abs(farK));
  const greatest = Math.max(Math.abs(nearK), Math.abs(farK));
  const yLow = (least / high) * (least / high);
  const yHigh = (greatest / low) * (greatest / low);
  const damping = exp((-low * low) / 8);
  // y·φ(√y) rises up to y = 2 and falls beyond.
  const peak = Math.min(Math.max(2, yLow), yHigh);
  return {
    convexity: (size * peak * normalPdf(sqrt(peak)) * damping) / low,
    concavity: (size * normalPdf(sqrt(yLow)) * damping * high) / 4,
  };
}

/** The remainder in the volatility over a cell in which t lies between `low` and `high`, of chords at most `step` long in t; undiscounted. */
export function volatilityRemainder(
  cell: Pick<OptionCell, 'option' | 'forwardLow' | 'forwardHigh'>,
  { low, high, step }: { readonly low: number; readonly high: number; readonly step: number },
): Remainder {
  if (!(step > 0)) return { below: 0, above: 0 };
  const most = step * sqrt(cell.forwardHigh * cell.option.strike) * PDF_MAX;
  const volga = volgaBounds(cell, low, high);
  if (volga === null) return { below: most, above: most };
  const share = (step * step) / 8;
  return { below: Math.min(most, share * volga.convexity), above: Math.min(most, share * volga.concavity) };
}
