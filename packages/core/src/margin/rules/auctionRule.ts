/**
 * A Dutch auction of one collateral lot by the clock (cookbook B11, Maker's "Liquidations 2.0"), as functions of its rule.
 *
 *     bark   part = min(debt, ⌊room / penalty⌋), all of it when the rest would be dust;  raise = ⌈part · penalty⌉
 *     price  top = oracle price · opening;  top · (1 − t/τ)  |  top · cut^⌊t/step⌋  |  top · cut^t
 *     take   pays ⌈bought · price⌉, never more than is left to raise, and leaves nothing or at least the dust line
 *     redo   after the tail, or below cusp · top
 *
 * Money is ticks of one USD, collateral ledger units, prices 1e-27 USD per feed unit: the published prices carry 27 digits. Products of
 * prices round as published (cut powers half up, the rest down); what a buyer pays rounds up and what is bought for a sum down, against
 * the buyer, so that no slice is free.
 */

import { assert } from '../../numeric/assert.ts';
import { mulDivDown, mulDivUp } from '../../numeric/rounding.ts';
import type { AuctionRule, PriceCurve } from './ruleSet.ts';

const PPM: bigint = 1_000_000n;
const RAY: bigint = 1_000_000_000_000_000_000_000_000_000n;
/** 1e-27 USD to ticks (1e-6 USD). */
const RAY_PER_TICK: bigint = 1_000_000_000_000_000_000_000n;
/** 1e-9 USD to 1e-27. */
const RAY_PER_NANO: bigint = 1_000_000_000_000_000_000n;
/** Cuts count 1e-12. */
const RAY_PER_CUT: bigint = 1_000_000_000_000_000n;

/** A running auction. */
export interface Sale {
  /** Still to raise, ticks. */
  readonly raise: bigint;
  /** Collateral left, ledger units. */
  readonly lot: bigint;
  /** Opening price, 1e-27 USD per feed unit. */
  readonly top: bigint;
}

export interface Loan {
  /** Ticks. */
  readonly debt: bigint;
  /** Ledger units, and how many of them the oracle prices as one. */
  readonly collateral: bigint;
  readonly feedUnit: bigint;
  /** Oracle price, 1e-9 USD. */
  readonly price: bigint;
  /** Already on auction, ticks. */
  readonly onAuction: bigint;
}

export interface OpenedSale {
  readonly sale: Sale;
  /** Debt taken out of the loan, ticks. */
  readonly debtTaken: bigint;
}

/** Opens the auction of a loan; null when there is no room, when the part would be dust, or when the lot would be empty. */
export function openSale(rule: AuctionRule, loan: Loan): OpenedSale | null {
  const room = BigInt(rule.roomUsd) * PPM - loan.onAuction;
  const dust = BigInt(rule.dustUsd) * PPM;
  if (room <= 0n || room < dust || loan.debt <= 0n) return null;
  const affordable = mulDivDown(room, PPM, BigInt(rule.penaltyPpm));
  let debtTaken = affordable < loan.debt ? affordable : loan.debt;
  if (debtTaken < loan.debt) {
    // Exactly room / penalty is affordable: cut to ticks it would leave a rest of dust that is none.
    if ((loan.debt - dust) * BigInt(rule.penaltyPpm) < room * PPM) debtTaken = loan.debt;
    else if (debtTaken < dust) return null;
  }
  const lot = mulDivDown(loan.collateral, debtTaken, loan.debt);
  if (lot === 0n) return null;
  const top = mulDivDown(loan.price * RAY_PER_NANO, BigInt(rule.openingPpm), PPM);
  return { sale: { raise: mulDivUp(debtTaken, BigInt(rule.penaltyPpm), PPM), lot, top }, debtTaken };
}

/** Price after some seconds, 1e-27 USD. Asserts that time does not run before the start. */
export function salePrice(curve: PriceCurve, top: bigint, elapsedSeconds: number): bigint {
  assert(Number.isSafeInteger(elapsedSeconds) && elapsedSeconds >= 0, 'An auction starts before it falls.');
  const elapsed = BigInt(elapsedSeconds);
  switch (curve.kind) {
    case 'linear': {
      const length = BigInt(curve.seconds);
      if (elapsed >= length) return 0n;
      return mulDivDown(top, mulDivDown(length - elapsed, RAY, length), RAY);
    }
    case 'stairstep':
      return mulDivDown(top, cutPower(curve.cutPerTrillion, mulDivDown(elapsed, 1n, BigInt(curve.stepSeconds))), RAY);
    case 'exponential':
      return mulDivDown(top, cutPower(curve.cutPerTrillion, elapsed), RAY);
  }
}

/** cut^exponent by repeated squaring, every product to the nearest and a tie up: the rounding is part of the published price. */
function cutPower(cutPerTrillion: number, exponent: bigint): bigint {
  let square = BigInt(cutPerTrillion) * RAY_PER_CUT;
  let result = exponent % 2n === 0n ? RAY : square;
  for (let rest = exponent >> 1n; rest > 0n; rest >>= 1n) {
    square = nearest(square * square);
    if (rest % 2n === 1n) result = nearest(result * square);
  }
  return result;
}

function nearest(product: bigint): bigint {
  return mulDivDown(product + (RAY >> 1n), 1n, RAY);
}

/** True when the auction must be restarted. */
export function needsRestart(
  rule: AuctionRule,
  at: { readonly top: bigint; readonly price: bigint; readonly elapsedSeconds: number },
): boolean {
  return at.elapsedSeconds > rule.tailSeconds || at.price * PPM < at.top * BigInt(rule.cuspPpm);
}

export interface Take {
  readonly paid: bigint;
  readonly bought: bigint;
  readonly sale: Sale;
  /** Collateral that returns to the borrower because everything is raised, ledger units. */
  readonly returned: bigint;
}

/**
 * Buys up to `amount` of the lot at `price`; null when a part would leave dust that cannot be avoided. A rest below the dust line
 * (with the penalty) is avoided by buying less.
 */
export function takeFromSale(
  rule: AuctionRule,
  sale: Sale,
  order: { readonly amount: bigint; readonly price: bigint; readonly feedUnit: bigint },
): Take | null {
  const dustLine = mulDivUp(BigInt(rule.dustUsd) * PPM, BigInt(rule.penaltyPpm), PPM);
  const scale = order.feedUnit * RAY_PER_TICK;
  const payable = (sum: bigint): bigint => (order.price === 0n ? 0n : mulDivDown(sum, scale, order.price));
  let bought = order.amount < sale.lot ? order.amount : sale.lot;
  let paid = mulDivUp(bought, order.price, scale);
  if (paid > sale.raise) {
    paid = sale.raise;
    bought = payable(paid);
  } else if (paid < sale.raise && bought < sale.lot && sale.raise - paid < dustLine) {
    if (sale.raise <= dustLine) return null;
    paid = sale.raise - dustLine;
    bought = payable(paid);
  }
  const left = { ...sale, raise: sale.raise - paid, lot: sale.lot - bought };
  const isRaised = left.raise === 0n;
  return { paid, bought, sale: isRaised ? { ...left, lot: 0n } : left, returned: isRaised ? left.lot : 0n };
}

/** What whoever starts or restarts the auction is paid, ticks rounded down; nothing for dust. */
export function startReward(rule: AuctionRule, sale: Sale, lotValue: bigint): bigint {
  const dustLine = mulDivUp(BigInt(rule.dustUsd) * PPM, BigInt(rule.penaltyPpm), PPM);
  if (sale.raise < dustLine || lotValue < dustLine) return 0n;
  return BigInt(rule.tipUsd) * PPM + mulDivDown(sale.raise, BigInt(rule.chipPpm), PPM);
}

/** The part of `AuctionParameters` that a falling price decides. */
export interface AuctionClock {
  readonly startPpm: number;
  readonly fastMs: number;
  readonly cutoffPpm: number;
  readonly slowMs: number;
}

/**
 * The two-phase clock that the protocol's auction honours, read from the rule: from the opening price to the last price before
 * a restart, and from there to nothing in the same time again. A falling curve of cuts is convex, so the straight first phase never asks
 * less than the curve; a linear price is met exactly (to a part in a million). The protocol's auction has no restart.
 */
export function auctionClockOf(rule: AuctionRule): AuctionClock {
  const start = BigInt(rule.openingPpm);
  const top = start * RAY;
  const seconds = lastSecond(rule, top);
  const cutoff = mulDivUp(salePrice(rule.curve, top, seconds), 1n, RAY);
  const fastMs = seconds * 1000;
  const slowMs = rule.curve.kind === 'linear' ? Math.max(1000, rule.curve.seconds * 1000 - fastMs) : fastMs;
  return { startPpm: rule.openingPpm, fastMs, cutoffPpm: Number(cutoff < start ? cutoff : start), slowMs };
}

/** Last second, at least one, at which the auction need not be restarted. Bisection: prices fall. */
function lastSecond(rule: AuctionRule, top: bigint): number {
  const runs = (elapsedSeconds: number): boolean =>
    !needsRestart(rule, { top, price: salePrice(rule.curve, top, elapsedSeconds), elapsedSeconds });
  let good = 1;
  let bad = rule.tailSeconds + 1;
  while (bad - good > 1) {
    const middle = good + Math.floor((bad - good) / 2);
    if (runs(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
