import { balanceCount } from '../../../ledger/balances.ts';
import { fundOf } from '../../../ledger/ledger.ts';
import { positionCount } from '../../../ledger/positions.ts';
import { auctionFraction, reservePrice, standingBid } from '../../../liquidation/auctionClock.ts';
import { targetFractionPpm } from '../../../liquidation/targetFraction.ts';
import type { MarginFigures } from '../../../margin/riskModel.ts';
import { max, min, neg, sub } from '../../../numeric/arithmetic.ts';
import { assert } from '../../../numeric/assert.ts';
import {
  type AccountId,
  type DurationMs,
  PPM_ONE,
  type Ppm,
  ppm,
  type Ticks,
  ticks,
  ZERO_TICKS,
} from '../../../numeric/brand.ts';
import { applyPpmUp, durationBetween } from '../../../numeric/ratio.ts';
import { mulDivDown } from '../../../numeric/rounding.ts';
import type { BlockRun } from '../../block.ts';
import { areFeedsReadyOf, figuresOf, isLiquidatable, saleValueOf } from '../../healthOf.ts';
import { accountModeOf } from '../../lookup.ts';
import { keptBackLegs, sliceToSell } from '../../sliceLegs.ts';
import type { Auction } from '../../state.ts';
import { openTranches } from '../../tranches.ts';
import { type EngineView, modelOf } from '../../view.ts';
import { collateralValue } from './collateralValue.ts';
import { sliceNotional } from './feeBase.ts';

/** Reserve of the whole of what is on sale now, its mark value, and time in the stage. */
export interface Offer {
  readonly value: Ticks;
  readonly reserve: Ticks;
  readonly elapsedMs: DurationMs;
}

export function offerOf(view: EngineView, auction: Auction): Offer {
  const parameters = view.state.parameters.groups[auction.group];
  assert(parameters !== undefined, 'A listed group has parameters.');
  const value = sub(saleValueOf(view, auction.account, keptBackLegs(view.state, auction.account)), auction.reservedCash);
  const elapsedMs = durationBetween(auction.stageAtMs, view.state.timeMs);
  if (auction.stage === 'voluntary') return { value, reserve: voluntaryReserve(view, auction, value), elapsedMs };
  const backstopHasCapacity = value > ZERO_TICKS && openTranches(view, auction.group).length > 0;
  if (auction.wiped && value >= ZERO_TICKS) {
    return { value, reserve: backstopHasCapacity ? writtenOffBid(view, auction, value) : ZERO_TICKS, elapsedMs };
  }
  const reserve = reservePrice({ parameters: parameters.auction, elapsedMs, value, backstopHasCapacity });
  // Takers of an insolvent portfolio are paid by insurance, so never more than it holds.
  const payable = neg(ticks(fundOf(view.state.ledger, auction.group, 'insurance')));
  return { value, reserve: max(reserve, min(payable, ZERO_TICKS)), elapsedMs };
}

/**
 * What the backstop pays for a portfolio whose loss was written off: its standing bid less the incentive that the write-off left in
 * it for the taker. What is paid belongs to the recovery fund.
 */
export function writtenOffBid(view: EngineView, auction: Auction, value: Ticks): Ticks {
  const parameters = view.state.parameters.groups[auction.group];
  if (parameters === undefined || value <= ZERO_TICKS) return ZERO_TICKS;
  const incentive = applyPpmUp(collateralValue(view, auction.account), parameters.writeOffIncentivePpm);
  return max(ZERO_TICKS, sub(standingBid(parameters.auction, value), incentive));
}

/** Owners name their limit; a tranche asks for half of the discount at which it bought. Nothing worthless is offered. */
function voluntaryReserve(view: EngineView, auction: Auction, value: Ticks): Ticks {
  const protection = view.state.protections.get(auction.account)?.protection;
  const discount = view.state.parameters.groups[auction.group]?.auction.backstopDiscountPpm ?? 0;
  const limitPpm = protection?.kind === 'slice' ? protection.limitPpm : ppm(PPM_ONE - Math.floor(discount / 2));
  return applyPpmUp(max(value, ZERO_TICKS), limitPpm);
}

/** The part to sell at a price for the whole. */
export function fractionAt(
  view: EngineView,
  auction: Auction,
  figures: MarginFigures,
  offer: { readonly value: Ticks; readonly price: Ticks },
): Ppm {
  const parameters = view.state.parameters.groups[auction.group];
  assert(parameters !== undefined, 'A listed group has parameters.');
  if (auction.wiped || offer.value <= ZERO_TICKS) return PPM_ONE;
  // Overcollateralized accounts are margined in USD; what is paid for them is settlement asset.
  const isUsd = accountModeOf(view.state, auction.account) === 'overcollateralized';
  const stablePrice = modelOf(view, auction.group).stablePrice;
  const inUnit = (value: Ticks): Ticks => (isUsd ? mulDivDown(value, stablePrice, 1_000_000_000n) : value);
  const { notional, feePpm } = sliceNotional(view, auction.account, sliceToSell(view, auction.account, PPM_ONE));
  const target = targetFractionPpm({
    haircutEquity: figures.haircutEquityMaintenance,
    requirement: figures.maintenance,
    reservedCash: inUnit(auction.reservedCash),
    price: inUnit(offer.price),
    fee: inUnit(applyPpmUp(notional, feePpm)),
    bufferPpm: parameters.auction.bufferPpm,
  });
  return auctionFraction(parameters.auction, { target, value: offer.value });
}

/** True when nothing is left that could be sold. */
export function isEmptied(run: BlockRun, account: AccountId): boolean {
  const store = run.view.state.ledger.accounts;
  return positionCount(store, account) === 0 && balanceCount(store, account) === 0;
}

/** True while the account is below maintenance, or was written off and still has something to sell. */
export function isStillBelow(run: BlockRun, account: AccountId): boolean {
  const auction = run.view.state.auctions.get(account);
  if (auction === undefined) return false;
  if (auction.wiped) return !isEmptied(run, account);
  return figuresOf(run.view, account, run.view.scanned).healthMaintenance < ZERO_TICKS;
}

/**
 * True while the account is still to be sold in this visit: below maintenance, and with a leg that a quorum prices. Asked again before
 * every layer, because the ones above may have taken all such legs: what stands on a dead feed alone waits for its price.
 */
export function isStillOnSale(run: BlockRun, account: AccountId): boolean {
  if (!isStillBelow(run, account)) return false;
  const isWiped = run.view.state.auctions.get(account)?.wiped === true;
  return isWiped ? areFeedsReadyOf(run.view, account) : isLiquidatable(run.view, account);
}
