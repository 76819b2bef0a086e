import type { EngineState } from '@plimsoll/core/engine';
import { compileRisk, computeMargin, explain, type Portfolio, type RiskModel } from '@plimsoll/core/margin';
import { accountId, groupId, InvariantViolation } from '@plimsoll/core/numeric';
import type { Head } from '../../contracts/head.ts';
import type { PortfolioMarginResult } from '../../contracts/portfolioMargin.ts';
import { figuresJson, termsJson, unitOf } from '../../views/marginFigures.ts';
import type { Reading } from '../../views/reading.ts';
import { prepareSimulation, type SimulationRequest } from '../../views/simulate.ts';
import { assertMayRead } from '../accountAccess.ts';
import type { Caller } from '../authentication.ts';
import { takeCostly, withShare } from '../costlyWork.ts';
import type { Answered, HandlerContext, Handlers } from '../handlerTypes.ts';
import { Problem } from '../problems.ts';
import type { SimulateJson, SimulationJson } from '../schemas/accounts.ts';
import type { PortfolioMarginJson } from '../schemas/portfolioMargin.ts';
import { isRecord } from '../validation.ts';
import { JobFailed } from '../workers/jobPool.ts';
import { type HeldPortfolio, heldPortfolio, type MeasuredMargin } from '../workers/marginJob.ts';

/** Margin of what might be held. Public but for changes on an account, which need a session that may read it. */
export const simulateMargin: Handlers['simulateMargin'] = async (context, { body }, caller, address) => {
  if ('document' in body) {
    takeCostly(context, 'document', address);
    const simulation = await withShare(context, address, () => measureDocument(context, body));
    return context.read(() => ({ simulation }));
  }
  const waitMs = context.simulations.take(context.now());
  if (waitMs > 0) throw new Problem('tooManyRequests', { detail: 'Too many simulations at once.', retryAfterMs: waitMs });
  return simulated(context, body, { caller, address });
};

type Question = Exclude<SimulateJson, { document: unknown }>;

/** An answer, or what a thread has to measure first. */
type Asked =
  | SimulationJson
  | { readonly kind: 'job'; readonly held: HeldPortfolio; readonly profile: string; readonly unit: string };

async function simulated(
  context: HandlerContext,
  body: Question,
  { caller, address }: { readonly caller: Caller | null; readonly address: string },
): Promise<Answered<{ simulation: SimulationJson }>> {
  const isExplained = body.explain === true;
  const { head, content } = await context.read((reading) => {
    if ('account' in body) assertMayRead(reading, caller, { kind: 'simulateOnAccount', account: accountId(body.account) });
    return ask(reading, body, context.limits.compiledEntries);
  });
  if (content.kind !== 'job') return { head, content: { simulation: content } };
  const measured = await withShare(context, address, () => measuredInThread(context, content.held, isExplained));
  return inWords(context, head, { ...content, measured });
}

function ask(reading: Reading, body: Question, compiledEntries: number): Asked {
  const request: SimulationRequest = {
    base:
      'account' in body
        ? { kind: 'account', account: accountId(body.account) }
        : { kind: 'empty', group: groupId(body.group), mode: body.mode },
    changes: body.changes,
    profile: body.profile ?? null,
  };
  return admitted(() => {
    const prepared = prepareSimulation(reading, request);
    if (!prepared.ok) throw outOfRange(`/body${prepared.path}`, prepared.message);
    const { engine, scratch } = reading;
    const unit = unitOf(engine.state, scratch);
    if (prepared.kind === 'asked' && prepared.entries > compiledEntries)
      return { kind: 'job', held: heldPortfolio(prepared.input, scratch), profile: prepared.input.profile.name, unit };
    const model = prepared.kind === 'live' ? prepared.model : compileRisk(prepared.input);
    const measured = measure(model, scratch, body.explain === true);
    return simulationJson(engine.state, { unit, profile: model.input.profile.name, measured });
  });
}

function measure(model: RiskModel, portfolio: Portfolio, isExplained: boolean): MeasuredMargin {
  const figures = computeMargin(model, portfolio);
  if (!isExplained) return { figures, terms: null };
  return {
    figures,
    terms: { maintenance: explain(model, portfolio, 'maintenance'), initial: explain(model, portfolio, 'initial') },
  };
}

/** Larger than what a block may wait for. What breaks an assertion there is told like one that breaks it here. */
async function measuredInThread(context: HandlerContext, held: HeldPortfolio, isExplained: boolean): Promise<MeasuredMargin> {
  const found = context.margins.measure(held, isExplained);
  if (found === null)
    throw new Problem('tooManyRequests', { detail: 'Too many large simulations wait already.', retryAfterMs: 500 });
  return found.catch((cause: unknown) => {
    if (cause instanceof JobFailed && cause.causeName === 'InvariantViolation') throw beyond(cause.message);
    if (cause instanceof JobFailed && cause.failure === 'tooLong')
      throw outOfRange('/body', 'is too large to be measured in time');
    if (cause instanceof JobFailed && cause.failure === 'closed')
      throw new Problem('overloaded', { detail: cause.message, retryAfterMs: 1_000 });
    context.onFault('a simulation failed', cause);
    throw new Problem('overloaded', { detail: 'The simulation could not be done.', retryAfterMs: 1_000 });
  });
}

/** With the head of the question: what the figures are true of. Symbols stay what they are once listed. */
async function inWords(
  context: HandlerContext,
  head: Head,
  of: { readonly unit: string; readonly profile: string; readonly measured: MeasuredMargin },
): Promise<Answered<{ simulation: SimulationJson }>> {
  const { content } = await context.read(({ engine }) => ({ simulation: simulationJson(engine.state, of) }));
  return { head, content };
}

function simulationJson(
  state: EngineState,
  { unit, profile, measured }: { readonly unit: string; readonly profile: string; readonly measured: MeasuredMargin },
): SimulationJson {
  const { figures, terms } = measured;
  return {
    kind: 'figures',
    profile,
    figures: figuresJson(unit, figures),
    maintenance: terms === null ? null : termsJson(state, terms.maintenance),
    initial: terms === null ? null : termsJson(state, terms.initial),
  };
}

type Document = Extract<SimulateJson, { document: unknown }>;

/** The decoder is a guest: whatever it throws over a document is about the document, and is logged. */
async function measureDocument(context: HandlerContext, body: Document): Promise<SimulationJson> {
  const profile = typeof body.profile === 'string' || isRecord(body.profile) ? body.profile : null;
  let result: PortfolioMarginResult;
  try {
    result = await context.portfolioMargin(body.document, profile);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    context.onFault('a portfolio document could not be measured', cause);
    throw outOfRange('/body/document', 'could not be measured');
  }
  if (!result.ok) throw outOfRange(pointerIn(result.path, profile !== null), result.message);
  // Made by one function from typed figures; a test holds what it makes to the schema.
  return { kind: 'document', margin: result.answer as PortfolioMarginJson };
}

/** A profile beside the document is what is used, and what `/profile` is about. */
function pointerIn(path: string, hasProfile: boolean): string {
  return hasProfile && /^\/profile(?:\/|$)/.test(path) ? `/body${path}` : `/body/document${path}`;
}

/** Sizes beyond what the engine ever admits break assertions on the way: of a question they are an answer, of a state they would be a fault. */
function admitted<T>(question: () => T): T {
  try {
    return question();
  } catch (cause) {
    if (cause instanceof InvariantViolation) throw beyond(cause.message);
    throw cause;
  }
}

function beyond(message: string): Problem {
  return outOfRange('/body', `is beyond what the engine admits: ${message}`);
}

function outOfRange(path: string, message: string): Problem {
  return new Problem('outOfRange', {
    detail: `${path} ${message}.`.slice(0, 500),
    errors: [{ path, message: message.slice(0, 400) }],
  });
}
