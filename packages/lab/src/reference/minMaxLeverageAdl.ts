/**
 * Reference model of auto-deleveraging that minimises the largest leverage left (cookbook B17; arXiv 2603.15963, restated).
 *
 * Given opposite accounts with size q > 0 and equity e > 0 at mark p, choose reductions x, Σx = Q, 0 ≤ x ≤ q, such that the
 * largest leverage (q − x)·p / e left is as small as it can be. The optimum is water-filling: x = max(0, q − λ·e/p), with one
 * level λ for all touched accounts. Doubles, not rounded: this is an oracle for tests, not a ledger.
 */

export type AdlCandidate = {
  /** Size on the winning side, positive. */
  readonly size: number;
  /** Equity at mark, positive. */
  readonly equity: number;
};

export type AdlAllocation = {
  /** Largest leverage left among the touched accounts; no touched account is above it. */
  readonly leverageLevel: number;
  /** Reduction of each candidate, in the order given. */
  readonly reductions: readonly number[];
};

/**
 * The exact level: candidates sorted by leverage, highest first, join the touched set while their leverage is above the level
 * λ = p · (Σ q − Q) / Σ e of the set. O(n log n). Throws when Q is not between zero and Σ q, or an input is not positive.
 */
export function minMaxLeverageAdl(inputs: {
  readonly candidates: readonly AdlCandidate[];
  readonly markPrice: number;
  /** Q, total size to close. */
  readonly quantity: number;
}): AdlAllocation {
  const { candidates, markPrice, quantity } = inputs;
  const totalSize = candidates.reduce((sum, each) => sum + each.size, 0);
  if (!(markPrice > 0) || candidates.some((each) => !(each.size > 0 && each.equity > 0))) {
    throw new RangeError('Mark price, sizes and equities must be positive.');
  }
  if (!(quantity >= 0 && quantity <= totalSize)) throw new RangeError(`Cannot close ${quantity} of ${totalSize}.`);

  const byLeverage = candidates
    .map((each, index) => ({ ...each, index, leverage: (each.size * markPrice) / each.equity }))
    .sort((a, b) => (a.leverage > b.leverage ? -1 : a.leverage < b.leverage ? 1 : a.index - b.index));
  let size = 0;
  let equity = 0;
  let level = Number.POSITIVE_INFINITY;
  for (const each of byLeverage) {
    if (size > 0 && each.leverage <= level) break;
    size += each.size;
    equity += each.equity;
    level = Math.max(0, ((size - quantity) * markPrice) / equity);
  }
  const reductions = candidates.map((each) => Math.max(0, each.size - (level * each.equity) / markPrice));
  return { leverageLevel: level, reductions };
}
