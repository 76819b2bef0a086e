import type { Price } from '../numeric/brand.ts';
import { price } from '../numeric/brand.ts';
import { mulDivDown } from '../numeric/rounding.ts';
import { withFollowingBaskets } from './basketParts.ts';
import { compileRisk } from './compileRisk.ts';
import { computeMargin } from './computeMargin.ts';
import { withFollowingShares } from './poolShares.ts';
import type { Portfolio } from './portfolio.ts';
import { unfollowedObstacle } from './pricedThrough.ts';
import type { PriceView, RiskInput } from './riskModel.ts';

/** Where an account stands when one underlying moves and everything else stays. */
export interface LiquidationPrices {
  /** Highest price below the current one at which the account is below maintenance; null when none is. */
  readonly below: Price | null;
  /** Lowest price above the current one at which it is, up to ten times; null when none is. */
  readonly above: Price | null;
  /** Why none was looked for: something held is worth what no move of prices reaches. Null when they were. */
  readonly obstacle: string | null;
}

const STEPS_MAX: number = 24;
const UP_MAX_PERCENT: bigint = 1000n;

/**
 * Liquidation prices of an account with respect to one underlying: every mark, forward and collateral price of that
 * underlying moves in proportion, baskets follow the sum of their parts and shares what their pools hold, all else stays. Exact margin at every step: 24 coarse steps each way to bracket the
 * first breach, then bisection to one nano-USD. About a hundred compilations: for display, never for decisions. A book whose
 * health crosses zero twice within one coarse step may show the farther crossing.
 */
export function liquidationPrices(input: RiskInput, portfolio: Portfolio, underlying: number): LiquidationPrices {
  const index = input.underlyings.find((candidate) => candidate.terms.id === underlying);
  if (index === undefined) return { below: null, above: null, obstacle: null };
  const base = index.view.price;
  const isHealthy = (at: bigint): boolean =>
    computeMargin(compileRisk(movedInput(input, underlying, at, base)), portfolio).healthMaintenance >= 0n;
  if (!isHealthy(base)) return { below: base, above: base, obstacle: null };
  const obstacle = unfollowedObstacle(input, portfolio);
  if (obstacle !== null) return { below: null, above: null, obstacle };
  return {
    below: firstBreach(isHealthy, base, 1n),
    above: firstBreach(isHealthy, base, mulDivDown<bigint>(base, UP_MAX_PERCENT, 100n)),
    obstacle: null,
  };
}

/** The breach nearest to `from` on the way to `to`, null when there is none at the steps. */
function firstBreach(isHealthy: (at: bigint) => boolean, from: bigint, to: bigint): Price | null {
  let healthy = from;
  let breached: bigint | null = null;
  for (let step = 1; step <= STEPS_MAX && breached === null; step += 1) {
    const at = from + mulDivDown(to - from, BigInt(step), BigInt(STEPS_MAX));
    if (isHealthy(at)) healthy = at;
    else breached = at;
  }
  if (breached === null) return null;
  while (breached - healthy > 1n || healthy - breached > 1n) {
    const middle: bigint = (breached + healthy) >> 1n;
    if (isHealthy(middle)) healthy = middle;
    else breached = middle;
  }
  return price(breached);
}

/** The input with one underlying at another price. Confidence and slow price do not act at maintenance and stay. */
export function movedInput(input: RiskInput, underlying: number, to: bigint, from: bigint): RiskInput {
  const moved = (view: PriceView): PriceView => ({
    ...view,
    price: scaled(view.price, to, from),
    low: scaled(view.low, to, from),
    high: scaled(view.high, to, from),
  });
  const next: RiskInput = {
    ...input,
    assets: input.assets.map((asset) => (asset.terms.underlying === underlying ? { ...asset, view: moved(asset.view) } : asset)),
    underlyings: input.underlyings.map((one) => (one.terms.id === underlying ? { ...one, view: moved(one.view) } : one)),
    instruments: input.instruments.map((one) => (one.terms.underlying === underlying ? { ...one, view: moved(one.view) } : one)),
  };
  return withFollowingBaskets(input, withFollowingShares(next));
}

function scaled(value: bigint, to: bigint, from: bigint): Price {
  const result = mulDivDown(value, to, from);
  return price(result > 0n ? result : 1n);
}
