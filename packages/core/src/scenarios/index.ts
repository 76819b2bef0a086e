/** Shocks, and the profit per lot under each. */

export * from './expectedShortfall.ts';
export * from './riskArray.ts';
export * from './scenario.ts';
export * from './volatility.ts';
