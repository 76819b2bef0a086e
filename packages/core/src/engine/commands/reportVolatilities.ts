import type { UnderlyingRiskParameters } from '../../assets/parameters.ts';
import { type Price, ppm, type TimeMs } from '../../numeric/brand.ts';
import { roundHalfEven } from '../../numeric/rounding.ts';
import { VOLATILITY_MARK_MAX_PPM, type VolatilityMark } from '../../oracle/volatilitySurface.ts';
import { yearsBetween } from '../../pricing/instrumentValue.ts';
import { type SviSmile, sviProblem, sviVolatility } from '../../pricing/sviSmile.ts';
import type { ReportedSmile, ReportVolatilities } from '../commands.ts';
import type { Event } from '../events.ts';
import { sourcesOf } from '../lookup.ts';
import { type Rejection, reject } from '../rejections.ts';
import type { EngineState } from '../state.ts';
import { listedStrikes } from '../volatility.ts';

/** Most marks in one smile. */
export const SMILE_MARKS_MAX: number = 1024;

/**
 * What a report of volatilities does: one event per smile that passes, or the first reason why none does. Whoever may report the price of
 * an underlying may report its volatilities, where its parameters take them. What is kept are marks at the strikes of listed options; marks at other
 * strikes are left out. Publish times of a source rise strictly per expiry.
 */
export function decideReportVolatilities(state: EngineState, command: ReportVolatilities): readonly Event[] | Rejection {
  const { source: id, underlying, publishTimeMs } = command;
  const source = state.sources[id];
  if (source === undefined) return reject('unknownSource', { source: id });
  if (source.registration.actor !== command.actor) return reject('notAuthorised', { actor: command.actor });
  const terms = state.terms.underlyings[underlying];
  const risk = state.parameters.underlyings[underlying];
  if (terms === undefined || risk === undefined) return reject('unknownUnderlying', { underlying });
  const refusal = refusalOf(state, command, { risk, isSource: sourcesOf(state, terms.feed).includes(source.registration) });
  if (refusal !== null) return refusal;
  const events: Event[] = [];
  let first: Rejection | null = null;
  for (const { expiryMs, smile } of command.smiles) {
    const strikes = listedStrikes(state, underlying, expiryMs);
    const marks = isLater(state, command, expiryMs)
      ? marksOf(smile, { strikes, publishTimeMs, expiryMs })
      : 'publishTimeNotRising';
    const isAgain = events.some((event) => event.kind === 'volatilityReported' && event.expiryMs === expiryMs);
    if (typeof marks === 'string' || isAgain) {
      first ??= reject('reportRefused', { underlying, expiryMs, reason: typeof marks === 'string' ? marks : 'expiryTwice' });
      continue;
    }
    events.push({ kind: 'volatilityReported', underlying, expiryMs, report: { source: id, publishTimeMs, marks } });
  }
  return events.length > 0 ? events : (first ?? reject('reportRefused', { underlying, reason: 'empty' }));
}

/** What is wrong with the report whatever it says. */
function refusalOf(
  state: EngineState,
  { source, underlying, publishTimeMs }: ReportVolatilities,
  { risk, isSource }: { readonly risk: UnderlyingRiskParameters; readonly isSource: boolean },
): Rejection | null {
  const blockTimeMs = state.timeMs;
  if (!isSource) return reject('reportRefused', { underlying, source, reason: 'sourceUnknown' });
  if (risk.volatilityFeed === undefined) return reject('reportRefused', { underlying, reason: 'volatilityNotTaken' });
  if (state.sources[source]?.registration.status !== 'active')
    return reject('reportRefused', { underlying, source, reason: 'sourceSuspended' });
  if (publishTimeMs > blockTimeMs)
    return reject('reportRefused', { underlying, publishTimeMs, blockTimeMs, reason: 'publishedAhead' });
  if (blockTimeMs - publishTimeMs > risk.volatilityFeed.maxAgeMs)
    return reject('reportRefused', { underlying, publishTimeMs, blockTimeMs, reason: 'reportTooOld' });
  return null;
}

function isLater(state: EngineState, { underlying, source, publishTimeMs }: ReportVolatilities, expiryMs: TimeMs): boolean {
  const surface = state.surfaces.find((one) => one.underlying === underlying && one.expiryMs === expiryMs);
  const latest = surface?.reports.find((report) => report.source === source);
  return latest === undefined || publishTimeMs > latest.publishTimeMs;
}

/** Marks at the strikes of listed options, or the name of what is wrong. */
function marksOf(
  smile: ReportedSmile,
  at: { readonly strikes: readonly Price[]; readonly publishTimeMs: TimeMs; readonly expiryMs: TimeMs },
): readonly VolatilityMark[] | string {
  if (at.strikes.length === 0) return 'noOption';
  const marks = smile.kind === 'svi' ? sviMarks(smile, at) : givenMarks(smile.marks, at.strikes);
  return typeof marks !== 'string' && marks.length === 0 ? 'noOption' : marks;
}

function givenMarks(given: readonly VolatilityMark[], strikes: readonly Price[]): readonly VolatilityMark[] | string {
  if (given.length > SMILE_MARKS_MAX) return 'tooManyMarks';
  let last = 0n;
  for (const { strike, volatilityPpm } of given) {
    if (strike <= last) return 'strikesNotRising';
    if (!isVolatility(volatilityPpm)) return 'volatilityOutOfRange';
    last = strike;
  }
  const listed = new Set(strikes);
  return given.filter(({ strike }) => listed.has(strike)).map(({ strike, volatilityPpm }) => ({ strike, volatilityPpm }));
}

/** The formula at each strike, to the nearest ppm, with the time from publication to expiry as its tenor. */
function sviMarks(
  given: Extract<ReportedSmile, { readonly kind: 'svi' }>,
  {
    strikes,
    publishTimeMs,
    expiryMs,
  }: { readonly strikes: readonly Price[]; readonly publishTimeMs: TimeMs; readonly expiryMs: TimeMs },
): readonly VolatilityMark[] | string {
  const { aPico, bPico, rhoPico, mPico, sigmaPico, forward } = given;
  if (![aPico, bPico, rhoPico, mPico, sigmaPico].every(Number.isSafeInteger)) return 'SVI_NOT_FINITE';
  const smile: SviSmile = {
    a: aPico / 1e12,
    b: bPico / 1e12,
    rho: rhoPico / 1e12,
    m: mPico / 1e12,
    sigma: sigmaPico / 1e12,
    forward: Number(forward),
    years: yearsBetween(publishTimeMs, expiryMs),
  };
  const problem = sviProblem(smile);
  if (problem !== null) return problem;
  const marks: VolatilityMark[] = [];
  for (const strike of strikes) {
    const volatility = roundHalfEven(sviVolatility(smile, Number(strike)) * 1e6);
    if (!isVolatility(volatility)) return 'volatilityOutOfRange';
    marks.push({ strike, volatilityPpm: ppm(volatility) });
  }
  return marks;
}

function isVolatility(volatilityPpm: number): boolean {
  return Number.isSafeInteger(volatilityPpm) && volatilityPpm >= 1 && volatilityPpm <= VOLATILITY_MARK_MAX_PPM;
}
