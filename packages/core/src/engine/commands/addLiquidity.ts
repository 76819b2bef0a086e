import { addLiquidity, LOCKED_SHARES } from '../../liquidity/constantProduct.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { amount } from '../../numeric/brand.ts';
import { mayActFor } from '../authority.ts';
import type { AddLiquidity } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { ammLeg, balanceLeg, holdingLeg, issuedLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { findPool, refuseUncovered } from './ammPools.ts';

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
