export * from './createSequencer.ts';
export * from './limits.ts';
export * from './observer.ts';
