import { rmSync } from 'node:fs';
import { nodeFileSystem } from '../journal/fileSystem.ts';
import { lockFolder } from '../journal/folderLock.ts';
import { dataPaths } from '../journal/paths.ts';

/**
 * Takes a deployment's data out of its folder, for good, and leaves whatever else lies there. Throws JournalError: IN_USE while a
 * service runs on it.
 */
export function forgetFolder(folder: string): void {
  const paths = dataPaths(folder);
  const lock = lockFolder(nodeFileSystem, paths);
  try {
    // The manifest first: a folder without it was never finished.
    for (const path of [paths.manifest, paths.deployment, paths.journal, paths.snapshots])
      rmSync(path, { recursive: true, force: true });
  } finally {
    lock.release();
  }
}
