import { assert } from '../numeric/assert.ts';
import { type Ticks, ticks } from '../numeric/brand.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import { balancesValue, balanceTotals, cashUsd } from './collateral.ts';
import { type ExactScenarioTerms, exactScenarioTerms, type ProfitSums } from './exactScenarioTerms.ts';
import { collectLegs } from './legs.ts';
import type { Portfolio } from './portfolio.ts';
import type { MarginFigures, RiskModel } from './riskModel.ts';
import { scalePpmUp } from './scalePpm.ts';
import { fastScenarioTerms } from './scenarioTerms.ts';

const PPM: bigint = 1_000_000n;

/**
 * Equity, requirements and health of one account at both levels, exact to the tick. Doubles where they are proved exact,
 * bigint elsewhere, with the same result. Uses the portfolio's workspace; cost about a microsecond for eight positions.
 */
export function computeMargin(model: RiskModel, portfolio: Portfolio): MarginFigures {
  if (portfolio.mode === 'overcollateralized') return overcollateralized(model, portfolio);
  const { workspace } = portfolio;
  collectLegs(model, portfolio);
  if (!fastScenarioTerms(model, workspace)) return marginByTerms(model, portfolio, 'bounded');
  return figures(model, portfolio, {
    positionValue: BigInt(workspace.positionValue),
    maintenance: BigInt(scalePpmUp(workspace.functional, model.lossFactorMaintenancePpm) + workspace.maintenanceAddOn),
    initial: BigInt(scalePpmUp(workspace.functional, model.lossFactorInitialPpm) + workspace.initialAddOn),
  });
}

/** `computeMargin` on the bigint path whatever the size: the reference that the fast path is tested against. */
export function computeMarginExact(model: RiskModel, portfolio: Portfolio): MarginFigures {
  if (portfolio.mode === 'overcollateralized') return overcollateralized(model, portfolio);
  collectLegs(model, portfolio);
  return marginByTerms(model, portfolio, 'bigint');
}

/**
 * Equity alone, to the tick what `computeMargin` gives, without legs, scenarios, charges and credit. Leaves the workspace as it is.
 * Cost: a product per position and a division per balance.
 */
export function computeEquity(model: RiskModel, portfolio: Portfolio): Ticks {
  if (portfolio.mode === 'overcollateralized') return ticks(cashUsd(model, portfolio.cash) + balancesValue(model, portfolio));
  const { rows, rowOfInstrument } = model;
  let positions = 0n;
  for (let index = 0; index < portfolio.positionCount; index += 1) {
    const row = rowOfInstrument[portfolio.instruments[index] ?? -1] ?? -1;
    const lots = portfolio.lots[index] ?? 0;
    const value = lots > 0 ? rows.longValue[row] : rows.shortValue[row];
    assert(value !== undefined, 'Every instrument of a portfolio has a row in the risk model.');
    positions += BigInt(lots) * BigInt(value);
  }
  return ticks(portfolio.cash + positions + balancesValue(model, portfolio));
}

/** Equity and health at initial margin in ticks, as integer-valued doubles. */
export interface NumberFigures {
  readonly equity: number;
  readonly healthInitial: number;
}

/**
 * The two of `computeMargin` that say whether an account may take risk, the same integers without a bigint: for accounts without balances whose
 * sums doubles hold exactly; null for others. Positions are worth at most 2^50 ticks and ask for at most 2^52 + 2^50 (`fastScenarioTerms`),
 * so with cash of at most 2^51 every sum stays below 2^53. Uses the portfolio's workspace.
 */
export function marginInDoubles(model: RiskModel, portfolio: Portfolio): NumberFigures | null {
  if (portfolio.mode === 'overcollateralized' || portfolio.balanceCount > 0) return null;
  const cash = bigintToApproximateNumber(portfolio.cash);
  if (!(Math.abs(cash) <= CASH_FAST_MAX)) return null;
  const { workspace } = portfolio;
  collectLegs(model, portfolio);
  if (!fastScenarioTerms(model, workspace)) return null;
  const equity = cash + workspace.positionValue;
  const initial = scalePpmUp(workspace.functional, model.lossFactorInitialPpm) + workspace.initialAddOn;
  return { equity, healthInitial: equity - initial };
}

const CASH_FAST_MAX: number = 2 ** 51;

/** From the legs that the workspace holds. */
function marginByTerms(model: RiskModel, portfolio: Portfolio, sums: ProfitSums): MarginFigures {
  const terms = exactScenarioTerms(model, portfolio.workspace, sums);
  return figures(model, portfolio, {
    positionValue: terms.positions.reduce((total, position) => total + position.value, 0n),
    maintenance: exactRequirement(terms, model.lossFactorMaintenancePpm, false),
    initial: exactRequirement(terms, model.lossFactorInitialPpm, true),
  });
}

function exactRequirement(terms: ExactScenarioTerms, lossFactorPpm: number, initial: boolean): bigint {
  let total = mulDivUp(terms.functional, BigInt(lossFactorPpm), PPM);
  for (const addOn of terms.addOns) if (initial || !addOn.initialOnly) total += addOn.ticks;
  for (const rule of terms.rules) total += initial ? rule.initial : rule.maintenance;
  return total;
}

interface ScenarioPart {
  readonly positionValue: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
}

function figures(model: RiskModel, portfolio: Portfolio, part: ScenarioPart): MarginFigures {
  const held = portfolio.cash + part.positionValue;
  const { maintenance, initial } = part;
  if (portfolio.balanceCount === 0) {
    return assemble({ equity: held, haircutMaintenance: held, haircutInitial: held, maintenance, initial });
  }
  const balances = balanceTotals(model, portfolio);
  return assemble({
    equity: held + balances.value,
    haircutMaintenance: held + balances.creditMaintenance,
    haircutInitial: held + balances.creditInitial,
    maintenance,
    initial,
  });
}

/** Static loan-to-value lending: no positions, no requirement, both sides in USD. */
function overcollateralized(model: RiskModel, portfolio: Portfolio): MarginFigures {
  assert(portfolio.positionCount === 0, 'An overcollateralized account holds no positions.');
  const cash = cashUsd(model, portfolio.cash);
  const balances = balanceTotals(model, portfolio);
  return assemble({
    equity: cash + balances.value,
    haircutMaintenance: cash + balances.creditMaintenance,
    haircutInitial: cash + balances.creditInitial,
    maintenance: 0n,
    initial: 0n,
  });
}

interface RawFigures {
  readonly equity: bigint;
  readonly haircutMaintenance: bigint;
  readonly haircutInitial: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
}

function assemble(raw: RawFigures): MarginFigures {
  return {
    equity: ticks(raw.equity),
    haircutEquityMaintenance: ticks(raw.haircutMaintenance),
    haircutEquityInitial: ticks(raw.haircutInitial),
    maintenance: ticks(raw.maintenance),
    initial: ticks(raw.initial),
    healthMaintenance: ticks(raw.haircutMaintenance - raw.maintenance),
    healthInitial: ticks(raw.haircutInitial - raw.initial),
  };
}
