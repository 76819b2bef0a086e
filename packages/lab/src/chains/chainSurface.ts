/** Volatility surfaces of a real chain, as marks per strike and as fitted SVI, and how well the second follows the first. */

import {
  createStrikeSmile,
  createVolatilitySurface,
  type Smile,
  type StrikeMark,
  type SviSmile,
  sviVolatility,
  type VolatilitySurface,
} from '@plimsoll/core/pricing';
import type { ChainRow, ChainSnapshot } from './deribitChains.ts';
import { fitSvi } from './fitSvi.ts';
import { withParityForward } from './repriceChain.ts';

/** The marks of one expiry, by rising strike. */
export interface ExpiryMarks {
  readonly expiryMs: number;
  readonly forward: number;
  readonly years: number;
  readonly marks: readonly StrikeMark[];
}

export interface ChainSurfaces {
  readonly strikes: VolatilitySurface;
  readonly svi: VolatilitySurface;
  /** Per expiry, over strikes within two standard deviations of the forward: volatility of the fit less the mark, 1 = 100 %. */
  readonly fitErrors: readonly number[];
}

/** Marks per expiry of one currency: forward by parity (median over strikes), volatility of the strike (mean of call and put). */
export function expiryMarks(snapshot: ChainSnapshot, currency: ChainRow['currency']): readonly ExpiryMarks[] {
  const byExpiry = new Map<number, ChainRow[]>();
  for (const row of withParityForward(snapshot.rows)) {
    if (row.currency !== currency) continue;
    const rows = byExpiry.get(row.expiryMs);
    if (rows === undefined) byExpiry.set(row.expiryMs, [row]);
    else rows.push(row);
  }
  return [...byExpiry.entries()]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([expiryMs, rows]) => {
      const forwards = rows.map((row) => row.forward).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      return {
        expiryMs,
        forward: forwards[forwards.length >> 1] ?? Number.NaN,
        years: rows[0]?.years ?? Number.NaN,
        marks: marksOf(rows),
      };
    });
}

/** Both surfaces of one currency; expiries with fewer than five strikes are left out. */
export function chainSurfaces(snapshot: ChainSnapshot, currency: ChainRow['currency']): ChainSurfaces {
  const fitted = expiryMarks(snapshot, currency).flatMap((expiry) => {
    const svi = fitExpiry(expiry);
    return svi === null ? [] : [{ expiry, svi }];
  });
  const strikes = fitted.map(({ expiry }): Smile => ({ kind: 'strikes', strikes: createStrikeSmile(expiry) }));
  return {
    strikes: createVolatilitySurface(strikes),
    svi: createVolatilitySurface(fitted.map(({ svi }): Smile => ({ kind: 'svi', svi }))),
    fitErrors: fitted.flatMap(({ expiry, svi }) => fitErrorsOf(expiry, svi)),
  };
}

/** Weighted by the normal density of the distance from the forward, with a floor so that the wings are followed too. */
function fitExpiry(expiry: ExpiryMarks): SviSmile | null {
  const { forward, years, marks } = expiry;
  const deviation = atTheMoney(expiry) * Math.sqrt(years);
  const points = marks.map(({ strike, volatility }) => {
    const k = Math.log(strike / forward);
    return { k, variance: volatility * volatility * years, weight: Math.exp((-k * k) / (2 * deviation * deviation)) + 0.01 };
  });
  return fitSvi(points, { forward, years });
}

function fitErrorsOf(expiry: ExpiryMarks, svi: SviSmile): readonly number[] {
  const reach = 2 * atTheMoney(expiry) * Math.sqrt(expiry.years);
  return expiry.marks.flatMap(({ strike, volatility }) =>
    Math.abs(Math.log(strike / expiry.forward)) <= reach ? [sviVolatility(svi, strike) - volatility] : [],
  );
}

/** Volatility of the strike nearest to the forward. */
function atTheMoney({ forward, marks }: ExpiryMarks): number {
  const distance = (mark: StrikeMark): number => Math.abs(Math.log(mark.strike / forward));
  return marks.reduce((best, mark) => (distance(mark) < distance(best) ? mark : best)).volatility;
}

function marksOf(rows: readonly ChainRow[]): readonly StrikeMark[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { strike, volatility } of rows) {
    const entry = sums.get(strike) ?? { sum: 0, count: 0 };
    sums.set(strike, { sum: entry.sum + volatility, count: entry.count + 1 });
  }
  return [...sums.entries()]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([strike, { sum, count }]) => ({ strike, volatility: sum / count }));
}
