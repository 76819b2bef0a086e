import { applyBlock, type BlockResult, createEngine, type Engine } from '@plimsoll/core/engine';
import { createCheckpointer, encodeCanonical, markDirty } from '@plimsoll/core/wire';
import type { DirectoryState } from '../contracts/directory.ts';
import type { Entry } from '../contracts/submission.ts';
import {
  contentOf,
  decodeCommands,
  decodeFacts,
  decodeHead,
  decodeOutcomes,
  entriesOf,
  type JournaledOutcome,
  outcomeOfResult,
  splitBody,
} from '../journal/blockRecord.ts';
import { type JournalRecord, segmentName, sha256 } from '../journal/format.ts';
import { scanJournal } from '../journal/scanJournal.ts';
import { listSnapshots, readSnapshotFile, snapshotName } from '../journal/snapshotFile.ts';
import { readTip } from '../journal/tip.ts';
import { createJournalingCodec, type JournalingCodec } from '../sequencer/journalingCodec.ts';
import { openForReading, type VerifyOptions } from './openForReading.ts';
import { serviceRoot } from './serviceRoot.ts';
import { decodeSnapshotContent } from './snapshotContent.ts';

/** What is wrong, and where. */
export interface VerifyFault {
  readonly file: string;
  readonly offset: number;
  readonly height: number | null;
  readonly reason: string;
}

export interface VerifyReport {
  readonly isSound: boolean;
  readonly fault: VerifyFault | null;
  readonly deployment: string;
  /** The last block that was verified. */
  readonly height: number;
  readonly blockHash: string;
  readonly root: string;
  readonly entries: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly events: number;
  /** State roots that were compared. */
  readonly roots: number;
  /** Snapshots whose root is that of the replayed state. */
  readonly snapshots: number;
  /** Bytes of a write that never finished, which the next start cuts. */
  readonly unfinishedBytes: number;
}

interface Verifying {
  readonly engine: Engine;
  readonly codec: JournalingCodec;
  readonly directory: DirectoryState;
  readonly checkpointer: ReturnType<typeof createCheckpointer>;
  readonly snapshotRoots: ReadonlyMap<number, Uint8Array>;
  entries: number;
  accepted: number;
  events: number;
  roots: number;
  snapshots: number;
}

/**
 * Decides every command of a journal again from genesis, and compares events, block hashes, outcomes and state roots byte for byte.
 * Reads only; a folder that is in use can be verified up to where it stands. Throws JournalError when the folder is none.
 */
export function verifyJournal(options: VerifyOptions): VerifyReport {
  const data = openForReading(options);
  const { fileSystem, paths, deployment, deploymentHash } = data;
  const codec = createJournalingCodec();
  const engine = createEngine(deployment.genesis, codec);
  const { roots: snapshotRoots, fault: snapshotFault } = readSnapshotRoots(data);
  const verifying: Verifying = {
    engine,
    codec,
    directory: options.directory.create(deployment),
    checkpointer: createCheckpointer((bytes) => sha256(bytes), engine.state),
    snapshotRoots,
    entries: 0,
    accepted: 0,
    events: 0,
    roots: 0,
    snapshots: 0,
  };
  const lastHeight = fileSystem.exists(paths.tip) ? (readTip(fileSystem.read(paths.tip))?.height ?? 0) : 0;
  let fault: VerifyFault | null = null;
  const scan = scanJournal(fileSystem, paths, { from: 0, deploymentHash }, (record, segment) => {
    if (fault !== null) return;
    const reason = verifyRecord(verifying, record);
    if (reason === null) options.progress?.({ height: record.height, lastHeight });
    else fault = { file: `journal/${segmentName(segment)}`, offset: record.offset, height: record.height, reason };
  });
  if (!scan.ok) fault ??= { ...scan.damage.place, reason: scan.damage.reason };
  fault ??= snapshotFault;
  const { entries, accepted, events, roots, snapshots, checkpointer, directory } = verifying;
  return {
    isSound: fault === null,
    fault,
    deployment: deployment.name,
    height: engine.state.height,
    blockHash: hex(engine.state.previousHash),
    root: hex(serviceRoot(checkpointer, engine.state, directory)),
    entries,
    accepted,
    rejected: entries - accepted,
    events,
    roots,
    snapshots,
    unfinishedBytes: scan.ok ? scan.end.nonZeroEnd - scan.end.end : 0,
  };
}

/** Null when the block is what its commands lead to. */
function verifyRecord(verifying: Verifying, record: JournalRecord): string | null {
  const { engine, codec, directory, checkpointer } = verifying;
  const head = decodeHead(record.head);
  if (typeof head === 'string') return head;
  const parts = splitBody(record.body);
  if (typeof parts === 'string') return parts;
  const facts = decodeFacts(parts);
  const outcomes = decodeOutcomes(parts.outcomes);
  const commands = decodeCommands(parts);
  if (typeof facts === 'string') return facts;
  if (typeof outcomes === 'string') return outcomes;
  if (typeof commands === 'string') return commands;
  let entries: readonly Entry[];
  let answers: readonly JournaledOutcome[];
  let result: BlockResult;
  try {
    entries = entriesOf(facts, outcomes.ids, commands);
    const changes = entries.map((entry): JournaledOutcome => {
      if (entry.kind === 'command') return null;
      const answer = directory.apply(entry.change, head.timeMs);
      return answer.ok ? answer.owner : { code: answer.code, account: null, figures: {} };
    });
    result = applyBlock(engine, { height: head.height, timeMs: head.timeMs, commands });
    let place = 0;
    answers = entries.map((entry, index) => {
      if (entry.kind !== 'command') return changes[index] ?? null;
      const answer = result.results[place];
      place += 1;
      return answer === undefined ? null : outcomeOfResult(answer);
    });
  } catch (error) {
    return `its commands do not apply: ${error instanceof Error ? error.message : String(error)}`;
  }
  // The head is what the block hash is made of, events and all.
  if (Buffer.compare(codec.blockBytes(), record.head) !== 0) return 'its commands lead to other events than were journaled';
  if (Buffer.compare(result.hash, record.headHash) !== 0) return 'its commands lead to another block hash';
  if (Buffer.compare(encodeCanonical(answers), encodeCanonical(outcomes.outcomes)) !== 0)
    return 'its commands lead to other outcomes than were journaled';
  if (entries.some((entry, index) => contentOf(entry) !== outcomes.contents[index]))
    return 'its command ids are kept for other commands than it holds';
  markDirty(checkpointer, result.events);
  verifying.entries += entries.length;
  verifying.accepted += answers.filter((answer) => answer === null || typeof answer === 'number').length;
  verifying.events += result.events.length;
  const snapshotRoot = verifying.snapshotRoots.get(record.height);
  if (facts.root === null && snapshotRoot === undefined) return null;
  const root = serviceRoot(checkpointer, engine.state, directory);
  if (facts.root !== null) {
    if (Buffer.compare(root, facts.root) !== 0) return 'the state after it has another root than was journaled';
    verifying.roots += 1;
  }
  if (snapshotRoot !== undefined) {
    if (Buffer.compare(root, snapshotRoot) !== 0)
      return `the state after it has another root than snapshots/${snapshotName(record.height)}`;
    verifying.snapshots += 1;
  }
  return null;
}

/** Roots of the snapshots, computed from their content and not taken from what they say. */
function readSnapshotRoots({ fileSystem, paths }: ReturnType<typeof openForReading>): {
  readonly roots: ReadonlyMap<number, Uint8Array>;
  readonly fault: VerifyFault | null;
} {
  const roots = new Map<number, Uint8Array>();
  let fault: VerifyFault | null = null;
  for (const height of listSnapshots(fileSystem, paths)) {
    const file = readSnapshotFile(fileSystem, paths, height);
    const content = typeof file === 'string' ? file : decodeSnapshotContent(file);
    if (typeof content === 'string') {
      fault ??= { file: `snapshots/${snapshotName(height)}`, offset: 0, height, reason: content };
      continue;
    }
    const fresh = createCheckpointer((bytes) => sha256(bytes), content.state);
    const directory = { toPlain: () => content.directory };
    roots.set(height, serviceRoot(fresh, content.state, directory));
  }
  return { roots, fault };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
