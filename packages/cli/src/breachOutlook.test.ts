import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runMain } from './testing/runMain.ts';

describe('the distance to a breach that margin prints', () => {
  test('for a perpetual on the square of a price, which is listed by its terms alone', async () => {
    const { status, stdout } = await runMain(['margin', 'examples/power-perpetual.json']);
    expect(status).toBe(0);
    expect(stdout).toContain('position  ETH2-PERP        -2  -18,000.000000');
    expect(stdout).toMatch(/ETH: by delta none, with gamma -([\d,.]+) USD or \+\1 USD/);
    expect(stdout).toMatch(/ETH: price from [\d,.]+ to [\d,.]+ \(-90 % \(searched no further\) to \+[\d.]+ %\)/);
  });

  test('is in --json as factors of today, and a proved end lies inside the true liquidation price', async () => {
    const { stdout } = await runMain(['margin', 'examples/power-perpetual.json', '--json']);
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

  test('gives bands of price, of volatility and of both for a book of options', async () => {
    const { stdout } = await runMain(['margin', 'examples/options-hedge.json', '--json']);
    const [only] = JSON.parse(stdout).breach.envelopes.each;
    for (const range of [only.price, only.volatility, only.both.price, only.both.volatility]) {
      expect(Number(range.low)).toBeLessThan(1);
      expect(Number(range.high)).toBeGreaterThan(1);
    }
    expect(Number(only.both.price.high)).toBeLessThanOrEqual(Number(only.price.high));
  });

  test('says why when nothing is proved', async () => {
    const { stdout } = await runMain(['margin', 'examples/basket.json']);
    expect(stdout).toContain('No proved bands: MIX is a basket');
  });

  test('gives options bands under a profile with skew moves and discounted values', async () => {
    const { stdout } = await runMain(['margin', 'examples/options-hedge.json', '--profile', 'derive-pmrm2', '--json']);
    const { envelopes } = JSON.parse(stdout).breach;
    expect(envelopes.obstacle).toBe(null);
    expect(Number(envelopes.each[0].price.high)).toBeGreaterThan(1.1);
    expect(Number(envelopes.each[0].volatility.high)).toBeGreaterThan(1.1);
  });
});

describe('margin of an account that holds a basket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-basket-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** 100 MIX of 0.1 ETH, 0.002 BTC and 100 USDC each, on a market a little below them. */
  function marginOf(name: string, account: object, given: { readonly eth?: string; readonly isInside?: boolean } = {}) {
    const parts = [
      { asset: 'ETH', amount: '0.1', cap: '0.6' },
      { asset: 'BTC', amount: '0.002', cap: '0.5' },
      { asset: 'USDC', amount: '100', cap: '0.25' },
    ];
    const inside = given.isInside === true ? { scenarios: 'parts', riskUnit: '0.01' } : {};
    const file = join(folder, `${name}.json`);
    const portfolio = {
      name: 'A basket',
      profile: 'plimsoll-grid',
      account: { settlementAsset: 'USDC', ...account },
      market: {
        time: '2026-03-12T08:00:00Z',
        underlyings: { ETH: { price: given.eth ?? '3000' }, BTC: { price: '100000' } },
        assets: { USDC: { price: '1' }, MIX: { price: '597' } },
      },
      listing: {
        assets: {
          USDC: {},
          ETH: { underlying: 'ETH' },
          BTC: { underlying: 'BTC', riskUnit: '0.0001' },
          MIX: { kind: 'basket', decimals: 6, haircuts: '0.05', parts, ...inside },
        },
        instruments: { 'ETH-PERP': { kind: 'perpetual', underlying: 'ETH' } },
      },
    };
    writeFileSync(file, JSON.stringify(portfolio));
    const json = async (profile: readonly string[] = []) =>
      JSON.parse((await runMain(['margin', file, '--json', ...profile])).stdout);
    const text = async () => (await runMain(['margin', file])).stdout;
    return { json, text };
  }

  const margined = {
    mode: 'portfolio',
    cash: '-50000',
    collateral: { MIX: '100' },
    positions: [{ instrument: 'ETH-PERP', size: '0.5', entryPrice: '3000' }],
  };
  const loan = (owed: string) => ({
    mode: 'overcollateralized',
    cash: '0',
    collateral: { MIX: '100', ETH: '0.01' },
    debts: { USDC: owed },
    positions: [],
  });

  test('outside the scenarios claims no band, and its liquidation prices lie where it is insolvent indeed', async () => {
    const { json, text } = marginOf('margined', margined);
    const { breach, liquidation } = await json();
    expect(breach.envelopes).toEqual({ obstacle: expect.stringContaining('MIX is a basket'), each: [], together: null });
    expect(await text()).not.toContain('Proved:');
    expect(liquidation.map(({ underlying }: { underlying: string }) => underlying)).toEqual(['BTC', 'ETH']);
    for (const { below } of liquidation) expect(Number(below)).toBeGreaterThan(0);
    // Ether at 2000, which the band from 300 to 15 000 once called safe.
    expect(Number(liquidation[1].below)).toBeGreaterThan(2000);
    const fallen = await marginOf('fallen', margined, { eth: '2000' }).json();
    expect(Number(fallen.breach.time.health)).toBeLessThan(0);
    expect(Number(breach.moves.find(({ underlying }: { underlying: string }) => underlying === 'ETH').deltaPerUsd)).toBeCloseTo(
      0.5 + 9.95,
      1,
    );
  });

  test('under a static loan the same, inside the scenarios too and under rules', async () => {
    const outside = marginOf('loan', loan('38000'));
    const inside = marginOf('inside', loan('47000'), { isInside: true });
    for (const result of [await outside.json(), await inside.json(), await inside.json(['--profile', 'derive-srm'])]) {
      expect(result.breach.envelopes.obstacle).toContain('MIX is a basket');
      expect(result.breach.envelopes.each).toEqual([]);
      const eth = result.liquidation.find(({ underlying }: { underlying: string }) => underlying === 'ETH');
      expect(Number(eth.below)).toBeGreaterThan(0);
    }
  });
});
