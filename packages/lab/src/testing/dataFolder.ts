// Where the outside data sets are. They are not part of the repository: some may not be passed on.

import { resolve } from 'node:path';

export interface DataFolderSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The folder named by `--data <folder>` or `--data=<folder>`, else by PLIMSOLL_DATA, as an absolute path; `undefined`
 * when neither is given. It is not checked that the folder exists: the reader of a file says which file is missing.
 */
export function dataFolder(sources: DataFolderSources = process): string | undefined {
  const { argv, env } = sources;
  const at = argv.findIndex((argument) => argument === '--data' || argument.startsWith('--data='));
  const named = at < 0 ? undefined : argv[at] === '--data' ? argv[at + 1] : argv[at]?.slice('--data='.length);
  const folder = named ?? env.PLIMSOLL_DATA;
  return folder === undefined || folder === '' ? undefined : resolve(folder);
}
