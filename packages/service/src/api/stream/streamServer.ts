/** The WebSocket at /v1/stream. */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { accountId } from '@plimsoll/core/numeric';
import { Compile } from 'typebox/compile';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Head } from '../../contracts/head.ts';
import { mayRead } from '../../identity/authorityTable.ts';
import type { Reading } from '../../views/reading.ts';
import { headJson } from '../../views/texts.ts';
import { authenticate, type HeaderValues, passSession } from '../authentication.ts';
import { networkOf } from '../clientLimits.ts';
import type { HandlerContext } from '../handlerTypes.ts';
import { notFound, Problem, type ProblemDetails, type ProblemKind } from '../problems.ts';
import { refuseSocket } from '../socketProblems.ts';
import { type About, type Connection, createConnection, NO_CHANNEL } from './connection.ts';
import {
  type ClientMessage,
  ClientMessageSchema,
  STREAM_CHANNELS,
  STREAM_PATH,
  type StreamChannel,
  UNSUBSCRIBED,
} from './messages.ts';
import { createLiquidationLog, isThere, refreshTopic, type Topic } from './topics.ts';

export interface Stream {
  readonly clients: () => number;
  close(): Promise<void>;
}

const MALFORMED_MAX = 10;
/** Time that one turn of the event loop gives to topics; the rest goes on in the next. */
const TURN_MS = 5;
/** Messages of a client that wait for the one before. */
const QUEUED_MAX = 32;

const clientMessage = Compile(ClientMessageSchema);

export function attachStream(server: Server, context: HandlerContext): Stream {
  const limits = context.limits.stream;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, perMessageDeflate: false });
  const connections = new Map<WebSocket, Connection>();
  /** Open connections by the address that they come from. */
  const openOf = new Map<string, number>();
  const topics = new Map<string, Topic>();
  const log = createLiquidationLog();
  const proxies = proxiesOf(context.limits.trustedProxies);
  let due: Topic[] = [];
  let isDirty = false;
  let isFlushing = false;

  const stopListening = context.sequencer.onBlock((block) => {
    log.take(block);
    isDirty = true;
  });
  const flushTimer = setInterval(() => {
    for (const connection of connections.values()) connection.catchUp(context.now());
    if (!isDirty || isFlushing || connections.size === 0) return;
    isDirty = false;
    isFlushing = true;
    due = [...topics.values()];
    void flush().catch((cause: unknown) => context.onFault('the stream failed to read', cause));
  }, limits.intervalMs);
  const pingTimer = setInterval(pingAll, limits.pingMs);
  flushTimer.unref();
  pingTimer.unref();
  server.on('upgrade', upgrade);
  // An upgrade that is none, as without a key: said like everything else that is wrong with a request.
  sockets.on('wsClientError', (cause, socket) => refuse(socket, 'invalidRequest', { detail: `${cause.message}.` }));

  function upgrade(request: IncomingMessage, socket: Duplex, firstBytes: Buffer): void {
    // The server has let go of the socket: without this a peer that breaks it off would end the process.
    socket.on('error', () => {});
    const address = addressOf(request);
    const waitMs = context.clients.publicRequest(address);
    if (waitMs > 0) {
      context.metrics.shed.inc({ reason: 'addressRate' });
      return refuse(socket, 'tooManyRequests', { detail: 'Too many requests from this address.', retryAfterMs: waitMs });
    }
    const path = (request.url ?? '').split('?')[0];
    if (path !== STREAM_PATH) return refuse(socket, 'notFound', { detail: 'There is no WebSocket here.' });
    if (connections.size >= limits.clients) {
      context.metrics.shed.inc({ reason: 'streamClients' });
      return refuse(socket, 'overloaded', { detail: 'Too many streams are open.', retryAfterMs: 1_000 });
    }
    if ((openOf.get(address) ?? 0) >= limits.clientsPerAddress) {
      context.metrics.shed.inc({ reason: 'streamClientsOfAddress' });
      return refuse(socket, 'tooManyRequests', { detail: 'Too many streams of this address are open.', retryAfterMs: 1_000 });
    }
    sockets.handleUpgrade(request, socket, firstBytes, (opened) => {
      openOf.set(address, (openOf.get(address) ?? 0) + 1);
      opened.once('close', () => {
        const left = (openOf.get(address) ?? 1) - 1;
        if (left === 0) openOf.delete(address);
        else openOf.set(address, left);
      });
      welcome(opened, address);
    });
  }

  function refuse(socket: Duplex, kind: ProblemKind, details: ProblemDetails): void {
    refuseSocket(socket, { kind, details }, context.socketPlace);
  }

  /** Of a trusted proxy: whom it says that it speaks for. */
  function addressOf({ socket, headers }: IncomingMessage): string {
    const address = socket.remoteAddress ?? '';
    const forwarded = headers['x-forwarded-for'];
    if (typeof forwarded !== 'string' || !isTrusted(proxies, address)) return networkOf(address);
    return networkOf(forwarded.split(',').at(-1)?.trim() ?? address);
  }

  function welcome(socket: WebSocket, address: string): void {
    const challenge = randomBytes(32).toString('hex');
    const connection = createConnection(socket, {
      id: `stream-${challenge.slice(0, 8)}`,
      challenge,
      address,
      limits,
      metrics: context.metrics,
      head: context.sequencer.head,
    });
    connections.set(socket, connection);
    context.metrics.streamClients.set(connections.size);
    const { name, chainId } = context.deployment;
    connection.send({ type: 'hello', challenge, deployment: { name, chainId } });
    takeMessages(socket, connection);
    socket.on('pong', () => {
      connection.isAlive = true;
    });
    // A socket that fails closes next: there is nothing to do about it but to forget it.
    socket.on('error', () => {});
    socket.on('close', () => forget(socket, connection));
  }

  function takeMessages(socket: WebSocket, connection: Connection): void {
    let queued = 0;
    let malformed = 0;
    let turn = Promise.resolve();
    socket.on('message', (data, isBinary) => {
      connection.isAlive = true;
      if (!connection.mayTalk(context.now()) || queued >= QUEUED_MAX) return connection.drop('tooManyMessages');
      const message = isBinary ? null : readMessage(data);
      if (message === null) {
        malformed += 1;
        connection.problem('invalidRequest', { detail: 'The message is not one of the AsyncAPI document.' }, NO_CHANNEL);
        if (malformed > MALFORMED_MAX) connection.drop('malformed');
        return;
      }
      queued += 1;
      turn = turn.then(async () => {
        await take(connection, message).catch((cause: unknown) => answerFailure(connection, message, cause));
        queued -= 1;
      });
    });
  }

  async function take(connection: Connection, message: ClientMessage): Promise<void> {
    switch (message.op) {
      case 'ping':
        return connection.send({ type: 'pong', time: context.now() });
      case 'authenticate':
        return signIn(connection, message);
      case 'unsubscribe': {
        const { channel, key } = aboutOf(message);
        const topic = topics.get(topicName(channel, key));
        if (topic !== undefined && connection.topics.has(topic)) return leave(connection, topic, UNSUBSCRIBED.asked);
        return connection.send({ type: 'unsubscribed', channel, key, reason: UNSUBSCRIBED.never });
      }
      case 'subscribe':
        return enter(connection, aboutOf(message));
    }
  }

  /** Under the rates of signed requests: a signature costs the same to check here. */
  async function signIn(connection: Connection, message: Extract<ClientMessage, { op: 'authenticate' }>): Promise<void> {
    const waitMs = context.clients.signedRequest(connection.address);
    if (waitMs > 0) {
      context.metrics.shed.inc({ reason: 'addressRate' });
      throw new Problem('tooManyRequests', { detail: 'Too many signatures from this address.', retryAfterMs: waitMs });
    }
    const headers: HeaderValues = {
      'plimsoll-session': message.session,
      'plimsoll-time': String(message.time),
      'plimsoll-signature': message.signature,
    };
    const body = Buffer.from(connection.challenge, 'hex');
    const caller = await authenticate(context, { method: 'WEBSOCKET', pathAndQuery: STREAM_PATH, body }, headers);
    if (caller === null) return;
    passSession(context, caller.session.key);
    connection.caller = caller;
    connection.send({ type: 'authenticated', owner: caller.session.owner });
  }

  async function enter(connection: Connection, { channel, key }: Asked): Promise<void> {
    await context.read((reading) => {
      assertMayEnter(reading, connection, { channel, key });
      const topic = topicOf(channel, key);
      // Others first: they are told what changed, and then all stand at one sequence.
      renew(topic, reading);
      connection.subscribe(topic);
    });
  }

  function assertMayEnter(reading: Reading, connection: Connection, asked: Asked): void {
    const { channel, key } = asked;
    assertKey(asked);
    const known = topics.get(topicName(channel, key));
    const isNew = known === undefined || !connection.topics.has(known);
    if (isNew && connection.topics.size >= limits.subscriptionsPerClient)
      throw new Problem('tooManyRequests', { detail: 'Too many subscriptions on one connection.' });
    if (STREAM_CHANNELS[channel].isPrivate && key !== null) assertMayFollow(reading, connection, { account: key, isNew });
    // What ended while it was followed is an empty snapshot, as its deltas said.
    if (isNew && !isThere(asked, reading)) throw notFound(`${THINGS[channel]} ${key}`);
  }

  function assertMayFollow(reading: Reading, connection: Connection, of: { account: number; isNew: boolean }): void {
    const accounts = [...connection.topics].filter((topic) => STREAM_CHANNELS[topic.channel].isPrivate);
    if (of.isNew && accounts.length >= limits.accountsPerClient)
      throw new Problem('tooManyRequests', { detail: 'Too many accounts on one connection.' });
    const code = refusalOf(reading, connection, of.account);
    if (code === null) return;
    const kind = connection.caller === null ? 'sessionRequired' : 'notAuthorised';
    throw new Problem(kind, { detail: 'The account may not be read here.', code });
  }

  function refusalOf({ engine, directory }: Reading, { caller }: Connection, account: number): string | null {
    const readable = { kind: 'account' as const, account: accountId(account) };
    const verdict = mayRead({ directory, state: engine.state }, caller?.session.key ?? null, readable);
    return verdict.ok ? null : verdict.code;
  }

  function answerFailure(connection: Connection, message: ClientMessage, cause: unknown): void {
    const about: About = 'channel' in message ? aboutOf(message) : NO_CHANNEL;
    if (cause instanceof Problem) return connection.problem(cause.kind, cause.details, about);
    context.onFault('a message of a stream failed', cause);
    connection.problem('internal', { detail: 'An unexpected error.' }, about);
  }

  function topicOf(channel: StreamChannel, key: number | null): Topic {
    const name = topicName(channel, key);
    const found = topics.get(name) ?? { channel, key, sequence: 0, head: context.sequencer.head(), items: new Map() };
    topics.set(name, found);
    return found;
  }

  /** Brings a topic up to date and tells its subscribers; those who may no longer read it are shown out. */
  function renew(topic: Topic, reading: Reading): void {
    const change = refreshTopic(topic, reading, log);
    const isPrivate = STREAM_CHANNELS[topic.channel].isPrivate;
    let text: string | null = null;
    for (const connection of connections.values()) {
      if (!connection.topics.has(topic)) continue;
      const refused = isPrivate && topic.key !== null ? refusalOf(reading, connection, topic.key) : null;
      if (refused !== null) {
        leave(connection, topic, refused);
        continue;
      }
      if (change === null) continue;
      text ??= deltaText(topic, reading.head, change);
      connection.delta(topic, text);
    }
  }

  async function flush(): Promise<void> {
    try {
      while (due.length > 0) {
        await context.read((reading) => {
          const untilMs = performance.now() + TURN_MS;
          while (due.length > 0 && performance.now() < untilMs) {
            const topic = due.pop();
            if (topic !== undefined && topics.has(topicName(topic.channel, topic.key))) renew(topic, reading);
          }
        });
        if (due.length > 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      isFlushing = false;
    }
  }

  function leave(connection: Connection, topic: Topic, reason: string): void {
    connection.unsubscribe(topic, reason);
    dropIfUnused(topic);
  }

  function dropIfUnused(topic: Topic): void {
    for (const connection of connections.values()) if (connection.topics.has(topic)) return;
    topics.delete(topicName(topic.channel, topic.key));
  }

  function forget(socket: WebSocket, connection: Connection): void {
    connections.delete(socket);
    context.metrics.streamClients.set(connections.size);
    for (const topic of connection.topics) dropIfUnused(topic);
  }

  function pingAll(): void {
    for (const [socket, connection] of connections) {
      if (!connection.isAlive) {
        connection.drop('noPong');
        continue;
      }
      connection.isAlive = false;
      socket.ping();
    }
  }

  return {
    clients: () => connections.size,
    async close() {
      clearInterval(flushTimer);
      clearInterval(pingTimer);
      stopListening();
      server.off('upgrade', upgrade);
      const closed = [...connections.keys()].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const connection of connections.values()) connection.drop('stopping');
      await Promise.all(closed);
      sockets.close();
    },
  };
}

/** Addresses and ranges of them. */
function proxiesOf(trusted: readonly string[]): BlockList {
  const proxies = new BlockList();
  for (const one of trusted) {
    const [address = '', bits] = one.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  return proxies;
}

/** IPv4 in IPv6, as a server on all addresses sees it, is IPv4. */
function isTrusted(proxies: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) !== 0 && proxies.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** What a client wants to follow, or no longer. */
interface Asked {
  readonly channel: StreamChannel;
  readonly key: number | null;
}

function aboutOf(message: Extract<ClientMessage, { op: 'subscribe' | 'unsubscribe' }>): Asked {
  return { channel: message.channel, key: message.key ?? null };
}

/** What the key of a channel names, as HTTP calls it. */
const THINGS: Readonly<Record<StreamChannel, string>> = {
  market: 'market',
  oracle: 'feed',
  auctions: 'auction',
  liquidations: 'liquidation',
  account: 'open account',
};

function assertKey({ channel, key }: Asked): void {
  const { keyed } = STREAM_CHANNELS[channel];
  if (keyed === 'never' && key !== null)
    throw new Problem('invalidRequest', { detail: `The channel \`${channel}\` takes no key.` });
  if (keyed === 'always' && key === null)
    throw new Problem('invalidRequest', {
      detail: `The channel \`${channel}\` wants a key: the ${STREAM_CHANNELS[channel].key}.`,
    });
}

function topicName(channel: StreamChannel, key: number | null): string {
  return `${channel}/${key ?? ''}`;
}

function deltaText(
  topic: Topic,
  head: Head,
  change: { readonly changed: readonly string[]; readonly removed: readonly number[] },
): string {
  const { channel, key, sequence } = topic;
  const { removed } = change;
  const start = JSON.stringify({ type: 'delta', channel, key, sequence, head: headJson(head), removed });
  return `${start.slice(0, -1)},"changed":[${change.changed.join(',')}]}`;
}

function readMessage(data: RawData): ClientMessage | null {
  const text = Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(new Uint8Array(data)).toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return clientMessage.Check(value) ? value : null;
  } catch {
    return null;
  }
}
