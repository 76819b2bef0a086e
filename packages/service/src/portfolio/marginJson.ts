/** The result of `margin` for programs: docs/cli.md describes it, and its fields are stable. */

import type { EquityTerm, MarginExplanation, RequirementTerm } from '@plimsoll/core/margin';
import { formatDecimal } from '@plimsoll/core/numeric';
import { priceText, ticksText } from '../views/texts.ts';
import { breachJson } from './breachOutlook.ts';
import { loanJson } from './loanOutlook.ts';
import { greeksJson, scenariosJson, sourceJson } from './marginDetail.ts';
import type { LiquidationOutlook, MarginResult } from './marginResult.ts';
import { equityQuantity, equitySubject, requirementName, requirementSubject, scenarioWords } from './termWords.ts';
import { type PositionGain, positionGains, totalGain } from './unrealized.ts';

export interface MarginCheck {
  readonly level: 'maintenance' | 'initial';
  readonly passed: boolean;
}

export function marginJson(result: MarginResult, check: MarginCheck | null): unknown {
  const { document, profile, figures } = result;
  const total = totalGain(positionGains(result));
  return {
    kind: 'margin',
    version: 1,
    file: result.file,
    name: document.name,
    mode: document.mode,
    settlementAsset: document.settlementAsset,
    unit: result.unit,
    time: new Date(document.timeMs).toISOString(),
    profile: { name: profile.profile.name, coherent: profile.profile.coherent },
    healthClass: result.healthClass,
    equity: ticksText(figures.equity),
    markToMarket: ticksText(figures.equity - cashOf(result)),
    unrealized: total === null ? null : ticksText(total),
    source: sourceJson(result),
    maintenance: levelJson(result, result.maintenance),
    initial: levelJson(result, result.initial),
    liquidation: result.liquidation.map(outlookJson),
    breach: breachJson(result.breach, document),
    loans: loanJson(result.loans),
    scenarios: scenariosJson(result),
    greeks: greeksJson(result),
    check,
    lints: result.lints,
    assumed: document.assumed,
  };
}

/** Cash in the unit of the figures. */
function cashOf({ maintenance }: MarginResult): bigint {
  return maintenance.equityTerms.find(({ kind }) => kind === 'cash')?.value ?? 0n;
}

function levelJson(result: MarginResult, level: MarginExplanation): unknown {
  const gains = positionGains(result);
  return {
    haircutEquity: ticksText(level.haircutEquity),
    requirement: ticksText(level.requirement),
    health: ticksText(level.health),
    equityTerms: level.equityTerms.map((term) => equityJson(result, term, gains)),
    requirementTerms: level.requirementTerms.map((term) => requirementJson(result, term)),
  };
}

function equityJson(result: MarginResult, term: EquityTerm, gains: readonly PositionGain[]): unknown {
  const common = {
    kind: term.kind,
    subject: equitySubject(term, result),
    value: ticksText(term.value),
    credit: ticksText(term.credit),
  };
  if (term.kind === 'cash') return common;
  const quantity = equityQuantity(term, result);
  const gain = gains.find(({ instrument }) => instrument === common.subject);
  return term.kind === 'position'
    ? { ...common, quantity, unrealized: gain === undefined ? null : ticksText(gain.gain) }
    : { ...common, quantity, haircut: formatDecimal(BigInt(term.haircutPpm), 6), ...doubtJson(term.doubtPpm) };
}

function requirementJson(result: MarginResult, term: RequirementTerm): unknown {
  return {
    kind: term.kind,
    label: requirementName(term),
    subject: requirementSubject(term, result),
    charge: ticksText(term.charge),
    ...('loss' in term ? { loss: ticksText(term.loss) } : {}),
    ...(term.kind === 'stressLoss' ? { scenario: scenarioWords(term, result) } : {}),
  };
}

function outlookJson({ underlying, now, below, above, obstacle }: LiquidationOutlook): unknown {
  return {
    underlying,
    price: priceText(now),
    below: below === null ? null : priceText(below),
    above: above === null ? null : priceText(above),
    ...(obstacle === null ? {} : { obstacle }),
  };
}

/** The part of a haircut that doubt in the feeds takes. */
function doubtJson(doubtPpm: number | undefined): { readonly doubt?: string } {
  return doubtPpm === undefined ? {} : { doubt: formatDecimal(BigInt(doubtPpm), 6) };
}
