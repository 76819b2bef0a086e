/**
 * Sharing a loss that no layer above could bear. Over the lots of an instrument it is an index that rises (ticks per lot of
 * either sign); over the suppliers of an asset it is a supply index that falls. Both are bounded: what is beyond the bound is
 * taken from the same holders and remembered as a dated claim on later recoveries. Nothing is lost in rounding: each result states
 * how much was collected and how much of that is dust.
 */

import { compareNumber, min, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import {
  type Amount,
  amount,
  type InstrumentId,
  type Ppm,
  RAY_ONE,
  type Ray,
  ray,
  type Shares,
  type Ticks,
  type TicksPerLot,
  ticks,
  ticksPerLot,
} from '../numeric/brand.ts';
import { applyPpmDown } from '../numeric/ratio.ts';
import { divUp, mulDivDown } from '../numeric/rounding.ts';
import { splitProRata } from './proRata.ts';

export interface LotLoss {
  /** Increment of the loss index: every account pays |lots| times this. */
  readonly lossPerLot: TicksPerLot;
  /** Of it, the part beyond the bound: every account is owed |lots| times this from recoveries. */
  readonly claimPerLot: TicksPerLot;
  /** lossPerLot · grossLots: what the accounts pay. */
  readonly collected: Ticks;
  /** claimPerLot · grossLots: what they are owed. */
  readonly claimed: Ticks;
  /** collected − loss, at least zero and below grossLots: for the dust fund. */
  readonly dust: Ticks;
}

/**
 * Shares `loss` over `grossLots`, the sum of |lots| of all accounts that hold the instrument (the bankrupt one is closed). The
 * loss per lot is rounded up; up to ⌊|mark| · bound⌋ of it is final, the rest is a claim.
 */
export function socialiseOverLots(input: {
  readonly loss: Ticks;
  readonly grossLots: bigint;
  readonly mark: TicksPerLot;
  readonly boundPpm: Ppm;
}): LotLoss {
  assert(input.loss >= 0n && input.grossLots > 0n, 'A loss that is not negative is shared over some lots.');
  const gross = input.grossLots;
  const perLot: bigint = divUp<bigint>(input.loss, gross);
  const final = smaller(perLot, finalPerLot(input.mark, input.boundPpm));
  const collected = ticks(perLot * gross);
  return {
    lossPerLot: ticksPerLot(Number(perLot)),
    claimPerLot: ticksPerLot(Number(perLot - final)),
    collected,
    claimed: ticks((perLot - final) * gross),
    dust: sub(collected, input.loss),
  };
}

/** The most of a loss over these lots that is final: ⌊|mark| · bound⌋ · grossLots. */
export function socialBound(input: { readonly grossLots: bigint; readonly mark: TicksPerLot; readonly boundPpm: Ppm }): Ticks {
  return ticks(finalPerLot(input.mark, input.boundPpm) * input.grossLots);
}

export interface SharedInstrument {
  readonly instrument: InstrumentId;
  readonly grossLots: bigint;
  readonly mark: TicksPerLot;
}

/**
 * Spreads a group's loss over its instruments in proportion to gross notional (to gross lots where every mark is zero). The
 * parts sum to the loss. In order of instrument; instruments nobody holds are left out. Empty when nobody holds anything: then the loss stays.
 */
export function spreadSocialLoss(
  loss: Ticks,
  instruments: readonly SharedInstrument[],
): readonly { readonly instrument: InstrumentId; readonly loss: Ticks }[] {
  const held = instruments.filter((entry) => entry.grossLots > 0n).sort((a, b) => compareNumber(a.instrument, b.instrument));
  if (held.length === 0) return [];
  const worthless = held.every((entry) => entry.mark === 0);
  const parts = splitProRata(
    loss,
    held.map((entry) => ({
      id: entry.instrument,
      weight: entry.grossLots * (worthless ? 1n : BigInt(Math.abs(entry.mark))),
    })),
  );
  return held.map((entry, index) => ({ instrument: entry.instrument, loss: ticks(parts[index] ?? 0n) }));
}

export interface SupplyLoss {
  /** The supply index after the loss, rounded down; never above the one before. */
  readonly supplyIndex: Ray;
  /** ⌊shares · index⌋ before less after: what suppliers lose, at least the loss. */
  readonly collected: Amount;
  /** Part of the loss beyond the bound: suppliers are owed it from recoveries. */
  readonly claimed: Amount;
  /** Claim per share, 1e-27 ledger units, rounded down so that claims never exceed what is owed. */
  readonly claimPerShare: Ray;
  /** collected − loss covered, at least zero: for the dust fund. */
  readonly dust: Amount;
  /** Loss above everything supplied: nobody is left to bear it. */
  readonly unborne: Amount;
}

/** Shares a loss (ledger units of the borrowed asset) over its suppliers; up to ⌊supplies · bound⌋ is final. */
export function socialiseOverSuppliers(input: {
  readonly loss: Amount;
  readonly supplyIndex: Ray;
  readonly totalShares: Shares;
  readonly boundPpm: Ppm;
}): SupplyLoss {
  const { loss, supplyIndex, totalShares, boundPpm } = input;
  assert(loss >= 0n && totalShares > 0n, 'A loss that is not negative is shared over some supply.');
  const supplied = suppliedAt(totalShares, supplyIndex);
  const borne = min(loss, supplied);
  const remaining = sub(supplied, borne);
  const nextIndex = min(supplyIndex, ray(mulDivDown<bigint>(remaining, RAY_ONE, totalShares)));
  const collected = sub(supplied, suppliedAt(totalShares, nextIndex));
  const final = min(borne, applyPpmDown(supplied, boundPpm));
  const claimed = sub(borne, final);
  return {
    supplyIndex: nextIndex,
    collected,
    claimed,
    claimPerShare: ray(mulDivDown<bigint>(claimed, RAY_ONE, totalShares)),
    dust: sub(collected, borne),
    unborne: sub(loss, borne),
  };
}

function suppliedAt(totalShares: Shares, index: Ray): Amount {
  return amount(mulDivDown<bigint>(totalShares, index, RAY_ONE));
}

function finalPerLot(mark: TicksPerLot, boundPpm: Ppm): bigint {
  return applyPpmDown<bigint>(BigInt(Math.abs(mark)), boundPpm);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
