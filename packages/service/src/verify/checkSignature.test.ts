import { generateKeyPairSync, sign } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSignature } from './checkSignature.ts';
import { checkEd25519Key } from './ed25519.ts';
import { recoverAddress, recoveryOf, secp256k1Backend, secp256k1Warning } from './secp256k1.ts';

const ORDER = secp256k1.Point.Fn.ORDER;

function walletSignature(digest: Uint8Array, privateKey: Uint8Array) {
  const recovered = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' });
  const signature = Buffer.concat([recovered.subarray(1), Buffer.from([recovered[0] ?? 0])]);
  const publicKey = secp256k1.getPublicKey(privateKey, false);
  const address = `0x${Buffer.from(keccak_256(publicKey.subarray(1)).subarray(12)).toString('hex')}`;
  return { signature, address };
}

function sessionKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  return { key, sign: (message: Uint8Array) => sign(null, message, privateKey) };
}

describe('a wallet signature', () => {
  const digest = keccak_256(Buffer.from('who signed this'));
  const wallet = walletSignature(digest, new Uint8Array(32).fill(7));
  const job = { kind: 'secp256k1', digest, ...wallet } as const;

  it('is valid for its signer, with v from 0 and from 27', () => {
    expect(checkSignature(job)).toBe('valid');
    const classic = Buffer.from(wallet.signature);
    classic[64] = (classic[64] ?? 0) + 27;
    expect(checkSignature({ ...job, signature: classic })).toBe('valid');
  });

  it('is somebody else’s for another address, another digest or another v', () => {
    expect(checkSignature({ ...job, address: `0x${'11'.repeat(20)}` })).toBe('wrongSigner');
    expect(checkSignature({ ...job, digest: keccak_256(Buffer.from('another')) })).toBe('wrongSigner');
    const flipped = Buffer.from(wallet.signature);
    flipped[64] = 1 - (flipped[64] ?? 0);
    expect(checkSignature({ ...job, signature: flipped })).toBe('wrongSigner');
  });

  it('is malleated in its second form, although that recovers the same wallet', () => {
    const s = BigInt(`0x${wallet.signature.subarray(32, 64).toString('hex')}`);
    const second = Buffer.from(wallet.signature);
    second.write((ORDER - s).toString(16).padStart(64, '0'), 32, 'hex');
    second[64] = 1 - (second[64] ?? 0);
    expect(recoverAddress(digest, second.subarray(0, 64), recoveryOf(second[64]) ?? 0)).toBe(wallet.address);
    expect(checkSignature({ ...job, signature: second })).toBe('malleated');
  });

  it('is malformed with a wrong length or recovery id, and nobody’s with r or s out of range', () => {
    expect(checkSignature({ ...job, signature: wallet.signature.subarray(0, 64) })).toBe('malformed');
    expect(checkSignature({ ...job, digest: digest.subarray(1) })).toBe('malformed');
    const strange = Buffer.from(wallet.signature);
    strange[64] = 29;
    expect(checkSignature({ ...job, signature: strange })).toBe('malformed');
    const zero = Buffer.from(wallet.signature).fill(0, 0, 32);
    expect(checkSignature({ ...job, signature: zero })).toBe('wrongSigner');
    const beyond = Buffer.from(wallet.signature).fill(0xff, 0, 32);
    expect(checkSignature({ ...job, signature: beyond })).toBe('wrongSigner');
  });

  it('recovers the same with the native and the portable implementation', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        fc.constantFrom(0, 1),
        (digestBytes, signature, recovery) => {
          expect(recoverAddress(digestBytes, signature, recovery as 0 | 1, 'native')).toBe(
            recoverAddress(digestBytes, signature, recovery as 0 | 1, 'portable'),
          );
        },
      ),
      { seed: 17, numRuns: 100 },
    );
    expect(recoverAddress(digest, wallet.signature.subarray(0, 64), recoveryOf(wallet.signature[64]) ?? 0, 'portable')).toBe(
      wallet.address,
    );
    expect(secp256k1Warning() === null).toBe(secp256k1Backend() === 'native');
  });
});

describe('a session key signature', () => {
  const session = sessionKey();
  const message = Buffer.from('frame');
  const job = { kind: 'ed25519', message, signature: session.sign(message), key: session.key } as const;

  it('is valid for its key and message alone', () => {
    expect(checkSignature(job)).toBe('valid');
    expect(checkSignature({ ...job, message: Buffer.from('frames') })).toBe('wrongSigner');
    expect(checkSignature({ ...job, key: sessionKey().key })).toBe('wrongSigner');
    expect(checkSignature({ ...job, signature: job.signature.subarray(1) })).toBe('malformed');
  });

  it('is malleated with S raised by the group order, and from the order itself on', () => {
    const order = ed25519.Point.Fn.ORDER;
    const s = BigInt(`0x${Buffer.from(job.signature.subarray(32)).reverse().toString('hex')}`);
    const raised = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse();
    const signature = Buffer.concat([job.signature.subarray(0, 32), raised]);
    expect(checkSignature({ ...job, signature })).toBe('malleated');
    const withS = (value: bigint) =>
      Buffer.concat([job.signature.subarray(0, 32), Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()]);
    expect(checkSignature({ ...job, signature: withS(order) })).toBe('malleated');
    expect(checkSignature({ ...job, signature: withS(order - 1n) })).toBe('wrongSigner');
  });

  it('is refused under each of the eight points of low order, whose forgeries would pass', () => {
    const generator = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
    const points = [ed25519.Point.ZERO];
    for (let i = 1; i < 8; i += 1) points.push((points[i - 1] ?? ed25519.Point.ZERO).add(generator));
    const keys = points.map((point) => point.toHex());
    expect(new Set(keys).size).toBe(8);
    for (const key of keys) expect(checkEd25519Key(key)).toBe('lowOrderKey');
    const forged = Buffer.concat([Buffer.from(ed25519.Point.ZERO.toBytes()), Buffer.alloc(32)]);
    const identity = ed25519.Point.ZERO.toHex();
    expect(checkSignature({ kind: 'ed25519', message, signature: forged, key: identity })).toBe('lowOrderKey');
  });

  it('knows one form of a key: lower case, and y below the prime', () => {
    expect(checkEd25519Key(session.key)).toBe('valid');
    expect(checkEd25519Key(session.key.toUpperCase())).toBe(session.key === session.key.toUpperCase() ? 'valid' : 'malformed');
    expect(checkEd25519Key(`ed${'ff'.repeat(30)}7f`)).toBe('malformed');
    expect(checkEd25519Key('00')).toBe('malformed');
  });
});
