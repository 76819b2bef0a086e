import { feedId, ownerId, ppm, price, type SourceId, sourceId, timeMs } from '@plimsoll/core/numeric';
import { afterEach, describe, expect, it, test } from 'vitest';
import type { Sequencer } from '../contracts/sequencer.ts';
import { createMemoryFileSystem } from '../testing/memoryFileSystem.ts';
import { createSequencerFixture, submitted } from '../testing/sequencerFixture.ts';
import { DOLLAR_FEED, ETHER_FEED, GOVERNOR, SOURCE_OPERATORS } from '../testing/smallDeployment.ts';
import { machineWait } from './network/wait.ts';
import { createRecordedAdapter, recordedPayloads } from './recorded.ts';
import { runSources, type SourceRunner, UntrustedQuorumError } from './runSources.ts';
import type { SourceHealth } from './sourceHealth.ts';
import type { SourceAdapter } from './sourceReport.ts';
import type { SourceSpecification } from './sourceSpecification.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

const [FIRST, SECOND, THIRD] = [sourceId(0), sourceId(1), sourceId(2)];
const vouched = createRecordedAdapter({ vouchedFor: 'the test made it' });
const unvouched = createRecordedAdapter({ vouchedFor: null });

function specification(source: SourceId, options: Partial<SourceSpecification> = {}): SourceSpecification {
  return {
    source,
    actor: SOURCE_OPERATORS[source] ?? ownerId(0),
    adapter: vouched,
    trust: 'verified',
    payloads: null,
    rate: { perSecond: 1_000, burst: 10 },
    staleAfterMs: 5_000,
    ...options,
  };
}

async function setup(specifications: readonly SourceSpecification[]) {
  const fixture = createSequencerFixture();
  const sequencer = await fixture.open('/data', { fileSystem: createMemoryFileSystem() });
  cleanUp.push(() => sequencer.close());
  await fixture.seed(sequencer);
  let wallMs = 0;
  const start = async (): Promise<SourceRunner> => {
    const runner = await runSources({
      sources: specifications,
      sequencer,
      clock: fixture.clock,
      flushMs: 1,
      nowMs: () => wallMs,
    });
    cleanUp.push(() => runner.stop());
    return runner;
  };
  return {
    sequencer,
    start,
    clock: fixture.clock,
    passWall(ms: number) {
      wallMs += ms;
    },
  };
}

type Setup = Awaited<ReturnType<typeof setup>>;

/** A tick of ether at this many dollars, published now. */
function tick({ clock }: Setup, dollars: number) {
  return { feed: ETHER_FEED, price: price(BigInt(dollars) * 1_000_000_000n), confidencePpm: ppm(10), publishTimeMs: clock.now() };
}

function healthOf(runner: SourceRunner, source: SourceId): SourceHealth {
  const found = runner.health().find((one) => one.source === source);
  if (found === undefined) throw new Error('the source is run');
  return found;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(holds()).toBe(true);
}

function etherPrice(sequencer: Sequencer): Promise<bigint | null> {
  return sequencer.read(({ state }) => state.feeds[ETHER_FEED]?.aggregate?.price ?? null);
}
const reportsOf = (sequencer: Sequencer) =>
  sequencer.read(({ state }) => state.feeds[ETHER_FEED]?.reports.map(({ source, price: value }) => [source, value]));

describe('price sources', () => {
  it('report what they say, each under its id and operator, the newest of each feed in one command', async () => {
    const world = await setup([specification(FIRST), specification(SECOND), specification(THIRD)]);
    const runner = await world.start();
    world.clock.advance(10_000);
    for (const source of [FIRST, SECOND, THIRD]) {
      const old = { ...tick(world, 190), publishTimeMs: timeMs(world.clock.now() - 5) };
      runner.offer(source, [tick(world, 201), old, { ...tick(world, 1), feed: DOLLAR_FEED }]);
    }
    await until(() => runner.health().every(({ accepted }) => accepted === 2));
    expect(await etherPrice(world.sequencer)).toBe(201_000_000_000n);
    expect(runner.health().map(({ status, trust, kind }) => ({ status, trust, kind }))).toEqual(
      [FIRST, SECOND, THIRD].map(() => ({ status: 'live', trust: 'verified', kind: 'recorded' })),
    );
    expect(healthOf(runner, FIRST).lastReports.map(({ feed, price: value }) => [feed, value])).toEqual([
      [0, 1_000_000_000n],
      [1, 201_000_000_000n],
    ]);
  });

  it('go on when one of them stalls; that one is stale, and says since when', async () => {
    const world = await setup([specification(FIRST), specification(SECOND), specification(THIRD)]);
    const runner = await world.start();
    world.clock.advance(1_000);
    for (const source of [FIRST, SECOND, THIRD]) runner.offer(source, tick(world, 200));
    await until(() => runner.health().every(({ status }) => status === 'live'));
    const silentMs = world.clock.now();
    for (let second = 0; second < 6; second += 1) {
      world.clock.advance(1_000);
      for (const source of [FIRST, SECOND]) runner.offer(source, tick(world, 205));
      await until(() => [FIRST, SECOND].every((source) => healthOf(runner, source).accepted === second + 2));
    }
    expect(healthOf(runner, THIRD)).toMatchObject({ status: 'stale', sinceMs: silentMs, lastReceivedMs: silentMs });
    expect([FIRST, SECOND].map((source) => healthOf(runner, source).status)).toEqual(['live', 'live']);
    expect(await etherPrice(world.sequencer)).toBe(205_000_000_000n);
    runner.offer(THIRD, tick(world, 205));
    await until(() => healthOf(runner, THIRD).status === 'live');
  });

  it('go on when one of them repeats itself: it is stale as if it were silent', async () => {
    const world = await setup([specification(FIRST), specification(SECOND)]);
    const runner = await world.start();
    world.clock.advance(1_000);
    const same = tick(world, 200);
    runner.offer(FIRST, same);
    await until(() => healthOf(runner, FIRST).accepted === 1);
    for (let second = 1; second <= 6; second += 1) {
      world.clock.advance(1_000);
      runner.offer(FIRST, same);
      runner.offer(SECOND, tick(world, 200));
      await until(() => healthOf(runner, FIRST).dropped.repeated === second && healthOf(runner, SECOND).accepted === second);
    }
    expect(healthOf(runner, FIRST)).toMatchObject({
      status: 'stale',
      sinceMs: same.publishTimeMs,
      lastReceivedMs: world.clock.now(),
    });
    expect(healthOf(runner, SECOND).status).toBe('live');
  });

  it('go on when one of them lies; the core refuses what is out of its gates, and the lie is shown', async () => {
    const world = await setup([specification(FIRST), specification(SECOND), specification(THIRD)]);
    const runner = await world.start();
    for (let second = 1; second <= 3; second += 1) {
      world.clock.advance(1_000);
      runner.offer(FIRST, tick(world, 200 + second));
      runner.offer(SECOND, tick(world, 200 + second));
      runner.offer(THIRD, tick(world, 9_000));
      await until(
        () =>
          healthOf(runner, THIRD).dropped.refused === second &&
          [FIRST, SECOND].every((source) => healthOf(runner, source).accepted === second),
      );
    }
    const liar = healthOf(runner, THIRD);
    expect(liar).toMatchObject({
      status: 'refused',
      accepted: 0,
      lastFault: { code: 'reportRefused', message: 'feed 1, reason stepTooLarge' },
    });
    expect(liar.lastReports.map(({ price: value }) => value)).toEqual([9_000_000_000_000n]);
    expect(await etherPrice(world.sequencer)).toBe(203_000_000_000n);
    expect([FIRST, SECOND].map((source) => healthOf(runner, source).status)).toEqual(['live', 'live']);
  });

  it('go on when one of them floods; its excess is dropped and counted, and what it says still counts', async () => {
    async function* flood(world: Setup) {
      for (let i = 0; i < 5_000; i += 1) yield tick(world, 200);
      await new Promise(() => {});
    }
    // The stream needs the world, and the world the specification: it is read when it starts.
    let world: Setup | null = null;
    const lazily = { [Symbol.asyncIterator]: () => flood(world ?? fail()) };
    const made = await setup([specification(FIRST), specification(SECOND), specification(THIRD, { payloads: lazily })]);
    world = made;
    made.clock.advance(1_000);
    const runner = await made.start();
    runner.offer(FIRST, tick(made, 201));
    runner.offer(SECOND, tick(made, 201));
    await until(() => [FIRST, SECOND].every((source) => healthOf(runner, source).accepted === 1));
    // The others had their turn before the flood was over.
    expect(healthOf(runner, THIRD).payloads).toBeLessThan(5_000);
    await until(() => healthOf(runner, THIRD).payloads === 5_000);
    const flooding = healthOf(runner, THIRD);
    expect(flooding).toMatchObject({ status: 'flooding', dropped: { flood: 4_990 }, sinceMs: made.clock.now() });
    expect(flooding.accepted + flooding.dropped.repeated).toBeLessThanOrEqual(10);
    await until(() => healthOf(runner, THIRD).accepted === 1);
    expect([FIRST, SECOND].map((source) => healthOf(runner, source).status)).toEqual(['live', 'live']);
    made.passWall(5_001);
    expect(healthOf(runner, THIRD).status).toBe('live');
    function fail(): never {
      throw new Error('the world is there before the stream starts');
    }
  });

  it('go on when the stream of one fails or ends, and when its adapter throws', async () => {
    async function* broken() {
      yield 'no tick';
      throw new Error('the connection broke');
    }
    const careless: SourceAdapter = { kind: 'signedPush', decode: () => Promise.reject(new Error('a mistake of ours')) };
    const world = await setup([
      specification(FIRST),
      specification(SECOND, { payloads: broken() }),
      specification(THIRD, { adapter: careless }),
    ]);
    const runner = await world.start();
    world.clock.advance(1_000);
    runner.offer(FIRST, tick(world, 200));
    runner.offer(THIRD, {});
    await until(() => healthOf(runner, SECOND).status === 'ended' && healthOf(runner, FIRST).accepted === 1);
    expect(healthOf(runner, SECOND)).toMatchObject({
      dropped: { faulty: 1 },
      lastFault: { code: 'streamFailed', message: 'the connection broke' },
    });
    await until(() => healthOf(runner, THIRD).status === 'failing');
    expect(healthOf(runner, THIRD).lastFault).toMatchObject({ code: 'adapterFailed', message: 'a mistake of ours' });
    expect(healthOf(runner, FIRST).status).toBe('live');
  });

  it('leave out feeds that they are not registered for, and say so', async () => {
    const world = await setup([specification(FIRST)]);
    const runner = await world.start();
    world.clock.advance(1_000);
    runner.offer(FIRST, [tick(world, 200), { ...tick(world, 5), feed: feedId(77) }]);
    await until(() => healthOf(runner, FIRST).accepted === 1);
    expect(healthOf(runner, FIRST)).toMatchObject({ dropped: { unregisteredFeed: 1 }, lastFault: { code: 'unregisteredFeed' } });
  });

  it('share an operator’s nonces with whoever else signs for it', async () => {
    const world = await setup([specification(FIRST)]);
    const runner = await world.start();
    world.clock.advance(1_000);
    runner.offer(FIRST, tick(world, 200));
    await until(() => healthOf(runner, FIRST).accepted === 1);
    const nonce = 5_000;
    await submitted(world.sequencer, [
      {
        kind: 'command',
        commandId: 'mine',
        command: { kind: 'reportPrices', actor: SOURCE_OPERATORS[0], nonce, source: FIRST, prices: [tick(world, 200)] },
      },
    ]);
    world.clock.advance(1_000);
    runner.offer(FIRST, tick(world, 202));
    await until(() => healthOf(runner, FIRST).accepted === 2);
    expect(await world.sequencer.read(({ state }) => state.nonces.get(SOURCE_OPERATORS[0]))).toBe(nonce + 1);
  });

  it('keep the newest of each feed while the sequencer is too busy, and send it later', async () => {
    const world = await setup([specification(FIRST)]);
    let refusals = 2;
    const busy: Pick<Sequencer, 'submit' | 'read'> = {
      read: (query) => world.sequencer.read(query),
      submit(entries) {
        refusals -= 1;
        return refusals >= 0 ? { kind: 'overload', reason: 'queueFull', retryAfterMs: 1 } : world.sequencer.submit(entries);
      },
    };
    const runner = await runSources({
      sources: [specification(FIRST)],
      sequencer: busy,
      clock: world.clock,
      flushMs: 1,
      nowMs: () => 0,
    });
    cleanUp.push(() => runner.stop());
    world.clock.advance(1_000);
    runner.offer(FIRST, tick(world, 207));
    await until(() => healthOf(runner, FIRST).accepted === 1);
    expect(await reportsOf(world.sequencer)).toContainEqual([FIRST, 207_000_000_000n]);
    expect(refusals).toBeLessThan(0);
  });
});

describe('unverified sources', () => {
  it('never report under an id that stands for verified ones', async () => {
    const world = await setup([specification(FIRST, { adapter: unvouched })]);
    const runner = await world.start();
    world.clock.advance(1_000);
    runner.offer(FIRST, tick(world, 200));
    await until(() => healthOf(runner, FIRST).dropped.unverified === 1);
    expect(healthOf(runner, FIRST)).toMatchObject({
      status: 'failing',
      accepted: 0,
      lastReports: [],
      lastFault: { code: 'unverified' },
    });
  });

  it('may not be registered for a feed that takes one source, however many verified ones it has', async () => {
    const world = await setup([
      specification(FIRST),
      specification(SECOND),
      specification(THIRD, { adapter: unvouched, trust: 'unverified' }),
    ]);
    await expect(world.start()).rejects.toMatchObject({
      code: 'untrustedQuorum',
      quorums: [{ symbol: 'USDC/USD', sources: [THIRD], minSources: 1 }],
    });
  });

  it('stop a deployment from running where they alone could make a price: the error names feed and sources', async () => {
    const flagged = [SECOND, THIRD].map((source) => specification(source, { adapter: unvouched, trust: 'unverified' }));
    const world = await setup([specification(FIRST), ...flagged]);
    const refusal = await world.start().catch((cause: unknown) => cause);
    expect(refusal).toBeInstanceOf(UntrustedQuorumError);
    expect(refusal).toMatchObject({
      quorums: [{ feed: DOLLAR_FEED }, { feed: ETHER_FEED, sources: [SECOND, THIRD], weight: 2, minSources: 2 }],
    });
    expect((refusal as Error).message).toContain(
      'ETH/USD takes 2 sources of weight 1, and the unverified sources 1, 2 are as many',
    );
  });

  it('are held back when a change under way would let them make a price', async () => {
    const world = await setup([specification(FIRST)]);
    // A fourth source for ether alone: unverified, and no quorum by itself.
    const register = (nonce: number) =>
      submitted(world.sequencer, [
        {
          kind: 'command',
          commandId: `register-${nonce}`,
          command: {
            kind: 'registerSource',
            actor: GOVERNOR,
            nonce,
            sourceActor: ownerId(14 + nonce),
            weight: 1,
            feeds: [ETHER_FEED],
          },
        },
      ]);
    await register(1_000);
    const fourth = sourceId(3);
    const fifth = sourceId(4);
    const unverified = (source: SourceId): SourceSpecification =>
      specification(source, { actor: ownerId(1_014 + source - 3), adapter: unvouched, trust: 'unverified' });
    const options = { sequencer: world.sequencer, clock: world.clock, flushMs: 1, nowMs: () => 0 };
    const runner = await runSources({ sources: [specification(FIRST), unverified(fourth), unverified(fifth)], ...options });
    cleanUp.push(() => runner.stop());
    world.clock.advance(1_000);
    runner.offer(fourth, tick(world, 200));
    await until(() => healthOf(runner, fourth).accepted === 1);
    expect(healthOf(runner, fourth)).toMatchObject({
      status: 'live',
      trust: 'unverified',
      lastReports: [{ verified: 'unverified' }],
    });
    // Now the fifth is registered too: together they are a quorum of ether.
    await register(1_001);
    world.clock.advance(1_000);
    runner.offer(fourth, tick(world, 201));
    await until(() => healthOf(runner, fourth).dropped.withheld === 1);
    expect(healthOf(runner, fourth)).toMatchObject({ status: 'withheld', accepted: 1, lastFault: { code: 'untrustedQuorum' } });
    runner.offer(FIRST, tick(world, 201));
    await until(() => healthOf(runner, FIRST).accepted === 1);
  });
});

test('a source that is started again says first what the core has of it already: that is a repetition, and no refusal', async () => {
  const world = await setup([specification(FIRST)]);
  const first = await world.start();
  world.clock.advance(1_000);
  const same = tick(world, 200);
  first.offer(FIRST, same);
  await until(() => healthOf(first, FIRST).accepted === 1);
  await first.stop();
  const second = await world.start();
  second.offer(FIRST, same);
  await until(() => healthOf(second, FIRST).dropped.repeated === 1);
  expect(healthOf(second, FIRST)).toMatchObject({ accepted: 0, lastFault: null, dropped: { refused: 0 } });
  world.clock.advance(1_000);
  second.offer(FIRST, tick(world, 201));
  await until(() => healthOf(second, FIRST).status === 'live');
});

test('a source whose report of one feed is refused reports the others all the same, and the refusal is shown', async () => {
  const world = await setup([specification(FIRST)]);
  const runner = await world.start();
  for (let second = 1; second <= 2; second += 1) {
    world.clock.advance(1_000);
    runner.offer(FIRST, [tick(world, 9_000), { ...tick(world, 1), feed: DOLLAR_FEED }]);
    await until(() => healthOf(runner, FIRST).accepted === second);
  }
  expect(healthOf(runner, FIRST)).toMatchObject({
    status: 'refused',
    accepted: 2,
    dropped: { refused: 2 },
    lastFault: { code: 'reportRefused', message: 'of its reports those of feed 1 were not taken' },
  });
  world.clock.advance(1_000);
  runner.offer(FIRST, [tick(world, 200), { ...tick(world, 1), feed: DOLLAR_FEED }]);
  await until(() => healthOf(runner, FIRST).status === 'live');
  expect(healthOf(runner, FIRST).accepted).toBe(4);
});

test('a recording is played by the time of blocks, the newest of what has come, and ends after its last tick', async () => {
  const world = await setup([]);
  const startMs = world.clock.now();
  const ticks = [3, 1, 2].map((second) => ({
    feed: ETHER_FEED,
    price: price(BigInt(200 + second) * 1_000_000_000n),
    confidencePpm: ppm(10),
    publishTimeMs: timeMs(startMs + second * 1_000),
  }));
  const payloads = recordedPayloads(ticks, { clock: world.clock, everyMs: 2, wait: machineWait });
  const runner = await runSources({
    sources: [specification(FIRST, { payloads })],
    sequencer: world.sequencer,
    clock: world.clock,
    flushMs: 1,
    nowMs: () => 0,
  });
  cleanUp.push(() => runner.stop());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(healthOf(runner, FIRST).payloads).toBe(0);
  world.clock.advance(2_000);
  await until(() => healthOf(runner, FIRST).accepted === 1);
  expect(await reportsOf(world.sequencer)).toContainEqual([FIRST, 202_000_000_000n]);
  world.clock.advance(1_000);
  await until(() => healthOf(runner, FIRST).accepted === 2);
  expect(await reportsOf(world.sequencer)).toContainEqual([FIRST, 203_000_000_000n]);
  await until(() => healthOf(runner, FIRST).status === 'ended');
});
