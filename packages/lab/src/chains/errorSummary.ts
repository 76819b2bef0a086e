/** How far two series of figures are apart, in four numbers. */
export interface ErrorSummary {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Quantiles of magnitudes: the smallest value that at least so large a share does not exceed. NaN of nothing. */
export function summarizeErrors(errors: readonly number[]): ErrorSummary {
  const sorted = Float64Array.from(errors, Math.abs).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { count: sorted.length, median: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** One line: `price      n 90678  median 2.1e-5  p95 …`. */
export function summaryLine(name: string, summary: ErrorSummary): string {
  const figure = (value: number): string => value.toExponential(2);
  const { count, median, p95, p99, max } = summary;
  return `${name.padEnd(28)} n ${count}  median ${figure(median)}  p95 ${figure(p95)}  p99 ${figure(p99)}  max ${figure(max)}`;
}
