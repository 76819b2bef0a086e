import { describe, expect, test } from 'vitest';
import provableJson from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { compileRisk } from './compileRisk.ts';
import { computeMargin } from './computeMargin.ts';
import { liquidationPrices, movedInput } from './liquidationPrice.ts';
import {
  BTC_PERPETUAL,
  ETH_PERPETUAL,
  NANO,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  worldInput,
} from './testing/marginWorld.ts';

const input = worldInput({ profile: trustedProfile(provableJson) });
const ETH = 0;
const NOW = 3000n * NANO;

function healthAt(account: TestAccount, price: bigint): bigint {
  return computeMargin(compileRisk(movedInput(input, ETH, price, NOW)), portfolioOf(account)).healthMaintenance;
}

describe('the liquidation price', () => {
  const long: TestAccount = { cash: 600_000_000n - 3_000_000_000n, positions: [[ETH_PERPETUAL, 1000]] };
  const short: TestAccount = { cash: 600_000_000n + 3_000_000_000n, positions: [[ETH_PERPETUAL, -1000]] };

  test('of a long is the highest price below at which it is under maintenance, to the nano-USD', () => {
    const { below, above } = liquidationPrices(input, portfolioOf(long), ETH);
    expect(above).toBe(null);
    if (below === null) throw new Error('a long has a liquidation price');
    expect(healthAt(long, below)).toBeLessThan(0n);
    expect(healthAt(long, below + 1n)).toBeGreaterThanOrEqual(0n);
    // 2400 / (1 − 0.126 − 0.007 − 0.006721) = 2789.8 USD.
    expect(below / NANO).toBe(2789n);
  });

  test('of a short is the lowest price above', () => {
    const { below, above } = liquidationPrices(input, portfolioOf(short), ETH);
    expect(below).toBe(null);
    if (above === null) throw new Error('a short has a liquidation price');
    expect(healthAt(short, above)).toBeLessThan(0n);
    expect(healthAt(short, above - 1n)).toBeGreaterThanOrEqual(0n);
  });

  test('is the current one when the account is already below, and none when the underlying does not matter', () => {
    expect(liquidationPrices(input, portfolioOf({ cash: -1n }), ETH)).toEqual({ below: NOW, above: NOW, obstacle: null });
    expect(liquidationPrices(input, portfolioOf({ cash: 10n ** 12n, positions: [[BTC_PERPETUAL, 1]] }), ETH)).toEqual({
      below: null,
      above: null,
      obstacle: null,
    });
    expect(liquidationPrices(input, portfolioOf({}), 99)).toEqual({ below: null, above: null, obstacle: null });
  });
});
