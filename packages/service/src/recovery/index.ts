export * from './exportJournal.ts';
export * from './inspectJournal.ts';
export * from './openForReading.ts';
export * from './recover.ts';
export * from './repairJournal.ts';
export * from './serviceRoot.ts';
export * from './verifyJournal.ts';
