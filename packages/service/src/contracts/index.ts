export * from './clock.ts';
export * from './deployment.ts';
export * from './directory.ts';
export * from './head.ts';
export * from './identityChange.ts';
export * from './portfolioMargin.ts';
export * from './sequencer.ts';
export * from './submission.ts';
