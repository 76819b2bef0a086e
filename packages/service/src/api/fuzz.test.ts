/**
 * A hundred thousand inputs over HTTP and WebSocket, most made from the schemas and then bent, some raw: no crash, no answer of 5xx but
 * 503, memory flat. The seed is printed with a failure; the share that passes its schema is counted.
 */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { signPush } from '../client/signing.ts';
import { signRequest } from '../identity/requestSignature.ts';
import { type ApiWorld, createApiWorld, PUSH_SOURCE, type SignedIn } from '../testing/apiWorld.ts';
import { arbitraryOf } from '../testing/arbitraryOfSchema.ts';
import { createNonces, GENESIS_MS, reportPrices, TRADERS } from '../testing/smallDeployment.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { OPERATION_IDS, type OperationId, operationOf } from './operations.ts';
import { ClientMessageSchema } from './stream/messages.ts';

const SEED = 20_200_312;
const INJECTED = 55_000;
const SOCKETED = 5_000;
const STREAMED = 40_000;
/** What code that is compiled late and caches that fill may take; a leak of a kilobyte a request would be 45 MB. */
const HEAP_GROWTH_MAX = 24 * 1024 * 1024;

let world: ApiWorld;
let trader: SignedIn;

beforeAll(async () => {
  const unbounded = 1_000_000;
  world = await createApiWorld({
    limits: {
      bodyBytes: 65_536,
      simulationsPerSecond: unbounded,
      documentsPerSecond: unbounded,
      searchesPerSecond: 10,
      commandTimeoutMs: 1_000,
      stream: { ...DEFAULT_LIMITS.stream, messagesPerSecond: unbounded, clientsPerAddress: 1_024, intervalMs: 20 },
    },
  });
  trader = await world.signIn(TRADERS[0]);
});
afterAll(() => world.close());

interface FuzzRequest {
  readonly id: OperationId;
  readonly method: string;
  readonly url: string;
  readonly body: string | Buffer | undefined;
  readonly isSigned: boolean;
  /** Whether the parts are what the schemas say; null for raw bytes. */
  readonly passes: boolean;
}

const checks = new Map(
  OPERATION_IDS.map((id) => {
    const { params, query, body } = operationOf(id);
    return [id, { params: params && Compile(params), query: query && Compile(query), body: body && Compile(body) }] as const;
  }),
);

const garbage = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom('..', '%00', '-1', '1e9', '999999999999999999', '__proto__', 'null'),
);

/** A request of one operation: made by its schemas, or bent in one place. */
function requestOf(id: OperationId): fc.Arbitrary<FuzzRequest> {
  const operation = operationOf(id);
  const check = checks.get(id);
  const parts = fc.record({
    params: paramsOf(id),
    query: operation.query === undefined ? fc.constant({}) : arbitraryOf(operation.query),
    body: bodyOf(id),
    bend: fc.constantFrom('none', 'none', 'none', 'param', 'query', 'body', 'raw'),
    text: garbage,
    bytes: fc.uint8Array({ maxLength: 200 }),
    isSigned: fc.boolean(),
  });
  return parts.map(({ params, query, body, bend, text, bytes, isSigned }): FuzzRequest => {
    const bentBody = bend === 'body' ? bentJson(body, text) : body;
    const names = Object.entries(record(params)).map(([name, value]) => [name, bend === 'param' ? text : value] as const);
    const asked = { ...record(query), ...(bend === 'query' ? { [text || 'x']: text } : {}) };
    const path = names.reduce(
      (url, [name, value]) => url.replace(`{${name}}`, encodeURIComponent(String(value))),
      operation.path,
    );
    const search = Object.entries(asked).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
    );
    const raw = bend === 'raw' ? Buffer.from(bytes) : undefined;
    const passes =
      raw === undefined &&
      bend !== 'param' &&
      bend !== 'query' &&
      (check?.body === undefined || check.body.Check(bentBody)) &&
      (check?.query === undefined || check.query.Check(query));
    return {
      id,
      method: operation.method,
      url: search.length === 0 ? path : `${path}?${search.join('&')}`,
      body: raw ?? (bentBody === undefined ? undefined : JSON.stringify(bentBody)),
      isSigned,
      passes,
    };
  });
}

/** Parameters by their schema; of a push mostly the source that takes some. */
function paramsOf(id: OperationId): fc.Arbitrary<unknown> {
  const { params } = operationOf(id);
  if (params === undefined) return fc.constant({});
  const any = arbitraryOf(params);
  return id === 'pushPrices' ? fc.oneof({ weight: 4, arbitrary: fc.constant({ id: PUSH_SOURCE }) }, any) : any;
}

/** A body by its schema; of a push mostly one that its publisher signed, whatever it says, or one bent afterwards. */
function bodyOf(id: OperationId): fc.Arbitrary<unknown> {
  const { body } = operationOf(id);
  if (body === undefined) return fc.constant(undefined);
  if (id !== 'pushPrices') return arbitraryOf(body);
  const numbers = fc.constantFrom(0, 1, 2, -1, 0.5, 8.64e15 + 2, GENESIS_MS, GENESIS_MS + 5_000);
  const price = fc.record({
    feed: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 1) }, numbers),
    price: fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 40n }), fc.bigInt({ min: -1n, max: 2n ** 70n })),
    confidencePpm: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, numbers),
    publishTimeMs: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: GENESIS_MS, max: GENESIS_MS + 5_000 }) }, numbers),
  });
  const signed = fc
    .record({ prices: fc.array(price, { maxLength: 3 }), isElsewhere: fc.constantFrom(true, false, false, false) })
    .map(({ prices, isElsewhere }) =>
      // What the type forbids is the point of it.
      signPush(isElsewhere ? { name: 'elsewhere', chainId: 1 } : world.deployment, prices as never, world.publisher),
    );
  return fc.oneof(
    arbitraryOf(body),
    { weight: 4, arbitrary: signed },
    fc.record({ one: signed, other: signed }).map(({ one, other }) => ({ ...one, body: other.body })),
  );
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** One field of a document replaced, removed or doubled by something else. */
function bentJson(value: unknown, text: string): unknown {
  if (Array.isArray(value)) return value.length === 0 ? text : [bentJson(value[0], text), ...value.slice(1)];
  const entries = Object.entries(record(value));
  const [first, ...others] = entries;
  if (first === undefined) return text;
  const chosen = entries[text.length % entries.length] ?? first;
  if (text.length % 5 === 0) return Object.fromEntries(others);
  return { ...record(value), [chosen[0]]: text.length % 3 === 0 ? bentJson(chosen[1], text) : text };
}

const anyRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(...OPERATION_IDS.map(requestOf));

interface Tally {
  sent: number;
  passed: number;
  readonly statuses: Map<number, number>;
  readonly failures: string[];
}

function newTally(): Tally {
  return { sent: 0, passed: 0, statuses: new Map(), failures: [] };
}

function note(tally: Tally, request: FuzzRequest, answer: { readonly status: number; readonly body: string }): void {
  tally.sent += 1;
  if (request.passes) tally.passed += 1;
  tally.statuses.set(answer.status, (tally.statuses.get(answer.status) ?? 0) + 1);
  const isBad = answer.status >= 500 && answer.status !== 503;
  // A schema does not say what commands, cursors and the bytes of pushes hold.
  const isRead = ['command', 'cursor', 'The push'].some((what) => answer.body.includes(what));
  if (isBad || (request.passes && answer.status === 400 && !isRead))
    tally.failures.push(
      `${answer.status} ${request.method} ${request.url} ${String(request.body).slice(0, 300)} → ${answer.body.slice(0, 300)}`,
    );
}

function headersOf({ method, url, body, isSigned }: FuzzRequest): Readonly<Record<string, string>> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  if (!isSigned) return type;
  const request = { method, pathAndQuery: url, body: Buffer.from(body ?? '') };
  return { ...type, ...signRequest(world.deployment, request, { ...trader.session, atMs: Date.now() }) };
}

// The collector is not exposed to a test process; a flag set now shows it to contexts made afterwards.
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapAfterCollection(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test('fifty-five thousand injected requests: nothing fails, three in ten pass their schema, memory is flat', async () => {
  const tally = newTally();
  const batch = 1_000;
  let heap = 0;
  for (let done = 0; done < INJECTED; done += batch) {
    for (const request of fc.sample(anyRequest, { numRuns: batch, seed: SEED + done })) {
      const { method, url, body } = request;
      const response = await world.api.app.inject({
        method: method === 'GET' ? 'GET' : method === 'POST' ? 'POST' : 'DELETE',
        url,
        headers: headersOf(request),
        ...(body === undefined ? {} : { payload: body }),
      });
      note(tally, request, { status: response.statusCode, body: response.body });
    }
    if (done === 10 * batch) heap = heapAfterCollection();
  }
  const shown = [...tally.statuses].sort(([a], [b]) => a - b);
  console.log(`injected ${tally.sent}, passed their schema ${tally.passed}, by status ${JSON.stringify(shown)}`);
  expect(tally.failures.slice(0, 5)).toEqual([]);
  expect(tally.passed).toBeGreaterThan(tally.sent * 0.3);
  // Pushes that were read, and not only refused.
  expect(tally.statuses.get(202) ?? 0).toBeGreaterThan(100);
  expect(heapAfterCollection() - heap).toBeLessThan(HEAP_GROWTH_MAX);
}, 900_000);

test('five thousand requests over real sockets, some of them raw bytes', async () => {
  const { hostname, port } = new URL(world.baseUrl);
  const tally = newTally();
  const requests = fc.sample(anyRequest, { numRuns: SOCKETED - 500, seed: SEED + 1 });
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let at = lane; at < requests.length; at += 8) {
      const request = requests[at];
      if (request === undefined) return;
      const { method, url, body } = request;
      // A body on a GET is no request that fetch sends.
      const sent = method === 'GET' ? undefined : body;
      const init = { method, headers: headersOf({ ...request, body: sent }), ...(sent === undefined ? {} : { body: sent }) };
      const response = await fetch(`${world.baseUrl}${url}`, init);
      note(tally, request, { status: response.status, body: await response.text() });
    }
  });
  await Promise.all(lanes);
  for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 400 }), { numRuns: 500, seed: SEED + 2 })) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.end(Buffer.from(bytes)));
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      socket.resume();
    });
  }
  expect(tally.failures.slice(0, 5)).toEqual([]);
  expect(tally.passed).toBeGreaterThan(tally.sent * 0.3);
  expect((await fetch(`${world.baseUrl}/readyz`)).status).toBe(200);
}, 300_000);

test('forty thousand stream messages while the market moves: answered or refused, and nobody falls', async () => {
  const message = Compile(ClientMessageSchema);
  const made = arbitraryOf(ClientMessageSchema).map((value) => JSON.stringify(value));
  const inputs = fc.sample(fc.oneof(made, made, fc.string({ maxLength: 60 }), fc.json({ maxDepth: 3 })), {
    numRuns: STREAMED,
    seed: SEED + 3,
  });
  const nonces = createNonces(100_000);
  const market = setInterval(() => {
    world.clock.advance(1_000);
    const ether = 200_000_000_000n + BigInt(world.clock.now() % 7_000) * 1_000_000n;
    world.sequencer.applyNow([0, 1, 2].map((source) => reportPrices(nonces, source, world.clock.now(), { dollar: null, ether })));
  }, 10);
  let passed = 0;
  let socket: WebSocket | null = null;
  const internal: string[] = [];
  for (const [index, input] of inputs.entries()) {
    if (socket === null || socket.readyState !== WebSocket.OPEN) {
      socket = new WebSocket(`${world.baseUrl.replace('http', 'ws')}/v1/stream`);
      socket.on('message', (data) => {
        const text = String(data);
        if (text.includes('urn:plimsoll:problem:internal')) internal.push(text);
      });
      socket.on('error', () => {});
      await new Promise((resolve) => socket?.once('open', resolve));
    }
    let isGood = false;
    try {
      isGood = message.Check(JSON.parse(input));
    } catch {
      isGood = false;
    }
    if (isGood) passed += 1;
    socket.send(input);
    if (index % 8 === 0) await sleep(1);
  }
  socket?.close();
  clearInterval(market);
  expect(internal).toEqual([]);
  expect(passed).toBeGreaterThan(inputs.length * 0.3);
  expect((await fetch(`${world.baseUrl}/readyz`)).status).toBe(200);
}, 120_000);
