import { describe, expect, it } from 'vitest';
import type { DydxLiquidityTier } from './dydxTiers.ts';
import { dydxInitialMargin, dydxInitialMarginPpm, dydxMaintenanceMargin } from './dydxTiers.ts';

function tier(initialMarginPpm: bigint, openInterestLowerCap = 0n, openInterestUpperCap = 0n): DydxLiquidityTier {
  return { initialMarginPpm, maintenanceFractionPpm: 500_000n, openInterestLowerCap, openInterestUpperCap };
}

describe('dYdX liquidity tiers', () => {
  it('V48 liquidity_tier_test.go:259,275,283: the initial requirement is the notional share, rounded up', () => {
    const noInterest = { openInterestNotional: 0n };
    expect(dydxInitialMargin({ tier: tier(200_000n), notional: 500_000n, ...noInterest })).toBe(100_000n);
    expect(dydxInitialMargin({ tier: tier(100_000n), notional: 1n, ...noInterest })).toBe(1n);
    expect(dydxInitialMargin({ tier: tier(567_243n), notional: 123_456n, ...noInterest })).toBe(70_030n);
  });

  it('V48 liquidity_tier_test.go:306: halfway between the caps a 20 % fraction is 60 %', () => {
    const scaled = tier(200_000n, 1_000_000_000_000n, 2_000_000_000_000n);
    const openInterestNotional = 1_500_000_000_000n;
    expect(dydxInitialMarginPpm(scaled, openInterestNotional)).toBe(600_000n);
    expect(dydxInitialMargin({ tier: scaled, notional: 500_000n, openInterestNotional })).toBe(300_000n);
  });

  it('V48 liquidity_tier_test.go:345: the fraction rounds down and the requirement rounds up', () => {
    const scaled = tier(200_000n, 25_000_000_000_000n, 60_000_000_000_000n);
    const openInterestNotional = 28_123_456_789_123n;
    expect(dydxInitialMarginPpm(scaled, openInterestNotional)).toBe(271_393n);
    expect(dydxInitialMargin({ tier: scaled, notional: 500_000n, openInterestNotional })).toBe(135_697n);
  });

  it('holds the base at the lower cap and asks for the whole notional from the upper cap on', () => {
    const scaled = tier(200_000n, 1_000n, 2_000n);
    expect(dydxInitialMarginPpm(scaled, 1_000n)).toBe(200_000n);
    expect(dydxInitialMarginPpm(scaled, 2_000n)).toBe(1_000_000n);
    expect(dydxInitialMarginPpm(scaled, 5_000n)).toBe(1_000_000n);
  });

  it('keeps maintenance on the base fraction whatever the open interest', () => {
    expect(dydxMaintenanceMargin(tier(200_000n, 1n, 2n), 500_000n)).toBe(50_000n);
    expect(dydxMaintenanceMargin(tier(200_000n), 3n)).toBe(1n);
  });
});
