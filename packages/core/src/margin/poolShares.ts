/** Shares of pools: how their price follows the prices of what the pool holds. */

import { lpSharePrice } from '../assets/valuation.ts';
import { type Price, price } from '../numeric/brand.ts';
import type { AssetRiskInput, PriceView, RiskInput } from './riskModel.ts';

/**
 * The input with every share whose pool is known at the fair price of its reserves, from the prices that both sides have in it:
 * 2·√(V_base · V_quote) / issued (`lpSharePrice`), which is how the engine prices it. Whoever trades against the pool on the way leaves that
 * price as it is; fees, which only raise it, are left out.
 */
export function withFollowingShares(input: RiskInput): RiskInput {
  if (!input.assets.some(({ pool }) => pool !== undefined)) return input;
  return {
    ...input,
    assets: input.assets.map((asset) => {
      const view = fairView(asset, input);
      return view === null ? asset : { ...asset, view };
    }),
  };
}

/** Null for what is no share of a known pool, or of one with a side that is not in the input. */
function fairView({ terms, pool, view }: AssetRiskInput, input: RiskInput): PriceView | null {
  if (pool === undefined) return null;
  const base = input.assets.find((one) => one.terms.id === pool.base);
  const quote = input.assets.find((one) => one.terms.id === pool.quote);
  if (base === undefined || quote === undefined) return null;
  const at = (side: 'price' | 'low' | 'high'): Price =>
    lpSharePrice({
      share: terms,
      issued: pool.issued,
      base: { terms: base.terms, reserve: pool.baseReserve, price: base.view[side] },
      quote: { terms: quote.terms, reserve: pool.quoteReserve, price: quote.view[side] },
    }) ?? price(1n);
  return { ...view, price: at('price'), low: at('low'), high: at('high') };
}
