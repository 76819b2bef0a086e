/** The legs of the workspace as bigints, for the exact path. */

import type { MarginWorkspace } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';

/** A position, or whole risk units of an asset inside the scenarios. */
export interface Leg {
  readonly row: number;
  readonly quantity: bigint;
  /** The same as a double: quantities are safe integers. */
  readonly lots: number;
  readonly gross: bigint;
  readonly underlying: number;
  readonly expiryGroup: number;
  readonly isInstrument: boolean;
}

/** Legs in row order. */
export function readLegs(model: RiskModel, work: MarginWorkspace): readonly Leg[] {
  const legs: Leg[] = [];
  for (let index = 0; index < work.legCount; index += 1) {
    const row = work.legRows[index] ?? -1;
    legs.push({
      row,
      quantity: BigInt(work.legQuantities[index] ?? 0),
      lots: work.legQuantities[index] ?? 0,
      gross: BigInt(work.legGross[index] ?? 0),
      underlying: model.rows.underlying[row] ?? -1,
      expiryGroup: model.rows.expiryGroup[row] ?? -1,
      isInstrument: (model.rows.instrument[row] ?? -1) >= 0,
    });
  }
  return legs;
}

/** Runs of equal keys; legs are in row order, so a run is a group. */
export function groupBy(legs: readonly Leg[], keyOf: (leg: Leg) => number): readonly (readonly Leg[])[] {
  const groups: Leg[][] = [];
  let key: number | null = null;
  for (const leg of legs) {
    const next = keyOf(leg);
    if (key === null || next !== key) groups.push([]);
    key = next;
    groups[groups.length - 1]?.push(leg);
  }
  return groups;
}
