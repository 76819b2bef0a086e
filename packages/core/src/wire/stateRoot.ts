import type { Event } from '../engine/events.ts';
import type { EngineState } from '../engine/state.ts';
import { plainAccount, plainSheet } from '../ledger/plainLedger.ts';
import { compareNumber } from '../numeric/arithmetic.ts';
import { type AccountId, accountId } from '../numeric/brand.ts';
import type { HashFunction } from '../numeric/hash.ts';
import { createLongLivedWriter, encodeCanonical, writeCanonical } from './canonical.ts';
import { createMerkleTree, type MerkleTree, updateMerkleTree } from './merkle.ts';
import { stateWithoutLedger } from './snapshot.ts';

/**
 * The checkpoint: state root = H(Merkle root over account leaves ‖ H(the rest of the state)). Leaves are recomputed for dirty
 * accounts only, so a checkpoint costs what happened since the last one, and the rest of the state, which does not hold accounts.
 */
export interface Checkpointer {
  readonly hash: HashFunction;
  readonly tree: MerkleTree;
  readonly dirty: Set<AccountId>;
}

/** A checkpointer over a state; every account counts as dirty at first. */
export function createCheckpointer(hash: HashFunction, state: EngineState): Checkpointer {
  const dirty = new Set<AccountId>();
  for (let row = 0; row < state.ledger.accounts.rowCount; row += 1) dirty.add(accountId(row));
  return { hash, tree: createMerkleTree(hash), dirty };
}

/** Notes the accounts whose rows a block changed. */
export function markDirty(checkpointer: Checkpointer, events: readonly Event[]): void {
  for (const event of events) {
    if (event.kind === 'accountOpened' || event.kind === 'accountClosed') checkpointer.dirty.add(event.account);
    if (!('legs' in event)) continue;
    for (const leg of event.legs) if ('account' in leg) checkpointer.dirty.add(leg.account);
  }
}

/** The state root now. */
export function checkpoint(checkpointer: Checkpointer, state: EngineState): Uint8Array {
  // One writer for all: accounts are records of one shape, and there may be a million of them.
  const writer = createLongLivedWriter(1024);
  const leaves = [...checkpointer.dirty].sort(compareNumber).map((id) => {
    writer.length = 0;
    writeCanonical(writer, plainAccount(state.ledger, id));
    return { index: id, bytes: writer.bytes.slice(0, writer.length) };
  });
  checkpointer.dirty.clear();
  const accountsRoot = updateMerkleTree(checkpointer.tree, leaves);
  const rest = encodeCanonical([plainSheet(state.ledger), stateWithoutLedger(state)]);
  return checkpointer.hash(encodeCanonical([accountsRoot, checkpointer.hash(rest)]));
}
