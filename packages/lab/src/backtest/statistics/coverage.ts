import { log } from '@plimsoll/core/numeric';
import { chiSquareSurvival } from './chiSquare.ts';

/** A likelihood ratio with its probability under the hypothesis that it tests. */
export interface RatioTest {
  readonly statistic: number;
  readonly pValue: number;
}

export interface CoverageInput {
  /** Days observed. */
  readonly observations: number;
  /** Days on which the loss was larger than the level. */
  readonly breaches: number;
  /** Promised probability of a breach: 1 − confidence. */
  readonly probability: number;
}

/**
 * Kupiec's test of unconditional coverage (1995), two-sided: LR_uc = −2·ln[(1−p)^{n−x}·p^x ÷ ((1−x/n)^{n−x}·(x/n)^x)], chi-square with
 * one degree of freedom. 0·ln 0 is 0, so no breach at all is measured too.
 */
export function kupiec(input: CoverageInput): RatioTest {
  const { observations: n, breaches: x, probability: p } = input;
  refuseImpossible(input);
  const promised = logLikelihood(n - x, 1 - p) + logLikelihood(x, p);
  const observed = logLikelihood(n - x, 1 - x / n) + logLikelihood(x, x / n);
  const statistic = Math.max(0, -2 * (promised - observed));
  return { statistic, pValue: chiSquareSurvival(statistic, 1) };
}

/**
 * Probability of at least this many breaches when each day breaches independently with the promised probability: the exact one-sided
 * test of "not too many". Summed from the largest term of the tail down.
 */
export function tooManyBreaches(input: CoverageInput): number {
  const { observations: n, breaches: x, probability: p } = input;
  refuseImpossible(input);
  // Terms P(X = k) from k = 0 on, by their ratio; a term below 1e-300 counts as none.
  let term = 1;
  for (let k = 0; k < n; k += 1) term *= 1 - p;
  let below = 0;
  for (let k = 0; k < x; k += 1) {
    below += term;
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return Math.min(1, Math.max(0, 1 - below));
}

/** How breaches (1) and quiet days (0) follow each other: n01 counts breaches after a quiet day. */
export interface Transitions {
  readonly n00: number;
  readonly n01: number;
  readonly n10: number;
  readonly n11: number;
}

/** Counts the pairs of neighbouring days. */
export function transitionsOf(breaches: readonly boolean[]): Transitions {
  const counts = { n00: 0, n01: 0, n10: 0, n11: 0 };
  for (let day = 1; day < breaches.length; day += 1) {
    const before = breaches[day - 1] === true;
    const now = breaches[day] === true;
    if (before) counts[now ? 'n11' : 'n10'] += 1;
    else counts[now ? 'n01' : 'n00'] += 1;
  }
  return counts;
}

/**
 * Christoffersen's test of independence (1998), two-sided: does a breach change the probability of one on the next day?
 * LR_ind = −2·ln[(1−π)^{n00+n10}·π^{n01+n11} ÷ ((1−π01)^{n00}·π01^{n01}·(1−π11)^{n10}·π11^{n11})], one degree of freedom.
 */
export function independence({ n00, n01, n10, n11 }: Transitions): RatioTest {
  const all = n00 + n01 + n10 + n11;
  const pooled = all === 0 ? 0 : (n01 + n11) / all;
  const afterQuiet = n00 + n01 === 0 ? 0 : n01 / (n00 + n01);
  const afterBreach = n10 + n11 === 0 ? 0 : n11 / (n10 + n11);
  const same = logLikelihood(n00 + n10, 1 - pooled) + logLikelihood(n01 + n11, pooled);
  const different =
    logLikelihood(n00, 1 - afterQuiet) +
    logLikelihood(n01, afterQuiet) +
    logLikelihood(n10, 1 - afterBreach) +
    logLikelihood(n11, afterBreach);
  const statistic = Math.max(0, -2 * (same - different));
  return { statistic, pValue: chiSquareSurvival(statistic, 1) };
}

/** Conditional coverage: LR_cc = LR_uc + LR_ind, two degrees of freedom (Christoffersen 1998). */
export function conditionalCoverage(coverage: RatioTest, clustering: RatioTest): RatioTest {
  const statistic = coverage.statistic + clustering.statistic;
  return { statistic, pValue: chiSquareSurvival(statistic, 2) };
}

/**
 * One-sided test of clustering: half of the two-sided probability where a breach makes the next one likelier, else its complement (the
 * signed root of LR_ind is asymptotically normal).
 */
export function clusteringOneSided(transitions: Transitions): number {
  const { pValue } = independence(transitions);
  const { n00, n01, n10, n11 } = transitions;
  const isClustered = n11 * (n00 + n01) > n01 * (n10 + n11);
  return isClustered ? pValue / 2 : 1 - pValue / 2;
}

function logLikelihood(times: number, probability: number): number {
  return times === 0 ? 0 : times * log(probability);
}

function refuseImpossible({ observations, breaches, probability }: CoverageInput): void {
  const isPossible =
    Number.isSafeInteger(observations) &&
    Number.isSafeInteger(breaches) &&
    observations > 0 &&
    breaches >= 0 &&
    breaches <= observations;
  if (!isPossible || !(probability > 0 && probability < 1)) {
    throw new RangeError(`${breaches} breaches in ${observations} days at ${probability} cannot be tested`);
  }
}
