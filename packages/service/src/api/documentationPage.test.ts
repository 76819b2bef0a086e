/** The page and the examples on it: each is what its schema says, those of nobody in particular are answered, and a browser shows them. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ApiWorld, createApiWorld } from '../testing/apiWorld.ts';
import { exampleOf } from './examples.ts';
import { OPERATION_IDS, operationOf } from './operations.ts';

const run = promisify(execFile);

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

test.each(OPERATION_IDS)('the example of %s is what its schemas say', (id) => {
  const operation = operationOf(id);
  const example = exampleOf(id);
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = operation[part];
    const value = example[part];
    if (schema === undefined) expect(value).toBeUndefined();
    else if (part !== 'query' || value !== undefined) expect(Compile(schema).Errors(value).slice(0, 2)).toEqual([]);
  }
});

/** Of what there is not in a small world: an open auction, and that wallet. */
const ABSENT: ReadonlySet<string> = new Set(['getAuction', 'getOwner']);

test('the examples that need no session are answered', async () => {
  for (const id of OPERATION_IDS) {
    if (operationOf(id).access !== 'public') continue;
    const call = world.client[id] as (input: unknown) => Promise<unknown>;
    const answered = await call(exampleOf(id)).then(
      () => 200,
      (cause: { problem: { status: number } }) => cause.problem.status,
    );
    expect({ id, answered }).toEqual({ id, answered: ABSENT.has(id) ? 404 : 200 });
  }
});

test('the page shows every operation with an example, its schemas and its problems', async () => {
  const page = await (await fetch(`${world.baseUrl}/docs`)).text();
  for (const id of OPERATION_IDS) {
    const [, article = ''] = new RegExp(`<article id="${id}">([\\s\\S]*?)</article>`).exec(page) ?? [];
    expect(article).toContain(`<span>${operationOf(id).method}</span>`);
    expect(article).toContain('curl -s');
    expect(article).toContain('<summary>Answer</summary>');
  }
});

test('the examples ask the service under the host that the page was asked under, and never under what is no host', async () => {
  const { app } = world.api;
  const pageAt = async (host: string) => (await app.inject({ method: 'GET', url: '/docs', headers: { host } })).body;
  for (const host of ['risk.example.org', 'risk.example.org:9000', '[2001:db8::1]:8484', '10.0.0.1:80']) {
    const page = await pageAt(host);
    expect(page.match(/curl -s '[a-z]+:\/\/[^/]*/g)).toEqual(OPERATION_IDS.map(() => `curl -s 'http://${host}`));
  }
  for (const host of ["a'; rm -rf x; '", '<script>alert(1)</script>', 'a b', '$(id)', `${'a'.repeat(300)}`, '-x']) {
    const page = await pageAt(host);
    expect(page).not.toContain(`http://${host}`);
    expect(page).not.toContain('alert(1)');
    expect(page.match(/curl -s 'http:\/\/[0-9.]+:[0-9]+\//g)).toHaveLength(OPERATION_IDS.length);
  }
  expect(await (await fetch(`${world.baseUrl}/docs`)).text()).toContain(`curl -s '${world.baseUrl}/v1/markets/0'`);
});

test('behind a proxy that is trusted the examples ask under its name and scheme, and behind another they do not', async () => {
  const headers = { host: 'inner:8484', 'x-forwarded-host': 'risk.example.org', 'x-forwarded-proto': 'https' };
  const own = (await world.api.app.inject({ method: 'GET', url: '/docs', headers })).body;
  expect(own).toContain("curl -s 'http://inner:8484/v1/status'");
  const proxied = await createApiWorld({ isListening: false, limits: { trustedProxies: ['127.0.0.1'] } });
  onTestFinished(() => proxied.close());
  const page = (await proxied.api.app.inject({ method: 'GET', url: '/docs', headers })).body;
  expect(page).toContain("curl -s 'https://risk.example.org/v1/status'");
});

test('the page tells the units of answers from those of commands', async () => {
  const page = (await (await fetch(`${world.baseUrl}/docs`)).text()).replaceAll(/\s+/g, ' ');
  expect(page).toContain('Answers and simulations state amounts as decimal text in whole units');
  expect(page).toContain("commands and events state them as integers of the ledger's smallest unit");
});

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

test('a browser without network shows the page, and its examples ask the service that it came from', async (context) => {
  const browser = BROWSERS.find((path) => existsSync(path));
  if (browser === undefined) return context.skip('there is no browser on this machine');
  const profile = mkdtempSync(join(tmpdir(), 'plimsoll-browser-'));
  onTestFinished(() => rmSync(profile, { recursive: true, force: true }));
  const { stdout } = await run(
    browser,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${profile}`,
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      '--dump-dom',
      `${world.baseUrl}/docs`,
    ],
    { maxBuffer: 1 << 24, timeout: 90_000 },
  );
  expect(stdout.match(/<article /g)).toHaveLength(OPERATION_IDS.length);
  expect(stdout).toContain(`curl -s '${world.baseUrl}/v1/markets/0'`);
  expect(stdout).not.toContain("curl -s 'http://127.0.0.1:8080/");
}, 100_000);
