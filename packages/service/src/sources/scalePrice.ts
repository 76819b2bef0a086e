import { type Ppm, PRICE_MAX, type Price, ppm, price, TIME_MS_MAX, type TimeMs, timeMs } from '@plimsoll/core/numeric';
import { type FeedMapping, PayloadFault } from './sourceReport.ts';

/** Decimals of a `Price`: 1e-9 USD. */
const PRICE_DECIMALS = 9;
const EXPONENT_MAX = 64;
const MILLION = 1_000_000n;

/**
 * `mantissa · 10^exponent` USD per quoted unit as a price per feed unit, rounded down: at most a nano USD too low. Throws `valueOutOfRange` for
 * what is not positive then, or too large.
 */
export function scalePrice(mantissa: bigint, exponent: number, { feedUnits }: FeedMapping): Price {
  if (!Number.isInteger(exponent) || exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
    throw new PayloadFault('valueOutOfRange', `the exponent ${exponent} is beyond ±${EXPONENT_MAX}`);
  if (mantissa <= 0n) throw new PayloadFault('valueOutOfRange', `the price ${mantissa}e${exponent} is not positive`);
  const shift = exponent + PRICE_DECIMALS;
  // Both sides are positive, so that the division rounds down.
  const scaled = shift >= 0 ? (mantissa * 10n ** BigInt(shift)) / feedUnits : mantissa / (10n ** BigInt(-shift) * feedUnits);
  if (scaled <= 0n || scaled > PRICE_MAX)
    throw new PayloadFault('valueOutOfRange', `the price ${mantissa}e${exponent} is no price of this feed`);
  return price(scaled);
}

/** `halfWidth ÷ middle` in ppm, rounded up; a negative width counts as its size. `middle` is positive. At most a hundredfold: the core refuses far less. */
export function confidencePpm(halfWidth: bigint, middle: bigint): Ppm {
  const width = halfWidth < 0n ? -halfWidth : halfWidth;
  const ratio = (width * MILLION + middle - 1n) / middle;
  return ppm(Number(ratio < CONFIDENCE_MAX ? ratio : CONFIDENCE_MAX));
}

const CONFIDENCE_MAX = 100n * MILLION;

/** Unix seconds as block time; throws `valueOutOfRange` beyond the last instant there is. */
export function secondsToTime(seconds: bigint): TimeMs {
  const ms = seconds * 1_000n;
  if (ms < 0n || ms > BigInt(TIME_MS_MAX)) throw new PayloadFault('valueOutOfRange', `${seconds} s is no time`);
  return timeMs(Number(ms));
}
