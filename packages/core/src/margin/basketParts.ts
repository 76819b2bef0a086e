/** Baskets: what they stand for inside the scenarios, and how their prices follow their parts. */

import type { AssetTerms, BasketForm } from '../assets/asset.ts';
import { basketValues } from '../assets/valuation.ts';
import { compareNumber } from '../numeric/arithmetic.ts';
import { type Price, price } from '../numeric/brand.ts';
import { divDown } from '../numeric/rounding.ts';
import type { AssetRiskInput, RiskInput } from './riskModel.ts';

/** The basket of an asset that scenarios look through; null for everything else. */
export function lookThroughForm(terms: AssetTerms): BasketForm | null {
  return terms.form.kind === 'basket' && terms.form.scenarios === 'parts' ? terms.form : null;
}

/** An asset that a basket looks through to, with what it counts for. */
interface CountedPart {
  readonly asset: AssetRiskInput;
  /** 1e-9 USD per feed unit of the basket, the part beyond its cap left out. */
  readonly counted: bigint;
}

function countedParts(form: BasketForm, assets: readonly AssetRiskInput[]): readonly CountedPart[] {
  const found = form.parts.flatMap((part) => {
    const asset = assets.find(({ terms }) => terms.id === part.asset);
    return asset === undefined ? [] : [{ part, asset }];
  });
  const values = basketValues(
    found.map(({ part, asset }) => ({
      amount: part.amountPerFeedUnit,
      capPpm: part.capPpm,
      terms: asset.terms,
      price: asset.view.price,
    })),
  );
  return found.map(({ asset }, index) => ({ asset, counted: values[index] ?? 0n }));
}

/** The part of a basket that moves with one underlying, as an asset of its own: the basket with the price of that part. */
export interface BasketSlice {
  readonly underlying: number;
  readonly asset: AssetRiskInput;
}

/**
 * A feed unit of the basket is worth p, the smaller of its market and its parts (`AssetRiskInput.view`); of that, part j is the share
 * counted_j / Σ counted, so a scenario takes p · counted_j / Σ counted · (its move) from it. Parts of one underlying are one slice; a part
 * outside the scenarios is in none. Below its parts the market has marked all of them down alike. Slices are by underlying id; their
 * prices are rounded down by less than 1e-9 USD a feed unit.
 */
export function basketSlices(asset: AssetRiskInput, input: RiskInput): readonly BasketSlice[] {
  const form = lookThroughForm(asset.terms);
  // Published rules know assets, not parts: under them a basket stays outside, at its haircut.
  if (form === null || input.profile.rules !== undefined) return [];
  const parts = countedParts(form, input.assets);
  const look = parts.reduce((sum, { counted }) => sum + counted, 0n);
  if (look === 0n) return [];
  const byUnderlying = new Map<number, bigint>();
  for (const { asset: part, counted } of parts) {
    const { underlying } = part.terms;
    if (underlying !== null) byUnderlying.set(underlying, (byUnderlying.get(underlying) ?? 0n) + counted);
  }
  return [...byUnderlying.entries()]
    .sort(([a], [b]) => compareNumber(a, b))
    .flatMap(([underlying, counted]) => {
      const shareOf = (at: Price): bigint => divDown(at * counted, look);
      const { view } = asset;
      const [at, low, high] = [shareOf(view.price), shareOf(view.low), shareOf(view.high)];
      if (at <= 0n || low <= 0n) return [];
      return [{ underlying, asset: { ...asset, view: { ...view, price: price(at), low: price(low), high: price(high) } } }];
    });
}

/** The moved input with the price of every basket, in or out of the scenarios, moved in the proportion of the sum of its parts. */
export function withFollowingBaskets(from: RiskInput, to: RiskInput): RiskInput {
  if (!from.assets.some(({ terms }) => terms.form.kind === 'basket')) return to;
  return {
    ...to,
    assets: to.assets.map((asset) => {
      const { form } = asset.terms;
      if (form.kind !== 'basket') return asset;
      const [before, after] = [sumOfParts(form, from), sumOfParts(form, to)];
      const follow = (at: Price): Price => {
        const next = before === 0n ? at : divDown(at * after, before);
        return next > 0n ? price(next) : price(1n);
      };
      // From where it stood: what is listed with an underlying of its own has been moved with that one already.
      const view = from.assets.find(({ terms }) => terms.id === asset.terms.id)?.view ?? asset.view;
      return { ...asset, view: { ...view, price: follow(view.price), low: follow(view.low), high: follow(view.high) } };
    }),
  };
}

function sumOfParts(form: BasketForm, input: RiskInput): bigint {
  return countedParts(form, input.assets).reduce((total, { counted }) => total + counted, 0n);
}
