import { portfolioMargin } from '../../portfolio/portfolioMargin.ts';
import type { PortfolioJob } from './portfolioPool.ts';
import { serveJobs } from './serveJobs.ts';

/** Margins of portfolio documents, until the pool ends the thread. */
export function servePortfolios(): void {
  serveJobs(({ document, profile }: PortfolioJob) => portfolioMargin(document, profile));
}
