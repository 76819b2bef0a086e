/** Liquidation prices and large what-ifs on threads of their own: they take as long as many blocks, and blocks must not wait for them. */

import type { LiquidationOutlook } from '../../views/liquidationOutlook.ts';
import { createJobPool, JobFailed, type JobPoolOptions } from './jobPool.ts';
import { type HeldPortfolio, type MarginAnswer, type MarginJob, type MeasuredMargin, runMarginJob } from './marginJob.ts';

export interface MarginPool {
  /** Null when too many wait already. Rejects with `JobFailed`. */
  outlook(held: HeldPortfolio): Promise<LiquidationOutlook> | null;
  /** The same. */
  measure(held: HeldPortfolio, isExplained: boolean): Promise<MeasuredMargin> | null;
  close(): Promise<void>;
}

/** Beside this file, from source and in a bundle alike. */
export const MARGIN_WORKER: URL = new URL('./marginWorker.mjs', import.meta.url);

export function createMarginPool(options: Omit<JobPoolOptions, 'what'>): MarginPool {
  const pool = createJobPool<MarginJob, MarginAnswer>({ ...options, what: 'a margin' });
  return {
    outlook: (held) => pool.run({ kind: 'outlook', held })?.then(outlookOf) ?? null,
    measure: (held, isExplained) => pool.run({ kind: 'figures', held, isExplained })?.then(measuredOf) ?? null,
    close: () => pool.close(),
  };
}

/** Measures where it is asked: for tests, and tools that nobody else waits for. */
export function createInThreadMargins(): MarginPool {
  return {
    outlook: async (held) => outlookOf(runMarginJob({ kind: 'outlook', held })),
    measure: async (held, isExplained) => measuredOf(runMarginJob({ kind: 'figures', held, isExplained })),
    close: async () => {},
  };
}

function outlookOf(answer: MarginAnswer): LiquidationOutlook {
  if (answer.kind === 'outlook') return answer.outlook;
  throw new JobFailed('fault', 'The thread answered another question.');
}

function measuredOf(answer: MarginAnswer): MeasuredMargin {
  if (answer.kind === 'figures') return answer.measured;
  throw new JobFailed('fault', 'The thread answered another question.');
}
