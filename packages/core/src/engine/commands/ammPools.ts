import { ammReserveOf, issuedOf } from '../../ledger/ledger.ts';
import type { ProductPool } from '../../liquidity/constantProduct.ts';
import { type AccountId, type Amount, type AssetId, shares } from '../../numeric/brand.ts';
import { isAllowed } from '../../oracle/ladder.ts';
import { assetTermsOf, groupIdOf, holdingOf, isOpenAccount, settlementAssetOfGroup } from '../lookup.ts';
import type { AmmPoolTerms } from '../parameters.ts';
import { type Rejection, reject } from '../rejections.ts';
import type { EngineState } from '../state.ts';

export interface FoundPool {
  readonly terms: AmmPoolTerms;
  readonly quote: AssetId;
  readonly pool: ProductPool;
}

export function findPool(
  state: EngineState,
  command: { readonly pool: number; readonly account: AccountId },
): FoundPool | Rejection {
  const terms = state.terms.ammPools[command.pool];
  if (terms === undefined) return reject('unknownPool', { pool: command.pool });
  if (!isOpenAccount(state, command.account)) return reject('unknownAccount', { account: command.account });
  if (groupIdOf(state, command.account) !== terms.group)
    return reject('wrongGroup', { account: command.account, group: terms.group });
  const quote = settlementAssetOfGroup(state, terms.group);
  return { terms, quote, pool: productPoolOf(state, terms) };
}

/** The pool as the arithmetic wants it. */
export function productPoolOf(state: EngineState, terms: AmmPoolTerms): ProductPool {
  const quote = settlementAssetOfGroup(state, terms.group);
  return {
    reserveBase: ammReserveOf(state.ledger, terms.id, terms.base),
    reserveQuote: ammReserveOf(state.ledger, terms.id, quote),
    feePpm: terms.feePpm,
    totalShares: shares(issuedOf(state.ledger, terms.share)),
  };
}

/** Pools take what is there, in cash too: nobody provides liquidity or swaps on credit. */
export function refuseUncovered(
  state: EngineState,
  account: AccountId,
  wanted: readonly (readonly [AssetId, Amount])[],
): Rejection | null {
  for (const [asset, size] of wanted) {
    const held = holdingOf(state, account, asset);
    if (size > held) return reject('insufficientBalance', { asset, amount: size, held }, account);
    const feed = assetTermsOf(state, asset).feed;
    if (feed !== null && !isAllowed('reduce', state.feeds[feed]?.quality ?? 'never'))
      return reject('feedNotUsable', { asset }, account);
  }
  return null;
}
