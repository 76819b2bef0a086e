import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePortfolio } from '@plimsoll/service/portfolio/decodePortfolio';
import { loanJson } from '@plimsoll/service/portfolio/loanOutlook';
import { judgePortfolio } from '@plimsoll/service/portfolio/marginResult';
import { toRisk } from '@plimsoll/service/portfolio/toRisk';
import { describe, expect, test } from 'vitest';
import { loanLines } from './loanText.ts';
import { loadProfile } from './profileLibrary.ts';
import { runMain } from './testing/runMain.ts';
import { REPOSITORY } from './testing/runPlimsoll.ts';

const EXAMPLE = 'examples/options-and-perpetuals.json';

interface LevelJson {
  readonly requirement: string;
  readonly health: string;
  readonly requirementTerms: readonly { readonly kind: string; readonly subject: string; readonly charge: string }[];
}

interface MarginDocument {
  readonly profile: { readonly name: string; readonly coherent: boolean };
  readonly maintenance: LevelJson;
  readonly initial: LevelJson;
  readonly lints: readonly unknown[];
}

async function marginOf(...words: readonly string[]): Promise<MarginDocument> {
  const { status, stdout } = await runMain(['margin', EXAMPLE, '--json', ...words]);
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

/** Decimal text of at most six decimals to ticks. */
function ticks(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}

describe('plimsoll margin under a profile with rules', () => {
  test('margins options and perpetuals by the standard rules, term by term, to the tick', async () => {
    const { profile, maintenance, initial, lints } = await marginOf('--profile', 'derive-srm');
    expect(profile).toMatchObject({ name: 'derive-srm', coherent: false });
    expect(lints).toEqual([]);
    expect(maintenance.requirementTerms).toMatchObject([
      // 6.5 % of 0.05 · 95 461.004 and of 4 · 3013.755, rounded up
      { kind: 'linearShare', subject: 'BTC-PERP', charge: '310.248263' },
      { kind: 'linearShare', subject: 'ETH-PERP', charge: '783.576306' },
      // worst payoff of the spread 300 · 10 less what it is worth, −568.0322
      { kind: 'optionMaximumLoss', subject: 'ETH 2026-03-27', charge: '2431.9678' },
      // 9 % of the index, 3012.55 · 5
      { kind: 'optionIsolated', subject: 'ETH 2026-06-26', charge: '1355.6475' },
    ]);
    for (const level of [maintenance, initial]) {
      const sum = level.requirementTerms.reduce((total, { charge }) => total + ticks(charge), 0n);
      expect(sum).toBe(ticks(level.requirement));
    }
    expect(ticks(initial.requirement)).toBeGreaterThan(ticks(maintenance.requirement));
  });

  test('shows the same in words', async () => {
    const { status, stdout } = await runMain(['margin', EXAMPLE]);
    expect(status).toBe(0);
    expect(stdout).toContain('profile derive-srm');
    expect(stdout).toMatch(/options, worst payoff +ETH 2026-03-27 +2,431\.967800 +2,431\.967800/);
    expect(stdout).toMatch(/share of notional +ETH-PERP +783\.576306 +1,205\.502008/);
  });

  test('refuses options where a profile of rules takes linear instruments only, by name', async () => {
    const { status, stderr } = await runMain(['margin', EXAMPLE, '--profile', 'tiered-perpetual']);
    expect(status).not.toBe(0);
    expect(stderr).toContain('the profile tiered-perpetual does not margin options');
  });

  test('raises the initial share with the open interest of the market', () => {
    const perpetual = JSON.parse(readFileSync(join(REPOSITORY, 'examples/perp-trader.json'), 'utf8'));
    const listing = { ...perpetual.listing, underlyings: {}, assets: { USDC: {} } };
    listing.instruments = { 'DOGE-PERP': { kind: 'perpetual', underlying: 'DOGE', lotSize: '1' } };
    const document = (openInterest: string): unknown => ({
      ...perpetual,
      account: {
        ...perpetual.account,
        collateral: {},
        positions: [{ instrument: 'DOGE-PERP', size: '1000', entryPrice: '0.2' }],
      },
      market: {
        time: perpetual.market.time,
        underlyings: { DOGE: { price: '0.2' } },
        assets: { USDC: { price: '1' } },
        instruments: { 'DOGE-PERP': { openInterest } },
      },
      listing,
    });
    const initial = (openInterest: string): unknown => {
      const decoded = decodePortfolio(document(openInterest));
      if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
      const profile = loadProfile('tiered-perpetual');
      const risk = toRisk(decoded.document, profile.profile);
      if (!risk.ok) throw new Error(JSON.stringify(risk.problems));
      return judgePortfolio({ file: 'account.json', document: decoded.document, profile }, risk.risk).figures.initial;
    };
    // Tier mid: 5 % of 200 dollars up to 40 million of open interest, all of it from 100 million; half way 52.5 %.
    expect(initial('200000000')).toBe(10_000_000n);
    expect(initial('350000000')).toBe(105_000_000n);
    expect(initial('500000000')).toBe(200_000_000n);
  });

  test('counts static lending by the rules of its profile and says which', async () => {
    const { status, stdout } = await runMain(['margin', 'examples/vault.json', '--profile', 'overcollateralized-maker']);
    expect(status).toBe(0);
    expect(stdout).toContain('profile overcollateralized-maker');
    // 40 ether at 2710.20 count for two thirds, cut to 666 666 ppm: 72 271.93 against 72 500 owed.
    expect(stdout).toMatch(/collateral +ETH +40 +108,408\.000000 +72,271\.927728/);
    expect(stdout).toContain('liquidatable');
    // All of it, for there is room: 72 500 and 13 % of penalty, opening at 1.3 · 2710.20.
    expect(stdout).toContain('auction 40 ETH from 3,523.26 USD each to raise 81,925.000000 USD of USDC');
  });

  test('says what a liquidation may take under a close factor', () => {
    const vault = JSON.parse(readFileSync(join(REPOSITORY, 'examples/vault.json'), 'utf8'));
    const decoded = decodePortfolio({ ...vault, account: { ...vault.account, debts: { USDC: '82000' } } });
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
    const profile = loadProfile('overcollateralized-aave');
    const risk = toRisk(decoded.document, profile.profile);
    if (!risk.ok) throw new Error(JSON.stringify(risk.problems));
    // Health 81 306 / 82 000 = 0.9915: half of the debt, and 5 % more of collateral, a tenth of the gain to the protocol.
    const result = judgePortfolio({ file: 'vault.json', document: decoded.document, profile }, risk.risk);
    expect(result.loans).toMatchObject([
      {
        collateral: 'ETH',
        debt: 'USDC',
        close: { repay: 41_000_000_000n, seize: 43_050_000_000n, toProtocol: 205_000_000n, badDebt: 0n, limit: 'closeFactor' },
      },
    ]);
    expect(loanJson(result.loans)).toMatchObject([
      { close: { repay: '41000', seize: '43050', limit: 'closeFactor' }, auction: null },
    ]);
    expect(loanLines(result.loans).join(' ')).toContain(
      'repay up to 41,000.000000 USD of USDC for 43,050.000000 USD of ETH (the close factor)',
    );
  });
});

describe('plimsoll profiles', () => {
  test('lists every profile with rules and shows each of them without a lint', async () => {
    const listed = (await runMain(['profiles'])).stdout;
    for (const name of [
      'derive-srm',
      'tiered-perpetual',
      'tiered-perpetual-sized',
      'overcollateralized-aave',
      'overcollateralized-morpho',
      'overcollateralized-maker',
    ]) {
      expect(listed).toContain(name);
      const json: unknown = JSON.parse(readFileSync(join(REPOSITORY, 'profiles', `${name}.json`), 'utf8'));
      expect(json).toHaveProperty('rules');
      expect(json).toHaveProperty('source');
    }
    const { status, stdout } = await runMain(['profiles', 'derive-srm']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/rule "ether" +ETH: options, linear, collateral, confidence/);
    expect(stdout).toContain('No lints.');
  });
});
