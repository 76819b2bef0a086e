/** The stream as a client sees it: items of the channels it follows, kept whole across deltas, gaps and lost connections. */

import { WebSocket } from 'ws';
import type { AccountJson } from '../api/schemas/accounts.ts';
import type { AuctionJson, MarketJson, OracleFeedJson } from '../api/schemas/markets.ts';
import type { ClientMessage, LiquidationEventJson, ServerMessage, StreamChannel } from '../api/stream/messages.ts';
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
  /** Follows a channel until the returned function is called. */
  follow<C extends StreamChannel>(channel: C, key: number | null, listener: (update: StreamUpdate<C>) => void): () => void;
  /** Times that a gap in a sequence made it ask again. */
  readonly resyncs: () => number;
  close(): void;
}

interface Followed {
  readonly channel: StreamChannel;
  readonly key: number | null;
  readonly items: Map<number, unknown>;
  readonly tell: (update: Omit<StreamUpdate<StreamChannel>, 'items'>) => void;
  sequence: number | null;
}

export function connectStream(options: StreamOptions): StreamClient {
  const socket = new (options.webSocket ?? WebSocket)(options.url);
  const followed = new Map<string, Followed>();
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
  const ask = ({ channel, key }: Followed): void => say({ op: 'subscribe', channel, ...(key === null ? {} : { key }) });

  socket.on('message', (data) => take(JSON.parse(String(data)) as ServerMessage));
  socket.on('error', (cause) => onRefused(cause));
  socket.on('close', (code, reason) => {
    onRefused(new Error(`The stream was closed: ${code} ${String(reason)}`));
    options.onClose?.(code, String(reason));
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
        options.onProblem?.(message);
        return onRefused(new Error(message.problem.detail));
      case 'unsubscribed':
        followed.delete(nameOf(message.channel, message.key));
        return;
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
    for (const one of followed.values()) ask(one);
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
    one.tell({ kind, sequence, height: message.head.height, conflated: message.type === 'snapshot' ? message.conflated : 0 });
  }

  return {
    ready,
    follow(channel, key, listener) {
      const items = new Map<number, StreamItems[typeof channel]>();
      const one: Followed = {
        channel,
        key,
        items: items as Map<number, unknown>,
        tell: (update) => listener({ ...update, items }),
        sequence: null,
      };
      const name = nameOf(channel, key);
      followed.set(name, one);
      ask(one);
      return () => {
        if (!followed.delete(name)) return;
        say({ op: 'unsubscribe', channel, ...(key === null ? {} : { key }) });
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
