/** `plimsoll serve` with the price sources of a deployment file: the example itself, its endpoints moved to a server of this test. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@plimsoll/service/client';
import { expect, onTestFinished, test } from 'vitest';
import { readDeploymentFile } from '../deploymentFile.ts';
import { REPOSITORY } from '../testing/runPlimsoll.ts';

const BINARY = fileURLToPath(new URL('../../bin/plimsoll.mjs', import.meta.url));
const EXAMPLE = join(REPOSITORY, 'examples', 'deployments', 'price-sources.json');
/** On a loaded machine a start takes seconds. */
const PATIENCE_MS = 60_000;
const KEYS = { PYTH_API_KEY: 'pyth-key-value', STREAMS_API_KEY: 'streams-key-value', STREAMS_API_SECRET: 'streams-secret-value' };

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sources-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

function serve(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const child: ChildProcess = spawn(process.execPath, [BINARY, 'serve', '--port', '0', '--binary-port', '0', ...argv], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, said: () => said };
}

async function until<T>(read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await read();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('the example with price sources can be started, and holds no credential', () => {
  const { deployment, sources } = readDeploymentFile(EXAMPLE, Date.now());
  expect(deployment.name).toBe('my-market-with-prices');
  expect(sources.map(({ kind, trust }) => [kind, trust])).toEqual([
    ['pythHermes', 'unverified'],
    ['chainlinkDataStreams', 'unverified'],
  ]);
});

test(
  'without its credentials it does not start, and says which variable is missing',
  async () => {
    const folder = newFolder();
    const run = serve(['--folder', folder, '--deployment', EXAMPLE], { PYTH_API_KEY: KEYS.PYTH_API_KEY });
    expect(await run.ended).toBe(2);
    expect(run.said()).toContain(
      'Source 1 takes its credential from the environment variable STREAMS_API_KEY, which is not set.',
    );
    expect(run.said()).not.toContain(KEYS.PYTH_API_KEY);
  },
  PATIENCE_MS,
);

test(
  'with them it asks its endpoints, shows how they do, says nothing of the credentials, and stops at once',
  async () => {
    const asked: { path: string; authorization: string | undefined }[] = [];
    const server = createServer((request, response) => {
      asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
      if (request.url?.startsWith('/v2/')) response.end('{"binary":{"encoding":"hex","data":["00"]}}');
      // The other one hangs.
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const text = readFileSync(EXAMPLE, 'utf8')
      .replace('https://hermes.pyth.network', url)
      .replace('https://api.testnet-dataengine.chain.link', url);
    const folder = newFolder();
    const file = join(newFolder(), 'deployment.json');
    writeFileSync(file, text);
    const run = serve(['--folder', folder, '--deployment', file], KEYS);
    const [, base = ''] = await until(() => /interface +(http:\S+)\/v1\/status/.exec(run.said()) ?? undefined);
    expect(run.said()).toContain(
      'Price sources: 0 (pythHermes), 1 (chainlinkDataStreams); how they do is at /v1/oracle/sources.',
    );
    const client = createClient({ baseUrl: base, deployment: { name: '', chainId: 0 } });
    const sources = await until(async () => {
      const read = (await client.listSources()).sources as readonly { payloads: number; transportFaults: number }[];
      return (read[0]?.payloads ?? 0) > 0 && (read[1]?.transportFaults ?? 0) > 0 ? read : undefined;
    });
    expect(sources).toMatchObject([
      { source: 0, kind: 'pythHermes', trust: 'unverified', status: 'failing', lastFault: { code: 'malformedPayload' } },
      { source: 1, kind: 'chainlinkDataStreams', trust: 'unverified', status: 'failing', lastFault: { code: 'timedOut' } },
    ]);
    expect(asked).toContainEqual({
      path: expect.stringMatching(/^\/v2\/updates\/price\/latest\?ids%5B%5D=eaa020c6/),
      authorization: 'Bearer pyth-key-value',
    });
    expect(asked).toContainEqual({
      path: expect.stringMatching(/^\/api\/v1\/reports\/latest\?feedID=0x000359843a54/),
      authorization: 'streams-key-value',
    });
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    for (const value of Object.values(KEYS)) expect(run.said() + JSON.stringify(sources)).not.toContain(value);

    // The folder keeps the deployment, and not where its prices come from.
    const again = serve(['--folder', folder], {});
    await until(() => (again.said().includes('No price source runs in this process') ? true : undefined));
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
  },
  2 * PATIENCE_MS,
);

test(
  'a recording that the deployment file names is played, at its speed, from the start on',
  async () => {
    const file = join(newFolder(), 'deployment.json');
    const example = JSON.parse(readFileSync(join(REPOSITORY, 'examples', 'deployments', 'dollar-group.json'), 'utf8')) as object;
    const scenario = join(REPOSITORY, 'scenarios', 'black-thursday.json');
    const basics = { operator: 10, perSecond: 10, burst: 10, staleAfterMs: 60_000, file: scenario, speed: 3_600 };
    const feeds = [{ feed: 0, feedUnits: '1', table: 'oracleUpdates', time: 'time', price: 'price' }];
    const sha256 = createHash('sha256').update(readFileSync(scenario)).digest('hex');
    const source = { kind: 'recorded', source: 0, trust: 'verified', sha256, feeds, ...basics };
    writeFileSync(file, JSON.stringify({ ...example, sources: [source] }));
    const run = serve(['--folder', newFolder(), '--deployment', file], {});
    const [, base = ''] = await until(() => /interface +(http:\S+)\/v1\/status/.exec(run.said()) ?? undefined);
    const client = createClient({ baseUrl: base, deployment: { name: '', chainId: 0 } });
    interface Played {
      readonly payloads: number;
      readonly dropped: { readonly unregisteredFeed: number };
    }
    const played = await until(async () => {
      const [read] = (await client.listSources()).sources as unknown as readonly Played[];
      return (read?.payloads ?? 0) > 1 ? read : undefined;
    });
    // Nobody has registered it: whatever came was read, was verified, and had nowhere to go.
    expect(played).toMatchObject({
      source: 0,
      kind: 'recorded',
      trust: 'verified',
      dropped: { faulty: 0, unverified: 0, flood: 0 },
    });
    expect(played.dropped.unregisteredFeed).toBeGreaterThan(0);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);

    writeFileSync(file, JSON.stringify({ ...example, sources: [{ ...source, file: 'gone.json' }] }));
    const refused = serve(['--folder', newFolder(), '--deployment', file], {});
    expect(await refused.ended).toBe(2);
    expect(refused.said()).toContain('sources[0].file: expected a scenario file that can be read; found ');
  },
  2 * PATIENCE_MS,
);
