import { describe, expect, it } from 'vitest';
import {
  driftBaseToCoverShortage,
  driftInsuranceFee,
  driftLiabilityToCoverShortage,
  driftLiquidationFee,
  driftMarginFreeableNow,
} from './driftLiquidation.ts';

const QUOTE = 1_000_000n;
const PERCENT = 10_000n;

describe('Drift partial liquidation of a perpetual, V53 liquidation/tests.rs:10-136', () => {
  const inputs = {
    shortage: 10n * QUOTE,
    marginRatio: 1_000n,
    liquidationFee: 0n,
    insuranceFee: 0n,
    oraclePrice: 100n * QUOTE,
    quotePrice: QUOTE,
  };

  it('closes one base without fees', () => {
    expect(driftBaseToCoverShortage(inputs)).toBe(1_000_000_000n);
  });

  it('closes ten ninths with one percent for the liquidator', () => {
    expect(driftBaseToCoverShortage({ ...inputs, liquidationFee: PERCENT })).toBe(1_111_111_111n);
  });

  it('closes one and a quarter with one percent for each of liquidator and insurance', () => {
    const both = { ...inputs, liquidationFee: PERCENT, insuranceFee: PERCENT };
    expect(driftBaseToCoverShortage(both)).toBe(1_250_000_000n);
  });

  it('closes more when the quote asset trades below its peg and less above', () => {
    expect(driftBaseToCoverShortage({ ...inputs, quotePrice: 990_000n })).toBe(1_010_101_010n);
    expect(driftBaseToCoverShortage({ ...inputs, quotePrice: 1_010_000n })).toBe(990_099_009n);
  });

  it('finds no size when fees take all that closing frees', () => {
    expect(driftBaseToCoverShortage({ ...inputs, liquidationFee: 10n * PERCENT })).toBeUndefined();
    expect(driftBaseToCoverShortage({ ...inputs, insuranceFee: 10n * PERCENT })).toBeUndefined();
    expect(driftBaseToCoverShortage({ ...inputs, oraclePrice: 0n })).toBeUndefined();
  });
});

describe('Drift transfer of a liability, V54 liquidation/tests.rs:148-281', () => {
  const inputs = {
    shortage: 10n * QUOTE,
    assetWeight: 8_000n,
    assetMultiplier: 1_000_000n,
    liabilityWeight: 12_000n,
    liabilityMultiplier: 1_000_000n,
    liabilityDecimals: 9,
    liabilityPrice: 100n * QUOTE,
    insuranceFee: 0n,
  };
  const tenPercent = { assetMultiplier: 1_100_000n, liabilityMultiplier: 900_000n };

  it('reproduces the four published amounts to the unit, truncations included', () => {
    expect(driftLiabilityToCoverShortage(inputs)).toBe(250_000_000n);
    expect(driftLiabilityToCoverShortage({ ...inputs, ...tenPercent })).toBe(449_984_250n);
    expect(driftLiabilityToCoverShortage({ ...inputs, insuranceFee: PERCENT })).toBe(257_731_958n);
    expect(driftLiabilityToCoverShortage({ ...inputs, ...tenPercent, insuranceFee: PERCENT })).toBe(475_669_504n);
  });

  it('finds no amount when the asset leaves at more than the liability is worth', () => {
    expect(driftLiabilityToCoverShortage({ ...inputs, assetMultiplier: 1_500_000n })).toBeUndefined();
  });
});

describe('Drift pace and fees', () => {
  it('lets the allowed share of the whole shortage grow, and small shortages go at once', () => {
    const inputs = {
      shortage: 800n * QUOTE,
      alreadyFreed: 200n * QUOTE,
      elapsedSlots: 30n,
      durationSlots: 150n,
      initialShare: 100_000n,
      smallShortage: 50n * QUOTE,
    };
    expect(driftMarginFreeableNow(inputs)).toBe(100n * QUOTE);
    expect(driftMarginFreeableNow({ ...inputs, elapsedSlots: 0n })).toBe(0n);
    expect(driftMarginFreeableNow({ ...inputs, elapsedSlots: 999n })).toBe(800n * QUOTE);
    expect(driftMarginFreeableNow({ ...inputs, shortage: 49n * QUOTE })).toBe(49n * QUOTE);
  });

  it('raises the fee of the liquidator after the grace, up to the maximum', () => {
    const inputs = { baseFee: 10_000n, maximumFee: 20_000n, graceSlots: 1_500n };
    expect(driftLiquidationFee({ ...inputs, elapsedSlots: 1_500n })).toBe(10_000n);
    expect(driftLiquidationFee({ ...inputs, elapsedSlots: 1_600n })).toBe(10_100n);
    expect(driftLiquidationFee({ ...inputs, elapsedSlots: 99_999n })).toBe(20_000n);
  });

  it('charges insurance only out of the margin that is left', () => {
    const inputs = { maximumFee: 20_000n, marginRatio: 500n, liquidationFee: 10_000n, notional: 1_000n * QUOTE };
    expect(driftInsuranceFee({ ...inputs, shortage: 0n })).toBe(20_000n);
    expect(driftInsuranceFee({ ...inputs, shortage: 30n * QUOTE })).toBe(9_500n);
    expect(driftInsuranceFee({ ...inputs, shortage: 50n * QUOTE })).toBe(0n);
  });
});
