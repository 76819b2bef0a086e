// The last line of a test run, alone on its line: `N passed, N failed, N skipped`. Also fails two runs that vitest
// would let pass: one in which no test was executed, and, where PLIMSOLL_REQUIRE=data says that the outside data is
// there, one in which any test was skipped.

import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export interface RunTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skippedNames: readonly string[];
  /** Files that could not be collected, and errors outside any test. */
  readonly otherErrors: number;
}

/** The sentences to print before the closing line, empty when the run may pass. */
export function runProblems(totals: RunTotals, require: string | undefined): string[] {
  const problems: string[] = [];
  if (totals.otherErrors > 0) problems.push(`${totals.otherErrors} errors outside any test: the run fails`);
  if (totals.passed + totals.failed === 0) problems.push('no test was executed: the run fails');
  if (require === 'data' && totals.skippedNames.length > 0) {
    problems.push('PLIMSOLL_REQUIRE=data allows no skipped test, and these were skipped: the run fails');
    problems.push(...totals.skippedNames.map((name) => `  ${name}`));
  }
  return problems;
}

/** `N passed, N failed, N skipped`. An error outside any test counts as a failure. */
export function closingLine(totals: RunTotals): string {
  return `${totals.passed} passed, ${totals.failed + totals.otherErrors} failed, ${totals.skippedNames.length} skipped`;
}

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const totals = countTests(testModules, unhandledErrors.length);
    const problems = runProblems(totals, process.env.PLIMSOLL_REQUIRE);
    if (problems.length > 0) process.exitCode = 1;
    // On exit, because vitest prints its own summary after this hook, in an order that depends on the reporters.
    process.once('exit', () => {
      for (const problem of problems) console.error(problem);
      console.log(`\n${closingLine(totals)}`);
    });
  }
}

function countTests(testModules: readonly TestModule[], unhandledErrors: number): RunTotals {
  let passed = 0;
  let failed = 0;
  let otherErrors = unhandledErrors;
  const skippedNames: string[] = [];
  for (const testModule of testModules) {
    otherErrors += testModule.errors().length;
    for (const suite of testModule.children.allSuites()) otherErrors += suite.errors().length;
    for (const test of testModule.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'failed') failed += 1;
      else skippedNames.push(`${testModule.relativeModuleId} > ${test.fullName}`);
    }
  }
  return { passed, failed, skippedNames, otherErrors };
}
