import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePortfolio } from '@plimsoll/service/portfolio/decodePortfolio';
import { marginJson } from '@plimsoll/service/portfolio/marginJson';
import { judgePortfolio, type MarginResult } from '@plimsoll/service/portfolio/marginResult';
import { toRisk } from '@plimsoll/service/portfolio/toRisk';
import { describe, expect, test } from 'vitest';
import { marginText } from './marginText.ts';
import { loadProfile } from './profileLibrary.ts';
import { createPaint } from './terminal/style.ts';
import { REPOSITORY } from './testing/runPlimsoll.ts';

const NOW = Date.parse('2026-03-12T08:00:00Z');

function inDays(days: number): string {
  return new Date(NOW + days * 86_400_000).toISOString();
}

/** Marks at the index 3000, volatility in percent by strike. */
function marks(days: number, volatilities: Readonly<Record<string, number>>): Record<string, unknown> {
  const list = Object.entries(volatilities).map(([strike, percent]) => ({ strike, volatility: `${percent / 100}` }));
  return { expiry: inDays(days), surface: { kind: 'strikes', marks: list } };
}

/** A long call at 3000 for each day count, none held but the first. */
function options(expiries: readonly unknown[], days: readonly number[], priced: Record<string, unknown> = {}): unknown {
  return {
    name: 'Surfaces',
    account: {
      mode: 'portfolio',
      settlementAsset: 'USDC',
      cash: '10000',
      positions: [{ instrument: `C-${days[0]}`, size: '1', entryPrice: null }],
    },
    market: {
      time: new Date(NOW).toISOString(),
      underlyings: { ETH: { price: '3000', expiries } },
      assets: { USDC: { price: '1' } },
      instruments: priced,
    },
    listing: {
      assets: { USDC: {} },
      instruments: Object.fromEntries(
        days.map((day) => [
          `C-${day}`,
          { kind: 'option', underlying: 'ETH', expiry: inDays(day), strike: '3000', right: 'call', lotSize: '0.1' },
        ]),
      ),
    },
  };
}

function judged(json: unknown, profileName = 'plimsoll-default'): MarginResult {
  const decoded = decodePortfolio(json);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  const profile = loadProfile(profileName);
  const risk = toRisk(decoded.document, profile.profile);
  if (!risk.ok) throw new Error(JSON.stringify(risk.problems));
  return judgePortfolio({ file: 'account.json', document: decoded.document, profile }, risk.risk);
}

describe('a surface of marks', () => {
  test('with one mark of 300 % between two of 50 % is warned of at its strike, in JSON and in words', () => {
    const result = judged(options([marks(30, { 2900: 50, 3000: 300, 3100: 50 })], [30]));
    const lints = JSON.parse(JSON.stringify(marginJson(result, null))).lints;
    expect(lints.map(({ code, path }: Record<string, string>) => [code, path])).toEqual([
      ['surfaceButterfly', 'market.underlyings.ETH.expiries[0]'],
      ['surfaceButterfly', 'market.underlyings.ETH.expiries[0]'],
    ]);
    expect(lints[0].sentence).toMatch(
      /2026-04-11T08:00 has a call spread of negative value at the strike 3000: the call costs \d+\.\d+ USD/,
    );
    expect(lints[1].sentence).toMatch(/butterfly of negative value at the strike 3000: the call costs 8\d\d\.?\d* USD more/);
    const text = marginText(result, createPaint(false));
    expect(text).toContain('Warnings\n  surfaceButterfly (market.underlyings.ETH.expiries[0]): The surface of 2026-04-11T08:00');
  });

  test('of 200 % at 15 days before one of 20 % at 107 days is warned of at the later entry, wherever that stands in the list', () => {
    const [early, late] = [marks(15, { 3000: 200 }), marks(107, { 3000: 20 })];
    for (const [expiries, index] of [
      [[early, late], 1],
      [[late, early], 0],
    ] as const) {
      const { lints } = judged(options(expiries, [15, 107]));
      // 4 · 15 / 365 − 0.04 · 107 / 365 = 0.152658
      expect(lints).toEqual([
        {
          code: 'surfaceCalendar',
          path: `market.underlyings.ETH.expiries[${index}]`,
          sentence:
            'Total variance falls by 0.152658 from 2026-03-27T08:00 to 2026-06-27T08:00 at the strike 3000: the later option costs less than the earlier.',
        },
      ]);
    }
  });

  test('without arbitrage gives no warning, nor do marks of no volatility at all', () => {
    const clean = [marks(15, { 2800: 66, 3000: 60, 3200: 62 }), marks(107, { 2800: 64, 3000: 60, 3200: 61 })];
    expect(judged(options(clean, [15, 107])).lints).toEqual([]);
    expect(judged(options([marks(15, { 2800: 0, 3000: 0, 3200: 0 })], [15])).lints).toEqual([]);
  });

  test('is not looked at where nothing reads it: a vault', () => {
    const vault = JSON.parse(readFileSync(join(REPOSITORY, 'examples/vault.json'), 'utf8'));
    vault.market.underlyings.ETH.expiries = [
      { expiry: '2030-01-01T00:00:00Z', surface: { kind: 'strikes', marks: [{ strike: '1', volatility: '1' }] } },
    ];
    expect(judged(vault).lints).toEqual([]);
  });
});

describe('a surface of SVI', () => {
  const svi = (days: number, changed: Record<string, string>): Record<string, unknown> => ({
    expiry: inDays(days),
    surface: { kind: 'svi', a: '0.01', b: '0.1', rho: '-0.3', m: '0', sigma: '0.2', ...changed },
  });

  test('published by a venue gives no warning', () => {
    const json = JSON.parse(readFileSync(join(REPOSITORY, 'examples/derive-options.json'), 'utf8'));
    expect(judged(json, 'derive-pmrm2').lints).toEqual([]);
  });

  test('with a negative density is warned of', () => {
    // At k = 0.5: w = 0.49, w' = 0.9, g = (1 − 0.45 / 0.98)² − 0.2025 · (1 / 0.49 + 0.25) < 0; the same on the other side.
    const steep = { a: '0.04', b: '0.9', rho: '0', sigma: '0.01', years: '1' };
    const { lints } = judged(options([svi(365, steep)], [365]));
    const lint = ['surfaceButterfly', 'market.underlyings.ETH.expiries[0]'];
    expect(lints.map(({ code, path }) => [code, path])).toEqual([lint, lint]);
    for (const { sentence } of lints) expect(sentence).toMatch(/around the strike \d+.*density factor is -\d\.\d+ there/);
  });

  test('that was fitted long before is compared at the time that is left', () => {
    // As stated total variance rises from 0.03 to 0.06; of the later fit at two years a fifth is left, 0.012.
    const flat = { b: '0', sigma: '0.1' };
    const early = svi(73, { ...flat, a: '0.03', years: '0.2' });
    const late = svi(146, { ...flat, a: '0.06', years: '2' });
    const { lints } = judged(options([early, late], [73, 146]));
    expect(lints.map(({ code, path }) => [code, path])).toEqual([['surfaceCalendar', 'market.underlyings.ETH.expiries[1]']]);
    expect(lints[0]?.sentence).toContain('falls by 0.018 ');
  });
});

describe('an expiry and an option that miss each other', () => {
  const smile = { 2800: 60, 3000: 60 };

  test('are both warned of by their places', () => {
    const { lints } = judged(options([marks(15, smile), marks(108, smile)], [15, 107]));
    expect(lints).toEqual([
      {
        code: 'expiryUnused',
        path: 'market.underlyings.ETH.expiries[1]',
        sentence: 'No instrument of ETH in this file expires at 2026-06-28T08:00:00.000Z: what the entry says has no effect.',
      },
      {
        code: 'surfaceMissing',
        path: 'market.instruments.C-107.impliedVolatility',
        sentence:
          'C-107 has no volatility: ETH has surfaces, but none at 2026-06-27T08:00:00.000Z, so its annualVolatility is taken.',
      },
    ]);
  });

  test('are not, where the option states its volatility or no expiry has a surface', () => {
    expect(judged(options([marks(15, smile)], [15, 107], { 'C-107': { impliedVolatility: '0.6' } })).lints).toEqual([]);
    expect(judged(options([{ expiry: inDays(15), rate: '0.05' }], [15, 107])).lints).toEqual([]);
    expect(judged(options([], [15, 107])).lints).toEqual([]);
  });
});
