/** A whole service whose prices come over sockets: settings as in a deployment file, endpoints that behave, and one that does not. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ppm, price, timeMs } from '@plimsoll/core/numeric';
import { afterEach, expect, test } from 'vitest';
import { createClient } from '../client/apiClient.ts';
import { dataStreamsHeaders } from '../sources/network/dataStreamsEndpoint.ts';
import { machineWait } from '../sources/network/wait.ts';
import type { PushedPrice } from '../sources/signedPush.ts';
import type { SourceHealth } from '../sources/sourceHealth.ts';
import {
  chainlinkReport,
  configDigest,
  emitter,
  guardians,
  oracles,
  pythMessages,
  quorum,
  streams,
} from '../sources/testing/adaptersUnderTest.ts';
import { PYTH_BTC_ID, PYTH_ETH_ID } from '../sources/testing/documentedPayloads.ts';
import { encodeFullReport, encodePythUpdate } from '../sources/testing/payloadEncoders.ts';
import { type Answering, json, type PriceServer, startPriceServer } from '../sources/testing/priceServer.ts';
import { createSequencerFixture, temporaryFolder } from '../testing/sequencerFixture.ts';
import { DOLLAR_FEED, ETHER_FEED, SOURCE_OPERATORS, smallDeployment } from '../testing/smallDeployment.ts';
import { deploymentFromJson, deploymentToJson } from './deploymentFromJson.ts';
import { type RunningService, runService } from './runService.ts';
import { SourceCredentialError, sourcesOfSettings } from './sourcesOfSettings.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

const VARIABLES: Readonly<Record<string, string>> = {
  PYTH_KEY: 'pyth-key',
  STREAMS_KEY: 'streams-key',
  STREAMS_SECRET: 'hidden',
};

const basics = { trust: 'verified', perSecond: 200, burst: 40, staleAfterMs: 5_000 };
const waits = { timeoutMs: 20_000, firstRetryMs: 50, longestRetryMs: 200 };

function hermes(source: number, url: string, rest: object = {}) {
  return {
    kind: 'pythHermes',
    source,
    operator: SOURCE_OPERATORS[source],
    ...basics,
    url,
    ...waits,
    keyVariable: 'PYTH_KEY',
    delivery: { kind: 'poll', everyMs: 50 },
    feeds: [
      { remote: `0x${PYTH_BTC_ID}`, feed: DOLLAR_FEED, feedUnits: '1' },
      { remote: PYTH_ETH_ID, feed: ETHER_FEED, feedUnits: '1' },
    ],
    guardianSets: [{ index: 3, quorum: 5, guardians: guardians.map(({ address }) => address) }],
    emitters: [emitter],
    ...rest,
  };
}

function dataStreams(source: number, url: string) {
  return {
    kind: 'chainlinkDataStreams',
    source,
    operator: SOURCE_OPERATORS[source],
    ...basics,
    url,
    ...waits,
    keyVariable: 'STREAMS_KEY',
    secretVariable: 'STREAMS_SECRET',
    everyMs: 50,
    feeds: streams.map((remote, feed) => ({ remote, feed, feedUnits: '1', decimals: 18 })),
    oracleSets: [{ configDigest, faultyMax: 1, signers: oracles.map(({ address }) => address) }],
  };
}

/** What the market says now, on all endpoints that are honest. */
interface Market {
  dollars: number;
  readonly now: () => number;
}

function tick({ now }: Market, dollars: number): PushedPrice {
  const publishTimeMs = timeMs(Math.floor(now() / 1_000) * 1_000);
  return { feed: ETHER_FEED, price: price(BigInt(dollars) * 1_000_000_000n), confidencePpm: ppm(10), publishTimeMs };
}

function hermesAnswer(market: Market, dollars: number, signing = quorum.signing) {
  const update = encodePythUpdate(pythMessages([tick(market, dollars)]), { ...quorum, signing });
  return { binary: { encoding: 'hex', data: [update.toString('hex')] } };
}

const honestHermes =
  (market: Market): Answering =>
  (request, response) =>
    json(hermesAnswer(market, market.dollars))(request, response);

/** Answers nobody whose signature does not fit, as the service itself does. */
const honestStreams =
  (market: Market): Answering =>
  (request: IncomingMessage, response: ServerResponse) => {
    const { headers, url = '', method = '' } = request;
    const nowMs = Number(headers['x-authorization-timestamp']);
    const signed = dataStreamsHeaders({ method, path: url, body: '', nowMs }, { key: 'streams-key', secret: 'hidden' });
    if (Object.entries(signed).some(([name, value]) => headers[name.toLowerCase()] !== value))
      return void response.writeHead(401).end();
    const feed = streams.findIndex((remote) => url.endsWith(`feedID=0x${remote}`));
    const dollars = feed === ETHER_FEED ? market.dollars : 1;
    const report = chainlinkReport({ ...tick(market, dollars), feed: feed === ETHER_FEED ? ETHER_FEED : DOLLAR_FEED });
    const fullReport = `0x${encodeFullReport(report, { signers: oracles.slice(0, 2), configDigest }).toString('hex')}`;
    json({ report: { feedID: `0x${streams[feed]}`, fullReport } })(request, response);
  };

async function serverOf(answering: Answering): Promise<PriceServer> {
  const server = await startPriceServer(answering);
  cleanUp.push(() => server.close());
  return server;
}

async function serve(
  sources: readonly unknown[],
  fixture: ReturnType<typeof createSequencerFixture>,
  dollarFeed: Partial<{ readonly restartGateMs: number }> = {},
): Promise<RunningService> {
  const { folder, remove } = temporaryFolder();
  cleanUp.push(async () => remove());
  const file = structuredClone(Object(deploymentToJson(smallDeployment())));
  Object.assign(file.genesis.parameters.feeds[DOLLAR_FEED], dollarFeed);
  const read = deploymentFromJson({ ...file, sources });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const service = await runService({
    deployment: read.deployment,
    folder,
    clock: fixture.clock,
    http: { host: '127.0.0.1', port: 0 },
    binary: null,
    sources: (parts) =>
      sourcesOfSettings(read.sources, {
        ...parts,
        variable: (name) => VARIABLES[name],
        wait: machineWait,
        machineMs: () => Date.now(),
        recording: () => [],
      }),
  });
  cleanUp.push(() => service.close());
  await fixture.seed(service.sequencer);
  return service;
}

function clientOf({ url }: RunningService) {
  const client = createClient({ baseUrl: url, deployment: smallDeployment() });
  const feed = async (id: number) => (await client.getFeed({ params: { id } })).feed;
  return {
    health: async (source: number): Promise<SourceHealth> => {
      const { sources } = await client.listSources();
      return sources[source] as unknown as SourceHealth;
    },
    feed,
    ether: () => feed(ETHER_FEED),
  };
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > end) throw new Error(`waited too long; the last was ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('prices of Hermes and Data Streams come over sockets; an endpoint that stalls, lies or floods degrades alone', async () => {
  const fixture = createSequencerFixture();
  const market: Market = { dollars: 200, now: () => fixture.clock.now() };
  const [first, second, third] = [
    await serverOf(honestHermes(market)),
    await serverOf(honestStreams(market)),
    await serverOf(honestHermes(market)),
  ];
  const service = await serve([hermes(0, `${first.url}/hermes`), dataStreams(1, second.url), hermes(2, third.url)], fixture);
  const { health, ether } = clientOf(service);
  /** Seconds pass until both honest ones have said the new price, and it is the one agreed. */
  const agreeOn = async (dollars: number): Promise<void> => {
    market.dollars = dollars;
    fixture.clock.advance(1_000);
    await until(ether, (feed) => Number(feed.price) === dollars);
    for (const source of [0, 1]) {
      const found = await until(
        () => health(source),
        ({ lastReports }) => lastReports.some((report) => String(report.price) === `${dollars}000000000`),
      );
      expect(found).toMatchObject({ trust: 'verified', status: 'live', transportFaults: 0, lastFault: null });
      expect(found.dropped).toMatchObject({ flood: 0, faulty: 0, refused: 0, unverified: 0 });
    }
  };

  await agreeOn(201);
  await until(
    () => health(2),
    ({ status }) => status === 'live',
  );
  expect(first.requests[0]?.path).toMatch(/^\/hermes\/v2\/updates\/price\/latest\?ids%5B%5D=e62df6c8/);
  expect(first.requests[0]?.headers.authorization).toBe('Bearer pyth-key');
  expect(second.requests[0]?.headers.authorization).toBe('streams-key');

  // It stalls: connections hang, and it is stale once it has been silent for long.
  third.answer(() => {});
  for (let dollars = 202; dollars < 209; dollars += 1) await agreeOn(dollars);
  expect(await health(2)).toMatchObject({ status: 'stale' });

  // It is cut off: what is under way breaks, and every further try is refused.
  third.answer((_, response) => void response.writeHead(500).end());
  await third.close();
  await until(
    () => health(2),
    ({ transportFaults }) => transportFaults > 2,
  );
  expect(await health(2)).toMatchObject({ status: 'stale', lastFault: { code: 'unreachable' } });
  await agreeOn(210);
}, 120_000);

test('a stream that lies, forges and floods is shown for it, and the price is agreed without it', async () => {
  const fixture = createSequencerFixture();
  const market: Market = { dollars: 200, now: () => fixture.clock.now() };
  const [first, second] = [await serverOf(honestHermes(market)), await serverOf(honestStreams(market))];
  const open: ServerResponse[] = [];
  const third = await serverOf((_, response) => {
    response.setHeader('content-type', 'text/event-stream').flushHeaders();
    open.push(response);
  });
  const say = (value: unknown): void => void open.at(-1)?.write(`data:${JSON.stringify(value)}\n\n`);
  const streaming = { delivery: { kind: 'stream', silenceMs: 60_000 }, perSecond: 5, burst: 5 };
  const service = await serve([hermes(0, first.url), dataStreams(1, second.url), hermes(2, third.url, streaming)], fixture);
  const { health, ether } = clientOf(service);
  const expectAgreed = async (dollars: number): Promise<void> => {
    market.dollars = dollars;
    fixture.clock.advance(1_000);
    await until(ether, (feed) => Number(feed.price) === dollars);
    for (const source of [0, 1])
      await until(
        () => health(source),
        ({ status, lastFault }) => status === 'live' && lastFault === null,
      );
  };
  await expectAgreed(200);
  await until(
    async () => open.length,
    (count) => count === 1,
  );
  expect(third.requests[0]?.path).toContain('/v2/updates/price/stream?');

  // A lie beyond the feed's gates is refused by the core, with the reason.
  say(hermesAnswer(market, 9_000));
  await until(
    () => health(2),
    ({ dropped }) => dropped.refused === 1,
  );
  expect(await health(2)).toMatchObject({
    status: 'refused',
    lastFault: { code: 'reportRefused', message: 'feed 1, reason stepTooLarge' },
    lastReports: [{ feed: ETHER_FEED, verified: 'verified' }],
  });
  await expectAgreed(201);

  // Too few signatures, and signatures of a set whose keys are not held: neither is passed on.
  say(hermesAnswer(market, 201, [0, 1]));
  await until(
    () => health(2),
    ({ dropped }) => dropped.faulty === 1,
  );
  expect(await health(2)).toMatchObject({ status: 'failing', lastFault: { code: 'tooFewSignatures' } });
  const parsed = { id: PYTH_ETH_ID, price: { price: '20100000000', conf: '1', expo: -8, publish_time: market.now() / 1_000 } };
  say({ binary: null, parsed: [parsed] });
  await until(
    () => health(2),
    ({ dropped }) => dropped.unverified === 1,
  );
  expect(await health(2)).toMatchObject({ status: 'failing', accepted: 0, lastFault: { code: 'unverified' } });
  await expectAgreed(202);

  // A flood: what is above its rate is dropped, and the rest counts.
  for (let i = 0; i < 300; i += 1) say(hermesAnswer(market, 202));
  const flooding = await until(
    () => health(2),
    ({ dropped }) => dropped.flood > 200,
  );
  expect(flooding.status).toBe('flooding');
  await expectAgreed(203);
}, 120_000);

test('unverified prices are shown as such, and held back where they alone could be a quorum', async () => {
  const fixture = createSequencerFixture();
  const market: Market = { dollars: 200, now: () => fixture.clock.now() };
  const [first, second] = [await serverOf(honestHermes(market)), await serverOf(honestStreams(market))];
  const ether = { feeds: [{ remote: PYTH_ETH_ID, feed: ETHER_FEED, feedUnits: '1' }] };
  const unverified = { ...ether, trust: 'unverified', guardianSets: [] };
  // Nothing is registered yet, so it starts; once it is, the dollar takes one source, and this one alone could make its price.
  const service = await serve([hermes(0, first.url, unverified), dataStreams(1, second.url)], fixture);
  const { health } = clientOf(service);
  fixture.clock.advance(1_000);
  await until(
    () => health(0),
    ({ status }) => status === 'withheld',
  );
  expect(await health(0)).toMatchObject({
    trust: 'unverified',
    accepted: 0,
    lastFault: { code: 'untrustedQuorum' },
    lastReports: [{ verified: 'unverified', why: 'the keys of guardian set 3 are not held' }],
  });
  expect((await health(0)).dropped.withheld).toBeGreaterThan(0);
  await until(
    () => health(1),
    ({ status }) => status === 'live',
  );
}, 120_000);

test('after an outage that is longer than a feed takes, the first prices back liquidate nobody', async () => {
  const fixture = createSequencerFixture();
  const market: Market = { dollars: 200, now: () => fixture.clock.now() };
  const server = await serverOf(honestStreams(market));
  const service = await serve([dataStreams(0, server.url)], fixture, { restartGateMs: 3_000 });
  const { health, feed } = clientOf(service);
  const second = async (): Promise<boolean> => {
    fixture.clock.advance(1_000);
    const nowMs = fixture.clock.now();
    return (
      await until(
        () => feed(DOLLAR_FEED),
        ({ timestamp }) => timestamp === nowMs,
      )
    ).mayLiquidate;
  };
  // The seed reported two seconds after genesis and the source takes over at the fifth: three seconds of quorums.
  expect(await second()).toBe(true);
  server.answer((_, response) => void response.writeHead(503).end());
  const before = (await health(0)).transportFaults;
  await until(
    () => health(0),
    ({ transportFaults }) => transportFaults > before + 1,
  );
  fixture.clock.advance(32 * 24 * 3_600_000);
  expect(await health(0)).toMatchObject({ status: 'stale', lastFault: { code: 'serverFailed' } });
  server.answer(honestStreams(market));
  const back = [await second(), await second(), await second(), await second()];
  expect(back.slice(0, 3)).toEqual([false, false, false]);
  expect((await feed(DOLLAR_FEED)).quorumSpanMs).toBeGreaterThanOrEqual(3_000);
  expect(back.at(-1)).toBe(true);
}, 120_000);

test('a credential that is not set, or that no header can carry, is named by its variable and never shown', async () => {
  const attempt = (variable: (name: string) => string | undefined): unknown => {
    const read = deploymentFromJson({
      ...Object(deploymentToJson(smallDeployment())),
      sources: [dataStreams(1, 'https://api.example')],
    });
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    try {
      const verifier = { verify: async () => [] };
      sourcesOfSettings(read.sources, {
        deployment: read.deployment,
        verifier,
        clock: { now: () => timeMs(0) },
        variable,
        wait: machineWait,
        machineMs: () => 0,
        recording: () => [],
      });
    } catch (error) {
      return error;
    }
    throw new Error('it was taken');
  };
  const missing = attempt((name) => (name === 'STREAMS_KEY' ? 'k' : undefined));
  expect(missing).toBeInstanceOf(SourceCredentialError);
  expect(missing).toMatchObject({
    variable: 'STREAMS_SECRET',
    message: 'Source 1 takes its credential from the environment variable STREAMS_SECRET, which is not set.',
  });
  const broken = attempt(() => 'two\r\nlines');
  expect(String(broken)).toContain('STREAMS_KEY');
  expect(String(broken)).not.toContain('two');
});
