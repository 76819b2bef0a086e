import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import srmJson from '../../../../profiles/derive-srm.json' with { type: 'json' };
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import provableJson from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { compileRisk } from './compileRisk.ts';
import { computeMargin } from './computeMargin.ts';
import { boundAsset, boundRows } from './linearBound.ts';
import { BALANCE_DEBT, type Portfolio } from './portfolio.ts';
import type { RiskModel } from './riskModel.ts';
import { accountArbitrary, aloneProfile, jointProfile } from './testing/arbitraries.ts';
import {
  BTC_PERPETUAL,
  ETH_PERPETUAL,
  INSTRUMENT_COUNT,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  worldInput,
} from './testing/marginWorld.ts';

const profile = trustedProfile(defaultJson);
/** Group transforms make it not plain: the bound is four times the largest magnitude. */
const absolute = {
  ...profile,
  scenarioSets: profile.scenarioSets.map((set) => ({ ...set, transform: { kind: 'minusAbsolute' as const } })),
};
const models = [
  compileRisk(worldInput({ profile })),
  compileRisk(worldInput({ profile: trustedProfile(provableJson), fundingIndex: 99, socialIndex: 5 })),
  compileRisk(worldInput({ profile: jointProfile(profile) })),
  compileRisk(worldInput({ profile: aloneProfile(profile) })),
  compileRisk(worldInput({ profile: absolute })),
];
/** What the scan gives away for rounding: of every term, and once in ticks. */
const SLACK = 2 ** -32;
const CEILING_TICKS = 4 * 257;

/** The sum of the bound, in doubles, as the scan forms it. */
function boundOf(model: RiskModel, account: TestAccount): number {
  const portfolio: Portfolio = portfolioOf(account);
  const rows = boundRows(model, grossMax(model, [account]));
  const terms = [Number(portfolio.cash)];
  for (let index = 0; index < portfolio.positionCount; index += 1) {
    const held = portfolio.lots[index] ?? Number.NaN;
    const row = model.rowOfInstrument[portfolio.instruments[index] ?? -1] ?? -1;
    terms.push(Math.abs(held) * ((held > 0 ? rows.long : rows.short)[row] ?? Number.NaN));
  }
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    const asset = model.assets[portfolio.balanceAssets[index] ?? -1];
    if (asset === undefined) throw new Error('the world has the asset');
    const bound = boundAsset(model, asset);
    const isDebt = portfolio.balanceKinds[index] === BALANCE_DEBT;
    terms.push(Number(portfolio.balanceAmounts[index]) * (isDebt ? bound.owed : bound.credit));
    terms.push(-(isDebt ? bound.begunOwed : bound.begunOwned));
  }
  return terms.reduce((sum, term) => sum + term - Math.abs(term) * SLACK, -CEILING_TICKS);
}

/** The largest |lots| of any owner, by row. */
function grossMax(model: RiskModel, accounts: readonly TestAccount[]): Float64Array {
  const largest = new Float64Array(model.rows.count);
  for (const [id, lots, gross] of accounts.flatMap((account) => account.positions ?? [])) {
    const row = model.rowOfInstrument[id] ?? -1;
    largest[row] = Math.max(largest[row] ?? 0, gross ?? Math.abs(lots));
  }
  return largest;
}

describe('the linear bound of health', () => {
  test('is never above the true health of random accounts', () => {
    let near = 0;
    fc.assert(
      fc.property(accountArbitrary, fc.constantFrom(...models), (account, model) => {
        const health = Number(computeMargin(model, portfolioOf(account)).healthMaintenance);
        const bound = boundOf(model, account);
        expect(bound).toBeLessThanOrEqual(health);
        if (health - bound < Math.abs(health) / 1000) near += 1;
      }),
      { seed: 51, numRuns: 2000 },
    );
    // It is not far below for all either: a bound that says nothing would pass above.
    expect(near).toBeGreaterThan(100);
  });

  test('is below zero for every account that is one tick below its line, with lots of up to 2^31', () => {
    const edge = fc.uniqueArray(
      fc.tuple(fc.nat({ max: INSTRUMENT_COUNT - 1 }), fc.integer({ min: 2 ** 24, max: 2 ** 31 }), fc.boolean()),
      {
        minLength: 1,
        maxLength: INSTRUMENT_COUNT,
        selector: ([id]) => id,
      },
    );
    let breaches = 0;
    fc.assert(
      fc.property(edge, fc.constantFrom(...models), (book, model) => {
        const positions = book.map(([id, lots, isShort]) => [id, isShort ? -(lots | 1) : lots | 1] as const);
        const health = computeMargin(model, portfolioOf({ positions })).healthMaintenance;
        const below: TestAccount = { positions, cash: -health - 1n };
        expect(computeMargin(model, portfolioOf(below)).healthMaintenance).toBe(-1n);
        expect(boundOf(model, below)).toBeLessThan(0);
        breaches += 1;
      }),
      { seed: 52, numRuns: 1000 },
    );
    expect(breaches).toBe(1000);
  });

  test('clears unhedged accounts that are a hundred-thousandth above their line, so that few are left to decide', () => {
    const [, provable] = models;
    if (provable === undefined) throw new Error('five models were compiled');
    const positions: TestAccount['positions'] = [
      [ETH_PERPETUAL, 1_000_003],
      [BTC_PERPETUAL, -20_001],
    ];
    const { maintenance, healthMaintenance } = computeMargin(provable, portfolioOf({ positions: positions ?? [] }));
    const above: TestAccount = { positions: positions ?? [], cash: -healthMaintenance + maintenance / 100_000n };
    expect(boundOf(provable, above)).toBeGreaterThan(0);
  });

  test('is refused for a model with rules, which charge what is not linear in lots', () => {
    const model = compileRisk(worldInput({ profile: trustedProfile(srmJson) }));
    expect(() => boundRows(model, new Float64Array(model.rows.count))).toThrow('models without rules');
  });

  test('wants a largest owner of every row', () => {
    const [model] = models;
    if (model === undefined) throw new Error('five models were compiled');
    expect(() => boundRows(model, new Float64Array(model.rows.count - 1))).toThrow('largest owner');
  });
});
