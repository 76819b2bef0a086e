import type { ColumnCoding } from './columnCoding.ts';

/** First field of every scenario file. */
export const SCENARIO_FORMAT = 'plimsoll-scenario';
/** Version that this code writes and reads. A change to the format takes the next number. */
export const SCENARIO_FORMAT_VERSION = 1;

/** Bounds that a reader enforces before it allocates. */
export const SCENARIO_LIMITS = {
  fileBytesMax: 16 * 1024 * 1024,
  tablesMax: 64,
  columnsMax: 64,
  rowsMax: 1_000_000,
  metadataMax: 64,
} as const;

/** One column of integers; `unit` says what an integer counts. */
export type ScenarioColumn = {
  readonly name: string;
  /** What one integer stands for, such as `1e-9 ETH`, `block` or `unix s`. */
  readonly unit: string;
  readonly coding: ColumnCoding;
  readonly nullable: boolean;
  /** `undefined` means no value, and occurs in nullable columns only. */
  readonly values: readonly (bigint | undefined)[];
};

/** Equally long columns. */
export type ScenarioTable = {
  readonly name: string;
  /** One sentence: what a row is. */
  readonly description: string;
  /** Where the rows come from and under which terms. */
  readonly origin: string;
  readonly rows: number;
  readonly columns: readonly ScenarioColumn[];
};

/** A scenario file in memory: self-describing, without a meaning of its own. */
export type ScenarioDocument = {
  /** Which reader understands the tables, such as `black-thursday`. */
  readonly kind: string;
  readonly name: string;
  readonly title: string;
  /** Integers that belong to the whole file, by rising name. */
  readonly metadata: readonly { readonly name: string; readonly unit: string; readonly value: bigint }[];
  readonly tables: readonly ScenarioTable[];
};
