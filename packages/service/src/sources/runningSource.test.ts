/** A source that is pushed to, and what strangers can do to it with words of its own: by counting, not by time. */

import { type FeedId, feedId, ownerId, ppm, price, sourceId, type TimeMs, timeMs } from '@plimsoll/core/numeric';
import { expect, test } from 'vitest';
import { testKey } from '../binary/testing/testKeys.ts';
import { createInThreadVerifier } from '../verify/inThreadVerifier.ts';
import { createRunningSource, type SubmitReports } from './runningSource.ts';
import { createSignedPushAdapter, type PushedPrice, pushBody, pushMessage, type SignedPush } from './signedPush.ts';
import type { SourceAdapter } from './sourceReport.ts';
import { chainlink, chainlinkReport, onePrice } from './testing/adaptersUnderTest.ts';
import { examplePrices } from './testing/conformance.ts';
import { encodeFullReport, testSigner } from './testing/payloadEncoders.ts';

const DEPLOYMENT = { chainId: 31_337, name: 'push-test' };
const publisher = testKey(61);
const ETHER = feedId(1);
/** The source is not registered for it. */
const OTHER = feedId(77);
const BURST = 40;

function setup(
  adapter: SourceAdapter = createSignedPushAdapter({
    deployment: DEPLOYMENT,
    publishers: [publisher.key],
    verifier: createInThreadVerifier(),
  }),
) {
  let nowMs = 1_000_000;
  let etherMs: TimeMs | null = null;
  const reports: SubmitReports = {
    mayReport: async () => ({ isWithheld: false, feeds: new Map([[ETHER, etherMs]]) }),
    submit: async (_, reported) => ({ kind: 'accepted', feeds: new Set(reported.map(({ feed }) => feed)) }),
  };
  const source = createRunningSource(
    {
      source: sourceId(2),
      actor: ownerId(12),
      adapter,
      trust: 'verified',
      payloads: null,
      rate: { perSecond: 20, burst: BURST },
      staleAfterMs: 60_000,
    },
    { clock: { now: () => timeMs(nowMs) }, flushMs: 0, nowMs: () => nowMs },
    reports,
  );
  return {
    source,
    /** What the core has of the source. */
    restart(has: TimeMs): void {
      etherMs = has;
    },
    pass(ms: number): void {
      nowMs += ms;
    },
    say: (...feeds: readonly FeedId[]): SignedPush => signed(feeds.map((feed) => tick(feed, nowMs))),
  };
}

function tick(feed: FeedId, publishTimeMs: number): PushedPrice {
  return { feed, price: price(200_000_000_000n), confidencePpm: ppm(10), publishTimeMs: timeMs(publishTimeMs) };
}

function signed(prices: readonly PushedPrice[]): SignedPush {
  const body = pushBody(DEPLOYMENT, prices);
  return { key: publisher.key, body, signature: publisher.sign(pushMessage(body)) };
}

/** Everything that its operator looks at. */
function shownOf({ source }: ReturnType<typeof setup>) {
  const { dropped, lastFault, ...rest } = source.health();
  const { repeated, ...others } = dropped;
  return { repeated, shown: { ...rest, others, lastFault } };
}

test('a publisher is not flooded out with its own old pushes, although the source is not registered for a feed in them', async () => {
  const world = setup();
  const { source, pass, say } = world;
  const old: SignedPush[] = [];
  for (let i = 0; i < 1_100; i += 1) {
    pass(100);
    const push = say(ETHER, OTHER);
    old.push(push);
    expect(await source.push(push)).toMatchObject({ kind: 'queued' });
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = shownOf(world);
  // All are older than what the source remembers of single pushes, and there are far more than its burst.
  const replayed = old.slice(0, 2 * BURST);
  for (const push of replayed) expect(await source.push(push)).toEqual({ kind: 'repeated', dropped: 2 });
  const after = shownOf(world);
  expect(after.shown).toEqual(before.shown);
  expect(after.repeated).toBe(before.repeated + 2 * replayed.length);
  pass(10);
  expect(await source.push(say(ETHER))).toEqual({ kind: 'queued', queued: 1, dropped: 0 });
  await source.stop();
});

test('nor with pushes of feeds for which it is not registered alone, nor in any other order', async () => {
  const world = setup();
  const { source, pass, say } = world;
  const early = say(OTHER);
  pass(1_000);
  expect(await source.push(say(OTHER, ETHER))).toMatchObject({ kind: 'queued' });
  // It never came here: and yet what is known is newer.
  expect(await source.push(early)).toEqual({ kind: 'repeated', dropped: 1 });
  expect(source.health()).toMatchObject({ payloads: 1 });
  await source.stop();
});

test('nor with its own mistakes, however many good pushes came since', async () => {
  const world = setup();
  const { source, pass, say } = world;
  const mistake = signed([{ ...tick(ETHER, 5), price: 0n as never }]);
  expect(await source.push(mistake)).toMatchObject({ kind: 'refused', isOwn: true, fault: { code: 'valueOutOfRange' } });
  for (let i = 0; i < 1_030; i += 1) {
    pass(100);
    await source.push(say(ETHER));
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = shownOf(world);
  for (let i = 0; i < 2 * BURST; i += 1) expect(await source.push(mistake)).toMatchObject({ kind: 'refused', isOwn: true });
  expect(shownOf(world)).toEqual(before);
  await source.stop();
});

test('a push from the future silences nobody, and is known when it comes again', async () => {
  const world = setup();
  const { source, pass, say } = world;
  const ahead = Array.from({ length: 20 }, (_, second) => signed([tick(ETHER, 9_000_000 + second), tick(OTHER, 9_000_000)]));
  for (const push of ahead) {
    pass(100);
    expect(await source.push(push)).toMatchObject({ kind: 'queued' });
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = shownOf(world);
  for (const push of ahead) expect(await source.push(push)).toEqual({ kind: 'repeated', dropped: 2 });
  expect(shownOf(world).shown).toEqual(before.shown);
  pass(100);
  expect(await source.push(say(OTHER))).toMatchObject({ kind: 'queued' });
  expect((await source.push(say(OTHER))).kind).toBe('repeated');
  await source.stop();
});

test('nor after a restart, when the core alone knows what it said', async () => {
  const world = setup();
  const { source, pass, say, restart } = world;
  const old: SignedPush[] = [];
  for (let i = 0; i < 2 * BURST; i += 1) {
    pass(100);
    old.push(say(ETHER));
  }
  restart(timeMs(1_000_000 + 2 * BURST * 100));
  for (const push of old) expect(await source.push(push)).toEqual({ kind: 'repeated', dropped: 1 });
  expect(source.health()).toMatchObject({ payloads: 0, dropped: { flood: 0, repeated: 2 * BURST } });
  pass(1);
  expect(await source.push(say(ETHER))).toMatchObject({ kind: 'queued' });
  await source.stop();
});

test('what is above the rate is not remembered: the publisher may send it again', async () => {
  const { source, pass, say } = setup();
  for (let i = 0; i < BURST; i += 1) {
    pass(1);
    expect(await source.push(say(ETHER))).toMatchObject({ kind: 'queued' });
  }
  const above = say(ETHER, OTHER);
  expect(await source.push(above)).toMatchObject({ kind: 'flood' });
  pass(1_000);
  expect(await source.push(above)).toMatchObject({ kind: 'queued' });
  await source.stop();
});

test('a payload that is refused as unverified counts as unverified, and the source is failing for it', async () => {
  const { source } = setup(chainlink);
  const payload = encodeFullReport(chainlinkReport(onePrice(examplePrices)), {
    signers: [testSigner(1)],
    configDigest: '0006'.padEnd(64, '8'),
  });
  expect(source.offer(payload)).toBe(true);
  await source.stop();
  expect(source.health()).toMatchObject({
    status: 'failing',
    dropped: { unverified: 1, faulty: 0 },
    lastFault: { code: 'unverified', message: 'the signers of configuration 0006888888888888… are not held' },
  });
});
