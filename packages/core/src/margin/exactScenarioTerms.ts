/** The scenario part of margin in bigint, term by term: the answer for any size, and what an explanation shows. */

import { mulDivUp } from '../numeric/rounding.ts';
import { expectedShortfall } from '../scenarios/expectedShortfall.ts';
import { applyTransform } from './applyTransform.ts';
import type { MarginWorkspace } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';
import { sizeCharge } from './sizeCharge.ts';

const PPM: bigint = 1_000_000n;

/** Worst stress loss of one underlying. */
export interface UnderlyingLoss {
  /** Dense index of the underlying in the model. */
  readonly underlying: number;
  /** Not negative. */
  readonly loss: bigint;
  /** First scenario in which it happens, −1 when no scenario loses. */
  readonly scenario: number;
}

export type AddOnKind = 'instrument' | 'latency' | 'rounding' | 'size' | 'shortMinimum' | 'initial' | 'confidence' | 'slowPrice';

/** One charge. `row` is a row of the model; for `slowPrice` the first row of its underlying. */
export interface AddOnTerm {
  readonly kind: AddOnKind;
  readonly row: number;
  readonly ticks: bigint;
  /** Charged at initial level only. */
  readonly initialOnly: boolean;
}

export interface PositionTerm {
  readonly row: number;
  readonly lots: number;
  readonly value: bigint;
}

export interface ExactScenarioTerms {
  readonly positions: readonly PositionTerm[];
  readonly losses: readonly UnderlyingLoss[];
  /** Expected shortfall over joint scenarios, 0 without any. */
  readonly shortfall: bigint;
  readonly functional: bigint;
  readonly addOns: readonly AddOnTerm[];
}

/** All terms from the legs in the workspace. */
export function exactScenarioTerms(model: RiskModel, work: MarginWorkspace): ExactScenarioTerms {
  const legs = readLegs(model, work);
  const byUnderlying = groupBy(legs, (leg) => leg.underlying);
  const losses = byUnderlying.map((group) => worstLoss(model, group));
  const stress = losses.reduce((total, one) => total + one.loss, 0n);
  const shortfall = model.jointCount === 0 ? 0n : expectedShortfall(jointLosses(model, legs), model.worstCount);
  const weight = BigInt(model.weightPpm);
  return {
    positions: legs.filter((leg) => leg.isInstrument).map((leg) => positionTerm(model, leg)),
    losses,
    shortfall,
    functional: model.jointCount === 0 ? stress : mulDivUp((PPM - weight) * stress + weight * shortfall, 1n, PPM),
    addOns: [...legs.flatMap((leg) => legAddOns(model, leg)), ...byUnderlying.flatMap((group) => slowPriceTerm(model, group))],
  };
}

interface Leg {
  readonly row: number;
  readonly quantity: bigint;
  readonly gross: bigint;
  readonly underlying: number;
  readonly expiryGroup: number;
  readonly isInstrument: boolean;
}

function readLegs(model: RiskModel, work: MarginWorkspace): readonly Leg[] {
  const legs: Leg[] = [];
  for (let index = 0; index < work.legCount; index += 1) {
    const row = work.legRows[index] ?? -1;
    legs.push({
      row,
      quantity: BigInt(work.legQuantities[index] ?? 0),
      gross: BigInt(work.legGross[index] ?? 0),
      underlying: model.rows.underlying[row] ?? -1,
      expiryGroup: model.rows.expiryGroup[row] ?? -1,
      isInstrument: (model.rows.instrument[row] ?? -1) >= 0,
    });
  }
  return legs;
}

/** Runs of equal keys; legs are in row order, so a run is a group. */
function groupBy(legs: readonly Leg[], keyOf: (leg: Leg) => number): readonly (readonly Leg[])[] {
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

function worstLoss(model: RiskModel, legs: readonly Leg[]): UnderlyingLoss {
  const expiries = groupBy(legs, (leg) => leg.expiryGroup);
  let loss = 0n;
  let scenario = -1;
  for (let s = 0; s < model.stressCount; s += 1) {
    let profit = 0n;
    for (const expiry of expiries) profit += transformedProfit(model, expiry, s);
    if (-profit > loss) {
      loss = -profit;
      scenario = s;
    }
  }
  return { underlying: legs[0]?.underlying ?? -1, loss, scenario };
}

/** Profit of one expiry in one stress scenario after its transform. */
function transformedProfit(model: RiskModel, legs: readonly Leg[], scenario: number): bigint {
  const transform = model.expiryGroups[legs[0]?.expiryGroup ?? -1]?.transforms[scenario];
  const profit = sumOver(legs, (leg) => entry(model, leg.row, scenario));
  if (transform === undefined) return profit;
  return applyTransform(
    transform,
    profit,
    sumOver(legs, (leg) => column(model.rows.baseValue, leg.row)),
  );
}

function jointLosses(model: RiskModel, legs: readonly Leg[]): readonly bigint[] {
  const losses: bigint[] = [];
  for (let j = 0; j < model.jointCount; j += 1)
    losses.push(-sumOver(legs, (leg) => entry(model, leg.row, model.stressCount + j)));
  return losses;
}

function positionTerm(model: RiskModel, leg: Leg): PositionTerm {
  const perLot = column(leg.quantity > 0n ? model.rows.longValue : model.rows.shortValue, leg.row);
  return { row: leg.row, lots: Number(leg.quantity), value: leg.quantity * perLot };
}

function legAddOns(model: RiskModel, leg: Leg): readonly AddOnTerm[] {
  const { rows } = model;
  const size = leg.quantity < 0n ? -leg.quantity : leg.quantity;
  const perLot = (kind: AddOnKind, values: Float64Array, initialOnly: boolean): AddOnTerm => ({
    kind,
    row: leg.row,
    ticks: size * column(values, leg.row),
    initialOnly,
  });
  const terms = [
    perLot('instrument', rows.instrumentAddOn, false),
    perLot('latency', rows.latencyAddOn, false),
    perLot('rounding', rows.roundingBound, false),
    perLot('initial', rows.initialAddOn, true),
    perLot('confidence', rows.confidenceAddOn, true),
    { kind: 'size' as const, row: leg.row, ticks: legSizeCharge(model, leg, size), initialOnly: false },
  ];
  if (leg.quantity < 0n) terms.push(perLot('shortMinimum', rows.shortMinimum, false));
  return terms.filter((term) => term.ticks !== 0n);
}

function legSizeCharge(model: RiskModel, leg: Leg, size: bigint): bigint {
  const { rows } = model;
  return sizeCharge({
    size,
    gross: leg.isInstrument ? leg.gross : size,
    notional: column(rows.notional, leg.row),
    impactPpm: column(rows.impactPpm, leg.row),
    sizeUnit: column(rows.sizeUnit, leg.row),
    sizeRootScale: column(rows.sizeRootScale, leg.row),
  });
}

/** |net delta| × the adverse gap between oracle and slow price: the net profit if the slow price were overtaken, when positive. */
function slowPriceTerm(model: RiskModel, legs: readonly Leg[]): readonly AddOnTerm[] {
  const charge = sumOver(legs, (leg) => column(model.rows.slowGap, leg.row));
  if (charge <= 0n) return [];
  return [{ kind: 'slowPrice', row: legs[0]?.row ?? -1, ticks: charge, initialOnly: true }];
}

function sumOver(legs: readonly Leg[], perLot: (leg: Leg) => bigint): bigint {
  let total = 0n;
  for (const leg of legs) total += leg.quantity * perLot(leg);
  return total;
}

function entry(model: RiskModel, row: number, columnIndex: number): bigint {
  return column(model.matrix, row * model.stride + columnIndex);
}

function column(values: Float64Array, row: number): bigint {
  return BigInt(values[row] ?? Number.NaN);
}
