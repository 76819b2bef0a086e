/** A whole service that publishers push to, over HTTP: who signed what, for which deployment, and how often. */

import { sign } from 'node:crypto';
import { ppm, price, sourceId, timeMs } from '@plimsoll/core/numeric';
import { encodeCanonical } from '@plimsoll/core/wire';
import { afterEach, expect, test } from 'vitest';
import type { ClientLimits } from '../api/clientLimits.ts';
import { DEFAULT_LIMITS } from '../api/limits.ts';
import { createClient, type SessionSigner } from '../client/apiClient.ts';
import { createSessionSigner, signPush } from '../client/signing.ts';
import { secondForm, testSessionKey } from '../identity/testing/testSigner.ts';
import { machineWait } from '../sources/network/wait.ts';
import { createRecordedAdapter } from '../sources/recorded.ts';
import { type PushedPrice, pushMessage } from '../sources/signedPush.ts';
import type { SourceHealth } from '../sources/sourceHealth.ts';
import { createSequencerFixture, temporaryFolder } from '../testing/sequencerFixture.ts';
import { DOLLAR_FEED, ETHER_FEED, SOURCE_OPERATORS, smallDeployment } from '../testing/smallDeployment.ts';
import { deploymentFromJson, deploymentToJson } from './deploymentFromJson.ts';
import { runService } from './runService.ts';
import { sourcesOfSettings } from './sourcesOfSettings.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

const PUBLISHERS = [testSessionKey('first publisher'), testSessionKey('second publisher')] as const;
const [FIRST, SECOND] = PUBLISHERS;
/** A source that nothing is pushed to. */
const PLAYED = 2;
const BURST = 5;
const ANY_RATE = { perSecond: 1_000_000, burst: 1_000_000 };

/** Two sources that are pushed to, and one that plays a recording of nothing. */
async function serve(signedRate: ClientLimits['signedRate'] = ANY_RATE) {
  const fixture = createSequencerFixture();
  const { folder, remove } = temporaryFolder();
  cleanUp.push(async () => remove());
  const sources = PUBLISHERS.map(({ key }, source) => ({
    kind: 'signedPush',
    source,
    operator: SOURCE_OPERATORS[source],
    trust: 'verified',
    perSecond: 1,
    burst: BURST,
    staleAfterMs: 5_000,
    publishers: [`0x${key.toUpperCase()}`],
  }));
  const read = deploymentFromJson({ ...Object(deploymentToJson(smallDeployment())), sources });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const service = await runService({
    deployment: read.deployment,
    folder,
    clock: fixture.clock,
    http: { host: '127.0.0.1', port: 0 },
    binary: null,
    apiLimits: {
      clients: { ...DEFAULT_LIMITS.clients, publicRate: ANY_RATE, signedRate, sessionRate: ANY_RATE, remembered: 16 },
    },
    sources: (parts) => [
      ...sourcesOfSettings(read.sources, {
        ...parts,
        variable: () => undefined,
        wait: machineWait,
        machineMs: () => 0,
        recording: () => [],
      }),
      {
        source: sourceId(PLAYED),
        actor: SOURCE_OPERATORS[2],
        adapter: createRecordedAdapter({ vouchedFor: 'the test' }),
        trust: 'verified',
        payloads: null,
        rate: { perSecond: 1, burst: 1 },
        staleAfterMs: 5_000,
      },
    ],
  });
  cleanUp.push(() => service.close());
  await fixture.seed(service.sequencer);
  const client = createClient({ baseUrl: service.url, deployment: smallDeployment() });
  const health = async (): Promise<readonly SourceHealth[]> =>
    (await client.listSources()).sources as unknown as readonly SourceHealth[];
  return {
    url: service.url,
    clock: fixture.clock,
    health,
    /** Of ether, at so many dollars, published so many milliseconds before now. */
    prices: (dollars: number, agoMs = 0): readonly PushedPrice[] => [
      {
        feed: ETHER_FEED,
        price: price(BigInt(dollars) * 1_000_000_000n),
        confidencePpm: ppm(10),
        publishTimeMs: timeMs(fixture.clock.now() - agoMs),
      },
    ],
    ether: async () => Number((await client.getFeed({ params: { id: ETHER_FEED } })).feed.price),
    status: async (source: number) => (await health())[source]?.status,
  };
}

type World = Awaited<ReturnType<typeof serve>>;

async function send(world: World, source: number, body: unknown) {
  const answer = await fetch(`${world.url}/v1/oracle/sources/${source}/pushes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const content = (await answer.json()) as { readonly code?: string; readonly detail?: string; readonly push?: unknown };
  return {
    status: answer.status,
    code: content.code,
    detail: content.detail,
    push: content.push,
    retryAfter: answer.headers.get('retry-after'),
  };
}

const signed = (prices: readonly PushedPrice[], publisher: SessionSigner, deployment = smallDeployment()) =>
  signPush(deployment, prices, publisher);

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const QUEUED = { status: 202, push: { status: 'queued', queued: 1, dropped: 0 } };
const REPEATED = { status: 202, push: { status: 'repeated', queued: 0, dropped: 1 } };

/** A second passes, both publishers say the price, and it is the one agreed. */
async function agreeOn(world: World, dollars: number): Promise<void> {
  world.clock.advance(1_000);
  for (const [source, publisher] of PUBLISHERS.entries())
    expect(await send(world, source, signed(world.prices(dollars), publisher))).toMatchObject(QUEUED);
  await until(async () => (await world.ether()) === dollars);
  await until(async () => (await world.health()).slice(0, 2).every(({ status }) => status === 'live'));
}

test('prices that publishers push move the feed, and their sources are live', async () => {
  const world = await serve();
  expect((await world.health()).map(({ kind, status }) => [kind, status])).toEqual([
    ['signedPush', 'starting'],
    ['signedPush', 'starting'],
    ['recorded', 'starting'],
  ]);
  await agreeOn(world, 201);
  await agreeOn(world, 203);
  const [first] = await world.health();
  expect(first).toMatchObject({ trust: 'verified', payloads: 2, accepted: 2, lastFault: null, lastPublishMs: world.clock.now() });
  expect(first?.lastReports).toMatchObject([{ feed: ETHER_FEED, price: '203000000000', verified: 'verified' }]);
});

test('what strangers send is refused by name, and nothing of it shows in the health of a source', async () => {
  const world = await serve();
  await agreeOn(world, 201);
  world.clock.advance(1_000);
  const before = await world.health();
  const prices = world.prices(190);
  const genuine = signed(prices, FIRST);
  const stranger = createSessionSigner();
  const elsewhere = { ...smallDeployment(), name: 'another' };
  const refused = async (source: number, body: unknown) => {
    const { status, code } = await send(world, source, body);
    return [status, code];
  };
  expect(await refused(0, signed(prices, stranger))).toEqual([401, 'unknownSigner']);
  expect(await refused(0, { ...signed(prices, stranger), key: FIRST.key })).toEqual([401, 'badSignature']);
  expect(await refused(0, { ...genuine, body: signed(world.prices(150), FIRST).body })).toEqual([401, 'badSignature']);
  expect(await refused(0, { ...genuine, signature: '0'.repeat(128) })).toEqual([401, 'badSignature']);
  const raised = secondForm(Buffer.from(genuine.signature, 'hex')).toString('hex');
  const malleated = await send(world, 0, { ...genuine, signature: raised });
  expect([malleated.status, malleated.code]).toEqual([401, 'badSignature']);
  expect(malleated.detail).toContain('the signature of the push is malleated');
  // Genuine words of a publisher, passed on to where they were not meant for.
  expect(await refused(0, signed(prices, FIRST, elsewhere))).toEqual([401, 'wrongDeployment']);
  expect(await refused(0, signed(prices, FIRST, { ...smallDeployment(), chainId: 1 }))).toEqual([401, 'wrongDeployment']);
  expect(await refused(1, genuine)).toEqual([401, 'unknownSigner']);
  expect(await refused(PLAYED, genuine)).toEqual([404, 'notPushed']);
  expect(await refused(9, genuine)).toEqual([404, 'unknownSource']);
  expect(await refused(0, { ...genuine, colour: 1 })).toEqual([400, undefined]);
  expect(await refused(0, { ...genuine, body: 'abc' })).toEqual([400, undefined]);
  for (let at = 0; at < 10 * BURST; at += 1) await send(world, 0, { ...genuine, signature: '1'.repeat(128) });
  expect(await world.health()).toEqual(before);
  expect(await world.ether()).toBe(201);
  expect(await send(world, 0, genuine)).toMatchObject(QUEUED);
}, 60_000);

test('a push that comes again is no news, and takes nothing from the rate of its source', async () => {
  const world = await serve();
  world.clock.advance(1_000);
  const old = signed(world.prices(200, 500), FIRST);
  const body = signed(world.prices(201), FIRST);
  const other = signed(world.prices(201), SECOND);
  // Many at once: one of them is taken.
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(world, 0, body)));
  expect(answers.filter(({ push }) => JSON.stringify(push) === JSON.stringify(QUEUED.push))).toHaveLength(1);
  expect(await send(world, 1, other)).toMatchObject(QUEUED);
  await until(async () => (await world.ether()) === 201);
  for (let at = 0; at < 10 * BURST; at += 1) {
    expect(await send(world, 0, body)).toMatchObject(REPEATED);
    // Never sent before, and older than what is known.
    expect(await send(world, 0, old)).toMatchObject(REPEATED);
  }
  const [first] = await world.health();
  expect(first).toMatchObject({ status: 'live', payloads: 1, accepted: 1, lastFault: null });
  expect(first?.dropped).toMatchObject({ flood: 0, repeated: 19 + 20 * BURST });
  for (let at = 1; at < BURST; at += 1) {
    world.clock.advance(10);
    expect(await send(world, 0, signed(world.prices(201), FIRST))).toMatchObject(QUEUED);
  }
}, 60_000);

test('a publisher that floods degrades its own source alone', async () => {
  const world = await serve();
  await agreeOn(world, 201);
  const answers: Awaited<ReturnType<typeof send>>[] = [];
  for (let at = 0; at < 8 * BURST; at += 1) {
    world.clock.advance(1);
    answers.push(await send(world, 0, signed(world.prices(201), FIRST)));
  }
  const flood = answers.filter(({ status }) => status === 429);
  expect(flood.length).toBeGreaterThan(BURST);
  for (const { code, retryAfter } of flood) expect([code, retryAfter]).toEqual(['flood', '1']);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(answers.length - flood.length);
  const [first, second] = await world.health();
  expect(first).toMatchObject({ status: 'flooding', dropped: { flood: flood.length } });
  expect(second).toMatchObject({ status: 'live', lastFault: null, dropped: { flood: 0 } });
  world.clock.advance(1_000);
  expect(await send(world, 1, signed(world.prices(202), SECOND))).toMatchObject(QUEUED);
  await until(async () => (await world.health())[1]?.accepted === 2);
}, 60_000);

test('a mistake that a publisher signed is its own: the source fails until it does well again', async () => {
  const world = await serve();
  await agreeOn(world, 201);
  const wrong = signed([{ feed: DOLLAR_FEED, price: 0n, confidencePpm: 0, publishTimeMs: 0 }] as never, FIRST);
  const { status, code } = await send(world, 0, wrong);
  expect([status, code]).toEqual([400, 'valueOutOfRange']);
  const failing = (await world.health())[0];
  expect(failing).toMatchObject({ status: 'failing', dropped: { faulty: 1 }, lastFault: { code: 'valueOutOfRange' } });
  // Whoever sends it again says nothing more against it.
  world.clock.advance(100);
  expect((await send(world, 0, wrong)).code).toBe('valueOutOfRange');
  expect((await world.health())[0]).toEqual(failing);
  expect(await world.status(1)).toBe('live');
  await agreeOn(world, 202);
}, 60_000);

test('signed bytes that name no deployment are nobody’s words, because they may be meant for another', async () => {
  const world = await serve();
  const before = await world.health();
  const nonsense = encodeCanonical({ prices: [] });
  const { key, privateKey } = FIRST;
  const signature = sign(null, pushMessage(nonsense), privateKey).toString('hex');
  const { status, code } = await send(world, 0, { key, body: Buffer.from(nonsense).toString('hex'), signature });
  expect([status, code]).toEqual([400, 'malformedPayload']);
  expect(await world.health()).toEqual(before);
});

test('the rate of an address bounds what strangers may have checked', async () => {
  const world = await serve({ perSecond: 0.001, burst: 3 });
  const forged = { ...signed(world.prices(201), FIRST), signature: '0'.repeat(128) };
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(world, 0, forged)));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
  const shed = answers.filter(({ status }) => status === 429);
  expect(shed).toHaveLength(7);
  for (const { code, retryAfter } of shed) expect([code, retryAfter]).toEqual([undefined, '1000']);
  expect((await world.health())[0]).toMatchObject({ status: 'starting', payloads: 0, lastFault: null });
});
