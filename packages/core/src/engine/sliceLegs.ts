import { cashOf } from '../ledger/accountStore.ts';
import { assetOfKey, balanceCount, balanceKeyAt, balanceStart, balanceValueAt, kindOfKey } from '../ledger/balances.ts';
import type { Leg } from '../ledger/legs.ts';
import { instrumentAt, lotsAt, positionCount, positionStart } from '../ledger/positions.ts';
import { isEmptySlice, type Slice, type SliceBalance, type SlicePosition, sliceOf } from '../liquidation/slice.ts';
import { absNumber, addNumber, neg, negNumber } from '../numeric/arithmetic.ts';
import { type AccountId, amount, type InstrumentId, type Lots, type Ppm, shares, type Ticks } from '../numeric/brand.ts';
import { isAllowed } from '../oracle/ladder.ts';
import { groupIdOf, instrumentStateOf, lotsOf } from './lookup.ts';
import { balanceLeg, cashLeg, fundLeg, positionLeg, sharesLeg } from './posting.ts';
import type { EngineState } from './state.ts';
import type { EngineView } from './view.ts';

export interface SliceSale {
  readonly account: AccountId;
  readonly taker: AccountId;
  readonly fractionPpm: Ppm;
  /** For the slice: positive is paid by the taker, negative to him (by whoever pays; the cash leg is added by the caller then). */
  readonly price: Ticks;
}

/**
 * The legs of a slice that changes hands: a fraction of cash (less reserved proceeds), positions, collateral, supplies and
 * debts together, every leg toward zero, and the price in cash. Null when the fraction is too small for any leg.
 */
export function sliceLegs(view: EngineView, sale: SliceSale): Leg[] | null {
  const slice = sliceToSell(view.state, sale.account, sale.fractionPpm);
  if (isEmptySlice(slice)) return null;
  const legs: Leg[] = [];
  const { state } = view;
  const cash = amount(slice.cash - sale.price);
  legs.push(...cashLeg(sale.account, neg(cash)), ...cashLeg(sale.taker, cash));
  for (const { instrument, lots } of slice.positions) legs.push(...positionTransfer(state, sale, instrument, lots));
  for (const balance of slice.balances) legs.push(...balanceTransfer(sale, balance));
  return legs;
}

/** What a fraction of the account's portfolio is. Legs on unusable feeds are left out while others can be sold. */
export function sliceToSell(state: EngineState, account: AccountId, fractionPpm: Ppm): Slice {
  const store = state.ledger.accounts;
  const auction = state.auctions.get(account);
  return sliceOf(
    {
      cash: cashOf(store, account),
      reservedCash: amount(auction?.reservedCash ?? 0n),
      positions: positionsOf(state, account),
      balances: balancesOf(state, account),
    },
    fractionPpm,
  );
}

/** Positions on sale: those on valid feeds first; the others only when nothing else is left. */
function positionsOf(state: EngineState, account: AccountId): readonly SlicePosition[] {
  const store = state.ledger.accounts;
  const all: SlicePosition[] = [];
  const start = positionStart(store, account);
  for (let slot = start; slot < start + positionCount(store, account); slot += 1) {
    all.push({ instrument: instrumentAt(store, slot), lots: lotsAt(store, slot) });
  }
  const usable = all.filter(({ instrument }) => isPriced(state, instrument));
  return usable.length > 0 ? usable : all;
}

/** True when a quorum agrees on the price of the instrument's underlying well enough to liquidate on it. */
export function isPriced(state: EngineState, instrument: InstrumentId): boolean {
  const underlying = state.terms.instruments[instrument]?.underlying;
  const feed = underlying === undefined ? undefined : state.terms.underlyings[underlying]?.feed;
  return feed !== undefined && isAllowed('liquidate', state.feeds[feed]?.quality ?? 'never');
}

function balancesOf(state: EngineState, account: AccountId): readonly SliceBalance[] {
  const store = state.ledger.accounts;
  const all: SliceBalance[] = [];
  const start = balanceStart(store, account);
  for (let slot = start; slot < start + balanceCount(store, account); slot += 1) {
    const key = balanceKeyAt(store, slot);
    all.push({ asset: assetOfKey(key), kind: kindOfKey(key), amount: amount(balanceValueAt(store, slot)) });
  }
  return all;
}

/** Both sides keep the value their |lots| carry of the social-loss index: the difference passes through `socialised`. */
function positionTransfer(
  state: EngineState,
  { account, taker }: SliceSale,
  instrument: SlicePosition['instrument'],
  size: Lots,
): Leg[] {
  const { socialIndex } = instrumentStateOf(state, instrument);
  const index = BigInt(socialIndex);
  const given = grossChange(lotsOf(state, account, instrument), negNumber(size)) * index;
  const taken = grossChange(lotsOf(state, taker, instrument), size) * index;
  return [
    ...positionLeg(account, instrument, negNumber(size)),
    ...positionLeg(taker, instrument, size),
    ...cashLeg(account, given + BigInt(absNumber(size)) * index),
    ...cashLeg(taker, taken - BigInt(absNumber(size)) * index),
    ...fundLeg(groupIdOf(state, account), 'socialised', -(given + taken)),
  ];
}

function grossChange(before: Lots, change: Lots): bigint {
  return BigInt(absNumber(addNumber(before, change)) - absNumber(before));
}

function balanceTransfer({ account, taker }: SliceSale, { asset, kind, amount: size }: SliceBalance): Leg[] {
  switch (kind) {
    case 'collateral':
      return [...balanceLeg(account, asset, neg(size)), ...balanceLeg(taker, asset, size)];
    case 'supply':
      return [
        ...sharesLeg('supplyShares', account, asset, shares(-size)),
        ...sharesLeg('supplyShares', taker, asset, shares(size)),
      ];
    case 'debt':
      return [...sharesLeg('debtShares', account, asset, shares(-size)), ...sharesLeg('debtShares', taker, asset, shares(size))];
  }
}
