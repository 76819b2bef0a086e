/**
 * Haircuts by size. A band's haircut applies to the part of an amount inside the band (`AssetRiskParameters.haircuts`), so credit is
 * the area under 1 − haircut: concave, and never lower for more. It equals c(V) = max over v ≤ V of v·(1 − h(v)) with h(v) the average
 * haircut of the first v units, because v·(1 − h(v)) is that area and does not fall (design, "Collateral quality").
 */

import type { HaircutBand } from '../../assets/parameters.ts';
import { assert } from '../../numeric/assert.ts';
import { type Amount, amount, PPM_ONE, type Ppm, type Price, ppm, type Ticks, ticks } from '../../numeric/brand.ts';
import { AMOUNT_MAX } from '../../numeric/limits.ts';
import { mulDivDown, mulDivUp } from '../../numeric/rounding.ts';
import { createDepthCurve, type DepthBand, type DepthCurve, depthWithin } from '../depthCurve.ts';

const ONE: bigint = BigInt(PPM_ONE);
/** 1e-9 USD in a tick of 1e-6. */
const NANO_PER_TICK: bigint = 1_000n;

export interface HaircutInput {
  readonly curve: DepthCurve;
  /** Fall of the price before the sale; zero for an asset inside the scenarios, which charge it there. */
  readonly movePpm: Ppm;
  /** Charged on top for what is not known. */
  readonly penaltyPpm: Ppm;
  readonly price: Price;
  /** Ledger units in one feed unit. */
  readonly feedUnit: Amount;
}

/**
 * Bands in ledger units: h = 1 − (1 − move)(1 − impact) + penalty, rounded up, at most one; ends rounded down. The price falls first
 * and what is left is sold, so the two compound. Bands of equal haircut are joined.
 */
export function haircutBands(input: HaircutInput): readonly HaircutBand[] {
  const bands: HaircutBand[] = [];
  let reached = 0n;
  for (const band of input.curve.bands) {
    const haircutPpm = haircutOf(input, band.impactPpm);
    const upTo = band.upTo === null ? null : unitsOf(band.upTo, input);
    if (upTo !== null && upTo <= reached) continue;
    if (bands[bands.length - 1]?.haircutPpm === haircutPpm) bands.pop();
    bands.push({ upTo: upTo === null ? null : amount(upTo), haircutPpm });
    if (upTo === null || upTo >= AMOUNT_MAX) break;
    reached = upTo;
  }
  const last = bands[bands.length - 1];
  assert(last !== undefined, 'A depth curve has an open band.');
  return [...bands.slice(0, -1), { upTo: null, haircutPpm: last.haircutPpm }];
}

function haircutOf(input: HaircutInput, impactPpm: Ppm): Ppm {
  const left = mulDivDown(ONE - BigInt(input.movePpm), ONE - BigInt(impactPpm), ONE) - BigInt(input.penaltyPpm);
  return ppm(Number(left > 0n ? ONE - left : ONE));
}

/** Ledger units worth a value, rounded down, at most the largest amount. */
function unitsOf(value: Ticks, at: { readonly price: Price; readonly feedUnit: Amount }): bigint {
  const units = mulDivDown<bigint>(value * NANO_PER_TICK, at.feedUnit, at.price);
  return units < AMOUNT_MAX ? units : AMOUNT_MAX;
}

/** `unitsOf` as an amount. */
export function amountWorth(value: Ticks, at: { readonly price: Price; readonly feedUnit: Amount }): Amount {
  return amount(unitsOf(value, at));
}

/** Value of an amount, ticks, rounded up: the size of a sale is not understated. */
export function valueOfAmount(held: Amount, at: { readonly price: Price; readonly feedUnit: Amount }): Ticks {
  return ticks(mulDivUp<bigint>(held, at.price, BigInt(at.feedUnit) * NANO_PER_TICK));
}

/** Ledger units that count, rounded down: Σ part in band · (1 − haircut). Concave and non-decreasing in the amount. */
export function creditUnits(bands: readonly HaircutBand[], held: Amount): Amount {
  assert(held >= 0n, 'Collateral is not negative.');
  let scaled = 0n;
  let from = 0n;
  for (const band of bands) {
    const to: bigint = band.upTo === null || held < band.upTo ? held : band.upTo;
    if (to <= from) break;
    scaled += (to - from) * (ONE - BigInt(band.haircutPpm));
    from = to;
  }
  return amount(mulDivDown(scaled, 1n, ONE));
}

/** The haircut of a whole amount, rounded up; that of the first unit for nothing. */
export function averageHaircutPpm(bands: readonly HaircutBand[], held: Amount): Ppm {
  if (held === 0n) return bands[0]?.haircutPpm ?? PPM_ONE;
  return ppm(Number(ONE - mulDivDown<bigint>(creditUnits(bands, held), ONE, held)));
}

/**
 * The same curve in few bands: each ends where the marginal impact leaves a step of the grid and charges the highest impact inside, so
 * it is never cheaper. Beyond the last step a sale brings nothing.
 */
export function coarseCurve(curve: DepthCurve, gridPpm: readonly Ppm[]): DepthCurve {
  const bands: DepthBand[] = [];
  let reached: Ticks = ticks(0n);
  for (const step of gridPpm) {
    const end = depthWithin(curve, step);
    if (end !== null && end <= reached) continue;
    const impactPpm = highestWithin(curve, step);
    if (end === null) return createDepthCurve([...bands, { upTo: null, impactPpm }]);
    bands.push({ upTo: end, impactPpm });
    reached = end;
  }
  return createDepthCurve([...bands, { upTo: null, impactPpm: PPM_ONE }]);
}

function highestWithin(curve: DepthCurve, step: Ppm): Ppm {
  return curve.bands.reduce((highest, band) => (band.impactPpm <= step ? band.impactPpm : highest), ppm(0));
}
