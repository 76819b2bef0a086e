import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { price, timeMs } from '@plimsoll/core/numeric';
import { ewmaVariances, type PriceHistory, returnsOf } from '@plimsoll/core/scenarios';
import { choiceCell, invalidCell, positiveDecimalCell, textCell } from '../data/csvFields.ts';
import { type CsvRow, readCsvRows } from '../data/csvRows.ts';
import { dataFile } from '../data/dataFolder.ts';
import { DAY_MS } from './dailyPrices.ts';
import { countUntil } from './dailyReturns.ts';
import { ONE_DAY } from './jointScenarioFile.ts';
import { REQUIREMENT_TAIL } from './scanRange.ts';

export const CHAINS_FOLDER = 'deribit_option_chains_2026';
const INDEX_FILE = `${CHAINS_FOLDER}/index_series.csv`;
/** Maturity that the modelled straddles have. */
export const STRADDLE_DAYS = 30;
const DAYS_PER_YEAR = 365;
const CURRENCIES = ['BTC', 'ETH'] as const;

/** What implied volatility costs above what prices did: implied at the money, 30 days, ÷ EWMA of daily returns per year. */
export interface VolatilityPremium {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly snapshots: number;
  readonly ratios: readonly {
    readonly timeMs: number;
    readonly currency: string;
    readonly implied: number;
    readonly ratio: number;
  }[];
}

/**
 * Measures the premium over every chain that is there, bitcoin and ether. Daily closes end before the chains do; from then on the index at
 * the last snapshot of each day stands for the close. Throws DataError.
 */
export async function measureVolatilityPremium(folder: string, histories: readonly PriceHistory[]): Promise<VolatilityPremium> {
  dataFile(folder, INDEX_FILE);
  const files = readdirSync(join(folder, CHAINS_FOLDER)).filter((name) => /^deribit_options_snapshot_.*\.csv\.gz$/.test(name));
  const realised = await realisedVolatility(folder, histories);
  const ratios: VolatilityPremium['ratios'][number][] = [];
  for (const name of files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    const chain = await readChain(dataFile(folder, `${CHAINS_FOLDER}/${name}`));
    for (const currency of CURRENCIES) {
      const implied = impliedAtTheMoney(chain.quotes.filter((quote) => quote.currency === currency));
      const ratio = implied / realised(currency, chain.timeMs);
      if (ratio > 0) ratios.push({ timeMs: chain.timeMs, currency, implied, ratio });
    }
  }
  const sorted = ratios.map(({ ratio }) => ratio).sort((a, b) => a - b);
  return {
    median: middle(sorted),
    lowest: sorted[0] ?? Number.NaN,
    highest: sorted[sorted.length - 1] ?? Number.NaN,
    snapshots: files.length,
    ratios,
  };
}

interface Quote {
  readonly currency: string;
  readonly years: number;
  readonly strike: number;
  readonly forward: number;
  readonly volatility: number;
}

async function readChain(file: string): Promise<{ readonly timeMs: number; readonly quotes: readonly Quote[] }> {
  const quotes: Quote[] = [];
  let latest = 0;
  const columns = ['timestamp', 'currency', 'time_to_maturity', 'strike', 'underlying', 'implied_volatility'];
  for await (const row of readCsvRows(file, columns)) {
    latest = Math.max(latest, isoCellAsMs(row, 'timestamp'));
    const volatility = figure(row, 'implied_volatility');
    if (!(volatility > 0)) continue;
    quotes.push({
      currency: choiceCell(row, 'currency', CURRENCIES),
      years: figure(row, 'time_to_maturity'),
      strike: figure(row, 'strike'),
      forward: figure(row, 'underlying'),
      volatility,
    });
  }
  return { timeMs: latest, quotes };
}

/** Per expiry the mean volatility of the strikes nearest the forward; between expiries linear in total variance; beyond them flat. */
function impliedAtTheMoney(quotes: readonly Quote[]): number {
  const expiries = new Map<number, Quote[]>();
  for (const quote of quotes) expiries.set(quote.years, [...(expiries.get(quote.years) ?? []), quote]);
  const curve = [...expiries]
    .filter(([years]) => years > 1 / DAYS_PER_YEAR)
    .map(([years, all]) => {
      const nearest = all.reduce((best, quote) => (distance(quote) < distance(best) ? quote : best));
      const chosen = all.filter((quote) => quote.strike === nearest.strike).map((quote) => quote.volatility);
      return { years, volatility: chosen.reduce((sum, value) => sum + value, 0) / chosen.length };
    })
    .sort((a, b) => a.years - b.years);
  const target = STRADDLE_DAYS / DAYS_PER_YEAR;
  const after = curve.find(({ years }) => years >= target);
  const before = curve.filter(({ years }) => years < target).at(-1);
  if (before === undefined || after === undefined) return (after ?? before)?.volatility ?? Number.NaN;
  const weight = (target - before.years) / (after.years - before.years);
  const total = (1 - weight) * totalVariance(before) + weight * totalVariance(after);
  return Math.sqrt(total / target);
}

function totalVariance(expiry: { readonly years: number; readonly volatility: number }): number {
  return expiry.volatility * expiry.volatility * expiry.years;
}

function distance(quote: Quote): number {
  return Math.abs(quote.strike / quote.forward - 1);
}

async function realisedVolatility(
  folder: string,
  histories: readonly PriceHistory[],
): Promise<(currency: string, timeMs: number) => number> {
  const known = new Map<string, { readonly endsMs: readonly number[]; readonly variances: Float64Array }>();
  for (const currency of CURRENCIES) {
    const history = histories.find(({ underlying }) => underlying === currency);
    if (history === undefined) continue;
    const matrix = returnsOf(await extended(folder, history), ONE_DAY);
    known.set(currency, {
      endsMs: matrix.endsMs,
      variances: ewmaVariances(matrix.columns[0] ?? new Float64Array(), REQUIREMENT_TAIL.ewma),
    });
  }
  return (currency, at) => {
    const series = known.get(currency);
    if (series === undefined) return Number.NaN;
    return Math.sqrt((series.variances[countUntil(series.endsMs, at)] ?? Number.NaN) * DAYS_PER_YEAR);
  };
}

/** The history, and after its end the index at the last snapshot of each day as that day's close. */
async function extended(folder: string, history: PriceHistory): Promise<PriceHistory> {
  const lastMs = history.timesMs[history.timesMs.length - 1] ?? 0;
  const closes = new Map<number, bigint>();
  const column = `${history.underlying.toLowerCase()}_index`;
  for await (const row of readCsvRows(dataFile(folder, INDEX_FILE), ['snapshot', column])) {
    const endMs = Math.floor(compactCellAsMs(row, 'snapshot') / DAY_MS) * DAY_MS + DAY_MS;
    if (endMs > lastMs) closes.set(endMs, positiveDecimalCell(row, column, { decimals: 9 }));
  }
  const added = [...closes].sort(([a], [b]) => a - b);
  return {
    underlying: history.underlying,
    timesMs: [...history.timesMs, ...added.map(([time]) => timeMs(time))],
    prices: [...history.prices, ...added.map(([, close]) => price(close))],
  };
}

/** A plain decimal cell as a double: quotes are only divided by each other here. */
function figure(row: CsvRow, column: string): number {
  const text = textCell(row, column);
  const value = /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw invalidCell(row, column, 'a decimal number');
  return value;
}

function isoCellAsMs(row: CsvRow, column: string): number {
  const value = Date.parse(textCell(row, column));
  if (Number.isNaN(value)) throw invalidCell(row, column, 'a time as ISO 8601');
  return value;
}

/** 20251230T173115Z. */
function compactCellAsMs(row: CsvRow, column: string): number {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(textCell(row, column));
  if (parts === null) throw invalidCell(row, column, 'a time such as 20251230T173115Z');
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function middle(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
