import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Command } from '@plimsoll/core/engine';
import { accountId, amount, assetId, feedId, ownerId, ppm, price, sourceId, timeMs } from '@plimsoll/core/numeric';
import { decodeCanonical, encodeCanonical } from '@plimsoll/core/wire';
import { type Benchmark, timed } from '@plimsoll/lab/bench/benchmark';
import { commandFromJson, commandFromPlain, commandHash, commandToJson, typedDataOf } from '../src/commands/commandTable.ts';
import { typedDataDigest } from '../src/identity/typedData.ts';
import { checkSignature } from '../src/verify/checkSignature.ts';
import { secp256k1Backend } from '../src/verify/secp256k1.ts';

const DOMAIN = { chainId: 31_337, name: 'bench' };
const SIGNATURES = 500;
const COMMANDS = 20_000;
/** Typed data is hashed in JavaScript, which costs more. */
const DIGESTS = 500;

const WITHDRAW: Command = {
  kind: 'withdraw',
  actor: ownerId(100),
  nonce: 7,
  account: accountId(3),
  asset: assetId(0),
  amount: amount(2_500_000n),
};
const REPORT: Command = {
  kind: 'reportPrices',
  actor: ownerId(10),
  nonce: 8,
  source: sourceId(0),
  prices: [0, 1, 2].map((feed) => ({
    feed: feedId(feed),
    price: price(200_000_000_000n),
    confidencePpm: ppm(100),
    publishTimeMs: timeMs(1_584_000_000_000),
  })),
};

/** Every one must hold, or what was measured is not the work. */
function each(count: number, work: (index: number) => boolean): () => void {
  return () => {
    for (let i = 0; i < count; i += 1) if (!work(i)) throw new Error('A benchmark of identity was refused.');
  };
}

export const benches: readonly Benchmark[] = [
  {
    name: `wallet signatures recovered and compared with an address, one thread, ${secp256k1Backend()} secp256k1`,
    unit: 'recovery',
    run: () => {
      const privateKey = keccak_256(new TextEncoder().encode('cow'));
      const address = `0x${Buffer.from(keccak_256(secp256k1.getPublicKey(privateKey, false).subarray(1)).subarray(12)).toString('hex')}`;
      const jobs = Array.from({ length: SIGNATURES }, (_, index) => {
        const digest = keccak_256(Uint8Array.of(index & 255, index >> 8));
        const signed = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' });
        return { kind: 'secp256k1', digest, signature: Uint8Array.of(...signed.subarray(1), signed[0] ?? 0), address } as const;
      });
      const check = each(SIGNATURES, (index) => {
        const job = jobs[index];
        return job !== undefined && checkSignature(job) === 'valid';
      });
      return timed(SIGNATURES, check);
    },
  },
  {
    name: 'session signatures checked over the hash of a command, one thread',
    unit: 'check',
    run: () => {
      const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
      const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      const key = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
      const jobs = Array.from({ length: SIGNATURES }, (_, index) => {
        const message = commandHash(DOMAIN, `id-${index}`, WITHDRAW);
        return { kind: 'ed25519', message, signature: sign(null, message, privateKey), key } as const;
      });
      const check = each(SIGNATURES, (index) => {
        const job = jobs[index];
        return job !== undefined && checkSignature(job) === 'valid';
      });
      return timed(SIGNATURES, check);
    },
  },
  {
    name: 'commands read from parsed JSON, half withdrawals, half reports of three prices',
    unit: 'command',
    run: () => {
      const json = [WITHDRAW, REPORT].map(commandToJson);
      return timed(
        COMMANDS,
        each(COMMANDS, (index) => commandFromJson(json[index & 1]).ok),
      );
    },
  },
  {
    name: 'commands checked as decoded canonical values, half withdrawals, half reports of three prices',
    unit: 'command',
    run: () => {
      const plain = [WITHDRAW, REPORT].map((command) => {
        const decoded = decodeCanonical(encodeCanonical(command));
        return decoded.ok ? decoded.value : null;
      });
      return timed(
        COMMANDS,
        each(COMMANDS, (index) => commandFromPlain(plain[index & 1]).ok),
      );
    },
  },
  {
    name: 'what a session signs for a withdrawal, hashed',
    unit: 'hash',
    run: () =>
      timed(
        COMMANDS,
        each(COMMANDS, (index) => commandHash(DOMAIN, `id-${index}`, WITHDRAW).length === 32),
      ),
  },
  {
    name: 'what a wallet signs for a withdrawal, hashed',
    unit: 'digest',
    run: () =>
      timed(
        DIGESTS,
        each(DIGESTS, (index) => typedDataDigest(typedDataOf(DOMAIN, `id-${index}`, WITHDRAW)).length === 32),
      ),
  },
];
