import { type BlockResult, type Engine, type Event, replayBlock } from '@plimsoll/core/engine';
import { ppm, timeMs } from '@plimsoll/core/numeric';
import { describe, expect, it, vi } from 'vitest';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { createWorldEngine, type SimulatedRun, send, simulatedRun } from '../simulation/simulate.ts';
import { ETH_CALL, ETH_PUT, genesisOf } from '../simulation/simulatedWorld.ts';
import { SUITE_TERMS } from '../simulation/simulateMany.ts';
import { AuditFailure } from './auditFailure.ts';
import { createAuditor } from './auditor.ts';

vi.setConfig({ testTimeout: 600_000 });
type Reported = Extract<Event, { kind: 'volatilityReported' }>;

const RUN: SimulatedRun = simulatedRun({ ...SUITE_TERMS, auditOneIn: 0, followerOneIn: 0, twinOneIn: 0, seed: 'v/1' });

/** The blocks of the run under an auditor who sees what `tamper` makes of each, and of the engine. */
function audit(tamper: (result: BlockResult, engine: Engine) => BlockResult = (result) => result): void {
  const engine = createWorldEngine(RUN.variant);
  const auditor = createAuditor(genesisOf(RUN.variant), { mode: 'sampled', readMargin, readOption });
  for (const result of RUN.results) {
    replayBlock(engine, result);
    auditor.observe(engine, result, tamper(result, engine));
  }
  auditor.finish(engine);
}

function failureOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof AuditFailure) return error.disagreement.figure;
    throw error;
  }
  throw new Error('the auditor found nothing');
}

/** The n-th report is replaced by its answer, or left out. */
function tampered(change: (event: Reported) => Event | 'left out', nth = 5): string {
  let seen = 0;
  return failureOf(() =>
    audit((result) => ({
      ...result,
      events: result.events.flatMap((event) => {
        if (event.kind !== 'volatilityReported') return [event];
        seen += 1;
        const next = seen === nth ? change(event) : event;
        return next === 'left out' ? [] : [next];
      }),
    })),
  );
}

describe('the auditor and reported volatilities', () => {
  it('agree through a run in which options have volatilities of their own, at two strikes, and lose them', () => {
    const engine = createWorldEngine(RUN.variant);
    const auditor = createAuditor(genesisOf(RUN.variant), { mode: 'full', readMargin, readOption });
    const met = { own: 0, apart: 0, none: 0, svi: 0 };
    const seen = new Set<string>();
    for (const result of RUN.results) {
      replayBlock(engine, result);
      auditor.observe(engine, result, result);
      for (const { kind, command } of result.results)
        if (kind === 'accepted' && command.kind === 'reportVolatilities')
          for (const { smile } of command.smiles) seen.add(smile.kind);
      const model = engine.view.models[0];
      const [call, put] = [ETH_CALL, ETH_PUT].map((id) => model?.input.instruments.find(({ terms }) => terms.id === id));
      if (call === undefined || put === undefined) continue;
      if (call.volatilityPpm === null) met.none += 1;
      else met.own += 1;
      if (call.volatilityPpm !== put.volatilityPpm) met.apart += 1;
    }
    auditor.finish(engine);
    expect([...seen].sort()).toEqual(['marks', 'svi']);
    expect(met.own).toBeGreaterThan(20);
    expect(met.apart).toBeGreaterThan(20);
    expect(met.none).toBeGreaterThan(5);
    expect(auditor.counts.withOptions).toBeGreaterThan(100);
  });
});

describe('a planted error in a report of volatilities', () => {
  const changed = (event: Reported, change: Partial<Reported['report']>): Event => ({
    ...event,
    report: { ...event.report, ...change },
  });

  it.each([1, 2, 3, 4, 5, 6])('of one ppm in a mark of report %i, given or from SVI, is named with its strike', (nth) => {
    const figure = tampered((event) => {
      const [first, ...others] = event.report.marks;
      if (first === undefined) throw new Error('A report has marks.');
      return changed(event, { marks: [{ ...first, volatilityPpm: ppm(first.volatilityPpm + 1) }, ...others] });
    }, nth);
    expect(figure).toMatch(/^mark at \d+ of the volatilities of underlying 0 at \d+$/);
  });

  it('of a mark too few is found in their number', () => {
    const figure = tampered((event) => changed(event, { marks: event.report.marks.slice(1) }));
    expect(figure).toMatch(/^number of marks of the volatilities of underlying 0/);
  });

  it('of another publish time is named', () => {
    const figure = tampered((event) => changed(event, { publishTimeMs: timeMs(event.report.publishTimeMs + 1) }));
    expect(figure).toMatch(/^publish time of the volatilities of underlying 0/);
  });

  it('that was accepted and not kept is named with its expiry', () => {
    expect(tampered(() => 'left out')).toMatch(/of the volatilities of underlying 0|^volatilities of underlying 0 at \d+$/);
  });

  it('of an engine that keeps another mark than its event says is found in the state', () => {
    const figure = failureOf(() =>
      audit((result, engine) => {
        const { surfaces } = engine.state;
        const [surface] = surfaces;
        const [report] = surface?.reports ?? [];
        if (surface === undefined || report === undefined || engine.state.height < 20) return result;
        const marks = report.marks.map((mark) => ({ ...mark, volatilityPpm: ppm(mark.volatilityPpm + 1) }));
        surfaces[0] = { ...surface, reports: [{ ...report, marks }, ...surface.reports.slice(1)] };
        return result;
      }),
    );
    expect(figure).toMatch(/^mark of source \d at \d+ kept of the volatilities of underlying 0/);
  });

  it('of an engine that prices an option at the volatility of another strike is found in its row', () => {
    const figure = failureOf(() => {
      const engine = createWorldEngine(RUN.variant);
      const auditor = createAuditor(genesisOf(RUN.variant), {
        mode: 'sampled',
        readMargin,
        readOption: (of, instrument) => readOption(of, instrument === ETH_CALL ? ETH_PUT : instrument),
      });
      for (const block of RUN.journal) {
        const result = send(engine, block);
        auditor.observe(engine, result, result);
      }
    });
    expect(figure).toMatch(new RegExp(`of option ${ETH_CALL}$`));
  });
});
