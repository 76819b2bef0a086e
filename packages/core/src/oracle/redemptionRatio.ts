/**
 * The redemption ratio of a staked or wrapped asset. A ratio that may only grow at a known pace is believed up to that
 * pace since listing. The ratio and its time are one snapshot and are checked together: in March 2026 a cap whose ratio
 * and time were updated separately liquidated 27 million dollars of healthy accounts (cookbook, incidents).
 */

import type { StakedForm } from '../assets/asset.ts';
import { lowerPrice } from '../assets/valuation.ts';
import { add, min } from '../numeric/arithmetic.ts';
import { type Price, price, type TimeMs, timeMs } from '../numeric/brand.ts';
import { durationBetween } from '../numeric/ratio.ts';
import { mulDivDown } from '../numeric/rounding.ts';

/** A ratio (1e-9 base units per unit) with the time it was true. */
export interface RatioSnapshot {
  readonly ratio: Price;
  readonly atMs: TimeMs;
}

export type CappedRatio =
  | { readonly kind: 'valid'; readonly ratio: Price; readonly isCapped: boolean }
  | { readonly kind: 'stale'; readonly ageMs: number }
  /** The snapshot's time is before listing or after now. */
  | { readonly kind: 'impossible' };

/**
 * The ratio that counts: the reported one, at most ratioAtListing · (1 + growth cap · time from listing to the report's
 * own time), rounded down. Time is that of the report, not of the block, so that waiting does not raise the cap of an old
 * ratio. A fall (slashing) counts at once.
 */
export function cappedRatio(form: StakedForm, report: RatioSnapshot, nowMs: TimeMs): CappedRatio {
  const listedMs = timeMs(form.listedAtMs);
  if (report.atMs < listedMs || report.atMs > nowMs) return { kind: 'impossible' };
  const ageMs = durationBetween(report.atMs, nowMs);
  if (ageMs > form.ratioMaxAgeMs) return { kind: 'stale', ageMs };
  const cap = ratioCap(form, report.atMs);
  const ratio = min(report.ratio, cap);
  return { kind: 'valid', ratio, isCapped: report.ratio > cap };
}

/**
 * The ratio to value with, whatever the report: the capped one while it is valid; of a stale report the smaller of what it said and
 * the ratio at listing, so that a loss stays counted while nobody reports and a gain does not; without a possible report that at listing.
 */
export function countedRatio(form: StakedForm, report: RatioSnapshot | null, nowMs: TimeMs): Price {
  if (report === null) return form.ratioAtListing;
  const capped = cappedRatio(form, report, nowMs);
  switch (capped.kind) {
    case 'valid':
      return capped.ratio;
    case 'stale':
      return min(report.ratio, form.ratioAtListing);
    case 'impossible':
      return form.ratioAtListing;
  }
}

/** The price of a staked or wrapped asset: the smaller of its market (a quorum's, where it has one) and base · counted ratio. */
export function stakedPrice(ratio: Price, at: { readonly market: Price | null; readonly base: Price }): Price {
  return lowerPrice(at.market, redemptionPrice(at.base, ratio));
}

/**
 * True when a new listing snapshot may replace the form's: later in time and not above what the old one allows then.
 * Whoever changes one of the two without the other fails here.
 */
export function isSnapshotConsistent(form: StakedForm, next: RatioSnapshot): boolean {
  return next.atMs >= form.listedAtMs && next.ratio <= ratioCap(form, next.atMs);
}

/** base price · capped ratio, rounded down (credit): 1e-9 USD per unit; at least one. */
export function redemptionPrice(base: Price, ratio: Price): Price {
  const value = mulDivDown<bigint>(base, ratio, 1_000_000_000n);
  return price(value > 0n ? value : 1n);
}

/** 365 days, as everywhere in the core. */
const YEAR_MS: bigint = 31_536_000_000n;
const PPM: bigint = 1_000_000n;

function ratioCap(form: StakedForm, atMs: TimeMs): Price {
  const elapsedMs = BigInt(durationBetween(timeMs(form.listedAtMs), atMs));
  const growth = mulDivDown<bigint>(form.ratioAtListing, BigInt(form.growthCapPpmPerYear) * elapsedMs, PPM * YEAR_MS);
  return price(add<bigint>(form.ratioAtListing, growth));
}
