import { type FeedId, ownerId, ppm, price, sourceId, timeMs } from '@plimsoll/core/numeric';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryFileSystem } from '../../testing/memoryFileSystem.ts';
import { createSequencerFixture } from '../../testing/sequencerFixture.ts';
import { ETHER_FEED, SOURCE_OPERATORS } from '../../testing/smallDeployment.ts';
import { createRecordedAdapter } from '../recorded.ts';
import { runSources } from '../runSources.ts';
import type { PushedPrice } from '../signedPush.ts';
import type { SourceHealth } from '../sourceHealth.ts';
import type { SourceSpecification } from '../sourceSpecification.ts';
import { TransportFault } from '../transportFault.ts';
import type { AdapterUnderTest } from './conformance.ts';

const [FIRST, SECOND, TESTED] = [sourceId(0), sourceId(1), sourceId(2)];
const BURST = 10;
const STALE_AFTER_MS = 5_000;
const HOUR_MS = 3_600_000;

/** A sequencer with two honest sources, and the adapter under test as the third. */
async function run({ adapter, encode }: AdapterUnderTest, cleanUp: (() => Promise<unknown>)[]) {
  const fixture = createSequencerFixture();
  const sequencer = await fixture.open('/data', { fileSystem: createMemoryFileSystem() });
  cleanUp.push(() => sequencer.close());
  await fixture.seed(sequencer);
  const { clock } = fixture;
  let wallMs = 0;
  const honest = createRecordedAdapter({ vouchedFor: 'the test made it' });
  const fed = createFedStream();
  const specification = (source: number, of: SourceSpecification['adapter']): SourceSpecification => ({
    source: sourceId(source),
    actor: SOURCE_OPERATORS[source] ?? ownerId(0),
    adapter: of,
    trust: 'verified',
    payloads: null,
    rate: { perSecond: 1_000, burst: BURST },
    staleAfterMs: STALE_AFTER_MS,
  });
  const tested = { ...specification(TESTED, adapter), payloads: fed.payloads };
  const sources = [specification(FIRST, honest), specification(SECOND, honest), tested];
  const runner = await runSources({ sources, sequencer, clock, flushMs: 1, nowMs: () => wallMs });
  cleanUp.push(() => runner.stop());
  const health = (source = TESTED): SourceHealth => {
    const found = runner.health().find((one) => one.source === source);
    if (found === undefined) throw new Error('the source is run');
    return found;
  };
  const tick = (dollars: number, publishTimeMs: number = clock.now()): PushedPrice => ({
    feed: ETHER_FEED,
    price: price(BigInt(dollars) * 1_000_000_000n),
    confidencePpm: ppm(10),
    publishTimeMs: timeMs(publishTimeMs),
  });
  let rounds = 0;
  return {
    health,
    tick,
    say: (one: PushedPrice): boolean => runner.offer(TESTED, encode([one])),
    /** As its fetcher would give it. */
    stream: fed.push,
    offer: (payload: unknown): boolean => runner.offer(TESTED, payload),
    passWall(ms: number): void {
      wallMs += ms;
    },
    clock,
    reportOf: (feed: FeedId = ETHER_FEED): Promise<{ readonly price: bigint } | undefined> =>
      sequencer.read(({ state }) => state.feeds[feed]?.reports.find(({ source }) => source === TESTED)),
    agreed: (): Promise<bigint | null> => sequencer.read(({ state }) => state.feeds[ETHER_FEED]?.aggregate?.price ?? null),
    /** A second passes, in which the honest ones say so many dollars; they are live afterwards, and agree. */
    async honestSecond(dollars: number): Promise<void> {
      clock.advance(1_000);
      wallMs += 1_000;
      rounds += 1;
      for (const source of [FIRST, SECOND]) runner.offer(source, tick(dollars));
      await until(() => [FIRST, SECOND].every((source) => health(source).accepted === rounds));
    },
    /** Nothing of what the third one does shows in them. */
    expectOthersWell(): void {
      for (const source of [FIRST, SECOND]) {
        const { status, accepted, dropped, lastFault, transportFaults } = health(source);
        expect({ status, accepted, lastFault, transportFaults }).toEqual({
          status: 'live',
          accepted: rounds,
          lastFault: null,
          transportFaults: 0,
        });
        expect(Object.values(dropped).every((count) => count === 0)).toBe(true);
      }
    },
  };
}

/** A stream that is fed by hand and never ends. */
function createFedStream(): { readonly payloads: AsyncIterable<unknown>; push(item: unknown): void } {
  const waiting: unknown[] = [];
  let wake = (): void => {};
  return {
    push(item) {
      waiting.push(item);
      wake();
    },
    payloads: (async function* feed() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    })(),
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(holds()).toBe(true);
}

/** Every adapter, run as a source beside two honest ones, does all of this; and whatever it does, it does alone. */
export function describeRunningConformance(tested: AdapterUnderTest): void {
  describe(`a source of ${tested.name} payloads`, () => {
    const cleanUp: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of cleanUp.splice(0).reverse()) await close();
    });

    it('takes part in the price', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      world.say(world.tick(203));
      await until(() => world.health().accepted === 1);
      expect(world.health()).toMatchObject({ status: 'live', lastReports: [{ price: 203_000_000_000n, verified: 'verified' }] });
      expect(await world.reportOf()).toMatchObject({ price: 203_000_000_000n });
      world.expectOthersWell();
    });

    it('fails alone on what is no payload, and is well again with the next that is one', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      world.offer({ garbage: true });
      await until(() => world.health().dropped.faulty === 1);
      expect(world.health()).toMatchObject({ status: 'failing', accepted: 0, lastFault: { code: 'malformedPayload' } });
      world.say(world.tick(200));
      await until(() => world.health().status === 'live');
      world.expectOthersWell();
    });

    it('is refused a report that is older than the feed takes', async () => {
      const world = await run(tested, cleanUp);
      world.clock.advance(2 * HOUR_MS);
      await world.honestSecond(200);
      world.say(world.tick(200, world.clock.now() - HOUR_MS - 1_000));
      await until(() => world.health().dropped.refused === 1);
      expect(world.health()).toMatchObject({ status: 'refused', lastFault: { message: 'feed 1, reason reportTooOld' } });
      world.expectOthersWell();
    });

    it('is refused a report that is published in the future, and none of its later ones', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      world.say(world.tick(200, world.clock.now() + 1_000));
      await until(() => world.health().dropped.refused === 1);
      expect(world.health()).toMatchObject({ status: 'refused', lastFault: { message: 'feed 1, reason publishedAhead' } });
      await world.honestSecond(201);
      world.say(world.tick(201));
      await until(() => world.health().status === 'live');
      expect(await world.reportOf()).toMatchObject({ price: 201_000_000_000n });
      world.expectOthersWell();
    });

    it('says the same twice, and it counts once', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      const same = world.tick(200);
      world.say(same);
      await until(() => world.health().accepted === 1);
      world.say(same);
      await until(() => world.health().dropped.repeated === 1);
      expect(world.health()).toMatchObject({ status: 'live', accepted: 1 });
      world.expectOthersWell();
    });

    it('says things out of order, and the newest stands', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      await world.honestSecond(200);
      world.say(world.tick(204));
      await until(() => world.health().accepted === 1);
      world.say(world.tick(202, world.clock.now() - 1_000));
      await until(() => world.health().dropped.repeated === 1);
      expect(await world.reportOf()).toMatchObject({ price: 204_000_000_000n });
      world.expectOthersWell();
    });

    it('floods alone: what is above its rate is dropped before it is decoded, and the rest counts', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      const taken = Array.from({ length: 200 }, () => world.say(world.tick(200))).filter(Boolean);
      expect(taken).toHaveLength(BURST);
      expect(world.health()).toMatchObject({ status: 'flooding', dropped: { flood: 190 } });
      await until(() => world.health().accepted === 1);
      world.passWall(5_001);
      await until(() => world.health().status === 'live');
      world.expectOthersWell();
    });

    it('stalls alone: it is stale since it last said something new, and the price goes on without it', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      world.say(world.tick(200));
      await until(() => world.health().accepted === 1);
      const silentMs = world.clock.now();
      for (let second = 0; second < 6; second += 1) await world.honestSecond(210 + second);
      expect(world.health()).toMatchObject({ status: 'stale', sinceMs: silentMs });
      expect(await world.agreed()).toBe(215_000_000_000n);
      world.expectOthersWell();
    });

    it('is cut off alone: it fails with the reason, goes stale, and the next payload ends it', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      world.stream(new TransportFault('timedOut', 'prices.example did not answer in time'));
      await until(() => world.health().transportFaults === 1);
      expect(world.health()).toMatchObject({ status: 'failing', payloads: 0, lastFault: { code: 'timedOut' } });
      for (let second = 0; second < 6; second += 1) await world.honestSecond(200);
      world.stream(new TransportFault('serverFailed', 'prices.example answers 500'));
      await until(() => world.health().transportFaults === 2);
      expect(world.health()).toMatchObject({ status: 'stale', lastFault: { code: 'serverFailed' } });
      world.stream(tested.encode([world.tick(200)]));
      await until(() => world.health().status === 'live');
      world.expectOthersWell();
    });

    it('lies alone: what is out of the gates is refused, and what is not is outvoted', async () => {
      const world = await run(tested, cleanUp);
      await world.honestSecond(200);
      world.say(world.tick(9_000));
      await until(() => world.health().dropped.refused === 1);
      expect(world.health()).toMatchObject({ status: 'refused', lastFault: { message: 'feed 1, reason stepTooLarge' } });
      await world.honestSecond(201);
      world.say(world.tick(260));
      await until(() => world.health().accepted === 1);
      expect(await world.agreed()).toBe(201_000_000_000n);
      world.expectOthersWell();
    });

    const { forged, unknown } = tested;
    for (const [what, payload, code] of [
      ['a wrong signature', forged, 'badSignature'],
      ['the signature of a stranger', unknown, 'unknownSigner'],
    ] as const) {
      if (payload === null) continue;
      it(`fails alone on ${what}, and its price is not taken`, async () => {
        const world = await run(tested, cleanUp);
        await world.honestSecond(200);
        world.offer(payload([world.tick(230)]));
        await until(() => world.health().dropped.faulty === 1);
        expect(world.health()).toMatchObject({ status: 'failing', accepted: 0, lastReports: [], lastFault: { code } });
        expect(await world.agreed()).toBe(200_000_000_000n);
        world.expectOthersWell();
      });
    }
  });
}
