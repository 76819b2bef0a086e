import { type BlockResult, type Engine, type Event, replayBlock } from '@plimsoll/core/engine';
import { amount, lots, price, ray, shares, ticks, ticksPerLot } from '@plimsoll/core/numeric';
import { describe, expect, it, vi } from 'vitest';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { createWorldEngine, type SimulatedRun, simulatedRun } from '../simulation/simulate.ts';
import { ETH_CALL, ETH_PUT, genesisOf } from '../simulation/simulatedWorld.ts';
import { SUITE_TERMS } from '../simulation/simulateMany.ts';
import { AuditFailure } from './auditFailure.ts';
import { type Auditor, createAuditor, type ReadOption } from './auditor.ts';

/** Runs are looked for among so many seeds: rare events move to another one whenever the engine decides something else. */
const SEEDS = 40;
/** Runs are made whole, on whatever machine this is. */
vi.setConfig({ testTimeout: 600_000 });
const UNCHECKED = { ...SUITE_TERMS, auditOneIn: 0, followerOneIn: 0, twinOneIn: 0 };

const runs = new Map<string, SimulatedRun>();

function runOf(seed: string): SimulatedRun {
  const found = runs.get(seed) ?? simulatedRun({ ...UNCHECKED, seed });
  runs.set(seed, found);
  return found;
}

const seeds = new Map<string, string>();

/** A seed whose run comes to such an event: the search begins where one was found last, and goes on round when the engine has changed. */
function seedWith(
  { what, foundAt }: { readonly what: string; readonly foundAt: number },
  isIt: (event: Event) => boolean,
): string {
  const known = seeds.get(what);
  if (known !== undefined) return known;
  for (let step = 0; step < SEEDS; step += 1) {
    const seed = `a/${((foundAt - 1 + step) % SEEDS) + 1}`;
    if (!runOf(seed).results.some(({ events }) => events.some(isIt))) continue;
    seeds.set(what, seed);
    return seed;
  }
  throw new Error(`no run of ${SEEDS} comes to ${what}`);
}

const deleveraging = (): string =>
  seedWith({ what: 'a deficit that is deleveraged', foundAt: 2 }, (event) => event.kind === 'deleveraged' && event.paid > 0n);

const writeOff = (isOwn: boolean): string =>
  seedWith(
    isOwn ? { what: 'a write-off in the settlement asset', foundAt: 15 } : { what: 'a write-off in another asset', foundAt: 10 },
    (event) =>
      event.kind === 'lossWritten' && event.layer === 'socialised' && event.asset !== null && (event.asset === 0) === isOwn,
  );

/** The blocks of a run once more, under an auditor who sees what `tamper` makes of each. */
function audited(
  seed: string,
  seen: {
    readonly tamper?: (result: BlockResult, engine: Engine) => BlockResult;
    readonly readOption?: ReadOption;
    readonly blocks?: number;
  } = {},
): { readonly auditor: Auditor; readonly engine: Engine } {
  const { variant, results } = runOf(seed);
  const engine = createWorldEngine(variant);
  const auditor = createAuditor(genesisOf(variant), {
    mode: 'sampled',
    readMargin,
    readOption: seen.readOption ?? readOption,
  });
  for (const result of results.slice(0, seen.blocks ?? results.length)) {
    replayBlock(engine, result);
    auditor.observe(engine, result, seen.tamper?.(result, engine) ?? result);
  }
  return { auditor, engine };
}

function failureOf(act: () => void): AuditFailure {
  try {
    act();
  } catch (error) {
    if (error instanceof AuditFailure) return error;
    throw error;
  }
  throw new Error('the auditor found nothing');
}

/** A run in which the first event that `change` answers for is replaced by its answer: by nothing when it is `left out`. */
function tampered(seed: string, change: (event: Event, engine: Engine) => Event | 'left out' | null): AuditFailure {
  let isDone = false;
  const tamper = (result: BlockResult, engine: Engine): BlockResult => ({
    ...result,
    events: result.events.flatMap((event) => {
      const next = isDone ? null : change(event, engine);
      isDone ||= next !== null;
      return next === 'left out' ? [] : [next ?? event];
    }),
  });
  return failureOf(() => {
    audited(seed, { tamper });
    throw new Error(isDone ? 'the auditor found nothing' : 'the run never came to the event');
  });
}

describe('the auditor in random runs', () => {
  it.each([true, false])('agrees on every margin down to a write-off of debt, options among them (own asset: %s)', (isOwn) => {
    const { auditor, engine } = audited(writeOff(isOwn));
    auditor.finish(engine);
    expect(auditor.counts.withOptions).toBeGreaterThan(100);
  });
});

describe('a planted error in an option', () => {
  it('of one tick in one profit is found, in the row that the engine decides with', () => {
    const { auditor, engine } = audited(deleveraging(), { blocks: 20 });
    readMargin(engine, 3);
    const model = engine.view.models[0];
    const row = model?.rowOfInstrument[ETH_CALL] ?? -1;
    if (model === undefined || row < 0) throw new Error('the call has a row');
    const at = row * model.stride + 4;
    model.matrix[at] = (model.matrix[at] ?? 0) + 1;
    const { disagreement } = failureOf(() => auditor.finish(engine));
    expect(disagreement.figure).toBe(`profit in stress scenario 4 of option ${ETH_CALL}`);
  });

  it.each(['mark', 'larger', 'smaller', 'slowGap', 'roundingBound'] as const)('of one tick in its %s is found', (field) => {
    const { disagreement } = failureOf(() =>
      audited(deleveraging(), {
        readOption: (engine, instrument) => {
          const row = readOption(engine, instrument);
          return row === null || instrument !== ETH_PUT ? row : { ...row, [field]: row[field] + 1n };
        },
      }),
    );
    expect(disagreement.figure).toContain(`of option ${ETH_PUT}`);
  });

  it('that is missing from the engine is found', () => {
    const { disagreement } = failureOf(() => audited(deleveraging(), { readOption: () => null }));
    expect(disagreement.figure).toBe(`row of option ${ETH_CALL}`);
  });
});

describe('a planted error in a price', () => {
  it('of one part in a thousand million is named with its feed', () => {
    const { disagreement } = tampered(deleveraging(), (event) => {
      if (event.kind !== 'feedUpdated' || event.state.aggregate === null) return null;
      const { aggregate } = event.state;
      return { ...event, state: { ...event.state, aggregate: { ...aggregate, price: price(aggregate.price + 1n) } } };
    });
    expect(disagreement.figure).toMatch(/^aggregate, price, of feed \d$/);
  });

  it('of a slow price that moved too fast is named with its feed', () => {
    const { disagreement } = tampered(deleveraging(), (event) => {
      if (event.kind !== 'feedUpdated' || event.state.slow === null) return null;
      return { ...event, state: { ...event.state, slow: { ...event.state.slow, value: event.state.slow.value + 1n } } };
    });
    expect(disagreement.figure).toMatch(/^slow price, value, of feed \d$/);
  });

  it('of a report that the gates let through is found in its number', () => {
    const { disagreement } = tampered(deleveraging(), (event) => {
      if (event.kind !== 'feedUpdated' || event.state.reports.length === 0) return null;
      return { ...event, state: { ...event.state, reports: event.state.reports.slice(1) } };
    });
    expect(disagreement.figure).toMatch(/^number of reports of feed \d$/);
  });

  it('that was left out although it was reported is named with its feed', () => {
    const { disagreement } = tampered(deleveraging(), (event) => (event.kind === 'feedUpdated' ? 'left out' : null));
    expect(disagreement.figure).toMatch(/^update of feed \d$/);
  });
});

describe('a planted error in an auction or a tranche', () => {
  it('of one tick in an escrow is named with its bidder', () => {
    let bidder = -1;
    const { disagreement } = tampered(deleveraging(), (event) => {
      if (event.kind !== 'bidRecorded') return null;
      bidder = event.account;
      return { ...event, escrow: ticks(event.escrow + 1n) };
    });
    expect(disagreement).toMatchObject({ account: bidder, figure: 'escrow of a bid' });
  });

  it('of one share too many for a deposit is named with its tranche', () => {
    const { disagreement } = tampered(deleveraging(), (event) =>
      event.kind === 'backstopFunded' ? { ...event, shares: event.shares + 1n } : null,
    );
    expect(disagreement.figure).toMatch(/^shares made in tranche \d$/);
  });

  it('of a slow value that is off by one part in 1e27 is named with its tranche', () => {
    const { disagreement } = tampered(deleveraging(), (event) => {
      if (event.kind !== 'trancheUpdated') return null;
      const { accounting } = event.state;
      return { ...event, state: { ...event.state, accounting: { ...accounting, slowValue: ray(accounting.slowValue + 1n) } } };
    });
    expect(disagreement.figure).toMatch(/^slow value of tranche \d$/);
  });

  it('of a unit paid too much for a redemption is named with its tranche', () => {
    const { disagreement } = tampered(deleveraging(), (event) => {
      if (event.kind !== 'backstopRedeemed') return null;
      const legs = event.legs.map((leg) =>
        leg.place === 'cash' ? { ...leg, amount: amount(leg.amount + (leg.account === event.account ? 1n : -1n)) } : leg,
      );
      return { ...event, amount: amount(event.amount + 1n), legs };
    });
    expect(disagreement.figure).toMatch(/^redemption paid of tranche \d$/);
  });

  it('of a deficit that is said to be backed by one tick more is named with its group', () => {
    const { disagreement } = tampered(deleveraging(), (event) =>
      event.kind === 'groupGated' && event.unbacked > 0n ? { ...event, unbacked: ticks(event.unbacked - 1n) } : null,
    );
    expect(disagreement.figure).toMatch(/^deficit of group \d that nothing stands behind$/);
  });

  it('of a gate that was not closed is named with its group', () => {
    const { disagreement } = tampered(deleveraging(), (event) => (event.kind === 'groupGated' ? 'left out' : null));
    expect(disagreement.figure).toMatch(/^deficit of group \d that nothing stands behind$/);
  });
});

describe('a planted error in a write-off', () => {
  it.each([
    ['the settlement asset', true],
    ['another asset', false],
  ] as const)('of one share of a debt in %s is named with its account', (_, isOwn) => {
    let account = -1;
    const { disagreement } = tampered(writeOff(isOwn), (event) => {
      if (event.kind !== 'lossWritten' || event.layer !== 'socialised' || event.asset === null) return null;
      if ((event.asset === 0) !== isOwn) return null;
      account = event.account;
      const legs = event.legs.map((leg) => (leg.place === 'debtShares' ? { ...leg, shares: shares(leg.shares + 1n) } : leg));
      return { ...event, legs };
    });
    expect(disagreement.account).toBe(account);
    expect(disagreement.figure).toMatch(/^shares written off of debt in asset \d$/);
  });
});

describe('a planted error in a deleveraging', () => {
  /** The first one that says something else, with whatever legs it has: figures are compared before they are booked. */
  function deleveragedAs(change: (event: Extract<Event, { kind: 'deleveraged' }>) => Event): AuditFailure['disagreement'] {
    return tampered(deleveraging(), (event) => (event.kind === 'deleveraged' && event.paid > 0n ? change(event) : null))
      .disagreement;
  }

  it('of one tick in its price is named with its instrument', () => {
    // Both sides trade at the wrong price, so that the posting is in order and only the price is not.
    const { figure } = deleveragedAs((event) => {
      const move = event.legs.find((leg) => leg.place === 'position' && leg.account === event.account);
      const signed = move?.place === 'position' ? BigInt(move.lots) : 0n;
      let isMoved = [false, false];
      const legs = event.legs.map((leg) => {
        if (leg.place !== 'cash') return leg;
        const side = leg.account === event.account ? 0 : 1;
        if (isMoved[side] === true) return leg;
        isMoved = isMoved.map((moved, index) => moved || index === side);
        return { ...leg, amount: amount(leg.amount + (side === 0 ? -signed : signed)) };
      });
      return { ...event, price: ticksPerLot(event.price + 1), legs };
    });
    expect(figure).toMatch(/^price of deleveraged instrument \d$/);
  });

  it('of one unit in the deficit that the other side takes over is named with its instrument', () => {
    const { figure } = deleveragedAs((event) => {
      const last = event.legs.length - 1;
      const legs = event.legs.map((leg, index) =>
        leg.place === 'cash' && index >= last - 1
          ? { ...leg, amount: amount(leg.amount + (leg.account === event.account ? 1n : -1n)) }
          : leg,
      );
      return { ...event, paid: ticks(event.paid + 1n), legs };
    });
    expect(figure).toMatch(/^deficit taken over of deleveraged instrument \d$/);
  });

  it('of more lots than the account has is named with its instrument', () => {
    const { figure } = deleveragedAs((event) => ({ ...event, lots: lots(event.lots + 1_000_000_000) }));
    expect(figure).toMatch(/^(?:lots of deleveraged instrument \d|deleveraged: .*)$/);
  });
});
