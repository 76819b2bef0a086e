/** The scenario part of margin in bigint, term by term: the answer for any size, and what an explanation shows. */

import { mulDivUp } from '../numeric/rounding.ts';
import { expectedShortfall } from '../scenarios/expectedShortfall.ts';
import type { AddOnKind, AddOnTerm } from './addOnTerms.ts';
import { applyTransform } from './applyTransform.ts';
import { basisColumn, basisLoss } from './basisLoss.ts';
import { bookCharges } from './bookCharges.ts';
import { groupBy, type Leg, readLegs } from './exactLegs.ts';
import type { MarginWorkspace } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';
import { type RuleTerm, ruleTerms } from './rules/ruleTerms.ts';
import { sizeCharge } from './sizeCharge.ts';

const PPM: bigint = 1_000_000n;

/** Worst loss of one underlying over stress scenarios and basis. */
export interface UnderlyingLoss {
  /** Dense index of the underlying in the model. */
  readonly underlying: number;
  /** What enters the functional, not negative: the larger or the sum of the next two, as the profile's basis rule says. */
  readonly loss: bigint;
  /** Part of it from the worst stress scenario and from the basis contingency; under `maximum` one of them is 0. */
  readonly stress: bigint;
  readonly basis: bigint;
  /** First scenario in which the worst stress loss happens, −1 when no scenario loses or the basis loses more. */
  readonly scenario: number;
}

export interface PositionTerm {
  readonly row: number;
  readonly lots: number;
  readonly value: bigint;
}

export interface ExactScenarioTerms {
  readonly positions: readonly PositionTerm[];
  readonly losses: readonly UnderlyingLoss[];
  /** Expected shortfall over joint scenarios and the own losses of underlyings that stand alone in them; 0 without any. */
  readonly shortfall: bigint;
  readonly functional: bigint;
  readonly addOns: readonly AddOnTerm[];
  /** What the profile's rules charge; empty without rules. */
  readonly rules: readonly RuleTerm[];
}

/**
 * How profits of one expiry are added: `bigint` whatever their size, or `bounded` in doubles where those are proved exact (and in
 * bigint where not), with the same result several times as fast.
 */
export type ProfitSums = 'bigint' | 'bounded';

/** All terms from the legs in the workspace. */
export function exactScenarioTerms(model: RiskModel, work: MarginWorkspace, sums: ProfitSums): ExactScenarioTerms {
  const legs = readLegs(model, work);
  const byUnderlying = groupBy(legs, (leg) => leg.underlying);
  const losses = byUnderlying.map((group) => worstLoss(model, group, sums));
  const stress = losses.reduce((total, one) => total + one.loss, 0n);
  const alone = losses.reduce((total, one) => total + (model.standsAlone[one.underlying] === 1 ? one.loss : 0n), 0n);
  const shortfall = model.jointCount === 0 ? 0n : expectedShortfall(jointLosses(model, legs, sums), model.worstCount) + alone;
  const weight = BigInt(model.weightPpm);
  return {
    positions: legs.filter((leg) => leg.isInstrument).map((leg) => positionTerm(model, leg)),
    losses,
    shortfall,
    functional: model.jointCount === 0 ? stress : mulDivUp((PPM - weight) * stress + weight * shortfall, 1n, PPM),
    addOns: [
      ...legs.flatMap((leg) => legAddOns(model, leg)),
      ...byUnderlying.flatMap((group) => [...slowPriceTerm(model, group), ...bookCharges(model, group)]),
    ],
    rules: ruleTerms(model, work),
  };
}

function worstLoss(model: RiskModel, legs: readonly Leg[], sums: ProfitSums): UnderlyingLoss {
  const expiries = groupBy(legs, (leg) => leg.expiryGroup);
  let stress = 0n;
  let scenario = -1;
  for (let s = 0; s < model.stressCount; s += 1) {
    let profit = 0n;
    for (const expiry of expiries) profit += transformedProfit(model, expiry, { scenario: s, sums });
    if (-profit > stress) {
      stress = -profit;
      scenario = s;
    }
  }
  const underlying = legs[0]?.underlying ?? -1;
  const { basis } = model.input.profile;
  if (basis === undefined) return { underlying, loss: stress, stress, basis: 0n, scenario };
  const lost = expiries.reduce((total, expiry) => total + expiryBasisLoss(model, expiry), 0n);
  if (basis.rule === 'sum') return { underlying, loss: stress + lost, stress, basis: lost, scenario };
  if (lost > stress) return { underlying, loss: lost, stress: 0n, basis: lost, scenario: -1 };
  return { underlying, loss: stress, stress, basis: 0n, scenario };
}

/** What the basis contingency asks for one expiry. */
export function expiryBasisLoss(model: RiskModel, legs: readonly Leg[]): bigint {
  const factor = model.expiryGroups[legs[0]?.expiryGroup ?? -1]?.basisFactorPico ?? 0n;
  if (factor === 0n) return 0n;
  const first = basisColumn(model);
  const profitIn = (columnIndex: number): bigint => sumOver(legs, (leg) => entry(model, leg.row, columnIndex));
  return basisLoss(factor, { up: profitIn(first), down: profitIn(first + 1) });
}

/** Profit of one expiry in one stress scenario after its transform. */
export function transformedProfit(
  model: RiskModel,
  legs: readonly Leg[],
  at: { readonly scenario: number; readonly sums: ProfitSums },
): bigint {
  const { scenario, sums } = at;
  const transform = model.expiryGroups[legs[0]?.expiryGroup ?? -1]?.transforms[scenario];
  const { matrix, stride } = model;
  const profit = profitSum(legs, sums, (leg) => matrix[leg.row * stride + scenario] ?? Number.NaN);
  if (transform === undefined || transform.kind === 'identity') return profit;
  return applyTransform(
    transform,
    profit,
    profitSum(legs, sums, (leg) => model.rows.baseValue[leg.row] ?? Number.NaN),
  );
}

/** Losses of the joint scenarios, in their order. */
export function jointLosses(model: RiskModel, legs: readonly Leg[], sums: ProfitSums): readonly bigint[] {
  const { matrix, stride, stressCount } = model;
  const losses: bigint[] = [];
  for (let j = 0; j < model.jointCount; j += 1)
    losses.push(-profitSum(legs, sums, (leg) => matrix[leg.row * stride + stressCount + j] ?? Number.NaN));
  return losses;
}

const EXACT_SUM: number = 2 ** 52;

/** Σ lots · figure over legs. The bound is computed in doubles and decides as the true one would (numeric/limits.ts). */
function profitSum(legs: readonly Leg[], sums: ProfitSums, perLot: (leg: Leg) => number): bigint {
  if (sums === 'bounded') {
    let total = 0;
    let bound = 0;
    for (const leg of legs) {
      const profit = leg.lots * perLot(leg);
      total += profit;
      bound += Math.abs(profit);
    }
    if (bound <= EXACT_SUM) return BigInt(total);
  }
  return sumOver(legs, (leg) => BigInt(perLot(leg)));
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
    perLot('contingency', rows.contingencyAddOn, false),
    perLot('initialContingency', rows.initialContingencyAddOn, true),
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
