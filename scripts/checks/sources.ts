// What every check takes and gives: source files with repository paths in, violations with a line out.

import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SourceFile {
  /** Path from the repository root, with forward slashes: `packages/core/src/margin/requirement.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** `*.test.ts`, `*.bench.ts` and files in a folder `testing/`: never part of what runs in production. */
export function isTestFile(path: string): boolean {
  return /\.(?:test|bench)\.ts$/.test(path) || /\/testing\//.test(path);
}

/** Every `.ts` and `.mjs` file of `packages/<name>/{bench,bin,loader,src}` under `root`, sorted by path. */
export function packageSources(root: string): SourceFile[] {
  const paths: string[] = [];
  for (const name of readdirSync(join(root, 'packages')).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    for (const folder of ['bench', 'bin', 'loader', 'src']) collect(root, `packages/${name}/${folder}`, paths);
  }
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** One line per violation, sorted by place, in the `file:line` form that editors follow. */
export function formatViolations(violations: readonly Violation[]): string {
  return [...violations]
    .sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
    .map((violation) => `${violation.path}:${violation.line}  ${violation.rule}  ${violation.message}`)
    .join('\n');
}

function collect(root: string, folder: string, into: string[]): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return; // a package need not have every folder
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) collect(root, path, into);
    else if (/\.(?:ts|mjs)$/.test(entry.name)) into.push(path);
  }
}
