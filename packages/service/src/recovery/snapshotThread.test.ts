import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { directoryFactory } from '../identity/directory.ts';
import { DEFAULT_SEQUENCER_LIMITS } from '../sequencer/limits.ts';
import { createSequencerFixture, fingerprint, submitted, temporaryFolder } from '../testing/sequencerFixture.ts';
import { createTraffic } from '../testing/traffic.ts';
import { writeSnapshotOf } from './snapshotJob.ts';
import { SNAPSHOT_WORKER, writeSnapshotInThread } from './snapshotThread.ts';
import { verifyJournal } from './verifyJournal.ts';

const WINDOW = { entriesMax: DEFAULT_SEQUENCER_LIMITS.windowEntriesMax, eventsMax: DEFAULT_SEQUENCER_LIMITS.windowEventsMax };
/** Threads start slowly on a machine that does much else. */
const SLOW_MS = 120_000;

function newFolder(): string {
  const { folder, remove } = temporaryFolder();
  onTestFinished(remove);
  return folder;
}

function snapshotsOf(folder: string): readonly string[] {
  const snapshots = join(folder, 'snapshots');
  return existsSync(snapshots) ? readdirSync(snapshots).sort() : [];
}

/** A folder with a closed journal of a few blocks, and the height of its one snapshot. */
async function closedFolder(): Promise<{ readonly folder: string; readonly height: number; readonly path: string }> {
  const { open, seed, clock } = createSequencerFixture();
  const folder = newFolder();
  const sequencer = await open(folder);
  await seed(sequencer);
  const traffic = createTraffic();
  for (let block = 0; block < 6; block += 1) {
    clock.advance(500);
    await submitted(sequencer, traffic.next(20, clock.now()));
  }
  const { height } = sequencer.head();
  await sequencer.close();
  const [name = ''] = snapshotsOf(folder);
  return { folder, height, path: join(folder, 'snapshots', name) };
}

describe('a snapshot made out of the journal', () => {
  test('has the bytes of one that was encoded on the spot', async () => {
    const { folder, height, path } = await closedFolder();
    const onTheSpot = readFileSync(path);
    rmSync(path);
    await writeSnapshotOf({ folder, height, window: WINDOW }, directoryFactory);
    expect(readFileSync(path).equals(onTheSpot)).toBe(true);
  });

  test('is the state after its block, whatever the journal holds beyond it, and the next is made out of it', async () => {
    const { folder, height } = await closedFolder();
    for (const name of snapshotsOf(folder)) rmSync(join(folder, 'snapshots', name));
    for (const earlier of [height - 4, height - 2])
      await writeSnapshotOf({ folder, height: earlier, window: WINDOW }, directoryFactory);
    expect(snapshotsOf(folder)).toHaveLength(2);
    // Roots are computed from the content of each and compared with those of every command decided again.
    expect(verifyJournal({ folder, directory: directoryFactory })).toMatchObject({ isSound: true, snapshots: 2, height });
  });

  test('is refused for a block that the journal does not reach', async () => {
    const { folder, height } = await closedFolder();
    const job = writeSnapshotOf({ folder, height: height + 1, window: WINDOW }, directoryFactory);
    await expect(job).rejects.toThrow(`the journal ends with block ${height}`);
  });

  test('comes from a thread of a bundle as well', { timeout: SLOW_MS }, async () => {
    const { folder, height, path } = await closedFolder();
    const onTheSpot = readFileSync(path);
    rmSync(path);
    const entry = join(newFolder(), 'snapshotWorker.mjs');
    await build({
      stdin: {
        contents: "import { serveSnapshot } from './snapshotWorker.ts'; await serveSnapshot();",
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      outfile: entry,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
    });
    const bytes = await writeSnapshotInThread(pathToFileURL(entry), { folder, height, window: WINDOW }).written;
    expect(bytes).toBeGreaterThan(1_000);
    expect(readFileSync(path).equals(onTheSpot)).toBe(true);
  });
});

describe('a sequencer with a state that is not small', () => {
  const LIMITS = { snapshotInlineMax: 0, snapshotBlocks: 8, snapshotTimeShare: 0 };

  test('goes on while a thread makes its snapshot, and starts again from it', { timeout: SLOW_MS }, async () => {
    const { open, seed, clock } = createSequencerFixture();
    const folder = newFolder();
    const heights: number[] = [];
    const warnings: string[] = [];
    const observer = {
      snapshot: ({ height }: { readonly height: number }) => void heights.push(height),
      warning: (message: string) => void warnings.push(message),
    };
    const sequencer = await open(folder, { limits: LIMITS, observer, snapshotWorker: SNAPSHOT_WORKER });
    await seed(sequencer);
    const traffic = createTraffic();
    const deadlineMs = performance.now() + SLOW_MS / 2;
    while (heights.length === 0 && performance.now() < deadlineMs) {
      clock.advance(500);
      await submitted(sequencer, traffic.next(4, clock.now()));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(warnings).toEqual([]);
    expect(heights[0]).toBe(8);
    expect(sequencer.head().height).toBeGreaterThan(8);
    const print = await fingerprint(sequencer);
    // Closed while the next is under way, perhaps: the last one is taken on the spot.
    await sequencer.close();
    expect(warnings).toEqual([]);
    expect(verifyJournal({ folder, directory: directoryFactory })).toMatchObject({ isSound: true, snapshots: 2 });
    const again = await open(folder);
    expect(await fingerprint(again)).toBe(print);
    await again.close();
  });

  test(
    'warns of a thread that fails, goes on, and takes the snapshot on the spot when the tail grows long',
    async () => {
      const { open, seed, clock } = createSequencerFixture();
      const folder = newFolder();
      const heights: number[] = [];
      const warnings: string[] = [];
      const sequencer = await open(folder, {
        limits: { ...LIMITS, snapshotBlocks: 1_000, snapshotBytes: 4_096 },
        snapshotWorker: new URL('data:text/javascript,throw new Error("no threads today")'),
        observer: { snapshot: ({ height }) => void heights.push(height), warning: (message) => void warnings.push(message) },
      });
      await seed(sequencer);
      const traffic = createTraffic();
      const deadlineMs = performance.now() + SLOW_MS / 2;
      while (heights.length === 0 && performance.now() < deadlineMs) {
        clock.advance(500);
        await submitted(sequencer, traffic.next(4, clock.now()));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(warnings[0]).toMatch(/^The snapshot of block \d+ was not written \(no threads today\)/);
      expect(heights).toHaveLength(1);
      const print = await fingerprint(sequencer);
      await sequencer.close();
      const again = await open(folder);
      expect(await fingerprint(again)).toBe(print);
      await again.close();
    },
    SLOW_MS,
  );
});
