// Tests over outside data. Where the data is absent they are skipped with the reason printed; where PLIMSOLL_REQUIRE=data
// says that it must be there, an absent file is a failure. (The command finds its data in data/dataFolder.ts, and there a
// folder that was named and is absent is an error at once.)

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * A `describe` whose tests need the outside data: `body` gets the absolute folder and runs only when the folder and
 * every path in `needs` (relative to it) exist.
 */
export function describeWithData(name: string, body: (folder: string) => void, needs: readonly string[] = []): void {
  const folder = dataFolder();
  const reason = missingData(folder, needs, existsSync);
  if (folder !== undefined && reason === undefined) {
    describe(name, () => body(folder));
  } else if (process.env.PLIMSOLL_REQUIRE === 'data') {
    describe(name, () => {
      it('finds the outside data that it must not skip', () => expect.fail(`PLIMSOLL_REQUIRE=data, but ${reason}`));
    });
  } else {
    describe(name, () => {
      it.skip(`skipped: ${reason}`, () => undefined);
    });
  }
}

export interface DataFolderSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The folder named by `--data <folder>` or `--data=<folder>`, else by PLIMSOLL_DATA, as an absolute path; `undefined`
 * when neither is given. It may not exist: `missingData` says so.
 */
export function dataFolder(sources: DataFolderSources = process): string | undefined {
  const { argv, env } = sources;
  const at = argv.findIndex((argument) => argument === '--data' || argument.startsWith('--data='));
  const named = at < 0 ? undefined : argv[at] === '--data' ? argv[at + 1] : argv[at]?.slice('--data='.length);
  const folder = named ?? env.PLIMSOLL_DATA;
  return folder === undefined || folder === '' ? undefined : resolve(folder);
}

/** Why tests over outside data cannot run, as the rest of a sentence; `undefined` when they can. */
export function missingData(
  folder: string | undefined,
  needs: readonly string[],
  exists: (path: string) => boolean,
): string | undefined {
  if (folder === undefined) return 'no outside data was named (PLIMSOLL_DATA or --data)';
  if (!exists(folder)) return `the data folder ${folder} does not exist`;
  const missing = needs.find((path) => !exists(join(folder, path)));
  return missing === undefined ? undefined : `${missing} is not in the data folder ${folder}`;
}
