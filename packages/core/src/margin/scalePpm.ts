/** Largest multiplier of `scalePpmUp`: four times. */
export const PPM_FAST_MAX: number = 4_000_000;

/** Largest value of `scalePpmUp`. */
export const SCALE_FAST_MAX: number = 2 ** 50;

/**
 * ⌈value · ppm / 1 000 000⌉ for integers 0 ≤ value ≤ 2^50 and 0 ≤ ppm ≤ 4 000 000, exact in doubles: with value = q·10^6 + r the
 * result is ppm·q + ⌈ppm·r/10^6⌉, where ppm·q ≤ 2^52 and ppm·r < 2^42 are exact, and so are the floor and the ceiling of
 * quotients of integers below 2^53 (numeric/rounding.ts).
 */
export function scalePpmUp(value: number, ppm: number): number {
  const millions = Math.floor(value / 1e6);
  const rest = value - millions * 1e6;
  return ppm * millions + Math.ceil((ppm * rest) / 1e6);
}

/**
 * ⌈((10^6 − w)·a + w·b) / 10^6⌉ for integers 0 ≤ a, b ≤ 2^50 and 0 ≤ w ≤ 10^6, exact in doubles by the same split.
 */
export function blendPpmUp(a: number, b: number, weightPpm: number): number {
  const restPpm = 1e6 - weightPpm;
  const millionsA = Math.floor(a / 1e6);
  const millionsB = Math.floor(b / 1e6);
  const rest = restPpm * (a - millionsA * 1e6) + weightPpm * (b - millionsB * 1e6);
  return restPpm * millionsA + weightPpm * millionsB + Math.ceil(rest / 1e6);
}
