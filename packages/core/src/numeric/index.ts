/** Units, rounding, fixed point, deterministic functions and limits: everything that touches a number. */

export * from './arithmetic.ts';
export * from './assert.ts';
export * from './brand.ts';
export * from './decimal.ts';
export * from './deterministicMath.ts';
export * from './exactSum.ts';
export * from './hash.ts';
export * from './limits.ts';
export * from './ratio.ts';
export * from './rounding.ts';
export * from './startupVector.ts';
