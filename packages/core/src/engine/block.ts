import type { Leg } from '../ledger/legs.ts';
import type { AccountId, Price } from '../numeric/brand.ts';
import type { FeedState } from '../oracle/feed.ts';
import { followEvent } from './accountLists.ts';
import type { Command } from './commands.ts';
import type { Event } from './events.ts';
import { evolve } from './evolve.ts';
import { forgetCushion } from './filterState.ts';
import { poolOf, settlementAssetOf } from './lookup.ts';
import type { Rejection } from './rejections.ts';
import { dropModels, type EngineView, forgetModels } from './view.ts';

/** One block in the making: what is read, and the events so far. */
export interface BlockRun {
  readonly view: EngineView;
  readonly events: Event[];
  /** Feeds and prices of assets as they stood before this block's reports: what was in force since the last block. */
  readonly heldFeeds: readonly FeedState[];
  readonly heldAssetPrices: readonly (Price | null)[];
  /** Set by what a group's unbacked figure depends on besides its accounts: a scan of the list, a fund that moved. */
  isGatingDue: boolean;
}

export type CommandResult =
  | { readonly kind: 'accepted'; readonly command: Command; readonly events: readonly Event[] }
  | { readonly kind: 'rejected'; readonly command: Command; readonly rejection: Rejection };

/** Applies an event, keeps it, and forgets what was derived from what it changed. */
export function emit(run: BlockRun, event: Event): void {
  const { view } = run;
  const held = event.kind === 'feedUpdated' ? view.state.feeds[event.feed] : undefined;
  const legs = 'legs' in event ? event.legs : null;
  if (legs !== null) wakePools(run, legs);
  evolve(view.state, event);
  run.events.push(event);
  if (legs !== null) {
    for (const leg of legs) {
      if ('account' in leg) touch(view, leg.account);
      // The price of a pool's share follows its reserves.
      else if (leg.place === 'amm') forgetModels(view);
      else if (leg.place === 'fund') run.isGatingDue = true;
    }
    return;
  }
  switch (event.kind) {
    case 'scanned':
      run.isGatingDue = true;
      return followEvent(view.lists, view.state, event);
    case 'auctionOpened':
    case 'auctionStaged':
    case 'auctionClosed':
    case 'accountClosed':
      return followEvent(view.lists, view.state, event);
    case 'poolUpdated':
      view.filter.tables = null;
      view.sides.length = 0;
      return;
    case 'feedUpdated':
      view.feedsNow[event.feed] = event.state;
      return movesMaintenance(held, event.state) ? dropModels(view) : forgetModels(view);
    case 'volatilityReported':
    case 'instrumentUpdated':
    case 'assetUpdated':
    case 'bundleApplied':
    case 'assetListed':
    case 'instrumentListed':
    case 'historyTrimmed':
      for (let feed = view.feedsNow.length; feed < view.state.feeds.length; feed += 1) {
        const added = view.state.feeds[feed];
        if (added !== undefined) view.feedsNow.push(added);
      }
      return dropModels(view);
    default:
      return;
  }
}

/** Notes that an account's row has changed: the next scan looks at it, whatever was known of it. */
function touch(view: EngineView, account: AccountId): void {
  view.touched.add(account);
  forgetCushion(view.filter, account);
}

/**
 * Whether a feed's new state moves anything that maintenance stands on: price, band or quality. A refresh that only moves the
 * slow price or the confidence moves initial margin, and no account has to be looked at again for it.
 */
function movesMaintenance(before: FeedState | undefined, after: FeedState): boolean {
  return (
    before === undefined ||
    before.quality !== after.quality ||
    before.aggregate?.price !== after.aggregate?.price ||
    before.band?.low !== after.band?.low ||
    before.band?.high !== after.band?.high
  );
}

/** A pool that nobody owed anything accrues from the moment of its first loan, not from when it last had one. */
function wakePools(run: BlockRun, legs: readonly Leg[]): void {
  const { state } = run.view;
  for (const leg of legs) {
    const isLoan = leg.place === 'debtShares' ? leg.shares > 0n : leg.place === 'cashLoan' && leg.principal > 0n;
    if (!isLoan || !('account' in leg)) continue;
    const asset = leg.place === 'debtShares' ? leg.asset : settlementAssetOf(state, leg.account);
    const pool = poolOf(state, asset);
    if (pool.debtShares + pool.loanShares > 0n || pool.lastAccrualMs === state.timeMs) continue;
    emit(run, { kind: 'poolUpdated', asset, pool: { ...pool, lastAccrualMs: state.timeMs }, cause: 'interest' });
  }
}
