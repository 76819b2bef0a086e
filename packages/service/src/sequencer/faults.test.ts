import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { timeMs } from '@plimsoll/core/numeric';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Outcome } from '../contracts/submission.ts';
import { ownerOf } from '../journal/folderLock.ts';
import { JournalError } from '../journal/journalError.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from '../testing/memoryFileSystem.ts';
import { createSequencerFixture, fingerprint, submitted, temporaryFolder } from '../testing/sequencerFixture.ts';
import { GENESIS_MS, smallDeployment } from '../testing/smallDeployment.ts';
import { createTraffic } from '../testing/traffic.ts';
import { weightOf } from './entryQueue.ts';
import { DEFAULT_SEQUENCER_LIMITS, roomOf } from './limits.ts';
import { ShedError } from './shedError.ts';

/** As a new process finds it. */
function withoutLock(fileSystem: MemoryFileSystem): MemoryFileSystem {
  fileSystem.files.delete('/data/lock');
  return fileSystem;
}

/** The user that owns nothing, by convention of every Unix. */
const NOBODY = 65_534;

const SMALL = { segmentBytes: 64 * 1024, reserveBytes: 24 * 1024, idleBlockMs: 3_600_000 };

describe('a sequencer whose disk fails', () => {
  test('stops at a failed fsync, never tries again, and what was acknowledged before is there at the next start', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const fatal: Error[] = [];
    const sequencer = await open('/data', { fileSystem, observer: { fatal: (error) => fatal.push(error) } });
    await seed(sequencer);
    const print = await fingerprint(sequencer);
    fileSystem.faults.sync = 'EIO';
    const traffic = createTraffic();
    const answer = submitted(sequencer, traffic.next(10, clock.now()));
    const read = new Promise((resolve) => setImmediate(resolve)).then(() => sequencer.read(() => 0));
    await expect(answer).rejects.toMatchObject({ name: 'JournalError', code: 'SYNC_FAILED' });
    await expect(read).rejects.toMatchObject({ code: 'SYNC_FAILED' });
    expect(fatal).toMatchObject([{ code: 'SYNC_FAILED' }]);
    // The disk is well again: it does not matter, what is on it is not known.
    fileSystem.faults.sync = null;
    const changes = fileSystem.changes.length;
    expect(sequencer.submit(traffic.next(10, clock.now()))).toMatchObject({ kind: 'overload', reason: 'stopping' });
    await expect(sequencer.read(() => 0)).rejects.toMatchObject({ code: 'SYNC_FAILED' });
    expect(fileSystem.changes.length).toBe(changes);
    await sequencer.close();

    const again = await open('/data', { fileSystem });
    // The block whose fsync failed may be there or not; here it is, and it was synced before anything else happened.
    expect(again.head().height).toBe(5);
    const other = await open('/other', { fileSystem: createMemoryFileSystem() });
    await seed(other);
    expect(await fingerprint(other)).toBe(print);
    await other.close();
    await again.close();
  });

  test('writes again, and syncs, what a failed fsync left above the tip', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const sequencer = await open('/data', { fileSystem });
    await seed(sequencer);
    fileSystem.faults.sync = 'EIO';
    await expect(submitted(sequencer, createTraffic().next(10, clock.now()))).rejects.toMatchObject({ code: 'SYNC_FAILED' });
    await sequencer.close();
    // As long as the disk fails, nothing starts on records that may be in memory alone.
    await expect(open('/data', { fileSystem })).rejects.toMatchObject({ name: 'JournalError' });
    fileSystem.faults.sync = null;
    const before = fileSystem.changes.length;
    const again = await open('/data', { fileSystem });
    const rewritten = fileSystem.changes
      .slice(before)
      .find((change) => change.kind === 'write' && change.path.endsWith('.segment'));
    expect(rewritten).toBeDefined();
    await again.close();
  });

  test('sheds while the disk is full, before it accepts, finishes what it accepted, and goes on when there is room', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const sequencer = await open('/data', { fileSystem, limits: SMALL });
    await seed(sequencer);
    fileSystem.faults.allocate = 'ENOSPC';
    const traffic = createTraffic();
    let shed = 0;
    let accepted = 0;
    let entries = traffic.next(20, clock.now());
    for (let round = 0; round < 60 && shed === 0; round += 1) {
      const answer = sequencer.submit(entries);
      if ('kind' in answer) {
        expect(answer).toMatchObject({ reason: 'diskFull' });
        shed += 1;
      } else {
        accepted += (await answer).length;
        entries = traffic.next(20, clock.now());
      }
    }
    expect([shed, accepted > 20]).toEqual([1, true]);
    expect(sequencer.load().isDiskFull).toBe(true);
    const height = sequencer.head().height;
    expect(await sequencer.read((_engine, _directory, head) => head.height)).toBe(height);
    fileSystem.faults.allocate = null;
    // It asks the disk again at most once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    sequencer.submit(entries);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await submitted(sequencer, entries)).length).toBe(20);
    expect(sequencer.load().isDiskFull).toBe(false);
    const print = await fingerprint(sequencer);
    await sequencer.close();
    const again = await open('/data', { fileSystem, limits: SMALL });
    expect(await fingerprint(again)).toBe(print);
    await again.close();
  });

  test('executes what there is room for when the disk gets full behind a long queue, says of the rest that it was not executed, and goes on', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const warnings: string[] = [];
    const fatal: Error[] = [];
    const observer = { warning: (text: string) => warnings.push(text), fatal: (error: Error) => fatal.push(error) };
    const sequencer = await open('/data', { fileSystem, limits: SMALL, observer });
    await seed(sequencer);
    const traffic = createTraffic();
    // Ten times what one segment holds, all of it accepted before anybody asks the disk for more.
    const waiting = Array.from({ length: 100 }, () => traffic.next(20, clock.now()));
    fileSystem.faults.allocate = 'ENOSPC';
    const answers = waiting.map((entries) => sequencer.submit(entries));
    const [first = []] = waiting;
    const last = waiting[99] ?? [];
    const again = sequencer.submit(last);
    const settled = await Promise.allSettled(answers);
    expect(answers.filter((answer) => 'kind' in answer)).toEqual([]);
    const done = settled.filter(({ status }) => status === 'fulfilled').length;
    const shed = settled.filter((one) => one.status === 'rejected' && one.reason instanceof ShedError).length;
    const inPart = settled.filter((one) => one.status === 'rejected' && one.reason instanceof JournalError);
    expect([done > 0, shed > 50, inPart.length <= 1, done + shed + inPart.length]).toEqual([true, true, true, 100]);
    await expect(again).rejects.toMatchObject({ name: 'ShedError', overload: { reason: 'diskFull', retryAfterMs: 1_000 } });
    expect(fatal).toEqual([]);
    expect(warnings).toEqual([
      'The disk of /data/journal is full (preparing the next segment: ENOSPC: write /data/journal/next.tmp). No command is taken until there is room; what was acknowledged is safe.',
    ]);
    // Of each entry it is known whether it was executed: all up to some place, and none after it.
    const known = waiting
      .flat()
      .map((entry) => (entry.kind === 'command' ? sequencer.lookup(entry.command.actor, entry.commandId).status : ''));
    const executed = known.lastIndexOf('known') + 1;
    expect(known.slice(0, executed).every((status) => status === 'known')).toBe(true);
    expect(known.slice(executed).every((status) => status === 'unknown')).toBe(true);
    expect(executed).toBeGreaterThanOrEqual(done * 20);
    expect(executed).toBeLessThan((done + inPart.length) * 20 + 1);
    expect(sequencer.submit(last)).toMatchObject({ kind: 'overload', reason: 'diskFull' });
    // What was executed is told all the same.
    expect(await submitted(sequencer, first)).toEqual(await answers[0]);

    const print = await fingerprint(sequencer);
    const other = await open('/data', { fileSystem: withoutLock(fileSystem.copy()), limits: SMALL });
    expect(await fingerprint(other)).toBe(print);
    await other.close();

    fileSystem.faults.allocate = null;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    sequencer.submit(last);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const entries of waiting.slice(done, done + 10))
      expect((await submitted(sequencer, entries)).map(({ status }) => status)).not.toContain('unknown');
    expect(await submitted(sequencer, first)).toHaveLength(20);
    expect(warnings.at(-1)).toBe('There is room again on the disk of /data: commands are taken.');
    await sequencer.close();
  });

  test('takes no more than it can finish once it knows that the disk is full', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const sequencer = await open('/data', { fileSystem, limits: { ...SMALL, segmentBytes: 256 * 1024 } });
    await seed(sequencer);
    fileSystem.faults.allocate = 'ENOSPC';
    const traffic = createTraffic();
    // Past half of the segment it asks for the next one, and gets none.
    for (let round = 0; round < 16; round += 1) await submitted(sequencer, traffic.next(20, clock.now()));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const taken: Promise<readonly Outcome[]>[] = [];
    let refused = 0;
    for (let round = 0; round < 100; round += 1) {
      const answer = sequencer.submit(traffic.next(20, clock.now()));
      if ('kind' in answer) refused += 1;
      else taken.push(answer);
    }
    expect([taken.length > 0, refused > 0]).toEqual([true, true]);
    expect((await Promise.all(taken)).flat()).toHaveLength(20 * taken.length);
    await sequencer.close();
  });

  test('goes on without a snapshot that could not be written, and says so', async () => {
    const { open, seed, clock } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    const warnings: string[] = [];
    const sequencer = await open('/data', {
      fileSystem,
      limits: { snapshotBlocks: 3 },
      observer: { warning: (text) => warnings.push(text) },
    });
    fileSystem.faults.write = { code: 'ENOSPC', path: '/data/snapshots' };
    await seed(sequencer);
    await submitted(sequencer, createTraffic().next(10, clock.now()));
    const print = await fingerprint(sequencer);
    await sequencer.close();
    expect(warnings[0]).toMatch(/^The snapshot of block 3 was not written \(ENOSPC/);
    fileSystem.faults.write = null;
    const again = await open('/data', { fileSystem });
    expect(await fingerprint(again)).toBe(print);
    await again.close();
  });

  test('names what is wrong when a write fails outright', async () => {
    for (const [code, expected] of [
      ['ENOSPC', 'DISK_FULL'],
      ['EROFS', 'READ_ONLY'],
      ['EACCES', 'NOT_PERMITTED'],
      ['EIO', 'IO'],
    ] as const) {
      const { open, seed, clock } = createSequencerFixture();
      const fileSystem = createMemoryFileSystem();
      const sequencer = await open('/data', { fileSystem });
      await seed(sequencer);
      fileSystem.faults.write = { code, path: '/data/journal/0' };
      await expect(submitted(sequencer, createTraffic().next(10, clock.now()))).rejects.toMatchObject({ code: expected });
      fileSystem.faults.write = { code, path: '/data' };
      await expect(open('/data', { fileSystem: fileSystem.copy() })).rejects.toMatchObject({ name: 'JournalError' });
      fileSystem.faults.write = null;
      await sequencer.close();
      const again = await open('/data', { fileSystem });
      expect(again.head().height).toBe(4);
      await again.close();
    }
  });
});

test('says that the clock was set back, keeps the time of the blocks until it has passed it, and says that too', async () => {
  const { open, seed, clock } = createSequencerFixture();
  const fileSystem = createMemoryFileSystem();
  const warnings: string[] = [];
  const observer = { warning: (text: string) => warnings.push(text) };
  const sequencer = await open('/data', { fileSystem, observer });
  await seed(sequencer);
  const traffic = createTraffic();
  const block = async (moveMs: number): Promise<number> => {
    clock.set(timeMs(clock.now() + moveMs));
    await submitted(sequencer, traffic.next(1, clock.now()));
    return sequencer.head().timeMs - GENESIS_MS;
  };
  expect([await block(1_000), await block(-900), await block(900)]).toEqual([5_000, 5_000, 5_000]);
  expect(warnings).toEqual([]);
  expect([await block(-3_600_000), await block(1_000)]).toEqual([5_000, 5_000]);
  await sequencer.close();
  expect(warnings).toEqual([
    'The clock says 2020-03-12T07:00:05.000Z, and the last block is of 2020-03-12T08:00:05.000Z: blocks keep that time until the clock has passed it. Set the clock right; nothing is lost.',
  ]);

  const again = await open('/data', { fileSystem, observer });
  await submitted(again, traffic.next(1, clock.now()));
  clock.set(timeMs(GENESIS_MS + 6_000));
  await submitted(again, traffic.next(1, clock.now()));
  expect(again.head().timeMs).toBe(GENESIS_MS + 6_000);
  expect(warnings.slice(1)).toEqual([
    expect.stringMatching(/^The clock says 2020-03-12T07:00:06\.000Z, /),
    'The clock has passed the time of the last block again: it is 2020-03-12T08:00:06.000Z.',
  ]);
  await again.close();
});

describe('a data folder', () => {
  test('is refused while another sequencer of this process, or a process that lives, holds it, by its number', async () => {
    const { open } = createSequencerFixture();
    const { folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const sequencer = await open(folder);
    await expect(open(folder)).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining('in use by this process'),
    });
    await sequencer.close();
    writeFileSync(join(folder, 'lock'), JSON.stringify(ownerOf(process.ppid)));
    await expect(open(folder)).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining(`in use by process ${process.ppid}`),
    });
  });

  test('is taken over from a process that is no more, also when its number is used again, and it says so', async () => {
    const { open } = createSequencerFixture();
    const { folder, remove } = temporaryFolder();
    onTestFinished(remove);
    await (await open(folder)).close();
    const reused = { ...ownerOf(process.ppid), start: '1' };
    const warnings: string[] = [];
    for (const owner of [JSON.stringify(reused), JSON.stringify({ pid: 2 ** 22 + 1, start: '5', boot: null }), '']) {
      writeFileSync(join(folder, 'lock'), owner);
      const sequencer = await open(folder, { observer: { warning: (text) => warnings.push(text) } });
      expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject(ownerOf(process.pid));
      await sequencer.close();
    }
    expect(warnings).toEqual([
      `Took ${folder} over from process ${process.ppid}, which is no more.`,
      `Took ${folder} over from process ${2 ** 22 + 1}, which is no more.`,
    ]);
  });

  test.skipIf(process.platform === 'win32')('is refused when it may not be written', async () => {
    const { open } = createSequencerFixture();
    const { folder, remove } = temporaryFolder();
    onTestFinished(() => {
      process.seteuid?.(process.getuid?.() ?? 0);
      chmodSync(folder, 0o700);
      remove();
    });
    chmodSync(folder, 0o500);
    // Root may write anywhere, so a test that runs as root steps down to the owner of the folder for this one.
    if (process.geteuid?.() === 0) {
      chownSync(folder, NOBODY, NOBODY);
      process.seteuid?.(NOBODY);
    }
    await expect(open(folder)).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  });

  test.runIf(process.platform === 'linux')('is refused on a file system that takes no files', async () => {
    const { open } = createSequencerFixture();
    await expect(open('/proc/plimsoll')).rejects.toMatchObject({ name: 'JournalError', path: '/proc/plimsoll' });
    await expect(open('/sys/plimsoll')).rejects.toMatchObject({ code: expect.stringMatching(/^(?:NOT_PERMITTED|READ_ONLY)$/) });
  });

  test('is refused to another deployment, with both names', async () => {
    const { open } = createSequencerFixture();
    const fileSystem = createMemoryFileSystem();
    await (await open('/data', { fileSystem })).close();
    await expect(open('/data', { fileSystem, deployment: smallDeployment({ name: 'other' }) })).rejects.toMatchObject({
      code: 'WRONG_DEPLOYMENT',
      message: '/data belongs to the deployment "plimsoll-test" on chain 31337, not "other" on chain 31337.',
    });
    const later = smallDeployment({ genesisMs: GENESIS_MS + 1 });
    await expect(open('/data', { fileSystem, deployment: later })).rejects.toMatchObject({
      code: 'WRONG_DEPLOYMENT',
      message: '/data belongs to the deployment "plimsoll-test" with another genesis or other identities.',
    });
  });
});

test('the defaults let a segment take a large block, and leave room for what time does on a full disk', () => {
  const { segmentBytes, reserveBytes, blockBytesMax } = DEFAULT_SEQUENCER_LIMITS;
  expect(roomOf(blockBytesMax / 2, DEFAULT_SEQUENCER_LIMITS)).toBeLessThan(segmentBytes);
  expect(reserveBytes).toBeGreaterThan(roomOf(0, DEFAULT_SEQUENCER_LIMITS));
});

test('the room that a block is given is more than its record takes, whatever commands are in it', async () => {
  const { open, seed, clock } = createSequencerFixture();
  const sequencer = await open('/data', { fileSystem: createMemoryFileSystem() });
  await seed(sequencer);
  const traffic = createTraffic();
  const entries = traffic.next(3_000, clock.now());
  for (const kind of ['trade', 'bid', 'reportPrices', null]) {
    const chosen =
      kind === null
        ? traffic.next(1_000, clock.now())
        : entries.filter((entry) => entry.kind === 'command' && entry.command.kind === kind);
    const before = sequencer.load().journalBytes;
    await submitted(sequencer, chosen);
    expect(sequencer.load().journalBytes - before).toBeLessThan(roomOf(weightOf(chosen).bytes, { reserveBytes: 0 }));
  }
  await sequencer.close();
});
