/** Value and Greeks of one instrument in one market state, and the volatility that goes into them. */

export * from './accountGreeks.ts';
export * from './averagedSettlement.ts';
export * from './black76.ts';
export * from './black76Greeks.ts';
export * from './greeks.ts';
export * from './greeksBatch.ts';
export * from './impliedVolatility.ts';
export * from './instrumentValue.ts';
export * from './payoffs/payoff.ts';
export * from './payoffs/payoffFormulas.ts';
export * from './quantize.ts';
export * from './quickCall.ts';
export * from './strikeSmile.ts';
export * from './surfaceArbitrage.ts';
export * from './sviSmile.ts';
export * from './volatilitySurface.ts';
