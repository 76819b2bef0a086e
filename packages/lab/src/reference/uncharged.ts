import type { InstrumentRiskInput } from '@plimsoll/core/margin';
import { durationMs, instrumentId, ppm } from '@plimsoll/core/numeric';

/** Risk parameters that charge nothing: what a published model asks then comes from its profile alone. */
export function uncharged(id: number): InstrumentRiskInput['parameters'] {
  return {
    instrument: instrumentId(id),
    maintenanceAddOnPpm: ppm(0),
    initialAddOnPpm: ppm(0),
    impactPpm: ppm(0),
    shortMinimumPpm: ppm(0),
    openInterestCap: 1e9,
    markClampPpm: ppm(0),
    fundingCapPpmPerHour: ppm(0),
    liquidationFeePpm: ppm(0),
    declaredLatencyMs: durationMs(0),
  };
}
