/** Risk arrays: profit per lot in each scenario, as integers of ticks. */

import type { InstrumentTerms } from '../assets/instrument.ts';
import { assert } from '../numeric/assert.ts';
import type { Ppm } from '../numeric/brand.ts';
import {
  isProportional,
  LOT_VALUE_SCALE,
  type MarketShock,
  type MarketState,
  movingPart,
  type ProfitShare,
  profitPerLot,
  profitShare,
  settledPrice,
  stateVolatility,
  yearsBetween,
} from '../pricing/instrumentValue.ts';
import { quantizeRatio } from '../pricing/quantize.ts';
import { fillLinearRow, type LinearValue, type RationalDoubles, rationalDoubles } from './linearRow.ts';
import { fillOptionRow } from './optionRow.ts';
import type { JointScenario, Scenario, VolatilityMove } from './scenario.ts';
import { shockedVolatility, type VolatilityBase, type VolatilityRule } from './volatility.ts';

/** A move of one underlying as a rational: price' = price · max(0, 1 + numerator / SHOCK_DENOMINATOR). */
export interface UnderlyingMove {
  readonly numerator: bigint;
  readonly volatility: VolatilityMove;
  readonly dampeningPpm: Ppm;
  readonly share: ProfitShare;
  /** The share in doubles, for rows where those are exact. */
  readonly shareDoubles: RationalDoubles;
  /** 1 + numerator / SHOCK_DENOMINATOR, not negative. */
  readonly ratio: number;
}

/** Denominator of every `UnderlyingMove`: parts per million of parts per million. */
export const SHOCK_DENOMINATOR: bigint = 1_000_000_000_000n;
const PPM: bigint = 1_000_000n;

/** The move that a stress scenario means for an underlying with this scan range. */
export function stressMove(scenario: Scenario, scanRangePpm: Ppm): UnderlyingMove {
  const scale = scenario.spotScale === 'scanRange' ? BigInt(scanRangePpm) : PPM;
  return underlyingMove(BigInt(scenario.spotPpm) * scale, scenario.volatility, scenario.dampeningPpm);
}

/** The move of one underlying, by symbol, in a joint scenario; none where it stands alone. */
export function jointMove(scenario: JointScenario, symbol: string): UnderlyingMove {
  const named = scenario.moves.find((move) => move.underlying === symbol);
  const spotPpm = named === undefined ? (scenario.otherwisePpm ?? 0) : named.spotPpm;
  return underlyingMove(BigInt(spotPpm) * PPM, named === undefined ? 'none' : named.volatility, scenario.dampeningPpm);
}

function underlyingMove(spot: bigint, volatility: VolatilityMove, dampeningPpm: Ppm): UnderlyingMove {
  const numerator = spot < -SHOCK_DENOMINATOR ? -SHOCK_DENOMINATOR : spot;
  const share = profitShare({ numerator, denominator: SHOCK_DENOMINATOR, dampeningPpm });
  const shareDoubles = rationalDoubles(share.numerator, share.denominator);
  const ratio = 1 + Number(numerator) / Number(SHOCK_DENOMINATOR);
  return { numerator, volatility, dampeningPpm, share, shareDoubles, ratio };
}

/** An instrument in its market. */
export interface InstrumentRow {
  readonly kind: 'instrument';
  readonly terms: InstrumentTerms;
  readonly state: MarketState;
  readonly rule: VolatilityRule;
}

/** A row to fill: an instrument in its market, or a risk unit of an asset worth `valueNumerator / valueDenominator` ticks. */
export type RiskRowSource =
  | InstrumentRow
  | { readonly kind: 'asset'; readonly valueNumerator: bigint; readonly valueDenominator: bigint };

/**
 * Writes one entry per move from `offset` on; returns the bound of their error in ticks per lot (0 when all are exact). The
 * entries are those of `exactRiskEntry`, about ten times faster: in doubles where those give the same integers, and they say when.
 */
export function fillRiskRow(
  source: RiskRowSource,
  moves: readonly UnderlyingMove[],
  target: { readonly matrix: Float64Array; readonly offset: number },
): number {
  const entryAt = (index: number): RiskEntry => exactRiskEntry(source, moveAt(moves, index));
  if (source.kind === 'instrument' && !isProportional(source.terms)) {
    if (source.terms.form.kind !== 'option') return fillExactly(moves.length, entryAt, target);
    const base = volatilityBase(source.terms, source.state);
    const volatilityAfter = (move: VolatilityMove): number => shockedVolatility(source.rule, base, move);
    return fillOptionRow(source, moves, volatilityAfter, target, (index) => entryAt(index).ticks);
  }
  const value = linearValue(source);
  return fillLinearRow(rationalDoubles(value.numerator, value.denominator), moves, target, entryAt);
}

function moveAt(moves: readonly UnderlyingMove[], index: number): UnderlyingMove {
  const move = moves[index];
  assert(move !== undefined, 'A row has an entry per move.');
  return move;
}

/** Entry by entry: a payoff that is neither the price nor an option. */
function fillExactly(
  count: number,
  entryAt: (index: number) => RiskEntry,
  target: { readonly matrix: Float64Array; readonly offset: number },
): number {
  let bound = 0;
  for (let index = 0; index < count; index += 1) {
    const entry = entryAt(index);
    target.matrix[target.offset + index] = entry.ticks;
    bound = Math.max(bound, entry.bound);
  }
  return bound;
}

/** What a row is worth, in ticks, of which moves take shares. */
function linearValue(source: RiskRowSource): LinearValue {
  if (source.kind === 'asset') return { numerator: source.valueNumerator, denominator: source.valueDenominator };
  const moving = movingPart(source.state);
  return { numerator: moving.numerator * source.terms.lotUnits, denominator: LOT_VALUE_SCALE * moving.denominator };
}

/** One entry of a risk row with the bound of its error, in ticks per lot. */
export interface RiskEntry {
  readonly ticks: number;
  readonly bound: number;
}

/** One entry by exact division, or by the full Black-76: what `fillRiskRow` must equal. About 0.3 µs. */
export function exactRiskEntry(source: RiskRowSource, move: UnderlyingMove): RiskEntry {
  if (source.kind === 'asset') {
    const quantized = quantizeRatio(
      source.valueNumerator * move.share.numerator,
      source.valueDenominator * move.share.denominator,
    );
    return { ticks: quantized.ticks, bound: quantized.exact ? 0 : 1 };
  }
  return profitPerLot(source.terms, source.state, marketShock(source, move));
}

function marketShock(source: InstrumentRow, move: UnderlyingMove): MarketShock {
  return {
    spotNumerator: move.numerator,
    spotDenominator: SHOCK_DENOMINATOR,
    volatility: isProportional(source.terms)
      ? stateVolatility(source.state)
      : shockedVolatility(source.rule, volatilityBase(source.terms, source.state), move.volatility),
    dampeningPpm: move.dampeningPpm,
    share: move.share,
  };
}

/** What a move of volatility starts from. */
function volatilityBase(terms: InstrumentTerms, state: MarketState): VolatilityBase {
  const volatility = stateVolatility(state);
  const { form } = terms;
  if (form.kind !== 'option') return { volatility: 0, years: 0 };
  const years = yearsBetween(state.timeMs, form.expiryMs);
  return { volatility, years, strike: Number(form.strike), forward: settledPrice(state) };
}
