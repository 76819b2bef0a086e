import { assert } from '../numeric/assert.ts';
import { type Ticks, ticks } from '../numeric/brand.ts';
import { divDown, mulDivDown, mulDivUp } from '../numeric/rounding.ts';
import type { AddOnKind } from './addOnTerms.ts';
import { balanceFigures, balanceFiguresUsd, cashUsd } from './collateral.ts';
import { exactScenarioTerms } from './exactScenarioTerms.ts';
import { assetOf, collectLegs } from './legs.ts';
import type { Portfolio } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';
import type { RuleTermKind } from './rules/ruleTerms.ts';

export type MarginLevel = 'maintenance' | 'initial';

/** One summand of the requirement; all are not negative. */
export type RequirementTerm =
  /** Worst stress loss of one underlying, what the functional's weight and loss factor leave of it (rounded down). */
  | {
      readonly kind: 'stressLoss';
      readonly underlying: number;
      /** Index of the worst scenario in the model, −1 when none loses. */
      readonly scenario: number;
      /** The loss itself, before weight and loss factor. */
      readonly loss: Ticks;
      readonly charge: Ticks;
    }
  /** Basis contingency of one underlying, where it counts: what the weight and loss factor leave of it (rounded down). */
  | { readonly kind: 'basisLoss'; readonly underlying: number; readonly loss: Ticks; readonly charge: Ticks }
  /** Expected shortfall over joint scenarios, what weight and loss factor leave of it (rounded down). */
  | { readonly kind: 'jointShortfall'; readonly loss: Ticks; readonly charge: Ticks }
  /** The roundings up of the functional and of the loss factor. */
  | { readonly kind: 'functionalRounding'; readonly charge: Ticks }
  /**
   * A charge on one instrument or asset; `slowPrice` and offsets are charged on the whole underlying, and a naked short on its strike,
   * named by the first instrument that is short there.
   */
  | {
      readonly kind: AddOnKind;
      readonly underlying: number;
      /** −1 for an asset, `slowPrice` and offsets. */
      readonly instrument: number;
      /** −1 for an instrument, `slowPrice` and offsets. */
      readonly asset: number;
      readonly charge: Ticks;
    }
  /** A charge of the profile's rules on an instrument, an asset, an expiry of an underlying or a whole underlying. */
  | {
      readonly kind: RuleTermKind;
      readonly underlying: number;
      readonly instrument: number;
      readonly asset: number;
      /** Expiry of an option group, else null. */
      readonly expiryMs: number | null;
      readonly charge: Ticks;
    };

/** One summand of the haircut equity, signed. */
export type EquityTerm =
  | { readonly kind: 'cash'; readonly credit: Ticks; readonly value: Ticks }
  | {
      readonly kind: 'position';
      readonly instrument: number;
      readonly lots: number;
      readonly credit: Ticks;
      readonly value: Ticks;
    }
  | {
      readonly kind: 'collateral' | 'supply' | 'debt';
      readonly asset: number;
      readonly amount: bigint;
      readonly value: Ticks;
      /** What counts of the value at this level. */
      readonly credit: Ticks;
      /** 1 − credit / value in ppm, rounded up; 0 for a debt or where nothing is held. */
      readonly haircutPpm: number;
      /** Part of it that doubt in the feeds takes (initial level, `feedConfidence.collateral`); absent where there is none. */
      readonly doubtPpm?: number;
    };

/** Why a margin is what it is: the terms add up to the figures of `computeMargin`, to the tick (asserted). */
export interface MarginExplanation {
  readonly level: MarginLevel;
  readonly requirementTerms: readonly RequirementTerm[];
  readonly requirement: Ticks;
  readonly equityTerms: readonly EquityTerm[];
  readonly haircutEquity: Ticks;
  readonly health: Ticks;
}

const PPM: bigint = 1_000_000n;
const BALANCE_NAMES = ['collateral', 'supply', 'debt'] as const;

/** Every term of one level. On the bigint path: tens of microseconds, for people and not for scans. */
export function explain(model: RiskModel, portfolio: Portfolio, level: MarginLevel): MarginExplanation {
  const isLending = portfolio.mode === 'overcollateralized';
  if (!isLending) collectLegs(model, portfolio);
  const requirementTerms = isLending ? [] : explainRequirement(model, portfolio, level);
  const equityTerms = explainEquity(model, portfolio, level);
  const requirement = sumOf(requirementTerms.map((term) => term.charge));
  const haircutEquity = sumOf(equityTerms.map((term) => term.credit));
  return {
    level,
    requirementTerms,
    requirement: ticks(requirement),
    equityTerms,
    haircutEquity: ticks(haircutEquity),
    health: ticks(haircutEquity - requirement),
  };
}

function explainRequirement(model: RiskModel, portfolio: Portfolio, level: MarginLevel): readonly RequirementTerm[] {
  const exact = exactScenarioTerms(model, portfolio.workspace, 'bigint');
  const factor = BigInt(level === 'initial' ? model.lossFactorInitialPpm : model.lossFactorMaintenancePpm);
  const weight = model.jointCount === 0 ? 0n : BigInt(model.weightPpm);
  // A profile of rules alone has no scenario to show.
  const losses = model.stressCount === 0 ? [] : exact.losses;
  const share = (loss: bigint): Ticks => ticks(mulDivDown(loss * factor, PPM - weight, PPM * PPM));
  const terms: RequirementTerm[] = losses.flatMap((one): readonly RequirementTerm[] => {
    const underlying = underlyingId(model, one.underlying);
    const basis: RequirementTerm = { kind: 'basisLoss', underlying, loss: ticks(one.basis), charge: share(one.basis) };
    if (one.basis > 0n && one.stress === 0n) return [basis];
    const { scenario } = one;
    const stress: RequirementTerm = {
      kind: 'stressLoss',
      underlying,
      scenario,
      loss: ticks(one.stress),
      charge: share(one.stress),
    };
    return one.basis > 0n ? [stress, basis] : [stress];
  });
  if (model.jointCount > 0) {
    const charge = mulDivDown(exact.shortfall * factor, weight, PPM * PPM);
    terms.push({ kind: 'jointShortfall', loss: ticks(exact.shortfall), charge: ticks(charge) });
  }
  const charged = mulDivUp(exact.functional, factor, PPM);
  const rounding = charged - sumOf(terms.map((term) => term.charge));
  assert(rounding >= 0n, 'Rounding the functional up never lowers it.');
  if (rounding > 0n) terms.push({ kind: 'functionalRounding', charge: ticks(rounding) });
  for (const addOn of exact.addOns) {
    if (addOn.initialOnly && level === 'maintenance') continue;
    const isNet = addOn.kind === 'slowPrice' || addOn.kind === 'offset' || addOn.kind === 'initialOffset';
    terms.push({
      kind: addOn.kind,
      underlying: underlyingId(model, model.rows.underlying[addOn.row] ?? -1),
      instrument: isNet ? -1 : (model.rows.instrument[addOn.row] ?? -1),
      asset: isNet ? -1 : (model.rows.asset[addOn.row] ?? -1),
      charge: ticks(addOn.ticks),
    });
  }
  for (const rule of exact.rules) {
    const charge = level === 'initial' ? rule.initial : rule.maintenance;
    if (charge === 0n) continue;
    terms.push({
      kind: rule.kind,
      underlying: underlyingId(model, rule.underlying),
      instrument: model.rows.instrument[rule.row] ?? -1,
      asset: model.rows.asset[rule.row] ?? -1,
      expiryMs: rule.expiryMs,
      charge: ticks(charge),
    });
  }
  return terms;
}

function explainEquity(model: RiskModel, portfolio: Portfolio, level: MarginLevel): readonly EquityTerm[] {
  const isLending = portfolio.mode === 'overcollateralized';
  const cash = ticks(isLending ? cashUsd(model, portfolio.cash) : portfolio.cash);
  const terms: EquityTerm[] = [{ kind: 'cash', credit: cash, value: cash }];
  if (!isLending) {
    for (const position of exactScenarioTerms(model, portfolio.workspace, 'bigint').positions) {
      const value = ticks(position.value);
      terms.push({
        kind: 'position',
        instrument: model.rows.instrument[position.row] ?? -1,
        lots: position.lots,
        value,
        credit: value,
      });
    }
  }
  const figures = isLending ? balanceFiguresUsd : balanceFigures;
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    const asset = portfolio.balanceAssets[index] ?? -1;
    const code = portfolio.balanceKinds[index] ?? -1;
    const kind = BALANCE_NAMES[code];
    const amount = portfolio.balanceAmounts[index] ?? 0n;
    assert(kind !== undefined, 'A balance is collateral, supply or debt.');
    const risk = assetOf(model, asset);
    const one = figures(risk, code, amount);
    const isDoubted = !isLending && level === 'initial' && kind !== 'debt' && risk.doubtPpm > 0;
    const credit = level === 'initial' ? one.creditInitial : one.creditMaintenance;
    terms.push({
      kind,
      asset,
      amount,
      value: ticks(one.value),
      credit: ticks(credit),
      haircutPpm: haircutPpm(one.value, credit),
      ...(isDoubted ? { doubtPpm: Math.min(risk.doubtPpm, 1_000_000) } : {}),
    });
  }
  return terms;
}

function haircutPpm(value: bigint, credit: bigint): number {
  return value <= 0n ? 0 : Number(PPM - divDown(credit * PPM, value));
}

/** Dense index in the model → id of the underlying. */
function underlyingId(model: RiskModel, dense: number): number {
  return model.underlyingIds[dense] ?? -1;
}

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce<bigint>((total, value) => total + value, 0n);
}
