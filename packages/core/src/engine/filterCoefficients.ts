import { grossLots } from '../ledger/instrumentTotals.ts';
import { boundAsset, boundRows } from '../margin/linearBound.ts';
import { packedDoubles } from '../margin/packedDoubles.ts';
import type { RiskModel } from '../margin/riskModel.ts';
import { groupId, instrumentId } from '../numeric/brand.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import type { FilterTables } from './filterState.ts';
import { instrumentStateOf } from './lookup.ts';
import type { EngineState } from './state.ts';
import { type EngineView, modelOf } from './view.ts';

/**
 * Every coefficient is lowered by this share of its magnitude: the room for the rounding of doubles. See healthFilter.ts, which
 * proves that a thousandth of it would do.
 */
export const SLACK: number = 2 ** -32;
/** Ticks that ceilings may add to the requirement of an account: four for each of 128 positions, 128 balances and the account itself. */
const CEILING_TICKS: number = 4 * 257;

/** Tables in which no group is compiled yet. */
export function createFilterTables(state: EngineState): FilterTables {
  const kinds = state.terms.groups.length * 2;
  const keys = state.terms.assets.length * 4;
  const filled = (length: number, value: number): number[] => packedDoubles(length).fill(value);
  const instruments = state.terms.instruments.length;
  return {
    timeMs: state.timeMs,
    value: filled(instruments, 0),
    charge: filled(instruments, Number.NEGATIVE_INFINITY),
    groupOfInstrument: state.terms.instruments.map(({ group }) => group),
    cash: filled(kinds, Number.NaN),
    base: filled(kinds, Number.NEGATIVE_INFINITY),
    loan: filled(kinds, 0),
    keys,
    balance: filled(kinds * keys, Number.NEGATIVE_INFINITY),
    begun: filled(kinds * keys, 0),
  };
}

/** Compiles the coefficients of one group under its current model: once per block, for pool indexes and open interest move. */
export function compileFilter(view: EngineView, tables: FilterTables, group: number): void {
  const model = modelOf(view, groupId(group));
  const kind = group * 2;
  tables.cash[kind] = 1;
  tables.cash[kind + 1] = Number(model.stablePrice) / 1e9;
  // What rules charge is not in the bound: every account of the group keeps a base of −Infinity.
  if (model.rules !== null) return;
  tables.base[kind] = -CEILING_TICKS;
  tables.base[kind + 1] = -CEILING_TICKS;
  fillInstruments(view.state, model, tables, group);
  fillLoan(view.state, tables, group);
  for (const { id } of view.state.terms.assets) fillAsset(view.state, model, tables, { kind, asset: id });
}

function fillInstruments(state: EngineState, model: RiskModel, tables: FilterTables, group: number): void {
  const { rows } = model;
  const gross = new Float64Array(rows.count);
  for (let row = 0; row < rows.count; row += 1) {
    const id = rows.instrument[row] ?? -1;
    if (id >= 0) gross[row] = grossLots(state.ledger.accounts.instruments, instrumentId(id));
  }
  const bound = boundRows(model, gross);
  for (const terms of state.terms.instruments) {
    if (terms.group !== group) continue;
    const row = model.rowOfInstrument[terms.id] ?? -1;
    const sides =
      row < 0 ? settledValue(state, terms.id) : { long: bound.long[row] ?? Number.NaN, short: bound.short[row] ?? Number.NaN };
    if (sides === null || !Number.isFinite(sides.long + sides.short)) continue;
    tables.value[terms.id] = (sides.long - sides.short) / 2;
    // Above zero where a dead feed's band is wider than the charges: counted as nothing, for charges are also what a position weighs.
    const charge = Math.min(0, (sides.long + sides.short) / 2);
    const magnitude = Math.abs(sides.long) + Math.abs(sides.short);
    tables.charge[terms.id] = charge - magnitude * (row < 0 ? SETTLED_CHARGE : SLACK);
  }
}

/**
 * What is settled has no charge of its own and never moves. It is counted for a little less than it is worth, or what rounding may hide in its
 * coefficients would be large beside its weight, and cost every account of its group the cushion.
 */
const SETTLED_CHARGE: number = 2 ** -10;

/** A settled instrument is worth its final price, less funding and socialised losses. */
function settledValue(state: EngineState, id: number): { readonly long: number; readonly short: number } | null {
  const found = instrumentStateOf(state, instrumentId(id));
  if (found.status !== 'settled' || found.finalPrice === null) return null;
  const value = found.finalPrice - found.funding.index;
  return { long: value - found.socialIndex, short: -value - found.socialIndex };
}

function fillLoan(state: EngineState, tables: FilterTables, group: number): void {
  const pool = state.ledger.pools[state.terms.groups[group]?.settlementAsset ?? -1] ?? null;
  const owed = pool === null ? 0 : rayOf(pool.debtIndex) * (1 + SLACK);
  tables.loan[group * 2] = owed;
  tables.loan[group * 2 + 1] = owed;
}

function fillAsset(
  state: EngineState,
  model: RiskModel,
  tables: FilterTables,
  { kind, asset }: { readonly kind: number; readonly asset: number },
): void {
  const found = model.assets[asset];
  if (found === undefined) return;
  const bound = boundAsset(model, found);
  const pool = state.ledger.pools[asset] ?? null;
  const supplyIndex = pool === null ? 1 : rayOf(pool.supplyIndex);
  const debtIndex = pool === null ? 1 : rayOf(pool.debtIndex);
  const fill = (at: number, coefficient: number, begun: number): void => {
    tables.balance[at] = coefficient - Math.abs(coefficient) * SLACK;
    tables.begun[at] = begun * (1 + SLACK);
  };
  // Amounts behind shares are rounded to a unit, against the account: one unit more is taken off.
  const own = kind * tables.keys + asset * 4;
  fill(own, bound.credit, bound.begunOwned);
  fill(own + 1, bound.credit * supplyIndex, bound.begunOwned + Math.abs(bound.credit));
  fill(own + 2, bound.owed * debtIndex, bound.begunOwed - bound.owed);
  const usd = own + tables.keys;
  fill(usd, bound.creditUsd, 0);
  fill(usd + 1, bound.creditUsd * supplyIndex, bound.creditUsd);
  fill(usd + 2, bound.owedUsd * debtIndex, -bound.owedUsd);
}

function rayOf(index: bigint): number {
  return bigintToApproximateNumber(index) * 1e-27;
}
