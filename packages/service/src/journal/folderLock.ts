/**
 * One process a folder. The lock is a file that says who holds it. It gets its name by a hard link, so that it stands there whole or not at
 * all, and of several that want it one gets it.
 *
 * A dead process's lock is taken over by a claim: a file whose name follows from the bytes of that lock, so that one process alone can have
 * it. Whoever has it, and finds the dead lock still in its place, renames the claim over it; the lock is never absent in between. A claim
 * whose owner died is claimed in the same way. Every lock differs from all others (`nonce`), so a claim that comes late is seen to be late.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';
import type { FileSystem } from './fileSystem.ts';
import { sha256 } from './format.ts';
import { JournalError, journalErrorOf } from './journalError.ts';
import type { DataPaths } from './paths.ts';

/** Who holds a folder. A number of a process is used again; with its start and the boot of the machine it is not. */
export interface LockOwner {
  readonly pid: number;
  /** As the system counts it; null where the system does not say. */
  readonly start: string | null;
  readonly boot: string | null;
}

export interface FolderLock {
  /** The owner that was dead, when its lock was taken over. */
  readonly tookOverFrom: LockOwner | null;
  release(): void;
}

/** Each further attempt means that somebody else got on in the meantime. */
const ATTEMPTS = 64;

/**
 * Takes a folder for this process. Throws IN_USE with the owner's number when a living process holds it (this one included), and
 * NO_HARD_LINKS where the file system has none. The lock of a dead process is taken over. One machine and one process-number space are
 * assumed: see docs/journal.md.
 */
export function lockFolder(fileSystem: FileSystem, paths: DataPaths, self: LockOwner = ownerOf(process.pid)): FolderLock {
  const nonce = randomBytes(8).toString('hex');
  const bytes = Buffer.from(`${JSON.stringify({ ...self, nonce })}\n`);
  const mine: Mine = { fileSystem, paths, bytes, written: `${paths.lock}.${self.pid}.${nonce}.tmp` };
  try {
    fileSystem.makeFolder(paths.folder);
    const tookOverFrom = take(mine);
    removeLeftovers(fileSystem, paths);
    return { tookOverFrom, release: () => release(fileSystem, paths, bytes) };
  } catch (cause) {
    throw journalErrorOf(cause, 'locking the data folder', paths.folder);
  }
}

/** This machine's view of a process. */
export function ownerOf(pid: number): LockOwner {
  return { pid, start: startOf(pid), boot: textOf('/proc/sys/kernel/random/boot_id') };
}

interface Mine {
  readonly fileSystem: FileSystem;
  readonly paths: DataPaths;
  /** What the lock says when this process has it. */
  readonly bytes: Buffer;
  /** Where that is written before it gets its name. */
  readonly written: string;
}

/** Returns the dead owner of the lock that was there; null when there was none. */
function take(mine: Mine): LockOwner | null {
  const { fileSystem, paths, written } = mine;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (linked(mine, paths.lock)) return null;
      const held = readIfThere(fileSystem, paths.lock);
      if (held === null) continue;
      const owner = refuseLiving(paths, held);
      if (claimed(mine, held)) return owner;
    }
    throw new JournalError('IN_USE', `${paths.folder} is being taken by several processes at once.`, { path: paths.folder });
  } finally {
    if (fileSystem.exists(written)) fileSystem.remove(written);
  }
}

/** Takes a dead process's lock over; false when somebody else has changed it, and everything is to be looked at anew. */
function claimed(mine: Mine, dead: Buffer): boolean {
  const { fileSystem, paths } = mine;
  let claim = claimOf(paths, dead);
  while (!linked(mine, claim)) {
    const other = readIfThere(fileSystem, claim);
    if (other === null) return false;
    refuseLiving(paths, other);
    claim = claimOf(paths, other);
  }
  const held = readIfThere(fileSystem, paths.lock);
  if (held === null || Buffer.compare(held, dead) !== 0) {
    fileSystem.remove(claim);
    return false;
  }
  fileSystem.rename(claim, paths.lock);
  return true;
}

function claimOf(paths: DataPaths, dead: Buffer): string {
  return `${paths.lock}.${Buffer.from(sha256(dead)).toString('hex').slice(0, 32)}.claim`;
}

/** Gives what this process has written of itself a name; false when something has that name. */
function linked({ fileSystem, paths, bytes, written }: Mine, path: string): boolean {
  // Whoever got the folder may have taken away what lay about.
  if (!fileSystem.exists(written)) fileSystem.writeWhole(written, bytes);
  try {
    fileSystem.link(written, path);
    return true;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (!WITHOUT_LINKS.has(code)) throw cause;
    const message = `${paths.folder} is on a file system without hard links (${code}), by which one process at a time is told from two. Choose a folder on another.`;
    throw new JournalError('NO_HARD_LINKS', message, { path: paths.folder, cause });
  }
}

/** What systems say where there are no hard links: FAT, some that are shared over a network. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'UNKNOWN', 'EISDIR']);

/** The dead owner of a lock; null when it does not say whose it was. Throws IN_USE when its owner lives. */
function refuseLiving(paths: DataPaths, lock: Buffer): LockOwner | null {
  const owner = ownerIn(lock);
  if (owner === null || !isAlive(owner)) return owner;
  const who = owner.pid === process.pid ? 'this process' : `process ${owner.pid}`;
  throw new JournalError('IN_USE', `${paths.folder} is in use by ${who}. Stop it first, or choose another folder.`, {
    path: paths.folder,
  });
}

function isAlive(owner: LockOwner): boolean {
  const boot = textOf('/proc/sys/kernel/random/boot_id');
  if (owner.boot !== null && boot !== null && owner.boot !== boot) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const stat = statOf(owner.pid);
  if (stat === null) return true;
  return !hasEnded(stat) && (owner.start === null || owner.start === (stat[19] ?? owner.start));
}

/** Field 22 of /proc/<pid>/stat: start in clock ticks since boot. */
function startOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null;
}

/**
 * Field 3: Z and X have ended and are there only until their parent asks what became of them. Where nobody asks, as the first process of a
 * container may not, that is for ever. Field 20: while there are more threads than one, some are ending still.
 */
function hasEnded(stat: readonly string[]): boolean {
  return /^[ZXx]$/.test(stat[0] ?? '') && Number(stat[17]) <= 1;
}

/** /proc/<pid>/stat from field 3 on. The name of the process, in the parentheses before it, may hold anything. */
function statOf(pid: number): readonly string[] | null {
  const text = textOf(`/proc/${pid}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function readIfThere(fileSystem: FileSystem, path: string): Buffer | null {
  try {
    return Buffer.from(fileSystem.read(path));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Null for bytes that nobody wrote as a lock: locks are synced before they get their name. */
function ownerIn(lock: Buffer): LockOwner | null {
  try {
    const json: unknown = JSON.parse(lock.toString('utf8'));
    if (json === null || typeof json !== 'object' || !('pid' in json) || typeof json.pid !== 'number') return null;
    const field = (name: 'start' | 'boot'): string | null => {
      const value: unknown = Object.entries(json).find(([key]) => key === name)?.[1];
      return typeof value === 'string' ? value : null;
    };
    return { pid: json.pid, start: field('start'), boot: field('boot') };
  } catch {
    return null;
  }
}

/** What was written for the lock by others: they died, or they are about to find that this process has it. */
function removeLeftovers(fileSystem: FileSystem, paths: DataPaths): void {
  const prefix = `${basename(paths.lock)}.`;
  for (const name of fileSystem.list(paths.folder))
    if (name.startsWith(prefix)) fileSystem.remove(`${paths.lock}${name.slice(prefix.length - 1)}`);
}

function release(fileSystem: FileSystem, paths: DataPaths, bytes: Uint8Array): void {
  try {
    if (Buffer.compare(fileSystem.read(paths.lock), bytes) === 0) fileSystem.remove(paths.lock);
  } catch {
    // A lock that cannot be removed is that of a dead process by the next start.
  }
}
