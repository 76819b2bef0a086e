import type { EngineState } from '@plimsoll/core/engine';
import {
  type Checkpointer,
  decodeCanonical,
  decodeSnapshot,
  encodeCanonical,
  encodeSnapshot,
  type MerkleTree,
} from '@plimsoll/core/wire';
import type { DirectoryState } from '../contracts/directory.ts';
import { sha256 } from '../journal/format.ts';
import type { SnapshotFile } from '../journal/snapshotFile.ts';
import type { PlainOutcomes } from '../sequencer/outcomeWindow.ts';
import { serviceRoot } from './serviceRoot.ts';

/** What a snapshot holds beside the engine's state and the tree of its accounts. */
interface PlainService {
  readonly directory: unknown;
  /** Hash of the journal record of the snapshot's block. */
  readonly recordHash: Uint8Array;
  readonly root: Uint8Array;
  readonly window: readonly PlainOutcomes[];
  readonly tree: { readonly capacity: number; readonly count: number };
}

export interface SnapshotContent {
  readonly state: EngineState;
  readonly directory: unknown;
  readonly recordHash: Uint8Array;
  readonly root: Uint8Array;
  readonly window: readonly PlainOutcomes[];
  readonly checkpointer: Checkpointer;
}

const NODE_BYTES = 32;

/** Everything of one moment, encoded. Holds the thread for as long as it takes: seconds per million accounts. */
export function encodeSnapshotContent(now: {
  readonly state: EngineState;
  readonly directory: DirectoryState;
  readonly checkpointer: Checkpointer;
  readonly recordHash: Uint8Array;
  readonly window: readonly PlainOutcomes[];
}): SnapshotFile {
  const { state, directory, checkpointer } = now;
  const root = serviceRoot(checkpointer, state, directory);
  const { tree } = checkpointer;
  const service: PlainService = {
    directory: directory.toPlain(),
    recordHash: now.recordHash,
    root,
    window: now.window,
    tree: { capacity: tree.capacity, count: tree.count },
  };
  return { height: state.height, parts: [encodeSnapshot(state), encodeCanonical(service), Buffer.concat(tree.levels)] };
}

/** The content of a snapshot file, or what is wrong with it. */
export function decodeSnapshotContent({ height, parts }: SnapshotFile): SnapshotContent | string {
  const [stateBytes, serviceBytes, treeBytes] = parts;
  if (stateBytes === undefined || serviceBytes === undefined || treeBytes === undefined) return 'a part is missing';
  const decoded = decodeSnapshot(stateBytes);
  if (!decoded.ok) return `its state is not canonical: ${decoded.error.reason}`;
  const { state } = decoded;
  if (state.height !== height) return `its state is of block ${state.height}`;
  const plain = decodeCanonical(serviceBytes);
  if (!plain.ok) return `its directory and outcomes are not canonical: ${plain.error.reason}`;
  // The file's hash covers these bytes, which `encodeSnapshotContent` wrote.
  const service = plain.value as unknown as PlainService;
  const tree = decodeTree(treeBytes, service.tree);
  if (tree === null) return 'its tree of accounts has another size than it says';
  return {
    state,
    directory: service.directory,
    recordHash: service.recordHash,
    root: service.root,
    window: service.window,
    checkpointer: { hash: (bytes) => sha256(bytes), tree, dirty: new Set() },
  };
}

function decodeTree(bytes: Uint8Array, { capacity, count }: PlainService['tree']): MerkleTree | null {
  const levels: Uint8Array[] = [];
  let at = 0;
  for (let nodes = capacity; nodes >= 1; nodes /= 2) {
    if (at + nodes * NODE_BYTES > bytes.length) return null;
    levels.push(new Uint8Array(bytes.subarray(at, at + nodes * NODE_BYTES)));
    at += nodes * NODE_BYTES;
  }
  return at === bytes.length ? { hash: (input) => sha256(input), levels, capacity, count } : null;
}
