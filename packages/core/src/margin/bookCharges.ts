/**
 * Charges that look at several positions of one underlying at once: naked shorts net of longs at their strike, offset linear
 * positions, and doubt in feeds that other positions share. Decided on the exact path only.
 */

import { compareNumber } from '../numeric/arithmetic.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import { LOT_VALUE_SCALE } from '../pricing/instrumentValue.ts';
import type { AddOnTerm } from './addOnTerms.ts';
import type { Leg } from './exactLegs.ts';

import { doubtPicoOf } from './feedConfidence.ts';
import type { LevelPpm } from './profile.ts';
import type { RiskModel, RowInstrument } from './riskModel.ts';

const PPM: bigint = 1_000_000n;
const PICO: bigint = 1_000_000_000_000n;
const FULL: number = 1_000_000;

/** An instrument's leg with its row. */
interface Holding {
  readonly leg: Leg;
  readonly row: RowInstrument;
  /** Signed, in 1e-9 units of the underlying. */
  readonly units: bigint;
}

/** All such charges on the legs of one underlying; zero charges are left out. */
export function bookCharges(model: RiskModel, legs: readonly Leg[]): readonly AddOnTerm[] {
  const { contingencies, feedConfidence } = model.input.profile;
  if (contingencies === undefined && feedConfidence === undefined) return [];
  const holdings = legs.flatMap((leg): readonly Holding[] => {
    const row = model.rowInstruments[leg.row] ?? null;
    return row === null ? [] : [{ leg, row, units: leg.quantity * row.input.terms.lotUnits }];
  });
  const terms: AddOnTerm[] = [];
  if (contingencies?.nakedShort !== undefined) terms.push(...nakedShorts(holdings, contingencies.nakedShort));
  if (contingencies?.offset !== undefined) terms.push(...offsetCharge(holdings, contingencies.offset));
  if (feedConfidence !== undefined) terms.push(...doubts(holdings));
  return terms.filter((term) => term.ticks !== 0n);
}

/** Per strike and expiry (or per instrument): contracts short net of longs × price × rate. */
function nakedShorts(
  holdings: readonly Holding[],
  rule: LevelPpm & { readonly netting: 'strike' | 'none' },
): readonly AddOnTerm[] {
  const strikes = new Map<string, { net: bigint; first: Holding | null; order: number }>();
  holdings.forEach((holding, order) => {
    const { form } = holding.row.input.terms;
    if (form.kind !== 'option') return;
    const key = rule.netting === 'strike' ? `${holding.leg.expiryGroup}/${form.strike}` : `${holding.leg.row}`;
    const found = strikes.get(key) ?? { net: 0n, first: null, order };
    const first = found.first === null && holding.units < 0n ? holding : found.first;
    strikes.set(key, { net: found.net + holding.units, first, order: found.order });
  });
  return [...strikes.values()]
    .sort((a, b) => compareNumber(a.order, b.order))
    .flatMap(({ net, first }) => (net >= 0n || first === null ? [] : levelTerms('nakedShort', first, -net, rule)));
}

/** The size of linear positions that others offset: perpetuals are one position, and so is each expiry. */
function offsetCharge(holdings: readonly Holding[], level: LevelPpm): readonly AddOnTerm[] {
  const nets = new Map<number, bigint>();
  const linear = holdings.filter(({ row }) => row.input.terms.form.kind !== 'option');
  for (const { leg, units } of linear) nets.set(leg.expiryGroup, (nets.get(leg.expiryGroup) ?? 0n) + units);
  let long = 0n;
  let short = 0n;
  for (const net of nets.values()) {
    if (net > 0n) long += net;
    else short -= net;
  }
  const [first] = linear;
  return first === undefined ? [] : levelTerms('offset', first, long < short ? long : short, level);
}

/** Doubt in the feeds of each holding; the least confident perpetual that is held counts for those that follow it. */
function doubts(holdings: readonly Holding[]): readonly AddOnTerm[] {
  let perpetual = FULL;
  for (const { row } of holdings) {
    if (row.input.terms.form.kind === 'perpetual') perpetual = Math.min(perpetual, row.input.feedConfidencePpm ?? FULL);
  }
  return holdings.map(({ leg, row, units }) => {
    const { rule, confidencePpm, followsPerpetual } = row.confidence;
    const least = followsPerpetual ? Math.min(confidencePpm, perpetual) : confidencePpm;
    const doubt = rule === null ? 0n : doubtPicoOf(rule, least);
    const value = (units < 0n ? -units : units) * row.notionalPrice;
    return { kind: 'feedConfidence', row: leg.row, ticks: mulDivUp(value, doubt, LOT_VALUE_SCALE * PICO), initialOnly: true };
  });
}

/** The charge at both levels and what initial adds, on so many 1e-9 units at the holding's notional price, rounded up. */
function levelTerms(kind: 'nakedShort' | 'offset', of: Holding, units: bigint, level: LevelPpm): readonly AddOnTerm[] {
  const value = units * of.row.notionalPrice;
  const charge = (ratePpm: number): bigint => mulDivUp(value, BigInt(ratePpm), LOT_VALUE_SCALE * PPM);
  const { row } = of.leg;
  return [
    { kind, row, ticks: charge(level.maintenancePpm), initialOnly: false },
    {
      kind: kind === 'offset' ? 'initialOffset' : 'initialNakedShort',
      row,
      ticks: charge(level.initialPpm),
      initialOnly: true,
    },
  ];
}
