/** How strongly what the rules of a profile charge a leg reacts to its prices: for the roundings of `legEnvelope.ts`. */

import type { InstrumentRiskInput, RiskModel, UnderlyingRiskInput } from '../riskModel.ts';
import { linearRequirement } from '../rules/linearRule.ts';
import { type LinearRule, marketRuleOf, type OptionRule } from '../rules/ruleSet.ts';

/** Maintenance alone: nothing else enters a breach. */
export interface RuleShape {
  /** Bound of the charge per unit of notional, index or forward. */
  readonly rate: number;
  /** Bound of health's reaction to the value of a lot sold: 1, and what a requirement on the value itself adds. */
  readonly reaction: number;
  /** Ceilings of one leg's charge, ticks. */
  readonly ceilings: number;
}

/** Without rules nothing is charged, and a lot's value enters once. */
const UNRULED: RuleShape = { rate: 0, reaction: 1, ceilings: 0 };
/** A notional, its share, a fraction of that, or the sized share beside it; a sold option and its expiry. */
const CEILINGS: number = 4;
const LARGE_NOTIONAL: bigint = 10n ** 15n;
/** Covers the ceilings of a charge on the large notional. */
const CAUTION: number = 1.000_001;

/** The shape of one instrument's legs, of which the owner holds `gross` lots. */
export function ruleShape(
  model: RiskModel,
  leg: { readonly instrument: InstrumentRiskInput; readonly underlying: UnderlyingRiskInput; readonly gross: number },
): RuleShape {
  const { rules } = model;
  if (rules === null) return UNRULED;
  const { terms } = leg.instrument;
  const market = marketRuleOf(rules.rules, leg.underlying.terms.symbol);
  const isOption = terms.form.kind === 'option';
  if (isOption && market?.options != null) return optionShape(market.options);
  if (!isOption && market?.linear != null)
    return { rate: linearRate(market.linear, BigInt(leg.gross) * terms.lotUnits), reaction: 1, ceilings: CEILINGS };
  // What no rule covers costs its whole notional, or the larger of forward and strike.
  return rules.isWhole ? { rate: 1, reaction: 1, ceilings: CEILINGS } : UNRULED;
}

function optionShape(rule: OptionRule): RuleShape {
  const rates = rule.maintenanceCallPpm + rule.maintenancePutPpm + rule.unpairedMaintenancePpm;
  return { rate: rates / 1e6, reaction: 1 + rule.maintenancePutValuePpm / 1e6, ceilings: CEILINGS };
}

/** Size does not depend on prices, so the share of a position does not either. */
function linearRate(rule: LinearRule, ownerSize: bigint): number {
  const { maintenance } = linearRequirement(rule, { notional: LARGE_NOTIONAL, ownerSize, openInterest: 0n });
  return (Number(maintenance) / Number(LARGE_NOTIONAL)) * CAUTION;
}
