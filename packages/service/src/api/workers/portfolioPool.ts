/** Portfolio documents on threads of their own: each takes hundreds of margins, and blocks must not wait for them. */

import type { PortfolioMargin, PortfolioMarginResult } from '../../contracts/portfolioMargin.ts';
import { Problem } from '../problems.ts';
import { createJobPool, JobFailed, type JobPoolOptions } from './jobPool.ts';

export interface PortfolioJob {
  readonly document: unknown;
  readonly profile: string | Readonly<Record<string, unknown>> | null;
}

export interface PortfolioPool {
  readonly portfolioMargin: PortfolioMargin;
  close(): Promise<void>;
}

/** Beside this file, from source and in a bundle alike. */
export const PORTFOLIO_WORKER: URL = new URL('./portfolioWorker.mjs', import.meta.url);

export function createPortfolioPool(options: Omit<JobPoolOptions, 'what'>): PortfolioPool {
  const pool = createJobPool<PortfolioJob, PortfolioMarginResult>({ ...options, what: 'a portfolio document' });
  return {
    async portfolioMargin(document, profile) {
      const answer = pool.run({ document, profile });
      if (answer === null)
        throw new Problem('tooManyRequests', { detail: 'Too many documents wait already.', retryAfterMs: 1_000 });
      return answer.catch((cause: unknown): PortfolioMarginResult => {
        if (!(cause instanceof JobFailed)) throw cause;
        if (cause.failure === 'tooLong')
          return { ok: false, path: '', message: `is too large: measuring it took longer than ${options.timeLimitMs} ms` };
        if (cause.failure === 'fault') throw cause;
        throw new Problem('overloaded', { detail: cause.message, retryAfterMs: 1_000 });
      });
    },
    close: () => pool.close(),
  };
}
