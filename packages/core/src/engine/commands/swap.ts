import { swapExactIn } from '../../liquidity/constantProduct.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { mayActFor } from '../authority.ts';
import type { Swap } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { ammLeg, holdingLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { findPool, refuseUncovered } from './ammPools.ts';

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
