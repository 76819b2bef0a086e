/** How far the account is from maintenance. */

import {
  type BreachEnvelopes,
  breachEnvelopes,
  type DistanceToBreach,
  type ExplainedAccount,
  type FactorRange,
  type UnderlyingBox,
} from '@plimsoll/core/margin';
import { formatDecimal } from '@plimsoll/core/numeric';
import { priceText, ticksText } from '../views/texts.ts';
import type { PortfolioDocument } from './portfolioDocument.ts';
import type { RiskOfPortfolio } from './toRisk.ts';

/** What Greeks and proofs say; see docs/envelopes.md. */
export interface BreachOutlook {
  /** Null for an overcollateralized account: it holds no positions. */
  readonly distance: DistanceToBreach | null;
  readonly envelopes: BreachEnvelopes;
}

export function breachOutlook({ breach }: ExplainedAccount, { input, portfolio }: RiskOfPortfolio): BreachOutlook {
  return { distance: breach, envelopes: breachEnvelopes(input, portfolio) };
}

export function breachJson({ distance, envelopes }: BreachOutlook, document: PortfolioDocument): unknown {
  return {
    time: distance === null ? null : timeJson(distance),
    ...(distance === null || distance.obstacle === null ? {} : { obstacle: distance.obstacle }),
    moves: (distance?.moves ?? []).map((move) => ({
      underlying: symbolOfUnderlying(document, move.underlying),
      deltaPerUsd: numberText(move.deltaTicksPerUsd / 1e6),
      gammaPerUsdSquared: numberText(move.gammaTicksPerUsdSquared / 1e6),
      vegaPerPoint: numberText(move.vegaTicksPerPoint / 1e6),
      byDeltaUsd: numberText(move.byDelta),
      byGammaDownUsd: numberText(move.byGammaDown),
      byGammaUpUsd: numberText(move.byGammaUp),
      byVegaPoints: numberText(move.byVegaPoints),
    })),
    envelopes: {
      obstacle: envelopes.obstacle,
      each: envelopes.each.map(({ underlying, price, volatility, both }) => ({
        underlying: symbolOfUnderlying(document, underlying),
        price: rangeJson(price),
        volatility: volatility === null ? null : rangeJson(volatility),
        both: boxJson(document, both),
      })),
      together: envelopes.together === null ? null : envelopes.together.map((box) => boxJson(document, box)),
    },
  };
}

function timeJson({ time, healthTicks }: DistanceToBreach): unknown {
  return {
    health: ticksText(healthTicks),
    thetaPerDay: numberText(time.thetaTicksPerDay / 1e6),
    byThetaDays: numberText(time.byThetaDays),
    repricedAt: time.exactMs === null ? null : new Date(time.exactMs).toISOString(),
  };
}

function boxJson(document: PortfolioDocument, { underlying, price, volatility }: UnderlyingBox): unknown {
  return { underlying: symbolOfUnderlying(document, underlying), price: rangeJson(price), volatility: rangeJson(volatility) };
}

/** Factors of today's price or volatility. */
function rangeJson({ low, high }: FactorRange): unknown {
  return { low: priceText(low), high: priceText(high) };
}

/** Its symbol, or its id where the document has no such underlying. */
export function symbolOfUnderlying(document: PortfolioDocument, underlying: number): string {
  return document.underlyings[underlying]?.symbol ?? `underlying ${underlying}`;
}

/** Estimates, not amounts: at most nine decimals. */
export function numberText(value: number | null): string | null {
  if (value === null || !Number.isFinite(value) || Math.abs(value) > 1e15) return null;
  const scaled = BigInt(Math.round(value * 1e6)) * 1000n;
  return formatDecimal(Math.abs(value) < 1e6 ? BigInt(Math.round(value * 1e9)) : scaled, 9);
}
