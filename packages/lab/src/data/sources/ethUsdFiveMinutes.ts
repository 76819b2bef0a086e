import { invalidCell, positiveDecimalCell, unixSecondsCellAsMs } from '../csvFields.ts';
import { readCsvRows } from '../csvRows.ts';
import { dataFile } from '../dataFolder.ts';

/** Path of the five-minute ETH/USD prices inside the data folder. A vendor's series: never shipped. */
export const ETH_USD_FIVE_MINUTES_FILE = 'makerdao_black_thursday/ethusd_5m_2019-11_2020-04.csv.gz';

export type TimedPrice = { readonly timeMs: number; readonly priceNano: bigint };

/** Five-minute ETH/USD (an average over exchanges) in [startMs, endMs), by rising time; 1e-9 USD. */
export async function loadEthUsdFiveMinutes(
  folder: string,
  window: { readonly startMs: number; readonly endMs: number },
): Promise<readonly TimedPrice[]> {
  const prices: TimedPrice[] = [];
  let lastTimeMs = 0;
  for await (const row of readCsvRows(dataFile(folder, ETH_USD_FIVE_MINUTES_FILE), ['ts', 'price'])) {
    const timeMs = unixSecondsCellAsMs(row, 'ts');
    if (timeMs <= lastTimeMs) {
      throw invalidCell(row, 'ts', 'a time after that of the line before');
    }
    lastTimeMs = timeMs;
    const priceNano = positiveDecimalCell(row, 'price', { decimals: 9 });
    if (timeMs >= window.startMs && timeMs < window.endMs) {
      prices.push({ timeMs, priceNano });
    }
  }
  return prices;
}
