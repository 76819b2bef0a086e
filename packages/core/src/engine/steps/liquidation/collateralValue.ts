import { assetOfKey, balanceCount, balanceKeyAt, balanceStart, balanceValueAt, kindOfKey } from '../../../ledger/balances.ts';
import { balanceFigures } from '../../../margin/collateral.ts';
import { BALANCE_COLLATERAL } from '../../../margin/portfolio.ts';
import { type AccountId, type Ticks, ticks } from '../../../numeric/brand.ts';
import { groupIdOf } from '../../lookup.ts';
import { type EngineView, modelOf } from '../../view.ts';

/** Value at mark of the account's collateral balances, in settlement ticks. */
export function collateralValue(view: EngineView, account: AccountId): Ticks {
  const store = view.state.ledger.accounts;
  const model = modelOf(view, groupIdOf(view.state, account));
  let total = 0n;
  const start = balanceStart(store, account);
  for (let slot = start; slot < start + balanceCount(store, account); slot += 1) {
    const key = balanceKeyAt(store, slot);
    const asset = model.assets[assetOfKey(key)];
    if (kindOfKey(key) !== 'collateral' || asset === undefined) continue;
    total += balanceFigures(asset, BALANCE_COLLATERAL, balanceValueAt(store, slot)).value;
  }
  return ticks(total);
}
