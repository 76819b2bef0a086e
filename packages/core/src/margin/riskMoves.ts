import { type Ppm, ppm } from '../numeric/brand.ts';
import { jointMove, stressMove, type UnderlyingMove } from '../scenarios/riskArray.ts';
import { expandTransforms, type JointScenario, type Scenario, standsAlone } from '../scenarios/scenario.ts';
import { basisScenarios } from './basisLoss.ts';
import type { MarginProfile } from './profile.ts';
import { dampensItself } from './resolveTransforms.ts';
import type { UnderlyingRiskInput } from './riskModel.ts';

/** What the moves of a row depend on. */
export interface MovedRow {
  readonly underlying: UnderlyingRiskInput;
  readonly expiryMs: number | null;
}

/**
 * The moves of each underlying, made once: rows of one underlying follow each other. Where the transform of an expiring row dampens
 * by itself its entries hold the whole profit; the basis moves forwards only, so rows that never expire stand still in it.
 */
export function moveTable(
  scenarios: readonly Scenario[],
  joint: readonly JointScenario[],
  profile: MarginProfile,
): (row: MovedRow) => readonly UnderlyingMove[] {
  const isWhole = expandTransforms(profile.scenarioSets).map(dampensItself);
  const whole = scenarios.map((one, index) => (isWhole[index] === true ? { ...one, dampeningPpm: WHOLE } : one));
  const forwards = profile.basis === undefined ? [] : basisScenarios(profile.basis);
  const still = forwards.map((one) => ({ ...one, spotPpm: ppm(0) }));
  const movesOf = (underlying: UnderlyingRiskInput, isExpiring: boolean): readonly UnderlyingMove[] => [
    ...(isExpiring ? whole : scenarios).map((scenario) => stressMove(scenario, underlying.parameters.scanRangePpm)),
    ...jointMovesOf(joint, underlying.terms.symbol),
    ...(isExpiring ? forwards : still).map((scenario) => stressMove(scenario, underlying.parameters.scanRangePpm)),
  ];
  const isSame = !isWhole.includes(true) && forwards.length === 0;
  let last: UnderlyingRiskInput | null = null;
  let lasting: readonly UnderlyingMove[] = [];
  let expiring: readonly UnderlyingMove[] = [];
  return (row) => {
    if (row.underlying !== last) {
      last = row.underlying;
      lasting = movesOf(last, false);
      expiring = isSame ? lasting : movesOf(last, true);
    }
    return row.expiryMs === null ? lasting : expiring;
  };
}

/** The moves of an underlying in the joint scenarios: it stands still in all of them when it stands alone. */
function jointMovesOf(joint: readonly JointScenario[], symbol: string): readonly UnderlyingMove[] {
  const moved = standsAlone(joint, symbol) ? joint.map((one) => ({ ...one, moves: [], otherwisePpm: null })) : joint;
  return moved.map((scenario) => jointMove(scenario, symbol));
}

const WHOLE: Ppm = ppm(1_000_000);
