/**
 * The mark of a perpetual: index + slow average of the median over venues of their premium, clamped. A venue reports its
 * impact-mid premium (the middle of what selling and buying a stated notional costs) in ppm of the index. One venue that
 * runs away moves the mark neither at once nor far; with too few venues the mark glides back to the index.
 */

import { addNumber, clampNumber, compareNumber, max } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import {
  type DurationMs,
  type InstrumentId,
  type Ppm,
  type Price,
  ppm,
  price,
  type TimeMs,
  type VenueId,
} from '../numeric/brand.ts';
import { durationBetween } from '../numeric/ratio.ts';
import { mulDivNearest, mulDivTowardZero } from '../numeric/rounding.ts';
import { bigintToPpm } from './relative.ts';
import { weightedMedian } from './weightedMedian.ts';

export interface MarkParameters {
  readonly instrument: InstrumentId;
  /** Fewest venues with a fresh premium; with fewer the premium counts as zero. */
  readonly minVenues: number;
  /** A premium older than this does not count. */
  readonly maxAgeMs: DurationMs;
  /** Time constant τ of the slow average (150 s). */
  readonly timeConstantMs: DurationMs;
  /** The premium counts within ± this, before and after averaging. */
  readonly clampPpm: Ppm;
}

export interface PremiumReport {
  readonly instrument: InstrumentId;
  readonly venue: VenueId;
  /** (impact mid − index) / index, signed. */
  readonly premiumPpm: Ppm;
  readonly publishTimeMs: TimeMs;
}

export interface AcceptedPremium {
  readonly venue: VenueId;
  readonly premiumPpm: Ppm;
  readonly publishTimeMs: TimeMs;
  readonly receivedMs: TimeMs;
}

/** Canonical state: plain data, `premiums` ascending by venue. */
export interface MarkState {
  readonly instrument: InstrumentId;
  readonly premiums: readonly AcceptedPremium[];
  /** The median over fresh venues, clamped, of the last advance; what funding averages. Zero without enough venues. */
  readonly samplePpm: Ppm;
  /** The slow average, 1e-12 of the index, signed. */
  readonly average: bigint;
  readonly updatedMs: TimeMs;
}

export function createMarkState(instrument: InstrumentId, nowMs: TimeMs): MarkState {
  return { instrument, premiums: [], samplePpm: ppm(0), average: 0n, updatedMs: nowMs };
}

export type PremiumResult =
  | { readonly ok: true; readonly state: MarkState }
  | { readonly ok: false; readonly rejection: PremiumRejection };

export type PremiumRejection =
  | { readonly kind: 'wrongInstrument' }
  | { readonly kind: 'premiumInsane'; readonly premiumPpm: Ppm }
  | { readonly kind: 'publishedAhead'; readonly publishTimeMs: TimeMs; readonly blockTimeMs: TimeMs }
  | { readonly kind: 'publishTimeNotRising'; readonly publishTimeMs: TimeMs; readonly latestMs: TimeMs };

/**
 * Remembers a venue's premium; the caller has checked that the venue is registered. As with prices the order inside a
 * block does not matter: the latest publish time wins, and at equal times in one block the smaller magnitude, then the lower.
 */
export function acceptPremium(state: MarkState, report: PremiumReport, nowMs: TimeMs): PremiumResult {
  if (report.instrument !== state.instrument) return refuse({ kind: 'wrongInstrument' });
  const { venue, premiumPpm, publishTimeMs } = report;
  if (Math.abs(premiumPpm) >= 1_000_000) return refuse({ kind: 'premiumInsane', premiumPpm });
  if (publishTimeMs > nowMs) return refuse({ kind: 'publishedAhead', publishTimeMs, blockTimeMs: nowMs });
  const accepted: AcceptedPremium = { venue, premiumPpm, publishTimeMs, receivedMs: nowMs };
  const latest = state.premiums.find((candidate) => candidate.venue === venue);
  if (latest !== undefined && !replaces(accepted, latest)) {
    return refuse({ kind: 'publishTimeNotRising', publishTimeMs, latestMs: latest.publishTimeMs });
  }
  const others = state.premiums.filter((candidate) => candidate.venue !== venue);
  const premiums = [...others, accepted].sort((a, b) => compareNumber(a.venue, b.venue));
  return { ok: true, state: { ...state, premiums } };
}

/**
 * Moves the mark's premium to block time, once per block after the reports:
 *   average += (sample − average) · dt / (τ + dt), rounded toward zero
 * The step is a rational in the elapsed time, so it is exact and stable for any block length; it is not the same for
 * one long block and two short ones, which is why only block time moves it.
 */
export function advanceMark(parameters: MarkParameters, state: MarkState, nowMs: TimeMs): MarkState {
  assert(state.instrument === parameters.instrument, 'A mark goes with the parameters of its instrument.');
  const samplePpm = medianPremium(parameters, state, nowMs);
  const dtMs = durationBetween(state.updatedMs, nowMs);
  const toGo = BigInt(samplePpm) * PREMIUM_SCALE - state.average;
  const step = mulDivTowardZero(toGo, BigInt(dtMs), BigInt(addNumber<number>(parameters.timeConstantMs, dtMs)));
  return { ...state, samplePpm, average: state.average + step, updatedMs: nowMs };
}

/** The slow average of the premium in ppm of the index, clamped, to the nearest. */
export function premiumOf(parameters: MarkParameters, state: MarkState): Ppm {
  return clampedPremium(parameters, bigintToPpm(mulDivNearest(state.average, 1n, PREMIUM_SCALE)));
}

/** index · (1 + premium), to the nearest 1e-9 USD. */
export function markPrice(index: Price, premium: Ppm): Price {
  assert(premium > -1_000_000, 'A premium leaves a positive mark.');
  const marked = mulDivNearest<bigint>(index, BigInt(addNumber<number>(1_000_000, premium)), 1_000_000n);
  return price(max<bigint>(1n, marked));
}

/** The average is kept in millionths of a ppm. */
const PREMIUM_SCALE: bigint = 1_000_000n;

function medianPremium(parameters: MarkParameters, state: MarkState, nowMs: TimeMs): Ppm {
  const fresh = state.premiums.filter(({ publishTimeMs }) => durationBetween(publishTimeMs, nowMs) <= parameters.maxAgeMs);
  if (fresh.length < parameters.minVenues) return ppm(0);
  const median = weightedMedian(fresh.map(({ premiumPpm }) => ({ value: BigInt(premiumPpm), weight: 1 })));
  return clampedPremium(parameters, bigintToPpm(median));
}

function clampedPremium(parameters: MarkParameters, premium: Ppm): Ppm {
  return clampNumber(premium, ppm(-parameters.clampPpm), parameters.clampPpm);
}

function replaces(next: AcceptedPremium, latest: AcceptedPremium): boolean {
  if (next.publishTimeMs !== latest.publishTimeMs) return next.publishTimeMs > latest.publishTimeMs;
  if (next.receivedMs !== latest.receivedMs) return false;
  const nextSize = Math.abs(next.premiumPpm);
  const latestSize = Math.abs(latest.premiumPpm);
  return nextSize !== latestSize ? nextSize < latestSize : next.premiumPpm < latest.premiumPpm;
}

function refuse(rejection: PremiumRejection): PremiumResult {
  return { ok: false, rejection };
}
