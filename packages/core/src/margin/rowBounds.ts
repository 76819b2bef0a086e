/** Bounds of one row of the risk matrix that depend on what its group's transforms and the profile's charges make of it. */

import { mulDivUp } from '../numeric/rounding.ts';
import { notionalPerLot } from '../pricing/instrumentValue.ts';
import { notionalPrice } from './compileCharges.ts';
import type { MarginProfile } from './profile.ts';
import type { ExpiryGroup, InstrumentRiskInput, RiskRows, UnderlyingRiskInput } from './riskModel.ts';

/**
 * Bound of a row's error after its group's transform and basis factor, in ticks per lot: with entries and today's value each within b,
 * share·(value + profit) − value is within share·2b + b, and a basis loss within factor·2b.
 */
export function roundingBoundOf(bound: number, group: ExpiryGroup | undefined): number {
  if (group === undefined || bound === 0) return bound;
  const share = largestShare(group);
  const transformed = share === null ? bound : Math.ceil(share * 2 * bound) + bound;
  return Math.max(transformed, Math.ceil((Number(group.basisFactorPico) / 1e12) * 2 * bound));
}

/** Largest share of a continuous discount in the group, null without one. */
function largestShare(group: ExpiryGroup): number | null {
  let largest: number | null = null;
  for (const transform of group.transforms) {
    if (transform.kind === 'continuousDiscount') largest = Math.max(largest ?? 1, Number(transform.negativePico) / 1e12);
  }
  return largest;
}

/** The largest magnitude must bound what transforms, the basis factor and charges that net positions make of a lot too. */
export function widenRiskMax(rows: RiskRows, row: number, group: ExpiryGroup, netCharge: number): void {
  const largest = rows.riskMax[row] ?? 0;
  const share = largestShare(group);
  const transformed = share === null ? largest : share * largest + (share - 1) * Math.abs(rows.baseValue[row] ?? 0);
  const basis = (Number(group.basisFactorPico) / 1e12) * largest;
  rows.riskMax[row] = Math.ceil(Math.max(largest, transformed, basis)) + netCharge;
}

/** What charges that net positions may ask of one lot by itself, at both levels together: a naked short, or the side of an offset. */
export function netChargePerLot(
  instrument: InstrumentRiskInput,
  underlying: UnderlyingRiskInput,
  profile: MarginProfile,
): number {
  const { contingencies } = profile;
  const level = instrument.terms.form.kind === 'option' ? contingencies?.nakedShort : contingencies?.offset;
  if (level === undefined) return 0;
  const notional = notionalPerLot(instrument.terms, notionalPrice(instrument, underlying, profile));
  return Number(mulDivUp(BigInt(notional), BigInt(level.maintenancePpm + level.initialPpm), 1_000_000n));
}
