/**
 * Tables for the batch pricing kernels: the normal distribution function and the logarithm as short polynomials around equally
 * spaced points. Built once from the functions of `deterministicMath`, so they have the same bits on every machine, and never
 * written afterwards (a typed array cannot be frozen). A kernel binds them to local constants before its loop.
 */

import { log, normalCdf, normalPdf } from './deterministicMath.ts';

/** Beyond this Φ is 0 or 1 to 1e-17. */
export const NORMAL_REACH: number = 8.5;
/** Cells per unit of x. */
export const NORMAL_CELLS: number = 64;
/** A cell begins at this many entries times its index, as a shift: seven coefficients and one unused, one cache line. */
export const NORMAL_SHIFT: number = 3;
const NORMAL_COEFFICIENTS: number = 7;

/**
 * Φ in cells of 1/64 from −8.5 on. With u = (x + 8.5)·64 − cell − ½, |u| ≤ ½: Φ(x) = Σ c_n·uⁿ and φ(x) = 64·Σ n·c_n·uⁿ⁻¹, n = 0 … 6.
 *
 * c_n is the Taylor coefficient at the middle of the cell, (−1)ⁿ⁻¹·He_{n−1}(m)·φ(m)/n!, times 64⁻ⁿ. The terms left out are below
 * 2e-18 of Φ and 2e-15 of φ (|He_6·φ| ≤ 6.2, one more term 7·6.2/7!·128⁻⁶).
 */
export const NORMAL_TABLE: Float64Array = buildNormalTable();

/** The logarithm's table holds ¼ ≤ x < 4. */
export const LOG_LOW: number = 0.25;
export const LOG_HIGH: number = 4;
/** Cells per unit of x. */
export const LOG_CELLS: number = 128;

/**
 * Pairs for cells of 1/128: 1/(128·m) and ln m for the middle m. With f = (128·x − cell − ½)·first: ln x = second + ln(1 + f), and
 * |f| ≤ 1/65 from ¼, 1/129 from ½, 1/257 from 1 on. ln(1 + f) is cut after f⁶, an error below |f|⁷/7: 3e-14, 2.5e-16, 2e-18.
 */
export const LOG_TABLE: Float64Array = buildLogTable();

function buildNormalTable(): Float64Array {
  const cells = 2 * NORMAL_REACH * NORMAL_CELLS;
  const table = new Float64Array(cells << NORMAL_SHIFT);
  for (let cell = 0; cell < cells; cell += 1) {
    const middle = (cell + 0.5) / NORMAL_CELLS - NORMAL_REACH;
    const start = cell << NORMAL_SHIFT;
    table[start] = normalCdf(middle);
    let factor = normalPdf(middle);
    let before = 0;
    let hermite = 1;
    for (let power = 1; power < NORMAL_COEFFICIENTS; power += 1) {
      factor /= power === 1 ? NORMAL_CELLS : -power * NORMAL_CELLS;
      table[start + power] = factor * hermite;
      const next = middle * hermite - (power - 1) * before;
      before = hermite;
      hermite = next;
    }
  }
  return table;
}

function buildLogTable(): Float64Array {
  const cells = LOG_HIGH * LOG_CELLS;
  const table = new Float64Array(2 * cells);
  for (let cell = 0; cell < cells; cell += 1) {
    const middle = (cell + 0.5) / LOG_CELLS;
    table[2 * cell] = 1 / (LOG_CELLS * middle);
    table[2 * cell + 1] = log(middle);
  }
  return table;
}
