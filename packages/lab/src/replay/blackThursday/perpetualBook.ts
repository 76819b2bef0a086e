import { createRandom } from '../../random/random.ts';
import { EQUITY_LEAST, EQUITY_MOST, LEVERAGES, LONG_SHARE_PPM, LOT_NANO, PERPETUAL_ACCOUNTS } from './assumptions.ts';

export const PERPETUAL_BOOK_LABEL =
  'The perpetual book is synthetic (seeded): log-uniform equities, a stated mixture of leverages, two thirds of the accounts long; ' +
  'a market maker holds the other side of every account, so that all lots sum to zero.';

export interface SeededPosition {
  readonly equityMicro: bigint;
  /** Signed: long positive. Never zero. */
  readonly lots: number;
  readonly leveragePpm: number;
}

/** The positions of the book at a price; they depend on the seed and the price alone. */
export function seedPerpetualBook(seed: number | string, priceNano: bigint): readonly SeededPosition[] {
  const random = createRandom(seed).fork('perpetual-book');
  const microPerLot = (priceNano * LOT_NANO) / 1_000_000_000_000n;
  return Array.from({ length: PERPETUAL_ACCOUNTS }, () => {
    // Doubling the least equity a uniform number of times (interpolated between doublings): log-uniform but for kinks at powers of two.
    const doublings = random.nextFloat() * log2Floor(Number(EQUITY_MOST / EQUITY_LEAST));
    const whole = Math.floor(doublings);
    const equityMicro = BigInt(Math.floor(Number(EQUITY_LEAST) * 2 ** whole * (1 + doublings - whole)));
    const leveragePpm = pickLeverage(random.integerBelow(1_000_000));
    const isLong = random.integerBelow(1_000_000) < LONG_SHARE_PPM;
    const size = Math.max(1, Number((equityMicro * BigInt(leveragePpm)) / 1_000_000n / microPerLot));
    return { equityMicro, lots: isLong ? size : -size, leveragePpm };
  });
}

function pickLeverage(draw: number): number {
  let left = draw;
  for (const { leveragePpm, sharePpm } of LEVERAGES) {
    if (left < sharePpm) return leveragePpm;
    left -= sharePpm;
  }
  return LEVERAGES[0]?.leveragePpm ?? 1_000_000;
}

/** Doublings from 1 to n, with the last one in part. */
function log2Floor(n: number): number {
  let doublings = 0;
  let value = 1;
  while (value * 2 <= n) {
    value *= 2;
    doublings += 1;
  }
  return doublings + (n / value - 1);
}
