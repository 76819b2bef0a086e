/** Codecs of single values. Every bound is that of the branded unit's constructor, or narrower. */

import {
  type AccountId,
  AMOUNT_MAX,
  type Amount,
  type AssetId,
  accountId,
  amount,
  assetId,
  type DurationMs,
  durationMs,
  type FeedId,
  feedId,
  type GroupId,
  groupId,
  ID_MAX,
  type InstrumentId,
  instrumentId,
  type Lots,
  lots,
  type OwnerId,
  ownerId,
  type PoolId,
  type Ppm,
  PRICE_MAX,
  type Price,
  poolId,
  ppm,
  price,
  SHARES_MAX,
  type Shares,
  type SourceId,
  shares,
  sourceId,
  TICKS_MAX,
  TIME_MS_MAX,
  type Ticks,
  type TicksPerLot,
  type TimeMs,
  type TrancheId,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
  type UnderlyingId,
  underlyingId,
  type VenueId,
  venueId,
} from '@plimsoll/core/numeric';
import { unexpected } from './fault.ts';
import type { FieldCodec } from './fieldCodec.ts';

const SAFE_MAX = Number.MAX_SAFE_INTEGER;

// ── ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export const accountIdField = (description: string): FieldCodec<AccountId> => idField(description, accountId);
export const assetIdField = (description: string): FieldCodec<AssetId> => idField(description, assetId);
export const feedIdField = (description: string): FieldCodec<FeedId> => idField(description, feedId);
export const groupIdField = (description: string): FieldCodec<GroupId> => idField(description, groupId);
export const instrumentIdField = (description: string): FieldCodec<InstrumentId> => idField(description, instrumentId);
export const ownerIdField = (description: string): FieldCodec<OwnerId> => idField(description, ownerId);
export const poolIdField = (description: string): FieldCodec<PoolId> => idField(description, poolId);
export const sourceIdField = (description: string): FieldCodec<SourceId> => idField(description, sourceId);
export const trancheIdField = (description: string): FieldCodec<TrancheId> => idField(description, trancheId);
export const underlyingIdField = (description: string): FieldCodec<UnderlyingId> => idField(description, underlyingId);
export const venueIdField = (description: string): FieldCodec<VenueId> => idField(description, venueId);

function idField<T extends number>(description: string, construct: (value: number) => T): FieldCodec<T> {
  return numberField({ description, minimum: 0, maximum: ID_MAX, typedType: 'uint32', construct });
}

// ── integers that are JSON numbers ───────────────────────────────────────────────────────────────────────────────
/** Signed parts per million. */
export const ppmField = (description: string): FieldCodec<Ppm> => signedField(description, ppm);
/** A signed number in 1e-12, without a brand. */
export const picoField = (description: string): FieldCodec<number> => signedField(description, (value) => value + 0);
/** Signed lots. */
export const lotsField = (description: string): FieldCodec<Lots> => signedField(description, lots);
/** A duration in milliseconds, not negative. */
export const durationField = (description: string): FieldCodec<DurationMs> =>
  numberField({ description, minimum: 0, maximum: SAFE_MAX, typedType: 'uint64', construct: durationMs });
/** Milliseconds since 1970. */
export const timeField = (description: string): FieldCodec<TimeMs> =>
  numberField({ description, minimum: 0, maximum: TIME_MS_MAX, typedType: 'uint64', construct: timeMs });
/** A count that has no unit of its own, not negative. */
export const countField = (description: string): FieldCodec<number> =>
  numberField({ description, minimum: 0, maximum: SAFE_MAX, typedType: 'uint64', construct: (value) => value + 0 });

function signedField<T extends number>(description: string, construct: (value: number) => T): FieldCodec<T> {
  return numberField({ description, minimum: -SAFE_MAX, maximum: SAFE_MAX, typedType: 'int64', construct });
}

interface NumberRange<T extends number> {
  readonly description: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly typedType: string;
  readonly construct: (value: number) => T;
}

function numberField<T extends number>({ description, minimum, maximum, typedType, construct }: NumberRange<T>): FieldCodec<T> {
  const expected = `an integer from ${minimum} to ${maximum}`;
  const isWithin = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum;
  return {
    schema: { type: 'integer', minimum, maximum, description },
    fromJson: (value) => (isWithin(value) ? construct(value) : unexpected(expected, value)),
    toJson: (value) => value,
    faultOf: (value) => (isWithin(value) && !Object.is(value, -0) ? null : unexpected(expected, value)),
    typedType,
    typedStructs: [],
    toTyped: (value) => value,
  };
}

// ── integers that are decimal text ───────────────────────────────────────────────────────────────────────────────
/** Signed ledger units of an asset. */
export const amountField = (description: string): FieldCodec<Amount> =>
  largeField({ description, minimum: -AMOUNT_MAX, maximum: AMOUNT_MAX, typedType: 'int64', construct: amount });
/** Signed ticks: 1e-6 of the settlement unit. */
export const ticksField = (description: string): FieldCodec<Ticks> =>
  largeField({ description, minimum: -TICKS_MAX, maximum: TICKS_MAX, typedType: 'int128', construct: ticks });
/** 1e-9 USD per feed unit, positive. */
export const priceField = (description: string): FieldCodec<Price> =>
  largeField({ description, minimum: 1n, maximum: PRICE_MAX, typedType: 'uint64', construct: price });
/** Signed shares. */
export const sharesField = (description: string): FieldCodec<Shares> =>
  largeField({ description, minimum: -SHARES_MAX, maximum: SHARES_MAX, typedType: 'int64', construct: shares });
/** A signed integer without a brand, within 64 bits. */
export const integerField = (description: string): FieldCodec<bigint> =>
  largeField({ description, minimum: -INTEGER_MAX, maximum: INTEGER_MAX, typedType: 'int64', construct: (value) => value });

const INTEGER_MAX = 2n ** 63n - 1n;

interface LargeRange<T extends bigint> {
  readonly description: string;
  readonly minimum: bigint;
  readonly maximum: bigint;
  readonly typedType: string;
  readonly construct: (value: bigint) => T;
}

function largeField<T extends bigint>({ description, minimum, maximum, typedType, construct }: LargeRange<T>): FieldCodec<T> {
  const expected = `an integer from ${minimum} to ${maximum}`;
  const text = decimalText(minimum, maximum);
  const isWithin = (value: bigint): boolean => value >= minimum && value <= maximum;
  return {
    schema: { type: 'string', pattern: text.pattern.source, description },
    fromJson: (value) => {
      if (typeof value !== 'string' || !text.pattern.test(value)) return unexpected(`${expected} as decimal text`, value);
      const integer = BigInt(value);
      return isWithin(integer) ? construct(integer) : unexpected(`${expected} as decimal text`, value);
    },
    toJson: (value) => String(value),
    faultOf: (value) => (typeof value === 'bigint' && isWithin(value) ? null : unexpected(expected, value)),
    typedType,
    typedStructs: [],
    toTyped: (value) => String(value),
  };
}

/** Ticks per lot: a double in the core, decimal text outside, because it is a price. */
export function ticksPerLotField(description: string): FieldCodec<TicksPerLot> {
  const expected = `an integer from ${-SAFE_MAX} to ${SAFE_MAX}`;
  const text = decimalText(BigInt(-SAFE_MAX), BigInt(SAFE_MAX));
  return {
    schema: { type: 'string', pattern: text.pattern.source, description },
    fromJson: (value) => {
      if (typeof value !== 'string' || !text.pattern.test(value)) return unexpected(`${expected} as decimal text`, value);
      const integer = BigInt(value);
      const isSafe = integer >= -SAFE_MAX && integer <= SAFE_MAX;
      return isSafe ? ticksPerLot(Number(integer)) : unexpected(`${expected} as decimal text`, value);
    },
    toJson: (value) => String(value),
    faultOf: (value) => (Number.isSafeInteger(value) && !Object.is(value, -0) ? null : unexpected(expected, value)),
    typedType: 'int64',
    typedStructs: [],
    toTyped: (value) => String(value),
  };
}

/** The shape of the text; whether the number is in range is asked once it is one. */
function decimalText(minimum: bigint, maximum: bigint): { readonly pattern: RegExp } {
  const widest = minimum < 0n && -minimum > maximum ? -minimum : maximum;
  const digits = String(widest).length;
  const sign = minimum < 0n ? '-?' : '';
  const zero = minimum <= 0n ? '0|' : '';
  return { pattern: new RegExp(`^(?:${zero}${sign}[1-9][0-9]{0,${digits - 1}})$`) };
}

// ── texts and flags ──────────────────────────────────────────────────────────────────────────────────────────────
/** Printable ASCII of 1 to `maximum` characters: what people compare by eye has one spelling. */
export function textField(description: string, maximum: number): FieldCodec<string> {
  const pattern = new RegExp(`^[ -~]{1,${maximum}}$`);
  const expected = `a text of 1 to ${maximum} printable ASCII characters`;
  const isText = (value: unknown): value is string => typeof value === 'string' && pattern.test(value);
  return {
    schema: { type: 'string', pattern: pattern.source, description },
    fromJson: (value) => (isText(value) ? value : unexpected(expected, value)),
    toJson: (value) => value,
    faultOf: (value) => (isText(value) ? null : unexpected(expected, value)),
    typedType: 'string',
    typedStructs: [],
    toTyped: (value) => value,
  };
}

/** One of a few texts; the table has a key for each, so that a new one does not compile until it is here. */
export function choiceField<T extends string>(description: string, choices: { readonly [K in T]: true }): FieldCodec<T> {
  const texts = Object.keys(choices);
  const isChoice = (value: unknown): value is T => typeof value === 'string' && Object.hasOwn(choices, value);
  const expected = `one of ${texts.map((text) => `"${text}"`).join(', ')}`;
  return {
    schema: { type: 'string', enum: texts, description },
    fromJson: (value) => (isChoice(value) ? value : unexpected(expected, value)),
    toJson: (value) => value,
    faultOf: (value) => (isChoice(value) ? null : unexpected(expected, value)),
    typedType: 'string',
    typedStructs: [],
    toTyped: (value) => value,
  };
}

export function flagField(description: string): FieldCodec<boolean> {
  return {
    schema: { type: 'boolean', description },
    fromJson: (value) => (typeof value === 'boolean' ? value : unexpected('true or false', value)),
    toJson: (value) => value,
    faultOf: (value) => (typeof value === 'boolean' ? null : unexpected('true or false', value)),
    typedType: 'bool',
    typedStructs: [],
    toTyped: (value) => value,
  };
}
