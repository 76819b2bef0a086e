/**
 * The tip: how far the journal was durable when it was last asked. Two slots are written in turn, after the record is synced and before
 * anybody is told; so whatever the tip names was acknowledged at most, and must be in the journal. Without it a journal whose last record
 * was wiped could not be told from one that ends there.
 */

import type { OpenFile } from './fileSystem.ts';
import { checksum, readInteger, writeInteger } from './format.ts';

export interface Tip {
  readonly height: number;
  /** First height of the segment that holds the record, and the byte after the record. */
  readonly segment: number;
  readonly end: number;
  /** Hash of the record; of the deployment at height 0. */
  readonly hash: Uint8Array;
}

export const TIP_FILE = 'tip';
/** One slot in each of two blocks of the disk. */
const SLOT_STRIDE = 4096;
const SLOT_BYTES = 72;
const TIP_MAGIC = Buffer.from('PLIMTIP1', 'latin1');

/** A tip file that holds one tip. */
export function newTipFile(tip: Tip): Uint8Array {
  const bytes = Buffer.alloc(2 * SLOT_STRIDE);
  encodeSlot(tip).copy(bytes, slotOffset(tip));
  return bytes;
}

/** Not synced: what it says is true already, and may be lost. */
export function writeTip(file: OpenFile, tip: Tip): void {
  file.write(encodeSlot(tip), slotOffset(tip));
}

/** The higher of the tips that pass their checksum; null when none does. */
export function readTip(file: Uint8Array): Tip | null {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  let best: Tip | null = null;
  for (let offset = 0; offset + SLOT_BYTES <= bytes.length; offset += SLOT_STRIDE) {
    const tip = decodeSlot(bytes.subarray(offset, offset + SLOT_BYTES));
    if (tip !== null && (best === null || tip.height > best.height)) best = tip;
  }
  return best;
}

function slotOffset({ height }: Tip): number {
  return (height % 2) * SLOT_STRIDE;
}

function encodeSlot({ height, segment, end, hash }: Tip): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  TIP_MAGIC.copy(bytes, 0);
  writeInteger(bytes, height, 8);
  writeInteger(bytes, segment, 16);
  writeInteger(bytes, end, 24);
  bytes.set(hash, 32);
  bytes.writeUInt32LE(checksum(bytes.subarray(0, 64)), 64);
  return bytes;
}

function decodeSlot(bytes: Buffer): Tip | null {
  if (!bytes.subarray(0, 8).equals(TIP_MAGIC) || bytes.readUInt32LE(64) !== checksum(bytes.subarray(0, 64))) return null;
  return {
    height: readInteger(bytes, 8),
    segment: readInteger(bytes, 16),
    end: readInteger(bytes, 24),
    hash: new Uint8Array(bytes.subarray(32, 64)),
  };
}
