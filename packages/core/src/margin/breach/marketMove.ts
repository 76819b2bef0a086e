/** Markets that an account might see next: prices and implied volatilities of some underlyings in proportion. */

import { type Ppm, type Price, ppm, price } from '../../numeric/brand.ts';
import { mulDivDown } from '../../numeric/rounding.ts';
import { withFollowingBaskets } from '../basketParts.ts';
import { withFollowingShares } from '../poolShares.ts';
import type { Portfolio } from '../portfolio.ts';
import type { AssetRiskInput, InstrumentRiskInput, PriceView, RiskInput } from '../riskModel.ts';

/** Factors are integers of 1e-9: 1 000 000 000 leaves things as they are. */
export const FACTOR_ONE: bigint = 1_000_000_000n;

/** What happens to one underlying: every price of it (index, marks, forwards, collateral) and every implied volatility on it. */
export interface UnderlyingFactors {
  readonly underlying: number;
  readonly price: bigint;
  readonly volatility: bigint;
}

/**
 * The input after the moves: prices ⌊price · factor⌋ (at least 1e-9 USD), volatilities of options ⌊volatility · factor⌋ in ppm. Whatever else
 * there is stays: time, funding, parameters (so the latency buffer's volatility), rates, slow prices, underlyings without a move. A basket
 * follows the sum of its parts, a share what its pool holds where that is known; what is redeemed for an asset of another underlying stays
 * (`unfollowedObstacle`).
 */
export function movedMarket(input: RiskInput, moves: readonly UnderlyingFactors[]): RiskInput {
  const factorsOf = (id: number | null): UnderlyingFactors | undefined => moves.find((move) => move.underlying === id);
  const moved: RiskInput = {
    ...input,
    assets: input.assets.map((asset) => {
      const factors = factorsOf(asset.terms.underlying);
      return factors === undefined ? asset : { ...asset, view: movedView(asset.view, factors) };
    }),
    underlyings: input.underlyings.map((one) => {
      const factors = factorsOf(one.terms.id);
      return factors === undefined ? one : { ...one, view: movedView(one.view, factors) };
    }),
    instruments: input.instruments.map((one) => {
      const factors = factorsOf(one.terms.underlying);
      return factors === undefined ? one : movedInstrument(input, one, factors);
    }),
  };
  return withFollowingBaskets(input, withFollowingShares(moved));
}

function movedInstrument(input: RiskInput, instrument: InstrumentRiskInput, factors: UnderlyingFactors): InstrumentRiskInput {
  const now = volatilityOf(input, instrument);
  const volatilityPpm = ppm(Number(mulDivDown(BigInt(now), factors.volatility, FACTOR_ONE)));
  return { ...instrument, view: movedView(instrument.view, factors), volatilityPpm };
}

/** Implied volatility of an instrument, the underlying's parameter where none is given. */
export function volatilityOf(input: RiskInput, instrument: InstrumentRiskInput): Ppm {
  if (instrument.volatilityPpm !== null) return instrument.volatilityPpm;
  const underlying = input.underlyings.find((candidate) => candidate.terms.id === instrument.terms.underlying);
  return underlying?.parameters.annualVolatilityPpm ?? ppm(0);
}

function movedView(view: PriceView, factors: UnderlyingFactors): PriceView {
  const moved = (at: Price): Price => {
    const result = mulDivDown(at, factors.price, FACTOR_ONE);
    return result > 0n ? result : price(1n);
  };
  return { ...view, price: moved(view.price), low: moved(view.low), high: moved(view.high) };
}

/** The input without what the account does not hold and nothing that it holds is priced through: the same margin for it, and a smaller matrix. */
export function heldInput(input: RiskInput, portfolio: Portfolio): RiskInput {
  const instruments = new Set<number>(portfolio.instruments.subarray(0, portfolio.positionCount));
  const assets = new Set<number>(portfolio.balanceAssets.subarray(0, portfolio.balanceCount));
  // A set that grows while it is walked is walked to its end: parts of parts come too.
  for (const id of assets) {
    const asset = input.assets.find(({ terms }) => terms.id === id);
    for (const one of asset === undefined ? [] : pricedWith(asset)) assets.add(one);
  }
  return {
    ...input,
    instruments: input.instruments.filter((one) => instruments.has(one.terms.id)),
    assets: input.assets.filter((one) => one.terms.id === input.group.settlementAsset || assets.has(one.terms.id)),
  };
}

/** The assets that its price is made of. */
function pricedWith({ terms: { form }, pool }: AssetRiskInput): readonly number[] {
  if (form.kind === 'staked') return [form.base];
  if (pool !== undefined) return [pool.base, pool.quote];
  return form.kind === 'basket' ? form.parts.map(({ asset }) => asset) : [];
}
