/** How far the account is from maintenance, for people. */

import {
  type BreachEnvelopes,
  type DistanceToBreach,
  FACTOR_ONE,
  type FactorRange,
  type MoveToBreach,
  PRICE_FACTORS,
  type UnderlyingBox,
  VOLATILITY_FACTORS,
} from '@plimsoll/core/margin';
import { type BreachOutlook, numberText, symbolOfUnderlying } from '@plimsoll/service/portfolio/breachOutlook';
import { percentShown } from '@plimsoll/service/portfolio/percent';
import type { PortfolioDocument } from '@plimsoll/service/portfolio/portfolioDocument';
import { priceShown, withCommas } from './terminal/decimals.ts';

export function breachLines({ distance, envelopes }: BreachOutlook, document: PortfolioDocument): readonly string[] {
  return [...distanceLines(distance, document), ...envelopeLines(envelopes, document)];
}

function distanceLines(distance: DistanceToBreach | null, document: PortfolioDocument): readonly string[] {
  if (distance === null || distance.healthTicks < 0n) return [];
  const lines = distance.moves.map((move) => `  ${symbolOfUnderlying(document, move.underlying)}: ${moveWords(move)}`);
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
    const symbol = symbolOfUnderlying(document, underlying);
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
  return `${symbolOfUnderlying(document, underlying)} price ${percentBand(price, PRICE_FACTORS)}${wild}`;
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

function shownNumber(value: number): string {
  const text = numberText(value);
  if (text === null) return 'beyond measure';
  const [whole = '', fraction = ''] = text.split('.');
  return withCommas(fraction === '' ? whole : `${whole}.${fraction.slice(0, 2)}`);
}
