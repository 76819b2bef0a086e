import { describe, expect, test } from 'vitest';
import { runPlimsoll } from './testing/runPlimsoll.ts';

describe('the distance to a breach that margin prints', () => {
  test('for a perpetual on the square of a price, which is listed by its terms alone', () => {
    const { status, stdout } = runPlimsoll(['margin', 'examples/power-perpetual.json']);
    expect(status).toBe(0);
    expect(stdout).toContain('position  ETH2-PERP        -2  -18,000.000000');
    expect(stdout).toMatch(/ETH: by delta none, with gamma -([\d,.]+) USD or \+\1 USD/);
    expect(stdout).toMatch(/ETH: price from [\d,.]+ to [\d,.]+ \(-90 % \(searched no further\) to \+[\d.]+ %\)/);
  });

  test('is in --json as factors of today, and a proved end lies inside the true liquidation price', () => {
    const { stdout } = runPlimsoll(['margin', 'examples/power-perpetual.json', '--json']);
    const { breach, liquidation } = JSON.parse(stdout);
    expect(breach.envelopes.obstacle).toBe(null);
    const [only] = breach.envelopes.each;
    expect(only.underlying).toBe('ETH');
    expect(only.volatility).toBe(null);
    const share = (Number(only.price.high) - 1) / (Number(liquidation[0].above) / 3000 - 1);
    expect(share).toBeLessThanOrEqual(1);
    expect(share).toBeGreaterThan(0.999);
    expect(breach.moves[0]).toMatchObject({
      underlying: 'ETH',
      deltaPerUsd: '0',
      gammaPerUsdSquared: '-0.004',
      byDeltaUsd: null,
    });
  });

  test('gives bands of price, of volatility and of both for a book of options', () => {
    const { stdout } = runPlimsoll(['margin', 'examples/options-hedge.json', '--json']);
    const [only] = JSON.parse(stdout).breach.envelopes.each;
    for (const range of [only.price, only.volatility, only.both.price, only.both.volatility]) {
      expect(Number(range.low)).toBeLessThan(1);
      expect(Number(range.high)).toBeGreaterThan(1);
    }
    expect(Number(only.both.price.high)).toBeLessThanOrEqual(Number(only.price.high));
  });

  test('says why when nothing is proved', () => {
    const { stdout } = runPlimsoll(['margin', 'examples/options-hedge.json', '--profile', 'derive-pmrm2']);
    expect(stdout).toContain('No proved bands: the profile has');
  });
});
