import { describe, expect, test } from 'vitest';
import { completePortfolio } from '../testing/completePortfolio.ts';
import { decodePortfolio } from './decodePortfolio.ts';
import type { PortfolioDocument } from './portfolioDocument.ts';

type Change = (root: Record<string, unknown>) => void;

/** Sets (or with undefined deletes) the field at a path of names. */
function set(path: string, value: unknown): Change {
  return (root) => {
    const steps = path.split('/');
    const last = steps.pop() ?? '';
    let current: object = root;
    for (const step of steps) {
      const next: unknown = Reflect.get(current, step);
      if (typeof next !== 'object' || next === null) throw new Error(`no object at ${step} of ${path}`);
      current = next;
    }
    if (value === undefined) Reflect.deleteProperty(current, last);
    else Reflect.set(current, last, value);
  };
}

function decoded(...changes: readonly Change[]): ReturnType<typeof decodePortfolio> {
  const root = completePortfolio();
  for (const change of changes) change(root);
  return decodePortfolio(root);
}

function accepted(...changes: readonly Change[]): PortfolioDocument {
  const result = decoded(...changes);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result.document;
}

/** Problems as `path | expected | found`. */
function problems(...changes: readonly Change[]): readonly string[] {
  const result = decoded(...changes);
  return result.ok ? [] : result.problems.map(({ path, expected, found }) => `${path} | ${expected} | ${found}`);
}

describe('what a portfolio file means', () => {
  test('amounts become ledger units, prices 1e-9 USD, ratios ppm and sizes lots', () => {
    const document = accepted();
    expect(document.balances.map(({ asset, kind, amount }) => [asset, kind, amount])).toEqual([
      ['ETH', 'collateral', 6_500_000_000n],
      ['USDC', 'supply', 10_000_000n],
      ['ETH', 'debt', 250_000_000n],
    ]);
    expect(document.positions).toEqual([
      { path: 'account.positions[0]', instrument: 'ETH-PERP', lots: 2000, ownerLots: 5000, paid: 5_800_000_000n },
    ]);
    expect(document.underlyings[0]).toMatchObject({
      scanRangePpm: 180_000,
      depthOnePercent: 20_000_000_000_000n,
      slowPrice: 2_950_000_000_000n,
      price: { price: 3_000_000_000_000n, low: 2_990_000_000_000n, high: 3_010_000_000_000n, confidencePpm: 1000 },
    });
    expect(document.instruments.map(({ symbol }) => symbol)).toEqual(['ETH-APR', 'ETH-CALL', 'ETH-PERP', 'ETH-SPOT']);
    expect(document.assumed).toEqual([{ path: 'market.instruments.ETH-SPOT.markPremium', value: '0' }]);
  });

  test('the price that was paid is taken from cash, and null leaves cash as it is', () => {
    // 2 ETH at 2900 from 1000.5.
    expect(accepted().cash).toBe(1_000_500_000n - 5_800_000_000n);
    expect(accepted(set('account/positions/0/entryPrice', null)).cash).toBe(1_000_500_000n);
  });

  test('a fraction of a tick that was paid or received counts against the account', () => {
    const paid = (size: string): bigint =>
      accepted(set('account/positions/0/size', size), set('account/positions/0/entryPrice', '2900.000000001')).cash -
      1_000_500_000n;
    expect(paid('0.001')).toBe(-2_900_001n);
    expect(paid('-0.001')).toBe(2_900_000n);
  });

  test('a spot holding is collateral of its base asset, and joins what is there', () => {
    const position = { instrument: 'ETH-SPOT', size: '1.5', entryPrice: '3000' };
    const document = accepted(set('account/positions', [position]));
    expect(document.positions).toEqual([]);
    expect(document.balances[0]).toMatchObject({ asset: 'ETH', kind: 'collateral', amount: 8_000_000_000n });
    expect(document.cash).toBe(1_000_500_000n - 4_500_000_000n);
  });

  test('what is left out is assumed, and said', () => {
    const document = accepted(
      set('listing/instruments/ETH-PERP', { kind: 'perpetual', underlying: 'ETH' }),
      set('listing/underlyings', undefined),
    );
    expect(document.instruments.find(({ symbol }) => symbol === 'ETH-PERP')).toMatchObject({
      lotUnits: 1_000_000n,
      maintenanceAddOnPpm: 10_000,
      initialAddOnPpm: 5000,
      impactPpm: 5000,
      declaredLatencyMs: 90_000,
    });
    expect(document.underlyings[0]).toMatchObject({
      scanRangePpm: 200_000,
      annualVolatilityPpm: 800_000,
      depthOnePercent: 5_000_000_000_000n,
    });
    expect(document.assumed).toContainEqual({ path: 'listing.instruments.ETH-PERP.maintenanceAddOn', value: '0.01' });
    expect(document.assumed).toContainEqual({ path: 'listing.underlyings.ETH.scanRange', value: '0.2' });
  });

  test('an asset without a price of its own follows its underlying', () => {
    const document = accepted(set('market/assets/ETH', undefined));
    expect(document.assets.find(({ symbol }) => symbol === 'ETH')?.price.price).toBe(3_000_000_000_000n);
    expect(document.assumed).toContainEqual({ path: 'market.assets.ETH.price', value: 'as market.underlyings.ETH' });
  });

  test('parameters that the mode does not read are not listed as assumed', () => {
    const left = [set('listing/assets/ETH/loanToValue', undefined), set('listing/assets/ETH/haircuts', undefined)];
    const assumedIn = (mode: string): readonly string[] =>
      accepted(...left, set('account/mode', mode), set('account/positions', [])).assumed.map(({ path }) => path);
    expect(assumedIn('portfolio')).toContain('listing.assets.ETH.haircuts');
    expect(assumedIn('portfolio')).not.toContain('listing.assets.ETH.loanToValue');
    expect(assumedIn('overcollateralized')).toContain('listing.assets.ETH.loanToValue');
    expect(assumedIn('overcollateralized')).not.toContain('listing.assets.ETH.haircuts');
  });
});

describe('a portfolio file that is wrong', () => {
  test.each<[sentence: string, changes: readonly Change[], problem: RegExp]>([
    ['a number instead of decimal text', [set('account/cash', 12)], /^account\.cash \| .*6 decimals, in quotes \| 12$/],
    ['an exponent', [set('account/cash', '1e3')], /^account\.cash \| .*plain decimal text.* \| "1e3"$/],
    [
      'more decimals than the asset has',
      [set('account/collateral/ETH', '1.0000000001')],
      /^account\.collateral\.ETH \| .*9 decimals/,
    ],
    ['a negative amount', [set('account/debts/ETH', '-1')], /^account\.debts\.ETH \| an amount of ETH, from "0"/],
    [
      'an asset that is not listed',
      [set('account/collateral/DOGE', '1')],
      /^account\.collateral\.DOGE \| .*\(USDC, ETH, MIX\) \| "DOGE"$/,
    ],
    ['a misspelt field', [set('account/colateral', {})], /^account\.colateral \| no such field/],
    ['a mode that does not exist', [set('account/mode', 'cross')], /^account\.mode \| one of "portfolio"/],
    ['a missing section', [set('market', undefined)], /^market \| an object \| nothing$/],
    [
      'a size between lots',
      [set('account/positions/0/size', '0.0005')],
      /^account\.positions\[0\]\.size \| a multiple of the lot size 0\.001/,
    ],
    [
      'an instrument twice',
      [set('account/positions/1', { instrument: 'ETH-PERP', size: '1', entryPrice: null })],
      /^account\.positions\[1\]\.instrument \| each instrument once/,
    ],
    [
      'no entry price',
      [set('account/positions/0/entryPrice', undefined)],
      /^account\.positions\[0\]\.entryPrice \| .*null when cash/,
    ],
    [
      'an owner with less than the account',
      [set('account/positions/0/ownerSize', '1')],
      /^account\.positions\[0\]\.ownerSize \| at least/,
    ],
    [
      'a short spot position',
      [set('account/positions', [{ instrument: 'ETH-SPOT', size: '-1', entryPrice: null }])],
      /positions\[0\]\.size \| a long size/,
    ],
    ['positions in a lending account', [set('account/mode', 'overcollateralized')], /^account\.positions \| no positions/],
    ['a price of zero', [set('market/underlyings/ETH/price', '0')], /^market\.underlyings\.ETH\.price \| a price in USD, from/],
    [
      'a band beside the price',
      [set('market/assets/ETH/band', { low: '3000', high: '3010' })],
      /^market\.assets\.ETH\.band \| a band around/,
    ],
    [
      'a price for something unlisted',
      [set('market/assets/DAI', { price: '1' })],
      /^market\.assets\.DAI \| a symbol of listing\.assets/,
    ],
    ['no price for something listed', [set('market/assets/USDC', undefined)], /^market\.assets\.USDC \| the price of an asset/],
    ['a day that does not exist', [set('market/time', '2026-02-30T08:00:00Z')], /^market\.time \| a time in UTC/],
    ['a local time', [set('market/time', '2026-02-20T08:00:00')], /^market\.time \| a time in UTC/],
    [
      'an expiry that has passed',
      [set('listing/instruments/ETH-APR/expiry', '2026-03-12T08:00:00Z')],
      /expiry \| a time after market\.time/,
    ],
    [
      'haircuts that fall',
      [set('listing/assets/ETH/haircuts', [{ upTo: '1', haircut: '0.2' }, { haircut: '0.1' }])],
      /haircuts \| bands with rising/,
    ],
    [
      'a closed last band',
      [set('listing/assets/ETH/haircuts', [{ upTo: '1', haircut: '0.2' }])],
      /haircuts \| bands with rising/,
    ],
    [
      'a loan-to-value above the threshold',
      [set('listing/assets/ETH/loanToValue', '0.9')],
      /loanToValue \| a loanToValue that is not above/,
    ],
    [
      'a settlement asset with other decimals',
      [set('listing/assets/USDC/decimals', 9)],
      /^listing\.assets\.USDC\.decimals \| 6:/,
    ],
    [
      'a settlement asset inside the scenarios',
      [set('listing/assets/USDC/underlying', 'ETH')],
      /^listing\.assets\.USDC\.underlying \| nothing/,
    ],
    ['a strike on a perpetual', [set('listing/instruments/ETH-PERP/strike', '1')], /ETH-PERP\.strike \| no such field/],
    [
      'a volatility for a perpetual',
      [set('market/instruments/ETH-PERP/impliedVolatility', '0.5')],
      /ETH-PERP\.impliedVolatility \| nothing/,
    ],
    ['a symbol with a blank', [set('listing/assets/E TH', {})], /^listing\.assets \| symbols of 1 to 32/],
  ])('%s is named with its place and what was expected', (_sentence, changes, problem) => {
    expect(problems(...changes).filter((line) => problem.test(line))).toHaveLength(1);
  });

  test('positions of an isolated account are in one underlying', () => {
    const changes = [
      set('account/mode', 'isolated'),
      set('market/underlyings/BTC', { price: '90000' }),
      set('listing/instruments/BTC-PERP', { kind: 'perpetual', underlying: 'BTC' }),
      set('account/positions/1', { instrument: 'BTC-PERP', size: '1', entryPrice: null }),
    ];
    expect(problems(...changes)).toEqual([
      'account.positions | positions in one underlying: an isolated account backs one market | "ETH, BTC"',
    ]);
  });

  test('all problems are named at once', () => {
    const found = problems(set('account/cash', 'x'), set('market/time', 'now'), set('listing/assets/ETH/decimals', 12));
    expect(found.map((line) => line.split(' | ')[0])).toEqual(
      expect.arrayContaining(['account.cash', 'market.time', 'listing.assets.ETH.decimals']),
    );
  });

  test.each([[null], [[]], ['text'], [7], [{}]])('a document that is %j is refused without an exception', (json) => {
    expect(decodePortfolio(json).ok).toBe(false);
  });

  test('names that mean something to JavaScript are plain unknown fields', () => {
    const json: unknown = JSON.parse('{"__proto__":{"name":"x"},"constructor":1}');
    const result = decodePortfolio(json);
    expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['__proto__', 'constructor', 'name']),
    );
  });
});
