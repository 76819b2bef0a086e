import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shippedProfile, shippedProfileNames } from './shippedProfiles.ts';

const FOLDER = new URL('../../../../profiles/', import.meta.url);

test('every profile of the folder ships under the name of its file, which is its own', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  // The schema of profiles, and the joint scenarios that some of them hold.
  const others = ['joint-scenarios.json', 'margin-profile.schema.json'];
  const names = files.filter((name) => !others.includes(name)).map((name) => name.replace('.json', ''));
  expect(shippedProfileNames()).toEqual(names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  for (const name of names) {
    const shipped = shippedProfile(name);
    expect(shipped?.profile.name).toBe(name);
    expect(shipped?.source).toEqual(JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')));
  }
});

test('another name is none', () => {
  expect(shippedProfile('joint-scenarios')).toBeNull();
  expect(shippedProfile('toString')).toBeNull();
});
