/** One client of the stream: what it is subscribed to, how far behind it is, and when it has to go. */

import type { Head } from '../../contracts/head.ts';
import { headJson } from '../../views/texts.ts';
import type { Caller } from '../authentication.ts';
import type { StreamLimits } from '../limits.ts';
import type { ApiMetrics } from '../metrics.ts';
import { type ProblemDetails, type ProblemKind, problemDocument } from '../problems.ts';
import { createTokenBucket } from '../tokenBucket.ts';
import { CLOSE_REASONS, type CloseReason, type ControlMessage, type StreamChannel } from './messages.ts';
import type { Topic } from './topics.ts';

/** What a connection needs of a WebSocket. */
export interface StreamSocket {
  readonly readyState: number;
  readonly OPEN: number;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface Connection {
  readonly id: string;
  readonly challenge: string;
  /** Where it comes from: what its rates are counted by. */
  readonly address: string;
  caller: Caller | null;
  readonly topics: ReadonlySet<Topic>;
  isAlive: boolean;
  /** With the block of now. */
  send(message: ControlMessage): void;
  problem(kind: ProblemKind, details: ProblemDetails, about: About): void;
  subscribe(topic: Topic): void;
  unsubscribe(topic: Topic, reason: string): void;
  /** A delta that was written once for all; a slow client is told later, by a snapshot. */
  delta(topic: Topic, text: string): void;
  /** Snapshots for what fell behind, once there is room; drops the client when there is none for too long. */
  catchUp(nowMs: number): void;
  /** False when the client sends too much at once. */
  mayTalk(nowMs: number): boolean;
  drop(reason: CloseReason): void;
}

/** The channel and key that a client spoke of. */
export interface About {
  readonly channel: StreamChannel | null;
  readonly key: number | null;
}

/** For what is about the connection as a whole. */
export const NO_CHANNEL: About = { channel: null, key: null };

/** After the close frame a client has so long to answer it. */
const GRACE_MS = 1_000;

export function createConnection(
  socket: StreamSocket,
  of: {
    readonly id: string;
    readonly challenge: string;
    readonly address: string;
    readonly limits: StreamLimits;
    readonly metrics: ApiMetrics;
    readonly head: () => Head;
  },
): Connection {
  const { limits, metrics } = of;
  const topics = new Set<Topic>();
  const behind = new Map<Topic, number>();
  const words = createTokenBucket(limits.messagesPerSecond);
  let behindSinceMs: number | null = null;
  let isClosing = false;

  const write = (text: string, channel: StreamChannel | 'control', kind: string): void => {
    if (isClosing || socket.readyState !== socket.OPEN) return;
    metrics.streamMessages.inc({ channel, kind });
    socket.send(text);
    if (socket.bufferedAmount > limits.dropBytes) connection.drop('slowConsumer');
  };
  const say = (message: { readonly type: ControlMessage['type'] }): void =>
    write(JSON.stringify({ ...message, head: headJson(of.head()) }), 'control', message.type);
  const snapshot = (topic: Topic): void => {
    const conflated = behind.get(topic) ?? 0;
    behind.delete(topic);
    const { channel, key, sequence, head } = topic;
    const start = JSON.stringify({ type: 'snapshot', channel, key, sequence, head: headJson(head), conflated });
    write(`${start.slice(0, -1)},"items":[${[...topic.items.values()].join(',')}]}`, channel, 'snapshot');
  };

  const connection: Connection = {
    id: of.id,
    challenge: of.challenge,
    address: of.address,
    caller: null,
    topics,
    isAlive: true,
    send: (message) => say(message),
    problem: (kind, details, about) => say(problemMessage(about, problemDocument(kind, details, of.id))),
    subscribe(topic) {
      topics.add(topic);
      snapshot(topic);
    },
    unsubscribe(topic, reason) {
      if (!topics.delete(topic)) return;
      behind.delete(topic);
      connection.send({ type: 'unsubscribed', channel: topic.channel, key: topic.key, reason });
    },
    delta(topic, text) {
      if (behind.has(topic) || socket.bufferedAmount > limits.conflateBytes) {
        behind.set(topic, (behind.get(topic) ?? 0) + 1);
        return;
      }
      write(text, topic.channel, 'delta');
    },
    catchUp(nowMs) {
      if (behind.size === 0) {
        behindSinceMs = null;
        return;
      }
      behindSinceMs ??= nowMs;
      if (nowMs - behindSinceMs > limits.slowMs) return connection.drop('slowConsumer');
      for (const topic of [...behind.keys()]) if (socket.bufferedAmount <= limits.conflateBytes / 2) snapshot(topic);
    },
    mayTalk: (nowMs) => words.take(nowMs) === 0,
    drop(reason) {
      if (isClosing) return;
      isClosing = true;
      metrics.streamDropped.inc({ reason });
      socket.close(CLOSE_REASONS[reason], reason);
      setTimeout(() => socket.terminate(), GRACE_MS).unref();
    },
  };
  return connection;
}

function problemMessage({ channel, key }: About, problem: ReturnType<typeof problemDocument>) {
  return { type: 'problem' as const, channel, key, problem };
}
