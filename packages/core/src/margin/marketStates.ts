/** The market that one instrument is priced in: its underlying's state, and what is known of its expiry. */

import { expiryOf } from '../assets/instrument.ts';
import { type Ppm, type Price, ppm, type TimeMs } from '../numeric/brand.ts';
import type { MarketState } from '../pricing/instrumentValue.ts';
import type { MarginProfile, OptionDiscounting } from './profile.ts';
import type { ExpiryRiskInput, InstrumentRiskInput, UnderlyingRiskInput } from './riskModel.ts';

/** The state of an instrument's market at any price, with rate and averaging where they are given and the profile wants them. */
export function marketStates(
  instrument: InstrumentRiskInput,
  underlying: UnderlyingRiskInput,
  at: { readonly profile: MarginProfile; readonly timeMs: TimeMs },
): (price: Price) => MarketState {
  const volatilityPpm = instrument.volatilityPpm ?? underlying.parameters.annualVolatilityPpm;
  const expiry = expiryInput(underlying, expiryOf(instrument.terms.form));
  const { timeMs } = at;
  const rest = instrument.volatilityPpm === null ? undefined : instrument.volatilityRestPico;
  const ratePpm = discountingRate(at.profile.optionDiscounting ?? 'none', expiry?.ratePpm);
  const averaging = instrument.averaging ?? expiry?.averaging;
  return (price) => ({
    price,
    volatilityPpm,
    timeMs,
    ...(rest === undefined || rest === 0 ? {} : { volatilityRestPico: rest }),
    ...(ratePpm === 0 ? {} : { ratePpm }),
    ...(averaging === undefined ? {} : { averaging }),
  });
}

/** What is known of an expiry; undefined for null and where nothing is. */
export function expiryInput(underlying: UnderlyingRiskInput, expiryMs: number | null): ExpiryRiskInput | undefined {
  if (expiryMs === null) return undefined;
  return underlying.expiries?.find((candidate) => candidate.expiryMs === expiryMs);
}

function discountingRate(discounting: OptionDiscounting, ratePpm: Ppm = ppm(0)): Ppm {
  if (discounting === 'none') return ppm(0);
  return discounting === 'positiveRate' && ratePpm < 0 ? ppm(0) : ratePpm;
}
