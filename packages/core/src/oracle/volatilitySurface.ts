/**
 * Volatilities as sources report them: per underlying and expiry, for each source its latest mark at every strike. What is agreed at a
 * strike is the weighted median over fresh sources, if a quorum of them lies near it; else nothing is, and whoever asks takes the
 * underlying's own parameter. Integers throughout: a smile that comes as a formula has become marks before it is kept.
 */

import type { VolatilityFeedParameters } from '../assets/parameters.ts';
import { compareNumber } from '../numeric/arithmetic.ts';
import { type Ppm, type Price, ppm, type SourceId, type TimeMs, type UnderlyingId } from '../numeric/brand.ts';
import type { SourceRegistration } from './feed.ts';
import { type Weighted, weightedMedian } from './weightedMedian.ts';

/** Implied volatility per year at a strike. */
export interface VolatilityMark {
  /** 1e-9 USD per feed unit. */
  readonly strike: Price;
  /** From 1 to VOLATILITY_MARK_MAX_PPM. */
  readonly volatilityPpm: Ppm;
}

/** Largest volatility that is believed: 1000 % a year, as for an underlying's parameter. */
export const VOLATILITY_MARK_MAX_PPM: number = 10_000_000;

/** The latest report of one source for one expiry; strikes rise. */
export interface VolatilityReport {
  readonly source: SourceId;
  readonly publishTimeMs: TimeMs;
  readonly marks: readonly VolatilityMark[];
}

/** Canonical state of one expiry of an underlying: reports ascending by source, each source once, at least one. */
export interface VolatilitySurface {
  readonly underlying: UnderlyingId;
  readonly expiryMs: TimeMs;
  readonly reports: readonly VolatilityReport[];
}

/** Ascending by underlying, then expiry: the order in which surfaces are kept. */
export function compareSurfaces(
  a: Pick<VolatilitySurface, 'underlying' | 'expiryMs'>,
  b: Pick<VolatilitySurface, 'underlying' | 'expiryMs'>,
): number {
  return compareNumber<number>(a.underlying, b.underlying) || compareNumber<number>(a.expiryMs, b.expiryMs);
}

/** The surface after a report, which replaces the source's earlier one. */
export function withReport(surface: VolatilitySurface, report: VolatilityReport): VolatilitySurface {
  const others = surface.reports.filter(({ source }) => source !== report.source);
  return { ...surface, reports: [...others, report].sort((a, b) => compareNumber<number>(a.source, b.source)) };
}

/**
 * The volatility that a quorum of fresh sources agrees on at a strike, rounded down to 1 ppm; null when there is none. A report counts
 * while it is at most `maxAgeMs` old. Whoever holds less than half of the fresh weight cannot move the median beyond the others; it stands
 * only if a quorum lies within `agreementPpm` of it. Cost: linear in sources, and one search in the marks of each.
 */
export function agreedVolatility(
  surface: VolatilitySurface,
  at: {
    readonly strike: Price;
    readonly nowMs: TimeMs;
    readonly parameters: VolatilityFeedParameters;
    /** Of the underlying's feed, any order. */
    readonly sources: readonly SourceRegistration[];
  },
): Ppm | null {
  const { parameters } = at;
  const fresh: Weighted<bigint>[] = [];
  for (const report of surface.reports) {
    const registration = at.sources.find(({ source }) => source === report.source);
    if (registration === undefined || registration.status !== 'active') continue;
    if (at.nowMs - report.publishTimeMs > parameters.maxAgeMs) continue;
    const volatilityPpm = markAt(report.marks, at.strike);
    if (volatilityPpm !== null) fresh.push({ value: BigInt(volatilityPpm), weight: registration.weight });
  }
  if (!isQuorum(parameters, fresh)) return null;
  const median = weightedMedian(fresh);
  const reach = median * BigInt(parameters.agreementPpm);
  const near = fresh.filter(({ value }) => (value > median ? value - median : median - value) * 1_000_000n <= reach);
  return isQuorum(parameters, near) ? ppm(Number(median)) : null;
}

/**
 * The weighted median of what active sources last reported at a strike, however old and however far apart, rounded down to 1 ppm; null
 * when none did. Not a price to trade on: what maintenance holds on to while there is no quorum. Whoever holds less than half of the weight
 * cannot move it beyond the others.
 */
export function lastReportedVolatility(
  surface: VolatilitySurface,
  at: { readonly strike: Price; readonly sources: readonly SourceRegistration[] },
): Ppm | null {
  const votes: Weighted<bigint>[] = [];
  for (const report of surface.reports) {
    const registration = at.sources.find(({ source }) => source === report.source);
    if (registration === undefined || registration.status !== 'active') continue;
    const volatilityPpm = markAt(report.marks, at.strike);
    if (volatilityPpm !== null) votes.push({ value: BigInt(volatilityPpm), weight: registration.weight });
  }
  return votes.length === 0 ? null : ppm(Number(weightedMedian(votes)));
}

function isQuorum(parameters: VolatilityFeedParameters, votes: readonly Weighted<bigint>[]): boolean {
  let weight = 0;
  for (const vote of votes) weight += vote.weight;
  return votes.length >= parameters.minSources && weight >= parameters.minWeight;
}

/** The mark at exactly this strike, by bisection. */
function markAt(marks: readonly VolatilityMark[], strike: Price): Ppm | null {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const mark = marks[middle];
    if (mark === undefined) return null;
    if (mark.strike === strike) return mark.volatilityPpm;
    if (mark.strike < strike) low = middle + 1;
    else high = middle;
  }
  return null;
}
