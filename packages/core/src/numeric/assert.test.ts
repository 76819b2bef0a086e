import { describe, expect, it } from 'vitest';
import { assert, InvariantViolation, unreachable } from './assert.ts';

describe('assert', () => {
  it('passes a condition that holds', () => {
    expect(assert(true, 'Never seen.')).toBeUndefined();
  });

  it('throws an invariant violation with the sentence', () => {
    expect(() => assert(false, 'Cash is conserved.')).toThrow(InvariantViolation);
    expect(() => assert(false, 'Cash is conserved.')).toThrow('Cash is conserved.');
  });

  it('narrows the type of what it checked', () => {
    const found: number | undefined = [4].find((value) => value > 3);
    assert(found !== undefined, 'There is a four.');
    expect(found + 1).toBe(5);
  });
});

describe('InvariantViolation', () => {
  it('is an error that carries its own name', () => {
    const violation = new InvariantViolation('x');
    expect(violation).toBeInstanceOf(Error);
    expect(violation.name).toBe('InvariantViolation');
  });
});

describe('unreachable', () => {
  it('throws and names the value that escaped its union', () => {
    const escaped = 'martian' as never;
    expect(() => unreachable(escaped)).toThrow(InvariantViolation);
    expect(() => unreachable(escaped)).toThrow('martian');
  });
});
