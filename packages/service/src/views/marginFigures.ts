import type { Engine, EngineState } from '@plimsoll/core/engine';
import { healthClass } from '@plimsoll/core/liquidation';
import {
  explain,
  type MarginExplanation,
  type MarginFigures,
  type MarginLevel,
  type Portfolio,
  type RiskModel,
} from '@plimsoll/core/margin';
import { assetId, formatDecimal } from '@plimsoll/core/numeric';
import type { MarginFiguresJson, MarginLevelJson } from '../api/schemas/markets.ts';
import { assetSymbol, instrumentSymbol, ratioText, ratioUpText, ticksText, underlyingSymbol } from './texts.ts';

/** What the figures of a portfolio are measured in: its settlement asset, dollars for static lending. */
export function unitOf(state: EngineState, portfolio: Portfolio): string {
  if (portfolio.mode === 'overcollateralized') return 'USD';
  return assetSymbol(state, state.terms.groups[portfolio.group]?.settlementAsset ?? assetId(0));
}

export function figuresJson(unit: string, figures: MarginFigures): MarginFiguresJson {
  return {
    unit,
    equity: ticksText(figures.equity),
    maintenanceMargin: ticksText(figures.maintenance),
    initialMargin: ticksText(figures.initial),
    maintenanceHealth: ticksText(figures.healthMaintenance),
    initialHealth: ticksText(figures.healthInitial),
    marginRatio: ratioUpText(figures.maintenance, figures.haircutEquityMaintenance),
    healthClass: healthClass(figures),
  };
}

/** Every term of one level; they add up to its figures. */
export function levelJson(
  { state }: Pick<Engine, 'state'>,
  of: { readonly model: RiskModel; readonly portfolio: Portfolio; readonly level: MarginLevel },
): MarginLevelJson {
  return termsJson(state, explain(of.model, of.portfolio, of.level));
}

/** An explanation that was made before, with the symbols of the state. */
export function termsJson(state: EngineState, found: MarginExplanation): MarginLevelJson {
  return {
    haircutEquity: ticksText(found.haircutEquity),
    requirement: ticksText(found.requirement),
    health: ticksText(found.health),
    equityTerms: found.equityTerms.map((term) => equityTermJson(state, term)),
    requirementTerms: found.requirementTerms.map((term) => requirementTermJson(state, term)),
  };
}

function equityTermJson(
  state: EngineState,
  term: MarginExplanation['equityTerms'][number],
): MarginLevelJson['equityTerms'][number] {
  const { kind } = term;
  const common = { kind, value: ticksText(term.value), credit: ticksText(term.credit) };
  if (term.kind === 'cash') return { ...common, symbol: null, amount: null, haircut: null };
  if (term.kind === 'position')
    return { ...common, symbol: instrumentSymbol(state, term.instrument), amount: String(term.lots), haircut: null };
  const decimals = state.terms.assets[term.asset]?.ledgerDecimals ?? 0;
  return {
    ...common,
    symbol: assetSymbol(state, term.asset),
    amount: formatDecimal(term.amount, decimals),
    haircut: ratioText(term.haircutPpm),
  };
}

function requirementTermJson(
  state: EngineState,
  term: MarginExplanation['requirementTerms'][number],
): MarginLevelJson['requirementTerms'][number] {
  const underlying = 'underlying' in term && term.underlying >= 0 ? underlyingSymbol(state, term.underlying) : null;
  const instrument = 'instrument' in term && term.instrument >= 0 ? instrumentSymbol(state, term.instrument) : null;
  const asset = 'asset' in term && term.asset >= 0 ? assetSymbol(state, term.asset) : null;
  return {
    kind: term.kind,
    underlying,
    symbol: instrument ?? asset,
    scenario: 'scenario' in term && term.scenario >= 0 ? term.scenario : null,
    expiry: 'expiryMs' in term ? term.expiryMs : null,
    loss: 'loss' in term ? ticksText(term.loss) : null,
    charge: ticksText(term.charge),
  };
}
