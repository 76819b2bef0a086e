import type { FileSystem, OpenFile } from '../journal/fileSystem.ts';

/** What fails from now on, until it is set to null again. */
export interface Faults {
  /** Writes of files at or below this path fail with this error code of Node. */
  write: { readonly code: string; readonly path: string } | null;
  /** fdatasync fails with this code. */
  sync: string | null;
  /** Making files of zeros fails with this code. */
  allocate: string | null;
  /** Second names fail with this code. */
  link: string | null;
}

/** One change of the files, as it arrived. */
export type FileChange =
  | { readonly kind: 'write'; readonly path: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'whole'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string };

/** A file system in memory that fails when it is told to, and remembers every change, so that a crash at each can be looked at. */
export interface MemoryFileSystem extends FileSystem {
  readonly files: Map<string, Uint8Array>;
  readonly faults: Faults;
  readonly changes: readonly FileChange[];
  /** A copy of the files as they are: what a new process would find. */
  copy(): MemoryFileSystem;
}

export function createMemoryFileSystem(from: ReadonlyMap<string, Uint8Array> = new Map()): MemoryFileSystem {
  const files = new Map([...from].map(([path, bytes]) => [path, new Uint8Array(bytes)]));
  const faults: Faults = { write: null, sync: null, allocate: null, link: null };
  const changes: FileChange[] = [];

  const fault = (code: string, what: string): Error => Object.assign(new Error(`${code}: ${what}`), { code });
  const mayWrite = (path: string): void => {
    if (faults.write !== null && path.startsWith(faults.write.path)) throw fault(faults.write.code, `write ${path}`);
  };
  const bytesOf = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw fault('ENOENT', `open ${path}`);
    return bytes;
  };
  const sync = (): void => {
    if (faults.sync !== null) throw fault(faults.sync, 'fdatasync');
  };
  const change = (made: FileChange): void => {
    changes.push(made);
    applyChange(files, made);
  };
  const writeWhole = (path: string, bytes: Uint8Array): void => {
    mayWrite(path);
    change({ kind: 'whole', path, bytes: new Uint8Array(bytes) });
  };
  const allocate = (path: string, bytes: number): void => {
    if (faults.allocate !== null) throw fault(faults.allocate, `write ${path}`);
    writeWhole(path, new Uint8Array(bytes));
  };
  const open = (path: string): OpenFile => {
    mayWrite(path);
    bytesOf(path);
    // A file keeps its identity when it is renamed while it is open: the journal closes files before it renames them.
    return {
      write(bytes, offset) {
        mayWrite(path);
        change({ kind: 'write', path, offset, bytes: new Uint8Array(bytes) });
      },
      sync,
      syncLater: async () => sync(),
      close: () => {},
    };
  };
  return {
    files,
    faults,
    changes,
    copy: () => createMemoryFileSystem(files),
    makeFolder: mayWrite,
    list: (folder) =>
      [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/'))
        .map((path) => path.slice(folder.length + 1))
        .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    exists: (path) => files.has(path) || [...files.keys()].some((known) => known.startsWith(`${path}/`)),
    read: (path) => new Uint8Array(bytesOf(path)),
    link(from, to) {
      mayWrite(to);
      if (faults.link !== null) throw fault(faults.link, `link ${from}`);
      const bytes = bytesOf(from);
      if (files.has(to)) throw fault('EEXIST', `link ${from} to ${to}`);
      // Files that have two names are not written any more here, so a copy is the same.
      change({ kind: 'whole', path: to, bytes });
    },
    writeWhole,
    writeWholeLater: async (path, parts) => writeWhole(path, Buffer.concat(parts)),
    allocate,
    allocateLater: async (path, bytes) => allocate(path, bytes),
    open,
    rename(from, to) {
      mayWrite(to);
      bytesOf(from);
      change({ kind: 'rename', from, to });
    },
    remove: (path) => change({ kind: 'remove', path }),
    syncFolder: sync,
  };
}

/** Makes one change to a set of files. */
export function applyChange(files: Map<string, Uint8Array>, change: FileChange): void {
  switch (change.kind) {
    case 'whole':
      files.set(change.path, new Uint8Array(change.bytes));
      return;
    case 'remove':
      files.delete(change.path);
      return;
    case 'rename': {
      const bytes = files.get(change.from);
      if (bytes !== undefined) files.set(change.to, bytes);
      files.delete(change.from);
      return;
    }
    case 'write': {
      const old = files.get(change.path) ?? new Uint8Array(0);
      const end = change.offset + change.bytes.length;
      let file = old;
      if (end > old.length) {
        file = new Uint8Array(end);
        file.set(old);
        files.set(change.path, file);
      }
      file.set(change.bytes, change.offset);
    }
  }
}

/** The first bytes of a change, as a crash in the middle of it leaves them. */
export function tornChange(change: FileChange, bytes: number): FileChange {
  return 'bytes' in change ? { ...change, bytes: change.bytes.slice(0, bytes) } : change;
}
