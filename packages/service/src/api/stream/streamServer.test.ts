/** What the stream answers to each message of one client, and what it refuses: over real sockets. */

import { timeMs } from '@plimsoll/core/numeric';
import { Compile } from 'typebox/compile';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { SessionSigner } from '../../client/apiClient.ts';
import { signRequest } from '../../identity/requestSignature.ts';
import { type ApiWorld, type ApiWorldOptions, createApiWorld } from '../../testing/apiWorld.ts';
import { ETHER_PERPETUAL, TRADER_ACCOUNTS, TRADERS } from '../../testing/smallDeployment.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { type ServerMessage, ServerMessageSchema } from './messages.ts';

let world: ApiWorld;
async function start(options: ApiWorldOptions = {}): Promise<void> {
  world = await createApiWorld(options);
}
afterEach(() => world.close());

const FEW = { perSecond: 0.001, burst: 2 };
/** What `createApiWorld` would set, but for the rate of the test. */
const ANY = { perSecond: 1_000_000, burst: 1_000_000 };
const UNHURRIED = { ...DEFAULT_LIMITS.clients, publicRate: ANY, signedRate: ANY, sessionRate: ANY, registrationRate: ANY };

const serverMessage = Compile(ServerMessageSchema);

type Answer = Record<string, unknown>;

/** A client that says one thing at a time and gives the one answer to it, checked by the schema, without the block. */
async function connect(address = '10.0.0.1') {
  const socket = new WebSocket(`${world.baseUrl.replace('http', 'ws')}/v1/stream`, { headers: { 'x-forwarded-for': address } });
  const waiting: ((message: ServerMessage) => void)[] = [];
  const early: ServerMessage[] = [];
  socket.on('message', (data) => {
    const message: unknown = JSON.parse(String(data));
    if (!serverMessage.Check(message)) throw new Error(`not of the schema: ${String(data)}`);
    const next = waiting.shift();
    if (next === undefined) early.push(message);
    else next(message);
  });
  const heard = (): Promise<ServerMessage> => {
    const first = early.shift();
    return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
  };
  const hello = await heard();
  if (hello.type !== 'hello') throw new Error('no hello');
  const ask = async (message: object | string): Promise<Answer> => {
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    const { head: _, ...answer } = await heard();
    return answer;
  };
  const signIn = ({ key, privateKey }: SessionSigner): Promise<Answer> => {
    const request = { method: 'WEBSOCKET', pathAndQuery: '/v1/stream', body: Buffer.from(hello.challenge, 'hex') };
    const time = timeMs(Date.now());
    const headers = signRequest(world.deployment, request, { key, privateKey, atMs: time });
    return ask({ op: 'authenticate', session: key, time, signature: headers['plimsoll-signature'] });
  };
  return { socket, ask, signIn };
}

/** The status of an upgrade, and how long to wait. */
function upgrade(address: string, path = '/v1/stream'): Promise<{ status: number | undefined; retryAfter: unknown }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${world.baseUrl.replace('http', 'ws')}${path}`, { headers: { 'x-forwarded-for': address } });
    socket.once('unexpected-response', (_request, { statusCode, headers }) =>
      resolve({ status: statusCode, retryAfter: headers['retry-after'] }),
    );
    socket.once('open', () => {
      resolve({ status: 101, retryAfter: undefined });
      socket.terminate();
    });
    socket.on('error', () => {});
  });
}

const problem = (kind: string, of: { channel: string | null; key: number | null }) => ({
  type: 'problem',
  ...of,
  problem: { type: `urn:plimsoll:problem:${kind}` },
});
const proxied = { trustedProxies: ['127.0.0.1'] };

test('signatures on the stream count as signed requests of the address, good or bad, and are not looked at beyond its rate', async () => {
  await start({ limits: { ...proxied, clients: { ...UNHURRIED, signedRate: FEW } } });
  const { session } = await world.signIn(TRADERS[0]);
  const stranger = { ...session, key: 'ab'.repeat(32) };
  const nowhere = { channel: null, key: null };
  const first = await connect();
  expect(await first.signIn(stranger)).toMatchObject(problem('badSignature', nowhere));
  // Another connection of the address has no rate of its own.
  const second = await connect();
  expect(await second.signIn(stranger)).toMatchObject(problem('badSignature', nowhere));
  const refused = await second.signIn(session);
  expect(refused).toMatchObject(problem('tooManyRequests', nowhere));
  expect(refused).toMatchObject({ problem: { retryAfterMs: expect.any(Number) } });
  expect(await second.ask({ op: 'ping' })).toMatchObject({ type: 'pong' });
  const elsewhere = await connect('10.0.0.2');
  expect(await elsewhere.signIn(session)).toMatchObject({ type: 'authenticated', owner: TRADERS[0] });
  expect(await world.api.metrics.scrape()).toContain('plimsoll_shed_total{reason="addressRate"} 1');
});

test('good signatures on the stream count for the session, from whatever address, and one too many signs nobody in', async () => {
  await start({ limits: { ...proxied, clients: { ...UNHURRIED, sessionRate: FEW } } });
  const { session } = await world.signIn(TRADERS[0], { seed: 'of the rate' });
  for (const address of ['10.0.0.1', '10.0.0.2'])
    expect(await (await connect(address)).signIn(session)).toMatchObject({ type: 'authenticated' });
  const last = await connect('10.0.0.3');
  expect(await last.signIn(session)).toMatchObject(problem('tooManyRequests', { channel: null, key: null }));
  const asked = { op: 'subscribe', channel: 'account', key: TRADER_ACCOUNTS[0] };
  expect(await last.ask(asked)).toMatchObject(problem('sessionRequired', { channel: 'account', key: TRADER_ACCOUNTS[0] }));
  expect(await world.api.metrics.scrape()).toContain('plimsoll_shed_total{reason="sessionRate"} 1');
});

test('upgrades count as requests of the address, wherever they lead, and wait beyond its rate', async () => {
  await start({ limits: { ...proxied, clients: { ...UNHURRIED, publicRate: FEW } } });
  expect((await upgrade('10.0.0.1')).status).toBe(101);
  expect((await upgrade('10.0.0.1', '/nowhere')).status).toBe(404);
  const { status, retryAfter } = await upgrade('10.0.0.1');
  expect({ status, isToldToWait: Number(retryAfter) > 0 }).toEqual({ status: 429, isToldToWait: true });
  expect((await upgrade('10.0.0.2')).status).toBe(101);
  const asked = await fetch(`${world.baseUrl}/v1/status`, { headers: { 'x-forwarded-for': '10.0.0.1' } });
  expect(asked.status).toBe(429);
});

test('a problem names the channel and key that were asked for, and none where none was', async () => {
  await start({ limits: { stream: { ...DEFAULT_LIMITS.stream, subscriptionsPerClient: 1 } } });
  const { ask } = await connect();
  expect(await ask({ op: 'subscribe', channel: 'account', key: 1 })).toMatchObject(
    problem('sessionRequired', { channel: 'account', key: 1 }),
  );
  expect(await ask({ op: 'subscribe', channel: 'market' })).toMatchObject({ type: 'snapshot' });
  expect(await ask({ op: 'subscribe', channel: 'oracle' })).toMatchObject(
    problem('tooManyRequests', { channel: 'oracle', key: null }),
  );
  expect(await ask('nonsense')).toMatchObject(problem('invalidRequest', { channel: null, key: null }));
});

test('an unsubscription is always answered, and says whether there was anything to end', async () => {
  await start();
  const { ask } = await connect();
  const other = await connect();
  const key = ETHER_PERPETUAL;
  const unsubscribed = (reason: string) => ({ type: 'unsubscribed', channel: 'market', key, reason });
  await other.ask({ op: 'subscribe', channel: 'market', key });
  expect(await ask({ op: 'unsubscribe', channel: 'market', key })).toEqual(unsubscribed('not subscribed'));
  await ask({ op: 'subscribe', channel: 'market', key });
  expect(await ask({ op: 'unsubscribe', channel: 'market', key })).toEqual(unsubscribed('asked for'));
  expect(await ask({ op: 'unsubscribe', channel: 'market', key })).toEqual(unsubscribed('not subscribed'));
  expect(await other.ask({ op: 'unsubscribe', channel: 'market', key })).toEqual(unsubscribed('asked for'));
  expect(await ask({ op: 'unsubscribe', channel: 'auctions' })).toMatchObject({ key: null, reason: 'not subscribed' });
});

test('what is not there is not found, as over HTTP, and a key where none is taken or wanted is refused', async () => {
  await start();
  const { ask, signIn } = await connect();
  for (const [channel, path] of [
    ['market', 'markets'],
    ['oracle', 'oracle/feeds'],
  ] as const) {
    const { status } = await fetch(`${world.baseUrl}/v1/${path}/12345`);
    expect(status).toBe(404);
    const asked = { channel, key: 12_345 };
    expect(await ask({ op: 'subscribe', ...asked })).toMatchObject(problem('notFound', asked));
    expect(await ask({ op: 'unsubscribe', ...asked })).toMatchObject({ reason: 'not subscribed' });
  }
  for (const channel of ['auctions', 'liquidations']) {
    const answer = await ask({ op: 'subscribe', channel, key: 3 });
    expect(answer).toMatchObject(problem('invalidRequest', { channel, key: 3 }));
    expect(answer).toMatchObject({ problem: { detail: expect.stringContaining('takes no key') } });
  }
  const { session } = await world.signIn(TRADERS[0]);
  await signIn(session);
  expect(await ask({ op: 'subscribe', channel: 'account' })).toMatchObject(
    problem('invalidRequest', { channel: 'account', key: null }),
  );
  const known = { channel: 'account', key: TRADER_ACCOUNTS[0] };
  expect(await ask({ op: 'subscribe', ...known })).toMatchObject({ type: 'snapshot', ...known });
  // Whose account it is not hears no more than that it may not read it.
  expect(await ask({ op: 'subscribe', channel: 'account', key: 12_345 })).toMatchObject({ type: 'problem' });
});
