import { cashOf } from '../../../ledger/accountStore.ts';
import { assetOfKey, balanceCount, balanceKeyAt, balanceStart, balanceValueAt, kindOfKey } from '../../../ledger/balances.ts';
import { debtValue, sharesForRepayment } from '../../../ledger/lendingPool.ts';
import { positionCount } from '../../../ledger/positions.ts';
import { isSliceAcceptable } from '../../../liquidation/slice.ts';
import { maxInputAtLimit, swapExactIn } from '../../../liquidity/constantProduct.ts';
import { balanceFigures } from '../../../margin/collateral.ts';
import { BALANCE_COLLATERAL } from '../../../margin/portfolio.ts';
import type { MarginFigures } from '../../../margin/riskModel.ts';
import { add, min, neg, sub } from '../../../numeric/arithmetic.ts';
import {
  type AccountId,
  type Amount,
  type AssetId,
  amount,
  PPM_ONE,
  shares,
  ZERO_AMOUNT,
  ZERO_TICKS,
} from '../../../numeric/brand.ts';
import { mulDivDown, mulDivUp } from '../../../numeric/rounding.ts';
import { type BlockRun, emit } from '../../block.ts';
import { productPoolOf } from '../../commands/ammPools.ts';
import { figuresOf } from '../../healthOf.ts';
import { debtSharesOf, poolOf, settlementAssetOf } from '../../lookup.ts';
import { ammLeg, balanceLeg, cashLeg, poolLeg, sharesLeg } from '../../posting.ts';
import { modelOf } from '../../view.ts';
import { fractionAt, offerOf } from './offer.ts';

/**
 * AMM pools bid for single-asset portfolios: one collateral asset against debt in the settlement asset. A pool buys as much as it
 * can at an average price no worse than the reserve; what it pays repays the debt. Only where the account is better off by it.
 */
export function offerToPools(run: BlockRun, account: AccountId): void {
  const { view } = run;
  const auction = view.state.auctions.get(account);
  const single = auction === undefined ? null : singleCollateral(run, account);
  if (auction === undefined || auction.stage !== 'liquidation' || auction.wiped || single === null) return;
  const offer = offerOf(view, auction);
  if (offer.value <= ZERO_TICKS) return;
  const asset = modelOf(view, auction.group).assets[single.asset];
  if (asset === undefined) return;
  const gross = balanceFigures(asset, BALANCE_COLLATERAL, single.amount).value;
  // The reserve for the whole portfolio, read as a least price of its collateral: gross − (value − reserve).
  const least = sub(gross, sub(offer.value, offer.reserve));
  const figures = figuresOf(view, account, view.scanned);
  const fraction = fractionAt(view, auction, figures, { value: offer.value, price: offer.reserve });
  const wanted = amount(mulDivUp<bigint>(single.amount, BigInt(fraction), BigInt(PPM_ONE)));
  for (const pool of view.state.terms.ammPools) {
    if (pool.base !== single.asset || pool.group !== auction.group || least <= 0n) continue;
    const product = productPoolOf(view.state, pool);
    const most = maxInputAtLimit(product, { side: 'baseIn', limitOut: amount(least), limitIn: single.amount });
    const sold = min(wanted, most);
    if (sold <= ZERO_AMOUNT) continue;
    const swapped = swapExactIn(product, { side: 'baseIn', amountIn: sold });
    if (swapped === null) continue;
    return buy(run, { account, pool, sold, received: swapped.amountOut, before: figures });
  }
}

interface Purchase {
  readonly account: AccountId;
  readonly pool: { readonly id: Parameters<typeof ammLeg>[0]; readonly base: AssetId };
  readonly sold: Amount;
  readonly received: Amount;
  readonly before: MarginFigures;
}

function buy(run: BlockRun, { account, pool, sold, received, before }: Purchase): void {
  const { view } = run;
  const { state } = view;
  const quote = settlementAssetOf(state, account);
  const owed = debtSharesOf(state, account, quote);
  const lending = poolOf(state, quote);
  const debt = debtValue(lending, owed);
  const free = add(cashOf(state.ledger.accounts, account), received);
  const repaid = free <= ZERO_AMOUNT ? ZERO_AMOUNT : min(debt, free);
  const burned = repaid === debt ? owed : sharesForRepayment(lending, repaid);
  const legs = [
    ...balanceLeg(account, pool.base, neg(sold)),
    ...ammLeg(pool.id, pool.base, sold),
    ...ammLeg(pool.id, quote, neg(received)),
    ...cashLeg(account, sub(received, repaid)),
    ...poolLeg(quote, repaid),
    ...sharesLeg('debtShares', account, quote, shares(-burned)),
  ];
  const after = figuresOf(view, account, view.after, legs);
  const acceptable = isSliceAcceptable(
    { equity: before.equity, requirement: before.maintenance, health: before.healthMaintenance },
    { equity: after.equity, requirement: after.maintenance, health: after.healthMaintenance },
  );
  if (!acceptable) return;
  emit(run, { kind: 'poolBought', account, pool: pool.id, base: sold, quote: received, repaid, fee: ZERO_TICKS, legs });
}

/** The one collateral balance of an account without positions and with debts in the settlement asset alone; else null. */
function singleCollateral(run: BlockRun, account: AccountId): { readonly asset: AssetId; readonly amount: Amount } | null {
  const { state } = run.view;
  const store = state.ledger.accounts;
  if (positionCount(store, account) > 0) return null;
  const settlement = settlementAssetOf(state, account);
  let found: { readonly asset: AssetId; readonly amount: Amount } | null = null;
  const start = balanceStart(store, account);
  for (let slot = start; slot < start + balanceCount(store, account); slot += 1) {
    const key = balanceKeyAt(store, slot);
    const asset = assetOfKey(key);
    const kind = kindOfKey(key);
    if (kind === 'debt' && asset === settlement) continue;
    if (kind !== 'collateral' || found !== null) return null;
    found = { asset, amount: amount(mulDivDown(balanceValueAt(store, slot), 1n, 1n)) };
  }
  return found;
}
