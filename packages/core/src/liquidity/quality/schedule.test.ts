import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateAssetParameters } from '../../assets/validate.ts';
import { amount, assetId, PPM_ONE, ppm, price, ticks } from '../../numeric/brand.ts';
import { createDepthCurve, type DepthCurve, saleCost, saleProceeds } from '../depthCurve.ts';
import { collateralCapValue } from './collateralCap.ts';
import { averageHaircutPpm, coarseCurve, creditUnits, haircutBands } from './haircutSchedule.ts';
import { type AverageImpactQuote, curveFromAverageImpacts, curveFromBook, scaledToPrice } from './measuredDepth.ts';
import { qualityScore } from './score.ts';

const RUNS = { seed: 5_501, numRuns: 300 };
const ONE = 1_000_000n;
const GRID = [10_000, 50_000, 200_000, 500_000].map(ppm);

const quote = (value: bigint, impact: number): AverageImpactQuote => ({ value: ticks(value), impactPpm: ppm(impact) });
const quotes = fc.array(
  fc
    .record({ value: fc.bigInt(1n, 10n ** 12n), impact: fc.integer({ min: 0, max: 1_000_000 }) })
    .map(({ value, impact }) => quote(value, impact)),
  { minLength: 1, maxLength: 25 },
);
/** Curves that end where a sale brings nothing. */
const curves = fc
  .array(fc.tuple(fc.bigInt(1n, 10n ** 9n), fc.integer({ min: 0, max: 100_000 })), { minLength: 1, maxLength: 8 })
  .map((parts): DepthCurve => {
    let end = 0n;
    let impact = 0;
    const bands = parts.map(([width, more]) => {
      end += width;
      impact += more;
      return { upTo: ticks(end), impactPpm: ppm(impact) };
    });
    return createDepthCurve([...bands, { upTo: null, impactPpm: PPM_ONE }]);
  });

describe('a curve from quotes of whole sales', () => {
  it('runs through the start of each group of sizes and the largest quote', () => {
    // Groups start at 100 (1 %), 200 (2 %) and 500 (4 %); cost 4 at 200, 20 at 500, 40 at 1 000.
    const curve = curveFromAverageImpacts([
      quote(100n, 10_000),
      quote(150n, 5_000),
      quote(200n, 20_000),
      quote(500n, 30_000),
      quote(1_000n, 10_000),
      quote(900n, 40_000),
    ]);
    expect(curve.bands).toEqual([
      { upTo: 200n, impactPpm: 20_000 },
      { upTo: 500n, impactPpm: 53_334 },
      { upTo: 1_000n, impactPpm: 53_334 },
      { upTo: null, impactPpm: 1_000_000 },
    ]);
  });

  it('costs at least what every quote says, at the size of every quote', () => {
    fc.assert(
      fc.property(quotes, (measured) => {
        const curve = curveFromAverageImpacts(measured);
        for (const { value, impactPpm } of measured) {
          expect(saleCost(curve, { value, consumed: ticks(0n) }) * ONE).toBeGreaterThanOrEqual(value * BigInt(impactPpm));
        }
      }),
      RUNS,
    );
  });

  it('brings nothing beyond the largest quote', () => {
    const curve = curveFromAverageImpacts([quote(1_000n, 0)]);
    expect(saleProceeds(curve, { value: ticks(5_000n), consumed: ticks(0n) })).toBe(1_000n);
  });
});

describe('a curve from a book', () => {
  it('sells what stands between two distances at the farther one, and nothing beyond', () => {
    const levels = [
      { distancePpm: ppm(10_000), value: ticks(100n) },
      { distancePpm: ppm(20_000), value: ticks(100n) },
      { distancePpm: ppm(30_000), value: ticks(250n) },
    ];
    expect(curveFromBook(levels).bands).toEqual([
      { upTo: 100n, impactPpm: 10_000 },
      { upTo: 250n, impactPpm: 30_000 },
      { upTo: null, impactPpm: 1_000_000 },
    ]);
  });

  it('keeps less value after a fall and no more after a rise', () => {
    const curve = curveFromBook([{ distancePpm: ppm(10_000), value: ticks(900n) }]);
    const at = (today: bigint) => scaledToPrice(curve, { measured: price(3_000n), today: price(today) });
    expect(at(2_000n)).toMatchObject({ keptPpm: 666_666, curve: { bands: [{ upTo: 599n }, {}] } });
    expect(at(6_000n)).toMatchObject({ keptPpm: 1_000_000, curve: { bands: [{ upTo: 900n }, {}] } });
  });
});

describe('haircut bands', () => {
  const curve = curveFromBook([
    { distancePpm: ppm(10_000), value: ticks(2_000_000n) },
    { distancePpm: ppm(50_000), value: ticks(5_000_000n) },
  ]);
  // 2 USD for 1 000 ledger units: a tick is half a unit.
  const at = { price: price(2_000_000_000n), feedUnit: amount(1_000n) };

  it('compound the fall of the market with the impact of the sale, and end in whole units', () => {
    // 1 − 0.8·0.99 = 0.208; 1 − 0.8·0.95 = 0.24
    expect(haircutBands({ curve, movePpm: ppm(200_000), penaltyPpm: ppm(0), ...at })).toEqual([
      { upTo: 1_000n, haircutPpm: 208_000 },
      { upTo: 2_500n, haircutPpm: 240_000 },
      { upTo: null, haircutPpm: 1_000_000 },
    ]);
    const charged = haircutBands({ curve, movePpm: ppm(0), penaltyPpm: ppm(50_000), ...at });
    expect(charged.map(({ haircutPpm }) => haircutPpm)).toEqual([60_000, 100_000, 1_000_000]);
  });

  it('of an asset that may lose everything are one band that counts nothing', () => {
    expect(haircutBands({ curve, movePpm: PPM_ONE, penaltyPpm: ppm(0), ...at })).toEqual([{ upTo: null, haircutPpm: 1_000_000 }]);
  });

  it('are what the engine takes as risk parameters', () => {
    fc.assert(
      fc.property(curves, fc.nat(1_000_000), fc.nat(200_000), fc.bigInt(1n, 10n ** 13n), (any, move, penalty, today) => {
        const bands = haircutBands({
          curve: coarseCurve(any, GRID),
          movePpm: ppm(move),
          penaltyPpm: ppm(penalty),
          price: price(today),
          feedUnit: amount(10n ** 9n),
        });
        const parameters = {
          asset: assetId(1),
          haircuts: bands,
          initialExtraHaircutPpm: ppm(0),
          loanToValuePpm: ppm(0),
          liquidationThresholdPpm: ppm(0),
          collateralCap: amount(0n),
          canBorrow: false,
        };
        expect(validateAssetParameters(parameters)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('never count less for more, and count c(V) = max over v ≤ V of v·(1 − h(v))', () => {
    fc.assert(
      fc.property(curves, fc.nat(1_000_000), fc.integer({ min: 0, max: 3_000 }), (any, move, held) => {
        const bands = haircutBands({
          curve: any,
          movePpm: ppm(move),
          penaltyPpm: ppm(0),
          price: price(1_000_000_000_000n),
          feedUnit: amount(1n),
        });
        let best = 0n;
        for (let v = 0n; v <= BigInt(held); v += 1n) {
          const credit = creditUnits(bands, amount(v));
          expect(credit).toBeGreaterThanOrEqual(best);
          best = credit;
        }
        expect(creditUnits(bands, amount(BigInt(held)))).toBe(best);
      }),
      { ...RUNS, numRuns: 25 },
    );
  });

  it('never fall with size', () => {
    fc.assert(
      fc.property(curves, fc.nat(1_000_000), fc.bigInt(1n, 10n ** 10n), fc.bigInt(0n, 10n ** 10n), (any, move, held, more) => {
        const bands = haircutBands({
          curve: any,
          movePpm: ppm(move),
          penaltyPpm: ppm(0),
          price: price(1_000n),
          feedUnit: amount(1n),
        });
        // Credit per unit does not rise: C(b)/b ≤ C(a)/a, with one unit for the credit of a that is rounded down.
        const credit = (size: bigint): bigint => creditUnits(bands, amount(size));
        expect(credit(held + more) * held).toBeLessThanOrEqual((credit(held) + 1n) * (held + more));
      }),
      RUNS,
    );
  });

  it('never fall with the fall of the market, nor in a thinner market', () => {
    fc.assert(
      fc.property(
        curves,
        fc.nat(1_000_000),
        fc.nat(100_000),
        fc.bigInt(0n, 10n ** 10n),
        fc.integer({ min: 1, max: 999_999 }),
        (any, move, more, held, kept) => {
          const haircut = (curveNow: DepthCurve, movePpm: number): number =>
            averageHaircutPpm(
              haircutBands({
                curve: curveNow,
                movePpm: ppm(movePpm),
                penaltyPpm: ppm(0),
                price: price(1_000n),
                feedUnit: amount(1n),
              }),
              amount(held),
            );
          const base = haircut(any, move);
          expect(haircut(any, Math.min(1_000_000, move + more))).toBeGreaterThanOrEqual(base);
          const thin = scaledToPrice(any, { measured: price(1_000_000n), today: price(BigInt(kept)) }).curve;
          expect(haircut(thin, move)).toBeGreaterThanOrEqual(base);
        },
      ),
      RUNS,
    );
  });
});

describe('a curve in few bands', () => {
  it('charges the highest impact inside each step of the grid, and everything beyond the last', () => {
    const curve = createDepthCurve([
      { upTo: ticks(10n), impactPpm: ppm(4_000) },
      { upTo: ticks(20n), impactPpm: ppm(9_000) },
      { upTo: ticks(30n), impactPpm: ppm(60_000) },
      { upTo: ticks(40n), impactPpm: ppm(600_000) },
      { upTo: null, impactPpm: PPM_ONE },
    ]);
    expect(coarseCurve(curve, GRID).bands).toEqual([
      { upTo: 20n, impactPpm: 9_000 },
      { upTo: 30n, impactPpm: 60_000 },
      { upTo: null, impactPpm: 1_000_000 },
    ]);
  });

  it('is never cheaper than the curve it stands for', () => {
    fc.assert(
      fc.property(curves, fc.bigInt(0n, 10n ** 11n), (curve, value) => {
        const sale = { value: ticks(value), consumed: ticks(0n) };
        expect(saleCost(coarseCurve(curve, GRID), sale)).toBeGreaterThanOrEqual(saleCost(curve, sale));
      }),
      RUNS,
    );
  });
});

describe('the cap over all accounts', () => {
  it('is where all credit meets the proceeds of selling everything at once after the fall', () => {
    // h₁ = 20 %, no fall: 0.8·V ≤ V − cost. First 1 000 at 10 %, the next 3 000 at 50 %: cost is 100 + 0.5·(V − 1 000), V/5 at 1 333⅓.
    // (In thousands; at 1 333 333 the cost is rounded up by half a tick and is too much.)
    const curve = curveFromBook([
      { distancePpm: ppm(100_000), value: ticks(1_000_000n) },
      { distancePpm: ppm(500_000), value: ticks(4_000_000n) },
    ]);
    const cap = (fallPpm: number, impactPpm: number, most: bigint | null): bigint =>
      collateralCapValue({
        curve,
        firstHaircutPpm: ppm(200_000),
        fallPpm: ppm(fallPpm),
        impactPpm: ppm(impactPpm),
        most: most === null ? null : ticks(most),
      });
    expect(cap(0, 1_000_000, null)).toBe(1_333_332n);
    expect(cap(0, 1_000_000, 700n)).toBe(700n);
    expect(cap(0, 100_000, null)).toBe(1_000_000n);
    expect(cap(200_000, 1_000_000, null)).toBe(0n);
    expect(collateralCapValue({ curve, firstHaircutPpm: PPM_ONE, fallPpm: ppm(0), impactPpm: PPM_ONE, most: null })).toBe(0n);
  });

  it('covers all credit however the amount is split among accounts', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(curves, fc.nat(900_000), fc.nat(300_000), shares, (any, move, fall, parts) => {
        const at = { price: price(1_000n), feedUnit: amount(1n) }; // one unit is one tick
        const bands = haircutBands({ curve: any, movePpm: ppm(move), penaltyPpm: ppm(0), ...at });
        const firstHaircutPpm = bands[0]?.haircutPpm ?? PPM_ONE;
        const cap = collateralCapValue({ curve: any, firstHaircutPpm, fallPpm: ppm(fall), impactPpm: PPM_ONE, most: null });
        const total = parts.reduce((sum, part) => sum + BigInt(part), 0n);
        const credits = parts.map((part) => creditUnits(bands, amount((cap * BigInt(part)) / total)));
        const proceeds = saleProceeds(any, { value: cap, consumed: ticks(0n) });
        const credit = credits.reduce<bigint>((sum, one) => sum + one, 0n);
        expect(credit * ONE).toBeLessThanOrEqual((ONE - BigInt(fall)) * proceeds);
      }),
      RUNS,
    );
  });
});

describe('the score', () => {
  const full = { isDepthMeasured: true, isHistoryOwn: true, historyPpm: PPM_ONE };
  const none = { ppm: ppm(0), zeroPpm: ppm(100_000) };

  it('is 100 for what never moves, is measured and sells for nothing off', () => {
    expect(qualityScore({ volatility: none, jump: none, impact: none, wrongWayPpm: ppm(0), evidence: full }).total).toBe(100);
    expect(qualityScore({ volatility: none, jump: none, impact: none, wrongWayPpm: null, evidence: full }).total).toBe(100);
  });

  it('falls linearly part by part, rounded down', () => {
    const score = qualityScore({
      volatility: { ppm: ppm(50_000), zeroPpm: ppm(200_000) },
      jump: { ppm: ppm(100_000), zeroPpm: ppm(400_000) },
      impact: { ppm: ppm(300_000), zeroPpm: ppm(200_000) },
      wrongWayPpm: ppm(333_333),
      evidence: { isDepthMeasured: false, isHistoryOwn: true, historyPpm: ppm(500_000) },
    });
    expect(score.parts.map(({ hundredths }) => hundredths)).toEqual([1_875, 1_500, 0, 666, 900]);
    expect(score.total).toBe(49);
  });
});
