import { decimalCell, invalidCell, positiveDecimalCell, textCell, unixSecondsCellAsMs } from '../csvFields.ts';
import { readCsvRows } from '../csvRows.ts';
import { dataFile } from '../dataFolder.ts';

/** One-minute bars of 2025-10-10 inside the data folder. Vendor origin: never shipped. */
export const MULTIVENUE_MINUTE_FILE = 'crash_2025_10_10_multivenue/trades_1m.csv.gz';
/** Five-second bars of 20:45-22:15 UTC. Vendor origin: never shipped. */
export const MULTIVENUE_FIVE_SECONDS_FILE = 'crash_2025_10_10_multivenue/trades_5s_2045_2215utc.csv.gz';
/** Day figures per venue and symbol. Vendor origin: never shipped. */
export const MULTIVENUE_SUMMARY_FILE = 'crash_2025_10_10_multivenue/summary_per_symbol.csv';

/** Trades of one venue and symbol within one bar; bars without a trade are absent. */
export type VenueBar = {
  readonly openTimeMs: number;
  readonly venue: string;
  readonly symbol: string;
  readonly highNano: bigint;
  readonly lowNano: bigint;
  readonly closeNano: bigint;
};

/** All bars of a file in its order; per venue and symbol times rise strictly, which is checked. */
export async function loadVenueBars(folder: string, relativePath: string): Promise<readonly VenueBar[]> {
  const bars: VenueBar[] = [];
  const lastTimes = new Map<string, number>();
  const columns = ['ts', 'venue', 'symbol', 'high', 'low', 'close'];
  for await (const row of readCsvRows(dataFile(folder, relativePath), columns)) {
    const bar: VenueBar = {
      openTimeMs: unixSecondsCellAsMs(row, 'ts'),
      venue: textCell(row, 'venue'),
      symbol: textCell(row, 'symbol'),
      highNano: positiveDecimalCell(row, 'high', { decimals: 9 }),
      lowNano: positiveDecimalCell(row, 'low', { decimals: 9 }),
      closeNano: positiveDecimalCell(row, 'close', { decimals: 9 }),
    };
    const key = `${bar.venue} ${bar.symbol}`;
    if (bar.openTimeMs <= (lastTimes.get(key) ?? 0)) {
      throw invalidCell(row, 'ts', `a time after the bar of ${key} before it`);
    }
    lastTimes.set(key, bar.openTimeMs);
    if (bar.lowNano > bar.closeNano || bar.highNano < bar.closeNano) {
      throw invalidCell(row, 'close', 'a close between low and high');
    }
    bars.push(bar);
  }
  return bars;
}

/** One line of the day's summary. */
export type VenueSummary = {
  readonly venue: string;
  readonly symbol: string;
  readonly dayLowNano: bigint;
  readonly dayHighNano: bigint;
};

/** The day's low and high per venue and symbol, to check bars against. */
export async function loadVenueSummary(folder: string): Promise<readonly VenueSummary[]> {
  const rows: VenueSummary[] = [];
  const columns = ['venue', 'symbol', 'day_low', 'day_high'];
  for await (const row of readCsvRows(dataFile(folder, MULTIVENUE_SUMMARY_FILE), columns)) {
    rows.push({
      venue: textCell(row, 'venue'),
      symbol: textCell(row, 'symbol'),
      dayLowNano: decimalCell(row, 'day_low', { decimals: 9 }),
      dayHighNano: decimalCell(row, 'day_high', { decimals: 9 }),
    });
  }
  return rows;
}
