/** The stream as a client sees it: items of the channels it follows, kept whole across deltas and gaps. */

import { WebSocket } from 'ws';
import type { AccountJson } from '../api/schemas/accounts.ts';
import type { AuctionJson, MarketJson, OracleFeedJson } from '../api/schemas/markets.ts';
import {
  type ClientMessage,
  type LiquidationEventJson,
  type ServerMessage,
  type StreamChannel,
  UNSUBSCRIBED,
} from '../api/stream/messages.ts';
import { signRequest } from '../identity/requestSignature.ts';
import type { SigningDomain } from '../identity/typedData.ts';
import type { SessionSigner } from './apiClient.ts';

export interface StreamItems {
  readonly market: MarketJson;
  readonly oracle: OracleFeedJson;
  readonly auctions: AuctionJson;
  readonly liquidations: LiquidationEventJson;
  readonly account: AccountJson;
}

export interface StreamOptions {
  /** `ws://127.0.0.1:8080/v1/stream`. */
  readonly url: string;
  readonly deployment: SigningDomain;
  readonly session?: SessionSigner;
  readonly onProblem?: (message: Extract<ServerMessage, { type: 'problem' }>) => void;
  /** Why the connection ended, in the server's words. */
  readonly onClose?: (code: number, reason: string) => void;
  readonly now?: () => number;
  /** The socket to speak through, where the one of `ws` is not to be it. */
  readonly webSocket?: typeof WebSocket;
}

/** A change of a channel; `items` is everything that is there now, by id. */
export interface StreamUpdate<C extends StreamChannel> {
  readonly kind: 'snapshot' | 'delta';
  readonly sequence: number;
  readonly height: number;
  /** Deltas that a snapshot stands for. */
  readonly conflated: number;
  readonly items: ReadonlyMap<number, StreamItems[C]>;
}

export interface StreamClient {
  /** Resolves once the server has said hello, and has accepted the session where there is one. */
  readonly ready: Promise<void>;
  /**
   * Follows a channel until the returned function is called. Any number may follow one channel and key: each hears a snapshot first, a late one
   * that of now, and they share one subscription. `onEnd` is told when the server refuses or ends it, or the connection is over: nothing comes
   * after that. It is not told of the returned function.
   */
  follow<C extends StreamChannel>(
    channel: C,
    key: number | null,
    listener: (update: StreamUpdate<C>) => void,
    onEnd?: (reason: string) => void,
  ): () => void;
  /** Times that a gap in a sequence made it ask again. */
  readonly resyncs: () => number;
  close(): void;
}

/** What all who follow one channel and key share. */
interface Followed {
  readonly channel: StreamChannel;
  readonly key: number | null;
  readonly items: Map<number, unknown>;
  readonly followers: Set<Follower>;
  /** Null until the snapshot that was asked for is here. */
  sequence: number | null;
  height: number;
}

interface Follower {
  readonly tell: (update: Omit<StreamUpdate<StreamChannel>, 'items'>) => void;
  readonly onEnd: (reason: string) => void;
  hasHeard: boolean;
}

export function connectStream(options: StreamOptions): StreamClient {
  const socket = new (options.webSocket ?? WebSocket)(options.url);
  const followed = new Map<string, Followed>();
  let hasBegun = false;
  let closed: string | null = null;
  let resyncs = 0;
  let onReady = (): void => {};
  let onRefused = (_cause: Error): void => {};
  const ready = new Promise<void>((resolve, reject) => {
    onReady = resolve;
    onRefused = reject;
  });
  // Whoever waits for it is told; whoever does not is not punished.
  ready.catch(() => {});

  const say = (message: ClientMessage): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const ask = ({ channel, key }: Followed): void => {
    // Before that the server does not know the session: all are asked for when it does.
    if (hasBegun) say({ op: 'subscribe', channel, ...(key === null ? {} : { key }) });
  };

  socket.on('message', (data) => take(JSON.parse(String(data)) as ServerMessage));
  socket.on('error', (cause) => onRefused(cause));
  socket.on('close', (code, reason) => {
    const ending = `The stream was closed: ${code} ${String(reason)}`.trimEnd();
    closed = ending;
    onRefused(new Error(ending));
    options.onClose?.(code, String(reason));
    for (const one of [...followed.values()]) end(one, ending);
  });

  function take(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        if (options.session === undefined) return begin();
        return signIn(options.session, message.challenge);
      case 'authenticated':
        return begin();
      case 'snapshot':
      case 'delta':
        return update(message);
      case 'problem':
        return takeProblem(message);
      case 'unsubscribed':
        return takeEnd(message);
      case 'pong':
        return;
    }
  }

  function signIn(session: SessionSigner, challenge: string): void {
    const request = { method: 'WEBSOCKET', pathAndQuery: '/v1/stream', body: Buffer.from(challenge, 'hex') };
    const time = options.now?.() ?? Date.now();
    const headers = signRequest(options.deployment, request, { ...session, atMs: time });
    say({ op: 'authenticate', session: session.key, time, signature: headers['plimsoll-signature'] });
  }

  function begin(): void {
    onReady();
    hasBegun = true;
    for (const one of followed.values()) ask(one);
  }

  function takeProblem(message: Extract<ServerMessage, { type: 'problem' }>): void {
    options.onProblem?.(message);
    onRefused(new Error(message.problem.detail));
    // The session is not taken: what is public can be followed all the same.
    if (!hasBegun) return begin();
    const one = message.channel === null ? undefined : followed.get(nameOf(message.channel, message.key));
    if (one !== undefined) end(one, message.problem.detail);
  }

  function takeEnd({ channel, key, reason }: Extract<ServerMessage, { type: 'unsubscribed' }>): void {
    // Answers to what was asked: whoever follows it by now has asked again.
    if (reason === UNSUBSCRIBED.asked || reason === UNSUBSCRIBED.never) return;
    const one = followed.get(nameOf(channel, key));
    // While a snapshot is awaited, the answer to that says how it stands.
    if (one !== undefined && one.sequence !== null) end(one, reason);
  }

  function end(one: Followed, reason: string): void {
    followed.delete(nameOf(one.channel, one.key));
    const left = [...one.followers];
    one.followers.clear();
    for (const { onEnd } of left) onEnd(reason);
  }

  function update(message: Extract<ServerMessage, { type: 'snapshot' | 'delta' }>): void {
    const one = followed.get(nameOf(message.channel, message.key));
    if (one === undefined) return;
    const { sequence, type: kind } = message;
    if (message.type === 'snapshot') {
      one.items.clear();
      for (const item of message.items) put(one, item);
    } else {
      if (one.sequence === null) return;
      if (sequence !== one.sequence + 1) {
        // Something was missed: only a snapshot is whole again.
        resyncs += 1;
        one.sequence = null;
        return ask(one);
      }
      for (const item of message.changed) put(one, item);
      for (const id of message.removed) one.items.delete(id);
    }
    one.sequence = sequence;
    one.height = message.head.height;
    const conflated = message.type === 'snapshot' ? message.conflated : 0;
    for (const follower of [...one.followers]) {
      // One that was told to stop by another a moment ago hears nothing more.
      if (!one.followers.has(follower)) continue;
      if (follower.hasHeard) follower.tell({ kind, sequence, height: one.height, conflated });
      else tellAll(one, follower, conflated);
    }
  }

  /** Whoever hears of it first hears everything. */
  function tellAll({ sequence, height }: Followed, follower: Follower, conflated: number): void {
    if (sequence === null) return;
    follower.hasHeard = true;
    follower.tell({ kind: 'snapshot', sequence, height, conflated });
  }

  return {
    ready,
    follow(channel, key, listener, onEnd = () => {}) {
      const name = nameOf(channel, key);
      const known = followed.get(name);
      const one: Followed = known ?? { channel, key, items: new Map(), followers: new Set(), sequence: null, height: 0 };
      const items = one.items as Map<number, StreamItems[typeof channel]>;
      const follower: Follower = { tell: (update) => listener({ ...update, items }), onEnd, hasHeard: false };
      one.followers.add(follower);
      if (known === undefined) {
        followed.set(name, one);
        ask(one);
      }
      // Not before the caller holds the function that stops it.
      queueMicrotask(() => {
        if (closed !== null) end(one, closed);
        else if (one.followers.has(follower) && !follower.hasHeard) tellAll(one, follower, 0);
      });
      return () => {
        if (!one.followers.delete(follower) || one.followers.size > 0) return;
        followed.delete(name);
        if (hasBegun) say({ op: 'unsubscribe', channel, ...(key === null ? {} : { key }) });
      };
    },
    resyncs: () => resyncs,
    close: () => socket.close(),
  };
}

/** Auctions are known by their account, everything else by its id. */
function put({ channel, items }: Followed, item: unknown): void {
  if (typeof item !== 'object' || item === null) return;
  const id: unknown = channel === 'auctions' ? Reflect.get(item, 'account') : Reflect.get(item, 'id');
  if (typeof id === 'number') items.set(id, item);
}

function nameOf(channel: StreamChannel, key: number | null): string {
  return `${channel}/${key ?? ''}`;
}
