import { resolve } from 'node:path';
import process from 'node:process';
import { main } from '../main.ts';
import { REPOSITORY, type Run } from './runPlimsoll.ts';

/**
 * The command line without a process of its own, with nothing of this environment: what `runPlimsoll` answers, a second sooner. What a
 * process adds (the loader, exit codes, streams) is tested there.
 */
export async function runMain(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
  if (process.cwd() !== resolve(REPOSITORY)) throw new Error('tests of the command run from the root of the repository');
  const written = { stdout: '', stderr: '' };
  const status = await main(argv, {
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    env: environment,
  });
  return { status, ...written };
}
