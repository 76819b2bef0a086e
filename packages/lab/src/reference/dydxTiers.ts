/**
 * Reference model of dYdX v4 liquidity tiers: margin that rises with open interest (cookbook B5; vector V48).
 *
 * Formulas: dydxprotocol/v4-chain `protocol/x/perpetuals/types/liquidity_tier.go:93-140`, re-implemented. Fractions are parts
 * per million, money is quote quantums (integers), both exact.
 */
import { divideDown, divideUp } from './fixedPoint.ts';

const MILLION = 1_000_000n;

/** A tier. Open-interest caps are quote quantums; an upper cap of zero switches the scaling off. */
export type DydxLiquidityTier = {
  readonly initialMarginPpm: bigint;
  /** Maintenance as a fraction of the *base* initial requirement. */
  readonly maintenanceFractionPpm: bigint;
  readonly openInterestLowerCap: bigint;
  readonly openInterestUpperCap: bigint;
};

/**
 * Initial margin fraction at an open interest: base up to the lower cap, 100 % from the upper cap on, linear between. The
 * linear part is rounded down (in favour of the trader, by less than one part in a million). Earlier versions of the source
 * kept the fraction as an exact rational until the requirement; V48 comes out the same either way.
 */
export function dydxInitialMarginPpm(tier: DydxLiquidityTier, openInterestNotional: bigint): bigint {
  const { initialMarginPpm, openInterestLowerCap: lower, openInterestUpperCap: upper } = tier;
  if (upper === 0n || openInterestNotional <= lower) return initialMarginPpm;
  if (openInterestNotional >= upper) return MILLION;
  return initialMarginPpm + divideDown((MILLION - initialMarginPpm) * (openInterestNotional - lower), upper - lower);
}

/** Initial requirement of a position: ⌈notional · fraction⌉. Notional non-negative. */
export function dydxInitialMargin(inputs: {
  readonly tier: DydxLiquidityTier;
  readonly notional: bigint;
  readonly openInterestNotional: bigint;
}): bigint {
  return divideUp(inputs.notional * dydxInitialMarginPpm(inputs.tier, inputs.openInterestNotional), MILLION);
}

/** Maintenance requirement: ⌈⌈notional · base⌉ · maintenance fraction⌉. Open interest never raises it. */
export function dydxMaintenanceMargin(tier: DydxLiquidityTier, notional: bigint): bigint {
  const baseInitial = divideUp(notional * tier.initialMarginPpm, MILLION);
  return divideUp(baseInitial * tier.maintenanceFractionPpm, MILLION);
}
