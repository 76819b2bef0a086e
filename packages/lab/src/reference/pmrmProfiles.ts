/** The shipped `derive-pmrm2` with other parameters: those of the published cases, and what the reference model takes for each. */
import { type MarginProfile, profileFromJson } from '@plimsoll/core/margin';
import { ppm } from '@plimsoll/core/numeric';
import { expandScenarioSets, type Scenario, type ScenarioSet } from '@plimsoll/core/scenarios';
import type { PmrmParameters, PmrmScenario } from './derivePmrmInputs.ts';

/** A tail: price multiple and the share that counts. */
export type PmrmTail = readonly [spotShock: number, damping: number];

/** Tails of the published cases; 3.6 % over the size of the move, in ppm. */
const FIXTURE_TAILS: readonly PmrmTail[] = [0.34, 0.67, 1.5, 2, 3, 4].map((shock) => [shock, 0.036 / Math.abs(shock - 1)]);

/** The shipped profile with the parameters of the published cases (cookbook B2, vectors D.1). */
export function pmrmFixtureProfile(shipped: MarginProfile, tails: readonly PmrmTail[] = FIXTURE_TAILS): MarginProfile {
  const curve = (multiple: number) => ({ rateMultiplePpm: ppm(multiple), addPpm: ppm(80_000) });
  const sets = shipped.scenarioSets.map((set): ScenarioSet => {
    const { transform } = set;
    if (transform.kind !== 'continuousDiscount') return set;
    const fixture = {
      ...transform,
      positive: { basePpm: ppm(950_000), ...curve(1_000_000) },
      negative: { basePpm: ppm(1_040_000), ...curve(500_000) },
    };
    if (set.kind === 'list' && set.name === 'tails') return { ...set, transform: fixture, scenarios: tails.map(tailScenario) };
    return { ...set, transform: fixture };
  });
  const cap = { capPpm: ppm(150_000), basePpm: ppm(-50_000) };
  return checked({
    ...shipped,
    name: 'derive-pmrm2-fixture',
    scenarioSets: sets,
    volatility: {
      ...shipped.volatility,
      downRangePpm: ppm(275_000),
      upMinimumPpm: ppm(450_000),
      skew: {
        linear: cap,
        absolute: cap,
        widthMinimumPpm: ppm(10_000),
        widthScalePpm: ppm(4_000_000),
        volatilityStaticPpm: ppm(600_000),
        volatilityScalePpm: ppm(-100_000),
      },
    },
    contingencies: {
      ...shipped.contingencies,
      perpetual: { maintenancePpm: ppm(15_000), initialPpm: ppm(5_000) },
    },
    addOns: { ...shipped.addOns, pegThresholdPpm: ppm(980_000), pegFactorPpm: ppm(2_000_000) },
  });
}

/** What the reference model takes for a profile of this family: its own doubles, read from the profile's integers. */
export function pmrmParametersOf(profile: MarginProfile): PmrmParameters {
  const { basis, contingencies, volatility, addOns, feedConfidence, lossFactor } = profile;
  const [first] = profile.scenarioSets;
  const skew = volatility.skew;
  const perpetual = contingencies?.perpetual;
  const nakedShort = contingencies?.nakedShort;
  if (first?.transform.kind !== 'continuousDiscount' || basis === undefined || skew === undefined)
    throw new Error('not a PMRM 2');
  if (perpetual === undefined || nakedShort === undefined || feedConfidence?.option === undefined)
    throw new Error('not a PMRM 2');
  const { positive, negative } = first.transform;
  return {
    scenarios: expandScenarioSets(profile.scenarioSets).map(referenceScenario),
    lossFactor: { maintenance: lossFactor.maintenancePpm / 1e6, initial: lossFactor.initialPpm / 1e6 },
    peg: { threshold: addOns.pegThresholdPpm / 1e6, factor: addOns.pegFactorPpm / 1e6 },
    confidence: { threshold: feedConfidence.option.thresholdPpm / 1e6, factor: feedConfidence.option.factorPpm / 1e6 },
    basis: {
      spotUp: 1 + basis.upPpm / 1e6,
      spotDown: 1 + basis.downPpm / 1e6,
      add: basis.addPpm / 1e6,
      multiple: basis.multiplePpm / 1e6,
    },
    contingency: {
      maintenance: { perpetual: perpetual.maintenancePpm / 1e6, option: nakedShort.maintenancePpm / 1e6 },
      initial: { perpetual: perpetual.initialPpm / 1e6, option: nakedShort.initialPpm / 1e6 },
    },
    discount: {
      longBase: positive.basePpm / 1e6,
      longRateMultiple: positive.rateMultiplePpm / 1e6,
      longRateAdd: positive.addPpm / 1e6,
      shortBase: negative.basePpm / 1e6,
      shortRateMultiple: negative.rateMultiplePpm / 1e6,
      shortRateAdd: negative.addPpm / 1e6,
    },
    volatilityShock: {
      rangeUp: volatility.upRangePpm / 1e6,
      rangeDown: volatility.downRangePpm / 1e6,
      minimumUp: volatility.upMinimumPpm / 1e6,
      shortTermPower: volatility.shortTermPowerPpm / 1e6,
      longTermPower: volatility.longTermPowerPpm / 1e6,
      floorSeconds: volatility.daysFloor * 86_400,
    },
    skew: {
      linear: { cap: skew.linear.capPpm / 1e6, base: skew.linear.basePpm / 1e6 },
      abs: { cap: skew.absolute.capPpm / 1e6, base: skew.absolute.basePpm / 1e6 },
      minimumKStar: skew.widthMinimumPpm / 1e6,
      widthScale: skew.widthScalePpm / 1e6,
      volatilityStatic: skew.volatilityStaticPpm / 1e6,
      volatilityScale: skew.volatilityScalePpm / 1e6,
    },
  };
}

function tailScenario([spotShock, damping]: PmrmTail): Scenario {
  return {
    spotPpm: ppm(Math.round((spotShock - 1) * 1e6)),
    spotScale: 'absolute',
    volatility: 'up',
    dampeningPpm: ppm(Math.round(damping * 1e6)),
  };
}

function referenceScenario(scenario: Scenario): PmrmScenario {
  const kinds = { skewLinear: 'linear', skewAbsolute: 'abs', up: 'up', none: 'none', down: 'down' } as const;
  return {
    spotShock: 1 + scenario.spotPpm / 1e6,
    volatility: kinds[scenario.volatility],
    damping: scenario.dampeningPpm / 1e6,
  };
}

/** Through JSON, so that the decoder's ranges hold for it as for a shipped file. */
function checked(profile: MarginProfile): MarginProfile {
  const result = profileFromJson(JSON.parse(JSON.stringify(profile)));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.profile;
}
