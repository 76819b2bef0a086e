import { type DurationMs, durationMs, type InstrumentId, ppm } from '../numeric/brand.ts';
import type { FundingParameters } from '../oracle/funding.ts';
import type { MarkParameters } from '../oracle/mark.ts';
import type { Parameters } from './parameters.ts';

/** Time constant of a mark's premium, its freshness, and the time in which a full premium is paid. */
export const MARK_TIME_CONSTANT_MS: number = 150_000;
export const PREMIUM_MAX_AGE_MS: number = 300_000;
export const FUNDING_PERIOD_MS: number = 8 * 3_600_000;

export function markParametersOf(parameters: Parameters, instrument: InstrumentId): MarkParameters {
  return {
    instrument,
    minVenues: 1,
    maxAgeMs: durationMs(PREMIUM_MAX_AGE_MS),
    timeConstantMs: durationMs(MARK_TIME_CONSTANT_MS),
    clampPpm: parameters.instruments[instrument]?.markClampPpm ?? ppm(0),
  };
}

/** Funding of a perpetual: averaged over the window that its terms name. */
export function fundingParametersOf(parameters: Parameters, instrument: InstrumentId, windowMs: DurationMs): FundingParameters {
  return {
    windowMs,
    periodMs: durationMs(FUNDING_PERIOD_MS),
    capPpmPerHour: parameters.instruments[instrument]?.fundingCapPpmPerHour ?? ppm(0),
  };
}
