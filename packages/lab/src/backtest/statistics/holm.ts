/** One hypothesis with its probability. */
export interface Hypothesis {
  readonly name: string;
  readonly pValue: number;
}

export interface HolmResult {
  readonly name: string;
  readonly pValue: number;
  /** Adjusted for the number of hypotheses: at most `level` exactly where the hypothesis is rejected. */
  readonly adjusted: number;
  readonly isRejected: boolean;
}

/**
 * Holm's step-down correction (1979): the i-th smallest of m probabilities is multiplied by m − i + 1, and none is below the one before. The chance
 * of rejecting any true hypothesis is at most `level`, however they depend on each other. Results in the order given.
 */
export function holm(hypotheses: readonly Hypothesis[], level: number): readonly HolmResult[] {
  const order = hypotheses.map((_, index) => index);
  order.sort((a, b) => (hypotheses[a]?.pValue ?? 1) - (hypotheses[b]?.pValue ?? 1) || a - b);
  const adjusted = new Map<number, number>();
  let floor = 0;
  order.forEach((index, rank) => {
    floor = Math.max(floor, Math.min(1, (hypotheses.length - rank) * (hypotheses[index]?.pValue ?? 1)));
    adjusted.set(index, floor);
  });
  return hypotheses.map(({ name, pValue }, index) => {
    const value = adjusted.get(index) ?? 1;
    return { name, pValue, adjusted: value, isRejected: value <= level };
  });
}
