/**
 * Reference model of Mango v4's stable price (cookbook B7.4; vector V62).
 *
 * Formulas: blockworks-foundation/mango-v4 `programs/mango-v4/src/state/stable_price.rs`, re-implemented. Prices are doubles in any
 * one unit, times whole seconds. The source keeps its two growth limits as 32-bit floats and widens them before use, which
 * moves the figures of V62 by a few 1e-8; the recomputed figures of V62 come from the decimal limits. Both sets are here.
 */

const DELAY_INTERVALS = 24;
const MINIMUM_STEP_SECONDS = 10;
const MAXIMUM_STEP_SECONDS = 600;

export type MangoStablePriceParameters = {
  readonly delayIntervalSeconds: number;
  /** Largest relative move of the delayed price between intervals. */
  readonly delayGrowthLimit: number;
  /** Largest relative move of the stable price per second. */
  readonly stableGrowthLimit: number;
};

/** The source's documented defaults: one hour, 6 % an interval, 0.03 % a second. */
export const MANGO_STABLE_PRICE_PARAMETERS: MangoStablePriceParameters = {
  delayIntervalSeconds: 3_600,
  delayGrowthLimit: 0.06,
  stableGrowthLimit: 0.0003,
};

/** The same as the deployed program computes with them: it stores both limits as 32-bit floats. */
export const MANGO_STABLE_PRICE_PARAMETERS_AS_STORED: MangoStablePriceParameters = {
  delayIntervalSeconds: 3_600,
  delayGrowthLimit: Math.fround(0.06),
  stableGrowthLimit: Math.fround(0.0003),
};

/** Plain value: an update returns a new one. `delayPrices` always has 24 entries, one per interval of the day. */
export type MangoStablePriceState = {
  readonly stablePrice: number;
  readonly lastUpdateSeconds: number;
  readonly delayPrices: readonly number[];
  readonly accumulatedPriceSeconds: number;
  readonly accumulatedSeconds: number;
  readonly lastInterval: number;
};

/** A model that has always seen this price. */
export function createMangoStablePrice(price: number, nowSeconds: number): MangoStablePriceState {
  return {
    stablePrice: price,
    lastUpdateSeconds: nowSeconds,
    delayPrices: new Array<number>(DELAY_INTERVALS).fill(price),
    accumulatedPriceSeconds: 0,
    accumulatedSeconds: 0,
    lastInterval: 0,
  };
}

/**
 * One observation of the oracle. Ignored when less than 10 s after the last; a longer gap counts as at most 10 minutes.
 *
 * On the first observation of a new interval the average of the past one, limited to ±`delayGrowthLimit` of its
 * predecessor, is stored where it will be read a day later. Then stable = clamp(oracle, stable·(1 ± g)) with
 * g = stableGrowthLimit · fraction² · step and fraction = min(delay, stable) / max(delay, stable).
 */
export function updateMangoStablePrice(
  state: MangoStablePriceState,
  observation: { readonly nowSeconds: number; readonly oraclePrice: number },
  parameters: MangoStablePriceParameters,
): MangoStablePriceState {
  const elapsed = observation.nowSeconds - state.lastUpdateSeconds;
  if (elapsed < MINIMUM_STEP_SECONDS) return state;
  const step = Math.min(elapsed, MAXIMUM_STEP_SECONDS);
  const accumulatedSeconds = state.accumulatedSeconds + elapsed;
  const accumulatedPriceSeconds = state.accumulatedPriceSeconds + observation.oraclePrice * step;
  const interval = Math.floor(observation.nowSeconds / parameters.delayIntervalSeconds) % DELAY_INTERVALS;
  const isNewInterval = interval !== state.lastInterval;
  const delayPrices = isNewInterval
    ? storeDelayPrice({
        delayPrices: state.delayPrices,
        average: accumulatedPriceSeconds / accumulatedSeconds,
        growthLimit: parameters.delayGrowthLimit,
        from: state.lastInterval,
        to: interval,
        isWholeDay: elapsed > DELAY_INTERVALS * parameters.delayIntervalSeconds,
      })
    : state.delayPrices;
  const delayPrice = delayPriceAt(delayPrices, interval);
  const previous = state.stablePrice;
  const fraction = delayPrice >= previous ? previous / delayPrice : delayPrice / previous;
  const limit = parameters.stableGrowthLimit * fraction * fraction * step;
  return {
    stablePrice: clampGrowth(observation.oraclePrice, previous, limit),
    lastUpdateSeconds: observation.nowSeconds,
    delayPrices,
    accumulatedPriceSeconds: isNewInterval ? 0 : accumulatedPriceSeconds,
    accumulatedSeconds: isNewInterval ? 0 : accumulatedSeconds,
    lastInterval: interval,
  };
}

/** Writes the new delayed price over every interval from `from` up to, not including, `to`, around the end of the day. */
function storeDelayPrice(inputs: {
  readonly delayPrices: readonly number[];
  readonly average: number;
  readonly growthLimit: number;
  readonly from: number;
  readonly to: number;
  readonly isWholeDay: boolean;
}): readonly number[] {
  const previous = delayPriceAt(inputs.delayPrices, (inputs.from + DELAY_INTERVALS - 1) % DELAY_INTERVALS);
  const price = clampGrowth(inputs.average, previous, inputs.growthLimit);
  const length = (inputs.to - inputs.from + DELAY_INTERVALS) % DELAY_INTERVALS;
  return inputs.delayPrices.map((old, index) => {
    const distance = (index - inputs.from + DELAY_INTERVALS) % DELAY_INTERVALS;
    return inputs.isWholeDay || distance < length ? price : old;
  });
}

function clampGrowth(target: number, previous: number, limit: number): number {
  return Math.min(Math.max(target, previous * (1 - limit)), previous * (1 + limit));
}

function delayPriceAt(delayPrices: readonly number[], interval: number): number {
  const price = delayPrices[interval];
  if (price === undefined) throw new RangeError(`There is no delay interval ${interval}.`);
  return price;
}
