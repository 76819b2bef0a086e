import { ppm } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { backtestJson } from './backtestJson.ts';
import { renderBacktest } from './backtestReport.ts';
import { computeBacktest } from './computeBacktest.ts';
import { DAY_MS } from './dailyPrices.ts';
import { GENERATED_DAYS, GENERATED_FIRST_MS, GENERATED_FITTING_UNTIL_MS, generatedHistories } from './generated.testing.ts';
import { createJointAsOf } from './jointAsOf.ts';
import { summaryLines } from './summary.ts';
import type { BacktestInputs, BacktestResult } from './types.ts';

const PREMIUM = { median: 1.1, lowest: 0.9, highest: 1.4, snapshots: 2, ratios: [] };

function run(given: Partial<BacktestInputs> = {}): BacktestResult {
  return computeBacktest({
    histories: generatedHistories(5),
    premium: PREMIUM,
    funding: null,
    profile: shippedProfile('plimsoll-default'),
    seed: 1,
    fittingUntilMs: GENERATED_FITTING_UNTIL_MS,
    draws: 200,
    onProgress: () => undefined,
    ...given,
  });
}

describe('a backtest over generated prices', () => {
  const result = run();

  it('tests every long and short book on the days after the fitting period, and nothing else', () => {
    expect(result.bare.map(({ side, underlying }) => `${side} ${underlying}`)).toEqual([
      'long BTC',
      'short BTC',
      'long ETH',
      'short ETH',
      'long SOL',
      'short SOL',
    ]);
    for (const one of result.bare) {
      expect(one.days[0]?.endMs).toBe(GENERATED_FITTING_UNTIL_MS + DAY_MS);
      expect(one.days.at(-1)?.endMs).toBe(GENERATED_FIRST_MS + (GENERATED_DAYS - 1) * DAY_MS);
      expect(one.observations).toBe(GENERATED_DAYS - 1 - 1_000);
      expect(one.days.filter(({ loss, valueAtRisk }) => loss > valueAtRisk).length).toBe(one.breaches);
    }
  });

  it('passes where volatility clusters as the filter expects, and holds the requirement above the quantile', () => {
    expect(result.held).toBe(true);
    for (const one of result.requirement.filter(({ book }) => book.underlying !== null)) {
      expect(one.observations).toBe(GENERATED_DAYS - 1 - 1_000);
      expect(one.meanInitial).toBeGreaterThan(one.meanMaintenance);
      expect(one.overCoverage).toBeGreaterThan(1);
    }
  });

  it('marks straddles and dispersion as modelled and keeps them out of the tests that decide', () => {
    const modelled = result.requirement.filter(({ book }) => book.isModelled).map(({ book }) => book.name);
    expect(modelled).toEqual([
      'long BTC straddle',
      'short BTC straddle',
      'long ETH straddle',
      'short ETH straddle',
      'dispersion',
    ]);
    const tested = result.families.flatMap(({ results }) => results.map(({ name }) => name));
    expect(tested.filter((name) => modelled.includes(name))).toEqual([]);
  });

  it('gives the same figures for the same seed, and leaves the books of observed prices out of it', () => {
    const context = { seed: 1, reportFile: null };
    expect(JSON.stringify(backtestJson(run(), context))).toBe(JSON.stringify(backtestJson(result, context)));
    const other = run({ seed: 2 });
    expect(other.bare.map(({ breaches }) => breaches)).toEqual(result.bare.map(({ breaches }) => breaches));
    const randomOf = (of: BacktestResult): readonly number[] =>
      of.requirement.filter(({ book }) => book.kind === 'random').map(({ meanInitial }) => meanInitial);
    expect(randomOf(other)).not.toEqual(randomOf(result));
  });

  it('chooses the same parameters whatever the hold-out holds', () => {
    const shocks = new Map(Array.from({ length: 250 }, (_, day) => [1_050 + day, day % 2 === 0 ? 0.2 : -0.15]));
    expect(run({ histories: generatedHistories(5, shocks) }).choice).toEqual(result.choice);
  });

  it('fails, and says which books, when crashes follow each other day after day', () => {
    const shocks = new Map<number, number>();
    // Every fortnight a crash, a deeper one the day after, and the price back where it was on the third.
    for (let start = 1_010; start < 1_300; start += 14)
      [-0.2, -0.35, 1 / 0.52 - 1].forEach((move, day) => void shocks.set(start + day, move));
    const failed = run({ histories: generatedHistories(5, shocks) });
    expect(failed.held).toBe(false);
    const rejected = failed.families
      .filter(({ decides }) => decides)
      .flatMap(({ results }) => results.filter(({ isRejected }) => isRejected));
    expect(rejected.map(({ name }) => name)).toContain('long BTC');
    expect(summaryLines(failed, null)[0]).toBe('Backtest of plimsoll-default: FAILED');
    expect(summaryLines(failed, null)[1]).toMatch(
      /rejected, Holm-corrected at 5 %.*short BTC \(bare: Kupiec\).*long BTC \(requirement: no clustering\)/,
    );
  });

  it('leaves options out without chains, and refuses to test what is shorter than three years', () => {
    const without = run({ premium: null });
    expect(without.requirement.some(({ book }) => book.isModelled)).toBe(false);
    const short = generatedHistories(5).map((history) => ({
      ...history,
      timesMs: history.timesMs.slice(0, 1_000),
      prices: history.prices.slice(0, 1_000),
    }));
    expect(() => run({ histories: short })).toThrow(/three years/);
    const [first, second] = [generatedHistories(5)[0], short[1]];
    if (first === undefined || second === undefined) throw new Error('two histories were generated');
    expect(run({ histories: [first, second] }).tooShort).toEqual(['ETH']);
  });

  it('renders a page with the verdict, every book and no script, the same each time', () => {
    const page = renderBacktest(result, { seed: 1, command: 'plimsoll backtest' });
    expect(page).toBe(renderBacktest(result, { seed: 1, command: 'plimsoll backtest' }));
    expect(page).toContain('It passed.');
    for (const { book } of result.requirement) expect(page).toContain(book.name);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|NaN|undefined|Infinity/);
  });
});

describe('joint scenarios as of a day', () => {
  it('never know a later day, keep the rules of the shipped set, and wait until there are enough days', () => {
    const histories = generatedHistories(9);
    const changed = generatedHistories(9, new Map(Array.from({ length: 20 }, (_, day) => [1_200 + day, 0.3])));
    const atMs = GENERATED_FIRST_MS + 1_199 * DAY_MS;
    const size = { count: 40, worstCount: 1 };
    const known = createJointAsOf(histories, size)(atMs);
    expect(createJointAsOf(changed, size)(atMs)).toEqual(known);
    expect(known?.length).toBe(40);
    expect(known?.every(({ moves }) => moves.length === 3)).toBe(true);
    expect(createJointAsOf(histories, size)(GENERATED_FIRST_MS + 50 * DAY_MS)).toBeNull();
  });

  it('stand in for the profile’s own where it has any', () => {
    const profile = shippedProfile('plimsoll-default');
    const scenarios =
      createJointAsOf(generatedHistories(5), { count: 40, worstCount: 1 })(GENERATED_FIRST_MS + 900 * DAY_MS) ?? [];
    const joint = { weightPpm: ppm(300_000), worstCount: 1, scenarios };
    const result = run({ profile: { ...profile, joint }, premium: null });
    const plain = run({ profile: shippedProfile('plimsoll-grid'), premium: null });
    expect(plain.hasJoint).toBe(false);
    expect(result.hasJoint).toBe(true);
    const randomOf = (of: BacktestResult): number =>
      of.requirement.find(({ book }) => book.kind === 'random')?.meanInitial ?? Number.NaN;
    // A spread book nets in joint scenarios and never in the worst case of each underlying alone.
    expect(randomOf(result)).toBeLessThan(randomOf(plain));
  });
});
