/**
 * The envelope of one leg over a cell of its market: how far one lot's part of maintenance health may lie below the interpolation from
 * the cell's corners. It depends on the market and the profile, not on who holds the leg.
 *
 * One lot of a long leg adds to health a·v(m) + Σ_s b_s·v(m·r_s) less affine charges, where v is the value of a lot at price factor
 * m, r_s the price ratio of scenario s and the weights say how health reacts (any choice of supergradient of the concave functional
 * of `certifyBox.ts`). With identity transforms and a loss factor of at most one, a and b_s are not negative and add up to one, so
 * the remainder is at most the largest single one. In general Σ b⁺ ≤ up, Σ b⁻ ≤ down and |a| ≤ 1 + up + down.
 */

import { assert } from '../../numeric/assert.ts';
import { type Ppm, ppm } from '../../numeric/brand.ts';
import { sqrt } from '../../numeric/deterministicMath.ts';
import { type AveragedSettlement, fixedForward, variableShare } from '../../pricing/averagedSettlement.ts';
import type { Black76Input } from '../../pricing/black76.ts';
import { isProportional, optionInput, optionTicks } from '../../pricing/instrumentValue.ts';
import { type Payoff, payoffOf } from '../../pricing/payoffs/payoffFormulas.ts';
import { PRICING_RELATIVE_ERROR } from '../../pricing/quantize.ts';
import { jointMove, stressMove } from '../../scenarios/riskArray.ts';
import { expandScenarioSets, isSkew, type VolatilityMove } from '../../scenarios/scenario.ts';
import { shockedVolatility, skewTilt, type VolatilityRule } from '../../scenarios/volatility.ts';
import { basisScenarios } from '../basisLoss.ts';
import { latencyPpm } from '../compileCharges.ts';
import { marketStates } from '../marketStates.ts';
import type { MarginProfile } from '../profile.ts';
import type { InstrumentRiskInput, RiskModel, UnderlyingRiskInput } from '../riskModel.ts';
import { roundingBoundOf } from '../rowBounds.ts';
import { volatilityRule } from '../volatilityRule.ts';
import { entryWeights, isUntransformed } from './envelopeScope.ts';
import { volatilityOf } from './marketMove.ts';
import { optionRemainder, type Remainder } from './optionRemainder.ts';
import { type RuleShape, ruleShape } from './ruleShape.ts';
import { skewRemainder } from './skewRemainder.ts';

/** Price and volatility factors (1 = as now) between which a cell lies. */
export interface FactorCell {
  readonly priceLow: number;
  readonly priceHigh: number;
  readonly volatilityLow: number;
  readonly volatilityHigh: number;
}

/** Large against the ceilings of `roundingBoundOf`. */
const BOUND_UNIT: number = 1_000;
/** A basis moves by shares of the forward, not of a scan range. */
const NO_SCAN_RANGE: Ppm = ppm(0);

/** What a scenario does, or nothing (ratio 1, no move). */
interface StateMove {
  readonly ratio: number;
  readonly volatility: VolatilityMove;
}

/** Everything about a leg that does not depend on the cell. */
export interface LegShape {
  readonly instrument: InstrumentRiskInput;
  readonly moves: readonly StateMove[];
  readonly volatilityRule: VolatilityRule;
  readonly weights: { readonly up: number; readonly down: number };
  readonly isMixture: boolean;
  /** Volatility now, per year. */
  readonly volatility: number;
  /** Largest price ratio of any move, and charges proportional to notional, as a share. */
  readonly ratioMax: number;
  readonly chargeRate: number;
  /** The row's size charge: impact as a share, unit in ticks, scale of the root. */
  readonly size: { readonly impact: number; readonly unit: number; readonly scale: number };
  readonly volatilityGrowth: number;
  readonly option: Black76Input | null;
  readonly payoff: Payoff | null;
  /** The average that the instrument settles at while it is being taken: its forward has a part that no price moves. */
  readonly averaging: AveragedSettlement | undefined;
  /** What a row is charged for each unit of its bound: transforms and a basis may make more of it than one. */
  readonly chargedBounds: number;
  readonly rule: RuleShape;
}

/** The shape of one instrument's legs, of which the owner holds `gross` lots. Cost: a few microseconds. */
export function legShape(model: RiskModel, instrument: InstrumentRiskInput, gross: number): LegShape {
  const { input, rows, expiryGroups } = model;
  const { profile } = input;
  const underlying = input.underlyings.find((candidate) => candidate.terms.id === instrument.terms.underlying);
  assert(underlying !== undefined, 'Every instrument has its underlying among the inputs.');
  const moves = stateMoves(profile, underlying);
  const weights = entryWeights(model);
  const { terms } = instrument;
  const row = model.rowOfInstrument[terms.id] ?? -1;
  const state = marketStates(instrument, underlying, input)(instrument.view.price);
  const option = terms.form.kind === 'option' ? optionInput(terms, state) : null;
  const wild = volatilityRule(profile);
  const rule = ruleShape(model, { instrument, underlying, gross });
  return {
    instrument,
    moves,
    volatilityRule: wild,
    weights,
    isMixture: isUntransformed(profile) && weights.up <= 1,
    volatility: volatilityOf(input, instrument) / 1e6,
    ratioMax: moves.reduce((most, move) => Math.max(most, move.ratio), 1),
    chargeRate: chargeRate(profile, instrument, underlying) + rule.rate,
    size: { impact: (rows.impactPpm[row] ?? 0) / 1e6, unit: rows.sizeUnit[row] ?? 1, scale: rows.sizeRootScale[row] ?? 1 },
    volatilityGrowth: option === null ? 1 : volatilityGrowth(moves, wild, option.years),
    option,
    payoff: payoffOf(terms),
    averaging: state.averaging,
    chargedBounds: roundingBoundOf(BOUND_UNIT, expiryGroups[rows.expiryGroup[row] ?? -1]) / BOUND_UNIT,
    rule,
  };
}

/** Every state that an entry is priced in, the unmoved one first; the same one is kept once. */
function stateMoves(profile: MarginProfile, underlying: UnderlyingRiskInput): readonly StateMove[] {
  const moves = new Map<string, StateMove>([['1/none', { ratio: 1, volatility: 'none' }]]);
  const joint = profile.joint.weightPpm > 0 ? profile.joint.scenarios : [];
  const all = [
    ...expandScenarioSets(profile.scenarioSets).map((one) => stressMove(one, underlying.parameters.scanRangePpm)),
    ...joint.map((one) => jointMove(one, underlying.terms.symbol)),
    ...(profile.basis === undefined ? [] : basisScenarios(profile.basis)).map((one) => stressMove(one, NO_SCAN_RANGE)),
  ];
  for (const { ratio, volatility } of all) moves.set(`${ratio}/${volatility}`, { ratio, volatility });
  return [...moves.values()];
}

/** Maintenance charges on notional, rounded up generously: they only scale what rounding may do. */
function chargeRate(profile: MarginProfile, instrument: InstrumentRiskInput, underlying: UnderlyingRiskInput): number {
  const { addOns, contingencies } = profile;
  const latency = latencyPpm({
    annualVolatilityPpm: underlying.parameters.annualVolatilityPpm,
    latencyMs: instrument.parameters.declaredLatencyMs,
    addOns,
  });
  const { maintenanceAddOnPpm, shortMinimumPpm } = instrument.parameters;
  const named = [contingencies?.perpetual, contingencies?.future, contingencies?.nakedShort, contingencies?.offset];
  const contingent = named.reduce((sum, level) => sum + (level?.maintenancePpm ?? 0), 0);
  const parameters = (maintenanceAddOnPpm * addOns.instrumentPpm + shortMinimumPpm * addOns.shortMinimumPpm) / 1e6;
  return (parameters + Number(latency) + contingent) / 1e6;
}

/** What one lot may lose against the interpolation, in ticks, for longs and shorts: curvature, and a bound of all rounding. */
export interface LegEnvelope {
  readonly long: number;
  readonly short: number;
}

/** The envelope over a cell. Cost: four deltas per scenario of an option, nothing to speak of otherwise. */
export function legEnvelope(shape: LegShape, cell: FactorCell, gross: number): LegEnvelope {
  const rounding = roundingOfLot(shape, cell, gross);
  if (isProportional(shape.instrument.terms)) return { long: rounding, short: rounding };
  let below = 0;
  let above = 0;
  for (const move of shape.moves) {
    const one = moveRemainder(shape, move, cell);
    below = Math.max(below, one.below);
    above = Math.max(above, one.above);
  }
  return {
    long: weighted(shape, below, above) + rounding,
    short: weighted(shape, above, below) * shape.rule.reaction + rounding,
  };
}

/** `against` hurts the leg where health rises with the value, `withIt` where health falls with it. */
function weighted({ isMixture, weights }: LegShape, against: number, withIt: number): number {
  if (isMixture) return against;
  const { up, down } = weights;
  return (1 + up + down) * (against + withIt) + up * against + down * withIt;
}

/** Remainder of the value of a lot in one state, in ticks. */
function moveRemainder(shape: LegShape, move: StateMove, cell: FactorCell): Remainder {
  const { instrument, option, payoff, volatility } = shape;
  const low = bandedPrice(instrument, 'low') * cell.priceLow * move.ratio;
  const high = bandedPrice(instrument, 'high') * cell.priceHigh * move.ratio;
  const toTicks = (nano: number): number => optionTicks(instrument.terms, nano);
  if (payoff !== null) {
    const slopes = slopeOf(payoff, high) - slopeOf(payoff, low);
    return { below: toTicks(((high - low) * Math.max(0, slopes)) / 4), above: 0 };
  }
  if (option === null) return { below: 0, above: 0 };
  const forwards = { option, forwardLow: settledForward(shape, low), forwardHigh: settledForward(shape, high) };
  const remainder = isSkew(move.volatility)
    ? skewRemainder({
        ...forwards,
        volatilityLow: volatility * cell.volatilityLow,
        volatilityHigh: volatility * cell.volatilityHigh,
        tilt: skewTilt(shape.volatilityRule, option.years, move.volatility),
      })
    : optionRemainder({
        ...forwards,
        volatilityLow: shocked(shape, option, cell.volatilityLow, move),
        volatilityMiddle: shocked(shape, option, (cell.volatilityLow + cell.volatilityHigh) / 2, move),
        volatilityHigh: shocked(shape, option, cell.volatilityHigh, move),
      });
  return { below: toTicks(remainder.below), above: toTicks(remainder.above) };
}

function shocked(shape: LegShape, { years }: Black76Input, factor: number, move: StateMove): number {
  return shockedVolatility(shape.volatilityRule, { volatility: shape.volatility * factor, years }, move.volatility);
}

/** The forward of a price: in the averaging window affine in it, so that what is convex in one is convex in the other. */
function settledForward({ averaging }: LegShape, price: number): number {
  return fixedForward(averaging) + price * variableShare(averaging);
}

function bandedPrice({ view }: InstrumentRiskInput, side: 'low' | 'high'): number {
  return side === 'low' ? Math.min(Number(view.price), Number(view.low)) : Math.max(Number(view.price), Number(view.high));
}

/**
 * What rounding may do to one lot's part of health between two states of the cell, in ticks, at least:
 * - value and entry are each within B of the truth at both ends, and the row is charged what transforms make of B, K: 2·B + K + 2·reaction·B;
 * - prices are whole 1e-9 USD and volatilities whole ppm: each end is off by less than one of either times its slope;
 * - each of the five charges is rounded up by less than one tick, and taken on a notional rounded up by less than one;
 * - a rule's charge has as many ceilings as `ruleShape.ts` says, and its rate is in that of the charges; a sold option's value enters
 *   `reaction` times;
 * - the size charge: see `sizeRounding`.
 */
function roundingOfLot(shape: LegShape, cell: FactorCell, gross: number): number {
  const { instrument, option, payoff, weights, chargeRate: rate, ratioMax } = shape;
  const highest = bandedPrice(instrument, 'high') * cell.priceHigh;
  const lot = optionTicks(instrument.terms, 1);
  const reaction = 1 + 2 * (weights.up + weights.down);
  let bound = 1;
  let slope = 1;
  let vega = 0;
  let elasticity = 1;
  if (option !== null) {
    const forward = settledForward(shape, highest * ratioMax);
    const size = Math.max(forward, option.strike) * Math.max(1, option.discount);
    bound = Math.ceil(0.5 + 2 * size * lot * PRICING_RELATIVE_ERROR);
    slope = Math.max(1, option.discount);
    const vegaMax = 0.4 * sqrt(forward * option.strike) * sqrt(Math.max(option.years, 0)) * option.discount;
    vega = vegaMax * lot * 1e-6 * shape.volatilityGrowth;
    slope += skewSlope(shape, option, cell);
  }
  if (payoff !== null) {
    slope = Math.max(1, slopeOf(payoff, highest * ratioMax));
    elasticity = Math.max(1, slopeOf(payoff, highest));
  }
  const steps = 2 * (lot * slope * (reaction * ratioMax + rate) + vega * reaction);
  const notional = highest * lot * elasticity + 1;
  const charged = sizeRounding(shape, notional, gross) + 2 * shape.rule.ceilings;
  return ((2 + shape.chargedBounds + 2 * reaction) * bound + steps + 5 + rate) * shape.rule.reaction + charged;
}

/**
 * Rounding of the size charge of one lot (sizeCharge.ts): ⌈√⌈z⌉⌉ is below √z + 2 and the rate is rounded up by less than a ppm, so the
 * charge is above its formula by less than notional · (2·impact/scale + 1 ppm) + 1; and a notional rounded up by a tick raises the
 * formula, which grows like its power 3/2, by at most one and a half times the rate.
 */
function sizeRounding({ size }: LegShape, notional: number, gross: number): number {
  if (size.impact === 0) return 0;
  const rate = (size.impact * sqrt((gross * notional) / size.unit)) / size.scale;
  return notional * ((2 * size.impact) / size.scale + 1e-6) + 1.5 * rate + 2;
}

/** How much more a value may rise with the price, per unit of it, where a tilt makes volatility depend on it: √(FK)/√(2π) · σ√T · cap/(width·F). */
function skewSlope(shape: LegShape, option: Black76Input, cell: FactorCell): number {
  let steepness = 0;
  for (const { volatility } of shape.moves) {
    if (!isSkew(volatility)) continue;
    const { cap, width } = skewTilt(shape.volatilityRule, option.years, volatility);
    steepness = Math.max(steepness, cap / width);
  }
  if (steepness === 0) return 0;
  const lowest = settledForward(shape, bandedPrice(shape.instrument, 'low') * cell.priceLow);
  const total = shape.volatility * cell.volatilityHigh * sqrt(Math.max(option.years, 0));
  return 0.4 * sqrt(option.strike / Math.max(lowest, 1)) * total * steepness * option.discount;
}

/** The steepest that a scenario's volatility rises with the input's: piecewise linear and convex, so far out; under a skew move one and its cap. */
function volatilityGrowth(moves: readonly StateMove[], rule: VolatilityRule, years: number): number {
  const far = 1e6;
  let most = 1;
  for (const { volatility } of moves) {
    if (isSkew(volatility)) {
      most = Math.max(most, 1 + skewTilt(rule, years, volatility).cap);
      continue;
    }
    const low = shockedVolatility(rule, { volatility: far, years }, volatility);
    const high = shockedVolatility(rule, { volatility: 2 * far, years }, volatility);
    most = Math.max(most, (high - low) / far);
  }
  return most * 1.001;
}

function slopeOf(payoff: Payoff, price: number): number {
  const { numerator, denominator } = payoff.slope({ numerator: BigInt(Math.ceil(price)), denominator: 1n });
  return Number(numerator) / Number(denominator);
}
