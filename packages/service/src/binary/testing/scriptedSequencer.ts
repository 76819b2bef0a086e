import type { Engine } from '@plimsoll/core/engine';
import { height, ownerId, timeMs } from '@plimsoll/core/numeric';
import type { Directory, Session } from '../../contracts/directory.ts';
import type { SessionKey } from '../../contracts/identityChange.ts';
import type { Entry, Outcome, Overload, ReusedIds } from '../../contracts/submission.ts';
import type { ConnectionContext } from '../binaryConnection.ts';

/**
 * A sequencer that does what a test tells it: it decides nothing and keeps nothing on disk. It shows how the session behaves towards
 * overload, delays and failure, which the real one shows only when it is in trouble.
 */
export interface ScriptedSequencer {
  readonly sequencer: ConnectionContext['sequencer'];
  /** What was submitted, batch by batch. */
  readonly submitted: (readonly Entry[])[];
  /** The answer to the next submissions, in turn; then every entry is accepted. */
  readonly script: ((entries: readonly Entry[]) => Promise<readonly Outcome[]> | Overload | ReusedIds)[];
  readonly sessions: Map<SessionKey, Session>;
  setTime(nowMs: number): void;
}

export function createScriptedSequencer(): ScriptedSequencer {
  const submitted: (readonly Entry[])[] = [];
  const script: ScriptedSequencer['script'] = [];
  const sessions = new Map<SessionKey, Session>();
  let nowMs = 1_000;
  let blocks = 0;
  const directory: Directory = {
    ownerOf: () => null,
    addressOf: () => null,
    session: (key) => sessions.get(key) ?? null,
    sessionsOf: (owner) => [...sessions.values()].filter((session) => session.owner === owner),
  };
  const head = () => ({ height: height(blocks), timeMs: timeMs(nowMs), hash: new Uint8Array(32).fill(9) });
  return {
    submitted,
    script,
    sessions,
    setTime(toMs) {
      nowMs = toMs;
    },
    sequencer: {
      head,
      async read(query) {
        // The queries of the binary session look at the directory alone.
        return query(undefined as unknown as Engine, directory, head());
      },
      submit(entries) {
        const next = script.shift();
        const answer = next === undefined ? accepted(entries) : next(entries);
        if (!('kind' in answer)) submitted.push(entries);
        return answer;
      },
    },
  };

  async function accepted(entries: readonly Entry[]): Promise<readonly Outcome[]> {
    blocks += 1;
    const at = height(blocks);
    return entries.map((_, index) => ({ status: 'accepted', height: at, index, events: [], owner: null }));
  }
}

export function sessionOf(key: SessionKey, owner: number, expiresAtMs = 1_000_000): Session {
  return { owner: ownerId(owner), key, scopes: ['read', 'trade'], accounts: null, expiresAtMs: timeMs(expiresAtMs) };
}
