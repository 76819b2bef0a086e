/** What Prometheus is told; a test holds the dashboard to these names. */

import { fundOf } from '@plimsoll/core/ledger';
import { QUALITIES } from '@plimsoll/core/oracle';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Head } from '../contracts/head.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import type { SignatureVerifier } from '../verify/signatureJob.ts';

/** What a scrape says, and the block that it says it of. */
export interface Scrape {
  readonly head: Head;
  readonly text: string;
}

export interface ApiMetrics {
  /** Reads durable state. */
  readonly scrapeWithHead: () => Promise<Scrape>;
  /** Its text alone. */
  readonly scrape: () => Promise<string>;
  readonly contentType: string;
  readonly names: () => readonly string[];
  readonly requests: Counter<'operation' | 'status'>;
  readonly requestSeconds: Histogram<'operation'>;
  readonly commands: Counter<'outcome'>;
  readonly shed: Counter<'reason'>;
  readonly streamClients: Gauge;
  readonly streamMessages: Counter<'channel' | 'kind'>;
  readonly streamDropped: Counter<'reason'>;
}

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export function createMetrics(of: { readonly sequencer: Sequencer; readonly verifier: SignatureVerifier }): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerBlocks(registry, of.sequencer);
  registerGauges(registry, of);
  const readEngine = registerEngine(registry, of.sequencer);
  const scrapeWithHead = async (): Promise<Scrape> => {
    const head = await readEngine();
    return { head, text: await registry.metrics() };
  };
  return {
    scrapeWithHead,
    scrape: async () => (await scrapeWithHead()).text,
    contentType: registry.contentType,
    names: () => registry.getMetricsAsArray().map(({ name }) => name),
    requests: new Counter({
      name: 'plimsoll_http_requests_total',
      help: 'HTTP requests by operation and status.',
      labelNames: ['operation', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'plimsoll_http_request_seconds',
      help: 'Time from a request to its answer.',
      labelNames: ['operation'],
      buckets: BUCKETS,
      registers,
    }),
    commands: new Counter({
      name: 'plimsoll_http_commands_total',
      help: 'Commands sent over HTTP by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    shed: new Counter({
      name: 'plimsoll_shed_total',
      help: 'Requests refused before acceptance, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    streamClients: new Gauge({ name: 'plimsoll_stream_clients', help: 'WebSocket clients connected.', registers }),
    streamMessages: new Counter({
      name: 'plimsoll_stream_messages_total',
      help: 'Messages sent to WebSocket clients.',
      labelNames: ['channel', 'kind'],
      registers,
    }),
    streamDropped: new Counter({
      name: 'plimsoll_stream_dropped_total',
      help: 'WebSocket clients dropped, by reason.',
      labelNames: ['reason'],
      registers,
    }),
  };
}

/** How long one scrape stands for all that ask: a thousand scrapers cost the writer's thread as much as five. */
const SCRAPE_KEPT_MS = 200;

/** One scrape at a time, shared by whoever asks while it is made and shortly after. */
export function sharedScrape(scrape: () => Promise<Scrape>): () => Promise<Scrape> {
  let last: { readonly scraped: Promise<Scrape>; endedMs: number | null } | null = null;
  return () => {
    if (last !== null && (last.endedMs === null || performance.now() - last.endedMs < SCRAPE_KEPT_MS)) return last.scraped;
    const made: { readonly scraped: Promise<Scrape>; endedMs: number | null } = { scraped: scrape(), endedMs: null };
    last = made;
    const end = (endedMs: number): void => {
      made.endedMs = endedMs;
    };
    // One that failed is not kept.
    made.scraped.then(
      () => end(performance.now()),
      () => end(Number.NEGATIVE_INFINITY),
    );
    return made.scraped;
  };
}

/** Counted as blocks are published: what a scrape would miss. */
function registerBlocks(registry: Registry, sequencer: Sequencer): void {
  const registers = [registry];
  const blocks = new Counter({ name: 'plimsoll_blocks_total', help: 'Durable blocks since the start.', registers });
  const entries = new Counter({
    name: 'plimsoll_entries_total',
    help: 'Entries of durable blocks by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const events = new Counter({
    name: 'plimsoll_events_total',
    help: 'Events by kind.',
    labelNames: ['kind'],
    registers,
  });
  const sync = new Histogram({
    name: 'plimsoll_block_sync_seconds',
    help: 'Time of the fdatasync of a block.',
    buckets: BUCKETS,
    registers,
  });
  const apply = new Histogram({
    name: 'plimsoll_block_apply_seconds',
    help: 'Time to decide and apply a block.',
    buckets: BUCKETS,
    registers,
  });
  sequencer.onBlock((block) => {
    blocks.inc();
    for (const { status } of block.outcomes) entries.inc({ outcome: status });
    for (const { kind } of block.result.events) events.inc({ kind });
    const load = sequencer.load();
    sync.observe(load.lastSyncMs / 1_000);
    apply.observe(load.lastApplyMs / 1_000);
  });
}

/** Read at every scrape. */
function registerGauges(
  registry: Registry,
  { sequencer, verifier }: { readonly sequencer: Sequencer; readonly verifier: SignatureVerifier },
): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('plimsoll_sequencer_waiting', 'Entries that wait for a block.', () => sequencer.load().waitingEntries);
  gauge('plimsoll_sequencer_waiting_max', 'Most entries that may wait.', () => sequencer.load().waitingMax);
  gauge('plimsoll_journal_bytes', 'Bytes of the journal.', () => sequencer.load().journalBytes);
  gauge('plimsoll_disk_full', '1 while commands are refused for want of room on the disk.', () =>
    sequencer.load().isDiskFull ? 1 : 0,
  );
  gauge('plimsoll_last_block_entries', 'Entries of the last block.', () => sequencer.load().lastBlockEntries);
  gauge('plimsoll_verifier_waiting', 'Signatures that wait to be checked.', () => verifier.load().waitingJobs);
  gauge('plimsoll_verifier_threads', 'Threads that check signatures.', () => verifier.load().threads);
}

const UNIT = 1e6;

/** What the engine stands at, and at which block; returns what sets it, from durable state alone, and says of which block. */
function registerEngine(registry: Registry, sequencer: Sequencer): () => Promise<Head> {
  const registers = [registry];
  const height = new Gauge({ name: 'plimsoll_height', help: 'Height of the last durable block.', registers });
  const blockTime = new Gauge({ name: 'plimsoll_block_time_seconds', help: 'Time of the last durable block.', registers });
  const accounts = new Gauge({ name: 'plimsoll_accounts_open', help: 'Open accounts.', registers });
  const below = new Gauge({ name: 'plimsoll_accounts_below', help: 'Accounts below maintenance.', registers });
  const auctions = new Gauge({ name: 'plimsoll_auctions_open', help: 'Open auctions.', registers });
  const group = { labelNames: ['group'] as const, registers };
  const unbacked = new Gauge({
    name: 'plimsoll_group_unbacked',
    help: 'Losses beyond what backs them, settlement units.',
    ...group,
  });
  const insurance = new Gauge({ name: 'plimsoll_group_insurance', help: 'Insurance fund, settlement units.', ...group });
  const feeds = { labelNames: ['feed'] as const, registers };
  const quality = new Gauge({ name: 'plimsoll_feed_quality', help: '0 valid … 5 never.', ...feeds });
  const age = new Gauge({ name: 'plimsoll_feed_age_seconds', help: 'Age of the quorum of a feed.', ...feeds });
  return () =>
    sequencer.read(({ state, view }, _directory, head) => {
      height.set(head.height);
      blockTime.set(head.timeMs / 1_000);
      accounts.set(state.ledger.accounts.openCount);
      below.set(state.below.size);
      auctions.set(state.auctions.size);
      for (const { id, symbol } of state.terms.groups) {
        unbacked.set({ group: symbol }, Number(state.groups[id]?.unbacked ?? 0n) / UNIT);
        insurance.set({ group: symbol }, Number(fundOf(state.ledger, id, 'insurance')) / UNIT);
      }
      for (const { feed, symbol } of state.parameters.feeds) {
        const found = view.feedsNow[feed];
        quality.set({ feed: symbol }, QUALITIES.indexOf(found?.quality ?? 'never'));
        const published = found?.aggregate?.publishTimeMs;
        age.set({ feed: symbol }, published === undefined ? Number.NaN : Math.max(0, state.timeMs - published) / 1_000);
      }
      return head;
    });
}
