/**
 * Encoders of the formats that the adapters read, written from the documentation and sharing nothing with the readers: they sign with keys of
 * their own, so that tests hold both sides.
 */

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';

export interface TestSigner {
  readonly privateKey: Uint8Array;
  /** Lower-case address with 0x. */
  readonly address: string;
}

export function testSigner(seed: number): TestSigner {
  const privateKey = keccak_256(Buffer.from(`oracle ${seed}`));
  const publicKey = secp256k1.getPublicKey(privateKey, false);
  return { privateKey, address: `0x${Buffer.from(keccak_256(publicKey.slice(1)).slice(12)).toString('hex')}` };
}

function ecdsa(digest: Uint8Array, signer: TestSigner): { readonly compact: Buffer; readonly v: number } {
  const recovered = secp256k1.sign(digest, signer.privateKey, { prehash: false, format: 'recovered' });
  return { compact: Buffer.from(recovered.subarray(1)), v: recovered[0] ?? 0 };
}

function bigEndian(value: bigint, bytes: number): Buffer {
  return Buffer.from(
    BigInt.asUintN(bytes * 8, value)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  );
}
const u8 = (value: number): Buffer => bigEndian(BigInt(value), 1);
const u16 = (value: number): Buffer => bigEndian(BigInt(value), 2);
const u32 = (value: number): Buffer => bigEndian(BigInt(value), 4);

// ── Pyth ─────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface PythMessage {
  readonly id: string;
  readonly price: bigint;
  readonly conf: bigint;
  readonly expo: number;
  readonly publishTime: bigint;
}

export interface PythEncoding {
  readonly guardians: readonly TestSigner[];
  /** Indexes of those who sign. */
  readonly signing: readonly number[];
  readonly guardianSet: number;
  readonly emitter: { readonly chain: number; readonly address: string };
}

export function encodePythMessage({ id, price, conf, expo, publishTime }: PythMessage): Buffer {
  return Buffer.concat([
    u8(0),
    Buffer.from(id, 'hex'),
    bigEndian(price, 8),
    bigEndian(conf, 8),
    bigEndian(BigInt(expo), 4),
    bigEndian(publishTime, 8),
    bigEndian(publishTime - 1n, 8),
    bigEndian(price, 8),
    bigEndian(conf, 8),
  ]);
}

/** An accumulator update over whole messages: a tree as deep as it takes, padded with empty leaves. */
export function encodePythUpdate(messages: readonly Uint8Array[], encoding: PythEncoding): Buffer {
  let depth = 0;
  while (1 << depth < messages.length) depth += 1;
  const node = (bytes: Uint8Array): Buffer => Buffer.from(keccak_256(bytes).slice(0, 20));
  const width = 1 << depth;
  const tree: Buffer[] = [];
  for (let i = 0; i < width; i += 1) {
    const message = messages[i];
    tree[width + i] = node(message === undefined ? u8(2) : Buffer.concat([u8(0), message]));
  }
  for (let i = width - 1; i >= 1; i -= 1) {
    const pair = [tree[2 * i] ?? Buffer.alloc(0), tree[2 * i + 1] ?? Buffer.alloc(0)].sort(Buffer.compare);
    tree[i] = node(Buffer.concat([u8(1), ...pair]));
  }
  const root = tree[1] ?? Buffer.alloc(20);
  const payload = Buffer.concat([Buffer.from('AUWV'), u8(0), bigEndian(77n, 8), u32(10_000), root]);
  const vaa = encodeVaa(payload, encoding);
  const updates = messages.map((message, index) => {
    const path: Buffer[] = [];
    for (let at = width + index; at > 1; at >>= 1) path.push(tree[at ^ 1] ?? Buffer.alloc(20));
    return Buffer.concat([u16(message.length), message, u8(path.length), ...path]);
  });
  return Buffer.concat([Buffer.from('PNAU'), u8(1), u8(0), u8(0), u8(0), u16(vaa.length), vaa, u8(messages.length), ...updates]);
}

export function encodeVaa(payload: Uint8Array, { guardians, signing, guardianSet, emitter }: PythEncoding): Buffer {
  const body = Buffer.concat([
    u32(1_700_000_000),
    u32(5),
    u16(emitter.chain),
    Buffer.from(emitter.address, 'hex'),
    bigEndian(9n, 8),
    u8(1),
    payload,
  ]);
  const digest = keccak_256(keccak_256(body));
  const signatures = signing.map((index) => {
    const signer = guardians[index];
    if (signer === undefined) throw new Error(`there is no guardian ${index}`);
    const { compact, v } = ecdsa(digest, signer);
    return Buffer.concat([u8(index), compact, u8(v)]);
  });
  return Buffer.concat([u8(1), u32(guardianSet), u8(signatures.length), ...signatures, body]);
}

// ── Chainlink ────────────────────────────────────────────────────────────────────────────────────────────────────
export interface ChainlinkFields {
  readonly feedId: string;
  readonly observations: bigint;
  readonly price: bigint;
  readonly bid: bigint;
  readonly ask: bigint;
}

export interface ChainlinkEncoding {
  readonly signers: readonly TestSigner[];
  readonly configDigest: string;
}

export function encodeReportV3({ feedId, observations, price, bid, ask }: ChainlinkFields): Buffer {
  const words = [observations, observations, 11n, 12n, observations + 86_400n, price, bid, ask];
  return Buffer.concat([Buffer.from(feedId, 'hex'), ...words.map((word) => bigEndian(word, 32))]);
}

export function encodeFullReport(report: Uint8Array, { signers, configDigest }: ChainlinkEncoding): Buffer {
  const context = Buffer.concat([Buffer.from(configDigest, 'hex'), bigEndian(0x4b0b_4006n, 32), Buffer.alloc(32)]);
  const digest = keccak_256(Buffer.concat([keccak_256(report), context]));
  const signatures = signers.map((signer) => ecdsa(digest, signer));
  const rawVs = Buffer.alloc(32);
  for (const [place, { v }] of signatures.entries()) rawVs[place] = v;
  const padded = Buffer.concat([report, Buffer.alloc((32 - (report.length % 32)) % 32)]);
  const offsetReport = 7 * 32;
  const offsetR = offsetReport + 32 + padded.length;
  const offsetS = offsetR + 32 + 32 * signatures.length;
  return Buffer.concat([
    context,
    ...[offsetReport, offsetR, offsetS].map((offset) => bigEndian(BigInt(offset), 32)),
    rawVs,
    bigEndian(BigInt(report.length), 32),
    padded,
    bigEndian(BigInt(signatures.length), 32),
    ...signatures.map(({ compact }) => compact.subarray(0, 32)),
    bigEndian(BigInt(signatures.length), 32),
    ...signatures.map(({ compact }) => compact.subarray(32)),
  ]);
}
