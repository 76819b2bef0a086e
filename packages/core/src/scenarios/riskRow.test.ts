import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstrumentForm, InstrumentTerms } from '../assets/instrument.ts';
import { durationMs, groupId, instrumentId, ppm, price, timeMs, underlyingId } from '../numeric/brand.ts';
import type { MarketState } from '../pricing/instrumentValue.ts';
import { fillLinearRow, rationalDoubles } from './linearRow.ts';
import { fillOptionRow } from './optionRow.ts';
import { exactRiskEntry, fillRiskRow, jointMove, type RiskRowSource, stressMove, type UnderlyingMove } from './riskArray.ts';
import type { VolatilityMove } from './scenario.ts';

const NOW = timeMs(1_000_000_000_000);
const RULE = { upRange: 0.5, downRange: 0.3, shortTermPower: 0.3, longTermPower: 0.13, daysFloor: 1, upMinimum: 0.4 };

function terms(form: InstrumentForm, lotUnits: bigint): InstrumentTerms {
  return { id: instrumentId(0), symbol: 'X', group: groupId(0), underlying: underlyingId(0), lotUnits, form };
}

const volatilities = fc.constantFrom<VolatilityMove>('up', 'none', 'down');
const stress = fc
  .record({
    spotPpm: fc.integer({ min: -2_000_000, max: 6_000_000 }).map(ppm),
    spotScale: fc.constantFrom('scanRange', 'absolute'),
    volatility: volatilities,
    dampeningPpm: fc.oneof(fc.constant(1_000_000), fc.integer({ min: 0, max: 1_000_000 })).map(ppm),
    scanRange: fc.oneof(fc.constantFrom(180_000, 1_000_000), fc.integer({ min: 1, max: 1_000_000 })).map(ppm),
  })
  .map(({ scanRange, ...scenario }) => stressMove(scenario, scanRange));
const joint = fc
  .record({ spotPpm: fc.integer({ min: -1_000_000, max: 3_000_000 }).map(ppm), volatility: volatilities })
  .map((move) => {
    const moves = [{ underlying: 'ETH', ...move }];
    return jointMove({ name: 'day', dampeningPpm: ppm(1_000_000), moves, otherwisePpm: ppm(0) }, 'ETH');
  });
const moves = fc.array(fc.oneof(stress, joint), { minLength: 1, maxLength: 12 });

const lotUnits = fc.oneof(fc.constantFrom(1n, 1_000_000n, 1_000_000_000n), fc.bigInt(1n, 10n ** 10n));
const prices = fc.oneof(fc.constantFrom(3_000_000_000_000n, 60_000_500_000_000n), fc.bigInt(1n, 10n ** 14n)).map(price);
const averaging = fc.option(
  fc.record({
    fixed: fc.bigInt(0n, 10n ** 14n),
    remainingMs: fc.integer({ min: 0, max: 1_800_000 }).map(durationMs),
    windowMs: fc.constant(durationMs(1_800_000)),
  }),
  { nil: undefined },
);

function state(given: {
  readonly price: MarketState['price'];
  readonly averaging: MarketState['averaging'];
  readonly ratePpm?: number;
  readonly volatilityPpm?: number;
}): MarketState {
  return {
    price: given.price,
    volatilityPpm: ppm(given.volatilityPpm ?? 800_000),
    timeMs: NOW,
    ...(given.ratePpm === undefined ? {} : { ratePpm: ppm(given.ratePpm) }),
    ...(given.averaging === undefined ? {} : { averaging: given.averaging }),
  };
}

const instruments: fc.Arbitrary<RiskRowSource> = fc
  .record({
    kind: fc.constantFrom('perpetual', 'future', 'call', 'put'),
    lotUnits,
    price: prices,
    averaging,
    strike: fc.bigInt(1n, 2n * 10n ** 14n),
    life: fc.oneof(fc.constantFrom(0, 1000, 86_400_000), fc.integer({ min: 1, max: 10 ** 11 })),
    ratePpm: fc.constantFrom(0, 50_000, -30_000),
    volatilityPpm: fc.constantFrom(0, 300_000, 800_000, 5_000_000),
  })
  .map(({ kind, life, strike, ratePpm, volatilityPpm, ...rest }) => {
    const expiryMs = timeMs(NOW + life);
    const form: InstrumentForm =
      kind === 'perpetual'
        ? { kind, fundingWindowMs: durationMs(1) }
        : kind === 'future'
          ? { kind, expiryMs }
          : { kind: 'option', expiryMs, strike: price(strike), right: kind };
    const market = state({ price: rest.price, averaging: rest.averaging, ratePpm, volatilityPpm });
    return { kind: 'instrument', terms: terms(form, rest.lotUnits), state: market, rule: RULE };
  });
/** Worth up to 10^13 ticks: six times that is still a safe integer. */
const assets: fc.Arbitrary<RiskRowSource> = fc
  .record({
    value: fc.oneof(fc.bigInt(1n, 10n ** 6n), fc.bigInt(1n, 10n ** 13n)),
    rest: fc.bigInt(0n, 10n ** 8n),
    denominator: fc.oneof(fc.constantFrom(1n, 1_000_000n, 999_900_000n), fc.bigInt(1n, 10n ** 8n)),
  })
  .map(({ value, rest, denominator }) => {
    return { kind: 'asset', valueNumerator: value * denominator + (rest % denominator), valueDenominator: denominator };
  });

/** What the row was before it had a fast way: every entry exactly, and the largest bound. */
function slowRow(source: RiskRowSource, list: readonly UnderlyingMove[]): { readonly row: number[]; readonly bound: number } {
  const entries = list.map((move) => exactRiskEntry(source, move));
  return { row: entries.map((entry) => entry.ticks), bound: Math.max(0, ...entries.map((entry) => entry.bound)) };
}

describe('a risk row', () => {
  test('has the integers and the bound of exact division and of the full formula, whatever way its entries went', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: instruments }, { weight: 1, arbitrary: assets }), moves, (source, list) => {
        const matrix = new Float64Array(list.length);
        const bound = fillRiskRow(source, list, { matrix, offset: 0 });
        expect({ row: [...matrix], bound }).toEqual(slowRow(source, list));
      }),
      { seed: 31, numRuns: 4000 },
    );
  });
});

describe('a linear row', () => {
  const way = (
    value: readonly [bigint, bigint],
    share: readonly [bigint, bigint],
  ): { entry: number; bound: number; asked: number } => {
    let asked = 0;
    const matrix = new Float64Array(1);
    const bound = fillLinearRow(
      rationalDoubles(...value),
      [{ shareDoubles: rationalDoubles(...share) }],
      { matrix, offset: 0 },
      () => {
        asked += 1;
        return { ticks: -7, bound: 1 };
      },
    );
    return { entry: matrix[0] ?? Number.NaN, bound, asked };
  };

  test('rounds products of small integers on integers, a tie to even', () => {
    expect(way([5n, 2n], [1n, 1n])).toEqual({ entry: 2, bound: 1, asked: 0 });
    expect(way([7n, 2n], [-1n, 1n])).toEqual({ entry: -4, bound: 1, asked: 0 });
    expect(way([6n, 1n], [-1n, 2n])).toEqual({ entry: -3, bound: 0, asked: 0 });
    expect(way([6n, 1n], [0n, 2n])).toEqual({ entry: 0, bound: 0, asked: 0 });
  });

  test('takes doubles for large terms away from integers and halves, and asks for the exact entry beside them', () => {
    const large = 10n ** 17n + 3n;
    expect(way([large, 10n ** 15n + 7n], [1n, 3n])).toEqual({ entry: 33, bound: 1, asked: 0 });
    expect(way([large * 2n, large], [5n, 1n])).toEqual({ entry: -7, bound: 1, asked: 1 });
    expect(way([large * 5n, large * 2n], [1n, 1n])).toEqual({ entry: -7, bound: 1, asked: 1 });
  });
});

test('an option row seldom goes the long way, and does where the quick price cannot tell', () => {
  const form: InstrumentForm = {
    kind: 'option',
    expiryMs: timeMs(NOW + 10 ** 9),
    strike: price(3_100_000_000_000n),
    right: 'call',
  };
  const ask = (lots: bigint, count: number, ratioOf: (index: number) => number): number => {
    let asked = 0;
    const market = state({ price: price(3_000_123_456_789n), averaging: undefined });
    fillOptionRow(
      { terms: terms(form, lots), state: market },
      Array.from({ length: count }, (_, index) => {
        return { ratio: ratioOf(index), volatility: 'none' as const, dampeningPpm: 1_000_000 };
      }),
      () => 0.8,
      { matrix: new Float64Array(count), offset: 0 },
      () => {
        asked += 1;
        return 0;
      },
    );
    return asked;
  };
  expect(ask(1_000_000n, 1000, (index) => 0.7 + index / 1000)).toBeLessThanOrEqual(1);
  expect(ask(1_000_000n, 3, () => 0)).toBe(3); // a price of zero is a boundary case
  expect(ask(10n ** 17n, 10, (index) => 0.9 + index / 50)).toBe(10); // ticks too fine for doubles
});

test('the extremes that are valid have finite entries, the same both ways', () => {
  const list = [-1_000_000, -660_000, 0, 180_000, 5_000_000].flatMap((spotPpm) =>
    (['up', 'none', 'down'] as const).map((volatility) => {
      const scenario = { spotPpm: ppm(spotPpm), spotScale: 'absolute' as const, volatility, dampeningPpm: ppm(1_000_000) };
      return stressMove(scenario, ppm(180_000));
    }),
  );
  for (const strike of [1000n, 3_000_000_000_000n, 10n ** 18n]) // 1e-6, 3,000 and 1e9 USD
    for (const life of [1000, 86_400_000, 315_360_000_000]) // a second, a day, ten years
      for (const ratePpm of [-200_000, 0, 500_000])
        for (const volatilityPpm of [1, 600_000, 5_000_000])
          for (const right of ['call', 'put'] as const) {
            const form: InstrumentForm = { kind: 'option', expiryMs: timeMs(NOW + life), strike: price(strike), right };
            const market = state({ price: price(3_000_000_000_000n), averaging: undefined, ratePpm, volatilityPpm });
            const source: RiskRowSource = { kind: 'instrument', terms: terms(form, 1_000_000n), state: market, rule: RULE };
            const matrix = new Float64Array(list.length);
            const bound = fillRiskRow(source, list, { matrix, offset: 0 });
            expect(matrix.every(Number.isFinite) && Number.isFinite(bound)).toBe(true);
            expect({ row: [...matrix], bound }).toEqual(slowRow(source, list));
          }
});
