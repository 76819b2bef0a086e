import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from './dataError.ts';

/** The environment variable that names the folder of outside data when `--data` is not given. */
export const DATA_FOLDER_VARIABLE = 'PLIMSOLL_DATA';

/**
 * The folder of outside data sets: the `--data` option, else `PLIMSOLL_DATA`, else none.
 * A folder that was named and is not there is an error, never a silent fallback.
 */
export function resolveDataFolder(input: {
  readonly option: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): string | undefined {
  const fromEnvironment = input.environment[DATA_FOLDER_VARIABLE];
  const folder = input.option ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  if (folder === undefined) {
    return undefined;
  }
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    const origin = input.option === undefined ? DATA_FOLDER_VARIABLE : '--data';
    throw new DataError({ code: 'DATA_FOLDER_MISSING', file: folder, expected: `an existing folder (named by ${origin})` });
  }
  return folder;
}

/** The folder of outside data, or an error that says how to name it. */
export function requireDataFolder(folder: string | undefined): string {
  if (folder === undefined) {
    throw new DataError({
      code: 'DATA_FOLDER_MISSING',
      file: '(none)',
      expected: `a folder of data sets, named by --data <folder> or ${DATA_FOLDER_VARIABLE}`,
    });
  }
  return folder;
}

/** Path of one file of a data set inside the data folder; an error when it is not there. */
export function dataFile(folder: string, relativePath: string): string {
  const path = join(folder, relativePath);
  if (!existsSync(path)) {
    throw new DataError({ code: 'DATA_FILE_MISSING', file: path, expected: `the file ${relativePath} of the data folder` });
  }
  return path;
}
