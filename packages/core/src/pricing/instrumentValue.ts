/**
 * The value of one lot of any instrument in one market state, in one place. Linear instruments (spot, perpetual, dated
 * future) are worth price × size, a rational that is rounded exactly; options are worth Black-76, computed in
 * doubles and quantized with a stated bound.
 */

import type { InstrumentTerms } from '../assets/instrument.ts';
import { unreachable } from '../numeric/assert.ts';
import { type Ppm, type Price, type TicksPerLot, type TimeMs, ticksPerLot } from '../numeric/brand.ts';
import { divTowardZero, mulDivDown, mulDivUp } from '../numeric/rounding.ts';
import { type Black76Input, black76Delta, black76Value } from './black76.ts';
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
  readonly timeMs: TimeMs;
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
  return terms.form.kind !== 'option';
}

/** Value of one lot at a price, in ticks, to the nearest (linear: exact rational, tie to even). */
export function markPerLot(terms: InstrumentTerms, state: MarketState): TicksPerLot {
  const { form } = terms;
  switch (form.kind) {
    case 'spot':
    case 'perpetual':
    case 'future':
      return quantizeRatio(state.price * terms.lotUnits, LOT_VALUE_SCALE).ticks;
    case 'option':
      return quantizeTicks(optionTicks(terms, black76Value(optionInput(terms, state))));
    default:
      return unreachable(form);
  }
}

/** The underlying's value per lot at a price, in ticks, rounded up: what add-ons on notional are a share of. */
export function notionalPerLot(terms: InstrumentTerms, price: Price): TicksPerLot {
  return ticksPerLot(Number(mulDivUp<bigint>(price, terms.lotUnits, LOT_VALUE_SCALE)));
}

/** Largest price at which every figure of a lot stays within the limits of risk arrays, with room for shocks up to ×16. */
export function priceMaxOf(terms: InstrumentTerms): bigint {
  return mulDivDown(2n ** 48n, LOT_VALUE_SCALE, terms.lotUnits);
}

/** Profit of one long lot when the market moves: (value(shocked) − value(base)) · dampening. */
export function profitPerLot(terms: InstrumentTerms, state: MarketState, shock: MarketShock): QuantizedPerLot {
  if (terms.form.kind === 'option') return optionProfit(terms, state, shock);
  const numerator = state.price * terms.lotUnits * shock.share.numerator;
  const quantized = quantizeRatio(numerator, LOT_VALUE_SCALE * shock.share.denominator);
  return { ticks: quantized.ticks, bound: ticksPerLot(quantized.exact ? 0 : 1) };
}

/** Change of a lot's value when the underlying gains `gap` (1e-9 USD per feed unit, signed), by delta, to the nearest tick. */
export function deltaTimesGap(terms: InstrumentTerms, state: MarketState, gap: bigint): TicksPerLot {
  if (terms.form.kind !== 'option') return quantizeRatio(gap * terms.lotUnits, LOT_VALUE_SCALE).ticks;
  const delta = black76Delta(optionInput(terms, state));
  return quantizeTicks(optionTicks(terms, delta * Number(gap)));
}

/** The move, no further than to a price of zero. */
function clampedMove(shock: MarketShock): bigint {
  return shock.spotNumerator < -shock.spotDenominator ? -shock.spotDenominator : shock.spotNumerator;
}

function optionProfit(terms: InstrumentTerms, state: MarketState, shock: MarketShock): QuantizedPerLot {
  const base = optionInput(terms, state);
  const ratio = 1 + Number(clampedMove(shock)) / Number(shock.spotDenominator);
  const shocked = { ...base, forward: base.forward * ratio, volatility: shock.volatility };
  const change = optionTicks(terms, black76Value(shocked)) - optionTicks(terms, black76Value(base));
  const magnitude = optionTicks(terms, Math.max(base.forward, shocked.forward, base.strike));
  return {
    ticks: quantizeTicks((change * shock.dampeningPpm) / 1e6),
    bound: quantizationBound(magnitude),
  };
}

/** The option in nano-USD; discounting is left out, because settlement cash earns nothing here. */
function optionInput(terms: InstrumentTerms, state: MarketState): Black76Input {
  if (terms.form.kind !== 'option') return { right: 'call', forward: 0, strike: 0, volatility: 0, years: 0, discount: 1 };
  return {
    right: terms.form.right,
    forward: Number(state.price),
    strike: Number(terms.form.strike),
    volatility: state.volatilityPpm / 1e6,
    years: yearsBetween(state.timeMs, terms.form.expiryMs),
    discount: 1,
  };
}

/** Years of 365 days from one time to another, zero when the second is not later. */
export function yearsBetween(from: TimeMs, to: TimeMs): number {
  return Math.max(0, to - from) / YEAR_MS;
}

/** Nano-USD per feed unit to ticks per lot, in doubles. */
function optionTicks(terms: InstrumentTerms, nano: number): number {
  return (nano * Number(terms.lotUnits)) / LOT_VALUE_SCALE_NUMBER;
}
