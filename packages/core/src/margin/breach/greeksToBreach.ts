/** How far an account is from maintenance as its Greeks see it: a first look that the envelopes make exact. */

import { expiryOf } from '../../assets/instrument.ts';
import { assert } from '../../numeric/assert.ts';
import { timeMs } from '../../numeric/brand.ts';
import { sqrt } from '../../numeric/deterministicMath.ts';
import { type AccountGreeks, aggregateGreeks, type GreeksPosition } from '../../pricing/accountGreeks.ts';
import { type GreeksPerLot, greeksPerLot } from '../../pricing/greeks.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { assetOf } from '../legs.ts';
import { marketStates } from '../marketStates.ts';
import { BALANCE_DEBT, type Portfolio } from '../portfolio.ts';
import { unfollowedObstacle } from '../pricedThrough.ts';
import type { AssetRiskInput, RiskInput, RiskModel } from '../riskModel.ts';
import { FACTOR_ONE, heldInput, movedMarket } from './marketMove.ts';

/** What may move before the account is at maintenance, with its requirement as it is now. */
export interface DistanceToBreach {
  /** Health at maintenance in ticks: the loss that may be made. Negative: already below. */
  readonly healthTicks: bigint;
  readonly greeks: AccountGreeks;
  readonly time: TimeToBreach;
  /** One for each underlying with a delta, a gamma or a vega, by id. */
  readonly moves: readonly MoveToBreach[];
  /** Why there are no moves: something held is worth what no move of prices reaches. Null when there are. */
  readonly obstacle: string | null;
}

export interface TimeToBreach {
  /** Gain per calendar day that passes; negative when time value melts. */
  readonly thetaTicksPerDay: number;
  /** health / −theta; null when time does not cost. Theta grows toward expiry, so the exact time may be sooner or later. */
  readonly byThetaDays: number | null;
  /** First time found at which an unchanged market leaves health below zero; null when none is before the last expiry held. */
  readonly exactMs: number | null;
}

/** Moves in USD per unit of the underlying and in points of volatility; null where no move of the kind costs enough. */
export interface MoveToBreach {
  readonly underlying: number;
  readonly deltaTicksPerUsd: number;
  readonly gammaTicksPerUsdSquared: number;
  readonly vegaTicksPerPoint: number;
  /** −health / delta, signed: the move that loses what may be lost if delta stayed; null when it is below zero. */
  readonly byDelta: number | null;
  /** The nearest moves down (negative) and up that lose it with delta and gamma: delta·x + gamma·x²/2 = −health. */
  readonly byGammaDown: number | null;
  readonly byGammaUp: number | null;
  /** −health / vega, signed, in points. */
  readonly byVegaPoints: number | null;
}

const TIME_STEPS: number = 64;
/** A hundredth, in 1e-9. */
const BUMP: bigint = 10_000_000n;

/** Distances of an account; nothing here decides. Cost: about a hundred margins for the exact time. */
export function distanceToBreach(given: RiskInput, portfolio: Portfolio): DistanceToBreach {
  const input = heldInput(given, portfolio);
  const model = compileRisk(input);
  const healthTicks: bigint = computeMargin(model, portfolio).healthMaintenance;
  const greeks = aggregateGreeks(greeksPositions(input, portfolio));
  const health = Number(healthTicks);
  const collateral = collateralDeltas(model, portfolio);
  const obstacle = unfollowedObstacle(input, portfolio);
  const ids = obstacle === null ? moveIds(greeks, collateral) : [];
  return {
    obstacle,
    healthTicks,
    greeks,
    time: timeToBreach(input, portfolio, { health, thetaTicksPerDay: greeks.thetaTicksPerDay }),
    moves: ids.map((underlying) => {
      const total = greeks.underlyings.find((one) => one.underlying === underlying)?.total;
      return moveToBreach(health, {
        underlying,
        deltaTicksPerUsd: (total?.deltaTicksPerUsd ?? 0) + (collateral.get(underlying) ?? 0),
        gammaTicksPerUsdSquared: total?.gammaTicksPerUsdSquared ?? 0,
        vegaTicksPerPoint: total?.vegaTicksPerPoint ?? 0,
        priceUsd: Number(input.underlyings.find(({ terms }) => terms.id === underlying)?.view.price ?? 0n) / 1e9,
      });
    }),
  };
}

/** The positions of an account with the Greeks of one lot of each. */
export function greeksPositions(input: RiskInput, portfolio: Portfolio): readonly GreeksPosition[] {
  const positions: GreeksPosition[] = [];
  for (let index = 0; index < portfolio.positionCount; index += 1) {
    const instrument = input.instruments.find(({ terms }) => terms.id === portfolio.instruments[index]);
    const underlying = input.underlyings.find(({ terms }) => terms.id === instrument?.terms.underlying);
    assert(instrument !== undefined && underlying !== undefined, 'Every instrument of a portfolio is among the inputs.');
    const perLot: GreeksPerLot = greeksPerLot(
      instrument.terms,
      marketStates(instrument, underlying, input)(instrument.view.price),
    );
    positions.push({ terms: instrument.terms, lots: portfolio.lots[index] ?? 0, perLot });
  }
  return positions;
}

/** Ticks of credited collateral (and owed debt) per USD of an underlying: of its own in proportion, of parts and pools as they are followed. */
function collateralDeltas(model: RiskModel, portfolio: Portfolio): ReadonlyMap<number, number> {
  const deltas = new Map<number, number>();
  const { input } = model;
  for (const { terms, view } of input.underlyings) {
    const bumped = movedMarket(input, [{ underlying: terms.id, price: FACTOR_ONE + BUMP, volatility: FACTOR_ONE }]);
    for (let index = 0; index < portfolio.balanceCount; index += 1) {
      const asset = input.assets.find((one) => one.terms.id === portfolio.balanceAssets[index]);
      if (asset === undefined) continue;
      const share = shareMoved(asset, bumped, terms.id);
      if (share === 0) continue;
      const risk = assetOf(model, asset.terms.id);
      const sign = portfolio.balanceKinds[index] === BALANCE_DEBT ? -1 : 1;
      const value = (Number(portfolio.balanceAmounts[index] ?? 0n) * Number(asset.view.price) * 1e6) / Number(risk.denominator);
      deltas.set(terms.id, (deltas.get(terms.id) ?? 0) + (sign * share * value * 1e9) / Number(view.price));
    }
  }
  return deltas;
}

/** How much of a relative move of an underlying a price takes: all or nothing, but for a basket or a share of a pool by a rise of a hundredth. */
function shareMoved(asset: AssetRiskInput, bumped: RiskInput, underlying: number): number {
  if (asset.terms.form.kind !== 'basket' && asset.pool === undefined) return asset.terms.underlying === underlying ? 1 : 0;
  const after = bumped.assets.find(({ terms }) => terms.id === asset.terms.id)?.view.price ?? asset.view.price;
  return (Number(after - asset.view.price) * Number(FACTOR_ONE)) / (Number(asset.view.price) * Number(BUMP));
}

function moveIds(greeks: AccountGreeks, collateral: ReadonlyMap<number, number>): readonly number[] {
  const ids = new Set<number>([...greeks.underlyings.map(({ underlying }): number => underlying), ...collateral.keys()]);
  return [...ids].sort((a, b) => a - b);
}

function moveToBreach(
  health: number,
  of: Pick<MoveToBreach, 'underlying' | 'deltaTicksPerUsd' | 'gammaTicksPerUsdSquared' | 'vegaTicksPerPoint'> & {
    readonly priceUsd: number;
  },
): MoveToBreach {
  const { priceUsd, ...sensitivities } = of;
  const { deltaTicksPerUsd: delta, gammaTicksPerUsdSquared: gamma, vegaTicksPerPoint: vega } = sensitivities;
  // No price falls below zero.
  const possible = (moves: readonly number[]): readonly number[] => moves.filter((move) => move > -priceUsd);
  const roots = possible(rootsOf(gamma / 2, delta, Math.max(0, health)));
  const down = roots.filter((root) => root <= 0);
  const up = roots.filter((root) => root >= 0);
  return {
    ...sensitivities,
    byDelta: possible(rootsOf(0, delta, Math.max(0, health)))[0] ?? null,
    byGammaDown: down.length === 0 ? null : Math.max(...down),
    byGammaUp: up.length === 0 ? null : Math.min(...up),
    byVegaPoints: vega === 0 ? null : -Math.max(0, health) / vega,
  };
}

/** Real solutions of a·x² + b·x + c = 0, by the form that does not cancel. */
function rootsOf(a: number, b: number, c: number): readonly number[] {
  if (a === 0) return b === 0 ? [] : [-c / b];
  const discriminant = b * b - 4 * a * c;
  if (discriminant < 0) return [];
  const q = -(b + (b < 0 ? -1 : 1) * sqrt(discriminant)) / 2;
  return q === 0 ? [0] : [q / a, c / q];
}

function timeToBreach(
  input: RiskInput,
  portfolio: Portfolio,
  from: { readonly health: number; readonly thetaTicksPerDay: number },
): TimeToBreach {
  const { health, thetaTicksPerDay } = from;
  const byThetaDays = thetaTicksPerDay < 0 ? Math.max(0, health) / -thetaTicksPerDay : null;
  return { thetaTicksPerDay, byThetaDays, exactMs: exactBreachTime(input, portfolio) };
}

/** Steps toward the last expiry held in 64 equal parts and bisects the first breach to a millisecond. Prices and volatilities stay. */
function exactBreachTime(input: RiskInput, portfolio: Portfolio): number | null {
  const lastMs = input.instruments.reduce((latest, { terms }) => Math.max(latest, expiryOf(terms.form) ?? 0), 0);
  const isHealthy = (at: number): boolean =>
    computeMargin(compileRisk({ ...input, timeMs: timeMs(at) }), portfolio).healthMaintenance >= 0n;
  if (!isHealthy(input.timeMs)) return input.timeMs;
  if (lastMs <= input.timeMs) return null;
  let healthy: number = input.timeMs;
  let breached: number | null = null;
  for (let step = 1; step <= TIME_STEPS && breached === null; step += 1) {
    const at = input.timeMs + Math.floor(((lastMs - input.timeMs) * step) / TIME_STEPS);
    if (isHealthy(at)) healthy = at;
    else breached = at;
  }
  if (breached === null) return null;
  while (breached - healthy > 1) {
    const middle: number = Math.floor((breached + healthy) / 2);
    if (isHealthy(middle)) healthy = middle;
    else breached = middle;
  }
  return breached;
}
