/**
 * Black-76 over columns: price and five Greeks of every row in one pass, without allocation.
 *
 * Most rows are computed here; a boundary case, or a strike beyond a factor of 8192 from the forward, by `black76Greeks`.
 * A row's result depends on its own inputs alone, so order and batch size change no bit. Error of the price below 1e-14 of the
 * forward (discounted), and of each Greek below 1e-12 of its scale: measured in docs/options.md against 320-bit arithmetic.
 *
 * Where a plain implementation spends its time, and what is done about it: Φ(d1), φ(d1) and Φ(d2) come from one table of Taylor
 * polynomials, the density being the derivative of the polynomial, so there is no exponential; ln(K/F) from a table and a short
 * series; one division per row; √T, 1/T and the discount are kept while rows share them, as the strikes of a chain do.
 */

import { assert } from '../numeric/assert.ts';
import { exp, log } from '../numeric/deterministicMath.ts';
import {
  LOG_CELLS,
  LOG_HIGH,
  LOG_LOW,
  LOG_TABLE,
  NORMAL_CELLS,
  NORMAL_REACH,
  NORMAL_SHIFT,
  NORMAL_TABLE,
} from '../numeric/pricingTables.ts';
import { TOTAL_VOLATILITY_MAX } from './black76.ts';
import { black76Greeks, createOptionGreeks } from './black76Greeks.ts';

/** Options as columns; units as `Black76Input`. */
export interface OptionColumns {
  readonly forward: Float64Array;
  readonly strike: Float64Array;
  readonly volatility: Float64Array;
  readonly years: Float64Array;
  /** Continuous rate per year of the discount e^(−rate·years); may be negative. */
  readonly rate: Float64Array;
  /** 1 for a put, 0 for a call. */
  readonly isPut: Uint8Array;
}

/** Results as columns; units as `OptionGreeks`. */
export interface GreeksColumns {
  readonly value: Float64Array;
  readonly delta: Float64Array;
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  readonly theta: Float64Array;
  readonly rho: Float64Array;
}

/** Empty columns for so many options. */
export function createOptionColumns(count: number): OptionColumns {
  return {
    forward: new Float64Array(count),
    strike: new Float64Array(count),
    volatility: new Float64Array(count),
    years: new Float64Array(count),
    rate: new Float64Array(count),
    isPut: new Uint8Array(count),
  };
}

/** Columns for `fillGreeks` to fill. */
export function createGreeksColumns(count: number): GreeksColumns {
  return {
    value: new Float64Array(count),
    delta: new Float64Array(count),
    gamma: new Float64Array(count),
    vega: new Float64Array(count),
    theta: new Float64Array(count),
    rho: new Float64Array(count),
  };
}

/**
 * Prices rows `from` to `to` (excluded). Columns must be that long (asserted). Longer than the style's seventy lines, because a
 * call per row would cost more than the row.
 */
export function fillGreeks(
  options: OptionColumns,
  target: GreeksColumns,
  range: { readonly from: number; readonly to: number },
): void {
  const { from, to } = range;
  assert(from >= 0 && from <= to && to <= shortest(options, target), 'A batch lies inside its columns.');
  const { forward, strike, volatility, years, rate, isPut } = options;
  const { value, delta, gamma, vega, theta, rho } = target;
  // Local names for what is read in the loop: a loader may turn an imported name into a call.
  const normal = NORMAL_TABLE;
  const logarithm = LOG_TABLE;
  // The layout of the tables as literals, which the compiler can fold; `assertLayout` keeps them true.
  const cells = 64;
  const reach = 8.5;
  const shift = 3;
  const logCells = 128;
  const logLow = 0.25;
  const logHigh = 4;
  const ratioMin = 1 / 8192;
  const ratioMax = 8192;
  const totalMax = 24;
  assertLayout(cells === NORMAL_CELLS && reach === NORMAL_REACH && shift === NORMAL_SHIFT);
  assertLayout(logCells === LOG_CELLS && logLow === LOG_LOW && logHigh === LOG_HIGH && totalMax === TOTAL_VOLATILITY_MAX);
  let rowYears = Number.NaN;
  let rowRate = Number.NaN;
  let rootYears = 0;
  let minusHalfOverYears = 0;
  let discount = 1;
  // Rows stay below the length asserted above, and cells inside their tables by the tests before them: every read is of a number.
  for (let row = from; row < to; row += 1) {
    const f = forward[row] as number;
    const k = strike[row] as number;
    const t = years[row] as number;
    const r = rate[row] as number;
    if (t !== rowYears || r !== rowRate) {
      rowYears = t;
      rowRate = r;
      rootYears = Math.sqrt(t);
      minusHalfOverYears = -0.5 / t;
      discount = r === 0 || !(t > 0) ? 1 : exp(-r * t);
    }
    const sigma = volatility[row] as number;
    const total = sigma * rootYears;
    const inverse = 1 / (f * total);
    const ratio = k * total * inverse;
    // Not a number fails here too.
    if (!(ratio >= ratioMin && ratio <= ratioMax && total > 0 && total < totalMax)) {
      fillRow(options, target, row, discount);
      continue;
    }
    let logRatio = 0;
    if (ratio >= logLow && ratio < logHigh) {
      const scaled = ratio * logCells;
      const logCell = scaled | 0;
      const x = (scaled - logCell - 0.5) * (logarithm[logCell << 1] as number);
      const xx = x * x;
      const series = x - xx * (0.5 - x * (1 / 3) + xx * (0.25 - 0.2 * x + xx * (1 / 6)));
      logRatio = (logarithm[(logCell << 1) + 1] as number) + series;
    } else logRatio = log(ratio);
    const one = 0.5 * total - logRatio * f * inverse;
    const two = one - total;
    let cdfOne = 0;
    let cdfTwo = 0;
    let density = 0;
    if (one >= reach) cdfOne = 1;
    else if (one > -reach) {
      const shifted = (one + reach) * cells;
      const cell = shifted | 0;
      const u = shifted - cell - 0.5;
      const uu = u * u;
      const c = cell << shift;
      const c1 = normal[c + 1] as number;
      const c2 = normal[c + 2] as number;
      const c3 = normal[c + 3] as number;
      const c4 = normal[c + 4] as number;
      const c5 = normal[c + 5] as number;
      const c6 = normal[c + 6] as number;
      cdfOne = (normal[c] as number) + u * (c1 + u * c2 + uu * (c3 + u * c4 + uu * (c5 + u * c6)));
      density = cells * (c1 + u * (2 * c2) + uu * (3 * c3 + u * (4 * c4) + uu * (5 * c5 + u * (6 * c6))));
    }
    if (two >= reach) cdfTwo = 1;
    else if (two > -reach) {
      const shifted = (two + reach) * cells;
      const cell = shifted | 0;
      const u = shifted - cell - 0.5;
      const uu = u * u;
      const c = cell << shift;
      const low = (normal[c + 1] as number) + u * (normal[c + 2] as number);
      const middle = (normal[c + 3] as number) + u * (normal[c + 4] as number);
      const high = (normal[c + 5] as number) + u * (normal[c + 6] as number);
      cdfTwo = (normal[c] as number) + u * (low + uu * (middle + uu * high));
    }
    const put = isPut[row] as number;
    const parity = (f * cdfOne - k * cdfTwo - put * (f - k)) * discount;
    const price = parity > 0 ? parity : 0;
    const weight = discount * density;
    const perVolatility = f * weight * rootYears;
    value[row] = price;
    delta[row] = discount * (cdfOne - put);
    gamma[row] = weight * inverse;
    vega[row] = perVolatility;
    theta[row] = r * price + perVolatility * sigma * minusHalfOverYears;
    rho[row] = 0 - t * price;
  }
}

function assertLayout(isTrue: boolean): void {
  assert(isTrue, 'The kernel knows the layout of its tables.');
}

/** One row the long way. */
function fillRow(options: OptionColumns, target: GreeksColumns, row: number, discount: number): void {
  const greeks = createOptionGreeks();
  black76Greeks(
    {
      right: options.isPut[row] === 1 ? 'put' : 'call',
      forward: options.forward[row] as number,
      strike: options.strike[row] as number,
      volatility: options.volatility[row] as number,
      years: options.years[row] as number,
      discount,
    },
    greeks,
  );
  target.value[row] = greeks.value;
  target.delta[row] = greeks.delta;
  target.gamma[row] = greeks.gamma;
  target.vega[row] = greeks.vega;
  target.theta[row] = greeks.theta;
  target.rho[row] = greeks.rho;
}

function shortest(options: OptionColumns, target: GreeksColumns): number {
  const { forward, strike, volatility, years, rate, isPut } = options;
  const inputs = Math.min(forward.length, strike.length, volatility.length, years.length, rate.length, isPut.length);
  const { value, delta, gamma, vega, theta, rho } = target;
  return Math.min(inputs, value.length, delta.length, gamma.length, vega.length, theta.length, rho.length);
}
