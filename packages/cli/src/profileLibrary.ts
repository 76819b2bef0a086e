/** Margin profiles: those that ship in `profiles/`, and files of the user. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MarginProfile, profileFromJson } from '@plimsoll/core/margin';
import { InputError } from './inputError.ts';
import { readJsonFile } from './readJsonFile.ts';
import { nearest } from './suggest.ts';

export interface LoadedProfile {
  readonly profile: MarginProfile;
  readonly file: string;
  /** The file's JSON, as it stands. */
  readonly source: unknown;
}

export const PROFILES_FOLDER = fileURLToPath(new URL('../../../profiles/', import.meta.url));

/** A file of the folder that is part of a profile, not one: the joint scenarios that shipped profiles hold. */
const JOINT_SCENARIOS = 'joint-scenarios.json';

/** Names of the shipped profiles, in order. */
export function shippedProfileNames(): readonly string[] {
  return readdirSync(PROFILES_FOLDER)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json') && name !== JOINT_SCENARIOS)
    .map((name) => name.slice(0, -'.json'.length))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Whether a file is meant, not a shipped name: whatever ends in `.json` or holds a slash. */
export function isProfileFile(nameOrFile: string): boolean {
  return /[\\/]|\.json$/.test(nameOrFile);
}

/** A shipped profile by name, or a file. Throws InputError. */
export function loadProfile(nameOrFile: string): LoadedProfile {
  if (isProfileFile(nameOrFile)) return readProfile(nameOrFile);
  const names = shippedProfileNames();
  if (names.includes(nameOrFile)) return readProfile(join(PROFILES_FOLDER, `${nameOrFile}.json`));
  const close = nearest(nameOrFile, names);
  throw new InputError({
    code: 'PROFILE_UNKNOWN',
    message: `unknown profile "${nameOrFile}"`,
    problems: [
      {
        file: null,
        field: 'profile',
        expected: `one of ${names.join(', ')}, or a file that ends in .json`,
        found: `"${nameOrFile}"`,
      },
    ],
    ...(close === null ? {} : { hint: `Did you mean ${close}?` }),
  });
}

function readProfile(file: string): LoadedProfile {
  const source = readJsonFile(file);
  const result = profileFromJson(source);
  if (result.ok) return { profile: result.profile, file, source };
  throw new InputError({
    code: 'PROFILE_INVALID',
    message: `${file} is not a valid margin profile`,
    problems: result.problems.map(({ path, expected, found }) => ({ file, field: path, expected, found })),
  });
}
