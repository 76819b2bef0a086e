/** A check of the machine, made once when an engine starts: a node that would compute other bits must not run. */

import { assert } from './assert.ts';
import { exp, log, normalCdf, sqrt } from './deterministicMath.ts';
import { assertLittleEndian } from './exactSum.ts';

/**
 * Asserts what the determinism contract takes from the engine: exactly rounded square roots, products that are rounded before
 * they are added (no fused multiply-add), subnormal numbers that are not flushed to zero, little-endian memory, and the published
 * bits of `exp`, `log` and `normalCdf`. Costs microseconds.
 */
export function startupVector(): void {
  assertLittleEndian();
  assertSquareRoots(sqrt);
  assertUnfusedProducts((a, b, c) => a * b - c);
  assertSubnormals();
  assert(exp(1) === 2.718281828459045, 'exp has its published bits.');
  assert(log(10) === 2.302585092994046, 'log has its published bits.');
  assert(normalCdf(-1.5) === 0.06680720126885806, 'normalCdf has its published bits.');
}

/** Asserts roots whose rounding needs the last bit: an estimate without a final correction fails one of them. */
export function assertSquareRoots(root: (square: number) => number): void {
  const roots: readonly (readonly [number, number])[] = [
    [2, 1.4142135623730951],
    [3, 1.7320508075688772],
    [0.1, 0.31622776601683794],
    [0.9999999999999999, 0.9999999999999999],
    [1.0000000000000002, 1],
    [5e-324, 2.2227587494850775e-162],
    [1.7976931348623157e308, 1.3407807929942596e154],
  ];
  for (const [square, expected] of roots) {
    assert(root(square) === expected, 'Math.sqrt is exactly rounded.');
  }
}

/** Asserts that `a·b − c` rounds the product first: for a = b = 1 + 2^-30 it drops 2^-60, which a fused operation shows. */
export function assertUnfusedProducts(productMinus: (a: number, b: number, c: number) => number): void {
  const factors = new Float64Array([1.0000000009313226, 1.0000000018626451]);
  const [factor = 0, rounded = 0] = factors;
  assert(productMinus(factor, factor, rounded) === 0, 'A product is rounded before it is added.');
}

function assertSubnormals(): void {
  const [smallest = 0] = new Float64Array([5e-324]);
  assert(smallest > 0 && smallest * 0.5 === 0 && smallest * 2 > smallest, 'Subnormals are kept.');
}
