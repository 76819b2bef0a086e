import type { BookLevel } from '@plimsoll/core/liquidity';
import { type Price, ppm, price, ticks } from '@plimsoll/core/numeric';
import { choiceCell, invalidCell, roundedDecimalCell, textCell } from '../data/csvFields.ts';
import { type CsvRow, readCsvRows } from '../data/csvRows.ts';
import { DataError } from '../data/dataError.ts';
import { dataFile } from '../data/dataFolder.ts';

/** Value within 1 to 5 % of the price of Binance's BTCUSDT perpetual every half minute, inside the data folder. */
export const BOOK_DEPTH_FILE = 'binance_btcusdt_bookdepth_2025_10_10/BTCUSDT-bookDepth-2025-10-10.csv.gz';

/**
 * From here on the bids of the file stand still while the market falls from 119,000 to 106,000: the exchange's own reference price
 * stopped following. They are not bids that anyone could have sold into.
 */
export const BIDS_FROZEN_FROM_MS = Date.UTC(2025, 9, 10, 15, 30, 42);
export const BOOK_DAY_START_MS = Date.UTC(2025, 9, 10);

export interface BookDepth {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly snapshots: number;
  /** Snapshots left out because a distance is absent, or a larger distance shows less. */
  readonly skipped: number;
  /** Median of the average price within one percent on both sides, 1e-9 USDT. */
  readonly price: Price;
  /** Median value within each distance, by rising distance. */
  readonly levels: readonly BookLevel[];
}

const PERCENTAGES = ['-5', '-4', '-3', '-2', '-1', '1', '2', '3', '4', '5'] as const;
const PERCENT_PPM = 10_000;

interface Window {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
}

/**
 * Median bids over a window of 2025-10-10. Refuses a window that reaches into the frozen bids, and bids that stand still inside it:
 * the value within one percent of a live book is never the same twice running.
 */
export async function loadBidDepth(folder: string, window: Window): Promise<BookDepth> {
  const file = dataFile(folder, BOOK_DEPTH_FILE);
  if (window.untilMs > BIDS_FROZEN_FROM_MS) {
    throw new DataError({
      code: 'DATA_RULE_BROKEN',
      file,
      field: 'timestamp',
      expected: `a window that ends at or before ${isoOf(BIDS_FROZEN_FROM_MS)}: from then on the bids in this file are frozen at the source`,
      found: isoOf(window.untilMs),
    });
  }
  const snapshots = await loadSnapshots(file, window);
  refuseStandingStill(file, snapshots);
  return medianDepth(file, { snapshots, side: -1, window });
}

/** Median asks over a window; they follow the market all day. What stands above the price is not what one sells into. */
export async function loadAskDepth(folder: string, window: Window): Promise<BookDepth> {
  const file = dataFile(folder, BOOK_DEPTH_FILE);
  return medianDepth(file, { snapshots: await loadSnapshots(file, window), side: 1, window });
}

/** How thin the asks of the day became against their median, per distance: the evidence behind the policy's stressed depth. */
export async function loadAskThinning(
  folder: string,
): Promise<readonly { readonly distancePpm: number; readonly thinnestPpm: number; readonly fifthPercentilePpm: number }[]> {
  const file = dataFile(folder, BOOK_DEPTH_FILE);
  const snapshots = await loadSnapshots(file, { fromMs: BOOK_DAY_START_MS, untilMs: BOOK_DAY_START_MS + 86_400_000 });
  return [1, 2, 3, 4, 5].map((percent) => {
    const values = sortedValues(snapshots, percent);
    const median = quantile(values, 500);
    const share = (value: bigint): number => Number((value * 1_000_000n) / median);
    return {
      distancePpm: percent * PERCENT_PPM,
      thinnestPpm: share(quantile(values, 0)),
      fifthPercentilePpm: share(quantile(values, 50)),
    };
  });
}

/** One moment: value (ticks) and average price (1e-9) by signed percentage. */
interface Snapshot {
  readonly timeMs: number;
  readonly line: number;
  readonly cells: ReadonlyMap<number, { readonly value: bigint; readonly averageNano: bigint }>;
}

async function loadSnapshots(file: string, window: Window): Promise<readonly Snapshot[]> {
  const found: { timeMs: number; line: number; cells: Map<number, { value: bigint; averageNano: bigint }> }[] = [];
  for await (const row of readCsvRows(file, ['timestamp', 'percentage', 'notional', 'weighted_avg_price'])) {
    const timeMs = timestampOf(row);
    if (timeMs < window.fromMs || timeMs >= window.untilMs) continue;
    let last = found[found.length - 1];
    if (last === undefined || last.timeMs !== timeMs) {
      if (last !== undefined && timeMs < last.timeMs)
        throw invalidCell(row, 'timestamp', 'a time not before that of the line before');
      last = { timeMs, line: row.line, cells: new Map() };
      found.push(last);
    }
    last.cells.set(Number(choiceCell(row, 'percentage', PERCENTAGES)), {
      value: roundedDecimalCell(row, 'notional', { decimals: 6, rounding: 'down' }),
      averageNano: roundedDecimalCell(row, 'weighted_avg_price', { decimals: 9, rounding: 'down' }),
    });
  }
  return found;
}

function timestampOf(row: CsvRow): number {
  const text = textCell(row, 'timestamp').trim(); // one line of the file starts with a space
  const timeMs = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number.NaN;
  if (Number.isNaN(timeMs)) throw invalidCell(row, 'timestamp', 'a time such as 2025-10-10 00:00:07');
  return timeMs;
}

function refuseStandingStill(file: string, snapshots: readonly Snapshot[]): void {
  for (const [index, snapshot] of snapshots.entries()) {
    const before = snapshots[index - 1]?.cells.get(-1);
    const now = snapshot.cells.get(-1);
    if (before === undefined || now === undefined || before.value !== now.value) continue;
    throw new DataError({
      code: 'DATA_RULE_BROKEN',
      file,
      line: snapshot.line,
      field: 'notional',
      expected: 'bids within one percent that differ from those of the snapshot before: these are frozen',
      found: isoOf(snapshot.timeMs),
    });
  }
}

function medianDepth(
  file: string,
  from: { readonly snapshots: readonly Snapshot[]; readonly side: 1 | -1; readonly window: Window },
): BookDepth {
  const { side, window } = from;
  const whole = from.snapshots.filter((snapshot) => isWhole(snapshot, side));
  if (whole.length === 0) {
    throw new DataError({
      code: 'DATA_RULE_BROKEN',
      file,
      expected: 'a whole snapshot inside the window',
      found: isoOf(window.fromMs),
    });
  }
  const averages = whole
    .map(({ cells }) => ((cells.get(-1)?.averageNano ?? 0n) + (cells.get(1)?.averageNano ?? 0n)) / 2n)
    .sort(byValue);
  return {
    ...window,
    snapshots: whole.length,
    skipped: from.snapshots.length - whole.length,
    price: price(quantile(averages, 500)),
    levels: [1, 2, 3, 4, 5].map((percent) => ({
      distancePpm: ppm(percent * PERCENT_PPM),
      value: ticks(quantile(sortedValues(whole, percent * side), 500)),
    })),
  };
}

/** All distances are there on both sides at one percent, and value does not fall with distance. */
function isWhole({ cells }: Snapshot, side: 1 | -1): boolean {
  if (!cells.has(-1) || !cells.has(1)) return false;
  let reached = 0n;
  for (const percent of [1, 2, 3, 4, 5]) {
    const value = cells.get(percent * side)?.value;
    if (value === undefined || value < reached) return false;
    reached = value;
  }
  return true;
}

function sortedValues(snapshots: readonly Snapshot[], percent: number): readonly bigint[] {
  return snapshots.flatMap(({ cells }) => cells.get(percent)?.value ?? []).sort(byValue);
}

/** The value at this many thousandths of a sorted list, the lower of two neighbours. */
function quantile(sorted: readonly bigint[], thousandths: number): bigint {
  return sorted[Math.floor(((sorted.length - 1) * thousandths) / 1000)] ?? 0n;
}

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
