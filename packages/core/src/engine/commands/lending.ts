import {
  debtValue,
  idleCash,
  sharesForBorrow,
  sharesForRepayment,
  sharesForSupply,
  sharesForWithdrawal,
  supplyValue,
} from '../../ledger/lendingPool.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import type { AccountId, AssetId } from '../../numeric/brand.ts';
import { mayActFor, mayMoveOut } from '../authority.ts';
import type { Borrow, Repay, Supply, Unsupply } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { debtSharesOf, holdingOf, isOpenAccount, poolOf, supplySharesOf } from '../lookup.ts';
import { holdingLeg, poolLeg, sharesLeg } from '../posting.ts';
import { type Rejection, reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** Below this an amount that mints no share is too small rather than too large. */
const ONE_UNIT: bigint = 1_000_000n;

/** Lends an asset to its pool. What is supplied earns the pool's rate and still counts as collateral. */
export function decideSupply(view: EngineView, command: Supply): Decision {
  const { state } = view;
  const { account, asset, amount } = command;
  const refusal = refuse(view, command);
  if (refusal !== null) return refusal;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  if (state.assets[asset]?.status !== 'active') return reject('assetWindingDown', { asset });
  if (!isPositive(amount)) return reject('amountNotPositive', { amount });
  const held = holdingOf(state, account, asset);
  if (amount > held) return reject('insufficientBalance', { amount, held }, account);
  const minted = sharesForSupply(poolOf(state, asset), amount);
  if (minted === null) return reject(amount < ONE_UNIT ? 'amountNotPositive' : 'amountTooLarge', { amount }, account);
  const legs = [
    ...holdingLeg(state, account, asset, neg(amount)),
    ...poolLeg(asset, amount),
    ...sharesLeg('supplyShares', account, asset, minted),
  ];
  return [{ kind: 'supplied', account, asset, amount, legs }];
}

/** Takes back what was supplied, as far as the pool has it in cash. */
export function decideUnsupply(view: EngineView, command: Unsupply): Decision {
  const { state } = view;
  const { account, asset } = command;
  const refusal = refuse(view, command);
  if (refusal !== null) return refusal;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  const held = supplySharesOf(state, account, asset);
  const pool = poolOf(state, asset);
  const worth = supplyValue(pool, held);
  const amount = command.amount ?? worth;
  if (!isPositive(amount)) return reject('amountNotPositive', { amount }, account);
  if (amount > worth) return reject('insufficientBalance', { amount, held: worth }, account);
  const idle = idleCash(pool);
  if (amount > idle) return reject('poolTooSmall', { amount, idle }, account);
  const burned = command.amount === null ? held : sharesForWithdrawal(pool, amount);
  const legs = [
    ...holdingLeg(state, account, asset, amount),
    ...poolLeg(asset, neg(amount)),
    ...sharesLeg('supplyShares', account, asset, neg(burned)),
  ];
  return [{ kind: 'unsupplied', account, asset, amount, legs }];
}

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

/** Pays back a debt; more than is owed is cut to what is owed. */
export function decideRepay(view: EngineView, command: Repay): Decision {
  const { state } = view;
  const { account, asset } = command;
  const refusal = refuse(view, command);
  if (refusal !== null) return refusal;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  const pool = poolOf(state, asset);
  const shares = debtSharesOf(state, account, asset);
  const owed = debtValue(pool, shares);
  const amount = command.amount === null || command.amount > owed ? owed : command.amount;
  if (!isPositive(amount)) return reject('amountNotPositive', { amount }, account);
  const held = holdingOf(state, account, asset);
  if (amount > held) return reject('insufficientBalance', { amount, held }, account);
  const burned = amount === owed ? shares : sharesForRepayment(pool, amount);
  const legs = [
    ...holdingLeg(state, account, asset, neg(amount)),
    ...poolLeg(asset, amount),
    ...sharesLeg('debtShares', account, asset, neg(burned)),
  ];
  return [{ kind: 'repaid', account, asset, amount, legs }];
}

function refuse(view: EngineView, command: { readonly account: AccountId; readonly asset: AssetId }): Rejection | null {
  if (!isOpenAccount(view.state, command.account)) return reject('unknownAccount', { account: command.account });
  if (view.state.terms.assets[command.asset] === undefined) return reject('unknownAsset', { asset: command.asset });
  return null;
}
