/**
 * One of several processes that race for a data folder. Each line on standard input is `<folder> <time> <times>`: from that time of the machine
 * on it takes the folder and gives it free, so many times; or once, when that is 0, and then it keeps it until the next line. Prints one line of
 * JSON: how often it had the folder, why not else, and how often somebody else had it at the same time.
 */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { nodeFileSystem } from '../journal/fileSystem.ts';
import { type FolderLock, lockFolder } from '../journal/folderLock.ts';
import { JournalError } from '../journal/journalError.ts';
import { dataPaths } from '../journal/paths.ts';

export interface RaceResult {
  readonly pid: number;
  readonly had: number;
  /** Codes of the errors, with the last message of each. */
  readonly refused: Readonly<Record<string, string>>;
  readonly together: number;
}

let kept: FolderLock | null = null;

createInterface({ input: process.stdin }).on('line', (line) => {
  kept?.release();
  kept = null;
  const [folder = '', at = '0', times = '0'] = line.split(' ');
  while (Date.now() < Number(at));
  const refused: Record<string, string> = {};
  let had = 0;
  let together = 0;
  const attempts = Math.max(Number(times), 1);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      const lock = lockFolder(nodeFileSystem, dataPaths(folder));
      had += 1;
      if (times === '0') {
        kept = lock;
        continue;
      }
      if (!isAlone(join(folder, 'inside'))) together += 1;
      lock.release();
    } catch (error) {
      const code = error instanceof JournalError ? error.code : 'thrown';
      refused[code] = String(error);
    }
  }
  const result: RaceResult = { pid: process.pid, had, refused, together };
  process.stdout.write(`${JSON.stringify(result)}\n`);
});

/** Whether nobody else says that it is inside. */
function isAlone(inside: string): boolean {
  try {
    writeFileSync(inside, '', { flag: 'wx' });
  } catch {
    return false;
  }
  const untilMs = performance.now() + 0.3;
  while (performance.now() < untilMs);
  rmSync(inside, { force: true });
  return true;
}
