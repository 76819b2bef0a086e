import { assetTermsOf, poolOf, settlementAssetOfGroup } from '@plimsoll/core/engine';
import { ammReserveOf, borrowRate, debtValue, idleCash, issuedOf, supplyValue, utilisation } from '@plimsoll/core/ledger';
import { assetId, shares } from '@plimsoll/core/numeric';
import type { AmmPoolJson, LendingPoolJson } from '../api/schemas/markets.ts';
import type { Reading } from './reading.ts';
import { amountText, ratioText, rayText } from './texts.ts';

/** The lending pool of an asset as it was last accrued; null when the asset is not listed. */
export function lendingPoolJson({ engine }: Reading, id: number): LendingPoolJson | null {
  const { state } = engine;
  const parameters = state.parameters.lending[id];
  if (state.terms.assets[id] === undefined || parameters === undefined) return null;
  const terms = assetTermsOf(state, assetId(id));
  const pool = poolOf(state, terms.id);
  const used = utilisation(pool);
  return {
    asset: id,
    symbol: terms.symbol,
    supplied: amountText(terms, supplyValue(pool, pool.supplyShares)),
    borrowed: amountText(terms, debtValue(pool, shares(pool.debtShares + pool.loanShares))),
    idle: amountText(terms, idleCash(pool)),
    reserve: amountText(terms, pool.reserve),
    utilisation: ratioText(used),
    borrowRate: ratioText(borrowRate(parameters, used)),
    supplyIndex: rayText(pool.supplyIndex),
    debtIndex: rayText(pool.debtIndex),
    canBorrow: state.parameters.assets[id]?.canBorrow ?? false,
    accruedAt: pool.lastAccrualMs,
  };
}

/** One AMM pool; null when it does not exist. */
export function ammPoolJson({ engine }: Reading, id: number): AmmPoolJson | null {
  const { state } = engine;
  const pool = state.terms.ammPools[id];
  if (pool === undefined) return null;
  const base = assetTermsOf(state, pool.base);
  const quote = assetTermsOf(state, settlementAssetOfGroup(state, pool.group));
  const share = assetTermsOf(state, pool.share);
  return {
    id,
    group: pool.group,
    base: base.symbol,
    quote: quote.symbol,
    share: share.symbol,
    baseReserve: amountText(base, ammReserveOf(state.ledger, pool.id, base.id)),
    quoteReserve: amountText(quote, ammReserveOf(state.ledger, pool.id, quote.id)),
    issued: amountText(share, issuedOf(state.ledger, pool.share)),
    fee: ratioText(pool.feePpm),
  };
}
