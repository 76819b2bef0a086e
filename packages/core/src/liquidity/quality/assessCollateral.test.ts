import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateAssetParameters } from '../../assets/validate.ts';
import { amount, assetId, durationMs, PPM_ONE, ppm, price, ticks, timeMs } from '../../numeric/brand.ts';
import { squareRootImpactPpm } from '../squareRootImpact.ts';
import { assessCollateral, type QualityInput, riskParametersOf, staticLending } from './assessCollateral.ts';
import { averageHaircutPpm, creditUnits } from './haircutSchedule.ts';
import { curveFromBook } from './measuredDepth.ts';
import type { QualityPolicy } from './policy.ts';
import type { PriceHistory } from './priceHistory.ts';

const HOUR = 3_600_000;
const RUNS = { seed: 77_002, numRuns: 100 };

const POLICY: QualityPolicy = {
  liquidationHorizonMs: durationMs(4 * HOUR),
  recentMs: durationMs(30 * 24 * HOUR),
  volatilityMultiplePpm: ppm(2_000_000),
  tailSharePpm: ppm(1_000),
  stressedDepthPpm: ppm(500_000),
  impactCoefficientPpm: PPM_ONE,
  turnoverBelievedPpm: ppm(100_000),
  unmeasuredDepthPenaltyPpm: ppm(50_000),
  missingHistoryPenaltyPpm: ppm(30_000),
  bandImpactsPpm: [10_000, 50_000, 100_000].map(ppm),
  capImpactPpm: ppm(100_000),
  capTurnoverSharePpm: ppm(20_000),
  capFallMultiplePpm: PPM_ONE,
  commonBarsMin: 10,
  historyWantedMs: durationMs(100 * HOUR),
  score: {
    volatilityZeroPpm: ppm(200_000),
    jumpZeroPpm: ppm(400_000),
    referenceSale: ticks(1_000_000n),
    impactZeroPpm: ppm(200_000),
  },
};

/** A price that goes up and down by `swing` each hour, with a turnover of 1 000 USD an hour. */
function swinging(swing: number, bars = 101): PriceHistory {
  return [
    {
      barMs: durationMs(HOUR),
      bars: Array.from({ length: bars }, (_item, index) => {
        const value = price(BigInt(index % 2 === 0 ? 1_000_000_000 : 1_000_000_000 + swing));
        return { openMs: timeMs(index * HOUR), low: value, close: value, turnover: ticks(1_000_000_000n) };
      }),
    },
  ];
}

const BOOK = curveFromBook([
  { distancePpm: ppm(10_000), value: ticks(4_000_000n) },
  { distancePpm: ppm(50_000), value: ticks(20_000_000n) },
]);

function inputOf(change: Partial<QualityInput>): QualityInput {
  return {
    price: price(1_000_000_000n),
    feedUnit: amount(1_000_000n),
    history: swinging(10_000_000),
    historyOf: 'self',
    ownHistoryMs: durationMs(101 * HOUR),
    depth: { kind: 'measured', curve: BOOK, priceThen: price(1_000_000_000n) },
    backs: null,
    policy: POLICY,
    ...change,
  };
}

describe('the judgement of collateral', () => {
  it('goes from measurements to bands step by step', () => {
    const found = assessCollateral(inputOf({}));
    // Returns of +1 % and −1/101: σ of an hour just below 1 %, of four just below 2 %, twice that 4 %; the only falls are 1/101.
    expect(found.volatility?.countedPpm).toBe(19_902);
    expect(found.move).toEqual({ volatilityPpm: 39_804, jumpPpm: 9_901, countedPpm: 39_804 });
    // Half the depth: 2 at 1 %, 10 at 5 %. 1 − 0.960196·0.99 and ·0.95, rounded up.
    expect(found.outside).toEqual([
      { upTo: 2_000_000n, haircutPpm: 49_406 },
      { upTo: 10_000_000n, haircutPpm: 87_814 },
      { upTo: null, haircutPpm: 1_000_000 },
    ]);
    expect(found.inside.map(({ haircutPpm }) => haircutPpm)).toEqual([10_000, 50_000, 1_000_000]);
    expect(found.initialExtraHaircutPpm).toBe(19_902);
    expect(found.missing).toEqual([]);
    // (1 − h₁)·V ≤ (1 − 0.019902)·(V − cost): an average impact of 3.01031 %, reached at
    // 0.08/(0.05 − 0.0301031) = 4.0207 before the cost is rounded up.
    expect(found.cap.value).toBe(4_020_700n);
    expect(found.cap.impactPpm).toBe(30_103);
  });

  it('scales measured depth by value: less after a fall, no more after a rise', () => {
    const at = (today: bigint) => assessCollateral(inputOf({ price: price(today) })).depth;
    expect(at(500_000_000n)).toMatchObject({ priceKeptPpm: 500_000, curve: { bands: [{ upTo: 1_000_000n }, {}, {}] } });
    expect(at(2_000_000_000n)).toMatchObject({ priceKeptPpm: 1_000_000, curve: { bands: [{ upTo: 2_000_000n }, {}, {}] } });
  });

  it('estimates depth from turnover by the square-root law, never cheaper than the law, and charges for it', () => {
    const found = assessCollateral(inputOf({ depth: { kind: 'turnover' } }));
    expect(found.missing).toEqual(['measuredDepth']);
    expect(found.penaltyPpm).toBe(50_000);
    const { dailyTurnover, dailyVolatilityPpm, curve } = found.depth;
    expect([dailyTurnover, dailyVolatilityPpm]).toEqual([24_000_000_000n, 48_750]);
    for (const band of curve.bands) {
      if (band.upTo === null) continue;
      const law = squareRootImpactPpm({ coefficientPpm: ppm(48_750), value: band.upTo, depth: ticks(12_000_000_000n) });
      expect(band.impactPpm).toBeGreaterThanOrEqual(law - 1);
    }
    // A tenth of a day's turnover at an impact of 4.875 % · √0.1, and half of that in the stress.
    expect(curve.bands[curve.bands.length - 2]).toMatchObject({ impactPpm: 15_416 });
    expect(curve.bands[curve.bands.length - 2]?.upTo).toBeLessThanOrEqual(1_200_000_000n);
    expect(found.cap.value).toBe(480_000_000n);
  });

  it('counts nothing without any depth, without any history, and for the turnover of another asset', () => {
    const nothing = [{ upTo: null, haircutPpm: 1_000_000 }];
    const noDepth = assessCollateral(inputOf({ depth: { kind: 'none' } }));
    expect([noDepth.outside, noDepth.cap.amount, noDepth.missing]).toEqual([nothing, 0n, ['measuredDepth', 'anyDepth']]);
    expect(noDepth.score.total).toBe(0);
    const noHistory = assessCollateral(inputOf({ history: null, ownHistoryMs: durationMs(0) }));
    expect([noHistory.outside, noHistory.cap.amount, noHistory.missing]).toEqual([nothing, 0n, ['anyPriceHistory']]);
    const borrowed = assessCollateral(inputOf({ historyOf: 'base', depth: { kind: 'turnover' } }));
    expect([borrowed.outside, borrowed.depth.kind]).toEqual([nothing, 'none']);
  });

  it('charges in proportion for own history that is short', () => {
    const half = assessCollateral(inputOf({ ownHistoryMs: durationMs(50 * HOUR) }));
    expect([half.penaltyPpm, half.missing]).toEqual([15_000, ['historyLength']]);
  });

  it('charges for the price history of a base, and says so', () => {
    const own = assessCollateral(inputOf({}));
    const base = assessCollateral(inputOf({ historyOf: 'base', ownHistoryMs: durationMs(0) }));
    expect(base.outside[0]?.haircutPpm).toBe((own.outside[0]?.haircutPpm ?? 0) + 30_000);
    expect(base.missing).toEqual(['ownPriceHistory']);
    expect(base.score.total).toBeLessThan(own.score.total);
  });

  it('takes an unknown correlation as complete', () => {
    const found = assessCollateral(inputOf({ backs: { history: null, side: 'either' } }));
    expect(found.wrongWay?.factorPpm).toBe(1_414_214);
    expect(found.move.countedPpm).toBe(56_292);
    expect(found.missing).toEqual(['backedPriceHistory']);
  });

  it('gives lending accounts, which have one figure for every size, that of the cap', () => {
    const found = assessCollateral(inputOf({}));
    const haircut = averageHaircutPpm(found.outside, found.cap.amount);
    expect(staticLending(found)).toEqual({
      liquidationThresholdPpm: 1_000_000 - haircut,
      loanToValuePpm: 1_000_000 - haircut - 19_902,
    });
  });

  it('becomes risk parameters that the engine accepts, whatever the evidence', () => {
    const changes: readonly Partial<QualityInput>[] = [
      {},
      { depth: { kind: 'turnover' } },
      { depth: { kind: 'none' } },
      { history: null },
      { backs: { history: null, side: 'either' } },
    ];
    for (const change of changes) {
      const found = assessCollateral(inputOf(change));
      for (const place of ['outside', 'inside'] as const) {
        const parameters = riskParametersOf(found, { asset: assetId(3), place, canBorrow: false });
        expect(validateAssetParameters(parameters)).toEqual([]);
        expect(parameters).toMatchObject({ asset: 3, haircuts: found[place], collateralCap: found.cap.amount });
      }
    }
  });

  it('never counts more for a wilder price, for a higher correlation, or less for a larger amount', () => {
    const swing = fc.integer({ min: 1_000, max: 200_000_000 });
    fc.assert(
      fc.property(swing, swing, fc.bigInt(1n, 20_000_000n), fc.bigInt(0n, 5_000_000n), (a, b, held, more) => {
        const [calm, wild] = [Math.min(a, b), Math.max(a, b)].map((one) =>
          assessCollateral(inputOf({ history: swinging(one, 30) })),
        );
        if (calm === undefined || wild === undefined) throw new Error('two swings were given');
        const haircut = (of: typeof calm): number => averageHaircutPpm(of.outside, amount(held));
        expect(haircut(wild)).toBeGreaterThanOrEqual(haircut(calm));
        expect(wild.score.total).toBeLessThanOrEqual(calm.score.total);
        const tied = assessCollateral(inputOf({ history: swinging(a, 30), backs: { history: swinging(b, 30), side: 'long' } }));
        const free = assessCollateral(inputOf({ history: swinging(a, 30) }));
        expect(haircut(tied)).toBeGreaterThanOrEqual(haircut(free));
        expect(creditUnits(tied.outside, amount(held + more))).toBeGreaterThanOrEqual(creditUnits(tied.outside, amount(held)));
      }),
      RUNS,
    );
  });
});
