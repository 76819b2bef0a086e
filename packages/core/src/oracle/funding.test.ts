import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, ppm, ticksPerLot } from '../numeric/brand.ts';
import {
  advanceFunding,
  createFundingState,
  type FundingParameters,
  type FundingState,
  fundingRatePpmPerHour,
} from './funding.ts';

const HOUR = 3_600_000;

const PARAMETERS: FundingParameters = {
  windowMs: durationMs(HOUR),
  periodMs: durationMs(8 * HOUR),
  capPpmPerHour: ppm(10_000),
};

function advance(state: FundingState, elapsedMs: number, perLot: number | null, premiumPpm: number): FundingState {
  return advanceFunding(PARAMETERS, state, {
    elapsedMs: durationMs(elapsedMs),
    indexPerLot: perLot === null ? null : ticksPerLot(perLot),
    premiumPpm: ppm(premiumPpm),
  });
}

/** 100 USD a lot, in ticks. */
const LOT = 100_000_000;

describe('funding', () => {
  it('pays the average premium of one hour during the next, an eighth of it an hour', () => {
    const first = advance(createFundingState(), HOUR, LOT, 800);
    expect(first.index).toBe(0);
    expect(fundingRatePpmPerHour(first)).toBe(100);
    const second = advance(first, HOUR, LOT, 0);
    // 100 ppm of 100 USD is one cent.
    expect(second.index).toBe(10_000);
    expect(second.remainder).toBe(0n);
    expect(advance(second, HOUR, LOT, 0).index).toBe(10_000);
  });

  it('weighs the premium by time', () => {
    const quarter = advance(createFundingState(), HOUR / 4, LOT, 1_600);
    const rest = advance(quarter, (HOUR / 4) * 3, LOT, -800);
    expect(fundingRatePpmPerHour(rest)).toBe(-25);
  });

  it('is capped on both sides', () => {
    expect(fundingRatePpmPerHour(advance(createFundingState(), HOUR, LOT, 900_000))).toBe(10_000);
    expect(fundingRatePpmPerHour(advance(createFundingState(), HOUR, LOT, -900_000))).toBe(-10_000);
  });

  it('lets time without a valid index pass free, and leaves it out of the average', () => {
    const half = advance(createFundingState(), HOUR / 2, LOT, 800);
    const dead = advance(half, HOUR / 2, null, 90_000);
    expect(fundingRatePpmPerHour(dead)).toBe(100);
    const late = advance(advance(createFundingState(), HOUR / 2, null, 90_000), HOUR / 2, LOT, 800);
    expect(fundingRatePpmPerHour(late)).toBe(100);
    const idle = advance(dead, HOUR, null, 90_000);
    expect(idle.index).toBe(0);
    expect(fundingRatePpmPerHour(idle)).toBe(0);
  });

  it('carries what is less than a tick until it is one', () => {
    const started = advance(createFundingState(), HOUR, 1_000_000, 8);
    expect(fundingRatePpmPerHour(started)).toBe(1);
    // One ppm an hour of a million ticks: a tick an hour, here in quarters.
    const quarters = [1, 2, 3, 4].map((count) => {
      let state = started;
      for (let step = 0; step < count; step += 1) state = advance(state, HOUR / 4, 1_000_000, 0);
      return state.index;
    });
    expect(quarters).toEqual([0, 0, 0, 1]);
    const receiving = advance(createFundingState(), HOUR, 1_000_000, -8);
    expect(advance(receiving, HOUR, 1_000_000, 0).index).toBe(-1);
  });

  it('is the same however time is cut into blocks, to the last part of a tick', () => {
    const stretch = fc.record({
      elapsedMs: fc.integer({ min: 0, max: 3 * HOUR }),
      perLot: fc.option(fc.integer({ min: 1, max: 1_000_000_000_000 }), { nil: null, freq: 6 }),
      premiumPpm: fc.integer({ min: -20_000, max: 20_000 }),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 8 }), (stretches) => {
        let whole = createFundingState();
        let cut = createFundingState();
        for (const { elapsedMs, perLot, premiumPpm, cuts } of stretches) {
          whole = advance(whole, elapsedMs, perLot, premiumPpm);
          const points = [0, ...cuts.map((share) => Math.floor(share * elapsedMs)), elapsedMs].sort((a, b) => a - b);
          for (const [index, point] of points.entries()) {
            cut = advance(cut, point - (points[index - 1] ?? 0), perLot, premiumPpm);
          }
          expect(cut).toEqual(whole);
        }
      }),
      { seed: 701, numRuns: 500 },
    );
  });

  it('loses nothing: index and remainder are the exact sum of price · rate · time', () => {
    const tick = 3_600_000_000_000_000_000n;
    const step = fc.record({
      elapsedMs: fc.integer({ min: 1, max: HOUR }),
      perLot: fc.integer({ min: 1, max: 100_000_000_000 }),
      premiumPpm: fc.integer({ min: -80_000, max: 80_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let state = createFundingState();
        let exact = 0n;
        for (const { elapsedMs, perLot, premiumPpm } of steps) {
          const room = HOUR - state.elapsedMs;
          const taken = Math.min(elapsedMs, room);
          exact += BigInt(perLot) * state.rate * BigInt(taken);
          state = advance(state, taken, perLot, premiumPpm);
          expect(BigInt(state.index) * tick + state.remainder).toBe(exact);
          expect(state.remainder >= 0n && state.remainder < tick).toBe(true);
        }
      }),
      { seed: 702, numRuns: 300 },
    );
  });
});
