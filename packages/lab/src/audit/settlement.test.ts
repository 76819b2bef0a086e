import { type BlockResult, type Engine, type Event, modelOf, replayBlock } from '@plimsoll/core/engine';
import { compileRisk } from '@plimsoll/core/margin';
import { groupId } from '@plimsoll/core/numeric';
import { describe, expect, it, vi } from 'vitest';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { createWorldEngine, type SimulatedRun, send, simulatedRun } from '../simulation/simulate.ts';
import { ETH_CALL, ETH_FUTURE, ETH_PUT, genesisOf, START_MS } from '../simulation/simulatedWorld.ts';
import { SUITE_TERMS } from '../simulation/simulateMany.ts';
import { AuditFailure } from './auditFailure.ts';
import { createAuditor } from './auditor.ts';

vi.setConfig({ testTimeout: 600_000 });
const SEEDS = 40;
type InstrumentUpdated = Extract<Event, { kind: 'instrumentUpdated' }>;

/** True while the average of this instrument is partly taken: its margin moves with the rest of it alone. */
function isAveraging(engine: Engine, instrument: number): boolean {
  const state = engine.state.instruments[instrument];
  return state !== undefined && state.status !== 'settled' && (state.settlement?.coveredMs ?? 0) > 0;
}

const runs = new Map<string, SimulatedRun>();

function runOf(seed: string): SimulatedRun {
  const run = runs.get(seed) ?? simulatedRun({ ...SUITE_TERMS, auditOneIn: 0, followerOneIn: 0, twinOneIn: 0, seed });
  runs.set(seed, run);
  return run;
}

/** The first run in which accounts hold this instrument while its average is being taken, and in how many blocks. */
function runWith(instrument: number): { readonly run: SimulatedRun; readonly blocks: number } {
  for (let at = 1; at <= SEEDS; at += 1) {
    const run = runOf(`s/${at}`);
    const engine = createWorldEngine(run.variant);
    let blocks = 0;
    for (const result of run.results) {
      replayBlock(engine, result);
      const isHeld = (engine.state.ledger.accounts.instruments.longLots[instrument] ?? 0) > 0;
      if (isHeld && isAveraging(engine, instrument)) blocks += 1;
    }
    if (blocks >= 5) return { run, blocks };
  }
  throw new Error(`no run of ${SEEDS} holds instrument ${instrument} inside its settlement window`);
}

/** The blocks of a run under an auditor who sees what `tamper` makes of each, and of the engine. */
function audit(run: SimulatedRun, tamper: (result: BlockResult, engine: Engine) => BlockResult = (result) => result): number {
  const engine = createWorldEngine(run.variant);
  const auditor = createAuditor(genesisOf(run.variant), { mode: 'full', readMargin, readOption });
  for (const result of run.results) {
    replayBlock(engine, result);
    auditor.observe(engine, result, tamper(result, engine));
  }
  auditor.finish(engine);
  return auditor.counts.compared;
}

function failureOf(act: () => void): AuditFailure['disagreement'] {
  try {
    act();
  } catch (error) {
    if (error instanceof AuditFailure) return error.disagreement;
    throw error;
  }
  throw new Error('the auditor found nothing');
}

/** The first update of an average that is being taken, replaced by its answer. */
function tampered(change: (event: InstrumentUpdated) => Event): AuditFailure['disagreement'] {
  let isDone = false;
  return failureOf(() =>
    audit(future().run, (result) => ({
      ...result,
      events: result.events.flatMap((event) => {
        const isOne =
          event.kind === 'instrumentUpdated' && event.cause === 'expiry' && (event.state.settlement?.coveredMs ?? 0) > 0;
        if (isDone || !isOne) return [event];
        isDone = true;
        return [change(event)];
      }),
    })),
  );
}

let found: ReturnType<typeof runWith> | null = null;
function future(): ReturnType<typeof runWith> {
  found ??= runWith(ETH_FUTURE);
  return found;
}

function withSettlement(event: InstrumentUpdated, change: { readonly coveredMs?: number; readonly priceSum?: bigint }): Event {
  const { settlement } = event.state;
  return settlement === null ? event : { ...event, state: { ...event.state, settlement: { ...settlement, ...change } } };
}

describe('the auditor inside settlement windows', () => {
  it.each([
    ['the future', ETH_FUTURE],
    ['the call', ETH_CALL],
    ['the put', ETH_PUT],
  ] as const)('agrees on every account after every block of a run that holds %s while its average is taken', (_, instrument) => {
    const { run, blocks } = instrument === ETH_FUTURE ? future() : runWith(instrument);
    expect(blocks).toBeGreaterThanOrEqual(5);
    expect(audit(run)).toBeGreaterThan(run.journal.length * 10);
  });
});

describe('a planted error in a settlement average', () => {
  it('of one part in its sum is named with its instrument', () => {
    const { figure } = tampered((event) => withSettlement(event, { priceSum: (event.state.settlement?.priceSum ?? 0n) + 1n }));
    expect(figure).toMatch(/^sum of the settlement average of instrument \d$/);
  });

  it('of a millisecond too many is named with its instrument', () => {
    const { figure } = tampered((event) => withSettlement(event, { coveredMs: (event.state.settlement?.coveredMs ?? 0) + 1 }));
    expect(figure).toMatch(/^covered part of the settlement window of instrument \d$/);
  });

  it('that was not advanced although its window is open is named with its instrument', () => {
    const { variant, journal } = future().run;
    const engine = createWorldEngine(variant);
    const auditor = createAuditor(genesisOf(variant), { mode: 'full', readMargin, readOption });
    const [listings] = journal;
    if (listings === undefined) throw new Error('A run begins with its listings.');
    const listed = send(engine, listings);
    auditor.observe(engine, listed, listed);
    const inWindow = send(engine, { timeMs: START_MS + variant.futureExpiryMs - 600_000, commands: [] });
    const isLeftOut = (event: Event): boolean => event.kind === 'instrumentUpdated' && event.instrument === ETH_FUTURE;
    expect(inWindow.events.some(isLeftOut)).toBe(true);
    const events = inWindow.events.filter((event) => !isLeftOut(event));
    const { figure } = failureOf(() => auditor.observe(engine, inWindow, { ...inWindow, events }));
    expect(figure).toBe(`settlement average of instrument ${ETH_FUTURE}`);
  });

  it('of an engine that margins the whole price is found in an account that holds it', () => {
    const failure = failureOf(() =>
      audit(future().run, (result, engine) => {
        if (!isAveraging(engine, ETH_FUTURE)) return result;
        const { input } = modelOf(engine.view, groupId(0));
        const instruments = input.instruments.map((one) => {
          const { averaging: _, ...rest } = one;
          return one.terms.id === ETH_FUTURE ? rest : one;
        });
        engine.view.models[0] = compileRisk({ ...input, instruments });
        return result;
      }),
    );
    expect(failure.account).not.toBeNull();
    expect(failure.figure).toMatch(/equity|maintenance|initial/i);
  });
});
