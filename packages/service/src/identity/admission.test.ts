import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { applyBlock, type Command, createEngine, nextHeight } from '@plimsoll/core/engine';
import { amount, type OwnerId, ownerId, timeMs } from '@plimsoll/core/numeric';
import { createEventCodec } from '@plimsoll/core/wire';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandFromJson, commandHash, typedDataOf } from '../commands/commandTable.ts';
import { arbitraryCommandJson } from '../commands/testing/arbitraryCommand.ts';
import type { IdentityChange } from '../contracts/identityChange.ts';
import {
  DOLLAR,
  ETHER_PERPETUAL,
  seedCommands,
  smallDeployment,
  TRADER_ACCOUNTS,
  TRADERS,
  testAddress,
} from '../testing/smallDeployment.ts';
import { checkSignature } from '../verify/checkSignature.ts';
import { type Admission, admitChange, admitCommand, type SignatureInput, type SignedCommand } from './admission.ts';
import type { AuthorityContext } from './authorityTable.ts';
import { bytesToHex } from './bytes.ts';
import { createDirectory } from './directory.ts';
import { identityTypedData } from './identityTypedData.ts';
import { openingMessage } from './openingProof.ts';
import { codeOfVerdict } from './signatures.ts';
import { secondForm, sessionSign, testSessionKey, walletSign } from './testing/testSigner.ts';
import type { SigningDomain } from './typedData.ts';

const HERE: SigningDomain = { chainId: 31_337, name: 'plimsoll-test' };
const [OWNER, OTHER] = TRADERS;
const SUPPLY: Command = {
  kind: 'supply',
  actor: OWNER,
  nonce: 50,
  account: TRADER_ACCOUNTS[0],
  asset: DOLLAR,
  amount: amount(5n),
};

let context: AuthorityContext & { readonly domain: SigningDomain };
beforeAll(() => {
  const deployment = smallDeployment();
  const engine = createEngine(
    deployment.genesis,
    createEventCodec((bytes) => createHash('sha256').update(bytes).digest()),
  );
  for (const { timeMs: atMs, commands } of seedCommands())
    applyBlock(engine, { height: nextHeight(engine.state), timeMs: atMs, commands });
  const directory = createDirectory(deployment);
  const { state } = engine;
  const open = (owner: OwnerId, seed: string, scopes: readonly ('lend' | 'read' | 'trade')[]) =>
    directory.apply(
      {
        kind: 'openSession',
        owner,
        key: testSessionKey(seed).key,
        scopes,
        accounts: null,
        expiresAtMs: timeMs(state.timeMs + 1_000),
        nonce: directory.nonceOf(owner) + 1,
      },
      state.timeMs,
    );
  expect(open(OWNER, 'lender', ['lend']).ok && open(OWNER, 'reader', ['read']).ok && open(OTHER, 'trader', ['trade']).ok).toBe(
    true,
  );
  context = { domain: HERE, directory, state };
});

/** `accepted`, or the name under which it is refused, with every signature checked. */
function fate(admission: Admission): string {
  if (!admission.ok) return admission.code;
  const codes = admission.jobs.map((job) => codeOfVerdict(checkSignature(job)));
  return codes.find((code) => code !== null) ?? 'accepted';
}

const byWallet = (owner: OwnerId, command: Command, { domain = HERE, id = 'a' } = {}): SignatureInput => ({
  kind: 'wallet',
  signature: walletSign(owner, typedDataOf(domain, id, command)),
});
const bySession = (seed: string, command: Command, { domain = HERE, id = 'a' } = {}): SignatureInput => ({
  kind: 'session',
  key: testSessionKey(seed).key,
  signature: sessionSign(seed, commandHash(domain, id, command)),
});
const send = (signature: SignatureInput, command: Command = SUPPLY, more: Partial<SignedCommand> = {}): string =>
  fate(admitCommand(context, { commandId: 'a', command, signature, cosignature: null, ...more }));

describe('a command signed by a wallet', () => {
  test('is accepted, with v from 27 and from 0', () => {
    const signature = byWallet(OWNER, SUPPLY);
    expect(send(signature)).toBe('accepted');
    const v = Number.parseInt(signature.signature.slice(-2), 16) - 27;
    expect(send({ kind: 'wallet', signature: `${signature.signature.slice(0, -2)}0${v}` })).toBe('accepted');
    expect(send({ kind: 'wallet', signature: `0x${signature.signature.slice(2).toUpperCase()}` })).toBe('accepted');
  });

  test('is refused by another deployment, on another chain, under another id, with other content, and as another kind', () => {
    expect(send(byWallet(OWNER, SUPPLY, { domain: { ...HERE, name: 'plimsoll-main' } }))).toBe('wrongSigner');
    expect(send(byWallet(OWNER, SUPPLY, { domain: { ...HERE, chainId: 1 } }))).toBe('wrongSigner');
    expect(send(byWallet(OWNER, SUPPLY, { id: 'b' }))).toBe('wrongSigner');
    expect(send(byWallet(OWNER, { ...SUPPLY, amount: amount(6n) } as Command))).toBe('wrongSigner');
    expect(send(byWallet(OWNER, { ...SUPPLY, nonce: 51 }))).toBe('wrongSigner');
    expect(send(byWallet(OWNER, { ...SUPPLY, kind: 'withdraw' } as Command))).toBe('wrongSigner');
    expect(send(byWallet(OTHER, SUPPLY))).toBe('wrongSigner');
  });

  test('is refused as malleated in its second form, although that recovers the same wallet', () => {
    const bytes = Buffer.from(byWallet(OWNER, SUPPLY).signature.slice(2), 'hex');
    const s = BigInt(`0x${bytes.subarray(32, 64).toString('hex')}`);
    bytes.write((secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, '0'), 32, 'hex');
    bytes[64] = 55 - (bytes[64] ?? 0);
    expect(send({ kind: 'wallet', signature: `0x${bytes.toString('hex')}` })).toBe('malleatedSignature');
  });

  test.each(['', '0x', '0x12', `0x${'11'.repeat(64)}`, `0x${'11'.repeat(66)}`, `${'11'.repeat(65)}`, `0x${'zz'.repeat(65)}`])(
    'is refused as malformed with %s',
    (signature) => {
      expect(send({ kind: 'wallet', signature })).toBe('malformedSignature');
    },
  );

  test('is refused with a recovery id that is none', () => {
    expect(send({ kind: 'wallet', signature: `${byWallet(OWNER, SUPPLY).signature.slice(0, -2)}1d` })).toBe('malformedSignature');
  });

  test('of somebody who has no wallet here is refused', () => {
    const command = { ...SUPPLY, actor: ownerId(5_000) };
    expect(send(byWallet(ownerId(5_000), command), command)).toBe('unknownSigner');
  });
});

describe('a command signed by a session', () => {
  test('is accepted within its scope', () => {
    expect(send(bySession('lender', SUPPLY))).toBe('accepted');
  });

  test('is refused by another deployment, on another chain, under another id and with other content', () => {
    expect(send(bySession('lender', SUPPLY, { domain: { ...HERE, name: 'plimsoll-main' } }))).toBe('wrongSigner');
    expect(send(bySession('lender', SUPPLY, { domain: { ...HERE, chainId: 1 } }))).toBe('wrongSigner');
    expect(send(bySession('lender', SUPPLY, { id: 'b' }))).toBe('wrongSigner');
    expect(send(bySession('lender', { ...SUPPLY, amount: amount(6n) } as Command))).toBe('wrongSigner');
  });

  test('is refused outside its scope, for another actor, and with a key that was never opened', () => {
    expect(send(bySession('reader', SUPPLY))).toBe('outsideScope');
    const delegation: Command = {
      kind: 'authorizeDelegate',
      actor: OWNER,
      nonce: 50,
      account: TRADER_ACCOUNTS[0],
      delegate: OTHER,
    };
    expect(send(bySession('lender', delegation), delegation)).toBe('outsideScope');
    expect(send(bySession('trader', SUPPLY))).toBe('wrongActor');
    expect(send(bySession('never', SUPPLY))).toBe('unknownSigner');
  });

  test('is refused as malleated with S raised by the order, which some verifiers accept', () => {
    const bytes = secondForm(Buffer.from(bySession('lender', SUPPLY).signature, 'hex'));
    const { key } = testSessionKey('lender');
    expect(send({ kind: 'session', key, signature: bytes.toString('hex') })).toBe('malleatedSignature');
    expect(send({ kind: 'session', key, signature: bytes.toString('hex').toUpperCase() })).toBe('malformedSignature');
    expect(send({ kind: 'session', key, signature: '00' })).toBe('malformedSignature');
  });
});

describe('a trade of two sides', () => {
  const TRADE = {
    kind: 'trade',
    actor: OWNER,
    nonce: 60,
    instrument: ETHER_PERPETUAL,
    buyer: TRADER_ACCOUNTS[0],
    seller: TRADER_ACCOUNTS[1],
    lots: 1,
    price: 2_000_000,
    cosigner: OTHER,
  } as unknown as Command;

  test('takes both signatures over the same', () => {
    const first = byWallet(OWNER, TRADE);
    expect(send(first, TRADE, { cosignature: byWallet(OTHER, TRADE) })).toBe('accepted');
    expect(send(first, TRADE, { cosignature: bySession('trader', TRADE) })).toBe('accepted');
    expect(send(first, TRADE)).toBe('cosignatureMissing');
    expect(send(first, TRADE, { cosignature: first })).toBe('wrongSigner');
    expect(send(first, TRADE, { cosignature: byWallet(OTHER, { ...TRADE, nonce: 61 }) })).toBe('wrongSigner');
    expect(send(first, TRADE, { cosignature: bySession('lender', TRADE) })).toBe('wrongCosigner');
    expect(send(byWallet(OWNER, SUPPLY), SUPPLY, { cosignature: byWallet(OTHER, SUPPLY) })).toBe('cosignatureUnexpected');
  });
});

describe('a change of who is who', () => {
  const key = testSessionKey('new').key;
  const open: IdentityChange = {
    kind: 'openSession',
    owner: OWNER,
    key,
    scopes: ['read'],
    accounts: null,
    expiresAtMs: timeMs(2_000_000_000_000),
    nonce: 9,
  };
  const changes: readonly IdentityChange[] = [
    { kind: 'registerOwner', address: testAddress(ownerId(4_321)) },
    open,
    { ...open, accounts: TRADER_ACCOUNTS },
    { kind: 'revokeSession', owner: OWNER, key, nonce: 9 },
  ];
  const signer = (change: IdentityChange): OwnerId => (change.kind === 'registerOwner' ? ownerId(4_321) : change.owner);
  const sign = (change: IdentityChange, { domain = HERE, id = 'a', owner = signer(change) } = {}) =>
    walletSign(owner, identityTypedData(domain, id, change));
  const proofOf = (change: IdentityChange): string | null =>
    change.kind === 'openSession' ? sessionSign(change.key === key ? 'new' : 'other', openingMessage(HERE, 'a', change)) : null;
  const ask = (change: IdentityChange, signature: string, proof = proofOf(change)) =>
    fate(admitChange(context, { commandId: 'a', change, signature, proof }));

  test('opens a session for whoever holds its key alone', () => {
    const proof = proofOf(open);
    if (open.kind !== 'openSession') throw new Error('it opens');
    const ofOther = (changed: Partial<typeof open>, id = 'a', domain = HERE): string =>
      sessionSign('new', openingMessage(domain, id, { ...open, ...changed }));
    expect(ask(open, sign(open), proof)).toBe('accepted');
    expect(ask(open, sign(open), null)).toBe('malformedSignature');
    expect(ask(open, sign(open), 'aa')).toBe('malformedSignature');
    expect(ask(open, sign(open), sessionSign('other', openingMessage(HERE, 'a', open)))).toBe('wrongSigner');
    expect(ask(open, sign(open), ofOther({ owner: OTHER }))).toBe('wrongSigner');
    expect(ask(open, sign(open), ofOther({ scopes: ['withdraw'] }))).toBe('wrongSigner');
    expect(ask(open, sign(open), ofOther({}, 'b'))).toBe('wrongSigner');
    expect(ask(open, sign(open), ofOther({}, 'a', { ...HERE, name: 'x' }))).toBe('wrongSigner');
    const lowOrder: IdentityChange = { ...open, key: `01${'00'.repeat(31)}` };
    expect(ask(lowOrder, sign(lowOrder), proof)).toBe('lowOrderKey');
  });

  test.each(changes)('is accepted with the signature of the wallet, and refused with any other: $kind', (change) => {
    expect(ask(change, sign(change))).toBe('accepted');
    expect(ask(change, sign(change, { owner: OTHER }))).toBe('wrongSigner');
    expect(ask(change, sign(change, { domain: { ...HERE, name: 'x' } }))).toBe('wrongSigner');
    expect(ask(change, sign(change, { domain: { ...HERE, chainId: 1 } }))).toBe('wrongSigner');
    expect(ask(change, sign(change, { id: 'b' }))).toBe('wrongSigner');
    for (const other of changes)
      if (other !== change) expect(ask(change, sign(other, { owner: signer(change) }))).toBe('wrongSigner');
  });

  test('is refused when a session signs it: a session opens, extends and ends none', () => {
    const digest = Buffer.from('anything');
    expect(ask(open, sessionSign('lender', digest))).toBe('walletRequired');
    expect(ask(open, `0x${sessionSign('lender', digest)}`)).toBe('walletRequired');
    expect(ask(open, '0x00')).toBe('malformedSignature');
    expect(ask({ ...open, owner: ownerId(6_000) }, sign(open))).toBe('unknownSigner');
  });

  test('has a widened scope, another key, another expiry and a bound account in what is signed', () => {
    const widened: readonly IdentityChange[] = [
      { ...open, scopes: ['read', 'withdraw'] },
      { ...open, key: testSessionKey('other').key },
      { ...open, expiresAtMs: timeMs(2_000_000_000_001) },
      { ...open, accounts: [] },
      { ...open, nonce: 10 },
    ];
    for (const change of widened) expect(ask(change, sign(open))).toBe('wrongSigner');
  });
});

describe('what wallets and sessions sign', () => {
  test('is never the same for two commands, two ids or two purposes', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(arbitraryCommandJson(), fc.constantFrom('a', 'b'), (json, id) => {
        const decoded = commandFromJson(json);
        if (!decoded.ok) throw new Error(decoded.message);
        const hash = bytesToHex(commandHash(HERE, id, decoded.command));
        const text = id + JSON.stringify(json);
        expect(seen.get(hash) ?? text).toBe(text);
        seen.set(hash, text);
      }),
      { seed: 12, numRuns: 400 },
    );
    expect(seen.size).toBeGreaterThan(350);
  });
});
