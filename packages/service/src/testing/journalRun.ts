import type { JournalRecord } from '../journal/format.ts';
import { hashOfDeployment } from '../journal/manifest.ts';
import { dataPaths } from '../journal/paths.ts';
import { type JournalScan, scanJournal } from '../journal/scanJournal.ts';
import type { SequencerLimits } from '../sequencer/limits.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from './memoryFileSystem.ts';
import { createSequencerFixture, fingerprint, submitted } from './sequencerFixture.ts';
import { smallDeployment } from './smallDeployment.ts';
import { createTraffic } from './traffic.ts';

export const RUN_FOLDER = '/data';
export const RUN_PATHS: ReturnType<typeof dataPaths> = dataPaths(RUN_FOLDER);
const DEPLOYMENT_HASH = hashOfDeployment(smallDeployment());

/** A run of the sequencer in memory, with what must hold of every crash in it. */
export interface JournalRun {
  readonly fileSystem: MemoryFileSystem;
  /** Hash of the record of each height from 1. */
  readonly hashes: readonly string[];
  /** Fingerprint of the state at each height from 0. */
  readonly prints: readonly string[];
  /** Height acknowledged after so many changes of the files. */
  readonly acknowledged: readonly { readonly changes: number; readonly height: number }[];
}

/** Seeds a deployment and runs `blocks` blocks of `entries` entries; closed at the end, unless `isKilled`. */
export async function runJournal(options: {
  readonly blocks: number;
  readonly entries: number;
  readonly isKilled?: boolean;
  readonly limits?: Partial<SequencerLimits>;
}): Promise<JournalRun> {
  const { open, seed, clock } = createSequencerFixture();
  const fileSystem = createMemoryFileSystem();
  const sequencer = await open(RUN_FOLDER, { fileSystem, limits: { checkpointMs: 0, snapshotTimeShare: 0, ...options.limits } });
  const prints = [await fingerprint(sequencer)];
  const acknowledged: { changes: number; height: number }[] = [];
  const pending: Promise<void>[] = [];
  sequencer.onBlock(({ head }) => {
    acknowledged.push({ changes: fileSystem.changes.length, height: head.height });
    pending.push(
      fingerprint(sequencer).then((print) => {
        prints[head.height] = print;
      }),
    );
  });
  await seed(sequencer);
  const traffic = createTraffic();
  for (let block = 0; block < options.blocks; block += 1) {
    clock.advance(500);
    await submitted(sequencer, traffic.next(options.entries, clock.now()));
  }
  await Promise.all(pending);
  if (options.isKilled !== true) await sequencer.close();
  const hashes: string[] = [];
  const scan = scanRun(fileSystem, (record) => hashes.push(hex(record.hash)));
  if (!scan.ok) throw new Error(`a journal that nothing happened to is whole: ${scan.damage.reason}`);
  return { fileSystem, hashes, prints, acknowledged };
}

/** Every record of a journal of such a run, checked; with `from`, of the segment that holds this height and those after it. */
export function scanRun(fileSystem: MemoryFileSystem, visit: (record: JournalRecord) => void, from = 0): JournalScan {
  return scanJournal(fileSystem, RUN_PATHS, { from, deploymentHash: DEPLOYMENT_HASH }, visit);
}

/**
 * What a journal is found to be: refused, or recovered up to a height. Throws Error when it is wrong: records that were never written, or
 * fewer than were acknowledged. With `from`, segments before the one that holds this height are not read: those that nothing happened to.
 */
export function judge(fileSystem: MemoryFileSystem, run: JournalRun, acknowledged: number, from = 0): 'refused' | number {
  let height = 0;
  const scan = scanRun(
    fileSystem,
    (record) => {
      height = record.height;
      if (run.hashes[height - 1] !== hex(record.hash)) throw new Error(`block ${height} was read and never written`);
    },
    from,
  );
  if (!scan.ok) return 'refused';
  if (height !== scan.end.height) throw new Error('the end of a scan is its last record');
  if (height < acknowledged) throw new Error(`recovered up to ${height}, and ${acknowledged} was acknowledged`);
  return height;
}

/** Height that had been acknowledged when so many changes had been made. */
export function acknowledgedAt(run: JournalRun, changes: number): number {
  return run.acknowledged.findLast((entry) => entry.changes <= changes)?.height ?? 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
