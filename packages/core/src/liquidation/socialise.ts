/**
 * Sharing a loss that no layer above could bear over the lots of a group's instruments, as an index that rises (ticks per lot of
 * either sign). It is bounded: what is beyond the bound is taken from the same holders and remembered as a dated claim on later
 * recoveries. Nothing is lost in rounding: the result states how much was collected and how much of that is dust. What the
 * suppliers of an asset share, `socialisePoolLoss` of the ledger says.
 */

import { compareNumber, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type InstrumentId, type Ppm, type Ticks, type TicksPerLot, ticks, ticksPerLot } from '../numeric/brand.ts';
import { applyPpmDown } from '../numeric/ratio.ts';
import { divUp } from '../numeric/rounding.ts';
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

function finalPerLot(mark: TicksPerLot, boundPpm: Ppm): bigint {
  return applyPpmDown<bigint>(BigInt(Math.abs(mark)), boundPpm);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
