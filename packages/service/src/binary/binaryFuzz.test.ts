import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ownerId } from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandFromJson } from '../commands/index.ts';
import { arbitraryCommandJson } from '../commands/testing/arbitraryCommand.ts';
import { createInThreadVerifier } from '../verify/inThreadVerifier.ts';
import { BINARY_LIMITS } from './binaryConnection.ts';
import { type BinaryServer, createBinaryServer } from './binaryServer.ts';
import { connectBinary } from './client.ts';
import type { FramedCommand } from './commandLayouts.ts';
import { FRAME_FAULTS, FrameFault } from './frameFault.ts';
import { createFrameSplitter } from './frameSplitter.ts';
import {
  decodeCommands,
  decodeHello,
  decodeLogin,
  decodeServerFrame,
  encodeBusy,
  encodeCommands,
  encodeError,
  encodeHello,
  encodeLogin,
  encodeOutcomes,
  encodePing,
  encodeWelcome,
  frameMessage,
  loginMessage,
  sessionIdOf,
} from './frames.ts';
import { createScriptedSequencer, type ScriptedSequencer, sessionOf } from './testing/scriptedSequencer.ts';
import { testKey } from './testing/testKeys.ts';

const DEPLOYMENT = { chainId: 1, name: 'fuzz' };
const OWNER = ownerId(5);
const KEY = testKey(9);

/** A generator of numbers that is the same in every run. */
function createRandom(seed: number) {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
  return next;
}

const sampled: readonly FramedCommand[] = fc
  .sample(arbitraryCommandJson(), { seed: 31, numRuns: 120 })
  .flatMap((json, index): readonly FramedCommand[] => {
    const decoded = commandFromJson(json);
    return decoded.ok ? [{ commandId: `fuzz-${index}`, command: decoded.command }] : [];
  });

/** Changes a few bytes, cuts, doubles or grows: small changes find what large ones are refused before. */
function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  const changed = Buffer.from(bytes);
  switch (random(6)) {
    case 0:
      return changed.subarray(0, random(changed.length + 1));
    case 1:
      return Buffer.concat([changed, Buffer.alloc(1 + random(9), random(256))]);
    case 2: {
      const at = random(changed.length);
      return Buffer.concat([changed.subarray(0, at), changed.subarray(random(changed.length))]);
    }
    default: {
      for (let i = random(4); i >= 0; i -= 1)
        changed[random(changed.length)] = random(2) === 0 ? ([0, 1, 0x7f, 0x80, 0xff][random(5)] ?? 0) : random(256);
      return changed;
    }
  }
}

describe('the readers of frames', () => {
  it('name what is wrong with sixty thousand bodies that are none, or read them; nothing else is thrown', () => {
    const random = createRandom(7);
    const signature = Buffer.alloc(64, 3);
    const bodies = [
      encodeHello({
        deployment: DEPLOYMENT,
        challenge: Buffer.alloc(32),
        height: 3,
        timeMs: 4,
        blockHash: Buffer.alloc(32),
        frameBytesMax: 5,
        framesOpenMax: 6,
        idleMs: 7,
      }),
      encodeLogin({ key: KEY.key, owner: OWNER, signature }),
      encodeWelcome(99),
      encodeBusy(4, 'queueFull', 5),
      encodeError('idle', 'no frame within 5 ms'),
      encodeOutcomes(1, [
        { status: 'accepted', height: 1, index: 2 },
        {
          status: 'rejected',
          height: 1,
          index: 3,
          code: 'staleNonce',
          account: null,
          figures: { last: 5, large: 2n ** 70n, text: 'a' },
        },
        { status: 'refused', code: 'outsideScope' },
      ]),
      ...sampled.map((framed) => encodeCommands(1, [framed], () => signature)),
    ].map((frame) => frame.subarray(4));
    const readers = [decodeHello, decodeLogin, decodeServerFrame, decodeCommands];
    let read = 0;
    let refused = 0;
    for (let i = 0; i < 60_000; i += 1) {
      const body =
        i % 10 === 0
          ? Buffer.from(Array.from({ length: random(200) }, () => random(256)))
          : mutate(bodies[i % bodies.length] ?? Buffer.alloc(1), random);
      const decode = readers[random(readers.length)] ?? decodeHello;
      try {
        decode(body);
        read += 1;
      } catch (cause) {
        if (!(cause instanceof FrameFault)) throw cause;
        refused += 1;
        expect(Object.keys(FRAME_FAULTS)).toContain(cause.code);
      }
    }
    expect(read).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(20_000);
  });
});

/** Memory in use once everything is closed and collected. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  for (let i = 0; i < 3; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (typeof collect === 'function') collect();
  }
  return process.memoryUsage();
}

describe('a server under fuzz', () => {
  let server: BinaryServer;
  let scripted: ScriptedSequencer;
  let port = 0;
  beforeAll(async () => {
    scripted = createScriptedSequencer();
    scripted.sessions.set(KEY.key, sessionOf(KEY.key, OWNER));
    server = createBinaryServer({
      deployment: DEPLOYMENT,
      sequencer: scripted.sequencer,
      verifier: createInThreadVerifier(),
      authorize: async (_session, commands) => commands.map(() => null),
      limits: { ...BINARY_LIMITS, connectionsMax: 64, frameBytesMax: 1 << 17 },
      onEvent: () => {},
    });
    port = (await server.listen({ host: '127.0.0.1', port: 0 })).port;
  });
  afterAll(() => server.close(100));

  /** Logs in, then says what it is given; resolves to the last frames that the server said once it has closed. */
  function speak(makeBytes: (sessionId: Buffer) => Buffer, logsIn: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect({ host: '127.0.0.1', port });
      const splitter = createFrameSplitter(1 << 24);
      let isGreeted = false;
      let last = 'silence';
      socket.on('error', () => {});
      socket.on('close', () => resolve(last));
      socket.on('data', (chunk: Buffer) => {
        try {
          splitter.push(chunk);
          for (let body = splitter.next(); body !== null; body = splitter.next()) {
            if (isGreeted) {
              const frame = decodeServerFrame(body);
              last = frame.kind === 'error' ? frame.code : frame.kind;
              continue;
            }
            isGreeted = true;
            const login = encodeLogin({
              key: KEY.key,
              owner: OWNER,
              signature: KEY.sign(loginMessage(decodeHello(body).challenge, DEPLOYMENT, OWNER)),
            });
            const sessionId = sessionIdOf(body, login.subarray(4));
            if (logsIn) socket.write(login);
            socket.end(makeBytes(sessionId));
          }
        } catch (cause) {
          reject(cause instanceof Error ? cause : new Error(String(cause)));
        }
      });
    });
  }

  it('takes thirty thousand changed and raw frames over three thousand connections: it answers by name, and memory is flat', {
    timeout: 120_000,
  }, async () => {
    const random = createRandom(11);
    const ended = new Map<string, number>();
    const round = async (connections: number): Promise<void> => {
      const lasts = await Promise.all(
        Array.from({ length: connections }, (_, index) =>
          speak(
            (sessionId) => {
              const frames: Buffer[] = [];
              for (let sequence = 1; sequence <= 10; sequence += 1) {
                const from = random(sampled.length);
                const good = encodeCommands(
                  sequence,
                  sampled.slice(from, from + 1 + random(3)).concat(sampled.slice(0, 1)),
                  (digest) => KEY.sign(frameMessage(sessionId, digest)),
                );
                const way = random(8);
                if (way < 5) frames.push(good);
                else if (way === 5) frames.push(mutate(good, random));
                else if (way === 6) frames.push(encodePing());
                else frames.push(Buffer.from(Array.from({ length: random(60) }, () => random(256))));
              }
              return Buffer.concat(frames);
            },
            index % 8 !== 0,
          ),
        ),
      );
      for (const last of lasts) ended.set(last, (ended.get(last) ?? 0) + 1);
    };
    // A connection that still lingers holds what it reads into.
    const allClosed = () => vi.waitFor(() => expect(server.connections()).toBe(0), { timeout: 10_000, interval: 20 });
    for (let i = 0; i < 20; i += 1) await round(30);
    scripted.submitted.length = 0;
    await allClosed();
    const before = await settledMemory();
    for (let i = 0; i < 80; i += 1) {
      await round(30);
      scripted.submitted.length = 0;
    }
    await allClosed();
    const after = await settledMemory();
    const names = [...Object.keys(FRAME_FAULTS), 'silence', 'outcomes', 'busy', 'welcome', 'pong'];
    for (const last of ended.keys()) expect(names).toContain(last);
    // Each way to end must have been met, or the fuzz says little.
    for (const code of ['badHandshake', 'badSignature', 'malformedFrame', 'frameTooLarge', 'sequenceGap', 'outcomes'])
      expect(ended.get(code) ?? 0, code).toBeGreaterThan(5);
    // What two thousand four hundred connections leave behind is nothing; the slack is for what compiling leaves.
    console.log(
      `grown by ${after.external - before.external} bytes outside the heap, ${after.heapUsed - before.heapUsed} inside`,
    );
    expect(after.external - before.external).toBeLessThan(4 << 20);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(16 << 20);
  });

  it('serves the next client as if nothing had been', async () => {
    const client = await connectBinary({
      host: '127.0.0.1',
      port,
      deployment: DEPLOYMENT,
      owner: OWNER,
      key: KEY.key,
      sign: KEY.sign,
      giveUpMs: 1_000,
    });
    const outcomes = await client.send(sampled.slice(0, 100));
    expect(outcomes.every(({ status }) => status === 'accepted')).toBe(true);
    await client.close();
  });
});
