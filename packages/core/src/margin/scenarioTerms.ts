/**
 * The part of margin that scenarios and lots decide, on integer-valued doubles. `fastScenarioTerms` first proves that every
 * sum stays exact (numeric/limits.ts) and says so; where it cannot, `exactScenarioTerms` gives the same integers in bigint.
 *
 * Columns are read with `as number`: legs were collected from rows of this model, so row < rows.count, and column
 * indexes stay below the stride of the matrix.
 */

import { expectedShortfallInPlace } from '../scenarios/expectedShortfall.ts';
import type { MarginWorkspace } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';
import { blendPpmUp, PPM_FAST_MAX, SCALE_FAST_MAX } from './scalePpm.ts';
import { SIZE_CHARGE_TOO_LARGE, sizeChargeNumber } from './sizeCharge.ts';

/** Fills the workspace's figures from its legs. False, with nothing promised, when doubles are not proved exact. */
export function fastScenarioTerms(model: RiskModel, work: MarginWorkspace): boolean {
  if (!model.isPlain || model.lossFactorInitialPpm > PPM_FAST_MAX || model.lossFactorMaintenancePpm > PPM_FAST_MAX) return false;
  if (!sumsAreExact(model, work)) return false;
  if (!sumCharges(model, work)) return false;
  const worst = sumWorstLosses(model, work);
  if (model.jointCount === 0) {
    work.functional = worst;
    return true;
  }
  sumJoint(model, work);
  const shortfall = expectedShortfallInPlace(work.joint, model.jointCount, model.worstCount) + work.aloneLoss;
  work.functional = blendPpmUp(worst, shortfall, model.weightPpm);
  return true;
}

/** Σ |quantity| · weight ≤ 2^50 covers every sum below; expected shortfall adds worstCount of them. */
function sumsAreExact(model: RiskModel, work: MarginWorkspace): boolean {
  const { weight } = model.rows;
  let bound = 0;
  for (let leg = 0; leg < work.legCount; leg += 1) {
    bound += Math.abs(work.legQuantities[leg] as number) * (weight[work.legRows[leg] as number] as number);
  }
  return model.jointCount === 0 ? bound <= SCALE_FAST_MAX : bound * model.worstCount <= SCALE_FAST_MAX;
}

/** Value of positions and add-ons of both levels. False when a size charge is not proved exact. */
function sumCharges(model: RiskModel, work: MarginWorkspace): boolean {
  const { rows } = model;
  let value = 0;
  let maintenance = 0;
  let initial = 0;
  let slow = 0;
  let underlying = -1;
  for (let leg = 0; leg < work.legCount; leg += 1) {
    const row = work.legRows[leg] as number;
    const quantity = work.legQuantities[leg] as number;
    if ((rows.underlying[row] as number) !== underlying) {
      if (slow > 0) initial += slow;
      slow = 0;
      underlying = rows.underlying[row] as number;
    }
    slow += quantity * (rows.slowGap[row] as number);
    const size = Math.abs(quantity);
    let charge = 0;
    if (quantity > 0) value += quantity * (rows.longValue[row] as number);
    else {
      value += quantity * (rows.shortValue[row] as number);
      charge = size * (rows.shortMinimum[row] as number);
    }
    const impactPpm = rows.impactPpm[row] as number;
    if (impactPpm > 0) {
      const sizeTicks = sizeChargeNumber(size, work.legGross[leg] as number, {
        notional: rows.notional[row] as number,
        impactPpm,
        sizeUnit: rows.sizeUnit[row] as number,
        sizeRootScale: rows.sizeRootScale[row] as number,
      });
      if (sizeTicks === SIZE_CHARGE_TOO_LARGE) return false;
      charge += sizeTicks;
    }
    maintenance += charge + size * (rows.maintenanceRate[row] as number);
    initial += charge + size * (rows.initialRate[row] as number);
  }
  if (slow > 0) initial += slow;
  work.positionValue = value;
  work.maintenanceAddOn = maintenance;
  work.initialAddOn = initial;
  return true;
}

/** Σ_u max(0, −min_s P[u,s]), and the part of it of underlyings that stand alone. An underlying with one leg needs no vector: its minimum is a product. */
function sumWorstLosses(model: RiskModel, work: MarginWorkspace): number {
  const { rows } = model;
  let total = 0;
  let alone = 0;
  let first = 0;
  while (first < work.legCount) {
    const row = work.legRows[first] as number;
    const underlying = rows.underlying[row] as number;
    let end = first + 1;
    while (end < work.legCount && (rows.underlying[work.legRows[end] as number] as number) === underlying) end += 1;
    let lowest: number;
    if (end - first === 1) {
      const quantity = work.legQuantities[first] as number;
      const extreme = quantity > 0 ? (rows.riskLow[row] as number) : (rows.riskHigh[row] as number);
      lowest = quantity * extreme;
    } else lowest = lowestOfSegment(model, work, first, end);
    if (lowest < 0) {
      total -= lowest;
      if (model.standsAlone[underlying] === 1) alone -= lowest;
    }
    first = end;
  }
  work.aloneLoss = alone;
  return total;
}

/** min_s Σ quantity · R[row][s] over legs first … end−1: eight scenarios at a time in registers, then one by one. */
function lowestOfSegment(model: RiskModel, work: MarginWorkspace, first: number, end: number): number {
  const { matrix, stride, stressCount } = model;
  const { legRows, legQuantities } = work;
  const blocked = stressCount - (stressCount % 8);
  let lowest = Number.POSITIVE_INFINITY;
  for (let s = 0; s < blocked; s = (s + 8) | 0) {
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let a4 = 0;
    let a5 = 0;
    let a6 = 0;
    let a7 = 0;
    for (let leg = first; leg < end; leg = (leg + 1) | 0) {
      const quantity = legQuantities[leg] as number;
      const base = (Math.imul(legRows[leg] as number, stride) + s) | 0;
      a0 += quantity * (matrix[base] as number);
      a1 += quantity * (matrix[(base + 1) | 0] as number);
      a2 += quantity * (matrix[(base + 2) | 0] as number);
      a3 += quantity * (matrix[(base + 3) | 0] as number);
      a4 += quantity * (matrix[(base + 4) | 0] as number);
      a5 += quantity * (matrix[(base + 5) | 0] as number);
      a6 += quantity * (matrix[(base + 6) | 0] as number);
      a7 += quantity * (matrix[(base + 7) | 0] as number);
    }
    if (a0 < lowest) lowest = a0;
    if (a1 < lowest) lowest = a1;
    if (a2 < lowest) lowest = a2;
    if (a3 < lowest) lowest = a3;
    if (a4 < lowest) lowest = a4;
    if (a5 < lowest) lowest = a5;
    if (a6 < lowest) lowest = a6;
    if (a7 < lowest) lowest = a7;
  }
  for (let s = blocked; s < stressCount; s = (s + 1) | 0) {
    let profit = 0;
    for (let leg = first; leg < end; leg = (leg + 1) | 0) {
      profit += (legQuantities[leg] as number) * (matrix[(Math.imul(legRows[leg] as number, stride) + s) | 0] as number);
    }
    if (profit < lowest) lowest = profit;
  }
  return lowest;
}

/** Σ_u P[u,j] for each joint scenario, over all legs. */
function sumJoint(model: RiskModel, work: MarginWorkspace): void {
  const { matrix, stride, stressCount, jointCount } = model;
  const { joint } = work;
  joint.fill(0, 0, jointCount);
  for (let leg = 0; leg < work.legCount; leg += 1) {
    const base = (work.legRows[leg] as number) * stride + stressCount;
    const quantity = work.legQuantities[leg] as number;
    for (let j = 0; j < jointCount; j += 1) joint[j] = (joint[j] as number) + quantity * (matrix[base + j] as number);
  }
}
