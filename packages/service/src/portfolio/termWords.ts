/** The terms of an explanation in words: one wording for the text and for the JSON. */

import type { EquityTerm, RequirementTerm } from '@plimsoll/core/margin';
import { formatDecimal } from '@plimsoll/core/numeric';
import type { Scenario } from '@plimsoll/core/scenarios';
import type { MarginResult } from './marginResult.ts';
import { percentShown } from './percent.ts';

const REQUIREMENT_WORDS: Readonly<Record<RequirementTerm['kind'], string>> = {
  stressLoss: 'worst scenario',
  jointShortfall: 'expected shortfall',
  functionalRounding: 'rounding up',
  instrument: 'fee, slippage and gap',
  latency: 'latency buffer',
  rounding: 'pricing precision',
  size: 'size charge',
  shortMinimum: 'short option minimum',
  initial: 'initial add-on',
  confidence: 'price confidence',
  slowPrice: 'oracle above slow price',
  optionIsolated: 'options, one by one',
  optionMaximumLoss: 'options, worst payoff',
  linearShare: 'share of notional',
  debtWeight: 'weight of debt',
  unruled: 'no rule, in full',
  confidenceContingency: 'low confidence',
  pegContingency: 'settlement below peg',
  initialFloor: 'raised to maintenance',
  basisLoss: 'basis contingency',
  contingency: 'contingency',
  initialContingency: 'initial contingency',
  nakedShort: 'naked short contingency',
  initialNakedShort: 'initial naked short contingency',
  offset: 'offset positions',
  initialOffset: 'offset positions, initial',
  feedConfidence: 'doubt in the feeds',
};

const VOLATILITY_WORDS: Readonly<Record<Scenario['volatility'], string>> = {
  none: '',
  up: ', volatility up',
  down: ', volatility down',
  skewLinear: ', volatility tilted by strike',
  skewAbsolute: ', volatility of the wings up',
};

/** Name of a requirement term. */
export function requirementName(term: RequirementTerm): string {
  return REQUIREMENT_WORDS[term.kind];
}

/** What a requirement term is charged on: an instrument, an asset, an underlying or one of its expiries, or the whole account. */
export function requirementSubject(term: RequirementTerm, { document }: MarginResult): string {
  if (!('underlying' in term)) return 'account';
  if ('instrument' in term) {
    const held = document.instruments[term.instrument]?.symbol ?? document.assets[term.asset]?.symbol;
    if (held !== undefined) return held;
  }
  const underlying = document.underlyings[term.underlying]?.symbol ?? '?';
  if (!('expiryMs' in term) || term.expiryMs === null) return underlying;
  return `${underlying} ${new Date(term.expiryMs).toISOString().slice(0, 10)}`;
}

/** The scenario of a stress loss, such as `ETH −18 %, volatility up`; null for other terms. */
export function scenarioWords(term: RequirementTerm, result: MarginResult): string | null {
  return term.kind === 'stressLoss' ? scenarioText(result, term.underlying, term.scenario) : null;
}

/** A scenario of the model, by index, as it moves an underlying; null when there is none. */
export function scenarioText(result: MarginResult, underlyingId: number, index: number): string | null {
  const scenario = result.model.scenarios[index];
  const underlying = result.document.underlyings[underlyingId];
  if (scenario === undefined || underlying === undefined) return null;
  const scale = scenario.spotScale === 'scanRange' ? BigInt(underlying.scanRangePpm) : 1_000_000n;
  const move = percentText(BigInt(scenario.spotPpm) * scale);
  const volatility = VOLATILITY_WORDS[scenario.volatility];
  const counted = scenario.dampeningPpm === 1_000_000 ? '' : `, ${percentShown(BigInt(scenario.dampeningPpm), 'plain')} counted`;
  return `${underlying.symbol} ${move}${volatility}${counted}`;
}

/** 1e-12 of a share as percent, no lower than a price of zero. */
function percentText(picoShare: bigint): string {
  const floored = picoShare < -1_000_000_000_000n ? -1_000_000_000_000n : picoShare;
  return `${floored > 0n ? '+' : ''}${formatDecimal(floored, 10)} %`;
}

/** Name of an equity term: `cash`, `position`, `collateral`, `supply`, `debt`. */
export function equitySubject(term: EquityTerm, { document }: MarginResult): string {
  switch (term.kind) {
    case 'cash':
      return document.settlementAsset;
    case 'position':
      return document.instruments[term.instrument]?.symbol ?? '?';
    default:
      return document.assets[term.asset]?.symbol ?? '?';
  }
}

/** How much is held: size in units of the underlying, amount of the asset; empty for cash. */
export function equityQuantity(term: EquityTerm, { document }: MarginResult): string {
  switch (term.kind) {
    case 'cash':
      return '';
    case 'position': {
      const lotUnits = document.instruments[term.instrument]?.lotUnits ?? 0n;
      return formatDecimal(BigInt(term.lots) * lotUnits, 9);
    }
    default:
      return formatDecimal(term.amount, document.assets[term.asset]?.decimals ?? 0);
  }
}
