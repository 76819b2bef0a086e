/** The option chains of BTC and ETH as Deribit showed them at 56 moments of 2026: data set `deribit_option_chains_2026`. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { choiceCell, textCell } from '../data/csvFields.ts';
import { readCsvRows } from '../data/csvRows.ts';
import { isoTimeCell, numberCell, numberOrNullCell, positiveNumberCell } from './numberCell.ts';

export const DERIBIT_CHAINS = 'deribit_option_chains_2026';

/** One option at one moment, in the venue's own figures. Prices and marks are in coin: shares of the forward. */
export interface ChainRow {
  readonly instrument: string;
  readonly currency: 'BTC' | 'ETH';
  readonly right: 'call' | 'put';
  /** USD. */
  readonly strike: number;
  readonly expiryMs: number;
  /** Years of 365 days to expiry at the snapshot. */
  readonly years: number;
  /** Forward of the expiry, USD. */
  readonly forward: number;
  readonly markCoin: number;
  readonly bidCoin: number | null;
  readonly askCoin: number | null;
  /** Mark volatility per year, 1 = 100 %. */
  readonly volatility: number;
  /** The venue's delta, of the forward. */
  readonly delta: number;
  /** The venue's vega: USD per 0.01 of volatility. */
  readonly vega: number;
}

export interface ChainSnapshot {
  readonly timeMs: number;
  readonly rows: readonly ChainRow[];
}

const COLUMNS = [
  'timestamp',
  'instrument_name',
  'underlying',
  'option_type',
  'strike',
  'expiry_datetime',
  'time_to_maturity',
  'bid_price',
  'ask_price',
  'mark_price',
  'implied_volatility',
  'delta',
  'vega',
  'currency',
] as const;

/** The files of the snapshots inside the data folder, earliest first. */
export function deribitSnapshotFiles(folder: string): readonly string[] {
  const set = join(folder, DERIBIT_CHAINS);
  return readdirSync(set)
    .filter((name) => name.startsWith('deribit_options_snapshot_'))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => join(set, name));
}

/** One snapshot. Throws DataError for what a chain cannot hold. */
export async function readDeribitSnapshot(file: string): Promise<ChainSnapshot> {
  const rows: ChainRow[] = [];
  let timeMs = 0;
  for await (const row of readCsvRows(file, COLUMNS)) {
    timeMs = isoTimeCell(row, 'timestamp');
    rows.push({
      instrument: textCell(row, 'instrument_name'),
      currency: choiceCell(row, 'currency', ['BTC', 'ETH']),
      right: choiceCell(row, 'option_type', ['call', 'put']),
      strike: positiveNumberCell(row, 'strike'),
      expiryMs: isoTimeCell(row, 'expiry_datetime'),
      years: (isoTimeCell(row, 'expiry_datetime') - timeMs) / 31_536_000_000,
      forward: positiveNumberCell(row, 'underlying'),
      markCoin: numberCell(row, 'mark_price'),
      bidCoin: numberOrNullCell(row, 'bid_price'),
      askCoin: numberOrNullCell(row, 'ask_price'),
      volatility: positiveNumberCell(row, 'implied_volatility'),
      delta: numberCell(row, 'delta'),
      vega: numberCell(row, 'vega'),
    });
  }
  return { timeMs, rows };
}

/** Every snapshot, one after the other. About 90,000 rows in all. */
export async function readDeribitChains(folder: string): Promise<readonly ChainSnapshot[]> {
  const snapshots: ChainSnapshot[] = [];
  for (const file of deribitSnapshotFiles(folder)) snapshots.push(await readDeribitSnapshot(file));
  return snapshots;
}
