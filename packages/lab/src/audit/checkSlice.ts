// A slice of a portfolio changes hands: everything it moves is derived again from the fraction and the price, the fee from what
// is sold at mark, and the account's figures before and after are compared. Roundings: every leg toward zero, the price up.

import type { Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books, fundOf, settlementAssetOf } from './books.ts';
import { compareMoves, Moves } from './checkEvent.ts';
import { abs, ceilDiv, floorDiv, least, MILLION, most, truncDiv } from './exact.ts';
import { type AuditedMarket, worstMove } from './market.ts';
import { type AuditedMargin, maintenanceHealth } from './requirement.ts';

export type SliceSold = Extract<Event, { kind: 'sliceSold' }>;

interface SoldPosition {
  readonly instrument: number;
  readonly lots: bigint;
}

/** Checks the moves of a slice against the books before it. */
export function checkSlice(books: Books, event: SliceSold, market: AuditedMarket): void {
  const account = accountOf(books, event.account);
  const auction = books.auctions.get(account.id);
  const at = { height: books.height, account: account.id };
  insist(auction !== undefined, { ...at, figure: 'auction of the slice' }, { expected: 'open', found: 'none' });
  const fraction = BigInt(event.fractionPpm);
  insist(
    fraction > 0n && fraction <= MILLION,
    { ...at, figure: 'fraction of the slice' },
    { expected: '1 to 1000000', found: String(fraction) },
  );
  const paidIn = most(event.price, 0n);
  const insurancePaid = least(most(-event.price, 0n), fundOf(books, account.group, 'insurance'));
  agree({ ...at, figure: 'insurance paid for the slice' }, insurancePaid, event.insurancePaid);
  agree({ ...at, figure: 'price kept for recoveries' }, auction?.wiped === true ? paidIn : 0n, event.toRecovery);

  const part = (whole: bigint): bigint => truncDiv(whole * fraction, MILLION);
  const moves = new Moves();
  moves.cash(account.id, -event.toRecovery - event.fee).cash(event.taker, insurancePaid);
  moves.fund(account.group, 'insurance', -insurancePaid).fund(account.group, 'recovery', event.toRecovery);
  const positions = positionsSold(books, account, part);
  for (const position of positions) handOver(books, moves, event, position);
  for (const balance of balancesOnSale(books, account)) handOverBalance(account, moves, { taker: event.taker, balance, part });
  const kept = keptValue(books, account, market);
  payFee(books, moves, event, market);
  const reserved = auction?.reservedCash ?? 0n;
  const cash = part(account.cash + kept - reserved) - paidIn;
  moves.cash(account.id, -cash).cash(event.taker, cash);
  compareMoves(books, event, event.legs, moves);
}

/** No slice makes health worse, and while the account is solvent equity falls no faster than its requirement. */
export function checkBetter(
  books: Books,
  event: SliceSold,
  figures: { readonly before: AuditedMargin; readonly after: AuditedMargin },
): void {
  if (books.auctions.get(event.account)?.wiped === true) return;
  const { before, after } = figures;
  const at = { height: books.height, account: event.account };
  const healthBefore = maintenanceHealth(before);
  const healthAfter = maintenanceHealth(after);
  insist(
    healthAfter >= healthBefore,
    { ...at, figure: 'health after a slice' },
    { expected: `at least ${healthBefore}`, found: String(healthAfter) },
  );
  if (before.equity < 0n) {
    agree({ ...at, figure: 'fee of an insolvent account' }, 0n, event.fee);
    return;
  }
  const keeps = after.equity * before.maintenance >= before.equity * after.maintenance;
  insist(
    keeps,
    { ...at, figure: 'equity over requirement after a slice' },
    { expected: `at least ${before.equity}/${before.maintenance}`, found: `${after.equity}/${after.maintenance}` },
  );
  if (isVoluntary(event)) return;
  insist(
    healthBefore < 0n,
    { ...at, figure: 'health before a liquidation slice' },
    { expected: 'below zero', found: String(healthBefore) },
  );
}

/** What an owner offered in advance, and what a tranche works off, is no liquidation: no fee, and the account may be healthy. */
function isVoluntary(event: SliceSold): boolean {
  return event.layer === 'protection' || event.layer === 'inventory';
}

/** Positions whose feed a quorum agrees on, or whose price is final; the others are for sale only when nothing else is left. */
export function positionsOnSale(books: Books, account: AccountBook): readonly SoldPosition[] {
  const all = [...account.positions].map(([instrument, lots]) => ({ instrument, lots }));
  const usable = all.filter(({ instrument }) => isSaleable(books, instrument));
  return usable.length > 0 ? usable : all;
}

/** What of them changes hands: the part of each, without those of which it is nothing. */
export function positionsSold(books: Books, account: AccountBook, part: (whole: bigint) => bigint): readonly SoldPosition[] {
  return positionsOnSale(books, account)
    .map(({ instrument, lots }) => ({ instrument, lots: part(lots) }))
    .filter(({ lots }) => lots !== 0n);
}

/** True when a quorum agrees on the price of the instrument's underlying, or it has a final one. */
export function isSaleable(books: Books, instrument: number): boolean {
  if (books.instrumentStates[instrument]?.status === 'settled') return true;
  return isAgreedOn(books, books.underlyings[books.instruments[instrument]?.underlying ?? -1]?.feed ?? -1);
}

function isAgreedOn(books: Books, feed: number): boolean {
  const quality = books.feeds[feed]?.quality;
  return quality === 'valid' || quality === 'uncertain';
}

/**
 * What the positions that stay are worth at mark: so much more cash is on sale (less, where they stand at a loss), since what they cost
 * or brought is in the cash.
 */
export function keptValue(books: Books, account: AccountBook, market: AuditedMarket): bigint {
  const sold = new Set(positionsOnSale(books, account).map(({ instrument }) => instrument));
  let value = 0n;
  for (const [instrument, lots] of account.positions) {
    if (sold.has(instrument)) continue;
    const line = market.instruments.get(instrument);
    if (line === undefined) throw new Error(`The auditor knows no market of instrument ${instrument}.`);
    value += lots * (lots > 0n ? line.longValue : line.shortValue);
  }
  return value;
}

interface HeldBalance {
  readonly kind: 'collateral' | 'supply' | 'debt';
  readonly asset: number;
  readonly amount: bigint;
}

/** Balances all of whose feeds a quorum agrees on; those on dead feeds when neither another balance nor a position is on sale. */
export function balancesOnSale(books: Books, account: AccountBook): readonly HeldBalance[] {
  const all: HeldBalance[] = [];
  for (const kind of ['collateral', 'supply', 'debt'] as const)
    for (const [asset, amount] of account[kind]) all.push({ kind, asset, amount });
  const settlement = settlementAssetOf(books, account.group);
  const usable = all.filter(({ asset }) => asset === settlement || isAssetSaleable(books, asset));
  const isPositionSold = [...account.positions.keys()].some((instrument) => isSaleable(books, instrument));
  return usable.length > 0 || isPositionSold ? usable : all;
}

/** An asset's own feed and, through what it is made of, those of its parts; a ratio of redemption has a fallback and is none of them. */
function isAssetSaleable(books: Books, asset: number): boolean {
  const terms = books.assets[asset];
  if (terms === undefined) return false;
  if ((books.assetStates[asset]?.finalPrice ?? null) !== null) return true;
  if (terms.feed !== null && !isAgreedOn(books, terms.feed)) return false;
  const { form } = terms;
  if (form.kind === 'staked') return isAssetSaleable(books, form.base);
  if (form.kind === 'basket') return form.parts.every((part) => isAssetSaleable(books, part.asset));
  if (form.kind !== 'lpShare') return true;
  const pool = books.ammPools[form.pool];
  return (
    pool === undefined || (isAssetSaleable(books, pool.base) && isAssetSaleable(books, settlementAssetOf(books, pool.group)))
  );
}

/** Lots change hands without a price of their own; what their |lots| carry of the social index passes through `socialised`. */
function handOver(books: Books, moves: Moves, event: SliceSold, { instrument, lots }: SoldPosition): void {
  const index = BigInt(books.instrumentStates[instrument]?.socialIndex ?? 0);
  const grown = (account: number, change: bigint): bigint => {
    const held = accountOf(books, account).positions.get(instrument) ?? 0n;
    return (abs(held + change) - abs(held)) * index;
  };
  const given = grown(event.account, -lots);
  const taken = grown(event.taker, lots);
  moves.cash(event.account, given + abs(lots) * index).cash(event.taker, taken - abs(lots) * index);
  moves.fund(accountOf(books, event.account).group, 'socialised', -(given + taken));
  moves
    .add(`account ${event.account} lots of instrument ${instrument}`, -lots)
    .add(`account ${event.taker} lots of instrument ${instrument}`, lots);
}

const BALANCE_PLACES = { collateral: 'collateral in', supply: 'supply shares of', debt: 'debt shares of' } as const;

function handOverBalance(
  account: AccountBook,
  moves: Moves,
  sold: { readonly taker: number; readonly balance: HeldBalance; readonly part: (whole: bigint) => bigint },
): void {
  const { kind, asset, amount } = sold.balance;
  const what = `${BALANCE_PLACES[kind]} asset ${asset}`;
  moves.add(`account ${account.id} ${what}`, -sold.part(amount)).add(`account ${sold.taker} ${what}`, sold.part(amount));
}

interface FeeParts {
  readonly insurance: bigint;
  readonly protocol: bigint;
  readonly backstop: bigint;
  /** Account of the group's first tranche that somebody funded; without one the protocol takes its part. */
  readonly tranche: number | null;
}

/** Insurance takes its part (rounded up) until it holds its target; the rest goes to backstop (rounded down) and protocol. */
export function feeParts(books: Books, market: AuditedMarket, of: { readonly group: number; readonly fee: bigint }): FeeParts {
  const { group, fee } = of;
  const parameters = books.parameters.groups[group];
  if (parameters === undefined) throw new Error(`The auditor knows no group ${group}.`);
  const missing = most(0n, insuranceTarget(books, group, market) - fundOf(books, group, 'insurance'));
  const insurance = least(ceilDiv(fee * BigInt(parameters.feeToInsurancePpm), MILLION), missing);
  const rest = fee - insurance;
  const weight = BigInt(parameters.feeToBackstopPpm + parameters.feeToProtocolPpm);
  const live = books.tranches.findIndex(
    (tranche, id) => books.trancheTerms[id]?.group === group && (tranche?.totalShares ?? 0n) > 0n,
  );
  const backstop = live < 0 || weight === 0n ? 0n : floorDiv(rest * BigInt(parameters.feeToBackstopPpm), weight);
  return { insurance, protocol: rest - backstop, backstop, tranche: live < 0 ? null : (books.trancheAccounts[live] ?? -1) };
}

function payFee(books: Books, moves: Moves, event: SliceSold, market: AuditedMarket): void {
  if (event.fee === 0n) return;
  const { group } = accountOf(books, event.account);
  const parts = feeParts(books, market, { group, fee: event.fee });
  moves.fund(group, 'insurance', parts.insurance).fund(group, 'protocol', parts.protocol);
  if (parts.tranche !== null) moves.cash(parts.tranche, parts.backstop);
}

/** Its share of open interest valued at each instrument's worst stress move, rounded up, and at least its floor. */
function insuranceTarget(books: Books, group: number, market: AuditedMarket): bigint {
  const parameters = books.parameters.groups[group];
  let stressed = 0n;
  for (const [id, line] of market.instruments) stressed += (books.longs.get(id) ?? 0n) * worstMove(line);
  return most(ceilDiv(stressed * BigInt(parameters?.insuranceTargetPpm ?? 0), MILLION), parameters?.insuranceFloor ?? 0n);
}

/** ⌈notional · average fee⌉, before what the account can bear: positions at their instrument's fee, collateral at the group's; the average rounded up. */
export function feeCap(
  books: Books,
  market: AuditedMarket,
  sold: { readonly account: AccountBook; readonly positions: readonly SoldPosition[]; readonly part: (whole: bigint) => bigint },
): bigint {
  let notional = 0n;
  let weighted = 0n;
  for (const { instrument, lots } of sold.positions) {
    const size = abs(lots) * (market.instruments.get(instrument)?.notional ?? 0n);
    notional += size;
    weighted += size * BigInt(books.parameters.instruments[instrument]?.liquidationFeePpm ?? 0);
  }
  for (const { kind, asset, amount } of balancesOnSale(books, sold.account)) {
    if (kind !== 'collateral') continue;
    const feedUnit = books.assets[asset]?.feedUnit ?? 1n;
    const size = floorDiv(sold.part(amount) * (market.prices.get(asset)?.high ?? 0n) * MILLION, feedUnit * market.stable);
    notional += size;
    weighted += size * BigInt(books.parameters.groups[sold.account.group]?.collateralFeePpm ?? 0);
  }
  return notional === 0n ? 0n : ceilDiv(notional * ceilDiv(weighted, notional), MILLION);
}
