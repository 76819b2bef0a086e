/**
 * Branded units. A brand costs nothing at run time; it keeps an amount from being used where ticks are meant.
 *
 * TypeScript lets `amount + ticks` compile (both widen to `bigint`), so operators on branded values are used only in
 * this folder; elsewhere call `add`, `sub`, `mulDivDown` and their siblings, which refuse to mix brands.
 *
 * Every constructor checks its range and throws an `InvariantViolation`: they are for values that the program already
 * believes in. Values from outside go through a decoder first, which refuses with a sentence for the user. Numbers come
 * back without a negative zero, which would compare equal and hash differently.
 */

import { InvariantViolation } from './assert.ts';
import { AMOUNT_MAX, ID_MAX, PRICE_MAX, RAY_MAX, SHARES_MAX, TICKS_MAX, TIME_MS_MAX } from './limits.ts';

declare const brand: unique symbol;

/** `T` marked with the name `N`: assignable to `T`, and `T` is not assignable to it. */
export type Brand<T, N extends string> = T & { readonly [brand]: N };

/** Ledger units of one asset (10^-decimals), signed: positive belongs to the account. */
export type Amount = Brand<bigint, 'Amount'>;
/** 1e-6 of the settlement unit, signed: profit positive, loss negative. */
export type Ticks = Brand<bigint, 'Ticks'>;
/** 1e-9 USD per feed unit, always positive. */
export type Price = Brand<bigint, 'Price'>;
/** Fixed point with 27 decimals, not negative: growth indexes and rates. */
export type Ray = Brand<bigint, 'Ray'>;
/** Shares of a pool or of a tranche, signed (a redemption is negative). */
export type Shares = Brand<bigint, 'Shares'>;
/** Contracts of one instrument, an integer-valued double, signed: long positive. */
export type Lots = Brand<number, 'Lots'>;
/** Ticks per lot, an integer-valued double, signed: an entry of a risk array, or a price of a lot. */
export type TicksPerLot = Brand<number, 'TicksPerLot'>;
/** Parts per million, an integer, signed: a ratio of one million is 1. */
export type Ppm = Brand<number, 'Ppm'>;
/** Block or publish time: milliseconds since 1970, an integer. */
export type TimeMs = Brand<number, 'TimeMs'>;
/** A length of time in milliseconds, an integer, not negative. */
export type DurationMs = Brand<number, 'DurationMs'>;
/** Height of a block, from zero. */
export type Height = Brand<number, 'Height'>;

/** A margin account, which is a row of the ledger. */
export type AccountId = Brand<number, 'AccountId'>;
/** An actor: the owner of accounts, a delegate, a venue operator, a governor. */
export type OwnerId = Brand<number, 'OwnerId'>;
/** A collateral or settlement asset. */
export type AssetId = Brand<number, 'AssetId'>;
/** A tradable instrument. */
export type InstrumentId = Brand<number, 'InstrumentId'>;
/** A price feed. */
export type FeedId = Brand<number, 'FeedId'>;
/** A source that reports to a feed. */
export type SourceId = Brand<number, 'SourceId'>;
/** A trading venue. */
export type VenueId = Brand<number, 'VenueId'>;
/** A settlement group. */
export type GroupId = Brand<number, 'GroupId'>;
/** An underlying (a risk factor). */
export type UnderlyingId = Brand<number, 'UnderlyingId'>;
/** A liquidation auction. */
export type AuctionId = Brand<number, 'AuctionId'>;
/** A tranche of the backstop vault. */
export type TrancheId = Brand<number, 'TrancheId'>;
/** A lending or liquidity pool. */
export type PoolId = Brand<number, 'PoolId'>;

/** Ledger units; asserts |value| < 2^62. */
export function amount(value: bigint): Amount {
  if (value > AMOUNT_MAX || value < -AMOUNT_MAX) refuse('An amount is below 2^62 ledger units', value);
  return value as Amount;
}

/** Ticks; asserts |value| ≤ 2^120. */
export function ticks(value: bigint): Ticks {
  // Nearly every figure fits 64 bits, and that is asked faster than the range is.
  if (BigInt.asIntN(64, value) !== value && (value > TICKS_MAX || value < -TICKS_MAX))
    refuse('A figure in ticks is at most 2^120', value);
  return value as Ticks;
}

/** A price in 1e-9 USD; asserts 0 < value < 2^62. */
export function price(value: bigint): Price {
  if (value <= 0n || value > PRICE_MAX) refuse('A price is positive and below 2^62', value);
  return value as Price;
}

/** A fixed-point index in 1e-27; asserts 0 ≤ value < 2^126. */
export function ray(value: bigint): Ray {
  if (value < 0n || value > RAY_MAX) refuse('A ray is not negative and below 2^126', value);
  return value as Ray;
}

/** Shares; asserts |value| < 2^62. */
export function shares(value: bigint): Shares {
  if (value > SHARES_MAX || value < -SHARES_MAX) refuse('A number of shares is below 2^62', value);
  return value as Shares;
}

/** Lots; asserts a safe integer. */
export function lots(value: number): Lots {
  if (!Number.isSafeInteger(value)) refuse('A number of lots is a safe integer', value);
  return (value + 0) as Lots;
}

/** Ticks per lot; asserts a safe integer. */
export function ticksPerLot(value: number): TicksPerLot {
  if (!Number.isSafeInteger(value)) refuse('A value per lot is a safe integer of ticks', value);
  return (value + 0) as TicksPerLot;
}

/** Parts per million; asserts a safe integer. */
export function ppm(value: number): Ppm {
  if (!Number.isSafeInteger(value)) refuse('A ratio is a safe integer of parts per million', value);
  return (value + 0) as Ppm;
}

/** A time in milliseconds since 1970; asserts an integer from 0 to 8.64e15. */
export function timeMs(value: number): TimeMs {
  if (!Number.isSafeInteger(value) || value < 0 || value > TIME_MS_MAX) {
    refuse('A time is an integer of milliseconds since 1970', value);
  }
  return (value + 0) as TimeMs;
}

/** A duration in milliseconds; asserts a safe integer that is not negative. */
export function durationMs(value: number): DurationMs {
  if (!Number.isSafeInteger(value) || value < 0) {
    refuse('A duration is an integer of milliseconds and not negative', value);
  }
  return (value + 0) as DurationMs;
}

/** A block height; asserts a safe integer that is not negative. */
export function height(value: number): Height {
  if (!Number.isSafeInteger(value) || value < 0) {
    refuse('A height is an integer and not negative', value);
  }
  return (value + 0) as Height;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function accountId(value: number): AccountId {
  return identifier(value) as AccountId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function ownerId(value: number): OwnerId {
  return identifier(value) as OwnerId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function assetId(value: number): AssetId {
  return identifier(value) as AssetId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function instrumentId(value: number): InstrumentId {
  return identifier(value) as InstrumentId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function feedId(value: number): FeedId {
  return identifier(value) as FeedId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function sourceId(value: number): SourceId {
  return identifier(value) as SourceId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function venueId(value: number): VenueId {
  return identifier(value) as VenueId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function groupId(value: number): GroupId {
  return identifier(value) as GroupId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function underlyingId(value: number): UnderlyingId {
  return identifier(value) as UnderlyingId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function auctionId(value: number): AuctionId {
  return identifier(value) as AuctionId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function trancheId(value: number): TrancheId {
  return identifier(value) as TrancheId;
}

/** Asserts an integer from 0 to 2^31 − 1. */
export function poolId(value: number): PoolId {
  return identifier(value) as PoolId;
}

/** No units of an asset. */
export const ZERO_AMOUNT: Amount = amount(0n);
/** No profit and no loss. */
export const ZERO_TICKS: Ticks = ticks(0n);
/** No shares. */
export const ZERO_SHARES: Shares = shares(0n);
/** An index at par. */
export const RAY_ONE: Ray = ray(10n ** 27n);
/** A ratio of one. */
export const PPM_ONE: Ppm = ppm(1_000_000);

function identifier(value: number): number {
  if ((value | 0) !== value || value < 0) {
    refuse(`An identifier is an integer from 0 to ${ID_MAX}`, value);
  }
  return value | 0;
}

function refuse(sentence: string, value: bigint | number): never {
  throw new InvariantViolation(`${sentence}; this one is ${String(value)}.`);
}
