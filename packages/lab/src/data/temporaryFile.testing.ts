import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes a file into a folder of its own, hands its path to `use`, and removes both. For tests. */
export async function withTemporaryFile<T>(
  file: { readonly name: string; readonly content: string | Uint8Array },
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-'));
  try {
    const path = join(folder, file.name);
    await writeFile(path, file.content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The error that a promise rejects with; fails when it resolves. For tests. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection, but the promise resolved');
}
