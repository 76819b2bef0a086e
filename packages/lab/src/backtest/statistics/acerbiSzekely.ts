/** One day of an expected-shortfall forecast. Losses are positive. */
export interface ShortfallDay {
  readonly loss: number;
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
}

/**
 * Acerbi and Székely's second statistic (2014): Z₂ = 1 − Σ over breaches of loss ÷ (T·α·ES), α = 1 − confidence. 0 is expected when the forecast is
 * right; −1 when breaches cost twice what was forecast; positive when the forecast is too high. With 250 days at 97.5 %, −0.70 is the 5 % level
 * over a wide range of distributions.
 */
export function acerbiSzekelyZ2(days: readonly ShortfallDay[], tailProbability: number): number {
  let sum = 0;
  for (const { loss, valueAtRisk, expectedShortfall } of days) if (loss > valueAtRisk) sum += loss / expectedShortfall;
  return 1 - sum / (days.length * tailProbability);
}

/** Draws of the forecast distribution on one day, beyond its value at risk: each loss ÷ expected shortfall, and how likely any of them is. */
export interface TailDraws {
  readonly probability: number;
  readonly lossOverShortfall: Float64Array;
}

export interface SimulatedLevel {
  /** Share of simulated statistics at or below the observed one: the one-sided probability of as bad a result when the forecast is right. */
  readonly pValue: number;
  /** The 5 % level of the simulated statistics: below it the forecast is rejected. */
  readonly critical: number;
  readonly draws: number;
}

/**
 * The distribution of Z₂ when every day's loss is drawn from that day's own forecast distribution, independently (the paper's recipe). The
 * probability counts the observed statistic among the draws, so it is never zero. Cost: draws × days uniforms.
 */
export function simulateZ2(input: {
  readonly observed: number;
  readonly days: readonly TailDraws[];
  readonly tailProbability: number;
  readonly draws: number;
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
}): SimulatedLevel {
  const { observed, days, tailProbability, draws, uniform } = input;
  const statistics = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    let sum = 0;
    for (const { probability, lossOverShortfall } of days) {
      const place = uniform();
      if (place >= probability) continue;
      sum += lossOverShortfall[Math.floor((place / probability) * lossOverShortfall.length)] ?? 0;
    }
    statistics[draw] = 1 - sum / (days.length * tailProbability);
  }
  statistics.sort();
  let atOrBelow = 0;
  for (const statistic of statistics) if (statistic <= observed) atOrBelow += 1;
  return {
    pValue: (atOrBelow + 1) / (draws + 1),
    critical: statistics[Math.floor(draws * 0.05)] ?? Number.NaN,
    draws,
  };
}
