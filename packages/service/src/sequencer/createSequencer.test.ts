import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '@plimsoll/core/engine';
import { type OwnerId, timeMs } from '@plimsoll/core/numeric';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PublishedBlock } from '../contracts/sequencer.ts';
import type { Entry } from '../contracts/submission.ts';
import { createMemoryFileSystem } from '../testing/memoryFileSystem.ts';
import { createSequencerFixture, fingerprint, submitted, temporaryFolder } from '../testing/sequencerFixture.ts';
import { GENESIS_MS, TRADERS, VENUE_OPERATOR } from '../testing/smallDeployment.ts';
import { createTraffic } from '../testing/traffic.ts';
import type { Phase } from './observer.ts';

function newFolder(): string {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  return folder;
}

function register(byte: string, commandId = 'register'): Entry {
  return { kind: 'identity', commandId, actor: null, change: { kind: 'registerOwner', address: `0x${byte.repeat(20)}` } };
}

describe('a sequencer', () => {
  test('answers a command once its block is durable, and finds the outcome again by its id', async () => {
    const { open, seed } = createSequencerFixture();
    const phases: Phase[] = [];
    const sequencer = await open(newFolder(), { observer: { phase: (phase) => phases.push(phase) } });
    await seed(sequencer);
    phases.length = 0;
    const [entry] = createTraffic()
      .next(8, GENESIS_MS + 4_000)
      .slice(7);
    if (entry?.kind !== 'command') throw new Error('the eighth command of the traffic is a trade');
    const answer = submitted(sequencer, [entry]);
    expect(sequencer.lookup(VENUE_OPERATOR, entry.commandId)).toEqual({ status: 'pending' });
    const [outcome] = await answer;
    expect(outcome).toMatchObject({ status: 'accepted', height: 5, index: 0, events: [{ kind: 'traded' }] });
    expect(phases.slice(0, 4)).toEqual(['apply', 'write', 'sync', 'publish']);
    expect(sequencer.lookup(VENUE_OPERATOR, entry.commandId)).toEqual({ status: 'known', outcome });
    expect(sequencer.lookup(TRADERS[0], entry.commandId)).toEqual({ status: 'unknown' });
    await sequencer.close();
  });

  test('gives a command id that was used before the outcome of then, within a block, later, and after a restart', async () => {
    const { open, seed } = createSequencerFixture();
    const folder = newFolder();
    const sequencer = await open(folder);
    await seed(sequencer);
    const entries = createTraffic().next(10, GENESIS_MS + 4_000);
    const twice = await submitted(sequencer, [...entries, ...entries]);
    expect(twice.slice(10)).toEqual(twice.slice(0, 10));
    const height = sequencer.head().height;
    expect(await submitted(sequencer, entries)).toEqual(twice.slice(0, 10));
    expect(sequencer.head().height).toBe(height);
    await sequencer.close();

    const again = await open(folder);
    const outcomes = await submitted(again, entries);
    expect(again.head().height).toBe(height);
    expect(outcomes).toEqual(
      twice.slice(0, 10).map((outcome) => (outcome.status === 'accepted' ? { ...outcome, events: [] } : outcome)),
    );
    await again.close();
  });

  test('refuses a command id that was used for something else, and all with it: under way, later, after a restart, and out of a snapshot', async () => {
    const { open, seed } = createSequencerFixture();
    const folder = newFolder();
    const sequencer = await open(folder);
    await seed(sequencer);
    const entries = createTraffic().next(10, GENESIS_MS + 4_000);
    const [fresh] = createTraffic(500).next(1, GENESIS_MS + 4_000);
    const [first] = entries;
    if (first?.kind !== 'command' || fresh?.kind !== 'command') throw new Error('traffic is of commands');
    // The same actor and id with another nonce; beside it something that nothing speaks against.
    const other: Entry = { ...first, command: { ...first.command, nonce: first.command.nonce + 50 } };
    const taken = submitted(sequencer, entries);
    expect(sequencer.submit([fresh, other])).toEqual({ kind: 'reused', places: [1] });
    const outcomes = await taken;
    expect(sequencer.submit([other, fresh, other])).toEqual({ kind: 'reused', places: [0, 2] });
    expect(sequencer.submit([fresh, { ...fresh, command: { ...fresh.command, nonce: 999 } }])).toEqual({
      kind: 'reused',
      places: [1],
    });
    expect(sequencer.lookup(fresh.command.actor, fresh.commandId)).toEqual({ status: 'unknown' });
    expect(await submitted(sequencer, [first])).toEqual([outcomes[0]]);
    await sequencer.close();

    // Closing took a snapshot; without it there is the journal.
    for (const isFromJournal of [false, true]) {
      if (isFromJournal) rmSync(join(folder, 'snapshots'), { recursive: true });
      const again = await open(folder);
      expect(again.submit([other])).toEqual({ kind: 'reused', places: [0] });
      expect(await submitted(again, [first])).toMatchObject([{ status: outcomes[0]?.status, height: outcomes[0]?.height }]);
      if (isFromJournal) expect(await submitted(again, [fresh])).toMatchObject([{ height: again.head().height }]);
      await again.close();
    }
  });

  test('is after a restart what it was, from a snapshot and from the journal alone', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const sequencer = await open('/data', { fileSystem, limits: { checkpointMs: 0 } });
    await seed(sequencer);
    const traffic = createTraffic();
    for (let block = 0; block < 20; block += 1) {
      clock.advance(1_000);
      await submitted(sequencer, [...traffic.next(50, clock.now()), register(`${10 + block}`)]);
    }
    const print = await fingerprint(sequencer);
    const killed = fileSystem.copy();
    killed.remove('/data/lock');
    await sequencer.close();

    const restarts: { height: number; snapshotHeight: number; roots: number }[] = [];
    for (const files of [killed, fileSystem]) {
      const again = await open('/data', { fileSystem: files, observer: { recovered: (facts) => restarts.push(facts) } });
      expect(await fingerprint(again)).toBe(print);
      expect(again.head()).toEqual(sequencer.head());
      await again.close();
    }
    expect(restarts).toMatchObject([
      { height: 24, snapshotHeight: 0, roots: 24 },
      { height: 24, snapshotHeight: 24, roots: 0 },
    ]);
  });

  test('goes on after a restart, with the same blocks as one that never stopped', async () => {
    const run = async (restarts: boolean): Promise<string> => {
      const { open, seed, clock } = createSequencerFixture();
      const fileSystem = createMemoryFileSystem();
      let sequencer = await open('/data', { fileSystem });
      await seed(sequencer);
      const traffic = createTraffic();
      for (let block = 0; block < 12; block += 1) {
        clock.advance(700);
        await submitted(sequencer, traffic.next(20, clock.now()));
        if (restarts && block % 3 === 2) {
          await sequencer.close();
          sequencer = await open('/data', { fileSystem });
        }
      }
      const print = await fingerprint(sequencer);
      await sequencer.close();
      return print;
    };
    expect(await run(true)).toBe(await run(false));
  });

  test('lets nobody read what is not durable yet', async () => {
    const { open, seed } = createSequencerFixture();
    let height = 0;
    const seen: number[] = [];
    let engine: Engine | undefined;
    const sequencer = await open(newFolder(), {
      observer: { phase: (phase) => phase === 'sync' && engine !== undefined && seen.push(engine.state.height - height) },
      limits: { syncInlineMs: 0 },
    });
    await seed(sequencer);
    // Kept against the rule, to see that the engine really is ahead while the disk works.
    engine = await sequencer.read((now) => now);
    height = sequencer.head().height;
    const answer = submitted(sequencer, createTraffic().next(5, GENESIS_MS + 4_000));
    await new Promise((resolve) => setImmediate(resolve));
    const read = await sequencer.read((now, _directory, head) => [now.state.height, head.height]);
    expect(read[0]).toBe(read[1]);
    await answer;
    expect(seen).toEqual([1]);
    await sequencer.close();
  });

  test('sheds what exceeds its bounds before it is accepted, and says when to try again', async () => {
    const { open, seed } = createSequencerFixture();
    const sequencer = await open(newFolder(), { limits: { waitingEntriesMax: 30 } });
    await seed(sequencer);
    const traffic = createTraffic();
    const first = submitted(sequencer, traffic.next(20, GENESIS_MS + 4_000));
    const shed = traffic.next(20, GENESIS_MS + 4_000);
    const answer = sequencer.submit(shed);
    expect(answer).toMatchObject({ kind: 'overload', reason: 'queueFull' });
    expect('retryAfterMs' in answer && answer.retryAfterMs).toBeGreaterThan(0);
    await first;
    expect(sequencer.head().height).toBe(5);
    expect((await submitted(sequencer, shed)).every(({ height }) => height === 6)).toBe(true);
    await sequencer.close();
    expect(sequencer.submit(traffic.next(1, GENESIS_MS + 5_000))).toMatchObject({ kind: 'overload', reason: 'stopping' });
  });

  test('never turns away what it has accepted: sent again it is waited for while the queue is full, and told while the service stops', async () => {
    const { open, seed } = createSequencerFixture();
    const sequencer = await open(newFolder(), { limits: { waitingEntriesMax: 30 } });
    await seed(sequencer);
    const traffic = createTraffic();
    const entries = traffic.next(20, GENESIS_MS + 4_000);
    const first = submitted(sequencer, entries);
    const fresh = traffic.next(20, GENESIS_MS + 4_000);
    expect(sequencer.submit(fresh)).toMatchObject({ kind: 'overload', reason: 'queueFull' });
    const again = submitted(sequencer, entries);
    // New ones beside known ones are turned away, and are new when they come again.
    expect(sequencer.submit([...entries, ...fresh])).toMatchObject({ kind: 'overload', reason: 'queueFull' });
    const closing = sequencer.close();
    const late = submitted(sequencer, entries);
    expect(sequencer.submit(fresh)).toMatchObject({ kind: 'overload', reason: 'stopping' });
    expect(await again).toEqual(await first);
    expect(await late).toEqual(await first);
    await closing;
    expect(await submitted(sequencer, entries)).toEqual(await first);
    expect(sequencer.lookup(entries[0]?.kind === 'command' ? entries[0].command.actor : TRADERS[0], 'nothing')).toEqual({
      status: 'unknown',
    });
  });

  test('lets one sender fill only its share of the queue, and commands leave a part of it to reports', async () => {
    const { open, seed } = createSequencerFixture();
    const sequencer = await open(newFolder(), { limits: { waitingEntriesMax: 64, waitingSenders: 4, waitingReports: 8 } });
    await seed(sequencer);
    const stream = createTraffic().next(2_000, GENESIS_MS + 4_000);
    const ofKind = (isReport: boolean): Entry[] =>
      stream.filter((entry) => entry.kind === 'command' && (entry.command.kind === 'reportPrices') === isReport);
    const ofSender = (sender: OwnerId): Entry[] =>
      ofKind(false).filter((entry) => entry.kind === 'command' && entry.command.actor === sender);
    const flooder = ofSender(VENUE_OPERATOR);
    const others = TRADERS.map(ofSender);
    const accepted: Promise<unknown>[] = [];
    const offer = (entries: readonly Entry[]): 'taken' | 'refused' => {
      const answer = sequencer.submit(entries);
      if ('kind' in answer) return 'refused';
      accepted.push(answer);
      return 'taken';
    };
    expect(offer(flooder.slice(0, 10))).toBe('taken');
    expect(offer(flooder.slice(10, 16))).toBe('taken');
    expect(offer(flooder.slice(16, 17))).toBe('refused');
    // The others get in, up to what is left to reports.
    let waiting = 16;
    for (const entries of others) {
      const size = Math.min(14, 56 - waiting);
      if (offer(entries.slice(0, size)) === 'taken') waiting += size;
    }
    expect(waiting).toBe(56);
    expect(others.map((entries) => offer(entries.slice(20, 21)))).toEqual(others.map(() => 'refused'));
    expect(offer(ofKind(true).slice(0, 8))).toBe('taken');
    expect(offer(ofKind(true).slice(8, 9))).toBe('refused');
    await Promise.all(accepted);
    // What was taken has left, and the share is free again.
    expect(offer(flooder.slice(16, 32))).toBe('taken');
    await Promise.all(accepted);
    await sequencer.close();
  });

  test('keeps the budget of commands in a block, in which reports do not count', async () => {
    const { open, seed } = createSequencerFixture();
    const blocks: PublishedBlock[] = [];
    const sequencer = await open(newFolder(), { limits: { blockEntriesMax: 40 } });
    await seed(sequencer);
    sequencer.onBlock((block) => blocks.push(block));
    const outcomes = await submitted(sequencer, createTraffic().next(100, GENESIS_MS + 4_000));
    expect(blocks.map(({ entries }) => entries.length)).toEqual([40, 40, 20]);
    expect(blocks.flatMap((block) => block.outcomes)).toEqual(outcomes);
    expect(outcomes.filter((outcome) => outcome.status === 'rejected' && outcome.code === 'blockFull')).toEqual([]);
    await sequencer.close();
  });

  test('never lets block time run back, whatever the clock says', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const sequencer = await open(newFolder());
    await seed(sequencer);
    const before = sequencer.head().timeMs;
    clock.set(GENESIS_MS - 60_000);
    await submitted(sequencer, createTraffic().next(10, before));
    expect(sequencer.head()).toMatchObject({ height: 5, timeMs: before });
    await sequencer.close();
  });

  test('makes blocks without entries while nothing comes in', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const sequencer = await open(newFolder(), { limits: { idleBlockMs: 5 } });
    await seed(sequencer);
    clock.advance(10_000);
    const block = await new Promise<PublishedBlock>((resolve) => sequencer.onBlock(resolve));
    expect(block).toMatchObject({ entries: [], head: { timeMs: timeMs(GENESIS_MS + 14_000) } });
    await sequencer.close();
  });

  test('registers an owner once, also when the answer was lost and the same wallet asks again', async () => {
    const { open } = createSequencerFixture();
    const folder = newFolder();
    const sequencer = await open(folder);
    const [first] = await submitted(sequencer, [register('ab')]);
    expect(first).toMatchObject({ status: 'accepted', owner: 1_000 });
    const [other, again, refused] = await submitted(sequencer, [register('cd'), register('ab'), register('ab', 'another')]);
    expect(other).toMatchObject({ status: 'accepted', owner: 1_001 });
    expect(again).toEqual(first);
    expect(refused).toMatchObject({ status: 'rejected', code: 'addressTaken' });
    await sequencer.close();
    const restarted = await open(folder);
    expect(await submitted(restarted, [register('ab')])).toEqual([first]);
    expect(await restarted.read((_engine, directory) => directory.ownerOf(`0x${'cd'.repeat(20)}`))).toBe(1_001);
    await restarted.close();
  });

  test('forgets the oldest outcomes beyond its window; the nonce then refuses a second execution', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const sequencer = await open(newFolder(), { limits: { windowEntriesMax: 30, windowEventsMax: 10 } });
    await seed(sequencer);
    const traffic = createTraffic();
    const old = traffic.next(10, clock.now());
    await submitted(sequencer, old);
    for (let block = 0; block < 5; block += 1) await submitted(sequencer, traffic.next(10, clock.now()));
    const trade = old[9];
    if (trade?.kind !== 'command') throw new Error('the tenth command of the traffic is a trade');
    expect(sequencer.lookup(trade.command.actor, trade.commandId)).toEqual({ status: 'unknown' });
    expect(await submitted(sequencer, [trade])).toMatchObject([{ status: 'rejected', code: 'staleNonce' }]);
    await sequencer.close();
  });

  test('takes snapshots while it runs, keeps two of them, and recovers from the older one when the newest is unreadable', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const heights: number[] = [];
    const sequencer = await open('/data', {
      fileSystem,
      limits: { snapshotBlocks: 5, snapshotTimeShare: 0 },
      observer: { snapshot: ({ height }) => heights.push(height) },
    });
    await seed(sequencer);
    const traffic = createTraffic();
    for (let block = 0; block < 18; block += 1) await submitted(sequencer, traffic.next(10, clock.now()));
    const print = await fingerprint(sequencer);
    await sequencer.close();
    expect(heights).toEqual([5, 10, 15, 20, 22]);
    const names = [20, 22].map((height) => `/data/snapshots/${String(height).padStart(16, '0')}.snapshot`);
    expect(fileSystem.list('/data/snapshots').map((name) => `/data/snapshots/${name}`)).toEqual(names);

    const newest = fileSystem.files.get(names[1] ?? '') ?? new Uint8Array();
    newest[newest.length >> 1] = (newest[newest.length >> 1] ?? 0) ^ 1;
    const warnings: string[] = [];
    const facts: number[] = [];
    const again = await open('/data', {
      fileSystem,
      observer: { warning: (text) => warnings.push(text), recovered: ({ snapshotHeight }) => facts.push(snapshotHeight) },
    });
    expect(await fingerprint(again)).toBe(print);
    expect(facts).toEqual([20]);
    expect(warnings).toEqual([
      'snapshots/0000000000000022.snapshot is not used: its content does not match its hash. Recovery takes longer, nothing is lost.',
    ]);
    await again.close();
  });

  test('begins a new segment when one is full, and reads on through all of them', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const limits = { segmentBytes: 64 * 1024, reserveBytes: 16 * 1024 };
    const sequencer = await open('/data', { fileSystem, limits });
    await seed(sequencer);
    const traffic = createTraffic();
    for (let block = 0; block < 30; block += 1) {
      clock.advance(100);
      await submitted(sequencer, traffic.next(60, clock.now()));
    }
    const print = await fingerprint(sequencer);
    await sequencer.close();
    expect(fileSystem.list('/data/journal').filter((name) => name.endsWith('.segment')).length).toBeGreaterThan(5);
    for (const name of fileSystem.list('/data/snapshots')) fileSystem.remove(`/data/snapshots/${name}`);
    const again = await open('/data', { fileSystem, limits });
    expect(await fingerprint(again)).toBe(print);
    await again.close();
  });
});
