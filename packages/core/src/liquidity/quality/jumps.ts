/**
 * What volatility and the square root of time leave out: falls that come at once, and falls that feed themselves.
 */

import { assert } from '../../numeric/assert.ts';
import { type DurationMs, type Ppm, ppm } from '../../numeric/brand.ts';
import { log, sqrt } from '../../numeric/deterministicMath.ts';
import { divUp, mulDivDown, mulDivUp } from '../../numeric/rounding.ts';
import { barReturns, horizonFalls, type PriceHistory, type PriceSegment } from './priceHistory.ts';

export interface JumpHistory {
  /** Average of the worst share of falls over the horizon (expected shortfall, Acerbi and Tasche 2002). */
  readonly shortfallPpm: Ppm;
  /** The worst of them. */
  readonly worstPpm: Ppm;
  /** Windows measured, and how many of them are in the average. */
  readonly windows: number;
  readonly tailWindows: number;
  /** Returns that are jumps by the test of Lee and Mykland at 1 %, and the deepest of those that fall. */
  readonly jumps: number;
  readonly jumpsPerYear: number;
  readonly deepestJumpPpm: Ppm;
}

const PPM: bigint = 1_000_000n;
const YEAR_MS: bigint = 31_536_000_000n;

/** The jump history of an asset; null where no window as long as the horizon is without a gap. */
export function jumpHistory(
  history: PriceHistory,
  terms: { readonly horizonMs: DurationMs; readonly tailSharePpm: Ppm },
): JumpHistory | null {
  const falls = horizonFalls(history, terms.horizonMs);
  if (falls.length === 0) return null;
  const tail = expectedShortfall(falls, terms.tailSharePpm);
  const found = history.map(leeMyklandJumps);
  const jumps = found.reduce((sum, one) => sum + one.count, 0);
  const tested = history.reduce((sum, segment, index) => sum + BigInt(segment.barMs) * BigInt(found[index]?.tested ?? 0), 0n);
  return {
    ...tail,
    windows: falls.length,
    jumps,
    jumpsPerYear: tested === 0n ? 0 : Number(mulDivUp(BigInt(jumps), YEAR_MS, tested)),
    deepestJumpPpm: ppm(found.reduce((deepest, one) => Math.max(deepest, one.deepestPpm), 0)),
  };
}

/** Mean of the worst ⌊n · share⌋ falls, at least one of them, rounded up. Fewer are worse, so rounding the count down is safe. */
export function expectedShortfall(
  falls: readonly number[],
  tailSharePpm: Ppm,
): { readonly shortfallPpm: Ppm; readonly worstPpm: Ppm; readonly tailWindows: number } {
  assert(falls.length > 0, 'A shortfall needs a fall.');
  const worstFirst = [...falls].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  const share = Number(mulDivDown(BigInt(falls.length), BigInt(tailSharePpm), PPM));
  const tailWindows = Math.max(1, share);
  const sum = worstFirst.slice(0, tailWindows).reduce((total, fall) => total + fall, 0);
  return {
    shortfallPpm: ppm(Number(divUp(BigInt(sum), BigInt(tailWindows)))),
    worstPpm: ppm(worstFirst[0] ?? 0),
    tailWindows,
  };
}

/**
 * Counts jumps by Lee and Mykland, "Jumps in Financial Markets: A New Nonparametric Test and Jump Dynamics", Review of Financial Studies
 * 21 (2008) 2535–2563: |return| over the local volatility √(Σ|r_j||r_j−1| / (K − 2)) of the K − 1 returns before it, against the 1 % point
 * of a Gumbel distribution. K = ⌈√(bars per year)⌉, the rule behind the table of the paper (78 for hourly bars of 252 days).
 */
export function leeMyklandJumps(segment: PriceSegment): {
  readonly count: number;
  readonly tested: number;
  readonly deepestPpm: number;
} {
  const returns = barReturns(segment).map(({ nano }) => nano);
  const window = Math.ceil(sqrt(Number(YEAR_MS) / segment.barMs));
  const tested = returns.length - (window - 1);
  if (window < 3 || tested < 2) return { count: 0, tested: 0, deepestPpm: 0 };
  const threshold = jumpThresholdPpm(tested);
  const sizes = returns.map((value) => (value < 0n ? -value : value));
  const product = (at: number): bigint => (sizes[at] ?? 0n) * (sizes[at - 1] ?? 0n);
  let local = 0n; // Σ of the window − 2 products before `at`
  for (let at = 1; at < window - 1; at += 1) local += product(at);
  let count = 0;
  let deepest = 0n;
  for (let at = window - 1; at < returns.length; at += 1) {
    const size = sizes[at] ?? 0n;
    // L² = r²·(K−2)/Σ above the threshold², without a root. A window that never moved has no volatility to compare with.
    if (local > 0n && size * size * BigInt(window - 2) * PPM * PPM > threshold * threshold * local) {
      count += 1;
      const fall = -(returns[at] ?? 0n);
      if (fall > deepest) deepest = fall;
    }
    local += product(at) - product(at - window + 2);
  }
  return { count, tested, deepestPpm: Number(divUp(deepest, 1_000n)) };
}

/** −ln(−ln 0.99): the 1 % point of the standard Gumbel distribution. */
const GUMBEL_ONE_PERCENT: number = 4.600149226776579;
/** √(2/π). */
const HALF_NORMAL_MEAN: number = 0.7978845608028654;
const PI: number = 3.141592653589793;

/** C_n + 4.6001·S_n of the paper (its lemma 1), in ppm, rounded up. */
function jumpThresholdPpm(tested: number): bigint {
  const root = sqrt(2 * log(tested));
  const centre = root / HALF_NORMAL_MEAN - (log(PI) + log(log(tested))) / (2 * HALF_NORMAL_MEAN * root);
  const scale = 1 / (HALF_NORMAL_MEAN * root);
  return BigInt(Math.ceil((centre + GUMBEL_ONE_PERCENT * scale) * 1e6));
}
