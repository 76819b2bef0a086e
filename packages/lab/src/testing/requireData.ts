// Tests over outside data. Where the data is absent they are skipped with the reason printed; where PLIMSOLL_REQUIRE=data
// says that it must be there, an absent file is a failure.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolder } from './dataFolder.ts';

export { dataFolder } from './dataFolder.ts';

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
