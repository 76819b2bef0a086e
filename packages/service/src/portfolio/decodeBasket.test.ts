import { readFileSync } from 'node:fs';
import { compileRisk, computeMargin, type MarginFigures } from '@plimsoll/core/margin';
import { describe, expect, test } from 'vitest';
import { profileOf } from '../testing/shippedProfileOf.ts';
import { decodePortfolio } from './decodePortfolio.ts';
import type { ListedAsset, PortfolioDocument } from './portfolioDocument.ts';
import { toRisk } from './toRisk.ts';

const EXAMPLE = new URL('../../../../examples/basket.json', import.meta.url);

const NANO = 1_000_000_000n;
const DOLLAR = 1_000_000n;

/** `examples/basket.json` with the values at some paths replaced, or with undefined taken away. */
function example(changes: Readonly<Record<string, unknown>> = {}): unknown {
  const root: unknown = JSON.parse(readFileSync(EXAMPLE, 'utf8'));
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('/');
    const last = steps.pop() ?? '';
    let current: unknown = root;
    for (const step of steps) current = typeof current === 'object' && current !== null ? Reflect.get(current, step) : undefined;
    if (typeof current !== 'object' || current === null) throw new Error(`no object at ${path}`);
    if (value === undefined) Reflect.deleteProperty(current, last);
    else Reflect.set(current, last, value);
  }
  return root;
}

function documentOf(changes: Readonly<Record<string, unknown>> = {}): PortfolioDocument {
  const decoded = decodePortfolio(example(changes));
  if (!decoded.ok) throw new Error(`refused: ${JSON.stringify(decoded.problems)}`);
  return decoded.document;
}

function mixOf(document: PortfolioDocument): ListedAsset {
  const found = document.assets.find(({ symbol }) => symbol === 'MIX');
  if (found === undefined) throw new Error('the example lists MIX');
  return found;
}

function figuresOf(changes: Readonly<Record<string, unknown>> = {}, profile = 'plimsoll-grid'): MarginFigures {
  const risk = toRisk(documentOf(changes), profileOf(profile).profile);
  if (!risk.ok) throw new Error(`refused: ${JSON.stringify(risk.problems)}`);
  return computeMargin(compileRisk(risk.risk.input), risk.risk.portfolio);
}

/** Problems as `path | expected`. */
function problemsOf(changes: Readonly<Record<string, unknown>>): readonly string[] {
  const decoded = decodePortfolio(example(changes));
  return decoded.ok ? [] : decoded.problems.map(({ path, expected }) => `${path} | ${expected}`);
}

const MARKET = 'market/assets/MIX';
const BASKET = 'listing/assets/MIX';
const PARTS = [
  { asset: 'ETH', amount: '0.1' },
  { asset: 'BTC', amount: '0.002' },
  { asset: 'USDC', amount: '100' },
];

describe('what a basket in a portfolio file means', () => {
  test('parts become ledger units of their assets, and what is left out is assumed', () => {
    const document = documentOf({ [`${BASKET}/parts`]: PARTS });
    expect(mixOf(document).basket).toEqual({
      isInside: true,
      parts: [
        { asset: 'ETH', amount: 100_000_000n, capPpm: 1_000_000 },
        { asset: 'BTC', amount: 2_000_000n, capPpm: 1_000_000 },
        { asset: 'USDC', amount: 100_000_000n, capPpm: 1_000_000 },
      ],
    });
    expect(document.assumed).toContainEqual({ path: 'listing.assets.MIX.parts[0].cap', value: '1' });
  });

  test('it is worth the smaller of its market and its parts', () => {
    expect(mixOf(documentOf()).price.price).toBe(597n * NANO);
    expect(mixOf(documentOf({ [`${MARKET}/price`]: '640' })).price.price).toBe(600n * NANO);
    const alone = documentOf({ [MARKET]: undefined });
    expect(mixOf(alone).price.price).toBe(600n * NANO);
    expect(alone.assumed).toContainEqual({ path: 'market.assets.MIX.price', value: 'the sum of its parts' });
  });

  test('what a part is worth beyond its cap counts nothing', () => {
    // Ether at 9000: 900 + 200 + 100 USD are 1200, of which ether may be 60 % and is 75 %.
    const dear = documentOf({ [MARKET]: undefined, 'market/underlyings/ETH/price': '9000' });
    expect(mixOf(dear).price.price).toBe(1_020n * NANO);
  });

  test('at each end of the bands it is the smaller of both again, and it is as uncertain as the least certain of them', () => {
    const banded = documentOf({
      'market/underlyings/ETH/band': { low: '2900', high: '3100' },
      'market/underlyings/ETH/confidence': '0.002',
      [`${MARKET}/band`]: { low: '595', high: '700' },
      [`${MARKET}/confidence`]: '0.001',
    });
    expect(mixOf(banded).price).toEqual({ price: 597n * NANO, low: 590n * NANO, high: 610n * NANO, confidencePpm: 2_000 });
  });

  test('inside the scenarios it nets against shorts in its parts, outside them only its haircut counts', () => {
    const hedged = figuresOf();
    const outside = figuresOf({ [`${BASKET}/scenarios`]: undefined, [`${BASKET}/riskUnit`]: undefined });
    expect(hedged.equity).toBe(59_700n * DOLLAR);
    expect(outside.equity).toBe(hedged.equity);
    expect(outside.haircutEquityMaintenance).toBe(hedged.haircutEquityMaintenance);
    // Of what the shorts lose the basket gains all but the half percent by which its market marks the parts down.
    expect(hedged.maintenance).toBe(688_130_000n);
    expect(outside.maintenance).toBeGreaterThan(7_000n * DOLLAR);
  });

  test('under a profile with rules it is outside: its haircut counts, and the shorts are charged in full', () => {
    const outside = { [`${BASKET}/scenarios`]: undefined, [`${BASKET}/riskUnit`]: undefined };
    expect(figuresOf({}, 'derive-srm')).toEqual(figuresOf(outside, 'derive-srm'));
    // 6.5 % of 50 000 USD of perpetuals, and 3 % off the basket.
    expect(figuresOf({}, 'derive-srm')).toMatchObject({
      maintenance: 3_250n * DOLLAR,
      haircutEquityMaintenance: 57_909n * DOLLAR,
    });
  });

  test('overcollateralized accounts value it the same way', () => {
    const vault = { 'account/mode': 'overcollateralized', 'account/positions': [], [`${BASKET}/loanToValue`]: '0.5' };
    expect(figuresOf(vault).haircutEquityInitial).toBe(29_850n * DOLLAR);
  });
});

describe('a basket that is wrong is refused with its place', () => {
  test.each<[sentence: string, changes: Readonly<Record<string, unknown>>, problem: string]>([
    ['a part that is not listed', { [`${BASKET}/parts/0/asset`]: 'DOGE' }, 'listing.assets.MIX.parts[0].asset | a symbol of'],
    ['itself as a part', { [`${BASKET}/parts/0/asset`]: 'MIX' }, 'listing.assets.MIX.parts[0].asset | a symbol of'],
    ['a part twice', { [`${BASKET}/parts/1/asset`]: 'ETH' }, 'listing.assets.MIX.parts | parts that name each asset once'],
    ['no parts', { [`${BASKET}/parts`]: [] }, 'listing.assets.MIX.parts | '],
    ['parts without a kind', { [`${BASKET}/kind`]: undefined }, 'listing.assets.MIX.kind | '],
    ['a kind without parts', { [`${BASKET}/parts`]: undefined }, 'listing.assets.MIX.parts | '],
    ['an underlying of its own', { [`${BASKET}/underlying`]: 'ETH' }, 'listing.assets.MIX.underlying | no such field'],
    ['a cap of nothing', { [`${BASKET}/parts/0/cap`]: '0' }, 'listing.assets.MIX.parts[0].cap | the largest share'],
    ['an amount of nothing', { [`${BASKET}/parts/0/amount`]: '0' }, 'listing.assets.MIX.parts[0].amount | units of the part'],
    ['other scenarios', { [`${BASKET}/scenarios`]: 'whole' }, 'listing.assets.MIX.scenarios | '],
    ['a risk unit outside the scenarios', { [`${BASKET}/scenarios`]: undefined }, 'listing.assets.MIX.riskUnit | nothing'],
    ['the settlement asset', { 'account/settlementAsset': 'MIX' }, 'listing.assets.MIX.kind | nothing'],
    [
      'parts beyond any price',
      { [MARKET]: undefined, [`${BASKET}/parts`]: [{ asset: 'BTC', amount: '4000000000' }] },
      'listing.assets.MIX.parts | parts worth between',
    ],
  ])('%s', (_sentence, changes, problem) => {
    expect(problemsOf(changes).filter((line) => line.startsWith(problem))).toHaveLength(1);
  });

  test('a risk unit worth too much for the figures of a lot', () => {
    const risk = toRisk(documentOf({ [`${BASKET}/riskUnit`]: '5000' }), profileOf('plimsoll-grid').profile);
    expect(risk).toMatchObject({ ok: false, problems: [{ path: 'listing.assets.MIX.riskUnit' }] });
  });
});
