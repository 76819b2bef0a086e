import { lintProfile, type MarginProfile, type MarginRules, type ProfileLint } from '@plimsoll/core/margin';
import { percentShown } from '@plimsoll/service/portfolio/percent';
import { type LoadedProfile, shippedProfileNames } from '@plimsoll/service/portfolio/shippedProfiles';
import { type CommandContext, printJson } from '../commandContext.ts';
import { EXIT_NO, EXIT_OK } from '../exitCodes.ts';
import { loadProfile } from '../profileLibrary.ts';
import { createPaint, type Paint } from '../terminal/style.ts';
import { formatTable } from '../terminal/table.ts';

export interface ProfilesOptions {
  readonly json: boolean;
}

/** `plimsoll profiles [name|file]`: returns the exit code; a lint of the named profile is a no. */
export function profilesCommand(context: CommandContext, name: string | undefined, options: ProfilesOptions): number {
  return name === undefined ? listProfiles(context, options) : showProfile(context, loadProfile(name), options);
}

function listProfiles(context: CommandContext, { json }: ProfilesOptions): number {
  const profiles = shippedProfileNames().map((name) => loadProfile(name).profile);
  if (json) {
    printJson(context, {
      kind: 'profiles',
      version: 1,
      profiles: profiles.map((profile) => ({
        name: profile.name,
        description: profile.description,
        coherent: profile.coherent,
        linearOnly: profile.linearOnly,
        lints: lintProfile(profile, null),
      })),
    });
    return EXIT_OK;
  }
  const paint = createPaint(context.terminal.hasColor);
  const blocks = profiles.map((profile) => `${paint('bold', profile.name)}  ${flags(profile)}\n  ${profile.description}`);
  context.terminal.out(`${blocks.join('\n\n')}\n`);
  return EXIT_OK;
}

function showProfile(context: CommandContext, loaded: LoadedProfile, { json }: ProfilesOptions): number {
  const lints = lintProfile(loaded.profile, null);
  if (json) printJson(context, { kind: 'profile', version: 1, profile: loaded.source, lints });
  else context.terminal.out(profileText(loaded.profile, lints, createPaint(context.terminal.hasColor)));
  return lints.length === 0 ? EXIT_OK : EXIT_NO;
}

function flags({ coherent, linearOnly }: MarginProfile): string {
  const words = [coherent ? 'coherent' : 'not coherent', linearOnly ? 'linear instruments only' : 'all instruments'];
  return `(${words.join(', ')})`;
}

function profileText(profile: MarginProfile, lints: readonly ProfileLint[], paint: Paint): string {
  const { addOns, joint, lossFactor } = profile;
  const share = (ppm: number): string => percentShown(BigInt(ppm), 'plain');
  const rows = [
    ...profile.scenarioSets.map((set) => {
      const count = set.kind === 'list' ? set.scenarios.length : set.spotPpm.length * set.volatility.length;
      return [`scenarios "${set.name}"`, `${count}, transform ${set.transform.kind}`];
    }),
    ...(profile.rules === undefined ? [] : ruleRows(profile.rules)),
    ...sectionRows(profile),
    ['joint scenarios', `${joint.scenarios.length}, weight ${share(joint.weightPpm)}, worst ${joint.worstCount} averaged`],
    ['loss factor', `maintenance ${share(lossFactor.maintenancePpm)}, initial ${share(lossFactor.initialPpm)}`],
    ['notional at', addOns.notionalPrice],
    ['instrument add-ons', `× ${share(addOns.instrumentPpm)}`],
    ['latency buffer', latencyWords(addOns)],
    ['size charge', `× ${share(addOns.sizePpm)}`],
    ['short option minimum', `× ${share(addOns.shortMinimumPpm)}`],
    ['price confidence', `× ${share(addOns.confidencePpm)}, initial only`],
    ['oracle above slow price', `× ${share(addOns.slowPricePpm)}, initial only`],
    [
      'peg',
      `below ${share(addOns.pegThresholdPpm)} the initial loss factor grows by ${share(addOns.pegFactorPpm)} of the shortfall`,
    ],
  ];
  const table = formatTable([{ align: 'left' }, { align: 'left' }], rows);
  const verdict =
    lints.length === 0
      ? [paint('green', 'No lints.')]
      : lints.map((lint) => `${paint('red', lint.code)} ${lint.path}: ${lint.sentence}`);
  return `${[`${paint('bold', profile.name)}  ${flags(profile)}`, profile.description, '', ...table, '', ...verdict].join('\n')}\n`;
}

/** One line for each section that a profile may leave out. */
function sectionRows(profile: MarginProfile): readonly (readonly string[])[] {
  const { basis, contingencies, feedConfidence, optionDiscounting, convention } = profile;
  const share = (ppm: number): string => percentShown(BigInt(ppm), 'plain');
  return [
    ...(basis === undefined
      ? []
      : [['forward basis', `${share(basis.upPpm)} up, ${share(basis.downPpm)} down, ${basis.rule} with the worst scenario`]]),
    ...(contingencies === undefined ? [] : [['contingencies', Object.keys(contingencies).join(', ')]]),
    ...(feedConfidence === undefined ? [] : [['feed confidence', `${Object.keys(feedConfidence).join(', ')}, initial only`]]),
    ...(optionDiscounting === undefined ? [] : [['option discounting', optionDiscounting]]),
    ...(convention === undefined
      ? []
      : [['source states', convention === 'netMargin' ? 'equity less requirement' : 'an amount to hold']]),
    ...(profile.source === undefined ? [] : [['source', profile.source]]),
  ];
}

/** The latency buffer in words: how many deviations, of a volatility not below the floor. */
function latencyWords({ latencyPpm, latencyVolatilityFloorPpm }: MarginProfile['addOns']): string {
  const percent = (ppm: number): string => percentShown(BigInt(ppm), 'plain');
  const floor = latencyVolatilityFloorPpm === undefined ? '' : `, volatility at least ${percent(latencyVolatilityFloorPpm)}`;
  return `× ${percent(latencyPpm)} of one standard deviation${floor}`;
}

/** One line for each market rule and each other section of the rules. */
function ruleRows(rules: MarginRules): readonly (readonly string[])[] {
  return [
    ...rules.markets.map((market) => {
      const parts = [market.options, market.linear, market.collateral, market.confidence];
      const names = ['options', 'linear', 'collateral', 'confidence'].filter((_, index) => parts[index] !== null);
      const underlyings = market.underlyings === null ? 'every other underlying' : market.underlyings.join(', ');
      return [`rule "${market.name}"`, `${underlyings}: ${names.length === 0 ? 'nothing' : names.join(', ')}`];
    }),
    ...(rules.peg === null
      ? []
      : [['rule for the peg', `below ${percentShown(BigInt(rules.peg.thresholdPpm), 'plain')}, initial only`]]),
    ...(rules.lending === null
      ? []
      : [['rule for lending', `close ${rules.lending.close.kind}, incentive ${rules.lending.incentive.kind}`]]),
    ...(rules.auction === null ? [] : [['rule for the auction', `${rules.auction.curve.kind} price`]]),
  ];
}
