import { type Ticks, ticks } from '../numeric/brand.ts';
import { basisColumn } from './basisLoss.ts';
import { groupBy, type Leg, readLegs } from './exactLegs.ts';
import { expiryBasisLoss, jointLosses, transformedProfit } from './exactScenarioTerms.ts';
import { collectLegs } from './legs.ts';
import type { Portfolio } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';

/** What every scenario makes of an account, profit positive, before loss factors and add-ons. */
export interface ScenarioResults {
  readonly underlyings: readonly UnderlyingResults[];
  /** One per joint scenario that carries weight, over all underlyings. */
  readonly joint: readonly Ticks[];
}

export interface UnderlyingResults {
  /** Id. */
  readonly underlying: number;
  /** One per stress scenario of the model, expiries added after their transforms. */
  readonly profits: readonly Ticks[];
  /** Per expiry where the profile has a basis contingency, else empty. */
  readonly basis: readonly BasisResult[];
}

export interface BasisResult {
  readonly expiryMs: number;
  /** Profits when the forward moves up and down, before the factor. */
  readonly up: Ticks;
  readonly down: Ticks;
  /** What the contingency asks for, not negative. */
  readonly loss: Ticks;
}

/** Every result on the bigint path: for people, not for scans. Empty for an overcollateralized account. */
export function scenarioResults(model: RiskModel, portfolio: Portfolio): ScenarioResults {
  if (portfolio.mode === 'overcollateralized') return { underlyings: [], joint: [] };
  collectLegs(model, portfolio);
  const legs = readLegs(model, portfolio.workspace);
  return {
    underlyings: groupBy(legs, (leg) => leg.underlying).map((group) => underlyingResults(model, group)),
    joint: jointLosses(model, legs, 'bigint').map((loss) => ticks(-loss)),
  };
}

function underlyingResults(model: RiskModel, legs: readonly Leg[]): UnderlyingResults {
  const expiries = groupBy(legs, (leg) => leg.expiryGroup);
  const profits: Ticks[] = [];
  for (let scenario = 0; scenario < model.stressCount; scenario += 1) {
    profits.push(
      ticks(expiries.reduce((total, expiry) => total + transformedProfit(model, expiry, { scenario, sums: 'bigint' }), 0n)),
    );
  }
  return {
    underlying: model.underlyingIds[legs[0]?.underlying ?? -1] ?? -1,
    profits,
    basis: model.input.profile.basis === undefined ? [] : expiries.flatMap((expiry) => basisResult(model, expiry)),
  };
}

function basisResult(model: RiskModel, legs: readonly Leg[]): readonly BasisResult[] {
  const expiryMs = model.expiryGroups[legs[0]?.expiryGroup ?? -1]?.expiryMs ?? null;
  if (expiryMs === null) return [];
  const first = basisColumn(model);
  const profitIn = (column: number): Ticks =>
    ticks(legs.reduce((total, leg) => total + leg.quantity * BigInt(model.matrix[leg.row * model.stride + column] ?? 0), 0n));
  return [{ expiryMs, up: profitIn(first), down: profitIn(first + 1), loss: ticks(expiryBasisLoss(model, legs)) }];
}
