// `npm run layers`: fails when an import breaks the order of the rooms. The rules are in checks/layers.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coreDependencyViolations, layerViolations } from './checks/layers.ts';
import { finish } from './checks/report.ts';
import { packageSources } from './checks/sources.ts';

const root = join(import.meta.dirname, '..');
const corePackage = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'));
const coreSubpaths = Object.keys(corePackage.exports).map((key) => key.replace(/^\.\//, ''));
const files = packageSources(root);
finish('layers', files.length, [...layerViolations(files, coreSubpaths), ...coreDependencyViolations(corePackage)]);
