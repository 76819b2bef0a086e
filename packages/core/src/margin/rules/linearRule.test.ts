import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import tieredJson from '../../../../../profiles/tiered-perpetual.json' with { type: 'json' };
import sizedJson from '../../../../../profiles/tiered-perpetual-sized.json' with { type: 'json' };
import { ppm } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { explain } from '../explain.ts';
import type { MarginProfile } from '../profile.ts';
import { portfolioOf, trustedProfile } from '../testing/marginWorld.ts';
import { PERPETUAL, ruleInput } from '../testing/ruleWorld.ts';
import { linearRequirement, openInterestShare, sizedShare } from './linearRule.ts';
import type { LinearRule } from './ruleSet.ts';

const TIERED = trustedProfile(tieredJson);
const SIZED = trustedProfile(sizedJson);
const DOLLAR = 1_000_000n;

/** The shipped profile with one market rule for everything: base share, maintenance half of it, open-interest caps in dollars. */
function tier(initialPpm: number, caps: { lowerUsd: number; upperUsd: number } | null): MarginProfile {
  const [first] = TIERED.rules?.markets ?? [];
  if (TIERED.rules === undefined || first?.linear == null) throw new Error('The shipped profile has tiers.');
  const linear: LinearRule = {
    ...first.linear,
    initialPpm: ppm(initialPpm),
    maintenance: { kind: 'fractionOfInitial', fractionPpm: ppm(500_000) },
    openInterest: caps,
  };
  return { ...TIERED, rules: { ...TIERED.rules, markets: [{ ...first, underlyings: null, linear }] } };
}

/** Requirement in ticks of `lots` lots worth one tick each, with as many lots of open interest as ticks. */
function requirementOf(profile: MarginProfile, lots: number, openInterestLots: number = 0) {
  const input = ruleInput({
    profile,
    underlyings: [{ symbol: 'TOKEN', price: '1' }],
    instruments: [{ underlying: 0, form: PERPETUAL, mark: '1', lotUnits: 1_000n, openInterestLots }],
  });
  return computeMargin(compileRisk(input), portfolioOf({ positions: [[0, lots]] }));
}

describe('V48: published tiers through the core, in quote quantums of 1e-6', () => {
  test.each([
    ['liquidity_tier_test.go:259', 200_000, 500_000, 100_000n],
    ['liquidity_tier_test.go:275', 100_000, 1, 1n],
    ['liquidity_tier_test.go:283', 567_243, 123_456, 70_030n],
  ])('%s: %s ppm of %s', (_line, initialPpm, lots, expected) => {
    expect(requirementOf(tier(initialPpm, null), lots).initial).toBe(expected);
    expect(requirementOf(tier(initialPpm, null), -lots).initial).toBe(expected);
  });

  test('liquidity_tier_test.go:306: half way between one and two million dollars of open interest, 20 % is 60 %', () => {
    const caps = { lowerUsd: 1_000_000, upperUsd: 2_000_000 };
    expect(requirementOf(tier(200_000, caps), 500_000, 1_500_000_000_000).initial).toBe(300_000n);
  });

  test('liquidity_tier_test.go:345: the share rounds down, the requirement up', () => {
    const caps = { lowerUsd: 25_000_000, upperUsd: 60_000_000 };
    expect(requirementOf(tier(200_000, caps), 500_000, 28_123_456_789_123).initial).toBe(135_697n);
  });

  test('open interest raises initial margin to the whole notional and leaves maintenance alone', () => {
    const caps = { lowerUsd: 1, upperUsd: 2 };
    expect(requirementOf(tier(200_000, caps), 500_000, 1_000_000).initial).toBe(100_000n);
    const crowded = requirementOf(tier(200_000, caps), 500_000, 2_000_000);
    expect(crowded.initial).toBe(500_000n);
    expect(crowded.maintenance).toBe(50_000n);
    expect(requirementOf(tier(200_000, null), 3).maintenance).toBe(1n);
  });
});

describe('the shipped tiers, as published', () => {
  /** Both levels in dollars of a million dollars of a symbol, with as much open interest. */
  const of = (symbol: string, openInterest: number): readonly [maintenance: bigint, initial: bigint] => {
    const input = ruleInput({
      profile: TIERED,
      underlyings: [{ symbol, price: '1' }],
      instruments: [{ underlying: 0, form: PERPETUAL, mark: '1', openInterestLots: openInterest }],
    });
    const { maintenance, initial } = computeMargin(compileRisk(input), portfolioOf({ positions: [[0, 1_000_000]] }));
    return [maintenance / DOLLAR, initial / DOLLAR];
  };

  test.each([
    // symbol, tier, open interest in dollars, maintenance, initial
    ['BTC', 'large: 2 %, 60 % of it, no scaling', 900_000_000_000, 12_000n, 20_000n],
    ['SOL', 'mid: 5 %, 60 %, from 40 to 100 million', 40_000_000, 30_000n, 50_000n],
    ['SOL', 'mid, half way', 70_000_000, 30_000n, 525_000n],
    ['SOL', 'mid, at the upper cap', 100_000_000, 30_000n, 1_000_000n],
    ['ARB', 'small: 10 %, 50 %, from 20 to 50 million, half way', 35_000_000, 50_000n, 550_000n],
    ['EUR', 'foreign exchange: 1 %, 50 %', 900_000_000_000, 5_000n, 10_000n],
    ['NEW', 'long tail: 20 %, 50 %, from 5 to 10 million, half way', 7_500_000, 100_000n, 600_000n],
  ])('%s is %s', (symbol, _tier, openInterest, maintenance, initial) => {
    expect(of(symbol, openInterest)).toEqual([maintenance, initial]);
  });

  test('charge nothing for size, and the sized ones differ from them in that alone', () => {
    const markets = TIERED.rules?.markets ?? [];
    expect(markets.map(({ linear }) => linear?.size)).toEqual(markets.map(() => null));
    const unsized = (SIZED.rules?.markets ?? []).map((market) =>
      market.linear === null ? market : { ...market, linear: { ...market.linear, size: null } },
    );
    expect(unsized).toEqual(markets);
  });
});

const squareRoot = { kind: 'squareRoot', keepPpm: ppm(800_000), factorPpm: ppm(450) } as const;
const slope = { kind: 'slope', scaleUnits: 100_000, fractionPpm: ppm(1_000_000), minimumUsd: 50 } as const;
const UNIT = 1_000_000_000n;

describe('what size adds', () => {
  test('a square root takes over where 0.8 · share + factor · √size is larger', () => {
    // 2 % and 450 ppm: 0.8 · 20 000 + 450 · √size, equal to 20 000 at √size = 8.9
    expect(sizedShare(squareRoot, 20_000n, 64n * UNIT)).toBe(20_000n);
    expect(sizedShare(squareRoot, 20_000n, 100n * UNIT)).toBe(20_500n);
    expect(sizedShare(squareRoot, 20_000n, 10_000n * UNIT)).toBe(61_000n);
    // √2 · 450 = 636.4, rounded up; 0.8 · 100 001 = 80 000.8, rounded up
    expect(sizedShare({ ...squareRoot, keepPpm: ppm(1_000_000) }, 1n, 2n * UNIT)).toBe(638n);
    expect(sizedShare(squareRoot, 100_001n, 100_000n * UNIT)).toBe(80_001n + 142_303n);
  });

  test('a slope adds size over scale, and maintenance a flat minimum', () => {
    const rule: LinearRule = {
      price: 'index',
      initialPpm: ppm(20_000),
      maintenance: { kind: 'fractionOfInitial', fractionPpm: ppm(600_000) },
      openInterest: null,
      size: slope,
    };
    expect(sizedShare(slope, 20_000n, 1_000n * UNIT)).toBe(30_000n);
    const position = { notional: 2_000_000n * DOLLAR, ownerSize: 1_000n * UNIT, openInterest: 0n };
    expect(linearRequirement(rule, position)).toEqual({ initial: 60_000n * DOLLAR, maintenance: 36_050n * DOLLAR });
  });

  test('the size of all accounts of the owner counts, so that splitting does not lower the share', () => {
    const input = ruleInput({
      profile: SIZED,
      underlyings: [{ symbol: 'BTC', price: '50000' }],
      instruments: [{ underlying: 0, form: PERPETUAL, mark: '50000' }],
    });
    const model = compileRisk(input);
    const whole = computeMargin(model, portfolioOf({ positions: [[0, 400]] }));
    const half = computeMargin(model, portfolioOf({ positions: [[0, 200, 400]] }));
    expect(half.initial * 2n).toBe(whole.initial);
  });
});

describe('initial at least maintenance', () => {
  test('where a flat minimum breaks it for a small position, initial is raised and the explanation says so', () => {
    const [first] = TIERED.rules?.markets ?? [];
    if (TIERED.rules === undefined || first?.linear == null) throw new Error('The shipped profile has tiers.');
    const linear: LinearRule = { ...first.linear, size: slope };
    const profile = { ...TIERED, rules: { ...TIERED.rules, markets: [{ ...first, underlyings: null, linear }] } };
    const model = compileRisk(
      ruleInput({
        profile,
        underlyings: [{ symbol: 'TOKEN', price: '100' }],
        instruments: [{ underlying: 0, form: PERPETUAL, mark: '100' }],
      }),
    );
    const portfolio = portfolioOf({ positions: [[0, 1]] });
    const figures = computeMargin(model, portfolio);
    // Published: initial 2 % + 1/100 000 of 100 USD = 2.001 USD; maintenance 60 % of it and 50 USD.
    expect(figures.maintenance).toBe(51_200_600n);
    expect(figures.initial).toBe(51_200_600n);
    expect(explain(model, portfolio, 'initial').requirementTerms).toEqual([
      { kind: 'linearShare', underlying: 0, instrument: 0, asset: -1, expiryMs: null, charge: 2_001_000n },
      { kind: 'initialFloor', underlying: 0, instrument: 0, asset: -1, expiryMs: null, charge: 49_199_600n },
    ]);
  });
});

describe('shares', () => {
  const rule = (initialPpm: number, lowerUsd: number, upperUsd: number): LinearRule => ({
    price: 'index',
    initialPpm: ppm(initialPpm),
    maintenance: { kind: 'share', sharePpm: ppm(0) },
    openInterest: { lowerUsd, upperUsd },
    size: null,
  });

  test('an upper cap of zero switches open-interest scaling off', () => {
    expect(openInterestShare(rule(200_000, 0, 0), 10n ** 18n)).toBe(200_000n);
  });

  test('rise with open interest and with size, and stay between the base and one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.nat({ max: 1_000_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.bigInt({ min: 0n, max: 10n ** 13n }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (base, lower, width, openInterest, more) => {
          const scaled = rule(base, lower, lower + width);
          const share = openInterestShare(scaled, openInterest);
          expect(share).toBeGreaterThanOrEqual(BigInt(base));
          expect(share).toBeLessThanOrEqual(1_000_000n);
          expect(openInterestShare(scaled, openInterest + more)).toBeGreaterThanOrEqual(share);
          const sized = sizedShare(squareRoot, share, openInterest);
          expect(sized).toBeGreaterThanOrEqual(share);
          expect(sizedShare(squareRoot, share, openInterest + more)).toBeGreaterThanOrEqual(sized);
        },
      ),
      { seed: 48, numRuns: 300 },
    );
  });
});
