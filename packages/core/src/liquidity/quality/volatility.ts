/**
 * How far a price moves over the liquidation horizon. The second moment of bar returns around zero (no drift is believed over hours:
 * J.P. Morgan, RiskMetrics Technical Document, 1996, part II) and the square root of time. What that root does not know, falls that
 * come together, is measured apart in jumps.ts.
 */

import { type DurationMs, type Ppm, ppm } from '../../numeric/brand.ts';
import { isqrtUp, mulDivUp } from '../../numeric/rounding.ts';
import { barReturns, historySince, lastBar, type PriceHistory } from './priceHistory.ts';

export interface HorizonVolatility {
  /** One standard deviation over the horizon, of the whole history and of its recent part; null without a return. */
  readonly wholePpm: Ppm;
  readonly recentPpm: Ppm | null;
  /** The larger of the two: a calm month does not lower it (a floor against procyclicality, cookbook). */
  readonly countedPpm: Ppm;
  readonly returns: number;
}

/** Volatility over the horizon; null where the history holds no return. */
export function horizonVolatility(
  history: PriceHistory,
  span: { readonly horizonMs: DurationMs; readonly recentMs: DurationMs },
): HorizonVolatility | null {
  const whole = rootMeanSquare(history, span.horizonMs);
  const last = lastBar(history);
  if (whole === null || last === null) return null;
  const recent = rootMeanSquare(historySince(history, last.openMs - span.recentMs), span.horizonMs);
  const recentPpm = recent?.ppm ?? null;
  const countedPpm = recentPpm !== null && recentPpm > whole.ppm ? recentPpm : whole.ppm;
  return { wholePpm: whole.ppm, recentPpm, countedPpm, returns: whole.returns };
}

/** ⌈√(Σr² · horizon / time covered)⌉ in ppm. Each bar counts by its time, so that bars of different lengths add up. */
function rootMeanSquare(history: PriceHistory, horizonMs: DurationMs): { readonly ppm: Ppm; readonly returns: number } | null {
  let squares = 0n; // 1e-18
  let covered = 0n; // ms
  let returns = 0;
  for (const segment of history) {
    for (const { nano } of barReturns(segment)) {
      squares += nano * nano;
      covered += BigInt(segment.barMs);
      returns += 1;
    }
  }
  if (returns === 0) return null;
  const variance = mulDivUp(squares, BigInt(horizonMs), covered * NANO_PER_PPM * NANO_PER_PPM);
  return { ppm: ppm(Number(isqrtUp(variance))), returns };
}

const NANO_PER_PPM: bigint = 1_000n;
