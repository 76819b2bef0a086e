import { decodeFacts, decodeHead, splitBody } from '../journal/blockRecord.ts';
import { segmentName } from '../journal/format.ts';
import { listSegments, scanJournal } from '../journal/scanJournal.ts';
import { listSnapshots, readSnapshotFile, snapshotName } from '../journal/snapshotFile.ts';
import { readTip } from '../journal/tip.ts';
import { type JournalToolOptions, openForReading } from './openForReading.ts';
import type { VerifyFault } from './verifyJournal.ts';

export interface JournalInspection {
  readonly folder: string;
  readonly deployment: string;
  readonly chainId: number;
  readonly segments: readonly {
    readonly name: string;
    readonly blocks: number;
    readonly entries: number;
    readonly usedBytes: number;
  }[];
  readonly snapshots: readonly { readonly name: string; readonly height: number; readonly problem: string | null }[];
  /** Of the last whole record; null when there is none. */
  readonly last: { readonly height: number; readonly timeMs: number; readonly blockHash: string } | null;
  /** Last block known to have been durable; null when the tip, which tells it, is lost. */
  readonly durableHeight: number | null;
  /** Bytes of a write that never finished: the next start cuts them. */
  readonly unfinishedBytes: number;
  readonly fault: VerifyFault | null;
}

/** What a data folder holds, with every checksum and every link of the chain checked, and nothing decided again. Reads only. */
export function inspectJournal(options: JournalToolOptions): JournalInspection {
  const { fileSystem, paths, deployment, deploymentHash } = openForReading(options);
  const segments = new Map<number, { blocks: number; entries: number; usedBytes: number }>();
  for (const first of listSegments(fileSystem, paths)) segments.set(first, { blocks: 0, entries: 0, usedBytes: 0 });
  let last: JournalInspection['last'] = null;
  const scan = scanJournal(fileSystem, paths, { from: 0, deploymentHash }, (record, segment) => {
    const head = decodeHead(record.head);
    const parts = splitBody(record.body);
    const facts = typeof parts === 'string' ? parts : decodeFacts(parts);
    const found = segments.get(segment);
    if (found !== undefined) {
      found.blocks += 1;
      found.entries += typeof facts === 'string' ? 0 : facts.count;
      found.usedBytes = record.offset + record.length;
    }
    if (typeof head !== 'string')
      last = { height: record.height, timeMs: head.timeMs, blockHash: Buffer.from(record.headHash).toString('hex') };
  });
  const tip = !scan.ok && fileSystem.exists(paths.tip) ? readTip(fileSystem.read(paths.tip)) : null;
  const snapshots = listSnapshots(fileSystem, paths).map((height) => {
    const file = readSnapshotFile(fileSystem, paths, height);
    return { name: `snapshots/${snapshotName(height)}`, height, problem: typeof file === 'string' ? file : null };
  });
  return {
    folder: options.folder,
    deployment: deployment.name,
    chainId: deployment.chainId,
    segments: [...segments].map(([first, found]) => ({ name: `journal/${segmentName(first)}`, ...found })),
    snapshots,
    last,
    durableHeight: scan.ok ? scan.end.tip.height : (tip?.height ?? null),
    unfinishedBytes: scan.ok ? scan.end.nonZeroEnd - scan.end.end : 0,
    fault: scan.ok ? null : { ...scan.damage.place, reason: scan.damage.reason },
  };
}
