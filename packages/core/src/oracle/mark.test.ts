import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, instrumentId, ppm, venueId } from '../numeric/brand.ts';
import {
  acceptPremium,
  advanceMark,
  createMarkState,
  type MarkParameters,
  type MarkState,
  markPrice,
  type PremiumReport,
  premiumOf,
} from './mark.ts';
import { at, dollars, usd } from './testing/feedTable.ts';

const PERPETUAL = instrumentId(3);

const PARAMETERS: MarkParameters = {
  instrument: PERPETUAL,
  minVenues: 2,
  maxAgeMs: durationMs(60_000),
  timeConstantMs: durationMs(150_000),
  clampPpm: ppm(10_000),
};

function premium(venue: number, premiumPpm: number, seconds: number): PremiumReport {
  return { instrument: PERPETUAL, venue: venueId(venue), premiumPpm: ppm(premiumPpm), publishTimeMs: at(seconds) };
}

/** One block: premiums of venues 1, 2, 3…; undefined is silence. */
function block(state: MarkState, seconds: number, premiums: readonly (number | undefined)[]): MarkState {
  let next = state;
  for (const [index, premiumPpm] of premiums.entries()) {
    if (premiumPpm === undefined) continue;
    const result = acceptPremium(next, premium(index + 1, premiumPpm, seconds), at(seconds));
    if (result.ok) next = result.state;
  }
  return advanceMark(PARAMETERS, next, at(seconds));
}

const START = createMarkState(PERPETUAL, at(0));

describe('the mark', () => {
  it('moves toward the median premium by dt / (150 s + dt)', () => {
    const after15 = block(START, 15, [1_000, 2_000, 9_000]);
    expect(after15.samplePpm).toBe(2_000);
    // 2000 · 15 / 165 in millionths of a ppm.
    expect(after15.average).toBe(181_818_181n);
    expect(premiumOf(PARAMETERS, after15)).toBe(182);
    expect(dollars(markPrice(usd('100'), premiumOf(PARAMETERS, after15)))).toBe('100.0182');
    const after165 = block(START, 150, [2_000, 2_000]);
    expect(after165.average).toBe(1_000_000_000n);
  });

  it('is the index again, slowly, when too few venues speak', () => {
    const held = { ...START, average: 5_000_000_000n };
    const alone = block(held, 150, [9_000]);
    expect(alone.samplePpm).toBe(0);
    expect(alone.average).toBe(2_500_000_000n);
    const aged = block(block(START, 15, [8_000, 8_000]), 76, []);
    expect(aged.samplePpm).toBe(0);
    expect(block(block(START, 15, [8_000, 8_000]), 75, []).samplePpm).toBe(8_000);
  });

  it('does not leave the clamp, however long every venue stays beyond it', () => {
    let state = START;
    for (let seconds = 15; seconds < 36_000; seconds += 15) state = block(state, seconds, [500_000, 700_000, 900_000]);
    expect(state.samplePpm).toBe(10_000);
    expect(premiumOf(PARAMETERS, state)).toBe(10_000);
    expect(dollars(markPrice(usd('100'), premiumOf(PARAMETERS, state)))).toBe('101');
    // A spike does not linger either: the average remembers the clamped sample only.
    expect(premiumOf(PARAMETERS, block(state, 36_150, [0, 0, 0]))).toBeLessThanOrEqual(5_000);
  });

  it('stays clamped and positive when every venue falls to nothing', () => {
    let state = START;
    for (let seconds = 15; seconds < 3_600; seconds += 15) state = block(state, seconds, [-999_999, -999_999]);
    expect(premiumOf(PARAMETERS, state)).toBe(-10_000);
    expect(dollars(markPrice(usd('0.000000001'), ppm(-999_999)))).toBe('0.000000001');
  });

  it('never gives one venue of three more than the range of the other two', () => {
    const honest = fc.integer({ min: -9_000, max: 9_000 });
    fc.assert(
      fc.property(honest, honest, fc.integer({ min: -999_999, max: 999_999 }), (first, second, lie) => {
        const { samplePpm } = block(START, 15, [first, lie, second]);
        expect(samplePpm).toBeGreaterThanOrEqual(Math.min(first, second));
        expect(samplePpm).toBeLessThanOrEqual(Math.max(first, second));
      }),
      { seed: 601, numRuns: 500 },
    );
  });
});

describe('a premium report', () => {
  const before = block(START, 15, [1_000, 2_000]);
  const verdict = (report: PremiumReport): string => {
    const result = acceptPremium(before, report, at(30));
    return result.ok ? 'accepted' : result.rejection.kind;
  };

  it('passes its gates or is refused by name', () => {
    expect(verdict(premium(1, 500, 30))).toBe('accepted');
    expect(verdict({ ...premium(1, 500, 30), instrument: instrumentId(4) })).toBe('wrongInstrument');
    expect(verdict(premium(1, 1_000_000, 30))).toBe('premiumInsane');
    expect(verdict(premium(1, -1_000_000, 30))).toBe('premiumInsane');
    expect(verdict(premium(1, 500, 31))).toBe('publishedAhead');
    expect(verdict(premium(1, 500, 15))).toBe('publishTimeNotRising');
    expect(verdict(premium(1, 500, 14))).toBe('publishTimeNotRising');
  });

  it('counts the same in any order within a block', () => {
    const report = fc
      .record({
        venue: fc.integer({ min: 1, max: 3 }),
        value: fc.integer({ min: -5, max: 5 }),
        at: fc.integer({ min: 14, max: 18 }),
      })
      .map(({ venue, value, at: seconds }) => premium(venue, value, seconds));
    fc.assert(
      fc.property(
        fc
          .array(report, { minLength: 1, maxLength: 8 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }))),
        ([reports, shuffled]) => {
          const run = (list: readonly PremiumReport[]): MarkState => {
            let state = before;
            for (const next of list) {
              const result = acceptPremium(state, next, at(18));
              if (result.ok) state = result.state;
            }
            return advanceMark(PARAMETERS, state, at(18));
          };
          expect(run(shuffled)).toEqual(run(reports));
        },
      ),
      { seed: 602, numRuns: 500 },
    );
  });
});
