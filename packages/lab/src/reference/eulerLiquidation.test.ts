import { describe, expect, it } from 'vitest';
import { eulerMaxLiquidation, eulerRampedLiquidationLtv } from './eulerLiquidation.ts';
import { wad } from './fixedPoint.ts';

describe('Euler health-driven liquidation', () => {
  const position = {
    collateral: wad('10'),
    collateralPrice: wad('0.5'),
    liquidationLtv: wad('0.9'),
    debt: wad('5'),
    maximumDiscount: wad('0.2'),
  };

  it('V77 basic.t.sol:54-105: all the collateral goes for nine tenths of the debt, and half a unit is socialised', () => {
    expect(eulerMaxLiquidation(position)).toEqual({
      repay: wad('4.5'),
      yield: wad('10'),
      socialisedDebt: wad('0.5'),
    });
  });

  it('gives the collateral at the health score while it covers the debt', () => {
    const covered = { ...position, collateralPrice: wad('0.6'), liquidationLtv: wad('0.75') };
    expect(eulerMaxLiquidation(covered)).toEqual({
      repay: wad('5'),
      yield: wad('9.259259259259259258'),
      socialisedDebt: 0n,
    });
  });

  it('never discounts beyond the maximum and leaves healthy positions alone', () => {
    const deep = { ...position, collateralPrice: wad('0.2') };
    expect(eulerMaxLiquidation(deep)?.repay).toBe(wad('1.6'));
    expect(eulerMaxLiquidation({ ...position, collateralPrice: wad('0.6') })).toBeUndefined();
  });

  it('lowers the liquidation threshold along the ramp', () => {
    const ramp = { oldLtv: wad('0.9'), targetLtv: wad('0.8'), rampSeconds: 100n };
    expect(eulerRampedLiquidationLtv({ ...ramp, remainingSeconds: 100n })).toBe(wad('0.9'));
    expect(eulerRampedLiquidationLtv({ ...ramp, remainingSeconds: 25n })).toBe(wad('0.825'));
    expect(eulerRampedLiquidationLtv({ ...ramp, remainingSeconds: 0n })).toBe(wad('0.8'));
  });
});
