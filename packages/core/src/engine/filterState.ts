import type { AccountId, TimeMs } from '../numeric/brand.ts';

/**
 * Coefficients of the linear bound of margin/linearBound.ts by what the ledger's columns hold, for all groups at once. Plain arrays: see
 * `packedDoubles`. A *kind* is group · 2, plus 1 for overcollateralized accounts.
 */
export interface FilterTables {
  readonly timeMs: TimeMs;
  /**
   * By instrument id: health per signed lot and, not positive, per |lot|, so that a long adds `value + charge` and a short `−value + charge`:
   * the mark, and what a lot is charged. A charge of −Infinity flags an instrument that the bound does not cover.
   */
  readonly value: number[];
  readonly charge: number[];
  readonly groupOfInstrument: readonly number[];
  /** By kind: health per tick of cash; NaN until the group is compiled. */
  readonly cash: number[];
  /** By kind: what every account begins with, −CEILING_TICKS; −Infinity where the bound does not hold (a profile with rules). */
  readonly base: number[];
  /** By kind: ticks owed per share of a cash loan. */
  readonly loan: number[];
  /** By kind · `keys` + balance key (asset · 4 + kind of balance): health per unit or share, and taken off once. */
  readonly keys: number;
  readonly balance: number[];
  readonly begun: number[];
}

/** What healthSides.ts is asked of: health at maintenance and equity in USD, or the equity in the settlement asset that `saleValueOf` gives. */
export type SidedFigure = 'health' | 'equity' | 'saleValue';

/** Coefficients of one group, by balance key (asset · 4 + kind): ticks per ledger unit or share. NaN where nothing is known, so that no side is. */
export interface SideCoefficients {
  readonly cash: Readonly<Record<SidedFigure, number>>;
  readonly balances: Readonly<Record<SidedFigure, readonly number[]>>;
  /** Ticks that a term of this key may be off by rounding. */
  readonly rounding: readonly number[];
}

/** What the filter of scans keeps between blocks (healthFilter.ts). Nothing of it is canonical, and losing it costs one pass over all accounts. */
export interface FilterState {
  /** Coefficients of this block; null after anything moved. */
  tables: FilterTables | null;
  /** Coefficients that the cushions were taken under; null before the first pass. */
  reference: FilterTables | null;
  /** By account, zero for none. */
  cushions: Float32Array;
}

/** Nothing known. */
export function createFilterState(): FilterState {
  return { tables: null, reference: null, cushions: new Float32Array(0) };
}

/** Called whenever an account's row changes. */
export function forgetCushion(filter: FilterState, account: AccountId): void {
  if (account < filter.cushions.length) filter.cushions[account] = 0;
}

/** Called when blocks were replayed instead of decided: every account is summed again. */
export function forgetCushions(filter: FilterState): void {
  filter.reference = null;
}
