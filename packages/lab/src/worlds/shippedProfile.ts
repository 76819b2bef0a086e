import { readFileSync } from 'node:fs';
import { type MarginProfile, profileFromJson } from '@plimsoll/core/margin';

/** A margin profile of the folder `profiles/` by name. Throws Error when it is missing or malformed. */
export function shippedProfile(name: string): MarginProfile {
  const file = new URL(`../../../../profiles/${name}.json`, import.meta.url);
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const result = profileFromJson(json);
  if (result.ok) return result.profile;
  const faults = result.problems.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  throw new Error(`${file.pathname} is not a valid margin profile: ${faults.join('; ')}`);
}
