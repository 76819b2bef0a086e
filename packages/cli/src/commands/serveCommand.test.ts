/** `plimsoll serve` as people run it: processes of their own, signals, and a killed one started again. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@plimsoll/service/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { REPOSITORY } from '../testing/runPlimsoll.ts';

const BINARY = fileURLToPath(new URL('../../bin/plimsoll.mjs', import.meta.url));
const EXAMPLE = join(REPOSITORY, 'examples', 'deployments', 'dollar-group.json');
/** On a loaded machine a start takes seconds, and so does bringing fifty people in. */
const PATIENCE_MS = 60_000;

interface Serving {
  readonly child: ChildProcess;
  /** What it has said on standard error. */
  said(): string;
  /** Until it has said something that fits; fails when it ends before, or says nothing of the kind in time. */
  hears(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

function serve(argv: readonly string[]): Serving {
  const ports = argv.includes('--port') ? [] : ['--port', '0', '--binary-port', '0'];
  const child = spawn(process.execPath, [BINARY, 'serve', ...ports, ...argv], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    said: () => text,
    ended,
    async hears(pattern) {
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const found = pattern.exec(text);
        if (found !== null) return found;
        if (child.exitCode !== null || child.signalCode !== null || Date.now() > until)
          throw new Error(`waited for ${pattern}, heard:\n${text}`);
        await pause(20);
      }
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

async function urlOf(serving: Serving): Promise<string> {
  return (await serving.hears(/interface +(http:\S+)\/v1\/status/))[1] ?? '';
}

function clientOf(url: string): ReturnType<typeof createClient> {
  return createClient({ baseUrl: url, deployment: { name: '', chainId: 0 } });
}

async function heightOf(url: string): Promise<number> {
  return (await clientOf(url).getStatus()).head.height;
}

/** Ids of the processes that a process has started, as the system lists them. */
function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('plimsoll serve --demo', () => {
  test(
    'brings its people in, shows a price, is killed, and goes on from there; Ctrl-C says where it stopped',
    async () => {
      const folder = newFolder();
      const first = serve(['--demo', '--folder', folder, '--from', '2020-03-12T10:00Z', '--speed', '60']);
      const url = await urlOf(first);
      await first.hears(/50 people are in/);
      const market = await until(async () => {
        const { items } = await clientOf(url).listMarkets();
        return items.find(({ indexPrice }) => indexPrice !== null && indexPrice !== undefined);
      });
      expect(Number(market.indexPrice)).toBeGreaterThan(100);
      const shown = await heightOf(url);
      const agents = process.platform === 'linux' ? childrenOf(first.child.pid ?? 0) : [];
      first.child.kill('SIGKILL');
      expect((await first.ended).signal).toBe('SIGKILL');
      // The agents notice that nobody is left to trade with.
      await until(async () => (agents.some(isAlive) ? undefined : true));

      const second = serve(['--demo', '--folder', folder, '--speed', '60']);
      const again = await urlOf(second);
      expect(Number((await second.hears(/Resumed at block ([0-9]+)/))[1])).toBeGreaterThanOrEqual(shown);
      expect(await heightOf(again)).toBeGreaterThanOrEqual(shown);
      await second.hears(/50 people are in/);
      second.child.kill('SIGINT');
      expect(await second.ended).toEqual({ code: 0, signal: null });
      expect(second.said()).toMatch(/Stopped at block [0-9]+; the same command goes on from there\.\n$/);
    },
    2 * PATIENCE_MS,
  );

  test(
    'says so when the recording ends, and stops there when it is asked to',
    async () => {
      const folder = newFolder();
      const argv = ['--demo', '--folder', folder, '--from', '2020-03-13T23:50Z', '--speed', '60', '--until-end'];
      const serving = serve(argv);
      expect((await serving.ended).code).toBe(0);
      expect(serving.said()).toContain('The recording has ended.');
      const again = serve(argv);
      expect((await again.ended).code).toBe(2);
      expect(again.said()).toContain(`--from is for a new folder, and the demo in ${folder} has begun`);
    },
    2 * PATIENCE_MS,
  );

  test('refuses a beginning outside the recording', async () => {
    const serving = serve(['--demo', '--folder', newFolder(), '--from', '2020-03-14T00:00Z']);
    expect((await serving.ended).code).toBe(2);
    expect(serving.said()).toContain('--from: expected a time from 2020-03-12T00:00:00.000Z to before 2020-03-14T00:00:00.000Z');
  });
});

describe('plimsoll serve --deployment', () => {
  test(
    'makes a folder that afterwards needs no file, and refuses it for another deployment',
    async () => {
      const folder = newFolder();
      const first = serve(['--folder', folder, '--deployment', EXAMPLE]);
      const { deployment, head } = await clientOf(await urlOf(first)).getStatus();
      expect(deployment).toMatchObject({ name: 'my-market', chainId: 1 });
      expect(first.said()).toContain('Owner 1 has a wallet of the example file: anybody can sign for it.');
      expect(head.timestamp).toBeGreaterThanOrEqual(1_767_225_600_000);
      first.child.kill('SIGINT');
      expect((await first.ended).code).toBe(0);

      const second = serve(['--folder', folder]);
      expect((await clientOf(await urlOf(second)).getStatus()).deployment.name).toBe('my-market');
      second.child.kill('SIGTERM');
      expect((await second.ended).code).toBe(0);

      const other = join(newFolder(), 'other.json');
      writeFileSync(other, readFileSync(EXAMPLE, 'utf8').replace('my-market', 'your-market'));
      const third = serve(['--folder', folder, '--deployment', other]);
      expect((await third.ended).code).toBe(2);
      expect(third.said()).toContain('belongs to the deployment "my-market" on chain 1, not "your-market" on chain 1');
    },
    PATIENCE_MS,
  );

  test(
    'refuses a second start on the same folder with the number of the process that holds it, --fresh included',
    async () => {
      const folder = newFolder();
      const first = serve(['--folder', folder, '--deployment', EXAMPLE]);
      await urlOf(first);
      const second = serve(['--folder', folder]);
      expect((await second.ended).code).toBe(2);
      expect(second.said()).toContain(String(first.child.pid));
      expect(second.said()).toContain('Use the one that runs, stop it, or name another folder with --folder.');
      const fresh = serve(['--demo', '--fresh', '--folder', folder]);
      expect((await fresh.ended).code).toBe(2);
      expect(fresh.said()).toContain(String(first.child.pid));
      first.child.kill('SIGINT');
      expect((await first.ended).code).toBe(0);
      const third = serve(['--folder', folder]);
      expect(await heightOf(await urlOf(third))).toBeGreaterThanOrEqual(0);
    },
    PATIENCE_MS,
  );

  test.each([['--port'], ['--binary-port']])(
    'says which port is taken by %s',
    async (option) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      const ports = { '--port': '0', '--binary-port': '0', [option]: String(port) };
      const serving = serve(['--folder', newFolder(), '--deployment', EXAMPLE, ...Object.entries(ports).flat()]);
      expect((await serving.ended).code).toBe(2);
      expect(serving.said()).toContain(`127.0.0.1:${port}: another program listens there already.`);
      expect(serving.said()).toContain(option);
    },
    PATIENCE_MS,
  );

  test('says what a folder needs that has no deployment yet', async () => {
    const serving = serve(['--folder', newFolder()]);
    expect((await serving.ended).code).toBe(2);
    expect(serving.said()).toContain('--deployment');
  });
});

/** Until there is something; fails when there is nothing in time. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('waited in vain');
    await pause(50);
  }
}
