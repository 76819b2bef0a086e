/** What every shipped profile must have, whatever it reproduces. New files in `profiles/` are taken up by themselves. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ticks } from '../numeric/brand.ts';
import { compileRisk } from './compileRisk.ts';
import { computeEquity, computeMargin, computeMarginExact } from './computeMargin.ts';
import { explain, type RequirementTerm } from './explain.ts';
import { lintProfile } from './lintProfile.ts';
import { addBalance, addPosition, BALANCE_COLLATERAL, BALANCE_DEBT, createPortfolio } from './portfolio.ts';
import type { MarginFigures, RiskModel } from './riskModel.ts';
import { ETHER, portfolioOf, type TestAccount } from './testing/marginWorld.ts';
import { bookArbitrary, CALM, instrumentCount, marketArbitrary, profileInput, shippedProfiles } from './testing/profileWorld.ts';

const PROFILES = shippedProfiles();
const SEED = 20_261_122;
/** What scenarios decide; everything else that `explain` names is a stated charge. */
const SCENARIO_TERMS: readonly RequirementTerm['kind'][] = ['stressLoss', 'basisLoss', 'jointShortfall'];

function marginOf(model: RiskModel, account: TestAccount): MarginFigures {
  return computeMargin(model, portfolioOf(account));
}

test('there are profiles of scenarios and of rules', () => {
  expect(PROFILES.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'deribit-erm',
      'derive-pmrm2',
      'derive-srm',
      'isolated-linear',
      'plimsoll-default',
      'plimsoll-grid',
      'plimsoll-provable',
      'overcollateralized-aave',
      'overcollateralized-maker',
      'overcollateralized-morpho',
      'span-16',
      'tiered-perpetual',
      'tiered-perpetual-sized',
    ]),
  );
});

describe.each(PROFILES.map((profile) => [profile.name, profile] as const))('%s', (_, profile) => {
  const book = bookArbitrary(profile);

  test('says where it and its numbers come from', () => {
    expect(profile.source?.length).toBeGreaterThan(40);
  });

  test('has nothing unwise about it', () => {
    expect(lintProfile(profile, null)).toEqual([]);
  });

  test('asks at least as much initially as at maintenance, and credits at most as much, of every book in every market', () => {
    fc.assert(
      fc.property(marketArbitrary, book, (market, account) => {
        const figures = marginOf(compileRisk(profileInput(profile, market)), account);
        expect(figures.maintenance >= 0n).toBe(true);
        expect(figures.initial >= figures.maintenance).toBe(true);
        expect(figures.haircutEquityInitial <= figures.haircutEquityMaintenance).toBe(true);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test('survives extreme but valid markets with finite figures, the same on both paths, and explains them to the tick', () => {
    fc.assert(
      fc.property(marketArbitrary, book, (market, account) => {
        const model = compileRisk(profileInput(profile, market));
        expect(model.matrix.every(Number.isSafeInteger)).toBe(true);
        const portfolio = portfolioOf(account);
        const figures = computeMargin(model, portfolio);
        expect(figures).toEqual(computeMarginExact(model, portfolio));
        expect(computeEquity(model, portfolio)).toBe(figures.equity);
        const maintenance = explain(model, portfolio, 'maintenance');
        const initial = explain(model, portfolio, 'initial');
        expect([maintenance.requirement, initial.requirement]).toEqual([figures.maintenance, figures.initial]);
        expect([maintenance.health, initial.health]).toEqual([figures.healthMaintenance, figures.healthInitial]);
        expect([...maintenance.requirementTerms, ...initial.requirementTerms].every(({ charge }) => charge >= 0n)).toBe(true);
      }),
      { seed: SEED + 1, numRuns: 60 },
    );
  });

  test('does not care in which order an account is filled', () => {
    const model = compileRisk(profileInput(profile, CALM));
    fc.assert(
      fc.property(book, (account) => {
        const reversed = createPortfolio();
        for (const [instrument, lots, gross] of [...(account.positions ?? [])].reverse())
          addPosition(reversed, { instrument, lots, ownerGross: gross ?? Math.abs(lots) });
        for (const [asset, amount, kind] of [...(account.balances ?? [])].reverse())
          addBalance(reversed, { asset, amount, kind: kind ?? BALANCE_COLLATERAL });
        reversed.cash = ticks(account.cash ?? 0n);
        expect(computeMargin(model, reversed)).toEqual(marginOf(model, account));
      }),
      { seed: SEED + 2, numRuns: 60 },
    );
  });

  test('charges a perfect hedge nothing but its stated contingencies', () => {
    const model = compileRisk(profileInput(profile, CALM));
    const hasScenarios = profile.scenarioSets.length > 0;
    for (let slot = 0; slot < instrumentCount(profile) / 2; slot += 1) {
      const legs = [
        [2 * slot, 700],
        [2 * slot + 1, -700],
      ] as const;
      const isOption = model.input.instruments[2 * slot]?.terms.form.kind === 'option';
      expect(marginOf(model, { positions: legs }).equity).toBe(0n);
      for (const level of ['maintenance', 'initial'] as const) {
        const hedged = explain(model, portfolioOf({ positions: legs }), level);
        const alone = legs.map((leg) => explain(model, portfolioOf({ positions: [leg] }), level));
        const scenarios = hedged.requirementTerms.filter(({ kind }) => SCENARIO_TERMS.includes(kind));
        expect(scenarios.every(({ charge }) => charge === 0n)).toBe(true);
        // Every charge on a leg is the one that it bears alone, and what the hedge itself is charged is an offset that the profile states.
        for (const term of hedged.requirementTerms) {
          if (SCENARIO_TERMS.includes(term.kind) || term.kind === 'functionalRounding') continue;
          if (term.kind === 'offset' || term.kind === 'initialOffset') expect(profile.contingencies?.offset).toBeDefined();
          else expect(alone.flatMap(({ requirementTerms }) => requirementTerms)).toContainEqual(term);
        }
        const apart = alone.reduce((sum, { requirement }) => sum + requirement, 0n);
        if (hasScenarios || isOption) expect(hedged.requirement).toBeLessThan(apart);
        // Shares of notional are by instrument, as published: two instruments do not net, one does.
        else expect(hedged.requirement).toBe(apart);
        // Options under rules are charged by their worst payoff, and a hedge has none.
        if (!hasScenarios && isOption) expect(hedged.requirementTerms).toEqual([]);
      }
    }
    expect(marginOf(model, { positions: [[0, 0]] })).toMatchObject({ maintenance: 0n, initial: 0n });
  });

  test('charges a loan against its own asset nothing but what its threshold leaves of it', () => {
    const model = compileRisk(profileInput(profile, CALM));
    const ether = model.assets[ETHER];
    if (ether === undefined) throw new Error('The world has ether.');
    const figures = marginOf(model, {
      mode: 'overcollateralized',
      balances: [
        [ETHER, 2_000_000_000n, BALANCE_COLLATERAL],
        [ETHER, 2_000_000_000n, BALANCE_DEBT],
      ],
    });
    expect(figures.equity).toBe(0n);
    // Two ether at 3000 dollars.
    const left = (share: bigint): bigint => (6_000_000_000n * (1_000_000n - share)) / 1_000_000n; // determinism-ok: exact in this test
    expect(figures.healthMaintenance).toBe(-left(ether.liquidationThresholdPpm));
    expect(figures.healthInitial).toBe(-left(ether.loanToValuePpm));
  });

  test('has risk arrays within their stated bound, for a long as for a short', () => {
    // The same instruments in lots a thousand times as large resolve a thousand times finer.
    fc.assert(
      fc.property(marketArbitrary, (market) => {
        const fine = compileRisk(profileInput(profile, { ...market, lotUnits: 1_000_000n }));
        const coarse = compileRisk(profileInput(profile, { ...market, lotUnits: 1_000n }));
        for (let row = 0; row < coarse.rows.count; row += 1) {
          if ((coarse.rows.instrument[row] ?? -1) < 0) continue;
          const bound = 1000 * (coarse.rows.roundingBound[row] ?? 0) + (fine.rows.roundingBound[row] ?? 0);
          for (let column = row * coarse.stride; column < (row + 1) * coarse.stride; column += 1) {
            const gap = Math.abs(1000 * (coarse.matrix[column] ?? 0) - (fine.matrix[column] ?? 0));
            if (!(gap <= bound)) expect({ row, column, gap }).toEqual({ row, column, gap: `at most ${bound}` });
          }
        }
      }),
      { seed: SEED + 3, numRuns: 20 },
    );
  });

  if (!profile.coherent) return; // only coherent profiles claim what follows

  test('asks of a union at most the sum of its parts', () => {
    const model = compileRisk(profileInput(profile, CALM));
    fc.assert(
      fc.property(book, book, (one, other) => {
        // Size charges look at the owner: all three are the same owner's.
        const parts = [one, other].map((part) => sameOwner(part, 8000));
        const together = marginOf(model, sameOwner(union(one, other), 8000));
        const apart = parts.map((part) => marginOf(model, part));
        const sum = (pick: (figures: MarginFigures) => bigint): bigint => apart.reduce((total, each) => total + pick(each), 0n);
        expect(together.maintenance <= sum(({ maintenance }) => maintenance)).toBe(true);
        expect(together.initial <= sum(({ initial }) => initial)).toBe(true);
      }),
      { seed: SEED + 4, numRuns: 150 },
    );
  });

  test('asks k times as much of a book k times as large, but for roundings up', () => {
    const model = compileRisk(profileInput(profile, { ...CALM, impactPpm: 0 }));
    fc.assert(
      fc.property(book, fc.integer({ min: 2, max: 20 }), (account, times) => {
        const { positions = [] } = account;
        const larger = positions.map(([instrument, lots]) => [instrument, lots * times] as const);
        const single = marginOf(model, { positions: positions.map(([instrument, lots]) => [instrument, lots] as const) });
        const multiple = marginOf(model, { positions: larger });
        // Each level rounds up once per underlying, functional and charge that nets.
        const roundings = BigInt(times * (4 + 3 * positions.length));
        for (const level of ['maintenance', 'initial'] as const) {
          const scaled = single[level] * BigInt(times);
          expect(multiple[level] <= scaled).toBe(true);
          expect(multiple[level] >= scaled - roundings).toBe(true);
        }
      }),
      { seed: SEED + 5, numRuns: 100 },
    );
  });
});

function sameOwner(account: TestAccount, gross: number): TestAccount {
  return { positions: (account.positions ?? []).map(([instrument, lots]) => [instrument, lots, gross] as const) };
}

function union(one: TestAccount, other: TestAccount): TestAccount {
  const lots = new Map<number, number>();
  for (const [instrument, held] of [...(one.positions ?? []), ...(other.positions ?? [])])
    lots.set(instrument, (lots.get(instrument) ?? 0) + held);
  return { positions: [...lots] };
}
