import { describe, expect, it } from 'vitest';
import { divideDown, WAD, wad } from './fixedPoint.ts';
import { morphoLiquidationIncentive } from './morphoIncentive.ts';

/** The vector prints nine decimals, so half a unit of the ninth is all that may separate us. */
function roundToNineDecimals(value: bigint): bigint {
  return divideDown(value + 500_000_000n, 1_000_000_000n);
}

describe('Morpho liquidation incentive', () => {
  it.each([
    ['0.385', '1.15'],
    ['0.625', '1.126760563'],
    ['0.77', '1.074113856'],
    ['0.86', '1.043841336'],
    ['0.915', '1.026167265'],
    ['0.945', '1.016776817'],
    ['0.965', '1.010611420'],
    ['0.98', '1.006036217'],
  ])('V82 Morpho.sol:365: at a liquidation threshold of %s the factor is %s', (threshold, factor) => {
    expect(roundToNineDecimals(morphoLiquidationIncentive(wad(threshold)))).toBe(roundToNineDecimals(wad(factor)));
  });

  it('gives no incentive where the whole value may be borrowed', () => {
    expect(morphoLiquidationIncentive(WAD)).toBe(WAD);
  });
});
