import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feedId, ppm, sourceId } from '../numeric/brand.ts';
import { createFeedState, FEED_PRICE_MAX, type Feed, type FeedState, type PriceReport } from './feed.ts';
import { acceptReport } from './report.ts';
import { at, FEED, feedWith, parseReport, registration, runBlock, THREE, usd } from './testing/feedTable.ts';

const feed = feedWith({}, [...THREE, { ...registration('d', 1), status: 'suspended' }]);

/** Agreed on 100 at second 0. */
const agreed = runBlock(
  feed,
  createFeedState(FEED),
  ['a=100', 'b=100'].map((text) => parseReport(text, 0)),
  at(0),
);

function verdict(state: FeedState, report: PriceReport, seconds: number, on: Feed = feed): string {
  const result = acceptReport(on, state, report, at(seconds));
  return result.ok ? 'accepted' : result.rejection.kind;
}

describe('the gates of a report', () => {
  const good = parseReport('a=101', 30);
  const CASES: readonly (readonly [string, Partial<PriceReport>, string])[] = [
    ['a sound report', {}, 'accepted'],
    ['another feed', { feed: feedId(8) }, 'wrongFeed'],
    ['a source nobody registered', { source: sourceId(9) }, 'sourceUnknown'],
    ['a suspended source', { source: sourceId(4) }, 'sourceSuspended'],
    ['a price of zero', { price: 0n }, 'priceNotPositive'],
    ['a negative price', { price: -1n }, 'priceNotPositive'],
    ['a price beyond an exact double', { price: FEED_PRICE_MAX + 1n }, 'priceTooLarge'],
    ['a negative confidence', { confidencePpm: ppm(-1) }, 'confidenceInsane'],
    ['a confidence as wide as the price', { confidencePpm: ppm(1_000_000) }, 'confidenceInsane'],
    ['a publish time after the block', { publishTimeMs: at(31) }, 'publishedAhead'],
    ['a publish time that stands still', { publishTimeMs: at(0) }, 'publishTimeNotRising'],
    ['a publish time that goes back', { publishTimeMs: at(-1) }, 'publishTimeNotRising'],
    ['a source not heard before, too old', { source: sourceId(3), publishTimeMs: at(-271) }, 'reportTooOld'],
    ['the oldest that counts', { source: sourceId(3), publishTimeMs: at(-270) }, 'accepted'],
    ['half the price', { price: usd('50') }, 'accepted'],
    ['less than half', { price: usd('49.99') }, 'stepTooLarge'],
    ['half more', { price: usd('150') }, 'accepted'],
    ['more than half more', { price: usd('150.01') }, 'stepTooLarge'],
    ['the largest possible price', { price: FEED_PRICE_MAX }, 'stepTooLarge'],
  ];
  for (const [name, changes, expected] of CASES) {
    it(`${name}: ${expected}`, () => {
      expect(verdict(agreed, { ...good, ...changes }, 30)).toBe(expected);
    });
  }

  it('name the first gate that a report fails', () => {
    expect(verdict(agreed, { ...good, price: 0n, publishTimeMs: at(99), confidencePpm: ppm(-1) }, 30)).toBe('priceNotPositive');
  });

  it('give the figures of a refused step', () => {
    expect(acceptReport(feed, agreed, parseReport('a=200', 30), at(30))).toEqual({
      ok: false,
      rejection: { kind: 'stepTooLarge', movePpm: 1_000_000, mostPpm: 500_000, reference: usd('100') },
    });
  });

  it('change nothing in the state that they were given', () => {
    const before = structuredClone(agreed);
    acceptReport(feed, agreed, good, at(30));
    expect(agreed).toEqual(before);
  });
});

describe('the step gate', () => {
  it('widens with every heartbeat since the last agreed price, so a market that moved is let in again', () => {
    const doubled = (seconds: number): string => verdict(agreed, parseReport('a=200', seconds), seconds);
    expect(doubled(59)).toBe('stepTooLarge');
    expect(doubled(60)).toBe('accepted');
    expect(verdict(agreed, parseReport('a=250.1', 60), 60)).toBe('stepTooLarge');
    expect(verdict(agreed, parseReport('a=250', 120), 120)).toBe('accepted');
  });

  it('does not widen for a report that is older than the agreed price', () => {
    expect(verdict(agreed, { ...parseReport('c=151', 0), publishTimeMs: at(-200) }, 30)).toBe('stepTooLarge');
  });

  it('holds the first price of a feed to its listing price, where one is given', () => {
    const listed = feedWith({ listingPrice: usd('2000') });
    const fresh = createFeedState(FEED);
    expect(verdict(fresh, parseReport('a=1', 0), 0, listed)).toBe('stepTooLarge');
    expect(verdict(fresh, parseReport('a=1900', 0), 0, listed)).toBe('accepted');
    expect(verdict(fresh, parseReport('a=1', 0), 0)).toBe('accepted');
  });
});

const report = fc
  .record({
    letter: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    cents: fc.integer({ min: 0, max: 20_000 }),
    confidence: fc.integer({ min: 0, max: 3 }),
    age: fc.integer({ min: -1, max: 5 }),
  })
  .map(({ letter, cents, confidence, age }) => ({
    ...parseReport(`${letter}=100±${confidence}`, 60),
    price: BigInt(cents) * 10_000_000n,
    publishTimeMs: at(60 - age),
  }));

describe('reports of one block', () => {
  it('leave the same state in any order', () => {
    fc.assert(
      fc.property(
        fc
          .array(report, { minLength: 1, maxLength: 12 })
          .chain((reports) =>
            fc.tuple(
              fc.constant(reports),
              fc.shuffledSubarray(reports, { minLength: reports.length, maxLength: reports.length }),
            ),
          ),
        ([reports, shuffled]) => {
          expect(runBlock(feed, agreed, shuffled, at(60))).toEqual(runBlock(feed, agreed, reports, at(60)));
        },
      ),
      { seed: 201, numRuns: 1000 },
    );
  });

  it('never take a source back in publish time, and keep reports sorted by source', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 12 }), (reports) => {
        let state = agreed;
        for (const next of reports) {
          const result = acceptReport(feed, state, next, at(60));
          if (!result.ok) continue;
          const timeOf = (of: FeedState): number => of.reports.find(({ source }) => source === next.source)?.publishTimeMs ?? 0;
          expect(timeOf(result.state)).toBeGreaterThanOrEqual(timeOf(state));
          state = result.state;
        }
        const sources = state.reports.map(({ source }) => source);
        expect(sources).toEqual([...new Set(sources)].sort((x, y) => x - y));
      }),
      { seed: 202, numRuns: 500 },
    );
  });

  it('of one source and moment that contradict each other count as the less sure one, then the lower', () => {
    const both = (first: string, second: string): bigint | undefined =>
      runBlock(feed, agreed, [parseReport(first, 60), parseReport(second, 60)], at(60)).reports[0]?.price;
    expect(both('a=101±5', 'a=102±9')).toBe(usd('102'));
    expect(both('a=102±9', 'a=101±5')).toBe(usd('102'));
    expect(both('a=101', 'a=102')).toBe(usd('101'));
    expect(both('a=102', 'a=101')).toBe(usd('101'));
  });

  it('cannot rewrite what an earlier block accepted', () => {
    expect(verdict(agreed, { ...parseReport('a=99', 0), confidencePpm: ppm(9) }, 15)).toBe('publishTimeNotRising');
  });
});
