import type { TicksPerLot } from '@plimsoll/core/numeric';
import type { JsonValue } from '@plimsoll/core/wire';
import type { Fault } from './fault.ts';

/** An integer as text: no plus sign, no leading zero, no negative zero, so that one number has one text. */
export type DecimalText = string;

/**
 * How a value of the core looks in JSON. Amounts, prices, ticks and shares are decimal text of ledger integers; ids, lots, times and
 * ratios are numbers.
 */
export type JsonOf<T> = T extends TicksPerLot
  ? DecimalText
  : T extends bigint
    ? DecimalText
    : T extends number
      ? number
      : T extends string | boolean | null | undefined
        ? T
        : T extends readonly (infer Item)[]
          ? readonly JsonOf<Item>[]
          : { readonly [K in keyof T]: JsonOf<T[K]> };

/** A JSON Schema (draft 2020-12). */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A member of a struct of EIP-712. */
export interface TypedMember {
  readonly name: string;
  readonly type: string;
}

/** A named struct of EIP-712. */
export interface TypedStruct {
  readonly name: string;
  readonly members: readonly TypedMember[];
}

/**
 * One kind of value in its three outside forms: JSON, a decoded canonical value, and a member of EIP-712 typed data. Everything that
 * enters is looked at here, so that no constructor of a branded unit is asked for something that it must refuse.
 */
export interface FieldCodec<T> {
  /** With a description that names the unit and the sign. */
  readonly schema: JsonSchema;
  readonly fromJson: (value: unknown) => T | Fault;
  /** Exact: `fromJson` gives an equal value back. */
  readonly toJson: (value: T) => JsonValue;
  /** Null when a decoded canonical value is a `T` as it stands; otherwise the first thing wrong with it. */
  readonly faultOf: (value: unknown) => Fault | null;
  /** Type of EIP-712: an atomic type, a struct's name, or an array of either. */
  readonly typedType: string;
  /** The structs that the type stands for, its own and those inside. */
  readonly typedStructs: readonly TypedStruct[];
  /** What a wallet shows and hashes for the value. */
  readonly toTyped: (value: T) => JsonValue;
}

/** A field that may be absent, and is never null. */
export interface OptionalField<T> {
  readonly optional: FieldCodec<T>;
}

/** A codec for every field of a record: a missing field does not compile, and neither does one of another type. */
export type FieldTable<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K> ? OptionalField<Exclude<T[K], undefined>> : FieldCodec<T[K]>;
};
