import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ppm, price } from '../numeric/brand.ts';
import { adverseGap, bandAround, bandOf, lastPrice } from './band.ts';
import { type Aggregate, createFeedState, FEED_PRICE_MAX } from './feed.ts';
import { mayLiquidate } from './restartGate.ts';
import { at, dollars, FEED, feedWith, rows, runTable, usd } from './testing/feedTable.ts';

const aggregate: Aggregate = {
  price: usd('100'),
  confidencePpm: ppm(10_000),
  atMs: at(0),
  publishTimeMs: at(0),
  sourceCount: 2,
  weight: 2,
  singleSource: false,
};

describe('the band of a feed', () => {
  it('is a point while valid, the moving band while uncertain, and stands still from then on', () => {
    const feed = feedWith({});
    const table = `
       0 | a=100±10000 b=100±10000 | valid 100..100 last 100
      15 | a=90±30000 b=90±30000 | uncertain 84.6..95.4 last 90
      30 | a=90±30000 b=80±30000 | disagreement 84.6..95.4 last 90
    7200 | | stale 84.6..95.4 last 90
    7215 | a=70±5000 b=70±5000 | valid 70..70 last 70
    7230 | a=70 b=60 | disagreement 69.3..70.7 last 70
    `;
    const answers = runTable(feed, table, (state) => {
      const band = bandOf(state);
      return `${state.quality} ${dollars(band?.low)}..${dollars(band?.high)} last ${dollars(lastPrice(state))}`;
    });
    expect(answers).toBe(rows(table).join('\n'));
  });

  it('does not exist before there was a price', () => {
    expect(bandOf(createFeedState(FEED))).toBeNull();
    expect(lastPrice(createFeedState(FEED))).toBeNull();
  });

  it('is rounded outward and stays a price at both extremes', () => {
    const odd: Aggregate = { ...aggregate, price: price(3n), confidencePpm: ppm(1) };
    expect(bandAround(odd, 1)).toEqual({ low: price(2n), high: price(4n) });
    expect(bandAround({ ...aggregate, price: price(1n), confidencePpm: ppm(999_999) }, 100).low).toBe(price(1n));
    expect(bandAround({ ...aggregate, price: price(FEED_PRICE_MAX) }, 100).high).toBe(price(FEED_PRICE_MAX));
  });
});

/** A dead feed: the last thing a quorum agreed on was 100 ± 1 %; since then one source shouts whatever it likes. */
describe('a dead feed', () => {
  it('neither liquidates nor shelters: no shout moves the band, and the band never widens', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 20 }), (shouts) => {
        const feed = feedWith({});
        const before = Array.from({ length: 5 }, (_, index) => `${index * 15} | a=100±5000 b=100±5000 |`);
        const after = shouts.map((cents, index) => `${361 + index * 15} | a=${cents / 100} |`);
        const seen: string[] = [];
        runTable(feed, [...before, ...after].join('\n'), (state, nowMs) => {
          const band = bandOf(state);
          const may = mayLiquidate(feed.parameters, state, nowMs);
          seen.push(`${state.quality} ${dollars(band?.low)}..${dollars(band?.high)} ${may}`);
          return '';
        });
        // The band is that of the last agreed price, 0.5 % at the time, times two.
        expect(seen[4]).toBe('valid 100..100 true');
        for (const row of seen.slice(5)) expect(row).toBe('stale 99..101 false');
      }),
      { seed: 401, numRuns: 200 },
    );
  });
});

describe('the adverse gap', () => {
  it('is the part of the price that the slow price does not confirm, for the side it helps', () => {
    expect(adverseGap(usd('10'), usd('4'))).toEqual({ long: usd('6'), short: 0n });
    expect(adverseGap(usd('4'), usd('10'))).toEqual({ long: 0n, short: usd('6') });
    expect(adverseGap(usd('4'), usd('4'))).toEqual({ long: 0n, short: 0n });
  });
});
