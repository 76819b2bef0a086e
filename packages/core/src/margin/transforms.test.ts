import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { ppm } from '../numeric/brand.ts';
import type { GroupTransform, Scenario } from '../scenarios/scenario.ts';
import { applyTransform } from './applyTransform.ts';
import { compileRisk } from './compileRisk.ts';
import { computeMargin } from './computeMargin.ts';
import type { MarginProfile } from './profile.ts';
import { resolveTransforms } from './resolveTransforms.ts';
import type { ResolvedTransform } from './riskModel.ts';
import {
  DAY_MS,
  ETH_CALL,
  ETH_FUTURE,
  ETH_PERPETUAL,
  ETH_PUT,
  NOW_MS,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  withoutJoint,
  worldInput,
} from './testing/marginWorld.ts';

const profile = trustedProfile(withoutJoint(defaultJson));

function withTransform(transform: GroupTransform): MarginProfile {
  return { ...profile, scenarioSets: profile.scenarioSets.map((set) => ({ ...set, transform })) };
}

function maintenance(chosen: MarginProfile, positions: TestAccount['positions']): bigint {
  return computeMargin(compileRisk(worldInput({ profile: chosen })), portfolioOf({ positions: positions ?? [] })).maintenance;
}

describe('a transform of an expiry', () => {
  const discount: ResolvedTransform = { kind: 'discount', of: 'profit', positivePpm: 950_000n, negativePpm: 1_040_000n };

  test('leaves, discounts or takes the magnitude, rounding down', () => {
    expect(applyTransform({ kind: 'identity' }, -7n, 100n)).toBe(-7n);
    expect(applyTransform({ kind: 'minusAbsolute' }, 7n, 100n)).toBe(-7n);
    expect(applyTransform({ kind: 'minusAbsolute' }, -7n, 100n)).toBe(-7n);
    expect(applyTransform(discount, 7n, 100n)).toBe(6n);
    expect(applyTransform(discount, -7n, 100n)).toBe(-8n);
  });

  test('of value discounts what is held after the move and takes off what it is worth now', () => {
    const ofValue: ResolvedTransform = { ...discount, of: 'value' };
    expect(applyTransform(ofValue, 20n, 100n)).toBe(14n);
    expect(applyTransform(ofValue, -20n, -100n)).toBe(-25n);
    expect(applyTransform(ofValue, 0n, 100n)).toBe(-5n);
  });

  test('makes the loss of a union at most the sum of the losses', () => {
    const transforms: readonly ResolvedTransform[] = [
      { kind: 'identity' },
      { kind: 'minusAbsolute' },
      discount,
      { ...discount, of: 'value' },
    ];
    const figure = fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n });
    fc.assert(
      fc.property(fc.constantFrom(...transforms), figure, figure, figure, figure, (transform, a, b, baseA, baseB) => {
        const joined = applyTransform(transform, a + b, baseA + baseB);
        expect(joined >= applyTransform(transform, a, baseA) + applyTransform(transform, b, baseB)).toBe(true);
      }),
      { seed: 61, numRuns: 2000 },
    );
  });
});

const SCENARIO: readonly Scenario[] = [{ spotPpm: ppm(0), spotScale: 'absolute', volatility: 'up', dampeningPpm: ppm(500_000) }];

describe('what a transform means for an expiry', () => {
  const perExpiry: GroupTransform = {
    kind: 'perExpiry',
    of: 'profit',
    bands: [
      { daysUpTo: 7, positivePpm: ppm(900_000), negativePpm: ppm(1_100_000) },
      { daysUpTo: null, positivePpm: ppm(800_000), negativePpm: ppm(1_200_000) },
    ],
  };

  test('depends on the days that are left', () => {
    const at = (days: number) =>
      resolveTransforms([perExpiry], SCENARIO, { expiryMs: NOW_MS + days * DAY_MS, timeMs: NOW_MS, ratePpm: 0 })[0];
    expect(at(7)).toMatchObject({ positivePpm: 900_000n, negativePpm: 1_100_000n });
    expect(at(8)).toMatchObject({ positivePpm: 800_000n, negativePpm: 1_200_000n });
    expect(at(-1)).toMatchObject({ positivePpm: 900_000n });
  });

  test('is nothing where nothing expires, and where every set is the identity', () => {
    expect(resolveTransforms([perExpiry], SCENARIO, { expiryMs: null, timeMs: NOW_MS, ratePpm: 0 })).toEqual([]);
    expect(resolveTransforms([{ kind: 'identity' }], SCENARIO, { expiryMs: NOW_MS, timeMs: NOW_MS, ratePpm: 0 })).toEqual([]);
  });
});

describe('a continuous discount', () => {
  const curve = (basePpm: number, rateMultiplePpm: number) => ({
    basePpm: ppm(basePpm),
    rateMultiplePpm: ppm(rateMultiplePpm),
    addPpm: ppm(80_000),
  });
  const published: GroupTransform = {
    kind: 'continuousDiscount',
    positive: curve(950_000, 1_000_000),
    negative: curve(1_040_000, 500_000),
    isNegativeCappedByRate: true,
    sign: 'signed',
  };
  const resolve = (transform: GroupTransform, seconds: number, ratePpm: number): ResolvedTransform => {
    const at = { expiryMs: NOW_MS + seconds * 1000, timeMs: NOW_MS, ratePpm };
    const [resolved] = resolveTransforms([transform], SCENARIO, at);
    if (resolved === undefined) throw new Error('A discount is never the identity.');
    return resolved;
  };

  test('has the published shares (V3), to 1e-12 and rounded against the account', () => {
    expect(resolve(published, 794_852, 150_000)).toEqual({
      kind: 'continuousDiscount',
      positivePico: 944_508_728_722n,
      negativePico: 1_003_787_844_556n,
      dampeningPpm: 500_000n,
      isAbsolute: false,
    });
  });

  test('never counts profits above or losses below their face, whatever the rate', () => {
    for (const ratePpm of [-5_000_000, -200_000, 0, 1_000_000, 50_000_000]) {
      const resolved = resolve(published, 3 * 31_536_000, ratePpm);
      if (resolved.kind !== 'continuousDiscount') throw new Error('It is a continuous discount.');
      expect(resolved.positivePico <= 10n ** 12n && resolved.positivePico >= 0n).toBe(true);
      expect(resolved.negativePico >= 10n ** 12n && resolved.negativePico <= 4n * 10n ** 12n).toBe(true);
    }
  });

  test('discounts the value after the move, takes today off and dampens the difference', () => {
    const resolved = resolve(published, 794_852, 150_000);
    // Value 1000 + 3000 counts 94.45 %: (3778 − 1000) / 2, rounded down.
    expect(applyTransform(resolved, 3000n, 1000n)).toBe(1389n);
    // Owed 1000, then 3000: (−3011.4 + 1000) / 2.
    expect(applyTransform(resolved, -2000n, -1000n)).toBe(-1006n);
    expect(applyTransform(resolved, 0n, 0n)).toBe(0n);
    const absolute = resolve({ ...published, sign: 'minusAbsolute' }, 794_852, 150_000);
    expect(applyTransform(absolute, 3000n, 1000n)).toBe(-1390n);
  });
});

describe('a profile with transforms', () => {
  const magnitude = withTransform({ kind: 'minusAbsolute' });
  const discounted = withTransform({
    kind: 'discountBySign',
    of: 'profit',
    positivePpm: ppm(500_000),
    negativePpm: ppm(1_000_000),
  });

  test('treats perpetuals as before', () => {
    expect(maintenance(magnitude, [[ETH_PERPETUAL, 1000]])).toBe(maintenance(profile, [[ETH_PERPETUAL, 1000]]));
  });

  test('gives no credit for the profit of an expiry by magnitude, and half of it by discount', () => {
    const spread: TestAccount['positions'] = [
      [ETH_PERPETUAL, 1000],
      [ETH_FUTURE, -1000],
    ];
    // Scenario profits of +540 and −540 USD: they cancel, count half, or both count against the account.
    const none = maintenance(profile, spread ?? []);
    expect(maintenance(discounted, spread ?? []) - none).toBe(189_000_000n);
    // The largest magnitude is a tail of 6 × 18 % × 0.16 upwards: 518.4; the grid's 540 downwards stays the worst.
    expect(maintenance(magnitude, spread ?? []) - none).toBe(756_000_000n);
  });

  test('stays coherent', () => {
    const book = fc.uniqueArray(
      fc.tuple(fc.constantFrom(ETH_PERPETUAL, ETH_FUTURE, ETH_CALL, ETH_PUT), fc.integer({ min: -3000, max: 3000 })),
      {
        maxLength: 4,
        selector: ([id]) => id,
      },
    );
    const flat = { ...profile.addOns, sizePpm: ppm(0) };
    const ofValue = withTransform({
      kind: 'discountBySign',
      of: 'value',
      positivePpm: ppm(950_000),
      negativePpm: ppm(1_040_000),
    });
    const models = [magnitude, discounted, ofValue].map((chosen) =>
      compileRisk(worldInput({ profile: { ...chosen, addOns: flat } })),
    );
    fc.assert(
      fc.property(book, book, fc.constantFrom(...models), (a, b, model) => {
        const lotsOf = (positions: readonly (readonly [number, number])[], id: number): number =>
          positions.find(([own]) => own === id)?.[1] ?? 0;
        const union = [ETH_PERPETUAL, ETH_FUTURE, ETH_CALL, ETH_PUT].map((id) => [id, lotsOf(a, id) + lotsOf(b, id)] as const);
        const [first, second, joined] = [a, b, union].map(
          (positions) => computeMargin(model, portfolioOf({ positions })).initial,
        );
        expect((joined ?? 0n) <= (first ?? 0n) + (second ?? 0n)).toBe(true);
      }),
      { seed: 62, numRuns: 500 },
    );
  });
});
