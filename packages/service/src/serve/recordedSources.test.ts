/** A whole service whose prices are played from recordings: settings as in a deployment file, seen through the API. */

import { ppm, price, timeMs } from '@plimsoll/core/numeric';
import { afterEach, expect, test } from 'vitest';
import { createClient } from '../client/apiClient.ts';
import { machineWait } from '../sources/network/wait.ts';
import type { RecordedTick } from '../sources/recorded.ts';
import type { SourceHealth } from '../sources/sourceHealth.ts';
import { createSequencerFixture, temporaryFolder } from '../testing/sequencerFixture.ts';
import { ETHER_FEED, SOURCE_OPERATORS, smallDeployment } from '../testing/smallDeployment.ts';
import { deploymentFromJson, deploymentToJson } from './deploymentFromJson.ts';
import { runService } from './runService.ts';
import { sourcesOfSettings } from './sourcesOfSettings.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

const SPEED = 60;
/** Years before the service runs. */
const RECORDED_MS = 1_400_000_000_000;

/** The first word of each comes too early, or is older than what the seed reports; the others come from the tenth second of the service on, one each second. */
const FROM_SECOND = 10;

function recording(dollars: readonly number[]): readonly RecordedTick[] {
  return [dollars[0] ?? 0, ...dollars].map((value, place) => ({
    feed: ETHER_FEED,
    price: price(BigInt(value) * 1_000_000_000n),
    confidencePpm: ppm(0),
    publishTimeMs: timeMs(RECORDED_MS + (place === 0 ? 0 : FROM_SECOND + place - 1) * 1_000 * SPEED),
  }));
}

function settings(source: number, rest: object = {}) {
  return {
    kind: 'recorded',
    source,
    operator: SOURCE_OPERATORS[source],
    trust: 'verified',
    perSecond: 100,
    burst: 10,
    staleAfterMs: 5_000,
    file: `source-${source}.json`,
    sha256: 'ab'.repeat(32),
    speed: SPEED,
    feeds: [{ feed: ETHER_FEED, feedUnits: '1', table: 'prices', time: 'time', price: 'price' }],
    ...rest,
  };
}

async function serve(sources: readonly object[], recordings: readonly (readonly RecordedTick[])[]) {
  const fixture = createSequencerFixture();
  const { folder, remove } = temporaryFolder();
  cleanUp.push(async () => remove());
  const read = deploymentFromJson({ ...Object(deploymentToJson(smallDeployment())), sources });
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
        variable: () => undefined,
        wait: machineWait,
        machineMs: () => 0,
        recording: ({ source, file }) => {
          expect(file).toBe(`source-${source}.json`);
          return recordings[source] ?? [];
        },
      }),
  });
  cleanUp.push(() => service.close());
  await fixture.seed(service.sequencer);
  const client = createClient({ baseUrl: service.url, deployment: smallDeployment() });
  return {
    clock: fixture.clock,
    ether: async () => (await client.getFeed({ params: { id: ETHER_FEED } })).feed,
    health: async (source: number): Promise<SourceHealth> =>
      (await client.listSources()).sources[source] as unknown as SourceHealth,
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

test('recordings are played at their speed from the start of the service on; one that lies and then ends degrades alone', async () => {
  const market = Array.from({ length: 30 }, (_, second) => 200 + second);
  const lying = [200, 201, 9_000, 203];
  const service = await serve([settings(0), settings(1), settings(2)], [market, market, lying].map(recording));
  const { clock, ether, health } = service;
  const seconds: unknown[] = [];
  const early: number[] = [];
  for (let place = 0; place < 6; place += 1) {
    clock.set(timeMs(smallDeployment().genesis.timeMs + (FROM_SECOND + place) * 1_000));
    const [dollars, said] = [200 + place, lying[place]];
    await until(ether, (feed) => Number(feed.price) === dollars);
    for (const source of [0, 1]) {
      const found = await until(
        () => health(source),
        ({ lastReports }) => lastReports.some((report) => String(report.price) === `${dollars}000000000`),
      );
      expect(found).toMatchObject({ kind: 'recorded', trust: 'verified', status: 'live', transportFaults: 0 });
      early[source] ??= found.dropped.refused;
      expect(found.dropped).toMatchObject({ flood: 0, faulty: 0, unverified: 0, refused: early[source] });
      expect(found.lastReports[0]).toMatchObject({ verified: 'verified', publishTimeMs: clock.now() });
    }
    const third = await until(
      () => health(2),
      ({ status, lastReports }) =>
        status === 'ended' || lastReports.some((report) => String(report.price) === `${said}000000000`),
    );
    early[2] ??= third.dropped.refused;
    seconds.push([third.status, third.dropped.refused - early[2]]);
  }
  expect(seconds.slice(0, 2)).toEqual([
    ['live', 0],
    ['live', 0],
  ]);
  const last = await health(2);
  expect(last).toMatchObject({ status: 'ended', transportFaults: 0, lastFault: { code: 'reportRefused' } });
  expect(last.dropped).toMatchObject({ flood: 0, faulty: 0, refused: (early[2] ?? 0) + 1 });
}, 60_000);

test('recordings that nobody vouches for are shown as unverified, and held back where they alone could be a quorum', async () => {
  const unverified = { trust: 'unverified', sha256: null };
  const market = [200, 201, 202, 203];
  const { clock, health } = await serve([settings(0, unverified), settings(1, unverified)], [market, market].map(recording));
  clock.set(timeMs(smallDeployment().genesis.timeMs + FROM_SECOND * 1_000));
  const held = await until(
    () => health(0),
    ({ status }) => status === 'withheld',
  );
  expect(held).toMatchObject({
    kind: 'recorded',
    trust: 'unverified',
    accepted: 0,
    lastFault: { code: 'untrustedQuorum' },
    lastReports: [{ verified: 'unverified', why: 'nobody vouches for the recording' }],
  });
}, 60_000);
