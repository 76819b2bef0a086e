/**
 * The trace of every liquidation to a price that a quorum agreed on. Feeds are followed from `feedUpdated` events alone, and the
 * rule is written here once more, without the engine's aggregation: at least two sources, none older than 300 seconds, that lie
 * within 3 % of each other with the price among them.
 */

import type { BlockResult, Event } from '@plimsoll/core/engine';
import type { FeedId, InstrumentId } from '@plimsoll/core/numeric';
import type { FeedState } from '@plimsoll/core/oracle';
import { AGREEMENT_PPM, QUORUM_SOURCES, SOURCE_AGE_MAX_MS } from './octoberTerms.ts';

export interface QuorumTrace {
  /** Reads a block's events in order and checks each liquidation in it; `positionsOf` lists what an account held before. */
  readonly follow: (block: BlockResult) => void;
  readonly figures: () => TraceFigures;
}

export interface TraceFigures {
  /** Auction openings, slices sold and positions deleveraged that were checked; legs are their positions. */
  readonly auctions: number;
  readonly slices: number;
  readonly deleveragings: number;
  readonly legs: number;
  /** Fewest sources that agreed on the price of any of those legs. */
  readonly fewestSources: number;
  /** What could not be traced: must be empty. */
  readonly untraced: readonly string[];
}

export interface TraceTerms {
  readonly feedOf: (instrument: InstrumentId) => FeedId;
  /** Instruments an account holds now (after the block). */
  readonly instrumentsOf: (account: number) => readonly InstrumentId[];
  /** Feeds as they stand when following begins. */
  readonly feeds: readonly FeedState[];
}

export function createQuorumTrace(terms: TraceTerms): QuorumTrace {
  const feeds = new Map<FeedId, FeedState>(terms.feeds.map((feed) => [feed.feed, feed]));
  const untraced: string[] = [];
  const count = { auctions: 0, slices: 0, deleveragings: 0, legs: 0, fewest: Number.POSITIVE_INFINITY };

  const sourcesBehind = (instrument: InstrumentId, nowMs: number): number => {
    const state = feeds.get(terms.feedOf(instrument));
    return state === undefined ? 0 : agreeingSources(state, nowMs);
  };

  const checkAll = (what: string, instruments: readonly InstrumentId[], nowMs: number): void => {
    for (const instrument of instruments) {
      const sources = sourcesBehind(instrument, nowMs);
      count.legs += 1;
      count.fewest = Math.min(count.fewest, sources);
      if (sources < QUORUM_SOURCES) untraced.push(`${what} of instrument ${instrument} at ${nowMs}: ${sources} sources agreed`);
    }
  };

  /** A portfolio comes up for sale when one of its prices is agreed on; only such legs are sold first. */
  const checkOpening = (account: number, held: readonly InstrumentId[], nowMs: number): void => {
    count.auctions += 1;
    // Cash below zero and nothing else: no price has a part in it.
    if (held.length === 0) return;
    const best = held.reduce((most, instrument) => Math.max(most, sourcesBehind(instrument, nowMs)), 0);
    if (best < QUORUM_SOURCES) untraced.push(`auction of account ${account} at ${nowMs}: no leg has an agreed price`);
  };

  return {
    follow: (block) => {
      const held = heldBefore(block, terms);
      for (const event of block.events) {
        switch (event.kind) {
          case 'feedUpdated':
            feeds.set(event.feed, event.state);
            break;
          case 'auctionOpened':
            if (event.auction.stage !== 'voluntary')
              checkOpening(event.auction.account, held(event.auction.account), block.timeMs);
            break;
          case 'sliceSold':
            if (event.layer !== 'auction' && event.layer !== 'backstop') break;
            count.slices += 1;
            checkAll(`slice of account ${event.account}`, soldInstruments(event), block.timeMs);
            break;
          case 'deleveraged':
            count.deleveragings += 1;
            checkAll(`deleveraging of account ${event.account}`, [event.instrument], block.timeMs);
            break;
          default:
            break;
        }
      }
    },
    figures: () => ({
      auctions: count.auctions,
      slices: count.slices,
      deleveragings: count.deleveragings,
      legs: count.legs,
      fewestSources: count.legs === 0 ? 0 : count.fewest,
      untraced,
    }),
  };
}

/** The most sources, all fresh, that lie within the agreement of each other and have the feed's price in their range; 0 without a price. */
export function agreeingSources(state: FeedState, nowMs: number): number {
  if (state.aggregate === null || (state.quality !== 'valid' && state.quality !== 'uncertain')) return 0;
  const { price } = state.aggregate;
  const fresh = state.reports.filter(({ publishTimeMs }) => nowMs - publishTimeMs <= SOURCE_AGE_MAX_MS);
  let most = 0;
  for (const { price: low } of fresh) {
    const near = fresh.filter(
      (report) => report.price >= low && (report.price - low) * 1_000_000n <= low * BigInt(AGREEMENT_PPM),
    );
    const high = near.reduce((top, report) => (report.price > top ? report.price : top), low);
    if (low <= price && price <= high) most = Math.max(most, near.length);
  }
  return most;
}

function soldInstruments(event: Extract<Event, { kind: 'sliceSold' }>): readonly InstrumentId[] {
  const sold = new Set<InstrumentId>();
  for (const leg of event.legs) if (leg.place === 'position' && leg.account === event.account) sold.add(leg.instrument);
  return [...sold].sort((a, b) => a - b);
}

/** What an account held before its first sale of the block: what it holds after it, and what it sold in it. */
function heldBefore(block: BlockResult, terms: TraceTerms): (account: number) => readonly InstrumentId[] {
  return (account) => {
    const held = new Set(terms.instrumentsOf(account));
    for (const event of block.events) {
      if (!('legs' in event)) continue;
      for (const leg of event.legs) if (leg.place === 'position' && leg.account === account) held.add(leg.instrument);
    }
    return [...held].sort((a, b) => a - b);
  };
}
