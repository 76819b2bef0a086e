import { once } from 'node:events';
import { type OwnerId, price } from '@plimsoll/core/numeric';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { DEFAULT_LIMITS } from '../api/limits.ts';
import { type ServerMessage, ServerMessageSchema, STREAM_CHANNELS, type StreamChannel } from '../api/stream/messages.ts';
import { type ApiWorld, createApiWorld } from '../testing/apiWorld.ts';
import { createNonces, ETHER_PERPETUAL, reportPrices, TRADER_ACCOUNTS, TRADERS } from '../testing/smallDeployment.ts';
import { connectStream, type StreamUpdate } from './streamClient.ts';

let world: ApiWorld;
const nonces = createNonces(1_000);

beforeAll(async () => {
  const stream = {
    ...DEFAULT_LIMITS.stream,
    intervalMs: 5,
    conflateBytes: 20_000,
    slowMs: 400,
    pingMs: 60_000,
    subscriptionsPerClient: 3,
  };
  world = await createApiWorld({ limits: { stream } });
});
afterAll(() => world.close());

/** A block in which ether costs so many whole dollars. */
function quote(dollars: number): void {
  world.clock.advance(1_000);
  const ether = price(BigInt(dollars) * 1_000_000_000n);
  const at = world.clock.now();
  world.sequencer.applyNow([0, 1, 2].map((source) => reportPrices(nonces, source, at, { dollar: null, ether })));
}

function streamUrl(): string {
  return `${world.baseUrl.replace('http', 'ws')}/v1/stream`;
}

/** Resolves with the first update that passes. */
function firstUpdate<C extends StreamChannel>(
  follow: (listener: (update: StreamUpdate<C>) => void) => void,
  passes: (update: StreamUpdate<C>) => boolean,
): Promise<StreamUpdate<C>> {
  return new Promise((resolve) => follow((update) => passes(update) && resolve(update)));
}

/** A socket without a client around it, and everything that it hears. */
async function rawSocket(): Promise<{
  socket: WebSocket;
  heard: ServerMessage[];
  next: (type: ServerMessage['type']) => Promise<ServerMessage>;
}> {
  const socket = new WebSocket(streamUrl());
  const heard: ServerMessage[] = [];
  const waiting: { type: string; resolve: (message: ServerMessage) => void }[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as ServerMessage;
    heard.push(message);
    for (const one of waiting.splice(0))
      if (one.type === message.type) one.resolve(message);
      else waiting.push(one);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  return { socket, heard, next: (type) => new Promise((resolve) => waiting.push({ type, resolve })) };
}

test('a market is a snapshot first, and then deltas with a sequence that rises by one', async () => {
  quote(200);
  const stream = connectStream({ url: streamUrl(), deployment: world.deployment });
  await stream.ready;
  const updates: StreamUpdate<'market'>[] = [];
  const marks: (string | undefined)[] = [];
  let onUpdate = (): void => {};
  stream.follow('market', ETHER_PERPETUAL, (update) => {
    updates.push(update);
    marks.push(update.items.get(ETHER_PERPETUAL)?.indexPrice);
    onUpdate();
  });
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      onUpdate = () => updates.length >= count && resolve();
      onUpdate();
    });
  await until(1);
  quote(201);
  await until(2);
  quote(202);
  await until(3);
  expect(updates.map(({ kind }) => kind)).toEqual(['snapshot', 'delta', 'delta']);
  const [first] = updates;
  expect(updates.map(({ sequence }) => sequence - (first?.sequence ?? 0))).toEqual([0, 1, 2]);
  expect(marks).toEqual(['200', '201', '202']);
  expect(stream.resyncs()).toBe(0);
  stream.close();
});

test('every message is what the AsyncAPI document says, and its items are what the channel says', async () => {
  const { socket, heard, next } = await rawSocket();
  const check = Compile(ServerMessageSchema);
  for (const channel of ['market', 'oracle', 'auctions', 'liquidations'] as const) {
    const answered = next(heard.length < 4 ? 'snapshot' : 'problem');
    socket.send(JSON.stringify({ op: 'subscribe', channel }));
    await answered;
  }
  socket.send(JSON.stringify({ op: 'ping' }));
  await next('pong');
  quote(203);
  await next('delta');
  for (const message of heard) expect(check.Errors(message).slice(0, 2)).toEqual([]);
  for (const { type, head } of heard) expect({ type, height: typeof head.height }).toEqual({ type, height: 'number' });
  for (const message of heard) {
    if (message.type !== 'snapshot') continue;
    const item = Compile(STREAM_CHANNELS[message.channel].item);
    for (const one of message.items) expect(item.Errors(one).slice(0, 2)).toEqual([]);
  }
  expect(heard.filter(({ type }) => type === 'snapshot')).toHaveLength(3);
  expect(heard.find(({ type }) => type === 'problem')).toMatchObject({ problem: { status: 429 } });
  socket.close();
});

test('an account is followed by who may read it, and no longer once the session ends', async () => {
  const refused: string[] = [];
  const nobody = connectStream({
    url: streamUrl(),
    deployment: world.deployment,
    onProblem: ({ problem }) => refused.push(problem.type),
  });
  await nobody.ready;
  nobody.follow('account', TRADER_ACCOUNTS[0], () => refused.push('an update'));
  await expect.poll(() => refused).toEqual(['urn:plimsoll:problem:sessionRequired']);
  nobody.close();

  const owner: OwnerId = TRADERS[0];
  const { session } = await world.signIn(owner);
  const stream = connectStream({ url: streamUrl(), deployment: world.deployment, session });
  await stream.ready;
  const at = (dollars: string) => (update: StreamUpdate<'account'>) =>
    update.items.get(TRADER_ACCOUNTS[0])?.positions[0]?.markPrice === dollars;
  const seen = firstUpdate<'account'>((listener) => stream.follow('account', TRADER_ACCOUNTS[0], listener), at('210'));
  quote(210);
  expect((await seen).items.get(TRADER_ACCOUNTS[0])?.id).toBe(TRADER_ACCOUNTS[0]);

  const late: number[] = [];
  stream.follow('account', TRADER_ACCOUNTS[0], ({ height }) => late.push(height));
  await expect.poll(() => late.length).toBeGreaterThan(0);
  world.clock.advance(3_600_000);
  quote(211);
  const heightThen = world.sequencer.head().height;
  quote(212);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(late.filter((height) => height >= heightThen)).toEqual([]);
  stream.close();
});

test('any number may follow one channel and key: each hears a snapshot first, and one that stops takes nothing from the others', async () => {
  quote(220);
  const stream = connectStream({ url: streamUrl(), deployment: world.deployment });
  await stream.ready;
  const heard: string[][] = [[], [], []];
  const follow = (who: number) =>
    stream.follow('market', ETHER_PERPETUAL, ({ kind, items }) => {
      heard[who]?.push(`${kind} ${items.get(ETHER_PERPETUAL)?.indexPrice}`);
    });
  const stopFirst = follow(0);
  follow(1);
  await expect.poll(() => heard.slice(0, 2)).toEqual([['snapshot 220'], ['snapshot 220']]);
  quote(221);
  await expect.poll(() => heard[1]?.length).toBe(2);
  follow(2);
  await expect.poll(() => heard[2]).toEqual(['snapshot 221']);
  stopFirst();
  stopFirst();
  quote(222);
  await expect
    .poll(() => heard.slice(1))
    .toEqual([
      ['snapshot 220', 'delta 221', 'delta 222'],
      ['snapshot 221', 'delta 222'],
    ]);
  expect(heard[0]).toEqual(['snapshot 220', 'delta 221']);
  expect(stream.resyncs()).toBe(0);
  stream.close();
});

test('who follows is told why it ends: the session, a refusal, the connection; and not when it ends it itself', async () => {
  const owner: OwnerId = TRADERS[2];
  const { session } = await world.signIn(owner);
  const stream = connectStream({ url: streamUrl(), deployment: world.deployment, session });
  await stream.ready;
  const ends: string[] = [];
  let snapshots = 0;
  const count = () => {
    snapshots += 1;
  };
  stream.follow('account', TRADER_ACCOUNTS[2], count, (reason) => ends.push(`own: ${reason}`));
  stream.follow('account', TRADER_ACCOUNTS[0], count, (reason) => ends.push(`other: ${reason}`));
  const stop = stream.follow('auctions', null, count, (reason) => ends.push(`stopped: ${reason}`));
  await expect.poll(() => [snapshots, ends]).toEqual([2, ['other: The account may not be read here.']]);
  stop();
  world.clock.advance(3_600_000);
  quote(223);
  await expect.poll(() => ends[1]).toBe('own: sessionExpired');
  stream.follow('auctions', null, count, (reason) => ends.push(`connection: ${reason}`));
  await expect.poll(() => snapshots).toBeGreaterThan(2);
  stream.close();
  await expect.poll(() => ends.slice(2)).toEqual([expect.stringContaining('connection: The stream was closed: 1005')]);
});

test('a challenge that was signed for another deployment lets nobody in', async () => {
  const { session } = await world.signIn(TRADERS[1]);
  const stream = connectStream({ url: streamUrl(), deployment: { ...world.deployment, name: 'elsewhere' }, session });
  await expect(stream.ready).rejects.toThrow('session did not sign');
  stream.close();
});

test('a client that missed a delta asks again and is whole', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const head = { height: 1, timestamp: 0, datetime: '', hash: '' };
  const asked: unknown[] = [];
  server.on('connection', (socket) => {
    const say = (message: object): void => socket.send(JSON.stringify({ channel: 'market', key: 0, head, ...message }));
    say({ type: 'hello', challenge: '', deployment: { name: 'x', chainId: 1 } });
    socket.on('message', (data) => {
      asked.push(JSON.parse(String(data)));
      const isFirst = asked.length === 1;
      say({ type: 'snapshot', sequence: isFirst ? 5 : 8, conflated: 0, items: [{ id: 0, indexPrice: isFirst ? 'old' : 'new' }] });
      if (!isFirst) return;
      say({ type: 'delta', sequence: 7, changed: [{ id: 0, indexPrice: 'of a gap' }], removed: [] });
      say({ type: 'delta', sequence: 8, changed: [{ id: 0, indexPrice: 'after the gap' }], removed: [] });
    });
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const stream = connectStream({ url: `ws://127.0.0.1:${address.port}`, deployment: world.deployment });
  await stream.ready;
  const seen: (string | undefined)[] = [];
  stream.follow('market', 0, ({ items }) => seen.push(items.get(0)?.indexPrice));
  await expect.poll(() => seen).toEqual(['old', 'new']);
  expect(stream.resyncs()).toBe(1);
  expect(asked).toHaveLength(2);
  stream.close();
  server.close();
});

test('messages that are none are told so, and too many of them end the connection', async () => {
  const { socket, heard } = await rawSocket();
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  for (let i = 0; i < 12; i += 1) socket.send(i % 2 === 0 ? 'nonsense' : Buffer.from([1, 2, 3]));
  expect(await closed).toBe(4400);
  expect(heard.filter(({ type }) => type === 'problem').length).toBeGreaterThan(9);

  const second = await rawSocket();
  const flooded = new Promise<number>((resolve) => second.socket.once('close', resolve));
  for (let i = 0; i < 200; i += 1) second.socket.send('{"op":"ping"}');
  expect(await flooded).toBe(4429);
});
