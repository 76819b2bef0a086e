/** Rates of each client: what one asks too often, another may still ask. */

import { afterEach, expect, test, vi } from 'vitest';
import { type ApiWorld, type ApiWorldOptions, createApiWorld } from '../testing/apiWorld.ts';
import { TRADER_ACCOUNTS, TRADERS } from '../testing/smallDeployment.ts';
import { DEFAULT_LIMITS } from './limits.ts';

let world: ApiWorld;
async function start(options: ApiWorldOptions = {}): Promise<ApiWorld> {
  world = await createApiWorld({ isListening: false, ...options });
  return world;
}
afterEach(() => world.close());

const RATE = { perSecond: 0.001, burst: 2 };
const CLIENTS = { ...DEFAULT_LIMITS.clients, documentRate: RATE, searchRate: RATE, pageRate: RATE, scrapeRate: RATE };

const JSON_BODY = { 'content-type': 'application/json' };

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly payload?: object;
}

async function statusOf(address: string, asked: Asked): Promise<number> {
  return (await world.api.app.inject({ ...asked, remoteAddress: address })).statusCode;
}

const DOCUMENT: Asked = { method: 'POST', url: '/v1/margin/simulate', payload: { document: { kind: 'any' } } };

test('an address that sends too many portfolio documents waits, and another does not', async () => {
  await start({ limits: { clients: CLIENTS } });
  const first: number[] = [];
  for (let i = 0; i < 3; i += 1) first.push(await statusOf('10.0.0.1', DOCUMENT));
  expect(first).toEqual([200, 200, 429]);
  expect(await statusOf('10.0.0.2', DOCUMENT)).toBe(200);
  expect(await world.api.metrics.scrape()).toContain('plimsoll_shed_total{reason="documentRate"} 1');
});

test('behind the rates of each address there is one of all', async () => {
  await start({ limits: { documentsPerSecond: 2 } });
  const statuses: number[] = [];
  for (let i = 0; i < 3; i += 1) statuses.push(await statusOf(`10.0.0.${i}`, DOCUMENT));
  expect(statuses).toEqual([200, 200, 429]);
});

test('an address that searches too often waits, and another does not, though one session asks for both', async () => {
  await start({ isListening: true, limits: { clients: CLIENTS, trustedProxies: ['127.0.0.1'] } });
  const { session } = await world.signIn(TRADERS[0]);
  const { createClient } = await import('../client/apiClient.ts');
  const from = (address: string) => {
    const asAddress: typeof fetch = (url, init) =>
      fetch(url, { ...init, headers: { ...init?.headers, 'x-forwarded-for': address } });
    const client = createClient({ baseUrl: world.baseUrl, deployment: world.deployment, session, fetch: asAddress });
    return client.getLiquidationPrices({ params: { id: TRADER_ACCOUNTS[0] } });
  };
  await from('10.0.0.1');
  await from('10.0.0.1');
  await expect(from('10.0.0.1')).rejects.toMatchObject({ problem: { status: 429 } });
  expect((await from('10.0.0.2')).liquidationPrices.account).toBe(TRADER_ACCOUNTS[0]);
});

test('one address has its share of what waits for the threads and no more, and has it back when its jobs are done', async () => {
  const waiting: (() => void)[] = [];
  const clients = { ...DEFAULT_LIMITS.clients, jobsAtOnce: 2 };
  await start({
    limits: { clients },
    portfolioMargin: () => new Promise((resolve) => waiting.push(() => resolve({ ok: true, answer: {} }))),
  });
  const held = [statusOf('10.0.0.1', DOCUMENT), statusOf('10.0.0.1', DOCUMENT)];
  await vi.waitFor(() => expect(waiting.length).toBe(2));
  expect(await statusOf('10.0.0.1', DOCUMENT)).toBe(429);
  const other = statusOf('10.0.0.2', DOCUMENT);
  await vi.waitFor(() => expect(waiting.length).toBe(3));
  for (const done of waiting) done();
  expect(await Promise.all([...held, other])).toEqual([200, 200, 200]);
  const again = statusOf('10.0.0.1', DOCUMENT);
  await vi.waitFor(() => expect(waiting.length).toBe(4));
  waiting.at(-1)?.();
  expect(await again).toBe(200);
});

test('pages and metrics have rates of their own for each address, and health has none', async () => {
  await start({ limits: { clients: CLIENTS } });
  for (const url of ['/docs', '/metrics']) {
    const asked: Asked = { method: 'GET', url };
    const first: number[] = [];
    for (let i = 0; i < 3; i += 1) first.push(await statusOf('10.0.0.1', asked));
    expect({ url, first }).toEqual({ url, first: [200, 200, 429] });
    expect(await statusOf('10.0.0.2', asked)).toBe(200);
  }
  expect(await statusOf('10.0.0.1', { method: 'GET', url: '/openapi.json' })).toBe(429);
  for (let i = 0; i < 9; i += 1) {
    expect(await statusOf('10.0.0.1', { method: 'GET', url: '/livez' })).toBe(200);
    expect(await statusOf('10.0.0.1', { method: 'GET', url: '/readyz' })).toBe(200);
  }
});

test('a hundred scrapers at once cost the engine one reading, and a scraper of every second never waits', async () => {
  await start();
  const read = vi.spyOn(world.sequencer, 'read');
  const asked = Array.from({ length: 100 }, (_, i) => statusOf(`10.0.${i}.1`, { method: 'GET', url: '/metrics' }));
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
  expect(read.mock.calls.length).toBeLessThanOrEqual(2);
  const { perSecond, burst } = DEFAULT_LIMITS.clients.scrapeRate;
  expect(perSecond).toBeGreaterThan(1);
  expect(burst).toBeGreaterThan(1);
});

test('a batch is paid for as the commands that it has, and what is no batch as one request, however long it is', async () => {
  await start({ limits: { clients: { ...CLIENTS, signedRate: { perSecond: 0.001, burst: 6 } } } });
  const post = (address: string, body: unknown) =>
    world.api.app.inject({
      method: 'POST',
      url: '/v1/commands',
      remoteAddress: address,
      payload: JSON.stringify(body),
      headers: JSON_BODY,
    });
  const junk = { commands: new Array(520_000).fill(0) };
  const statuses: number[] = [];
  for (let i = 0; i < 7; i += 1) statuses.push((await post('10.0.0.1', junk)).statusCode);
  expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 429]);
  const one = { commandId: 'a', command: {}, signature: { kind: 'session', key: '0'.repeat(64), signature: '0'.repeat(128) } };
  const batch = { commands: new Array(5).fill(one) };
  expect((await post('10.0.0.2', batch)).statusCode).toBe(400);
  expect((await post('10.0.0.2', one)).statusCode).toBe(400);
  expect((await post('10.0.0.2', one)).statusCode).toBe(429);
});

test('a scrape names the block that its figures are of, also when a newer one has become durable since', async () => {
  await start();
  const scrape = async () => {
    const { headers, body } = await world.api.app.inject({ method: 'GET', url: '/metrics' });
    return { header: String(headers['plimsoll-height']), text: /^plimsoll_height (\d+)$/m.exec(body)?.[1] };
  };
  const height = String(world.sequencer.head().height);
  expect(await scrape()).toEqual({ header: height, text: height });
  world.clock.advance(1_000);
  world.sequencer.applyNow([]);
  expect(world.sequencer.head().height).toBeGreaterThan(Number(height));
  // Within the time that one scrape is shared.
  expect(await scrape()).toEqual({ header: height, text: height });
});

test('a scrape that fails is not kept for the next', async () => {
  await start();
  const read = vi.spyOn(world.sequencer, 'read').mockRejectedValueOnce(new Error('The disk is gone.'));
  const failed = await statusOf('10.0.0.1', { method: 'GET', url: '/metrics' });
  expect(failed).toBe(503);
  expect(await statusOf('10.0.0.1', { method: 'GET', url: '/metrics' })).toBe(200);
  expect(read).toHaveBeenCalledTimes(2);
});

test('documents, health and metrics name their block in the headers too', async () => {
  await start();
  const height = String(world.sequencer.head().height);
  for (const url of ['/', '/docs', '/openapi.json', '/asyncapi.json', '/metrics', '/livez', '/readyz']) {
    const { headers } = await world.api.app.inject({ method: 'GET', url });
    expect({ url, height: String(headers['plimsoll-height']) }).toEqual({ url, height });
  }
});
