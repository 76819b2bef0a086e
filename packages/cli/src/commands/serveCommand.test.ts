/** `plimsoll serve` as people run it: processes of their own, signals, and a killed one started again. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@plimsoll/service/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { demoWallets } from '../demo/demoWallets.ts';
import { runMain } from '../testing/runMain.ts';
import { REPOSITORY } from '../testing/runPlimsoll.ts';

const BINARY = fileURLToPath(new URL('../../bin/plimsoll.mjs', import.meta.url));
const EXAMPLE = join(REPOSITORY, 'examples', 'deployments', 'dollar-group.json');
/** On a machine with much else to do a start takes a minute, and so does bringing fifty people in. */
const PATIENCE_MS = 120_000;

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

/** Time of the last block, milliseconds since 1970. */
async function timeOf(url: string): Promise<number> {
  return (await clientOf(url).getStatus()).head.timestamp;
}

/** Last nonces of everybody whose keys lie in the folder and who acts from the start. */
async function noncesOf(folder: string, url: string): Promise<readonly number[]> {
  const addresses = [...demoWallets(folder, [])].flatMap(([name, { wallet }]) =>
    name.startsWith('source') || name.startsWith('backstop') ? [wallet.address] : [],
  );
  const owners = addresses.map((address) => clientOf(url).getOwner({ params: { address } }));
  return (await Promise.all(owners)).map(({ owner }) => owner.lastNonce);
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
    'plays the fall, is killed, and goes on from there; its people trade, borrow, bid and back; Ctrl-C says what came of it',
    async () => {
      const folder = newFolder();
      const first = serve(['--demo', '--folder', folder, '--from', '2020-03-12T10:20Z', '--speed', '3600']);
      const url = await urlOf(first);
      await first.hears(/52 people are in/);
      await until(async () => (await timeOf(url)) > Date.UTC(2020, 2, 12, 10, 40) || undefined);
      const { items } = await clientOf(url).listMarkets();
      expect(Number(items[0]?.indexPrice)).toBeGreaterThan(100);
      const nonces = await noncesOf(folder, url);
      expect(Math.min(...nonces)).toBeGreaterThan(0);
      const [shown, shownMs] = [await heightOf(url), await timeOf(url)];
      const agents = process.platform === 'linux' ? childrenOf(first.child.pid ?? 0) : [];
      first.child.kill('SIGKILL');
      expect((await first.ended).signal).toBe('SIGKILL');
      // The agents notice that nobody is left to trade with.
      await until(async () => (agents.some(isAlive) ? undefined : true));

      const second = serve(['--demo', '--folder', folder, '--speed', '3600']);
      const again = await urlOf(second);
      const [, resumed] = await second.hears(/Resumed at block ([0-9]+)/);
      expect(Number(resumed)).toBeGreaterThanOrEqual(shown);
      // Recorded time stands still until everybody is back, whatever time that takes.
      expect(await timeOf(again)).toBeLessThan(shownMs + 5 * 60_000);
      expect((await noncesOf(folder, again)).every((nonce, place) => nonce >= (nonces[place] ?? 0))).toBe(true);
      await second.hears(/52 people are in/);
      // The price falls by a fifth between eleven and half past.
      await until(async () => (await timeOf(again)) > Date.UTC(2020, 2, 12, 11, 40) || undefined);
      second.child.kill('SIGINT');
      expect(await second.ended).toEqual({ code: 0, signal: null });
      const said = second.said();
      const done =
        /Accepted from the agents: ([0-9,]+) trades?, ([0-9,]+) loans? drawn, .* ([0-9,]+) bids? in (?:an auction|auctions), ([0-9,]+) payments?/;
      const counts = (done.exec(said) ?? []).slice(1).map((text) => Number(text.replaceAll(',', '')));
      expect(counts).toHaveLength(4);
      expect(Math.min(...counts), said).toBeGreaterThan(0);
      // Two of the three first payments into the backstop were made before the kill: the count is of the folder, not of the start.
      expect(counts[3]).toBeGreaterThanOrEqual(3);
      expect(said).toMatch(
        /Stopped at block [0-9]+, 12 Mar 11:[0-9]{2} of the recording\. To go on from there: the same command; .*--fresh\.\n$/,
      );
      // Piped: lines, and nothing that moves a cursor.
      expect(said).not.toContain('\u001b');
    },
    3 * PATIENCE_MS,
  );

  test(
    'says what the recording came to when it ends, stops there when asked to, and afterwards shows it without playing',
    async () => {
      const folder = newFolder();
      const argv = ['--demo', '--folder', folder, '--from', '2020-03-13T23:50Z', '--speed', '3600', '--until-end'];
      const serving = serve(argv);
      expect((await serving.ended).code).toBe(0);
      const ended = /The recording has ended, at block [0-9]+\. It came to:\n(Accepted from the agents: [^\n]*)/;
      const deeds = ended.exec(serving.said())?.[1];
      expect(deeds).toBeDefined();
      expect(serving.said()).toMatch(/ {2}3 backstop +0 +\$0\.00\n/);
      expect(serving.said()).toContain('Balance sheet: neutral.');
      await refused(argv, `--from is for a new folder, and the demo in ${folder} has begun`);

      const again = serve(['--demo', '--folder', folder]);
      const url = await urlOf(again);
      await again.hears(/The recording of this folder has ended\. It came to:/);
      expect(again.said()).toContain(deeds ?? '?');
      const accounts = (await clientOf(url).getStatus()).accounts;
      expect(accounts).toBe(53);
      expect(childrenOf(again.child.pid ?? 0)).toEqual([]);
      again.child.kill('SIGINT');
      expect((await again.ended).code).toBe(0);
    },
    2 * PATIENCE_MS,
  );

  test('refuses a beginning outside the recording', async () => {
    const range = 'from 2020-03-12T00:00:00.000Z to before 2020-03-14T00:00:00.000Z';
    await refused(['--demo', '--folder', newFolder(), '--from', '2020-03-14T00:00Z'], `--from: expected a time ${range}`);
  });
});

describe('plimsoll serve --deployment', () => {
  test(
    'makes a folder that afterwards needs no file, and refuses it for another deployment',
    async () => {
      const folder = newFolder();
      const first = serve(['--folder', folder, '--deployment', EXAMPLE]);
      const url = await urlOf(first);
      const { deployment, head } = await clientOf(url).getStatus();
      expect(deployment).toMatchObject({ name: 'my-market', chainId: 1 });
      expect(first.said()).toContain('what was signed for it is valid here too: give every new folder a name of its own.');
      await until(async () => (await heightOf(url)) >= 1 || undefined);
      expect(first.said()).toContain('Owner 1 has a wallet of the example file: anybody can sign for it.');
      expect(head.timestamp).toBeGreaterThanOrEqual(1_767_225_600_000);
      first.child.kill('SIGINT');
      expect((await first.ended).code).toBe(0);

      const second = serve(['--folder', folder]);
      expect((await clientOf(await urlOf(second)).getStatus()).deployment.name).toBe('my-market');
      expect(second.said()).not.toContain('A new deployment');
      second.child.kill('SIGTERM');
      expect((await second.ended).code).toBe(0);

      const other = join(newFolder(), 'other.json');
      writeFileSync(other, readFileSync(EXAMPLE, 'utf8').replace('my-market', 'your-market'));
      const argv = ['--folder', folder, '--deployment', other, '--port', '0', '--binary-port', '0'];
      await refused(argv, 'belongs to the deployment "my-market" on chain 1, not "your-market" on chain 1');
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
      expect(second.said()).toContain('Stop it first, or choose another folder.');
      expect(second.said().match(/another folder/gi)).toEqual(['another folder']);
      expect(second.said()).toContain('--folder names it.');
      await refused(['--demo', '--fresh', '--folder', folder], String(first.child.pid));
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
      const folder = newFolder();
      const serving = serve(['--folder', folder, '--deployment', EXAMPLE, ...Object.entries(ports).flat()]);
      expect((await serving.ended).code).toBe(2);
      expect(serving.said()).toContain(`127.0.0.1:${port}: another program listens there already.`);
      expect(serving.said()).toContain(option);
      // Nothing was born that the next start, perhaps with another deployment, would stumble over.
      expect(readdirSync(folder)).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    'names file, byte and block where a journal is damaged, and what looks closer; changes nothing',
    async () => {
      const folder = newFolder();
      const first = serve(['--folder', folder, '--deployment', EXAMPLE]);
      const url = await urlOf(first);
      await until(async () => (await heightOf(url)) >= 2 || undefined);
      first.child.kill('SIGKILL');
      await first.ended;
      const segment = join(folder, 'journal', '0000000000000001.segment');
      const bytes = readFileSync(segment);
      // Behind the header of the segment and inside the first record.
      bytes[200] = (bytes[200] ?? 0) ^ 1;
      writeFileSync(segment, bytes);
      const second = serve(['--folder', folder]);
      expect((await second.ended).code).toBe(2);
      expect(second.said()).toMatch(/journal\/0000000000000001\.segment at byte [0-9]+, block 1: .*Nothing was changed/);
      expect(second.said()).toContain('plimsoll journal verify');
      expect(second.said()).toContain('plimsoll journal repair');
      expect(readFileSync(segment).equals(bytes)).toBe(true);
    },
    2 * PATIENCE_MS,
  );

  test('says what a folder needs that has no deployment yet', async () => {
    await refused(['--folder', newFolder()], '--deployment');
  });
});

describe('options of the demo', () => {
  test.each([
    [['--speed', '10'], '--speed is of the demo, and --demo is not given'],
    [['--fresh', '--until-end', '--from', '2020-03-12T10:00Z'], '--from, --fresh, --until-end are of the demo'],
    [['--speed', '300'], '--speed is of the demo'],
  ])('%j without --demo are refused by name', async (argv, message) => {
    await refused(['--folder', newFolder(), ...argv], message);
  });
});

/** What is refused before anything opens needs no process of its own. */
async function refused(argv: readonly string[], sentence: string): Promise<void> {
  const { status, stderr } = await runMain(['serve', ...argv]);
  expect(status).toBe(2);
  expect(stderr).toContain(sentence);
}

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
