// The yardstick: multiply-adds of integer-valued doubles over two arrays that stay in the first cache, as a plain loop.
// What a machine makes of it says what its cores, its load and its clock are worth at this moment.

const LENGTH = 2048;
const PASSES_PER_ROUND = 64;
const DEFAULT_SECONDS = 0.25;

/** Multiply-adds a second, measured for about `seconds` after a warm-up. Every product and sum is exact, and is checked. */
export function calibrate(seconds: number = DEFAULT_SECONDS): number {
  const left = new Float64Array(LENGTH);
  const right = new Float64Array(LENGTH);
  for (let i = 0; i < LENGTH; i += 1) {
    left[i] = (i * 7919) % 1009;
    right[i] = ((i * 104_729) % 2003) - 1001;
  }
  const expected = multiplyAdd(left, right, 1) * PASSES_PER_ROUND;
  const warmUntil = performance.now() + seconds * 250;
  while (performance.now() < warmUntil) multiplyAdd(left, right, PASSES_PER_ROUND);

  let rounds = 0;
  let correct = true;
  const start = performance.now();
  const until = start + seconds * 1000;
  let now = start;
  while (now < until) {
    correct = multiplyAdd(left, right, PASSES_PER_ROUND) === expected && correct;
    rounds += 1;
    now = performance.now();
  }
  if (!correct) throw new Error('the calibration loop gave a wrong sum: this machine cannot be measured');
  return (rounds * PASSES_PER_ROUND * LENGTH) / ((now - start) / 1000);
}

/** Four sums side by side, so that the additions need not wait for each other. |sum| < 2048 · 64 · 1009 · 1002 < 2^38. */
function multiplyAdd(left: Float64Array, right: Float64Array, passes: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    // Indexes stay below LENGTH, a multiple of four, so every read is of a number.
    for (let i = 0; i < LENGTH; i += 4) {
      a += (left[i] as number) * (right[i] as number);
      b += (left[i + 1] as number) * (right[i + 1] as number);
      c += (left[i + 2] as number) * (right[i + 2] as number);
      d += (left[i + 3] as number) * (right[i + 3] as number);
    }
  }
  return a + b + c + d;
}
