/**
 * One lending pool per asset: suppliers' money, lent out against collateral, and the loans behind negative settled cash.
 *
 * A debt is a number of shares times a debt index that only rises (rounded up); a supply is shares times a supply index
 * (rounded down). Indexes are in 1e-27. Every rounding goes against the user, so the pool is never short:
 *
 *     residual = (cash − reserve) · RAY + debtShares · debtIndex + loanShares · debtIndex − loanPrincipal · RAY − supplyShares · supplyIndex ≥ 0
 *
 * in 1e-27 of a ledger unit, exactly. This is the identity cash + Σ debts = Σ supplies + reserve + dust, before the roundings per account,
 * which only add to dust. A cash loan's principal is other accounts' settled cash, so only its interest belongs to the pool.
 *
 * All functions are pure: they return new figures. Sizes are positive; the caller posts the cash and the shares.
 */

import { assert } from '../numeric/assert.ts';
import {
  type Amount,
  type AssetId,
  amount,
  type Ppm,
  ppm,
  RAY_ONE,
  type Ray,
  ray,
  type Shares,
  shares,
  type TimeMs,
  ZERO_AMOUNT,
  ZERO_SHARES,
} from '../numeric/brand.ts';
import { AMOUNT_MAX, RAY_MAX, SHARES_MAX } from '../numeric/limits.ts';
import { divDown, divUp, mulDivDown, mulDivUp } from '../numeric/rounding.ts';

/** What a pool owes and is owed. `cash`, `debtShares`, `supplyShares` and the loan totals follow postings; the rest accrues. */
export interface LendingPool {
  readonly asset: AssetId;
  /** Idle units in the pool, the reserve among them. */
  readonly cash: Amount;
  readonly debtShares: Shares;
  readonly supplyShares: Shares;
  /** Units per debt share and per supply share, 1e-27. */
  readonly debtIndex: Ray;
  readonly supplyIndex: Ray;
  /** The protocol's part of the pool: interest kept back, and whole units of dust. First to bear a loss. */
  readonly reserve: Amount;
  /** Loans behind negative settled cash, over all groups that settle in the asset. */
  readonly loanShares: Shares;
  readonly loanPrincipal: Amount;
  /** Recovery claims raised so far per supply share, 1e-27 of a unit (recoveryClaims.ts). */
  readonly claimIndex: Ray;
  readonly lastAccrualMs: TimeMs;
}

/** A kinked rate: base + slope1 up to the kink of utilisation, slope2 beyond it, all in parts per million per year. */
export interface LendingParameters {
  readonly basePpmPerYear: Ppm;
  /** Added in proportion until utilisation reaches the kink. */
  readonly slope1PpmPerYear: Ppm;
  /** 0 < kink < 1,000,000. */
  readonly kinkPpm: Ppm;
  /** Added in proportion from the kink to full utilisation. */
  readonly slope2PpmPerYear: Ppm;
  /** Part of the interest that the protocol keeps. */
  readonly reserveFactorPpm: Ppm;
  /** Largest loss suppliers bear from one bad debt without a claim, as part of their supply. */
  readonly lossBoundPpm: Ppm;
}

/** 365 days. */
export const YEAR_MS: number = 31_536_000_000;

/** An empty pool with both indexes at par. */
export function createLendingPool(asset: AssetId, nowMs: TimeMs): LendingPool {
  return {
    asset,
    cash: ZERO_AMOUNT,
    debtShares: ZERO_SHARES,
    supplyShares: ZERO_SHARES,
    debtIndex: RAY_ONE,
    supplyIndex: RAY_ONE,
    reserve: ZERO_AMOUNT,
    loanShares: ZERO_SHARES,
    loanPrincipal: ZERO_AMOUNT,
    claimIndex: ray(0n),
    lastAccrualMs: nowMs,
  };
}

/** The residual of the identity above, in 1e-27 of a ledger unit; never negative. */
export function poolResidual(pool: LendingPool): bigint {
  const owned = (pool.cash - pool.reserve - pool.loanPrincipal) * RAY_ONE;
  const owed = (pool.debtShares + pool.loanShares) * pool.debtIndex;
  return owned + owed - pool.supplyShares * pool.supplyIndex;
}

/** Whole units of the residual: the pool's dust. */
export function poolDust(pool: LendingPool): bigint {
  return divDown(poolResidual(pool), RAY_ONE);
}

/** Part of the pool's money that is lent out, cash loans included, rounded up; 1,000,000 is all of it. */
export function utilisation(pool: LendingPool): Ppm {
  const lent = divUp((pool.debtShares + pool.loanShares) * pool.debtIndex, RAY_ONE);
  if (lent === 0n) return ppm(0);
  const idle = pool.cash > pool.reserve ? pool.cash - pool.reserve : 0n;
  return ppm(Number(mulDivUp(lent, 1_000_000n, lent + idle)));
}

/** What borrowers pay at a utilisation, parts per million per year, rounded up. */
export function borrowRate(parameters: LendingParameters, used: Ppm): Ppm {
  const { kinkPpm, basePpmPerYear, slope1PpmPerYear, slope2PpmPerYear } = parameters;
  assert(kinkPpm > 0 && kinkPpm < 1_000_000, 'The kink of a rate lies strictly between no and full utilisation.');
  const below = mulDivUp(BigInt(slope1PpmPerYear), BigInt(Math.min(used, kinkPpm)), BigInt(kinkPpm));
  const above = mulDivUp(BigInt(slope2PpmPerYear), BigInt(Math.max(0, used - kinkPpm)), BigInt(1_000_000 - kinkPpm));
  return ppm(basePpmPerYear + Number(below) + Number(above));
}

/**
 * The pool at `nowMs`: the debt index grows linearly over the interval at the present rate (rounded up), suppliers get
 * the interest less the reserve factor (rounded down), and whole units of what is left go to the reserve. Suppliers never earn
 * more than the borrow rate on what they supplied: interest on cash loans beyond that, which nobody's supply funds, goes to the reserve.
 * Asserts that time does not run backward; otherwise total: indexes stop at their largest value.
 */
export function accrue(pool: LendingPool, parameters: LendingParameters, nowMs: TimeMs): LendingPool {
  const elapsed = nowMs - pool.lastAccrualMs;
  assert(elapsed >= 0, 'Interest accrues forward in time.');
  if (elapsed === 0) return pool;
  const lentShares = pool.debtShares + pool.loanShares;
  if (lentShares === 0n) return { ...pool, lastAccrualMs: nowMs };
  const rate = BigInt(borrowRate(parameters, utilisation(pool))) * BigInt(elapsed);
  const year = 1_000_000n * BigInt(YEAR_MS);
  const debtIndex = capped(pool.debtIndex + mulDivUp<bigint>(pool.debtIndex, rate, year));
  const passedOn = 1_000_000n - BigInt(parameters.reserveFactorPpm);
  const interest = mulDivDown(lentShares * (debtIndex - pool.debtIndex), passedOn, 1_000_000n);
  const earned = pool.supplyShares > 0n ? divDown(interest, pool.supplyShares) : 0n;
  const most = mulDivDown<bigint>(pool.supplyIndex, rate * passedOn, year * 1_000_000n);
  const supplyIndex = capped(pool.supplyIndex + (earned < most ? earned : most));
  return bookDust({ ...pool, debtIndex: ray(debtIndex), supplyIndex: ray(supplyIndex), lastAccrualMs: nowMs });
}

/** Units that `held` supply shares are worth: what they can be redeemed for, rounded down. */
export function supplyValue(pool: LendingPool, held: Shares): Amount {
  return amount(mulDivDown<bigint>(held, pool.supplyIndex, RAY_ONE));
}

/** Units that `owed` debt shares stand for: what repaying them costs, rounded up. */
export function debtValue(pool: LendingPool, owed: Shares): Amount {
  return amount(mulDivUp<bigint>(owed, pool.debtIndex, RAY_ONE));
}

/** Supply shares for units paid in, rounded down; null when they would be none or above 2^62 (a pool worn by losses). */
export function sharesForSupply(pool: LendingPool, paid: Amount): Shares | null {
  const minted = mulDivDown<bigint>(paid, RAY_ONE, pool.supplyIndex);
  return minted > 0n && pool.supplyShares + minted <= SHARES_MAX ? shares(minted) : null;
}

/** Supply shares to burn for units taken out, rounded up. Not more than `held` when units ≤ supplyValue(held). */
export function sharesForWithdrawal(pool: LendingPool, taken: Amount): Shares {
  return shares(mulDivUp<bigint>(taken, RAY_ONE, pool.supplyIndex));
}

/** Debt shares for units borrowed, rounded up. */
export function sharesForBorrow(pool: LendingPool, borrowed: Amount): Shares {
  return shares(mulDivUp<bigint>(borrowed, RAY_ONE, pool.debtIndex));
}

/** Debt shares cleared by units repaid, rounded down. Pay debtValue(owed) and clear all `owed` to repay in full. */
export function sharesForRepayment(pool: LendingPool, repaid: Amount): Shares {
  return shares(mulDivDown<bigint>(repaid, RAY_ONE, pool.debtIndex));
}

/** Idle units that suppliers may take and borrowers may draw: cash less reserve, not negative. */
export function idleCash(pool: LendingPool): Amount {
  return pool.cash > pool.reserve ? amount(pool.cash - pool.reserve) : ZERO_AMOUNT;
}

/** Moves whole units of the residual to the reserve, which stops at the largest amount. */
export function bookDust(pool: LendingPool): LendingPool {
  const full = pool.reserve + poolDust(pool);
  const reserve = full < AMOUNT_MAX ? full : AMOUNT_MAX;
  return reserve === pool.reserve ? pool : { ...pool, reserve: amount(reserve) };
}

/** How a bad debt was borne. `reserve` + `suppliers` + `uncovered` ≥ the loss, each rounded up to whole units. */
export interface PoolLoss {
  readonly pool: LendingPool;
  readonly reserve: Amount;
  readonly suppliers: Amount;
  /** The part of the suppliers' loss beyond the bound, for which they got claims; rounded down. */
  readonly claimed: Amount;
  /** What neither could bear: pay it into the pool from elsewhere before the debt is written off. */
  readonly uncovered: Amount;
}

/**
 * Lets the pool bear the loss of `owed` debt shares that will never be repaid: first the reserve, then all suppliers in
 * proportion through a lower supply index. What lies beyond `lossBoundPpm` of their supply raises the claim index.
 *
 * Order: apply the returned figures (they leave a residual of at least the loss), then post the debt shares away. The
 * pool of the result still counts them.
 */
export function socialisePoolLoss(pool: LendingPool, owed: Shares, lossBoundPpm: Ppm): PoolLoss {
  assert(owed > 0n && owed <= pool.debtShares, 'A debt that is written off is part of the debts of the pool.');
  // What the residual covers already is nobody's loss.
  const lossRay = owed * pool.debtIndex - poolResidual(pool);
  if (lossRay <= 0n) {
    return { pool, reserve: ZERO_AMOUNT, suppliers: ZERO_AMOUNT, claimed: ZERO_AMOUNT, uncovered: ZERO_AMOUNT };
  }
  const wanted = divUp(lossRay, RAY_ONE);
  const reserve = amount(wanted < pool.reserve ? wanted : pool.reserve);
  const restRay = lossRay > reserve * RAY_ONE ? lossRay - reserve * RAY_ONE : 0n;
  const fall = supplyIndexFall(pool, restRay);
  const bearableRay = fall * pool.supplyShares;
  const uncovered = amount(restRay > bearableRay ? divUp(restRay - bearableRay, RAY_ONE) : 0n);
  const bound = mulDivUp<bigint>(pool.supplyIndex, BigInt(lossBoundPpm), 1_000_000n);
  const claimPerShare = fall > bound ? fall - bound : 0n;
  return {
    pool: {
      ...pool,
      reserve: amount(pool.reserve - reserve),
      supplyIndex: ray(pool.supplyIndex - fall),
      claimIndex: ray(pool.claimIndex + claimPerShare),
    },
    reserve,
    suppliers: amount(divUp(restRay < bearableRay ? restRay : bearableRay, RAY_ONE)),
    claimed: amount(divDown(claimPerShare * pool.supplyShares, RAY_ONE)),
    uncovered,
  };
}

/** By how much the supply index must fall to bear `restRay`; it keeps at least one part in 1e27, so that it can divide. */
function supplyIndexFall(pool: LendingPool, restRay: bigint): bigint {
  if (restRay === 0n || pool.supplyShares === 0n) return 0n;
  const needed = divUp(restRay, pool.supplyShares);
  return needed < pool.supplyIndex ? needed : pool.supplyIndex - 1n;
}

function capped(index: bigint): bigint {
  return index < RAY_MAX ? index : RAY_MAX;
}
