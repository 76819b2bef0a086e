import { nodeFileSystem } from '../journal/fileSystem.ts';
import { writeSnapshotFile } from '../journal/snapshotFile.ts';
import { openForReading } from './openForReading.ts';
import { type DirectoryFactory, type RecoveryOptions, recover } from './recover.ts';
import { encodeSnapshotContent } from './snapshotContent.ts';

/** A snapshot to be made of a journal that somebody else goes on writing. */
export interface SnapshotJob {
  readonly folder: string;
  /** A block that is durable: the state after it is what is written. */
  readonly height: number;
  readonly window: RecoveryOptions['window'];
}

/**
 * Makes a snapshot out of the one before it and the journal, as a recovery would, and so is a recovery that was tried: every checksum,
 * chain and journaled state root on the way is compared. Needs nothing of the thread that makes blocks, and the memory of one more state with its
 * file. Returns the bytes of its parts. Throws JournalError when the journal is not what was written.
 */
export async function writeSnapshotOf({ folder, height, window }: SnapshotJob, directory: DirectoryFactory): Promise<number> {
  const { fileSystem, paths, deployment, deploymentHash } = openForReading({ folder, fileSystem: nodeFileSystem });
  const recovered = recover({ fileSystem, paths, deployment, deploymentHash, directory, window, until: height });
  const { engine, checkpointer, end } = recovered;
  if (engine.state.height !== height) throw new Error(`the journal ends with block ${engine.state.height}`);
  const file = encodeSnapshotContent({
    state: engine.state,
    directory: recovered.directory,
    checkpointer,
    recordHash: end.hash,
    window: recovered.window.toPlain(),
  });
  await writeSnapshotFile(fileSystem, paths, file);
  return file.parts.reduce((sum, part) => sum + part.length, 0);
}
