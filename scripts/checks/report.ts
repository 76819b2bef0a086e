// How a check ends: the violations and exit code 1, or one line that says how much was looked at.

import { formatViolations, type Violation } from './sources.ts';

/** A check that looked at no file fails: it would otherwise pass for ever after a folder is renamed. */
export function finish(check: string, filesChecked: number, violations: readonly Violation[]): void {
  if (filesChecked === 0) {
    console.error(`${check}: no files found to check`);
    process.exitCode = 1;
  } else if (violations.length > 0) {
    console.error(formatViolations(violations));
    console.error(`${check}: ${violations.length} violations in ${filesChecked} files`);
    process.exitCode = 1;
  } else {
    console.log(`${check}: ${filesChecked} files, no violations`);
  }
}
