/** Value and Greeks of one lot of any instrument, in ticks (1e-6 of the settlement unit) as doubles. Analytic, no differences. */

import type { InstrumentTerms } from '../assets/instrument.ts';
import { variableShare } from './averagedSettlement.ts';
import { black76Greeks, createOptionGreeks } from './black76Greeks.ts';
import { type MarketState, optionInput, settledPrice } from './instrumentValue.ts';
import type { Rational } from './payoffs/payoff.ts';
import { payoffOf } from './payoffs/payoffFormulas.ts';

/**
 * Sensitivities of a long lot, profit positive. Multiply by signed lots; sums over instruments of one underlying add up. The
 * units are those that traders quote: a dollar of the underlying, a point (0.01) of volatility or rate, a calendar day.
 */
export interface GreeksPerLot {
  /** Mark of the lot. */
  readonly valueTicks: number;
  /** Gain per rise of the live price of the underlying by 1 USD a feed unit. */
  readonly deltaTicksPerUsd: number;
  /** Gain of `deltaTicksPerUsd` per rise by 1 USD. */
  readonly gammaTicksPerUsdSquared: number;
  /** Gain per rise of implied volatility by 0.01. */
  readonly vegaTicksPerPoint: number;
  /** Gain per calendar day (1/365 year) that passes with price, volatility and rate held; negative when time value melts. */
  readonly thetaTicksPerDay: number;
  /** Gain per rise of the discounting rate by 0.01, forward held. */
  readonly rhoTicksPerPoint: number;
}

const DAYS_PER_YEAR: number = 365;
const POINTS: number = 100;

/** Ticks per lot of a change by 1 USD a feed unit: lot units are 1e-9 feed units, ticks 1e-6 USD. */
const UNITS_PER_TICK: number = 1000;

/** What the price alone moves. */
const LINEAR: Omit<GreeksPerLot, 'valueTicks' | 'deltaTicksPerUsd'> = {
  gammaTicksPerUsdSquared: 0,
  vegaTicksPerPoint: 0,
  thetaTicksPerDay: 0,
  rhoTicksPerPoint: 0,
};

/** A rational as the nearest doubles make it. */
function quotientOf({ numerator, denominator }: Rational): number {
  return Number(numerator) / Number(denominator);
}

/**
 * Greeks of one long lot. Linear instruments have only value and delta. While an average is being taken (`state.averaging`) the
 * option is priced on F_fix + F_var, and delta and gamma are with respect to the live price: × w and × w² for the share w of the
 * window that is left. Relative error of each figure below 1e-12 of its scale (see docs/options.md).
 */
export function greeksPerLot(terms: InstrumentTerms, state: MarketState): GreeksPerLot {
  const lots = Number(terms.lotUnits) / UNITS_PER_TICK;
  const share = variableShare(state.averaging);
  const payoff = payoffOf(terms);
  if (payoff !== null) {
    const price: Rational = { numerator: state.price, denominator: 1n };
    return {
      ...LINEAR,
      valueTicks: (quotientOf(payoff.value(price)) * lots) / 1e9,
      deltaTicksPerUsd: quotientOf(payoff.slope(price)) * lots,
      gammaTicksPerUsdSquared: quotientOf(payoff.curvature(price)) * 1e9 * lots,
    };
  }
  if (terms.form.kind !== 'option') {
    return { ...LINEAR, valueTicks: (settledPrice(state) * lots) / 1e9, deltaTicksPerUsd: lots * share };
  }
  const greeks = createOptionGreeks();
  black76Greeks(optionInput(terms, state), greeks); // in 1e-9 USD
  return {
    valueTicks: (greeks.value * lots) / 1e9,
    deltaTicksPerUsd: greeks.delta * share * lots,
    gammaTicksPerUsdSquared: greeks.gamma * share * share * 1e9 * lots,
    vegaTicksPerPoint: (greeks.vega * lots) / (1e9 * POINTS),
    thetaTicksPerDay: (greeks.theta * lots) / (1e9 * DAYS_PER_YEAR),
    rhoTicksPerPoint: (greeks.rho * lots) / (1e9 * POINTS),
  };
}
