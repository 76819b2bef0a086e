import { removeLiquidity } from '../../liquidity/constantProduct.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { shares } from '../../numeric/brand.ts';
import { mayActFor } from '../authority.ts';
import type { RemoveLiquidity } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { ammLeg, balanceLeg, holdingLeg, issuedLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { findPool, refuseUncovered } from './ammPools.ts';

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
