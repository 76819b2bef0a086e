import { openInterest } from '../ledger/instrumentTotals.ts';
import { compileRisk } from '../margin/compileRisk.ts';
import { type ExpandedProfile, expandProfile } from '../margin/expandProfile.ts';
import { createPortfolio, type Portfolio } from '../margin/portfolio.ts';
import type { MarginProfile } from '../margin/profile.ts';
import type { RiskInput, RiskModel } from '../margin/riskModel.ts';
import { assert } from '../numeric/assert.ts';
import type { AccountId, GroupId, Ticks } from '../numeric/brand.ts';
import type { FeedState } from '../oracle/feed.ts';
import { slowPriceOf } from '../oracle/slowPrice.ts';
import { type AccountLists, createAccountLists, forgetLists } from './accountLists.ts';
import { averagingOf } from './averaging.ts';
import type { EventCodec } from './codec.ts';
import type { Bid } from './commands.ts';
import { createFilterState, type FilterState, forgetCushions, type SideCoefficients } from './filterState.ts';
import { modelTimeOf } from './modelTime.ts';
import type { Parameters } from './parameters.ts';
import { assetView, feedView, instrumentView, poolOfShare } from './prices.ts';
import type { EngineState } from './state.ts';
import { hasLostVolatility, type VolatilityFallback, volatilityReader } from './volatility.ts';

/**
 * What deciding reads: canonical state and what is derived from it. Nothing here is snapshotted; a test proves that
 * rebuilding it gives the same.
 */
export interface EngineView {
  readonly state: EngineState;
  readonly codec: EventCodec;
  /** Risk models of the current parameters by group id; dropped whenever prices, marks or parameters move. */
  readonly models: (RiskModel | undefined)[];
  /** Models of earlier parameter sets, by set and group; dropped with the others. */
  readonly olderModels: Map<Parameters, (RiskModel | undefined)[]>;
  /** Models at the volatilities last reported, by group: null where none is without its quorum. Dropped with the others. */
  readonly heldModels: (RiskModel | null | undefined)[];
  /** The profile of each group as it was last expanded: it stays while prices move. */
  readonly expanded: (ExpandedProfile | undefined)[];
  /** Reused portfolios: before and after a change, and one for scans. */
  readonly before: Portfolio;
  readonly after: Portfolio;
  readonly scanned: Portfolio;
  /** Accounts whose rows changed in this block; scanned even when no price moved. */
  readonly touched: Set<AccountId>;
  /** Bids of this block by the account for sale, in command order, and what their bidders have escrowed. */
  readonly bids: Map<AccountId, Bid[]>;
  readonly escrow: Map<AccountId, Ticks>;
  /** What the linear filter of scans keeps (healthFilter.ts), and word views of 64-bit columns. */
  readonly filter: FilterState;
  readonly words: WordViews;
  /** Coefficients of healthSides.ts by group id; dropped with the models, and when a pool's indexes move. */
  readonly sides: (SideCoefficients | undefined)[];
  /** Who has an auction and who waits for one (accountLists.ts). */
  readonly lists: AccountLists;
  /** Set when models were dropped since the last scan. */
  pricesMoved: boolean;
  /** Feeds as they stand at this block's time; canonical feed states are written only when they change. */
  readonly feedsNow: FeedState[];
  /** Lots held long in the whole market by instrument id, as the block began: what rules read (`renewOpenInterest`). */
  readonly openInterest: number[];
}

/** 32-bit views of 64-bit columns, kept until a column is replaced because it grew. */
export interface WordViews {
  readonly of: (column: BigInt64Array) => Int32Array;
  /** The same words as doubles: a 64-bit integer below 2^62 is zero exactly where these bits are those of the double zero. */
  readonly doublesOf: (column: BigInt64Array) => Float64Array;
}

function createWordViews(): WordViews {
  const known: ColumnViews[] = [];
  const viewsOf = (column: BigInt64Array): ColumnViews => {
    for (const entry of known) if (entry.column === column) return entry;
    if (known.length === 8) known.shift();
    const { buffer, byteOffset, length } = column;
    const entry = {
      column,
      words: new Int32Array(buffer, byteOffset, length * 2),
      doubles: new Float64Array(buffer, byteOffset, length),
    };
    known.push(entry);
    return entry;
  };
  return { of: (column) => viewsOf(column).words, doublesOf: (column) => viewsOf(column).doubles };
}

interface ColumnViews {
  readonly column: BigInt64Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

export function createView(state: EngineState, codec: EventCodec): EngineView {
  return {
    state,
    codec,
    models: [],
    olderModels: new Map(),
    heldModels: [],
    expanded: [],
    before: createPortfolio(),
    after: createPortfolio(),
    scanned: createPortfolio(),
    touched: new Set(),
    bids: new Map(),
    escrow: new Map(),
    pricesMoved: false,
    filter: createFilterState(),
    words: createWordViews(),
    sides: [],
    lists: createAccountLists(),
    feedsNow: [...state.feeds],
    openInterest: state.terms.instruments.map(({ id }) => openInterest(state.ledger.accounts.instruments, id)),
  };
}

/** Forgets everything derived from prices, marks and parameters. */
export function dropModels(view: EngineView): void {
  forgetModels(view);
  view.pricesMoved = true;
}

/** Forgets everything derived, as after a restore: for blocks that are replayed instead of decided. */
export function refreshView(view: EngineView): void {
  forgetModels(view);
  forgetCushions(view.filter);
  forgetLists(view.lists);
  view.pricesMoved = false;
  view.touched.clear();
  view.feedsNow.splice(0, view.feedsNow.length, ...view.state.feeds);
  renewOpenInterest(view);
}

/**
 * Takes over the open interest that a block has left, and forgets models of groups with rules in which it moved. Called between blocks and never
 * inside one: all decisions of a block see the open interest with which it began, whenever their models are compiled, and a node
 * that was restored sees the same. It acts on initial margin only, so no account is looked at again for it.
 */
export function renewOpenInterest(view: EngineView): void {
  const { instruments } = view.state.ledger.accounts;
  for (const { id, group } of view.state.terms.instruments) {
    const lots = openInterest(instruments, id);
    if (view.openInterest[id] === lots) continue;
    view.openInterest[id] = lots;
    forgetRuled(view.models, group);
    for (const models of view.olderModels.values()) forgetRuled(models, group);
    view.heldModels[group] = undefined;
  }
}

function forgetRuled(models: (RiskModel | undefined)[], group: GroupId): void {
  if ((models[group]?.rules ?? null) !== null) models[group] = undefined;
}

/** Forgets models that the reserves of a pool have outdated; accounts are looked at again at the scan interval. */
export function forgetModels(view: EngineView): void {
  view.models.length = 0;
  view.olderModels.clear();
  view.heldModels.length = 0;
  view.sides.length = 0;
  view.filter.tables = null;
}

/** The risk model of a group under the current parameters, compiled once per price tick. */
export function modelOf(view: EngineView, group: GroupId): RiskModel {
  const found = view.models[group];
  if (found !== undefined) return found;
  const compiled = compileGroup(view, view.state.parameters, group);
  view.models[group] = compiled;
  return compiled;
}

/** The risk model of a group under an earlier set of parameters: asked for accounts that fail the current one only. */
export function olderModelOf(view: EngineView, parameters: Parameters, group: GroupId): RiskModel {
  const models = view.olderModels.get(parameters) ?? [];
  view.olderModels.set(parameters, models);
  const found = models[group];
  if (found !== undefined) return found;
  const compiled = compileGroup(view, parameters, group);
  models[group] = compiled;
  return compiled;
}

/**
 * The model of a group at the volatilities that were last reported, where one of them is without its quorum now; null where none is. An
 * account that stands in it is not liquidated: a volatility feed that dies or splits liquidates nobody by itself.
 */
export function heldModelOf(view: EngineView, group: GroupId): RiskModel | null {
  const found = view.heldModels[group];
  if (found !== undefined) return found;
  const { state } = view;
  const compiled = hasLostVolatility(state, group) ? compileGroup(view, state.parameters, group, 'lastReported') : null;
  view.heldModels[group] = compiled;
  return compiled;
}

/** Compiles one group's model from state and any set of parameters (shadow application uses proposed ones). */
export function compileGroup(
  { state, openInterest: openLots, expanded }: Pick<EngineView, 'state' | 'openInterest' | 'expanded'>,
  parameters: Parameters,
  group: GroupId,
  volatility: VolatilityFallback = 'parameter',
): RiskModel {
  const terms = state.terms.groups[group];
  assert(terms !== undefined, 'A group that is margined is listed.');
  const groupParameters = parameters.groups[group] ?? state.parameters.groups[group];
  // An older set knows neither a group that was listed after it nor the profile that such a group names.
  const isNamed = (candidate: MarginProfile): boolean => candidate.name === groupParameters?.profile;
  const profile = parameters.profiles.find(isNamed) ?? state.parameters.profiles.find(isNamed);
  assert(profile !== undefined, 'The profile of a group exists: bundles are linted.');
  const volatilityAt = volatilityReader(state, parameters, volatility);
  const input: RiskInput = {
    profile,
    group: terms,
    timeMs: modelTimeOf(state),
    assets: state.terms.assets.map((asset) => {
      const risk = parameters.assets[asset.id] ?? state.parameters.assets[asset.id];
      assert(risk !== undefined, 'A listed asset has parameters.');
      const pool = poolOfShare(state, asset);
      return { terms: asset, parameters: risk, view: assetView(state, asset), ...(pool === null ? {} : { pool }) };
    }),
    underlyings: state.terms.underlyings.map((underlying) => {
      const risk = parameters.underlyings[underlying.id] ?? state.parameters.underlyings[underlying.id];
      assert(risk !== undefined, 'A listed underlying has parameters.');
      const slow = state.feeds[underlying.feed]?.slow ?? null;
      return {
        terms: underlying,
        parameters: risk,
        view: feedView(state, underlying.feed),
        slowPrice: slow === null ? null : slowPriceOf(slow),
      };
    }),
    instruments: state.terms.instruments
      .filter(
        (instrument) =>
          instrument.group === group && instrument.form.kind !== 'spot' && state.instruments[instrument.id]?.status !== 'settled',
      )
      .map((instrument) => {
        const risk = parameters.instruments[instrument.id] ?? state.parameters.instruments[instrument.id];
        const found = state.instruments[instrument.id];
        assert(risk !== undefined && found !== undefined, 'A listed instrument has parameters and a state.');
        const averaging = averagingOf(state, instrument);
        return {
          terms: instrument,
          parameters: risk,
          view: instrumentView(state, parameters, instrument),
          volatilityPpm: volatilityAt(instrument),
          fundingIndex: found.funding.index,
          socialIndex: found.socialIndex,
          ...(averaging === null ? {} : { averaging }),
          ...(profile.rules === undefined ? {} : { openInterestLots: openLots[instrument.id] ?? 0 }),
        };
      }),
  };
  return compileRisk(input, expandedOf(expanded, group, profile));
}

function expandedOf(expanded: (ExpandedProfile | undefined)[], group: GroupId, profile: MarginProfile): ExpandedProfile {
  const known = expanded[group];
  if (known?.profile === profile) return known;
  const made = expandProfile(profile);
  expanded[group] = made;
  return made;
}
