// The order of the rooms: which package may import which, which layer of the core may import which, and what the
// auditor must not share with what it audits. ARCHITECTURE.md says why; this file is the rule itself.

import { type ImportStatement, importStatements } from './imports.ts';
import { isTestFile, type SourceFile, type Violation } from './sources.ts';
import { tokenize } from './tokenize.ts';

/** The layers of the core, from the left. A layer imports itself and layers to its left. */
export const CORE_LAYERS: readonly string[] =
  'numeric assets ledger oracle pricing scenarios margin liquidity liquidation forecast engine wire'.split(' ');

/** Which packages a package may import. One that is not named here is a new room: give it a line and say why in ARCHITECTURE.md. */
export const PACKAGE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kernel: ['core'],
  service: ['core'],
  lab: ['core'],
  console: ['core'],
  proofs: ['core'],
  cli: ['core', 'lab', 'service'],
};

/** How benchmarks are written, whatever package they measure. */
const BENCHMARK = '@plimsoll/lab/bench/benchmark';

/** What a test or a benchmark of the core may import from outside the core. */
const CORE_TEST_MODULES: readonly string[] = ['fast-check', 'vitest', 'node:crypto', BENCHMARK];

/** Runs before packages resolve to TypeScript, so the `.mjs` entries of other packages import it by its path. */
const LOADER = 'packages/lab/loader/registerTypeScript.mjs';

/** Data of the repository that belongs to no package; tests of the core, and the packages around it, may import it. */
const SHARED_DATA = /^(?:(?:profiles|scenarios)\/.*|docs\/portfolio\.schema)\.json$/;

const AUDITOR_FOLDER = 'packages/lab/src/audit/';
/** The layers whose types, and types only, the auditor may name: what it reads, not how the core computes. */
const AUDITOR_READS: readonly string[] = ['numeric', 'assets', 'ledger', 'oracle', 'engine'];

interface ParsedFile {
  readonly path: string;
  readonly packageName: string;
  readonly imports: readonly ImportStatement[];
}

/** Every breach of the import rules in `files`; `coreSubpaths` are the keys of the core's `exports` without `./`. */
export function layerViolations(files: readonly SourceFile[], coreSubpaths: readonly string[]): Violation[] {
  const parsed = files.map(parse);
  const violations: Violation[] = [];
  for (const file of parsed) {
    for (const statement of file.imports) violations.push(...statementViolations(file, statement, coreSubpaths));
  }
  violations.push(
    ...auditorReach(parsed),
    ...importCycles(parsed.filter((file) => file.packageName === 'core' && !isTestFile(file.path))),
  );
  return violations;
}

/** The core stands alone: any dependency in its package.json is a violation. */
export function coreDependencyViolations(packageFile: { readonly [field: string]: unknown }): Violation[] {
  const fields = ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundledDependencies'];
  return fields
    .filter((field) => packageFile[field] !== undefined)
    .map((field) => ({
      path: 'packages/core/package.json',
      line: 1,
      rule: 'core-dependency',
      message: `the core has no dependencies: remove "${field}", and pass what is needed in through an interface`,
    }));
}

/** The file that a relative import means, as a path from the repository root. */
export function resolveRelative(fromPath: string, specifier: string): string {
  const parts = fromPath.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function parse(file: SourceFile): ParsedFile {
  return { path: file.path, packageName: file.path.split('/')[1] ?? '', imports: importStatements(tokenize(file.text).tokens) };
}

function statementViolations(file: ParsedFile, statement: ImportStatement, coreSubpaths: readonly string[]): Violation[] {
  const broken = (rule: string, message: string): Violation[] => [{ path: file.path, line: statement.line, rule, message }];
  const { specifier } = statement;
  const isCoreProduct = file.packageName === 'core' && !isTestFile(file.path);
  if (isCoreProduct && statement.isDynamic)
    return broken('dynamic-import', 'the core has no asynchronous code: use an import statement');
  if (PACKAGE_IMPORTS[file.packageName] === undefined) {
    return broken(
      'package-order',
      `package ${file.packageName} is not in PACKAGE_IMPORTS of scripts/checks/layers.ts: add it with what it may import`,
    );
  }
  if (specifier.startsWith('.')) return relativeViolations(file, statement, broken);
  if (file.packageName === 'core') {
    const allowed = isTestFile(file.path) ? CORE_TEST_MODULES : [];
    if (allowed.includes(specifier)) return [];
    if (specifier.startsWith('@plimsoll/core'))
      return broken('core-import', `inside the core import the file itself, not ${specifier}`);
    const what = isTestFile(file.path)
      ? `a test of the core imports the core and ${allowed.join(', ')}`
      : 'the core imports nothing but itself';
    return broken('core-import', `${what}, not ${specifier}: take what is needed as an argument`);
  }
  if (specifier.startsWith('@plimsoll/')) return packageViolations(file, statement, coreSubpaths, broken);
  return [];
}

type Broken = (rule: string, message: string) => Violation[];

function relativeViolations(file: ParsedFile, statement: ImportStatement, broken: Broken): Violation[] {
  const { specifier } = statement;
  if (!/\.(?:ts|mts|mjs|json)$/.test(specifier)) return broken('extension', `write the file's extension: ${specifier}.ts`);
  const target = resolveRelative(file.path, specifier);
  if (target === LOADER && file.path.endsWith('.mjs')) return [];
  if (SHARED_DATA.test(target) && (file.packageName !== 'core' || isTestFile(file.path))) return [];
  if (!target.startsWith(`packages/${file.packageName}/`)) {
    return broken('package-order', `import another package by its name, not by the path ${specifier}`);
  }
  if (isTestFile(target) && !isTestFile(file.path))
    return broken('test-import', `${target} is for tests; move what is needed out of it`);
  if (file.packageName !== 'core' || isTestFile(file.path)) return [];
  return layerOrderViolations(file.path, target, broken);
}

function layerOrderViolations(path: string, target: string, broken: Broken): Violation[] {
  const from = layerOf(path);
  const to = layerOf(target);
  const fromIndex = CORE_LAYERS.indexOf(from);
  const toIndex = CORE_LAYERS.indexOf(to);
  if (fromIndex < 0)
    return broken('layer-order', `every file of the core sits in a layer (${CORE_LAYERS.join(', ')}); ${path} does not`);
  if (toIndex < 0) return broken('layer-order', `${target} is in no layer of the core`);
  if (toIndex > fromIndex) {
    return broken(
      'layer-order',
      `${from} may not import ${to}, which is to its right: move the shared part left, or pass it in as an argument`,
    );
  }
  if (target.endsWith('/index.ts'))
    return broken('barrel', `inside the core import the file itself, not ${to}/index.ts: barrels tie layers into cycles`);
  return [];
}

function packageViolations(
  file: ParsedFile,
  statement: ImportStatement,
  coreSubpaths: readonly string[],
  broken: Broken,
): Violation[] {
  if (statement.specifier === BENCHMARK && file.path.endsWith('.bench.ts')) return [];
  const [, name = '', ...rest] = statement.specifier.split('/');
  const allowed = PACKAGE_IMPORTS[file.packageName] ?? [];
  if (name === file.packageName)
    return broken('package-order', `inside ${name} import the file itself, not ${statement.specifier}`);
  if (!allowed.includes(name)) {
    return broken('package-order', `${file.packageName} may import ${allowed.join(', ') || 'no package'}, not ${name}`);
  }
  if (name !== 'core') return [];
  const subpath = rest.join('/');
  if (!coreSubpaths.includes(subpath)) {
    return broken(
      'core-subpath',
      `import the core through one of its subpaths (@plimsoll/core/<layer>), not ${statement.specifier}`,
    );
  }
  return isAuditor(file.path) ? auditorViolations(statement, subpath, broken) : [];
}

function isAuditor(path: string): boolean {
  return path.startsWith(AUDITOR_FOLDER) && !isTestFile(path);
}

function auditorViolations(statement: ImportStatement, layer: string, broken: Broken): Violation[] {
  if (!statement.isTypeOnly) {
    return broken(
      'auditor',
      `the auditor shares no code with the core: use \`import type\`, and compute again what ${statement.specifier} computes`,
    );
  }
  if (AUDITOR_READS.includes(layer)) return [];
  return broken('auditor', `the auditor may read types of ${AUDITOR_READS.join(', ')} only, not of ${layer}`);
}

/** Code of the core that comes into the auditor through another file of the lab is shared all the same. */
function auditorReach(files: readonly ParsedFile[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reachedFrom = new Map<string, string>();
  const queue = files.filter((file) => isAuditor(file.path)).map((file) => file.path);
  for (const path of queue) reachedFrom.set(path, path);
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const statement of byPath.get(path)?.imports ?? []) {
      if (statement.isTypeOnly || !statement.specifier.startsWith('.')) continue;
      const target = resolveRelative(path, statement.specifier);
      if (reachedFrom.has(target)) continue;
      reachedFrom.set(target, reachedFrom.get(path) ?? path);
      queue.push(target);
    }
  }
  const violations: Violation[] = [];
  for (const [path, auditor] of reachedFrom) {
    if (isAuditor(path)) continue;
    for (const statement of byPath.get(path)?.imports ?? []) {
      if (statement.isTypeOnly || !statement.specifier.startsWith('@plimsoll/core')) continue;
      const message = `${auditor} reaches this file, so its use of ${statement.specifier} is shared code: split what the auditor needs from it`;
      violations.push({ path, line: statement.line, rule: 'auditor', message });
    }
  }
  return violations;
}

/** One violation per group of files that import each other in a circle, naming a shortest circle through its first file. */
function importCycles(files: readonly ParsedFile[]): Violation[] {
  const targets = new Map<string, readonly { readonly path: string; readonly line: number }[]>();
  const known = new Set(files.map((file) => file.path));
  for (const file of files) {
    const edges = file.imports
      .filter((statement) => statement.specifier.startsWith('.'))
      .map((statement) => ({ path: resolveRelative(file.path, statement.specifier), line: statement.line }))
      .filter((edge) => known.has(edge.path));
    targets.set(file.path, edges);
  }
  const violations: Violation[] = [];
  const reported = new Set<string>();
  for (const start of [...known].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (reported.has(start)) continue;
    const cycle = shortestCycle(start, targets);
    if (cycle === undefined) continue;
    for (const path of cycle) reported.add(path);
    const line = targets.get(start)?.find((edge) => edge.path === (cycle[1] ?? start))?.line ?? 1;
    const names = [...cycle, start].map((path) => path.replace('packages/core/src/', '')).join(' → ');
    violations.push({ path: start, line, rule: 'import-cycle', message: `${names}: move what both need into a file of its own` });
  }
  return violations;
}

function shortestCycle(start: string, targets: ReadonlyMap<string, readonly { readonly path: string }[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const edge of targets.get(path) ?? []) {
      if (edge.path === start) return trail(path, cameFrom);
      if (cameFrom.has(edge.path)) continue;
      cameFrom.set(edge.path, path);
      queue.push(edge.path);
    }
  }
  return undefined;
}

function trail(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  for (let before = cameFrom.get(end); before !== undefined; before = cameFrom.get(before)) path.unshift(before);
  return path;
}

function layerOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 4 ? (parts[3] ?? '') : '';
}
