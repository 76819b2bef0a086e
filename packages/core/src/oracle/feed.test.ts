import { describe, expect, it } from 'vitest';
import { durationMs, ppm, price } from '../numeric/brand.ts';
import { createFeedState, FEED_PRICE_MAX, type FeedParameters, validateFeedParameters, validateSources } from './feed.ts';
import { FEED, PARAMETERS, registration, THREE } from './testing/feedTable.ts';

const FAULTS: readonly (readonly [Partial<FeedParameters>, string])[] = [
  [{ symbol: '' }, 'symbol is not empty'],
  [{ minSources: 0 }, 'minSources is an integer from 1 to 64'],
  [{ minSources: 1.5 }, 'minSources is an integer from 1 to 64'],
  [{ minWeight: 0 }, 'minWeight is a positive integer'],
  [{ heartbeatMs: durationMs(300_001) }, 'heartbeatMs is not longer than maxAgeMs, or a punctual source would be stale'],
  [{ heartbeatMs: durationMs(0) }, 'heartbeatMs is positive'],
  [{ maxAgeMs: durationMs(32 * 86_400_000) }, 'maxAgeMs is positive and at most 31 days'],
  [{ restartGateMs: durationMs(32 * 86_400_000) }, 'restartGateMs is not negative and at most 31 days'],
  [{ maxConfidencePpm: ppm(0) }, 'maxConfidencePpm is from 1 to 999999'],
  [{ confidenceGrowthPpmPerMinute: ppm(-1) }, 'confidenceGrowthPpmPerMinute is from 0 to 999999'],
  [{ outlierPpm: ppm(29_999) }, 'outlierPpm is not below agreementPpm, or sources that agree could be outliers'],
  [{ agreementPpm: ppm(0) }, 'agreementPpm is from 1 to 999999'],
  [{ maxStepPpm: ppm(29_999) }, 'maxStepPpm is not below agreementPpm, or agreeing sources could be refused'],
  [{ listingPrice: price(FEED_PRICE_MAX + 1n) }, `listingPrice is at most ${FEED_PRICE_MAX} nano USD`],
  [{ bandMultiple: 0 }, 'bandMultiple is an integer from 1 to 100'],
  [{ slow: { ...PARAMETERS.slow, intervals: 0 } }, 'slow.intervals is an integer from 1 to 168'],
  [{ slow: { ...PARAMETERS.slow, delayGrowthPpm: ppm(1_000_000) } }, 'slow.delayGrowthPpm is from 1 to 999999'],
  [{ slow: { ...PARAMETERS.slow, minStepMs: durationMs(0) } }, 'slow.minStepMs is positive'],
  [{ slow: { ...PARAMETERS.slow, maxStepMs: durationMs(9_999) } }, 'slow.maxStepMs is not below minStepMs'],
  [
    { slow: { ...PARAMETERS.slow, growthPpmPerSecond: ppm(1_667) } },
    'slow.growthPpmPerSecond over maxStepMs stays below 1000000 ppm',
  ],
];

describe('feed parameters', () => {
  it('are accepted when they make sense', () => {
    expect(validateFeedParameters(PARAMETERS)).toEqual([]);
  });

  for (const [changes, sentence] of FAULTS) {
    it(`are refused unless ${sentence}`, () => {
      const faults = validateFeedParameters({ ...PARAMETERS, ...changes });
      expect(faults.map(({ field, reason }) => `${field} ${reason}`)).toEqual([sentence]);
    });
  }

  it('are refused with every fault at once', () => {
    const faults = validateFeedParameters({ ...PARAMETERS, symbol: '', minSources: 0, bandMultiple: 1000 });
    expect(faults.map(({ field }) => field)).toEqual(['symbol', 'minSources', 'bandMultiple']);
  });
});

describe('sources', () => {
  const faultsOf = (...sources: Parameters<typeof registration>[]): readonly string[] =>
    validateSources(sources.map(([letter, weight]) => registration(letter, weight))).map(
      ({ field, reason }) => `${field} ${reason}`,
    );

  it('are accepted when no one of three or more holds half of the weight', () => {
    expect(validateSources(THREE)).toEqual([]);
    expect(faultsOf(['a', 3], ['b', 2], ['c', 2])).toEqual([]);
    expect(faultsOf(['a', 1])).toEqual([]);
  });

  it('are refused when one of three or more would be the price alone', () => {
    expect(faultsOf(['a', 2], ['b', 1], ['c', 1])).toEqual([
      'weight no source of three or more holds half the weight: it would be the price',
    ]);
  });

  it('are refused when registered twice or without weight', () => {
    expect(faultsOf(['a', 1], ['a', 1])).toEqual(['source 1 is registered once']);
    expect(faultsOf(['a', 0])).toEqual(['weight of source 1 is an integer from 1 to 1000000']);
  });
});

it('a feed that has heard nothing has no price of any kind', () => {
  expect(createFeedState(FEED)).toEqual({
    feed: FEED,
    quality: 'never',
    reports: [],
    aggregate: null,
    band: null,
    quorum: null,
    slow: null,
    checkedMs: null,
  });
});
