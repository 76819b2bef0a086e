import { SCENARIOS_MAX } from '../numeric/limits.ts';
import {
  type ExpiryBand,
  expandScenarioSets,
  type GroupTransform,
  type JointMove,
  type JointScenario,
  type Scenario,
  type ScenarioSet,
} from '../scenarios/scenario.ts';
import {
  type DecodeCursor,
  type DecodeProblem,
  decodeArray,
  decodeChoice,
  decodeFlag,
  decodeInteger,
  decodeObject,
  decodePpm,
  decodeText,
  refuseAt,
} from './decode.ts';
import { decodeContinuousDiscount, decodeOptionalSections, decodeOptionalShocks, OPTIONAL_SECTIONS } from './decodeSections.ts';
import type { AddOnRules, JointFunctional, LevelPpm, MarginProfile, VolatilityShocks } from './profile.ts';
import { decodeRules } from './rules/decodeRules.ts';

/** The profile, or everything that is wrong with the document. */
export type ProfileResult =
  | { readonly ok: true; readonly profile: MarginProfile }
  | { readonly ok: false; readonly problems: readonly DecodeProblem[] };

const ONE: number = 1_000_000;
/** A share from nothing to all. */
const SHARE = { minimum: 0, maximum: ONE } as const;
/** A multiplier or factor, up to a hundred. */
const FACTOR = { minimum: 0, maximum: 100 * ONE } as const;
/** A shock: no lower than a hundred scan ranges (a price stops at zero), no higher than a hundred times. */
const SHOCK = { minimum: -100 * ONE, maximum: 100 * ONE } as const;
const LOSS_FACTOR = { minimum: 1, maximum: 4 * ONE } as const;
const SETS = { minimum: 1, maximum: 64 } as const;
/** Rules may be all there is. */
const SETS_WITH_RULES = { minimum: 0, maximum: 64 } as const;
const SCENARIOS = { minimum: 1, maximum: SCENARIOS_MAX } as const;
const JOINT_SCENARIOS = { minimum: 0, maximum: SCENARIOS_MAX } as const;
const VOLATILITY = ['up', 'none', 'down', 'skewLinear', 'skewAbsolute'] as const;
const SCALES = ['scanRange', 'absolute'] as const;
const MEASURES = ['value', 'profit'] as const;
const TEXT_MAX: number = 1000;
const NAME_MAX: number = 64;
const SOURCE_MAX: number = 2000;

/**
 * Reads a margin profile from parsed JSON: shapes and ranges only, every problem at once. What the ranges allow but good
 * sense does not is the business of `lintProfile`. The JSON Schema beside the shipped profiles says the same.
 */
export function profileFromJson(json: unknown): ProfileResult {
  const problems: DecodeProblem[] = [];
  const profile = decodeProfile({ value: json, path: '', problems });
  if (problems.length === 0 && profile.volatility.skew === undefined && usesSkew(profile)) {
    problems.push({ path: 'volatility.skew', expected: 'skew parameters: the profile has skew moves', found: 'nothing' });
  }
  const count = problems.length === 0 ? expandScenarioSets(profile.scenarioSets).length + profile.joint.scenarios.length : 0;
  if (count > SCENARIOS_MAX) {
    problems.push({
      path: 'scenarioSets',
      expected: `at most ${SCENARIOS_MAX} scenarios, all sets and joint ones together`,
      found: String(count),
    });
  }
  return problems.length === 0 ? { ok: true, profile } : { ok: false, problems };
}

function usesSkew(profile: MarginProfile): boolean {
  const moves = [...expandScenarioSets(profile.scenarioSets), ...profile.joint.scenarios.flatMap((scenario) => scenario.moves)];
  return moves.some(({ volatility }) => volatility === 'skewLinear' || volatility === 'skewAbsolute');
}

function decodeProfile(at: DecodeCursor): MarginProfile {
  const field = decodeObject(at, [
    '$schema',
    'name',
    'description',
    'source',
    'coherent',
    'linearOnly',
    'scenarioSets',
    'joint',
    'lossFactor',
    'volatility',
    'addOns',
    ...OPTIONAL_SECTIONS,
    'rules',
  ]);
  if (field('$schema').value !== undefined) decodeText(field('$schema'), TEXT_MAX);
  return {
    name: decodeText(field('name'), NAME_MAX),
    description: decodeText(field('description'), TEXT_MAX),
    source: decodeText(field('source'), SOURCE_MAX),
    coherent: decodeFlag(field('coherent')),
    linearOnly: decodeFlag(field('linearOnly')),
    scenarioSets: decodeArray(field('scenarioSets'), field('rules').value === undefined ? SETS : SETS_WITH_RULES, decodeSet),
    joint: decodeJoint(field('joint')),
    lossFactor: decodeLossFactor(field('lossFactor')),
    volatility: decodeVolatility(field('volatility')),
    addOns: decodeAddOns(field('addOns')),
    ...decodeOptionalSections(field),
    ...(field('rules').value === undefined ? {} : { rules: decodeRules(field('rules')) }),
  };
}

function decodeSet(at: DecodeCursor): ScenarioSet {
  const kind = decodeKind(at, ['grid', 'list']);
  if (kind === 'list') {
    const field = decodeObject(at, ['kind', 'name', 'scenarios', 'transform']);
    return {
      kind,
      name: decodeText(field('name'), NAME_MAX),
      scenarios: decodeArray(field('scenarios'), SCENARIOS, decodeScenario),
      transform: decodeTransform(field('transform')),
    };
  }
  const field = decodeObject(at, ['kind', 'name', 'spotScale', 'spotPpm', 'volatility', 'dampeningPpm', 'transform']);
  return {
    kind: 'grid',
    name: decodeText(field('name'), NAME_MAX),
    spotScale: decodeChoice(field('spotScale'), SCALES),
    spotPpm: decodeArray(field('spotPpm'), SCENARIOS, (item) => decodePpm(item, SHOCK)),
    volatility: decodeArray(field('volatility'), { minimum: 1, maximum: 5 }, (item) => decodeChoice(item, VOLATILITY)),
    dampeningPpm: decodePpm(field('dampeningPpm'), SHARE),
    transform: decodeTransform(field('transform')),
  };
}

function decodeScenario(at: DecodeCursor): Scenario {
  const field = decodeObject(at, ['spotPpm', 'spotScale', 'volatility', 'dampeningPpm']);
  return {
    spotPpm: decodePpm(field('spotPpm'), SHOCK),
    spotScale: decodeChoice(field('spotScale'), SCALES),
    volatility: decodeChoice(field('volatility'), VOLATILITY),
    dampeningPpm: decodePpm(field('dampeningPpm'), SHARE),
  };
}

function decodeTransform(at: DecodeCursor): GroupTransform {
  const kind = decodeKind(at, ['identity', 'discountBySign', 'minusAbsolute', 'perExpiry', 'continuousDiscount']);
  if (kind === 'continuousDiscount') return decodeContinuousDiscount(at);
  if (kind === 'discountBySign') {
    const field = decodeObject(at, ['kind', 'of', 'positivePpm', 'negativePpm']);
    return { kind, of: decodeChoice(field('of'), MEASURES), ...decodeDiscounts(field) };
  }
  if (kind === 'perExpiry') {
    const field = decodeObject(at, ['kind', 'of', 'bands']);
    return { kind, of: decodeChoice(field('of'), MEASURES), bands: decodeBands(field('bands')) };
  }
  decodeObject(at, ['kind']);
  return { kind: kind === 'minusAbsolute' ? 'minusAbsolute' : 'identity' };
}

function decodeBands(at: DecodeCursor): readonly ExpiryBand[] {
  const bands = decodeArray(at, { minimum: 1, maximum: 64 }, (item): ExpiryBand => {
    const field = decodeObject(item, ['daysUpTo', 'positivePpm', 'negativePpm']);
    const days = field('daysUpTo');
    return {
      daysUpTo: days.value === null ? null : decodeInteger(days, { minimum: 0, maximum: 36_500 }),
      ...decodeDiscounts(field),
    };
  });
  const isOrdered = bands.every((band, index) => {
    const next = bands[index + 1];
    return next === undefined
      ? band.daysUpTo === null
      : band.daysUpTo !== null && (next.daysUpTo === null || next.daysUpTo > band.daysUpTo);
  });
  if (bands.length > 0 && !isOrdered) refuseAt(at, 'bands with rising daysUpTo, the last one null');
  return bands;
}

function decodeDiscounts(field: (name: string) => DecodeCursor): Pick<ExpiryBand, 'positivePpm' | 'negativePpm'> {
  return { positivePpm: decodePpm(field('positivePpm'), FACTOR), negativePpm: decodePpm(field('negativePpm'), FACTOR) };
}

function decodeJoint(at: DecodeCursor): JointFunctional {
  const field = decodeObject(at, ['weightPpm', 'worstCount', 'scenarios']);
  return {
    weightPpm: decodePpm(field('weightPpm'), SHARE),
    worstCount: decodeInteger(field('worstCount'), SCENARIOS),
    scenarios: decodeArray(field('scenarios'), JOINT_SCENARIOS, decodeJointScenario),
  };
}

function decodeJointScenario(at: DecodeCursor): JointScenario {
  const field = decodeObject(at, ['name', 'dampeningPpm', 'moves', 'otherwisePpm']);
  return {
    name: decodeText(field('name'), NAME_MAX),
    dampeningPpm: decodePpm(field('dampeningPpm'), SHARE),
    moves: decodeArray(field('moves'), { minimum: 0, maximum: 4096 }, decodeJointMove),
    otherwisePpm: field('otherwisePpm').value === null ? null : decodePpm(field('otherwisePpm'), SHOCK),
  };
}

function decodeJointMove(at: DecodeCursor): JointMove {
  const field = decodeObject(at, ['underlying', 'spotPpm', 'volatility']);
  return {
    underlying: decodeText(field('underlying'), NAME_MAX),
    spotPpm: decodePpm(field('spotPpm'), SHOCK),
    volatility: decodeChoice(field('volatility'), VOLATILITY),
  };
}

function decodeLossFactor(at: DecodeCursor): LevelPpm {
  const field = decodeObject(at, ['maintenancePpm', 'initialPpm']);
  return {
    maintenancePpm: decodePpm(field('maintenancePpm'), LOSS_FACTOR),
    initialPpm: decodePpm(field('initialPpm'), LOSS_FACTOR),
  };
}

function decodeVolatility(at: DecodeCursor): VolatilityShocks {
  const field = decodeObject(at, [
    'upRangePpm',
    'downRangePpm',
    'shortTermPowerPpm',
    'longTermPowerPpm',
    'daysFloor',
    'upMinimumPpm',
    'shift',
    'skew',
  ]);
  return {
    upRangePpm: decodePpm(field('upRangePpm'), FACTOR),
    downRangePpm: decodePpm(field('downRangePpm'), FACTOR),
    shortTermPowerPpm: decodePpm(field('shortTermPowerPpm'), SHARE),
    longTermPowerPpm: decodePpm(field('longTermPowerPpm'), SHARE),
    daysFloor: decodeInteger(field('daysFloor'), { minimum: 1, maximum: 365 }),
    upMinimumPpm: decodePpm(field('upMinimumPpm'), FACTOR),
    ...decodeOptionalShocks(field),
  };
}

function decodeAddOns(at: DecodeCursor): AddOnRules {
  const field = decodeObject(at, [
    'notionalPrice',
    'instrumentPpm',
    'latencyPpm',
    'latencyVolatilityFloorPpm',
    'sizePpm',
    'shortMinimumPpm',
    'confidencePpm',
    'slowPricePpm',
    'pegThresholdPpm',
    'pegFactorPpm',
  ]);
  return {
    notionalPrice: decodeChoice(field('notionalPrice'), ['mark', 'index']),
    instrumentPpm: decodePpm(field('instrumentPpm'), FACTOR),
    latencyPpm: decodePpm(field('latencyPpm'), FACTOR),
    ...decodeLatencyFloor(field('latencyVolatilityFloorPpm')),
    sizePpm: decodePpm(field('sizePpm'), FACTOR),
    shortMinimumPpm: decodePpm(field('shortMinimumPpm'), FACTOR),
    confidencePpm: decodePpm(field('confidencePpm'), FACTOR),
    slowPricePpm: decodePpm(field('slowPricePpm'), FACTOR),
    pegThresholdPpm: decodePpm(field('pegThresholdPpm'), SHARE),
    pegFactorPpm: decodePpm(field('pegFactorPpm'), FACTOR),
  };
}

function decodeLatencyFloor(at: DecodeCursor): Pick<AddOnRules, 'latencyVolatilityFloorPpm'> {
  return at.value === undefined ? {} : { latencyVolatilityFloorPpm: decodePpm(at, FACTOR) };
}

/** The `kind` of a union, read before the other fields, which depend on it. */
function decodeKind<T extends string>(at: DecodeCursor, kinds: readonly [T, ...T[]]): T {
  const value = typeof at.value === 'object' && at.value !== null && 'kind' in at.value ? at.value.kind : undefined;
  return decodeChoice({ value, path: at.path === '' ? 'kind' : `${at.path}.kind`, problems: at.problems }, kinds);
}
