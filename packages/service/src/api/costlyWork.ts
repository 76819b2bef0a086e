/** What costs as much as a hundred margins: under the rate of whoever asks, then under that of all, and with a share of the threads. */

import type { HandlerContext } from './handlerTypes.ts';
import { Problem } from './problems.ts';

/** Passes a portfolio document or a search for liquidation prices, or throws the problem that says how long to wait. */
export function takeCostly(context: HandlerContext, kind: 'document' | 'search', address: string): void {
  const ownMs = context.clients[kind](address);
  if (ownMs > 0) throw shed(context, `${kind}Rate`, { detail: 'Too many of these from this address.', retryAfterMs: ownMs });
  const bucket = kind === 'document' ? context.documents : context.searches;
  const allMs = bucket.take(context.now());
  if (allMs > 0) throw shed(context, `${kind}s`, { detail: 'Too many of these from all clients together.', retryAfterMs: allMs });
}

/** Runs a job for the threads while its address has room for one more, so that nobody fills the queue alone. */
export async function withShare<T>(context: HandlerContext, address: string, job: () => Promise<T>): Promise<T> {
  const done = context.clients.job(address);
  if (done === null)
    throw shed(context, 'jobsOfAddress', { detail: 'Too many of these from this address wait already.', retryAfterMs: 500 });
  try {
    return await job();
  } finally {
    done();
  }
}

function shed(context: HandlerContext, reason: string, details: { readonly detail: string; readonly retryAfterMs: number }) {
  context.metrics.shed.inc({ reason });
  return new Problem('tooManyRequests', details);
}
