/** Shocks, and the profit per lot under each. */

export * from './expectedShortfall.ts';
export * from './history/ewma.ts';
export * from './history/filteredReturns.ts';
export * from './history/jointHistory.ts';
export * from './history/priceHistory.ts';
export * from './history/procyclicality.ts';
export * from './history/representativeRows.ts';
export * from './history/returns.ts';
export * from './history/tailMeasures.ts';
export * from './riskArray.ts';
export * from './scenario.ts';
export * from './volatility.ts';
