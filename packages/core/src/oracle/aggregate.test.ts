import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { ppm } from '../numeric/brand.ts';
import { aggregateFeed } from './aggregate.ts';
import { createFeedState, type Feed, type FeedState } from './feed.ts';
import {
  at,
  dollars,
  FEED,
  feedWith,
  parseReport,
  registration,
  rows,
  runBlock,
  runTable,
  sourceNamed,
  THREE,
  usd,
} from './testing/feedTable.ts';

/** seconds | reports | quality, price last agreed, its confidence in ppm, sources kept. */
function summary(state: FeedState): string {
  const { aggregate } = state;
  if (aggregate === null) return state.quality;
  const label = aggregate.singleSource ? ' singleSource' : '';
  return `${state.quality} ${dollars(aggregate.price)} ±${aggregate.confidencePpm} of ${aggregate.sourceCount}${label}`;
}

function itRuns(name: string, feed: Feed, table: string): void {
  it(name, () => {
    expect(runTable(feed, table, summary)).toBe(rows(table).join('\n'));
  });
}

describe('the price of a feed', () => {
  itRuns(
    'is the middle of two sources and the median of three',
    feedWith({}),
    `
     0 | a=100 | never
    15 | b=101 | valid 100.5 ±5226 of 2
    30 | c=99.9 a=100@-15 b=101@-15 | valid 100 ±1000 of 3
    `,
  );

  itRuns(
    'leaves out an outlier, whichever source it is, and does not move for it',
    feedWith({}),
    `
     0 | a=100 b=101 c=99 | valid 100 ±10000 of 3
    15 | a=100 b=101 c=60 | valid 100 ±10000 of 2
    30 | a=100 b=140 c=99 | valid 100 ±10000 of 2
    45 | a=103.1 b=100 c=100 | valid 100 ±0 of 2
    `,
  );

  itRuns(
    'is the median of what is left when two of five are outliers',
    feedWith({}, [...THREE, registration('d', 1), registration('e', 1)]),
    `
     0 | a=98 b=99 c=100 d=120 e=130 | valid 99 ±10102 of 3
    `,
  );

  itRuns(
    'is no price when all three that it needs do not lie within three percent of each other',
    feedWith({ minSources: 3, minWeight: 3 }),
    `
     0 | a=97.6 b=100 c=102.9 | never
    15 | a=98.6 b=100 c=101.5 | valid 100 ±14000 of 3
    `,
  );

  itRuns(
    'is no price when the sources split in two camps, each in itself agreed, with the middle between them',
    feedWith({ agreementPpm: ppm(20_000) }, [...THREE, registration('d', 1)]),
    `
     0 | a=98 b=98.1 c=101 d=101.1 | never
    15 | a=98 b=98.1 c=101 d=98.2 | valid 98.15 ±1529 of 4
    `,
  );

  itRuns(
    'is no price when two sources disagree by more than three percent',
    feedWith({}),
    `
     0 | a=100 b=103 | valid 101.5 ±14779 of 2
    15 | a=100 b=103.01 | disagreement 101.5 ±14779 of 2
    30 | a=100 b=103 | valid 101.5 ±14779 of 2
    `,
  );

  itRuns(
    'is no price when three venues are all apart, and none while one of them collapses and another is silent',
    feedWith({}),
    `
      0 | a=100 b=100 c=100 | valid 100 ±0 of 3
     15 | a=96 b=100 c=104.1 | disagreement 100 ±0 of 3
     30 | a=90 b=100 c=100 | valid 100 ±0 of 2
    331 | a=70 b=100 | disagreement 100 ±0 of 2
    346 | a=70 b=100 c=99 | valid 99 ±10102 of 2
    `,
  );

  itRuns(
    'widens its confidence with age, turns uncertain, then stale, and recovers',
    feedWith({ maxConfidencePpm: ppm(4_000) }),
    `
      0 | a=100 b=100 | valid 100 ±0 of 2
     60 | | valid 100 ±1000 of 2
    240 | | valid 100 ±4000 of 2
    241 | | uncertain 100 ±4017 of 2
    300 | | uncertain 100 ±5000 of 2
    301 | | stale 100 ±5000 of 2
    302 | a=90 | stale 100 ±5000 of 2
    303 | b=90 | valid 90 ±17 of 2
    `,
  );

  itRuns(
    'takes uncertainty from what most sources say of themselves',
    feedWith({}),
    `
     0 | a=100±20000 b=100±20001 c=100±0 | valid 100 ±20000 of 3
    15 | a=100±20001 b=100±20001 c=100±0 | uncertain 100 ±20001 of 3
    30 | a=100±0 b=100±0 c=100±900000 | valid 100 ±0 of 3
    `,
  );

  itRuns(
    'of a single-source feed is labelled so',
    feedWith({ minSources: 1, minWeight: 1 }, [registration('a', 1)]),
    `
      0 | a=4800 | valid 4800 ±0 of 1 singleSource
    300 | | valid 4800 ±5000 of 1 singleSource
    301 | | stale 4800 ±5000 of 1 singleSource
    `,
  );

  itRuns(
    'needs the weight of a quorum, not only its number',
    feedWith({ minWeight: 4 }, [registration('a', 3), registration('b', 2), registration('c', 1), registration('d', 1)]),
    `
     0 | b=100 c=100 | never
    15 | d=100 | valid 100 ±250 of 3
    30 | a=101 | valid 100 ±500 of 4
    `,
  );

  it('is none without a quorum of active sources, however fresh the rest', () => {
    const agreed = runBlock(
      feedWith({}),
      createFeedState(FEED),
      ['a=100', 'b=100'].map((r) => parseReport(r, 0)),
      at(0),
    );
    const suspended = feedWith(
      {},
      THREE.map((source) => (source.source === sourceNamed('b') ? { ...source, status: 'suspended' as const } : source)),
    );
    expect(summary(aggregateFeed(suspended, agreed, at(15)))).toBe('noQuorum 100 ±0 of 2');
    expect(summary(aggregateFeed(feedWith({}), agreed, at(15)))).toBe('valid 100 ±250 of 2');
  });

  it('is never computed for a time before the last', () => {
    const state = aggregateFeed(feedWith({}), createFeedState(FEED), at(10));
    expect(() => aggregateFeed(feedWith({}), state, at(9))).toThrow(InvariantViolation);
  });
});

const cents = fc.integer({ min: 5_000, max: 20_000 });
const spread = fc.record({ first: cents, second: cents, lie: fc.integer({ min: 1, max: 10_000_000 }) });
const letters = fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 3, maxLength: 3 });

/** A feed that refuses no step, so that lies reach the median. */
const open = feedWith({ maxStepPpm: ppm(100_000_000), maxConfidencePpm: ppm(999_999) });

function threeSay(names: readonly string[], says: readonly number[], feed: Feed = open): FeedState {
  const reports = names.map((letter, index) => parseReport(`${letter}=${(says[index] ?? 0) / 100}`, 0));
  return runBlock(feed, createFeedState(FEED), reports, at(0));
}

describe('one lying source of three', () => {
  it('never moves the price beyond the honest range, whatever it says and wherever it stands', () => {
    let priced = 0;
    fc.assert(
      fc.property(spread, letters, ({ first, second, lie }, names) => {
        const { aggregate } = threeSay(names, [first, second, lie]);
        if (aggregate === null) return;
        priced += 1;
        expect(aggregate.price).toBeGreaterThanOrEqual(usd(String(Math.min(first, second) / 100)));
        expect(aggregate.price).toBeLessThanOrEqual(usd(String(Math.max(first, second) / 100)));
      }),
      { seed: 301, numRuns: 3000 },
    );
    expect(priced).toBeGreaterThan(100);
  });

  it('cannot unmake the price of two honest ones that agree, nor make it uncertain', () => {
    const near = fc.record({ first: cents, up: fc.integer({ min: 0, max: 30_000 }), lie: spread });
    fc.assert(
      fc.property(near, letters, ({ first, up, lie }, names) => {
        const second = first + Math.floor((first * up) / 1_000_000);
        const { quality, aggregate } = threeSay(
          names,
          [first, second, lie.lie],
          feedWith({
            maxStepPpm: ppm(100_000_000),
            maxConfidencePpm: ppm(30_000),
          }),
        );
        expect(quality).toBe('valid');
        expect(aggregate?.price).toBeGreaterThanOrEqual(usd(String(first / 100)));
        expect(aggregate?.price).toBeLessThanOrEqual(usd(String(second / 100)));
      }),
      { seed: 302, numRuns: 2000 },
    );
  });

  it('moves the price of a two-source quorum by at most half of the agreement width', () => {
    fc.assert(
      fc.property(cents, fc.integer({ min: 1, max: 10_000_000 }), (honest, lie) => {
        const { aggregate } = threeSay(['a', 'b'], [honest, lie]);
        if (aggregate === null) return;
        const truth = usd(String(honest / 100));
        const error = aggregate.price > truth ? aggregate.price - truth : truth - aggregate.price;
        // 3 % of the lower of the two, halved; the lower may be the honest one.
        expect(error * 2_000_000n).toBeLessThanOrEqual(truth * 30_000n);
      }),
      { seed: 303, numRuns: 2000 },
    );
  });
});

describe('a feed', () => {
  const block = fc.record({
    wait: fc.integer({ min: 0, max: 200 }),
    says: fc.array(fc.record({ letter: fc.constantFrom('a', 'b', 'c'), cents: fc.integer({ min: 9_000, max: 11_000 }) }), {
      maxLength: 4,
    }),
  });

  it('does not depend on the order in which its sources are listed', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 8 }), letters, (blocks, order) => {
        const shuffled = feedWith(
          {},
          order.map((letter) => registration(letter, 1)),
        );
        let straightState = createFeedState(FEED);
        let shuffledState = createFeedState(FEED);
        let seconds = 0;
        for (const { wait, says } of blocks) {
          seconds += wait;
          const reports = says.map(({ letter, cents: price }) => parseReport(`${letter}=${price / 100}`, seconds));
          straightState = runBlock(feedWith({}), straightState, reports, at(seconds));
          shuffledState = runBlock(shuffled, shuffledState, [...reports].reverse(), at(seconds));
          expect(shuffledState).toEqual(straightState);
        }
      }),
      { seed: 304, numRuns: 300 },
    );
  });

  it('keeps its last price, band and slow price untouched while no quorum agrees', () => {
    let frozen = 0;
    fc.assert(
      fc.property(fc.array(block, { minLength: 2, maxLength: 12 }), (blocks) => {
        let state = createFeedState(FEED);
        let seconds = 0;
        for (const { wait, says } of blocks) {
          seconds += wait;
          const reports = says.map(({ letter, cents: price }) => parseReport(`${letter}=${price / 100}`, seconds));
          const next = runBlock(feedWith({}), state, reports, at(seconds));
          if (next.quality !== 'valid' && next.quality !== 'uncertain') {
            expect([next.aggregate, next.band, next.slow]).toEqual([state.aggregate, state.band, state.slow]);
            expect(next.quorum).toBeNull();
            if (state.aggregate !== null) frozen += 1;
          }
          state = next;
        }
      }),
      { seed: 305, numRuns: 500 },
    );
    expect(frozen).toBeGreaterThan(100);
  });

  it('is the same when aggregated twice in one block', () => {
    const once = runBlock(
      feedWith({}),
      createFeedState(FEED),
      ['a=100', 'b=101'].map((r) => parseReport(r, 0)),
      at(0),
    );
    expect(aggregateFeed(feedWith({}), once, at(0))).toEqual(once);
  });
});
