/** Prices that publishers push: taken or refused at once. Nothing of it is acknowledged as a command is. */

import { sourceId } from '@plimsoll/core/numeric';
import type { PushAnswer } from '../../sources/runningSource.ts';
import type { AdapterFault } from '../../sources/sourceReport.ts';
import type { HandlerContext, Handlers } from '../handlerTypes.ts';
import { Problem } from '../problems.ts';
import type { PushOutcomeJson } from '../schemas/markets.ts';

type Answer = PushAnswer | { readonly kind: 'unknownSource' };

/** Signatures are checked elsewhere, in batches: a full queue empties within that. */
const VERIFIER_RETRY_MS = 100;
const STOPPING_RETRY_MS = 1_000;

export const pushPrices: Handlers['pushPrices'] = async (context, { params, body }) => {
  const push = outcomeOf(await context.pushPrices(sourceId(params.id), body), context, params.id);
  return { head: context.sequencer.head(), content: { push }, isPending: true };
};

function outcomeOf(answer: Answer, { metrics }: HandlerContext, source: number): PushOutcomeJson {
  switch (answer.kind) {
    case 'queued':
      return { status: 'queued', queued: answer.queued, dropped: answer.dropped };
    case 'repeated':
      return { status: 'repeated', queued: 0, dropped: answer.dropped };
    case 'flood': {
      metrics.shed.inc({ reason: 'sourceRate' });
      const detail = `The push is above the rate of source ${source}.`;
      throw new Problem('tooManyRequests', { detail, code: 'flood', retryAfterMs: answer.retryAfterMs });
    }
    case 'refused':
      throw refusal(answer.fault);
    case 'notPushed':
      throw new Problem('notFound', { detail: `Nothing is pushed to source ${source}.`, code: 'notPushed' });
    case 'unknownSource':
      throw new Problem('notFound', { detail: `There is no source ${source} in this process.`, code: 'unknownSource' });
    case 'stopped':
      throw new Problem('notReady', { detail: 'The sources have stopped.', retryAfterMs: STOPPING_RETRY_MS });
    default:
      return unreachable(answer);
  }
}

function refusal({ code, message }: AdapterFault): Problem {
  const detail = `The push was not taken: ${message}.`;
  switch (code) {
    case 'badSignature':
    case 'unknownSigner':
    case 'wrongDeployment':
      return new Problem('badSignature', { detail, code });
    case 'verifierUnavailable':
      return new Problem('overloaded', { detail, code, retryAfterMs: VERIFIER_RETRY_MS });
    default:
      return new Problem('invalidRequest', { detail, code });
  }
}

function unreachable(answer: never): never {
  throw new TypeError(`an answer of kind ${JSON.stringify(answer)} is not known`);
}
