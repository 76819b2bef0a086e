import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exp, expm1, ldexp, log, log1p, normalCdf, normalPdf, pow, sqrt } from './deterministicMath.ts';

// The reference is fixed-point bigint series that share nothing with the code under test. `BITS` fractional bits leave more
// than 100 beyond the 53 of a double, so the reference's own error is invisible in the figures below.

const BITS = 220n;
const ONE = 1n << BITS;
const LN2 = 2n * artanhSeries(ONE / 3n, BITS); // ln 2 = 2·artanh(1/3)

describe('exp', () => {
  it('stays within 0.8 ulp where results are normal', () => {
    forDoubles([-708, 709.78], 4000, (x) => expect(expError(x)).toBeLessThan(0.8));
  });

  it('stays within 0.8 ulp close to zero', () => {
    forDoubles([-0.4, 0.4], 4000, (x) => expect(expError(x)).toBeLessThan(0.8));
    forTiny((x) => expect(expError(x)).toBeLessThan(0.8));
  });

  it('stays within 1.3 of the smallest double where results are subnormal', () => {
    forDoubles([-745.13, -708], 1000, (x) => expect(expError(x)).toBeLessThan(1.3));
  });

  it('returns zero, infinity and not-a-number at the ends of its range', () => {
    expect(exp(709.782712893384)).toBe(1.7976931348622732e308);
    expect(expError(709.782712893384)).toBeLessThan(0.8);
    expect(exp(709.7827128933841)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(-745.133)).toBe(5e-324);
    expect(exp(-745.1333)).toBe(0);
    expect(exp(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(exp(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(Number.NaN)).toBe(Number.NaN);
    expect(exp(0)).toBe(1);
    expect(exp(-0)).toBe(1);
  });

  it('never falls as its argument rises', () => {
    fc.assert(
      fc.property(between(-745, 709), (x) => {
        expect(exp(nextAbove(x))).toBeGreaterThanOrEqual(exp(x));
      }),
      { seed: 11, numRuns: 5000 },
    );
  });
});

describe('expm1', () => {
  it('keeps its digits next to zero', () => {
    forDoubles([-0.5, 0.5], 4000, (x) => expect(expm1Error(x)).toBeLessThan(2.5));
    forTiny((x) => expect(expm1Error(x)).toBeLessThan(2.5));
    forDoubles([-60, 700], 2000, (x) => expect(expm1Error(x)).toBeLessThan(2.5));
  });

  it('ends at minus one and keeps the special values', () => {
    expect(expm1(-1000)).toBe(-1);
    expect(expm1(Number.NEGATIVE_INFINITY)).toBe(-1);
    expect(expm1(1000)).toBe(Number.POSITIVE_INFINITY);
    expect(expm1(Number.NaN)).toBe(Number.NaN);
  });
});

describe('log', () => {
  it('stays within 1 ulp over all positive doubles', () => {
    fc.assert(
      fc.property(positiveDoubles(), (x) => {
        expect(logError(x)).toBeLessThan(1);
      }),
      { seed: 12, numRuns: 4000 },
    );
  });

  it('stays within 1 ulp around one, where its value vanishes', () => {
    forDoubles([0.5, 2], 4000, (x) => expect(logError(x)).toBeLessThan(1));
    for (let bit = 1; bit <= 52; bit += 1) {
      expect(logError(1 + 2 ** -bit)).toBeLessThan(1);
      expect(logError(1 - 2 ** -bit)).toBeLessThan(1);
    }
  });

  it('stays within 1 ulp for subnormal numbers', () => {
    forDoubles([5e-324, 2.3e-308], 500, (x) => expect(logError(x)).toBeLessThan(1));
    expect(logError(5e-324)).toBeLessThan(1);
  });

  it('returns the limits at zero and infinity and no number below zero', () => {
    expect(log(1)).toBe(0);
    expect(log(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log(-0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log(-1)).toBe(Number.NaN);
    expect(log(Number.NaN)).toBe(Number.NaN);
    expect(log(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });

  it('stays within 1 ulp of k·ln 2 for every power of two', () => {
    for (let k = -1074; k <= 1023; k += 1) expect(logError(ldexp(1, k))).toBeLessThan(1);
  });
});

describe('log1p', () => {
  it('keeps its digits next to zero', () => {
    forDoubles([-0.6, 1.5], 4000, (x) => expect(log1pError(x)).toBeLessThan(2));
    forTiny((x) => expect(log1pError(x)).toBeLessThan(2));
    forDoubles([1, 1e15], 1000, (x) => expect(log1pError(x)).toBeLessThan(2));
  });

  it('returns the limits at minus one and no number below', () => {
    expect(log1p(-1)).toBe(Number.NEGATIVE_INFINITY);
    expect(log1p(-1.5)).toBe(Number.NaN);
    expect(log1p(Number.NaN)).toBe(Number.NaN);
  });
});

describe('pow', () => {
  it('keeps the error that its exponent explains', () => {
    fc.assert(
      fc.property(between(0.01, 100), between(-60, 60), (base, exponent) => {
        const magnitude = Math.abs(exponent * log(base));
        const allowed = (2 + 2 * magnitude) * 2; // in units of 2^-53 of the result
        const exact = scaledExp((fixedOf(exponent) * lnOf(base)) >> BITS);
        expect(relativeError(pow(base, exponent), exact)).toBeLessThan(allowed * 2 ** -53);
      }),
      { seed: 13, numRuns: 2000 },
    );
  });

  it('is one for an exponent of zero and for a base of one', () => {
    expect(pow(7.25, 0)).toBe(1);
    expect(pow(1, 123.5)).toBe(1);
  });

  it('refuses a base that is not positive', () => {
    expect(() => pow(0, 2)).toThrow('positive base');
    expect(() => pow(-2, 2)).toThrow('positive base');
  });
});

describe('normalCdf', () => {
  it('has a relative error below 1e-15 from −37 to 8', () => {
    for (let step = -37 * 4; step <= 8 * 4; step += 1) {
      const x = step / 4 + 0.0123456789;
      expect(relativeError(normalCdf(x), cdfOf(x))).toBeLessThan(1e-15);
    }
  });

  it('has a relative error below 1e-15 at random arguments and at the seams of its pieces', () => {
    fc.assert(
      fc.property(between(-12, 8), (x) => {
        expect(relativeError(normalCdf(x), cdfOf(x))).toBeLessThan(1e-15);
      }),
      { seed: 14, numRuns: 600 },
    );
    for (const seam of [0.46875 * Math.SQRT2, 4 * Math.SQRT2]) {
      for (const x of [seam, -seam, nextAbove(seam), -nextAbove(seam)]) {
        expect(relativeError(normalCdf(x), cdfOf(x))).toBeLessThan(1e-15);
      }
    }
  });

  it('has an absolute error below 2^-52 over its whole range', () => {
    forDoubles([-38, 9], 100, (x) => {
      const value = normalCdf(x);
      const exact = cdfOf(x);
      const gap = toFixed(value, exact.bits) - exact.value;
      expect(gap < 0n ? -gap : gap).toBeLessThan(1n << (exact.bits - 52n));
    });
  });

  it('adds up to one with its mirror image', () => {
    forDoubles([0, 10], 2000, (x) => {
      expect(Math.abs(normalCdf(x) + normalCdf(-x) - 1)).toBeLessThanOrEqual(2 ** -52);
    });
  });

  it('underflows gradually and keeps its limits', () => {
    expect(normalCdf(-38)).toBeGreaterThan(0);
    expect(normalCdf(-39)).toBe(0);
    expect(normalCdf(-1e300)).toBe(0);
    expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(-0)).toBe(0.5);
    expect(normalCdf(Number.NaN)).toBe(Number.NaN);
  });
});

describe('normalPdf', () => {
  it('has a relative error below 8·2^-53 from −37 to 37', () => {
    const rootTwoPi = newtonRoot((2n * pi(BITS)) << BITS);
    forDoubles([-37, 37], 1000, (x) => {
      const exact = scaledExp(-((fixedOf(x) * fixedOf(x)) >> (BITS + 1n)));
      const density = { value: (exact.value << BITS) / rootTwoPi, bits: exact.bits };
      expect(relativeError(normalPdf(x), density)).toBeLessThan(8 * 2 ** -53);
    });
  });

  it('is symmetric to the bit and vanishes far out', () => {
    forDoubles([0, 40], 500, (x) => expect(normalPdf(-x)).toBe(normalPdf(x)));
    expect(normalPdf(50)).toBe(0);
    expect(normalPdf(Number.POSITIVE_INFINITY)).toBe(0);
    expect(normalPdf(Number.NaN)).toBe(Number.NaN);
  });
});

describe('ldexp', () => {
  it('multiplies by a power of two with a single rounding', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -2200, max: 2200 }), (x, exponent) => {
        expect(ldexp(x, exponent)).toBe(roundedScale(x, exponent));
      }),
      { seed: 15, numRuns: 5000 },
    );
  });

  it('refuses an exponent that is not an integer', () => {
    expect(() => ldexp(1, 0.5)).toThrow('integer');
  });
});

describe('the published bits', () => {
  it('are the same on every machine', () => {
    const vectors: readonly (readonly [number, string])[] = [
      [exp(1), '4005bf0a8b145769'],
      [exp(-1), '3fd78b56362cef38'],
      [exp(0.1), '3ff1aec7b35a00d4'],
      [exp(-20.5), '3e157a3afeed00ab'],
      [exp(700.25), '7f12fd8e4cbfa413'],
      [exp(-740.5), '0000000000000033'],
      [expm1(1e-9), '3e112e0be84bbb51'],
      [log(2), '3fe62e42fefa39ef'],
      [log(10), '40026bb1bbb55516'],
      [log(0.999999), 'beb0c6f82d74d230'],
      [log(1e-300), 'c085963447f87fb5'],
      [log1p(-1e-7), 'be7ad7f2b1414ae8'],
      [pow(1.07, 0.3), '3ff053fd0ac2527e'],
      [normalCdf(0.3), '3fe3c5ee2cc40b78'],
      [normalCdf(-1.96), '3f99990c58859310'],
      [normalCdf(2.5), '3fefcd21635036c6'],
      [normalCdf(-8), '3cc669d2c90d55ce'],
      [normalCdf(-37), '01ceaccc6bfeb0ad'],
      [normalPdf(1.5), '3fc0940856d21e85'],
      [sqrt(2), '3ff6a09e667f3bcd'],
    ];
    expect(vectors.map(([value]) => bitsOf(value))).toEqual(vectors.map(([, bits]) => bits));
  });
});

// ——— generators

function between(low: number, high: number): fc.Arbitrary<number> {
  return fc.double({ min: low, max: high, noNaN: true });
}

/** Doubles spread evenly over the interval, unlike `between`, which spreads them evenly over bit patterns. */
function forDoubles(range: readonly [number, number], count: number, check: (x: number) => void): void {
  const [low, high] = range;
  const arbitrary = fc.integer({ min: 0, max: 2 ** 48 }).map((n) => low + ((high - low) * n) / 2 ** 48);
  fc.assert(
    fc.property(fc.oneof(arbitrary, between(low, high)), (x) => {
      check(x);
    }),
    { seed: 10, numRuns: count },
  );
}

function forTiny(check: (x: number) => void): void {
  for (let exponent = -60; exponent <= -2; exponent += 1) {
    for (const mantissa of [1, 1.2345678901, 1.9999999]) {
      check(mantissa * 2 ** exponent);
      check(-mantissa * 2 ** exponent);
    }
  }
}

function positiveDoubles(): fc.Arbitrary<number> {
  return fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true });
}

// ——— the bits of a double

/** x = mantissa · 2^exponent exactly. */
function partsOf(x: number): { mantissa: bigint; exponent: bigint } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const field = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = field === 0n ? fraction : fraction | (1n << 52n);
  return {
    mantissa: bits >> 63n === 0n ? magnitude : -magnitude,
    exponent: (field === 0n ? 1n : field) - 1075n,
  };
}

function bitsOf(x: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

function nextAbove(x: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x + 0);
  view.setBigInt64(0, view.getBigInt64(0) + (x < 0 ? -1n : 1n));
  return view.getFloat64(0);
}

/** x in fixed point with `bits` fractional bits; digits below are dropped. */
function toFixed(x: number, bits: bigint): bigint {
  const { mantissa, exponent } = partsOf(x);
  const shift = exponent + bits;
  return shift >= 0n ? mantissa << shift : mantissa >> -shift;
}

function fixedOf(x: number): bigint {
  return toFixed(x, BITS);
}

/** x·2^exponent rounded once, half to even. */
function roundedScale(x: number, exponent: number): number {
  const { mantissa, exponent: own } = partsOf(x);
  const total = own + BigInt(exponent);
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const sign = mantissa < 0n || Object.is(x, -0) ? -1 : 1;
  const dropped = -(total + 1074n);
  if (dropped <= 0n) return sign * doubled(Number(magnitude), total);
  const below = magnitude >> dropped;
  const twiceLeft = 2n * (magnitude - (below << dropped));
  const whole = 1n << dropped;
  const up = twiceLeft > whole || (twiceLeft === whole && (below & 1n) === 1n);
  return sign * Number(up ? below + 1n : below) * 5e-324;
}

/** value·2^times, one exact step at a time. */
function doubled(value: number, times: bigint): number {
  let result = value;
  for (let step = times; step < 0n; step += 1n) result /= 2;
  for (let step = times; step > 0n; step -= 1n) result *= 2;
  return result;
}

// ——— reference series

/** A reference value with its own number of fractional bits. */
type Exact = { readonly value: bigint; readonly bits: bigint };

/** artanh s = s + s³/3 + s⁵/5 + … in fixed point. */
function artanhSeries(s: bigint, bits: bigint): bigint {
  const square = (s * s) >> bits;
  let power = s;
  let total = 0n;
  for (let n = 1n; power > 1n || power < -1n; n += 2n) {
    total += power / n;
    power = (power * square) >> bits;
  }
  return total;
}

/** ln x for a positive double, in fixed point. */
function lnOf(x: number): bigint {
  const { mantissa, exponent } = partsOf(x);
  return lnOfFraction(mantissa, exponent);
}

function lnOfFraction(mantissa: bigint, exponent: bigint): bigint {
  const length = BigInt(mantissa.toString(2).length);
  // mantissa·2^exponent = m·2^(exponent + length) with ½ ≤ m < 1, moved to [¾, 3/2) for a small argument.
  const shift = BITS - length;
  let m = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  let k = exponent + length;
  if (4n * m < 3n * ONE) {
    m *= 2n;
    k -= 1n;
  }
  const s = ((m - ONE) << BITS) / (m + ONE);
  return 2n * artanhSeries(s, BITS) + k * LN2;
}

/** e^x for fixed-point x, as fixed point with enough fractional bits for the result's size. */
function scaledExp(x: bigint): Exact {
  const k = (2n * x + LN2) / (2n * LN2) - (2n * x + LN2 < 0n ? 1n : 0n);
  const r = x - k * LN2;
  let term = ONE;
  let total = 0n;
  for (let n = 1n; term !== 0n && term !== -1n; n += 1n) {
    total += term;
    term = ((term * r) >> BITS) / n;
  }
  return { value: total, bits: BITS - k };
}

/** π by Machin's formula. */
function pi(bits: bigint): bigint {
  const guarded = bits + 32n;
  const arctan = (inverse: bigint): bigint => {
    let power = (1n << guarded) / inverse;
    let total = 0n;
    for (let n = 1n; power !== 0n; n += 2n) {
      total += n % 4n === 1n ? power / n : -(power / n);
      power /= inverse * inverse;
    }
    return total;
  };
  return (4n * (4n * arctan(5n) - arctan(239n))) >> 32n;
}

function newtonRoot(n: bigint): bigint {
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * Φ(x) = ½ + (1/√2π)·Σ (−1)^n x^(2n+1)/(n!·2^n·(2n+1)). The terms reach e^(x²/2) and cancel to e^(−x²/2), so the number of
 * bits grows with x².
 */
function cdfOf(x: number): Exact {
  const bits = 160n + BigInt(Math.ceil((x * x) / 2 / 0.69)) * 2n;
  const fixed = toFixed(x, bits);
  const square = (fixed * fixed) >> bits;
  let power = fixed;
  let total = 0n;
  for (let n = 0n; power > 1n || power < -1n; n += 1n) {
    total += power / (2n * n + 1n);
    power = -((power * square) >> bits) / (2n * (n + 1n));
  }
  const rootTwoPi = newtonRoot((2n * pi(bits)) << bits);
  return { value: (1n << (bits - 1n)) + (total << bits) / rootTwoPi, bits };
}

// ——— errors

/** |approximation − exact| in units in the last place of the approximation. */
function ulps(approximation: number, exact: Exact): number {
  const { mantissa, exponent } = partsOf(approximation);
  // Both in units of 2^-(exact.bits): the last place is 2^exponent.
  const last = exponent + exact.bits;
  const scaleUp = last < 40n ? 40n - last : 0n;
  const gap = (mantissa << (last + scaleUp)) - (exact.value << scaleUp);
  const magnitude = gap < 0n ? -gap : gap;
  return Number((magnitude << 20n) >> (last + scaleUp)) / 2 ** 20;
}

function relativeError(approximation: number, exact: Exact): number {
  const { mantissa, exponent } = partsOf(approximation);
  const last = exponent + exact.bits;
  const scaleUp = last < 40n ? 40n - last : 0n;
  const gap = (mantissa << (last + scaleUp)) - (exact.value << scaleUp);
  const magnitude = gap < 0n ? -gap : gap;
  return Number((magnitude << 100n) / (exact.value << scaleUp)) / 2 ** 100;
}

function expError(x: number): number {
  return ulps(exp(x), scaledExp(fixedOf(x)));
}

/** Below 2^-80 the reference runs out of digits, and x is the nearest double to e^x − 1 and to ln(1 + x). */
function isBelowReference(x: number): boolean {
  return Math.abs(x) < 2 ** -80;
}

function expm1Error(x: number): number {
  if (isBelowReference(x)) return expm1(x) === x ? 0.5 : Number.POSITIVE_INFINITY;
  const exact = scaledExp(fixedOf(x));
  return ulps(expm1(x), { value: exact.value - (1n << exact.bits), bits: exact.bits });
}

function logError(x: number): number {
  return ulps(log(x), { value: lnOf(x), bits: BITS });
}

function log1pError(x: number): number {
  if (isBelowReference(x)) return log1p(x) === x ? 0.5 : Number.POSITIVE_INFINITY;
  return ulps(log1p(x), { value: lnOfFraction(ONE + fixedOf(x), -BITS), bits: BITS });
}
