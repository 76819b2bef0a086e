import { createRandom, type Random } from '../../random/random.ts';
import type { Candle, PriceSeries } from '../types.ts';

/** Block time of the replay: one price every 15 seconds. */
export const MARKET_BRIDGE_STEP_MS = 15_000;

/**
 * Standard deviation of one step over the candle's range, times √steps: 1/√(4 ln 2), by which Parkinson (1980) reads a
 * diffusion's volatility from its high and low.
 */
const PARKINSON = 0.6005612043932249;

/**
 * A price every `stepMs` that could have made the candles: reconstructed, single-source.
 *
 * Within each candle the path starts at the open, ends (last step) at the close, touches high and low exactly, at two
 * seeded steps a twelfth of the candle apart and away from its ends, and never leaves them. High comes first with probability ((open − low) + (high − close)) / 2(high − low):
 * a candle that opens at its high and closes at its low went down, for certain. Between these four points it is a
 * Brownian bridge of the candle's own Parkinson volatility, folded back at high and low. Candles draw from their own
 * generator, so a path does not change when candles are added. `intervalMs` must be at least four steps.
 */
export function marketBridgePath(input: {
  readonly candles: readonly Candle[];
  readonly intervalMs: number;
  readonly stepMs: number;
  readonly seed: number | string;
}): PriceSeries {
  const steps = input.intervalMs / input.stepMs;
  if (!Number.isSafeInteger(steps) || steps < 4) {
    throw new RangeError(`marketBridgePath: expected an interval of at least four whole steps, found ${steps}`);
  }
  const random = createRandom(input.seed).fork('market-bridge');
  const timesMs: number[] = [];
  const pricesNano: bigint[] = [];
  for (const candle of input.candles) {
    const path = candlePath({ candle, steps, random: random.fork(String(candle.openTimeMs)) });
    for (const [step, price] of path.entries()) {
      timesMs.push(candle.openTimeMs + step * input.stepMs);
      pricesNano.push(price);
    }
  }
  return {
    name: 'market',
    label: 'market: seeded bridge through two-hour candles of one exchange (reconstructed, single-source)',
    singleSource: true,
    reconstructed: true,
    timesMs,
    pricesNano,
  };
}

type Corner = { readonly step: number; readonly price: number };

function candlePath(input: { readonly candle: Candle; readonly steps: number; readonly random: Random }): bigint[] {
  const { candle, steps, random } = input;
  const low = Number(candle.lowNano);
  const high = Number(candle.highNano);
  const prices = new Array<number>(steps).fill(low);
  const corners = cornersOf(input);
  const stepDeviation = (PARKINSON * (high - low)) / Math.sqrt(steps);
  let from: Corner = { step: 0, price: Number(candle.openNano) };
  prices[0] = from.price;
  for (const to of corners) {
    fillBridge({ prices, from, to, draw: () => stepDeviation * random.normal(), fold: (x) => folded(x, { low, high }) });
    from = to;
  }
  return prices.map((price) => BigInt(Math.round(price)));
}

function cornersOf(input: { readonly candle: Candle; readonly steps: number; readonly random: Random }): readonly Corner[] {
  const { candle, steps, random } = input;
  const open = Number(candle.openNano);
  const high = Number(candle.highNano);
  const low = Number(candle.lowNano);
  const close = Number(candle.closeNano);
  const highFirst = random.nextFloat() * 2 * (high - low) < open - low + (high - close);
  const apart = Math.max(1, Math.floor(steps / 12));
  const free = steps - 3 * apart; // the places left when open, extremes and close keep their distance
  const one = random.integerBelow(free);
  const other = random.integerBelow(free);
  return [
    { step: apart + Math.min(one, other), price: highFirst ? high : low },
    { step: 2 * apart + Math.max(one, other), price: highFirst ? low : high },
    { step: steps - 1, price: close },
  ];
}

function fillBridge(input: {
  readonly prices: number[];
  readonly from: Corner;
  readonly to: Corner;
  readonly draw: () => number;
  readonly fold: (price: number) => number;
}): void {
  const { prices, from, to } = input;
  const length = to.step - from.step;
  const walk = [0];
  for (let k = 1; k <= length; k += 1) {
    walk.push((walk[k - 1] ?? 0) + input.draw());
  }
  const end = walk[length] ?? 0;
  for (let k = 1; k < length; k += 1) {
    const share = k / length;
    const bridge = (walk[k] ?? 0) - share * end;
    prices[from.step + k] = input.fold(from.price + share * (to.price - from.price) + bridge);
  }
  prices[to.step] = to.price;
}

/** Reflects a price at low and high until it lies between them. */
function folded(price: number, range: { readonly low: number; readonly high: number }): number {
  const width = range.high - range.low;
  if (width === 0) {
    return range.low;
  }
  const turn = (((price - range.low) % (2 * width)) + 2 * width) % (2 * width);
  return range.low + (turn <= width ? turn : 2 * width - turn);
}
