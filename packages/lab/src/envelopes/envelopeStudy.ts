// How wide the proved bands are on real chains, and that no market inside them is below maintenance.

import {
  breachEnvelopes,
  compileRisk,
  computeMargin,
  FACTOR_ONE,
  type FactorRange,
  heldInput,
  type MarginProfile,
  movedMarket,
  PRICE_FACTORS,
  type UnderlyingBox,
  type UnderlyingFactors,
  VOLATILITY_FACTORS,
} from '@plimsoll/core/margin';
import type { ChainSnapshot } from '../chains/deribitChains.ts';
import { summarizeErrors } from '../chains/errorSummary.ts';
import { createRandom, type Random } from '../random/random.ts';
import { type ChainBook, chainBook } from './chainBook.ts';

export type EnvelopeStudyTerms = {
  readonly profile: MarginProfile;
  readonly seed: string;
  readonly booksPerSnapshot: number;
  /** Markets inside each claim that are computed in full. */
  readonly samplesPerClaim: number;
  /** Markets that may be computed to prove one box. */
  readonly evaluationsMax: number;
};

/** Ends of a kind of band: its distance from now over that of the first true breach on that side. */
export type Widths = { readonly kind: 'price' | 'volatility'; readonly shares: readonly number[] };

export type EnvelopeStudy = {
  readonly books: number;
  /** Claims checked, markets computed inside them, and how many of those were below maintenance: none, if the proof is right. */
  readonly claims: number;
  readonly markets: number;
  readonly missed: number;
  readonly widths: readonly Widths[];
  /** Sides that reach the searched limit without a breach. */
  readonly unbounded: number;
  /** Of boxes of price and volatility at once: the scale at which they are proved, of the two bands by themselves. */
  readonly boxScales: readonly number[];
};

/** Random books on every snapshot given. Cost: some 300 compilations of a few options for each book. */
export function runEnvelopeStudy(snapshots: readonly ChainSnapshot[], terms: EnvelopeStudyTerms): EnvelopeStudy {
  const price: number[] = [];
  const volatility: number[] = [];
  const boxScales: number[] = [];
  let [books, claims, markets, missed, unbounded] = [0, 0, 0, 0, 0];
  for (const snapshot of snapshots) {
    for (let index = 0; index < terms.booksPerSnapshot; index += 1) {
      const random = createRandom(`${terms.seed}/${snapshot.timeMs}/${index}`);
      const book = chainBook(snapshot, terms.profile, random);
      const result = breachEnvelopes(book.input, book.portfolio, { evaluationsMax: terms.evaluationsMax });
      if (result.obstacle !== null) throw new Error(`no envelope: ${result.obstacle}`);
      books += 1;
      const healthAt = healthOf(book);
      const stated: (readonly UnderlyingBox[])[] = result.together === null ? [] : [result.together];
      for (const { underlying, price: prices, volatility: wild, both } of result.each) {
        stated.push([{ underlying, price: prices, volatility: STILL }], [both]);
        const own = endShares(prices, PRICE_FACTORS, (at) => healthAt([{ underlying, price: at, volatility: FACTOR_ONE }]));
        price.push(...own.shares);
        unbounded += own.unbounded;
        if (wild === null) continue;
        stated.push([{ underlying, price: STILL, volatility: wild }]);
        const other = endShares(wild, VOLATILITY_FACTORS, (at) => healthAt([{ underlying, price: FACTOR_ONE, volatility: at }]));
        volatility.push(...other.shares);
        unbounded += other.unbounded;
        boxScales.push(scaleOf(both.price, prices));
      }
      for (const claim of stated) {
        claims += 1;
        for (let sample = 0; sample < terms.samplesPerClaim; sample += 1) {
          markets += 1;
          if (healthAt(pointOf(claim, random, sample)) < 0n) missed += 1;
        }
      }
    }
  }
  const widths: Widths[] = [
    { kind: 'price', shares: price },
    { kind: 'volatility', shares: volatility },
  ];
  return { books, claims, markets, missed, widths, unbounded, boxScales };
}

const STILL: FactorRange = { low: FACTOR_ONE, high: FACTOR_ONE };

function healthOf({ input, portfolio }: ChainBook): (factors: readonly UnderlyingFactors[]) => bigint {
  const held = heldInput(input, portfolio);
  return (factors) => computeMargin(compileRisk(movedMarket(held, factors)), portfolio).healthMaintenance;
}

/** The corners of a claim first, then random markets inside it. */
function pointOf(claim: readonly UnderlyingBox[], random: Random, sample: number): readonly UnderlyingFactors[] {
  const corners = 4 ** claim.length;
  return claim.map(({ underlying, price, volatility }, index) => {
    const bits = Math.floor(sample / 4 ** index) % 4;
    const at = ({ low, high }: FactorRange, isHigh: boolean): bigint => {
      if (sample < corners) return isHigh ? high : low;
      return low + BigInt(Math.round(Number(high - low) * random.nextFloat()));
    };
    return { underlying, price: at(price, bits % 2 === 1), volatility: at(volatility, bits > 1) };
  });
}

const SCAN_STEPS = 60;

/** For each end of a band inside the limits: its share of the way to the first true breach, found by 60 steps and bisection. */
function endShares(
  range: FactorRange,
  limits: FactorRange,
  healthAt: (factor: bigint) => bigint,
): { readonly shares: readonly number[]; readonly unbounded: number } {
  const shares: number[] = [];
  let unbounded = 0;
  for (const side of ['low', 'high'] as const) {
    if (range[side] === limits[side]) {
      unbounded += 1;
      continue;
    }
    const breach = firstBreach(range[side], limits[side], healthAt);
    // The limit is not proved, and nothing breaks on the way to it: the band is short of the limit itself.
    const truth = breach ?? limits[side];
    shares.push(Number(range[side] - FACTOR_ONE) / Number(truth - FACTOR_ONE));
  }
  return { shares, unbounded };
}

/** The first breach beyond a proved end; everything before it is proved. */
function firstBreach(end: bigint, limit: bigint, healthAt: (factor: bigint) => bigint): bigint | null {
  let healthy = end;
  let breached: bigint | null = null;
  for (let step = 1n; step <= BigInt(SCAN_STEPS) && breached === null; step += 1n) {
    // Steps grow with the square, because the truth is usually next to the end.
    const at = end + ((limit - end) * step * step) / BigInt(SCAN_STEPS * SCAN_STEPS);
    if (healthAt(at) < 0n) breached = at;
    else healthy = at;
  }
  if (breached === null) return null;
  const distance = (): bigint => (breached === null ? 0n : breached > healthy ? breached - healthy : healthy - breached);
  while (distance() > 1000n) {
    const middle: bigint = (healthy + breached) / 2n;
    if (healthAt(middle) < 0n) breached = middle;
    else healthy = middle;
  }
  return breached;
}

function scaleOf(inner: FactorRange, outer: FactorRange): number {
  return outer.high === outer.low ? 1 : Number(inner.high - inner.low) / Number(outer.high - outer.low);
}

/** The study as text. */
export function envelopeTable({ books, claims, markets, missed, widths, unbounded, boxScales }: EnvelopeStudy): string {
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const lines = widths.map(({ kind, shares }) => {
    const { count, median, minimum, p05 } = lowEnd(shares);
    return `${kind} bands: ${count} ends, of the true distance median ${percent(median)}, 5th percentile ${percent(p05)}, least ${percent(minimum)}`;
  });
  const { median, minimum } = lowEnd(boxScales);
  return [
    `${books} books, ${claims} claims, ${markets} markets inside them, ${missed} below maintenance`,
    ...lines,
    `${unbounded} ends at the searched limit`,
    `boxes of price and volatility: median ${percent(median)} of both bands, least ${percent(minimum)}`,
  ].join('\n');
}

/** The low tail of shares: 1 is as wide as the truth. */
export function lowEnd(shares: readonly number[]): {
  readonly count: number;
  readonly median: number;
  readonly p05: number;
  readonly minimum: number;
} {
  const lacking = summarizeErrors(shares.map((share) => 1 - share));
  return {
    count: shares.length,
    median: 1 - lacking.median,
    p05: 1 - lacking.p95,
    minimum: 1 - Math.max(...shares.map((s) => 1 - s)),
  };
}
