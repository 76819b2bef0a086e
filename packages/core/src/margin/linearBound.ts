/**
 * Coefficients of a linear lower bound of maintenance health: what one lot of each row and one ledger unit of each asset add to it at
 * least, whatever else the account holds. A scan adds them up over the ledger's columns (engine/healthFilter.ts) and decides exactly only
 * the accounts that the sum does not clear.
 *
 * ## Why the sum is never above the true health
 *
 * The functional is subadditive, so it is at most the sum over legs of |lots| · worst loss per lot; the two levels of weights are kept (stress
 * and joint parts by their weights, all stress for an underlying that stands alone). Every add-on is proportional to |lots| but the size
 * charge, whose rate rises with the owner's size and is taken here at a size that no owner exceeds. Of the haircut bands of an asset
 * the least credit of any counts for the whole amount; of an asset inside the scenarios the worst loss is taken off besides, and
 * the risk unit that is begun and does not count is taken off once. Netting is ignored: hedged books look worse than they are and are
 * decided exactly. What remains is the rounding of doubles (relative error below 2^-45 per coefficient) and of ceilings (at most a
 * few ticks per leg): the scan allows for both, and proves that it does.
 */

import { assert } from '../numeric/assert.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import type { RiskAsset, RiskModel } from './riskModel.ts';
import { sizeChargePpm } from './sizeCharge.ts';

/** By row of the model: ticks of health that one lot adds at least, held long and held short. */
export interface RowBound {
  readonly long: Float64Array;
  readonly short: Float64Array;
}

/** Ticks of health per ledger unit of an asset. */
export interface AssetBound {
  /** What a unit that is owned adds at least, and a unit that is owed (negative). */
  readonly credit: number;
  readonly owed: number;
  /** Taken off once where the asset is owned, and where it is owed: risk units that are begun. Not negative. */
  readonly begunOwned: number;
  readonly begunOwed: number;
  /** The same of overcollateralized accounts, whose unit is one tick of a dollar. */
  readonly creditUsd: number;
  readonly owedUsd: number;
}

/**
 * The bound of every row. `ownerGrossMax[row]` is at least the |lots| of any owner in that row's instrument. Models with rules are
 * refused: what rules charge is not linear in lots; decide those exactly.
 */
export function boundRows(model: RiskModel, ownerGrossMax: Float64Array): RowBound {
  assert(model.rules === null, 'The linear bound is for models without rules.');
  const { rows } = model;
  assert(ownerGrossMax.length >= rows.count, 'Every row has a largest owner.');
  const long = new Float64Array(rows.count);
  const short = new Float64Array(rows.count);
  for (let row = 0; row < rows.count; row += 1) {
    const at = (column: Float64Array): number => column[row] ?? Number.NaN;
    const size = {
      notional: at(rows.notional),
      impactPpm: at(rows.impactPpm),
      sizeUnit: at(rows.sizeUnit),
      sizeRootScale: at(rows.sizeRootScale),
    };
    const rate = at(rows.maintenanceRate) + (size.notional * sizeChargePpm(size, ownerGrossMax[row] ?? 0)) / 1e6;
    long[row] = at(rows.longValue) - rate - lossPerLot(model, row, 1);
    short[row] = -at(rows.shortValue) - rate - at(rows.shortMinimum) - lossPerLot(model, row, -1);
  }
  return { long, short };
}

/** The bound of an asset. */
export function boundAsset(model: RiskModel, asset: RiskAsset): AssetBound {
  const unit = bigintToApproximateNumber(asset.riskUnit);
  const perUnit = (price: bigint, denominator: bigint): number =>
    (bigintToApproximateNumber(price) * 1e6) / bigintToApproximateNumber(denominator);
  // Two ticks per risk unit and row pay for the ceilings of a row that a balance brings in.
  const riskOf = (side: number): number =>
    asset.rows.reduce((sum, row) => sum + (lossPerLot(model, row, side) + (model.rows.maintenanceRate[row] ?? 0) + 2) / unit, 0);
  const value = perUnit(asset.priceHigh, asset.denominator);
  const leastPpm = asset.bands.reduce((least, band) => Math.min(least, Number(band.creditMaintenancePpm)), 1_000_000);
  const isInside = asset.rows.length > 0;
  return {
    credit: (value * leastPpm) / 1_000_000 - riskOf(1),
    owed: -(perUnit(asset.priceLow, asset.denominator) + riskOf(-1)),
    begunOwned: isInside ? value * unit : 0,
    begunOwed: isInside ? riskOf(-1) * unit : 0,
    creditUsd: (perUnit(asset.priceHigh, asset.denominatorUsd) * Number(asset.liquidationThresholdPpm)) / 1_000_000,
    owedUsd: -perUnit(asset.priceLow, asset.denominatorUsd),
  };
}

/** Most that the loss factor charges per |lot| held on one side (1 long, −1 short). Magnitudes bound any transform of a group. */
function lossPerLot(model: RiskModel, row: number, side: number): number {
  const { rows, matrix, stride, stressCount, jointCount } = model;
  const factor = model.lossFactorMaintenancePpm / 1e6;
  if (!model.isPlain) return ((rows.riskMax[row] ?? 0) * 4 + Math.abs(rows.baseValue[row] ?? 0)) * factor;
  let stress = 0;
  let joint = 0;
  for (let column = 0; column < stressCount + jointCount; column += 1) {
    const loss = -side * (matrix[row * stride + column] ?? Number.NaN);
    if (column < stressCount) stress = Math.max(stress, loss);
    else joint = Math.max(joint, loss);
  }
  const isAlone = model.standsAlone[rows.underlying[row] ?? -1] === 1;
  const weight = jointCount === 0 || isAlone ? 0 : model.weightPpm / 1e6;
  return ((1 - weight) * stress + weight * joint) * factor;
}
