/** How far the account is from maintenance, for people and for programs. */

import {
  type BreachEnvelopes,
  breachEnvelopes,
  type DistanceToBreach,
  type ExplainedAccount,
  FACTOR_ONE,
  type FactorRange,
  type MoveToBreach,
  PRICE_FACTORS,
  type UnderlyingBox,
  VOLATILITY_FACTORS,
} from '@plimsoll/core/margin';
import { formatDecimal } from '@plimsoll/core/numeric';
import type { PortfolioDocument } from './portfolio/portfolioDocument.ts';
import type { RiskOfPortfolio } from './portfolio/toRisk.ts';
import { percentShown, priceShown, priceText, ticksText, withCommas } from './terminal/decimals.ts';

/** What Greeks and proofs say; see docs/envelopes.md. */
export interface BreachOutlook {
  /** Null for an overcollateralized account: it holds no positions. */
  readonly distance: DistanceToBreach | null;
  readonly envelopes: BreachEnvelopes;
}

export function breachOutlook({ breach }: ExplainedAccount, { input, portfolio }: RiskOfPortfolio): BreachOutlook {
  return { distance: breach, envelopes: breachEnvelopes(input, portfolio) };
}

export function breachLines({ distance, envelopes }: BreachOutlook, document: PortfolioDocument): readonly string[] {
  return [...distanceLines(distance, document), ...envelopeLines(envelopes, document)];
}

function distanceLines(distance: DistanceToBreach | null, document: PortfolioDocument): readonly string[] {
  if (distance === null || distance.healthTicks < 0n) return [];
  const lines = distance.moves.map((move) => `  ${symbolOf(document, move.underlying)}: ${moveWords(move)}`);
  if (distance.obstacle !== null) lines.push(`  moves of prices: not computed: ${distance.obstacle}`);
  const { thetaTicksPerDay, byThetaDays, exactMs } = distance.time;
  if (byThetaDays !== null)
    lines.push(
      `  time: theta costs ${shownNumber(-thetaTicksPerDay / 1e6)} a day, ${shownNumber(byThetaDays)} days by theta alone; ` +
        (exactMs === null ? 'repriced, never before the last expiry' : `repriced, at ${new Date(exactMs).toISOString()}`),
    );
  return lines.length === 0 ? [] : ['', 'To a breach of maintenance by the Greeks, with the requirement as it is:', ...lines];
}

function moveWords(move: MoveToBreach): string {
  const usd = (value: number | null): string => (value === null ? 'none' : `${value > 0 ? '+' : ''}${shownNumber(value)} USD`);
  const byGamma = [move.byGammaDown, move.byGammaUp].filter((value) => value !== null).map(usd);
  const parts = [
    `by delta ${usd(move.byDelta)}`,
    ...(move.gammaTicksPerUsdSquared === 0 ? [] : [`with gamma ${byGamma.length === 0 ? 'none' : byGamma.join(' or ')}`]),
    ...(move.byVegaPoints === null
      ? []
      : [`by vega ${move.byVegaPoints > 0 ? '+' : ''}${shownNumber(move.byVegaPoints)} points of volatility`]),
  ];
  return parts.join(', ');
}

function envelopeLines({ obstacle, each, together }: BreachEnvelopes, document: PortfolioDocument): readonly string[] {
  if (obstacle !== null) return ['', `No proved bands: ${obstacle}.`];
  if (each.length === 0) return [];
  const lines = each.flatMap(({ underlying, price, volatility, both }) => {
    const symbol = symbolOf(document, underlying);
    const first = `  ${symbol}: price ${priceBand(document, underlying, price)}`;
    if (volatility === null) return [first];
    const joint = `price ${percentBand(both.price, PRICE_FACTORS)} with volatility ${percentBand(both.volatility, VOLATILITY_FACTORS)}`;
    return [first, `  ${symbol}: volatility ${percentBand(volatility, VOLATILITY_FACTORS)}`, `  ${symbol}: ${joint}`];
  });
  const all = together === null ? [] : [`  all at once: ${together.map((box) => boxWords(document, box)).join('; ')}`];
  return ['', 'Proved: not below maintenance while all else is unchanged and', ...lines, ...all];
}

function boxWords(document: PortfolioDocument, { underlying, price, volatility }: UnderlyingBox): string {
  const wild = volatility.low === volatility.high ? '' : `, volatility ${percentBand(volatility, VOLATILITY_FACTORS)}`;
  return `${symbolOf(document, underlying)} price ${percentBand(price, PRICE_FACTORS)}${wild}`;
}

/** A band of prices in USD, to the cent inside it, and in percent; the exact ends are in --json. An end that was searched no further says so. */
function priceBand(document: PortfolioDocument, underlying: number, range: FactorRange): string {
  const now = document.underlyings[underlying]?.price.price ?? 0n;
  const cent = 10_000_000n;
  const low = ((now * range.low) / FACTOR_ONE / cent + 1n) * cent;
  const high = ((now * range.high) / FACTOR_ONE / cent) * cent;
  return `from ${priceShown(low)} to ${priceShown(high)} (${percentBand(range, PRICE_FACTORS)})`;
}

function percentBand({ low, high }: FactorRange, limits: FactorRange): string {
  const percent = (factor: bigint): string => percentShown(((factor - FACTOR_ONE) / 100_000n) * 100n, 'signed');
  const end = (factor: bigint, limit: bigint): string => `${percent(factor)}${factor === limit ? ' (searched no further)' : ''}`;
  return `${end(low, limits.low)} to ${end(high, limits.high)}`;
}

export function breachJson({ distance, envelopes }: BreachOutlook, document: PortfolioDocument): unknown {
  return {
    time: distance === null ? null : timeJson(distance),
    ...(distance === null || distance.obstacle === null ? {} : { obstacle: distance.obstacle }),
    moves: (distance?.moves ?? []).map((move) => ({
      underlying: symbolOf(document, move.underlying),
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
        underlying: symbolOf(document, underlying),
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
  return { underlying: symbolOf(document, underlying), price: rangeJson(price), volatility: rangeJson(volatility) };
}

/** Factors of today's price or volatility. */
function rangeJson({ low, high }: FactorRange): unknown {
  return { low: priceText(low), high: priceText(high) };
}

function symbolOf(document: PortfolioDocument, underlying: number): string {
  return document.underlyings[underlying]?.symbol ?? `underlying ${underlying}`;
}

/** Estimates, not amounts: at most nine decimals. */
function numberText(value: number | null): string | null {
  if (value === null || !Number.isFinite(value) || Math.abs(value) > 1e15) return null;
  const scaled = BigInt(Math.round(value * 1e6)) * 1000n;
  return formatDecimal(Math.abs(value) < 1e6 ? BigInt(Math.round(value * 1e9)) : scaled, 9);
}

function shownNumber(value: number): string {
  const text = numberText(value);
  if (text === null) return 'beyond measure';
  const [whole = '', fraction = ''] = text.split('.');
  return withCommas(fraction === '' ? whole : `${whole}.${fraction.slice(0, 2)}`);
}
