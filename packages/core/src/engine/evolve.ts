import { expiryOf } from '../assets/instrument.ts';
import { closeAccount, openAccount } from '../ledger/accountStore.ts';
import {
  registerAmm,
  registerAsset,
  registerGroup,
  registerInstrument,
  registerLendingPool,
  setLendingPool,
} from '../ledger/ledger.ts';
import { post } from '../ledger/posting.ts';
import { assert, unreachable } from '../numeric/assert.ts';
import { assetId, durationMs, sourceId, ticksPerLot, ZERO_TICKS } from '../numeric/brand.ts';
import { createFeedState, type FeedParameters } from '../oracle/feed.ts';
import { createFundingState } from '../oracle/funding.ts';
import { createMarkState } from '../oracle/mark.ts';
import { createSettlementAverage } from '../oracle/settlementAverage.ts';
import { moveClaims } from './claims.ts';
import type { NewUnderlying } from './commands.ts';
import type { ClaimEntry, Event } from './events.ts';
import { instrumentTermsOf, settlementAssetOfGroup } from './lookup.ts';
import type { Parameters } from './parameters.ts';
import type { EngineState } from './state.ts';
import { dropSettledSurface, keepReport } from './volatility.ts';

/** Length of the average that settles an expiry or a wind-down. */
export const SETTLEMENT_WINDOW_MS: number = 1_800_000;

/**
 * The only writer of state. Total: an event that was decided applies; only assertions can fail. Replaying the events of a
 * journal through here gives the state without deciding anything again.
 */
export function evolve(state: EngineState, event: Event): void {
  if ('legs' in event) {
    moveClaims(state, event.legs);
    post(state.ledger, event.legs);
  }
  switch (event.kind) {
    case 'deposited':
    case 'withdrawn':
    case 'transferred':
    case 'supplied':
    case 'unsupplied':
    case 'borrowed':
    case 'repaid':
    case 'traded':
    case 'positionSettled':
    case 'cashLoanSettled':
    case 'sliceSold':
    case 'deleveraged':
    case 'poolBought':
    case 'lossWritten':
    case 'liquidityAdded':
    case 'liquidityRemoved':
    case 'swapped':
    case 'bidRecorded':
      return;
    case 'accountOpened': {
      const opened = openAccount(state.ledger.accounts, { owner: event.owner, group: event.group, mode: event.mode });
      assert(opened === event.account, 'Accounts are opened in order.');
      return;
    }
    case 'accountClosed':
      state.delegates.delete(event.account);
      state.protections.delete(event.account);
      // It may be on the list still: what was sold or deleveraged after the last scan is looked at by the next one.
      state.below.delete(event.account);
      return closeAccount(state.ledger.accounts, event.account);
    case 'poolUpdated':
      return setLendingPool(state.ledger, event.pool);
    case 'instrumentUpdated':
      state.instruments[event.instrument] = event.state;
      if (event.state.status === 'settled') dropSettledSurface(state, instrumentTermsOf(state, event.instrument));
      return;
    case 'volatilityReported':
      return keepReport(state, event, event.report);
    case 'feedUpdated':
      state.feeds[event.feed] = event.state;
      return;
    case 'assetUpdated':
      state.assets[event.asset] = event.state;
      return;
    case 'protectionSet':
      if (event.protection === null) state.protections.delete(event.account);
      else
        state.protections.set(event.account, {
          protection: event.protection,
          windowStartMs: state.timeMs,
          movedInWindow: ZERO_TICKS,
        });
      return;
    case 'toppedUp':
      state.protections.set(event.account, event.state);
      return;
    case 'auctionOpened':
    case 'auctionStaged':
      state.auctions.set(event.auction.account, event.auction);
      return;
    case 'auctionClosed':
      state.auctions.delete(event.account);
      return;
    case 'groupGated':
      state.groups[event.group] = { unbacked: event.unbacked };
      return;
    case 'recoveryClaimed':
      state.recovered.set(event.account, (state.recovered.get(event.account) ?? 0n) + event.amount);
      return setClaims(state, event.claims);
    case 'claimsMoved':
      return setClaims(state, event.claims);
    case 'backstopFunded':
    case 'backstopRedeeming':
    case 'backstopRedeemed':
    case 'trancheUpdated':
      state.tranches[event.tranche] = event.state;
      return;
    case 'delegateAuthorized': {
      const known = state.delegates.get(event.account) ?? [];
      if (!known.includes(event.delegate))
        state.delegates.set(
          event.account,
          [...known, event.delegate].sort((a, b) => a - b),
        );
      return;
    }
    case 'delegateRevoked':
      state.delegates.set(
        event.account,
        (state.delegates.get(event.account) ?? []).filter((delegate) => delegate !== event.delegate),
      );
      return;
    case 'sourceRegistered':
      assert(event.source === state.sources.length, 'Sources are registered in order.');
      state.sources.push({
        registration: { source: sourceId(event.source), actor: event.actor, weight: event.weight, status: 'active' },
        feeds: event.feeds,
      });
      return;
    case 'venueRegistered':
      assert(event.venue === state.venues.length, 'Venues are registered in order.');
      state.venues.push({ id: event.venue, actor: event.actor });
      return;
    case 'assetListed':
      return listAsset(state, event);
    case 'instrumentListed':
      return listInstrument(state, event);
    case 'bundleProposed':
      state.pendingBundles.push(event.bundle);
      state.nextBundle = event.bundle.id + 1;
      return;
    case 'bundleCancelled':
      return removeBundle(state, event.bundle);
    case 'bundleApplied':
      removeBundle(state, event.bundle);
      state.parameterHistory.push({ parameters: state.parameters, replacedAtMs: state.timeMs });
      state.parameters = event.parameters;
      return;
    case 'historyTrimmed':
      while ((state.parameterHistory[0]?.replacedAtMs ?? Number.POSITIVE_INFINITY) < event.beforeMs)
        state.parameterHistory.shift();
      return;
    case 'nonceUsed':
      state.nonces.set(event.actor, event.nonce);
      return;
    case 'cursorsMoved':
      Object.assign(state.cursors, {
        queue: event.queue,
        protection: event.protection,
        settlement: event.settlement,
        visit: event.visit,
      });
      return;
    case 'scanned':
      state.lastScanMs = event.atMs;
      for (const account of event.fell) state.below.add(account);
      for (const account of event.rose) state.below.delete(account);
      return;
    default:
      unreachable(event);
  }
}

function setClaims(state: EngineState, claims: readonly ClaimEntry[]): void {
  for (const { account, claim } of claims) {
    if (claim === 0n) state.claims.delete(account);
    else state.claims.set(account, claim);
  }
}

function removeBundle(state: EngineState, id: number): void {
  const at = state.pendingBundles.findIndex((bundle) => bundle.id === id);
  assert(at >= 0, 'A bundle that is cancelled or applied is pending.');
  state.pendingBundles.splice(at, 1);
}

function listFeed(state: EngineState, parameters: FeedParameters): void {
  assert(parameters.feed === state.feeds.length, 'Feeds are listed in order.');
  state.feeds.push(createFeedState(parameters.feed));
  state.parameters = { ...state.parameters, feeds: [...state.parameters.feeds, parameters] };
}

function listUnderlying(state: EngineState, added: NewUnderlying | null): void {
  if (added === null) return;
  listFeed(state, added.feed);
  state.terms.underlyings.push(added.terms);
  state.parameters = { ...state.parameters, underlyings: [...state.parameters.underlyings, added.risk] };
}

function listAsset(state: EngineState, event: Extract<Event, { kind: 'assetListed' }>): void {
  listUnderlying(state, event.underlying);
  for (const feed of event.feeds) listFeed(state, feed);
  const { terms } = event;
  assert(terms.id === state.terms.assets.length, 'Assets are listed in order.');
  state.terms.assets.push(terms);
  state.assets.push({ status: 'active', windsDownAtMs: null, settlement: null, finalPrice: null });
  registerAsset(state.ledger, terms.id);
  registerLendingPool(state.ledger, assetId(terms.id), state.timeMs);
  const { parameters } = state;
  const next: Parameters = {
    ...parameters,
    assets: [...parameters.assets, event.risk],
    lending: [...parameters.lending, event.lending],
  };
  state.parameters = next;
  if (event.pool === null) return;
  state.terms.ammPools.push(event.pool);
  registerAmm(state.ledger, event.pool.id, [event.pool.base, settlementAssetOfGroup(state, event.pool.group), event.pool.share]);
}

function listInstrument(state: EngineState, event: Extract<Event, { kind: 'instrumentListed' }>): void {
  listUnderlying(state, event.underlying);
  if (event.group !== null) {
    registerGroup(state.ledger, event.group.terms);
    state.terms.groups.push(event.group.terms);
    state.groups.push({ unbacked: ZERO_TICKS });
    state.parameters = { ...state.parameters, groups: [...state.parameters.groups, event.group.parameters] };
  }
  const { terms } = event;
  const expiryMs = expiryOf(terms.form);
  registerInstrument(state.ledger, terms);
  state.terms.instruments.push(terms);
  state.instruments.push({
    status: 'active',
    socialIndex: ticksPerLot(0),
    claimIndex: ticksPerLot(0),
    funding: createFundingState(),
    mark: createMarkState(terms.id, state.timeMs),
    settlement:
      expiryMs === null
        ? null
        : createSettlementAverage({ expiryMs, windowMs: durationMs(SETTLEMENT_WINDOW_MS), nowMs: state.timeMs }),
    settlesAtMs: expiryMs,
    finalPrice: null,
  });
  state.parameters = { ...state.parameters, instruments: [...state.parameters.instruments, event.risk] };
}
