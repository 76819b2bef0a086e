import { type EngineState, isOpenAccount, loadPortfolio, modelOf } from '@plimsoll/core/engine';
import { greeksPositions, heldInput, type RiskInput } from '@plimsoll/core/margin';
import type { AccountId } from '@plimsoll/core/numeric';
import { aggregateGreeks, type GreeksTotal } from '@plimsoll/core/pricing';
import type { GreeksJson, LiquidationPricesJson } from '../api/schemas/accounts.ts';
import type { LiquidationOutlook } from './liquidationOutlook.ts';
import { unitOf } from './marginFigures.ts';
import type { Reading } from './reading.ts';
import { factorText, priceText, underlyingSymbol } from './texts.ts';

/** What a search for liquidation prices is given: the account, and of its market what it holds. Null for no open account. */
export function outlookQuestion({ engine, scratch }: Reading, account: AccountId): RiskInput | null {
  const { state, view } = engine;
  if (!isOpenAccount(state, account)) return null;
  loadPortfolio(state, account, scratch);
  return heldInput(modelOf(view, scratch.group).input, scratch);
}

/** The outlook of an account in words. Symbols of underlyings stay what they are once listed. */
export function liquidationPricesJson(
  state: EngineState,
  account: AccountId,
  outlook: LiquidationOutlook,
): LiquidationPricesJson {
  const symbol = (underlying: number): string => underlyingSymbol(state, underlying);
  return {
    account,
    single: outlook.single.map(({ underlying, price, below, above, obstacle }) => ({
      underlying: symbol(underlying),
      price: priceText(price),
      below: below === null ? null : priceText(below),
      above: above === null ? null : priceText(above),
      obstacle,
    })),
    together: {
      below: outlook.together.below === null ? null : factorText(outlook.together.below),
      above: outlook.together.above === null ? null : factorText(outlook.together.above),
      obstacle: outlook.together.obstacle,
    },
    proved: provedJson(outlook.envelopes, symbol),
  };
}

function provedJson(
  { obstacle, each, together }: LiquidationOutlook['envelopes'],
  symbol: (underlying: number) => string,
): LiquidationPricesJson['proved'] {
  const boxes = together ?? (each.length === 1 ? each.map(({ both }) => both) : []);
  return {
    obstacle: obstacle ?? (boxes.length === 0 && each.length > 1 ? 'too many underlyings to prove a box over all of them' : null),
    boxes: boxes.map(({ underlying, price, volatility }) => ({
      underlying: symbol(underlying),
      priceLow: factorText(price.low),
      priceHigh: factorText(price.high),
      volatilityLow: factorText(volatility.low),
      volatilityHigh: factorText(volatility.high),
    })),
  };
}

/** Greeks of an open account; null when there is none of that id. Doubles, in settlement units. */
export function greeksJson({ engine, scratch }: Reading, account: AccountId): GreeksJson | null {
  const { state, view } = engine;
  if (!isOpenAccount(state, account)) return null;
  loadPortfolio(state, account, scratch);
  const greeks = aggregateGreeks(greeksPositions(modelOf(view, scratch.group).input, scratch));
  return {
    account,
    unit: unitOf(state, scratch),
    value: greeks.valueTicks / TICKS,
    theta: greeks.thetaTicksPerDay / TICKS,
    rho: greeks.rhoTicksPerPoint / TICKS,
    underlyings: greeks.underlyings.map(({ underlying, total, expiries }) => ({
      underlying: underlyingSymbol(state, underlying),
      ...totalJson(total),
      expiries: expiries.map((expiry) => ({ expiry: expiry.expiryMs, ...totalJson(expiry.total) })),
    })),
  };
}

const TICKS = 1e6;

function totalJson(total: GreeksTotal): Omit<GreeksJson['underlyings'][number], 'underlying' | 'expiries'> {
  return {
    value: total.valueTicks / TICKS,
    delta: total.deltaTicksPerUsd / TICKS,
    gamma: total.gammaTicksPerUsdSquared / TICKS,
    vega: total.vegaTicksPerPoint / TICKS,
    theta: total.thetaTicksPerDay / TICKS,
    rho: total.rhoTicksPerPoint / TICKS,
  };
}
