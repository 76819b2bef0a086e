import type { Event } from '@plimsoll/core/engine';
import { createPortfolio } from '@plimsoll/core/margin';
import { accountId, amount, assetId, height, ownerId, ticks, timeMs } from '@plimsoll/core/numeric';
import { expect, test } from 'vitest';
import type { PublishedBlock } from '../../contracts/sequencer.ts';
import { createDirectory } from '../../identity/directory.ts';
import { createMemorySequencer } from '../../testing/memorySequencer.ts';
import { createManualClock, createNonces, reportPrices, seedCommands, smallDeployment } from '../../testing/smallDeployment.ts';
import { createLiquidationLog, refreshTopic, type Topic } from './topics.ts';

function scene() {
  const deployment = smallDeployment();
  const clock = createManualClock();
  const directory = createDirectory(deployment);
  const sequencer = createMemorySequencer({ deployment, directory, clock });
  for (const block of seedCommands()) {
    clock.set(block.timeMs);
    sequencer.applyNow(block.commands);
  }
  const nonces = createNonces(100);
  const quote = (nano: bigint | null): void => {
    clock.advance(1_000);
    const at = clock.now();
    sequencer.applyNow(
      nano === null ? [] : [0, 1, 2].map((source) => reportPrices(nonces, source, at, { dollar: null, ether: nano })),
    );
  };
  const reading = () => ({ engine: sequencer.engine, directory, head: sequencer.head(), scratch: createPortfolio() });
  return { quote, reading, sequencer };
}

function topicOf(channel: Topic['channel'], key: number | null = null): Topic {
  return {
    channel,
    key,
    sequence: 0,
    head: { height: height(0), timeMs: timeMs(0), hash: new Uint8Array(32) },
    items: new Map(),
  };
}

test('a topic rises by one with every change, and stands still while only time passes', () => {
  const { quote, reading } = scene();
  const log = createLiquidationLog();
  const oracle = topicOf('oracle', 1);
  expect(refreshTopic(oracle, reading(), log)?.changed).toHaveLength(1);
  quote(null);
  expect(refreshTopic(oracle, reading(), log)).toBeNull();
  quote(201_000_000_000n);
  const change = refreshTopic(oracle, reading(), log);
  expect(change?.changed[0]).toContain('"price":"201"');
  expect(oracle.sequence).toBe(2);
  expect(oracle.head).toEqual(reading().head);
});

test('an item that is gone is named once', () => {
  const { reading } = scene();
  const log = createLiquidationLog();
  const account = topicOf('account', 4);
  refreshTopic(account, reading(), log);
  const gone = { ...account, key: 77 };
  expect(refreshTopic(gone, reading(), log)).toEqual({ changed: [], removed: [4] });
  expect(refreshTopic(gone, reading(), log)).toBeNull();
});

test('the log keeps the latest hundred events of liquidations, without the postings of those who took part', () => {
  const { reading } = scene();
  const log = createLiquidationLog();
  const events: readonly Event[] = [
    { kind: 'nonceUsed', actor: ownerId(1), nonce: 1 },
    { kind: 'auctionClosed', account: accountId(3), reason: 'sold' },
    {
      kind: 'lossWritten',
      account: accountId(3),
      layer: 'insurance',
      amount: ticks(5_000_000n),
      instrument: null,
      asset: null,
      legs: [{ place: 'outside', asset: assetId(0), amount: amount(1n) }],
    },
  ];
  const block = (at: number): PublishedBlock => {
    const head = { height: height(at), timeMs: timeMs(at), hash: new Uint8Array(32) };
    return { head, entries: [], outcomes: [], result: { ...head, results: [], events } };
  };
  for (let at = 1; at <= 80; at += 1) log.take(block(at));
  expect(log.latest).toHaveLength(100);
  expect(log.latest.at(-1)).toMatchObject({ height: 80, index: 2, kind: 'lossWritten' });
  expect(JSON.stringify(log.latest)).not.toContain('legs');
  const topic = topicOf('liquidations');
  expect(refreshTopic(topic, reading(), log)?.changed).toHaveLength(100);
  log.take(block(81));
  const next = refreshTopic(topic, reading(), log);
  expect(next?.changed).toHaveLength(2);
  expect(next?.removed).toEqual([]);
  expect(topic.items.size).toBe(100);
});
