export * from './canonical.ts';
export * from './decodeCanonical.ts';
export * from './hashes.ts';
export * from './json.ts';
export * from './merkle.ts';
export * from './snapshot.ts';
export * from './stateRoot.ts';
export * from './version.ts';
