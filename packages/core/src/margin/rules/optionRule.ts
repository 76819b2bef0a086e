/**
 * Standard margin of the options of one underlying and expiry (cookbook B3): the cheaper of two requirements, each in our sign, on
 * top of an equity that holds every option at its mark.
 *
 *     isolated     = Σ bought value  +  Σ sold requirement             (a bought option counts for nothing)
 *     maximum loss = max(0, value + worst payoff loss + unpaired calls · multiple · forward)
 *
 * The source's own figure is value − requirement. Every product is exact until one division that rounds up: at most one
 * tick per sold option, and one for the worst payoff.
 */

import { mulDivUp } from '../../numeric/rounding.ts';
import type { OptionRule } from './ruleSet.ts';

/** Price (1e-9 USD) × lots × lot units (1e-9) is 1e-18 USD; a tick is 1e-6. */
const VALUE_SCALE: bigint = 1_000_000_000_000n;
const PPM: bigint = 1_000_000n;

/** One option position. Prices are 1e-9 USD, values ticks per lot as equity counts them. */
export interface OptionLeg {
  /** Signed lots. */
  readonly quantity: bigint;
  readonly lotUnits: bigint;
  readonly right: 'call' | 'put';
  readonly strike: bigint;
  readonly forward: bigint;
  readonly longValue: bigint;
  readonly shortValue: bigint;
}

/** Ticks at both levels, not negative. */
export interface BothLevels {
  readonly maintenance: bigint;
  readonly initial: bigint;
}

export interface OptionRequirement {
  readonly isolated: BothLevels;
  readonly maximumLoss: BothLevels;
}

/** Both requirements of one expiry; the smaller of each level is charged. */
export function optionRequirement(rule: OptionRule, legs: readonly OptionLeg[], index: bigint): OptionRequirement {
  const isolated = legs.map((leg) => isolatedRequirement(rule, leg, index));
  return {
    isolated: {
      maintenance: isolated.reduce((sum, one) => sum + one.maintenance, 0n),
      initial: isolated.reduce((sum, one) => sum + one.initial, 0n),
    },
    maximumLoss: {
      maintenance: maximumLossRequirement(legs, BigInt(rule.unpairedMaintenancePpm)),
      initial: maximumLossRequirement(legs, BigInt(rule.unpairedInitialPpm)),
    },
  };
}

/** One option alone: what it is worth when bought, the standard requirement when sold. */
export function isolatedRequirement(rule: OptionRule, leg: OptionLeg, index: bigint): BothLevels {
  if (leg.quantity >= 0n) {
    const value = leg.quantity * positive(leg.longValue);
    return { maintenance: value, initial: value };
  }
  const size = -leg.quantity;
  const scaled = (pricePpm: bigint): bigint => mulDivUp(pricePpm, size * leg.lotUnits, VALUE_SCALE * PPM);
  const outOfTheMoney = positive(leg.right === 'call' ? leg.strike - index : index - leg.strike);
  const initial = scaled(
    larger(BigInt(rule.initialMaximumPpm) * index - outOfTheMoney * PPM, BigInt(rule.initialMinimumPpm) * index),
  );
  if (leg.right === 'call') return { maintenance: scaled(BigInt(rule.maintenanceCallPpm) * index), initial };
  const value = size * positive(leg.shortValue);
  const maintenance = larger(
    scaled(BigInt(rule.maintenancePutPpm) * index),
    mulDivUp(value, BigInt(rule.maintenancePutValuePpm), PPM),
  );
  const offset = mulDivUp(maintenance + value, BigInt(rule.initialPutOffsetPpm), PPM) - value;
  return { maintenance, initial: larger(initial, offset) };
}

/** Equity of the expiry falls to its worst payoff over settlement at zero and at every strike. */
function maximumLossRequirement(legs: readonly OptionLeg[], unpairedPpm: bigint): bigint {
  let worst = 0n;
  for (const settlement of [0n, ...legs.map((leg) => leg.strike)]) {
    const payoff = legs.reduce((sum, leg) => sum + leg.quantity * leg.lotUnits * payoffAt(leg, settlement), 0n);
    if (payoff < worst) worst = payoff;
  }
  const netCalls = legs.reduce((sum, leg) => (leg.right === 'call' ? sum + leg.quantity * leg.lotUnits : sum), 0n);
  const forward = legs.reduce((highest, leg) => larger(highest, leg.forward), 0n);
  const unpaired = netCalls < 0n ? -netCalls * forward * unpairedPpm : 0n;
  const value = legs.reduce((sum, leg) => sum + leg.quantity * (leg.quantity > 0n ? leg.longValue : leg.shortValue), 0n);
  return positive(value + mulDivUp(unpaired - worst * PPM, 1n, VALUE_SCALE * PPM));
}

function payoffAt(leg: OptionLeg, settlement: bigint): bigint {
  return positive(leg.right === 'call' ? settlement - leg.strike : leg.strike - settlement);
}

function positive(value: bigint): bigint {
  return value > 0n ? value : 0n;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
