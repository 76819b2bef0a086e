import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstrumentRiskParameters } from '../assets/parameters.ts';
import { type AccountId, accountId, durationMs, type InstrumentId, instrumentId, ppm, timeMs } from '../numeric/brand.ts';
import { encodeSnapshot } from '../wire/snapshot.ts';
import { replayBlock } from './engine.ts';
import { markTicksOf } from './fillBand.ts';
import { flagAccounts } from './healthFilter.ts';
import { figuresOf } from './healthOf.ts';
import { accountCount, isOpenAccount } from './lookup.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  GOVERNOR,
  MAIN,
  START_MS,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { copyOf, mustPass, sameBytes } from './testing/inspect.ts';
import { DOLLAR, fillAt, openIn, perpetualRisk } from './testing/market.ts';
import { listOnEther, optionOn, reportedSmile, smileOf, takesVolatilities } from './testing/optionMarket.ts';
import { modelOf } from './view.ts';

const FUTURE = instrumentId(1);
const CALL = instrumentId(2);
const PUT = instrumentId(3);
const EXPIRY = timeMs(START_MS + 2 * 3_600_000);
const WINDOW = 1_800_000;
const QUARTER = WINDOW / 4;

const FEED = { minSources: 1, minWeight: 1, maxAgeMs: durationMs(300_000), agreementPpm: ppm(1) };

/** That nothing but scenarios charges: figures can be done by hand. */
function bareRisk(id: InstrumentId): InstrumentRiskParameters {
  const none = ppm(0);
  const free = { maintenanceAddOnPpm: none, initialAddOnPpm: none, impactPpm: none, liquidationFeePpm: none };
  return { ...perpetualRisk(id), ...free, declaredLatencyMs: durationMs(0) };
}

interface Positions {
  readonly world: EngineWorld;
  readonly long: AccountId;
  readonly short: AccountId;
}

/** A thousand lots of one instrument, long and short, as the window opens; the last price, 200 dollars, is `quietMs` old. Call and put are deep in the money. */
function opened(instrument: InstrumentId, { risk = bareRisk, quietMs = 0 } = {}): Positions {
  const world = createEngineWorld({ interestFree: true });
  const [long, short] = [101, 102].map((owner) => openIn(world, owner, MAIN, 'portfolio')) as [AccountId, AccountId];
  mustPass(
    world.block([
      listOnEther(FUTURE, { kind: 'future', expiryMs: EXPIRY }, risk(FUTURE)),
      listOnEther(CALL, optionOn('call', 100, EXPIRY), risk(CALL)),
      listOnEther(PUT, optionOn('put', 300, EXPIRY), risk(PUT)),
    ]),
  );
  mustPass(
    world.priced(200, [
      deposit(long, USD, 10_000n * DOLLAR),
      deposit(short, USD, 10_000n * DOLLAR),
      fillAt(instrument, { buyer: long, seller: short }, 1_000, instrument === FUTURE ? 200_000 : 100_000),
    ]),
  );
  world.priced(200, [], EXPIRY - WINDOW - quietMs - world.engine.state.timeMs);
  if (quietMs > 0) world.block([], quietMs);
  return { world, long, short };
}

const volatilities = (atMs: number, [call, put]: readonly [number, number]): Unsigned =>
  reportedSmile({ smile: smileOf([100, call], [300, put]), expiryMs: EXPIRY, publishedMs: atMs });

const margin = (world: EngineWorld, account: AccountId) => figuresOf(world.engine.view, account, world.engine.view.scanned);
const mark = (world: EngineWorld, instrument: InstrumentId): number => markTicksOf(world.engine.view, instrument);

describe('a dated future in its last half hour', () => {
  it('is marked at what is fixed plus what is left of the live price, and its margin moves with that part alone', () => {
    const { world, long, short } = opened(FUTURE);
    // Nothing is covered yet: the whole price is live. Ten percent of 200, 0.7 of it at maintenance.
    expect(mark(world, FUTURE)).toBe(200_000);
    expect(margin(world, long)).toMatchObject({ maintenance: 14n * DOLLAR, initial: 20n * DOLLAR });
    // Half of the window at 200: 100 is fixed; at 190 the other half is worth 95. A tenth of 95 is what a scenario takes.
    world.priced(200, [], QUARTER);
    world.priced(190, [], QUARTER);
    expect(mark(world, FUTURE)).toBe(195_000);
    expect(margin(world, long)).toMatchObject({
      equity: 9_995n * DOLLAR,
      maintenance: 6_650_000n,
      initial: 9_500_000n,
      healthMaintenance: 9_988_350_000n,
    });
    expect(margin(world, short)).toMatchObject({ equity: 10_005n * DOLLAR, maintenance: 6_650_000n });
    // The index falls by ten dollars within the same moment: the future by five, and margin by a tenth of five.
    world.priced(180, [], 0);
    expect(mark(world, FUTURE)).toBe(190_000);
    expect(margin(world, long)).toMatchObject({ equity: 9_990n * DOLLAR, maintenance: 6_300_000n, initial: 9n * DOLLAR });
    // A quarter of the window later: 100 + 45 fixed, 45 left.
    world.priced(180, [], QUARTER);
    expect(mark(world, FUTURE)).toBe(190_000);
    expect(margin(world, long)).toMatchObject({ maintenance: 3_150_000n, initial: 4_500_000n });
    // One second before the end 0.1 dollar of 180 is left to move, which no lot divides: a tick each. Then it settles where it was marked.
    world.priced(180, [], QUARTER - 1_000);
    expect(mark(world, FUTURE)).toBe(190_000);
    expect(margin(world, long)).toMatchObject({ maintenance: 7_000n + 1_000n, initial: 10_000n + 1_000n });
    world.priced(100, [], 0);
    expect(mark(world, FUTURE)).toBe(189_956);
    world.priced(100, [], 1_000);
    expect(world.engine.state.instruments[FUTURE]).toMatchObject({ status: 'settled', finalPrice: 189_956 });
    expect(margin(world, long)).toMatchObject({ equity: 9_989_956_000n, maintenance: 0n });
  });

  it('keeps what is left to move while the index is invalid, before the expiry and after it', () => {
    // A report counts for an hour: this one until five minutes into the window.
    const { world, long } = opened(FUTURE, { quietMs: 55 * 60_000 });
    world.block([], 300_001);
    const covered = world.engine.state.instruments[FUTURE]?.settlement?.coveredMs;
    expect(covered).toBe(300_001);
    expect(world.engine.state.feeds[1]?.quality).toBe('stale');
    const known = mark(world, FUTURE);
    world.block([], 900_000);
    world.block([], 900_000);
    expect(world.engine.state.instruments[FUTURE]).toMatchObject({ status: 'reduceOnly', settlement: { coveredMs: covered } });
    expect(mark(world, FUTURE)).toBe(known);
    // Seven tenths of a tenth of what is left of 200 dollars, a tick a lot for rounding.
    const left = BigInt(WINDOW - 300_001);
    const moving = BigInt(Math.round(Number(20_000n * left) / WINDOW));
    world.priced(200, [], 0);
    expect(margin(world, long).maintenance).toBe(700n * moving + 1_000n);
  });

  it('has an average of its own: another one of the same expiry, listed inside the window, is still live whole', () => {
    const { world } = opened(FUTURE);
    const late = instrumentId(4);
    world.priced(200, [listOnEther(late, { kind: 'future', expiryMs: EXPIRY }, bareRisk(late))], 2 * QUARTER);
    world.priced(180, [], 0);
    expect(mark(world, FUTURE)).toBe(190_000);
    expect(mark(world, late)).toBe(180_000);
    world.priced(180, [], QUARTER);
    expect(mark(world, late)).toBe(180_000);
    world.priced(100, [], 0);
    expect([mark(world, FUTURE), mark(world, late)]).toEqual([170_000, 120_000]);
  });

  it('keeps the average that it has taken when it is wound down inside its window', () => {
    const { world } = opened(FUTURE);
    world.priced(200, [], 2 * QUARTER);
    mustPass(world.priced(180, [{ kind: 'windDownInstrument', actor: GOVERNOR, instrument: FUTURE }], 0));
    expect(world.engine.state.instruments[FUTURE]).toMatchObject({ status: 'reduceOnly', settlesAtMs: EXPIRY });
    expect(mark(world, FUTURE)).toBe(190_000);
    world.priced(180, [], 2 * QUARTER);
    expect(world.engine.state.instruments[FUTURE]).toMatchObject({ status: 'settled', finalPrice: 190_000 });
  });

  it('trades near its own mark: a fill at the live price is out of band for who is below initial margin', () => {
    const { world, long, short } = opened(FUTURE);
    world.priced(200, [], 3 * QUARTER);
    world.priced(160, [], 0);
    // 150 fixed and 40 left; a tenth of 40 is what half the maintenance rate is taken of.
    expect(mark(world, FUTURE)).toBe(190_000);
    mustPass(world.block([fillAt(FUTURE, { buyer: short, seller: long }, 10, 190_000)], 0));
  });
});

describe('an option in its last half hour', () => {
  it('is worth its payoff at what is fixed plus what is left, and loses what that part loses', () => {
    const { world, long, short } = opened(CALL);
    world.priced(200, [], 2 * QUARTER);
    world.priced(190, [], 0);
    // Deep in the money with minutes to go an option is its payoff: 195 − 100, 300 − 195.
    expect([mark(world, CALL), mark(world, PUT)]).toEqual([95_000, 105_000]);
    // Cash of 9,900 beside a value of 95; ten percent of 95 that is left to move, and a tick a lot for rounding.
    expect(margin(world, long)).toMatchObject({ equity: 9_995n * DOLLAR, maintenance: 6_650_000n + 1_000n });
    expect(margin(world, short)).toMatchObject({ equity: 10_005n * DOLLAR });
    world.priced(180, [], 0);
    expect([mark(world, CALL), mark(world, PUT)]).toEqual([90_000, 110_000]);
    expect(margin(world, long)).toMatchObject({ equity: 9_990n * DOLLAR, maintenance: 6_300_000n + 1_000n });
  });

  it('settles where it was marked one moment before', () => {
    const { world } = opened(PUT);
    for (const eth of [200, 230, 210, 190]) world.priced(eth, [], QUARTER - (eth === 190 ? 1 : 0));
    const last = mark(world, PUT);
    world.priced(190, [], 1);
    // A quarter each at 200, 200, 230 and 210, but for the millisecond at 190: 300 − 210.
    expect([last, world.engine.state.instruments[PUT]?.finalPrice]).toEqual([90_000, 90_000]);
  });
});

describe('margin inside settlement windows', () => {
  it('is the same from a snapshot and from a replay of events, whatever volatilities are reported, and the filter passes nobody below the line', () => {
    let averaged = 0;
    let own = 0;
    let pushed = 0;
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            stepMs: fc.integer({ min: 0, max: 240_000 }),
            eth: fc.option(fc.integer({ min: 120, max: 280 }), { freq: 4 }),
            percents: fc.option(fc.tuple(fc.integer({ min: 30, max: 200 }), fc.integer({ min: 30, max: 200 })), { freq: 2 }),
            fills: fc.array(
              fc.record({
                instrument: fc.constantFrom(FUTURE, CALL, PUT),
                sides: fc.constantFrom([1, 2] as const, [2, 1] as const, [1, 3] as const, [3, 2] as const),
                lots: fc.integer({ min: 1, max: 60_000 }),
              }),
              { maxLength: 3 },
            ),
          }),
          { minLength: 6, maxLength: 14 },
        ),
        (steps) => {
          const { world, long, short } = opened(FUTURE, { risk: perpetualRisk });
          mustPass(world.block([takesVolatilities(world, FEED)], 0));
          world.block([], 60_000);
          const third = openIn(world, 103, MAIN, 'portfolio');
          mustPass(world.block([deposit(third, USD, 2_000n * DOLLAR)], 0));
          const accounts = [long, short, third];
          const replica = copyOf(world.engine);
          for (const { stepMs, eth, percents, fills } of steps) {
            const commands: Unsigned[] = fills.map(({ instrument, sides, lots }) => {
              const [buyer, seller] = sides.map((at) => accounts[at - 1] ?? third) as [AccountId, AccountId];
              return fillAt(instrument, { buyer, seller }, lots, Math.max(1, mark(world, instrument)));
            });
            if (percents !== null) commands.push(volatilities(world.engine.state.timeMs + stepMs, percents));
            const block = eth === null ? world.block(commands, stepMs) : world.priced(eth, commands, stepMs);
            replayBlock(replica, block);
            expect(sameBytes(encodeSnapshot(replica.state), encodeSnapshot(world.engine.state))).toBe(true);
            const rebuilt = copyOf(world.engine);
            const { view, state } = world.engine;
            for (let row = 0; row < accountCount(state); row += 1) {
              const account = accountId(row);
              if (!isOpenAccount(state, account)) continue;
              const figures = figuresOf(view, account, view.scanned);
              expect(figuresOf(rebuilt.view, account, rebuilt.view.scanned)).toEqual(figures);
              expect(figuresOf(replica.view, account, replica.view.scanned)).toEqual(figures);
              const store = state.ledger.accounts;
              const kept = store.cash[account] ?? 0n;
              store.cash[account] = kept - figures.healthMaintenance - 1n;
              pushed += 1;
              expect(flagAccounts(view, Int32Array.of(account))).toEqual([account]);
              store.cash[account] = kept;
            }
            if (modelOf(view, MAIN).input.instruments.some(({ volatilityPpm }) => volatilityPpm !== null)) own += 1;
            if (state.instruments.some((one) => one.status !== 'settled' && (one.settlement?.coveredMs ?? 0) > 0)) averaged += 1;
          }
        },
      ),
      { seed: 20_261, numRuns: 25 },
    );
    expect(averaged).toBeGreaterThan(100);
    expect(own).toBeGreaterThan(50);
    expect(pushed).toBeGreaterThan(500);
  });
});
