import { ppm } from '@plimsoll/core/numeric';
import { procyclicalityOf } from '@plimsoll/core/scenarios';
import { createRandom } from '../random/random.ts';
import { type BareResult, bareTest, QUANTILE_CONFIDENCE, THREE_YEARS } from './bareTest.ts';
import { basisDays } from './basisBook.ts';
import { chooseParameters } from './chooseParameters.ts';
import { dailyReturnsOf, returnsUntil } from './dailyReturns.ts';
import { createJointAsOf } from './jointAsOf.ts';
import { periodsUntil } from './periods.ts';
import { procyclicalityTable } from './procyclicalityTable.ts';
import { referenceBooks } from './referenceBooks.ts';
import { requirementDays } from './requirementDays.ts';
import { type RequirementResult, requirementResult } from './requirementTest.ts';
import { type ScanRanges, scanRangesOf } from './scanRange.ts';
import { holm } from './statistics/holm.ts';
import type { BacktestInputs, BacktestResult, TestFamily } from './types.ts';

/** Family-wise level of every corrected test. */
export const LEVEL = 0.05;

/** Choose on the fitting period, test on the hold-out. Deterministic in the inputs and the seed. */
export function computeBacktest(inputs: BacktestInputs): BacktestResult {
  const { onProgress, profile, seed } = inputs;
  const all = dailyReturnsOf(inputs.histories);
  const series = all.filter(({ returns }) => returns.length >= THREE_YEARS);
  if (series.length === 0) throw new RangeError('no price series is three years long');
  const histories = inputs.histories.filter(({ underlying }) => series.some((one) => one.underlying === underlying));
  const lastEndMs = Math.min(...series.map(({ endsMs }) => endsMs[endsMs.length - 1] ?? 0));
  const periods = periodsUntil(lastEndMs, inputs.fittingUntilMs);
  onProgress(0.1, 'choosing decay and window on the fitting period');
  const choice = chooseParameters(
    series.map((one) => returnsUntil(one, inputs.fittingUntilMs)),
    QUANTILE_CONFIDENCE,
  );
  onProgress(0.25, 'testing the bare quantile on the hold-out');
  const bare = bareTest(series, { parameters: choice.chosen, holdOut: periods.holdOut, seed, draws: inputs.draws });
  onProgress(0.35, 'setting scan ranges day by day');
  const scanRanges = series.map((one) => scanRangesOf(one, QUANTILE_CONFIDENCE));
  const requirement = testRequirement(inputs, { histories, scanRanges, holdOut: periods.holdOut });
  onProgress(0.85, 'basis books');
  const basis = testBasis({ ...inputs, histories }, scanRanges);
  onProgress(0.92, 'procyclicality');
  const families = familiesOf(bare, requirement);
  return {
    profile: profile.name,
    hasJoint: profile.joint.weightPpm > 0,
    periods,
    series: series.map(({ underlying, endsMs, leftOut }) => ({
      underlying,
      firstMs: endsMs[0] ?? 0,
      lastMs: endsMs[endsMs.length - 1] ?? 0,
      days: endsMs.length,
      leftOut,
    })),
    tooShort: all.filter((one) => !series.includes(one)).map(({ underlying }) => underlying),
    choice,
    bare,
    requirement,
    basis,
    premium: inputs.premium,
    procyclicality: series
      .filter(({ underlying }) => underlying === 'BTC' || underlying === 'ETH')
      .map((one) => ({ underlying: one.underlying, rows: procyclicalityTable(one, QUANTILE_CONFIDENCE) })),
    requirementProcyclicality: requirement.map(({ book, days }) => ({
      book: book.name,
      report: procyclicalityOf(days.map(({ initial }) => ppm(Math.max(1, Math.ceil(initial * 1e6))))),
    })),
    families,
    held: families.every(({ decides, results }) => !decides || results.every(({ isRejected }) => !isRejected)),
  };
}

function testRequirement(
  inputs: BacktestInputs,
  given: {
    readonly histories: BacktestInputs['histories'];
    readonly scanRanges: readonly ScanRanges[];
    readonly holdOut: BacktestResult['periods']['holdOut'];
  },
): readonly RequirementResult[] {
  const { profile, seed } = inputs;
  const books = referenceBooks(
    given.histories.map(({ underlying }) => underlying),
    createRandom(`${seed}/books`),
  );
  const { days } = requirementDays({
    profile,
    histories: given.histories,
    scanRanges: given.scanRanges,
    books,
    period: given.holdOut,
    volatilityPremium: profile.linearOnly ? null : (inputs.premium?.median ?? null),
    jointAsOf: jointAsOf(inputs, given.histories),
    onDay: (fraction) => inputs.onProgress(0.35 + 0.5 * fraction, 'requirement of every book, day by day'),
  });
  return books.flatMap((book, index) => {
    const held = days[index] ?? [];
    return held.length === 0 ? [] : [requirementResult(book, held)];
  });
}

function testBasis(inputs: BacktestInputs, scanRanges: readonly ScanRanges[]): readonly RequirementResult[] {
  const { funding } = inputs;
  if (funding === null) return [];
  return inputs.histories.flatMap((history) => {
    const ranges = scanRanges.find(({ underlying }) => underlying === history.underlying);
    if (ranges === undefined || !funding.has(history.underlying)) return [];
    const days = basisDays({
      profile: inputs.profile,
      history,
      scanRanges: ranges,
      funding,
      jointAsOf: jointAsOf(inputs, [history]),
    });
    if (days.length === 0) return [];
    const name = `basis ${history.underlying}`;
    return [requirementResult({ name, kind: 'basis', underlying: null, isModelled: true, legs: [] }, days)];
  });
}

function jointAsOf(
  { profile }: BacktestInputs,
  histories: BacktestInputs['histories'],
): ReturnType<typeof createJointAsOf> | null {
  const { weightPpm, scenarios, worstCount } = profile.joint;
  return weightPpm === 0 ? null : createJointAsOf(histories, { count: scenarios.length, worstCount });
}

function familiesOf(bare: readonly BareResult[], requirement: readonly RequirementResult[]): readonly TestFamily[] {
  const named = (pValueOf: (result: BareResult) => number): TestFamily['results'] =>
    holm(
      bare.map((result) => ({ name: `${result.side} ${result.underlying}`, pValue: pValueOf(result) })),
      LEVEL,
    );
  const oneSided = requirement.filter(({ book }) => book.underlying !== null);
  const required = (pValueOf: (result: RequirementResult) => number): TestFamily['results'] =>
    holm(
      oneSided.map((result) => ({ name: result.book.name, pValue: pValueOf(result) })),
      LEVEL,
    );
  return [
    {
      name: 'bare: Kupiec',
      asks: 'breaches as often as promised, two-sided',
      decides: true,
      results: named(({ coverage }) => coverage.pValue),
    },
    {
      name: 'bare: Christoffersen, independence',
      asks: 'a breach says nothing about the next day, two-sided',
      decides: true,
      results: named(({ clustering }) => clustering.pValue),
    },
    {
      name: 'bare: Christoffersen, conditional coverage',
      asks: 'both together',
      decides: true,
      results: named(({ conditional }) => conditional.pValue),
    },
    {
      name: 'bare: Acerbi-Székely Z₂ at 97.5 %',
      asks: 'breaches as often and as large as the expected shortfall says, one-sided, simulated',
      decides: false,
      results: named(({ shortfall }) => shortfall.simulated.pValue),
    },
    {
      name: 'requirement: not too many breaches',
      asks: 'at most 1 % of days, one-sided, exact',
      decides: true,
      results: required(({ tooMany }) => tooMany),
    },
    {
      name: 'requirement: no clustering',
      asks: 'a breach does not make the next one likelier, one-sided',
      decides: true,
      results: required(({ clustered }) => clustered),
    },
  ];
}
