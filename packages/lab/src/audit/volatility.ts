// Volatilities, derived again from the reports of a block. Specification: a source of an underlying's feed may report them where the
// underlying takes them, newer for each expiry than its last and not too old; what is kept are marks at the strikes of options that have not
// settled. A smile as raw SVI is w(k) = a + b·(ρ(k − m) + √((k − m)² + σ²)), k = ln(K/F) held within ±4·√(a + bσ), w within 0 and 144,
// and the mark √(w/τ) with the time from publication to expiry, to the nearest ppm. At a strike the weighted median over sources that are fresh to the
// minute holds, rounded down, if a quorum lies near it; else the underlying's own volatility.

import type { InstrumentTerms } from '@plimsoll/core/assets';
import type { BlockResult, Engine, Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { type Books, minuteOf } from './books.ts';
import { abs, floorDiv, least, MILLION, most, YEAR } from './exact.ts';
import { medianOf } from './feeds.ts';
import { fixed, fixedLog, fixedRoot, ONE, times } from './fixedMath.ts';

type Report = Extract<BlockResult['results'][number]['command'], { kind: 'reportVolatilities' }>;
type Smile = Report['smiles'][number]['smile'];
type Reported = Extract<Event, { kind: 'volatilityReported' }>;

/** The latest marks of one source for one expiry, by strike. */
export interface VolatilityBook {
  readonly publishTimeMs: number;
  readonly marks: ReadonlyMap<bigint, number>;
}

/** By underlying and expiry, then source. */
export type SurfaceBooks = Map<string, Map<number, VolatilityBook>>;

/** A report that the block must keep: its marks as fixed point of ppm, exact ones and those of a formula alike. */
export interface DueReport {
  readonly underlying: number;
  readonly expiryMs: number;
  readonly source: number;
  readonly publishTimeMs: number;
  readonly marks: readonly { readonly strike: bigint; readonly volatility: bigint }[];
}

const TRILLION: bigint = MILLION * MILLION;
const VARIANCE_MOST: bigint = 144n * ONE;
const VOLATILITY_MOST = 10_000_000n;
const MARKS_MOST = 1024;
/** Granted to a formula in doubles: a millionth of a ppm and more. */
const SLACK: bigint = ONE >> 19n;

const keyOf = (underlying: number, expiryMs: number): string => `${underlying}/${expiryMs}`;

/** What the accepted reports of a block must leave, in order. */
export function reportsToKeep(books: Books, results: BlockResult['results']): DueReport[] {
  const due: DueReport[] = [];
  for (const { kind, command } of results) {
    if (kind !== 'accepted' || command.kind !== 'reportVolatilities') continue;
    const { underlying, source, publishTimeMs } = command;
    const feed = books.underlyings[underlying]?.feed ?? -1;
    const rule = books.parameters.underlyings[underlying]?.volatilityFeed;
    if (rule === undefined || books.sources[source]?.feeds.includes(feed) !== true) continue;
    if (publishTimeMs > books.timeMs || books.timeMs - publishTimeMs > rule.maxAgeMs) continue;
    for (const { expiryMs, smile } of command.smiles) {
      const isOfThis = (one: DueReport): boolean =>
        one.underlying === underlying && one.expiryMs === expiryMs && one.source === source;
      const last =
        due.findLast(isOfThis)?.publishTimeMs ??
        books.surfaces.get(keyOf(underlying, expiryMs))?.get(source)?.publishTimeMs ??
        -1;
      const marks = marksOf(smile, { strikes: strikesOf(books, underlying, expiryMs), leftMs: BigInt(expiryMs - publishTimeMs) });
      if (publishTimeMs > last && marks.length > 0) due.push({ underlying, expiryMs, source, publishTimeMs, marks });
    }
  }
  return due;
}

/** The report that an event keeps against the one that is due; the engine's integers are kept, each as near as rounding may bring it. */
export function checkReport(books: Books, event: Reported, due: DueReport[]): void {
  const { underlying, expiryMs, report } = event;
  const named = (figure: string): { readonly height: number; readonly figure: string } => ({
    height: books.height,
    figure: `${figure} of the volatilities of underlying ${underlying} at ${expiryMs}`,
  });
  const own = due.shift();
  if (own === undefined) return insist(false, named('report'), { expected: 'none', found: `one of source ${report.source}` });
  agree(named('underlying'), own.underlying, underlying);
  agree(named('expiry'), own.expiryMs, expiryMs);
  agree(named('source'), own.source, report.source);
  agree(named('publish time'), own.publishTimeMs, report.publishTimeMs);
  agree(named('number of marks'), own.marks.length, report.marks.length);
  for (const [index, { strike, volatility }] of own.marks.entries()) {
    const found = report.marks[index];
    agree(named('strike'), strike, found?.strike);
    const isNear = found !== undefined && abs(BigInt(found.volatilityPpm) * ONE - volatility) <= (ONE >> 1n) + SLACK;
    insist(isNear, named(`mark at ${strike}`), { expected: `nearly ${volatility / ONE}`, found: String(found?.volatilityPpm) });
  }
  const key = keyOf(underlying, expiryMs);
  const surface = books.surfaces.get(key) ?? new Map<number, VolatilityBook>();
  const marks = new Map(report.marks.map((mark) => [BigInt(mark.strike), Number(mark.volatilityPpm)]));
  surface.set(report.source, { publishTimeMs: report.publishTimeMs, marks });
  books.surfaces.set(key, surface);
}

/** An option has settled: with the last one of an expiry its reports are forgotten. */
export function forgetSettled(books: Books, { form, underlying }: InstrumentTerms): void {
  if (form.kind === 'option' && strikesOf(books, underlying, form.expiryMs).length === 0)
    books.surfaces.delete(keyOf(underlying, form.expiryMs));
}

/** The volatility of an option now. */
export function optionVolatility(books: Books, { form, underlying }: InstrumentTerms): number {
  const risk = books.parameters.underlyings[underlying];
  const fallback = risk?.annualVolatilityPpm ?? 0;
  const rule = risk?.volatilityFeed;
  if (rule === undefined || form.kind !== 'option') return fallback;
  const feed = books.underlyings[underlying]?.feed ?? -1;
  const votes: { readonly value: bigint; readonly weight: number }[] = [];
  for (const [id, { publishTimeMs, marks }] of books.surfaces.get(keyOf(underlying, form.expiryMs)) ?? []) {
    const source = books.sources[id];
    const mark = marks.get(form.strike);
    if (mark === undefined || source?.feeds.includes(feed) !== true || minuteOf(books) - publishTimeMs > rule.maxAgeMs) continue;
    votes.push({ value: BigInt(mark), weight: source.weight });
  }
  const isQuorum = (some: typeof votes): boolean =>
    some.length >= rule.minSources && some.reduce((sum, { weight }) => sum + weight, 0) >= rule.minWeight;
  if (!isQuorum(votes)) return fallback;
  const { low, high } = medianOf(votes);
  const middle = floorDiv(low + high, 2n);
  const near = votes.filter(({ value }) => abs(value - middle) * MILLION <= middle * BigInt(rule.agreementPpm));
  return isQuorum(near) ? Number(middle) : fallback;
}

/** The reports that the engine keeps against the books. */
export function compareSurfaces(books: Books, engine: Engine): void {
  const { surfaces } = engine.state;
  agree({ height: books.height, figure: 'number of surfaces' }, books.surfaces.size, surfaces.length);
  for (const { underlying, expiryMs, reports } of surfaces) {
    const own = books.surfaces.get(keyOf(underlying, expiryMs));
    const named = (figure: string): { readonly height: number; readonly figure: string } => ({
      height: books.height,
      figure: `${figure} kept of the volatilities of underlying ${underlying} at ${expiryMs}`,
    });
    agree(named('number of reports'), own?.size ?? 0, reports.length);
    for (const { source, publishTimeMs, marks } of reports) {
      const report = own?.get(source);
      agree(named(`publish time of source ${source}`), report?.publishTimeMs ?? null, publishTimeMs);
      agree(named(`number of marks of source ${source}`), report?.marks.size ?? 0, marks.length);
      for (const { strike, volatilityPpm } of marks)
        agree(named(`mark of source ${source} at ${strike}`), report?.marks.get(strike) ?? null, volatilityPpm);
    }
  }
}

/** Strikes of options that have not settled, rising. */
function strikesOf(books: Books, underlying: number, expiryMs: number): readonly bigint[] {
  const strikes = new Set<bigint>();
  for (const { id, form, underlying: its } of books.instruments) {
    if (form.kind !== 'option' || its !== underlying || form.expiryMs !== expiryMs) continue;
    if (books.instrumentStates[id]?.status !== 'settled') strikes.add(form.strike);
  }
  return [...strikes].sort((a, b) => (a < b ? -1 : 1));
}

/** Marks at these strikes; none for a smile that is refused. */
function marksOf(smile: Smile, at: { readonly strikes: readonly bigint[]; readonly leftMs: bigint }): DueReport['marks'] {
  if (smile.kind === 'svi') return sviMarks(smile, at);
  const { marks } = smile;
  const isRising = marks.every(({ strike }, index) => strike > (marks[index - 1]?.strike ?? 0n));
  const isSane = marks.every(({ volatilityPpm }) => volatilityPpm >= 1 && BigInt(volatilityPpm) <= VOLATILITY_MOST);
  if (!isRising || !isSane || marks.length > MARKS_MOST) return [];
  return marks
    .filter(({ strike }) => at.strikes.includes(strike))
    .map(({ strike, volatilityPpm }) => ({ strike, volatility: BigInt(volatilityPpm) * ONE }));
}

function sviMarks(
  smile: Extract<Smile, { kind: 'svi' }>,
  { strikes, leftMs }: { readonly strikes: readonly bigint[]; readonly leftMs: bigint },
): DueReport['marks'] {
  const { aPico, bPico, rhoPico, mPico, sigmaPico, forward } = smile;
  const parts = [aPico, bPico, rhoPico, mPico, sigmaPico];
  if (!parts.every(Number.isSafeInteger) || leftMs <= 0n) return [];
  const [a = 0n, b = 0n, rho = 0n, m = 0n, sigma = 0n] = parts.map((part) => fixed(BigInt(part), TRILLION));
  if (b < 0n || rho <= -ONE || rho >= ONE || sigma <= 0n) return [];
  if (a + times(times(b, sigma), fixedRoot(ONE - times(rho, rho))) < 0n) return [];
  const reach = 4n * fixedRoot(most(0n, a + times(b, sigma)));
  const years = fixed(leftMs, YEAR);
  const marks = strikes.map((strike) => {
    const moneyness = most(-reach, least(reach, fixedLog(fixed(strike, forward))));
    const distance = moneyness - m;
    const root = fixedRoot(times(distance, distance) + times(sigma, sigma));
    const variance = most(0n, least(VARIANCE_MOST, a + times(b, times(rho, distance) + root)));
    return { strike, volatility: fixedRoot(fixed(variance, years)) * MILLION };
  });
  return marks.every(({ volatility }) => 2n * volatility >= ONE && volatility <= VOLATILITY_MOST * ONE) ? marks : [];
}
