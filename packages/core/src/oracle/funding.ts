/**
 * Funding of a perpetual, as an index in whole ticks per lot. A position's value is lots · (mark − index), so what longs
 * pay is to the tick what shorts get. The premium is averaged over a window (an hour); the average of one window is the
 * rate of the next:
 *   rate per hour = clamp( average premium · 1 h / periodMs , ± cap )
 * `periodMs` is the time in which a full premium is paid (eight hours in Derive's perpetuals, cookbook B21).
 *
 * Nothing is lost: the part of a tick that the index has not reached stays in `remainder`, and a step over the end of a
 * window is split there. So any way of cutting time into blocks gives the same index and the same remainder.
 */

import { addNumber, clampTo } from '../numeric/arithmetic.ts';
import { type DurationMs, type Ppm, type TicksPerLot, ticksPerLot } from '../numeric/brand.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import { mulDivDown, mulDivNearest } from '../numeric/rounding.ts';
import { bigintToPpm } from './relative.ts';

export interface FundingParameters {
  /** Length of the averaging window (one hour). */
  readonly windowMs: DurationMs;
  /** Time in which a premium would be paid in full (eight hours). */
  readonly periodMs: DurationMs;
  readonly capPpmPerHour: Ppm;
}

export interface FundingState {
  /** Ticks that one long lot has paid since listing, signed. */
  readonly index: TicksPerLot;
  /** What the index has not reached yet, from 0 to one tick (exclusive), in 1 / 3.6e18 of a tick. */
  readonly remainder: bigint;
  /** The rate in force: 1e-12 of the index price per hour, signed; a positive rate is paid by longs. */
  readonly rate: bigint;
  /** The window in the making: time into it, time with a premium, and Σ premium (ppm) · ms over that. */
  readonly elapsedMs: number;
  readonly coveredMs: number;
  readonly premiumSum: bigint;
}

/** What held during the interval that is charged: the values since the last block, not those this block brings. */
export interface FundingInterval {
  readonly elapsedMs: DurationMs;
  /** The index price of one lot in ticks; null when its quality does not allow funding: then time passes free of charge. */
  readonly indexPerLot: TicksPerLot | null;
  /** The mark's premium sample (`MarkState.samplePpm`). */
  readonly premiumPpm: Ppm;
}

export function createFundingState(): FundingState {
  return { index: ticksPerLot(0), remainder: 0n, rate: 0n, elapsedMs: 0, coveredMs: 0, premiumSum: 0n };
}

/** Charges the interval and closes the windows that end in it. Cost: one step per window ended. */
export function advanceFunding(parameters: FundingParameters, state: FundingState, interval: FundingInterval): FundingState {
  let current = state;
  let left: number = interval.elapsedMs;
  while (left > 0) {
    const step = Math.min(left, parameters.windowMs - current.elapsedMs);
    current = advanceWithinWindow(current, interval, step);
    if (current.elapsedMs === parameters.windowMs) current = closeWindow(parameters, current);
    left -= step;
  }
  return current;
}

/** The rate in force in ppm of the index price per hour, to the nearest: for display. */
export function fundingRatePpmPerHour(state: FundingState): Ppm {
  return bigintToPpm(mulDivNearest(state.rate, 1n, RATE_PER_PPM));
}

const HOUR_MS: bigint = 3_600_000n;
const RATE_PER_PPM: bigint = 1_000_000n;
/** One tick of the index in units of price (ticks) · rate (1e-12 per hour) · ms. */
const TICK: bigint = 1_000_000_000_000n * HOUR_MS;

function advanceWithinWindow(state: FundingState, interval: FundingInterval, stepMs: number): FundingState {
  const elapsedMs = addNumber(state.elapsedMs, stepMs);
  if (interval.indexPerLot === null) return { ...state, elapsedMs };
  const owed = state.remainder + BigInt(interval.indexPerLot) * state.rate * BigInt(stepMs);
  const whole = mulDivDown(owed, 1n, TICK);
  return {
    ...state,
    index: addNumber(state.index, ticksPerLot(bigintToApproximateNumber(whole))),
    remainder: owed - whole * TICK,
    elapsedMs,
    coveredMs: addNumber(state.coveredMs, stepMs),
    premiumSum: state.premiumSum + BigInt(interval.premiumPpm) * BigInt(stepMs),
  };
}

/** The window's average becomes the rate; a window without any valid index leaves none. */
function closeWindow(parameters: FundingParameters, state: FundingState): FundingState {
  const cap = BigInt(parameters.capPpmPerHour) * RATE_PER_PPM;
  const divisor = BigInt(state.coveredMs) * BigInt(parameters.periodMs);
  const rate = divisor === 0n ? 0n : mulDivNearest(state.premiumSum, RATE_PER_PPM * HOUR_MS, divisor);
  return { ...state, rate: clampTo(rate, -cap, cap), elapsedMs: 0, coveredMs: 0, premiumSum: 0n };
}
