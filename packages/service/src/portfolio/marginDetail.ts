/** Every scenario's result, the Greeks, and the answer in the terms of the profile's source. */

import {
  type MarginExplanation,
  marketStates,
  type RiskModel,
  type ScenarioResults,
  scenarioResults,
} from '@plimsoll/core/margin';
import { formatDecimal } from '@plimsoll/core/numeric';
import {
  type AccountGreeks,
  aggregateGreeks,
  type GreeksPerLot,
  type GreeksPosition,
  type GreeksTotal,
  greeksPerLot,
  scaleGreeks,
} from '@plimsoll/core/pricing';
import { expandScenarioSet, type JointScenario, type ScenarioSet } from '@plimsoll/core/scenarios';
import { ticksText } from '../views/texts.ts';
import type { MarginResult } from './marginResult.ts';
import { scenarioText } from './termWords.ts';
import type { RiskOfPortfolio } from './toRisk.ts';

export interface MarginDetail {
  readonly scenarios: ScenarioResults;
  /** Of positions; collateral has none. */
  readonly greeks: AccountGreeks;
  readonly positions: readonly PositionGreeks[];
}

export interface PositionGreeks {
  readonly instrument: string;
  readonly lots: number;
  readonly total: GreeksTotal;
}

export function marginDetail({ input, portfolio }: RiskOfPortfolio, model: RiskModel): MarginDetail {
  const positions: GreeksPosition[] = [];
  for (let index = 0; index < portfolio.positionCount; index += 1) {
    const instrument = input.instruments.find(({ terms }) => terms.id === portfolio.instruments[index]);
    const underlying = input.underlyings.find(({ terms }) => terms.id === instrument?.terms.underlying);
    if (instrument === undefined || underlying === undefined) continue;
    const perLot: GreeksPerLot = greeksPerLot(
      instrument.terms,
      marketStates(instrument, underlying, input)(instrument.view.price),
    );
    positions.push({ terms: instrument.terms, lots: portfolio.lots[index] ?? 0, perLot });
  }
  return {
    scenarios: scenarioResults(model, portfolio),
    greeks: aggregateGreeks(positions),
    positions: positions.map(({ terms, lots, perLot }) => ({ instrument: terms.symbol, lots, total: scaleGreeks(perLot, lots) })),
  };
}

/**
 * The account's margin as the profile's source states it; the sign convention is the profile's. An overcollateralized account has health
 * factors under a profile with rules for lending, and nothing that a source states under any other.
 */
export function sourceJson(result: MarginResult): unknown {
  const { document, profile, figures } = result;
  const { convention = 'requirement', source } = profile.profile;
  if (document.mode === 'overcollateralized') {
    if (!hasLendingRules(result)) return null;
    const [maintenance, initial] = [healthFactor(result.maintenance), healthFactor(result.initial)];
    return { convention: 'healthFactor', ...(source === undefined ? {} : { text: source }), maintenance, initial };
  }
  const [maintenance, initial] =
    convention === 'netMargin' ? [figures.healthMaintenance, figures.healthInitial] : [figures.maintenance, figures.initial];
  return {
    convention,
    ...(source === undefined ? {} : { text: source }),
    maintenance: ticksText(maintenance),
    initial: ticksText(initial),
  };
}

/** Whether the profile says of loans what a source would. */
export function hasLendingRules({ profile }: MarginResult): boolean {
  return (profile.profile.rules?.lending ?? null) !== null;
}

/** What counts of everything owned over everything owed, to 1e-6, rounded down; null where nothing is owed. Below one is too little. */
export function healthFactor({ equityTerms }: MarginExplanation): string | null {
  let owned = 0n;
  let owed = 0n;
  for (const { credit } of equityTerms) {
    if (credit > 0n) owned += credit;
    else owed -= credit;
  }
  return owed === 0n ? null : formatDecimal((owned * 1_000_000n) / owed, 6);
}

export function scenariosJson(result: MarginResult): unknown {
  const { scenarios } = result.detail;
  const names = scenarioNames(result.profile.profile.scenarioSets);
  const { joint } = result.profile.profile;
  return {
    underlyings: scenarios.underlyings.map(({ underlying, profits, basis }) => ({
      underlying: underlyingSymbolOf(result, underlying),
      results: profits.map((profit, index) => ({
        set: names[index] ?? '?',
        scenario: scenarioText(result, underlying, index) ?? '?',
        profit: ticksText(profit),
      })),
      basis: basis.map(({ expiryMs, up, down, loss }) => ({
        expiry: new Date(expiryMs).toISOString(),
        up: ticksText(up),
        down: ticksText(down),
        loss: ticksText(loss),
      })),
    })),
    joint: scenarios.joint.map((profit, index) => ({ name: nameOf(joint.scenarios, index), profit: ticksText(profit) })),
  };
}

export function greeksJson(result: MarginResult): unknown {
  const { greeks, positions } = result.detail;
  return {
    underlyings: greeks.underlyings.map(({ underlying, total, expiries }) => ({
      underlying: underlyingSymbolOf(result, underlying),
      ...totalJson(total),
      expiries: expiries.map((one) => ({
        expiry: one.expiryMs === null ? null : new Date(one.expiryMs).toISOString(),
        ...totalJson(one.total),
      })),
    })),
    positions: positions.map(({ instrument, total }) => ({ instrument, ...totalJson(total) })),
  };
}

function totalJson(total: GreeksTotal): Record<string, string> {
  return {
    value: exact(total.valueTicks),
    delta: exact(total.deltaTicksPerUsd),
    gamma: exact(total.gammaTicksPerUsdSquared),
    vega: exact(total.vegaTicksPerPoint),
    theta: exact(total.thetaTicksPerDay),
    rho: exact(total.rhoTicksPerPoint),
  };
}

/** Ticks in doubles as decimal text of the unit, to 1e-12. */
function exact(ticks: number): string {
  return formatDecimal(BigInt(Math.round(ticks * 1e6)), 12);
}

function scenarioNames(sets: readonly ScenarioSet[]): readonly string[] {
  return sets.flatMap((set) => expandScenarioSet(set).map(() => set.name));
}

function nameOf(scenarios: readonly JointScenario[], index: number): string {
  return scenarios[index]?.name ?? '?';
}

export function underlyingSymbolOf({ document }: MarginResult, underlying: number): string {
  return document.underlyings[underlying]?.symbol ?? '?';
}
