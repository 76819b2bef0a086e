export * from './fileSystem.ts';
export * from './journalError.ts';
