import { beforeAll, describe, expect, test, vi } from 'vitest';
import { acknowledgedAt, type JournalRun, judge, RUN_FOLDER, RUN_PATHS, runJournal } from '../testing/journalRun.ts';
import { applyChange, createMemoryFileSystem, type FileChange, tornChange } from '../testing/memoryFileSystem.ts';
import { createSequencerFixture, fingerprint } from '../testing/sequencerFixture.ts';
import { readDeployment } from './manifest.ts';
import { segmentPath } from './paths.ts';
import { listSegments } from './scanJournal.ts';
import { listSnapshots, readSnapshotFile } from './snapshotFile.ts';

/** Small segments, so that a run has several, and an engine that is quick to make. */
const SEGMENT_BYTES = 24 * 1024;
/** Whole files are torn at this many places; records at every byte. */
const WHOLE_FILE_TEARS = 4;
const SECTOR = 512;

/** Deterministic numbers below `below`, for choosing places. */
function createChooser(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** Thousands of starts of a service: some ten seconds alone, minutes on a busy machine. */
vi.setConfig({ testTimeout: 600_000 });

describe('a journal whose process dies in the middle of a write', () => {
  let run: JournalRun;
  beforeAll(async () => {
    run = await runJournal({
      blocks: 8,
      entries: 12,
      limits: { segmentBytes: SEGMENT_BYTES, reserveBytes: 8 * 1024, snapshotBlocks: 5 },
    });
  });

  test('has every acknowledged block, wherever and at whichever byte the write stopped', () => {
    const files = new Map<string, Uint8Array>();
    let tears = 0;
    run.fileSystem.changes.forEach((change, index) => {
      if (change.kind === 'write' && files.has(RUN_PATHS.tip)) {
        const torn = createMemoryFileSystem(files);
        const acknowledged = acknowledgedAt(run, index);
        for (let bytes = 0; bytes <= change.bytes.length; bytes += 1) {
          // One byte more of the write has arrived than the time before.
          const arrived = change.bytes.subarray(bytes - 1, bytes);
          if (bytes > 0) applyChange(torn.files, { ...change, offset: change.offset + bytes - 1, bytes: arrived });
          // The segments before the torn one are as they were: they are read again at the first and at the last byte.
          const isEnd = bytes === 0 || bytes === change.bytes.length;
          const height = judge(torn, run, acknowledged, isEnd ? 0 : acknowledged);
          // A torn write is recovered from, not refused.
          if (height === 'refused') throw new Error(`change ${index} of ${change.path} torn at byte ${bytes} was refused`);
          tears += 1;
        }
      }
      applyChange(files, change);
    });
    expect(tears).toBeGreaterThan(20_000);
  });

  test('starts again with a state that it had, also when a file was half written, half renamed or not yet there', async () => {
    const files = new Map<string, Uint8Array>();
    const { open } = createSequencerFixture();
    const images: { readonly files: Map<string, Uint8Array>; readonly acknowledged: number }[] = [];
    run.fileSystem.changes.forEach((change, index) => {
      const places = change.kind === 'whole' ? WHOLE_FILE_TEARS : change.kind === 'write' ? 2 : 1;
      for (let place = 0; place < places; place += 1) {
        const image = createMemoryFileSystem(files);
        if ('bytes' in change) applyChange(image.files, tornChange(change, Math.floor((change.bytes.length * place) / places)));
        images.push({ files: image.files, acknowledged: acknowledgedAt(run, index) });
      }
      applyChange(files, change);
    });
    expect(images.length).toBeGreaterThan(100);
    for (const image of images) {
      image.files.delete(RUN_PATHS.lock);
      const fileSystem = createMemoryFileSystem(image.files);
      const sequencer = await open(RUN_FOLDER, { fileSystem, limits: { segmentBytes: SEGMENT_BYTES, reserveBytes: 8 * 1024 } });
      const { height } = sequencer.head();
      expect(height).toBeGreaterThanOrEqual(image.acknowledged);
      expect(await fingerprint(sequencer)).toBe(run.prints[height]);
      await sequencer.close();
    }
  });

  test('is recovered or refused, and never wrong, when the power fails and any of the sectors of the last write are missing', () => {
    const choose = createChooser(7);
    const files = new Map<string, Uint8Array>();
    const found = { recovered: 0, refused: 0 };
    run.fileSystem.changes.forEach((change, index) => {
      if (change.kind === 'write' && change.path.endsWith('.segment')) {
        for (let trial = 0; trial < 40; trial += 1) {
          const image = createMemoryFileSystem(files);
          applyChange(image.files, withoutSectors(change, files, choose));
          const height = judge(image, run, acknowledgedAt(run, index));
          if (height === 'refused') found.refused += 1;
          else found.recovered += 1;
        }
      }
      applyChange(files, change);
    });
    expect(found.refused).toBe(0);
    expect(found.recovered).toBeGreaterThan(300);
  });
});

/** A write of which some sectors of the disk did not arrive. */
function withoutSectors(
  change: Extract<FileChange, { kind: 'write' }>,
  files: ReadonlyMap<string, Uint8Array>,
  choose: (below: number) => number,
): FileChange {
  const bytes = Uint8Array.from(change.bytes);
  const old = files.get(change.path) ?? new Uint8Array(0);
  const first = Math.floor(change.offset / SECTOR);
  const last = Math.floor((change.offset + bytes.length - 1) / SECTOR);
  for (let sector = first; sector <= last; sector += 1) {
    if (choose(2) === 0) continue;
    const from = Math.max(0, sector * SECTOR - change.offset);
    const to = Math.min(bytes.length, (sector + 1) * SECTOR - change.offset);
    bytes.set(old.subarray(change.offset + from, change.offset + to), from);
  }
  return { ...change, bytes };
}

describe('a journal whose bytes change afterwards', () => {
  test('is recovered whole or refused, whichever bit of it flips', async () => {
    // Two small segments: a flip in the second needs no look at the first.
    const limits = { segmentBytes: 12 * 1024, reserveBytes: 2 * 1024 };
    const run = await runJournal({ blocks: 3, entries: 2, isKilled: true, limits });
    const last = run.hashes.length;
    const found = { refused: 0, recovered: 0 };
    const segments = listSegments(run.fileSystem, RUN_PATHS);
    expect(segments).toHaveLength(2);
    const places = segments.map((height) => ({ path: segmentPath(RUN_PATHS, height), from: height }));
    for (const { path, from } of [...places, { path: RUN_PATHS.tip, from: last }]) {
      const image = createMemoryFileSystem(run.fileSystem.files);
      const bytes = image.files.get(path) ?? new Uint8Array(0);
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const at = bit >> 3;
        const before = bytes[at] ?? 0;
        bytes[at] = before ^ (1 << (bit & 7));
        if (judge(image, run, last, from) === 'refused') found.refused += 1;
        else found.recovered += 1;
        bytes[at] = before;
      }
    }
    // What follows the last record, and half of the tip, may change without harm; nothing else may.
    const used = run.fileSystem.changes.reduce(
      (sum, change) => sum + (change.kind === 'write' && change.path.endsWith('.segment') ? change.bytes.length * 8 : 0),
      0,
    );
    expect(found.refused).toBeGreaterThanOrEqual(used - 64 * 8);
    expect(found.recovered).toBeGreaterThan(0);
  });

  test('is refused when a bit of its manifest or deployment flips, and does without a snapshot that changed', async () => {
    const run = await runJournal({ blocks: 2, entries: 2 });
    const image = createMemoryFileSystem(run.fileSystem.files);
    const [height] = listSnapshots(image, RUN_PATHS);
    if (height === undefined) throw new Error('a sequencer that was closed leaves a snapshot');
    const flipEach = (path: string, isSame: () => boolean): number => {
      const bytes = image.files.get(path) ?? new Uint8Array(0);
      let harmless = 0;
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const before = bytes[bit >> 3] ?? 0;
        bytes[bit >> 3] = before ^ (1 << (bit & 7));
        if (isSame()) harmless += 1;
        bytes[bit >> 3] = before;
      }
      return harmless;
    };
    const whole = readDeployment(image, RUN_PATHS);
    const isRead = (): boolean => {
      try {
        const read = readDeployment(image, RUN_PATHS);
        // White space of the manifest may change; what it says may not.
        expect(read?.hash).toEqual(whole?.hash);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ name: 'JournalError' });
        return false;
      }
    };
    expect(flipEach(RUN_PATHS.deployment, isRead)).toBe(0);
    expect(flipEach(RUN_PATHS.manifest, isRead)).toBeLessThan(40);
    const path = `${RUN_PATHS.snapshots}/${String(height).padStart(16, '0')}.snapshot`;
    expect(flipEach(path, () => typeof readSnapshotFile(image, RUN_PATHS, height) !== 'string')).toBe(0);
  });

  test('is recovered whole or refused when blocks of the disk are zeroed, duplicated or misplaced', async () => {
    const run = await runJournal({
      blocks: 40,
      entries: 60,
      isKilled: true,
      limits: { segmentBytes: 128 * 1024, reserveBytes: 8 * 1024 },
    });
    const choose = createChooser(11);
    const last = run.hashes.length;
    const paths = [...run.fileSystem.files.keys()].filter(
      (path) => path.startsWith(`${RUN_PATHS.journal}/`) && !path.endsWith('.tmp'),
    );
    const total = paths.reduce((sum, path) => sum + (run.fileSystem.files.get(path)?.length ?? 0), 0);
    expect(total).toBeGreaterThan(700_000);
    const found = { refused: 0, recovered: 0 };
    const pick = (image: ReturnType<typeof createMemoryFileSystem>): Uint8Array =>
      image.files.get(paths[choose(paths.length)] ?? '') ?? new Uint8Array(0);
    for (let trial = 0; trial < 300; trial += 1) {
      const image = createMemoryFileSystem(run.fileSystem.files);
      const size = [512, 4096, 16_384][choose(3)] ?? 512;
      const target = pick(image);
      const to = choose(Math.ceil(target.length / size)) * size;
      const source = pick(image);
      const from = choose(Math.ceil(source.length / size)) * size;
      const block = source.slice(from, from + size).subarray(0, target.length - to);
      const kind = choose(3);
      if (kind === 0) target.fill(0, to, to + size);
      else {
        const displaced = target.slice(to, to + block.length);
        target.set(block, to);
        if (kind === 2) source.set(displaced.subarray(0, source.length - from), from);
      }
      if (judge(image, run, last) === 'refused') found.refused += 1;
      else found.recovered += 1;
    }
    expect(found.refused).toBeGreaterThan(100);
    expect(found.recovered).toBeGreaterThan(0);
  });

  test('is refused when a segment, the tip or the manifest is gone, with a sentence that names it', async () => {
    const run = await runJournal({
      blocks: 10,
      entries: 40,
      isKilled: true,
      limits: { segmentBytes: 64 * 1024, reserveBytes: 8 * 1024 },
    });
    const { open } = createSequencerFixture();
    const segments = run.fileSystem.list(RUN_PATHS.journal).filter((name) => name.endsWith('.segment'));
    expect(segments.length).toBeGreaterThan(2);
    for (const path of [...segments.map((name) => `${RUN_PATHS.journal}/${name}`), RUN_PATHS.tip, RUN_PATHS.manifest]) {
      const image = run.fileSystem.copy();
      image.files.delete(RUN_PATHS.lock);
      image.files.delete(path);
      const code = path === RUN_PATHS.manifest ? 'NOT_A_DATA_FOLDER' : 'DAMAGED';
      const size = image.changes.length;
      await expect(open(RUN_FOLDER, { fileSystem: image })).rejects.toMatchObject({ name: 'JournalError', code });
      // Nothing but the lock was touched.
      expect(
        image.changes.slice(size).every((change) => ('path' in change ? change.path : change.to).startsWith(RUN_PATHS.lock)),
      ).toBe(true);
    }
  });
});
