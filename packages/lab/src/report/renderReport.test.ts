import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderReport } from './renderReport.ts';
import type { ReportInput } from './reportInput.ts';
import { sampleReport } from './sampleReport.testing.ts';
import { writeReport } from './writeReport.ts';

const SIZE_MAX = 3 * 1024 * 1024;

const full = sampleReport();
const page = renderReport(full);

/** A report of a replay in which nothing happened. */
function emptyReport(): ReportInput {
  return {
    ...full,
    headlines: [],
    origins: [],
    attributions: [],
    nonCommercial: false,
    prices: [],
    health: [],
    auctions: [],
    waterfall: [],
    badDebt: { caption: '', cells: [], history: null },
    cells: { seeds: 1, figures: [], rows: [], history: null },
    tables: [],
    losses: [],
    parameters: [],
    neutrality: [],
  };
}

describe('the report', () => {
  it('has its sections in the order a risk manager reads them', () => {
    const ids = [...page.matchAll(/<section id="([a-z-]+)">/g)].map(([, id]) => id);
    expect(ids).toEqual([
      'cells',
      'bad-debt',
      'waterfall',
      'losses',
      'prices',
      'health',
      'auctions',
      'tables',
      'neutrality',
      'parameters',
      'origins',
      'run',
    ]);
    for (const id of ids) expect(page).toContain(`href="#${id}"`);
  });

  it('says at the top what came out, what is synthetic, and that it is not for commercial use', () => {
    const top = page.slice(0, page.indexOf('<nav'));
    expect(top).toContain('It held, at a cost.');
    expect(top).toContain(full.verdict.text);
    expect(top).toContain('Synthetic: debts.');
    expect(top).toContain('Not for commercial use.');
    expect(top).toContain('Powered by a sample');
  });

  it('stands on its own: no request, no script, under three megabytes', () => {
    expect(page).not.toMatch(/https?:/i);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\((?!#)/i);
    expect(Buffer.byteLength(page)).toBeLessThan(SIZE_MAX);
  });

  it('draws no stand-in colour and keeps every id to one chart', () => {
    expect(page).not.toMatch(/#0[1-4]0[1-4]0[1-9]\b/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, used] of page.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(used);
  });

  it('gives every chart a spoken description and a table of its figures', () => {
    const charts = page.match(/<svg /g)?.length ?? 0;
    expect(charts).toBe(1 + 1 + 4 + 4 + 1);
    expect(page.match(/<svg [^>]*role="img" aria-label="[^"]{20,}"/g)?.length).toBe(charts);
    expect(page.match(/<figure>[\s\S]*?<svg [\s\S]*?<table>[\s\S]*?<\/figure>/g)?.length).toBe(charts);
  });

  it('is the same text for the same input, however often it is drawn', () => {
    expect(renderReport(sampleReport())).toBe(page);
  });

  it('escapes whatever text comes in', () => {
    const hostile = '<script>alert("1 & 2")</script>';
    const text = renderReport({
      ...full,
      title: hostile,
      verdict: { tone: 'held', text: hostile },
      losses: [hostile],
      headlines: [{ label: hostile, value: hostile, note: hostile }],
      prices: full.prices.map((chart) => ({
        ...chart,
        title: hostile,
        marks: [{ timeMs: chart.marks[0]?.timeMs ?? 0, label: hostile }],
      })),
      cells: { ...full.cells, rows: full.cells.rows.map((row) => ({ ...row, cell: hostile })) },
      waterfall: full.waterfall.map((cell) => ({ ...cell, cell: hostile })),
      badDebt: { ...full.badDebt, cells: full.badDebt.cells.map((bar) => ({ ...bar, cell: hostile })) },
    });
    expect(text).not.toContain('<script');
    expect(text).toContain('&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;');
  });

  it('says so where there is nothing to show', () => {
    const text = renderReport(emptyReport());
    expect(text.match(/Nothing to show: this replay recorded none\./g)?.length).toBe(11);
    expect(text).not.toContain('<svg');
    expect(text).not.toContain('Not for commercial use');
  });

  it('draws series without a single value', () => {
    const text = renderReport({
      ...emptyReport(),
      prices: [
        {
          title: 'X',
          unit: 'USD',
          caption: '',
          marks: [],
          series: [{ name: 'x', label: '', timesMs: [], values: [], isStep: true }],
        },
        {
          title: 'Y',
          unit: 'USD',
          caption: '',
          marks: [],
          series: [{ name: 'y', label: '', timesMs: [0, 1], values: [Number.NaN, Number.NaN], isStep: true }],
        },
      ],
      health: [{ cell: 'c', timesMs: [], healthy: [], restricted: [], liquidatable: [], insolvent: [], closed: [] }],
      auctions: [{ cell: 'c', caption: '', unit: 'USD', marketLine: null, sales: [] }],
      waterfall: [{ cell: 'c', layers: [] }],
    });
    expect(text.match(/<svg /g)?.length).toBe(5);
    expect(text).toContain('x has no values');
  });

  it('shows an imbalance as what it is', () => {
    const text = renderReport({
      ...full,
      neutrality: [{ cell: 'a', asset: 'DAI', claims: 2_000_001n, holdings: 2_000_000n, ledgerDecimals: 6 }],
    });
    expect(text).toContain('1 of 1 rows do not balance');
    expect(text).toContain('-0.000001');
  });

  it('is written to a folder that did not exist', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plimsoll-report-'));
    try {
      const file = join(folder, 'reports', 'sample.html');
      await writeReport(full, file);
      expect(await readFile(file, 'utf8')).toBe(page);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
