import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RaceResult } from '../testing/lockRacer.ts';
import { createMemoryFileSystem } from '../testing/memoryFileSystem.ts';
import { temporaryFolder } from '../testing/sequencerFixture.ts';
import { lockFolder, ownerOf } from './folderLock.ts';
import { sha256 } from './format.ts';
import { dataPaths } from './paths.ts';

const PATHS = dataPaths('/data');
/** No process of this machine has this number. */
const GONE = 2 ** 22 + 1;
const DEAD = `${JSON.stringify({ pid: GONE, start: '5', boot: null, nonce: '1' })}\n`;
const DEAD_CLAIM = `${JSON.stringify({ pid: GONE, start: '6', boot: null, nonce: '2' })}\n`;

describe('the lock of a data folder', () => {
  test('never stands there without its owner, at whatever write its taker dies', () => {
    for (const before of [[], [DEAD], [DEAD, DEAD_CLAIM]]) {
      const fileSystem = createMemoryFileSystem(planted('/data', before));
      lockFolder(fileSystem, PATHS);
      const { changes } = fileSystem;
      expect(changes.length).toBeGreaterThan(0);
      for (let done = 0; done <= changes.length; done += 1) {
        const files = createMemoryFileSystem(planted('/data', before));
        for (const change of changes.slice(0, done)) {
          if (change.kind === 'whole') files.writeWhole(change.path, change.bytes);
          if (change.kind === 'rename') files.rename(change.from, change.to);
          if (change.kind === 'remove') files.remove(change.path);
        }
        const lock = files.files.get(PATHS.lock);
        if (lock !== undefined) expect(JSON.parse(Buffer.from(lock).toString('utf8'))).toHaveProperty('pid');
        // A dead lock is replaced, and is at no time not there.
        else expect(before).toEqual([]);
      }
    }
  });

  test('is taken over from a claimer that died as well, and what both left is cleared away', () => {
    const fileSystem = createMemoryFileSystem(planted('/data', [DEAD, DEAD_CLAIM]));
    const lock = lockFolder(fileSystem, PATHS);
    expect(lock.tookOverFrom).toMatchObject({ pid: GONE, start: '5' });
    expect([...fileSystem.files.keys()]).toEqual([PATHS.lock]);
    lock.release();
    expect([...fileSystem.files.keys()]).toEqual([]);
  });

  test('is not taken from who is about to take a dead one over', () => {
    const fileSystem = createMemoryFileSystem(planted('/data', [DEAD, JSON.stringify(ownerOf(process.ppid))]));
    expect(() => lockFolder(fileSystem, PATHS)).toThrow(`/data is in use by process ${process.ppid}.`);
    expect(fileSystem.files.size).toBe(2);
  });

  test.runIf(process.platform === 'linux')('is taken over from a killed process that nobody has waited for', async () => {
    // The shell starts a child and becomes a program that never asks what became of it.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    const child = Number(line);
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
    const owner = ownerOf(child);
    const lock = `${JSON.stringify({ ...owner, nonce: '3' })}\n`;
    expect(() => lockFolder(createMemoryFileSystem(planted('/data', [lock])), PATHS)).toThrow(`in use by process ${child}.`);
    process.kill(child, 'SIGKILL');
    await expect.poll(() => readFileSync(`/proc/${child}/stat`, 'utf8')).toContain(') Z ');
    expect(() => process.kill(child, 0)).not.toThrow();
    expect(lockFolder(createMemoryFileSystem(planted('/data', [lock])), PATHS).tookOverFrom).toEqual(owner);
  });

  test('is refused, by that name, where files cannot have two names', () => {
    for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP']) {
      const fileSystem = createMemoryFileSystem();
      fileSystem.faults.link = code;
      expect(() => lockFolder(fileSystem, PATHS)).toThrow(expect.objectContaining({ code: 'NO_HARD_LINKS' }));
      expect(fileSystem.files.size).toBe(0);
    }
  });
});

describe('processes that race for one data folder', () => {
  const RACERS = 10;
  let racers: readonly Racer[] = [];
  let program = { folder: '', remove: () => {} };
  beforeAll(async () => {
    program = temporaryFolder();
    await build({
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
      entryPoints: [fileURLToPath(new URL('../testing/lockRacer.ts', import.meta.url))],
      outfile: join(program.folder, 'racer.mjs'),
    });
    racers = Array.from({ length: RACERS }, () => startRacer(join(program.folder, 'racer.mjs')));
    return () => {
      for (const racer of racers) racer.child.kill('SIGKILL');
      program.remove();
    };
  });
  const race = (folder: string, times: number): Promise<readonly RaceResult[]> => {
    const atMs = Date.now() + 15;
    return Promise.all(racers.map((racer) => racer.race(`${folder} ${atMs} ${times}`)));
  };

  test.each([
    { lies: 'nothing', before: [] },
    { lies: 'a dead lock', before: [DEAD] },
    { lies: 'a dead lock with a dead claim', before: [DEAD, DEAD_CLAIM] },
    { lies: 'an empty lock', before: [''] },
  ])('one of ten has it, where $lies lies there, in each of thirty rounds', async ({ before }) => {
    const { folder, remove } = temporaryFolder();
    onTestFinished(remove);
    for (let round = 0; round < 30; round += 1) {
      const data = join(folder, `round-${round}`);
      mkdirSync(data);
      for (const [path, bytes] of planted(data, before)) writeFileSync(path, bytes);
      const results = await race(data, 0);
      const winners = results.filter(({ had }) => had === 1);
      expect(winners.length, `round ${round}`).toBe(1);
      expect(JSON.parse(readFileSync(join(data, 'lock'), 'utf8'))).toMatchObject(ownerOf(winners[0]?.pid ?? 0));
      const codes = results.flatMap(({ refused }) => Object.entries(refused));
      for (const [code, message] of codes) expect(code, message).toBe('IN_USE');
    }
  });

  test('no two have it at once, while all take it and give it free again, also after one died with it', async () => {
    const { folder, remove } = temporaryFolder();
    onTestFinished(remove);
    for (let round = 0; round < 3; round += 1) {
      writeFileSync(join(folder, 'lock'), DEAD.replace('"1"', `"${round}"`));
      const results = await race(folder, 60);
      expect(results.map(({ together }) => together)).toEqual(results.map(() => 0));
      const had = results.reduce((sum, one) => sum + one.had, 0);
      expect(had).toBeGreaterThan(RACERS);
      for (const { refused } of results)
        for (const [code, message] of Object.entries(refused)) expect(code, message).toBe('IN_USE');
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});

/** A folder with a lock, and a claim on it. */
function planted(folder: string, [lock, claim]: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const path = join(folder, 'lock');
  if (lock !== undefined) files.set(path, Buffer.from(lock));
  if (lock !== undefined && claim !== undefined) {
    const name = Buffer.from(sha256(Buffer.from(lock)))
      .toString('hex')
      .slice(0, 32);
    files.set(`${path}.${name}.claim`, Buffer.from(claim));
  }
  return files;
}

interface Racer {
  readonly child: ChildProcess;
  race(line: string): Promise<RaceResult>;
}

function startRacer(program: string): Racer {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  let answer: (result: RaceResult) => void = () => {};
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => answer(JSON.parse(line) as RaceResult));
  return {
    child,
    race: (line) =>
      new Promise((resolve) => {
        answer = resolve;
        child.stdin?.write(`${line}\n`);
      }),
  };
}
