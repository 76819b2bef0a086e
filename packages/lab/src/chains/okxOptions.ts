/** Five bitcoin options on OKX through the crash of 2025-10-10, a row a minute: data set `okx_options_2025_10_10`. */

import { join } from 'node:path';
import { choiceCell, integerCell, textCell } from '../data/csvFields.ts';
import { readCsvRows } from '../data/csvRows.ts';
import { numberCell, positiveNumberCell } from './numberCell.ts';

export const OKX_OPTIONS = 'okx_options_2025_10_10';
export const OKX_OPTIONS_FILE = join(OKX_OPTIONS, 'okx_btc_options_1m_sampled.csv.gz');

/** One option in one minute. Mark and Greeks are the venue's, in coin ("PA" Greeks). */
export interface OkxOptionRow {
  readonly symbol: string;
  readonly right: 'call' | 'put';
  readonly strike: number;
  /** Years of 365 days from the row's own time to expiry. */
  readonly years: number;
  readonly markCoin: number;
  readonly volatility: number;
  /** The forward that the venue prints beside the option, USD. */
  readonly printedForward: number;
  readonly delta: number;
  readonly gamma: number;
  /** Coin per 0.01 of volatility. */
  readonly vega: number;
  /** Coin per day. */
  readonly theta: number;
}

const COLUMNS = [
  'symbol',
  'ts_us',
  'type',
  'strike',
  'expiry_us',
  'mark_price',
  'mark_iv',
  'underlying_price',
  'delta',
  'gamma',
  'vega',
  'theta',
] as const;
const YEAR_US = 31_536_000_000_000;
const TIME_US = { min: 1_420_070_400_000_000, max: 4_102_444_800_000_000 };

/** All rows of the day. Throws DataError for what they cannot hold. */
export async function readOkxOptions(folder: string): Promise<readonly OkxOptionRow[]> {
  const rows: OkxOptionRow[] = [];
  for await (const row of readCsvRows(join(folder, OKX_OPTIONS_FILE), COLUMNS)) {
    rows.push({
      symbol: textCell(row, 'symbol'),
      right: choiceCell(row, 'type', ['call', 'put']),
      strike: positiveNumberCell(row, 'strike'),
      years: (integerCell(row, 'expiry_us', TIME_US) - integerCell(row, 'ts_us', TIME_US)) / YEAR_US,
      markCoin: numberCell(row, 'mark_price'),
      volatility: positiveNumberCell(row, 'mark_iv'),
      printedForward: positiveNumberCell(row, 'underlying_price'),
      delta: numberCell(row, 'delta'),
      gamma: numberCell(row, 'gamma'),
      vega: numberCell(row, 'vega'),
      theta: numberCell(row, 'theta'),
    });
  }
  return rows;
}
