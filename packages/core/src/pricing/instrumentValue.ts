/**
 * The value of one lot of any instrument in one market state, in one place. Linear instruments (spot, perpetual, dated
 * future) are worth price × size, a rational that is rounded exactly; options are worth Black-76, computed in
 * doubles and quantized with a stated bound.
 */

import type { InstrumentTerms } from '../assets/instrument.ts';
import { unreachable } from '../numeric/assert.ts';
import { type Ppm, type Price, type TicksPerLot, type TimeMs, ticksPerLot } from '../numeric/brand.ts';
import { exp } from '../numeric/deterministicMath.ts';
import { PRICE_MAX } from '../numeric/limits.ts';
import { divTowardZero, mulDivDown, mulDivUp } from '../numeric/rounding.ts';
import { type AveragedSettlement, settlementForward, variablePart, variableShare } from './averagedSettlement.ts';
import { type Black76Input, black76Delta, black76Value } from './black76.ts';
import { type Payoff, payoffOf } from './payoffs/payoffFormulas.ts';
import { quantizationBound, quantizeRatio, quantizeTicks } from './quantize.ts';

/** Price (1e-9 USD) × lot units (1e-9 feed units) is 1e-18 USD; a tick is 1e-6. */
export const LOT_VALUE_SCALE: bigint = 1_000_000_000_000n;
const LOT_VALUE_SCALE_NUMBER: number = 1e12;
const YEAR_MS: number = 31_536_000_000;

/** What the market is, before any shock. */
export interface MarketState {
  /** Mark of the underlying for this instrument: spot, perpetual mark, or forward to the expiry. 1e-9 USD per feed unit. */
  readonly price: Price;
  /** Implied volatility per year; ignored by linear instruments. */
  readonly volatilityPpm: Ppm;
  /** What volatility is beyond `volatilityPpm`, in 1e-12 below 1 000 000; absent: nothing. */
  readonly volatilityRestPico?: number;
  readonly timeMs: TimeMs;
  /** Continuous rate per year at which what an option pays at expiry is discounted; absent: none. May be negative. */
  readonly ratePpm?: Ppm;
  /** The average that the instrument settles at, while it is being taken; absent outside its window. */
  readonly averaging?: AveragedSettlement;
}

/** A move of the market. Shock and dampening are rationals so that linear profits are exact. */
export interface MarketShock {
  /** price' = price · max(0, 1 + numerator/denominator). */
  readonly spotNumerator: bigint;
  readonly spotDenominator: bigint;
  /** Volatility in the shocked state, per year, 1 = 100 %. */
  readonly volatility: number;
  readonly dampeningPpm: Ppm;
  /** `profitShare` of the three figures above that are rational: made once per move, used for every row. */
  readonly share: ProfitShare;
}

/** Profit per value of a linear position: the clamped move times the dampening, in lowest terms. */
export interface ProfitShare {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The share in lowest terms, so that the exact divisions that follow are short. */
export function profitShare(move: {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly dampeningPpm: Ppm;
}): ProfitShare {
  const clamped = move.numerator < -move.denominator ? -move.denominator : move.numerator;
  const numerator = clamped * BigInt(move.dampeningPpm);
  const denominator = move.denominator * 1_000_000n;
  const divisor = greatestCommonDivisor(numerator < 0n ? -numerator : numerator, denominator);
  return { numerator: divTowardZero(numerator, divisor), denominator: divTowardZero(denominator, divisor) };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let x = a;
  let y = b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** A quantized figure per lot with the bound of its error, in ticks. */
export interface QuantizedPerLot {
  readonly ticks: TicksPerLot;
  readonly bound: TicksPerLot;
}

/** True when the value of a lot is proportional to the price. */
export function isProportional(terms: InstrumentTerms): boolean {
  return terms.form.kind !== 'option' && payoffOf(terms) === null;
}

/** Value of one lot at a price, in ticks, to the nearest (linear: exact rational, tie to even). */
export function markPerLot(terms: InstrumentTerms, state: MarketState): TicksPerLot {
  const { form } = terms;
  switch (form.kind) {
    case 'spot':
    case 'perpetual':
    case 'future':
      return linearMark(terms, state);
    case 'option':
      return quantizeTicks(optionTicks(terms, black76Value(optionInput(terms, state))));
    default:
      return unreachable(form);
  }
}

/** What one lot of anything but an option is worth at a price, in ticks, to the nearest: its payoff, or the price itself. */
export function lotValueAt(terms: InstrumentTerms, price: Price): TicksPerLot {
  const payoff = payoffOf(terms);
  if (payoff === null) return quantizeRatio(price * terms.lotUnits, LOT_VALUE_SCALE).ticks;
  const value = payoff.value({ numerator: price, denominator: 1n });
  return quantizeRatio(value.numerator * terms.lotUnits, LOT_VALUE_SCALE * value.denominator).ticks;
}

/**
 * The underlying's value per lot at a price, in ticks, rounded up: what add-ons on notional are a share of. Where a payoff is not the
 * price itself, the exposure price × slope: what moves like so much of the underlying is charged like it.
 */
export function notionalPerLot(terms: InstrumentTerms, price: Price): TicksPerLot {
  const payoff = payoffOf(terms);
  if (payoff !== null) {
    const slope = payoff.slope({ numerator: price, denominator: 1n });
    const exposure = slope.numerator * price;
    return ticksPerLot(Number(mulDivUp(exposure, terms.lotUnits, LOT_VALUE_SCALE * slope.denominator)));
  }
  return ticksPerLot(Number(mulDivUp<bigint>(price, terms.lotUnits, LOT_VALUE_SCALE)));
}

/** Largest price at which every figure of a lot stays within the limits of risk arrays, with room for shocks up to ×16. */
export function priceMaxOf(terms: InstrumentTerms): bigint {
  const payoff = payoffOf(terms);
  if (payoff !== null) return payoffPriceMax(terms, payoff);
  return mulDivDown(2n ** 48n, LOT_VALUE_SCALE, terms.lotUnits);
}

/** Profit of one long lot when the market moves: (value(shocked) − value(base)) · dampening. */
export function profitPerLot(terms: InstrumentTerms, state: MarketState, shock: MarketShock): QuantizedPerLot {
  if (terms.form.kind === 'option') return optionProfit(terms, state, shock);
  const payoff = payoffOf(terms);
  if (payoff !== null) return payoffProfit(terms, payoff, state, shock);
  const moving = movingPart(state);
  const numerator = moving.numerator * terms.lotUnits * shock.share.numerator;
  const quantized = quantizeRatio(numerator, LOT_VALUE_SCALE * moving.denominator * shock.share.denominator);
  return { ticks: quantized.ticks, bound: ticksPerLot(quantized.exact ? 0 : 1) };
}

/** Change of a lot's value when the underlying gains `gap` (1e-9 USD per feed unit, signed), by delta, to the nearest tick. */
export function deltaTimesGap(terms: InstrumentTerms, state: MarketState, gap: bigint): TicksPerLot {
  const { averaging } = state;
  if (terms.form.kind === 'option') {
    const delta = black76Delta(optionInput(terms, state)) * variableShare(averaging);
    return quantizeTicks(optionTicks(terms, delta * Number(gap)));
  }
  const payoff = payoffOf(terms);
  if (payoff !== null) {
    const slope = payoff.slope({ numerator: state.price, denominator: 1n });
    return quantizeRatio(gap * terms.lotUnits * slope.numerator, LOT_VALUE_SCALE * slope.denominator).ticks;
  }
  if (averaging === undefined) return quantizeRatio(gap * terms.lotUnits, LOT_VALUE_SCALE).ticks;
  const numerator = gap * terms.lotUnits * BigInt(averaging.remainingMs);
  return quantizeRatio(numerator, LOT_VALUE_SCALE * BigInt(averaging.windowMs)).ticks;
}

function linearMark(terms: InstrumentTerms, state: MarketState): TicksPerLot {
  if (state.averaging === undefined) return lotValueAt(terms, state.price);
  const moving = movingPart(state);
  const fixed = state.averaging.fixed * moving.denominator;
  return quantizeRatio((fixed + moving.numerator) * terms.lotUnits, LOT_VALUE_SCALE * moving.denominator).ticks;
}

/** (value(price') − value(price)) · dampening, exact before it is rounded. */
function payoffProfit(terms: InstrumentTerms, payoff: Payoff, state: MarketState, shock: MarketShock): QuantizedPerLot {
  const before = payoff.value({ numerator: state.price, denominator: 1n });
  const after = payoff.value({
    numerator: state.price * (shock.spotDenominator + clampedMove(shock)),
    denominator: shock.spotDenominator,
  });
  const change = after.numerator * before.denominator - before.numerator * after.denominator;
  const quantized = quantizeRatio(
    change * terms.lotUnits * BigInt(shock.dampeningPpm),
    LOT_VALUE_SCALE * after.denominator * before.denominator * 1_000_000n,
  );
  return { ticks: quantized.ticks, bound: ticksPerLot(quantized.exact ? 0 : 1) };
}

/** The largest price of which sixteen times is worth at most 2^52 ticks a lot; payoffs rise, so bisection finds it. */
function payoffPriceMax(terms: InstrumentTerms, payoff: Payoff): bigint {
  const fits = (price: bigint): boolean => {
    const value = payoff.value({ numerator: 16n * price, denominator: 1n });
    return value.numerator * terms.lotUnits <= 2n ** 52n * LOT_VALUE_SCALE * value.denominator;
  };
  let low = 0n;
  let high = PRICE_MAX + 1n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** What of the price a shock moves, as an exact rational of 1e-9 USD: all of it, or F_var while an average is taken. */
export function movingPart(state: MarketState): { readonly numerator: bigint; readonly denominator: bigint } {
  return state.averaging === undefined ? { numerator: state.price, denominator: 1n } : variablePart(state.price, state.averaging);
}

/** The move, no further than to a price of zero. */
function clampedMove(shock: MarketShock): bigint {
  return shock.spotNumerator < -shock.spotDenominator ? -shock.spotDenominator : shock.spotNumerator;
}

function optionProfit(terms: InstrumentTerms, state: MarketState, shock: MarketShock): QuantizedPerLot {
  const base = optionInput(terms, state);
  const ratio = 1 + Number(clampedMove(shock)) / Number(shock.spotDenominator);
  const forward = settlementForward(state.price, state.averaging, ratio);
  const shocked = { ...base, forward, volatility: shock.volatility };
  const change = optionTicks(terms, black76Value(shocked)) - optionTicks(terms, black76Value(base));
  const magnitude = optionTicks(terms, Math.max(base.forward, shocked.forward, base.strike) * Math.max(1, base.discount));
  return {
    ticks: quantizeTicks((change * shock.dampeningPpm) / 1e6),
    bound: quantizationBound(magnitude),
  };
}

/**
 * The option in nano-USD. Without a rate nothing is discounted, because settlement cash earns nothing then; a linear instrument
 * gives an option worth nothing.
 */
export function optionInput(terms: InstrumentTerms, state: MarketState): Black76Input {
  if (terms.form.kind !== 'option') return { right: 'call', forward: 0, strike: 0, volatility: 0, years: 0, discount: 1 };
  const years = yearsBetween(state.timeMs, terms.form.expiryMs);
  return {
    right: terms.form.right,
    forward: settledPrice(state),
    strike: Number(terms.form.strike),
    volatility: stateVolatility(state),
    years,
    discount: state.ratePpm === undefined || state.ratePpm === 0 ? 1 : exp((-state.ratePpm / 1e6) * years),
  };
}

/** Volatility per year, 1 = 100 %. */
export function stateVolatility(state: MarketState): number {
  return state.volatilityPpm / 1e6 + (state.volatilityRestPico ?? 0) / 1e12;
}

/** What the instrument settles on as things stand, in 1e-9 USD: the live price, or F_fix + F_var while an average is taken. */
export function settledPrice(state: MarketState): number {
  return settlementForward(state.price, state.averaging, 1);
}

/** Years of 365 days from one time to another, zero when the second is not later. */
export function yearsBetween(from: TimeMs, to: TimeMs): number {
  return Math.max(0, to - from) / YEAR_MS;
}

/** Nano-USD per feed unit to ticks per lot, in doubles. */
export function optionTicks(terms: InstrumentTerms, nano: number): number {
  return (nano * Number(terms.lotUnits)) / LOT_VALUE_SCALE_NUMBER;
}
