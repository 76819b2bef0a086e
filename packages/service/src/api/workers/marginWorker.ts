import { runMarginJob } from './marginJob.ts';
import { serveJobs } from './serveJobs.ts';

/** Liquidation prices and what-ifs, until the pool ends the thread. */
export function serveMargins(): void {
  serveJobs(runMarginJob);
}
