import type { AssetId, FeedId } from '../numeric/brand.ts';
import { assetTermsOf, settlementAssetOfGroup } from './lookup.ts';
import type { EngineState } from './state.ts';

/**
 * The market feeds that an asset's price stands on: its own, those of the base of a staked asset, of both sides of an LP share, of a
 * basket's parts. A redemption ratio is not among them: a stale one falls back to the ratio at listing. None once the price is final.
 */
export function feedsOfAsset(state: EngineState, asset: AssetId): readonly FeedId[] {
  if ((state.assets[asset]?.finalPrice ?? null) !== null) return [];
  const terms = assetTermsOf(state, asset);
  const own = terms.feed === null ? [] : [terms.feed];
  return [...own, ...partsOf(state, asset).flatMap((part) => feedsOfAsset(state, part))];
}

/** Assets are listed after what they are made of, so this ends. */
function partsOf(state: EngineState, asset: AssetId): readonly AssetId[] {
  const { form } = assetTermsOf(state, asset);
  switch (form.kind) {
    case 'cash':
    case 'volatile':
      return [];
    case 'staked':
      return [form.base];
    case 'basket':
      return form.parts.map((part) => part.asset);
    case 'lpShare': {
      const pool = state.terms.ammPools[form.pool];
      return pool === undefined ? [] : [pool.base, settlementAssetOfGroup(state, pool.group)];
    }
  }
}
