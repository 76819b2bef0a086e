/**
 * The slow price of a feed: it follows the oracle at a limited speed, and the speed falls with the square of how far it
 * already stands from where the price was a day ago. A spike, even one that lasts hours, moves it little. Initial margin
 * charges the gap (`adverseGap`); maintenance never sees it.
 *
 * The model is that of Mango v4 (`state/stable_price.rs`, cookbook B7.4) in integers:
 *   dt     time since the last update, ignored below minStepMs, counted as at most maxStepMs
 *   delay  a ring of one price per interval: the interval's average, held within ± delayGrowthPpm of the one before
 *   then   the delay price of the present ring slot, which is `intervals` intervals old
 *   g      growthPpmPerSecond · dt · (min(then, slow) / max(then, slow))²
 *   slow   the oracle price, held within slow·(1 − g) and slow·(1 + g)
 * Values carry nine more decimals than a price (1e-18 USD), so that a tiny price still moves; growth rounds down.
 */

import { addNumber, clampTo, compareBigint, max, min } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type DurationMs, type Ppm, type Price, price, type TimeMs } from '../numeric/brand.ts';
import { durationBetween } from '../numeric/ratio.ts';
import { mulDivDown, mulDivDownNumber, mulDivNearest } from '../numeric/rounding.ts';

export interface SlowPriceParameters {
  /** Length of one delay interval (one hour). */
  readonly intervalMs: DurationMs;
  /** Intervals in the ring (24). */
  readonly intervals: number;
  /** Most that one delay price may differ from the one before (60000). */
  readonly delayGrowthPpm: Ppm;
  /** Fastest movement of the slow price per second (300). */
  readonly growthPpmPerSecond: Ppm;
  /** Updates closer together are ignored (10 s). */
  readonly minStepMs: DurationMs;
  /** A longer gap counts as this (600 s). */
  readonly maxStepMs: DurationMs;
}

export interface SlowPriceState {
  /** 1e-18 USD. */
  readonly value: bigint;
  readonly updatedMs: TimeMs;
  /** Number of the current interval since 1970. */
  readonly interval: number;
  /** Ring: the delay price that interval k reads stands at k mod length, 1e-18 USD. */
  readonly delay: readonly bigint[];
  /** Average of the current interval in the making: Σ price · dt and Σ dt. */
  readonly accumulated: bigint;
  readonly accumulatedMs: number;
}

/** A slow price that starts at `current`. */
export function createSlowPrice(parameters: SlowPriceParameters, current: Price, nowMs: TimeMs): SlowPriceState {
  const value = scaled(current);
  return {
    value,
    updatedMs: nowMs,
    interval: mulDivDownNumber<number>(nowMs, 1, parameters.intervalMs),
    delay: Array.from({ length: parameters.intervals }, () => value),
    accumulated: 0n,
    accumulatedMs: 0,
  };
}

/** Moves the slow price to block time `nowMs` toward `current`. The caller asks the ladder first (`updateSlow`). */
export function advanceSlowPrice(
  parameters: SlowPriceParameters,
  state: SlowPriceState,
  current: Price,
  nowMs: TimeMs,
): SlowPriceState {
  const elapsedMs = durationBetween(state.updatedMs, nowMs);
  if (elapsedMs < parameters.minStepMs) return state;
  const dtMs = Math.min(elapsedMs, parameters.maxStepMs);
  const target = scaled(current);
  const delayed = advanceDelay(parameters, state, { target, dtMs, nowMs });
  const then = ringAt(delayed.delay, delayed.interval);
  return { ...delayed, value: approach(parameters, { value: state.value, then, target, dtMs }), updatedMs: nowMs };
}

/** The slow price as a price, rounded to the nearest 1e-9 USD (at least one). */
export function slowPriceOf(state: SlowPriceState): Price {
  return price(max<bigint>(1n, mulDivNearest<bigint>(state.value, 1n, SLOW_SCALE)));
}

/** Faults of the slow price's parameters; empty when they may be used. */
export function validateSlowPriceParameters(
  parameters: SlowPriceParameters,
): readonly { readonly field: string; readonly reason: string }[] {
  const p = parameters;
  const faults: { field: string; reason: string }[] = [];
  if (p.intervalMs <= 0) faults.push({ field: 'intervalMs', reason: 'is positive' });
  if (!Number.isSafeInteger(p.intervals) || p.intervals < 1 || p.intervals > 168) {
    faults.push({ field: 'intervals', reason: 'is an integer from 1 to 168' });
  }
  if (p.delayGrowthPpm < 1 || p.delayGrowthPpm >= 1_000_000) {
    faults.push({ field: 'delayGrowthPpm', reason: 'is from 1 to 999999' });
  }
  if (p.growthPpmPerSecond < 1) faults.push({ field: 'growthPpmPerSecond', reason: 'is positive' });
  if (p.minStepMs <= 0) faults.push({ field: 'minStepMs', reason: 'is positive' });
  if (p.maxStepMs < p.minStepMs) faults.push({ field: 'maxStepMs', reason: 'is not below minStepMs' });
  if (p.maxStepMs > p.intervalMs) faults.push({ field: 'maxStepMs', reason: 'is not above intervalMs' });
  if (BigInt(p.growthPpmPerSecond) * BigInt(p.maxStepMs) >= PPM * MS_PER_SECOND) {
    faults.push({ field: 'growthPpmPerSecond', reason: 'over maxStepMs stays below 1000000 ppm' });
  }
  return faults;
}

const SLOW_SCALE: bigint = 1_000_000_000n;
const PPM: bigint = 1_000_000n;
const MS_PER_SECOND: bigint = 1000n;

/** Adds this step to the interval's average and, where an interval ended, files its delay price. */
function advanceDelay(
  parameters: SlowPriceParameters,
  state: SlowPriceState,
  step: { readonly target: bigint; readonly dtMs: number; readonly nowMs: TimeMs },
): SlowPriceState {
  const accumulated = state.accumulated + step.target * BigInt(step.dtMs);
  const accumulatedMs = addNumber<number>(state.accumulatedMs, step.dtMs);
  const interval = mulDivDownNumber<number>(step.nowMs, 1, parameters.intervalMs);
  if (interval === state.interval) return { ...state, accumulated, accumulatedMs };
  const before = ringAt(state.delay, addNumber<number>(state.interval, parameters.intervals - 1));
  const average = mulDivDown(accumulated, 1n, BigInt(accumulatedMs));
  const delayPrice = within(average, before, mulDivDown(before, BigInt(parameters.delayGrowthPpm), PPM));
  const delay = [...state.delay];
  const ended = Math.min(interval - state.interval, parameters.intervals);
  for (let index = 0; index < ended; index += 1) delay[(state.interval + index) % parameters.intervals] = delayPrice;
  return { ...state, interval, delay, accumulated: 0n, accumulatedMs: 0 };
}

/** One speed-limited step toward the target. */
function approach(
  parameters: SlowPriceParameters,
  at: { readonly value: bigint; readonly then: bigint; readonly target: bigint; readonly dtMs: number },
): bigint {
  const smaller = min(at.then, at.value);
  const larger = compareBigint(at.then, at.value) < 0 ? at.value : at.then;
  const speed = at.value * BigInt(parameters.growthPpmPerSecond) * BigInt(at.dtMs);
  const most = mulDivDown(speed, smaller * smaller, larger * larger * PPM * MS_PER_SECOND);
  return within(at.target, at.value, most);
}

function within(target: bigint, around: bigint, most: bigint): bigint {
  return clampTo(target, around - most, around + most);
}

function ringAt(ring: readonly bigint[], interval: number): bigint {
  const value = ring[interval % ring.length];
  assert(value !== undefined, 'The ring of delay prices is full from the start.');
  return value;
}

function scaled(current: Price): bigint {
  return mulDivDown<bigint>(current, SLOW_SCALE, 1n);
}
