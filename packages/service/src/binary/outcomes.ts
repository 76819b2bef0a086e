import type { AccountId } from '@plimsoll/core/numeric';
import { ID_MAX, unreachable } from '@plimsoll/core/numeric';
import { createLongLivedWriter, decodeCanonical, encodeCanonical, writeCanonical } from '@plimsoll/core/wire';
import {
  type ByteReader,
  malformed,
  readByte,
  readBytes,
  readShortText,
  readUint16,
  readUint32,
  readUnsigned,
} from './byteReader.ts';
import { type ByteWriter, writeByte, writeBytes, writeSafe, writeShortText, writeUint16, writeUint32 } from './byteWriter.ts';

/** What became of one command of a frame. `refused`: never given to the engine, and never will be; the other two are durable. */
export type BinaryOutcome =
  | { readonly status: 'accepted'; readonly height: number; readonly index: number }
  | {
      readonly status: 'rejected';
      readonly height: number;
      readonly index: number;
      readonly code: string;
      readonly account: AccountId | null;
      /** Named integers that explain it, as text where they exceed 2^53. */
      readonly figures: Readonly<Record<string, bigint | number | string>>;
    }
  | { readonly status: 'refused'; readonly code: string };

const ACCEPTED = 1;
const REJECTED = 2;
const REFUSED = 3;
const FIGURES_BYTES_MAX = 0xffff;
const NO_FIGURES = encodeCanonical({});
/** Rejections come in few shapes, and by the thousand: one writer knows them all. */
const figuresWriter = createLongLivedWriter(1_024);

/** Outcomes of the sequencer are such outcomes: what else they tell, as events, is not written. */
export function writeOutcome(writer: ByteWriter, outcome: BinaryOutcome): void {
  switch (outcome.status) {
    case 'accepted':
      return writePlace(writer, ACCEPTED, outcome);
    case 'rejected': {
      writePlace(writer, REJECTED, outcome);
      writeShortText(writer, outcome.code);
      writeByte(writer, outcome.account === null ? 0 : 1);
      if (outcome.account !== null) writeUint32(writer, outcome.account);
      figuresWriter.length = 0;
      writeCanonical(figuresWriter, outcome.figures);
      // Figures are a handful of integers; were they ever more, the code says enough.
      const isKept = figuresWriter.length <= FIGURES_BYTES_MAX;
      const figures = isKept ? figuresWriter.bytes.subarray(0, figuresWriter.length) : NO_FIGURES;
      writeUint16(writer, figures.length);
      return writeBytes(writer, figures);
    }
    case 'refused':
      writeByte(writer, REFUSED);
      return writeShortText(writer, outcome.code);
    default:
      return unreachable(outcome);
  }
}

function writePlace(
  writer: ByteWriter,
  status: number,
  { height, index }: { readonly height: number; readonly index: number },
): void {
  writeByte(writer, status);
  writeSafe(writer, height);
  writeUint32(writer, index);
}

export function readOutcome(reader: ByteReader): BinaryOutcome {
  const status = readByte(reader);
  if (status === REFUSED) return { status: 'refused', code: readShortText(reader) };
  if (status !== ACCEPTED && status !== REJECTED) return malformed(reader, `${status} is the status of no outcome`);
  const height = readUnsigned(reader);
  const index = readUint32(reader);
  if (status === ACCEPTED) return { status: 'accepted', height, index };
  const code = readShortText(reader);
  return { status: 'rejected', height, index, code, account: readAccount(reader), figures: readFigures(reader) };
}

function readAccount(reader: ByteReader): AccountId | null {
  const present = readByte(reader);
  if (present === 0) return null;
  if (present !== 1) return malformed(reader, 'what may be null starts with 0 or 1');
  const account = readUint32(reader);
  if (account > ID_MAX) malformed(reader, `the id ${account} is above 2^31 − 1`);
  return account as AccountId;
}

function readFigures(reader: ByteReader): Readonly<Record<string, bigint | number | string>> {
  const decoded = decodeCanonical(readBytes(reader, readUint16(reader)));
  if (!decoded.ok) return malformed(reader, `figures are not canonical: ${decoded.error.reason}`);
  const { value } = decoded;
  if (!isFigures(value)) return malformed(reader, 'figures are a record of integers and texts');
  return value;
}

function isFigures(value: unknown): value is Readonly<Record<string, bigint | number | string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return Object.values(value).every((one) => typeof one === 'bigint' || typeof one === 'number' || typeof one === 'string');
}
