/** Risk arrays: profit per lot in each scenario, as integers of ticks. */

import type { InstrumentTerms } from '../assets/instrument.ts';
import type { Ppm } from '../numeric/brand.ts';
import {
  isProportional,
  type MarketShock,
  type MarketState,
  type ProfitShare,
  profitPerLot,
  profitShare,
  yearsBetween,
} from '../pricing/instrumentValue.ts';
import { quantizeRatio } from '../pricing/quantize.ts';
import type { JointScenario, Scenario, VolatilityMove } from './scenario.ts';
import { shockedVolatility, type VolatilityRule } from './volatility.ts';

/** A move of one underlying as a rational: price' = price · max(0, 1 + numerator / SHOCK_DENOMINATOR). */
export interface UnderlyingMove {
  readonly numerator: bigint;
  readonly volatility: VolatilityMove;
  readonly dampeningPpm: Ppm;
  readonly share: ProfitShare;
}

/** Denominator of every `UnderlyingMove`: parts per million of parts per million. */
export const SHOCK_DENOMINATOR: bigint = 1_000_000_000_000n;
const PPM: bigint = 1_000_000n;

/** The move that a stress scenario means for an underlying with this scan range. */
export function stressMove(scenario: Scenario, scanRangePpm: Ppm): UnderlyingMove {
  const scale = scenario.spotScale === 'scanRange' ? BigInt(scanRangePpm) : PPM;
  return underlyingMove(BigInt(scenario.spotPpm) * scale, scenario.volatility, scenario.dampeningPpm);
}

/** The move of one underlying, by symbol, in a joint scenario. */
export function jointMove(scenario: JointScenario, symbol: string): UnderlyingMove {
  const named = scenario.moves.find((move) => move.underlying === symbol);
  const spotPpm = named === undefined ? scenario.otherwisePpm : named.spotPpm;
  return underlyingMove(BigInt(spotPpm) * PPM, named === undefined ? 'none' : named.volatility, scenario.dampeningPpm);
}

function underlyingMove(spot: bigint, volatility: VolatilityMove, dampeningPpm: Ppm): UnderlyingMove {
  const numerator = spot < -SHOCK_DENOMINATOR ? -SHOCK_DENOMINATOR : spot;
  const share = profitShare({ numerator, denominator: SHOCK_DENOMINATOR, dampeningPpm });
  return { numerator, volatility, dampeningPpm, share };
}

/** A row to fill: an instrument in its market, or a risk unit of an asset worth `valueNumerator / valueDenominator` ticks. */
export type RiskRowSource =
  | { readonly kind: 'instrument'; readonly terms: InstrumentTerms; readonly state: MarketState; readonly rule: VolatilityRule }
  | { readonly kind: 'asset'; readonly valueNumerator: bigint; readonly valueDenominator: bigint };

/** Writes one entry per move from `offset` on; returns the bound of their error in ticks per lot (0 when all are exact). */
export function fillRiskRow(
  source: RiskRowSource,
  moves: readonly UnderlyingMove[],
  target: { readonly matrix: Float64Array; readonly offset: number },
): number {
  let bound = 0;
  moves.forEach((move, index) => {
    const entry = riskEntry(source, move);
    target.matrix[target.offset + index] = entry.ticks;
    bound = Math.max(bound, entry.bound);
  });
  return bound;
}

function riskEntry(source: RiskRowSource, move: UnderlyingMove): { readonly ticks: number; readonly bound: number } {
  if (source.kind === 'asset') {
    const quantized = quantizeRatio(
      source.valueNumerator * move.share.numerator,
      source.valueDenominator * move.share.denominator,
    );
    return { ticks: quantized.ticks, bound: quantized.exact ? 0 : 1 };
  }
  return profitPerLot(source.terms, source.state, marketShock(source, move));
}

function marketShock(
  source: { readonly terms: InstrumentTerms; readonly state: MarketState; readonly rule: VolatilityRule },
  move: UnderlyingMove,
): MarketShock {
  const volatility = source.state.volatilityPpm / 1e6;
  const { form } = source.terms;
  const years = form.kind === 'option' ? yearsBetween(source.state.timeMs, form.expiryMs) : 0;
  return {
    spotNumerator: move.numerator,
    spotDenominator: SHOCK_DENOMINATOR,
    volatility: isProportional(source.terms)
      ? volatility
      : shockedVolatility(source.rule, { volatility, years }, move.volatility),
    dampeningPpm: move.dampeningPpm,
    share: move.share,
  };
}
