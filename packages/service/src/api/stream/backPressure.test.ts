/** Slow clients over real sockets: what the kernel holds, what the server holds, and who is shown out. */

import { price } from '@plimsoll/core/numeric';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connectStream } from '../../client/streamClient.ts';
import { type ApiWorld, createApiWorld } from '../../testing/apiWorld.ts';
import { createNonces, reportPrices } from '../../testing/smallDeployment.ts';
import { DEFAULT_LIMITS, type StreamLimits } from '../limits.ts';
import type { ServerMessage } from './messages.ts';

let world: ApiWorld;
let nonces = createNonces(1_000);
afterEach(() => world.close());

async function start(limits: Partial<StreamLimits>): Promise<string> {
  nonces = createNonces(1_000);
  world = await createApiWorld({ limits: { stream: { ...DEFAULT_LIMITS.stream, intervalMs: 1, pingMs: 60_000, ...limits } } });
  return `${world.baseUrl.replace('http', 'ws')}/v1/stream`;
}

/** A block in which ether costs so many whole dollars. */
function quote(dollars: number): void {
  world.clock.advance(1_000);
  const ether = price(BigInt(dollars) * 1_000_000_000n);
  world.sequencer.applyNow([0, 1, 2].map((source) => reportPrices(nonces, source, world.clock.now(), { dollar: null, ether })));
}

const turn = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Blocks until `isDone`, each published before the next; gives how many it took. */
async function quoteUntil(isDone: () => boolean | Promise<boolean>): Promise<number> {
  for (let block = 1; block <= BLOCKS_MAX; block += 1) {
    quote(180 + (block % 40));
    await turn(2);
    if (block % 20 === 0 && (await isDone())) return block;
  }
  throw new Error('what was waited for did not come');
}
const BLOCKS_MAX = 40_000;

/** The same more than once: what a block says fills a buffer sooner. */
const TOPICS = [{ channel: 'oracle' }, { channel: 'oracle', key: 1 }, { channel: 'market' }, { channel: 'market', key: 0 }];

/** A client that follows oracle and market through a socket that it may stop reading: the kernel's buffers fill, and then the server's. */
async function rawClient(url: string) {
  const socket = new WebSocket(url);
  const heard: ServerMessage[] = [];
  let closed: number | null = null;
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as ServerMessage));
  socket.on('close', (code) => {
    closed = code;
  });
  await new Promise((resolve) => socket.once('open', resolve));
  for (const topic of TOPICS) socket.send(JSON.stringify({ op: 'subscribe', ...topic }));
  await expect.poll(() => heard.filter(({ type }) => type === 'snapshot').length).toBe(TOPICS.length);
  return { socket, heard, closed: () => closed };
}

const CONFLATE_BYTES = 16_384;

async function metric(name: string): Promise<number> {
  const line = (await world.api.metrics.scrape()).split('\n').find((one) => one.startsWith(name));
  return Number(line?.split(' ').at(-1) ?? 0);
}

test('a client that stops reading gets one snapshot for all that it missed once it reads again', async () => {
  const url = await start({ conflateBytes: CONFLATE_BYTES, dropBytes: 1 << 26, slowMs: 600_000 });
  const { socket, heard } = await rawClient(url);
  const deltas = () => metric('plimsoll_stream_messages_total{channel="oracle",kind="delta"}');
  socket.pause();
  let before = -1;
  // The server writes deltas until kernel and socket are full, and then no more.
  await quoteUntil(async () => {
    const now = await deltas();
    const isFull = now === before;
    before = now;
    return isFull;
  });
  for (let block = 0; block < 5; block += 1) {
    quote(250 + block);
    await turn(5);
  }
  expect(await deltas()).toBe(before);
  socket.resume();
  const conflated = (): ServerMessage[] => heard.filter((message) => message.type === 'snapshot' && message.conflated > 0);
  await expect.poll(() => conflated().length, { timeout: 30_000 }).toBeGreaterThan(1);
  // Of each channel the sequence rises by one, but for the snapshots, which say what they stand for.
  for (const { channel, key = null } of TOPICS) {
    let at: number | null = null;
    for (const message of heard) {
      if ((message.type !== 'delta' && message.type !== 'snapshot') || message.channel !== channel || message.key !== key)
        continue;
      const step: number = message.type === 'delta' ? 1 : message.conflated;
      if (at !== null) expect(message.sequence).toBe(at + step);
      at = message.sequence;
    }
  }
  quote(300);
  await expect.poll(() => heard.at(-1)?.type, { timeout: 10_000 }).toBe('delta');
  socket.terminate();
}, 120_000);

test('a client that stays away is dropped with the reason, and the others hear everything', async () => {
  const url = await start({ conflateBytes: CONFLATE_BYTES, dropBytes: 1 << 26, slowMs: 200 });
  const { socket, closed } = await rawClient(url);
  const reader = connectStream({ url, deployment: world.deployment });
  await reader.ready;
  let sequences: number[] = [];
  reader.follow('oracle', null, ({ sequence }) => sequences.push(sequence));
  socket.pause();
  await quoteUntil(async () => (await metric('plimsoll_stream_dropped_total{reason="slowConsumer"}')) === 1);
  expect(await metric('plimsoll_stream_clients')).toBeLessThanOrEqual(2);
  sequences = sequences.filter((_, at) => at > 0);
  expect(sequences.every((sequence, at) => at === 0 || sequence === (sequences[at - 1] ?? 0) + 1)).toBe(true);
  expect(sequences.length).toBeGreaterThan(10);
  expect(reader.resyncs()).toBe(0);
  // The close frame waits behind what was not read: the connection ends all the same.
  socket.resume();
  await expect.poll(closed, { timeout: 10_000 }).not.toBeNull();
  await expect.poll(() => metric('plimsoll_stream_clients'), { timeout: 10_000 }).toBe(1);
  reader.close();
}, 120_000);

test('the client of the interface asks again after a gap and is whole, over the real server', async () => {
  const url = await start({});
  // Between server and client: a delta that gets lost.
  let deltas = 0;
  const lossy = class extends WebSocket {
    override emit(event: string | symbol, ...rest: unknown[]): boolean {
      if (event === 'message') {
        const message = JSON.parse(String(rest[0])) as ServerMessage;
        if (message.type === 'delta') deltas += 1;
        if (message.type === 'delta' && deltas === 2) return true;
      }
      return super.emit(event, ...rest);
    }
  };
  const stream = connectStream({ url, deployment: world.deployment, webSocket: lossy });
  await stream.ready;
  const seen: { kind: string; price: string | null | undefined }[] = [];
  stream.follow('oracle', 1, ({ kind, items }) => seen.push({ kind, price: items.get(1)?.price }));
  await expect.poll(() => seen.length).toBe(1);
  for (let block = 1; block <= 3; block += 1) {
    quote(210 + block);
    await turn(30);
  }
  await expect.poll(() => seen.at(-1)?.price).toBe('213');
  expect(stream.resyncs()).toBe(1);
  expect(seen.map(({ kind }) => kind)).toEqual(['snapshot', 'delta', 'snapshot']);
  quote(214);
  await expect.poll(() => seen.at(-1)).toEqual({ kind: 'delta', price: '214' });
  stream.close();
});

test('an address has so many connections, and another after one of them closes', async () => {
  const url = await start({ clientsPerAddress: 2 });
  const [first] = await Promise.all([rawClient(url), rawClient(url)]);
  const third = new WebSocket(url);
  const refused = await new Promise<number | undefined>((resolve) => {
    third.once('unexpected-response', (_request, answer) => resolve(answer.statusCode));
    third.once('open', () => resolve(101));
    third.on('error', () => {});
  });
  expect(refused).toBe(429);
  first?.socket.close();
  await expect.poll(() => metric('plimsoll_stream_clients')).toBe(1);
  (await rawClient(url)).socket.close();
});

test('a proxy of a trusted range speaks for many addresses, each with its own connections', async () => {
  nonces = createNonces(1_000);
  const stream = { ...DEFAULT_LIMITS.stream, clientsPerAddress: 1 };
  world = await createApiWorld({ limits: { stream, trustedProxies: ['127.0.0.0/8'] } });
  const url = `${world.baseUrl.replace('http', 'ws')}/v1/stream`;
  const statusFor = (forwarded: string): Promise<number | undefined> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, { headers: { 'x-forwarded-for': forwarded } });
      socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode));
      socket.once('open', () => resolve(101));
      socket.on('error', () => {});
    });
  expect([await statusFor('203.0.113.1'), await statusFor('203.0.113.2'), await statusFor('203.0.113.1')]).toEqual([
    101, 101, 429,
  ]);
});
