import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { completePortfolio } from '../testing/completePortfolio.ts';
import { profileOf } from '../testing/shippedProfileOf.ts';
import { decodePortfolio } from './decodePortfolio.ts';
import { judgePortfolio, type MarginResult } from './marginResult.ts';
import type { PortfolioDocument } from './portfolioDocument.ts';
import { toRisk } from './toRisk.ts';

const EXAMPLES = new URL('../../../../examples/', import.meta.url);

function judged(json: unknown, profileName: string): MarginResult {
  const decoded = decodePortfolio(json);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return judgedDocument(decoded.document, profileName);
}

function judgedDocument(document: PortfolioDocument, profileName: string): MarginResult {
  const profile = profileOf(profileName);
  const risk = toRisk(document, profile.profile);
  if (!risk.ok) throw new Error(JSON.stringify(risk.problems));
  return judgePortfolio({ file: 'account.json', document, profile }, risk.risk);
}

function example(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8'));
}

/** One ether long, one worked by hand. */
function onePerpetual(): unknown {
  return {
    name: 'One ether',
    account: {
      mode: 'portfolio',
      settlementAsset: 'USDC',
      cash: '1000',
      positions: [{ instrument: 'P', size: '1', entryPrice: '3000' }],
    },
    market: { time: '2026-03-12T08:00:00Z', underlyings: { ETH: { price: '3000' } }, assets: { USDC: { price: '1' } } },
    listing: {
      underlyings: { ETH: { scanRange: '0.18', annualVolatility: '0.8' } },
      assets: { USDC: {} },
      instruments: {
        P: {
          kind: 'perpetual',
          underlying: 'ETH',
          lotSize: '0.001',
          maintenanceAddOn: '0.007',
          initialAddOn: '0.005',
          declaredLatencySeconds: 90,
        },
      },
    },
  };
}

describe('the margin of a portfolio file', () => {
  test('of one perpetual under the provable profile is what is worked out by hand, to the tick', () => {
    const { figures, healthClass } = judged(onePerpetual(), 'plimsoll-provable');
    // Notional 3000 in 1000 lots. Worst move 18 %: 540, of which maintenance takes 70 %. Add-on 0.7 %: 21. Latency, 4.973 deviations
    // of 80 % a year over 90 s: 4.973 · 0.8 · √(90 / 31 536 000) = ⌈6720.9⌉ ppm, of 3000: 20.163. Initial adds 0.5 %: 15.
    expect(figures.equity).toBe(1_000_000_000n);
    expect(figures.maintenance).toBe(378_000_000n + 21_000_000n + 20_163_000n);
    expect(figures.initial).toBe(540_000_000n + 21_000_000n + 20_163_000n + 15_000_000n);
    expect(healthClass).toBe('healthy');
  });

  test('of a vault is its collateral at the threshold less its debt, and its liquidation price is where they meet', () => {
    const { figures, healthClass, liquidation } = judged(example('vault.json'), 'plimsoll-default');
    // 40 · 2710.2 · 0.75 − 72 500; initial 40 · 2710.2 · 0.999 · 0.66 − 72 500.
    expect(figures.healthMaintenance).toBe(8_806_000_000n);
    expect(figures.healthInitial).toBe(-1_022_269_280n);
    expect(healthClass).toBe('restricted');
    // 72 500 / (40 · 0.75) = 2416.666…
    expect(liquidation).toEqual([
      { underlying: 'ETH', now: 2_710_200_000_000n, below: 2_416_666_666_666n, above: null, obstacle: null },
    ]);
  });

  test.each(['perp-trader.json', 'options-hedge.json', 'vault.json'])(
    'of %s: the terms add up to the figures, to the tick',
    (name) => {
      const { maintenance, initial, figures } = judged(example(name), 'plimsoll-default');
      const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
      expect(sum(maintenance.requirementTerms.map(({ charge }) => charge))).toBe(figures.maintenance);
      expect(sum(initial.requirementTerms.map(({ charge }) => charge))).toBe(figures.initial);
      expect(sum(maintenance.equityTerms.map(({ credit }) => credit))).toBe(figures.haircutEquityMaintenance);
      expect(sum(initial.equityTerms.map(({ credit }) => credit))).toBe(figures.haircutEquityInitial);
      expect(sum(maintenance.equityTerms.map(({ value }) => value))).toBe(figures.equity);
    },
  );

  test('one tick of cash decides between restricted and liquidatable', () => {
    const decoded = decodePortfolio(onePerpetual());
    if (!decoded.ok) throw new Error('refused');
    const { document } = decoded;
    const spare = judgedDocument(document, 'plimsoll-provable').figures.healthMaintenance;
    expect(judgedDocument({ ...document, cash: document.cash - spare }, 'plimsoll-provable').healthClass).toBe('restricted');
    expect(judgedDocument({ ...document, cash: document.cash - spare - 1n }, 'plimsoll-provable').healthClass).toBe(
      'liquidatable',
    );
  });

  test('a hedge in one underlying is worth more than its parts', () => {
    const both = judged(example('options-hedge.json'), 'plimsoll-default').figures;
    const decoded = decodePortfolio(example('options-hedge.json'));
    if (!decoded.ok) throw new Error('refused');
    const { document } = decoded;
    const parts = [
      { ...document, positions: [], cash: 0n },
      ...document.positions.map((position) => ({ ...document, positions: [position], balances: [], cash: 0n })),
    ].map((part) => judgedDocument(part, 'plimsoll-default').figures.initial);
    expect(both.initial).toBeLessThan(parts.reduce((total, part) => total + part, 0n));
  });

  test('a lint of the profile with these parameters is reported', () => {
    const json = completePortfolio();
    const decoded = decodePortfolio(json);
    if (!decoded.ok) throw new Error('refused');
    const { document } = decoded;
    const harsh = { ...document, underlyings: document.underlyings.map((one) => ({ ...one, scanRangePpm: 990_000 })) };
    // Its settlement average belongs to an expiry that nothing in the file has.
    expect(judgedDocument(document, 'plimsoll-default').lints.map(({ code }) => code)).toEqual(['expiryUnused']);
    expect(judgedDocument(harsh, 'plimsoll-default').lints.map(({ code }) => code)).toContain('collateralHurts');
  });

  test('options under a linear profile are refused at their place', () => {
    const decoded = decodePortfolio(example('options-hedge.json'));
    if (!decoded.ok) throw new Error('refused');
    const risk = toRisk(decoded.document, profileOf('plimsoll-provable').profile);
    expect(risk.ok ? [] : risk.problems.map(({ path }) => path)).toEqual([
      'account.positions[1].instrument',
      'account.positions[2].instrument',
    ]);
  });

  test('figures beyond the limits of the core are refused at their place, before the core sees them', () => {
    const lot: unknown = JSON.parse(
      JSON.stringify(onePerpetual()).replaceAll('"0.001"', '"1"').replace('"price":"3000"', '"price":"2000000"'),
    );
    const decoded = decodePortfolio(lot);
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
    const risk = toRisk(decoded.document, profileOf('plimsoll-provable').profile);
    expect(risk.ok ? [] : risk.problems.map(({ path }) => path)).toEqual(['listing.instruments.P.lotSize']);
  });
});
