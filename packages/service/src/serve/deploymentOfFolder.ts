import type { Deployment } from '../contracts/deployment.ts';
import { nodeFileSystem } from '../journal/fileSystem.ts';
import { readDeployment } from '../journal/manifest.ts';
import { dataPaths } from '../journal/paths.ts';

/** What a data folder was born from; null when there is none yet. Throws JournalError when what is there cannot be trusted. */
export function deploymentOfFolder(folder: string): Deployment | null {
  return readDeployment(nodeFileSystem, dataPaths(folder))?.deployment ?? null;
}
