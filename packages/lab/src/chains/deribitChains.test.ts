import { type ArbitrageFinding, type ArbitrageTolerance, smileForward, surfaceArbitrage } from '@plimsoll/core/pricing';
import { beforeAll, expect, test } from 'vitest';
import { describeWithData } from '../testing/requireData.ts';
import { chainSurfaces } from './chainSurface.ts';
import { type ChainSnapshot, DERIBIT_CHAINS, readDeribitChains } from './deribitChains.ts';
import { type ErrorSummary, summarizeErrors, summaryLine } from './errorSummary.ts';
import { forwardOfGreeks, withForwardOfNeighbours } from './greekForwards.ts';
import { type RepricingErrors, repriceRows, withParityForward } from './repriceChain.ts';

/** What the data set's notes state: medians and 99th percentiles; price in coin, vega relative. */
const NOTES = { priceMedian: 4e-5, priceP99: 3.4e-4, delta: 1e-4, deltaP99: 0.007, vega: 0.0016 };

/** Somewhat above what was measured over all rows. */
const LIMITS = {
  price: { median: 1e-5, p95: 3e-4, p99: 9e-4 },
  delta: { median: 2.5e-4, p95: 5e-3, p99: 1.2e-2 },
  vega: { median: 2.5e-3, p95: 3.5e-2, p99: 9e-2 },
};

/** A tick of the venue, a total variance below any quote, and a density that a plot would not show. */
const TOLERANCE: ArbitrageTolerance = { price: 1e-4, density: 1e-3, variance: 1e-6 };
/** Surfaces are fitted for every so many snapshots. */
const EVERY = 4;

describeWithData(
  'the chains of 56 moments of 2026',
  (folder) => {
    let snapshots: readonly ChainSnapshot[] = [];
    let perSnapshot: readonly RepricingErrors[] = [];

    beforeAll(async () => {
      snapshots = await readDeribitChains(folder);
      perSnapshot = snapshots.map((snapshot) => repriceRows(snapshot.rows));
    });

    const pooled = (figure: keyof RepricingErrors): ErrorSummary =>
      summarizeErrors(perSnapshot.flatMap((errors) => errors[figure]));
    const countWithin = (figure: keyof RepricingErrors, at: 'median' | 'p99', limit: number): number =>
      perSnapshot.filter((errors) => summarizeErrors(errors[figure])[at] <= limit).length;

    test('are all there', () => {
      expect(snapshots).toHaveLength(56);
      expect(snapshots.reduce((sum, snapshot) => sum + snapshot.rows.length, 0)).toBe(90_678);
    });

    test.each(['price', 'delta', 'vega'] as const)('are repriced from their own forward and mark volatility: %s', (figure) => {
      const summary = pooled(figure);
      console.info(summaryLine(`Deribit ${figure}, own forward`, summary));
      expect(summary.median).toBeLessThan(LIMITS[figure].median);
      expect(summary.p95).toBeLessThan(LIMITS[figure].p95);
      expect(summary.p99).toBeLessThan(LIMITS[figure].p99);
    });

    test('have the typical price error of the notes in most of them; deltas and vegas, which are of later moments, are counted', () => {
      const counts = {
        'price median': countWithin('price', 'median', NOTES.priceMedian),
        'price p99': countWithin('price', 'p99', NOTES.priceP99),
        'delta median': countWithin('delta', 'median', NOTES.delta),
        'delta p99': countWithin('delta', 'p99', NOTES.deltaP99),
        'vega median': countWithin('vega', 'median', NOTES.vega),
      };
      console.info('snapshots of 56 within the notes:', counts);
      expect(pooled('price').median).toBeLessThan(NOTES.priceMedian);
      expect(counts['price median']).toBeGreaterThanOrEqual(50);
      expect(counts['price p99']).toBeGreaterThanOrEqual(28);
    });

    test('are repriced within the notes in every one of them once the forward is of the same second as the marks', () => {
      const all: number[] = [];
      for (const snapshot of snapshots) {
        const rows = withParityForward(snapshot.rows);
        expect(rows).toHaveLength(snapshot.rows.length);
        const { price } = repriceRows(rows);
        const summary = summarizeErrors(price);
        expect(summary.median).toBeLessThan(NOTES.priceMedian);
        expect(summary.p99).toBeLessThan(NOTES.priceP99);
        all.push(...price);
      }
      const summary = summarizeErrors(all);
      console.info(summaryLine('Deribit price, parity forward', summary));
      expect(summary.median).toBeLessThan(2e-6);
      expect(summary.p99).toBeLessThan(3e-5);
    });

    test('are repriced to delta and vega within the notes once the forward is of the moment at which each row was asked for', () => {
      const columns = snapshots.flatMap(({ rows }) =>
        (['BTC', 'ETH'] as const).map((coin) => withParityForward(rows.filter((row) => row.currency === coin))),
      );
      const moved = columns.map(withForwardOfNeighbours);
      const bySnapshot = snapshots.map((_, index) => repriceRows(moved.slice(2 * index, 2 * index + 2).flat()));
      const delta = summarizeErrors(bySnapshot.flatMap((errors) => errors.delta));
      const vega = summarizeErrors(bySnapshot.flatMap((errors) => errors.vega));
      console.info(summaryLine('Deribit delta, forward of then', delta));
      console.info(summaryLine('Deribit vega, forward of then', vega));
      expect(delta.count).toBe(90_678);
      expect(delta.median).toBeLessThan(NOTES.delta);
      expect(delta.p99).toBeLessThan(NOTES.deltaP99);
      expect(vega.median).toBeLessThan(NOTES.vega);

      const of = bySnapshot.map((errors) => ({ delta: summarizeErrors(errors.delta), vega: summarizeErrors(errors.vega) }));
      const counts = {
        'delta median': of.filter((errors) => errors.delta.median <= NOTES.delta).length,
        'delta p99': of.filter((errors) => errors.delta.p99 <= NOTES.deltaP99).length,
        'vega median': of.filter((errors) => errors.vega.median <= NOTES.vega).length,
      };
      console.info('snapshots of 56 within the notes:', counts);
      expect(counts['delta p99']).toBe(56);
      expect(counts['delta median']).toBeGreaterThanOrEqual(47);
      expect(counts['vega median']).toBeGreaterThanOrEqual(53);
      // The others are of the days of the crash, 1 to 7 February, when volatility too moved while the chain was asked for.
      expect(Math.max(...of.map((errors) => errors.delta.median))).toBeLessThan(4.1e-4);
      expect(Math.max(...of.map((errors) => errors.vega.median))).toBeLessThan(0.0035);

      // In the order of names neighbours are of other moments, and know little: the order of the file is that of time.
      const byName = columns.map((rows) => rows.toSorted((a, b) => (a.instrument < b.instrument ? -1 : 1)));
      const control = summarizeErrors(byName.flatMap((rows) => repriceRows(withForwardOfNeighbours(rows)).delta));
      console.info(summaryLine('delta, neighbours by name', control));
      expect(control.median).toBeGreaterThan(1.4 * NOTES.delta);
    });

    test('print deltas and vegas that are of one formula: together they give the forward back, without strike or volatility', () => {
      const errors = snapshots.flatMap(({ rows }) =>
        rows.flatMap((row) => {
          const forward = forwardOfGreeks(row);
          return forward === null ? [] : [forward / row.forward - 1];
        }),
      );
      const summary = summarizeErrors(errors);
      console.info(summaryLine('forward behind delta and vega', summary));
      expect(summary.count).toBeGreaterThan(50_000);
      expect(summary.median).toBeLessThan(6e-4);
      expect(summary.p99).toBeLessThan(8e-3);
    });

    test('have smiles that SVI follows, and points at which marks or fits admit arbitrage, each named with its size', () => {
      const fitErrors: number[] = [];
      const found: Record<string, number[]> = {};
      let expiries = 0;
      for (const snapshot of snapshots.filter((_, index) => index % EVERY === 0)) {
        for (const currency of ['BTC', 'ETH'] as const) {
          const surfaces = chainSurfaces(snapshot, currency);
          expiries += surfaces.svi.smiles.length;
          fitErrors.push(...surfaces.fitErrors);
          const forward = smileForward(surfaces.strikes.smiles[0] ?? failed());
          for (const kind of ['strikes', 'svi'] as const) {
            for (const finding of surfaceArbitrage(surfaces[kind], TOLERANCE)) {
              const name = `${kind} ${nameOf(finding)}`;
              const excess =
                finding.kind === 'convexity' || finding.kind === 'monotonicity' ? finding.excess / forward : finding.excess;
              found[name] = [...(found[name] ?? []), excess];
            }
          }
        }
      }
      const fit = summarizeErrors(fitErrors);
      console.info(summaryLine(`SVI fits of ${expiries} expiries`, fit));
      for (const name of Object.keys(found).sort((a, b) => (a < b ? -1 : 1))) {
        console.info(summaryLine(name, summarizeErrors(found[name] ?? [])));
      }
      // Half of the fitted volatilities within two standard deviations of the forward are a fifth of a point from their marks.
      expect(fit.median).toBeLessThan(0.002);
      expect(fit.p95).toBeLessThan(0.01);
      // In the snapshot of 2026-02-05 15:51, in the crash, marks of one expiry are of different seconds, and it shows.
      expect(found['strikes convexity']?.length ?? 0).toBeGreaterThan(0);
      expect(found['strikes calendar']?.length ?? 0).toBeLessThan(10);
    });
  },
  [DERIBIT_CHAINS],
);

function nameOf(finding: ArbitrageFinding): string {
  return finding.kind === 'calendar' && finding.isExtrapolated ? 'calendar, extrapolated' : finding.kind;
}

function failed(): never {
  throw new Error('a surface has smiles');
}
