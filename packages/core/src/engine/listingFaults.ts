import { expiryOf } from '../assets/instrument.ts';
import {
  type TermsFault,
  validateAsset,
  validateAssetParameters,
  validateGroup,
  validateInstrument,
  validateInstrumentParameters,
  validateUnderlying,
  validateUnderlyingParameters,
} from '../assets/validate.ts';
import { lintProfile } from '../margin/lintProfile.ts';
import { validateFeedParameters } from '../oracle/feed.ts';
import { payoffFaults } from '../pricing/payoffs/payoffFormulas.ts';
import { faultsOfGroup, faultsOfLending } from './bundles.ts';
import type { ListAsset, ListInstrument, NewUnderlying } from './commands.ts';
import { ASSETS_MAX, INSTRUMENTS_MAX } from './parameters.ts';
import { unitsPerLot } from './spot.ts';
import type { EngineState } from './state.ts';

/** What is wrong with an asset to be listed, in sentences; empty when it may be listed. Ids are the next ones in order. */
export function faultsOfListedAsset(
  state: EngineState,
  { terms, risk, feeds, underlying, pool, lending }: ListAsset,
): readonly string[] {
  const faults = faultsOfUnderlying(state, underlying);
  const firstFeed = state.feeds.length + (underlying === null ? 0 : 1);
  feeds.forEach((feed, index) => {
    if (feed.feed !== firstFeed + index) faults.push(`feed ${feed.symbol} has id ${firstFeed + index}`);
    for (const fault of validateFeedParameters(feed)) faults.push(`feed ${feed.symbol}: ${fault.field} ${fault.reason}`);
  });
  const feedCount = firstFeed + feeds.length;
  const underlyingCount = state.terms.underlyings.length + (underlying === null ? 0 : 1);
  if (terms.id !== state.terms.assets.length || terms.id >= ASSETS_MAX)
    faults.push(`the asset's id is ${state.terms.assets.length}, below ${ASSETS_MAX}`);
  if (risk.asset !== terms.id) faults.push('its risk parameters are its own');
  faults.push(...inWords(validateAsset(terms)), ...inWords(validateAssetParameters(risk)));
  if (terms.feed !== null && terms.feed >= feedCount) faults.push('its feed is listed');
  if (terms.feed === null && (terms.form.kind === 'cash' || terms.form.kind === 'volatile'))
    faults.push('an asset with a market has a feed');
  if (terms.underlying !== null && terms.underlying >= underlyingCount) faults.push('its underlying is listed');
  if (terms.form.kind === 'staked' && (state.terms.assets[terms.form.base] === undefined || terms.form.ratioFeed >= feedCount))
    faults.push('its base and the feed of its ratio are listed');
  if (terms.form.kind === 'basket' && terms.form.parts.some((part) => state.terms.assets[part.asset] === undefined))
    faults.push('its parts are listed');
  if ((terms.form.kind === 'lpShare') !== (pool !== null)) faults.push('an LP share comes with its pool, and nothing else does');
  if (pool !== null) faults.push(...faultsOfPool(state, pool, terms.id));
  faults.push(...faultsOfLending(lending));
  return faults.length > 0 ? faults : faultsOfProfilesWith(state, { terms, risk, underlying });
}

/** What the profiles' lints say with the asset that they did not say without it: no bundle could be applied beside it. */
function faultsOfProfilesWith(
  { terms: { assets: assetTerms }, parameters: { assets, underlyings, profiles } }: EngineState,
  { terms, risk, underlying }: Pick<ListAsset, 'terms' | 'risk' | 'underlying'>,
): readonly string[] {
  const added = {
    assets: [...assets, risk],
    assetTerms: [...assetTerms, terms],
    underlyings: underlying === null ? underlyings : [...underlyings, underlying.risk],
  };
  return profiles.flatMap((profile) => {
    const known = new Set(lintProfile(profile, { assets, assetTerms, underlyings }).map(({ sentence }) => sentence));
    return lintProfile(profile, added).flatMap(({ sentence }) =>
      known.has(sentence) ? [] : [`profile ${profile.name}: ${sentence}`],
    );
  });
}

function faultsOfPool(state: EngineState, pool: NonNullable<ListAsset['pool']>, share: number): string[] {
  const faults: string[] = [];
  if (pool.id !== state.terms.ammPools.length) faults.push(`the pool's id is ${state.terms.ammPools.length}`);
  if (pool.share !== share) faults.push('the pool mints this asset');
  if (state.terms.groups[pool.group] === undefined) faults.push('the pool belongs to a listed group');
  if (state.terms.assets[pool.base] === undefined) faults.push("the pool's base asset is listed");
  else if (state.terms.groups[pool.group]?.settlementAsset === pool.base)
    faults.push("the pool's base is not the group's settlement asset");
  if (pool.feePpm < 0 || pool.feePpm >= 1_000_000) faults.push('the pool fee is below one');
  return faults;
}

/** What is wrong with an instrument to be listed. */
export function faultsOfListedInstrument(
  state: EngineState,
  { terms, risk, underlying, group }: ListInstrument,
): readonly string[] {
  const faults = faultsOfUnderlying(state, underlying);
  const underlyingCount = state.terms.underlyings.length + (underlying === null ? 0 : 1);
  if (terms.id !== state.terms.instruments.length || terms.id >= INSTRUMENTS_MAX)
    faults.push(`the instrument's id is ${state.terms.instruments.length}, below ${INSTRUMENTS_MAX}`);
  if (risk.instrument !== terms.id) faults.push('its risk parameters are its own');
  if (group !== null) {
    if (group.terms.id !== state.terms.groups.length || group.parameters.group !== group.terms.id)
      faults.push(`the group's id is ${state.terms.groups.length}`);
    const settlement = state.terms.assets[group.terms.settlementAsset];
    if (settlement === undefined) faults.push('its settlement asset is listed');
    else faults.push(...inWords(validateGroup(group.terms, settlement)));
    if (!state.parameters.profiles.some((profile) => profile.name === group.parameters.profile))
      faults.push(`profile "${group.parameters.profile}" exists`);
    faults.push(...faultsOfGroup(group.parameters));
  }
  const groupCount = state.terms.groups.length + (group === null ? 0 : 1);
  if (terms.group >= groupCount) faults.push('its group is listed');
  if (terms.underlying >= underlyingCount) faults.push('its underlying is listed');
  faults.push(...inWords(validateInstrument(terms)), ...inWords(validateInstrumentParameters(risk)));
  if (terms.form.kind === 'perpetual' && terms.form.payoff !== undefined)
    faults.push(...inWords(payoffFaults(terms.form.payoff)));
  const expiryMs = expiryOf(terms.form);
  if (expiryMs !== null && expiryMs <= state.timeMs) faults.push('it expires in the future');
  if (terms.form.kind === 'spot') {
    const base = state.terms.assets[terms.form.base];
    if (base === undefined || unitsPerLot(terms.lotUnits, base.feedUnit) === null)
      faults.push('a spot lot is a whole number of ledger units of a listed asset');
  }
  return faults;
}

function faultsOfUnderlying(state: EngineState, added: NewUnderlying | null): string[] {
  if (added === null) return [];
  const faults: string[] = [];
  if (added.terms.id !== state.terms.underlyings.length) faults.push(`the underlying's id is ${state.terms.underlyings.length}`);
  if (added.risk.underlying !== added.terms.id) faults.push("the underlying's risk parameters are its own");
  if (added.feed.feed !== state.feeds.length || added.terms.feed !== added.feed.feed)
    faults.push(`the underlying's feed is ${state.feeds.length}`);
  faults.push(...inWords(validateUnderlying(added.terms)), ...inWords(validateUnderlyingParameters(added.risk)));
  for (const fault of validateFeedParameters(added.feed))
    faults.push(`feed ${added.feed.symbol}: ${fault.field} ${fault.reason}`);
  return faults;
}

function inWords(faults: readonly TermsFault[]): readonly string[] {
  return faults.map(({ field, reason }) => `${field} ${reason}`);
}
