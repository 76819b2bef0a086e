import { describe, expect, it } from 'vitest';
import { coreDependencyViolations, layerViolations, resolveRelative } from './layers.ts';
import type { SourceFile } from './sources.ts';

const SUBPATHS = ['numeric', 'ledger', 'margin', 'engine'];

/** The violations of one planted file as `line rule`. */
const check = (path: string, text: string): string[] => checkAll([{ path, text }]);
const checkAll = (files: readonly SourceFile[]): string[] =>
  layerViolations(files, SUBPATHS).map((violation) => `${violation.path}:${violation.line} ${violation.rule}`);

const core = (place: string): string => `packages/core/src/${place}`;

describe('the layers of the core', () => {
  it('let a layer import itself and every layer to its left', () => {
    expect(check(core('margin/a.ts'), "import { b } from './b.ts';\nimport { c } from '../numeric/c.ts';")).toEqual([]);
  });

  it('forbid an import to the right, types included', () => {
    const path = core('ledger/a.ts');
    expect(check(path, "import { b } from '../margin/b.ts';")).toEqual([`${path}:1 layer-order`]);
    expect(check(path, "\nimport type { B } from '../engine/b.ts';")).toEqual([`${path}:2 layer-order`]);
    expect(check(path, "export * from '../wire/b.ts';")).toEqual([`${path}:1 layer-order`]);
  });

  it('put forecast between liquidation and engine', () => {
    expect(check(core('forecast/a.ts'), "import { b } from '../liquidation/b.ts';")).toEqual([]);
    expect(check(core('forecast/a.ts'), "import { b } from '../engine/b.ts';")).toHaveLength(1);
  });

  it('leave no file of the core outside a layer', () => {
    expect(check(core('stray.ts'), "import { b } from './numeric/b.ts';")).toEqual([`${core('stray.ts')}:1 layer-order`]);
    expect(check(core('numerics/a.ts'), "import { b } from '../numeric/b.ts';")).toEqual([
      `${core('numerics/a.ts')}:1 layer-order`,
    ]);
  });

  it('let a test of the core import any layer, and the test tools', () => {
    const text =
      "import { b } from '../engine/b.ts';\nimport fc from 'fast-check';\nimport { it } from 'vitest';\nimport { createHash } from 'node:crypto';";
    expect(check(core('numeric/a.test.ts'), text)).toEqual([]);
  });

  it('let no test of the core read a file or use a package', () => {
    expect(check(core('numeric/a.test.ts'), "import { readFileSync } from 'node:fs';")).toEqual([
      `${core('numeric/a.test.ts')}:1 core-import`,
    ]);
    expect(check(core('numeric/a.test.ts'), "import { x } from '@plimsoll/lab';")).toEqual([
      `${core('numeric/a.test.ts')}:1 core-import`,
    ]);
  });

  it.each(['node:crypto', 'vitest', 'commander', '@plimsoll/core/margin', '@plimsoll/lab'])(
    'keep %s out of the core',
    (specifier) => {
      expect(check(core('margin/a.ts'), `import { x } from '${specifier}';`)).toEqual([`${core('margin/a.ts')}:1 core-import`]);
    },
  );

  it('forbid a dynamic import, a barrel, a test file and a missing extension', () => {
    const path = core('margin/a.ts');
    expect(check(path, "const x = import('./b.ts');")).toEqual([`${path}:1 dynamic-import`]);
    expect(check(path, "import { x } from '../numeric/index.ts';")).toEqual([`${path}:1 barrel`]);
    expect(check(path, "import { x } from './b.test.ts';")).toEqual([`${path}:1 test-import`]);
    expect(check(path, "import { x } from './testing/worlds.ts';")).toEqual([`${path}:1 test-import`]);
    expect(check(path, "import { x } from './b';")).toEqual([`${path}:1 extension`]);
    expect(check(path, "import { x } from './b.js';")).toEqual([`${path}:1 extension`]);
  });
});

describe('import cycles', () => {
  it('are named file by file, once for each circle', () => {
    const files = [
      { path: core('margin/a.ts'), text: "// first\nimport { b } from './b.ts';" },
      { path: core('margin/b.ts'), text: "import type { C } from './c.ts';" },
      { path: core('margin/c.ts'), text: "import { a } from './a.ts';" },
      { path: core('margin/d.ts'), text: "import { a } from './a.ts';" },
    ];
    const found = layerViolations(files, SUBPATHS);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ path: core('margin/a.ts'), line: 2, rule: 'import-cycle' });
    expect(found[0]?.message).toContain('margin/a.ts → margin/b.ts → margin/c.ts → margin/a.ts');
  });

  it('include a file that imports itself', () => {
    expect(check(core('margin/a.ts'), "import { b } from './a.ts';")).toEqual([`${core('margin/a.ts')}:1 import-cycle`]);
  });

  it('are not seen in a diamond, nor where a test closes the circle', () => {
    const files = [
      { path: core('margin/a.ts'), text: "import './b.ts'; import './c.ts';" },
      { path: core('margin/b.ts'), text: "import './d.ts';" },
      { path: core('margin/c.ts'), text: "import './d.ts';" },
      { path: core('margin/d.ts'), text: '' },
      { path: core('margin/d.test.ts'), text: "import './a.ts'; import './d.ts';" },
    ];
    expect(checkAll(files)).toEqual([]);
  });
});

describe('the packages', () => {
  const lab = 'packages/lab/src/replay/a.ts';

  it('let the lab and the command import the core by its subpaths', () => {
    expect(check(lab, "import { x } from '@plimsoll/core/margin';\nimport { join } from 'node:path';")).toEqual([]);
    expect(
      check('packages/cli/src/main.ts', "import { x } from '@plimsoll/lab';\nimport { y } from '@plimsoll/core/engine';"),
    ).toEqual([]);
  });

  it('forbid the whole core, an inner file of it, and a path into it', () => {
    expect(check(lab, "import { x } from '@plimsoll/core';")).toEqual([`${lab}:1 core-subpath`]);
    expect(check(lab, "import { x } from '@plimsoll/core/margin/requirement';")).toEqual([`${lab}:1 core-subpath`]);
    expect(check(lab, "import { x } from '../../../core/src/margin/index.ts';")).toEqual([`${lab}:1 package-order`]);
  });

  it('let the benchmarks of any package be written the one way, and nothing else of the service use the lab', () => {
    const text = "import { timed } from '@plimsoll/lab/bench/benchmark';";
    expect(check('packages/service/bench/a.bench.ts', text)).toEqual([]);
    expect(check('packages/service/src/a.ts', text)).toHaveLength(1);
    expect(check('packages/service/bench/a.bench.ts', "import { a } from '@plimsoll/lab/bench/other';")).toHaveLength(1);
  });

  it('forbid the lab to import the command, a package to import itself by name, and a package without a line in the table', () => {
    expect(check(lab, "import { x } from '@plimsoll/cli';")).toEqual([`${lab}:1 package-order`]);
    expect(check(lab, "import { x } from '@plimsoll/lab/audit';")).toEqual([`${lab}:1 package-order`]);
    expect(check('packages/extra/src/a.ts', "import { x } from './b.ts';")).toEqual(['packages/extra/src/a.ts:1 package-order']);
  });

  it('let an entry import the loader by its path, and a test the profiles, but no product of the core', () => {
    expect(check('packages/cli/bin/plimsoll.mjs', "const x = import('../../lab/loader/registerTypeScript.mjs');")).toEqual([]);
    expect(check('packages/cli/src/main.ts', "import { x } from '../../lab/loader/registerTypeScript.mjs';")).toHaveLength(1);
    const profile = "import profile from '../../../../profiles/plimsoll-default.json' with { type: 'json' };";
    expect(check(core('margin/a.test.ts'), profile)).toEqual([]);
    expect(check(core('margin/a.ts'), profile)).toEqual([`${core('margin/a.ts')}:1 package-order`]);
  });

  it('forbid any dependency of the core', () => {
    expect(coreDependencyViolations({ name: '@plimsoll/core' })).toEqual([]);
    expect(coreDependencyViolations({ dependencies: { commander: '1.0.0' } })).toHaveLength(1);
    expect(coreDependencyViolations({ peerDependencies: {} })).toHaveLength(1);
  });
});

describe('the auditor', () => {
  const auditor = 'packages/lab/src/audit/recount.ts';

  it('may name the types that it reads', () => {
    expect(
      check(auditor, "import type { State } from '@plimsoll/core/engine';\nimport { type Row } from '@plimsoll/core/ledger';"),
    ).toEqual([]);
  });

  it('may take no value, and no type of margin', () => {
    expect(check(auditor, "import { balances } from '@plimsoll/core/ledger';")).toEqual([`${auditor}:1 auditor`]);
    expect(check(auditor, "import { type State, step } from '@plimsoll/core/engine';")).toEqual([`${auditor}:1 auditor`]);
    expect(check(auditor, "import type { Requirement } from '@plimsoll/core/margin';")).toEqual([`${auditor}:1 auditor`]);
  });

  it('may not come by code of the core through another file of the lab', () => {
    const files = [
      { path: auditor, text: "import { sum } from '../reference/sum.ts';" },
      { path: 'packages/lab/src/reference/sum.ts', text: "import { deep } from './deep.ts';" },
      { path: 'packages/lab/src/reference/deep.ts', text: "\nimport { requirement } from '@plimsoll/core/margin';" },
      { path: 'packages/lab/src/reference/apart.ts', text: "import { requirement } from '@plimsoll/core/margin';" },
    ];
    expect(checkAll(files)).toEqual(['packages/lab/src/reference/deep.ts:2 auditor']);
  });

  it('is judged against the core by its own tests, which may import both', () => {
    expect(check('packages/lab/src/audit/recount.test.ts', "import { applyBlock } from '@plimsoll/core/engine';")).toEqual([]);
  });
});

describe('resolveRelative', () => {
  it('walks up and down from the importing file', () => {
    expect(resolveRelative('packages/core/src/margin/a.ts', '../numeric/b.ts')).toBe('packages/core/src/numeric/b.ts');
    expect(resolveRelative('packages/core/src/margin/a.ts', './deep/b.ts')).toBe('packages/core/src/margin/deep/b.ts');
  });
});
