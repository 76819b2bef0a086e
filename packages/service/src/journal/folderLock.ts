import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { FileSystem } from './fileSystem.ts';
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

const ATTEMPTS = 3;

/**
 * Takes a folder for this process. Throws IN_USE with the owner's number when a living process holds it (this one included). The
 * lock of a dead process is taken over. One machine and one process-number space are assumed: see docs/journal.md.
 */
export function lockFolder(fileSystem: FileSystem, paths: DataPaths, self: LockOwner = ownerOf(process.pid)): FolderLock {
  const bytes = Buffer.from(`${JSON.stringify(self)}\n`);
  try {
    fileSystem.makeFolder(paths.folder);
    let tookOverFrom: LockOwner | null = null;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (createNew(fileSystem, paths.lock, bytes)) {
        return { tookOverFrom, release: () => release(fileSystem, paths, bytes) };
      }
      const owner = readOwner(fileSystem, paths.lock);
      if (owner !== null && isAlive(owner)) throw inUse(paths, owner);
      // Only one of several takers gets to move the dead lock away; the others find it gone or find a living one.
      takeAway(fileSystem, paths, owner);
      tookOverFrom = owner;
    }
    throw new JournalError('IN_USE', `${paths.folder} is being taken by several processes at once.`, { path: paths.folder });
  } catch (cause) {
    throw journalErrorOf(cause, 'locking the data folder', paths.folder);
  }
}

/** This machine's view of a process. */
export function ownerOf(pid: number): LockOwner {
  return { pid, start: startOf(pid), boot: textOf('/proc/sys/kernel/random/boot_id') };
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
  const start = startOf(owner.pid);
  return owner.start === null || start === null || owner.start === start;
}

/** Field 22 of /proc/<pid>/stat: start in clock ticks since boot. The name of the process, in parentheses, may hold anything. */
function startOf(pid: number): string | null {
  const text = textOf(`/proc/${pid}/stat`);
  return text === null ? null : (text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function createNew(fileSystem: FileSystem, path: string, bytes: Uint8Array): boolean {
  try {
    fileSystem.createNew(path, bytes);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Null when it is gone, or when its writer died before it had written who it was. */
function readOwner(fileSystem: FileSystem, path: string): LockOwner | null {
  let text: string;
  try {
    text = Buffer.from(fileSystem.read(path)).toString('utf8');
  } catch {
    return null;
  }
  try {
    const json: unknown = JSON.parse(text);
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

function takeAway(fileSystem: FileSystem, paths: DataPaths, dead: LockOwner | null): void {
  const aside = `${paths.lock}.${process.pid}.dead`;
  try {
    fileSystem.rename(paths.lock, aside);
  } catch {
    return;
  }
  const moved = readOwner(fileSystem, aside);
  const isOther = moved !== null && (dead === null || moved.pid !== dead.pid || moved.start !== dead.start);
  if (isOther && isAlive(moved)) {
    // Somebody took it over between the look and the move: it gets its lock back.
    fileSystem.rename(aside, paths.lock);
    throw inUse(paths, moved);
  }
  fileSystem.remove(aside);
}

function inUse(paths: DataPaths, owner: LockOwner): JournalError {
  const who = owner.pid === process.pid ? 'this process' : `process ${owner.pid}`;
  return new JournalError('IN_USE', `${paths.folder} is in use by ${who}. Stop it first, or choose another folder.`, {
    path: paths.folder,
  });
}

function release(fileSystem: FileSystem, paths: DataPaths, bytes: Uint8Array): void {
  try {
    if (Buffer.compare(fileSystem.read(paths.lock), bytes) === 0) fileSystem.remove(paths.lock);
  } catch {
    // A lock that cannot be removed is that of a dead process by the next start.
  }
}
