/** What is wrong before it is a request, over a bare socket: each is a problem like any other. */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type ApiWorld, type ApiWorldOptions, createApiWorld } from '../testing/apiWorld.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { PROBLEMS, type ProblemKind, problemType } from './problems.ts';
import { isRecord } from './validation.ts';

let world: ApiWorld;
async function start(options: ApiWorldOptions = {}): Promise<ApiWorld> {
  world = await createApiWorld(options);
  return world;
}
afterEach(() => world.close());

/** Everything that the server says until it ends the connection; what breaks the connection off counts as its end. */
function said(...words: readonly (string | number)[]): Promise<string> {
  const { port } = new URL(world.baseUrl);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', async () => {
      for (const word of words) typeof word === 'number' ? await sleep(word) : socket.write(word);
    });
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** One answer, which has to be the problem of that kind with everything that problems have. */
function expectProblem(text: string, kind: ProblemKind): Readonly<Record<string, string>> {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  expect(status).toMatch(new RegExp(`^HTTP/1\\.1 ${PROBLEMS[kind].status} [A-Z]`));
  const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ', 2)));
  const { height, hash } = world.sequencer.head();
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json; charset=utf-8',
    'plimsoll-height': String(height),
    'plimsoll-block-hash': Buffer.from(hash).toString('hex'),
  });
  const document: unknown = JSON.parse(body.replace(/^[0-9a-f]+\r\n|\r\n0$/g, ''));
  if (!isRecord(document)) throw new Error(`no document: ${body}`);
  expect(document).toMatchObject({ type: problemType(kind), status: PROBLEMS[kind].status });
  expect(document['instance']).toMatch(/-/);
  return headers;
}

test('what is no request is told what to do about it, not to correct fields that nothing names', async () => {
  await start();
  for (const words of ['NONSENSE\r\n\r\n', 'GET /v1/status HTTP/1.1\r\nconnection: close\r\n\r\n']) {
    const text = await said(words);
    expectProblem(text, 'invalidRequest');
    expect(text).not.toContain('"errors"');
    expect(text).not.toContain('`errors`');
    expect(text).toMatch(/"advice":"[^"]*nothing (of this request )?was executed/);
  }
  expect(await said('NONSENSE\r\n\r\n')).toContain('speak HTTP there');
});

const GET = 'GET /v1/status HTTP/1.1\r\nhost: x\r\n';

test('what the parser refuses is a problem: a broken line, headers without end, a length that is none, a chunk that is none', async () => {
  await start();
  expectProblem(await said('NONSENSE\r\n\r\n'), 'invalidRequest');
  expectProblem(await said(`${GET}x: ${'y'.repeat(40_000)}\r\n\r\n`), 'headersTooLarge');
  expectProblem(await said(`GET /${'y'.repeat(40_000)} HTTP/1.1\r\nhost: x\r\n\r\n`), 'headersTooLarge');
  expectProblem(await said(`${GET}content-length: many\r\n\r\n`), 'invalidRequest');
  const chunked = 'POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
  expectProblem(await said(`${chunked}nonsense\r\n`), 'invalidRequest');
  expectProblem(await said(`${chunked}1;${'e'.repeat(20_000)}\r\n`), 'payloadTooLarge');
  expect((await fetch(`${world.baseUrl}/livez`)).status).toBe(200);
  expect(await world.api.metrics.scrape()).toContain('plimsoll_http_requests_total{operation="none",status="431"} 2');
});

test('a request without a host, with an expectation, with a path beyond bounds or to another server is a problem', async () => {
  await start();
  expectProblem(await said('GET /v1/status HTTP/1.1\r\nconnection: close\r\n\r\n'), 'invalidRequest');
  expectProblem(await said(`${GET}expect: a-miracle\r\n\r\n`), 'expectationFailed');
  const long = `GET /v1/profiles/${'y'.repeat(300)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
  expectProblem(await said(long), 'uriTooLong');
  expectProblem(await said('CONNECT elsewhere:443 HTTP/1.1\r\nhost: x\r\n\r\n'), 'methodNotAllowed');
});

test('an upgrade that is none, that is elsewhere or that finds no room is a problem', async () => {
  await start({ limits: { stream: { ...DEFAULT_LIMITS.stream, clientsPerAddress: 0 } } });
  const upgrade = 'host: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n';
  const key = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  expectProblem(await said(`GET /nowhere HTTP/1.1\r\n${upgrade}${key}\r\n`), 'notFound');
  const full = await said(`GET /v1/stream HTTP/1.1\r\n${upgrade}${key}\r\n`);
  expect(expectProblem(full, 'tooManyRequests')['retry-after']).toBe('1');
  await world.close();
  await start();
  expectProblem(await said(`GET /v1/stream HTTP/1.1\r\n${upgrade}\r\n`), 'invalidRequest');
  const plain = await said('GET /v1/stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect(expectProblem(plain, 'upgradeRequired')['upgrade']).toBe('websocket');
});

test('a request that does not arrive in time is a problem', async () => {
  await start({ limits: { requestMs: 200 } });
  expectProblem(await said('GET /v1/status HTTP/1.1\r\nhost: x\r\n'), 'requestTimeout');
  const body = 'POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{';
  expectProblem(await said(body), 'requestTimeout');
});

test('what breaks behind a whole request is answered behind the answer to it, never in its place', async () => {
  await start();
  const text = await said(`${GET}\r\n${GET}\r\nNONSENSE\r\n\r\n`);
  const [nothing, first = '', second = '', broken = ''] = text.split('HTTP/1.1 ');
  expect(nothing).toBe('');
  for (const answer of [first, second]) expect(answer).toMatch(/^200 OK[\s\S]*"serverTime"/);
  expectProblem(`HTTP/1.1 ${broken}`, 'invalidRequest');
});

test('every path that is known answers other methods with those that it takes', async () => {
  const { baseUrl } = await start();
  const allowed = async (method: string, path: string) => {
    const answer = await fetch(`${baseUrl}${path}`, { method });
    return { status: answer.status, allow: answer.headers.get('allow') };
  };
  for (const path of ['/', '/docs', '/openapi.json', '/asyncapi.json', '/metrics', '/livez', '/readyz', '/v1/stream'])
    for (const method of ['PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS'])
      expect({ path, method, ...(await allowed(method, path)) }).toEqual({ path, method, status: 405, allow: 'GET' });
  expect(await allowed('PUT', '/v1/sessions')).toEqual({ status: 405, allow: 'POST, GET' });
  expectProblem(await said('PURGE /docs HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'), 'methodNotAllowed');
  expect(await allowed('PUT', '/docs/')).toEqual({ status: 404, allow: null });
});
