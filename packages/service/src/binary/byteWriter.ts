/** A growing buffer, little-endian; one instance writes many frames. */
export interface ByteWriter {
  bytes: Buffer;
  view: DataView;
  length: number;
}

const TWO_32 = 4_294_967_296;

export function createByteWriter(capacity = 4_096): ByteWriter {
  return writerOf(Buffer.from(new ArrayBuffer(capacity)));
}

function writerOf(bytes: Buffer): ByteWriter {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length: 0 };
}

export function reserve(writer: ByteWriter, extra: number): void {
  const needed = writer.length + extra;
  if (needed <= writer.bytes.length) return;
  let capacity = writer.bytes.length * 2;
  while (capacity < needed) capacity *= 2;
  const grown = writerOf(Buffer.from(new ArrayBuffer(capacity)));
  grown.bytes.set(writer.bytes.subarray(0, writer.length));
  writer.bytes = grown.bytes;
  writer.view = grown.view;
}

export function writeByte(writer: ByteWriter, value: number): void {
  reserve(writer, 1);
  writer.view.setUint8(writer.length, value);
  writer.length += 1;
}

export function writeUint16(writer: ByteWriter, value: number): void {
  reserve(writer, 2);
  writer.view.setUint16(writer.length, value, true);
  writer.length += 2;
}

export function writeUint32(writer: ByteWriter, value: number): void {
  reserve(writer, 4);
  writer.view.setUint32(writer.length, value, true);
  writer.length += 4;
}

/** A safe integer as 64 bits, two's complement. */
export function writeSafe(writer: ByteWriter, value: number): void {
  reserve(writer, 8);
  const high = Math.floor(value / TWO_32);
  writer.view.setUint32(writer.length, value - high * TWO_32, true);
  writer.view.setInt32(writer.length + 4, high, true);
  writer.length += 8;
}

export function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  reserve(writer, bytes.length);
  writer.bytes.set(bytes, writer.length);
  writer.length += bytes.length;
}

/** A byte for the length, then the ASCII of it. */
export function writeShortText(writer: ByteWriter, text: string): void {
  writeByte(writer, text.length);
  reserve(writer, text.length);
  const { bytes, length } = writer;
  // Ids and codes are short: letter by letter is faster than a call out of the engine.
  for (let i = 0; i < text.length; i += 1) bytes[length + i] = text.charCodeAt(i);
  writer.length = length + text.length;
}

/** A copy of what was written. */
export function writtenBytes(writer: ByteWriter): Buffer {
  return Buffer.from(writer.bytes.subarray(0, writer.length));
}
