import { AMOUNT_MAX, ID_MAX, PRICE_MAX, TICKS_MAX, TIME_MS_MAX } from '@plimsoll/core/numeric';
import { type ByteReader, malformed, need, readByte, readSigned, readUint16, readUint32, readUnsigned } from './byteReader.ts';
import { type ByteWriter, reserve, writeByte, writeSafe, writeUint16, writeUint32 } from './byteWriter.ts';

/**
 * How a field lies in a frame. Every value has one form, and bytes that are no value, or a second form of one, are refused; the ranges are those
 * of the branded units. The casts of this file give what was checked its brand.
 */
export interface FieldLayout<T> {
  /** The name that docs/binary-session.md explains. */
  readonly form: string;
  read(reader: ByteReader): T;
  write(writer: ByteWriter, value: T): void;
}

// The proof that a high word decides: AMOUNT_MAX is 2^62 − 1 and so are PRICE_MAX and the largest number of shares.
const HIGH_LIMIT = 2 ** 30;
if (AMOUNT_MAX !== 2n ** 62n - 1n || PRICE_MAX !== AMOUNT_MAX)
  throw new Error('The layouts of amounts and prices go with their limits.');

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Four bytes, 0 to 2^31 − 1. */
export function id<T extends number>(): FieldLayout<T> {
  return {
    form: 'id',
    read(reader) {
      const value = readUint32(reader);
      if (value > ID_MAX) malformed(reader, `the id ${value} is above 2^31 − 1`);
      return value as T;
    },
    write: writeUint32,
  };
}

/** Eight bytes, 0 to 2^53 − 1. */
export const count: FieldLayout<number> = { form: 'count', read: readUnsigned, write: writeSafe };

/** Eight bytes, milliseconds from 1970 to the last instant there is. */
export function time<T extends number>(): FieldLayout<T> {
  return {
    form: 'time',
    read(reader) {
      const value = readUnsigned(reader);
      if (value > TIME_MS_MAX) malformed(reader, `the time ${value} is beyond the last instant`);
      return value as T;
    },
    write: writeSafe,
  };
}

/** Eight bytes, two's complement, within ±(2^53 − 1). */
export function signed<T extends number>(): FieldLayout<T> {
  return { form: 'signed', read: (reader) => readSigned(reader) as T, write: writeSafe };
}

/** Eight bytes, two's complement, within ±(2^62 − 1). */
export function amount<T extends bigint>(): FieldLayout<T> {
  return {
    form: 'amount',
    read(reader) {
      need(reader, 8);
      const { view, at } = reader;
      const high = view.getInt32(at + 4, true);
      const isBelow = high < -HIGH_LIMIT || (high === -HIGH_LIMIT && view.getUint32(at, true) === 0);
      if (high >= HIGH_LIMIT || isBelow) malformed(reader, 'an amount is beyond ±(2^62 − 1)');
      reader.at = at + 8;
      return view.getBigInt64(at, true) as T;
    },
    write: writeInt64,
  };
}

/** Eight bytes, 1 to 2^62 − 1. */
export function price<T extends bigint>(): FieldLayout<T> {
  return {
    form: 'price',
    read(reader) {
      need(reader, 8);
      const { view, at } = reader;
      const high = view.getInt32(at + 4, true);
      if (high < 0 || high >= HIGH_LIMIT || (high === 0 && view.getUint32(at, true) === 0))
        malformed(reader, 'a price is not from 1 to 2^62 − 1');
      reader.at = at + 8;
      return view.getBigInt64(at, true) as T;
    },
    write: writeInt64,
  };
}

/** A byte 0 and eight bytes where 64 bits are enough; else a byte 1 and sixteen, within ±2^120. */
export function ticks<T extends bigint>(): FieldLayout<T> {
  return {
    form: 'ticks',
    read(reader) {
      const wide = readByte(reader);
      if (wide > 1) malformed(reader, 'ticks start with 0 or 1');
      need(reader, wide === 0 ? 8 : 16);
      const { view, at } = reader;
      if (wide === 0) {
        reader.at = at + 8;
        return view.getBigInt64(at, true) as T;
      }
      const value = (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true);
      if (value >= INT64_MIN && value <= INT64_MAX) malformed(reader, 'ticks that fit eight bytes are in the form of sixteen');
      if (value > TICKS_MAX || value < -TICKS_MAX) malformed(reader, 'ticks are beyond ±2^120');
      reader.at = at + 16;
      return value as T;
    },
    write(writer, value) {
      const isWide = value < INT64_MIN || value > INT64_MAX;
      writeByte(writer, isWide ? 1 : 0);
      writeInt64(writer, BigInt.asIntN(64, value));
      if (isWide) writeInt64(writer, value >> 64n);
    },
  };
}

/** A byte: the place of the text in the list. */
export function choice<T extends string>(...texts: readonly T[]): FieldLayout<T> {
  return {
    form: `choice(${texts.join(', ')})`,
    read(reader) {
      const text = texts[readByte(reader)];
      return text ?? malformed(reader, `a choice is from 0 to ${texts.length - 1}`);
    },
    write: (writer, value) => writeByte(writer, texts.indexOf(value)),
  };
}

/** A byte 0 for null; else a byte 1 and the value. */
export function nullable<T>(layout: FieldLayout<T>): FieldLayout<T | null> {
  return {
    form: `nullable ${layout.form}`,
    read(reader) {
      const present = readByte(reader);
      if (present > 1) malformed(reader, 'what may be null starts with 0 or 1');
      return present === 0 ? null : layout.read(reader);
    },
    write(writer, value) {
      writeByte(writer, value === null ? 0 : 1);
      if (value !== null) layout.write(writer, value);
    },
  };
}

/** Two bytes for the number of items, then each. */
export function list<T>(maximum: number, item: FieldLayout<T>): FieldLayout<readonly T[]> {
  return {
    form: `list of ${item.form}`,
    read(reader) {
      const length = readUint16(reader);
      if (length > maximum) malformed(reader, `a list has ${length} items, of at most ${maximum}`);
      const items: T[] = [];
      for (let i = 0; i < length; i += 1) items.push(item.read(reader));
      return items;
    },
    write(writer, value) {
      writeUint16(writer, value.length);
      for (const one of value) item.write(writer, one);
    },
  };
}

/** The fields one after the other, in the order of the table. */
export function record<T extends object>(table: { readonly [F in keyof T]: FieldLayout<T[F]> }): FieldLayout<T> {
  const fields = fieldsOf<T>(table);
  return {
    form: `(${fields.map(({ name, layout }) => `${name} ${layout.form}`).join(', ')})`,
    read(reader) {
      const made: Record<string, unknown> = {};
      for (const { name, layout } of fields) made[name] = layout.read(reader);
      return made as T;
    },
    write(writer, value) {
      const source = value as Readonly<Record<string, unknown>>;
      for (const { name, layout } of fields) layout.write(writer, source[name]);
    },
  };
}

export interface NamedField {
  readonly name: string;
  readonly layout: FieldLayout<unknown>;
}

/** A table in its order: its keys are names, never numbers, so the engine keeps them as they stand. */
export function fieldsOf<T extends object>(table: { readonly [F in keyof T]: FieldLayout<T[F]> }): readonly NamedField[] {
  return Object.entries(table).map(([name, layout]) => ({ name, layout: layout as FieldLayout<unknown> }));
}

function writeInt64(writer: ByteWriter, value: bigint): void {
  reserve(writer, 8);
  writer.view.setBigInt64(writer.length, value, true);
  writer.length += 8;
}
