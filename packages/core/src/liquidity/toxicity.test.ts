import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ppm, ticks } from '../numeric/brand.ts';
import { type CloseCosts, maintenanceFloorPpm, type RestoringInput, smallestRestoringClose } from './toxicity.ts';

const RUNS = { seed: 20_277, numRuns: 400 };
/** Fee 0.5 %, slippage 0.1 %; a million moves the price one percent. */
const COSTS: CloseCosts = { feePpm: ppm(5_000), slippagePpm: ppm(1_000), depthOnePercent: ticks(1_000_000n) };

describe('the depth-aware floor of maintenance margin', () => {
  it('is fee and slippage and gap, and one percent for every depth that the position is large', () => {
    const floor = (notional: bigint): number =>
      maintenanceFloorPpm({ costs: COSTS, notional: ticks(notional), gapPpm: ppm(4_000) });
    expect([floor(0n), floor(500_000n), floor(1_000_000n), floor(10_000_001n)]).toEqual([10_000, 15_000, 20_000, 110_001]);
  });

  it('keeps every step of a liquidation from lowering the margin ratio', () => {
    fc.assert(
      fc.property(fc.bigInt(1_000n, 10n ** 8n), fc.bigInt(0n, 10n ** 6n), fc.nat(999_999), (notional, extra, stepPpm) => {
        const floor = maintenanceFloorPpm({ costs: COSTS, notional: ticks(notional), gapPpm: ppm(0) });
        const equity = (notional * BigInt(floor) + extra * 1_000_000n) / 1_000_000n + 1n;
        const x = (notional * BigInt(stepPpm)) / 1_000_000n;
        // Everything times 10^6 · depth. Ratio after ≥ ratio before, cross-multiplied.
        const unit = 1_000_000n * COSTS.depthOnePercent;
        const cost = 6_000n * x * COSTS.depthOnePercent + 10_000n * x * (notional - x);
        expect((equity * unit - cost) * notional).toBeGreaterThanOrEqual(equity * unit * (notional - x));
      }),
      RUNS,
    );
  });
});

describe('the smallest close that restores a margin ratio', () => {
  const account: RestoringInput = { costs: COSTS, equity: ticks(40_000n), notional: ticks(1_000_000n), targetPpm: ppm(50_000) };

  it('is nothing where the ratio is met, more in a thin market, and null where the equity does not pay for it', () => {
    expect(smallestRestoringClose({ ...account, equity: ticks(50_000n) })).toBe(0n);
    expect(smallestRestoringClose({ ...account, equity: ticks(10_000n) })).toBe(924_881n);
    expect(smallestRestoringClose({ ...account, equity: ticks(5_000n) })).toBe(null);
    const thin = { ...COSTS, depthOnePercent: ticks(100_000n) };
    expect(smallestRestoringClose({ ...account, costs: thin, equity: ticks(20_000n) })).toBe(895_143n);
    expect(smallestRestoringClose({ ...account, equity: ticks(20_000n) })).toBe(726_933n);
  });

  it('restores the ratio, and a millionth of the position less would not', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 60_000n), fc.bigInt(100_000n, 10n ** 8n), fc.nat(100_000), (equity, depth, targetPpm) => {
        const costs = { ...COSTS, depthOnePercent: ticks(depth) };
        const notional = 1_000_000n;
        const close = smallestRestoringClose({
          costs,
          equity: ticks(equity),
          notional: ticks(notional),
          targetPpm: ppm(targetPpm),
        });
        const missing = (x: bigint): bigint =>
          BigInt(targetPpm) * (notional - x) * depth +
          6_000n * x * depth +
          10_000n * x * (notional - x) -
          equity * 1_000_000n * depth;
        if (close === null) expect(missing(notional - 1n)).toBeGreaterThan(0n);
        else {
          expect(missing(close)).toBeLessThanOrEqual(0n);
          if (close > 0n) expect(missing(close - 1n)).toBeGreaterThan(0n);
        }
      }),
      RUNS,
    );
  });
});
