import { feedId, price, timeMs } from '@plimsoll/core/numeric';
import { encodeCanonical } from '@plimsoll/core/wire';
import { describe, expect, it } from 'vitest';
import { testKey } from '../binary/testing/testKeys.ts';
import { recoverAddress } from '../verify/secp256k1.ts';
import { createChainlinkAdapter } from './chainlinkDataStreams.ts';
import { parseFullReport, parseReportV3 } from './chainlinkReport.ts';
import { dataStreamsLatest } from './network/dataStreamsEndpoint.ts';
import { createPythHermesAdapter } from './pythHermes.ts';
import { createRecordedAdapter } from './recorded.ts';
import { createSignedPushAdapter, pushMessage } from './signedPush.ts';
import {
  adaptersUnderTest,
  chainlink,
  chainlinkReport,
  configDigest,
  deployment,
  emitter,
  guardians,
  onePrice,
  oracles,
  publisher,
  push,
  pushed,
  pyth,
  pythMessages,
  pythParameters,
  quorum,
  streams,
} from './testing/adaptersUnderTest.ts';
import { describeConformance, examplePrices } from './testing/conformance.ts';
import {
  CHAINLINK_CONFIGURATION,
  CHAINLINK_ETH_ID,
  CHAINLINK_REPORT_NOVEMBER,
  CHAINLINK_REPORT_OCTOBER,
  GUARDIAN_SET_4,
  PYTH_BTC_ID,
  PYTH_PARSED_ANSWER,
  PYTH_UPDATE,
  PYTHNET_EMITTER,
} from './testing/documentedPayloads.ts';
import { encodeFullReport, encodePythMessage, encodePythUpdate, encodeReportV3, testSigner } from './testing/payloadEncoders.ts';
import { guardianQuorum } from './wormhole.ts';

for (const one of adaptersUnderTest) describeConformance(one);

const CALM = { faults: [], ignored: 0 };

// ── Pyth ─────────────────────────────────────────────────────────────────────────────────────────────────────────
describe('the Pyth Hermes adapter, beyond that,', () => {
  const update = encodePythUpdate(pythMessages(examplePrices), quorum);

  it('reads an update that really was published, and verifies it under the guardians of that time', async () => {
    const adapter = createPythHermesAdapter({
      ...pythParameters,
      guardianSets: [{ index: 4, guardians: GUARDIAN_SET_4, quorum: guardianQuorum(19) }],
      emitters: [PYTHNET_EMITTER],
    });
    const why = 'signed by 13 guardians of set 4, proved by Merkle path';
    const answer = await adapter.decode({ binary: { encoding: 'hex', data: [PYTH_UPDATE] }, parsed: [] });
    expect(answer).toEqual({
      ok: true,
      reports: [
        { feed: 0, price: 59_240_026_454_610n, confidencePpm: 427, publishTimeMs: 1_724_826_310_000, verified: 'verified', why },
        { feed: 1, price: 2_466_823_229_090n, confidencePpm: 353, publishTimeMs: 1_724_826_310_000, verified: 'verified', why },
      ],
      ...CALM,
    });
    const base64 = { binary: { encoding: 'base64', data: [Buffer.from(PYTH_UPDATE, 'hex').toString('base64')] } };
    expect(await adapter.decode(base64)).toEqual(answer);
  });

  it('shows parsed prices as unverified: nobody signed them', async () => {
    expect(await pyth.decode(PYTH_PARSED_ANSWER)).toEqual({
      ok: true,
      reports: [
        {
          feed: 0,
          price: 29_206_794_999_990n,
          confidencePpm: 175,
          publishTimeMs: 1_717_632_000_000,
          verified: 'unverified',
          why: 'parsed prices of Hermes carry no signature',
        },
      ],
      ...CALM,
    });
  });

  it('takes the signed updates of an answer and not what stands beside them', async () => {
    const lie = { ...PYTH_PARSED_ANSWER, binary: { encoding: 'hex', data: [update.toString('hex')] } };
    const result = await pyth.decode(lie);
    expect(result.ok && result.reports.map(({ price: value }) => value)).toEqual(examplePrices.map(({ price: value }) => value));
  });

  it('shows an update of a guardian set whose keys are not held as unverified', async () => {
    const result = await pyth.decode(encodePythUpdate(pythMessages(examplePrices), { ...quorum, guardianSet: 4 }));
    expect(result.ok && result.reports.map(({ verified, why }) => ({ verified, why }))).toEqual(
      examplePrices.map(() => ({ verified: 'unverified', why: 'the keys of guardian set 4 are not held' })),
    );
  });

  it('asks nothing of the emitter of an update whose signatures it does not check', async () => {
    const stranger = { ...quorum, guardianSet: 4, emitter: { ...emitter, chain: 1 } };
    const result = await pyth.decode(encodePythUpdate(pythMessages(examplePrices), stranger));
    expect(result).toMatchObject({ ok: true, reports: [{ verified: 'unverified' }, { verified: 'unverified' }] });
  });

  it('takes more than two thirds of the guardians, in rising order, each for itself', async () => {
    expect([1, 3, 7, 13, 19].map(guardianQuorum)).toEqual([1, 3, 5, 9, 13]);
    const sign = (signing: readonly number[]) =>
      pyth.decode(encodePythUpdate(pythMessages(examplePrices), { ...quorum, signing }));
    expect(await sign([0, 1, 2, 3])).toMatchObject({
      ok: false,
      code: 'tooFewSignatures',
      message: '4 guardians signed, and it takes 5',
    });
    expect(await sign([0, 1, 1, 1, 1])).toMatchObject({ ok: false, code: 'badSignature' });
    expect(await sign([1, 0, 2, 3, 4])).toMatchObject({ ok: false, code: 'badSignature' });
    const nobody = [...guardians, testSigner(99)];
    const extra = encodePythUpdate(pythMessages(examplePrices), { ...quorum, guardians: nobody, signing: [0, 1, 2, 3, 7] });
    expect(await pyth.decode(extra)).toMatchObject({ ok: false, code: 'unknownSigner' });
  });

  it('takes three of five where the operator says that three are a quorum, as Pyth does since August 2026', async () => {
    const five = guardians.slice(0, 5);
    const routers = createPythHermesAdapter({
      ...pythParameters,
      guardianSets: [{ index: 0, guardians: five.map(({ address }) => address), quorum: 3 }],
    });
    const sign = (signing: readonly number[]) =>
      routers.decode(encodePythUpdate(pythMessages(examplePrices), { ...quorum, guardians: five, guardianSet: 0, signing }));
    expect(await sign([0, 2, 4])).toMatchObject({ ok: true, reports: [{ verified: 'verified' }, { verified: 'verified' }] });
    expect(await sign([2, 4])).toMatchObject({
      ok: false,
      code: 'tooFewSignatures',
      message: '2 guardians signed, and it takes 3',
    });
  });

  it('refuses a root that another emitter signed, and a price that is not in the tree', async () => {
    const stranger = encodePythUpdate(pythMessages(examplePrices), { ...quorum, emitter: { ...emitter, chain: 1 } });
    expect(await pyth.decode(stranger)).toMatchObject({ ok: false, code: 'unknownEmitter' });
    const other = encodePythUpdate(pythMessages([...examplePrices].reverse()), quorum);
    const vaaEnd = 10 + update.readUInt16BE(8);
    const grafted = Buffer.concat([update.subarray(0, vaaEnd), other.subarray(vaaEnd)]);
    // The tree of both orders has the same root, so the proof holds: a price is proved by its content, not its place.
    expect(await pyth.decode(grafted)).toMatchObject({ ok: true });
    const raised = Buffer.from(update);
    const priceAt = raised.indexOf(Buffer.from(PYTH_BTC_ID, 'hex')) + 32 + 7;
    raised[priceAt] = (raised[priceAt] ?? 0) ^ 1;
    expect(await pyth.decode(raised)).toMatchObject({ ok: false, code: 'badProof' });
  });

  it('leaves out feeds that are not mapped, messages without a price, and prices that are none', async () => {
    const ids = ['a1', 'a2', 'a3', 'a4'].map((byte) => byte.repeat(32));
    const adapter = createPythHermesAdapter({
      ...pythParameters,
      feeds: ids.map((remote, feed) => ({ remote, feed: feedId(feed), feedUnits: 1n })),
    });
    const good = { id: ids[0] ?? '', price: 5n, conf: 0n, expo: 0, publishTime: 1n };
    const messages = [
      encodePythMessage({ ...good, id: 'cd'.repeat(32) }),
      Buffer.concat([Buffer.of(1), Buffer.alloc(100)]),
      Buffer.alloc(0),
      encodePythMessage({ ...good, id: ids[1] ?? '', price: 0n }),
      encodePythMessage({ ...good, id: ids[2] ?? '', price: -5n }),
      encodePythMessage({ ...good, id: ids[3] ?? '', expo: -12 }),
      Buffer.concat([encodePythMessage(good), Buffer.from('grown')]),
    ];
    const result = await adapter.decode(encodePythUpdate(messages, quorum));
    expect(result).toMatchObject({
      ok: true,
      ignored: 3,
      reports: [{ feed: 0, price: 5_000_000_000n, confidencePpm: 0, publishTimeMs: 1_000 }],
    });
    expect(result.ok && result.faults.map(({ feed, code }) => ({ feed, code }))).toEqual(
      [1, 2, 3].map((feed) => ({ feed, code: 'valueOutOfRange' })),
    );
  });

  it('converts to feed units', async () => {
    const adapter = createPythHermesAdapter({
      ...pythParameters,
      feeds: [{ remote: PYTH_BTC_ID, feed: feedId(4), feedUnits: 1_000n }],
    });
    const result = await adapter.decode(encodePythUpdate(pythMessages(examplePrices.slice(0, 1)), quorum));
    expect(result).toMatchObject({ ok: true, reports: [{ feed: 4, price: 59_240_026_454n }] });
  });
});

// ── Chainlink ────────────────────────────────────────────────────────────────────────────────────────────────────
describe('the Chainlink Data Streams adapter, beyond that,', () => {
  const report = chainlinkReport(onePrice(examplePrices));
  const sign = (...signers: readonly number[]) =>
    chainlink.decode(encodeFullReport(report, { signers: signers.map((index) => testSigner(index)), configDigest }));

  it('reads reports that really were published', () => {
    const report = parseReportV3(parseFullReport(Buffer.from(CHAINLINK_REPORT_NOVEMBER.slice(2), 'hex')).report);
    expect(report).toEqual({
      feedId: CHAINLINK_ETH_ID,
      observationsSeconds: 1_732_280_128n,
      expiresSeconds: 1_732_366_528n,
      price: 3_353_151_968_509_396_700_000n,
      bid: 3_353_129_257_778_281_000_000n,
      ask: 3_353_262_200_000_000_000_000n,
    });
  });

  it('recovers from two reports of different months the same two oracles: what is signed is what we hash', async () => {
    const signersOf = (text: string) => {
      const { digest, signatures } = parseFullReport(Buffer.from(text.slice(2), 'hex'));
      return signatures.map(({ compact, v }) => recoverAddress(digest, compact, v === 0 ? 0 : 1));
    };
    const signers = ['0xdd3210a31d062cada9f37c69305032b7e5594e25', '0x72cce7298ae2f6e516be2f2343ebedf863548d12'];
    expect(signersOf(CHAINLINK_REPORT_NOVEMBER)).toEqual(signers);
    expect(signersOf(CHAINLINK_REPORT_OCTOBER)).toEqual(signers);
    const adapter = createChainlinkAdapter({
      feeds: [{ remote: CHAINLINK_ETH_ID, feed: feedId(1), feedUnits: 1n, decimals: 18 }],
      oracleSets: [{ configDigest: CHAINLINK_CONFIGURATION, signers, faultyMax: 1 }],
    });
    const expected = {
      ok: true,
      reports: [
        {
          feed: 1,
          price: 3_353_151_968_509n,
          confidencePpm: 33,
          publishTimeMs: 1_732_280_128_000,
          verified: 'verified',
          why: 'signed by 2 of 2 oracles',
        },
      ],
      ...CALM,
    };
    for (const payload of [
      CHAINLINK_REPORT_NOVEMBER,
      { fullReport: CHAINLINK_REPORT_NOVEMBER },
      { report: { fullReport: CHAINLINK_REPORT_NOVEMBER } },
    ])
      expect(await adapter.decode(payload)).toEqual(expected);
  });

  it('takes more signers than may be faulty, each once', async () => {
    expect(await sign(100)).toMatchObject({ ok: false, code: 'tooFewSignatures', message: '1 oracles signed, and it takes 2' });
    expect(await sign(100, 100)).toMatchObject({ ok: false, code: 'badSignature' });
    expect(await sign(100, 55)).toMatchObject({ ok: false, code: 'unknownSigner' });
    expect(await sign(100, 101, 102, 103)).toMatchObject({ ok: true });
  });

  it('shows a report of oracles whose keys are not held as unverified', async () => {
    const result = await chainlink.decode(
      encodeFullReport(report, { signers: [testSigner(1)], configDigest: '0006'.padEnd(64, '8') }),
    );
    expect(result).toMatchObject({
      ok: true,
      reports: [{ verified: 'unverified', why: 'the signers of configuration 0006888888888888… are not held' }],
    });
  });

  it('refuses what nobody signed whose keys are held, where verified prices alone are asked for', async () => {
    const elsewhere = encodeFullReport(report, { signers: [testSigner(1)], configDigest: '0006'.padEnd(64, '8') });
    expect(await chainlink.decode(elsewhere, 'unverified')).toMatchObject({ ok: true });
    expect(await chainlink.decode(elsewhere, 'verified')).toEqual({
      ok: false,
      code: 'unverified',
      message: 'the signers of configuration 0006888888888888… are not held',
    });
  });

  it('refuses a report that is longer than any before it is read', async () => {
    const endpoint = { url: new URL('https://api.example'), ids: [CHAINLINK_ETH_ID] };
    const [request] = dataStreamsLatest(endpoint, { key: 'k', secret: 's' }, 0);
    const bytes = request?.answerMax.bytes ?? 0;
    // The longest report that there may be, with the most signatures, fits an answer; what was published is an eighth of one.
    const longest = encodeFullReport(Buffer.alloc(4_096), {
      signers: Array.from({ length: 32 }, () => testSigner(1)),
      configDigest,
    });
    expect(parseFullReport(longest).signatures).toHaveLength(32);
    expect(2 * longest.length).toBeLessThan(bytes);
    expect(8 * CHAINLINK_REPORT_NOVEMBER.length).toBeLessThan(bytes);
    const longer = Buffer.concat([longest, Buffer.alloc(32)]);
    for (const payload of [longer, `0x${longer.toString('hex')}`, { report: { fullReport: longer.toString('hex') } }])
      expect(await chainlink.decode(payload)).toEqual({
        ok: false,
        code: 'malformedPayload',
        message: `a full report has at most ${longest.length} bytes`,
      });
  });

  it('names schemas that it does not read, leaves out streams that are not mapped, and prices that are none', async () => {
    const signers = oracles.slice(0, 2);
    const fields = { feedId: '0008'.padEnd(64, '1'), observations: 5n, price: 1n, bid: 1n, ask: 1n };
    expect(await chainlink.decode(encodeFullReport(encodeReportV3(fields), { signers, configDigest }))).toMatchObject({
      ok: false,
      code: 'unsupported',
    });
    const unmapped = encodeReportV3({ ...fields, feedId: '0003'.padEnd(64, '1') });
    expect(await chainlink.decode(encodeFullReport(unmapped, { signers, configDigest }))).toEqual({
      ok: true,
      reports: [],
      faults: [],
      ignored: 1,
    });
    const negative = encodeReportV3({ ...fields, feedId: streams[0], price: -1n });
    expect(await chainlink.decode(encodeFullReport(negative, { signers, configDigest }))).toMatchObject({
      ok: true,
      reports: [],
      faults: [{ feed: 0, code: 'valueOutOfRange' }],
    });
  });
});

// ── signed push ──────────────────────────────────────────────────────────────────────────────────────────────────
describe('the signed push adapter, beyond that,', () => {
  it('takes hexadecimal as well as bytes', async () => {
    const { key, body, signature } = pushed(examplePrices);
    const hex = (bytes: Uint8Array | string) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('hex'));
    expect(await push.decode({ key, body: hex(body), signature: hex(signature) })).toEqual(
      await push.decode({ key, body, signature }),
    );
  });

  it('refuses a publisher that is not registered, and prices meant for another deployment', async () => {
    expect(await push.decode(pushed(examplePrices, testKey(62)))).toMatchObject({ ok: false, code: 'unknownSigner' });
    expect(await push.decode(pushed(examplePrices, publisher, { ...deployment, name: 'other' }))).toMatchObject({
      ok: false,
      code: 'wrongDeployment',
    });
    expect(await push.decode(pushed(examplePrices, publisher, { ...deployment, chainId: 1 }))).toMatchObject({
      ok: false,
      code: 'wrongDeployment',
    });
  });

  it('has no signature checked that cannot be one, and repeats no long name', async () => {
    let checked = 0;
    const counting = createSignedPushAdapter({
      deployment,
      publishers: [publisher.key],
      verifier: {
        verify: async (jobs) => {
          checked += jobs.length;
          return jobs.map(() => 'valid');
        },
      },
    });
    const { key, body } = pushed(examplePrices);
    for (const bytes of [0, 63, 65, 100_000])
      expect(await counting.decode({ key, body, signature: 'ab'.repeat(bytes) })).toMatchObject({ code: 'badSignature' });
    expect(checked).toBe(0);
    const elsewhere = pushed(examplePrices, publisher, { ...deployment, name: 'x'.repeat(10_000) });
    const answer = await counting.decode(elsewhere);
    expect(answer).toMatchObject({ ok: false, code: 'wrongDeployment' });
    expect(answer.ok ? '' : answer.message).toHaveLength('the push is meant for "" on chain 31337'.length + 64);
  });

  it('calls its own what a publisher signed for this deployment, right or wrong, and nothing else', async () => {
    const genuine = pushed(examplePrices);
    const own = await push.readPush(genuine);
    expect(own).toMatchObject({ isOwn: true, result: { ok: true, reports: [{ feed: 0 }, { feed: 1 }] } });
    expect(await push.readPush({ ...genuine })).toEqual(own);
    const [first, second] = examplePrices;
    const wrong = await push.readPush(pushed([{ ...first, price: 0n }, second] as never));
    expect(wrong).toMatchObject({ isOwn: true, result: { ok: false, code: 'valueOutOfRange' } });
    expect(wrong.isOwn && own.isOwn && wrong.digest !== own.digest).toBe(true);
    const elsewhere = pushed(examplePrices, publisher, { ...deployment, chainId: 1 });
    expect(await push.readPush(elsewhere)).toMatchObject({ isOwn: false, fault: { code: 'wrongDeployment' } });
    for (const field of ['body', 'signature'] as const) {
      const bytes = Buffer.from(genuine[field]);
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect((await push.readPush({ ...genuine, [field]: flipped })).isOwn, `bit ${bit} of the ${field}`).toBe(false);
      }
    }
  });

  it('refuses a signed body that is canonical and yet no push', async () => {
    const signed = (value: unknown) => {
      const body = encodeCanonical(value);
      return push.decode({ key: publisher.key, body, signature: publisher.sign(pushMessage(body)) });
    };
    const good = {
      chainId: 31_337,
      deployment: 'push-test',
      prices: [{ feed: 0, price: 1n, confidencePpm: 0, publishTimeMs: 0 }],
    };
    expect(await signed(good)).toMatchObject({ ok: true });
    expect(await signed({ ...good, extra: 1 })).toMatchObject({ ok: false, code: 'malformedPayload' });
    for (const wrong of [
      { price: 0n },
      { price: 1 },
      { feed: -1 },
      { feed: 0.5 },
      { confidencePpm: -1 },
      { publishTimeMs: 8.64e15 + 2 },
    ]) {
      const prices = [{ feed: 0, price: 1n, confidencePpm: 0, publishTimeMs: 0, ...wrong }];
      expect(await signed({ ...good, prices })).toMatchObject({ ok: false, code: 'valueOutOfRange' });
    }
  });
});

// ── recorded ─────────────────────────────────────────────────────────────────────────────────────────────────────
describe('the recorded adapter, beyond that,', () => {
  it('takes single ticks, and calls a recording that nobody vouches for unverified', async () => {
    const tick = {
      feed: feedId(3),
      price: price(7n),
      confidencePpm: onePrice(examplePrices).confidencePpm,
      publishTimeMs: timeMs(5),
    };
    expect(await createRecordedAdapter({ vouchedFor: null }).decode(tick)).toEqual({
      ok: true,
      reports: [{ ...tick, verified: 'unverified', why: 'nobody vouches for the recording' }],
      ...CALM,
    });
  });
});
