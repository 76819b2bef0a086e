import { execFile } from 'node:child_process';
import process from 'node:process';

export interface ScriptOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a TypeScript file of this folder in a process of its own, which is not told where outside data is. */
export function runScript(script: string, args: readonly string[]): Promise<ScriptOutcome> {
  const { PLIMSOLL_DATA: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', script, ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, stdout, stderr });
    });
  });
}
