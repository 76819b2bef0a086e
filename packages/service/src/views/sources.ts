import type { SourceJson } from '../api/schemas/markets.ts';
import type { SourceHealth } from '../sources/sourceHealth.ts';
import { plainJson } from './plainJson.ts';

/** How a price source of this process does. */
export function sourceJson(health: SourceHealth): SourceJson {
  return { ...health, lastReports: health.lastReports.map((report) => plainJson(report)) };
}
