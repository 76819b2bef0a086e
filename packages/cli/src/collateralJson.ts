/**
 * The judgement of collateral as one JSON document: amounts, prices and ratios are decimal texts, times ISO 8601. The profile stands in the
 * notation of its file.
 */

import type { HaircutBand } from '@plimsoll/core/assets';
import { averageHaircutPpm, creditUnits, staticLending, valueOfAmount } from '@plimsoll/core/liquidity';
import { type Amount, amount, formatDecimal, powerOfTen } from '@plimsoll/core/numeric';
import type { CollateralReport } from '@plimsoll/lab/collateral/judgeCollateral';

export function collateralJson(
  report: CollateralReport,
  { held, reportFile }: { readonly held: Amount | null; readonly reportFile: string | null },
): unknown {
  const { request, quality, price, history, depth } = report;
  const { asset, backs } = request;
  const { name, policy } = request.profile;
  const judgement = {
    kind: 'collateral',
    version: 1,
    asset: asset.symbol,
    ledgerDecimals: asset.ledgerDecimals,
    price: { usd: formatDecimal(price.price, 9), from: price.from, at: isoOf(price.atMs) },
    score: {
      total: quality.score.total,
      parts: quality.score.parts.map(({ name, hundredths, ofHundredths }) => ({
        name,
        points: formatDecimal(BigInt(hundredths), 2),
        of: formatDecimal(BigInt(ofHundredths), 2),
      })),
    },
    history:
      history === null ? null : { of: history.of, says: history.say, from: isoOf(history.fromMs), until: isoOf(history.untilMs) },
    volatility: quality.volatility,
    jumps: quality.jumps,
    wrongWay: backs === null || quality.wrongWay === null ? null : { backs: backs.asset.symbol, ...quality.wrongWay },
    marketMove: quality.move,
    depth: {
      kind: quality.depth.kind,
      label: depth.kind === 'measured' ? depth.say : depth.kind === 'turnover' ? 'depth estimated from traded volume' : 'none',
      measured:
        depth.kind !== 'measured'
          ? null
          : {
              file: depth.file,
              from: isoOf(depth.fromMs),
              to: isoOf(depth.toMs),
              observations: depth.observations,
              priceThenUsd: formatDecimal(depth.priceThen, 9),
            },
      priceKeptPpm: quality.depth.priceKeptPpm,
      stressKeptPpm: quality.depth.stressKeptPpm,
      dailyTurnoverUsd: quality.depth.dailyTurnover === null ? null : formatDecimal(quality.depth.dailyTurnover, 6),
      dailyVolatilityPpm: quality.depth.dailyVolatilityPpm,
    },
    penaltyPpm: quality.penaltyPpm,
    haircuts: {
      outsideScenarios: bandsJson(report, quality.outside),
      insideScenarios: bandsJson(report, quality.inside),
      initialExtraHaircutPpm: quality.initialExtraHaircutPpm,
    },
    collateralCap: {
      amount: formatDecimal(quality.cap.amount, asset.ledgerDecimals),
      usd: formatDecimal(quality.cap.value, 6),
      impactPpm: quality.cap.impactPpm,
      fallPpm: quality.cap.fallPpm,
    },
    lending: staticLending(quality),
    held: held === null ? null : heldJson(report, held),
    missing: quality.missing,
  };
  return {
    ...withRatiosAsText(judgement),
    profile: {
      name,
      policy: { ...policy, score: { ...policy.score, referenceSale: formatDecimal(policy.score.referenceSale, 6) } },
    },
    reportFile,
  };
}

/** The same with every whole number of parts per million, `…Ppm`, as decimal text under the name without the unit. */
function withRatiosAsText(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: readonly [string, unknown]) => {
      if (name.endsWith('Ppm'))
        return [name.slice(0, -'Ppm'.length), typeof item === 'number' ? formatDecimal(BigInt(item), 6) : item];
      return [name, nested(item)];
    }),
  );
}

function nested(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(nested);
  return typeof item === 'object' && item !== null ? withRatiosAsText(item) : item;
}

function bandsJson({ request }: CollateralReport, bands: readonly HaircutBand[]): readonly object[] {
  return bands.map(({ upTo, haircutPpm }) => ({
    upTo: upTo === null ? null : formatDecimal(upTo, request.asset.ledgerDecimals),
    haircutPpm,
  }));
}

function heldJson({ quality, request, price }: CollateralReport, held: Amount): object {
  const { ledgerDecimals } = request.asset;
  const at = { price: price.price, feedUnit: amount(powerOfTen(ledgerDecimals)) };
  const credit = creditUnits(quality.outside, held);
  return {
    amount: formatDecimal(held, ledgerDecimals),
    usd: formatDecimal(valueOfAmount(held, at), 6),
    haircutPpm: averageHaircutPpm(quality.outside, held),
    credit: formatDecimal(credit, ledgerDecimals),
    isBeyondCap: held > quality.cap.amount,
  };
}

function isoOf(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
