import { type Ppm, ppm } from '../numeric/brand.ts';
import { jointMove, stressMove, type UnderlyingMove } from '../scenarios/riskArray.ts';
import {
  expandScenarioSets,
  expandTransforms,
  type GroupTransform,
  type JointScenario,
  type Scenario,
  standsAlone,
} from '../scenarios/scenario.ts';
import { basisScenarios } from './basisLoss.ts';
import type { MarginProfile } from './profile.ts';
import { dampensItself } from './resolveTransforms.ts';
import type { UnderlyingRiskInput } from './riskModel.ts';

/**
 * What the scenarios of a profile come to before any price is known. Prices move a thousand times while a profile stays, so whoever
 * compiles models of it again and again keeps this beside them; it is the same whoever makes it.
 */
export interface ExpandedProfile {
  readonly profile: MarginProfile;
  readonly scenarios: readonly Scenario[];
  /** The transform of each scenario. */
  readonly transforms: readonly GroupTransform[];
  /** Without weight there are none. */
  readonly joint: readonly JointScenario[];
  /** The moves of an underlying for rows that never expire and for those that do; made once for each. */
  readonly movesOf: (underlying: UnderlyingRiskInput) => RowMoves;
}

/** Stress moves, joint ones, then those of the basis where the profile has one. */
export interface RowMoves {
  readonly lasting: readonly UnderlyingMove[];
  /** Where the transform of an expiring row dampens by itself its entries hold the whole profit; and the basis moves forwards only. */
  readonly expiring: readonly UnderlyingMove[];
  /** See `standsAlone`. */
  readonly isAlone: boolean;
}

export function expandProfile(profile: MarginProfile): ExpandedProfile {
  const scenarios = expandScenarioSets(profile.scenarioSets);
  const transforms = expandTransforms(profile.scenarioSets);
  const joint = profile.joint.weightPpm > 0 ? profile.joint.scenarios : [];
  const isWhole = transforms.map(dampensItself);
  const whole = scenarios.map((one, index) => (isWhole[index] === true ? { ...one, dampeningPpm: WHOLE } : one));
  const forwards = profile.basis === undefined ? [] : basisScenarios(profile.basis);
  const still = forwards.map((one) => ({ ...one, spotPpm: ppm(0) }));
  const isSame = !isWhole.includes(true) && forwards.length === 0;
  const make = (symbol: string, scanRangePpm: Ppm): KnownMoves => {
    const isAlone = standsAlone(joint, symbol);
    const moves = (stress: readonly Scenario[], basis: readonly Scenario[]): readonly UnderlyingMove[] => [
      ...stress.map((scenario) => stressMove(scenario, scanRangePpm)),
      ...jointMovesOf(joint, symbol, isAlone),
      ...basis.map((scenario) => stressMove(scenario, scanRangePpm)),
    ];
    const lasting = moves(scenarios, still);
    return { scanRangePpm, lasting, expiring: isSame ? lasting : moves(whole, forwards), isAlone };
  };
  const known = new Map<string, KnownMoves>();
  return {
    profile,
    scenarios,
    transforms,
    joint,
    movesOf: ({ terms: { symbol }, parameters: { scanRangePpm } }) => {
      const found = known.get(symbol);
      if (found !== undefined && found.scanRangePpm === scanRangePpm) return found;
      const made = make(symbol, scanRangePpm);
      known.set(symbol, made);
      return made;
    },
  };
}

interface KnownMoves extends RowMoves {
  readonly scanRangePpm: Ppm;
}

/** The moves of an underlying in the joint scenarios: it stands still in all of them when it stands alone. */
function jointMovesOf(joint: readonly JointScenario[], symbol: string, isAlone: boolean): readonly UnderlyingMove[] {
  const moved = isAlone ? joint.map((one) => ({ ...one, moves: [], otherwisePpm: null })) : joint;
  return moved.map((scenario) => jointMove(scenario, symbol));
}

const WHOLE: Ppm = ppm(1_000_000);
