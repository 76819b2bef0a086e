import type { Deployment } from '../contracts/deployment.ts';
import { lastNonZero } from '../journal/classifyTail.ts';
import type { FileSystem } from '../journal/fileSystem.ts';
import { SEGMENT_HEADER_BYTES } from '../journal/format.ts';
import { createFirstSegment, writeTipFile } from '../journal/journal.ts';
import { JournalError, journalErrorOf } from '../journal/journalError.ts';
import { checkDeployment, hashOfDeployment, readDeployment, writeManifest } from '../journal/manifest.ts';
import type { DataPaths } from '../journal/paths.ts';
import { segmentPath } from '../journal/paths.ts';
import { listSegments } from '../journal/scanJournal.ts';
import { removeUnfinished } from '../journal/snapshotFile.ts';

/** Makes a folder into a data folder of this deployment, or finds that it is one. Returns the deployment's hash. Throws JournalError. */
export function openFolder(
  fileSystem: FileSystem,
  paths: DataPaths,
  options: { readonly deployment: Deployment; readonly segmentBytes: number },
): Uint8Array {
  const { deployment } = options;
  const deploymentHash = hashOfDeployment(deployment);
  const found = readDeployment(fileSystem, paths);
  try {
    const segments = fileSystem.exists(paths.journal) ? listSegments(fileSystem, paths) : [];
    const hasTip = fileSystem.exists(paths.tip);
    if (found === null) {
      if (segments.length > 0 || hasTip) {
        const message = `${paths.folder} holds a journal but no manifest.json: it is damaged, or not a data folder of Plimsoll.`;
        throw new JournalError('NOT_A_DATA_FOLDER', message, { path: paths.manifest });
      }
      writeManifest(fileSystem, paths, deployment);
    } else checkDeployment(paths, found, deployment);
    // A process may have died between the manifest and the first segment, or between that and the tip: nothing is lost yet.
    if (segments.length === 0 && !hasTip)
      createFirstSegment(fileSystem, paths, { segmentBytes: options.segmentBytes, deploymentHash });
    else if (!hasTip && segments.length === 1 && isEmptySegment(fileSystem, paths)) {
      writeTipFile(fileSystem, paths, { height: 0, segment: 1, end: SEGMENT_HEADER_BYTES, hash: deploymentHash });
    }
    removeUnfinished(fileSystem, paths);
  } catch (cause) {
    throw journalErrorOf(cause, 'opening the data folder', paths.folder);
  }
  return deploymentHash;
}

function isEmptySegment(fileSystem: FileSystem, paths: DataPaths): boolean {
  const bytes = fileSystem.read(segmentPath(paths, 1));
  const segment = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return lastNonZero(segment, 0) <= SEGMENT_HEADER_BYTES;
}
