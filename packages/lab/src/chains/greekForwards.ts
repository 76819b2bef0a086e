/**
 * The forward behind Greeks that a venue prints. A chain of hundreds of options is asked for one by one, which takes minutes: marks, their
 * volatilities and the forward beside them are of the beginning, delta and vega of the moment at which their own row was asked for.
 */

import { normalCdf, normalPdf } from '@plimsoll/core/numeric';
import type { ChainRow } from './deribitChains.ts';

/** Rows before and behind that say where the forward was. */
const NEIGHBOURS = 3;
/** Years. In the minutes that a chain takes, less than this would lose a share of its time that shows in vega. */
const CLOCK_YEARS_MIN = 30 / 365;

/**
 * The forward behind a row's printed Greeks: since vega = F·φ(d1)·√T and delta = Φ(d1), F = vega/(φ(Φ⁻¹(delta))·√T), with neither strike nor
 * volatility. Null where five printed decimals say too little (|delta| outside 0.05 … 0.95).
 */
export function forwardOfGreeks(row: ChainRow): number | null {
  const callDelta = row.right === 'call' ? row.delta : row.delta + 1;
  if (!(callDelta >= 0.05 && callDelta <= 0.95)) return null;
  return (100 * row.vega) / (normalPdf(inverseNormal(callDelta)) * Math.sqrt(row.years));
}

/**
 * Each row with the forward of the moment at which its Greeks were asked for, as the *other* rows tell it: its own forward times the median
 * of (forward behind the Greeks / forward) over the three rows before and the three behind, in the order of the chain, that have more than
 * 30 days to run. Nothing that a row prints of itself but its forward enters its answer. `rows` are of one coin, in the order of the file.
 */
export function withForwardOfNeighbours(rows: readonly ChainRow[]): readonly ChainRow[] {
  const moves = rows.flatMap((row, place) => {
    const forward = row.years < CLOCK_YEARS_MIN ? null : forwardOfGreeks(row);
    return forward === null ? [] : [{ place, move: forward / row.forward }];
  });
  let next = 0;
  return rows.map((row, place) => {
    while ((moves[next]?.place ?? place) < place) next += 1;
    const own = moves[next]?.place === place ? 1 : 0;
    const near = [...moves.slice(Math.max(0, next - NEIGHBOURS), next), ...moves.slice(next + own, next + own + NEIGHBOURS)];
    return { ...row, forward: row.forward * median(near.map(({ move }) => move)) };
  });
}

/** The middle of some figures, of two middle ones their mean; 1 of none. */
function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? 1;
  return (low + (sorted[Math.floor(middle)] ?? low)) / 2;
}

/** Φ⁻¹ by Newton's steps from zero, for shares between 0.05 and 0.95. */
function inverseNormal(share: number): number {
  let x = 0;
  for (let step = 0; step < 60; step += 1) x -= (normalCdf(x) - share) / normalPdf(x);
  return x;
}
