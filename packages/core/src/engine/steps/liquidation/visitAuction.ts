import { cashOf, loanSharesOf } from '../../../ledger/accountStore.ts';
import { cashLoanLegs, owedLoanInterest } from '../../../ledger/ledger.ts';
import { type Clearing, type ClearingBid, type ClearingFill, clearBids, clearToTarget } from '../../../liquidation/clearing.ts';
import type { MarginFigures } from '../../../margin/riskModel.ts';
import { assert } from '../../../numeric/assert.ts';
import { type AccountId, PPM_ONE, type Ppm, ppm, type Ticks, ZERO_AMOUNT, ZERO_TICKS } from '../../../numeric/brand.ts';
import { applyPpmUp } from '../../../numeric/ratio.ts';
import { mulDivDownNumber } from '../../../numeric/rounding.ts';
import { type BlockRun, emit } from '../../block.ts';
import { areFeedsReadyOf, figuresOf, isLiquidatable } from '../../healthOf.ts';
import { sideOf } from '../../healthSides.ts';
import { isOpenAccount } from '../../lookup.ts';
import type { Auction } from '../../state.ts';
import { backstopAccountOf } from '../../tranches.ts';
import { absorbDeficit } from './absorbDeficit.ts';
import { offerToPools } from './ammPools.ts';
import { offerToBackstop } from './backstop.ts';
import { fractionAt, isEmptied, isStillBelow, isStillOnSale, offerOf } from './offer.ts';
import { sellSlice } from './sell.ts';

/** Of a tranche's inventory one clearing sells this part, or the least that can be sold: it is worked off, never forced. */
const INVENTORY_SLICE_PPM: Ppm = ppm(200_000);

/**
 * One auction in one block: its stage, its bids at one price, the pools, the backstop, and for insolvent portfolios the layers
 * below. Nothing is filled for an account that is healthy at the start of the step.
 */
export function visitAuction(run: BlockRun, account: AccountId): void {
  const { view } = run;
  const opened = view.state.auctions.get(account);
  assert(opened !== undefined, 'An auction that is visited is open.');
  if (isSurelyIdle(run, opened)) return;
  const figures = figuresOf(view, account, view.scanned);
  if (opened.stage === 'voluntary') return visitVoluntary(run, opened, figures);
  if (isIdle(run, opened, figures)) return;
  payLoanInterest(run, account);
  if (isEmptied(run, account)) return endEmptied(run, opened);
  if (figures.healthMaintenance >= ZERO_TICKS && !opened.wiped)
    return emit(run, { kind: 'auctionClosed', account, reason: 'restored' });
  if (opened.wiped ? !areFeedsReadyOf(view, account) : !isLiquidatable(view, account)) return;
  const auction = atStage(run, opened, figures.equity < ZERO_TICKS);
  clear(run, auction, figures);
  if (!isStillOnSale(run, account)) return endIfDone(run, account);
  offerToPools(run, account);
  if (!isStillOnSale(run, account)) return endIfDone(run, account);
  offerToBackstop(run, account);
  if (isStillOnSale(run, account)) absorbDeficit(run, account);
  endIfDone(run, account);
}

/**
 * Pays the interest owed on the account's cash loan and ends the loan, so that what is sold, deleveraged or written off is all there
 * is and the account ends at exactly zero; checks size the loan anew at the end of the block.
 */
function payLoanInterest(run: BlockRun, account: AccountId): void {
  const { ledger } = run.view.state;
  if (loanSharesOf(ledger.accounts, account) === 0n) return;
  const interest = owedLoanInterest(ledger, account);
  emit(run, {
    kind: 'cashLoanSettled',
    account,
    interest,
    principal: ZERO_AMOUNT,
    legs: cashLoanLegs(ledger, account, ZERO_AMOUNT),
  });
}

/** Nothing can happen in this visit: nobody bids, no pool or tranche stands behind the group, and the stage does not change. */
function isIdle(run: BlockRun, auction: Auction, figures: MarginFigures): boolean {
  if (auction.wiped || auction.stage !== 'liquidation') return false;
  if (figures.healthMaintenance >= ZERO_TICKS || figures.equity < ZERO_TICKS) return false;
  return isLeftAlone(run, auction);
}

/** `isIdle` where doubles can tell: most auctions that nobody bids in. */
function isSurelyIdle(run: BlockRun, auction: Auction): boolean {
  const { view } = run;
  if (auction.wiped || auction.stage !== 'liquidation') return false;
  if (sideOf(view, auction.account, 'health') >= 0 || sideOf(view, auction.account, 'equity') <= 0) return false;
  return isLeftAlone(run, auction);
}

/** Nobody bids for it, and no pool or tranche stands behind its group. */
function isLeftAlone(run: BlockRun, auction: Auction): boolean {
  const { view } = run;
  const { state } = view;
  if (isEmptied(run, auction.account) || view.bids.has(auction.account)) return false;
  return backstopAccountOf(state, auction.group) === null && !state.terms.ammPools.some((pool) => pool.group === auction.group);
}

/** Enters or leaves the insolvent stage; its clock starts anew. */
function atStage(run: BlockRun, auction: Auction, isInsolvent: boolean): Auction {
  const stage = isInsolvent ? 'insolvent' : 'liquidation';
  if (auction.stage === stage) return auction;
  const next: Auction = { ...auction, stage, stageAtMs: run.view.state.timeMs };
  emit(run, { kind: 'auctionStaged', auction: next });
  return next;
}

/** Clears this block's bids at one price for the smallest part that lifts the account to its buffer at that price. */
function clear(run: BlockRun, auction: Auction, figures: MarginFigures): void {
  const { view } = run;
  const bids = clearingBids(run, auction.account);
  if (bids.length === 0) return;
  const offer = offerOf(view, auction);
  const clearing = clearToTarget({
    reserve: offer.reserve,
    targetAt: (price) => fractionAt(view, auction, figures, { ...offer, price }),
    bids,
  });
  sellFills(run, auction.account, {
    clearing,
    layer: 'auction',
    value: offer.value,
    mostOf: (fill) => sizeOf(bids, fill),
    goesOn: () => isStillOnSale(run, auction.account),
  });
}

interface FillSale {
  readonly clearing: Clearing;
  readonly layer: 'auction' | 'protection' | 'inventory';
  /** Mark value of the whole that was offered. */
  readonly value: Ticks;
  /** The most of the whole that may be sold for a fill that is too small to be acceptable. */
  readonly mostOf: (fill: ClearingFill) => Ppm;
  /** Asked after every fill, with what was sold of the whole, in parts per million. */
  readonly goesOn: (soldPpm: number) => boolean;
}

/** Sells to one taker after the other. Fills, price and value are of the whole that was offered; a slice is of what is left of it. */
function sellFills(run: BlockRun, account: AccountId, { clearing, layer, value, mostOf, goesOn }: FillSale): void {
  let sold = 0;
  for (const fill of clearing.fills) {
    const left = PPM_ONE - sold;
    const auction = run.view.state.auctions.get(account);
    if (left <= 0 || auction === undefined) return;
    const ofLeft = (part: number): Ppm => ppm(Math.min(PPM_ONE, mulDivDownNumber(part, PPM_ONE, left)));
    const taken = sellSlice(run, {
      auction,
      taker: fill.bidder,
      layer,
      fractionPpm: ofLeft(fill.fractionPpm),
      mostPpm: ofLeft(mostOf(fill)),
      price: scaledTo(clearing.price, left),
      value: scaledTo(value, left),
    });
    sold += mulDivDownNumber<number>(taken, left, PPM_ONE);
    if (!goesOn(sold)) return;
  }
}

function scaledTo(whole: Ticks, leftPpm: number): Ticks {
  return leftPpm === PPM_ONE ? whole : applyPpmUp(whole, ppm(leftPpm));
}

function clearingBids(run: BlockRun, account: AccountId): readonly ClearingBid[] {
  const { view } = run;
  const open = (view.bids.get(account) ?? []).filter((bid) => isOpenAccount(view.state, bid.account));
  return open.map((bid, index) => ({
    bid: index,
    bidder: bid.account,
    sizePpm: bid.sizePpm,
    limit: bid.limit,
    // Few levels come to the last millionth: hashed when one does.
    get tieHash(): bigint {
      return tieHash(run, bid.account);
    },
  }));
}

/** Orders the last millionths among equal limits: nobody can know it before the previous block is final. */
function tieHash(run: BlockRun, bidder: AccountId): bigint {
  const digest = run.view.codec.hashValue([run.view.state.previousHash, bidder]);
  let value = 0n;
  for (const byte of digest.subarray(0, 8)) value = value * 256n + BigInt(byte);
  return value;
}

/**
 * A voluntary slice: the owner's size at no less than the owner's limit. Unfilled, nothing happens. A part of a tranche's inventory that
 * is less than a lot, or so small that roundings of its requirement outweigh it, grows up to the bid: the last of it is sold too.
 */
function visitVoluntary(run: BlockRun, auction: Auction, figures: MarginFigures): void {
  const { view } = run;
  const { account } = auction;
  const isInventory = view.state.tranches.some((tranche) => tranche.account === account);
  const protection = view.state.protections.get(account)?.protection;
  const isWanted = isInventory ? !isEmptied(run, account) : protection?.kind === 'slice' && figures.healthInitial < ZERO_TICKS;
  if (!isWanted) return emit(run, { kind: 'auctionClosed', account, reason: 'withdrawn' });
  const bids = clearingBids(run, account);
  const { value, reserve } = offerOf(view, auction);
  if (bids.length === 0 || value <= ZERO_TICKS) return;
  const targetPpm = protection?.kind === 'slice' ? protection.sizePpm : INVENTORY_SLICE_PPM;
  const clearing = clearBids({ reserve, targetPpm, bids });
  sellFills(run, account, {
    clearing,
    layer: isInventory ? 'inventory' : 'protection',
    value,
    mostOf: (fill) => (isInventory ? sizeOf(bids, fill) : fill.fractionPpm),
    goesOn: (soldPpm) => soldPpm < targetPpm,
  });
  if (isInventory ? isEmptied(run, account) : figuresOf(view, account, view.scanned).healthInitial >= ZERO_TICKS) {
    emit(run, { kind: 'auctionClosed', account, reason: isInventory ? 'sold' : 'restored' });
  }
}

function sizeOf(bids: readonly ClearingBid[], fill: ClearingFill): Ppm {
  return bids.find(({ bid }) => bid === fill.bid)?.sizePpm ?? fill.fractionPpm;
}

function endEmptied(run: BlockRun, auction: Auction): void {
  const { account } = auction;
  if (cashOf(run.view.state.ledger.accounts, account) < 0n) absorbDeficit(run, account);
  if (cashOf(run.view.state.ledger.accounts, account) >= 0n) emit(run, { kind: 'auctionClosed', account, reason: 'empty' });
}

function endIfDone(run: BlockRun, account: AccountId): void {
  const { state } = run.view;
  const auction = state.auctions.get(account);
  if (auction === undefined) return;
  const isDone = isEmptied(run, account) ? cashOf(state.ledger.accounts, account) >= 0n : !isStillBelow(run, account);
  if (isDone) emit(run, { kind: 'auctionClosed', account, reason: isEmptied(run, account) ? 'sold' : 'restored' });
}
