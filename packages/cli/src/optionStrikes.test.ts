import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePortfolio } from '@plimsoll/service/portfolio/decodePortfolio';
import { afterAll, describe, expect, test } from 'vitest';
import { runMain } from './testing/runMain.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-strikes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const EXPIRY = '2026-06-26T08:00:00Z';

/** Short a call and a put at each strike, priced on marks at the same strikes. */
function shortAt(...strikes: readonly string[]): Record<string, unknown> {
  const options = strikes.flatMap((strike, index) => [
    { symbol: `C-${index}`, right: 'call', strike },
    { symbol: `P-${index}`, right: 'put', strike },
  ]);
  return {
    name: 'Strikes at the ends',
    account: {
      mode: 'portfolio',
      settlementAsset: 'USDC',
      cash: '0',
      positions: options.map(({ symbol }) => ({ instrument: symbol, size: '-0.001', entryPrice: null })),
    },
    market: {
      time: '2026-03-12T08:00:00Z',
      underlyings: {
        ETH: {
          price: '3000',
          expiries: [
            { expiry: EXPIRY, surface: { kind: 'strikes', marks: strikes.map((strike) => ({ strike, volatility: '0.8' })) } },
          ],
        },
      },
      assets: { USDC: { price: '1' } },
    },
    listing: {
      assets: { USDC: {} },
      instruments: Object.fromEntries(
        options.map(({ symbol, right, strike }) => [
          symbol,
          { kind: 'option', underlying: 'ETH', expiry: EXPIRY, strike, right },
        ]),
      ),
    },
  };
}

describe('options at a strike of a millionth and of a thousand million dollars', () => {
  test.each(['plimsoll-default', 'derive-pmrm2'])(
    'have finite margin under %s, initial not below maintenance',
    async (profile) => {
      const file = join(folder, `${profile}.json`);
      writeFileSync(file, JSON.stringify(shortAt('0.000001', '1000000000')));
      const { status, stdout, stderr } = await runMain(['margin', file, '--json', '--profile', profile]);
      expect([status, stderr]).toEqual([0, '']);
      const { maintenance, initial, equity } = JSON.parse(stdout);
      for (const text of [equity, maintenance.requirement, initial.requirement]) expect(text).toMatch(/^-?\d+(\.\d+)?$/);
      expect(Number(maintenance.requirement)).toBeGreaterThan(0);
      expect(Number(initial.requirement)).toBeGreaterThanOrEqual(Number(maintenance.requirement));
      const values = maintenance.equityTerms
        .filter(({ kind }: { kind: string }) => kind === 'position')
        .map(({ subject, value }: { subject: string; value: string }) => [subject, Math.round(Number(value))]);
      // A thousandth of a call at the bottom is the index, of a put at the top the strike less the index; the others are worth nothing.
      expect(Object.fromEntries(values)).toEqual({
        'C-0': -3,
        'P-0': 0,
        'C-1': 0,
        'P-1': -999_997,
      });
    },
  );

  test('are the largest: a strike above is refused where it stands, in the listing and among the marks', () => {
    const decoded = decodePortfolio(shortAt('1000000000.1'));
    expect(decoded.ok ? [] : decoded.problems.map(({ path }) => path)).toEqual([
      'market.underlyings.ETH.expiries[0].surface.marks[0].strike',
      'listing.instruments.C-0.strike',
      'listing.instruments.P-0.strike',
    ]);
  });
});
