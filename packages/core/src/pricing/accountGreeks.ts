/** Greeks of an account: positions added per underlying and expiry, and per underlying. */

import { expiryOf, type InstrumentTerms } from '../assets/instrument.ts';
import { compareNumber } from '../numeric/arithmetic.ts';
import type { TimeMs, UnderlyingId } from '../numeric/brand.ts';
import type { GreeksPerLot } from './greeks.ts';

/** A holding with the Greeks of one of its lots. */
export interface GreeksPosition {
  readonly terms: InstrumentTerms;
  /** Signed; long positive. */
  readonly lots: number;
  readonly perLot: GreeksPerLot;
}

/** Sums of `GreeksPerLot` × lots; the units are those of `GreeksPerLot` for the whole holding. */
export interface GreeksTotal {
  readonly valueTicks: number;
  readonly deltaTicksPerUsd: number;
  readonly gammaTicksPerUsdSquared: number;
  readonly vegaTicksPerPoint: number;
  readonly thetaTicksPerDay: number;
  readonly rhoTicksPerPoint: number;
}

export interface ExpiryGreeks {
  /** Null for what never expires: spot and perpetuals. */
  readonly expiryMs: TimeMs | null;
  readonly total: GreeksTotal;
}

export interface UnderlyingGreeks {
  readonly underlying: UnderlyingId;
  readonly total: GreeksTotal;
  /** Soonest first, what never expires before all. */
  readonly expiries: readonly ExpiryGreeks[];
}

/** Greeks of an account. Deltas of two underlyings are in dollars of two things, so only value, theta and rho have a grand total. */
export interface AccountGreeks {
  readonly valueTicks: number;
  readonly thetaTicksPerDay: number;
  readonly rhoTicksPerPoint: number;
  /** By id of the underlying. */
  readonly underlyings: readonly UnderlyingGreeks[];
}

/** Nothing held. */
export const ZERO_GREEKS: GreeksTotal = {
  valueTicks: 0,
  deltaTicksPerUsd: 0,
  gammaTicksPerUsdSquared: 0,
  vegaTicksPerPoint: 0,
  thetaTicksPerDay: 0,
  rhoTicksPerPoint: 0,
};

/**
 * Adds up an account's Greeks. Positions are summed in the order of their ids (long before short of one id), whatever the order
 * they come in, so a permutation of them changes no bit of the result.
 */
export function aggregateGreeks(positions: readonly GreeksPosition[]): AccountGreeks {
  const sorted = [...positions].sort(comparePositions);
  const underlyings: UnderlyingGreeks[] = [];
  let from = 0;
  while (from < sorted.length) {
    const first = sorted[from];
    if (first === undefined) break;
    let to = from + 1;
    while (sorted[to]?.terms.underlying === first.terms.underlying) to += 1;
    underlyings.push(greeksOfUnderlying(first.terms.underlying, sorted.slice(from, to)));
    from = to;
  }
  const total = underlyings.reduce((sum, one) => addGreeks(sum, one.total), ZERO_GREEKS);
  const { valueTicks, thetaTicksPerDay, rhoTicksPerPoint } = total;
  return { valueTicks, thetaTicksPerDay, rhoTicksPerPoint, underlyings };
}

/** The sum of two totals of one underlying. */
export function addGreeks(a: GreeksTotal, b: GreeksTotal): GreeksTotal {
  return {
    valueTicks: a.valueTicks + b.valueTicks,
    deltaTicksPerUsd: a.deltaTicksPerUsd + b.deltaTicksPerUsd,
    gammaTicksPerUsdSquared: a.gammaTicksPerUsdSquared + b.gammaTicksPerUsdSquared,
    vegaTicksPerPoint: a.vegaTicksPerPoint + b.vegaTicksPerPoint,
    thetaTicksPerDay: a.thetaTicksPerDay + b.thetaTicksPerDay,
    rhoTicksPerPoint: a.rhoTicksPerPoint + b.rhoTicksPerPoint,
  };
}

/** Greeks of so many lots; signed. */
export function scaleGreeks(perLot: GreeksPerLot, lots: number): GreeksTotal {
  return {
    valueTicks: perLot.valueTicks * lots,
    deltaTicksPerUsd: perLot.deltaTicksPerUsd * lots,
    gammaTicksPerUsdSquared: perLot.gammaTicksPerUsdSquared * lots,
    vegaTicksPerPoint: perLot.vegaTicksPerPoint * lots,
    thetaTicksPerDay: perLot.thetaTicksPerDay * lots,
    rhoTicksPerPoint: perLot.rhoTicksPerPoint * lots,
  };
}

/** `positions` are of one underlying and sorted, so each expiry is a run of them. */
function greeksOfUnderlying(underlying: UnderlyingId, positions: readonly GreeksPosition[]): UnderlyingGreeks {
  const expiries: { readonly expiryMs: TimeMs | null; total: GreeksTotal }[] = [];
  for (const position of positions) {
    const expiryMs = expiryOf(position.terms.form);
    const scaled = scaleGreeks(position.perLot, position.lots);
    const last = expiries.at(-1);
    if (last === undefined || last.expiryMs !== expiryMs) expiries.push({ expiryMs, total: addGreeks(ZERO_GREEKS, scaled) });
    else last.total = addGreeks(last.total, scaled);
  }
  return { underlying, expiries, total: expiries.reduce((sum, one) => addGreeks(sum, one.total), ZERO_GREEKS) };
}

function comparePositions(a: GreeksPosition, b: GreeksPosition): number {
  return (
    compareNumber<number>(a.terms.underlying, b.terms.underlying) ||
    compareNumber<number>(expiryOf(a.terms.form) ?? -1, expiryOf(b.terms.form) ?? -1) ||
    compareNumber<number>(a.terms.id, b.terms.id) ||
    compareNumber(b.lots, a.lots)
  );
}
