// Longer than most: one connection at a time, every rule of the session and every name it is refused under.

import { connect, createServer, type Socket } from 'node:net';
import type { Command } from '@plimsoll/core/engine';
import { ownerId } from '@plimsoll/core/numeric';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Outcome, Overload } from '../contracts/submission.ts';
import { secondForm } from '../identity/testing/testSigner.ts';
import { createInThreadVerifier } from '../verify/inThreadVerifier.ts';
import { VerifyUnavailable } from '../verify/signatureJob.ts';
import { BINARY_LIMITS, type BinaryEvent, type BinaryLimits, type ConnectionContext } from './binaryConnection.ts';
import { type BinaryServer, createBinaryServer } from './binaryServer.ts';
import { type BinaryClient, connectBinary } from './client.ts';
import type { FramedCommand } from './commandLayouts.ts';
import { createFrameSplitter } from './frameSplitter.ts';
import {
  decodeHello,
  decodeServerFrame,
  encodeCommands,
  encodeLogin,
  encodePing,
  frameMessage,
  loginMessage,
  type ServerFrame,
  sessionIdOf,
} from './frames.ts';
import { createScriptedSequencer, type ScriptedSequencer, sessionOf } from './testing/scriptedSequencer.ts';
import { type TestKey, testKey } from './testing/testKeys.ts';

const DEPLOYMENT = { chainId: 31_337, name: 'binary-test' };
const OWNER = ownerId(7);
const KEY = testKey(1);

const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

interface Setup {
  readonly server: BinaryServer;
  readonly port: number;
  readonly scripted: ScriptedSequencer;
  readonly events: BinaryEvent[];
}

async function setup(
  limits: Partial<BinaryLimits> = {},
  context: Partial<Pick<ConnectionContext, 'authorize' | 'verifier'>> = {},
): Promise<Setup> {
  const scripted = createScriptedSequencer();
  scripted.sessions.set(KEY.key, sessionOf(KEY.key, OWNER));
  const events: BinaryEvent[] = [];
  const server = createBinaryServer({
    deployment: DEPLOYMENT,
    sequencer: scripted.sequencer,
    verifier: createInThreadVerifier(),
    authorize: async (_session, commands) => commands.map((command) => (command.actor === OWNER ? null : 'notAuthorised')),
    limits: { ...BINARY_LIMITS, ...limits },
    onEvent: (event) => events.push(event),
    ...context,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  cleanUp.push(() => server.close(100));
  return { server, port, scripted, events };
}

async function client(
  port: number,
  options: { readonly key?: TestKey; readonly owner?: number; readonly giveUpMs?: number } = {},
): Promise<BinaryClient> {
  const key = options.key ?? KEY;
  const made = await connectBinary({
    host: '127.0.0.1',
    port,
    deployment: DEPLOYMENT,
    owner: ownerId(options.owner ?? OWNER),
    key: key.key,
    sign: key.sign,
    giveUpMs: options.giveUpMs ?? 1_000,
  });
  cleanUp.push(() => made.close());
  return made;
}

function cancel(bundle: number, actor: number = OWNER): Command {
  return { kind: 'cancelBundle', actor: ownerId(actor), nonce: bundle, bundle };
}
function commands(count: number, from = 0): readonly FramedCommand[] {
  return Array.from({ length: count }, (_, index) => ({ commandId: `c${from + index}`, command: cancel(from + index) }));
}

/** A peer that says what a test wants, byte by byte. */
interface RawPeer {
  readonly socket: Socket;
  readonly sessionId: () => Buffer;
  /** Everything the server said after its hello, until it closed. */
  readonly ended: Promise<readonly ServerFrame[]>;
  frames(): readonly ServerFrame[];
}

function rawPeer(port: number, options: { readonly logsIn: boolean }): Promise<RawPeer> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const splitter = createFrameSplitter(1 << 24);
    const said: ServerFrame[] = [];
    let sessionId: Buffer | null = null;
    let isGreeted = false;
    let onEnd: (frames: readonly ServerFrame[]) => void = () => {};
    const peer: RawPeer = {
      socket,
      sessionId: () => sessionId ?? Buffer.alloc(32),
      ended: new Promise((end) => {
        onEnd = end;
      }),
      frames: () => said,
    };
    cleanUp.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => onEnd(said));
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
      for (let body = splitter.next(); body !== null; body = splitter.next()) {
        if (isGreeted) {
          said.push(decodeServerFrame(body));
          if (said.length === 1 && options.logsIn) resolve(peer);
          continue;
        }
        isGreeted = true;
        const hello = decodeHello(body);
        if (!options.logsIn) {
          resolve(peer);
          continue;
        }
        const login = encodeLogin({
          key: KEY.key,
          owner: OWNER,
          signature: KEY.sign(loginMessage(hello.challenge, DEPLOYMENT, OWNER)),
        });
        sessionId = sessionIdOf(body, login.subarray(4));
        socket.write(login);
      }
    });
  });
}

function signedFrame(peer: RawPeer, sequence: number, count = 1): Buffer {
  return encodeCommands(sequence, commands(count, sequence * 10), (digest) => KEY.sign(frameMessage(peer.sessionId(), digest)));
}

const lastOf = (frames: readonly ServerFrame[]) => frames.at(-1);
const soon = (ms = 30) => new Promise((resolve) => setTimeout(resolve, ms));
/** For what must come, however busy the machine is. */
const PATIENCE = { timeout: 10_000 };
const overload: Overload = { kind: 'overload', reason: 'queueFull', retryAfterMs: 5 };

describe('a binary session', () => {
  it('executes the commands of a frame in order and tells each outcome, as the sequencer gave it', async () => {
    const { port, scripted } = await setup();
    const session = await client(port);
    expect(session.hello).toMatchObject({ deployment: DEPLOYMENT, height: 0, timeMs: 1_000 });
    expect(session.sessionExpiresAtMs).toBe(1_000_000);
    const rejected: Outcome = {
      status: 'rejected',
      height: scripted.sequencer.head().height,
      index: 1,
      code: 'unknownBundle',
      account: null,
      figures: { bundle: 1, large: 2n ** 80n },
    };
    scripted.script.push(async (entries) =>
      entries.map((_, index) =>
        index === 1 ? rejected : { status: 'accepted', height: rejected.height, index, events: [], owner: null },
      ),
    );
    expect(await session.send(commands(3))).toEqual([
      { status: 'accepted', height: 0, index: 0 },
      { status: 'rejected', height: 0, index: 1, code: 'unknownBundle', account: null, figures: { bundle: 1, large: 2n ** 80n } },
      { status: 'accepted', height: 0, index: 2 },
    ]);
    expect(scripted.submitted).toEqual([commands(3).map((one) => ({ kind: 'command', ...one }))]);
  });

  it('carries many frames at once, each as large as a frame may be, in the order in which they were sent', async () => {
    const { port, scripted } = await setup({ framesOpenMax: 4 });
    const session = await client(port);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, frame) => session.send(commands(1_024, frame * 1_024))));
    expect(answers.every((outcomes) => outcomes.length === 1_024 && outcomes.every(({ status }) => status === 'accepted'))).toBe(
      true,
    );
    const nonces = scripted.submitted.flat().map((entry) => (entry.kind === 'command' ? entry.command.nonce : -1));
    expect(nonces).toEqual(Array.from({ length: 20 * 1_024 }, (_, index) => index));
    expect(session.openFrames()).toBe(0);
  });

  it('refuses the commands that the session may not issue, and executes the others of the frame', async () => {
    const { port, scripted } = await setup();
    const session = await client(port);
    const mixed = [...commands(1), { commandId: 'not-mine', command: cancel(5, 8) }, ...commands(1, 9)];
    expect(await session.send(mixed)).toEqual([
      { status: 'accepted', height: 1, index: 0 },
      { status: 'refused', code: 'notAuthorised' },
      { status: 'accepted', height: 1, index: 1 },
    ]);
    expect(await session.send([{ commandId: 'alone', command: cancel(5, 8) }])).toEqual([
      { status: 'refused', code: 'notAuthorised' },
    ]);
    expect(scripted.submitted.map((entries) => entries.map(({ commandId }) => commandId))).toEqual([['c0', 'c9']]);
  });

  it('refuses a command whose id is kept for another, and executes the others of the frame', async () => {
    const { port, scripted } = await setup();
    const session = await client(port);
    scripted.script.push(() => ({ kind: 'reused', places: [1] }));
    const frame = [{ commandId: 'not-mine', command: cancel(5, 8) }, ...commands(3)];
    expect(await session.send(frame)).toEqual([
      { status: 'refused', code: 'notAuthorised' },
      { status: 'accepted', height: 1, index: 0 },
      { status: 'refused', code: 'commandIdReused' },
      { status: 'accepted', height: 1, index: 1 },
    ]);
    expect(scripted.submitted.map((entries) => entries.map(({ commandId }) => commandId))).toEqual([['c0', 'c2']]);
  });

  it('answers pings', async () => {
    const { port } = await setup();
    const peer = await rawPeer(port, { logsIn: true });
    peer.socket.write(encodePing());
    await soon();
    expect(lastOf(peer.frames())).toEqual({ kind: 'pong' });
  });
});

describe('overload', () => {
  it('is a busy frame, and nothing of the frame or of those after it is executed before it comes again', async () => {
    const { port, scripted } = await setup();
    const peer = await rawPeer(port, { logsIn: true });
    scripted.script.push(() => overload);
    peer.socket.write(Buffer.concat([signedFrame(peer, 1), signedFrame(peer, 2), signedFrame(peer, 3)]));
    await expect
      .poll(() => peer.frames().slice(1), PATIENCE)
      .toEqual([
        { kind: 'busy', sequence: 1, reason: 'queueFull', retryAfterMs: 5 },
        { kind: 'busy', sequence: 2, reason: 'earlierFrameBusy', retryAfterMs: 20 },
        { kind: 'busy', sequence: 3, reason: 'earlierFrameBusy', retryAfterMs: 20 },
      ]);
    expect(scripted.submitted).toEqual([]);
    // What was still under way is turned away as well; then the client goes back.
    peer.socket.write(signedFrame(peer, 4));
    await expect
      .poll(() => lastOf(peer.frames()), PATIENCE)
      .toMatchObject({ kind: 'busy', sequence: 4, reason: 'earlierFrameBusy' });
    peer.socket.write(Buffer.concat([signedFrame(peer, 1), signedFrame(peer, 2)]));
    await expect
      .poll(() => peer.frames().slice(-2), PATIENCE)
      .toMatchObject([
        { kind: 'outcomes', sequence: 1 },
        { kind: 'outcomes', sequence: 2 },
      ]);
    expect(scripted.submitted.flat().map(({ commandId }) => commandId)).toEqual(['c10', 'c20']);
  });

  it('does not let a frame overtake one that was turned away, even when the client goes back too early', async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const verifier = createInThreadVerifier();
    let checks = 0;
    const { port, scripted } = await setup(
      {},
      {
        verifier: {
          verify: async (jobs) => {
            checks += 1;
            // The check of the second frame takes longest.
            if (checks === 3) await held;
            return verifier.verify(jobs);
          },
        },
      },
    );
    const peer = await rawPeer(port, { logsIn: true });
    scripted.script.push(() => overload);
    peer.socket.write(Buffer.concat([signedFrame(peer, 1), signedFrame(peer, 2)]));
    await soon();
    peer.socket.write(Buffer.concat([signedFrame(peer, 1), signedFrame(peer, 2)]));
    await soon();
    release();
    await soon();
    expect(scripted.submitted.flat().map(({ commandId }) => commandId)).toEqual(['c10', 'c20']);
  });

  it('is ridden out by the client, which offers its frames again in order', async () => {
    const { port, scripted } = await setup();
    const session = await client(port);
    scripted.script.push(
      () => overload,
      () => overload,
    );
    const answers = await Promise.all([session.send(commands(1)), session.send(commands(1, 1)), session.send(commands(1, 2))]);
    expect(answers.flat().map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(scripted.submitted.flat().map(({ commandId }) => commandId)).toEqual(['c0', 'c1', 'c2']);
  });

  it('is told to the caller once its patience ends, and the session goes on', async () => {
    const { port, scripted } = await setup();
    const session = await client(port, { giveUpMs: 0 });
    scripted.script.push(() => overload);
    await expect(session.send(commands(1))).rejects.toMatchObject({ code: 'busy', retryAfterMs: 5 });
    expect(scripted.submitted).toEqual([]);
    expect((await session.send(commands(1))).map(({ status }) => status)).toEqual(['accepted']);
  });

  it('of the verification pool is a busy frame as well', async () => {
    const verifier = createInThreadVerifier();
    let checks = 0;
    const { port } = await setup(
      {},
      {
        verifier: {
          verify: (jobs) => {
            checks += 1;
            return checks === 2
              ? Promise.reject(new VerifyUnavailable('verifyQueueFull', 'full', { retryAfterMs: 3 }))
              : verifier.verify(jobs);
          },
        },
      },
    );
    const peer = await rawPeer(port, { logsIn: true });
    peer.socket.write(signedFrame(peer, 1));
    await soon();
    expect(lastOf(peer.frames())).toEqual({ kind: 'busy', sequence: 1, reason: 'verifyQueueFull', retryAfterMs: 3 });
  });
});

describe('a connection that breaks the rules is told which one, and closed', () => {
  async function dropped(peer: RawPeer) {
    const frames = await peer.ended;
    return lastOf(frames);
  }

  it('for a login that its key did not sign', async () => {
    const { port } = await setup();
    await expect(client(port, { key: { key: KEY.key, sign: testKey(2).sign } })).rejects.toMatchObject({ code: 'badSignature' });
  });

  it('for a login that cannot be checked now', async () => {
    const verify = () => Promise.reject(new VerifyUnavailable('verifyQueueFull', 'full', { retryAfterMs: 3 }));
    const { port } = await setup({}, { verifier: { verify } });
    await expect(client(port)).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('for a session that is unknown, of somebody else, or expired', async () => {
    const { port, scripted } = await setup();
    await expect(client(port, { key: testKey(3) })).rejects.toMatchObject({ code: 'unknownSession' });
    await expect(client(port, { owner: 8 })).rejects.toMatchObject({ code: 'unknownSession' });
    scripted.setTime(1_000_000);
    await expect(client(port)).rejects.toMatchObject({ code: 'sessionExpired' });
  });

  it('for a login that answers the challenge of another connection', async () => {
    const { port } = await setup();
    const [one, two] = [await rawPeer(port, { logsIn: false }), await rawPeer(port, { logsIn: false })];
    const foreign = encodeLogin({
      key: KEY.key,
      owner: OWNER,
      signature: KEY.sign(loginMessage(Buffer.alloc(32), DEPLOYMENT, OWNER)),
    });
    one.socket.write(foreign);
    two.socket.write(Buffer.from([1, 0, 0, 0, 4]));
    expect(await dropped(one)).toMatchObject({ kind: 'error', code: 'badSignature' });
    expect(await dropped(two)).toMatchObject({ kind: 'error', code: 'badHandshake' });
  });

  it('for a server of another deployment the client signs nothing', async () => {
    const { port, scripted } = await setup();
    let signatures = 0;
    const attempt = connectBinary({
      host: '127.0.0.1',
      port,
      deployment: { ...DEPLOYMENT, name: 'another' },
      owner: OWNER,
      key: KEY.key,
      sign: (message) => {
        signatures += 1;
        return KEY.sign(message);
      },
      giveUpMs: 0,
    });
    await expect(attempt).rejects.toMatchObject({ code: 'badHandshake' });
    expect(signatures).toBe(0);
    expect(scripted.submitted).toEqual([]);
  });

  it('for a frame that the session did not sign, or signed for another connection', async () => {
    const { port, scripted } = await setup();
    const [one, two] = [await rawPeer(port, { logsIn: true }), await rawPeer(port, { logsIn: true })];
    const forged = signedFrame(one, 1);
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    one.socket.write(forged);
    two.socket.write(signedFrame(one, 1));
    expect(await dropped(one)).toMatchObject({ kind: 'error', code: 'badSignature' });
    expect(await dropped(two)).toMatchObject({ kind: 'error', code: 'badSignature' });
    const three = await rawPeer(port, { logsIn: true });
    const raised = signedFrame(three, 1);
    secondForm(raised.subarray(-64)).copy(raised, raised.length - 64);
    three.socket.write(raised);
    const message = 'frame 1 is not signed by the session: malleated';
    expect(await dropped(three)).toMatchObject({ kind: 'error', code: 'badSignature', message });
    expect(scripted.submitted).toEqual([]);
  });

  it('for a gap in the sequence, and for a frame that comes twice', async () => {
    const { port, scripted } = await setup();
    const [one, two] = [await rawPeer(port, { logsIn: true }), await rawPeer(port, { logsIn: true })];
    one.socket.write(Buffer.concat([signedFrame(one, 1), signedFrame(one, 3)]));
    two.socket.write(Buffer.concat([signedFrame(two, 1), signedFrame(two, 1)]));
    expect(await dropped(one)).toEqual({ kind: 'error', code: 'sequenceGap', message: 'frame 3 came where 2 was due' });
    expect(await dropped(two)).toMatchObject({ kind: 'error', code: 'sequenceGap' });
    // A frame that arrived whole before the breach may still be executed; it is executed once.
    expect(scripted.submitted.length).toBeLessThanOrEqual(2);
  });

  it('for frames that are too large, of no known type, empty, or malformed', async () => {
    const { port } = await setup({ frameBytesMax: 500 });
    const cases: readonly (readonly [(peer: RawPeer) => Buffer, string])[] = [
      [() => Buffer.from([0xf5, 1, 0, 0, 4]), 'frameTooLarge'],
      [() => Buffer.from([1, 0, 0, 0, 99]), 'unknownFrameType'],
      [() => Buffer.from([0, 0, 0, 0]), 'malformedFrame'],
      [() => Buffer.from([2, 0, 0, 0, 8, 1]), 'malformedFrame'],
      [(peer) => signedFrame(peer, 1).fill(0xee, 20, 24), 'malformedFrame'],
    ];
    for (const [bytes, code] of cases) {
      const peer = await rawPeer(port, { logsIn: true });
      peer.socket.write(bytes(peer));
      expect(await dropped(peer)).toMatchObject({ kind: 'error', code });
    }
  });

  it('for no login in time, and for silence', async () => {
    const { port } = await setup({ handshakeMs: 100, idleMs: 100 });
    const [silent, logged] = [await rawPeer(port, { logsIn: false }), await rawPeer(port, { logsIn: true })];
    // A byte of a frame now and then is no frame.
    logged.socket.write(Buffer.from([200, 0, 0, 0]));
    const dribble = setInterval(() => logged.socket.write(Buffer.from([1])), 40);
    expect(await dropped(silent)).toMatchObject({ kind: 'error', code: 'handshakeTimeout' });
    expect(await dropped(logged)).toEqual({ kind: 'error', code: 'idle', message: 'no frame within 100 ms' });
    clearInterval(dribble);
  });

  it('for one connection too many', async () => {
    const { port, server } = await setup({ connectionsMax: 1 });
    const first = await client(port);
    const refused = connectBinary({
      host: '127.0.0.1',
      port,
      deployment: DEPLOYMENT,
      owner: OWNER,
      key: KEY.key,
      sign: KEY.sign,
      giveUpMs: 0,
    });
    await expect(refused).rejects.toThrow();
    expect(server.connections()).toBe(1);
    expect((await first.send(commands(1))).length).toBe(1);
  });

  it('for a session that was revoked or has expired since', async () => {
    const { port, scripted } = await setup(
      {},
      { authorize: async (session) => (scripted.sessions.has(session.key) ? [null] : null) },
    );
    const session = await client(port);
    expect((await session.send(commands(1))).length).toBe(1);
    scripted.sessions.clear();
    await expect(session.send(commands(1, 1))).rejects.toMatchObject({ code: 'sessionExpired' });
    expect(scripted.submitted.length).toBe(1);
  });

  it('for answers that it never reads: memory stays bounded, and the reason is told', async () => {
    // Long answers fill what the system itself keeps for a reader sooner.
    const code = 'x'.repeat(250);
    const { port, events } = await setup(
      { unreadBytesMax: 100_000, idleWork: { perSecond: 1, burst: 1_000_000 } },
      { authorize: async (_session, all) => all.map(() => code) },
    );
    const peer = await rawPeer(port, { logsIn: true });
    peer.socket.pause();
    for (let sequence = 1; sequence <= 1_500; sequence += 1) peer.socket.write(signedFrame(peer, sequence, 64));
    while (!events.some((event) => event.kind === 'dropped')) await soon(10);
    expect(events.find((event) => event.kind === 'dropped')).toMatchObject({ code: 'slowReader' });
    peer.socket.destroy();
  });
});

describe('who only costs', () => {
  it('gets one pong for the pings that came before it left, so that pongs nobody reads cannot pile up', async () => {
    const { port } = await setup({ idleWork: { perSecond: 1, burst: 2_000 } });
    const peer = await rawPeer(port, { logsIn: true });
    peer.socket.write(Buffer.concat(Array.from({ length: 1_000 }, encodePing)));
    await vi.waitFor(() => expect(lastOf(peer.frames())).toEqual({ kind: 'pong' }), PATIENCE);
    await soon(100);
    expect(peer.frames().filter(({ kind }) => kind === 'pong').length).toBeLessThan(100);
    // It is still served, and answered.
    peer.socket.write(signedFrame(peer, 1));
    await vi.waitFor(() => expect(lastOf(peer.frames())).toMatchObject({ kind: 'outcomes' }), PATIENCE);
  });

  it('is dropped by name when it pings more often than a connection may', async () => {
    const { port } = await setup({ idleWork: { perSecond: 1, burst: 50 } });
    const peer = await rawPeer(port, { logsIn: true });
    peer.socket.write(Buffer.concat(Array.from({ length: 60 }, encodePing)));
    expect(lastOf(await peer.ended)).toMatchObject({ kind: 'error', code: 'flooding' });
  });

  it('is dropped by name when it goes on sending commands that its session may not issue', async () => {
    const { port, scripted } = await setup({ idleWork: { perSecond: 1, burst: 100 } });
    const session = await client(port);
    const notMine = (from: number) =>
      Array.from({ length: 80 }, (_, index) => ({ commandId: `n${from + index}`, command: cancel(from + index, 8) }));
    expect((await session.send(notMine(0))).every(({ status }) => status === 'refused')).toBe(true);
    // What passed before is paid for later: the next one is still let through, and the one after it is not.
    await session.send(notMine(80));
    await expect(session.send(notMine(160))).rejects.toMatchObject({ code: 'flooding' });
    expect(scripted.submitted).toEqual([]);
  });

  it('without logging in keeps nobody out for longer than a login may take, and takes no more than its address may', async () => {
    const { port } = await setup({ loginsPerAddress: 3, connectionsPerAddress: 5, handshakeMs: 400 });
    const silent = await Promise.all([1, 2, 3].map(() => rawPeer(port, { logsIn: false })));
    await expect(client(port)).rejects.toMatchObject({ code: 'tooManyConnections' });
    await Promise.all(silent.map(({ ended }) => ended));
    const session = await vi.waitFor(() => client(port), PATIENCE);
    for (const _ of [2, 3, 4, 5]) await client(port);
    await expect(client(port)).rejects.toMatchObject({
      code: 'tooManyConnections',
      message: expect.stringContaining('this address'),
    });
    expect((await session.send(commands(1)))[0]).toMatchObject({ status: 'accepted' });
  });
});

describe('the client', () => {
  it('gives up on a server that never greets it', async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    cleanUp.push(() => mute.close());
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const connecting = connectBinary({
      host: '127.0.0.1',
      port,
      deployment: DEPLOYMENT,
      owner: ownerId(OWNER),
      key: KEY.key,
      sign: KEY.sign,
      giveUpMs: 1_000,
      handshakeMs: 50,
    });
    await expect(connecting).rejects.toMatchObject({ code: 'handshakeTimeout' });
  });

  it('refuses outcomes that are fewer than its commands', async () => {
    const { port, scripted } = await setup();
    const session = await client(port);
    scripted.script.push(async () => []);
    await expect(session.send(commands(2))).rejects.toMatchObject({ code: 'malformedFrame' });
  });
});

describe('when the service ends', () => {
  it('open frames are answered before the connection is closed, and later ones are not taken', async () => {
    const { port, server, scripted } = await setup();
    const session = await client(port);
    scripted.script.push(async (entries) => {
      await soon(60);
      return entries.map((_, index) => ({
        status: 'accepted',
        height: scripted.sequencer.head().height,
        index,
        events: [],
        owner: null,
      }));
    });
    const taken = session.send(commands(1));
    await soon(20);
    const closing = server.close(1_000);
    const late = session.send(commands(1, 1));
    expect((await taken).map(({ status }) => status)).toEqual(['accepted']);
    await expect(late).rejects.toMatchObject({ code: 'stopping' });
    await closing;
    expect(scripted.submitted.length).toBe(1);
  });

  it('a frame of which it is not known what became is never called an error: the client is told to ask', async () => {
    const { port, scripted } = await setup();
    const session = await client(port);
    scripted.script.push(() => Promise.reject(new Error('fsync failed')));
    await expect(session.send(commands(1))).rejects.toMatchObject({
      code: 'outcomeUnknown',
      message: 'outcomeUnknown: frame 1: ask for its commands by id (fsync failed)',
    });
  });
});
