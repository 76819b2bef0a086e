import type { OwnerId } from '@plimsoll/core/numeric';
import type { SessionJson } from '../api/schemas/commands.ts';
import type { SessionKey } from '../contracts/identityChange.ts';
import type { Reading } from './reading.ts';
import { dateTimeText } from './texts.ts';

/** The sessions of an owner, ascending by key; `current` is the one that asks. */
export function sessionsJson({ directory, head }: Reading, owner: OwnerId, current: SessionKey): SessionJson[] {
  return directory.sessionsOf(owner).map(({ key, scopes, accounts, expiresAtMs }) => ({
    key,
    scopes: [...scopes],
    accounts: accounts === null ? null : [...accounts],
    expiresAt: expiresAtMs,
    expiresDatetime: dateTimeText(expiresAtMs),
    status: expiresAtMs <= head.timeMs ? 'expired' : 'live',
    isCurrent: key === current,
  }));
}
