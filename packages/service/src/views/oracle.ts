import { sourcesOf } from '@plimsoll/core/engine';
import { bandOf, lastPrice, mayLiquidate, slowPriceOf } from '@plimsoll/core/oracle';
import type { OracleFeedJson } from '../api/schemas/markets.ts';
import type { Reading } from './reading.ts';
import { dateTimeText, priceText, ratioText } from './texts.ts';

/** Health of one feed at the time of the block; null when it is not listed. */
export function feedJson({ engine }: Reading, id: number): OracleFeedJson | null {
  const { state, view } = engine;
  const parameters = state.parameters.feeds[id];
  const feed = view.feedsNow[id];
  if (parameters === undefined || feed === undefined) return null;
  const price = lastPrice(feed);
  const band = bandOf(feed);
  const age = (publishTimeMs: number): number => Math.max(0, state.timeMs - publishTimeMs);
  const sources = sourcesOf(state, parameters.feed).map((registration) => {
    const report = feed.reports.find(({ source }) => source === registration.source);
    return {
      source: registration.source,
      weight: registration.weight,
      status: registration.status,
      price: report === undefined ? null : priceText(report.price),
      confidence: report === undefined ? null : ratioText(report.confidencePpm),
      ageMs: report === undefined ? null : age(report.publishTimeMs),
      isFresh: report !== undefined && age(report.publishTimeMs) <= parameters.maxAgeMs,
    };
  });
  const { aggregate, quorum } = feed;
  return {
    id,
    symbol: parameters.symbol,
    price: price === null ? null : priceText(price),
    low: band === null ? null : priceText(band.low),
    high: band === null ? null : priceText(band.high),
    slowPrice: feed.slow === null ? null : priceText(slowPriceOf(feed.slow)),
    confidence: aggregate === null ? null : ratioText(aggregate.confidencePpm),
    quality: feed.quality,
    ageMs: aggregate === null ? null : age(aggregate.publishTimeMs),
    timestamp: aggregate === null ? null : aggregate.publishTimeMs,
    datetime: aggregate === null ? null : dateTimeText(aggregate.publishTimeMs),
    singleSource: aggregate?.singleSource ?? false,
    mayLiquidate: mayLiquidate(parameters, feed, state.timeMs),
    restartGateMs: parameters.restartGateMs,
    quorumSpanMs: quorum === null ? null : quorum.lastMs - quorum.firstMs,
    minSources: parameters.minSources,
    freshSources: sources.filter(({ isFresh }) => isFresh).length,
    sources,
  };
}
