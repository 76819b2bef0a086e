/** Assets priced through others (baskets, LP shares, staked and wrapped ones): where a move of an underlying does not reach them. */

import type { Portfolio } from './portfolio.ts';
import type { AssetRiskInput, PoolOfShare, RiskInput } from './riskModel.ts';

/**
 * Why no band is proved for what an account holds, supplies or owes; null when every price of it moves in proportion to its own
 * underlying or with none. A basket has none even where `withFollowingBaskets` moves it: caps on parts make its price neither convex nor
 * concave in theirs; nor has a share of a pool, whose price is no line in those of its sides.
 */
export function pricedThroughObstacle(input: RiskInput, portfolio: Portfolio): string | null {
  return firstOf(input, portfolio, (asset) => {
    const { form, symbol } = asset.terms;
    if (form.kind === 'basket') return `${symbol} is a basket, whose price follows the prices of its parts`;
    return form.kind === 'lpShare' ? shareOfPool(symbol) : unfollowedAsset(asset, input);
  });
}

/** Why liquidation prices and distances cannot be computed by moving prices: something held is worth what no move reaches. Null when all follows. */
export function unfollowedObstacle(input: RiskInput, portfolio: Portfolio): string | null {
  return firstOf(input, portfolio, (asset) => {
    const { form, symbol } = asset.terms;
    if (form.kind !== 'basket') return unfollowedAsset(asset, input);
    for (const { asset: id } of form.parts) {
      const part = input.assets.find(({ terms }) => terms.id === id);
      if (part === undefined) return `${symbol} is a basket with a part that has no price here`;
      if (part.terms.form.kind === 'basket') return `${symbol} is a basket of baskets, whose prices are not followed`;
      const reason = unfollowedAsset(part, input);
      if (reason !== null) return `${symbol} is a basket with a part whose price is not followed: ${reason}`;
    }
    return null;
  });
}

/**
 * Followed is what moves by the factor of its own underlying, and the share of a known pool whose sides do; what is redeemed for an asset of
 * another underlying is not.
 */
function unfollowedAsset({ terms, pool }: AssetRiskInput, input: RiskInput): string | null {
  const { form, symbol, underlying } = terms;
  if (form.kind === 'lpShare') return pool === undefined ? shareOfPool(symbol) : unfollowedSide(symbol, pool, input);
  if (form.kind !== 'staked') return null;
  const base = input.assets.find((one) => one.terms.id === form.base);
  const isFollowed = underlying !== null && (base === undefined || base.terms.underlying === underlying);
  return isFollowed ? null : `${symbol} is redeemed for another asset, whose moves do not reach it`;
}

function unfollowedSide(symbol: string, pool: PoolOfShare, input: RiskInput): string | null {
  for (const id of [pool.base, pool.quote]) {
    const side = input.assets.find(({ terms }) => terms.id === id);
    if (side === undefined) return `${symbol} is a share of a pool with a side that has no price here`;
    const { kind } = side.terms.form;
    if (kind === 'basket' || kind === 'lpShare') return `${symbol} is a share of a pool with a side whose price is not followed`;
    const reason = unfollowedAsset(side, input);
    if (reason !== null) return `${symbol} is a share of a pool with a side whose price is not followed: ${reason}`;
  }
  return null;
}

function shareOfPool(symbol: string): string {
  return `${symbol} is a share of a pool, whose price follows what the pool holds`;
}

function firstOf(input: RiskInput, portfolio: Portfolio, reasonOf: (asset: AssetRiskInput) => string | null): string | null {
  const held = new Set<number>(portfolio.balanceAssets.subarray(0, portfolio.balanceCount));
  for (const asset of input.assets) {
    const reason = held.has(asset.terms.id) ? reasonOf(asset) : null;
    if (reason !== null) return reason;
  }
  return null;
}
