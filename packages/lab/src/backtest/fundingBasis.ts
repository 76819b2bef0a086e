import { choiceCell, invalidCell, textCell, unixSecondsCellAsMs } from '../data/csvFields.ts';
import { readCsvRows } from '../data/csvRows.ts';
import { dataFile } from '../data/dataFolder.ts';
import { DAY_MS } from './dailyPrices.ts';

export const FUNDING_FILE = 'perp_funding_rates_2020_2023/funding_rates.csv.gz';
const VENUES = ['binance', 'bybit', 'dydx', 'gate', 'htx', 'kucoin', 'mexc'] as const;
const ASSETS = ['BTC', 'ETH'] as const;
/** Binance pays funding at 00, 08 and 16 UTC. */
const PAYMENTS_PER_DAY = 3;

/** Funding of a whole day as a fraction of notional, by asset and by the midnight that ends the day. */
export type DailyFunding = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Binance's funding, days with all three payments only (a payment at midnight belongs to the day that it ends). Throws DataError. */
export async function loadDailyFunding(folder: string): Promise<DailyFunding> {
  const sums = new Map<string, Map<number, { sum: number; count: number }>>(ASSETS.map((asset) => [asset, new Map()]));
  for await (const row of readCsvRows(dataFile(folder, FUNDING_FILE), ['ts', 'venue', 'asset', 'funding_rate'])) {
    if (choiceCell(row, 'venue', VENUES) !== 'binance') continue;
    const days = sums.get(choiceCell(row, 'asset', ASSETS));
    const endMs = Math.ceil(unixSecondsCellAsMs(row, 'ts') / DAY_MS) * DAY_MS;
    const text = textCell(row, 'funding_rate');
    if (!/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text)) throw invalidCell(row, 'funding_rate', 'a decimal number');
    const held = days?.get(endMs) ?? { sum: 0, count: 0 };
    days?.set(endMs, { sum: held.sum + Number(text), count: held.count + 1 });
  }
  return new Map(
    [...sums].map(([asset, days]) => [
      asset,
      new Map([...days].filter(([, { count }]) => count === PAYMENTS_PER_DAY).map(([end, { sum }]) => [end, sum])),
    ]),
  );
}
