import { type Price, price, type TimeMs, timeMs } from '@plimsoll/core/numeric';
import type { PriceHistory } from '@plimsoll/core/scenarios';
import { invalidCell, positiveDecimalCell, unixSecondsCellAsMs } from '../data/csvFields.ts';
import { type CsvRow, readCsvRows } from '../data/csvRows.ts';
import { dataFile } from '../data/dataFolder.ts';

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const FOLDER = 'binance_spot_15m_30m_1h_2h';

/** The underlyings of the backtest and the files of each, in order of time; the later file starts where the earlier ends. */
export const UNDERLYING_FILES: readonly { readonly underlying: string; readonly files: readonly CandleFile[] }[] = [
  ...['ADA', 'BNB', 'BTC', 'ETH', 'LINK', 'SOL', 'XRP'].map((underlying) => ({
    underlying,
    files: [candleFile(underlying, 2), candleFile(underlying, 1)],
  })),
  ...['AVAX', 'DOGE', 'DOT'].map((underlying) => ({ underlying, files: [candleFile(underlying, 1)] })),
].sort((a, b) => (a.underlying < b.underlying ? -1 : a.underlying > b.underlying ? 1 : 0));

export interface CandleFile {
  readonly path: string;
  readonly intervalMs: number;
}

function candleFile(underlying: string, hours: number): CandleFile {
  return { path: `${FOLDER}/${underlying}USDT_${hours}h.csv.gz`, intervalMs: hours * HOUR_MS };
}

/** Paths of every file that the daily prices are read from. */
export function dailyPriceFiles(): readonly string[] {
  return UNDERLYING_FILES.flatMap(({ files }) => files.map(({ path }) => path));
}

/**
 * Daily prices in US dollars (Tether), one per underlying: the close of the candle that ends at midnight UTC. A day whose last
 * candle is absent has no price: nothing is filled. Lows and highs are not read, so the prints of 0.0001 (LINK, 2020-03-12) and 0.633 (DOT,
 * 2025-10-10), real and inside a candle, touch nothing; no row is excluded. Throws DataError.
 */
export async function loadDailyPrices(folder: string): Promise<readonly PriceHistory[]> {
  const histories: PriceHistory[] = [];
  for (const { underlying, files } of UNDERLYING_FILES) histories.push(await loadOne(folder, underlying, files));
  return histories;
}

async function loadOne(folder: string, underlying: string, files: readonly CandleFile[]): Promise<PriceHistory> {
  const timesMs: TimeMs[] = [];
  const prices: Price[] = [];
  let lastOpenMs = 0;
  for (const { path, intervalMs } of files) {
    for await (const row of readCsvRows(dataFile(folder, path), ['ts', 'close'])) {
      const openMs = unixSecondsCellAsMs(row, 'ts');
      refuseDisorder(row, { openMs, lastOpenMs });
      lastOpenMs = openMs;
      const closeMs = openMs + intervalMs;
      if (closeMs % DAY_MS !== 0) continue;
      timesMs.push(timeMs(closeMs));
      prices.push(price(positiveDecimalCell(row, 'close', { decimals: 9 })));
    }
  }
  return { underlying, timesMs, prices };
}

function refuseDisorder(row: CsvRow, times: { readonly openMs: number; readonly lastOpenMs: number }): void {
  if (times.openMs <= times.lastOpenMs) throw invalidCell(row, 'ts', 'a time after that of the line before');
}

/** The UTC day of a return that ends at this midnight: the day that it measures. */
export function dayOf(endMs: number): string {
  return new Date(endMs - DAY_MS).toISOString().slice(0, 10);
}
