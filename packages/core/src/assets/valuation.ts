/**
 * Prices of assets whose own market cannot be trusted alone or does not exist. All are prices per feed unit in 1e-9 USD, rounded
 * down, null where there is nothing to price (or the figure is beyond a price). The redemption ratio of staked assets is in oracle/.
 */

import type { Amount, Ppm, Price } from '../numeric/brand.ts';
import { price } from '../numeric/brand.ts';
import { PRICE_MAX } from '../numeric/limits.ts';
import { divDown, isqrtDown, mulDivDown } from '../numeric/rounding.ts';
import type { AssetTerms } from './asset.ts';

/** One side of a pool. */
export interface PoolSide {
  readonly terms: Pick<AssetTerms, 'feedUnit'>;
  /** Ledger units. */
  readonly reserve: Amount;
  readonly price: Price;
}

export interface LpSharePricing {
  readonly share: Pick<AssetTerms, 'feedUnit'>;
  /** Shares in issue, in ledger units of the share. */
  readonly issued: Amount;
  readonly base: PoolSide;
  readonly quote: PoolSide;
}

/**
 * Fair price of a constant-product pool's share: 2·√(V_base · V_quote) / issued, with V the values of the reserves at oracle prices
 * (equivalently 2·√(k·p_base·p_quote)). A swap moves the reserves along constant k, so nobody can move this price by moving the
 * pool; the naive sum of reserves is never below it, and equal to it when the pool stands at oracle prices.
 */
export function lpSharePrice(input: LpSharePricing): Price | null {
  const { share, issued, base, quote } = input;
  if (issued <= 0n) return null;
  const squared = 4n * base.reserve * base.price * quote.reserve * quote.price * share.feedUnit * share.feedUnit;
  const divisor = base.terms.feedUnit * quote.terms.feedUnit * issued * issued;
  return priceOrNull(isqrtDown(divDown(squared, divisor)));
}

export interface BasketPartPricing {
  /** Ledger units of the part in one feed unit of the basket. */
  readonly amount: Amount;
  readonly capPpm: Ppm;
  readonly terms: Pick<AssetTerms, 'feedUnit'>;
  readonly price: Price;
}

/**
 * Look-through price of a basket: Σ min(value of the part, its cap × value of all parts). What a part is worth beyond its cap counts
 * nothing, so one runaway part cannot carry a basket.
 */
export function basketPrice(parts: readonly BasketPartPricing[]): Price | null {
  return priceOrNull(basketValues(parts).reduce((sum, value) => sum + value, 0n));
}

/** What each part of a basket counts for, in 1e-9 USD per feed unit of the basket: its value, or its cap where that is less. */
export function basketValues(parts: readonly BasketPartPricing[]): readonly bigint[] {
  const values = parts.map((part) => mulDivDown<bigint>(part.amount, part.price, part.terms.feedUnit));
  const total = values.reduce((sum, value) => sum + value, 0n);
  return parts.map((part, index) => {
    const value = values[index] ?? 0n;
    const cap = mulDivDown(total, BigInt(part.capPpm), 1_000_000n);
    return value < cap ? value : cap;
  });
}

/** The smaller of a market price and what an asset can be turned into; the market may be missing. */
export function lowerPrice(market: Price | null, through: Price): Price {
  return market !== null && market < through ? market : through;
}

function priceOrNull(value: bigint): Price | null {
  return value > 0n && value <= PRICE_MAX ? price(value) : null;
}
