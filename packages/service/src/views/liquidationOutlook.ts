/** How far the market may move before an account is below maintenance. Pure over a compiled input, so that a worker may do it. */

import {
  type BreachEnvelopes,
  breachEnvelopes,
  compileRisk,
  computeMargin,
  FACTOR_ONE,
  heldInput,
  type LiquidationPrices,
  liquidationPrices,
  movedMarket,
  type Portfolio,
  type RiskInput,
  unfollowedObstacle,
} from '@plimsoll/core/margin';
import { mulDivDown } from '@plimsoll/core/numeric';

export interface LiquidationOutlook {
  readonly single: readonly (LiquidationPrices & { readonly underlying: number; readonly price: bigint })[];
  /** Factors of 1e-9 on the prices of all underlyings held; null when no breach was found. */
  readonly together: {
    readonly below: bigint | null;
    readonly above: bigint | null;
    /** Why none was looked for: something held is worth what no move of prices reaches. Null when they were. */
    readonly obstacle: string | null;
  };
  readonly envelopes: BreachEnvelopes;
}

const STEPS = 24;
const LOWEST = 1n;
const HIGHEST = 10n * FACTOR_ONE;

/** A few hundred margins: for display, never for decisions. */
export function liquidationOutlook(given: RiskInput, portfolio: Portfolio): LiquidationOutlook {
  const input = heldInput(given, portfolio);
  const held = heldUnderlyings(input, portfolio);
  return {
    single: held.map((underlying) => ({
      underlying,
      price: input.underlyings.find(({ terms }) => terms.id === underlying)?.view.price ?? 0n,
      ...liquidationPrices(input, portfolio, underlying),
    })),
    together: jointBreach(input, portfolio, held),
    envelopes: breachEnvelopes(input, portfolio),
  };
}

/** Underlyings that the account's value depends on, ascending. */
function heldUnderlyings(input: RiskInput, portfolio: Portfolio): readonly number[] {
  const held = new Set<number>(input.instruments.map(({ terms }) => terms.underlying));
  const balances = new Set<number>(portfolio.balanceAssets.subarray(0, portfolio.balanceCount));
  for (const { terms } of input.assets) {
    if (balances.has(terms.id) && terms.form.kind === 'basket') for (const { asset } of terms.form.parts) balances.add(asset);
  }
  for (const { terms, pool } of input.assets) {
    if (balances.has(terms.id) && pool !== undefined) for (const side of [pool.base, pool.quote]) balances.add(side);
  }
  for (const { terms } of input.assets) if (terms.underlying !== null && balances.has(terms.id)) held.add(terms.underlying);
  return [...held].sort((a, b) => a - b);
}

/** All prices by one factor: the breach nearest to 1 on either side, bracketed by 24 steps, then bisected to 1e-9. */
function jointBreach(input: RiskInput, portfolio: Portfolio, held: readonly number[]): LiquidationOutlook['together'] {
  if (held.length === 0) return { below: null, above: null, obstacle: null };
  const isHealthy = (factor: bigint): boolean => {
    const moves = held.map((underlying) => ({ underlying, price: factor, volatility: FACTOR_ONE }));
    return computeMargin(compileRisk(movedMarket(input, moves)), portfolio).healthMaintenance >= 0n;
  };
  if (!isHealthy(FACTOR_ONE)) return { below: FACTOR_ONE, above: FACTOR_ONE, obstacle: null };
  const obstacle = unfollowedObstacle(input, portfolio);
  if (obstacle !== null) return { below: null, above: null, obstacle };
  return { below: firstBreach(isHealthy, LOWEST), above: firstBreach(isHealthy, HIGHEST), obstacle: null };
}

function firstBreach(isHealthy: (factor: bigint) => boolean, to: bigint): bigint | null {
  let healthy = FACTOR_ONE;
  let breached: bigint | null = null;
  for (let step = 1n; step <= STEPS && breached === null; step += 1n) {
    const at = FACTOR_ONE + mulDivDown(to - FACTOR_ONE, step, BigInt(STEPS));
    if (isHealthy(at)) healthy = at;
    else breached = at;
  }
  if (breached === null) return null;
  while (breached - healthy > 1n || healthy - breached > 1n) {
    const middle: bigint = (breached + healthy) >> 1n;
    if (isHealthy(middle)) healthy = middle;
    else breached = middle;
  }
  return breached;
}
