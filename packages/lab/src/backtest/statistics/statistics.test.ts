import { describe, expect, it } from 'vitest';
import { createRandom } from '../../random/random.ts';
import { acerbiSzekelyZ2, simulateZ2 } from './acerbiSzekely.ts';
import { chiSquareSurvival } from './chiSquare.ts';
import {
  clusteringOneSided,
  conditionalCoverage,
  independence,
  kupiec,
  type Transitions,
  tooManyBreaches,
  transitionsOf,
} from './coverage.ts';
import { holm } from './holm.ts';
import { trafficLight, trafficLightReport } from './trafficLight.ts';

describe('the chi-square survival function', () => {
  it('gives back the tabulated critical values', () => {
    // Any table of the distribution: upper 5 % and 1 % points, three decimals.
    const table: readonly (readonly [number, number, number])[] = [
      [1, 3.841, 0.05],
      [2, 5.991, 0.05],
      [3, 7.815, 0.05],
      [4, 9.488, 0.05],
      [5, 11.07, 0.05],
      [10, 18.307, 0.05],
      [1, 6.635, 0.01],
      [2, 9.21, 0.01],
      [7, 18.475, 0.01],
    ];
    for (const [degrees, point, probability] of table) {
      expect(Math.abs(chiSquareSurvival(point, degrees) / probability - 1)).toBeLessThan(1e-3);
    }
  });

  it('is one at zero, falls with x, and agrees with the integral of the density', () => {
    expect(chiSquareSurvival(0, 3)).toBe(1);
    // Simpson over the density of three degrees of freedom from 2 to 102: √x·e^{−x/2} ÷ (√(2π)).
    const steps = 20_000;
    const width = 100 / steps;
    let sum = 0;
    for (let i = 0; i <= steps; i += 1) {
      const x = 2 + i * width;
      const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
      sum += weight * Math.sqrt(x) * Math.exp(-x / 2);
    }
    expect(Math.abs((sum * width) / 3 / Math.sqrt(2 * Math.PI) - chiSquareSurvival(2, 3))).toBeLessThan(1e-10);
  });
});

describe("Kupiec's test", () => {
  it('keeps the non-rejection regions of his table at 5 %', () => {
    // Kupiec (1995), as reprinted by Jorion, Value at Risk, table 6-2: probability, days, first and last count not rejected.
    const regions: readonly (readonly [number, number, number, number])[] = [
      [0.01, 252, 0, 6],
      [0.01, 510, 2, 10],
      [0.01, 1000, 5, 16],
      [0.025, 252, 3, 11],
      [0.025, 510, 7, 20],
      [0.025, 1000, 16, 35],
      [0.05, 252, 7, 19],
      [0.05, 510, 17, 35],
      [0.05, 1000, 38, 64],
    ];
    for (const [probability, observations, first, last] of regions) {
      for (let breaches = first; breaches <= last; breaches += 1) {
        // Without any breach in 252 days at 1 % the statistic is 5.07 and the table prints "N < 7": only the upper end is his.
        if (breaches > 0) expect(kupiec({ observations, breaches, probability }).pValue).toBeGreaterThan(0.05);
      }
      expect(kupiec({ observations, breaches: last + 1, probability }).pValue).toBeLessThan(0.05);
      if (first > 0) expect(kupiec({ observations, breaches: first - 1, probability }).pValue).toBeLessThan(0.05);
    }
  });

  it('reproduces J.P. Morgan in 1998: 20 breaches in 252 days at 95 % give 3.91, and with 6 of them in a row 13.44', () => {
    // Jorion, Value at Risk, section 6.2: LR_uc = 3.91, LR_ind = 9.53, LR_cc = 13.44.
    const coverage = kupiec({ observations: 252, breaches: 20, probability: 0.05 });
    const clustering = independence({ n00: 218, n01: 14, n10: 14, n11: 6 });
    expect(coverage.statistic).toBeCloseTo(3.91, 2);
    expect(clustering.statistic).toBeCloseTo(9.53, 2);
    expect(conditionalCoverage(coverage, clustering).statistic).toBeCloseTo(13.44, 2);
  });

  it('is zero where the count is as promised, measures no breach at all, and refuses the impossible', () => {
    expect(kupiec({ observations: 1000, breaches: 10, probability: 0.01 })).toEqual({ statistic: 0, pValue: 1 });
    expect(kupiec({ observations: 250, breaches: 0, probability: 0.01 }).statistic).toBeCloseTo(-500 * Math.log(0.99), 10);
    expect(() => kupiec({ observations: 10, breaches: 11, probability: 0.01 })).toThrow(RangeError);
  });
});

describe('the exact one-sided test of too many breaches', () => {
  it('gives the cumulative probabilities that the Basel Committee printed for 250 days at 99 %', () => {
    // Basel Committee (1996), Supervisory framework for backtesting, table 1: probability of this many or more.
    const printed: readonly (readonly [number, number])[] = [
      [0, 1],
      [1, 0.919],
      [2, 0.714],
      [3, 0.457],
      [4, 0.242],
      [5, 0.108],
      [6, 0.041],
      [7, 0.014],
      [8, 0.004],
    ];
    for (const [breaches, probability] of printed) {
      expect(Math.abs(tooManyBreaches({ observations: 250, breaches, probability: 0.01 }) - probability)).toBeLessThan(5.1e-4);
    }
  });
});

describe('clustering', () => {
  it('counts what follows what', () => {
    const days = [false, true, true, false, false, true, false];
    expect(transitionsOf(days)).toEqual({ n00: 1, n01: 2, n10: 2, n11: 1 } satisfies Transitions);
    expect(transitionsOf([])).toEqual({ n00: 0, n01: 0, n10: 0, n11: 0 });
  });

  it('is rejected one-sidedly only where breaches attract each other', () => {
    const attracting = { n00: 218, n01: 14, n10: 14, n11: 6 };
    const repelling = { n00: 900, n01: 50, n10: 50, n11: 0 };
    expect(clusteringOneSided(attracting)).toBeCloseTo(independence(attracting).pValue / 2, 15);
    expect(clusteringOneSided(repelling)).toBeGreaterThan(0.9);
    expect(independence({ n00: 100, n01: 0, n10: 0, n11: 0 })).toEqual({ statistic: 0, pValue: 1 });
  });
});

describe('the traffic light', () => {
  it('turns yellow at five and red at ten', () => {
    expect([0, 4, 5, 9, 10].map(trafficLight)).toEqual(['green', 'green', 'yellow', 'yellow', 'red']);
  });

  it('looks at every run of 250 days', () => {
    const days = Array.from({ length: 600 }, (_, day) => day >= 300 && day < 310);
    const report = trafficLightReport(days);
    expect(report).toMatchObject({ last: 0, worst: 10, lastZone: 'green', worstZone: 'red' });
    expect((report?.shares.green ?? 0) + (report?.shares.yellow ?? 0) + (report?.shares.red ?? 0)).toBeCloseTo(1, 12);
    expect(trafficLightReport(days.slice(0, 249))).toBeNull();
  });
});

describe("Holm's correction", () => {
  it("steps down as in Holm's own procedure, and keeps the order given", () => {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02.
    const results = holm(
      [0.01, 0.04, 0.03, 0.005].map((pValue, index) => ({ name: `${index}`, pValue })),
      0.05,
    );
    expect(results.map(({ adjusted }) => Math.round(adjusted * 1e9) / 1e9)).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(results.map(({ isRejected }) => isRejected)).toEqual([true, false, false, true]);
    expect(holm([{ name: 'only', pValue: 0.04 }], 0.05)[0]?.isRejected).toBe(true);
  });
});

describe("Acerbi and Székely's second statistic", () => {
  it('is zero when breaches come as often and as large as forecast, and −1 when they cost twice as much', () => {
    const quiet = Array.from({ length: 39 }, () => ({ loss: 0, valueAtRisk: 1, expectedShortfall: 1.25 }));
    expect(acerbiSzekelyZ2([...quiet, { loss: 1.25, valueAtRisk: 1, expectedShortfall: 1.25 }], 0.025)).toBeCloseTo(0, 12);
    expect(acerbiSzekelyZ2([...quiet, { loss: 2.5, valueAtRisk: 1, expectedShortfall: 1.25 }], 0.025)).toBeCloseTo(-1, 12);
    expect(acerbiSzekelyZ2(quiet, 0.025)).toBe(1);
  });

  it('has the published 5 % level near −0.70 for 250 normal days at 97.5 %', () => {
    // Acerbi and Székely (2014): −0.70 for the normal, −0.74 for Student with five degrees of freedom. Tail quantiles of the normal
    // on a fine grid, found by bisection on a series of their own; expected shortfall at 97.5 % is 2.3378.
    const points = 4_000;
    const tail = Float64Array.from(
      { length: points },
      (_, index) => normalQuantile(1 - (0.025 * (index + 0.5)) / points) / 2.3378,
    );
    const random = createRandom('z2');
    const days = Array.from({ length: 250 }, () => ({ probability: 0.025, lossOverShortfall: tail }));
    const simulated = simulateZ2({
      observed: -0.7,
      days,
      tailProbability: 0.025,
      draws: 20_000,
      uniform: () => random.nextFloat(),
    });
    expect(simulated.critical).toBeGreaterThan(-0.75);
    expect(simulated.critical).toBeLessThan(-0.66);
    expect(simulated.pValue).toBeGreaterThan(0.04);
    expect(simulated.pValue).toBeLessThan(0.06);
  });
});

/** By bisection on a series for the normal distribution (Abramowitz and Stegun 26.2.10), far slower than needed and independent of the core. */
function normalQuantile(probability: number): number {
  let low = -8;
  let high = 8;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (normalSeries(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function normalSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n += 1) {
    term *= (-x * x * (2 * n - 1)) / (2 * n * (2 * n + 1));
    sum += term;
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}
