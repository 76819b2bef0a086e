/** What a channel and key stand for: items by id, and how they change from one look to the next. */

import { type Event, isOpenAccount } from '@plimsoll/core/engine';
import { accountId } from '@plimsoll/core/numeric';
import type { Head } from '../../contracts/head.ts';
import type { PublishedBlock } from '../../contracts/sequencer.ts';
import { accountJson } from '../../views/accounts.ts';
import { auctionJson } from '../../views/auctions.ts';
import { marketView } from '../../views/markets.ts';
import { feedJson } from '../../views/oracle.ts';
import { plainJson } from '../../views/plainJson.ts';
import type { Reading } from '../../views/reading.ts';
import type { LiquidationEventJson, PublishedEvent, StreamChannel } from './messages.ts';

export interface Topic {
  readonly channel: StreamChannel;
  readonly key: number | null;
  /** Of the last change. */
  sequence: number;
  /** The block that the items are true of. */
  head: Head;
  /** Items as JSON text, by id. */
  readonly items: Map<number, string>;
}

/** Items as JSON text, and the ids that are gone. */
export interface TopicChange {
  readonly changed: readonly string[];
  readonly removed: readonly number[];
}

export interface LiquidationLog {
  /** The latest, oldest first. */
  readonly latest: readonly LiquidationEventJson[];
}

const LATEST_MAX = 100;

/** Keeps the latest events of liquidations, block by block. */
export function createLiquidationLog(): LiquidationLog & { readonly take: (block: PublishedBlock) => void } {
  const latest: LiquidationEventJson[] = [];
  let next = 0;
  return {
    latest,
    take({ head, result }) {
      for (const [index, event] of result.events.entries()) {
        const shown = published(event);
        if (shown === null) continue;
        const { kind } = shown;
        latest.push({ id: next, height: head.height, timestamp: head.timeMs, index, kind, event: plainJson(shown) });
        next += 1;
        if (latest.length > LATEST_MAX) latest.shift();
      }
    },
  };
}

/** Null for what is no liquidation. */
function published(event: Event): PublishedEvent | null {
  switch (event.kind) {
    case 'sliceSold':
    case 'poolBought':
    case 'deleveraged':
    case 'lossWritten': {
      const { legs: _, ...shown } = event;
      return shown;
    }
    case 'auctionOpened':
    case 'auctionStaged':
    case 'auctionClosed':
    case 'groupGated':
      return event;
    default:
      return null;
  }
}

/** Brings a topic up to what is read now; null when nothing changed. */
export function refreshTopic(topic: Topic, reading: Reading, log: LiquidationLog): TopicChange | null {
  const current = itemsOf(topic, reading, log);
  topic.head = reading.head;
  const changed: string[] = [];
  for (const [id, item] of current) {
    const text = JSON.stringify(item);
    const known = topic.items.get(id);
    if (known !== undefined && (known === text || isSame(known, item))) continue;
    topic.items.set(id, text);
    changed.push(text);
  }
  // Events of the log are not taken back: old ones only leave the snapshot.
  const removed: number[] = [];
  for (const id of topic.items.keys()) {
    if (current.has(id)) continue;
    topic.items.delete(id);
    if (topic.channel !== 'liquidations') removed.push(id);
  }
  if (changed.length === 0 && removed.length === 0) return null;
  topic.sequence += 1;
  return { changed, removed };
}

/** What only tells that time passed. */
const CLOCKS: ReadonlySet<string> = new Set(['ageMs', 'timestamp', 'datetime']);

function withoutClocks(key: string, value: unknown): unknown {
  return CLOCKS.has(key) ? undefined : value;
}

function isSame(known: string, item: unknown): boolean {
  return JSON.stringify(JSON.parse(known), withoutClocks) === JSON.stringify(item, withoutClocks);
}

/** Whether there is anything under the key of a channel; without a key there always is, if only an empty list. */
export function isThere({ channel, key }: Pick<Topic, 'channel' | 'key'>, { engine: { state } }: Reading): boolean {
  if (key === null) return true;
  switch (channel) {
    case 'market':
      return state.terms.instruments.some(({ id }) => id === key);
    case 'oracle':
      return state.parameters.feeds.some(({ feed }) => feed === key);
    case 'account':
      return isOpenAccount(state, accountId(key));
    case 'auctions':
    case 'liquidations':
      return false;
  }
}

function itemsOf({ channel, key }: Topic, reading: Reading, log: LiquidationLog): ReadonlyMap<number, unknown> {
  const { state } = reading.engine;
  const items = new Map<number, unknown>();
  const put = (id: number, item: unknown): void => {
    if (item !== null) items.set(id, item);
  };
  switch (channel) {
    case 'market':
      for (const terms of state.terms.instruments)
        if (key === null || key === terms.id) put(terms.id, marketView(reading, terms));
      return items;
    case 'oracle':
      for (const { feed } of state.parameters.feeds) if (key === null || key === feed) put(feed, feedJson(reading, feed));
      return items;
    case 'auctions':
      for (const auction of [...state.auctions.values()].sort((a, b) => a.account - b.account))
        put(auction.account, auctionJson(reading, auction));
      return items;
    case 'liquidations':
      for (const event of log.latest) put(event.id, event);
      return items;
    case 'account':
      if (key !== null) put(key, accountJson(reading, accountId(key)));
      return items;
  }
}
