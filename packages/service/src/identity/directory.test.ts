import { type OwnerId, ownerId, timeMs } from '@plimsoll/core/numeric';
import { decodeCanonical, encodeCanonical } from '@plimsoll/core/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IdentityChange, Scope } from '../contracts/identityChange.ts';
import { CUSTODIAN, smallDeployment, TRADERS, testAddress, VAULT } from '../testing/smallDeployment.ts';
import { createDirectory, directoryFromPlain, type OwnerDirectory, SCOPES, SESSION_MAX_MS, SESSIONS_MAX } from './directory.ts';
import { testSessionKey } from './testing/testSigner.ts';

const NOW = timeMs(1_000_000);
const [trader, other] = TRADERS;
const KEY = testSessionKey('a').key;
const WALLET = `0x${'12'.repeat(20)}`;

function session(change: Partial<Extract<IdentityChange, { kind: 'openSession' }>> = {}): IdentityChange {
  return {
    kind: 'openSession',
    owner: trader,
    key: KEY,
    scopes: ['read', 'trade'],
    accounts: null,
    expiresAtMs: timeMs(NOW + 60_000),
    nonce: 1,
    ...change,
  };
}

const codeOf = (directory: OwnerDirectory, change: IdentityChange, nowMs = NOW) => {
  const result = directory.apply(change, nowMs);
  return result.ok ? `owner ${result.owner}` : result.code;
};
const bytesOf = (directory: OwnerDirectory) => Buffer.from(encodeCanonical(directory.toPlain())).toString('hex');

describe('an owner', () => {
  test('exists from the start or gets the next free id, and has one wallet', () => {
    const directory = createDirectory(smallDeployment());
    expect(directory.ownerOf(testAddress(trader))).toBe(trader);
    expect(directory.addressOf(CUSTODIAN)).toBe(testAddress(CUSTODIAN));
    expect(codeOf(directory, { kind: 'registerOwner', address: WALLET })).toBe('owner 1000');
    expect(codeOf(directory, { kind: 'registerOwner', address: `0x${'13'.repeat(20)}` })).toBe('owner 1001');
    expect(directory.ownerOf(WALLET)).toBe(1000);
    expect(codeOf(directory, { kind: 'registerOwner', address: WALLET })).toBe('addressTaken');
    expect(codeOf(directory, { kind: 'registerOwner', address: testAddress(trader) })).toBe('addressTaken');
    expect(codeOf(directory, { kind: 'registerOwner', address: WALLET.toUpperCase() })).toBe('malformedAddress');
    expect(directory.ownerOf(`0x${'99'.repeat(20)}`)).toBe(null);
    expect(directory.addressOf(ownerId(5_000))).toBe(null);
  });

  test('is never the vault, nor an authority by way of registering', () => {
    const deployment = smallDeployment();
    const withVault = [...deployment.identities, { owner: VAULT, address: WALLET }];
    expect(() => createDirectory({ ...deployment, identities: withVault })).toThrow('The vault signs nothing');
    expect(() => createDirectory({ ...deployment, firstOwner: ownerId(2) })).toThrow('above those of the authorities');
    expect(() => createDirectory({ ...deployment, firstOwner: trader })).toThrow('below the first id');
    const twice = [...deployment.identities, { owner: ownerId(500), address: testAddress(trader) }];
    expect(() => createDirectory({ ...deployment, identities: twice })).toThrow('a wallet one owner');
  });
});

describe('a session', () => {
  test('is what its owner opened, until it is revoked', () => {
    const directory = createDirectory(smallDeployment());
    expect(codeOf(directory, session({ scopes: ['trade', 'read'], accounts: [4, 1] as never }))).toBe(`owner ${trader}`);
    const opened = { owner: trader, key: KEY, scopes: ['read', 'trade'], accounts: [1, 4], expiresAtMs: NOW + 60_000 };
    expect(directory.session(KEY)).toEqual(opened);
    expect(directory.sessionsOf(trader)).toEqual([opened]);
    expect(directory.nonceOf(trader)).toBe(1);
    const revoke = { kind: 'revokeSession', owner: trader, key: KEY, nonce: 2 } as const;
    expect(codeOf(directory, { ...revoke, owner: other, nonce: 9 })).toBe('unknownSession');
    expect(codeOf(directory, revoke)).toBe(`owner ${trader}`);
    expect(directory.session(KEY)).toBe(null);
    expect(codeOf(directory, { ...revoke, nonce: 3 })).toBe('unknownSession');
  });

  test.each<[string, Parameters<typeof session>[0]]>([
    ['unknownOwner', { owner: ownerId(4_000) }],
    ['staleNonce', { nonce: 0 }],
    ['staleNonce', { nonce: 0.5 }],
    ['staleNonce', { nonce: Number.NaN }],
    ['nonceTooHigh', { nonce: 1_000 * (NOW + 60_000) + 1 }],
    ['nonceTooHigh', { nonce: Number.MAX_SAFE_INTEGER }],
  ])('is refused as %s, and nothing changes: case %#', (code, change) => {
    const directory = createDirectory(smallDeployment());
    const before = bytesOf(directory);
    expect(codeOf(directory, session(change))).toBe(code);
    expect(bytesOf(directory)).toBe(before);
  });

  test.each<[string, Parameters<typeof session>[0]]>([
    ['malformedKey', { key: 'ab' }],
    ['malformedKey', { key: KEY.toUpperCase() }],
    ['malformedKey', { key: `ed${'ff'.repeat(30)}7f` }],
    ['lowOrderKey', { key: `01${'00'.repeat(31)}` }],
    ['invalidScopes', { scopes: [] }],
    ['invalidScopes', { scopes: ['read', 'read'] }],
    ['invalidScopes', { scopes: ['everything' as Scope] }],
    ['invalidAccounts', { accounts: [] }],
    ['invalidAccounts', { accounts: [3, 3] as never }],
    ['sessionExpired', { expiresAtMs: NOW }],
    ['sessionTooLong', { expiresAtMs: timeMs(NOW + SESSION_MAX_MS + 1) }],
  ])('is refused as %s, and its nonce alone is used up: case %#', (code, change) => {
    const directory = createDirectory(smallDeployment());
    const onlyNonce = createDirectory(smallDeployment());
    codeOf(onlyNonce, { kind: 'revokeSession', owner: trader, key: KEY, nonce: 1 });
    expect(codeOf(directory, session(change))).toBe(code);
    expect(directory.nonceOf(trader)).toBe(1);
    expect(bytesOf(directory)).toBe(bytesOf(onlyNonce));
  });

  test('that was refused does not come back when what was in its way is gone', () => {
    const directory = createDirectory(smallDeployment());
    const tooLong = session({ expiresAtMs: timeMs(NOW + SESSION_MAX_MS + 40), nonce: 7 });
    expect(codeOf(directory, tooLong)).toBe('sessionTooLong');
    expect(codeOf(directory, tooLong, timeMs(NOW + 60))).toBe('staleNonce');
    const early = { kind: 'revokeSession', owner: trader, key: KEY, nonce: 8 } as const;
    expect(codeOf(directory, early)).toBe('unknownSession');
    expect(codeOf(directory, session({ nonce: 9 }))).toBe(`owner ${trader}`);
    expect(codeOf(directory, early)).toBe('staleNonce');
    expect(directory.session(KEY)?.owner).toBe(trader);
  });

  test('is opened with the highest nonce of one millisecond, and revoked with a higher one of the next', () => {
    const directory = createDirectory(smallDeployment());
    const highest = 1_000 * (NOW + 60_000);
    expect(codeOf(directory, session({ nonce: highest }))).toBe(`owner ${trader}`);
    const revoke = { kind: 'revokeSession', owner: trader, key: KEY, nonce: highest + 1 } as const;
    expect(codeOf(directory, revoke)).toBe('nonceTooHigh');
    expect(codeOf(directory, revoke, timeMs(NOW + 1))).toBe(`owner ${trader}`);
  });

  test('needs a nonce above the last, so that an old opening never comes back', () => {
    const directory = createDirectory(smallDeployment());
    expect(codeOf(directory, session({ nonce: 5 }))).toBe(`owner ${trader}`);
    expect(codeOf(directory, { kind: 'revokeSession', owner: trader, key: KEY, nonce: 5 })).toBe('staleNonce');
    expect(codeOf(directory, { kind: 'revokeSession', owner: trader, key: KEY, nonce: 6 })).toBe(`owner ${trader}`);
    expect(codeOf(directory, session({ nonce: 5 }))).toBe('staleNonce');
    expect(codeOf(directory, session({ nonce: 6 }))).toBe('staleNonce');
    expect(directory.session(KEY)).toBe(null);
    expect(codeOf(directory, session({ owner: other, nonce: 1 }))).toBe(`owner ${other}`);
  });

  test('of another owner is not taken over while it lives, and its own owner may give it other terms', () => {
    const directory = createDirectory(smallDeployment());
    codeOf(directory, session());
    expect(codeOf(directory, session({ owner: other }))).toBe('keyTaken');
    expect(directory.nonceOf(other)).toBe(1);
    expect(codeOf(directory, session({ nonce: 2, scopes: ['read'] }))).toBe(`owner ${trader}`);
    expect(directory.session(KEY)?.scopes).toEqual(['read']);
    expect(directory.sessionsOf(trader)).toHaveLength(1);
    const later = timeMs(NOW + 60_000);
    expect(codeOf(directory, session({ owner: other, nonce: 2, expiresAtMs: timeMs(later + 1) }), later)).toBe(`owner ${other}`);
    expect(directory.sessionsOf(trader)).toEqual([]);
  });

  test('leaves room when it expires: at most a fixed number live at a time', () => {
    const directory = createDirectory(smallDeployment());
    for (let i = 0; i < SESSIONS_MAX; i += 1)
      expect(codeOf(directory, session({ key: testSessionKey(`many ${i}`).key, nonce: i + 1 }))).toBe(`owner ${trader}`);
    expect(codeOf(directory, session({ nonce: 1_000 }))).toBe('sessionsFull');
    const later = timeMs(NOW + 60_000);
    expect(codeOf(directory, session({ nonce: 1_001, expiresAtMs: timeMs(later + 1) }), later)).toBe(`owner ${trader}`);
    expect(directory.sessionsOf(trader)).toHaveLength(1);
  });
});

describe('the plain form', () => {
  test('is canonical: what was restored goes on as what it was restored from, byte for byte', () => {
    const keys = ['a', 'b', 'c'].map((seed) => testSessionKey(seed).key);
    const change = fc.oneof(
      fc.integer({ min: 16, max: 40 }).map(
        (byte): IdentityChange => ({
          kind: 'registerOwner',
          address: `0x${byte.toString(16).padStart(2, '0').repeat(20)}`,
        }),
      ),
      fc
        .record({
          owner: fc.constantFrom<OwnerId>(trader, other, ownerId(1_000)),
          key: fc.constantFrom(...keys),
          nonce: fc.integer({ min: 0, max: 12 }),
          scopes: fc.shuffledSubarray(Object.keys(SCOPES) as Scope[]),
          expiresAtMs: fc.integer({ min: NOW - 10, max: NOW + 40 }).map(timeMs),
        })
        .map((terms): IdentityChange => ({ kind: 'openSession', accounts: null, ...terms })),
      fc
        .record({
          owner: fc.constantFrom<OwnerId>(trader, other),
          key: fc.constantFrom(...keys),
          nonce: fc.integer({ min: 0, max: 12 }),
        })
        .map((terms): IdentityChange => ({ kind: 'revokeSession', ...terms })),
    );
    const deployment = smallDeployment();
    let applied = 0;
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.nat({ max: 20 }), (changes, cut) => {
        const lived = createDirectory(deployment);
        let restored = lived;
        for (const [index, each] of changes.entries()) {
          const now = timeMs(NOW + index * 3);
          if (index === cut) restored = restore(lived);
          const result = lived.apply(each, now);
          if (result.ok) applied += 1;
          if (restored !== lived) expect(restored.apply(each, now)).toEqual(result);
        }
        if (restored === lived) restored = restore(lived);
        expect(bytesOf(restored)).toBe(bytesOf(lived));
        for (const owner of [trader, other, ownerId(1_000)]) {
          expect(restored.sessionsOf(owner)).toEqual(lived.sessionsOf(owner));
          expect(restored.nonceOf(owner)).toBe(lived.nonceOf(owner));
          expect(restored.addressOf(owner)).toBe(lived.addressOf(owner));
        }
      }),
      { seed: 20261122, numRuns: 200 },
    );
    expect(applied).toBeGreaterThan(300);
  });

  test('that is not one is not restored', () => {
    for (const value of [null, {}, { version: 2 }, { ...(createDirectory(smallDeployment()).toPlain() as object), nextOwner: 3 }])
      expect(() => directoryFromPlain(value)).toThrow('restored from what it wrote');
  });
});

function restore(directory: OwnerDirectory): OwnerDirectory {
  const decoded = decodeCanonical(encodeCanonical(directory.toPlain()));
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return directoryFromPlain(decoded.value);
}
