/**
 * Losses and claims that touch every holder of an instrument without touching their rows.
 *
 * The social-loss index S of an instrument (ticks per |lot|, never falling) is folded into the value of a position:
 *
 *     value = lots · (mark − F) − |lots| · S          F: funding index, ticks per lot
 *
 * so raising S by δ takes δ · Σ|lots| from all holders at once. A change of position must not change what was lost before,
 * so a fill moves (|l1| − |l0|) · S between the account's cash and the group's fund `socialised`: a new position is paid the old loss
 * that its value shows, a closed one pays what it had lost. Then equity is unchanged by a fill at mark, and over all accounts
 * fund(socialised) + S · Σ|lots| never falls below what it was after the loss: dust ≥ 0.
 *
 * The claim index K works the same way, on the part of a loss that exceeds the bound. An account's claim is
 * claimCash + Σ |lots| · K, with claimCash −= (|l1| − |l0|) · K at every change of position: only accounts that changed a
 * position after a claim was raised need an entry, and the sum over all accounts is exact.
 */

import { assert } from '../numeric/assert.ts';
import { type Amount, amount, type Lots, RAY_ONE, type Shares, type TicksPerLot, ticksPerLot } from '../numeric/brand.ts';
import { divUp, mulDivDown } from '../numeric/rounding.ts';

/** A change of one position at a price. */
export interface Fill {
  readonly lotsBefore: Lots;
  readonly lotsAfter: Lots;
  /** Ticks per lot that the account pays for what it buys. */
  readonly priceTicks: TicksPerLot;
  readonly fundingIndex: TicksPerLot;
  readonly socialIndex: TicksPerLot;
}

/** Cash leg of the account, and the leg of the group's fund `socialised`. */
export interface CashAdjustment {
  readonly cash: Amount;
  readonly socialised: Amount;
}

/**
 * What a fill posts: cash −n·(p − F) + (|l1| − |l0|)·S, and −(|l1| − |l0|)·S in `socialised`. Over the two sides of a trade at
 * one price these sum to zero. At mark m the account's equity changes by n·(m − p), so not at all for p = m.
 */
export function cashAdjustmentForFill(fill: Fill): CashAdjustment {
  const { lotsBefore, lotsAfter, priceTicks, fundingIndex, socialIndex } = fill;
  const bought = BigInt(lotsAfter) - BigInt(lotsBefore);
  const social = grossChange(lotsBefore, lotsAfter) * BigInt(socialIndex);
  const price = BigInt(priceTicks) - BigInt(fundingIndex);
  return { cash: amount(social - bought * price), socialised: amount(-social) };
}

/** Value of a position at a mark, in ticks: lots · (mark − F) − |lots| · S. */
export function positionValue(
  held: Lots,
  at: { readonly markTicks: TicksPerLot; readonly fundingIndex: TicksPerLot; readonly socialIndex: TicksPerLot },
): Amount {
  const size = BigInt(held);
  const gross = size < 0n ? -size : size;
  return amount(size * (BigInt(at.markTicks) - BigInt(at.fundingIndex)) - gross * BigInt(at.socialIndex));
}

/** How a loss is spread over the holders of an instrument. */
export interface SocialisedLoss {
  readonly socialIndex: TicksPerLot;
  readonly claimIndex: TicksPerLot;
  /** What holders bear, at least the loss: post −loss to `socialised`; the excess is its dust. */
  readonly borne: Amount;
  /** The part of it for which they hold claims. */
  readonly claimed: Amount;
}

/**
 * Spreads `loss` over `gross` lots: S rises by ⌈loss / gross⌉, and K by the part of that above `boundPerLot`. Asserts that
 * somebody holds lots; a loss that nobody can bear is the group's deficit.
 */
export function socialiseLoss(loss: {
  readonly loss: Amount;
  /** Σ |lots| over the accounts that bear it: all holders of the instrument. */
  readonly gross: number;
  readonly socialIndex: TicksPerLot;
  readonly claimIndex: TicksPerLot;
  readonly boundPerLot: TicksPerLot;
}): SocialisedLoss {
  assert(loss.loss >= 0n && loss.gross > 0, 'A loss is spread over lots that somebody holds.');
  const gross = BigInt(loss.gross);
  const perLot = divUp<bigint>(loss.loss, gross);
  const claimPerLot = perLot > BigInt(loss.boundPerLot) ? perLot - BigInt(loss.boundPerLot) : 0n;
  return {
    socialIndex: ticksPerLot(loss.socialIndex + Number(perLot)),
    claimIndex: ticksPerLot(loss.claimIndex + Number(claimPerLot)),
    borne: amount(perLot * gross),
    claimed: amount(claimPerLot * gross),
  };
}

/** Change of an account's claimCash at a change of position: −(|l1| − |l0|) · K, so that its claim stays what it was. */
export function claimCashChange(change: {
  readonly lotsBefore: Lots;
  readonly lotsAfter: Lots;
  readonly claimIndex: TicksPerLot;
}): Amount {
  return amount(-grossChange(change.lotsBefore, change.lotsAfter) * BigInt(change.claimIndex));
}

/** The part of an account's claim that one position carries: |lots| · K. */
export function claimOfPosition(held: Lots, claimIndex: TicksPerLot): Amount {
  const size = BigInt(held);
  return amount((size < 0n ? -size : size) * BigInt(claimIndex));
}

/**
 * Change of an account's claimCash at a change of its supply shares in a pool with claim index Kpool (1e-27 per share): the claim
 * that the shares carried before less the one they carry after, each rounded down, so the account's claim stays what it was.
 */
export function claimCashChangeForSupply(change: {
  readonly sharesBefore: Shares;
  readonly sharesAfter: Shares;
  readonly claimIndex: bigint;
}): Amount {
  const { sharesBefore, sharesAfter, claimIndex } = change;
  return amount(claimOfSupply(sharesBefore, claimIndex) - claimOfSupply(sharesAfter, claimIndex));
}

/** The part of an account's claim that its supply shares carry: ⌊shares · Kpool⌋. */
export function claimOfSupply(held: Shares, claimIndex: bigint): Amount {
  return amount(mulDivDown<bigint>(held, claimIndex, RAY_ONE));
}

function grossChange(before: Lots, after: Lots): bigint {
  return BigInt(Math.abs(after)) - BigInt(Math.abs(before));
}
