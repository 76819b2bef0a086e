import { describe, expect, it } from 'vitest';
import { InvariantViolation } from './assert.ts';
import { assertSquareRoots, assertUnfusedProducts, startupVector } from './startupVector.ts';

describe('startupVector', () => {
  it('passes on an engine that keeps the contract', () => {
    expect(() => startupVector()).not.toThrow();
  });
});

describe('assertSquareRoots', () => {
  it('stops at a root that is one bit off', () => {
    expect(() => assertSquareRoots((x) => Math.sqrt(x) * (1 + 2 ** -52))).toThrow(InvariantViolation);
  });

  it('stops at an estimate that is not corrected in its last bit', () => {
    expect(() => assertSquareRoots((x) => x / Math.sqrt(x))).toThrow(InvariantViolation);
    expect(() => assertSquareRoots((x) => 1 / Math.sqrt(1 / x))).toThrow(InvariantViolation);
  });
});

describe('assertUnfusedProducts', () => {
  it('stops at a fused multiply-add, which rounds once', () => {
    const scale = 2n ** 52n;
    const fixed = (x: number): bigint => BigInt(x * 2 ** 52);
    const fused = (a: number, b: number, c: number): number => Number(fixed(a) * fixed(b) - fixed(c) * scale) / 2 ** 104;
    expect(fused(3, 5, 2)).toBe(13);
    expect(() => assertUnfusedProducts(fused)).toThrow(InvariantViolation);
    expect(() => assertUnfusedProducts((a, b, c) => a * b - c)).not.toThrow();
  });
});
