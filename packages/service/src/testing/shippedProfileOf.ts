import { type LoadedProfile, shippedProfile } from '../portfolio/shippedProfiles.ts';

/** A profile that ships, for tests: throws when there is none of the name. */
export function profileOf(name: string): LoadedProfile {
  const shipped = shippedProfile(name);
  if (shipped === null) throw new Error(`${name} ships`);
  return shipped;
}
