import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { compileRisk } from './compileRisk.ts';
import { computeMargin } from './computeMargin.ts';
import { explain } from './explain.ts';
import { BALANCE_DEBT } from './portfolio.ts';
import { accountArbitrary, jointProfile } from './testing/arbitraries.ts';
import {
  BTC_PERPETUAL,
  ETH_CALL,
  ETH_PERPETUAL,
  ETHER,
  NANO,
  OUTSIDE,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  USDC,
  withoutJoint,
  worldInput,
} from './testing/marginWorld.ts';

const profile = trustedProfile(withoutJoint(defaultJson));
const model = compileRisk(worldInput({ profile, ethSlowNano: 2900n * NANO, ethConfidencePpm: 2_000 }));
const jointModel = compileRisk(worldInput({ profile: jointProfile(profile), stableNano: 975_000_000n }));

describe('an explanation', () => {
  test('adds up to the requirement and the haircut equity of both levels, to the tick', () => {
    const modes = fc.constantFrom('portfolio' as const, 'isolated' as const);
    fc.assert(
      fc.property(accountArbitrary, modes, fc.constantFrom(model, jointModel), (account, mode, chosen) => {
        const portfolio = portfolioOf({ ...account, mode });
        const figures = computeMargin(chosen, portfolio);
        const maintenance = explain(chosen, portfolio, 'maintenance');
        const initial = explain(chosen, portfolio, 'initial');
        expect(maintenance.requirement).toBe(figures.maintenance);
        expect(maintenance.haircutEquity).toBe(figures.haircutEquityMaintenance);
        expect(maintenance.health).toBe(figures.healthMaintenance);
        expect(initial.requirement).toBe(figures.initial);
        expect(initial.haircutEquity).toBe(figures.haircutEquityInitial);
        expect(initial.health).toBe(figures.healthInitial);
        for (const term of [...maintenance.requirementTerms, ...initial.requirementTerms])
          expect(term.charge).toBeGreaterThanOrEqual(0n);
      }),
      { seed: 31, numRuns: 1000 },
    );
  });

  test('adds up for overcollateralized accounts too', () => {
    const portfolio = portfolioOf({
      mode: 'overcollateralized',
      cash: 77n,
      balances: [
        [ETHER, NANO],
        [USDC, 123_456_789n, BALANCE_DEBT],
      ],
    });
    const figures = computeMargin(model, portfolio);
    const explanation = explain(model, portfolio, 'initial');
    expect(explanation.requirementTerms).toEqual([]);
    expect(explanation.health).toBe(figures.healthInitial);
    expect(explanation.equityTerms.map((term) => term.kind)).toEqual(['cash', 'collateral', 'debt']);
  });

  test('names the scenario that hurts most, the charges of each position, and what each collateral counts for', () => {
    const account: TestAccount = {
      positions: [
        [ETH_PERPETUAL, 1000],
        [ETH_CALL, -10],
        [BTC_PERPETUAL, -30],
      ],
      balances: [[OUTSIDE, 1500n * NANO]],
    };
    const explanation = explain(model, portfolioOf(account), 'initial');
    const losses = explanation.requirementTerms.filter((term) => term.kind === 'stressLoss');
    expect(losses.map((term) => [term.underlying, model.scenarios[term.scenario]?.spotPpm])).toEqual([
      [0, -1_000_000],
      [1, 1_000_000],
    ]);
    expect(losses[1]).toMatchObject({ loss: 420_000_000n, charge: 420_000_000n });
    const kinds = explanation.requirementTerms
      .filter((term) => 'instrument' in term && term.instrument === ETH_CALL)
      .map((term) => term.kind);
    expect(kinds).toEqual(['instrument', 'latency', 'rounding', 'initial', 'confidence', 'size', 'shortMinimum']);
    const slow = explanation.requirementTerms.filter((term) => term.kind === 'slowPrice');
    expect(slow).toHaveLength(1);
    expect(slow[0]?.charge).toBeGreaterThan(99_000_000n);
    expect(explanation.equityTerms.find((term) => term.kind === 'collateral')).toMatchObject({
      asset: OUTSIDE,
      value: 10_500_000_000n,
      haircutPpm: 358_334,
    });
  });

  test('says that nothing is lost where no scenario loses', () => {
    const explanation = explain(model, portfolioOf({ cash: 5n }), 'maintenance');
    expect(explanation.requirementTerms).toEqual([]);
    expect(explanation.equityTerms).toEqual([{ kind: 'cash', credit: 5n, value: 5n }]);
  });
});
