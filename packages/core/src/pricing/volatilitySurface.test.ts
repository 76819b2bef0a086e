import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { black76Value } from './black76.ts';
import { createStrikeSmile, type StrikeMark, strikeSmileProblem, strikeSmileVolatility } from './strikeSmile.ts';
import { ROUNDING_TOLERANCE, smileArbitrage, surfaceArbitrage } from './surfaceArbitrage.ts';
import { type SviSmile, sviDensityFactor, sviReach } from './sviSmile.ts';
import { createVolatilitySurface, type Smile, smileVolatility, surfaceVolatility } from './volatilitySurface.ts';

const MARKS: readonly StrikeMark[] = [
  { strike: 80, volatility: 0.7 },
  { strike: 100, volatility: 0.6 },
  { strike: 125, volatility: 0.65 },
];

function strikes(marks: readonly StrikeMark[], years: number, forward: number = 100): Smile {
  return { kind: 'strikes', strikes: createStrikeSmile({ forward, years, marks }) };
}

function svi(figures: Partial<SviSmile>): Smile {
  return { kind: 'svi', svi: { a: 0.02, b: 0.1, rho: -0.4, m: 0.01, sigma: 0.1, forward: 100, years: 0.5, ...figures } };
}

describe('a smile of marks', () => {
  const smile = createStrikeSmile({ forward: 100, years: 0.25, marks: MARKS });

  test('goes through its marks, and between them is linear in total variance over log-moneyness', () => {
    for (const { strike, volatility } of MARKS) expect(strikeSmileVolatility(smile, strike)).toBeCloseTo(volatility, 14);
    const between = strikeSmileVolatility(smile, Math.sqrt(100 * 125)); // halfway in the logarithm
    expect(between * between).toBeCloseTo((0.36 + 0.4225) / 2, 14);
  });

  test('keeps the volatility of its outermost strikes beyond them', () => {
    expect(strikeSmileVolatility(smile, 1e-6)).toBeCloseTo(0.7, 14);
    expect(strikeSmileVolatility(smile, 1e9)).toBeCloseTo(0.65, 14);
  });

  test('is refused by name when its marks are none', () => {
    const given = { forward: 100, years: 0.25, marks: MARKS };
    expect(strikeSmileProblem(given)).toBeNull();
    expect(strikeSmileProblem({ ...given, forward: 0 })).toBe('SMILE_FORWARD_NOT_POSITIVE');
    expect(strikeSmileProblem({ ...given, years: 0 })).toBe('SMILE_YEARS_NOT_POSITIVE');
    expect(strikeSmileProblem({ ...given, marks: [] })).toBe('SMILE_EMPTY');
    expect(strikeSmileProblem({ ...given, marks: [...MARKS].reverse() })).toBe('SMILE_STRIKES_NOT_RISING');
    expect(strikeSmileProblem({ ...given, marks: [{ strike: 1, volatility: -0.1 }] })).toBe('SMILE_VOLATILITY_NEGATIVE');
    expect(() => createStrikeSmile({ ...given, marks: [] })).toThrow('checked');
  });
});

describe('a surface', () => {
  const surface = createVolatilitySurface([strikes(MARKS, 1), strikes([{ strike: 100, volatility: 0.5 }], 0.25)]);

  test('is linear in total variance between expiries at equal log-moneyness', () => {
    const variance = (0.25 * 0.25 + 0.36 * 1) / 2; // halfway in time at the money
    expect(surfaceVolatility(surface, { k: 0, years: 0.625 })).toBeCloseTo(Math.sqrt(variance / 0.625), 14);
    expect(surfaceVolatility(surface, { k: 0, years: 0.25 })).toBeCloseTo(0.5, 14);
    expect(surfaceVolatility(surface, { k: 0, years: 1 })).toBeCloseTo(0.6, 14);
  });

  test('keeps the volatility of its first and last expiry before and after them', () => {
    expect(surfaceVolatility(surface, { k: 0, years: 1 / 31_536_000 })).toBeCloseTo(0.5, 14);
    expect(surfaceVolatility(surface, { k: 0, years: 30 })).toBeCloseTo(0.6, 14);
  });

  test('is one smile per expiry', () => {
    expect(() => createVolatilitySurface([])).toThrow('at least one');
    expect(() => createVolatilitySurface([strikes(MARKS, 1), strikes(MARKS, 1)])).toThrow('one smile per expiry');
  });

  test('is read for an option of its own expiry at that smile alone', () => {
    expect(smileVolatility(svi({}), 100)).toBeCloseTo(
      surfaceVolatility(createVolatilitySurface([svi({})]), { k: 0, years: 0.5 }),
      14,
    );
  });
});

describe('the arbitrage checks', () => {
  test('find nothing in a flat surface, nor in an ordinary smile', () => {
    const flat = [80, 90, 100, 110, 130].map((strike) => ({ strike, volatility: 0.6 }));
    const surface = createVolatilitySurface([strikes(flat, 0.1), strikes(flat, 0.5), svi({ a: 0.3, years: 1 })]);
    expect(surfaceArbitrage(surface, ROUNDING_TOLERANCE)).toEqual([]);
  });

  test('name the strike whose call is dearer than the line between its neighbours, and by how much', () => {
    const list = [80, 90, 100, 110, 120].map((strike) => ({ strike, volatility: strike === 110 ? 0.75 : 0.6 }));
    const spiked = strikes(list, 0.1);
    const [finding, ...more] = smileArbitrage(spiked, ROUNDING_TOLERANCE);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ kind: 'convexity', years: 0.1, strike: 110 });
    const [low, middle, high] = list.slice(2).map(({ strike, volatility }) => {
      return black76Value({ right: 'call', forward: 100, strike, volatility, years: 0.1, discount: 1 });
    });
    expect(finding?.excess).toBeCloseTo((middle ?? 0) - ((low ?? 0) + (high ?? 0)) / 2, 12);
    // A tolerance just above the excess, as share of the forward, silences it; one just below does not.
    const excess = (finding?.excess ?? 0) / 100;
    expect(smileArbitrage(spiked, { ...ROUNDING_TOLERANCE, price: excess * 1.0001 })).toEqual([]);
    expect(smileArbitrage(spiked, { ...ROUNDING_TOLERANCE, price: excess * 0.9999 })).toHaveLength(1);
  });

  test('name a call that costs more than one at a lower strike', () => {
    const rising = [
      { strike: 100, volatility: 0.2 },
      { strike: 101, volatility: 0.6 },
    ];
    expect(smileArbitrage(strikes(rising, 0.1), ROUNDING_TOLERANCE)).toContainEqual(
      expect.objectContaining({ kind: 'monotonicity', strike: 101 }),
    );
  });

  test('name the log-moneyness at which the density of an SVI smile is lowest below zero, and how far', () => {
    const folded = svi({ a: 0.0001, b: 0.4, rho: -0.6, m: 0.2, sigma: 0.05, years: 1 });
    const [finding] = smileArbitrage(folded, ROUNDING_TOLERANCE);
    if (finding?.kind !== 'density' || folded.kind !== 'svi') throw new Error('another finding');
    expect(finding.excess).toBe(-sviDensityFactor(folded.svi, finding.k));
    for (let k = finding.fromK; k <= finding.toK; k += 0.001) {
      expect(-sviDensityFactor(folded.svi, k)).toBeLessThanOrEqual(finding.excess + 1e-9);
    }
    expect(finding.strike).toBeCloseTo(100 * Math.exp(finding.k), 9);
  });

  test('look no further than the clamps: the published example of A. Vogt dips below zero outside them', () => {
    const vogt = svi({ a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153, years: 1 });
    if (vogt.kind !== 'svi') throw new Error('not SVI');
    expect(sviDensityFactor(vogt.svi, 0.8)).toBeLessThan(-0.01); // Gatheral and Jacquier, 2014, figure 1
    expect(sviReach(vogt.svi)).toBeLessThan(0.5);
    expect(smileArbitrage(vogt, ROUNDING_TOLERANCE)).toEqual([]);
  });

  test('name where total variance falls with time, and how far', () => {
    const surface = createVolatilitySurface([
      strikes(MARKS, 0.25),
      strikes(
        MARKS.map((mark) => ({ ...mark, volatility: mark.strike === 125 ? 0.3 : mark.volatility })),
        0.5,
      ),
    ]);
    const findings = surfaceArbitrage(surface, { ...ROUNDING_TOLERANCE, price: 1 });
    expect(findings).toHaveLength(1);
    const [finding] = findings;
    if (finding?.kind !== 'calendar') throw new Error('another finding');
    expect(finding).toMatchObject({ yearsBefore: 0.25, years: 0.5, isExtrapolated: false });
    expect(finding.strike).toBeCloseTo(125, 9);
    expect(finding.excess).toBeCloseTo(0.65 * 0.65 * 0.25 - 0.3 * 0.3 * 0.5, 12);
  });

  test('agree on a smile of marks taken from an SVI smile without arbitrage', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.3, noNaN: true }),
        fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (b, rho, years) => {
          const smooth = svi({ a: 0.05, b, rho, m: 0, sigma: 0.3, years });
          fc.pre(smileArbitrage(smooth, ROUNDING_TOLERANCE).length === 0);
          const marks = Array.from({ length: 21 }, (_, index) => {
            const strike = 100 * Math.exp((index - 10) * 0.04);
            return { strike, volatility: smileVolatility(smooth, strike) };
          });
          expect(smileArbitrage(strikes(marks, years), ROUNDING_TOLERANCE)).toEqual([]);
        },
      ),
      { seed: 71, numRuns: 300 },
    );
  });
});
