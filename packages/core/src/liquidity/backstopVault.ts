/**
 * Shares and loss limits of a backstop tranche. A tranche is a margin account that stands behind auctions; what it owns is
 * the account's equity (`nav`, net asset value, in ticks, losses not yet realised included). This file keeps the
 * shares: who owns which part, at which price shares are made and burned, and how much the tranche may still lose.
 *
 * - Shares are minted at the highest and burned at the lowest of: the value now, the slow value, and the value with a
 *   virtual deposit. So nobody gains by timing a deposit or a redemption around a take, and a first depositor cannot
 *   inflate the price of a share: the virtual shares would keep what he gives away.
 * - A redemption is priced at the end of its cooldown and is at risk until then.
 * - Loss limits count realised and unrealised losses, because both are in the value of a share. They stop buying; they
 *   never force a sale.
 */

import { add, compareNumber, max, min, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import {
  type DurationMs,
  type OwnerId,
  PPM_ONE,
  type Ppm,
  ppm,
  RAY_ONE,
  type Ray,
  ray,
  type Shares,
  shares,
  type Ticks,
  type TimeMs,
  ticks,
  timeMs,
  ZERO_SHARES,
  ZERO_TICKS,
} from '../numeric/brand.ts';
import { RAY_MAX, SHARES_MAX } from '../numeric/limits.ts';
import { applyPpmDown } from '../numeric/ratio.ts';
import { mulDivDown, mulDivUp } from '../numeric/rounding.ts';

/** A deposit that exists only in the price of a share: one settlement unit and as many shares, at par. */
export const VIRTUAL_TICKS: Ticks = ticks(1_000_000n);
export const VIRTUAL_SHARES: Shares = shares(1_000_000n);

/** Windows of loss accounting: a rolling hour of twelve buckets of five minutes. */
export const LOSS_BUCKET_MS: number = 300_000;
export const LOSS_BUCKETS: number = 12;

export interface TrancheLimits {
  /**
   * Time between the request of a redemption and its price, positive. It is also the time constant of the slow value: after
   * one cooldown that has gone half of the way.
   */
  readonly cooldownMs: DurationMs;
  /** Largest loss below what the tranche was funded with, as a share of that. */
  readonly lossCapPpm: Ppm;
  /** Largest fall within the last hour, as a share of what the tranche was funded with. */
  readonly hourlyLossCapPpm: Ppm;
}

/** The part of a tranche's state that this file owns. All values per share are ticks per share in 1e-27. */
export interface TrancheAccounting {
  readonly totalShares: Shares;
  readonly slowValue: Ray;
  readonly slowAtMs: TimeMs;
  /** What the holders of the present shares paid for them; a redemption takes its part away. */
  readonly funded: Ticks;
  /** Highest value of a share per bucket, newest last; at most LOSS_BUCKETS + 1 entries, ascending by bucket. */
  readonly buckets: readonly LossBucket[];
}

export interface LossBucket {
  /** ⌊time / LOSS_BUCKET_MS⌋. */
  readonly bucket: number;
  readonly peakValue: Ray;
}

/** `empty`: no shares. `live`: shares with a value. `dead`: shares, and nothing behind them; mints and takes nothing. */
export type TrancheCondition = 'empty' | 'live' | 'dead';

/** A tranche without shares, opened at `nowMs`. */
export function openTranche(nowMs: TimeMs): TrancheAccounting {
  return { totalShares: ZERO_SHARES, slowValue: RAY_ONE, slowAtMs: nowMs, funded: ZERO_TICKS, buckets: [] };
}

/** What the tranche is with this value; see `TrancheCondition`. A dead tranche lives again if its value returns. */
export function trancheCondition(tranche: TrancheAccounting, nav: Ticks): TrancheCondition {
  if (tranche.totalShares === 0n) return 'empty';
  return nav > 0n ? 'live' : 'dead';
}

/** Value of one share, ⌊nav/shares⌋ in 1e-27; zero when dead, par when empty. */
export function shareValue(tranche: TrancheAccounting, nav: Ticks): Ray {
  switch (trancheCondition(tranche, nav)) {
    case 'empty':
      return RAY_ONE;
    case 'dead':
      return ray(0n);
    case 'live':
      return perShare(nav, tranche.totalShares, 'down');
  }
}

/**
 * Moves the slow value and the loss window to `nowMs`. Call it once a block before anything reads the tranche, with the
 * value before this block's takes. slow' = slow + (value − slow)·dt/(dt + cooldown): rational, so exact everywhere.
 */
export function advanceTranche(
  tranche: TrancheAccounting,
  at: { readonly nav: Ticks; readonly nowMs: TimeMs; readonly limits: TrancheLimits },
): TrancheAccounting {
  assert(at.nowMs >= tranche.slowAtMs, 'Time does not run back for a tranche.');
  assert(at.limits.cooldownMs > 0, 'The cooldown of a tranche is positive.');
  const value = shareValue(tranche, at.nav);
  if (tranche.totalShares === 0n) {
    return openTranche(at.nowMs);
  }
  const elapsed = BigInt(at.nowMs - tranche.slowAtMs);
  const step: bigint = mulDivDown<bigint>(sub(value, tranche.slowValue), elapsed, elapsed + BigInt(at.limits.cooldownMs));
  return {
    totalShares: tranche.totalShares,
    slowValue: ray(tranche.slowValue + step),
    slowAtMs: at.nowMs,
    funded: tranche.funded,
    buckets: bucketsWith(tranche.buckets, at.nowMs, value),
  };
}

/** Price at which a share is made: the highest of value, slow value and virtual value, rounded up. */
export function mintPrice(tranche: TrancheAccounting, nav: Ticks): Ray {
  const adjusted = virtualValue(tranche, nav, 'up');
  if (tranche.totalShares === 0n) return adjusted;
  return max(max(adjusted, perShare(nav, tranche.totalShares, 'up')), tranche.slowValue);
}

/** Price at which a share is burned: the lowest of value, slow value and virtual value, rounded down; zero when dead. */
export function redeemPrice(tranche: TrancheAccounting, nav: Ticks): Ray {
  if (trancheCondition(tranche, nav) !== 'live') return ray(0n);
  return min(min(virtualValue(tranche, nav, 'down'), shareValue(tranche, nav)), tranche.slowValue);
}

export type MintResult =
  | { readonly kind: 'minted'; readonly shares: Shares; readonly tranche: TrancheAccounting }
  | { readonly kind: 'refused'; readonly reason: 'deadTranche' | 'tooSmall' | 'tooManyShares' | 'shareTooDear' };

/** Shares for a deposit of `paid` ticks, rounded down. `nav` is the value before the deposit. */
export function mintShares(
  tranche: TrancheAccounting,
  deposit: { readonly nav: Ticks; readonly paid: Ticks; readonly nowMs: TimeMs },
): MintResult {
  assert(deposit.paid >= 0n, 'A deposit to a tranche is not negative.');
  if (trancheCondition(tranche, deposit.nav) === 'dead') return { kind: 'refused', reason: 'deadTranche' };
  const cost = mintPrice(tranche, deposit.nav);
  if (cost >= RAY_MAX) return { kind: 'refused', reason: 'shareTooDear' };
  const made: bigint = mulDivDown(deposit.paid, RAY_ONE, cost);
  if (made === 0n) return { kind: 'refused', reason: 'tooSmall' };
  if (made + tranche.totalShares > SHARES_MAX) return { kind: 'refused', reason: 'tooManyShares' };
  const base: TrancheAccounting = tranche.totalShares === 0n ? { ...openTranche(deposit.nowMs), slowValue: cost } : tranche;
  return {
    kind: 'minted',
    shares: shares(made),
    tranche: {
      ...base,
      totalShares: shares(tranche.totalShares + made),
      funded: add(base.funded, deposit.paid),
    },
  };
}

/** A request to redeem. The shares stay in the tranche, at risk, and keep their owner's place until they are paid. */
export interface RedemptionRequest {
  /** Rises with every request of the tranche: the order among requests that fall due together. */
  readonly sequence: number;
  readonly owner: OwnerId;
  readonly shares: Shares;
  readonly requestedAtMs: TimeMs;
  readonly dueAtMs: TimeMs;
}

/** A request made at `requestedAtMs`, due at the end of the cooldown. */
export function requestRedemption(
  request: Omit<RedemptionRequest, 'dueAtMs'> & { readonly limits: TrancheLimits },
): RedemptionRequest {
  assert(request.shares > 0n, 'A redemption is of some shares.');
  return {
    sequence: request.sequence,
    owner: request.owner,
    shares: request.shares,
    requestedAtMs: request.requestedAtMs,
    dueAtMs: timeMs(request.requestedAtMs + request.limits.cooldownMs),
  };
}

/** The requests that are due at `nowMs`, in the order in which they are paid: due time, then sequence. */
export function dueRedemptions(queue: readonly RedemptionRequest[], nowMs: TimeMs): readonly RedemptionRequest[] {
  return queue
    .filter((request) => request.dueAtMs <= nowMs)
    .sort((a, b) => compareNumber(a.dueAtMs, b.dueAtMs) || compareNumber(a.sequence, b.sequence));
}

export interface RedemptionPayment {
  readonly paid: Ticks;
  readonly burned: Shares;
  /** Shares that wait because the tranche could not pay them out now. */
  readonly left: Shares;
  readonly tranche: TrancheAccounting;
}

/**
 * Pays a due redemption at `redeemPrice`, rounded down, as far as `payable` (what the tranche's account may withdraw)
 * reaches. What cannot be paid keeps its place. A dead tranche burns the shares for nothing.
 */
export function payRedemption(
  tranche: TrancheAccounting,
  redemption: { readonly shares: Shares; readonly nav: Ticks; readonly payable: Ticks },
): RedemptionPayment {
  assert(redemption.payable >= 0n, 'What a tranche can pay is not negative.');
  assert(redemption.shares <= tranche.totalShares, 'A tranche redeems shares that exist.');
  const worth = redeemPrice(tranche, redemption.nav);
  const full = ticks(mulDivDown<bigint>(redemption.shares, worth, RAY_ONE));
  const paid = min(full, redemption.payable);
  const burned = paid === full ? redemption.shares : min(redemption.shares, shares(mulDivUp<bigint>(paid, RAY_ONE, worth)));
  const totalShares = sub(tranche.totalShares, burned);
  const funded = totalShares === 0n ? ZERO_TICKS : mulDivUp(tranche.funded, totalShares, tranche.totalShares);
  return { paid, burned, left: sub(redemption.shares, burned), tranche: { ...tranche, totalShares, funded } };
}

/**
 * Ticks that the tranche may still lose under both caps, realised and unrealised losses of the window counted. Zero when it
 * is empty, dead or at a cap: then it buys nothing and absorbs nothing. Rounded down. Call `advanceTranche` first.
 */
export function lossRoom(
  tranche: TrancheAccounting,
  at: { readonly nav: Ticks; readonly nowMs: TimeMs; readonly limits: TrancheLimits },
): Ticks {
  if (trancheCondition(tranche, at.nav) !== 'live') return ZERO_TICKS;
  const value = shareValue(tranche, at.nav);
  const below = max(sub(tranche.funded, at.nav), ZERO_TICKS);
  const fall = max(sub(windowPeak(tranche.buckets, at.nowMs), value), ray(0n));
  const fallen = ticks(mulDivUp<bigint>(fall, tranche.totalShares, RAY_ONE));
  const ever = sub(applyPpmDown(tranche.funded, at.limits.lossCapPpm), below);
  const hour = sub(applyPpmDown(tranche.funded, at.limits.hourlyLossCapPpm), fallen);
  return max(ZERO_TICKS, min(at.nav, min(ever, hour)));
}

/**
 * The largest fraction of a slice that a tranche may take: the loss booked at once (price above value, zero at a
 * discount) plus the initial requirement that the slice brings stay within its loss room and its free initial margin. An upper bound from the
 * slice alone: the account is checked at initial margin after the take, and the take shrinks until that passes.
 */
export function takeCapacity(take: {
  readonly lossRoom: Ticks;
  readonly freeInitial: Ticks;
  /** Loss at mark booked by taking the whole: price − value, negative at a discount. */
  readonly lossOfWhole: Ticks;
  /** Initial requirement of the whole slice on its own. */
  readonly requirementOfWhole: Ticks;
}): Ppm {
  if (take.lossRoom <= 0n || take.freeInitial <= 0n) return ppm(0);
  const loss = max(take.lossOfWhole, ZERO_TICKS);
  const margin = ticks(max(loss, ZERO_TICKS) + max(take.requirementOfWhole, ZERO_TICKS));
  return ppm(Math.min(fractionWithin(take.lossRoom, loss), fractionWithin(take.freeInitial, margin)));
}

function fractionWithin(room: Ticks, need: Ticks): number {
  return need <= room ? PPM_ONE : Number(mulDivDown<bigint>(room, BigInt(PPM_ONE), need));
}

/** Highest value of the buckets that reach into the last hour; zero when there is none. */
function windowPeak(buckets: readonly LossBucket[], nowMs: TimeMs): Ray {
  const oldest = bucketOf(nowMs) - LOSS_BUCKETS;
  return buckets.reduce((peak, entry) => (entry.bucket >= oldest ? max(peak, entry.peakValue) : peak), ray(0n));
}

function bucketsWith(buckets: readonly LossBucket[], nowMs: TimeMs, value: Ray): readonly LossBucket[] {
  const current = bucketOf(nowMs);
  const kept = buckets.filter((entry) => entry.bucket >= current - LOSS_BUCKETS && entry.bucket < current);
  const same = buckets.find((entry) => entry.bucket === current);
  return [...kept, { bucket: current, peakValue: same === undefined ? value : max(same.peakValue, value) }];
}

function bucketOf(nowMs: TimeMs): number {
  return Math.floor(nowMs / LOSS_BUCKET_MS);
}

function virtualValue(tranche: TrancheAccounting, nav: Ticks, rounding: 'up' | 'down'): Ray {
  const backing = max(nav, ZERO_TICKS);
  return perShare(ticks(backing + VIRTUAL_TICKS), shares(tranche.totalShares + VIRTUAL_SHARES), rounding);
}

/** Ticks per share; stands still at the largest ray, where a gift to a tranche with next to no shares could take it. */
function perShare(value: Ticks, count: Shares, rounding: 'up' | 'down'): Ray {
  const scaled: bigint = rounding === 'up' ? mulDivUp(value, RAY_ONE, count) : mulDivDown(value, RAY_ONE, count);
  return ray(scaled < RAY_MAX ? scaled : RAY_MAX);
}
