import type { ProcyclicalityReport } from '@plimsoll/core/scenarios';
import type { BareResult } from './bareTest.ts';
import { dayOf } from './dailyPrices.ts';
import type { RequirementResult } from './requirementTest.ts';
import type { BacktestResult } from './types.ts';

/** The JSON document of `--json`: figures as numbers (shares of value, probabilities), days as dates, no day-by-day series. */
export function backtestJson(
  result: BacktestResult,
  context: { readonly seed: number; readonly reportFile: string | null },
): unknown {
  const { choice, periods } = result;
  return {
    kind: 'backtest',
    version: 1,
    profile: result.profile,
    seed: context.seed,
    passed: result.held,
    report: context.reportFile,
    periods: {
      fitting: { last: dayOf(periods.fitting.lastEndMs), chose: ['decay', 'window'] },
      holdOut: { first: dayOf(periods.holdOut.firstEndMs), last: dayOf(periods.holdOut.lastEndMs), chose: [] },
    },
    series: result.series.map(({ underlying, firstMs, lastMs, days, leftOut }) => ({
      underlying,
      first: dayOf(firstMs),
      last: dayOf(lastMs),
      days,
      daysLeftOut: leftOut,
    })),
    tooShort: result.tooShort,
    chosen: {
      decayPpm: choice.chosen.ewma.decayPpm,
      windowDays: choice.chosen.windowMax,
      by: choice.underlyings,
      scores: choice.scores.map(({ parameters, score, breachShare }) => ({
        decayPpm: parameters.ewma.decayPpm,
        windowDays: parameters.windowMax,
        pinball: score,
        breachShare,
      })),
    },
    jointScenarios: result.hasJoint ? 'rebuilt as of each day' : 'none',
    families: result.families,
    bare: result.bare.map(bareJson),
    requirement: result.requirement.map(requirementJson),
    basis: result.basis.map(requirementJson),
    volatilityPremium:
      result.premium === null
        ? null
        : {
            median: result.premium.median,
            lowest: result.premium.lowest,
            highest: result.premium.highest,
            snapshots: result.premium.snapshots,
            ratios: result.premium.ratios.length,
          },
    procyclicality: {
      models: result.procyclicality.map(({ underlying, rows }) => ({
        underlying,
        rows: rows.map(({ model, breaches, observations, report }) => ({ model, breaches, observations, ...reportJson(report) })),
      })),
      requirement: result.requirementProcyclicality.map(({ book, report }) => ({ book, ...reportJson(report) })),
    },
  };
}

function bareJson(one: BareResult): unknown {
  return {
    underlying: one.underlying,
    side: one.side,
    days: one.observations,
    breaches: one.breaches,
    breachDays: one.breachDays.map(dayOf),
    kupiec: one.coverage,
    independence: one.clustering,
    conditionalCoverage: one.conditional,
    transitions: one.transitions,
    trafficLight: one.trafficLight,
    meanValueAtRisk: one.meanValueAtRisk,
    shortfall: { z2: one.shortfall.z2, breaches: one.shortfall.breaches, ...one.shortfall.simulated },
  };
}

function requirementJson(one: RequirementResult): unknown {
  return {
    book: one.book.name,
    modelled: one.book.isModelled,
    days: one.observations,
    breaches: one.breaches,
    breachDays: one.breachDays.map(dayOf),
    tooManyPValue: one.tooMany,
    clusteringPValue: one.clustered,
    kupiecStatistic: one.kupiecStatistic,
    transitions: one.transitions,
    trafficLight: one.trafficLight,
    meanInitial: one.meanInitial,
    meanMaintenance: one.meanMaintenance,
    maintenanceBreaches: one.maintenanceBreaches,
    largestLoss: one.largestLoss,
    largestLossBeyondInitial: one.largestShortfall,
    overCoverage: one.overCoverage,
  };
}

function reportJson(report: ProcyclicalityReport): object {
  const { meanPpm, largestOneStepRisePpm, largestFiveStepRisePpm, p99OverP1Ppm, peakToTroughPpm } = report;
  return {
    meanPpm,
    largestOneDayRisePpm: largestOneStepRisePpm,
    largestFiveDayRisePpm: largestFiveStepRisePpm,
    p99OverP1Ppm,
    peakToTroughPpm,
  };
}
