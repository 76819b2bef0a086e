import type { EngineState } from '@plimsoll/core/engine';
import { type Checkpointer, checkpoint, encodeCanonical } from '@plimsoll/core/wire';
import type { DirectoryState } from '../contracts/directory.ts';
import { sha256 } from '../journal/format.ts';

const DOMAIN = Buffer.from('plimsoll service root 1\0', 'latin1');

/**
 * Root of everything that a deployment remembers: SHA-256(domain ‖ state root of the core ‖ SHA-256(canonical directory)). Cost: what
 * changed since the last one, and the parts of the state that do not hold accounts.
 */
export function serviceRoot(
  checkpointer: Checkpointer,
  state: EngineState,
  directory: Pick<DirectoryState, 'toPlain'>,
): Uint8Array {
  return sha256(DOMAIN, checkpoint(checkpointer, state), sha256(encodeCanonical(directory.toPlain())));
}
