/**
 * The risk row of an option, by the tables of the batch kernel and with the integers of `profitPerLot`.
 *
 * Both ways compute the same figure in doubles with different last bits, and both round it to the nearest integer. When the quick
 * figure is further from every half than the two can differ, they round alike; else the entry is computed the long way. So the
 * row is bit-identical to the slow one, and a test compares them.
 */

import type { InstrumentTerms } from '../assets/instrument.ts';
import { settlementForward } from '../pricing/averagedSettlement.ts';
import { black76Value } from '../pricing/black76.ts';
import { type MarketState, optionInput, optionTicks } from '../pricing/instrumentValue.ts';
import { quantizationBound } from '../pricing/quantize.ts';
import { QUICK_CALL_ERROR, quickCall } from '../pricing/quickCall.ts';
import type { VolatilityMove } from './scenario.ts';

/** What one move does to an option. */
export interface OptionMove {
  /** 1 + shock, not negative. */
  readonly ratio: number;
  readonly volatility: VolatilityMove;
  readonly dampeningPpm: number;
}

/** Twice the error of a quick price, which leaves room for the few roundings on the way to ticks on both sides. */
const GUARD: number = 2 * QUICK_CALL_ERROR;
const ROUNDABLE: number = 2 ** 51;
const ROUNDER: number = 1.5 * 2 ** 52;

/**
 * Writes one entry per move from `offset` on; returns the bound of their error in ticks. `volatilityAfter` is asked once per kind of
 * move; `exactly` gives an entry the long way.
 */
export function fillOptionRow(
  option: { readonly terms: InstrumentTerms; readonly state: MarketState },
  moves: readonly OptionMove[],
  volatilityAfter: (move: VolatilityMove) => number,
  target: { readonly matrix: Float64Array; readonly offset: number },
  exactly: (index: number) => number,
): number {
  const { terms, state } = option;
  const { matrix, offset } = target;
  const base = optionInput(terms, state);
  const baseTicks = optionTicks(terms, black76Value(base));
  const { strike } = base;
  const rootYears = Math.sqrt(base.years);
  const isPut = base.right === 'put';
  const price = Number(state.price);
  const isAveraging = state.averaging !== undefined;
  const lotScale = optionTicks(terms, 1);
  const ticksScale = base.discount * lotScale;
  const guardScale = GUARD * Math.max(1, base.discount) * lotScale;
  const still = Math.max(base.forward, strike);
  const kinds: VolatilityMove[] = [];
  const totals: number[] = [];
  let largest = still;
  for (let index = 0; index < moves.length; index += 1) {
    const move = moves[index];
    if (move === undefined) break;
    const forward = isAveraging ? settlementForward(state.price, state.averaging, move.ratio) : price * move.ratio;
    // Five kinds at most: a short walk is faster than a map.
    let kind = kinds.indexOf(move.volatility);
    if (kind < 0) {
      kind = kinds.push(move.volatility) - 1;
      totals.push(volatilityAfter(move.volatility) * rootYears);
    }
    const magnitude = forward > still ? forward : still;
    if (magnitude > largest) largest = magnitude;
    const ratio = strike / forward;
    const call = quickCall(ratio, totals[kind] ?? Number.NaN);
    const put = call + ratio - 1;
    const share = !isPut ? call : put < 0 ? 0 : put;
    const dampening = move.dampeningPpm / 1e6;
    const ticks = (share * forward * ticksScale - baseTicks) * dampening;
    const guard = magnitude * guardScale * (dampening > 1 ? dampening : 1);
    // Below 2^51 adding and taking away 1.5·2^52 rounds to the nearest, a tie to even. Not a number is below nothing.
    const nearest = Math.abs(ticks) < ROUNDABLE ? ticks + ROUNDER - ROUNDER : 0;
    matrix[offset + index] = Math.abs(ticks - nearest) < 0.5 - guard ? nearest : exactly(index);
  }
  return quantizationBound(optionTicks(terms, largest * Math.max(1, base.discount)));
}
