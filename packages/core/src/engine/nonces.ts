import type { TimeMs } from '../numeric/brand.ts';
import { type BlockRun, emit } from './block.ts';
import type { Command } from './commands.ts';
import { type Rejection, reject } from './rejections.ts';

/** How far ahead of block time a clock may run from which nonces are taken. */
const AHEAD_MS = 60_000;

/**
 * The highest nonce at a block time: 1,000 per millisecond, so that counters and times in seconds, milliseconds or microseconds all fit.
 * The bound rises with time. So whoever signs for an actor too, as each of its sessions does, cannot use up the nonces that are still to
 * come: a second later there are higher ones.
 */
export function nonceMaxAt(time: TimeMs): number {
  return Math.min(1_000 * (time + AHEAD_MS), Number.MAX_SAFE_INTEGER);
}

/**
 * A nonce above the actor's last one, and at most `nonceMaxAt` block time, is used up, whatever becomes of the command; any other is
 * refused and changes nothing. So a command executes at most once, and an old one that turns up late never executes. One whose nonce was
 * too high has used up nothing: it may still execute once time has come so far, unless the actor has used a higher one by then.
 */
export function useNonce(run: BlockRun, command: Command): Rejection | null {
  const { state } = run.view;
  const { actor, nonce } = command;
  const last = state.nonces.get(actor) ?? -1;
  if (!Number.isSafeInteger(nonce) || nonce <= last) return reject('staleNonce', { nonce, last });
  const highest = nonceMaxAt(state.timeMs);
  if (nonce > highest) return reject('nonceTooHigh', { nonce, highest });
  emit(run, { kind: 'nonceUsed', actor, nonce });
  return null;
}
