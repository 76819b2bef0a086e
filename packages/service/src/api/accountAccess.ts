import type { Session } from '../contracts/directory.ts';
import { mayRead, type Readable } from '../identity/authorityTable.ts';
import type { Reading } from '../views/reading.ts';
import type { Caller } from './authentication.ts';
import { Problem } from './problems.ts';

/** Throws the problem when the table does not let the caller read it, as of the block that is read. */
export function assertMayRead({ engine, directory }: Reading, caller: Caller | null, readable: Readable): void {
  const verdict = mayRead({ directory, state: engine.state }, caller?.session.key ?? null, readable);
  if (verdict.ok) return;
  if (caller === null) throw new Problem('sessionRequired', { detail: 'The request carries no session.', code: verdict.code });
  throw new Problem('notAuthorised', { detail: 'The session may not read this.', code: verdict.code });
}

/** The caller's session, of an operation that needs one. */
export function sessionOf(caller: Caller | null): Session {
  if (caller === null) throw new Problem('sessionRequired', { detail: 'The request carries no session.' });
  return caller.session;
}
