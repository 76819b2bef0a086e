/** What well-formed rules may say and still should not; part of `lintProfile`. */

import type { InstrumentTerms, UnderlyingTerms } from '../../assets/instrument.ts';
import type { MarginProfile } from '../profile.ts';
import { type LinearRule, type MarginRules, type MarketRule, marketRuleOf, type OptionRule } from './ruleSet.ts';

export type RuleLintCode =
  | 'rulesChargeNothing'
  | 'ruleLevelsCross'
  | 'ruleUnreachable'
  | 'openInterestCapsCross'
  | 'auctionRuleMissing'
  | 'dustAboveRoom'
  | 'instrumentWithoutRule';

export interface RuleLint {
  readonly code: RuleLintCode;
  readonly path: string;
  readonly sentence: string;
}

/** Every lint of the rules of a profile; empty without rules. */
export function lintRules(profile: MarginProfile): readonly RuleLint[] {
  const { rules } = profile;
  if (rules === undefined) return [];
  return [
    ...lintEmptiness(profile, rules),
    ...rules.markets.flatMap((market, index) => lintMarket(market, `rules.markets[${index}]`)),
    ...lintReach(rules),
    ...lintLending(rules),
    ...lintAuction(rules),
  ];
}

/** Instruments that a profile of rules alone would charge in full because no rule covers them. */
export function lintRuledInstruments(
  profile: MarginProfile,
  instruments: readonly InstrumentTerms[],
  underlyings: readonly UnderlyingTerms[],
): readonly RuleLint[] {
  const { rules } = profile;
  if (rules === undefined || profile.scenarioSets.length > 0) return [];
  return instruments.flatMap((terms): readonly RuleLint[] => {
    const symbol = underlyings.find((one) => one.id === terms.underlying)?.symbol;
    const market = symbol === undefined ? null : marketRuleOf(rules, symbol);
    const rule = terms.form.kind === 'option' ? market?.options : market?.linear;
    if (rule !== undefined && rule !== null) return [];
    const sentence = `No rule covers ${terms.symbol}: it is charged in full.`;
    return [{ code: 'instrumentWithoutRule', path: 'rules.markets', sentence }];
  });
}

function lintEmptiness(profile: MarginProfile, rules: MarginRules): readonly RuleLint[] {
  if (profile.scenarioSets.length > 0 || rules.markets.length > 0 || rules.lending !== null) return [];
  const sentence =
    'The profile has neither scenarios nor rules for a market or for lending: every position would be charged in full.';
  return [{ code: 'rulesChargeNothing', path: 'rules', sentence }];
}

function lintMarket(market: MarketRule, path: string): readonly RuleLint[] {
  const lints: RuleLint[] = [];
  const crosses = (place: string, initial: number, maintenance: number): void => {
    if (initial >= maintenance) return;
    const sentence = `Initial margin is at least maintenance margin: ${place} asks ${initial} ppm at initial and ${maintenance} ppm at maintenance; the difference is charged as a floor.`;
    lints.push({ code: 'ruleLevelsCross', path: `${path}.${place}`, sentence });
  };
  if (market.options !== null)
    for (const [place, initial, maintenance] of optionLevels(market.options)) crosses(place, initial, maintenance);
  if (market.linear !== null) {
    const { maintenance, initialPpm } = market.linear;
    if (maintenance.kind === 'share') crosses('linear', initialPpm, maintenance.sharePpm);
    lints.push(...lintOpenInterest(market.linear, path));
  }
  if (market.collateral !== null) {
    const { creditInitialPpm, creditMaintenancePpm, debtInitialPpm, debtMaintenancePpm } = market.collateral;
    crosses('collateral.debt', debtInitialPpm, debtMaintenancePpm);
    crosses('collateral.credit', -creditInitialPpm, -creditMaintenancePpm);
  }
  return lints;
}

/** Initial and maintenance figures that must not cross; a sold put's initial requirement is at least its maintenance by its offset. */
function optionLevels(rule: OptionRule): readonly (readonly [place: string, initial: number, maintenance: number])[] {
  return [
    ['options.initialMinimumPpm', rule.initialMinimumPpm, rule.maintenanceCallPpm],
    ['options.unpairedInitialPpm', rule.unpairedInitialPpm, rule.unpairedMaintenancePpm],
  ];
}

function lintOpenInterest(rule: LinearRule, path: string): readonly RuleLint[] {
  if (rule.openInterest === null || rule.openInterest.upperUsd === 0) return [];
  const { lowerUsd, upperUsd } = rule.openInterest;
  if (lowerUsd < upperUsd) return [];
  const sentence = `Open interest raises the share between two caps: lowerUsd ${lowerUsd} is not below upperUsd ${upperUsd}.`;
  return [{ code: 'openInterestCapsCross', path: `${path}.linear.openInterest`, sentence }];
}

/** Rules that no underlying reaches, because an earlier one takes it. */
function lintReach(rules: MarginRules): readonly RuleLint[] {
  const open = rules.markets.findIndex((market) => market.underlyings === null);
  const lints: RuleLint[] = [];
  for (const [index, market] of rules.markets.entries()) {
    const named = market.underlyings ?? [];
    const isTaken =
      (open >= 0 && index > open) ||
      named.some((symbol) => rules.markets.slice(0, index).some((earlier) => earlier.underlyings?.includes(symbol) === true));
    if (!isTaken) continue;
    const sentence = `The market rule "${market.name}" is hidden by an earlier one that takes the same underlying.`;
    lints.push({ code: 'ruleUnreachable', path: `rules.markets[${index}].underlyings`, sentence });
  }
  return lints;
}

function lintLending({ lending, auction }: MarginRules): readonly RuleLint[] {
  if (lending === null) return [];
  const lints: RuleLint[] = [];
  if (lending.close.kind === 'auction' && auction === null) {
    const sentence = 'Lending hands its collateral to an auction, and the profile has none.';
    lints.push({ code: 'auctionRuleMissing', path: 'rules.auction', sentence });
  }
  for (const [index, { loanToValuePpm, liquidationThresholdPpm }] of lending.assets.entries()) {
    if (loanToValuePpm === null || liquidationThresholdPpm === null || loanToValuePpm <= liquidationThresholdPpm) continue;
    const sentence = `A loan starts no higher than where it is liquidated: loanToValuePpm ${loanToValuePpm} is above liquidationThresholdPpm ${liquidationThresholdPpm}; the threshold is used for both.`;
    lints.push({ code: 'ruleLevelsCross', path: `rules.lending.assets[${index}].loanToValuePpm`, sentence });
  }
  return lints;
}

function lintAuction({ auction }: MarginRules): readonly RuleLint[] {
  if (auction === null || auction.dustUsd <= auction.roomUsd) return [];
  const sentence = `No auction could open: the least debt ${auction.dustUsd} USD is above the room of ${auction.roomUsd} USD.`;
  return [{ code: 'dustAboveRoom', path: 'rules.auction.dustUsd', sentence }];
}
