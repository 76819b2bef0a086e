/** Margin profiles for a command: those that ship, and files of the user. */

import { profileFromJson } from '@plimsoll/core/margin';
import {
  isProfileFile,
  type LoadedProfile,
  shippedProfile,
  shippedProfileNames,
} from '@plimsoll/service/portfolio/shippedProfiles';
import { nearest } from '@plimsoll/service/portfolio/suggest';
import { InputError } from './inputError.ts';
import { readJsonFile } from './readJsonFile.ts';

/** A shipped profile by name, or a file. Throws InputError. */
export function loadProfile(nameOrFile: string): LoadedProfile {
  if (isProfileFile(nameOrFile)) return readProfile(nameOrFile);
  const shipped = shippedProfile(nameOrFile);
  if (shipped !== null) return shipped;
  const names = shippedProfileNames();
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
  if (result.ok) return { profile: result.profile, source };
  throw new InputError({
    code: 'PROFILE_INVALID',
    message: `${file} is not a valid margin profile`,
    problems: result.problems.map(({ path, expected, found }) => ({ file, field: path, expected, found })),
  });
}
