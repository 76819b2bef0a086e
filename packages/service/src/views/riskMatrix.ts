import { modelOf } from '@plimsoll/core/engine';
import type { RiskModel } from '@plimsoll/core/margin';
import { groupId } from '@plimsoll/core/numeric';
import type { RiskMatrixJson, RiskRowJson } from '../api/schemas/markets.ts';
import { plainJson } from './plainJson.ts';
import type { Reading } from './reading.ts';
import { assetSymbol, instrumentSymbol, ratioText, ticksText, underlyingSymbol } from './texts.ts';

/** Which rows, by their place in the model. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

export type RiskMatrixView = Omit<RiskMatrixJson, 'nextCursor'> & { readonly rowCount: number };

/** The compiled risk of a group: what one contract of everything gains and loses in every stress scenario. Null for an unknown group. */
export function riskMatrixView({ engine }: Reading, id: number, range: RowRange): RiskMatrixView | null {
  const { state, view } = engine;
  if (state.terms.groups[id] === undefined) return null;
  const model = modelOf(view, groupId(id));
  const { rows } = model;
  const shown = Math.max(0, Math.min(range.count, rows.count - range.from));
  return {
    group: id,
    profile: model.input.profile.name,
    jointWeight: ratioText(model.weightPpm),
    scenarios: model.scenarios.map((scenario) => plainJson(scenario)),
    jointScenarios: model.jointCount,
    rows: Array.from({ length: shown }, (_, index) => rowJson({ engine, model, row: range.from + index })),
    rowCount: rows.count,
  };
}

function rowJson(of: { readonly engine: Reading['engine']; readonly model: RiskModel; readonly row: number }): RiskRowJson {
  const { model, row } = of;
  const { state } = of.engine;
  const { rows, matrix, stride, stressCount } = model;
  const instrument = rows.instrument[row] ?? -1;
  const asset = rows.asset[row] ?? -1;
  const isInstrument = instrument >= 0;
  const at = (column: Float64Array): string => ticksText(column[row] ?? 0);
  return {
    kind: isInstrument ? 'instrument' : 'asset',
    id: isInstrument ? instrument : Math.max(0, asset),
    symbol: isInstrument ? instrumentSymbol(state, instrument) : assetSymbol(state, asset),
    underlying: underlyingSymbol(state, model.underlyingIds[rows.underlying[row] ?? -1] ?? -1),
    notional: at(rows.notional),
    longValue: at(rows.longValue),
    shortValue: at(rows.shortValue),
    maintenanceRate: at(rows.maintenanceRate),
    initialRate: at(rows.initialRate),
    shortMinimum: at(rows.shortMinimum),
    profits: Array.from({ length: stressCount }, (_, scenario) => ticksText(matrix[row * stride + scenario] ?? 0)),
  };
}
