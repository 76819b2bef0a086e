import {
  type TermsFault,
  validateAssetParameters,
  validateInstrumentParameters,
  validateUnderlyingParameters,
} from '../assets/validate.ts';
import type { LendingParameters } from '../ledger/lendingPool.ts';
import { areAuctionParametersSound } from '../liquidation/auctionClock.ts';
import { lintProfile } from '../margin/lintProfile.ts';
import { PPM_ONE, type Ppm } from '../numeric/brand.ts';
import { validateFeedParameters } from '../oracle/feed.ts';
import type { GroupParameters, ParameterChange, Parameters } from './parameters.ts';
import type { EngineState } from './state.ts';

/** The set after a bundle; null when a change names something that is not listed. Profiles may be added by name. */
export function applyChanges(parameters: Parameters, changes: readonly ParameterChange[]): Parameters | null {
  let next = parameters;
  for (const change of changes) {
    const applied = applyChange(next, change);
    if (applied === null) return null;
    next = applied;
  }
  return next;
}

function applyChange(parameters: Parameters, change: ParameterChange): Parameters | null {
  switch (change.kind) {
    case 'global':
      return { ...parameters, global: change.value };
    case 'group':
      return replaced(parameters, 'groups', change.value.group, change.value);
    case 'asset':
      return replaced(parameters, 'assets', change.value.asset, change.value);
    case 'underlying':
      return replaced(parameters, 'underlyings', change.value.underlying, change.value);
    case 'instrument':
      return replaced(parameters, 'instruments', change.value.instrument, change.value);
    case 'feed':
      return replaced(parameters, 'feeds', change.value.feed, change.value);
    case 'lending':
      return replaced(parameters, 'lending', change.asset, change.value);
    case 'profile': {
      const others = parameters.profiles.filter((profile) => profile.name !== change.value.name);
      return { ...parameters, profiles: [...others, change.value] };
    }
  }
}

type ListKey = 'groups' | 'assets' | 'underlyings' | 'instruments' | 'feeds' | 'lending';

function replaced<K extends ListKey>(
  parameters: Parameters,
  key: K,
  at: number,
  value: Parameters[K][number],
): Parameters | null {
  const list: readonly Parameters[ListKey][number][] = parameters[key];
  if (list[at] === undefined) return null;
  return { ...parameters, [key]: list.map((entry, index) => (index === at ? value : entry)) };
}

/** No bundle takes the grace or the timelock below this. */
const GATE_FLOOR_MS: number = 60_000;

/** Shares of something: nobody takes less than nothing of it, or more than all. */
const GROUP_SHARES = [
  'feeToInsurancePpm',
  'feeToBackstopPpm',
  'feeToProtocolPpm',
  'collateralFeePpm',
  'insuranceTargetPpm',
  'writeOffIncentivePpm',
  'socialBoundPpm',
] as const;
const LENDING_SHARES = ['reserveFactorPpm', 'lossBoundPpm'] as const;
const LENDING_RATES = ['basePpmPerYear', 'slope1PpmPerYear', 'slope2PpmPerYear'] as const;

function outsideUnity<K extends string>(record: Readonly<Record<K, Ppm>>, names: readonly K[]): readonly K[] {
  return names.filter((name) => record[name] < 0 || record[name] > PPM_ONE);
}

/** Lints of one group's parameters, but for the profile that it names: for bundles and for the listing of a group alike. */
export function faultsOfGroup(group: GroupParameters): readonly string[] {
  const faults: string[] = [];
  if (!areAuctionParametersSound(group.auction)) faults.push(`group ${group.group}: auction parameters are outside their ranges`);
  if (group.feeToInsurancePpm + group.feeToBackstopPpm + group.feeToProtocolPpm !== PPM_ONE)
    faults.push(`group ${group.group}: the fee split does not sum to one`);
  for (const name of outsideUnity(group, GROUP_SHARES)) faults.push(`group ${group.group}: ${name} is between 0 and ${PPM_ONE}`);
  if (group.insuranceFloor < 0n) faults.push(`group ${group.group}: insuranceFloor is not negative`);
  if (group.pegThreshold < 0n) faults.push(`group ${group.group}: pegThreshold is not negative`);
  return faults;
}

/** Lints of the rates of one asset: for bundles and for the listing of an asset alike. */
export function faultsOfLending(lending: LendingParameters): readonly string[] {
  const faults: string[] = [];
  if (!(lending.kinkPpm > 0 && lending.kinkPpm < PPM_ONE))
    faults.push('lending: the kink lies strictly between no and full utilisation');
  for (const name of outsideUnity(lending, LENDING_SHARES)) faults.push(`lending: ${name} is between 0 and ${PPM_ONE}`);
  for (const name of LENDING_RATES) if (lending[name] < 0) faults.push(`lending: ${name} is not negative`);
  return faults;
}

/** Semantic lints over a whole set; empty when it may be used. */
export function faultsOfParameters(state: EngineState, parameters: Parameters): readonly string[] {
  const faults: string[] = [];
  for (const feed of parameters.feeds) {
    for (const fault of validateFeedParameters(feed)) faults.push(`feed ${feed.symbol}: ${fault.field} ${fault.reason}`);
  }
  for (const group of parameters.groups) {
    if (!parameters.profiles.some((profile) => profile.name === group.profile))
      faults.push(`group ${group.group}: profile "${group.profile}" does not exist`);
    faults.push(...faultsOfGroup(group));
  }
  for (const asset of parameters.assets) faults.push(...inWords(`asset ${asset.asset}`, validateAssetParameters(asset)));
  for (const entry of parameters.underlyings)
    faults.push(...inWords(`underlying ${entry.underlying}`, validateUnderlyingParameters(entry)));
  for (const entry of parameters.instruments)
    faults.push(...inWords(`instrument ${entry.instrument}`, validateInstrumentParameters(entry)));
  for (const lending of parameters.lending) faults.push(...faultsOfLending(lending));
  const { graceMs, timelockMs, maxFlipPpm, budget } = parameters.global;
  if (graceMs < GATE_FLOOR_MS || timelockMs < GATE_FLOOR_MS)
    faults.push('global: grace and timelock are at least a minute: no key switches them off');
  if (maxFlipPpm < 0 || maxFlipPpm > PPM_ONE) faults.push('global: maxFlipPpm is between 0 and 1000000');
  for (const [name, value] of Object.entries(budget)) if (!(value >= 1)) faults.push(`global: budget.${name} is at least one`);
  for (const profile of parameters.profiles) {
    for (const lint of lintProfile(profile, {
      assets: parameters.assets,
      assetTerms: state.terms.assets,
      underlyings: parameters.underlyings,
    })) {
      faults.push(`profile ${profile.name}: ${lint.sentence}`);
    }
  }
  return faults;
}

function inWords(subject: string, faults: readonly TermsFault[]): readonly string[] {
  return faults.map(({ field, reason }) => `${subject}: ${field} ${reason}`);
}
