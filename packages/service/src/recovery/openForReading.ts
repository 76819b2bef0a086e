import type { Deployment } from '../contracts/deployment.ts';
import { type FileSystem, nodeFileSystem } from '../journal/fileSystem.ts';
import { lockFolder } from '../journal/folderLock.ts';
import { JournalError } from '../journal/journalError.ts';
import { readDeployment } from '../journal/manifest.ts';
import { type DataPaths, dataPaths } from '../journal/paths.ts';
import type { DirectoryFactory } from './recover.ts';

/** What the tools of the journal are given. */
export interface JournalToolOptions {
  readonly folder: string;
  readonly fileSystem?: FileSystem;
}

export interface VerifyOptions extends JournalToolOptions {
  readonly directory: DirectoryFactory;
  /** Told now and then how far it is. */
  readonly progress?: (done: { readonly height: number; readonly lastHeight: number }) => void;
}

export interface DataFolder {
  readonly fileSystem: FileSystem;
  readonly paths: DataPaths;
  readonly deployment: Deployment;
  readonly deploymentHash: Uint8Array;
}

/** What a folder was born from. Throws JournalError when it is not a data folder, or when that cannot be trusted. */
export function openForReading({ folder, fileSystem = nodeFileSystem }: JournalToolOptions): DataFolder {
  const paths = dataPaths(folder);
  const found = readDeployment(fileSystem, paths);
  if (found === null) {
    const message = `${folder} is not a data folder of Plimsoll: it has no manifest.json.`;
    throw new JournalError('NOT_A_DATA_FOLDER', message, { path: paths.manifest });
  }
  return { fileSystem, paths, deployment: found.deployment, deploymentHash: found.hash };
}

/** Runs `work` while nobody else has the folder. */
export function whileLocked<T>({ fileSystem, paths }: DataFolder, work: () => T): T {
  const lock = lockFolder(fileSystem, paths);
  try {
    return work();
  } finally {
    lock.release();
  }
}
