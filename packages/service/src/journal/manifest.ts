import { decodeCanonical, encodeCanonical, WIRE_VERSION } from '@plimsoll/core/wire';
import type { Deployment } from '../contracts/deployment.ts';
import type { FileSystem } from './fileSystem.ts';
import { JOURNAL_VERSION, sha256 } from './format.ts';
import { damaged, JournalError, journalErrorOf } from './journalError.ts';
import type { DataPaths } from './paths.ts';

/** What a data folder says of itself: JSON, so that anybody can read it. */
interface Manifest {
  readonly format: 'plimsoll-data';
  readonly version: number;
  readonly wireVersion: number;
  readonly deployment: string;
  readonly chainId: number;
  /** SHA-256 of the canonical bytes of the deployment, which lie beside this file. */
  readonly deploymentHash: string;
  /** SHA-256 of the other fields, as JSON in this order. */
  readonly checksum: string;
}

export function hashOfDeployment(deployment: Deployment): Uint8Array {
  return sha256(encodeCanonical(deployment));
}

/** Writes what the folder is born from. The manifest comes last: a folder without it was never finished, and nothing is in it. */
export function writeManifest(fileSystem: FileSystem, paths: DataPaths, deployment: Deployment): void {
  const bytes = encodeCanonical(deployment);
  const manifest = sealed({
    format: 'plimsoll-data',
    version: JOURNAL_VERSION,
    wireVersion: WIRE_VERSION,
    deployment: deployment.name,
    chainId: deployment.chainId,
    deploymentHash: hex(sha256(bytes)),
  });
  try {
    fileSystem.makeFolder(paths.folder);
    for (const [path, content] of [
      [paths.deployment, bytes],
      [paths.manifest, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)],
    ] as const) {
      fileSystem.writeWhole(`${path}.tmp`, content);
      fileSystem.rename(`${path}.tmp`, path);
    }
    fileSystem.syncFolder(paths.folder);
  } catch (cause) {
    throw journalErrorOf(cause, 'creating the data folder', paths.folder);
  }
}

/** The deployment of a folder and its hash; null when there is no manifest. Throws JournalError when it cannot be trusted. */
export function readDeployment(
  fileSystem: FileSystem,
  paths: DataPaths,
): { readonly deployment: Deployment; readonly hash: Uint8Array } | null {
  if (!fileSystem.exists(paths.manifest)) return null;
  try {
    const manifest = parseManifest(paths, Buffer.from(fileSystem.read(paths.manifest)).toString('utf8'));
    if (manifest.version !== JOURNAL_VERSION || manifest.wireVersion !== WIRE_VERSION) {
      const found = `format ${manifest.version} with wire version ${manifest.wireVersion}`;
      const message = `${paths.folder} is of ${found}; this program reads format ${JOURNAL_VERSION} with wire version ${WIRE_VERSION}.`;
      throw new JournalError('WRONG_VERSION', message, { path: paths.manifest });
    }
    const bytes = fileSystem.read(paths.deployment);
    const hash = sha256(bytes);
    const place = { file: 'deployment.canonical', offset: 0, height: null };
    if (hex(hash) !== manifest.deploymentHash) throw damaged(paths.deployment, place, 'it is not what the manifest says');
    const decoded = decodeCanonical(Uint8Array.from(bytes));
    if (!decoded.ok) throw damaged(paths.deployment, { ...place, offset: decoded.error.offset }, decoded.error.reason);
    // These bytes are what `writeManifest` encoded: their hash says so.
    return { deployment: decoded.value as unknown as Deployment, hash };
  } catch (cause) {
    throw journalErrorOf(cause, 'reading what the data folder is', paths.folder);
  }
}

/** Throws WRONG_DEPLOYMENT when a folder was made for another deployment. */
export function checkDeployment(
  paths: DataPaths,
  found: { readonly deployment: Deployment; readonly hash: Uint8Array },
  wanted: Deployment,
): void {
  if (Buffer.compare(found.hash, hashOfDeployment(wanted)) === 0) return;
  const isOtherName = found.deployment.name !== wanted.name || found.deployment.chainId !== wanted.chainId;
  const what = isOtherName
    ? `"${found.deployment.name}" on chain ${found.deployment.chainId}, not "${wanted.name}" on chain ${wanted.chainId}`
    : `"${wanted.name}" with another genesis or other identities`;
  throw new JournalError('WRONG_DEPLOYMENT', `${paths.folder} belongs to the deployment ${what}.`, { path: paths.manifest });
}

function sealed(facts: Omit<Manifest, 'checksum'>): Manifest {
  return { ...facts, checksum: hex(sha256(Buffer.from(JSON.stringify(facts)))) };
}

function parseManifest(paths: DataPaths, text: string): Manifest {
  const place = { file: 'manifest.json', offset: 0, height: null };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(paths.manifest, place, `it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (json === null || typeof json !== 'object' || !('format' in json) || json.format !== 'plimsoll-data')
    throw damaged(paths.manifest, place, 'it is not the manifest of a data folder');
  // The checksum below covers every field.
  const { checksum, ...facts } = json as Manifest;
  if (sealed(facts).checksum !== checksum) throw damaged(paths.manifest, place, 'it fails its checksum');
  return { ...facts, checksum };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
