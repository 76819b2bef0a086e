// `npm run determinism`: fails when the core holds something that could make two machines disagree, or syntax that the
// house style rules out. The rules are in checks/determinism.ts.

import { join } from 'node:path';
import { determinismViolations } from './checks/determinism.ts';
import { finish } from './checks/report.ts';
import { isTestFile, packageSources } from './checks/sources.ts';

const files = packageSources(join(import.meta.dirname, '..')).filter(
  (file) => file.path.startsWith('packages/core/src/') && !isTestFile(file.path),
);
finish('determinism', files.length, determinismViolations(files));
