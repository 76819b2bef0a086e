import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { networkOf } from '../api/clientLimits.ts';
import {
  type AuthorizeFrame,
  type BinaryConnection,
  type BinaryEvent,
  type BinaryLimits,
  type ConnectionContext,
  serveConnection,
} from './binaryConnection.ts';
import { CHALLENGE_BYTES, encodeError } from './frames.ts';

export interface BinaryServerOptions {
  readonly deployment: ConnectionContext['deployment'];
  readonly sequencer: ConnectionContext['sequencer'];
  readonly verifier: ConnectionContext['verifier'];
  readonly authorize: AuthorizeFrame;
  readonly limits: BinaryLimits;
  readonly onEvent: (event: BinaryEvent) => void;
}

export interface BinaryServer {
  /** Binds and listens; rejects with the system's error (`EADDRINUSE`, …). Port 0 takes a free one. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly host: string; readonly port: number }>;
  connections(): number;
  /** Takes no connection and no frame more, lets open frames be answered for at most `drainMs`, then closes. */
  close(drainMs: number): Promise<void>;
}

const CHECK_EVERY_MS = 250;

/** The binary session over TCP: length-prefixed frames, a signed handshake, one signature per frame. */
export function createBinaryServer(options: BinaryServerOptions): BinaryServer {
  const connections = new Map<Socket, BinaryConnection>();
  const byNetwork = new Map<string, Set<BinaryConnection>>();
  const server = createServer((socket) => accept(socket));
  const timer = setInterval(() => {
    for (const connection of connections.values()) connection.checkTime();
  }, CHECK_EVERY_MS);
  timer.unref();

  return {
    listen: ({ host, port }) => listening(server, host, port),
    connections: () => connections.size,
    async close(drainMs) {
      clearInterval(timer);
      const closed = new Promise<void>((resolve) => {
        if (server.listening) server.close(() => resolve());
        else resolve();
      });
      const drained = Promise.all(
        [...connections.values()].map(async (connection) => {
          connection.stopReading();
          await connection.drained();
          connection.drop('stopping', 'the service is stopping');
        }),
      );
      await Promise.race([drained, after(drainMs)]);
      for (const connection of connections.values()) connection.drop('stopping', 'the service is stopping');
      await Promise.race([closed, after(CLOSE_MS)]);
      for (const socket of connections.keys()) socket.destroy();
      await closed;
    },
  };

  function accept(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? '');
    const message = refusal(network);
    if (message !== null) {
      options.onEvent({
        kind: 'dropped',
        peer: `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`,
        code: 'tooManyConnections',
        message,
      });
      socket.on('error', () => {});
      socket.resume();
      socket.end(encodeError('tooManyConnections', message));
      setTimeout(() => socket.destroy(), CLOSE_MS).unref();
      return;
    }
    const connection = serveConnection(socket, {
      ...options,
      challenge: randomBytes(CHALLENGE_BYTES),
      nowMs: () => performance.now(),
    });
    connections.set(socket, connection);
    const own = byNetwork.get(network) ?? new Set();
    byNetwork.set(network, own.add(connection));
    socket.on('close', () => {
      connections.delete(socket);
      own.delete(connection);
      if (own.size === 0) byNetwork.delete(network);
    });
  }

  /** Why nobody more is let in from there, or null. A few who never log in keep out neither others nor, for long, their own neighbours. */
  function refusal(network: string): string | null {
    const { connectionsMax, connectionsPerAddress, loginsPerAddress } = options.limits;
    if (connections.size >= connectionsMax) return `${connections.size} connections are open, of at most ${connectionsMax}`;
    const own = [...(byNetwork.get(network) ?? [])];
    if (own.length >= connectionsPerAddress)
      return `${own.length} connections of this address are open, of at most ${connectionsPerAddress}`;
    const silent = own.filter((connection) => !connection.isLoggedIn()).length;
    return silent < loginsPerAddress
      ? null
      : `${silent} connections of this address have not logged in, of at most ${loginsPerAddress}`;
  }
}

/** How long peers may take to close after they were told. */
const CLOSE_MS = 500;

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function listening(server: Server, host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      // From here on an error is one of a connection that could not be taken: the listener itself goes on.
      server.on('error', () => {});
      const address = server.address();
      resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port });
    });
  });
}
