import { ammReserveOf, issuedOf } from '../../ledger/ledger.ts';
import { addLiquidity, LOCKED_SHARES, type ProductPool, removeLiquidity, swapExactIn } from '../../liquidity/constantProduct.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { type AccountId, type Amount, type AssetId, amount, shares } from '../../numeric/brand.ts';
import { isAllowed } from '../../oracle/ladder.ts';
import { mayActFor } from '../authority.ts';
import type { AddLiquidity, RemoveLiquidity, Swap } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { assetTermsOf, groupIdOf, holdingOf, isOpenAccount, settlementAssetOfGroup } from '../lookup.ts';
import type { AmmPoolTerms } from '../parameters.ts';
import { ammLeg, balanceLeg, holdingLeg, issuedLeg } from '../posting.ts';
import { type Rejection, reject } from '../rejections.ts';
import type { EngineState } from '../state.ts';
import type { EngineView } from '../view.ts';

/** Adds to a constant-product pool in its present proportion; the shares are an asset that can be collateral. */
export function decideAddLiquidity(view: EngineView, command: AddLiquidity): Decision {
  const { state } = view;
  const found = findPool(state, command);
  if ('code' in found) return found;
  const { terms, quote, pool } = found;
  const { account, baseMax, quoteMax } = command;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  if (state.assets[terms.base]?.status !== 'active') return reject('assetWindingDown', { asset: terms.base });
  if (!isPositive(baseMax) || !isPositive(quoteMax)) return reject('amountNotPositive', { baseMax, quoteMax });
  const short = refuseUncovered(state, account, [
    [terms.base, baseMax],
    [quote, quoteMax],
  ]);
  if (short !== null) return short;
  const added = addLiquidity(pool, { baseIn: baseMax, quoteIn: quoteMax });
  if (added === null) return reject('amountNotPositive', { baseMax, quoteMax }, account);
  const minted = amount(added.minted);
  if (minted < command.sharesMin) return reject('slippage', { shares: minted, least: command.sharesMin }, account);
  const locked = pool.totalShares === 0n ? amount(LOCKED_SHARES) : amount(0n);
  const legs = [
    ...holdingLeg(state, account, terms.base, neg(added.baseIn)),
    ...holdingLeg(state, account, quote, neg(added.quoteIn)),
    ...ammLeg(terms.id, terms.base, added.baseIn),
    ...ammLeg(terms.id, quote, added.quoteIn),
    ...balanceLeg(account, terms.share, minted),
    ...issuedLeg(terms.share, neg(amount(minted + locked))),
    ...ammLeg(terms.id, terms.share, locked),
  ];
  return [{ kind: 'liquidityAdded', pool: terms.id, account, base: added.baseIn, quote: added.quoteIn, shares: minted, legs }];
}

/** Burns shares for their part of both reserves. */
export function decideRemoveLiquidity(view: EngineView, command: RemoveLiquidity): Decision {
  const { state } = view;
  const found = findPool(state, command);
  if ('code' in found) return found;
  const { terms, quote, pool } = found;
  const { account } = command;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  if (!isPositive(command.shares)) return reject('amountNotPositive', { shares: command.shares });
  const short = refuseUncovered(state, account, [[terms.share, command.shares]]);
  if (short !== null) return short;
  const removed = removeLiquidity(pool, shares(command.shares));
  const legs = [
    ...holdingLeg(state, account, terms.base, removed.baseOut),
    ...holdingLeg(state, account, quote, removed.quoteOut),
    ...ammLeg(terms.id, terms.base, neg(removed.baseOut)),
    ...ammLeg(terms.id, quote, neg(removed.quoteOut)),
    ...balanceLeg(account, terms.share, neg(command.shares)),
    ...issuedLeg(terms.share, command.shares),
  ];
  return [
    {
      kind: 'liquidityRemoved',
      pool: terms.id,
      account,
      base: removed.baseOut,
      quote: removed.quoteOut,
      shares: command.shares,
      legs,
    },
  ];
}

/** Sells an exact amount to the pool. */
export function decideSwap(view: EngineView, command: Swap): Decision {
  const { state } = view;
  const found = findPool(state, command);
  if ('code' in found) return found;
  const { terms, quote, pool } = found;
  const { account } = command;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  if (!isPositive(command.amount)) return reject('amountNotPositive', { amount: command.amount });
  const [given, taken] = command.give === 'base' ? [terms.base, quote] : [quote, terms.base];
  const short = refuseUncovered(state, account, [[given, command.amount]]);
  if (short !== null) return short;
  const swapped = swapExactIn(pool, { side: command.give === 'base' ? 'baseIn' : 'quoteIn', amountIn: command.amount });
  if (swapped === null) return reject('amountNotPositive', { amount: command.amount }, account);
  if (swapped.amountOut < command.receiveMin) {
    return reject('slippage', { received: swapped.amountOut, least: command.receiveMin }, account);
  }
  const legs = [
    ...holdingLeg(state, account, given, neg(swapped.amountIn)),
    ...ammLeg(terms.id, given, swapped.amountIn),
    ...ammLeg(terms.id, taken, neg(swapped.amountOut)),
    ...holdingLeg(state, account, taken, swapped.amountOut),
  ];
  return [
    { kind: 'swapped', pool: terms.id, account, give: command.give, paid: swapped.amountIn, received: swapped.amountOut, legs },
  ];
}

interface FoundPool {
  readonly terms: AmmPoolTerms;
  readonly quote: AssetId;
  readonly pool: ProductPool;
}

function findPool(state: EngineState, command: { readonly pool: number; readonly account: AccountId }): FoundPool | Rejection {
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
function refuseUncovered(
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
