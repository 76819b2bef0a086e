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

import { type Amount, amount, type Lots, RAY_ONE, type Shares, type TicksPerLot, ZERO_AMOUNT } from '../numeric/brand.ts';
import { mulDivDown } from '../numeric/rounding.ts';

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
  const paid = (lotsAfter - lotsBefore) * (priceTicks - fundingIndex);
  const social = (Math.abs(lotsAfter) - Math.abs(lotsBefore)) * socialIndex;
  // A product or difference of integers below 2^53 is exact; a rounded one is not below, so this proves both and their sum.
  if (Math.abs(paid) + Math.abs(social) <= Number.MAX_SAFE_INTEGER) {
    return { cash: amount(BigInt(social - paid)), socialised: social === 0 ? ZERO_AMOUNT : amount(BigInt(-social)) };
  }
  const bought = BigInt(lotsAfter) - BigInt(lotsBefore);
  const carried = grossChange(lotsBefore, lotsAfter) * BigInt(socialIndex);
  const price = BigInt(priceTicks) - BigInt(fundingIndex);
  return { cash: amount(carried - bought * price), socialised: amount(-carried) };
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
