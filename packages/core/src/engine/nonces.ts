import { type BlockRun, emit } from './block.ts';
import type { Command } from './commands.ts';
import { type Rejection, reject } from './rejections.ts';

/**
 * A nonce above the actor's last one is used up, whatever becomes of the command; any other is refused and changes nothing. So
 * a command executes at most once, and an old one that turns up late never executes.
 */
export function useNonce(run: BlockRun, command: Command): Rejection | null {
  const { state } = run.view;
  const last = state.nonces.get(command.actor) ?? -1;
  if (!Number.isSafeInteger(command.nonce) || command.nonce <= last) return reject('staleNonce', { nonce: command.nonce, last });
  emit(run, { kind: 'nonceUsed', actor: command.actor, nonce: command.nonce });
  return null;
}
