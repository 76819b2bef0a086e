import type { Terminal } from './terminal/terminal.ts';

/** What every command is given besides its own arguments. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Prints one JSON document: what `--json` puts on standard output. */
export function printJson({ terminal }: CommandContext, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}
