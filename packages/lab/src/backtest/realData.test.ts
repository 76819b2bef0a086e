import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReplayOutcome } from '../replay/types.ts';
import { describeWithData } from '../testing/requireData.ts';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { dailyPriceFiles } from './dailyPrices.ts';
import { FUNDING_FILE } from './fundingBasis.ts';
import { runBacktest } from './runBacktest.ts';
import { CHAINS_FOLDER } from './volatilityPremium.ts';

/** The whole run takes three quarters of a minute of one idle core; a busy machine may take many times that. */
const RUN_TIMEOUT_MS = 900_000;

describeWithData(
  'the backtest over real prices',
  (folder) => {
    let outcome: ReplayOutcome;
    let report = '';
    let target = '';
    beforeAll(async () => {
      target = await mkdtemp(join(tmpdir(), 'plimsoll-'));
      const reportFile = join(target, 'backtest.html');
      outcome = await runBacktest({
        dataFolder: folder,
        seed: 1,
        profile: shippedProfile('plimsoll-default'),
        reportFile,
        command: 'plimsoll backtest',
        onProgress: () => undefined,
      });
      report = await readFile(reportFile, 'utf8');
    }, RUN_TIMEOUT_MS);
    afterAll(() => rm(target, { recursive: true, force: true }));

    it('passes: the bare quantile two-sided, the requirement one-sided, every asset with three years of prices', () => {
      expect(outcome.exitCode).toBe(0);
      expect(outcome.json).toMatchObject({
        passed: true,
        tooShort: [],
        periods: { fitting: { last: '2022-12-31' }, holdOut: { first: '2023-01-01', last: '2026-04-29', chose: [] } },
        chosen: { decayPpm: 920_000, windowDays: 1_500, by: ['ADA', 'BNB', 'BTC', 'ETH', 'LINK', 'SOL', 'XRP'] },
        volatilityPremium: { snapshots: 56, ratios: 112 },
      });
    });

    it('counts these breaches of the bare quantile in 1,215 days of each book', () => {
      const expected = [12, 9, 7, 15, 10, 16, 10, 11, 11, 6, 10, 15, 12, 12, 11, 17, 9, 12, 6, 14];
      expect(outcome.json).toMatchObject({ bare: expected.map((breaches) => ({ days: 1_215, breaches })) });
    });

    it('says so in the report and the summary', () => {
      expect(report).toContain('It passed.');
      expect(report).toContain('2022-12-31');
      expect(report).not.toMatch(/<script|NaN|undefined/);
      expect(outcome.summaryLines[0]).toBe('Backtest of plimsoll-default: passed');
    });

    it('orders the models against procyclicality as the seeded series did', () => {
      for (const underlying of ['BTC', 'ETH']) {
        const figure = (model: string, field: string): number => procyclicalFigure(outcome.json, { underlying, model, field });
        const rise = (model: string): number => figure(model, 'largestOneDayRisePpm');
        const range = (model: string): number => figure(model, 'p99OverP1Ppm');
        const mean = (model: string): number => figure(model, 'meanPpm');
        const breaches = (model: string): number => figure(model, 'breaches');
        // Slower decay, gentler rises and a narrower range; plain history is the gentlest of all.
        for (const measure of [rise, range]) {
          expect(measure('FHS λ=.94')).toBeGreaterThan(measure('FHS λ=.97'));
          expect(measure('FHS λ=.97')).toBeGreaterThan(measure('FHS λ=.99'));
          expect(measure('FHS λ=.99')).toBeGreaterThan(measure('plain HS 1000 d'));
        }
        for (const tool of ['.97 + long floor', '.97 + 25 % stressed', '.97 + 25 % buffer']) {
          expect(rise(tool)).toBeLessThan(rise('FHS λ=.97'));
          expect(range(tool)).toBeLessThan(range('FHS λ=.97'));
          expect(mean(tool)).toBeGreaterThan(mean('FHS λ=.97'));
          expect(breaches(tool)).toBeLessThan(breaches('FHS λ=.97'));
          // The speed limit on top of the floor takes a good third off the worst day of every other tool.
          expect(rise('.97 + floor + speed limit')).toBeLessThan(0.62 * rise(tool));
        }
        // … and costs nothing that the floor did not: the mean stays below it, breaches stay below the raw filter's.
        expect(mean('.97 + floor + speed limit')).toBeLessThanOrEqual(mean('.97 + long floor'));
        expect(breaches('.97 + floor + speed limit')).toBeLessThan(breaches('FHS λ=.97'));
      }
    });
  },
  [...dailyPriceFiles(), FUNDING_FILE, CHAINS_FOLDER],
);

/** One figure of one model out of the JSON document. */
function procyclicalFigure(
  json: unknown,
  wanted: { readonly underlying: string; readonly model: string; readonly field: string },
): number {
  const models = listOf(fieldOf(fieldOf(json, 'procyclicality'), 'models'));
  const rows = listOf(
    fieldOf(
      models.find((one) => fieldOf(one, 'underlying') === wanted.underlying),
      'rows',
    ),
  );
  const value = fieldOf(
    rows.find((row) => fieldOf(row, 'model') === wanted.model),
    wanted.field,
  );
  if (typeof value !== 'number') throw new Error(`no ${wanted.field} of ${wanted.model} for ${wanted.underlying}`);
  return value;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
