import { assert } from '../numeric/assert.ts';
import { type Amount, amount, type InstrumentId, type Lots } from '../numeric/brand.ts';
import { AMOUNT_MAX } from '../numeric/limits.ts';
import { mulDivDown } from '../numeric/rounding.ts';
import { assetTermsOf, instrumentTermsOf } from './lookup.ts';
import type { EngineState } from './state.ts';

/** Ledger units of the base asset in so many lots; exact because listing refuses lots that are not whole units. Null beyond 2^62. */
export function lotUnitsOfBase(state: EngineState, instrument: InstrumentId, size: Lots): Amount | null {
  const terms = instrumentTermsOf(state, instrument);
  assert(terms.form.kind === 'spot', 'Only a spot instrument delivers its base asset.');
  const perLot = unitsPerLot(terms.lotUnits, assetTermsOf(state, terms.form.base).feedUnit);
  assert(perLot !== null, 'A listed spot instrument has lots of whole ledger units.');
  const units = BigInt(size) * perLot;
  return units > AMOUNT_MAX ? null : amount(units);
}

/** lotUnits (1e-9 feed units) · feedUnit / 1e9, or null when that is not a whole number. */
export function unitsPerLot(lotUnits: bigint, feedUnit: Amount): bigint | null {
  const scaled = lotUnits * feedUnit;
  const whole = mulDivDown(scaled, 1n, 1_000_000_000n);
  return whole * 1_000_000_000n === scaled ? whole : null;
}
