import { describe, expect, it } from 'vitest';
import { closingLine, runProblems } from './closingLineReporter.ts';

const ran = { passed: 2, failed: 0, skippedNames: [], otherErrors: 0 };

describe('the closing line', () => {
  it('counts passed, failed and skipped tests', () => {
    expect(closingLine({ ...ran, failed: 1, skippedNames: ['a', 'b'] })).toBe('2 passed, 1 failed, 2 skipped');
  });

  it('counts a file that could not be collected as a failure', () => {
    expect(closingLine({ ...ran, otherErrors: 1 })).toBe('2 passed, 1 failed, 0 skipped');
  });
});

describe('a run', () => {
  it('may pass with skips where the outside data is not required', () => {
    expect(runProblems({ ...ran, skippedNames: ['a'] }, undefined)).toEqual([]);
  });

  it('fails on any skip, and names it, where the data is required', () => {
    expect(runProblems({ ...ran, skippedNames: ['replay > october'] }, 'data').join('\n')).toContain('replay > october');
    expect(runProblems(ran, 'data')).toEqual([]);
  });

  it('fails when nothing was executed, or something broke outside a test', () => {
    expect(runProblems({ ...ran, passed: 0, skippedNames: ['a'] }, undefined)).toHaveLength(1);
    expect(runProblems({ ...ran, otherErrors: 1 }, undefined)).toHaveLength(1);
  });
});
