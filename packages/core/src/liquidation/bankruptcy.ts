/**
 * The price at which closing an account's positions leaves it with nothing: neither equity nor deficit. Its equity (negative
 * for an insolvent account) is spread over the positions by weight, and each position is closed at mark corrected by its part.
 */

import { add, compareNumber, neg } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type InstrumentId, type Lots, type Ticks, type TicksPerLot, ticks } from '../numeric/brand.ts';
import { lotsTimesTicks } from '../numeric/ratio.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import { splitProRata } from './proRata.ts';

/**
 * Quote that a close must bring in for the account to end at nothing: −Δvalue − equity · weight / totalWeight, rounded
 * up (cookbook B8). Positive: at least this is received; negative: at most its magnitude is paid.
 */
export function bankruptcyQuote(close: {
  /** Change of the positions' value by the close at mark: negative when long positions are sold. */
  readonly valueChange: Ticks;
  /** Equity of the account at mark before the close; negative when insolvent. */
  readonly equity: Ticks;
  /** What is closed, and everything, in the measure by which equity is spread: notional here, margin in dYdX. */
  readonly weight: bigint;
  readonly totalWeight: bigint;
}): Ticks {
  assert(close.weight >= 0n && close.weight <= close.totalWeight, 'A part is not more than the whole.');
  // ⌈−v − e·w/t⌉ = −v + ⌈−e·w/t⌉
  return add(neg(close.valueChange), mulDivUp(neg(close.equity), close.weight, close.totalWeight));
}

export interface BankruptPosition {
  readonly instrument: InstrumentId;
  readonly lots: Lots;
  /** Value per lot at mark (effective: funding and social index included). */
  readonly mark: TicksPerLot;
}

export interface PositionDeficit {
  readonly instrument: InstrumentId;
  readonly lots: Lots;
  /** Part of the deficit that closing this position against the other side puts on that side; not negative. */
  readonly deficit: Ticks;
  /** Cash the bankrupt account receives for closing the whole position: lots · mark + deficit; negative when it pays. */
  readonly proceeds: Ticks;
}

/**
 * Spreads a deficit over positions in proportion to |lots · mark| (to |lots| where every mark is zero). The parts sum to the
 * deficit, so closing all of them brings the account to zero exactly. In order of instrument; positions of zero lots are left out.
 */
export function spreadDeficit(deficit: Ticks, positions: readonly BankruptPosition[]): readonly PositionDeficit[] {
  const open = positions.filter((position) => position.lots !== 0).sort((a, b) => compareNumber(a.instrument, b.instrument));
  if (open.length === 0) return [];
  const values = open.map((position) => lotsTimesTicks(position.lots, position.mark));
  const worthless = values.every((value) => value === 0n);
  const parts = splitProRata(
    deficit,
    open.map((position, index) => ({
      id: position.instrument,
      weight: magnitude(worthless ? BigInt(position.lots) : (values[index] ?? 0n)),
    })),
  );
  return open.map((position, index) => {
    const part = ticks(parts[index] ?? 0n);
    const value = values[index] ?? ticks(0n);
    return { instrument: position.instrument, lots: position.lots, deficit: part, proceeds: add(value, part) };
  });
}

/** Part of a position's deficit that goes with closing `closed` of its `lots`: rounded up, all of it with the last lot. */
export function deficitOfClosed(position: PositionDeficit, closed: Lots): Ticks {
  const whole = magnitude(BigInt(position.lots));
  const part = magnitude(BigInt(closed));
  assert(part <= whole, 'No more is closed than is open.');
  return whole === 0n ? ticks(0n) : mulDivUp(position.deficit, part, whole);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
