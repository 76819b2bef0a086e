import type { Sequencer } from '../contracts/sequencer.ts';
import { mayIssueAs } from '../identity/authorityTable.ts';
import type { AuthorizeFrame } from './binaryConnection.ts';

/**
 * Asks the authority table about each command of a frame, as of the last durable block. A trade that needs a second signature is refused: a frame
 * has one. Cost: a read of the sequencer per frame, and about 0.2 µs per command.
 */
export function authorizeFrames(sequencer: Pick<Sequencer, 'read'>): AuthorizeFrame {
  return (session, commands) =>
    sequencer.read(({ state }, directory) => {
      const known = directory.session(session.key);
      if (known === null || known.expiresAtMs <= state.timeMs) return null;
      const isIssuable = mayIssueAs({ directory, state }, { actor: { kind: 'session', key: session.key }, cosigner: null });
      return commands.map((command) => {
        const verdict = isIssuable(command);
        return verdict.ok ? null : verdict.code;
      });
    });
}
