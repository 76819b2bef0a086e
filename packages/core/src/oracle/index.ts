/** Many sources, one price; how good it is, and what it may be used for. */

export * from './aggregate.ts';
export * from './band.ts';
export * from './feed.ts';
export * from './funding.ts';
export * from './ladder.ts';
export * from './mark.ts';
export * from './redemptionRatio.ts';
export { confidenceToPpm } from './relative.ts';
export * from './report.ts';
export * from './restartGate.ts';
export * from './settlementAverage.ts';
export * from './slowPrice.ts';
export * from './volatilitySurface.ts';
export * from './weightedMedian.ts';
