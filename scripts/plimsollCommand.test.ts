import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '..');

describe('the command `plimsoll`', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plimsoll-command-'));
    mkdirSync(join(root, 'packages/cli/src'), { recursive: true });
    cpSync(join(repository, 'package.json'), join(root, 'package.json'));
    cpSync(join(repository, 'packages/cli/bin'), join(root, 'packages/cli/bin'), { recursive: true });
    cpSync(join(repository, 'packages/lab/loader'), join(root, 'packages/lab/loader'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const run = (
    nodeFlags: readonly string[] = [],
    env: Record<string, string> = {},
  ): { status: number | null; output: string } => {
    const command = [...nodeFlags, join(root, 'packages/cli/bin/plimsoll.mjs'), 'first', '--second'];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
    });
    return { status, output: stdout + stderr };
  };
  const withMain = (body: string): void => {
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'), 'junction');
    writeFileSync(join(root, 'packages/cli/package.json'), '{"type":"module"}');
    writeFileSync(
      join(root, 'packages/cli/src/main.ts'),
      `export async function main(argv: readonly string[]): Promise<number> { ${body} }`,
    );
  };

  it('says in a sentence that the dependencies are missing, with exit code 2', () => {
    const { status, output } = run();
    expect(status).toBe(2);
    expect(output).toContain('npm ci');
    expect(output).not.toContain('    at ');
  });

  it('says in a sentence that Node is too old, with exit code 2', () => {
    const pretend = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.18.3"}})';
    const { status, output } = run(['--import', pretend]);
    expect(status).toBe(2);
    expect(output).toContain('20.18.3');
    expect(output).toContain('20.19');
    expect(output).not.toContain('    at ');
  });

  it('hands the arguments to main and ends with its exit code', () => {
    withMain("console.log(argv.join('|')); return 3;");
    expect(run()).toEqual({ status: 3, output: 'first|--second\n' });
  });

  it('prints the sentence of an error with an exit code of its own, and no stack', () => {
    withMain("throw Object.assign(new Error('profile.json: haircut: expected a number'), { exitCode: 2 });");
    expect(run()).toEqual({ status: 2, output: 'plimsoll: profile.json: haircut: expected a number\n' });
  });

  it('runs closures without the name wrapper of the loader', () => {
    withMain(
      "const inner = (text: string): string => text; console.log(String(main).includes('__name('), eval('__name.toString()')); return inner('') === '' ? 0 : 1;",
    );
    expect(run()).toEqual({ status: 0, output: 'true (target,value)=>target\n' });
  });

  it('calls any other error a defect, and shows its stack only when asked', () => {
    withMain("setTimeout(() => { throw new Error('negative pool'); }, 1); return 0;");
    const { status, output } = run();
    expect(status).toBe(3);
    expect(output).toContain('internal error: negative pool');
    expect(output).not.toContain('    at ');
    expect(run([], { PLIMSOLL_DEBUG: '1' }).output).toContain('    at ');
  });
});
