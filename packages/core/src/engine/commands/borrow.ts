import { idleCash, sharesForBorrow } from '../../ledger/lendingPool.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { mayMoveOut } from '../authority.ts';
import type { Borrow } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { poolOf } from '../lookup.ts';
import { holdingLeg, poolLeg, sharesLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { refuse } from './lendingChecks.ts';

/** Borrows from the pool against the account's collateral; the chokepoint asks for initial margin. */
export function decideBorrow(view: EngineView, command: Borrow): Decision {
  const { state } = view;
  const { account, asset, amount } = command;
  const refusal = refuse(view, command);
  if (refusal !== null) return refusal;
  if (!mayMoveOut(state, command.actor, account)) return reject('notAuthorised', { account });
  if (state.assets[asset]?.status !== 'active') return reject('assetWindingDown', { asset });
  if (state.parameters.assets[asset]?.canBorrow !== true) return reject('borrowNotAllowed', { asset });
  if (!isPositive(amount)) return reject('amountNotPositive', { amount });
  const pool = poolOf(state, asset);
  const idle = idleCash(pool);
  if (amount > idle) return reject('poolTooSmall', { amount, idle }, account);
  const legs = [
    ...holdingLeg(state, account, asset, amount),
    ...poolLeg(asset, neg(amount)),
    ...sharesLeg('debtShares', account, asset, sharesForBorrow(pool, amount)),
  ];
  return [{ kind: 'borrowed', account, asset, amount, legs }];
}
