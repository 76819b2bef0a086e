/** Margin of one account through `computeMargin`, and the compilation of a risk model. */

import { type Benchmark, timed, timedOneByOne } from '@plimsoll/lab/bench/benchmark';
import defaultJson from '../../../profiles/plimsoll-grid.json' with { type: 'json' };
import provableJson from '../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { compileRisk } from '../src/margin/compileRisk.ts';
import { computeMargin } from '../src/margin/computeMargin.ts';
import type { Portfolio } from '../src/margin/portfolio.ts';
import type { MarginProfile } from '../src/margin/profile.ts';
import type { RiskInput, RiskModel } from '../src/margin/riskModel.ts';
import { ETHER, NANO, portfolioOf, type TestAccount, trustedProfile, worldInput } from '../src/margin/testing/marginWorld.ts';
import { durationMs, instrumentId, ppm } from '../src/numeric/brand.ts';

const POSITIONS = 8;
const SAMPLES = 20_000;
const CALLS = 20;
/** Distinct accounts that samples walk through, so that no branch is learnt by heart. */
const ACCOUNTS = 256;

/** Eight perpetuals: all on ether (one vector for all), or alternating between ether and bitcoin. */
function market(profile: MarginProfile, oneUnderlying: boolean): RiskInput {
  const input = worldInput({ profile });
  const [ether, , , , bitcoin] = input.instruments;
  if (ether === undefined || bitcoin === undefined) throw new Error('the market has perpetuals on ether and on bitcoin');
  const instruments = Array.from({ length: POSITIONS }, (_, index) => {
    const like = oneUnderlying || index % 2 === 0 ? ether : bitcoin;
    const form = { kind: 'perpetual' as const, fundingWindowMs: durationMs(3_600_000) };
    return { ...like, terms: { ...like.terms, id: instrumentId(index), form } };
  });
  return { ...input, instruments };
}

/** The default profile with 32 scenarios. */
function profileOf32(): MarginProfile {
  const profile = trustedProfile(defaultJson);
  const [grid] = profile.scenarioSets;
  if (grid?.kind !== 'grid') throw new Error('the default profile begins with a grid');
  const spotPpm = Array.from({ length: 16 }, (_, index) => ppm(Math.round(((index - 7.5) / 7.5) * 1_000_000)));
  return { ...profile, scenarioSets: [{ ...grid, spotPpm }] };
}

function accounts(balances: NonNullable<TestAccount['balances']>): readonly Portfolio[] {
  return Array.from({ length: ACCOUNTS }, (_, account) => {
    const positions: TestAccount['positions'] = Array.from(
      { length: POSITIONS },
      (_unused, index) => [index, ((account * 7919 + index * 104_729) % 2001) - 1000 || 1] as const,
    );
    return portfolioOf({ cash: 1_000_000_000n, positions: positions ?? [], balances });
  });
}

function checkBenchmark(name: string, model: RiskModel, balances: NonNullable<TestAccount['balances']> = []): Benchmark {
  const portfolios = accounts(balances);
  let next = 0;
  return {
    name,
    unit: 'account',
    goal: 'p50 at most 2 µs',
    run: () =>
      timedOneByOne(
        SAMPLES,
        () => {
          for (let call = 0; call < CALLS; call += 1) {
            const portfolio = portfolios[next];
            next = (next + 1) % ACCOUNTS;
            if (portfolio !== undefined) computeMargin(model, portfolio);
          }
        },
        CALLS,
      ),
  };
}

const COMPILATIONS = 200;

function compileBenchmark(): Benchmark {
  const input = market(profileOf32(), false);
  return {
    name: 'risk model of 10 rows × 32 scenarios compiled',
    unit: 'model',
    run: () =>
      timed(COMPILATIONS, () => {
        for (let index = 0; index < COMPILATIONS; index += 1) compileRisk(input);
      }),
  };
}

const ETHER_COLLATERAL: NonNullable<TestAccount['balances']> = [[ETHER, 5n * NANO]];
const oneUnderlying = compileRisk(market(profileOf32(), true));
const twoUnderlyings = compileRisk(market(profileOf32(), false));

export const benches: readonly Benchmark[] = [
  checkBenchmark('one account, 8 positions × 32 scenarios, one underlying, cash', oneUnderlying),
  checkBenchmark('one account, 8 positions × 32 scenarios, two underlyings, cash', twoUnderlyings),
  checkBenchmark(
    'one account, 8 positions × 32 scenarios, two underlyings, ether inside scenarios',
    twoUnderlyings,
    ETHER_COLLATERAL,
  ),
  checkBenchmark('one account, 8 positions, provable profile, cash', compileRisk(market(trustedProfile(provableJson), false))),
  compileBenchmark(),
];
