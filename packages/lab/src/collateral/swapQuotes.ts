import type { AverageImpactQuote } from '@plimsoll/core/liquidity';
import { type Price, ppm, price, ticks } from '@plimsoll/core/numeric';
import { invalidCell, roundedDecimalCell, unixSecondsCellAsMs } from '../data/csvFields.ts';
import { readCsvRows } from '../data/csvRows.ts';
import { DataError } from '../data/dataError.ts';
import { dataFile } from '../data/dataFolder.ts';

/** Aggregator quotes of 2023-11-20, all pairs of eight tokens, inside the data folder (MIT, github.com/xenophonlabs/crvUSDrisk). */
export const SWAP_QUOTES_FILE = 'dex_quotes_1inch_2023_11/quotes.csv.gz';

/** What a token could be sold for over the hours of the quotes. */
export interface SwapQuotes {
  readonly fromMs: number;
  readonly toMs: number;
  /** Median rate of the smallest tenth of the quotes, 1e-9 target per source token; the target is taken as a dollar. */
  readonly price: Price;
  readonly quotes: readonly AverageImpactQuote[];
}

interface Rate {
  readonly timeMs: number;
  readonly amountNano: bigint;
  readonly rateNano: bigint;
  readonly impactPpm: number;
}

const NANO = 1_000_000_000n;

/** All quotes of one direction. Impacts are rounded up, values at the common reference price down: the curve is never cheaper. */
export async function loadSwapQuotes(
  folder: string,
  pair: { readonly source: string; readonly target: string },
): Promise<SwapQuotes> {
  const file = dataFile(folder, SWAP_QUOTES_FILE);
  const rates: Rate[] = [];
  for await (const row of readCsvRows(file, ['ts', 'src', 'dst', 'in_amount', 'out_amount', 'price_impact'])) {
    if (row.text('src') !== pair.source || row.text('dst') !== pair.target) continue;
    const amountNano = roundedDecimalCell(row, 'in_amount', { decimals: 9, rounding: 'down' });
    const outNano = roundedDecimalCell(row, 'out_amount', { decimals: 9, rounding: 'down' });
    const impact = roundedDecimalCell(row, 'price_impact', { decimals: 6, rounding: 'up' });
    if (amountNano <= 0n) throw invalidCell(row, 'in_amount', 'an amount above zero');
    if (impact < 0n || impact > 1_000_000n) throw invalidCell(row, 'price_impact', 'a fraction from 0 to 1');
    const rateNano = (outNano * NANO) / amountNano;
    rates.push({ timeMs: unixSecondsCellAsMs(row, 'ts'), amountNano, rateNano, impactPpm: Number(impact) });
  }
  return summarized(file, pair, rates);
}

function summarized(
  file: string,
  pair: { readonly source: string; readonly target: string },
  rates: readonly Rate[],
): SwapQuotes {
  const bySize = [...rates].sort((a, b) => (a.amountNano < b.amountNano ? -1 : a.amountNano > b.amountNano ? 1 : 0));
  const smallest = bySize.slice(0, Math.max(1, Math.floor(bySize.length / 10))).map(({ rateNano }) => rateNano);
  const reference = smallest.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))[Math.floor(smallest.length / 2)];
  if (reference === undefined || reference <= 0n) {
    const expected = `quotes of ${pair.source} for ${pair.target} with a rate above zero`;
    throw new DataError({ code: 'DATA_RULE_BROKEN', file, expected, found: `${rates.length} quotes` });
  }
  const times = rates.map(({ timeMs }) => timeMs);
  return {
    fromMs: Math.min(...times),
    toMs: Math.max(...times),
    price: price(reference),
    quotes: bySize.flatMap(({ amountNano, impactPpm }) => {
      const value = (amountNano * reference) / 1_000_000_000_000n;
      return value > 0n ? [{ value: ticks(value), impactPpm: ppm(impactPpm) }] : [];
    }),
  };
}
