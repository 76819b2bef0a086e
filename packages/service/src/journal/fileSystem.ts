import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * What the journal needs of a file system, so that tests can fill the disk, fail an fsync or cut the power in it. Methods throw the
 * errors of Node, with their codes.
 */
export interface FileSystem {
  /** Creates a folder and those above it; nothing when it exists. */
  makeFolder(path: string): void;
  /** Names in a folder, sorted. */
  list(folder: string): readonly string[];
  exists(path: string): boolean;
  read(path: string): Uint8Array;
  /** Gives a file a second name, at once and whole, which nothing may have (EEXIST otherwise). Not every file system can. */
  link(from: string, to: string): void;
  /** Writes a whole file, made anew, and syncs it. */
  writeWhole(path: string, bytes: Uint8Array): void;
  /** The same without holding up the thread. */
  writeWholeLater(path: string, parts: readonly Uint8Array[]): Promise<void>;
  /** A file of `bytes` zeros, synced: its blocks exist, so that later writes need no room and no metadata. */
  allocate(path: string, bytes: number): void;
  allocateLater(path: string, bytes: number): Promise<void>;
  /** Opens an existing file for writing. */
  open(path: string): OpenFile;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes renames and removals in a folder durable. */
  syncFolder(path: string): void;
}

export interface OpenFile {
  /** Writes all of `bytes` at `offset`. */
  write(bytes: Uint8Array, offset: number): void;
  /** fdatasync. */
  sync(): void;
  syncLater(): Promise<void>;
  close(): void;
}

const CHUNK = 1 << 20;

export const nodeFileSystem: FileSystem = {
  makeFolder,
  list: (folder) => readdirSync(folder).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  exists: existsSync,
  read: (path) => readFileSync(path),
  link: linkSync,
  writeWhole(path, bytes) {
    withFile(path, 'w', (fd) => {
      writeAll(fd, bytes, 0);
      fsyncSync(fd);
    });
  },
  async writeWholeLater(path, parts) {
    const file = await open(path, 'w');
    try {
      for (const part of parts) {
        for (let at = 0; at < part.length; at += CHUNK) await file.writeFile(part.subarray(at, at + CHUNK));
      }
      await file.sync();
    } finally {
      await file.close();
    }
  },
  allocate(path, bytes) {
    const zeros = new Uint8Array(CHUNK);
    withFile(path, 'w', (fd) => {
      for (let at = 0; at < bytes; at += CHUNK) writeAll(fd, zeros.subarray(0, Math.min(CHUNK, bytes - at)), at);
      fsyncSync(fd);
    });
  },
  async allocateLater(path, bytes) {
    const zeros = new Uint8Array(CHUNK);
    const file = await open(path, 'w');
    try {
      for (let at = 0; at < bytes; at += CHUNK) await file.writeFile(zeros.subarray(0, Math.min(CHUNK, bytes - at)));
      await file.sync();
    } finally {
      await file.close();
    }
  },
  open(path) {
    const fd = openSync(path, 'r+');
    return {
      write: (bytes, offset) => writeAll(fd, bytes, offset),
      sync: () => fdatasyncSync(fd),
      syncLater: () => new Promise((resolve, reject) => fdatasync(fd, (error) => (error === null ? resolve() : reject(error)))),
      close: () => closeSync(fd),
    };
  },
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  syncFolder(path) {
    // A folder cannot be opened for syncing everywhere; where it cannot, the file system orders renames itself.
    if (process.platform === 'win32') return;
    withFile(path, 'r', fsyncSync);
  },
};

/** Not with `recursive`: that never returns where the system has nothing to make folders in, as under /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

function withFile(path: string, flags: string, work: (fd: number) => void): void {
  const fd = openSync(path, flags);
  try {
    work(fd);
  } finally {
    closeSync(fd);
  }
}

/** A write may take fewer bytes than it was given, as on a disk that is nearly full. */
function writeAll(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}
