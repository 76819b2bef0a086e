import { connect } from 'node:net';
import { lots, ticksPerLot } from '@plimsoll/core/numeric';
import pino from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { createClient } from '../client/apiClient.ts';
import { signCommand } from '../client/signing.ts';
import { type ApiWorld, type ApiWorldOptions, createApiWorld } from '../testing/apiWorld.ts';
import { ETHER_PERPETUAL, TRADER_ACCOUNTS, TRADERS, VENUE_OPERATOR } from '../testing/smallDeployment.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { PROBLEM_KINDS, problemType } from './problems.ts';

let world: ApiWorld;
async function start(options: ApiWorldOptions = {}): Promise<ApiWorld> {
  world = await createApiWorld(options);
  return world;
}
afterEach(() => world.close());

async function problemOf(answer: Promise<Response> | Response) {
  const response = await answer;
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return { status: response.status, headers: response.headers, problem: (await response.json()) as Record<string, unknown> };
}

function trade(id: string, nonce: number, session: Parameters<typeof signCommand>[2], deployment = world.deployment) {
  const command = {
    kind: 'trade' as const,
    actor: VENUE_OPERATOR,
    nonce,
    instrument: ETHER_PERPETUAL,
    buyer: TRADER_ACCOUNTS[0],
    seller: TRADER_ACCOUNTS[1],
    lots: lots(1),
    price: ticksPerLot(2_000_000),
    cosigner: null,
  };
  return signCommand(deployment, { commandId: id, command }, session);
}

test('every answer names its block, in the body and in the headers', async () => {
  const { baseUrl, sequencer } = await start();
  const response = await fetch(`${baseUrl}/v1/markets`);
  const { head } = (await response.json()) as { head: { height: number; hash: string; datetime: string } };
  expect(head.height).toBe(sequencer.head().height);
  expect(response.headers.get('plimsoll-height')).toBe(String(head.height));
  expect(response.headers.get('plimsoll-block-hash')).toBe(head.hash);
  expect(response.headers.get('plimsoll-block-time')).toBe(head.datetime);
});

test('what is wrong with a request is a problem with a stable type, a pointer and advice', async () => {
  const { baseUrl } = await start({ limits: { bodyBytes: 2_000 } });
  const limit = await problemOf(fetch(`${baseUrl}/v1/markets?limit=9999`));
  expect(limit).toMatchObject({ status: 400, problem: { type: 'urn:plimsoll:problem:invalidRequest' } });
  expect(limit.problem['errors']).toMatchObject([{ path: '/query/limit' }]);
  expect(limit.problem['advice']).toContain('nothing was executed');
  const extra = await problemOf(fetch(`${baseUrl}/v1/markets?colour=red`));
  expect(JSON.stringify(extra.problem['errors'])).toContain('/query');
  expect((await problemOf(fetch(`${baseUrl}/v1/markets/99`))).status).toBe(404);
  expect((await problemOf(fetch(`${baseUrl}/v1/nothing`))).status).toBe(404);
  expect((await problemOf(fetch(`${baseUrl}/v1/markets/-1`))).status).toBe(400);
  const wrongMethod = await problemOf(fetch(`${baseUrl}/v1/markets/0`, { method: 'DELETE' }));
  expect(wrongMethod).toMatchObject({ status: 405, problem: { type: 'urn:plimsoll:problem:methodNotAllowed' } });
  expect(wrongMethod.headers.get('allow')).toBe('GET');
  const broken = await problemOf(fetch(`${baseUrl}/v1/markets/%ff`));
  expect(broken).toMatchObject({ status: 400, problem: { type: 'urn:plimsoll:problem:invalidRequest' } });
  const post = (body: string | Uint8Array, type = 'application/json') =>
    problemOf(fetch(`${baseUrl}/v1/commands`, { method: 'POST', body, headers: { 'content-type': type } }));
  expect((await post('{')).status).toBe(400);
  expect((await post(new Uint8Array([0x22, 0xff, 0x22]))).status).toBe(400);
  expect((await post('a=b', 'application/x-www-form-urlencoded')).status).toBe(415);
  expect((await post(JSON.stringify({ filler: 'x'.repeat(3_000) }))).status).toBe(413);
  expect((await post('')).status).toBe(400);
});

test('a body that is nested a hundred thousand deep is refused like any other that is wrong', async () => {
  const { baseUrl } = await start({
    portfolioMargin: () => ({ ok: false, path: '', message: 'is no portfolio' }),
    limits: { documentsPerSecond: 100 },
  });
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const record = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
  const post = (path: string, body: string) =>
    problemOf(fetch(`${baseUrl}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }));
  const signature = `{"kind":"session","key":"${'0'.repeat(64)}","signature":"${'0'.repeat(128)}"}`;
  for (const value of [deep, record]) {
    expect((await post('/v1/commands', value)).status).toBe(400);
    expect((await post('/v1/commands', `{"commandId":"a","command":${value},"signature":${signature}}`)).status).toBe(400);
    expect((await post('/v1/margin/simulate', `{"document":${value}}`)).status).toBe(422);
    expect((await post('/v1/margin/simulate', `{"document":{},"profile":${value}}`)).status).toBeLessThan(500);
    expect((await post('/v1/sessions', value)).status).toBe(400);
  }
});

test('a page ends where the next one begins, and a cursor of another list is refused', async () => {
  const { client, baseUrl } = await start();
  const whole = await client.listFeeds();
  const first = await client.listFeeds({ query: { limit: 1 } });
  expect(first.nextCursor).not.toBeNull();
  const second = await client.listFeeds({ query: { limit: 1, cursor: first.nextCursor ?? '' } });
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(whole.items.map(({ id }) => id));
  expect(second.nextCursor).toBeNull();
  const wrong = await problemOf(fetch(`${baseUrl}/v1/assets?cursor=${first.nextCursor}`));
  expect(wrong.problem['type']).toBe('urn:plimsoll:problem:invalidCursor');
  expect((await problemOf(fetch(`${baseUrl}/v1/assets?cursor=%20%00`))).status).toBe(400);
});

test('a command that is not decided in time is pending, and found under its id when it is', async () => {
  const { sequencer, signIn } = await start({ limits: { commandTimeoutMs: 30 } });
  const { client, session } = await signIn(VENUE_OPERATOR);
  sequencer.hold();
  const sent = await fetch(`${world.baseUrl}/v1/commands`, {
    method: 'POST',
    body: JSON.stringify(trade('late', 10, session)),
    headers: { 'content-type': 'application/json' },
  });
  expect(sent.status).toBe(202);
  expect(await sent.json()).toMatchObject({ outcomes: [{ commandId: 'late', status: 'pending' }] });
  expect((await client.getCommand({ params: { commandId: 'late' } })).outcome.status).toBe('pending');
  sequencer.release();
  await expect.poll(async () => (await client.getCommand({ params: { commandId: 'late' } })).outcome.status).toBe('accepted');
});

test('a full queue sheds before acceptance, with the time to wait', async () => {
  const { sequencer, signIn } = await start({ waitingMax: 2, limits: { commandTimeoutMs: 20 } });
  const { client, session } = await signIn(VENUE_OPERATOR);
  sequencer.hold();
  await client.submitCommands({ body: { commands: [trade('a', 10, session), trade('b', 11, session)] } });
  const shed = await problemOf(
    fetch(`${world.baseUrl}/v1/commands`, {
      method: 'POST',
      body: JSON.stringify(trade('c', 12, session)),
      headers: { 'content-type': 'application/json' },
    }),
  );
  expect(shed).toMatchObject({ status: 429, problem: { retryAfterMs: 50 } });
  expect(shed.headers.get('retry-after')).toBe('1');
  expect((await problemOf(fetch(`${world.baseUrl}/readyz`))).status).toBe(503);
  expect((await fetch(`${world.baseUrl}/livez`)).status).toBe(200);
  sequencer.release();
  await expect.poll(async () => (await fetch(`${world.baseUrl}/readyz`)).status).toBe(200);
  expect((await client.getCommand({ params: { commandId: 'c' } })).outcome.status).toBe('unknown');
});

test('a batch with one bad signature is refused whole, and nothing of it is executed', async () => {
  const { sequencer, signIn, deployment } = await start();
  const { client, session } = await signIn(VENUE_OPERATOR);
  const before = sequencer.head().height;
  const elsewhere = trade('bad', 11, session, { ...deployment, name: 'elsewhere' });
  const body = { commands: [trade('good', 10, session), elsewhere] };
  await expect(client.submitCommands({ body })).rejects.toMatchObject({ problem: { status: 401, code: 'wrongSigner' } });
  expect(sequencer.head().height).toBe(before);
  const { session: stranger } = await signIn(TRADERS[2]);
  await expect(client.submitCommands({ body: trade('stranger', 12, stranger) })).rejects.toMatchObject({
    problem: { status: 403, code: 'wrongActor' },
  });
});

test('a signed request is good for its time, its path and its deployment alone', async () => {
  const { baseUrl, deployment, signIn } = await start();
  const { session } = await signIn(TRADERS[0]);
  const as = (options: Partial<Parameters<typeof createClient>[0]>) => createClient({ baseUrl, deployment, session, ...options });
  await expect(as({ now: () => Date.now() - 31_000 }).listAccounts()).rejects.toMatchObject({
    problem: { code: 'timeOutOfWindow' },
  });
  await expect(as({ deployment: { ...deployment, chainId: 1 } }).listAccounts()).rejects.toMatchObject({
    problem: { code: 'wrongSigner' },
  });
  const moved: typeof fetch = (url, init) => fetch(String(url).replace('/v1/accounts', '/v1/accounts/1'), init);
  await expect(as({ fetch: moved }).listAccounts()).rejects.toMatchObject({ problem: { code: 'wrongSigner' } });
  const reader = await signIn(TRADERS[0], { scopes: ['trade'] });
  await expect(reader.client.listAccounts()).rejects.toMatchObject({ problem: { status: 403, code: 'outsideScope' } });
});

test('the log says what was asked and how it went, and nothing that was signed', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const { signIn } = await start({ logger });
  const { client, session } = await signIn(VENUE_OPERATOR);
  await client.listAccounts();
  const signed = trade('secret-command', 10, session);
  await client.submitCommands({ body: signed });
  await expect(client.getAccount({ params: { id: 1 } })).rejects.toThrow();
  const log = lines.join('');
  expect(log).toContain('"path":"/v1/commands","status":200');
  expect(log).toContain('"status":403');
  for (const secret of [session.key, signed.signature.signature, 'secret-command']) expect(log).not.toContain(secret);
});

test('a service whose sequencer died is not ready, and says so instead of failing', async () => {
  const { baseUrl, sequencer } = await start();
  vi.spyOn(sequencer, 'read').mockRejectedValue(new Error('The disk is gone.'));
  for (const path of ['/readyz', '/v1/markets', '/v1/status']) {
    const answer = await problemOf(fetch(`${baseUrl}${path}`));
    expect(answer).toMatchObject({ status: 503, problem: { detail: 'The disk is gone.' } });
  }
  expect((await fetch(`${baseUrl}/livez`)).status).toBe(200);
});

test('too many simulations at once are told to wait', async () => {
  const { client } = await start({ limits: { simulationsPerSecond: 2 } });
  const body = { group: 0, mode: 'portfolio' as const, changes: {} };
  await client.simulateMargin({ body });
  await client.simulateMargin({ body });
  await expect(client.simulateMargin({ body })).rejects.toMatchObject({ problem: { status: 429 }, retryAfterSeconds: 1 });
});

const RATE = { perSecond: 1, burst: 3 };
const FREE = { perSecond: 1_000, burst: 1_000 };
const RATES = {
  ...DEFAULT_LIMITS.clients,
  publicRate: FREE,
  signedRate: FREE,
  sessionRate: FREE,
  registrationRate: FREE,
  remembered: 8,
};

test('an address that asks too often is told to wait, and is still told that the process lives', async () => {
  const { baseUrl } = await start({ limits: { clients: { ...RATES, publicRate: RATE } } });
  for (let i = 0; i < 3; i += 1) expect((await fetch(`${baseUrl}/v1/status`)).status).toBe(200);
  const shed = await problemOf(fetch(`${baseUrl}/v1/status`));
  expect(shed).toMatchObject({ status: 429, problem: { type: 'urn:plimsoll:problem:tooManyRequests' } });
  expect(shed.headers.get('retry-after')).toBe('1');
  expect(shed.headers.get('plimsoll-height')).toBe(String(world.sequencer.head().height));
  expect((await fetch(`${baseUrl}/livez`)).status).toBe(200);
  const metrics = await world.api.metrics.scrape();
  expect(metrics).toMatch(/plimsoll_shed_total\{reason="addressRate"\} [1-9]/);
});

test('a session that asks too often is told to wait, and another is not', async () => {
  const { signIn } = await start({ limits: { clients: { ...RATES, sessionRate: RATE } } });
  const one = await signIn(TRADERS[0]);
  const other = await signIn(TRADERS[1]);
  for (let i = 0; i < 3; i += 1) await one.client.listAccounts();
  await expect(one.client.listAccounts()).rejects.toMatchObject({ problem: { status: 429 }, retryAfterSeconds: 1 });
  await other.client.listAccounts();
  const venue = await signIn(VENUE_OPERATOR);
  for (let nonce = 10; nonce < 13; nonce += 1)
    await venue.client.submitCommands({ body: trade(`c${nonce}`, nonce, venue.session) });
  const { height } = world.sequencer.head();
  await expect(venue.client.submitCommands({ body: trade('c13', 13, venue.session) })).rejects.toMatchObject({
    problem: { status: 429 },
  });
  expect(world.sequencer.head().height).toBe(height);
});

test('an address registers so many wallets and no more', async () => {
  const { baseUrl } = await start({ limits: { clients: { ...RATES, registrationRate: { perSecond: 0.001, burst: 1 } } } });
  const post = () =>
    fetch(`${baseUrl}/v1/owners`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
  expect((await post()).status).toBe(400);
  expect((await problemOf(post())).problem['retryAfterMs']).toBeGreaterThan(900_000);
});

test('a simulation that is too large for this thread is measured on another, to the unit', async () => {
  const changes = {
    cash: '5000',
    positions: [{ symbol: 'ETH-PERPETUAL', contracts: '-1200', price: '2.5' }],
    balances: [{ asset: 'ETH', kind: 'collateral' as const, amount: '3' }],
    prices: [{ underlying: 'ETH', price: '173.25' }],
  };
  const body = { group: 0, mode: 'portfolio' as const, changes, explain: true };
  const small = await start();
  const here = (await small.client.simulateMargin({ body })).simulation;
  await small.close();
  const { client } = await start({ limits: { compiledEntries: 0 } });
  expect((await client.simulateMargin({ body })).simulation).toEqual(here);
  expect(here).toMatchObject({ kind: 'figures', initial: { requirementTerms: expect.any(Array) } });
});

test('large simulations that find too many before them are told to wait', async () => {
  const { client } = await start({ limits: { compiledEntries: 0, marginsWaiting: 0 } });
  const body = { group: 0, mode: 'portfolio' as const, changes: { prices: [{ underlying: 'ETH', price: '1' }] } };
  await expect(client.simulateMargin({ body })).rejects.toMatchObject({ problem: { status: 429, retryAfterMs: 500 } });
});

test('a document that its decoder chokes on is answered as one that cannot be measured', async () => {
  const { client } = await start({
    portfolioMargin: async () => {
      throw new RangeError('Maximum call stack size exceeded');
    },
    limits: { documentsPerSecond: 1 },
  });
  const body = { document: {} };
  await expect(client.simulateMargin({ body })).rejects.toMatchObject({ problem: { status: 422 } });
  await expect(client.simulateMargin({ body })).rejects.toMatchObject({ problem: { status: 429 } });
});

test('sizes beyond what the engine admits are an answer, not a failure', async () => {
  const { client } = await start();
  const ask = (contracts: string, price?: string) =>
    client.simulateMargin({
      body: {
        group: 0,
        mode: 'portfolio',
        changes: { positions: [{ symbol: 'ETH-PERPETUAL', contracts, ...(price === undefined ? {} : { price }) }] },
      },
    });
  await expect(ask('9999999999999')).rejects.toMatchObject({ problem: { status: 422 } });
  await expect(ask('1099511627776', '9007199254')).rejects.toMatchObject({ problem: { status: 422 } });
  expect((await ask('1000000')).simulation).toMatchObject({ figures: { healthClass: 'liquidatable' } });
});

test('the page of documentation names every problem and needs nothing from elsewhere', async () => {
  const { baseUrl } = await start();
  const page = await (await fetch(`${baseUrl}/docs`)).text();
  for (const kind of PROBLEM_KINDS) expect(page).toContain(problemType(kind));
  expect(page).not.toMatch(/(?:src|href)="https?:/);
  expect((await fetch(`${baseUrl}/`)).url).toBe(`${baseUrl}/docs`);
});

test('a line that is no HTTP ends its connection and nothing else', async () => {
  const { baseUrl } = await start();
  const { port } = new URL(baseUrl);
  const answered = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('close', () => resolve(text));
  });
  expect(answered).toContain('400');
  expect((await fetch(`${baseUrl}/livez`)).status).toBe(200);
});

test('closing lets requests in work finish and says goodbye', async () => {
  const { api, baseUrl, sequencer } = await start();
  sequencer.hold();
  await api.close();
  await expect(fetch(`${baseUrl}/livez`)).rejects.toThrow();
});

test('closing waits neither for a connection that says nothing nor for one that never ends what it says', async () => {
  const { api, baseUrl } = await start({ limits: { commandTimeoutMs: 100 } });
  const { port } = new URL(baseUrl);
  const ended = ['', 'POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{'].map(async (words) => {
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', () => socket.write(words, () => resolve())));
    return { closed: new Promise<void>((resolve) => socket.resume().once('close', () => resolve())) };
  });
  const connections = await Promise.all(ended);
  await expect.poll(async () => (await fetch(`${baseUrl}/livez`)).status).toBe(200);
  const sinceMs = performance.now();
  await api.close();
  // The server's own patience is a minute.
  expect(performance.now() - sinceMs).toBeLessThan(10_000);
  await Promise.all(connections.map(({ closed }) => closed));
});

test('a stranger who breaks off an upgrade that is refused ends his own connection and nothing else', async () => {
  const { baseUrl } = await start();
  const { port } = new URL(baseUrl);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write('GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'),
    );
    socket.once('data', () => socket.resetAndDestroy());
    socket.once('close', () => resolve());
  });
  // The reset arrives after what was asked before it: an error that nobody takes would have ended the process by then.
  for (let ask = 0; ask < 3; ask += 1) expect((await fetch(`${baseUrl}/livez`)).status).toBe(200);
});
