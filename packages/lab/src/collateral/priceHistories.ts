import { aggregateBars, coveredMs, type PriceBar, type PriceHistory, type PriceSegment } from '@plimsoll/core/liquidity';
import { type DurationMs, durationMs, price, ticks, timeMs } from '@plimsoll/core/numeric';
import { integerCell, invalidCell, roundedDecimalCell, unixSecondsCellAsMs } from '../data/csvFields.ts';
import { type CsvRow, readCsvRows } from '../data/csvRows.ts';
import { dataFile } from '../data/dataFolder.ts';
import { type CandleFile, type CollateralAsset, findCollateralAsset, type HistorySource } from './catalogue.ts';

/** Price history with what it is, for a reader. */
export interface LabelledHistory {
  readonly history: PriceHistory;
  readonly of: 'self' | 'base';
  readonly say: string;
  readonly fromMs: number;
  /** When the last bar closed. */
  readonly untilMs: number;
  /** Time that bars of the asset's own price cover. */
  readonly ownMs: DurationMs;
}

const NANO = 1_000_000_000n;

/** The price history of an asset of the catalogue, or null where the data folder is not known to hold one. */
export async function loadPriceHistory(folder: string, asset: CollateralAsset): Promise<LabelledHistory | null> {
  const { history: source } = asset;
  if (source === null) return null;
  switch (source.kind) {
    case 'candles':
      return labelled({
        history: await loadCandles(folder, source),
        say: `candles in ${source.quote}: ${namesOf(source.files)}`,
      });
    case 'base':
      return { ...labelled({ history: await loadBase(folder, source.base), say: source.say }), of: 'base', ownMs: durationMs(0) };
    case 'ratioToBase': {
      const rounds = await loadRatioRounds(folder, source.rounds);
      const history = timesRatio(await loadBase(folder, source.base), rounds);
      const [first, last] = [rounds[0], rounds[rounds.length - 1]];
      const ownMs = durationMs(first === undefined || last === undefined ? 0 : last.updatedMs - first.updatedMs);
      return { ...labelled({ history, say: source.say }), ownMs };
    }
  }
}

function namesOf(files: readonly CandleFile[]): string {
  return files.map(({ relativePath }) => relativePath).join(', ');
}

function labelled({ history, say }: { readonly history: PriceHistory; readonly say: string }): LabelledHistory {
  const bars = history.flatMap((segment) => segment.bars.map((bar) => ({ openMs: bar.openMs, barMs: segment.barMs })));
  const last = bars[bars.length - 1];
  const untilMs = last === undefined ? 0 : last.openMs + last.barMs;
  return { history, of: 'self', say, fromMs: bars[0]?.openMs ?? 0, untilMs, ownMs: coveredMs(history) };
}

async function loadBase(folder: string, symbol: string): Promise<PriceHistory> {
  const source = findCollateralAsset(symbol)?.history;
  if (source?.kind !== 'candles') throw new Error(`the base ${symbol} has no candles in the catalogue`);
  return loadCandles(folder, source);
}

async function loadCandles(folder: string, source: HistorySource & { readonly kind: 'candles' }): Promise<PriceHistory> {
  return Promise.all(source.files.map((file) => loadSegment(folder, file)));
}

async function loadSegment(folder: string, file: CandleFile): Promise<PriceSegment> {
  const bars: PriceBar[] = [];
  let lastMs = 0;
  for await (const row of readCsvRows(dataFile(folder, file.relativePath), ['ts', 'low', 'close', 'volume'])) {
    const openMs = unixSecondsCellAsMs(row, 'ts');
    if (openMs <= lastMs) throw invalidCell(row, 'ts', 'a time after that of the line before');
    lastMs = openMs;
    if (openMs >= file.fromMs && openMs < file.untilMs) bars.push(barOf(row, openMs));
  }
  return aggregateBars({ barMs: durationMs(file.fileBarMs), bars }, durationMs(file.barMs));
}

/** Prices to 1e-9, the low rounded down; turnover is volume at the close, in ticks, rounded down. */
function barOf(row: CsvRow, openMs: number): PriceBar {
  const low = roundedDecimalCell(row, 'low', { decimals: 9, rounding: 'down' });
  const close = roundedDecimalCell(row, 'close', { decimals: 9, rounding: 'nearest' });
  const volume = roundedDecimalCell(row, 'volume', { decimals: 9, rounding: 'down' });
  if (low <= 0n || low > close) throw invalidCell(row, 'low', 'a price above zero, at or below the close');
  if (volume < 0n) throw invalidCell(row, 'volume', 'a volume that is not negative');
  return { openMs: timeMs(openMs), low: price(low), close: price(close), turnover: ticks((volume * close) / 1_000_000_000_000n) };
}

/** One round of a feed that prices an asset in its base: 1e-9 base units. */
export interface RatioRound {
  readonly updatedMs: number;
  readonly ratioNano: bigint;
}

/** Rounds of a feed with 18 decimals, by rising time; ratios rounded down. */
export async function loadRatioRounds(folder: string, relativePath: string): Promise<readonly RatioRound[]> {
  const rounds: RatioRound[] = [];
  for await (const row of readCsvRows(dataFile(folder, relativePath), ['answer', 'updated_at'])) {
    const answer = roundedDecimalCell(row, 'answer', { decimals: 0, rounding: 'down' });
    const updatedMs = 1000 * integerCell(row, 'updated_at', { min: 1_420_070_400, max: 4_102_444_800 });
    const last = rounds[rounds.length - 1];
    if (answer <= 0n) throw invalidCell(row, 'answer', 'a ratio above zero');
    if (last !== undefined && updatedMs <= last.updatedMs)
      throw invalidCell(row, 'updated_at', 'a time after that of the line before');
    rounds.push({ updatedMs, ratioNano: answer / NANO });
  }
  return rounds;
}

/**
 * Bars of the base times the ratio that stood: the close at the last round before the bar ended, the low at the lowest of the ratios
 * that stood in it. Before the first round and after the last one the ratio is held, so that there the moves are those of the base: an
 * asset that redeems into a base is not safer for being younger. Turnover is not that of the asset and is left out.
 */
export function timesRatio(base: PriceHistory, rounds: readonly RatioRound[]): PriceHistory {
  const first = rounds[0];
  if (first === undefined) return [];
  return base.map(({ barMs, bars }): PriceSegment => {
    let next = 0;
    let standing = first.ratioNano;
    const priced = bars.map((bar): PriceBar => {
      let lowest = standing;
      for (let round = rounds[next]; round !== undefined && round.updatedMs < bar.openMs + barMs; round = rounds[next]) {
        standing = round.ratioNano;
        if (standing < lowest) lowest = standing;
        next += 1;
      }
      return { openMs: bar.openMs, low: scaled(bar.low, lowest), close: scaled(bar.close, standing), turnover: null };
    });
    return { barMs, bars: priced };
  });
}

function scaled(value: bigint, ratioNano: bigint): PriceBar['close'] {
  return price((value * ratioNano) / NANO);
}
