/** A server on a loopback socket that answers as a test says, and remembers what it was asked: for tests of what is read over the network. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Wait } from '../network/wait.ts';

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

export interface PriceServer {
  readonly url: string;
  /** What came, in order: path with query, and headers. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  /** From the next request on. */
  answer(answering: Answering): void;
  close(): Promise<void>;
}

export async function startPriceServer(answering: Answering): Promise<PriceServer> {
  const requests: { path: string; headers: IncomingMessage['headers'] }[] = [];
  let current = answering;
  const server: Server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    response.on('error', () => {});
    current(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer(next) {
      current = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(value: unknown): Answering {
  return (_, response) => void response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
}

/** Each value is an event; then the stream ends, or stays open. */
export function events(values: readonly unknown[], { isOpen }: { readonly isOpen: boolean }): Answering {
  return (_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    for (const value of values) response.write(`data:${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    if (isOpen) response.flushHeaders();
    else response.end();
  };
}

/** A wait that keeps its own time: it is over at once, and what was waited is written down. */
export function createTestWait(): { readonly wait: Wait; readonly waited: readonly number[] } {
  const waited: number[] = [];
  return {
    waited,
    wait: async (ms) => {
      waited.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** The first so many items; then the stream is told to return. */
export async function firstOf(stream: AsyncIterable<unknown>, count: number): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}
