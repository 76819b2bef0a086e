import { PayloadFault } from './sourceReport.ts';

/** Reads big-endian bytes, as chains write them, from front to back; throws `malformedPayload` where they end early. */
export interface WideReader {
  readonly bytes: Buffer;
  at: number;
}

export function createWideReader(bytes: Uint8Array): WideReader {
  return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
}

export function takeBytes(reader: WideReader, count: number): Buffer {
  const end = reader.at + count;
  if (end > reader.bytes.length)
    throw new PayloadFault('malformedPayload', `the bytes end: ${count} were expected at ${reader.at} of ${reader.bytes.length}`);
  const taken = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return taken;
}

export function takeUint(reader: WideReader, bytes: 1 | 2 | 4): number {
  return takeBytes(reader, bytes).readUIntBE(0, bytes);
}

export function takeInt32(reader: WideReader): number {
  return takeBytes(reader, 4).readInt32BE(0);
}

export function takeUint64(reader: WideReader): bigint {
  return takeBytes(reader, 8).readBigUInt64BE(0);
}

export function takeInt64(reader: WideReader): bigint {
  return takeBytes(reader, 8).readBigInt64BE(0);
}

/** What is left. */
export function takeRest(reader: WideReader): Buffer {
  return takeBytes(reader, reader.bytes.length - reader.at);
}

export function expectDone(reader: WideReader): void {
  if (reader.at !== reader.bytes.length)
    throw new PayloadFault('malformedPayload', `${reader.bytes.length - reader.at} bytes are left over at ${reader.at}`);
}

/** Bytes of hexadecimal text with or without 0x; anything else is `malformedPayload`. */
export function bytesOfHex(text: string): Buffer {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits))
    throw new PayloadFault('malformedPayload', 'a payload is not hexadecimal');
  return Buffer.from(digits, 'hex');
}

/** Bytes of base64 text; anything else is `malformedPayload`. */
export function bytesOfBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new PayloadFault('malformedPayload', 'a payload is not base64');
  return Buffer.from(text, 'base64');
}

/** A field of a parsed JSON object; undefined where there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
