/**
 * Semantic lints: what a well-formed profile may say and still should not. Each has a stable code and a sentence for the person who
 * wrote the profile. A parameter bundle with a lint is refused.
 */

import type { AssetTerms } from '../assets/asset.ts';
import type { InstrumentTerms, UnderlyingTerms } from '../assets/instrument.ts';
import type { AssetRiskParameters, UnderlyingRiskParameters } from '../assets/parameters.ts';
import { divDown, divUp } from '../numeric/rounding.ts';
import { isProportional } from '../pricing/instrumentValue.ts';
import { jointMove, SHOCK_DENOMINATOR, stressMove, type UnderlyingMove } from '../scenarios/riskArray.ts';
import { expandScenarioSets, type GroupTransform } from '../scenarios/scenario.ts';
import { lookThroughForm } from './basketParts.ts';
import type { MarginProfile } from './profile.ts';
import { lintRuledInstruments, lintRules, type RuleLintCode } from './rules/lintRules.ts';

export type ProfileLintCode =
  | 'initialBelowMaintenance'
  | 'weightOutOfRange'
  | 'dampeningOutOfRange'
  | 'discountWrongSide'
  | 'oneSidedShocks'
  | 'noUnshockedScenario'
  | 'jointWithoutScenarios'
  | 'worstCountTooLarge'
  | 'duplicateSetName'
  | 'collateralHurts'
  | 'optionInLinearProfile'
  | 'coherentUnproved'
  | RuleLintCode;

export interface ProfileLint {
  readonly code: ProfileLintCode;
  /** Field of the profile, as in `profileFromJson`. */
  readonly path: string;
  readonly sentence: string;
}

/** What the profile will be used with. Parameters and terms are matched by asset id and underlying id. */
export interface LintContext {
  readonly assets: readonly AssetRiskParameters[];
  readonly assetTerms: readonly AssetTerms[];
  readonly underlyings: readonly UnderlyingRiskParameters[];
  /** Instruments that will be margined by the profile, where they are known. */
  readonly instruments?: readonly InstrumentTerms[];
  /** Their underlyings, by whose symbols rules are found. */
  readonly underlyingTerms?: readonly UnderlyingTerms[];
}

const ONE: number = 1_000_000;
/** Collateral keeps at least this share after haircut and worst shock, so that roundings of a risk unit cannot eat it. */
export const COLLATERAL_SLACK_PPM: number = 1_000;

/** Every lint of a profile; with parameters also those that depend on them. Empty when there is nothing to say. */
export function lintProfile(profile: MarginProfile, context: LintContext | null): readonly ProfileLint[] {
  return [
    ...lintLevels(profile),
    ...lintCoherent(profile),
    ...lintScenarios(profile),
    ...lintRules(profile),
    ...lintJoint(profile),
    ...profile.scenarioSets.flatMap((set, index) => lintTransform(set.transform, `scenarioSets[${index}].transform`)),
    ...(context === null ? [] : lintCollateral(profile, context)),
    ...(context?.instruments === undefined ? [] : lintInstruments(profile, context.instruments)),
    ...(context?.instruments === undefined || context.underlyingTerms === undefined
      ? []
      : lintRuledInstruments(profile, context.instruments, context.underlyingTerms)),
  ];
}

function lintLevels(profile: MarginProfile): readonly ProfileLint[] {
  const { maintenancePpm, initialPpm } = profile.lossFactor;
  if (initialPpm >= maintenancePpm) return [];
  const sentence = `Initial margin is at least maintenance margin: lossFactor.initialPpm ${initialPpm} is below maintenancePpm ${maintenancePpm}.`;
  return [{ code: 'initialBelowMaintenance', path: 'lossFactor.initialPpm', sentence }];
}

function lintScenarios(profile: MarginProfile): readonly ProfileLint[] {
  const lints: ProfileLint[] = [];
  const scenarios = expandScenarioSets(profile.scenarioSets);
  // A profile of rules alone has no scenario to look at.
  if (profile.scenarioSets.length === 0 && profile.rules !== undefined) return [];
  if (!scenarios.some((one) => one.spotPpm < 0) || !scenarios.some((one) => one.spotPpm > 0)) {
    const sentence =
      'Stress scenarios move the price both ways: without a move up a short needs no margin, without one down a long needs none.';
    lints.push({ code: 'oneSidedShocks', path: 'scenarioSets', sentence });
  }
  if (!profile.linearOnly && !scenarios.some((one) => one.spotPpm === 0)) {
    const sentence = 'A profile for options has a scenario with an unchanged price, where only volatility moves.';
    lints.push({ code: 'noUnshockedScenario', path: 'scenarioSets', sentence });
  }
  for (const [index, one] of scenarios.entries()) {
    if (isShare(one.dampeningPpm)) continue;
    const sentence = `Dampening is between 0 and ${ONE}: that of scenario ${index} is ${one.dampeningPpm}.`;
    lints.push({ code: 'dampeningOutOfRange', path: 'scenarioSets', sentence });
  }
  const names = profile.scenarioSets.map((set) => set.name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    const sentence = `Scenario sets have different names, so that an explanation can name one: "${name}" appears twice.`;
    lints.push({ code: 'duplicateSetName', path: `scenarioSets[${index}].name`, sentence });
  }
  return lints;
}

function lintJoint(profile: MarginProfile): readonly ProfileLint[] {
  const { weightPpm, worstCount, scenarios } = profile.joint;
  const lints: ProfileLint[] = [];
  if (!isShare(weightPpm)) {
    const sentence = `The weight of joint scenarios is between 0 and ${ONE}: it is ${weightPpm}.`;
    lints.push({ code: 'weightOutOfRange', path: 'joint.weightPpm', sentence });
  }
  if (weightPpm > 0 && scenarios.length === 0) {
    const sentence = 'Joint scenarios carry weight but there are none: that weight would ask for no margin.';
    lints.push({ code: 'jointWithoutScenarios', path: 'joint.scenarios', sentence });
  }
  if (scenarios.length > 0 && worstCount > scenarios.length) {
    const sentence = `Expected shortfall averages the worst ${worstCount} of only ${scenarios.length} joint scenarios.`;
    lints.push({ code: 'worstCountTooLarge', path: 'joint.worstCount', sentence });
  }
  return lints;
}

function lintTransform(transform: GroupTransform, path: string): readonly ProfileLint[] {
  if (transform.kind === 'discountBySign') return lintDiscounts(transform, path);
  if (transform.kind === 'perExpiry')
    return transform.bands.flatMap((band, index) => lintDiscounts(band, `${path}.bands[${index}]`));
  return [];
}

function lintDiscounts(
  discounts: { readonly positivePpm: number; readonly negativePpm: number },
  path: string,
): readonly ProfileLint[] {
  const { positivePpm, negativePpm } = discounts;
  if (positivePpm >= 0 && positivePpm <= ONE && negativePpm >= ONE) return [];
  const sentence =
    `A discount counts profits at most in full and losses at least in full (positivePpm ≤ ${ONE} ≤ negativePpm): ` +
    `it has ${positivePpm} and ${negativePpm}.`;
  return [{ code: 'discountWrongSide', path, sentence }];
}

/**
 * More collateral must never lower health: per unit, what the haircut leaves must cover what the unit adds to the requirement in
 * the scenario that hurts it most. Checked at both levels, initial with the loss factor of a settlement asset a tenth below its peg threshold.
 */
function lintCollateral(profile: MarginProfile, context: LintContext): readonly ProfileLint[] {
  const lints: ProfileLint[] = [];
  const initialFactor = BigInt(profile.lossFactor.initialPpm) + divUp<bigint>(BigInt(profile.addOns.pegFactorPpm), 10n);
  const maintenanceFactor = BigInt(profile.lossFactor.maintenancePpm);
  for (const terms of context.assetTerms) {
    const parameters = context.assets.find((one) => one.asset === terms.id);
    const underlyings = underlyingsOf(terms, context);
    if (parameters === undefined || underlyings.length === 0) continue;
    const falls = underlyings.map((underlying) => worstFallPpm(profile, underlying));
    const shock = falls.reduce<bigint>((worst, fall) => (fall > worst ? fall : worst), 0n);
    const haircut = Math.max(0, ...parameters.haircuts.map((band) => band.haircutPpm));
    const levels = [
      { name: 'maintenance', haircut, charge: divUp(shock * maintenanceFactor, BigInt(ONE)) },
      {
        name: 'initial',
        haircut: haircut + parameters.initialExtraHaircutPpm,
        charge: divUp(shock * initialFactor, BigInt(ONE)),
      },
    ];
    for (const level of levels) {
      const total = BigInt(Math.min(level.haircut, ONE)) + level.charge;
      if (total <= BigInt(ONE - COLLATERAL_SLACK_PPM)) continue;
      const sentence =
        `More collateral would lower ${level.name} health: the haircut of ${terms.symbol} (${level.haircut} ppm) plus its worst damped shock ` +
        `(${level.charge} ppm) is ${total} ppm, above ${ONE - COLLATERAL_SLACK_PPM}. Lower one of them, or list the asset outside the scenarios.`;
      lints.push({ code: 'collateralHurts', path: 'scenarioSets', sentence });
    }
  }
  return lints;
}

/** The underlyings that scenarios move an asset with: its own, or those of the parts of a basket inside the scenarios. */
function underlyingsOf(terms: AssetTerms, context: LintContext): readonly UnderlyingRiskParameters[] {
  const parts = lookThroughForm(terms)?.parts.map(({ asset }) => context.assetTerms.find(({ id }) => id === asset));
  const ids = parts === undefined ? [terms.underlying] : parts.map((part) => part?.underlying ?? null);
  return context.underlyings.filter(({ underlying }) => ids.includes(underlying));
}

/** Largest damped fall of an underlying over all stress and joint scenarios, in ppm of its price, rounded up. */
export function worstFallPpm(profile: MarginProfile, underlying: UnderlyingRiskParameters): bigint {
  const falls = [
    ...expandScenarioSets(profile.scenarioSets).map((scenario) => stressMove(scenario, underlying.scanRangePpm)),
    // Without the underlying's symbol every named move might be its own; the worst of them bounds it.
    ...(profile.joint.weightPpm === 0 ? [] : profile.joint.scenarios).flatMap((scenario) => [
      jointMove(scenario, ''),
      ...scenario.moves.map((move) => jointMove(scenario, move.underlying)),
    ]),
  ].map(dampedFallPpm);
  return falls.reduce<bigint>((worst, fall) => (fall > worst ? fall : worst), 0n);
}

function dampedFallPpm(move: UnderlyingMove): bigint {
  return -divDown(move.numerator * BigInt(move.dampeningPpm), SHOCK_DENOMINATOR);
}

function lintInstruments(profile: MarginProfile, instruments: readonly InstrumentTerms[]): readonly ProfileLint[] {
  if (!profile.linearOnly) return [];
  return instruments
    .filter((terms) => !isProportional(terms))
    .map((terms) => ({
      code: 'optionInLinearProfile',
      path: 'linearOnly',
      sentence: `The profile takes linear instruments only, and ${terms.symbol} ${terms.form.kind === 'option' ? 'is an option' : 'pays a function of its price'}.`,
    }));
}

function isShare(value: number): boolean {
  return value >= 0 && value <= ONE;
}

/** The three parts of a profile for which docs/profiles.md and docs/rule-profiles.md give counterexamples. */
function lintCoherent(profile: MarginProfile): readonly ProfileLint[] {
  if (!profile.coherent) return [];
  const parts: readonly (readonly [string, unknown])[] = [
    ['rules.markets', profile.rules === undefined || profile.rules.markets.length === 0 ? undefined : profile.rules.markets],
    ['contingencies.offset', profile.contingencies?.offset],
    ['feedConfidence.perpetual', profile.feedConfidence?.perpetual],
  ];
  return parts
    .filter(([, part]) => part !== undefined)
    .map(([path]) => ({
      code: 'coherentUnproved',
      path,
      sentence: `The profile says that it is coherent, but ${path} can ask more of two books together than of each alone; say "coherent": false.`,
    }));
}
