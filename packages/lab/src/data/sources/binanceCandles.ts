import { decimalCell, invalidCell, positiveDecimalCell, unixSecondsCellAsMs } from '../csvFields.ts';
import { type CsvRow, readCsvRows } from '../csvRows.ts';
import { dataFile } from '../dataFolder.ts';
import type { Candle } from '../types.ts';

/** Path of Binance's two-hour ETHUSDT candles inside the data folder. */
export const BINANCE_ETHUSDT_2H_FILE = 'binance_spot_15m_30m_1h_2h/ETHUSDT_2h.csv.gz';
export const TWO_HOURS_MS = 7_200_000;

/** Candles of one file that open in [startMs, endMs), by rising time; low ≤ open, close ≤ high is checked. */
export async function loadBinanceCandles(
  folder: string,
  request: { readonly relativePath: string; readonly startMs: number; readonly endMs: number },
): Promise<readonly Candle[]> {
  const candles: Candle[] = [];
  let lastTimeMs = 0;
  const columns = ['ts', 'open', 'high', 'low', 'close', 'volume'];
  for await (const row of readCsvRows(dataFile(folder, request.relativePath), columns)) {
    const candle = candleOf(row);
    if (candle.openTimeMs <= lastTimeMs) {
      throw invalidCell(row, 'ts', 'a time after that of the line before');
    }
    lastTimeMs = candle.openTimeMs;
    if (candle.openTimeMs >= request.startMs && candle.openTimeMs < request.endMs) {
      candles.push(candle);
    }
  }
  return candles;
}

function candleOf(row: CsvRow): Candle {
  const candle: Candle = {
    openTimeMs: unixSecondsCellAsMs(row, 'ts'),
    openNano: positiveDecimalCell(row, 'open', { decimals: 9 }),
    highNano: positiveDecimalCell(row, 'high', { decimals: 9 }),
    lowNano: positiveDecimalCell(row, 'low', { decimals: 9 }),
    closeNano: positiveDecimalCell(row, 'close', { decimals: 9 }),
    volumeNano: decimalCell(row, 'volume', { decimals: 9 }),
  };
  if (candle.highNano < candle.openNano || candle.highNano < candle.closeNano) {
    throw invalidCell(row, 'high', 'a high at or above open and close');
  }
  if (candle.lowNano > candle.openNano || candle.lowNano > candle.closeNano) {
    throw invalidCell(row, 'low', 'a low at or below open and close');
  }
  return candle;
}
