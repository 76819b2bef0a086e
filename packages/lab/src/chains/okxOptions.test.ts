import { beforeAll, expect, test } from 'vitest';
import { describeWithData } from '../testing/requireData.ts';
import { coinGreeks, discountedCall, forwardOfMark } from './coinGreeks.ts';
import { summarizeErrors, summaryLine } from './errorSummary.ts';
import { OKX_OPTIONS_FILE, type OkxOptionRow, readOkxOptions } from './okxOptions.ts';

type Figure = 'delta' | 'gamma' | 'vega' | 'theta';

/** Absolute limits in the venue's units (coin; gamma without one): somewhat above what was measured on 2025-10-10. */
const LIMITS: Readonly<Record<Figure, { readonly median: number; readonly p95: number; readonly p99: number }>> = {
  delta: { median: 1e-5, p95: 6e-4, p99: 7e-4 },
  gamma: { median: 1e-4, p95: 2e-3, p99: 3.5e-3 },
  vega: { median: 5e-8, p95: 1.5e-6, p99: 2.5e-6 },
  theta: { median: 5e-8, p95: 8e-6, p99: 1e-5 },
};

describeWithData(
  'five bitcoin options through the crash of 2025-10-10',
  (folder) => {
    let rows: readonly OkxOptionRow[] = [];
    const errors: Record<Figure, number[]> = { delta: [], gamma: [], vega: [], theta: [] };
    const shares = new Map<string, { gamma: number[]; theta: number[] }>();

    beforeAll(async () => {
      rows = await readOkxOptions(folder);
      for (const row of rows) {
        const forward = forwardOfMark(row, row.markCoin);
        if (forward === null) continue;
        const greeks = coinGreeks(row, forward);
        for (const figure of ['delta', 'gamma', 'vega', 'theta'] as const) errors[figure].push(greeks[figure] - row[figure]);
        const share = shares.get(row.symbol) ?? { gamma: [], theta: [] };
        share.gamma.push(greeks.gamma / row.gamma - 1);
        share.theta.push(greeks.theta / row.theta - 1);
        shares.set(row.symbol, share);
      }
    });

    test('every mark has a forward', () => {
      expect(rows).toHaveLength(7200);
      expect(errors.delta).toHaveLength(7200);
      expect([...shares.keys()]).toHaveLength(5);
    });

    test.each(['delta', 'gamma', 'vega', 'theta'] as const)('their %s in coin is that of the venue', (figure) => {
      const summary = summarizeErrors(errors[figure]);
      console.info(summaryLine(`OKX ${figure}, coin`, summary));
      expect(summary.median).toBeLessThan(LIMITS[figure].median);
      expect(summary.p95).toBeLessThan(LIMITS[figure].p95);
      expect(summary.p99).toBeLessThan(LIMITS[figure].p99);
    });

    test('relative to the figure itself, theta differs only for the call deep in the money', () => {
      for (const [symbol, { gamma, theta }] of shares) {
        console.info(summaryLine(`${symbol} gamma`, summarizeErrors(gamma)));
        console.info(summaryLine(`${symbol} theta`, summarizeErrors(theta)));
        expect(summarizeErrors(gamma).median).toBeLessThan(2.5e-3);
        expect(summarizeErrors(theta).median).toBeLessThan(5e-3);
        if (!symbol.endsWith('80000-C')) expect(summarizeErrors(theta).p99).toBeLessThan(0.02);
      }
    });

    test('the call deep in the money is discounted by up to 1 % a year before the crash, and by nothing after it: that is its theta', () => {
      const calls = rows.filter(({ symbol }) => symbol.endsWith('80000-C'));
      const puts = new Map(rows.filter(({ symbol }) => symbol.endsWith('80000-P')).map((row) => [row.years.toFixed(7), row]));
      const misses: Record<'delta' | 'theta', number[]> = { delta: [], theta: [] };
      const rates: number[] = [];
      for (const call of calls) {
        const put = puts.get(call.years.toFixed(7));
        const found = put === undefined ? null : discountedCall(call, { call: call.markCoin, put: put.markCoin });
        if (found === null) continue;
        rates.push(found.rate);
        misses.theta.push(found.greeks.theta - call.theta);
        misses.delta.push(found.greeks.delta - call.delta);
      }
      const [theta, delta] = [summarizeErrors(misses.theta), summarizeErrors(misses.delta)];
      console.info(summaryLine('80000-C theta, discounted', theta));
      console.info(summaryLine('80000-C delta, discounted', delta));
      expect(rates.length).toBeGreaterThan(1400);
      // Without the rate: theta 5.4e-7 and 9.7e-6 (median, p95), delta 5.9e-5 and 5.6e-4.
      expect([theta.median < 1e-8, theta.p95 < 1.5e-6, delta.median < 5e-7, delta.p95 < 5e-5]).toEqual([true, true, true, true]);
      const sorted = [...rates].sort((a, b) => a - b);
      expect(sorted[Math.floor(0.95 * sorted.length)]).toBeCloseTo(0.01, 4);
      expect(sorted[Math.floor(0.3 * sorted.length)]).toBeCloseTo(0, 4);
    });
  },
  [OKX_OPTIONS_FILE],
);
