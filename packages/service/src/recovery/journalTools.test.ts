import { beforeAll, describe, expect, test } from 'vitest';
import { directoryFactory } from '../identity/directory.ts';
import { encodeRecord, encodeSegmentHeader, sha256 } from '../journal/format.ts';
import { hashOfDeployment } from '../journal/manifest.ts';
import { scanJournal } from '../journal/scanJournal.ts';
import { newTipFile } from '../journal/tip.ts';
import { type JournalRun, RUN_FOLDER, RUN_PATHS, runJournal, scanRun } from '../testing/journalRun.ts';
import { applyChange, createMemoryFileSystem, type MemoryFileSystem } from '../testing/memoryFileSystem.ts';
import { createSequencerFixture, fingerprint } from '../testing/sequencerFixture.ts';
import { smallDeployment } from '../testing/smallDeployment.ts';
import { exportJournal } from './exportJournal.ts';
import { inspectJournal } from './inspectJournal.ts';
import { planRepair, repairJournal } from './repairJournal.ts';
import { verifyJournal } from './verifyJournal.ts';

const FIRST_SEGMENT = `${RUN_PATHS.journal}/0000000000000001.segment`;

let run: JournalRun;
beforeAll(async () => {
  run = await runJournal({
    blocks: 12,
    entries: 30,
    limits: { segmentBytes: 64 * 1024, reserveBytes: 8 * 1024, snapshotBlocks: 7 },
  });
});

function verify(fileSystem: MemoryFileSystem): ReturnType<typeof verifyJournal> {
  return verifyJournal({ folder: RUN_FOLDER, fileSystem, directory: directoryFactory });
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}

/** Where the record of a height lies. */
function placeOf(
  fileSystem: MemoryFileSystem,
  height: number,
): { readonly path: string; readonly offset: number; readonly length: number } {
  let place = { path: '', offset: 0, length: 0 };
  scanRun(fileSystem, (record) => {
    const segments = fileSystem
      .list(RUN_PATHS.journal)
      .filter((name) => name.endsWith('.segment') && Number(name.slice(0, 16)) <= record.height);
    if (record.height === height)
      place = { path: `${RUN_PATHS.journal}/${segments.at(-1)}`, offset: record.offset, length: record.length };
  });
  return place;
}

function flipIn(fileSystem: MemoryFileSystem, height: number): void {
  const { path, offset, length } = placeOf(fileSystem, height);
  const bytes = fileSystem.files.get(path);
  if (bytes === undefined) throw new Error('the record lies in a segment');
  const at = offset + (length >> 1);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
}

describe('looking at a journal that a service goes on writing', () => {
  test('finds it whole, also when a segment is begun between two looks at the folder', () => {
    // As it was before its last segment was begun, and as it is now.
    const now = run.fileSystem.copy();
    const begun = run.fileSystem.changes.findLastIndex((change) => change.kind === 'rename' && change.to.endsWith('.segment'));
    const before = createMemoryFileSystem();
    for (const change of run.fileSystem.changes.slice(0, begun)) applyChange(before.files, change);
    for (const looksBefore of [1, 2, 3, 4, 5]) {
      let looks = 0;
      const seen = (): MemoryFileSystem => {
        looks += 1;
        return looks <= looksBefore ? before : now;
      };
      const moving = { ...now, list: (path: string) => seen().list(path), read: (path: string) => seen().read(path) };
      const hash = hashOfDeployment(smallDeployment());
      const scan = scanJournal(moving, RUN_PATHS, { from: 0, deploymentHash: hash }, () => {});
      expect(scan, `${looksBefore} looks before`).toMatchObject({ ok: true });
    }
  });
});

describe('verifying a journal', () => {
  test('decides every command again and finds every event, outcome, root and snapshot as it was', () => {
    const before = run.fileSystem.changes.length;
    const report = verify(run.fileSystem);
    expect(report).toMatchObject({
      isSound: true,
      fault: null,
      deployment: 'plimsoll-test',
      height: 16,
      entries: 383,
      snapshots: 2,
      unfinishedBytes: 0,
    });
    expect(report.roots).toBe(16);
    expect(report.accepted + report.rejected).toBe(report.entries);
    expect(report.accepted).toBeGreaterThan(100);
    expect(run.fileSystem.changes.length).toBe(before);
  });

  test('names segment, byte and block of a record that changed', () => {
    const image = run.fileSystem.copy();
    const { path, offset } = placeOf(image, 9);
    flipIn(image, 9);
    expect(verify(image)).toMatchObject({
      isSound: false,
      height: 8,
      fault: { file: path.slice(RUN_FOLDER.length + 1), offset, height: 9, reason: 'the record fails its checksum' },
    });
  });

  test('finds events that the commands do not lead to, also when every checksum and link of the chain is right', async () => {
    const image = run.fileSystem.copy();
    // The first block again, with its commands taken out and everything sealed anew.
    let sealed: { readonly bytes: Buffer; readonly hash: Uint8Array } | null = null;
    const target = Buffer.alloc(64 * 1024);
    const previous = hashOfDeployment(smallDeployment());
    const short = await runJournal({ blocks: 0, entries: 0, isKilled: true });
    scanRun(short.fileSystem, (record) => {
      if (record.height !== 2) return;
      scanRun(image, (first) => {
        if (first.height !== 1) return;
        // The events of block 1 with the commands of block 2.
        const { length, hash } = encodeRecord(target, {
          height: 1,
          head: first.head,
          headHash: sha256(first.head),
          body: record.body,
          previous,
        });
        sealed = { bytes: target.subarray(0, length), hash };
      });
    });
    if (sealed === null) throw new Error('both blocks are there');
    const { bytes, hash }: { readonly bytes: Buffer; readonly hash: Uint8Array } = sealed;
    const segment = new Uint8Array(64 * 1024);
    segment.set(encodeSegmentHeader({ firstHeight: 1, previous }), 0);
    segment.set(bytes, 64);
    for (const name of image.list(RUN_PATHS.journal)) image.files.delete(`${RUN_PATHS.journal}/${name}`);
    for (const name of image.list(RUN_PATHS.snapshots)) image.files.delete(`${RUN_PATHS.snapshots}/${name}`);
    image.files.set(FIRST_SEGMENT, segment);
    image.files.set(RUN_PATHS.tip, newTipFile({ height: 1, segment: 1, end: 64 + bytes.length, hash }));
    expect(inspectJournal({ folder: RUN_FOLDER, fileSystem: image }).fault).toBeNull();
    expect(verify(image)).toMatchObject({
      isSound: false,
      fault: { offset: 64, height: 1, reason: 'its commands lead to other events than were journaled' },
    });
    // Recovery, which decides nothing again, compares state roots, and these are of another state.
    const { open } = createSequencerFixture();
    image.files.delete(RUN_PATHS.lock);
    await expect(open(RUN_FOLDER, { fileSystem: image })).rejects.toMatchObject({ code: 'DAMAGED' });
  });
});

test('inspecting a journal tells segments, snapshots and the last block, and the damage where there is some', () => {
  const whole = inspectJournal({ folder: RUN_FOLDER, fileSystem: run.fileSystem });
  expect(whole).toMatchObject({
    deployment: 'plimsoll-test',
    chainId: 31_337,
    fault: null,
    durableHeight: 16,
    last: { height: 16 },
  });
  expect(whole.segments.reduce((sum, { blocks }) => sum + blocks, 0)).toBe(16);
  expect(whole.segments.reduce((sum, { entries }) => sum + entries, 0)).toBe(383);
  expect(whole.snapshots.map(({ height, problem }) => [height, problem])).toEqual([
    [16, null],
    [14, null],
  ]);
  const image = run.fileSystem.copy();
  flipIn(image, 3);
  expect(inspectJournal({ folder: RUN_FOLDER, fileSystem: image })).toMatchObject({
    last: { height: 2 },
    durableHeight: 16,
    fault: { height: 3 },
  });
  image.files.delete(RUN_PATHS.tip);
  expect(inspectJournal({ folder: RUN_FOLDER, fileSystem: image }).durableHeight).toBeNull();
});

test('exporting a journal gives one JSON value per block, with entries, outcomes and events', () => {
  const lines: string[] = [];
  const { blocks } = exportJournal({ folder: RUN_FOLDER, fileSystem: run.fileSystem }, (block) =>
    lines.push(JSON.stringify(block)),
  );
  expect([blocks, lines.length]).toEqual([16, 16]);
  const parsed: unknown = JSON.parse(lines[3] ?? '');
  expect(parsed).toMatchObject({
    height: 4,
    timeMs: 1_584_000_004_000,
    entries: [
      {
        kind: 'command',
        commandId: 'seed-fundBackstop-2',
        command: { kind: 'fundBackstop', amount: '50000000000n' },
        outcome: { status: 'accepted' },
      },
      { kind: 'command', command: { kind: 'trade' }, outcome: { status: 'accepted' } },
    ],
  });
});

describe('repairing a journal', () => {
  test('does nothing to a whole one', () => {
    const image = run.fileSystem.copy();
    const report = repairJournal({ folder: RUN_FOLDER, fileSystem: image, stamp: 'now' });
    expect(report).toEqual({ fault: null, height: 16, lost: null, recordsBeyond: 0, copies: [], removed: [] });
    const texts = (files: ReadonlyMap<string, Uint8Array>) => [...files].map(([path, bytes]) => `${path} ${textOf(bytes)}`);
    expect(texts(image.files)).toEqual(texts(run.fileSystem.files));
  });

  test('cuts at the last whole record, keeps copies of all that it changes, says what is lost, and the service starts again', async () => {
    for (const height of [1, 2, 7, 12, 16]) {
      const image = run.fileSystem.copy();
      flipIn(image, height);
      const damagedFiles = new Map([...image.files].map(([path, bytes]) => [path, Uint8Array.from(bytes)]));
      const report = repairJournal({ folder: RUN_FOLDER, fileSystem: image, stamp: 'now' });
      expect(report).toMatchObject({ height: height - 1, lost: { fromHeight: height, toHeight: 16 }, fault: { height } });
      expect(report.recordsBeyond).toBe(16 - height);
      for (const copy of report.copies) {
        const name = copy.split('/')[1] ?? '';
        const original = [...damagedFiles].find(([path]) => path.endsWith(`/${name}`));
        // As text of bytes: comparing element by element takes seconds.
        expect(textOf(image.files.get(`${RUN_FOLDER}/${copy}`))).toBe(textOf(original?.[1]));
      }
      expect(verify(image)).toMatchObject({ isSound: true, height: height - 1 });
      const { open } = createSequencerFixture();
      const sequencer = await open(RUN_FOLDER, { fileSystem: image });
      expect(await fingerprint(sequencer)).toBe(run.prints[height - 1]);
      await sequencer.close();
    }
  });

  test('makes a lost tip anew, and loses nothing', async () => {
    const image = run.fileSystem.copy();
    image.files.delete(RUN_PATHS.tip);
    const before = [...image.files.keys()];
    expect(planRepair({ folder: RUN_FOLDER, fileSystem: image })).toMatchObject({
      height: 16,
      lost: null,
      removed: [],
      fault: { file: 'journal/tip' },
    });
    expect([...image.files.keys()]).toEqual(before);
    expect(repairJournal({ folder: RUN_FOLDER, fileSystem: image, stamp: 'now' })).toMatchObject({
      height: 16,
      lost: null,
      removed: [],
    });
    expect(verify(image)).toMatchObject({ isSound: true, height: 16 });
  });

  test('knows by a snapshot that a block is lost, where its record and the tip are both wiped', () => {
    const image = run.fileSystem.copy();
    const { path, offset, length } = placeOf(image, 16);
    image.files.get(path)?.fill(0, offset, offset + length);
    image.files.delete(RUN_PATHS.tip);
    expect(planRepair({ folder: RUN_FOLDER, fileSystem: image })).toMatchObject({
      height: 15,
      lost: { fromHeight: 16, toHeight: 16 },
      recordsBeyond: 0,
    });
  });

  test('is refused while the folder is in use', async () => {
    const { open } = createSequencerFixture();
    const image = run.fileSystem.copy();
    const sequencer = await open(RUN_FOLDER, { fileSystem: image });
    expect(() => repairJournal({ folder: RUN_FOLDER, fileSystem: image, stamp: 'now' })).toThrow(
      expect.objectContaining({ code: 'IN_USE' }),
    );
    await sequencer.close();
  });
});
