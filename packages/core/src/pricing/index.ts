/** Value of one instrument in one market state. */

export * from './black76.ts';
export * from './instrumentValue.ts';
export * from './quantize.ts';
