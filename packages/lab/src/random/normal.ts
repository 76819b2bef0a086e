/**
 * One standard normal draw by C. F. F. Karney, "Sampling exactly from the normal distribution" (ACM TOMS 42, 2016),
 * algorithm N. It compares uniforms and never calls exp, log or a trigonometric function, so it draws the same value on
 * every machine. Cost: about thirty uniforms a draw.
 */
export function drawNormal(uniform: () => number): number {
  for (;;) {
    const k = drawGeometric(uniform);
    if (!allTrue(k * (k - 1), () => trueWithExpMinusHalf(uniform))) {
      continue;
    }
    const x = uniform();
    if (!allTrue(k + 1, () => trueWithExpOfFraction(uniform, { k, x }))) {
      continue;
    }
    return uniform() < 0.5 ? -(k + x) : k + x;
  }
}

/** k with probability exp(−k/2)·(1 − exp(−1/2)). */
function drawGeometric(uniform: () => number): number {
  let k = 0;
  while (trueWithExpMinusHalf(uniform)) {
    k += 1;
  }
  return k;
}

/** True with probability exp(−1/2): a falling run of uniforms that starts below one half has even length (von Neumann). */
function trueWithExpMinusHalf(uniform: () => number): boolean {
  let last = 0.5;
  let even = true;
  for (;;) {
    const next = uniform();
    if (next >= last) {
      return even;
    }
    last = next;
    even = !even;
  }
}

/** True with probability exp(−x(2k + x)/(2k + 2)), Karney's algorithm B. */
function trueWithExpOfFraction(uniform: () => number, point: { readonly k: number; readonly x: number }): boolean {
  const thinning = (2 * point.k + point.x) / (2 * point.k + 2);
  let last = point.x;
  let even = true;
  for (;;) {
    const next = uniform();
    if (next >= last || uniform() >= thinning) {
      return even;
    }
    last = next;
    even = !even;
  }
}

function allTrue(times: number, draw: () => boolean): boolean {
  for (let i = 0; i < times; i += 1) {
    if (!draw()) {
      return false;
    }
  }
  return true;
}
