import { sharesForSupply } from '../../ledger/lendingPool.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { mayActFor } from '../authority.ts';
import type { Supply } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { holdingOf, poolOf } from '../lookup.ts';
import { holdingLeg, poolLeg, sharesLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { refuse } from './lendingChecks.ts';

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
