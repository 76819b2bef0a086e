import { accountId, groupId, InvariantViolation } from '@plimsoll/core/numeric';
import type { SimulateJson, SimulationJson } from '../../api/schemas/accounts.ts';
import type { PortfolioMarginResult } from '../../contracts/portfolioMargin.ts';
import { figuresJson, levelJson, unitOf } from '../../views/marginFigures.ts';
import type { Reading } from '../../views/reading.ts';
import { type SimulationRequest, simulate } from '../../views/simulate.ts';
import { assertMayRead } from '../accountAccess.ts';
import type { HandlerContext, Handlers } from '../handlerTypes.ts';
import { Problem } from '../problems.ts';
import { isRecord } from '../validation.ts';

/** Margin of what might be held. Public but for changes on an account, which need a session that may read it. */
export const simulateMargin: Handlers['simulateMargin'] = async (context, { body }, caller) => {
  const isDocument = 'document' in body;
  const waitMs = (isDocument ? context.documents : context.simulations).take(context.now());
  if (waitMs > 0) throw new Problem('tooManyRequests', { detail: 'Too many simulations at once.', retryAfterMs: waitMs });
  if (isDocument) {
    const simulation = await measureDocument(context, body);
    return context.read(() => ({ simulation }));
  }
  return context.read((reading) => {
    if ('account' in body) assertMayRead(reading, caller, { kind: 'simulateOnAccount', account: accountId(body.account) });
    return { simulation: measure(reading, body) };
  });
};

type Question = Exclude<SimulateJson, { document: unknown }>;

function measure(reading: Reading, body: Question): SimulationJson {
  const request: SimulationRequest = {
    base:
      'account' in body
        ? { kind: 'account', account: accountId(body.account) }
        : { kind: 'empty', group: groupId(body.group), mode: body.mode },
    changes: body.changes,
    profile: body.profile ?? null,
  };
  return admitted(() => {
    const result = simulate(reading, request);
    if (!result.ok) throw outOfRange(`/body${result.path}`, result.message);
    const { engine, scratch } = reading;
    const level = (of: 'maintenance' | 'initial') =>
      body.explain === true ? levelJson(engine, { model: result.model, portfolio: scratch, level: of }) : null;
    return {
      kind: 'figures',
      profile: result.model.input.profile.name,
      figures: figuresJson(unitOf(engine.state, scratch), result.figures),
      maintenance: level('maintenance'),
      initial: level('initial'),
    };
  });
}

type Document = Extract<SimulateJson, { document: unknown }>;

/** The decoder is a guest: whatever it throws over a document is about the document, and is logged. */
async function measureDocument(context: HandlerContext, body: Document): Promise<SimulationJson> {
  const profile = typeof body.profile === 'string' || isRecord(body.profile) ? body.profile : null;
  let result: PortfolioMarginResult;
  try {
    result = await context.portfolioMargin(body.document, profile);
  } catch (cause) {
    context.onFault('a portfolio document could not be measured', cause);
    throw outOfRange('/body/document', 'could not be measured');
  }
  if (!result.ok) throw outOfRange(`/body/document${result.path}`, result.message);
  return { kind: 'document', margin: result.answer };
}

/** Sizes beyond what the engine ever admits break assertions on the way: of a question they are an answer, of a state they would be a fault. */
function admitted<T>(ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    if (cause instanceof InvariantViolation) throw outOfRange('/body', `is beyond what the engine admits: ${cause.message}`);
    throw cause;
  }
}

function outOfRange(path: string, message: string): Problem {
  return new Problem('outOfRange', {
    detail: `${path} ${message}.`.slice(0, 500),
    errors: [{ path, message: message.slice(0, 400) }],
  });
}
