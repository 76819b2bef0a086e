/**
 * Wrong-way risk: collateral that falls just when what it backs loses. A haircut is needed in the liquidation, so its confidence is
 * asked given the liquidation. With jointly normal moves of correlation ρ, given that the position has made its own z-sigma loss, the
 * collateral's z-quantile is z·(ρ + √(1 − ρ²)) sigmas instead of z: the conditional mean plus z of what is left. (Conditional normal
 * distribution; the same reading of wrong-way risk as in Hull and White, "CVA and Wrong-Way Risk", Financial Analysts Journal 68 (2012).)
 * Beyond ρ = √½ that expression falls again; a higher correlation never lowers a haircut here, so its maximum √2 is kept.
 */

import { type DurationMs, PPM_ONE, type Ppm, ppm } from '../../numeric/brand.ts';
import { isqrtDown, isqrtUp, mulDivUp } from '../../numeric/rounding.ts';
import { barReturns, historySince, lastBar, type PriceHistory } from './priceHistory.ts';

/** What the backed position loses on: `long` on falls, `short` (a short position, or a debt in it) on rises, `either` on the worse. */
export type BackedSide = 'long' | 'short' | 'either';

export interface WrongWay {
  readonly side: BackedSide;
  /** Correlation of bar returns over all common bars and over the recent ones; null where they are too few. */
  readonly wholePpm: Ppm | null;
  readonly recentPpm: Ppm | null;
  readonly commonBars: number;
  /** The worse of the two, signed so that positive hurts; one where nothing could be measured. */
  readonly countedPpm: Ppm;
  readonly isMeasured: boolean;
  /** What the market move is multiplied by, from 1 000 000 to 1 414 214. */
  readonly factorPpm: Ppm;
}

const ONE: bigint = BigInt(PPM_ONE);
/** ⌈√2⌉ in ppm. */
const ROOT_TWO: bigint = 1_414_214n;

/** The wrong-way factor of collateral that backs something with this price history. */
export function wrongWay(input: {
  readonly collateral: PriceHistory;
  readonly backed: PriceHistory;
  readonly side: BackedSide;
  readonly recentMs: DurationMs;
  readonly commonBarsMin: number;
}): WrongWay {
  const { collateral, backed, side } = input;
  const whole = correlationPpm(collateral, backed);
  const isMeasured = whole.ppm !== null && whole.commonBars >= input.commonBarsMin;
  const last = lastBar(collateral);
  const since = (last === null ? 0 : last.openMs) - input.recentMs;
  const recent = correlationPpm(historySince(collateral, since), historySince(backed, since));
  const recentPpm = recent.commonBars >= input.commonBarsMin ? recent.ppm : null;
  const measured = [whole.ppm, recentPpm].flatMap((value) => (value === null ? [] : [adverse(value, side)]));
  const countedPpm = isMeasured ? ppm(measured.reduce<number>((worst, value) => Math.max(worst, value), -PPM_ONE)) : PPM_ONE;
  return {
    side,
    wholePpm: isMeasured ? whole.ppm : null,
    recentPpm: isMeasured ? recentPpm : null,
    commonBars: whole.commonBars,
    countedPpm,
    isMeasured,
    factorPpm: wrongWayFactorPpm(countedPpm),
  };
}

/** max over r from 0 to ρ of r + √(1 − r²), ppm, rounded up; 1 for what is not positive. */
export function wrongWayFactorPpm(correlation: Ppm): Ppm {
  if (correlation <= 0) return PPM_ONE;
  const rho = BigInt(correlation);
  if (2n * rho * rho >= ONE * ONE) return ppm(Number(ROOT_TWO));
  return ppm(Number(rho + isqrtUp(ONE * ONE - rho * rho)));
}

/**
 * Pearson correlation of the returns of common bars (same length, same open time), ppm, away from zero. Null below two common bars or
 * where one of the two never moved.
 */
export function correlationPpm(
  first: PriceHistory,
  second: PriceHistory,
): { readonly ppm: Ppm | null; readonly commonBars: number } {
  let count = 0n;
  const sums = { x: 0n, y: 0n, xx: 0n, yy: 0n, xy: 0n };
  for (const segment of first) {
    const others = new Map<number, bigint>();
    for (const other of second) {
      if (other.barMs === segment.barMs) for (const { openMs, nano } of barReturns(other)) others.set(openMs, nano);
    }
    if (others.size === 0) continue;
    for (const { openMs, nano } of barReturns(segment)) {
      const y = others.get(openMs);
      if (y === undefined) continue;
      count += 1n;
      sums.x += nano;
      sums.y += y;
      sums.xx += nano * nano;
      sums.yy += y * y;
      sums.xy += nano * y;
    }
  }
  const commonBars = Number(count);
  const spreadX = count * sums.xx - sums.x * sums.x;
  const spreadY = count * sums.yy - sums.y * sums.y;
  if (commonBars < 2 || spreadX === 0n || spreadY === 0n) return { ppm: null, commonBars };
  const joint = count * sums.xy - sums.x * sums.y;
  const size = mulDivUp(joint < 0n ? -joint : joint, ONE, isqrtDown(spreadX * spreadY));
  const capped = Number(size < ONE ? size : ONE);
  return { ppm: ppm(joint < 0n ? -capped : capped), commonBars };
}

function adverse(correlation: Ppm, side: BackedSide): number {
  switch (side) {
    case 'long':
      return correlation;
    case 'short':
      return 0 - correlation;
    case 'either':
      return Math.abs(correlation);
  }
}
