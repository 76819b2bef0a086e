import { cashOf } from '../ledger/accountStore.ts';
import { assetOfKey, balanceCount, balanceKeyAt, balanceStart, balanceValueAt, kindOfKey } from '../ledger/balances.ts';
import type { Leg } from '../ledger/legs.ts';
import { instrumentAt, lotsAt, positionCount, positionStart } from '../ledger/positions.ts';
import { isEmptySlice, type Slice, type SliceBalance, type SlicePosition, sliceOf } from '../liquidation/slice.ts';
import { absNumber, addNumber, neg, negNumber } from '../numeric/arithmetic.ts';
import {
  type AccountId,
  type AssetId,
  amount,
  type InstrumentId,
  type Lots,
  type Ppm,
  shares,
  type Ticks,
} from '../numeric/brand.ts';
import { isAllowed } from '../oracle/ladder.ts';
import { feedsOfAsset } from './assetFeeds.ts';
import { groupIdOf, instrumentStateOf, lotsOf, settlementAssetOf } from './lookup.ts';
import { balanceLeg, cashLeg, fundLeg, positionLeg, sharesLeg } from './posting.ts';
import type { EngineState } from './state.ts';
import { type EngineView, modelOf } from './view.ts';

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
  const slice = sliceToSell(view, sale.account, sale.fractionPpm);
  if (isEmptySlice(slice)) return null;
  const legs: Leg[] = [];
  const { state } = view;
  const cash = amount(slice.cash - sale.price);
  legs.push(...cashLeg(sale.account, neg(cash)), ...cashLeg(sale.taker, cash));
  for (const { instrument, lots } of slice.positions) legs.push(...positionTransfer(state, sale, instrument, lots));
  for (const balance of slice.balances) legs.push(...balanceTransfer(sale, balance));
  return legs;
}

/**
 * What a fraction of the account's portfolio is. Legs on unusable feeds are kept back while others can be sold. A position that is
 * kept back keeps as much cash against it as makes it worth nothing at mark (there is no entry price: its cost is in the cash), so
 * what is on sale is worth the whole equity; collateral that is kept back takes its value out of the sale (see `keptBackLegs`).
 */
export function sliceToSell(view: EngineView, account: AccountId, fractionPpm: Ppm): Slice {
  const { state } = view;
  return sliceOf(
    {
      cash: amount(cashOf(state.ledger.accounts, account) + keptPositionValue(view, account)),
      reservedCash: amount(state.auctions.get(account)?.reservedCash ?? 0n),
      positions: positionsOf(state, account),
      balances: balancesOf(state, account),
    },
    fractionPpm,
  );
}

/** Value at mark of the positions that are kept back, in ticks. */
function keptPositionValue(view: EngineView, account: AccountId): bigint {
  const { state } = view;
  const store = state.ledger.accounts;
  const onSale = positionsOf(state, account);
  const start = positionStart(store, account);
  const count = positionCount(store, account);
  if (onSale.length === count) return 0n;
  const { rowOfInstrument, rows } = modelOf(view, groupIdOf(state, account));
  let value = 0n;
  for (let slot = start; slot < start + count; slot += 1) {
    const instrument = instrumentAt(store, slot);
    if (onSale.some((position) => position.instrument === instrument)) continue;
    const row = rowOfInstrument[instrument] ?? -1;
    const held = lotsAt(store, slot);
    value += BigInt(held) * BigInt((held > 0 ? rows.longValue[row] : rows.shortValue[row]) ?? 0);
  }
  return value;
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
  if (state.instruments[instrument]?.status === 'settled') return true;
  const underlying = state.terms.instruments[instrument]?.underlying;
  const feed = underlying === undefined ? undefined : state.terms.underlyings[underlying]?.feed;
  return feed !== undefined && isAllowed('liquidate', state.feeds[feed]?.quality ?? 'never');
}

/** Balances on sale: as with positions, those on dead feeds only when nothing else is left. */
function balancesOf(state: EngineState, account: AccountId): readonly SliceBalance[] {
  const all = allBalances(state, account);
  const usable = all.filter(({ asset }) => isPricedAsset(state, account, asset));
  return usable.length > 0 || all.length === 0 || hasPricedPosition(state, account) ? usable : all;
}

function allBalances(state: EngineState, account: AccountId): readonly SliceBalance[] {
  const store = state.ledger.accounts;
  const all: SliceBalance[] = [];
  const start = balanceStart(store, account);
  for (let slot = start; slot < start + balanceCount(store, account); slot += 1) {
    const key = balanceKeyAt(store, slot);
    all.push({ asset: assetOfKey(key), kind: kindOfKey(key), amount: amount(balanceValueAt(store, slot)) });
  }
  return all;
}

/** The settlement asset is its own measure; any other asset needs every feed that it stands on. */
function isPricedAsset(state: EngineState, account: AccountId, asset: AssetId): boolean {
  if (settlementAssetOf(state, account) === asset) return true;
  return feedsOfAsset(state, asset).every((feed) => isAllowed('liquidate', state.feeds[feed]?.quality ?? 'never'));
}

function hasPricedPosition(state: EngineState, account: AccountId): boolean {
  return positionsOf(state, account).some(({ instrument }) => isPriced(state, instrument));
}

/** Legs that take kept-back balances out of the account: the value on sale is that of the account without them. */
export function keptBackLegs(state: EngineState, account: AccountId): readonly Leg[] {
  const onSale = balancesOf(state, account);
  const legs: Leg[] = [];
  for (const { asset, kind, amount: held } of allBalances(state, account)) {
    if (onSale.some((balance) => balance.asset === asset && balance.kind === kind)) continue;
    if (kind === 'collateral') legs.push(...balanceLeg(account, asset, neg(held)));
    else legs.push(...sharesLeg(kind === 'supply' ? 'supplyShares' : 'debtShares', account, asset, shares(-held)));
  }
  return legs;
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
