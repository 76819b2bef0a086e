import { join } from 'node:path';
import type { FileSystem } from './fileSystem.ts';
import { bytesOf, checksum, readInteger, sha256, writeInteger } from './format.ts';
import type { DataPaths } from './paths.ts';

/** A snapshot on disk: the height it is of, and three parts whose meaning is the caller's. */
export interface SnapshotFile {
  readonly height: number;
  readonly parts: readonly Uint8Array[];
}

/** Snapshots kept: the newest, and the one before it in case the newest turns out unreadable. */
export const SNAPSHOTS_KEPT = 2;

/**
 * The format of the file: 1 held accounts as records, 2 holds them as columns. One of another format is left aside, and the journal is replayed
 * instead.
 */
const SNAPSHOT_FILE_VERSION = 2;

const MAGIC = Buffer.from('PLIMSNP1', 'latin1');
export const SNAPSHOT_PARTS = 3;
/** Magic, version, checksum, height, three lengths, SHA-256 of the parts. */
const HEADER_BYTES = 8 + 4 + 4 + 8 + 8 * SNAPSHOT_PARTS + 32;

export function snapshotName(height: number): string {
  return `${String(height).padStart(16, '0')}.snapshot`;
}

/** Heights of the snapshots of a folder, the newest first. */
export function listSnapshots(fileSystem: FileSystem, paths: DataPaths): readonly number[] {
  if (!fileSystem.exists(paths.snapshots)) return [];
  return fileSystem
    .list(paths.snapshots)
    .flatMap((name) => (/^\d{16}\.snapshot$/.test(name) ? [Number(name.slice(0, 16))] : []))
    .sort((a, b) => b - a);
}

/** Writes a snapshot under a temporary name, syncs and renames it, and removes all but the newest two. */
export async function writeSnapshotFile(
  fileSystem: FileSystem,
  paths: DataPaths,
  { height, parts }: SnapshotFile,
): Promise<void> {
  fileSystem.makeFolder(paths.snapshots);
  const path = join(paths.snapshots, snapshotName(height));
  const temporary = `${path}.tmp`;
  try {
    await fileSystem.writeWholeLater(temporary, [headerOf(height, parts), ...parts]);
    fileSystem.rename(temporary, path);
    fileSystem.syncFolder(paths.snapshots);
  } catch (error) {
    tryRemove(fileSystem, temporary);
    throw error;
  }
  for (const old of listSnapshots(fileSystem, paths).slice(SNAPSHOTS_KEPT))
    fileSystem.remove(join(paths.snapshots, snapshotName(old)));
  removeUnfinished(fileSystem, paths);
}

/** Removes what a killed process left of snapshots that it did not finish. */
export function removeUnfinished(fileSystem: FileSystem, paths: DataPaths): void {
  if (!fileSystem.exists(paths.snapshots)) return;
  for (const name of fileSystem.list(paths.snapshots)) if (name.endsWith('.tmp')) fileSystem.remove(join(paths.snapshots, name));
}

/** The parts of a snapshot, or what is wrong with the file. Cost: one hash over its bytes. */
export function readSnapshotFile(fileSystem: FileSystem, paths: DataPaths, height: number): SnapshotFile | string {
  let bytes: Buffer;
  try {
    const read = fileSystem.read(join(paths.snapshots, snapshotName(height)));
    bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (bytes.length < HEADER_BYTES) return 'it is shorter than its header';
  if (!bytes.subarray(0, 8).equals(MAGIC)) return 'it does not begin as a snapshot does';
  if (bytes.readUInt32LE(12) !== checksum(Buffer.concat([bytes.subarray(0, 12), bytes.subarray(16, HEADER_BYTES)])))
    return 'its header fails its checksum';
  const version = bytes.readUInt32LE(8);
  if (version !== SNAPSHOT_FILE_VERSION) return `it has format ${version}, this program reads ${SNAPSHOT_FILE_VERSION}`;
  if (readInteger(bytes, 16) !== height) return `it is of block ${readInteger(bytes, 16)}, not of what its name says`;
  const parts: Uint8Array[] = [];
  let at = HEADER_BYTES;
  for (let part = 0; part < SNAPSHOT_PARTS; part += 1) {
    const length = readInteger(bytes, 24 + part * 8);
    if (at + length > bytes.length) return 'it is cut short';
    parts.push(bytesOf(bytes, at, length));
    at += length;
  }
  if (at !== bytes.length) return 'bytes follow its end';
  if (Buffer.compare(sha256(...parts), bytes.subarray(HEADER_BYTES - 32, HEADER_BYTES)) !== 0)
    return 'its content does not match its hash';
  return { height, parts };
}

function headerOf(height: number, parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(SNAPSHOT_FILE_VERSION, 8);
  writeInteger(bytes, height, 16);
  parts.forEach((part, index) => {
    writeInteger(bytes, part.length, 24 + index * 8);
  });
  bytes.set(sha256(...parts), HEADER_BYTES - 32);
  bytes.writeUInt32LE(checksum(Buffer.concat([bytes.subarray(0, 12), bytes.subarray(16, HEADER_BYTES)])), 12);
  return bytes;
}

function tryRemove(fileSystem: FileSystem, path: string): void {
  try {
    fileSystem.remove(path);
  } catch {
    // What is left is removed at the next start.
  }
}
