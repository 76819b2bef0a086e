import { type AccountId, accountId, type OwnerId, timeMs } from '@plimsoll/core/numeric';
import { afterEach, expect, test } from 'vitest';
import { createSessionSigner, proveKey, signChange } from '../client/signing.ts';
import { SESSION_ACCOUNTS_MAX, SESSION_MAX_MS } from '../identity/directory.ts';
import { type ApiWorld, createApiWorld, testWallet } from '../testing/apiWorld.ts';
import { TRADERS } from '../testing/smallDeployment.ts';

let world: ApiWorld;
afterEach(() => world.close());

const owner: OwnerId = TRADERS[0];
const session = createSessionSigner();

/** Opens a session of the first trader, for an hour with nonce 1 unless said otherwise, under an id of its own. */
async function open(
  commandId: string,
  change: { readonly accounts?: readonly AccountId[]; readonly livesMs?: number; readonly nonce?: number } = {},
) {
  const { deployment, client, clock } = world;
  const { accounts = null, livesMs = 3_600_000, nonce = 1 } = change;
  const terms = {
    owner,
    key: session.key,
    scopes: ['read' as const],
    accounts,
    expiresAtMs: timeMs(clock.now() + livesMs),
    nonce,
  };
  const opening = { commandId, change: { kind: 'openSession' as const, ...terms } };
  const signature = await signChange(deployment, opening, testWallet(owner));
  const proof = proveKey(deployment, opening, session);
  const body = {
    commandId,
    ...terms,
    accounts: accounts === null ? null : [...accounts],
    scopes: [...terms.scopes],
    signature,
    proof,
  };
  return (await client.openSession({ body })).outcome;
}

test('a session is bound to as many accounts as the directory takes, and to no more', async () => {
  world = await createApiWorld();
  const accounts = Array.from({ length: SESSION_ACCOUNTS_MAX + 1 }, (_, index) => accountId(index));
  expect(await open('most', { accounts: accounts.slice(1) })).toMatchObject({ status: 'accepted', owner });
  await expect(open('one-more', { accounts, nonce: 2 })).rejects.toMatchObject({
    problem: { status: 400, errors: expect.arrayContaining([expect.objectContaining({ path: '/body/accounts' })]) },
  });
});

test('a change that the block refuses is a rejected outcome, and its nonce is used up', async () => {
  world = await createApiWorld();
  const tooLong = { livesMs: SESSION_MAX_MS + 60_000, nonce: 7 };
  expect(await open('long', tooLong)).toMatchObject({ status: 'rejected', code: 'sessionTooLong', owner: null });
  expect(await open('same-nonce', { nonce: 7 })).toMatchObject({ status: 'rejected', code: 'staleNonce' });
  expect(await open('far', { nonce: Number.MAX_SAFE_INTEGER })).toMatchObject({ status: 'rejected', code: 'nonceTooHigh' });
  expect(await open('next', { nonce: 8 })).toMatchObject({ status: 'accepted', owner });
});
