import { readFile } from 'node:fs/promises';
import { compareBigint, parseDecimalRounded } from '@plimsoll/core/numeric';
import { choiceCell, integerCell, roundedDecimalCell, textCell } from '../csvFields.ts';
import { readCsvRows } from '../csvRows.ts';
import { DataError } from '../dataError.ts';
import { dataFile } from '../dataFolder.ts';
import { createFieldReader, type FieldReader } from '../scenarioFile/fieldReader.ts';
import type { CascadeTotals, ShortAccount } from '../types.ts';

export const ADL_ACCOUNTS_FILE = 'hyperliquid_adl_2025_10_10/adl_by_account.csv.gz';
export const ADL_COINS_FILE = 'hyperliquid_adl_2025_10_10/adl_by_coin.csv';
export const ADL_TOTALS_FILE = 'hyperliquid_adl_2025_10_10/total_impact.json';

/** What every report made from these files must print. */
export const HYPERLIQUID_ATTRIBUTION = 'Powered by HyperReplay - (c) ConejoCapital';

/**
 * Leverage above this share of accounts is an artefact: the authors rebuilt account values and say that the top one per
 * cent of leverage values are not real (they reach 33 million).
 */
const LEVERAGE_KEPT_PERCENT = 99;

/** Deleveraged accounts, with what was left out and why. */
export type DeleveragedAccounts = {
  /** By rising account id. */
  readonly accounts: readonly ShortAccount[];
  readonly droppedForLeverage: number;
  readonly droppedWithoutEquity: number;
  /** Deleveraged notional of all rows, dropped ones included; 1e-6 USD. */
  readonly notionalOfAllMicroUsd: bigint;
  readonly eventsOfAll: number;
};

/**
 * Deleveraged accounts: winners of the fall, so the short side. Dropped are accounts without equity or leverage (nothing to
 * seed a book from) and those whose leverage exceeds the 99th percentile (nearest rank over all rows).
 */
export async function loadDeleveragedAccounts(folder: string): Promise<DeleveragedAccounts> {
  const rows: (ShortAccount & { readonly negative: boolean; readonly events: number })[] = [];
  const columns = ['account_id', 'adl_notional_usd', 'leverage', 'account_value_usd', 'is_negative_equity', 'num_adl_events'];
  for await (const row of readCsvRows(dataFile(folder, ADL_ACCOUNTS_FILE), columns)) {
    const leverage = roundedDecimalCell(row, 'leverage', { decimals: 6, rounding: 'nearest' });
    rows.push({
      accountId: integerCell(row, 'account_id', { min: 0, max: 1_000_000_000 }),
      accountValueMicroUsd: roundedDecimalCell(row, 'account_value_usd', { decimals: 6, rounding: 'down' }),
      notionalMicroUsd: roundedDecimalCell(row, 'adl_notional_usd', { decimals: 6, rounding: 'nearest' }),
      leveragePpm: Number(leverage),
      negative: choiceCell(row, 'is_negative_equity', ['0', '1']) === '1',
      events: integerCell(row, 'num_adl_events', { min: 0, max: 1_000_000 }),
    });
  }
  const leverageMax = nearestRank(
    rows.map((row) => BigInt(row.leveragePpm)),
    LEVERAGE_KEPT_PERCENT,
  );
  const real = rows.filter((row) => BigInt(row.leveragePpm) <= leverageMax);
  const kept = real.filter((row) => !row.negative && row.accountValueMicroUsd > 0n && row.leveragePpm > 0);
  return {
    accounts: kept
      .map(({ accountId, accountValueMicroUsd, notionalMicroUsd, leveragePpm }) => ({
        accountId,
        accountValueMicroUsd,
        notionalMicroUsd,
        leveragePpm,
      }))
      .sort((a, b) => a.accountId - b.accountId),
    droppedForLeverage: rows.length - real.length,
    droppedWithoutEquity: real.length - kept.length,
    notionalOfAllMicroUsd: rows.reduce((sum, row) => sum + row.notionalMicroUsd, 0n),
    eventsOfAll: rows.reduce((sum, row) => sum + row.events, 0),
  };
}

/** Deleveraging per coin; 1e-6 USD. */
export type DeleveragedCoin = {
  readonly coin: string;
  readonly notionalMicroUsd: bigint;
  readonly accounts: number;
  readonly events: number;
};

/** Deleveraged notional per coin, in file order. */
export async function loadDeleveragedCoins(folder: string): Promise<readonly DeleveragedCoin[]> {
  const coins: DeleveragedCoin[] = [];
  const columns = ['coin', 'adl_notional', 'num_users', 'num_events'];
  for await (const row of readCsvRows(dataFile(folder, ADL_COINS_FILE), columns)) {
    coins.push({
      coin: textCell(row, 'coin'),
      notionalMicroUsd: roundedDecimalCell(row, 'adl_notional', { decimals: 6, rounding: 'nearest' }),
      accounts: integerCell(row, 'num_users', { min: 0, max: 1_000_000 }),
      events: integerCell(row, 'num_events', { min: 0, max: 10_000_000 }),
    });
  }
  return coins;
}

/** Totals of the cascade: liquidated and deleveraged notional and counts. */
export async function loadCascadeTotals(folder: string): Promise<CascadeTotals> {
  const file = dataFile(folder, ADL_TOTALS_FILE);
  const text = await readFile(file, 'utf8');
  const root = createFieldReader({ file, value: jsonOf(file, text), path: '' });
  const part = (name: string): { readonly notional: bigint; readonly events: number } => ({
    notional: microDollars(root.field(name).field('notional')),
    events: root.field(name).field('events').integer({ min: 0, max: 1_000_000_000 }),
  });
  const liquidations = part('liquidations');
  const deleveraging = part('adl');
  return {
    liquidatedMicroUsd: liquidations.notional,
    deleveragedMicroUsd: deleveraging.notional,
    liquidationCount: liquidations.events,
    deleveragingCount: deleveraging.events,
  };
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError({ code: 'DATA_FILE_UNREADABLE', file, expected: 'JSON text', cause });
  }
}

/** A JSON number as 1e-6 USD, to the nearest: JSON gives doubles, whose shortest text is read exactly. */
function microDollars(reader: FieldReader): bigint {
  const parsed = parseDecimalRounded(String(reader.number()), 6, 'nearest');
  if (!parsed.ok) {
    throw reader.invalid('an amount of dollars', 'DATA_FIELD_INVALID');
  }
  return parsed.value;
}

/** The smallest value that at least `percent` of all values do not exceed. */
function nearestRank(values: readonly bigint[], percent: number): bigint {
  const sorted = [...values].sort(compareBigint);
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? 0n;
}
