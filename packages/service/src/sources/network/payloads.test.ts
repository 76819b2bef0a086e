/** What an endpoint does to whoever reads it, over real sockets. */

import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Answering,
  createTestWait,
  events,
  firstOf,
  json,
  type PriceServer,
  startPriceServer,
} from '../testing/priceServer.ts';
import { TransportFault } from '../transportFault.ts';
import { fetchJson } from './fetchJson.ts';
import type { EndpointRequest } from './openAnswer.ts';
import { pollPayloads } from './pollPayloads.ts';
import { streamPayloads } from './streamPayloads.ts';
import { machineWait } from './wait.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Where it is waited for, and where a loaded machine must answer in time. */
const SHORT_MS = 400;
const PATIENT_MS = 20_000;
/** A request that may be answered at any length: what is tested below are the limits of whoever asks. */
const ROOMY = { bytes: 1_000_000, values: 1_000 };
const backoff = { firstMs: 100, longestMs: 10_000, seed: 'test' };

async function serve(answering: Answering): Promise<PriceServer> {
  const server = await startPriceServer(answering);
  cleanUp.push(() => server.close());
  return server;
}

function requestOf({ url }: Pick<PriceServer, 'url'>): EndpointRequest {
  return { url: new URL('/prices?secret=in-query', url), headers: { authorization: 'Bearer in-header' }, answerMax: ROOMY };
}

function polling(server: Pick<PriceServer, 'url'>, { requests = 1, timeoutMs = PATIENT_MS } = {}) {
  const { wait, waited } = createTestWait();
  const limits = { timeoutMs, bytesMax: 1_000 };
  const all = () => Array.from({ length: requests }, () => requestOf(server));
  return { payloads: pollPayloads({ requests: all, everyMs: 7, limits, backoff, wait }), waited };
}

function streaming(server: Pick<PriceServer, 'url'>, { timeoutMs = PATIENT_MS } = {}) {
  const { wait, waited } = createTestWait();
  const parameters = { request: () => requestOf(server), timeoutMs, silenceMs: timeoutMs, lengthMax: 1_000, backoff, wait };
  return { payloads: streamPayloads(parameters), waited };
}

function patienceFor(code: string): number {
  return code === 'timedOut' ? SHORT_MS : PATIENT_MS;
}

/** The faults until a payload comes, `mend` being called with the first; a payload that `before` equals does not count as long as none came. */
async function untilBack(payloads: AsyncIterable<unknown>, mend: () => void, before: unknown = null) {
  const faults: TransportFault[] = [];
  for await (const item of payloads) {
    if (item instanceof TransportFault) {
      if (faults.length === 0) mend();
      faults.push(item);
    } else if (faults.length > 0 || before === null) return { faults, back: item };
    else expect(item).toEqual(before);
  }
  throw new Error('the stream does not end');
}

const hang: Answering = () => {};
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answering =>
  (_, response) =>
    void response.writeHead(code, headers).end('the token was in-header');
const halfAnswer: Answering = (_, response) => void response.write('{"half":');
const brokenOff: Answering = (_, response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"half":', () => response.destroy());
};
/** A byte now and then: never silent, and never done. */
const drip: Answering = (_, response) => {
  response.setHeader('content-type', 'text/event-stream');
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};
const huge: Answering = (_, response) => void response.end('"'.padEnd(2_000, 'x'));
const folded = gzipSync('"'.padEnd(1_000_000, 'x'));
const compressed: Answering = (_, response) => void response.setHeader('content-encoding', 'gzip').end(folded);

const FAULTS: readonly [string, Answering, string][] = [
  ['hangs before it answers', hang, 'timedOut'],
  ['hangs in the middle', halfAnswer, 'timedOut'],
  ['drips', drip, 'timedOut'],
  ['breaks off', brokenOff, 'unreachable'],
  ['sends more than it may', huge, 'answerTooLarge'],
  ['sends little that unfolds to much', compressed, 'answerTooLarge'],
  ['sends garbage', (_, response) => void response.end('<html>'), 'malformedAnswer'],
  ['sends what is no text', (_, response) => void response.end(Buffer.from([0x22, 0xff, 0x22])), 'malformedAnswer'],
  ['sends nothing', (_, response) => void response.end(), 'malformedAnswer'],
  ['answers 204', status(204), 'malformedAnswer'],
  ['answers 206', status(206), 'malformedAnswer'],
  ['answers 301', status(301, { location: '/elsewhere' }), 'redirected'],
  ['answers 307', status(307, { location: 'http://127.0.0.1:1/' }), 'redirected'],
  ['answers 400', status(400), 'requestRefused'],
  ['answers 401', status(401), 'requestRefused'],
  ['answers 404', status(404), 'requestRefused'],
  ['answers 429', status(429), 'tooManyRequests'],
  ['answers 500', status(500), 'serverFailed'],
  ['answers 503', status(503), 'serverFailed'],
];

describe('an endpoint that is polled', () => {
  test('gives its answers one after the other, with a wait between', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      json({ count })(request, response);
    });
    const { payloads, waited } = polling(server);
    expect(await firstOf(payloads, 3)).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }]);
    expect(waited).toEqual([7, 7]);
    expect(server.requests[0]).toMatchObject({ path: '/prices?secret=in-query', headers: { authorization: 'Bearer in-header' } });
  });

  test.each(FAULTS)('that %s is asked again later, and says why nothing came, without a secret', async (_, answering, code) => {
    const server = await serve(answering);
    const { payloads, waited } = polling(server, { timeoutMs: patienceFor(code) });
    const { faults, back } = await untilBack(payloads, () => server.answer(json({ isBack: true })));
    for (const fault of faults) expect(fault).toMatchObject({ code, message: expect.stringContaining('127.0.0.1') });
    expect(JSON.stringify(faults)).not.toMatch(/in-query|in-header/);
    expect(back).toEqual({ isBack: true });
    expect(waited).toHaveLength(faults.length);
    expect(waited[0]).toBeGreaterThanOrEqual(50);
    // A redirect is never followed.
    expect(server.requests).toHaveLength(faults.length + 1);
    expect(server.requests.every(({ path }) => path.startsWith('/prices'))).toBe(true);
  });

  test('that nobody serves is asked ever more seldom', async () => {
    const server = await serve(hang);
    await server.close();
    const { payloads, waited } = polling(server);
    const items = await firstOf(payloads, 6);
    expect(items.map((item) => (item instanceof TransportFault ? item.code : item))).toEqual(Array(6).fill('unreachable'));
    expect((items[0] as TransportFault).message).toMatch(/^127\.0\.0\.1:[0-9]+ cannot be read: ECONNREFUSED$/);
    for (const [place, ms] of waited.entries()) expect(ms).toBeLessThanOrEqual(100 * 2 ** place);
    for (const [place, ms] of waited.entries()) expect(ms).toBeGreaterThanOrEqual(50 * 2 ** place);
    const again = polling(server);
    await firstOf(again.payloads, 6);
    expect(again.waited).toEqual(waited);
  });

  test('that fails for one of its requests gives the others, and is asked again in time', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      if (count % 2 === 1) status(500)(request, response);
      else json({ count })(request, response);
    });
    const { payloads, waited } = polling(server, { requests: 2 });
    const items = await firstOf(payloads, 4);
    expect(items.filter((item) => item instanceof TransportFault)).toHaveLength(2);
    expect(items[0]).not.toBeInstanceOf(TransportFault);
    expect(waited).toEqual([7]);
  });

  test('that closes a connection before it answers is asked once more at once, and not a third time', async () => {
    let requests = 0;
    const server = await serve((request, response) => {
      requests += 1;
      if (requests === 1 || requests > 3) request.socket.destroy();
      else json({ requests })(request, response);
    });
    const { payloads, waited } = polling(server);
    const items = await firstOf(payloads, 3);
    expect(items).toMatchObject([{ requests: 2 }, { requests: 3 }, { code: 'unreachable' }]);
    expect(waited).toEqual([7, 7]);
    expect(requests).toBe(5);
  });

  test('that drips a whole answer is not read to its end: each piece costs a turn, however short it is', async () => {
    let written = 0;
    const server = await serve((_, response) => {
      response.setHeader('content-type', 'application/json');
      const next = (): void => {
        written += 1;
        if (response.writable) response.write(' ', () => setImmediate(next));
      };
      next();
    });
    const limits = { timeoutMs: PATIENT_MS, bytesMax: 1_000_000 };
    const request = { ...requestOf(server), answerMax: { bytes: 2_560, values: 1 } };
    const { signal } = new AbortController();
    // 256 and one for each 256 bytes; the network may join some of them.
    expect(await fetchJson(request, limits, signal)).toMatchObject({
      code: 'answerTooLarge',
      message: expect.stringMatching(/more than (266 pieces|2560 bytes)$/),
    });
    expect(written).toBeLessThan(4_000);
  });

  test('is held to what its request may be answered with, where that is less', async () => {
    const server = await serve(json(Array(50).fill('x')));
    const { signal } = new AbortController();
    const ask = (answerMax: EndpointRequest['answerMax']) =>
      fetchJson({ ...requestOf(server), answerMax }, { timeoutMs: PATIENT_MS, bytesMax: 1_000 }, signal);
    expect(await ask({ bytes: 201, values: 51 })).toEqual({ json: Array(50).fill('x') });
    expect(await ask({ bytes: 200, values: 51 })).toMatchObject({ code: 'answerTooLarge' });
    expect(await ask({ bytes: 201, values: 50 })).toMatchObject({ code: 'malformedAnswer' });
  });

  test('that asks for patience is given it', async () => {
    const server = await serve(status(503, { 'retry-after': '42' }));
    const { payloads, waited } = polling(server);
    await firstOf(payloads, 2);
    expect(waited).toEqual([42_000]);
  });

  test('is let go of at once, whether it hangs or is waited for', async () => {
    const server = await serve(hang);
    const startedMs = performance.now();
    for (const answering of [hang, json({})]) {
      server.answer(answering);
      const limits = { timeoutMs: 60_000, bytesMax: 1_000 };
      const requests = () => [requestOf(server)];
      const stream = pollPayloads({ requests, everyMs: 60_000, limits, backoff, wait: machineWait })[Symbol.asyncIterator]();
      if (answering !== hang) await stream.next();
      const next = stream.next();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await stream.return?.();
      expect(await next).toEqual({ done: true, value: undefined });
    }
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe('an endpoint that streams', () => {
  test('gives its events, and is opened again when it ends, as Hermes does every day', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      events(
        [
          { count, event: 1 },
          { count, event: 2 },
        ],
        { isOpen: false },
      )(request, response);
    });
    const { payloads, waited } = streaming(server);
    expect(await firstOf(payloads, 4)).toEqual([1, 2].flatMap((of) => [1, 2].map((event) => ({ count: of, event }))));
    expect(waited).toEqual([100]);
  });

  const stream =
    (text: string): Answering =>
    (_, response) =>
      void response.setHeader('content-type', 'text/event-stream').end(text);
  const comments: Answering = (_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    const timer = setInterval(() => response.write(': still here\n\n'), 20);
    response.on('close', () => clearInterval(timer));
  };
  test.each<[string, Answering, string]>([
    ...FAULTS.filter(([name]) => /hangs before|drips|answers/.test(name)),
    ['opens and says nothing', events([], { isOpen: true }), 'timedOut'],
    ['only comments', comments, 'timedOut'],
    ['ends at once', events([], { isOpen: false }), 'streamEnded'],
    ['is no stream', json({ parsed: [] }), 'malformedAnswer'],
    ['sends garbage', stream('data: <html>\n\ndata: {}\n\n'), 'malformedAnswer'],
    ['sends an event that is too long', stream(`data: ${'x'.repeat(2_000)}\n\n`), 'answerTooLarge'],
    ['sends a line without an end', stream('x'.repeat(2_000)), 'answerTooLarge'],
  ])('and %s is opened again later, and says why nothing came', async (_, answering, code) => {
    const server = await serve(answering);
    const { payloads, waited } = streaming(server, { timeoutMs: patienceFor(code) });
    const { faults, back } = await untilBack(payloads, () => server.answer(events([{ isBack: true }], { isOpen: true })));
    for (const fault of faults) expect(fault).toMatchObject({ code });
    expect(JSON.stringify(faults)).not.toMatch(/in-query|in-header/);
    expect(back).toEqual({ isBack: true });
    expect(waited).toHaveLength(faults.length);
    expect(server.requests).toHaveLength(faults.length + 1);
  });

  test('and falls silent after events is given up and opened anew', async () => {
    const server = await serve(events([{ event: 1 }], { isOpen: true }));
    const { payloads } = streaming(server, { timeoutMs: SHORT_MS });
    const { faults, back } = await untilBack(payloads, () => {}, { event: 1 });
    expect(faults.map(({ code }) => code)).toContain('timedOut');
    expect(back).toEqual({ event: 1 });
  });

  /** Writes the same again and again, as fast as it is read. */
  const flood =
    (text: string, count: { bytes: number }): Answering =>
    (_, response) => {
      response.setHeader('content-type', 'text/event-stream');
      const more = (): void => {
        while (response.writable) {
          count.bytes += text.length;
          if (!response.write(text)) break;
        }
        response.once('drain', more);
      };
      more();
    };

  test.each<[string, string]>([
    ['comments', ':\n'.repeat(32_768)],
    ['empty lines', '\n'.repeat(65_536)],
    ['a line that does not end', 'x'.repeat(65_536)],
    ['an event that does not end', 'data\n'.repeat(13_000)],
  ])('and floods with %s is closed after a few pieces, ever more seldom', async (_, text) => {
    const count = { bytes: 0 };
    const server = await serve(flood(text, count));
    const { payloads, waited } = streaming(server);
    const items = await firstOf(payloads, 6);
    for (const item of items) expect(item).toMatchObject({ code: 'answerTooLarge' });
    expect(server.requests).toHaveLength(6);
    expect(waited.slice(0, 5).every((ms, place) => ms >= 50 * 2 ** place)).toBe(true);
  });

  test('and floods with events is read at its pace, then closed, and ever more seldom opened', async () => {
    const count = { bytes: 0 };
    const server = await serve(flood('data:1\n\n'.repeat(8_000), count));
    let now = 0;
    const held: number[] = [];
    const retried: number[] = [];
    const parameters = {
      request: () => requestOf(server),
      timeoutMs: PATIENT_MS,
      silenceMs: PATIENT_MS,
      lengthMax: 16_000,
      backoff: { ...backoff, firstMs: 1_000_000, longestMs: 64_000_000 },
      nowMs: () => now,
      wait: async (ms: number) => {
        now += ms;
        (ms < 100_000 ? held : retried).push(ms);
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
    const counts: number[] = [];
    let events = 0;
    for await (const item of streamPayloads(parameters)) {
      if (!(item instanceof TransportFault)) {
        events += 1;
        continue;
      }
      expect(item).toMatchObject({ code: 'answerTooLarge' });
      counts.push(events);
      events = 0;
      if (counts.length === 3) break;
    }
    // Two of the longest at once and four a second for ten seconds: an event counts a sixteenth of the longest at least.
    for (const one of counts) {
      expect(one).toBeGreaterThan(16 * 4 * 5);
      expect(one).toBeLessThanOrEqual(16 * (2 + 4 * 10) + 1);
    }
    expect(held.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(3 * 10_000);
    expect(retried.every((ms, place) => ms >= 500_000 * 2 ** place)).toBe(true);
  });

  test('is let go of at once while it is silent', async () => {
    const server = await serve(events([{ event: 1 }], { isOpen: true }));
    const parameters = { request: () => requestOf(server), timeoutMs: 60_000, silenceMs: 60_000, lengthMax: 1_000, backoff };
    const iterator = streamPayloads({ ...parameters, wait: machineWait })[Symbol.asyncIterator]();
    await iterator.next();
    const next = iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await iterator.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
