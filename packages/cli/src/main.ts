import process from 'node:process';
import { CommanderError } from 'commander';
import type { CommandContext } from './commandContext.ts';
import { EXIT_OK } from './exitCodes.ts';
import { failureOf, printFailure } from './failure.ts';
import { createProgram } from './program.ts';
import { createTerminal, type TerminalStream } from './terminal/terminal.ts';

/** What a command line runs in: a process is one. */
export interface Host {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the command line on the arguments after `plimsoll` and returns the exit code; docs/cli.md has the codes. Whatever
 * fails ends here: a mistake of the user as sentences (2), a defect of ours as one (3).
 */
export async function main(argv: readonly string[], host: Host = process): Promise<number> {
  const environment = host.env;
  const context: CommandContext = { terminal: createTerminal(host, environment), environment };
  let exitCode = EXIT_OK;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version leave commander as errors with exit code 0.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_OK;
    const failure = failureOf(error, environment);
    printFailure(context.terminal, failure, { json: isJsonWanted(argv) });
    return failure.exitCode;
  }
}

/** Looked up in the arguments themselves: a usage error comes before options are parsed. */
function isJsonWanted(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}
