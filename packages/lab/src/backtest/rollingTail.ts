import { type Ppm, sqrt } from '@plimsoll/core/numeric';
import { type EwmaParameters, ewmaVariances, longRunVariances } from '@plimsoll/core/scenarios';

/** What a filtered-historical forecast is made of. */
export interface TailParameters {
  readonly ewma: EwmaParameters;
  /** Most past days used, the latest ones. */
  readonly windowMax: number;
  /** `longRun`: volatility is at least that of all returns so far. */
  readonly volatilityFloor: 'longRun' | 'none';
}

export interface TailLevels {
  readonly confidencePpm: Ppm;
}

/** One day's forecast of the loss of one unit of value, both sides, as fractions of the price. */
export interface TailForecast {
  /** Index of the return that was forecast. */
  readonly index: number;
  /** Volatility forecast of the day, floor included. */
  readonly deviation: number;
  readonly long: SideForecast;
  readonly short: SideForecast;
}

export interface SideForecast {
  readonly loss: number;
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
  /** Forecast losses beyond value at risk ÷ expected shortfall, and their probability: what `simulateZ2` draws. */
  readonly tail: { readonly probability: number; readonly lossOverShortfall: Float64Array };
}

/**
 * One-day forecasts for the returns from `from` on: the same figures as `valueAtRisk` and `expectedShortfallAt` over `filteredReturns` (a test
 * compares them), but the standardised returns are kept in order from day to day, so a day costs one insertion instead of one sort.
 */
export function rollingTail(
  returns: Float64Array,
  parameters: TailParameters,
  request: TailLevels & { readonly from: number },
): readonly TailForecast[] {
  const { seedCount } = parameters.ewma;
  const variances = ewmaVariances(returns, parameters.ewma);
  const floors = parameters.volatilityFloor === 'longRun' ? longRunVariances(returns, seedCount) : null;
  const ordered = createOrderedWindow(Math.min(parameters.windowMax, returns.length) + 1);
  const share = (1_000_000 - request.confidencePpm) / 1e6;
  const standardised = (index: number): number => {
    const variance = variances[index] ?? 0;
    const value = returns[index] ?? 0;
    return variance > 0 ? value / sqrt(variance) : 0;
  };
  const forecasts: TailForecast[] = [];
  for (let index = seedCount; index < returns.length; index += 1) {
    if (index >= request.from && ordered.length() > 0) {
      const deviation = sqrt(Math.max(variances[index] ?? 0, floors?.[index] ?? 0));
      const value = returns[index] ?? 0;
      forecasts.push({
        index,
        deviation,
        long: sideOf(ordered, { share, deviation, loss: -value, side: 'low' }),
        short: sideOf(ordered, { share, deviation, loss: value, side: 'high' }),
      });
    }
    ordered.insert(standardised(index));
    if (ordered.length() > parameters.windowMax) ordered.remove(standardised(index - parameters.windowMax));
  }
  return forecasts;
}

function sideOf(
  ordered: OrderedWindow,
  day: { readonly share: number; readonly deviation: number; readonly loss: number; readonly side: 'low' | 'high' },
): SideForecast {
  const { share, deviation, loss, side } = day;
  const count = ordered.length();
  // The k-th largest loss of a long is the k-th smallest return; of a short, the k-th largest.
  const kth = (k: number): number => deviation * (side === 'low' ? -ordered.at(k - 1) : ordered.at(count - k));
  const place = share * (count + 1);
  const above = Math.min(count, Math.max(1, Math.floor(place)));
  const below = Math.min(count, above + 1);
  const valueAtRisk = kth(above) + Math.min(1, Math.max(0, place - above)) * (kth(below) - kth(above));
  const mass = Math.max(1, share * count);
  let sum = 0;
  for (let k = 1; k <= Math.floor(mass); k += 1) sum += kth(k);
  const fraction = mass - Math.floor(mass);
  if (fraction > 0) sum += fraction * kth(Math.floor(mass) + 1);
  const expectedShortfall = sum / mass;
  const lossOverShortfall = Float64Array.from({ length: above }, (_, k) => kth(k + 1) / expectedShortfall);
  return { loss, valueAtRisk, expectedShortfall, tail: { probability: share, lossOverShortfall } };
}

/** A sorted window of doubles; insertion and removal move memory, look-up is by binary search. */
interface OrderedWindow {
  readonly length: () => number;
  readonly at: (index: number) => number;
  readonly insert: (value: number) => void;
  readonly remove: (value: number) => void;
}

function createOrderedWindow(capacity: number): OrderedWindow {
  const values = new Float64Array(capacity);
  let length = 0;
  const at = (index: number): number => values[index] ?? Number.NaN;
  const lowerBound = (value: number): number => {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    length: () => length,
    at,
    insert: (value) => {
      const place = lowerBound(value);
      values.copyWithin(place + 1, place, length);
      values[place] = value;
      length += 1;
    },
    remove: (value) => {
      const place = lowerBound(value);
      if (place >= length || values[place] !== value) throw new Error('the value that leaves the window is not in it');
      values.copyWithin(place, place + 1, length);
      length -= 1;
    },
  };
}
