/**
 * A linear filter that says of most accounts at once that they are above maintenance, and never of one that is not.
 *
 * No product code calls it: the engine's scan filters with `flagAccounts` (engine/healthFilter.ts), straight from the ledger's columns. This one is
 * the reference over packed streams, the measure of how fast such a filter can be (bench/kernel.bench.ts; the engine's own: bench/scan.bench.ts),
 * and the seam for a native kernel and for validators that keep such streams.
 *
 * ## Why no breach is missed
 *
 * 1. *Linear bound.* The functional is subadditive, so it is at most the sum over legs of |lots| · worst loss per lot; every add-on is
 *    proportional to |lots| but the size charge, whose rate rises with the owner's size and is taken at the largest size of any owner.
 *    Hence true health ≥ base + Σ |lots| · c with c the value per lot of that side less all rates, and base the cash and balances less
 *    their own rates. Ceilings add at most two ticks and one per position; base is lowered by that.
 * 2. *Single-precision lots.* m' = fround(|lots|) is within |lots| · 2^-24. The table holds c' = c − |c| · 2^-22. For c > 0, m' · c' ≤
 *    |lots| · c · (1 + 2^-24)(1 − 2^-22); for c < 0, m' · |c'| ≥ |lots| · |c| · (1 − 2^-24)(1 + 2^-22). Either way the term is below the
 *    true one by at least |lots| · |c| · 2^-23, more than the rounding of c' and of the product (2^-52 relative each).
 * 3. *Summation.* Adding n ≤ 128 terms to base in doubles errs by at most n · 2^-53 · (Σ|terms| + |base|) < 2^-45 · (…). The share of the
 *    terms is inside the 2^-23 of step 2; for the share of base, base is lowered by |base| · 2^-40.
 *
 * So the computed sum is at most the true health; an account is flagged when it is below zero, and whoever is flagged is decided
 * exactly by `computeMargin`. Hedged books look worse here than they are and are simply decided exactly.
 */

import { assert } from '../numeric/assert.ts';
import { POSITIONS_MAX } from '../numeric/limits.ts';
import { balanceTotals, cashUsd } from './collateral.ts';
import { assetOf, riskUnits } from './legs.ts';
import { packedDoubles } from './packedDoubles.ts';
import type { Portfolio } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';
import { sizeChargePpm } from './sizeCharge.ts';

/** Health per |lot|, at least: index 2·row for longs, 2·row + 1 for shorts. Lowered as step 2 says. */
export interface FilterTable {
  readonly coefficients: readonly number[];
}

/** Accounts as streams: account a has the positions ends[a−1] … ends[a] − 1 (from 0 for the first). */
export interface FilterStreams {
  readonly accounts: number;
  readonly ends: Int32Array;
  /** |lots|, rounded to single precision. */
  readonly magnitudes: Float32Array;
  /** 2·row + (1 for a short). */
  readonly codes: Uint16Array;
  /** `filterBase` of each account. */
  readonly base: Float64Array;
}

const CODES_MAX: number = 2 ** 16;
/** Ticks that ceilings may add: functional, loss factor, and the size charge of each position. */
const CEILING_TICKS: number = 2 + POSITIONS_MAX;

/**
 * The table of a model. `ownerGrossMax[row]` is at least the |lots| of any owner in that row's instrument. Models with
 * group transforms are refused: their loss is not linear in lots; decide those exactly.
 */
export function compileFilterTable(model: RiskModel, ownerGrossMax: Float64Array): FilterTable {
  assert(model.isPlain, 'The linear filter is for models without group transforms.');
  const { rows } = model;
  assert(2 * rows.count <= CODES_MAX && ownerGrossMax.length >= rows.count, 'Every row has a code and a largest owner.');
  const coefficients = packedDoubles(2 * rows.count);
  for (let row = 0; row < rows.count; row += 1) {
    const at = (column: Float64Array): number => column[row] ?? Number.NaN;
    const sizeRate = (at(rows.notional) * sizeChargePpm(sizeRow(model, row), ownerGrossMax[row] ?? 0)) / 1e6;
    const rate = at(rows.maintenanceRate) + sizeRate;
    coefficients[2 * row] = lowered(at(rows.longValue) - rate - lossPerLot(model, row, 1));
    coefficients[2 * row + 1] = lowered(-at(rows.shortValue) - rate - at(rows.shortMinimum) - lossPerLot(model, row, -1));
  }
  return { coefficients };
}

/**
 * A lower bound, in ticks, of what an account's cash and balances add to maintenance health, lowered as steps 1 and 3 say.
 */
export function filterBase(model: RiskModel, portfolio: Portfolio): number {
  const isLending = portfolio.mode === 'overcollateralized';
  const cash = isLending ? cashUsd(model, portfolio.cash) : portfolio.cash;
  let base = Number(cash + balanceTotals(model, portfolio).creditMaintenance);
  for (let index = 0; index < portfolio.balanceCount && !isLending; index += 1) {
    const asset = assetOf(model, portfolio.balanceAssets[index] ?? -1);
    if (asset.rows.length === 0) continue;
    const units = riskUnits(asset, portfolio.balanceAmounts[index] ?? 0n, portfolio.balanceKinds[index] ?? 0);
    for (const row of asset.rows) {
      const rate = (model.rows.maintenanceRate[row] ?? 0) + lossPerLot(model, row, Math.sign(units));
      base -= Math.abs(units) * rate;
    }
  }
  return base - Math.abs(base) * 2 ** -40 - CEILING_TICKS;
}

/**
 * Writes the indexes of all accounts that the bound does not clear into `flagged`, rising, and returns how many. Typed arrays are
 * read with `as number`: `checkFilterStreams` has proved ends and codes to be in range.
 */
export function maintenanceFilter(streams: FilterStreams, table: FilterTable, flagged: Int32Array): number {
  const { accounts, ends, magnitudes, codes, base } = streams;
  const { coefficients } = table;
  let count = 0;
  let position = 0;
  for (let account = 0; account < accounts; account = (account + 1) | 0) {
    const end = ends[account] as number;
    const lastQuad = (end - 3) | 0;
    let health = base[account] as number;
    let more = 0;
    for (; position < lastQuad; position = (position + 4) | 0) {
      const second = (position + 1) | 0;
      const third = (position + 2) | 0;
      const fourth = (position + 3) | 0;
      health +=
        (magnitudes[position] as number) * (coefficients[codes[position] as number] as number) +
        (magnitudes[second] as number) * (coefficients[codes[second] as number] as number);
      more +=
        (magnitudes[third] as number) * (coefficients[codes[third] as number] as number) +
        (magnitudes[fourth] as number) * (coefficients[codes[fourth] as number] as number);
    }
    for (; position < end; position = (position + 1) | 0) {
      health += (magnitudes[position] as number) * (coefficients[codes[position] as number] as number);
    }
    health += more;
    // Written as "not at least zero", so that anything that is not a number is flagged too.
    if (!(health >= 0)) {
      flagged[count] = account;
      count = (count + 1) | 0;
    }
  }
  return count;
}

/** Asserts that the streams fit the table. Once per store, not per scan. */
export function checkFilterStreams(streams: FilterStreams, table: FilterTable): void {
  const { accounts, ends, magnitudes, codes, base } = streams;
  let inRange = ends.length >= accounts && base.length >= accounts;
  let previous = 0;
  for (let account = 0; inRange && account < accounts; account += 1) {
    const end = ends[account] ?? -1;
    inRange = end >= previous && end <= magnitudes.length && end <= codes.length && end - previous <= POSITIONS_MAX;
    previous = end;
  }
  for (let position = 0; inRange && position < previous; position += 1) {
    inRange = (codes[position] ?? CODES_MAX) < table.coefficients.length;
  }
  assert(inRange, 'Every account ends after it starts, and every code is in the table.');
}

/** Code of a position in the streams. */
export function filterCode(row: number, lots: number): number {
  return 2 * row + (lots < 0 ? 1 : 0);
}

/** Upper bound of the loss factor's charge per |lot| held on one side, stress and joint parts by their weights. */
function lossPerLot(model: RiskModel, row: number, side: number): number {
  const entries = model.matrix.subarray(row * model.stride, (row + 1) * model.stride);
  let stress = 0;
  let joint = 0;
  for (const [column, entry] of entries.entries()) {
    if (column < model.stressCount) stress = Math.max(stress, -side * entry);
    else joint = Math.max(joint, -side * entry);
  }
  const isAlone = model.standsAlone[model.rows.underlying[row] ?? -1] === 1;
  const weight = model.jointCount === 0 || isAlone ? 0 : model.weightPpm / 1e6;
  return (((1 - weight) * stress + weight * joint) * model.lossFactorMaintenancePpm) / 1e6;
}

function sizeRow(
  model: RiskModel,
  row: number,
): { notional: number; impactPpm: number; sizeUnit: number; sizeRootScale: number } {
  const { rows } = model;
  return {
    notional: rows.notional[row] ?? 0,
    impactPpm: rows.impactPpm[row] ?? 0,
    sizeUnit: rows.sizeUnit[row] ?? 1,
    sizeRootScale: rows.sizeRootScale[row] ?? 1,
  };
}

/** c − |c| · 2^-22. */
function lowered(coefficient: number): number {
  return coefficient - Math.abs(coefficient) * 2 ** -22;
}
