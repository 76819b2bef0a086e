import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installReason, nodeVersionProblem } from './ensure-installed.mjs';

describe('the Node version', () => {
  it.each(['20.19.0', '20.19.1', '20.20.0', '22.1.0', '24.0.0'])('%s is new enough for >=20.19.0', (version) => {
    expect(nodeVersionProblem(version, '>=20.19.0')).toBeUndefined();
  });

  it.each(['20.18.9', '18.20.4', '9.99.99'])('%s is too old, and the sentence names both', (version) => {
    const problem = nodeVersionProblem(version, '>=20.19.0');
    expect(problem).toContain('20.19.0');
    expect(problem).toContain(version);
  });
});

describe('an install', () => {
  let root = '';
  const lock = (packages: Record<string, object>): void =>
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  const installed = (packages: Record<string, object>): void => {
    for (const path of Object.keys(packages)) mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  };
  const reason = (): string | undefined => installReason(root, 'linux', 'x64');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plimsoll-install-'));
    mkdirSync(join(root, 'node_modules'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is needed when npm never finished one', () => {
    lock({ '': {}, 'node_modules/a': { version: '1.0.0' } });
    expect(reason()).toBe('dependencies are not installed');
  });

  it('is not needed when every package of the lockfile is there', () => {
    lock({ '': {}, 'packages/core': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' } });
    installed({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } });
    expect(reason()).toBeUndefined();
  });

  it('is needed when a package is absent, of another version or content, or its folder was deleted', () => {
    const packages = { 'node_modules/a': { version: '1.0.0', integrity: 'x' } };
    installed(packages);
    lock({ ...packages, 'node_modules/b': { version: '1.0.0' } });
    expect(reason()).toBe('node_modules/b is missing');
    lock({ 'node_modules/a': { version: '1.0.1', integrity: 'x' } });
    expect(reason()).toContain('1.0.1');
    lock({ 'node_modules/a': { version: '1.0.0', integrity: 'y' } });
    expect(reason()).toContain('differs');
    lock(packages);
    rmSync(join(root, 'node_modules/a'), { recursive: true });
    expect(reason()).toBe('node_modules/a is missing');
  });

  it('asks for the optional packages of this platform and no other', () => {
    installed({});
    lock({ 'node_modules/a-darwin': { version: '1.0.0', optional: true, os: ['darwin'], cpu: ['arm64'] } });
    expect(reason()).toBeUndefined();
    lock({ 'node_modules/a-linux': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'] } });
    expect(reason()).toBe('node_modules/a-linux is missing');
  });
});
