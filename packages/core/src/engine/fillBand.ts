import { minNumber } from '../numeric/arithmetic.ts';
import type { InstrumentId, Ppm, TicksPerLot } from '../numeric/brand.ts';
import { ppm, ticksPerLot } from '../numeric/brand.ts';
import { mulDivDownNumber } from '../numeric/rounding.ts';
import { linearMarkTicks } from './averaging.ts';
import { instrumentTermsOf } from './lookup.ts';
import { instrumentView } from './prices.ts';
import { type EngineView, modelOf } from './view.ts';

/** Mark of one lot in ticks, without indexes: what fills are compared with. */
export function markTicksOf(view: EngineView, instrument: InstrumentId): TicksPerLot {
  const terms = instrumentTermsOf(view.state, instrument);
  const { price } = instrumentView(view.state, view.state.parameters, terms);
  const final = view.state.instruments[instrument]?.finalPrice ?? null;
  if (final !== null) return final;
  if (terms.form.kind === 'option') {
    const model = modelOf(view, terms.group);
    const row = model.rowOfInstrument[instrument] ?? -1;
    return ticksPerLot(model.rows.baseValue[row] ?? 0);
  }
  return linearMarkTicks(view.state, terms, price);
}

/** b · mark in ticks, rounded down, b = min(liquidation fee, half the maintenance rate of one lot). */
export function fillBandTicks(view: EngineView, instrument: InstrumentId, mark: TicksPerLot): number {
  const parameters = view.state.parameters.instruments[instrument];
  const fee = parameters?.liquidationFeePpm ?? ppm(0);
  return mulDivDownNumber<number>(mark, minNumber<Ppm>(fee, halfMaintenancePpm(view, instrument, mark)), 1_000_000);
}

function halfMaintenancePpm(view: EngineView, instrument: InstrumentId, mark: TicksPerLot): Ppm {
  const model = modelOf(view, instrumentTermsOf(view.state, instrument).group);
  const row = model.rowOfInstrument[instrument] ?? -1;
  if (row < 0 || mark <= 0) return ppm(0);
  const worst = Math.max(-(model.rows.riskLow[row] ?? 0), model.rows.riskHigh[row] ?? 0);
  const loss = mulDivDownNumber(worst, model.lossFactorMaintenancePpm, 1_000_000) + (model.rows.maintenanceRate[row] ?? 0);
  return ppm(mulDivDownNumber(loss, 500_000, mark));
}
