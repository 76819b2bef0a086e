/**
 * Raw SVI fitted to marks of one expiry, by the quasi-explicit method (Zeliade Systems, "Quasi-explicit calibration of Gatheral's SVI
 * model", 2009): for given m and σ total variance is linear in (a, d = ρbσ, c = bσ) with y = (k − m)/σ,
 *
 *     w = a + d·y + c·√(y² + 1),    c ≥ 0, |d| ≤ c, smallest variance not negative
 *
 * so the inner problem is weighted least squares, and only m and ln σ are searched (Nelder-Mead). Calibration, not consensus: built-in
 * mathematics is good enough here.
 */

import type { SviSmile } from '@plimsoll/core/pricing';

export interface SviPoint {
  /** ln(K/F). */
  readonly k: number;
  /** Total variance. */
  readonly variance: number;
  /** Not negative. */
  readonly weight: number;
}

interface Inner {
  readonly a: number;
  readonly d: number;
  readonly c: number;
  readonly error: number;
}

/** |ρ| is kept this far below one. */
const RHO_MAX = 0.999;
/** Steepest wing, b·(1 + |ρ|): no smile without arbitrage is steeper (R. Lee, 2004). */
const SLOPE_MAX = 2;
const STEPS = 120;
const SIGMA_MIN = 1e-3;

/** The fitted smile, or null for fewer than five points. m stays among the points, σ below their width. */
export function fitSvi(
  points: readonly SviPoint[],
  place: { readonly forward: number; readonly years: number },
): SviSmile | null {
  if (points.length < 5) return null;
  const low = Math.min(...points.map((point) => point.k));
  const high = Math.max(...points.map((point) => point.k));
  const width = Math.sqrt(Math.max(...points.map((point) => point.variance)));
  const sigmaOf = (logarithm: number): number => Math.min(Math.max(Math.exp(logarithm), SIGMA_MIN), high - low);
  const centerOf = (m: number): number => Math.min(Math.max(m, low), high);
  const errorAt = ([m, logarithm]: Corner): number => solveInner(points, centerOf(m), sigmaOf(logarithm)).error;
  const starts = [-1, 1].map((side) => search(errorAt, [side * 0.25 * width, Math.log(0.5 * width)], 0.5 * width));
  const [first, second] = starts;
  if (first === undefined || second === undefined) return null;
  const best = second.error < first.error ? second.at : first.at;
  const m = centerOf(best[0]);
  const sigma = sigmaOf(best[1]);
  const { a, d, c } = solveInner(points, m, sigma);
  return { a, b: c / sigma, rho: c === 0 ? 0 : d / c, m, sigma, ...place };
}

/** Weighted moments of 1, y, r = √(y² + 1) and the variance v: all that least squares needs. */
interface Moments {
  n: number;
  y: number;
  r: number;
  yy: number;
  yr: number;
  rr: number;
  v: number;
  vy: number;
  vr: number;
  vv: number;
}

function momentsOf(points: readonly SviPoint[], m: number, sigma: number): Moments {
  const sum = { n: 0, y: 0, r: 0, yy: 0, yr: 0, rr: 0, v: 0, vy: 0, vr: 0, vv: 0 };
  for (const { k, variance, weight } of points) {
    const y = (k - m) / sigma;
    const r = Math.sqrt(y * y + 1);
    sum.n += weight;
    sum.y += weight * y;
    sum.r += weight * r;
    sum.yy += weight * y * y;
    sum.yr += weight * y * r;
    sum.rr += weight * r * r;
    sum.v += weight * variance;
    sum.vy += weight * variance * y;
    sum.vr += weight * variance * r;
    sum.vv += weight * variance * variance;
  }
  return sum;
}

/** The best feasible of: the free solution, the two edges d = ±ρ_max·c, and a flat smile. */
function solveInner(points: readonly SviPoint[], m: number, sigma: number): Inner {
  const s = momentsOf(points, m, sigma);
  let best: Inner = { a: s.v / s.n, d: 0, c: 0, error: s.vv - (s.v * s.v) / s.n };
  const offer = (a: number, d: number, c: number): void => {
    const isSmile = c >= 0 && Math.abs(d) <= RHO_MAX * c * (1 + 1e-12) && c + Math.abs(d) <= SLOPE_MAX * sigma;
    if (!isSmile || !(a + Math.sqrt(Math.max(c * c - d * d, 0)) >= 0)) return;
    const square = a * a * s.n + d * d * s.yy + c * c * s.rr + 2 * (a * d * s.y + a * c * s.r + d * c * s.yr);
    const error = s.vv - 2 * (a * s.v + d * s.vy + c * s.vr) + square;
    if (error < best.error) best = { a, d, c, error };
  };
  const free = solveThree(s);
  if (free !== null) offer(...free);
  for (const rho of [-RHO_MAX, RHO_MAX]) {
    // One basis function q = ρ·y + r instead of two.
    const q = rho * s.y + s.r;
    const qq = rho * rho * s.yy + 2 * rho * s.yr + s.rr;
    const vq = rho * s.vy + s.vr;
    const determinant = s.n * qq - q * q;
    if (determinant > 0)
      offer((s.v * qq - q * vq) / determinant, (rho * (s.n * vq - q * s.v)) / determinant, (s.n * vq - q * s.v) / determinant);
  }
  return best;
}

/** The normal equations of (a, d, c) by Cramer's rule; null when they are singular. */
function solveThree(s: Moments): [number, number, number] | null {
  const one = s.yy * s.rr - s.yr * s.yr;
  const two = s.y * s.rr - s.yr * s.r;
  const three = s.y * s.yr - s.yy * s.r;
  const determinant = s.n * one - s.y * two + s.r * three;
  if (!(Math.abs(determinant) > 1e-14 * s.n * s.yy * s.rr)) return null;
  const a = s.v * one - s.y * (s.vy * s.rr - s.yr * s.vr) + s.r * (s.vy * s.yr - s.yy * s.vr);
  const d = s.n * (s.vy * s.rr - s.yr * s.vr) - s.v * two + s.r * (s.y * s.vr - s.vy * s.r);
  const c = s.n * (s.yy * s.vr - s.vy * s.yr) - s.y * (s.y * s.vr - s.vy * s.r) + s.v * three;
  return [a / determinant, d / determinant, c / determinant];
}

type Corner = readonly [number, number];

interface Placed {
  readonly at: Corner;
  readonly error: number;
}

/** Nelder and Mead's search in two dimensions. */
function search(errorAt: (at: Corner) => number, start: Corner, scale: number): Placed {
  const place = (at: Corner): Placed => ({ at, error: errorAt(at) });
  let corners = [place(start), place([start[0] + scale, start[1]]), place([start[0], start[1] + 1])];
  for (let step = 0; step < STEPS; step += 1) {
    corners.sort((a, b) => (a.error < b.error ? -1 : a.error > b.error ? 1 : 0));
    const [best, middle, worst] = corners;
    if (best === undefined || middle === undefined || worst === undefined) break;
    const center: Corner = [(best.at[0] + middle.at[0]) / 2, (best.at[1] + middle.at[1]) / 2];
    const between = (from: Corner, to: Corner, share: number): Corner => [
      from[0] + share * (to[0] - from[0]),
      from[1] + share * (to[1] - from[1]),
    ];
    const reflected = place(between(center, worst.at, -1));
    if (reflected.error < best.error) {
      const expanded = place(between(center, worst.at, -2));
      corners = [best, middle, expanded.error < reflected.error ? expanded : reflected];
      continue;
    }
    if (reflected.error < middle.error) {
      corners = [best, middle, reflected];
      continue;
    }
    const contracted = place(between(center, worst.at, reflected.error < worst.error ? -0.5 : 0.5));
    corners =
      contracted.error < Math.min(worst.error, reflected.error)
        ? [best, middle, contracted]
        : [best, place(between(best.at, middle.at, 0.5)), place(between(best.at, worst.at, 0.5))];
  }
  return corners.reduce((best, next) => (next.error < best.error ? next : best));
}
