import type { DurationMs, Ppm, Ticks } from '../../numeric/brand.ts';

/**
 * Everything that is decided rather than measured when collateral is judged. Measurements come from prices and depth; what counts
 * as enough of them, and what is charged where they are missing, stands here and is printed with every result.
 */
export interface QualityPolicy {
  /** From the last price that the protocol trusts to the end of the sale: oracle heartbeat + auction. Whole bars of the history. */
  readonly liquidationHorizonMs: DurationMs;
  /** The recent past that volatility and correlation are measured in beside the whole history; the worse counts. */
  readonly recentMs: DurationMs;
  /** Standard deviations that the volatility part covers: 2 326 348 is 99 % of a normal distribution. */
  readonly volatilityMultiplePpm: Ppm;
  /** Share of the worst falls over a horizon whose average is the jump part: 1 000 is the worst 0.1 %. */
  readonly tailSharePpm: Ppm;
  /** Share of the measured depth that is there when collateral is sold. */
  readonly stressedDepthPpm: Ppm;
  /** Y of the square-root law, where depth is estimated from traded volume. */
  readonly impactCoefficientPpm: Ppm;
  /** Largest sale, as a share of a day's turnover, that the law is believed for; a larger one brings nothing more. */
  readonly turnoverBelievedPpm: Ppm;
  /** Added to every haircut while depth is not measured. */
  readonly unmeasuredDepthPenaltyPpm: Ppm;
  /** Added to every haircut where nothing of the price history that is wanted is the asset's own; in proportion where a part is. */
  readonly missingHistoryPenaltyPpm: Ppm;
  /** Marginal impacts at which haircut bands end, rising, at most 14: what the sale of the next unit may cost. */
  readonly bandImpactsPpm: readonly Ppm[];
  /** The cap's own limits: average impact when all of it is sold at once, and share of a day's turnover where only that is known. */
  readonly capImpactPpm: Ppm;
  readonly capTurnoverSharePpm: Ppm;
  /** Standard deviations of fall that all credit together must survive when everything under the cap is sold at once. */
  readonly capFallMultiplePpm: Ppm;
  /** Fewer common bars than this give no correlation. */
  readonly commonBarsMin: number;
  /** Own price history from which nothing is charged for its length, and the evidence part of the score is full. */
  readonly historyWantedMs: DurationMs;
  readonly score: ScoreScales;
}

/** Figures at which a part of the score has no points left; in between it falls linearly. */
export interface ScoreScales {
  readonly volatilityZeroPpm: Ppm;
  readonly jumpZeroPpm: Ppm;
  /** The sale whose average impact is judged, and the impact without points. */
  readonly referenceSale: Ticks;
  readonly impactZeroPpm: Ppm;
}
