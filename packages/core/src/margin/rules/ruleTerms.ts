/** What the rules of a profile charge one account, term by term, in bigint. A profile with rules is always decided here. */

import { assert } from '../../numeric/assert.ts';
import type { Price } from '../../numeric/brand.ts';
import { mulDivUp } from '../../numeric/rounding.ts';
import { notionalPerLot } from '../../pricing/instrumentValue.ts';
import { riskUnitValue } from '../compileAsset.ts';
import type { MarginWorkspace } from '../portfolio.ts';
import type { AssetRiskInput, CompiledRules, InstrumentRiskInput, RiskModel, RuleRow } from '../riskModel.ts';
import { linearRequirement } from './linearRule.ts';
import { type BothLevels, type OptionLeg, optionRequirement } from './optionRule.ts';

export type RuleTermKind =
  /** Options of one expiry, option by option: bought ones count for nothing, sold ones at their standard requirement. */
  | 'optionIsolated'
  /** Options of one expiry at their worst payoff. */
  | 'optionMaximumLoss'
  /** A share of the notional of a perpetual or future. */
  | 'linearShare'
  /** What a debt in a moving asset costs above its value. */
  | 'debtWeight'
  /** What no rule covers, charged in full. */
  | 'unruled'
  /** Initial only: a low confidence score. */
  | 'confidenceContingency'
  /** Initial only: the settlement asset below its peg. */
  | 'pegContingency'
  /** Initial only: lifts a group whose published initial requirement is below its maintenance. */
  | 'initialFloor';

/** One charge. Both levels in ticks, not negative; zero where the level does not know the term. */
export interface RuleTerm extends BothLevels {
  readonly kind: RuleTermKind;
  /** Dense index of the underlying. */
  readonly underlying: number;
  /** Row of the instrument or asset; −1 for an expiry or an underlying. */
  readonly row: number;
  /** Expiry of an option group, else null. */
  readonly expiryMs: number | null;
}

const PPM: bigint = 1_000_000n;
const VALUE_SCALE: bigint = 1_000_000_000_000n;
const CERTAIN: number = 1_000_000;

interface Leg {
  readonly row: number;
  readonly rule: RuleRow;
  readonly quantity: bigint;
  readonly gross: bigint;
  readonly underlying: number;
  readonly expiryGroup: number;
}

/** All terms of the legs in the workspace, in row order. Empty for a model without rules. */
export function ruleTerms(model: RiskModel, work: MarginWorkspace): readonly RuleTerm[] {
  const { rules } = model;
  if (rules === null) return [];
  const terms: RuleTerm[] = [];
  const legs = readLegs(model, rules, work);
  for (const group of runsOf(legs, (leg) => leg.expiryGroup)) {
    const options = group.filter(isOption);
    if (options.length > 0) terms.push(...optionTerms(model, rules, options));
    for (const leg of group) if (!isOption(leg)) terms.push(...legTerms(rules, leg));
  }
  if (rules.pegShortfall > 0n) for (const group of runsOf(legs, (leg) => leg.underlying)) terms.push(...pegTerm(rules, group));
  return terms.filter((term) => term.maintenance !== 0n || term.initial !== 0n);
}

/** What the options of one expiry might be charged at maintenance, in ticks: they are charged the smaller. */
export interface OptionAlternatives {
  readonly isolated: bigint;
  readonly maximumLoss: bigint;
}

/** Both requirements of every expiry of options that a rule covers, of the legs in the workspace, in row order. */
export function optionAlternatives(model: RiskModel, work: MarginWorkspace): readonly OptionAlternatives[] {
  const { rules } = model;
  if (rules === null) return [];
  return runsOf(readLegs(model, rules, work), (leg) => leg.expiryGroup).flatMap((group): readonly OptionAlternatives[] => {
    const options = group.filter(isOption);
    const [first] = options;
    const rule = first?.rule.market?.options ?? null;
    if (first === undefined || rule === null) return [];
    const parts = options.map((leg) => optionLeg(model, leg));
    const { isolated, maximumLoss } = optionRequirement(rule, parts, first.rule.underlying.view.price);
    return [{ isolated: isolated.maintenance, maximumLoss: maximumLoss.maintenance }];
  });
}

function readLegs(model: RiskModel, rules: CompiledRules, work: MarginWorkspace): readonly Leg[] {
  const legs: Leg[] = [];
  for (let index = 0; index < work.legCount; index += 1) {
    const row = work.legRows[index] ?? -1;
    const rule = rules.rows[row];
    assert(rule !== undefined, 'Every leg has its row among the compiled rules.');
    legs.push({
      row,
      rule,
      quantity: BigInt(work.legQuantities[index] ?? 0),
      gross: BigInt(work.legGross[index] ?? 0),
      underlying: model.rows.underlying[row] ?? -1,
      expiryGroup: model.rows.expiryGroup[row] ?? -1,
    });
  }
  return legs;
}

/** Runs of equal keys; legs are in row order, so a run is a group. */
function runsOf(legs: readonly Leg[], keyOf: (leg: Leg) => number): readonly (readonly Leg[])[] {
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

function isOption(leg: Leg): boolean {
  return leg.rule.source.kind === 'instrument' && leg.rule.source.input.terms.form.kind === 'option';
}

function optionTerms(model: RiskModel, rules: CompiledRules, legs: readonly Leg[]): readonly RuleTerm[] {
  const [first] = legs;
  assert(first !== undefined, 'A group of options holds one.');
  const { market, underlying } = first.rule;
  const parts = legs.map((leg) => optionLeg(model, leg));
  const rule = market?.options ?? null;
  if (rule === null) return rules.isWhole ? legs.map((leg, index) => unruledOption(leg, parts[index])) : [];
  const at = { underlying: first.underlying, row: -1, expiryMs: model.expiryGroups[first.expiryGroup]?.expiryMs ?? null };
  const { isolated, maximumLoss } = optionRequirement(rule, parts, underlying.view.price);
  const isCheaper = {
    maintenance: maximumLoss.maintenance < isolated.maintenance,
    initial: maximumLoss.initial < isolated.initial,
  };
  const charged: readonly RuleTerm[] = [
    {
      ...at,
      kind: 'optionIsolated',
      maintenance: isCheaper.maintenance ? 0n : isolated.maintenance,
      initial: isCheaper.initial ? 0n : isolated.initial,
    },
    {
      ...at,
      kind: 'optionMaximumLoss',
      maintenance: isCheaper.maintenance ? maximumLoss.maintenance : 0n,
      initial: isCheaper.initial ? maximumLoss.initial : 0n,
    },
  ];
  return [...charged, ...initialFloor(charged, at), ...optionConfidence(legs, at)];
}

function optionLeg(model: RiskModel, leg: Leg): OptionLeg {
  const { terms, view } = instrumentOf(leg);
  assert(terms.form.kind === 'option', 'An option has a strike and a right.');
  return {
    quantity: leg.quantity,
    lotUnits: terms.lotUnits,
    right: terms.form.right,
    strike: terms.form.strike,
    forward: view.price,
    longValue: BigInt(model.rows.longValue[leg.row] ?? Number.NaN),
    shortValue: BigInt(model.rows.shortValue[leg.row] ?? Number.NaN),
  };
}

/** What an option costs that no rule covers: its value when bought, the larger of forward and strike when sold. */
function unruledOption(leg: Leg, part: OptionLeg | undefined): RuleTerm {
  assert(part !== undefined, 'Every leg has its part.');
  const highest = part.forward > part.strike ? part.forward : part.strike;
  const bought = part.longValue > 0n ? leg.quantity * part.longValue : 0n;
  const charge = leg.quantity > 0n ? bought : mulDivUp(highest, -leg.quantity * part.lotUnits, VALUE_SCALE);
  return { kind: 'unruled', ...placeOf(leg), maintenance: charge, initial: charge };
}

/** Charged per expiry on the options sold, by the least of the scores of index, forward and volatility. */
function optionConfidence(legs: readonly Leg[], at: Pick<RuleTerm, 'underlying' | 'row' | 'expiryMs'>): readonly RuleTerm[] {
  const [first] = legs;
  const rule = first?.rule.market?.confidence ?? null;
  if (first === undefined || rule === null) return [];
  const index = first.rule.underlying;
  const expiry = index.expiries?.find((one) => one.expiryMs === at.expiryMs);
  const score = Math.min(
    index.feedConfidencePpm ?? CERTAIN,
    expiry?.forwardConfidencePpm ?? CERTAIN,
    expiry?.volatilityConfidencePpm ?? CERTAIN,
  );
  if (score >= rule.optionThresholdPpm) return [];
  const sold = legs.reduce((sum, leg) => (leg.quantity < 0n ? sum - leg.quantity * instrumentOf(leg).terms.lotUnits : sum), 0n);
  const initial = mulDivUp(BigInt(CERTAIN - score) * BigInt(rule.factorPpm), index.view.price * sold, PPM * PPM * VALUE_SCALE);
  return [{ ...at, kind: 'confidenceContingency', maintenance: 0n, initial }];
}

/** Terms of a leg that is no option. */
function legTerms(rules: CompiledRules, leg: Leg): readonly RuleTerm[] {
  const { source } = leg.rule;
  return source.kind === 'asset' ? assetTerms(rules, leg, source.input) : linearTerms(rules, leg, source.input);
}

function linearTerms(rules: CompiledRules, leg: Leg, instrument: InstrumentRiskInput): readonly RuleTerm[] {
  const { market, underlying } = leg.rule;
  const place = placeOf(leg);
  const size = leg.quantity < 0n ? -leg.quantity : leg.quantity;
  const rule = market?.linear ?? null;
  if (rule === null) {
    if (!rules.isWhole) return [];
    const whole = mulDivUp(exposure(instrument, size, instrument.view.price), 1n, VALUE_SCALE);
    return [{ kind: 'unruled', ...place, maintenance: whole, initial: whole }];
  }
  const at = rule.price === 'mark' ? instrument.view.price : underlying.view.price;
  const open = BigInt(instrument.openInterestLots ?? 0);
  const charged = [
    {
      kind: 'linearShare' as const,
      ...place,
      ...linearRequirement(rule, {
        notional: mulDivUp(exposure(instrument, size, at), 1n, VALUE_SCALE),
        ownerSize: leg.gross * instrument.terms.lotUnits,
        openInterest: mulDivUp(exposure(instrument, open, at), 1n, VALUE_SCALE),
      }),
    },
  ];
  const score = Math.min(underlying.feedConfidencePpm ?? CERTAIN, instrument.feedConfidencePpm ?? CERTAIN);
  return [
    ...charged,
    ...initialFloor(charged, place),
    ...confidence(leg, score, 'linearThresholdPpm', exposure(instrument, size, underlying.view.price)),
  ];
}

/** Notional of some lots at a price in 1e-18 USD: price × size, exact; of a payoff that is not the price, its exposure per lot. */
function exposure(instrument: InstrumentRiskInput, size: bigint, at: Price): bigint {
  const { terms } = instrument;
  const isPayoff = terms.form.kind === 'perpetual' && terms.form.payoff !== undefined;
  return isPayoff ? size * BigInt(notionalPerLot(terms, at)) * VALUE_SCALE : size * terms.lotUnits * at;
}

function assetTerms(rules: CompiledRules, leg: Leg, asset: AssetRiskInput): readonly RuleTerm[] {
  const { market, underlying } = leg.rule;
  const place = placeOf(leg);
  const units = leg.quantity < 0n ? -leg.quantity : leg.quantity;
  if (leg.quantity > 0n) {
    const size = mulDivUp<bigint>(units * asset.terms.riskUnit, UNIT, asset.terms.feedUnit);
    return confidence(leg, underlying.feedConfidencePpm ?? CERTAIN, 'collateralThresholdPpm', underlying.view.price * size);
  }
  const weight = market?.collateral ?? null;
  if (weight === null && !rules.isWhole) return [];
  const maintenancePpm = weight === null ? PPM : BigInt(weight.debtMaintenancePpm);
  const initialPpm = weight === null ? PPM : BigInt(weight.debtInitialPpm);
  const { numerator, denominator } = riskUnitValue(asset, rules.stablePrice);
  const owed = (ratePpm: bigint): bigint => mulDivUp(numerator * units, ratePpm, denominator * PPM);
  const charged = [
    {
      kind: weight === null ? ('unruled' as const) : ('debtWeight' as const),
      ...place,
      maintenance: owed(maintenancePpm),
      initial: owed(initialPpm),
    },
  ];
  return [...charged, ...initialFloor(charged, place)];
}

/** Feed units are counted in 1e-9. */
const UNIT: bigint = 1_000_000_000n;

/** (1 − score) · factor of an index value in 1e-18 USD, when the score is below its threshold. */
function confidence(
  leg: Leg,
  score: number,
  threshold: 'linearThresholdPpm' | 'collateralThresholdPpm',
  value: bigint,
): readonly RuleTerm[] {
  const rule = leg.rule.market?.confidence ?? null;
  if (rule === null || score >= rule[threshold]) return [];
  const initial = mulDivUp(BigInt(CERTAIN - score) * BigInt(rule.factorPpm), value, PPM * PPM * VALUE_SCALE);
  return [{ kind: 'confidenceContingency', ...placeOf(leg), maintenance: 0n, initial }];
}

/** (threshold − price) · factor of the index value of options sold and of linear positions of one underlying. */
function pegTerm(rules: CompiledRules, legs: readonly Leg[]): readonly RuleTerm[] {
  const { peg } = rules.rules;
  const [first] = legs;
  if (peg === null || first === undefined) return [];
  const { price } = first.rule.underlying.view;
  let value = 0n;
  for (const leg of legs) {
    const { source } = leg.rule;
    if (source.kind === 'asset' || (isOption(leg) && leg.quantity > 0n)) continue;
    value += exposure(source.input, leg.quantity < 0n ? -leg.quantity : leg.quantity, price);
  }
  const initial = mulDivUp(rules.pegShortfall * BigInt(peg.factorPpm), value, UNIT * PPM * VALUE_SCALE);
  return [{ kind: 'pegContingency', underlying: first.underlying, row: -1, expiryMs: null, maintenance: 0n, initial }];
}

/** What initial lacks to reach maintenance. */
function initialFloor(
  charged: readonly BothLevels[],
  at: Pick<RuleTerm, 'underlying' | 'row' | 'expiryMs'>,
): readonly RuleTerm[] {
  const missing = charged.reduce((sum, one) => sum + one.maintenance - one.initial, 0n);
  return missing > 0n ? [{ ...at, kind: 'initialFloor', maintenance: 0n, initial: missing }] : [];
}

function placeOf(leg: Leg): Pick<RuleTerm, 'underlying' | 'row' | 'expiryMs'> {
  return { underlying: leg.underlying, row: leg.row, expiryMs: null };
}

function instrumentOf(leg: Leg): InstrumentRiskInput {
  assert(leg.rule.source.kind === 'instrument', 'An option is an instrument.');
  return leg.rule.source.input;
}
