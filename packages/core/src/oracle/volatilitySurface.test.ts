import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, ownerId, ppm, price, sourceId, timeMs, underlyingId } from '../numeric/brand.ts';
import type { SourceRegistration } from './feed.ts';
import { agreedVolatility, type VolatilityReport, type VolatilitySurface, withReport } from './volatilitySurface.ts';

const NOW = 1_600_000_000_000;
const STRIKE = price(200_000_000_000n);
const PARAMETERS = { minSources: 2, minWeight: 2, maxAgeMs: durationMs(600_000), agreementPpm: ppm(50_000) };
const EMPTY: VolatilitySurface = { underlying: underlyingId(0), expiryMs: timeMs(NOW + 86_400_000), reports: [] };

interface Told {
  readonly source: number;
  readonly percent: number;
  readonly ageMs?: number;
  readonly strike?: bigint;
}

const reportOf = ({ source, percent, ageMs = 0, strike = STRIKE }: Told): VolatilityReport => ({
  source: sourceId(source),
  publishTimeMs: timeMs(NOW - ageMs),
  marks: [
    { strike: price(100n), volatilityPpm: ppm(1) },
    { strike: price(strike), volatilityPpm: ppm(percent * 10_000) },
    { strike: price(10n ** 15n), volatilityPpm: ppm(2) },
  ],
});

function agreed(told: readonly Told[], registered: readonly Partial<SourceRegistration>[] = told.map(() => ({}))): number | null {
  const sources = registered.map(
    (one, index): SourceRegistration => ({
      source: sourceId(index),
      actor: ownerId(100 + index),
      weight: 1,
      status: 'active',
      ...one,
    }),
  );
  const surface = told.map(reportOf).reduce(withReport, EMPTY);
  return agreedVolatility(surface, { strike: STRIKE, nowMs: timeMs(NOW), parameters: PARAMETERS, sources });
}

describe('the volatility that sources agree on', () => {
  it('is the weighted median, and a liar among them does not move it beyond the others', () => {
    const honest = [
      { source: 0, percent: 80 },
      { source: 1, percent: 82 },
    ];
    expect(agreed(honest)).toBe(810_000);
    expect(agreed([...honest, { source: 2, percent: 900 }])).toBe(820_000);
    expect(agreed([...honest, { source: 2, percent: 1 }])).toBe(800_000);
    expect(agreed(honest, [{ weight: 5 }, {}])).toBe(800_000);
  });

  it('is none without a quorum: too few, too old, suspended, unknown, or without a mark at the strike', () => {
    const one = { source: 0, percent: 80 };
    const other = { source: 1, percent: 80 };
    expect(agreed([one, other])).toBe(800_000);
    expect(agreed([one])).toBeNull();
    expect(agreed([one, { ...other, ageMs: 600_000 }])).toBe(800_000);
    expect(agreed([one, { ...other, ageMs: 600_001 }])).toBeNull();
    expect(agreed([one, other], [{}, { status: 'suspended' }])).toBeNull();
    expect(agreed([one, other], [{}])).toBeNull();
    expect(agreed([one, { ...other, strike: STRIKE + 1n }])).toBeNull();
  });

  it('is none while no quorum lies near the median', () => {
    const apart = [
      { source: 0, percent: 60 },
      { source: 1, percent: 100 },
    ];
    expect(agreed(apart)).toBeNull();
    expect(agreed([...apart, { source: 2, percent: 61 }])).toBe(610_000);
    // Five percent of the median, 80: from 76 to 84.
    expect(
      agreed([
        { source: 0, percent: 76 },
        { source: 1, percent: 84 },
      ]),
    ).toBe(800_000);
  });

  it('does not depend on the order in which sources reported', () => {
    const percents = fc.array(fc.integer({ min: 40, max: 160 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(percents, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 6, maxLength: 6 }), (told, weights) => {
        const rows = told.map((percent, source) => ({ source, percent }));
        const registered = told.map((_, index) => ({ weight: weights[index] ?? 1 }));
        expect(agreed([...rows].reverse(), registered)).toBe(agreed(rows, registered));
      }),
      { seed: 77, numRuns: 200 },
    );
  });

  it('a report replaces the source’s earlier one, and reports stay ascending by source', () => {
    const surface = [2, 0, 1, 2].map((source, at) => reportOf({ source, percent: 50 + at })).reduce(withReport, EMPTY);
    expect(surface.reports.map(({ source }) => source)).toEqual([0, 1, 2]);
    expect(surface.reports[2]?.marks[1]?.volatilityPpm).toBe(530_000);
  });
});
