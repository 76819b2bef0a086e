/**
 * A two-asset pool that keeps the product of its reserves. Every rounding favours the pool, so the product per share never
 * falls. What a share is worth as collateral is decided elsewhere, from oracle prices and not from these reserves.
 */

import { add, min, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type Amount, amount, PPM_ONE, type Ppm, type Shares, shares } from '../numeric/brand.ts';
import { AMOUNT_MAX, SHARES_MAX } from '../numeric/limits.ts';
import { divDown, isqrtDown, mulDivDown, mulDivUp } from '../numeric/rounding.ts';

const ONE: bigint = BigInt(PPM_ONE);

/** Shares of the first deposit that belong to nobody for ever: they keep the value of one share from being inflated. */
export const LOCKED_SHARES: Shares = shares(1000n);

export interface ProductPool {
  readonly reserveBase: Amount;
  readonly reserveQuote: Amount;
  /** Fee on what comes in; it stays in the pool. Below one. */
  readonly feePpm: Ppm;
  /** All shares, the locked ones included; zero only while both reserves are zero. */
  readonly totalShares: Shares;
}

export type SwapSide = 'baseIn' | 'quoteIn';

export interface Swap {
  readonly pool: ProductPool;
  readonly amountIn: Amount;
  readonly amountOut: Amount;
}

/** Sells `amountIn` to the pool, output rounded down; null when nothing would come out or the reserve would leave its range. */
export function swapExactIn(pool: ProductPool, order: { readonly side: SwapSide; readonly amountIn: Amount }): Swap | null {
  assert(order.amountIn > 0n, 'A swap puts something in.');
  const { reserveIn, reserveOut } = sidesOf(pool, order.side);
  if (reserveIn === 0n || reserveOut === 0n) return null;
  const offered: bigint = order.amountIn;
  const held: bigint = reserveIn;
  const afterFee = offered * keptPpm(pool);
  const amountOut = mulDivDown(reserveOut, afterFee, held * ONE + afterFee);
  if (amountOut === 0n || held + offered > AMOUNT_MAX) return null;
  const next = withReserves(pool, order.side, amount(add(reserveIn, order.amountIn)), sub(reserveOut, amountOut));
  return { pool: next, amountIn: order.amountIn, amountOut };
}

/**
 * The largest input whose average price, before the last rounding, is at least `limitOut` per `limitIn`; zero when
 * even the first unit is worse. The swap then returns at least ⌊input · limitOut / limitIn⌋. Closed form.
 */
export function maxInputAtLimit(
  pool: ProductPool,
  order: { readonly side: SwapSide; readonly limitOut: Amount; readonly limitIn: Amount },
): Amount {
  assert(order.limitOut > 0n && order.limitIn > 0n, 'A limit price is positive.');
  const { reserveIn, reserveOut } = sidesOf(pool, order.side);
  // out/in = g·reserveOut / (reserveIn·1e6 + g·in) ≥ limitOut/limitIn, with g = 1e6 − fee.
  const kept = keptPpm(pool);
  const limitOut: bigint = order.limitOut;
  const limitIn: bigint = order.limitIn;
  const heldIn: bigint = reserveIn;
  const heldOut: bigint = reserveOut;
  const numerator = kept * heldOut * limitIn - ONE * heldIn * limitOut;
  if (numerator <= 0n) return amount(0n);
  const most = divDown(numerator, kept * limitOut);
  return amount(most < AMOUNT_MAX ? most : AMOUNT_MAX);
}

export interface Deposit {
  readonly pool: ProductPool;
  readonly baseIn: Amount;
  readonly quoteIn: Amount;
  /** Shares for the depositor; the first deposit also mints the locked ones. */
  readonly minted: Shares;
}

/**
 * Adds liquidity with at most the offered amounts; takes what the minted shares need, rounded up. The first deposit
 * mints √(base·quote) less the locked shares. Null when it would mint nothing, or leave the range of shares or reserves.
 */
export function addLiquidity(pool: ProductPool, offer: { readonly baseIn: Amount; readonly quoteIn: Amount }): Deposit | null {
  assert(offer.baseIn >= 0n && offer.quoteIn >= 0n, 'An offer of liquidity is not negative.');
  if (pool.totalShares === 0n) return firstDeposit(pool, offer);
  const byBase: bigint = mulDivDown(offer.baseIn, pool.totalShares, pool.reserveBase);
  const byQuote: bigint = mulDivDown(offer.quoteIn, pool.totalShares, pool.reserveQuote);
  const fewer = min(byBase, byQuote);
  if (fewer === 0n || fewer + pool.totalShares > SHARES_MAX) return null;
  const minted = shares(fewer);
  const baseIn = mulDivUp(pool.reserveBase, minted, pool.totalShares);
  const quoteIn = mulDivUp(pool.reserveQuote, minted, pool.totalShares);
  if (add(pool.reserveBase, baseIn) > AMOUNT_MAX || add(pool.reserveQuote, quoteIn) > AMOUNT_MAX) return null;
  return { pool: grown(pool, { baseIn, quoteIn, created: minted }), baseIn, quoteIn, minted };
}

export interface Withdrawal {
  readonly pool: ProductPool;
  readonly baseOut: Amount;
  readonly quoteOut: Amount;
}

/** Burns shares for their part of both reserves, each rounded down. The locked shares can never be burned. */
export function removeLiquidity(pool: ProductPool, burned: Shares): Withdrawal {
  assert(burned > 0n && burned <= sub(pool.totalShares, LOCKED_SHARES), 'Burned shares are positive and leave the locked ones.');
  const baseOut = mulDivDown(pool.reserveBase, burned, pool.totalShares);
  const quoteOut = mulDivDown(pool.reserveQuote, burned, pool.totalShares);
  const next: ProductPool = {
    ...pool,
    reserveBase: sub(pool.reserveBase, baseOut),
    reserveQuote: sub(pool.reserveQuote, quoteOut),
    totalShares: sub(pool.totalShares, burned),
  };
  return { pool: next, baseOut, quoteOut };
}

function firstDeposit(pool: ProductPool, offer: { readonly baseIn: Amount; readonly quoteIn: Amount }): Deposit | null {
  const base: bigint = offer.baseIn;
  const quote: bigint = offer.quoteIn;
  const root = shares(isqrtDown(base * quote));
  if (root <= LOCKED_SHARES) return null;
  const minted = sub(root, LOCKED_SHARES);
  const next = grown(pool, { ...offer, created: root });
  return { pool: next, baseIn: offer.baseIn, quoteIn: offer.quoteIn, minted };
}

function grown(
  pool: ProductPool,
  by: { readonly baseIn: Amount; readonly quoteIn: Amount; readonly created: Shares },
): ProductPool {
  return {
    ...pool,
    reserveBase: amount(add(pool.reserveBase, by.baseIn)),
    reserveQuote: amount(add(pool.reserveQuote, by.quoteIn)),
    totalShares: shares(add(pool.totalShares, by.created)),
  };
}

function keptPpm(pool: ProductPool): bigint {
  return ONE - BigInt(pool.feePpm);
}

function sidesOf(pool: ProductPool, side: SwapSide): { reserveIn: Amount; reserveOut: Amount } {
  return side === 'baseIn'
    ? { reserveIn: pool.reserveBase, reserveOut: pool.reserveQuote }
    : { reserveIn: pool.reserveQuote, reserveOut: pool.reserveBase };
}

function withReserves(pool: ProductPool, side: SwapSide, reserveIn: Amount, reserveOut: Amount): ProductPool {
  return side === 'baseIn'
    ? { ...pool, reserveBase: reserveIn, reserveQuote: reserveOut }
    : { ...pool, reserveBase: reserveOut, reserveQuote: reserveIn };
}
