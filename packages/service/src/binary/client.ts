import { connect, type Socket } from 'node:net';
import type { OwnerId } from '@plimsoll/core/numeric';
import type { SessionKey } from '../contracts/identityChange.ts';
import type { FramedCommand } from './commandLayouts.ts';
import { FrameFault, type FrameFaultCode } from './frameFault.ts';
import { createFrameSplitter } from './frameSplitter.ts';
import {
  decodeHello,
  decodeServerFrame,
  encodeCommands,
  encodeLogin,
  encodePing,
  FRAME_TYPES,
  frameMessage,
  type Hello,
  loginMessage,
  type ServerFrame,
  type SessionDomain,
  sessionIdOf,
} from './frames.ts';
import type { BinaryOutcome } from './outcomes.ts';

export interface BinaryClientOptions {
  readonly host: string;
  readonly port: number;
  /** The deployment that is meant; a server of another one is refused before anything is signed. */
  readonly deployment: SessionDomain;
  readonly owner: OwnerId;
  readonly key: SessionKey;
  /** Signs with the session's private key: 64 bytes, ed25519. The key itself stays with the caller. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** How long the server may take to greet and to let in; 10 s unless given. */
  readonly handshakeMs?: number;
  /** How long a frame that the server is too busy for is offered again before its promise is given up. */
  readonly giveUpMs: number;
}

/**
 * Why commands have no outcome. `busy`: nothing of them was executed. Any other code: the connection ended first, and whether they were executed
 * is found by command id.
 */
export class BinarySessionError extends Error {
  readonly code: FrameFaultCode | 'busy' | 'closed';
  readonly retryAfterMs: number;

  constructor(code: BinarySessionError['code'], message: string, retryAfterMs = 0) {
    super(message);
    this.name = 'BinarySessionError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface BinaryClient {
  readonly hello: Hello;
  readonly sessionExpiresAtMs: number;
  /**
   * Sends 1 to 1,024 commands as one frame; frames are executed in the order of the calls. Resolves to their outcomes, in order, once they are
   * durable. A frame that the server is too busy for is offered again with those after it, until `giveUpMs`. Rejects with a `BinarySessionError`.
   */
  send(commands: readonly FramedCommand[]): Promise<readonly BinaryOutcome[]>;
  /** Keeps a quiet connection from being closed as idle. */
  ping(): void;
  /** Frames sent and not answered. */
  openFrames(): number;
  close(): Promise<void>;
}

/** A frame that has no outcome yet. */
interface OpenFrame {
  readonly sequence: number;
  readonly bytes: Buffer;
  readonly commands: number;
  readonly sinceMs: number;
  readonly resolve: (outcomes: readonly BinaryOutcome[]) => void;
  readonly reject: (cause: unknown) => void;
  isBusy: boolean;
}

/** A server's frame may be as large as 1,024 rejections with their figures. */
const ANSWER_BYTES_MAX = 64 << 20;
const HANDSHAKE_MS = 10_000;

/** Connects, checks the server's deployment, logs in. Rejects with a `BinarySessionError`, a `FrameFault` or the system's error. */
export function connectBinary(options: BinaryClientOptions): Promise<BinaryClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: options.host, port: options.port, noDelay: true });
    serveClient(socket, options, resolve, reject);
  });
}

function serveClient(
  socket: Socket,
  options: BinaryClientOptions,
  onReady: (client: BinaryClient) => void,
  onFailure: (cause: unknown) => void,
): void {
  const splitter = createFrameSplitter(ANSWER_BYTES_MAX);
  const open = new Map<number, OpenFrame>();
  let hello: Hello | null = null;
  let sessionId: Buffer | null = null;
  let nextSequence = 1;
  let retryAfterMs = 0;
  let failure: Error | null = null;
  let waiting: ReturnType<typeof setTimeout> | null = null;
  let onClosed: (() => void) | null = null;
  const { handshakeMs = HANDSHAKE_MS } = options;
  const handshake = setTimeout(
    () => fail(new BinarySessionError('handshakeTimeout', `The server did not let this session in within ${handshakeMs} ms.`)),
    handshakeMs,
  );

  socket.on('data', (chunk) => {
    try {
      splitter.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
      for (let body = splitter.next(); body !== null; body = splitter.next()) take(body);
    } catch (cause) {
      fail(cause instanceof Error ? cause : new Error(String(cause)));
    }
  });
  socket.on('error', fail);
  socket.on('close', () => {
    fail(new BinarySessionError('closed', 'The connection was closed.'));
    onClosed?.();
  });

  function take(body: Buffer): void {
    // A server that takes no more connections says so instead of a hello.
    if (hello === null && body[0] !== FRAME_TYPES.error) return takeHello(body);
    const frame = decodeServerFrame(body);
    switch (frame.kind) {
      case 'welcome':
        if (hello === null) throw new FrameFault('badHandshake', 'the first frame of a server is its hello');
        clearTimeout(handshake);
        return onReady(createClient(hello, frame.sessionExpiresAtMs));
      case 'outcomes':
        return takeOutcomes(frame);
      case 'busy':
        return takeBusy(frame);
      case 'error':
        return fail(new BinarySessionError(frame.code, `${frame.code}: ${frame.message}`));
      case 'pong':
        return;
    }
  }

  function takeHello(body: Buffer): void {
    hello = decodeHello(body);
    const { chainId, name } = hello.deployment;
    if (chainId !== options.deployment.chainId || name !== options.deployment.name)
      throw new FrameFault('badHandshake', `the server is of deployment "${name}" on chain ${chainId}`);
    const signature = options.sign(loginMessage(hello.challenge, hello.deployment, options.owner));
    const login = encodeLogin({ key: options.key, owner: options.owner, signature });
    sessionId = sessionIdOf(body, login.subarray(4));
    socket.write(login);
  }

  function takeOutcomes({ sequence, outcomes }: Extract<ServerFrame, { kind: 'outcomes' }>): void {
    const frame = open.get(sequence);
    if (frame === undefined) throw new FrameFault('malformedFrame', `outcomes for frame ${sequence}, which is not open`);
    if (outcomes.length !== frame.commands)
      throw new FrameFault(
        'malformedFrame',
        `${outcomes.length} outcomes for the ${frame.commands} commands of frame ${sequence}`,
      );
    open.delete(sequence);
    frame.resolve(outcomes);
    offerAgain();
  }

  function takeBusy(busy: Extract<ServerFrame, { kind: 'busy' }>): void {
    const frame = open.get(busy.sequence);
    if (frame === undefined) throw new FrameFault('malformedFrame', `busy for frame ${busy.sequence}, which is not open`);
    frame.isBusy = true;
    retryAfterMs = Math.max(retryAfterMs, busy.retryAfterMs);
    offerAgain();
  }

  /** Once every open frame was turned away, the first of them and all after it go again, in order, and unchanged. */
  function offerAgain(): void {
    const frames = [...open.values()];
    const first = frames[0];
    if (first === undefined || waiting !== null || frames.some((frame) => !frame.isBusy)) return;
    const delayMs = retryAfterMs;
    retryAfterMs = 0;
    if (performance.now() + delayMs - first.sinceMs > options.giveUpMs) {
      nextSequence = first.sequence;
      open.clear();
      for (const frame of frames) frame.reject(new BinarySessionError('busy', 'The server is too busy.', delayMs));
      return;
    }
    waiting = setTimeout(() => {
      waiting = null;
      for (const frame of open.values()) {
        frame.isBusy = false;
        socket.write(frame.bytes);
      }
    }, delayMs);
  }

  function createClient(greeting: Hello, sessionExpiresAtMs: number): BinaryClient {
    return {
      hello: greeting,
      sessionExpiresAtMs,
      send(commands) {
        return new Promise((resolve, reject) => {
          if (failure !== null) throw failure;
          const id = sessionId;
          if (id === null) throw new BinarySessionError('closed', 'There is no session.');
          const sequence = nextSequence;
          const bytes = encodeCommands(sequence, commands, (digest) => options.sign(frameMessage(id, digest)));
          if (bytes.length - 4 > greeting.frameBytesMax)
            throw new BinarySessionError(
              'frameTooLarge',
              `A frame of ${bytes.length} bytes is above the ${greeting.frameBytesMax} that the server takes.`,
            );
          nextSequence += 1;
          // While frames wait to be offered again, this one waits behind them.
          const isHeldBack = waiting !== null || [...open.values()].some((frame) => frame.isBusy);
          open.set(sequence, {
            sequence,
            bytes,
            commands: commands.length,
            sinceMs: performance.now(),
            resolve,
            reject,
            isBusy: isHeldBack,
          });
          if (!isHeldBack) socket.write(bytes);
        });
      },
      ping: () => void socket.write(encodePing()),
      openFrames: () => open.size,
      close() {
        return new Promise((resolve) => {
          if (socket.closed) return resolve();
          onClosed = resolve;
          socket.end();
          socket.resume();
        });
      },
    };
  }

  function fail(cause: Error): void {
    if (failure === null) {
      failure = cause;
      onFailure(cause);
    }
    clearTimeout(handshake);
    if (waiting !== null) clearTimeout(waiting);
    const frames = [...open.values()];
    open.clear();
    for (const frame of frames) frame.reject(failure);
    socket.destroy();
  }
}
