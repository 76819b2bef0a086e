/** What can be held: collateral assets and instruments, their parameters, and what terms must satisfy. */

export * from './asset.ts';
export * from './instrument.ts';
export * from './parameters.ts';
export * from './validate.ts';
export * from './valuation.ts';
