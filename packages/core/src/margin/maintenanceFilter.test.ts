import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import provableJson from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { compileRisk } from './compileRisk.ts';
import { computeMargin } from './computeMargin.ts';
import {
  checkFilterStreams,
  compileFilterTable,
  type FilterStreams,
  filterBase,
  filterCode,
  maintenanceFilter,
} from './maintenanceFilter.ts';
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
const models = [
  compileRisk(worldInput({ profile })),
  compileRisk(worldInput({ profile: trustedProfile(provableJson), fundingIndex: 99, socialIndex: 5 })),
  compileRisk(worldInput({ profile: jointProfile(profile) })),
  compileRisk(worldInput({ profile: aloneProfile(profile) })),
];

function streamsOf(model: RiskModel, accounts: readonly TestAccount[]): FilterStreams {
  const positions = accounts.map((account) => (account.positions ?? []).filter(([, lots]) => lots !== 0));
  const flat = positions.flat();
  let end = 0;
  return {
    accounts: accounts.length,
    ends: Int32Array.from(positions.map((one) => (end += one.length))),
    magnitudes: Float32Array.from(flat.map(([, lots]) => Math.abs(lots))),
    codes: Uint16Array.from(flat.map(([id, lots]) => filterCode(model.rowOfInstrument[id] ?? -1, lots))),
    base: Float64Array.from(accounts.map((account) => filterBase(model, portfolioOf(account)))),
  };
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

function flaggedOf(model: RiskModel, accounts: readonly TestAccount[]): readonly number[] {
  const streams = streamsOf(model, accounts);
  const table = compileFilterTable(model, grossMax(model, accounts));
  checkFilterStreams(streams, table);
  const flagged = new Int32Array(accounts.length);
  return [...flagged.subarray(0, maintenanceFilter(streams, table, flagged))];
}

function breachesOf(model: RiskModel, accounts: readonly TestAccount[]): readonly number[] {
  return [...accounts.keys()].filter((index) => computeMargin(model, portfolioOf(accounts[index] ?? {})).healthMaintenance < 0n);
}

describe('the maintenance filter', () => {
  test('misses no breach of random accounts', () => {
    fc.assert(
      fc.property(fc.array(accountArbitrary, { minLength: 1, maxLength: 12 }), fc.constantFrom(...models), (accounts, model) => {
        const flagged = new Set(flaggedOf(model, accounts));
        for (const breach of breachesOf(model, accounts)) expect(flagged).toContain(breach);
      }),
      { seed: 51, numRuns: 600 },
    );
  });

  test('misses no breach of accounts put exactly at the edge, one tick below it, with lots that single precision cannot hold', () => {
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
        const accounts: readonly TestAccount[] = [
          { positions, cash: -health - 1n },
          { positions, cash: -health },
        ];
        expect(breachesOf(model, accounts)).toEqual([0]);
        expect(flaggedOf(model, accounts)).toContain(0);
        breaches += 1;
      }),
      { seed: 52, numRuns: 1000 },
    );
    expect(breaches).toBe(1000);
  });

  test('clears unhedged accounts that are a hundred-thousandth above their line, so that few are left to decide', () => {
    const [, provable] = models;
    if (provable === undefined) throw new Error('three models were compiled');
    const positions: TestAccount['positions'] = [
      [ETH_PERPETUAL, 1_000_003],
      [BTC_PERPETUAL, -20_001],
    ];
    const { maintenance, healthMaintenance } = computeMargin(provable, portfolioOf({ positions: positions ?? [] }));
    const above: TestAccount = { positions: positions ?? [], cash: -healthMaintenance + maintenance / 100_000n };
    expect(flaggedOf(provable, [above])).toEqual([]);
  });

  test('flags whatever is not a number', () => {
    const [model] = models;
    if (model === undefined) throw new Error('three models were compiled');
    const streams = { ...streamsOf(model, [{ cash: 5n }]), base: Float64Array.from([Number.NaN]) };
    const flagged = new Int32Array(1);
    expect(maintenanceFilter(streams, compileFilterTable(model, new Float64Array(model.rows.count)), flagged)).toBe(1);
  });

  test('refuses streams that point outside the table or run backwards', () => {
    const [model] = models;
    if (model === undefined) throw new Error('three models were compiled');
    const table = compileFilterTable(model, new Float64Array(model.rows.count));
    const streams = streamsOf(model, [{ positions: [[ETH_PERPETUAL, 5]] }, { positions: [[BTC_PERPETUAL, -5]] }]);
    expect(() => checkFilterStreams({ ...streams, codes: Uint16Array.from([0, 60_000]) }, table)).toThrow('every code');
    expect(() => checkFilterStreams({ ...streams, ends: Int32Array.from([2, 1]) }, table)).toThrow('ends after it starts');
    expect(() => checkFilterStreams({ ...streams, ends: Int32Array.from([1, 9]) }, table)).toThrow('ends after it starts');
  });

  test('refuses a model whose loss is not linear in lots', () => {
    const skewed = {
      ...profile,
      scenarioSets: profile.scenarioSets.map((set) => ({ ...set, transform: { kind: 'minusAbsolute' as const } })),
    };
    const model = compileRisk(worldInput({ profile: skewed }));
    expect(() => compileFilterTable(model, new Float64Array(model.rows.count))).toThrow('group transforms');
  });
});
