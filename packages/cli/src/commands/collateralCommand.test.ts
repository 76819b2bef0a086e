import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithData } from '@plimsoll/lab/testing/requireData';
import { afterAll, describe, expect, test } from 'vitest';
import { runMain } from '../testing/runMain.ts';
import { REPOSITORY } from '../testing/runPlimsoll.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-collateral-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Exit code 2 with sentences on standard error and nothing on standard output. */
async function refusal(...argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runMain(['collateral', ...argv]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

describe('collateral', () => {
  test('has help with its options and examples', async () => {
    const { status, stdout } = await runMain(['collateral', '--help']);
    expect(status).toBe(0);
    for (const word of ['--backs', '--side', '--amount', '--price', '--profile', '--report', '--json', 'Examples:'])
      expect(stdout).toContain(word);
  });

  test('refuses an unknown asset with the one that was meant, and names all', async () => {
    const text = await refusal('stEHT', '--data', folder);
    expect(text).toContain('there are no measurements of "stEHT"');
    expect(text).toContain('Did you mean stETH?');
    expect(text).toContain('AAVE, ADA');
    expect(await refusal('ETH', '--backs', 'gold', '--data', folder)).toContain('--backs: expected one of');
  });

  test('refuses what is not a number, a side or a profile', async () => {
    expect(await refusal('ETH', '--amount', '-1', '--data', folder)).toContain('--amount is not an amount of ETH above zero');
    expect(await refusal('ETH', '--price', 'free', '--data', folder)).toContain('--price is not a price in USD above zero');
    expect(await refusal('ETH', '--side', 'both')).toContain('--side');
    const file = join(folder, 'profile.json');
    const shipped = JSON.parse(readFileSync(join(REPOSITORY, 'profiles/collateral/default.json'), 'utf8'));
    writeFileSync(file, JSON.stringify({ ...shipped, stressedDepthPpm: 0 }));
    expect(await refusal('ETH', '--profile', file, '--data', folder)).toContain(
      'stressedDepthPpm: expected a whole number from 1',
    );
  });

  test('says what is missing where there is no data', async () => {
    expect(await refusal('ETH')).toContain('--data <folder> or PLIMSOLL_DATA');
    expect(await refusal('ETH', '--data', folder)).toContain('ETHUSDT_2h.csv.gz');
    const { status, stdout } = await runMain(['collateral', 'ETH', '--json']);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'error', code: 'DATA_MISSING' });
  });
});

describeWithData(
  'collateral with the data folder',
  (data) => {
    test('prints the derivation, the schedule, the picture and what is missing, without colour', async () => {
      const { status, stdout, stderr } = await runMain(['collateral', 'uni', '--amount', '1000', '--data', data]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const part of [
        'UNI: Uniswap',
        '1. What the price can do before the sale is over',
        'depth estimated from traded volume',
        '5.00 % for depth that is not measured',
        'Haircut by size',
        'The amount held',
        'Missing',
      ])
        expect(stdout).toContain(part);
      expect(stdout).toMatch(/^ +10,000 USD {2}\|#+\.+\| +\d+\.\d\d %$/m);
      expect(stdout).not.toContain('\u001b[');
    });

    test('prints what docs/collateral.md shows', async () => {
      const argv = ['collateral', 'wstETH', '--backs', 'ETH', '--side', 'long', '--amount', '5000', '--data', data];
      const shown = readFileSync(join(REPOSITORY, 'docs/collateral.md'), 'utf8');
      expect(shown).toContain((await runMain(argv)).stdout.trim());
    });

    test('gives the same figures as JSON, and a page with a picture', async () => {
      const page = join(folder, 'deep', 'usdt.html');
      const argv = ['collateral', 'USDT', '--backs', 'USDC', '--side', 'long', '--data', data, '--report', page, '--json'];
      const { status, stdout } = await runMain(argv);
      expect(status).toBe(0);
      const result = JSON.parse(stdout);
      expect(result).toMatchObject({
        kind: 'collateral',
        version: 1,
        asset: 'USDT',
        price: { usd: '1.00305' },
        wrongWay: { backs: 'USDC', side: 'long' },
      });
      expect(result.haircuts.outsideScenarios.at(-1)).toEqual({ upTo: null, haircut: '1' });
      expect(result.profile.policy.unmeasuredDepthPenaltyPpm).toBe(50_000);
      expect(readFileSync(page, 'utf8')).toContain('<svg');
    });

    test('takes a price of today: after a fall, less of the measured depth is left', async () => {
      const kept = async (price: string): Promise<string> =>
        JSON.parse((await runMain(['collateral', 'TUSD', '--price', price, '--data', data, '--json'])).stdout).depth.priceKept;
      // Quoted at 0.998525258.
      expect(await kept('0.499262629')).toBe('0.5');
      expect(await kept('1.1')).toBe('1');
    });
  },
  [
    'binance_spot_5m_2022_01_08/UNIUSDT_5m.csv.gz',
    'binance_spot_15m_30m_1h_2h/ETHUSDT_1h.csv.gz',
    'binance_spot_15m_30m_1h_2h/ETHUSDT_2h.csv.gz',
    'chainlink_rounds_2022_2024/steth_eth_0x86392dC19c0b719886221c78AB11eb8Cf5c52812.csv.gz',
    'dex_quotes_1inch_2023_11/quotes.csv.gz',
    'usdc_depeg_2023_03_multivenue_1m/coinbase_usdtusd.csv.gz',
    'usdc_depeg_2023_03_multivenue_1m/kraken_usdcusd.csv.gz',
  ],
);
