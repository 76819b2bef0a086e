import type { InstrumentTerms } from '../assets/instrument.ts';
import type { FeedId, GroupId, Ppm, Price, TimeMs, UnderlyingId } from '../numeric/brand.ts';
import type { SourceRegistration } from '../oracle/feed.ts';
import {
  agreedVolatility,
  compareSurfaces,
  lastReportedVolatility,
  type VolatilityReport,
  withReport,
} from '../oracle/volatilitySurface.ts';
import { sourcesOf } from './lookup.ts';
import { modelTimeOf } from './modelTime.ts';
import type { Parameters } from './parameters.ts';
import type { EngineState } from './state.ts';

/**
 * The volatility at which an option is priced and shocked: what the sources of its underlying agree on at its expiry and strike; null when
 * they do not, when their reports are old, or when the underlying takes none, and for everything else. Then the underlying's own
 * `annualVolatilityPpm` holds. Age is counted to the minute that has begun, like all that risk models see of time.
 */
export function volatilityOf(state: EngineState, parameters: Parameters, terms: InstrumentTerms): Ppm | null {
  return volatilityReader(state, parameters)(terms);
}

/** Without a quorum: `parameter` leaves the underlying's own, `lastReported` holds on to what sources last said. */
export type VolatilityFallback = 'parameter' | 'lastReported';

/** `volatilityOf` for many options of one moment: the sources of an underlying are looked up once. */
export function volatilityReader(
  state: EngineState,
  parameters: Parameters,
  fallback: VolatilityFallback = 'parameter',
): (terms: InstrumentTerms) => Ppm | null {
  const nowMs = modelTimeOf(state);
  const sources = new Map<FeedId, readonly SourceRegistration[]>();
  return ({ form, underlying }) => {
    if (form.kind !== 'option') return null;
    const surface = state.surfaces.find((one) => one.expiryMs === form.expiryMs && one.underlying === underlying);
    const risk = parameters.underlyings[underlying] ?? state.parameters.underlyings[underlying];
    const feed = state.terms.underlyings[underlying]?.feed;
    if (surface === undefined || risk?.volatilityFeed === undefined || feed === undefined) return null;
    const registered = sources.get(feed) ?? sourcesOf(state, feed);
    sources.set(feed, registered);
    const { strike } = form;
    const agreed = agreedVolatility(surface, { strike, nowMs, parameters: risk.volatilityFeed, sources: registered });
    return agreed ?? (fallback === 'parameter' ? null : lastReportedVolatility(surface, { strike, sources: registered }));
  };
}

/** True where an option of the group is without the quorum that it had reports for: its volatility fell back to the parameter. */
export function hasLostVolatility(state: EngineState, group: GroupId): boolean {
  if (state.surfaces.length === 0) return false;
  const agreed = volatilityReader(state, state.parameters);
  const held = volatilityReader(state, state.parameters, 'lastReported');
  return state.terms.instruments.some((terms) => {
    if (terms.group !== group || terms.form.kind !== 'option' || state.instruments[terms.id]?.status === 'settled') return false;
    return agreed(terms) === null && held(terms) !== null;
  });
}

/** Strikes of an underlying's options of one expiry that have not settled, rising, each once. */
export function listedStrikes(state: EngineState, underlying: UnderlyingId, expiryMs: TimeMs): readonly Price[] {
  const strikes = new Set<Price>();
  for (const { id, form, underlying: its } of state.terms.instruments) {
    if (form.kind !== 'option' || its !== underlying || form.expiryMs !== expiryMs) continue;
    if (state.instruments[id]?.status !== 'settled') strikes.add(form.strike);
  }
  return [...strikes].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Keeps a report: surfaces stay in order of underlying and expiry. */
export function keepReport(
  state: EngineState,
  at: { readonly underlying: UnderlyingId; readonly expiryMs: TimeMs },
  report: VolatilityReport,
): void {
  const { underlying, expiryMs } = at;
  const known = state.surfaces.findIndex((one) => compareSurfaces(one, at) === 0);
  const before = state.surfaces[known] ?? { underlying, expiryMs, reports: [] };
  const next = withReport(before, report);
  if (known >= 0) state.surfaces[known] = next;
  else {
    state.surfaces.push(next);
    state.surfaces.sort(compareSurfaces);
  }
}

/** Forgets the surface of an expiry of which no option is left. */
export function dropSettledSurface(state: EngineState, { form, underlying }: InstrumentTerms): void {
  if (form.kind !== 'option' || listedStrikes(state, underlying, form.expiryMs).length > 0) return;
  const at = { underlying, expiryMs: form.expiryMs };
  const known = state.surfaces.findIndex((one) => compareSurfaces(one, at) === 0);
  if (known >= 0) state.surfaces.splice(known, 1);
}
