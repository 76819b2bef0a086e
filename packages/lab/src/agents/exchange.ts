import { consumedAfter, createDepthCurve, type DepthCurve, marginalImpactPpm, saleProceeds } from '@plimsoll/core/liquidity';
import { durationMs, mulDivDown, type Ppm, ppm, type Ticks, ticks, ZERO_TICKS } from '@plimsoll/core/numeric';

/** 1e-9 ETH × 1e-9 USD → 1e-6 USD. */
const NANO_SQUARED_PER_MICRO = 1_000_000_000_000n;

export interface DepthTerms {
  /** Value in 1e-6 USD up to which a sale is paid mark less `impactPpm`, counted from the touch; the last is open-ended. */
  readonly bands: readonly { readonly upToMicroUsd: bigint | null; readonly impactPpm: number }[];
  /** The book refills at constant speed in this time after a sale. */
  readonly refillMs: number;
}

/** The one outside market in which everybody sells: what one sells makes the next sale dearer until the book has refilled. */
export interface Exchange {
  /** Sells `nanoBase` at `priceNano` less what the depth takes; returns 1e-6 USD, rounded down. */
  readonly sell: (sale: { readonly nanoBase: bigint; readonly priceNano: bigint; readonly nowMs: number }) => Ticks;
  /** Concession of the next dollar sold now. */
  readonly marginalImpactPpm: (nowMs: number) => Ppm;
  /** Sum of all sales at mark, and of what they fetched. */
  readonly totals: () => { readonly valueMicroUsd: bigint; readonly proceedsMicroUsd: bigint };
}

export function createExchange(terms: DepthTerms): Exchange {
  const curve: DepthCurve = createDepthCurve(
    terms.bands.map((band) => ({
      upTo: band.upToMicroUsd === null ? null : ticks(band.upToMicroUsd),
      impactPpm: ppm(band.impactPpm),
    })),
  );
  let consumed: Ticks = ZERO_TICKS;
  let atMs = 0;
  let value = 0n;
  let fetched = 0n;
  const consumedNow = (nowMs: number): Ticks =>
    consumedAfter({ consumed, elapsedMs: durationMs(Math.max(0, nowMs - atMs)), refillMs: durationMs(terms.refillMs) });
  return {
    sell: ({ nanoBase, priceNano, nowMs }) => {
      const before = consumedNow(nowMs);
      const worth = ticks(mulDivDown(nanoBase, priceNano, NANO_SQUARED_PER_MICRO));
      const proceeds = saleProceeds(curve, { value: worth, consumed: before });
      consumed = ticks(before + worth);
      atMs = nowMs;
      value += worth;
      fetched += proceeds;
      return proceeds;
    },
    marginalImpactPpm: (nowMs) => marginalImpactPpm(curve, consumedNow(nowMs)),
    totals: () => ({ valueMicroUsd: value, proceedsMicroUsd: fetched }),
  };
}
