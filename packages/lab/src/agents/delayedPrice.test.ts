import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDelayedPrice } from './delayedPrice.ts';

const series = { timesMs: [0, 10, 20, 30], pricesNano: [1n, 2n, 3n, 4n] };

describe('a delayed view of a market', () => {
  it('shows the latest price that is at least as old as the latency', () => {
    const view = createDelayedPrice(series, 15);
    expect([14, 15, 24, 25, 44, 45, 100].map((now) => view.at(now))).toEqual([undefined, 1n, 1n, 2n, 3n, 4n, 4n]);
  });

  it('never hands out a price younger than its latency, whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 20 }), fc.nat(40), (looks, latencyMs) => {
        const view = createDelayedPrice(series, latencyMs);
        for (const now of [...looks].sort((a, b) => a - b)) {
          const shown = view.at(now);
          const last = series.timesMs.filter((time) => time <= now - latencyMs).length - 1;
          expect(shown).toBe(series.pricesNano[last]);
        }
        expect(view.freshestAgeMs()).toBeGreaterThanOrEqual(latencyMs);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
