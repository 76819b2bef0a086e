// What time does to indexes, derived again from the parameters: interest of lending pools, funding and mark premium of perpetuals.

import type { InstrumentTerms } from '@plimsoll/core/assets';
import type { Parameters } from '@plimsoll/core/engine';
import type { InstrumentBook, PoolBook } from './books.ts';
import { ceilDiv, clamp, floorDiv, least, MILLION, most, nearestDiv, RAY, truncDiv, YEAR } from './exact.ts';
import type { FeedBook } from './feeds.ts';
import { lotTicks } from './prices.ts';

type LendingParameters = Parameters['lending'][number];

/** Indexes stop here: below 2^126. */
const INDEX_LIMIT = 2n ** 126n - 1n;
/** Reserves stop here: below 2^62. */
const AMOUNT_LIMIT = 2n ** 62n - 1n;

/** (cash − reserve − principal) · RAY + (debt + loan shares) · debtIndex − supply shares · supplyIndex: what nobody owns yet. */
export function residualOf(pool: PoolBook): bigint {
  const owned = (pool.cash - pool.reserve - pool.loanPrincipal) * RAY;
  return owned + (pool.debtShares + pool.loanShares) * pool.debtIndex - pool.supplyShares * pool.supplyIndex;
}

/**
 * A pool after interest: utilisation, kinked rate and debt index go up; suppliers get the interest less the reserve factor, at
 * most the borrow rate on what they supplied, rounded down; whole units of the rest go to the reserve.
 */
export function accruedPool(pool: PoolBook, parameters: LendingParameters, nowMs: number): PoolBook {
  const lentShares = pool.debtShares + pool.loanShares;
  if (lentShares === 0n || nowMs === pool.lastAccrualMs) return { ...pool, lastAccrualMs: nowMs };
  const rate = borrowRate(pool, parameters) * BigInt(nowMs - pool.lastAccrualMs);
  const year = MILLION * YEAR;
  const debtIndex = least(INDEX_LIMIT, pool.debtIndex + ceilDiv(pool.debtIndex * rate, year));
  const passedOn = MILLION - BigInt(parameters.reserveFactorPpm);
  const interest = floorDiv(lentShares * (debtIndex - pool.debtIndex) * passedOn, MILLION);
  const earned = pool.supplyShares > 0n ? floorDiv(interest, pool.supplyShares) : 0n;
  const cap = floorDiv(pool.supplyIndex * rate * passedOn, year * MILLION);
  const next = {
    ...pool,
    debtIndex,
    supplyIndex: least(INDEX_LIMIT, pool.supplyIndex + least(earned, cap)),
    lastAccrualMs: nowMs,
  };
  return { ...next, reserve: least(AMOUNT_LIMIT, next.reserve + floorDiv(residualOf(next), RAY)) };
}

/** Parts per million a year: base + slope1 up to the kink of utilisation + slope2 beyond it; utilisation and slopes rounded up. */
function borrowRate(pool: PoolBook, parameters: LendingParameters): bigint {
  const lent = ceilDiv((pool.debtShares + pool.loanShares) * pool.debtIndex, RAY);
  const idle = most(0n, pool.cash - pool.reserve);
  const used = lent === 0n ? 0n : ceilDiv(lent * MILLION, lent + idle);
  const kink = BigInt(parameters.kinkPpm);
  const below = ceilDiv(BigInt(parameters.slope1PpmPerYear) * least(used, kink), kink);
  const above = ceilDiv(BigInt(parameters.slope2PpmPerYear) * most(0n, used - kink), MILLION - kink);
  return BigInt(parameters.basePpmPerYear) + below + above;
}

/** How a pool bears the loss of debt shares: its residual, its reserve, its suppliers; beyond a bound they get claims. */
export function poolAfterLoss(
  pool: PoolBook,
  lostShares: bigint,
  lossBoundPpm: number,
): { readonly pool: PoolBook; readonly uncovered: bigint; readonly amount: bigint; readonly claimed: bigint } {
  const loss = lostShares * pool.debtIndex - residualOf(pool);
  if (loss <= 0n) return { pool, uncovered: 0n, amount: 0n, claimed: 0n };
  const reserve = least(ceilDiv(loss, RAY), pool.reserve);
  const rest = most(0n, loss - reserve * RAY);
  const fall = rest === 0n || pool.supplyShares === 0n ? 0n : least(ceilDiv(rest, pool.supplyShares), pool.supplyIndex - 1n);
  const borne = fall * pool.supplyShares;
  const uncovered = most(0n, ceilDiv(rest - borne, RAY));
  const bound = ceilDiv(pool.supplyIndex * BigInt(lossBoundPpm), MILLION);
  const claim = most(0n, fall - bound);
  return {
    pool: { ...pool, reserve: pool.reserve - reserve, supplyIndex: pool.supplyIndex - fall, claimIndex: pool.claimIndex + claim },
    uncovered,
    amount: reserve + ceilDiv(borne, RAY) + uncovered,
    claimed: floorDiv(claim * pool.supplyShares, RAY),
  };
}

/** The time in which a full premium is paid, and the constants of the mark's premium. */
const FUNDING_PERIOD_MS = 28_800_000n;
const HOUR_MS = 3_600_000n;
const MARK_TIME_CONSTANT_MS = 150_000n;
const PREMIUM_MAX_AGE_MS = 300_000;
/** One tick of the funding index: ticks per lot · rate (1e-12 per hour) · ms. */
const FUNDING_TICK = 1_000_000_000_000n * HOUR_MS;

/** An instrument after funding and the mark's step to `nowMs`. The feed is the one in force during the interval: before this block's reports. */
export function advancedPerpetual(
  state: InstrumentBook,
  terms: InstrumentTerms,
  at: {
    readonly nowMs: number;
    readonly heldFeed: FeedBook | undefined;
    readonly risk: Parameters['instruments'][number] | undefined;
  },
): {
  readonly funding: Readonly<Record<'index' | 'remainder' | 'rate' | 'premiumSum', bigint>> & {
    readonly elapsedMs: number;
    readonly coveredMs: number;
  };
  readonly average: bigint;
  readonly samplePpm: bigint;
} {
  const elapsedMs = at.nowMs - state.mark.updatedMs;
  const feed = at.heldFeed;
  const isFunded = feed !== undefined && feed.aggregate !== null && (feed.quality === 'valid' || feed.quality === 'uncertain');
  const perLot = isFunded && feed.aggregate !== null ? lotTicks(terms, feed.aggregate.price) : null;
  const funding = { ...state.funding, index: BigInt(state.funding.index) };
  const cap = BigInt(at.risk?.fundingCapPpmPerHour ?? 0) * MILLION;
  const windowMs: number = terms.form.kind === 'perpetual' ? terms.form.fundingWindowMs : Number.POSITIVE_INFINITY;
  let left = elapsedMs;
  while (left > 0) {
    const step = Math.min(left, windowMs - funding.elapsedMs);
    funding.elapsedMs += step;
    if (perLot !== null) {
      const owed = funding.remainder + perLot * funding.rate * BigInt(step);
      funding.index += floorDiv(owed, FUNDING_TICK);
      funding.remainder = owed - floorDiv(owed, FUNDING_TICK) * FUNDING_TICK;
      funding.coveredMs += step;
      funding.premiumSum += BigInt(state.mark.samplePpm) * BigInt(step);
    }
    if (funding.elapsedMs === windowMs) {
      const divisor = BigInt(funding.coveredMs) * FUNDING_PERIOD_MS;
      const rate = divisor === 0n ? 0n : nearestDiv(funding.premiumSum * MILLION * HOUR_MS, divisor);
      Object.assign(funding, { rate: clamp(rate, -cap, cap), elapsedMs: 0, coveredMs: 0, premiumSum: 0n });
    }
    left -= step;
  }
  const clampPpm = BigInt(at.risk?.markClampPpm ?? 0);
  const samplePpm = medianPremium(state, at.nowMs, clampPpm);
  const dt = BigInt(elapsedMs);
  const average = state.mark.average + truncDiv((samplePpm * MILLION - state.mark.average) * dt, MARK_TIME_CONSTANT_MS + dt);
  return { funding, average, samplePpm };
}

/** Median over venues with a fresh premium, the middle of two rounded down, clamped; none without venues. */
function medianPremium(state: InstrumentBook, nowMs: number, clampPpm: bigint): bigint {
  const fresh = state.mark.premiums
    .filter(({ publishTimeMs }) => nowMs - publishTimeMs <= PREMIUM_MAX_AGE_MS)
    .map(({ premiumPpm }) => BigInt(premiumPpm))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const count = fresh.length;
  if (count === 0) return 0n;
  const low = fresh[Math.ceil(count / 2) - 1] ?? 0n;
  const high = fresh[Math.floor(count / 2)] ?? 0n;
  return clamp(floorDiv(low + high, 2n), -clampPpm, clampPpm);
}
