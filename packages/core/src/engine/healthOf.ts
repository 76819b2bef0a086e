import type { Leg } from '../ledger/legs.ts';
import { computeEquity, computeMargin } from '../margin/computeMargin.ts';
import type { Portfolio } from '../margin/portfolio.ts';
import type { MarginFigures, RiskModel } from '../margin/riskModel.ts';
import { maxNumber } from '../numeric/arithmetic.ts';
import { type AccountId, type DurationMs, type FeedId, type GroupId, type Ticks, ticks, ZERO_TICKS } from '../numeric/brand.ts';
import { isAllowed } from '../oracle/ladder.ts';
import { mayLiquidate } from '../oracle/restartGate.ts';
import { feedsOfAsset } from './assetFeeds.ts';
import { loadPortfolio } from './loadPortfolio.ts';
import { groupIdOf } from './lookup.ts';
import type { Parameters } from './parameters.ts';
import type { EngineState } from './state.ts';
import { type EngineView, heldModelOf, modelOf, olderModelOf } from './view.ts';

/** Margin of an account now, or as it would be after a posting. Overwrites `scratch`. */
export function figuresOf(view: EngineView, account: AccountId, scratch: Portfolio, legs?: readonly Leg[]): MarginFigures {
  loadPortfolio(view.state, account, scratch, legs);
  return computeMargin(modelOf(view, groupIdOf(view.state, account)), scratch);
}

/**
 * Equity in ticks of the settlement asset, whatever the mode: overcollateralized accounts are margined in USD, but what they are
 * sold for is paid in the settlement asset. Leaves the portfolio as loaded.
 */
export function saleValueOf(view: EngineView, account: AccountId, without?: readonly Leg[]): Ticks {
  const { before } = view;
  loadPortfolio(view.state, account, before, without);
  const { mode } = before;
  if (mode === 'overcollateralized') before.mode = 'portfolio';
  const equity = computeEquity(modelOf(view, groupIdOf(view.state, account)), before);
  before.mode = mode;
  return equity;
}

/**
 * True when the account may be liquidated: below maintenance under the current parameters and under every set in force during
 * the grace time (parameters alone liquidate nobody), also at the volatilities last reported where their quorum is lost, with every usable feed it stands on past its restart gate, and at least one
 * of them usable. Unusable feeds are valued in its favour and hold nobody back.
 */
export function isLiquidatable(view: EngineView, account: AccountId): boolean {
  const { state } = view;
  if (figuresOf(view, account, view.before).healthMaintenance >= ZERO_TICKS) return false;
  for (const model of protectingModels(view, groupIdOf(state, account)))
    if (computeMargin(model, view.before).healthMaintenance >= ZERO_TICKS) return false;
  return areFeedsReady(view, view.before);
}

/** Who stands in one of these is not liquidated. Each is compiled when the ones before it do not protect. */
function* protectingModels(view: EngineView, group: GroupId): Generator<RiskModel> {
  const { state } = view;
  for (const { parameters, replacedAtMs } of state.parameterHistory)
    if (state.timeMs - replacedAtMs <= graceOf(state, parameters)) yield olderModelOf(view, parameters, group);
  const held = heldModelOf(view, group);
  if (held !== null) yield held;
}

/** How long a set protects after it was replaced: no bundle shortens the grace that was in force with the set it replaces. */
export function graceOf(state: EngineState, replaced: Parameters): DurationMs {
  return maxNumber(state.parameters.global.graceMs, replaced.global.graceMs);
}

/** True when what an account stands on can be sold now: a feed of it usable and those past their restart gates, or no feed at all. */
export function areFeedsReadyOf(view: EngineView, account: AccountId): boolean {
  loadPortfolio(view.state, account, view.before);
  return areFeedsReady(view, view.before);
}

function areFeedsReady(view: EngineView, portfolio: Portfolio): boolean {
  let usable = 0;
  let total = 0;
  for (const id of feedsOf(view.state, portfolio)) {
    const feed = view.feedsNow[id];
    const parameters = view.state.parameters.feeds[id];
    total += 1;
    if (feed === undefined || parameters === undefined || !isAllowed('liquidate', feed.quality)) continue;
    if (!mayLiquidate(parameters, feed, view.state.timeMs)) return false;
    usable += 1;
  }
  return total === 0 || usable > 0;
}

/** Feeds that the loaded positions, collateral and debts stand on; the settlement asset's own is not among them. */
export function feedsOf(state: EngineState, portfolio: Portfolio): readonly FeedId[] {
  const found: FeedId[] = [];
  for (let i = 0; i < portfolio.positionCount; i += 1) {
    const underlying = state.terms.instruments[portfolio.instruments[i] ?? -1]?.underlying;
    note(found, underlying === undefined ? null : state.terms.underlyings[underlying]?.feed);
  }
  const settlement = state.terms.groups[portfolio.group]?.settlementAsset;
  const settlementFeed = state.terms.assets[settlement ?? -1]?.feed;
  for (let i = 0; i < portfolio.balanceCount; i += 1) {
    const terms = state.terms.assets[portfolio.balanceAssets[i] ?? -1];
    if (terms === undefined || terms.id === settlement) continue;
    for (const feed of feedsOfAsset(state, terms.id)) if (feed !== settlementFeed) note(found, feed);
  }
  return found;
}

function note(found: FeedId[], feed: FeedId | null | undefined): void {
  if (feed !== null && feed !== undefined && !found.includes(feed)) found.push(feed);
}

/** max(0, −equity). */
export function deficitOf(equity: Ticks): Ticks {
  return equity < ZERO_TICKS ? ticks(-equity) : ZERO_TICKS;
}
