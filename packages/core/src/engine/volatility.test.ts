import { describe, expect, it } from 'vitest';
import type { VolatilityFeedParameters } from '../assets/parameters.ts';
import {
  type AccountId,
  accountId,
  durationMs,
  feedId,
  type InstrumentId,
  instrumentId,
  ownerId,
  ppm,
  price,
  sourceId,
  timeMs,
} from '../numeric/brand.ts';
import { markPerLot } from '../pricing/instrumentValue.ts';
import { encodeSnapshot, stateWithoutLedger } from '../wire/snapshot.ts';
import type { ReportedSmile } from './commands.ts';
import { applyBlock, nextHeight, replayBlock } from './engine.ts';
import { markTicksOf } from './fillBand.ts';
import { figuresOf } from './healthOf.ts';
import { accountCount, isOpenAccount } from './lookup.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  GOVERNOR,
  MAIN,
  PUBLISHER,
  START_MS,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { copyOf, eventsOf, mustPass, rejectionOf, sameBytes } from './testing/inspect.ts';
import { DOLLAR, fillAt, openIn } from './testing/market.ts';
import { listOnEther, optionOn, reportedSmile, smileOf, takesVolatilities } from './testing/optionMarket.ts';
import { modelOf } from './view.ts';
import { volatilityOf } from './volatility.ts';

const LOW = instrumentId(1);
const HIGH = instrumentId(2);
const EXPIRY = timeMs(START_MS + 30 * 86_400_000);
const SECOND = ownerId(41);
const NANO = 1_000_000_000n;
const FEED: VolatilityFeedParameters = {
  minSources: 1,
  minWeight: 1,
  maxAgeMs: durationMs(300_000),
  agreementPpm: ppm(100_000),
};

/** Ether at 200 with calls at 180 and 240; its volatility is 80 % where nothing is reported. */
function listed(volatilityFeed: VolatilityFeedParameters | null = FEED): EngineWorld {
  const world = createEngineWorld({ interestFree: true });
  mustPass(world.block([listOnEther(LOW, optionOn('call', 180, EXPIRY)), listOnEther(HIGH, optionOn('call', 240, EXPIRY))]));
  if (volatilityFeed !== null) mustPass(world.block([takesVolatilities(world, volatilityFeed)]));
  world.priced(200, [], 60_000);
  world.priced(200, [], 60_000);
  return world;
}

type ReportTerms = Partial<Parameters<typeof reportedSmile>[0]> & { readonly smile: ReportedSmile };

const report = (terms: ReportTerms) => reportedSmile({ expiryMs: EXPIRY, publishedMs: 0, ...terms });

const nowOf = (world: EngineWorld): number => world.engine.state.timeMs;
const volatility = (world: EngineWorld, id: InstrumentId): number | null => {
  const { state } = world.engine;
  const terms = state.terms.instruments[id];
  return terms === undefined ? null : volatilityOf(state, state.parameters, terms);
};
const mark = (world: EngineWorld, id: InstrumentId): number => markTicksOf(world.engine.view, id);

/** What the pricer says of a call at this volatility now: time to the minute that has begun. */
function priced(world: EngineWorld, id: InstrumentId, percent: number): number {
  const { state } = world.engine;
  const terms = state.terms.instruments[id];
  if (terms === undefined) throw new Error('The call is listed.');
  return markPerLot(terms, {
    price: price(200n * NANO),
    volatilityPpm: ppm(percent * 10_000),
    timeMs: timeMs(state.timeMs - (state.timeMs % 60_000)),
  });
}

function row(world: EngineWorld, id: InstrumentId): readonly number[] {
  const { matrix, stride, rowOfInstrument } = modelOf(world.engine.view, MAIN);
  const at = rowOfInstrument[id] ?? -1;
  return [...matrix.subarray(at * stride, (at + 1) * stride)];
}

describe('reported volatilities', () => {
  it('price each option at its own strike, and scenarios shock that volatility', () => {
    const world = listed();
    expect([mark(world, LOW), mark(world, HIGH)]).toEqual([priced(world, LOW, 80), priced(world, HIGH, 80)]);
    const before = [row(world, LOW), row(world, HIGH)];
    mustPass(world.block([report({ smile: smileOf([180, 95], [240, 60]), publishedMs: nowOf(world) })], 0));
    expect([volatility(world, LOW), volatility(world, HIGH)]).toEqual([950_000, 600_000]);
    expect([mark(world, LOW), mark(world, HIGH)]).toEqual([priced(world, LOW, 95), priced(world, HIGH, 60)]);
    expect(mark(world, LOW)).toBeGreaterThan(priced(world, LOW, 80));
    expect(mark(world, HIGH)).toBeLessThan(priced(world, HIGH, 80));
    // Scenario 8 is the grid's still spot with volatility up by 45 % · (30 days / 30 days)^0.3, scenario 9 with it down by 30 %.
    for (const [id, percent] of [
      [LOW, 95],
      [HIGH, 60],
    ] as const) {
      expect(row(world, id)[8]).toBeCloseTo(priced(world, id, percent * 1.45) - priced(world, id, percent), -2);
      expect(row(world, id)[9]).toBeCloseTo(priced(world, id, percent * 0.7) - priced(world, id, percent), -2);
    }
    expect([row(world, LOW), row(world, HIGH)]).not.toEqual(before);
  });

  it('move margin and equity of who holds the option, to what the marks say', () => {
    const world = listed();
    const [long, short] = [101, 102].map((owner) => openIn(world, owner, MAIN, 'portfolio')) as [AccountId, AccountId];
    mustPass(
      world.block([
        deposit(long, USD, 10_000n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        fillAt(HIGH, { buyer: long, seller: short }, 1_000, mark(world, HIGH)),
      ]),
    );
    const before = figuresOf(world.engine.view, short, world.engine.view.scanned);
    const worth = mark(world, HIGH);
    mustPass(world.block([report({ smile: smileOf([240, 120]), publishedMs: nowOf(world) })], 0));
    const after = figuresOf(world.engine.view, short, world.engine.view.scanned);
    expect(before.equity - after.equity).toBe(1_000n * BigInt(mark(world, HIGH) - worth));
    expect(after.maintenance).toBeGreaterThan(before.maintenance);
    // The strike without a mark keeps the underlying's volatility.
    expect(volatility(world, LOW)).toBeNull();
    expect(mark(world, LOW)).toBe(priced(world, LOW, 80));
  });

  it('that grow old leave the underlying’s volatility, at the minute in which they do, also in a node that was restored', () => {
    const world = listed();
    const publishedMs = nowOf(world);
    mustPass(world.block([report({ smile: smileOf([180, 95], [240, 60]), publishedMs })], 0));
    const toMinute = 60_000 - (publishedMs % 60_000);
    world.priced(200, [], 240_000 + toMinute);
    expect([volatility(world, HIGH), mark(world, HIGH)]).toEqual([600_000, priced(world, HIGH, 60)]);
    world.block([], 60_000);
    expect(volatility(world, HIGH)).toBeNull();
    expect(mark(world, HIGH)).toBe(priced(world, HIGH, 80));
    const restored = copyOf(world.engine);
    expect(markTicksOf(restored.view, HIGH)).toBe(mark(world, HIGH));
    mustPass(world.block([report({ smile: smileOf([240, 61]), publishedMs: nowOf(world) })], 0));
    expect(volatility(world, HIGH)).toBe(610_000);
  });

  it('of several sources are their weighted median; who disagrees with all leaves the underlying’s volatility', () => {
    const world = listed({ ...FEED, minSources: 2, minWeight: 2 });
    const third = ownerId(42);
    mustPass(
      world.block([
        { kind: 'registerSource', actor: GOVERNOR, sourceActor: SECOND, weight: 1, feeds: [feedId(1)] },
        { kind: 'registerSource', actor: GOVERNOR, sourceActor: third, weight: 1, feeds: [feedId(1)] },
      ]),
    );
    const said = (actor: typeof SECOND, source: number, percent: number): Unsigned =>
      report({ smile: smileOf([240, percent]), actor, source: sourceId(source), publishedMs: nowOf(world) });
    mustPass(world.block([said(PUBLISHER, 0, 60)], 0));
    expect(volatility(world, HIGH)).toBeNull();
    mustPass(world.block([said(SECOND, 1, 900)], 0));
    expect(volatility(world, HIGH)).toBeNull();
    mustPass(world.block([said(third, 2, 64)], 0));
    expect(volatility(world, HIGH)).toBe(640_000);
  });

  it('come as SVI too: what is kept are marks at the listed strikes', () => {
    const world = listed();
    const svi: ReportedSmile = {
      kind: 'svi',
      aPico: 10_000_000_000,
      bPico: 100_000_000_000,
      rhoPico: -300_000_000_000,
      mPico: 0,
      sigmaPico: 100_000_000_000,
      forward: price(200n * NANO),
    };
    const block = mustPass(world.block([report({ smile: svi, publishedMs: nowOf(world) })], 0));
    const [event] = eventsOf(block, 'volatilityReported');
    // By hand, k = ln(K/F), w = 0.01 + 0.1·(−0.3·k + √(k² + 0.01)), σ = √(w/τ): see the next lines in plain doubles.
    const years = (EXPIRY - nowOf(world)) / (365 * 86_400_000);
    const expected = [180, 240].map((strike) => {
      const k = Math.log(strike / 200);
      return Math.sqrt((0.01 + 0.1 * (-0.3 * k + Math.sqrt(k * k + 0.01))) / years) * 1e6;
    });
    expect(event?.report.marks.map(({ strike }) => strike)).toEqual([180n * NANO, 240n * NANO]);
    event?.report.marks.forEach(({ volatilityPpm }, at) => {
      expect(Math.abs(volatilityPpm - (expected[at] ?? 0))).toBeLessThan(0.51);
    });
    expect(volatility(world, LOW)).toBe(event?.report.marks[0]?.volatilityPpm);
  });

  it('are forgotten with the last option of their expiry', () => {
    const world = listed();
    mustPass(world.block([report({ smile: smileOf([180, 95], [240, 60]), publishedMs: nowOf(world) })], 0));
    expect(world.engine.state.surfaces).toHaveLength(1);
    mustPass(world.block([{ kind: 'windDownInstrument', actor: GOVERNOR, instrument: LOW }], 0));
    for (let quarter = 0; quarter < 5; quarter += 1) world.priced(200, [], 900_000);
    expect(world.engine.state.instruments[LOW]?.status).toBe('settled');
    expect(world.engine.state.surfaces).toHaveLength(1);
    mustPass(world.block([{ kind: 'windDownInstrument', actor: GOVERNOR, instrument: HIGH }], 0));
    for (let quarter = 0; quarter < 5; quarter += 1) world.priced(200, [], 900_000);
    expect(world.engine.state.instruments[HIGH]?.status).toBe('settled');
    expect(world.engine.state.surfaces).toEqual([]);
  });

  it('are in snapshots, replays and the rest of the state; a state without any has no bytes for them', () => {
    const world = listed();
    const replica = copyOf(world.engine);
    expect(stateWithoutLedger(world.engine.state)).not.toHaveProperty('surfaces');
    replayBlock(replica, world.block([report({ smile: smileOf([180, 95], [240, 60]), publishedMs: nowOf(world) })], 0));
    expect(stateWithoutLedger(world.engine.state)).toHaveProperty('surfaces');
    expect(sameBytes(encodeSnapshot(replica.state), encodeSnapshot(world.engine.state))).toBe(true);
    const restored = copyOf(world.engine);
    expect(restored.state.surfaces).toEqual(world.engine.state.surfaces);
    for (let row = 0; row < accountCount(world.engine.state); row += 1) {
      if (!isOpenAccount(world.engine.state, accountId(row))) continue;
      expect(figuresOf(restored.view, accountId(row), restored.view.scanned)).toEqual(
        figuresOf(world.engine.view, accountId(row), world.engine.view.scanned),
      );
    }

    const block = { height: nextHeight(restored.state), timeMs: timeMs(restored.state.timeMs + 61_000), commands: [] };
    expect(sameBytes(applyBlock(restored, block).hash, applyBlock(world.engine, block).hash)).toBe(true);
  });
});

describe('a report of volatilities that is refused', () => {
  const svi = {
    kind: 'svi' as const,
    aPico: 10_000_000_000,
    bPico: 100_000_000_000,
    rhoPico: 0,
    mPico: 0,
    sigmaPico: 100_000_000_000,
    forward: price(200n * NANO),
  };
  it.each<[string, (world: EngineWorld) => Partial<ReportTerms>]>([
    ['publishedAhead', (world) => ({ publishedMs: nowOf(world) + 1 })],
    ['reportTooOld', (world) => ({ publishedMs: nowOf(world) - 300_001 })],
    ['publishTimeNotRising', (world) => ({ publishedMs: nowOf(world) - 60_000 })],
    ['noOption', () => ({ expiryMs: EXPIRY + 1 })],
    ['noOption', () => ({ smile: smileOf([200, 80]) })],
    ['noOption', () => ({ smile: smileOf() })],
    ['strikesNotRising', () => ({ smile: smileOf([240, 60], [180, 95]) })],
    ['strikesNotRising', () => ({ smile: smileOf([180, 60], [180, 60]) })],
    ['volatilityOutOfRange', () => ({ smile: smileOf([180, 0]) })],
    ['volatilityOutOfRange', () => ({ smile: smileOf([180, 1_001]) })],
    ['SVI_B_NEGATIVE', () => ({ smile: { ...svi, bPico: -1 } })],
    ['SVI_RHO_OUTSIDE', () => ({ smile: { ...svi, rhoPico: 1_000_000_000_000 } })],
    ['SVI_NOT_FINITE', () => ({ smile: { ...svi, aPico: Number.NaN } })],
    ['volatilityOutOfRange', () => ({ smile: { ...svi, aPico: 100_000_000_000_000 } })],
  ])('for %s names it', (reason, change) => {
    const world = listed();
    mustPass(world.block([report({ smile: smileOf([180, 90]), publishedMs: nowOf(world) - 60_000 })], 0));
    const given = { smile: smileOf([180, 95]), publishedMs: nowOf(world), ...change(world) };
    const rejection = rejectionOf(world, report(given), [], 0);
    expect([rejection?.code, rejection?.figures['reason']]).toEqual(['reportRefused', reason]);
  });

  it('because its underlying takes none, its source is of another feed, or it names an expiry twice', () => {
    const none = listed(null);
    const plain = (world: EngineWorld): ReportTerms => ({ smile: smileOf([180, 95]), publishedMs: nowOf(world) });
    expect(rejectionOf(none, report(plain(none)), [], 0)?.figures['reason']).toBe('volatilityNotTaken');
    const world = listed();
    mustPass(world.block([{ kind: 'registerSource', actor: GOVERNOR, sourceActor: SECOND, weight: 1, feeds: [feedId(0)] }]));
    const foreign = report({ ...plain(world), actor: SECOND, source: sourceId(1) });
    expect(rejectionOf(world, foreign, [], 0)?.figures['reason']).toBe('sourceUnknown');
    const once = report(plain(world));
    const block = world.block([{ ...once, smiles: [...once.smiles, ...once.smiles] }], 0);
    expect(eventsOf(block, 'volatilityReported')).toHaveLength(1);
    expect(rejectionOf(world, { ...once, smiles: [] }, [], 0)?.figures['reason']).toBe('empty');
  });

  it('parameters that could never agree are refused with the bundle that brings them', () => {
    const world = listed(null);
    const refused = world.block([
      takesVolatilities(world, { ...FEED, minSources: 0, maxAgeMs: durationMs(1), agreementPpm: ppm(0) }),
    ]);
    const [result] = refused.results;
    expect(result?.kind).toBe('rejected');
  });
});
