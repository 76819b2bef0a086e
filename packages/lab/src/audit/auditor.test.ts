import type { BlockResult, Engine, Event } from '@plimsoll/core/engine';
import type { MarginProfile } from '@plimsoll/core/margin';
import { amount, ppm, ray, ticks, ticksPerLot } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { type ScriptedRun, scriptedRun, scriptedTerms } from '../invariants/testing/scriptedRun.ts';
import { worldGenesis } from '../worlds/createWorld.ts';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { AuditFailure } from './auditFailure.ts';
import { type AuditMode, type Auditor, createAuditor } from './auditor.ts';

const BLOCKS = 220;

interface AuditedRun extends ScriptedRun {
  readonly auditor: Auditor;
}

/** A scripted run under an auditor who sees what `tamper` makes of each block. */
function auditedRun(
  seed: number,
  mode: AuditMode,
  tamper: (result: BlockResult, engine: Engine) => BlockResult = (result) => result,
): AuditedRun {
  const auditor = createAuditor(worldGenesis(scriptedTerms()), { mode, readMargin, readOption });
  const run = scriptedRun(seed, (engine, block, result) => auditor.observe(engine, block, tamper(result, engine)));
  return { ...run, auditor };
}

/** What the auditor says when it stops the run; fails the test when it lets all blocks pass. */
function failureOf(act: () => void): AuditFailure {
  try {
    act();
  } catch (error) {
    if (error instanceof AuditFailure) return error;
    throw error;
  }
  throw new Error('the auditor found nothing');
}

function stepTimes(run: ScriptedRun, blocks: number): void {
  for (let block = 0; block < blocks; block += 1) run.step();
}

/** A run of which the state is corrupted after 90 blocks, then audited once more. */
function corrupted(corrupt: (engine: Engine) => void): AuditFailure {
  const run = auditedRun(2, 'full');
  stepTimes(run, 90);
  const { engine } = run.world;
  corrupt(engine);
  return failureOf(() => run.auditor.finish(engine));
}

/** A run in which the first event that `change` answers for is replaced in what the auditor sees. */
function tampered(change: (event: Event) => Event | null): AuditFailure {
  let isDone = false;
  const run = auditedRun(2, 'sampled', (result) => ({
    ...result,
    events: result.events.map((event) => {
      const next = isDone ? null : change(event);
      isDone ||= next !== null;
      return next ?? event;
    }),
  }));
  return failureOf(() => {
    stepTimes(run, BLOCKS);
    if (!isDone) throw new Error('the run never came to the event');
  });
}

describe('the auditor and the engine', () => {
  const met = new Set<string>();

  it.each([1, 2, 3])('agree on every account after every block of run %i, down to deleveraging and shared losses', (seed) => {
    const run = auditedRun(seed, 'full', (result) => {
      for (const event of result.events) met.add('layer' in event ? `${event.kind} ${event.layer}` : event.kind);
      return result;
    });
    stepTimes(run, BLOCKS);
    run.auditor.finish(run.world.engine);
    expect(run.auditor.counts.blocks).toBe(BLOCKS + 2);
    expect(run.auditor.counts.compared).toBeGreaterThan(BLOCKS * 20);
    expect(run.auditor.counts.withOptions).toBe(0);
  });

  it('agree under a profile with joint scenarios and discounts by expiry', () => {
    const profile = jointProfile();
    const auditor = createAuditor(worldGenesis(scriptedTerms(undefined, profile)), { mode: 'full', readMargin, readOption });
    const run = scriptedRun(3, (engine, block, result) => auditor.observe(engine, block, result), profile);
    stepTimes(run, 100);
    auditor.finish(run.world.engine);
    expect(auditor.counts.compared).toBeGreaterThan(100 * 20);
  });

  it('met every layer of the waterfall in these runs', () => {
    for (const kind of [
      'sliceSold auction',
      'sliceSold backstop',
      'lossWritten insurance',
      'deleveraged',
      'lossWritten socialised',
      'positionSettled',
      'cashLoanSettled',
      'bundleApplied',
    ]) {
      expect([...met]).toContain(kind);
    }
  });

  it('compare only what a block touched when sampling, and everything at the end', () => {
    const run = auditedRun(1, 'sampled');
    stepTimes(run, 50);
    const before = run.auditor.counts.compared;
    run.auditor.finish(run.world.engine);
    expect(run.auditor.counts.compared - before).toBe(25);
    expect(before).toBeLessThan(52 * 25);
  });

  it('look at nothing when the audit is off', () => {
    const run = auditedRun(1, 'off');
    stepTimes(run, 5);
    run.auditor.finish(run.world.engine);
    expect(run.auditor.counts).toEqual({ compared: 0, withOptions: 0, blocks: 0 });
  });
});

/** The shipped default with 40 % of its functional from three joint scenarios, and dated positions discounted by sign. */
function jointProfile(): MarginProfile {
  const base = shippedProfile('plimsoll-grid');
  const band = (daysUpTo: number | null, positive: number, negative: number) => ({
    daysUpTo,
    positivePpm: ppm(positive),
    negativePpm: ppm(negative),
  });
  const transform = {
    kind: 'perExpiry',
    of: 'profit',
    bands: [band(30, 700_000, 1_100_000), band(null, 800_000, 1_200_000)],
  } as const;
  const move = (underlying: string, spot: number) => ({ underlying, spotPpm: ppm(spot), volatility: 'none' as const });
  const all = ppm(1_000_000);
  return {
    ...base,
    name: 'joint',
    scenarioSets: base.scenarioSets.map((set) => ({ ...set, transform })),
    joint: {
      weightPpm: ppm(400_000),
      worstCount: 2,
      scenarios: [
        {
          name: 'both fall',
          dampeningPpm: all,
          otherwisePpm: ppm(-100_000),
          moves: [move('ETH', -300_000), move('BTC', -200_000)],
        },
        { name: 'ether rises', dampeningPpm: ppm(900_000), otherwisePpm: null, moves: [move('ETH', 250_000)] },
        { name: 'all rise', dampeningPpm: all, otherwisePpm: ppm(50_000), moves: [] },
      ],
    },
  };
}

describe('a planted error in the state', () => {
  it('of one unit of cash is named with its account', () => {
    const { disagreement } = corrupted(({ state }) => {
      const { cash } = state.ledger.accounts;
      cash[7] = (cash[7] ?? 0n) + 1n;
    });
    expect(disagreement).toMatchObject({ account: 7, figure: 'cash', height: 92 });
    expect(BigInt(disagreement.found) - BigInt(disagreement.expected)).toBe(1n);
  });

  it('of a position with its sign turned is named with its instrument', () => {
    let account = -1;
    const { disagreement } = corrupted(({ state }) => {
      const store = state.ledger.accounts;
      account = store.positionCount.findIndex((count) => count > 0);
      const slot = store.positionStart[account] ?? 0;
      store.positionLots[slot] = -(store.positionLots[slot] ?? 0);
    });
    expect(disagreement.account).toBe(account);
    expect(disagreement.figure).toMatch(/^lots of instrument \d+$/);
  });

  it('of a funding index that is off by one tick is named with its instrument', () => {
    const { disagreement } = corrupted(({ state }) => {
      const found = state.instruments[0];
      if (found === undefined) throw new Error('the world has a perpetual');
      state.instruments[0] = { ...found, funding: { ...found.funding, index: ticksPerLot(found.funding.index + 1) } };
    });
    expect(disagreement).toMatchObject({ account: null, figure: 'funding index of instrument 0' });
  });

  it('of a debt index that is off by one part in 1e27 is named with its pool', () => {
    const { disagreement } = corrupted(({ state }) => {
      const pool = state.ledger.pools[0];
      if (pool === null || pool === undefined) throw new Error('the settlement asset has a pool');
      state.ledger.pools[0] = { ...pool, debtIndex: ray(pool.debtIndex + 1n) };
    });
    expect(disagreement).toMatchObject({ account: null, figure: 'debtIndex of pool 0' });
  });

  it('of a fund that holds a unit more is named with its group', () => {
    const { disagreement } = corrupted(({ state }) => {
      const funds = state.ledger.groups[0]?.funds;
      if (funds !== undefined) funds[1] = amount((funds[1] ?? 0n) + 1n);
    });
    expect(disagreement.figure).toBe('fund protocol of group 0');
  });

  it('of a parameter that no bundle changed is named with its list', () => {
    const { disagreement } = corrupted(({ state }) => {
      const { instruments } = state.parameters;
      state.parameters = {
        ...state.parameters,
        instruments: instruments.map((record) => ({ ...record, impactPpm: ppm(record.impactPpm + 1) })),
      };
    });
    expect(disagreement.figure).toBe('parameters of instruments');
  });
});

describe('a planted error in how margin is computed', () => {
  it('of one tick in a rate per lot is found in a requirement', () => {
    const { disagreement } = corrupted((engine) => {
      readMargin(engine, 1);
      const rates = engine.view.models[0]?.rows.maintenanceRate;
      for (const [row, rate] of rates?.entries() ?? []) rates?.set([rate + 1], row);
    });
    expect(disagreement.figure).toBe('maintenance requirement');
    expect(disagreement.account).not.toBeNull();
  });

  it('of entries of the risk matrix is found in a requirement', () => {
    const { disagreement } = corrupted((engine) => {
      readMargin(engine, 1);
      const matrix = engine.view.models[0]?.matrix;
      for (const [at, entry] of matrix?.entries() ?? []) if (entry < 0) matrix?.set([entry - 1], at);
    });
    expect(disagreement.figure).toBe('maintenance requirement');
  });

  it('of the value of a long lot is found in equity', () => {
    const { disagreement } = corrupted((engine) => {
      readMargin(engine, 1);
      const values = engine.view.models[0]?.rows.longValue;
      for (const [row, value] of values?.entries() ?? []) values?.set([value + 1], row);
    });
    expect(disagreement.figure).toBe('equity');
  });
});

describe('a planted error in the events', () => {
  it('of one leg is named with its place', () => {
    const { disagreement } = tampered((event) => {
      if (event.kind !== 'deposited') return null;
      return {
        ...event,
        legs: event.legs.map((leg) => (leg.place === 'outside' ? { ...leg, amount: amount(leg.amount - 1n) } : leg)),
      };
    });
    expect(disagreement.figure).toMatch(/^deposited: outside of asset \d+$/);
  });

  it('of two legs that net to zero is found because the price says otherwise', () => {
    let buyer = -1;
    const { disagreement } = tampered((event) => {
      if (event.kind !== 'traded') return null;
      buyer = event.buyer;
      const shift = (account: number): bigint => (account === event.buyer ? 1n : -1n);
      return {
        ...event,
        legs: event.legs.map((leg) => (leg.place === 'cash' ? { ...leg, amount: amount(leg.amount + shift(leg.account)) } : leg)),
      };
    });
    expect(disagreement).toMatchObject({ figure: 'traded: cash' });
    expect(disagreement.account).not.toBeNull();
    expect(buyer).toBeGreaterThan(0);
  });

  it('of a fee beyond its cap is found', () => {
    const { disagreement } = tampered((event) => {
      if (event.kind !== 'sliceSold' || event.layer !== 'auction' || event.fee === 0n) return null;
      const extra = event.fee * 100n;
      const legs = event.legs.map((leg) =>
        leg.place === 'cash' && leg.account === event.account ? { ...leg, amount: amount(leg.amount - extra) } : leg,
      );
      return {
        ...event,
        fee: ticks(event.fee + extra),
        legs: [
          ...legs,
          {
            place: 'fund',
            group: event.legs.flatMap((leg) => (leg.place === 'fund' ? [leg.group] : []))[0] ?? (0 as never),
            fund: 'protocol',
            amount: amount(extra),
          },
        ],
      };
    });
    expect(disagreement.figure).toMatch(/^(?:fee of the slice|sliceSold: )/);
  });

  it('of interest that suppliers were not owed is named with the pool', () => {
    const { disagreement } = tampered((event) => {
      if (event.kind !== 'poolUpdated' || event.cause !== 'interest') return null;
      return { ...event, pool: { ...event.pool, supplyIndex: ray(event.pool.supplyIndex + 1n) } };
    });
    expect(disagreement.figure).toMatch(/^supplyIndex of pool \d$/);
  });

  it('of a social index that rises by more than its loss is named with the instrument', () => {
    const { disagreement } = tampered((event) => {
      if (event.kind !== 'instrumentUpdated' || event.cause !== 'socialised') return null;
      return { ...event, state: { ...event.state, socialIndex: ticksPerLot(event.state.socialIndex + 1) } };
    });
    expect(disagreement.figure).toMatch(/^rise of the social index of instrument \d$/);
  });

  it('of a block left out is found in the height', () => {
    let blocks = 0;
    const auditor = createAuditor(worldGenesis(scriptedTerms()), { mode: 'sampled', readMargin, readOption });
    const run = scriptedRun(1, (engine, block, result) => {
      blocks += 1;
      if (blocks !== 10) auditor.observe(engine, block, result);
    });
    expect(failureOf(() => stepTimes(run, 20)).disagreement).toMatchObject({ height: 11, figure: 'height' });
  });
});
