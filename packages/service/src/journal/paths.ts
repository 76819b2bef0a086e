import { join } from 'node:path';
import { segmentName } from './format.ts';
import { TIP_FILE } from './tip.ts';

/** What lies where in a data folder. */
export interface DataPaths {
  readonly folder: string;
  readonly manifest: string;
  readonly deployment: string;
  readonly lock: string;
  readonly journal: string;
  readonly tip: string;
  /** The next segment while it is being prepared; whatever is in it counts for nothing. */
  readonly nextSegment: string;
  readonly snapshots: string;
}

export function dataPaths(folder: string): DataPaths {
  const journal = join(folder, 'journal');
  return {
    folder,
    manifest: join(folder, 'manifest.json'),
    deployment: join(folder, 'deployment.canonical'),
    lock: join(folder, 'lock'),
    journal,
    tip: join(journal, TIP_FILE),
    nextSegment: join(journal, 'next.tmp'),
    snapshots: join(folder, 'snapshots'),
  };
}

export function segmentPath(paths: DataPaths, firstHeight: number): string {
  return join(paths.journal, segmentName(firstHeight));
}
