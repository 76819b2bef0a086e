import { describe, expect, it } from 'vitest';
import { black76Prices, normalCdf } from '../reference/black76.ts';
import { fixed, fixedExp, fixedLog, fixedNormal, fixedRoot, ONE, times } from './fixedMath.ts';

/** The reference model computes in doubles; what it claims of itself, times ten. */
const REFERENCE_ERROR = 1e-13;

/** Fixed point as a decimal fraction of so many digits, rounded down. */
function digits(value: bigint, count: number): string {
  const scaled = (value * 10n ** BigInt(count)) / ONE;
  const text = scaled.toString().padStart(count + 1, '0');
  return `${text.slice(0, -count)}.${text.slice(-count)}`;
}

/** 30 digits of what is known to more; the last of these is not rounded. */
describe('fixed point', () => {
  it('knows e, the logarithm of ten and the root of two to thirty digits', () => {
    expect(digits(fixedExp(ONE), 30)).toBe('2.718281828459045235360287471352');
    expect(digits(fixedLog(10n * ONE), 30)).toBe('2.302585092994045684017991454684');
    expect(digits(fixedRoot(2n * ONE), 30)).toBe('1.414213562373095048801688724209');
  });

  it('knows the normal distribution at one, two and minus five deviations', () => {
    expect(digits(fixedNormal(ONE), 28)).toBe('0.8413447460685429485852325456');
    expect(digits(fixedNormal(2n * ONE), 28)).toBe('0.9772498680518207927997173628');
    expect(digits(fixedNormal(-5n * ONE), 28)).toBe('0.0000002866515718791939116737');
    expect([fixedNormal(-13n * ONE), fixedNormal(13n * ONE), fixedNormal(0n)]).toEqual([0n, ONE, ONE >> 1n]);
  });

  it('keeps far tails as small as they are', () => {
    for (const deviations of [8n, 9n, 10n, 11n, 12n]) {
      const tail = Number(fixedNormal(-deviations * ONE)) / Number(ONE);
      const known = normalCdf(-Number(deviations));
      expect(Math.abs(tail - known)).toBeLessThan(2 ** -110 + known * REFERENCE_ERROR);
    }
  });

  it('takes exp and log back to where they came from', () => {
    for (const x of [fixed(1n, 1_000n), fixed(3n, 7n), ONE, 11n * ONE, fixed(40_001n, 1_000n)]) {
      const back = fixedLog(fixedExp(x));
      expect(back - x < 1n << 24n && x - back < 1n << 24n).toBe(true);
      expect(fixedExp(-x)).toBeLessThan(ONE);
      const product = times(fixedExp(x), fixedExp(-x));
      expect(ONE - product < ONE >> 60n).toBe(true);
    }
  });

  it('agrees with the reference model in doubles on the price of an option', () => {
    const total = 0.5 * Math.sqrt(0.25);
    const d1 = (total * total * 0.5 - Math.log(1.1)) / total;
    const fixedD1 = fixed((ONE >> 5n) - fixedLog(fixed(11n, 10n)), ONE >> 2n);
    const share = fixedNormal(fixedD1) - times(fixed(11n, 10n), fixedNormal(fixedD1 - (ONE >> 2n)));
    const priced = black76Prices({ forward: 100, strike: 110, secondsToExpiry: 7_884_000, volatility: 0.5, discount: 1 });
    expect(Number(digits(fixedNormal(fixedD1), 17))).toBeCloseTo(normalCdf(d1), 14);
    expect(100 * Number(digits(share, 17))).toBeCloseTo(priced.call, 12);
  });
});
