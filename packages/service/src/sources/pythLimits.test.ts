/** What an answer of Hermes may cost before, and after, it is known to be Pyth's: hashes and signatures are counted, not timed. */

import { keccak_256 } from '@noble/hashes/sha3.js';
import { feedId } from '@plimsoll/core/numeric';
import { describe, expect, it, vi } from 'vitest';
import { createInThreadVerifier } from '../verify/inThreadVerifier.ts';
import type { SignatureJob } from '../verify/signatureJob.ts';
import { createPythHermesAdapter } from './pythHermes.ts';
import { hermesAnswerMax, PATH_NODES_MAX } from './pythLimits.ts';
import { emitter, guardians, pythParameters, quorum } from './testing/adaptersUnderTest.ts';
import {
  GUARDIAN_SET_4,
  PYTH_BTC_ID,
  PYTH_ETH_ID,
  PYTH_PARSED_ANSWER,
  PYTH_UPDATE,
  PYTHNET_EMITTER,
} from './testing/documentedPayloads.ts';
import { encodePythMessage, encodePythUpdate, encodeVaa, type PythEncoding } from './testing/payloadEncoders.ts';

const counted = vi.hoisted(() => ({ hashes: 0 }));
vi.mock('@noble/hashes/sha3.js', async (original) => {
  const real = await original<{ readonly keccak_256: typeof keccak_256 }>();
  const counting = new Proxy(real.keccak_256, {
    apply(hash, self, given) {
      counted.hashes += 1;
      return Reflect.apply(hash, self, given);
    },
  });
  return { ...real, keccak_256: counting };
});
const node = (bytes: Uint8Array): Buffer => Buffer.from(keccak_256(bytes).subarray(0, 20));

const inThread = createInThreadVerifier();
let signatures = 0;
const verifier = {
  verify: (jobs: readonly SignatureJob[]) => {
    signatures += jobs.length;
    return inThread.verify(jobs);
  },
};

const ids = Array.from({ length: 64 }, (_, feed) => feed.toString(16).padStart(2, '0').repeat(32));
const feeds = ids.map((remote, feed) => ({ remote, feed: feedId(feed), feedUnits: 1n }));
const adapter = createPythHermesAdapter({ ...pythParameters, feeds, verifier });
const UNHELD: PythEncoding = { guardians: [], signing: [], guardianSet: 999, emitter };

function messageOf(id: string, publishTime = 1_795_400_000n): Buffer {
  return encodePythMessage({ id, price: 100n, conf: 1n, expo: -2, publishTime });
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** An update whose messages all lie at the end of a path of so many nodes, with the root that it leads to: of the first message, if they differ. */
function deepUpdate(messages: readonly Buffer[], nodes: number, signing: PythEncoding): Buffer {
  const path = Array.from({ length: nodes }, (_, place) => Buffer.alloc(20, place + 1));
  let root = node(Buffer.concat([Buffer.of(0), messages[0] ?? Buffer.alloc(0)]));
  for (const sibling of path) {
    const pair = Buffer.compare(root, sibling) <= 0 ? [root, sibling] : [sibling, root];
    root = node(Buffer.concat([Buffer.of(1), ...pair]));
  }
  const vaa = encodeVaa(Buffer.concat([Buffer.from('AUWV'), Buffer.of(0), Buffer.alloc(12), root]), signing);
  const proved = messages.map((message) => Buffer.concat([u16(message.length), message, Buffer.of(nodes), ...path]));
  const head = Buffer.concat([Buffer.from('PNAU'), Buffer.of(1, 0, 0, 0), u16(vaa.length), vaa]);
  return Buffer.concat([head, Buffer.of(messages.length), ...proved]);
}

function answerOf(updates: readonly Buffer[]) {
  return { binary: { encoding: 'base64', data: updates.map((update) => update.toString('base64')) } };
}

/** What reading a payload costs. */
async function costOf(payload: unknown, trust?: 'verified' | 'unverified', read = adapter) {
  counted.hashes = 0;
  signatures = 0;
  const result = await read.decode(payload, trust);
  return { result, hashes: counted.hashes, signatures };
}

describe('an answer of Hermes', () => {
  it('that nobody signed whose keys are held costs a verified source not one hash', async () => {
    const updates = ids.map((id) => deepUpdate([messageOf(id)], PATH_NODES_MAX, UNHELD));
    expect(await costOf(answerOf(updates), 'verified')).toEqual({
      result: { ok: false, code: 'unverified', message: 'the keys of guardian set 999 are not held' },
      hashes: 0,
      signatures: 0,
    });
    // Nor does one such update beside a genuine one.
    const genuine = encodePythUpdate([messageOf(ids[0] ?? '')], quorum);
    const both = await costOf(answerOf([genuine, deepUpdate([messageOf(ids[1] ?? '')], 1, UNHELD)]), 'verified');
    expect(both).toMatchObject({ result: { code: 'unverified' }, hashes: 0, signatures: 0 });
  });

  it('of parsed prices is refused by a verified source, as no signature stands beside them', async () => {
    expect(await adapter.decode(PYTH_PARSED_ANSWER, 'verified')).toEqual({
      ok: false,
      code: 'unverified',
      message: 'parsed prices of Hermes carry no signature',
    });
  });

  it('costs an unverified source one path a feed at most, and so no more than the feeds that it asked for', async () => {
    const worst = ids.map((id) => deepUpdate([messageOf(id)], PATH_NODES_MAX, UNHELD));
    const { result, hashes, signatures: checked } = await costOf(answerOf(worst), 'unverified');
    expect(result).toMatchObject({ ok: true, ignored: 0 });
    expect(result.ok && result.reports.length).toBe(64);
    expect([hashes, checked]).toEqual([64 * (1 + PATH_NODES_MAX), 0]);
  });

  it.each<[string, () => readonly Buffer[]]>([
    ['names a price twice in an update', () => [deepUpdate(Array(2).fill(messageOf(ids[0] ?? '')), 4, UNHELD)]],
    ['names a price in two updates', () => Array(2).fill(deepUpdate([messageOf(ids[0] ?? '')], 4, quorum))],
    ['has a path of more nodes than a tree has levels', () => [deepUpdate([messageOf(ids[0] ?? '')], 33, UNHELD)]],
    [
      'has a message that is too long',
      () => [deepUpdate([Buffer.concat([messageOf(ids[0] ?? ''), Buffer.alloc(1_000)])], 1, quorum)],
    ],
    ['has more updates than feeds', () => Array(65).fill(encodePythUpdate([messageOf('ff'.repeat(32))], quorum))],
    ['has a VAA that is too long', () => [withLongRoot()]],
  ])('that %s is refused before anything is hashed or checked', async (_, updates) => {
    const cost = await costOf(answerOf(updates()));
    expect(cost).toMatchObject({ result: { ok: false, code: 'malformedPayload' }, hashes: 0, signatures: 0 });
  });

  function withLongRoot(): Buffer {
    const vaa = encodeVaa(Buffer.concat([Buffer.from('AUWV'), Buffer.of(0), Buffer.alloc(1_100)]), quorum);
    return Buffer.concat([Buffer.from('PNAU'), Buffer.of(1, 0, 0, 0), u16(vaa.length), vaa, Buffer.of(0)]);
  }

  it('is not walked for prices that are not mapped, nor are signatures of an update that has no other', async () => {
    const strangers = Array.from({ length: 255 }, (_, place) => messageOf(`ff${place.toString(16).padStart(2, '0')}`.repeat(16)));
    const alone = await costOf(deepUpdate(strangers, 20, quorum));
    expect(alone).toEqual({ result: { ok: true, reports: [], faults: [], ignored: 255 }, hashes: 0, signatures: 0 });
    const mixed = deepUpdate([messageOf(ids[7] ?? ''), ...strangers.slice(1)], 20, quorum);
    const { result, hashes, signatures: checked } = await costOf(mixed);
    expect(result).toMatchObject({ ok: true, reports: [{ feed: 7, verified: 'verified' }], ignored: 254 });
    // Twice for what guardians signed, once a recovered address, and the path.
    expect([hashes, checked]).toEqual([2 + quorum.signing.length + 21, quorum.signing.length]);
  });

  it('whose signatures do not hold is not walked at all', async () => {
    const forged = { ...quorum, guardians: [...guardians].reverse() };
    const { result, hashes } = await costOf(deepUpdate([messageOf(ids[0] ?? '')], PATH_NODES_MAX, forged));
    expect(result).toMatchObject({ ok: false, code: 'badSignature' });
    expect(hashes).toBe(2 + quorum.signing.length);
  });

  it('ends at the first path that leads elsewhere', async () => {
    // Signed for the first message alone; the second has a path that is as long.
    const update = deepUpdate([messageOf(ids[0] ?? ''), ...ids.slice(1).map((id) => messageOf(id))], PATH_NODES_MAX, quorum);
    const { result, hashes } = await costOf(update);
    expect(result).toMatchObject({ ok: false, code: 'badProof' });
    expect(hashes).toBe(2 + quorum.signing.length + 2 * (1 + PATH_NODES_MAX));
  });

  it('is refused when it is longer than an answer for its feeds, as bytes or as text', async () => {
    const one = createPythHermesAdapter({ ...pythParameters, feeds: feeds.slice(0, 1), verifier });
    const { bytes } = hermesAnswerMax(1);
    const long = Buffer.alloc(bytes + 1);
    for (const payload of [long, { binary: { encoding: 'hex', data: ['00'.repeat(bytes)] } }])
      expect(await costOf(payload, undefined, one)).toMatchObject({ result: { code: 'malformedPayload' }, hashes: 0 });
  });
});

describe('the longest answer of Hermes', () => {
  it('is several times what was published, however its feeds are spread over updates', async () => {
    const published = JSON.stringify({ binary: { encoding: 'hex', data: [PYTH_UPDATE] } });
    expect(published.length).toBe(3_119);
    expect(hermesAnswerMax(2).bytes).toBeGreaterThan(5 * published.length);
    // Each of 64 feeds in an update of its own, with all 19 guardians and the longest path that is read.
    const nineteen = {
      ...quorum,
      guardians: Array(19).fill(guardians[0]),
      signing: Array.from({ length: 19 }, (_, index) => index),
    };
    const spread = deepUpdate([messageOf(PYTH_BTC_ID)], PATH_NODES_MAX, nineteen).toString('hex');
    expect(64 * (spread.length + 3)).toBeLessThan(hermesAnswerMax(64).bytes);
  });

  it('takes in what really was published, bit for bit, as before', async () => {
    const mainnet = createPythHermesAdapter({
      feeds: [PYTH_BTC_ID, PYTH_ETH_ID].map((remote, feed) => ({ remote, feed: feedId(feed), feedUnits: 1n })),
      guardianSets: [{ index: 4, guardians: GUARDIAN_SET_4, quorum: 13 }],
      emitters: [PYTHNET_EMITTER],
      verifier,
    });
    const { result, hashes } = await costOf({ binary: { encoding: 'hex', data: [PYTH_UPDATE] } }, 'verified', mainnet);
    expect(result).toMatchObject({ ok: true, reports: [{ verified: 'verified' }, { verified: 'verified' }] });
    expect(hashes).toBe(2 + 13 + 2 * 11);
  });
});
