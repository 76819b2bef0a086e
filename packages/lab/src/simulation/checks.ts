/** What is checked after the blocks of a run. Each check returns the first thing that is wrong as a sentence, or null. */

import {
  applyBlock,
  type BlockResult,
  type Command,
  type Engine,
  figuresOf,
  isOpenAccount,
  nextHeight,
  resumeEngine,
} from '@plimsoll/core/engine';
import { checkConservation } from '@plimsoll/core/ledger';
import { accountId } from '@plimsoll/core/numeric';
import { decodeSnapshot, encodeSnapshot } from '@plimsoll/core/wire';
import { contentOf, firstDifference } from './plainState.ts';

/** The laws of conservation. */
export function conservationFault({ state }: Engine): string | null {
  const [violation] = checkConservation(state.ledger);
  if (violation === undefined) return null;
  return `conservation: ${violation.law} of ${violation.subject}: expected ${violation.expected}, found ${violation.found}`;
}

/** An engine over a copy of the state, through a snapshot. Throws Error when the snapshot does not decode. */
export function copyOf(engine: Engine): Engine {
  const decoded = decodeSnapshot(encodeSnapshot(engine.state));
  if (!decoded.ok) throw new Error(`a snapshot does not decode: ${decoded.error.reason} at ${decoded.error.offset}`);
  return resumeEngine(decoded.state, engine.view.codec);
}

/** What is derived incrementally is what is derived anew: the figures of every open account. */
export function derivedFault(engine: Engine): string | null {
  const { state, view } = engine;
  const fresh = resumeEngine(state, view.codec);
  for (let row = 0; row < state.ledger.accounts.rowCount; row += 1) {
    const account = accountId(row);
    if (!isOpenAccount(state, account)) continue;
    const kept = figuresOf(view, account, view.scanned);
    const anew = figuresOf(fresh.view, account, fresh.view.scanned);
    const found = firstDifference(kept, anew, `account ${row}`);
    if (found !== null) return `derived state is stale: ${found}`;
  }
  return null;
}

/**
 * A block with a command that is refused changes nothing that a block without it does not: two copies of the engine, one gets the
 * command with a new nonce, and they are compared apart from nonces and hashes. Null when the command passes by now.
 */
export function refusalFault(engine: Engine, command: Command): string | null {
  const { state } = engine;
  const without = copyOf(engine);
  const withIt = copyOf(engine);
  const nonce = (state.nonces.get(command.actor) ?? 0) + 1;
  if (!Number.isSafeInteger(nonce)) return null;
  const block = { height: nextHeight(state), timeMs: state.timeMs };
  applyBlock(without, { ...block, commands: [] });
  const { results } = applyBlock(withIt, { ...block, commands: [{ ...command, nonce }] });
  if (results[0]?.kind !== 'rejected') return null;
  const found = firstDifference(contentOf(without.state), contentOf(withIt.state), 'state');
  return found === null ? null : `a refused ${command.kind} (${results[0].rejection.code}) changed ${found}`;
}

/** Two engines that went through the same block hashed it alike. */
export function hashFault(name: string, a: BlockResult, b: BlockResult): string | null {
  if (a.hash.every((byte, at) => byte === b.hash[at])) return null;
  for (let at = 0; at < Math.max(a.events.length, b.events.length); at += 1) {
    const found = firstDifference(
      a.events[at],
      b.events[at],
      `event ${at} (${a.events[at]?.kind ?? 'none'}, ${b.events[at]?.kind ?? 'none'})`,
    );
    if (found !== null) return `${name}: ${found}`;
  }
  return `${name}: the events are the same and the hashes are not`;
}
