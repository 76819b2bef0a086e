/** The adapters, each with encoders that share nothing with it: what both conformance suites run over. */

import { feedId } from '@plimsoll/core/numeric';
import { testKey } from '../../binary/testing/testKeys.ts';
import { createInThreadVerifier } from '../../verify/inThreadVerifier.ts';
import { createChainlinkAdapter } from '../chainlinkDataStreams.ts';
import { createPythHermesAdapter, type PythHermesParameters } from '../pythHermes.ts';
import { createRecordedAdapter } from '../recorded.ts';
import { createSignedPushAdapter, type PushedPrice, pushBody, pushMessage, type SignedPush } from '../signedPush.ts';
import { guardianQuorum } from '../wormhole.ts';
import type { AdapterUnderTest } from './conformance.ts';
import { PYTH_BTC_ID, PYTH_ETH_ID } from './documentedPayloads.ts';
import {
  encodeFullReport,
  encodePythMessage,
  encodePythUpdate,
  encodeReportV3,
  type PythEncoding,
  testSigner,
} from './payloadEncoders.ts';

const verifier = createInThreadVerifier();

// ── Pyth ─────────────────────────────────────────────────────────────────────────────────────────────────────────
export const guardians = Array.from({ length: 7 }, (_, index) => testSigner(index));
export const emitter = { chain: 26, address: 'ab'.repeat(32) };
const pythIds = [PYTH_BTC_ID, PYTH_ETH_ID] as const;
export const pythParameters: PythHermesParameters = {
  feeds: pythIds.map((remote, feed) => ({ remote, feed: feedId(feed), feedUnits: 1n })),
  guardianSets: [{ index: 3, guardians: guardians.map(({ address }) => address), quorum: guardianQuorum(7) }],
  emitters: [emitter],
  verifier,
};
export const quorum: PythEncoding = { guardians, signing: [0, 1, 3, 4, 6], guardianSet: 3, emitter };
export const pyth = createPythHermesAdapter(pythParameters);

/** Mantissas of 1e-8: prices come in steps of 10 nano USD. */
export function pythMessages(prices: readonly PushedPrice[]): readonly Buffer[] {
  return prices.map(({ feed, price, confidencePpm, publishTimeMs }) =>
    encodePythMessage({
      id: pythIds[feed] ?? '',
      price: price / 10n,
      conf: ((price / 10n) * BigInt(confidencePpm) + 999_999n) / 1_000_000n,
      expo: -8,
      publishTime: BigInt(publishTimeMs / 1_000),
    }),
  );
}

const wholeBytes = { toBytes: (payload: unknown) => payload as Uint8Array, fromBytes: (bytes: Uint8Array): unknown => bytes };

const pythUnderTest: AdapterUnderTest = {
  name: 'Pyth Hermes',
  adapter: pyth,
  encode: (prices) => encodePythUpdate(pythMessages(prices), quorum),
  forged: (prices) =>
    encodePythUpdate(pythMessages(prices), { ...quorum, guardians: guardians.map((_, index) => testSigner(50 + index)) }),
  unknown: (prices) =>
    encodePythUpdate(pythMessages(prices), {
      ...quorum,
      guardians: [...guardians, testSigner(99)],
      signing: [...quorum.signing, 7],
    }),
  bytes: wholeBytes,
  pricesMax: 2,
  mayRepeat: false,
};

// ── Chainlink ────────────────────────────────────────────────────────────────────────────────────────────────────
export const oracles = Array.from({ length: 4 }, (_, index) => testSigner(100 + index));
export const configDigest = '0006'.padEnd(64, '7');
export const streams = ['0003'.padEnd(64, 'a'), '0003'.padEnd(64, 'b')] as const;
export const chainlink = createChainlinkAdapter({
  feeds: streams.map((remote, feed) => ({ remote, feed: feedId(feed), feedUnits: 1n, decimals: 18 })),
  oracleSets: [{ configDigest, signers: oracles.map(({ address }) => address), faultyMax: 1 }],
});

/** 18 decimals: 1e9 to a nano USD. The interval is not symmetric; its wider side counts. */
export function chainlinkReport(one: PushedPrice): Buffer {
  const mantissa = one.price * 10n ** 9n;
  const half = (mantissa * BigInt(one.confidencePpm)) / 1_000_000n;
  return encodeReportV3({
    feedId: streams[one.feed] ?? '',
    observations: BigInt(one.publishTimeMs / 1_000),
    price: mantissa,
    bid: mantissa - half / 2n,
    ask: mantissa + half,
  });
}

export function onePrice(prices: readonly PushedPrice[]): PushedPrice {
  const [first] = prices;
  if (first === undefined) throw new Error('a report has one price');
  return first;
}

const [oracle] = oracles;

const chainlinkUnderTest: AdapterUnderTest = {
  name: 'Chainlink Data Streams',
  adapter: chainlink,
  encode: (prices) => encodeFullReport(chainlinkReport(onePrice(prices)), { signers: oracles.slice(1, 3), configDigest }),
  // Signatures name nobody: what is forged is that two signed where one did.
  forged: (prices) =>
    encodeFullReport(chainlinkReport(onePrice(prices)), { signers: oracle === undefined ? [] : [oracle, oracle], configDigest }),
  unknown: (prices) =>
    encodeFullReport(chainlinkReport(onePrice(prices)), { signers: [testSigner(7), testSigner(8)], configDigest }),
  bytes: wholeBytes,
  pricesMax: 1,
  mayRepeat: false,
};

// ── signed push ──────────────────────────────────────────────────────────────────────────────────────────────────
export const deployment = { chainId: 31_337, name: 'push-test' };
export const publisher = testKey(61);
export const push = createSignedPushAdapter({ deployment, publishers: [publisher.key], verifier });

export function pushed(prices: readonly PushedPrice[], key = publisher, meant = deployment): SignedPush {
  const body = pushBody(meant, prices);
  return { key: key.key, body, signature: key.sign(pushMessage(body)) };
}

const pushUnderTest: AdapterUnderTest = {
  name: 'signed push',
  adapter: push,
  encode: (prices) => pushed(prices),
  forged: (prices) => pushed(prices, { key: publisher.key, sign: testKey(62).sign }),
  unknown: (prices) => pushed(prices, testKey(62)),
  bytes: {
    toBytes: (payload) => {
      const { signature, body } = payload as SignedPush;
      return Buffer.concat([signature as Uint8Array, body as Uint8Array]);
    },
    fromBytes: (bytes) => ({ key: publisher.key, signature: bytes.slice(0, 64), body: bytes.slice(64) }),
  },
  pricesMax: 20,
  mayRepeat: true,
};

// ── recorded ─────────────────────────────────────────────────────────────────────────────────────────────────────
const recordedUnderTest: AdapterUnderTest = {
  name: 'recorded',
  adapter: createRecordedAdapter({ vouchedFor: 'the scenario file has its published checksum' }),
  encode: (prices) => prices,
  forged: null,
  unknown: null,
  bytes: null,
  pricesMax: 20,
  mayRepeat: true,
};

export const adaptersUnderTest: readonly AdapterUnderTest[] = [
  recordedUnderTest,
  pythUnderTest,
  chainlinkUnderTest,
  pushUnderTest,
];
