import type { Socket } from 'node:net';
import type { Command } from '@plimsoll/core/engine';
import type { Rate } from '../api/clientLimits.ts';
import { createTokenBucket } from '../api/tokenBucket.ts';
import type { Session } from '../contracts/directory.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import type { Outcome } from '../contracts/submission.ts';
import { type SignatureJob, type SignatureVerdict, type SignatureVerifier, VerifyUnavailable } from '../verify/signatureJob.ts';
import { FrameFault, type FrameFaultCode } from './frameFault.ts';
import { createFrameSplitter } from './frameSplitter.ts';
import {
  type CommandsFrame,
  decodeCommands,
  decodeLogin,
  encodeBusy,
  encodeError,
  encodeHello,
  encodeOutcomes,
  encodePong,
  encodeWelcome,
  FRAME_TYPES,
  frameMessage,
  loginMessage,
  type SessionDomain,
  sequenceOf,
  sessionIdOf,
} from './frames.ts';
import type { BinaryOutcome } from './outcomes.ts';

export interface BinaryLimits {
  /** Largest body of a frame. */
  readonly frameBytesMax: number;
  /** Most frames received and not answered; then the connection is not read until one is. At most 65,535. */
  readonly framesOpenMax: number;
  readonly connectionsMax: number;
  /** Of one network address; and of one that are not logged in. */
  readonly connectionsPerAddress: number;
  readonly loginsPerAddress: number;
  /** From the connection to the login. */
  readonly handshakeMs: number;
  /** Longest time without a complete frame while none is open. */
  readonly idleMs: number;
  /** Most bytes of answers that a client leaves unread before it is dropped; each answer counts `UNREAD_OVERHEAD` beside its own. */
  readonly unreadBytesMax: number;
  /** What costs the client nothing: pings, and commands that its session may not issue. */
  readonly idleWork: Rate;
}

/** What a write that waits takes in memory beside its bytes. */
const UNREAD_OVERHEAD = 256;

export const BINARY_LIMITS: BinaryLimits = {
  frameBytesMax: 1 << 20,
  framesOpenMax: 64,
  connectionsMax: 256,
  connectionsPerAddress: 128,
  loginsPerAddress: 32,
  handshakeMs: 5_000,
  idleMs: 60_000,
  unreadBytesMax: 4 << 20,
  idleWork: { perSecond: 500, burst: 5_000 },
};

/** For logs and metrics. */
export type BinaryEvent =
  | { readonly kind: 'opened'; readonly peer: string }
  | { readonly kind: 'loggedIn'; readonly peer: string; readonly owner: number }
  | { readonly kind: 'answered'; readonly peer: string; readonly commands: number; readonly ms: number }
  | { readonly kind: 'busy'; readonly peer: string; readonly reason: string }
  | { readonly kind: 'dropped'; readonly peer: string; readonly code: FrameFaultCode; readonly message: string }
  | { readonly kind: 'closed'; readonly peer: string };

/**
 * Which of the commands a session may issue, on whose account: null, or the code under which it is refused. Null for all of it: the session is
 * gone. Asked once per frame, on durable state, before the sequencer sees the frame.
 */
export type AuthorizeFrame = (session: Session, commands: readonly Command[]) => Promise<readonly (string | null)[] | null>;

export interface ConnectionContext {
  readonly deployment: SessionDomain;
  readonly sequencer: Pick<Sequencer, 'submit' | 'read' | 'head'>;
  readonly verifier: Pick<SignatureVerifier, 'verify'>;
  readonly authorize: AuthorizeFrame;
  readonly limits: BinaryLimits;
  readonly challenge: Uint8Array;
  readonly nowMs: () => number;
  readonly onEvent: (event: BinaryEvent) => void;
}

export interface BinaryConnection {
  /** Looks at the time limits; called every so often. */
  checkTime(): void;
  /** Names a reason, and closes: what was submitted is still executed, and found again by command id. */
  drop(code: FrameFaultCode, message: string): void;
  /** Takes no frame more. */
  stopReading(): void;
  /** Resolves when no frame is open any more. */
  drained(): Promise<void>;
  isLoggedIn(): boolean;
}

/** How long a peer that was told why it is dropped may take to close. */
const LINGER_MS = 1_000;
const RETRY_AFTER_MS = 20;

interface LoggedIn {
  readonly session: Session;
  readonly sessionId: Uint8Array;
}

/** A frame of commands, and the round it came in. */
interface Arrival {
  readonly frame: CommandsFrame;
  readonly round: number;
  readonly receivedMs: number;
}

/** Speaks the server's side of one connection. */
export function serveConnection(socket: Socket, context: ConnectionContext): BinaryConnection {
  const { limits, sequencer, onEvent, nowMs } = context;
  const peer = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
  const splitter = createFrameSplitter(limits.frameBytesMax);
  const openedMs = nowMs();
  let lastFrameMs = openedMs;
  let loggedIn: LoggedIn | null = null;
  let isLoggingIn = false;
  let isDropped = false;
  let isStopping = false;
  let openFrames = 0;
  /** The number of the frame that is due, and of the next one in flight: they part after a busy answer, until the client goes back. */
  let expected = 1;
  let arriving = 1;
  /** Rises with every busy answer that sends the client back: what arrived before it was overtaken by it. */
  let round = 0;
  /** Frames are submitted one after the other, however their checks overlap. */
  let turn: Promise<void> = Promise.resolve();
  let onDrained: (() => void) | null = null;
  /** Answers that the system has not taken yet; of pongs, one at most. */
  let unread = 0;
  let isPongUnread = false;
  const idleWork = createTokenBucket(limits.idleWork.perSecond, limits.idleWork.burst);

  const head = sequencer.head();
  const hello = encodeHello({
    deployment: context.deployment,
    challenge: context.challenge,
    height: head.height,
    timeMs: head.timeMs,
    blockHash: head.hash,
    frameBytesMax: limits.frameBytesMax,
    framesOpenMax: limits.framesOpenMax,
    idleMs: limits.idleMs,
  });

  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    splitter.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
    takeFrames();
  });
  // What a peer's reset says, 'close' says too.
  socket.on('error', () => {});
  socket.on('close', () => {
    isDropped = true;
    onEvent({ kind: 'closed', peer });
    if (openFrames === 0) onDrained?.();
  });
  onEvent({ kind: 'opened', peer });
  send(hello);

  return {
    checkTime() {
      if (isDropped) return;
      const now = nowMs();
      if (loggedIn === null && now - openedMs > limits.handshakeMs)
        drop('handshakeTimeout', `no login within ${limits.handshakeMs} ms`);
      else if (loggedIn !== null && openFrames === 0 && now - lastFrameMs > limits.idleMs)
        drop('idle', `no frame within ${limits.idleMs} ms`);
    },
    drop,
    isLoggedIn: () => loggedIn !== null,
    stopReading() {
      isStopping = true;
      socket.pause();
    },
    drained() {
      if (openFrames === 0) return Promise.resolve();
      return new Promise((resolve) => {
        onDrained = resolve;
      });
    },
  };

  function takeFrames(): void {
    try {
      while (!isDropped && !isStopping && !isLoggingIn && openFrames < limits.framesOpenMax) {
        const body = splitter.next();
        if (body === null) break;
        lastFrameMs = nowMs();
        takeFrame(body);
      }
    } catch (cause) {
      // Reading touches nothing but the frame, so that a mistake of ours in it costs one connection and not the service.
      drop(cause instanceof FrameFault ? cause.code : 'malformedFrame', messageOf(cause));
    }
    const isFull = isStopping || isLoggingIn || openFrames >= limits.framesOpenMax;
    if (isFull && !socket.isPaused()) socket.pause();
    else if (!isFull && socket.isPaused()) socket.resume();
  }

  function takeFrame(body: Buffer): void {
    if (loggedIn === null) return takeLogin(body);
    switch (body[0]) {
      case FRAME_TYPES.commands:
        return takeCommands(body, loggedIn);
      case FRAME_TYPES.ping:
        if (body.length !== 1) throw new FrameFault('malformedFrame', 'a ping has no content');
        return takePing();
      default:
        throw new FrameFault('unknownFrameType', `a client sends no frame of type ${body[0]} here`);
    }
  }

  /** Pings that come before a pong has left are answered by that one. */
  function takePing(): void {
    countIdleWork(1);
    if (isPongUnread) return;
    isPongUnread = true;
    send(encodePong(), () => {
      isPongUnread = false;
    });
  }

  function countIdleWork(count: number): void {
    if (idleWork.take(nowMs()) > 0)
      throw new FrameFault(
        'flooding',
        `more than ${limits.idleWork.perSecond} pings and commands that this session may not issue in a second`,
      );
    idleWork.spend(count - 1);
  }

  // ── login ──────────────────────────────────────────────────────────────────────────────────────────────────────
  function takeLogin(body: Buffer): void {
    const login = decodeLogin(body);
    const sessionId = sessionIdOf(hello.subarray(4), body);
    const message = loginMessage(context.challenge, context.deployment, login.owner);
    isLoggingIn = true;
    void context.verifier
      .verify([{ kind: 'ed25519', key: login.key, message, signature: login.signature }])
      .then(async ([verdict]) => {
        if (verdict !== 'valid') return drop('badSignature', `the login is not signed by its session key: ${verdict}`);
        const session = await sequencer.read((_engine, directory) => directory.session(login.key));
        if (session === null || session.owner !== login.owner)
          return drop('unknownSession', 'no such session is open for this owner');
        if (session.expiresAtMs <= sequencer.head().timeMs) return drop('sessionExpired', 'the session has expired');
        if (isDropped) return;
        loggedIn = { session, sessionId };
        onEvent({ kind: 'loggedIn', peer, owner: session.owner });
        send(encodeWelcome(session.expiresAtMs));
      })
      .catch((cause: unknown) => {
        const isOverload = cause instanceof VerifyUnavailable && cause.code !== 'verifyClosed';
        drop(isOverload ? 'overloaded' : 'stopping', `the login could not be checked: ${messageOf(cause)}`);
      })
      .finally(() => {
        isLoggingIn = false;
        takeFrames();
      });
  }

  // ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────
  function takeCommands(body: Buffer, { session, sessionId }: LoggedIn): void {
    const sequence = sequenceOf(body);
    if (sequence !== expected && sequence !== arriving) {
      throw new FrameFault('sequenceGap', `frame ${sequence} came where ${expected} was due`);
    }
    if (sequence !== expected) {
      // It was under way when an earlier frame was turned away: its commands must not overtake those.
      arriving = sequence + 1;
      return send(encodeBusy(sequence, 'earlierFrameBusy', RETRY_AFTER_MS));
    }
    const frame = decodeCommands(body);
    expected = sequence + 1;
    arriving = sequence + 1;
    openFrames += 1;
    const arrival: Arrival = { frame, round, receivedMs: nowMs() };
    const job: SignatureJob = {
      kind: 'ed25519',
      key: session.key,
      message: frameMessage(sessionId, frame.digest),
      signature: frame.signature,
    };
    const verdict = context.verifier.verify([job]).then(
      ([first]) => first ?? 'malformed',
      (cause: unknown) =>
        cause instanceof VerifyUnavailable ? cause : new VerifyUnavailable('verifyClosed', messageOf(cause), { retryAfterMs: 0 }),
    );
    turn = turn
      .then(() => submit(session, arrival, verdict))
      .catch((cause: unknown) => {
        if (cause instanceof FrameFault) return dropFrame(cause.code, cause.message);
        drop('outcomeUnknown', `frame ${sequence}: ${messageOf(cause)}`);
      });
  }

  /** Resolves once the frame is the sequencer's, or answered otherwise; its outcomes come later. */
  async function submit(
    session: Session,
    arrival: Arrival,
    checking: Promise<SignatureVerdict | VerifyUnavailable>,
  ): Promise<void> {
    const { frame } = arrival;
    const verdict = await checking;
    if (isDropped) return closeFrame();
    if (arrival.round !== round) {
      // An earlier frame was turned away while this one was checked.
      send(encodeBusy(frame.sequence, 'earlierFrameBusy', RETRY_AFTER_MS));
      return closeFrame();
    }
    if (verdict instanceof VerifyUnavailable) return turnAway(frame, verdict.code, verdict.retryAfterMs);
    if (verdict !== 'valid') return dropFrame('badSignature', `frame ${frame.sequence} is not signed by the session: ${verdict}`);
    const allowed = await context.authorize(
      session,
      frame.commands.map(({ command }) => command),
    );
    if (isDropped) return closeFrame();
    if (allowed === null) return dropFrame('sessionExpired', 'the session was revoked or has expired');
    const refused = allowed.filter((code) => code !== null).length;
    if (refused > 0) countIdleWork(refused);
    let codes = allowed;
    let submitted = submitRest(frame, codes);
    if (submitted !== null && 'kind' in submitted && submitted.kind === 'reused') {
      codes = withReused(codes, submitted.places);
      submitted = submitRest(frame, codes);
    }
    if (submitted === null) return answer(arrival, merge(codes, []));
    if ('kind' in submitted) {
      if (submitted.kind === 'reused') throw new Error('What is left of a frame has no reused id.');
      return turnAway(frame, submitted.reason, submitted.retryAfterMs);
    }
    const decided = codes;
    const isWhole = decided.every((code) => code === null);
    void submitted.then(
      (outcomes) => answer(arrival, isWhole ? outcomes : merge(decided, outcomes)),
      (cause: unknown) =>
        dropFrame('outcomeUnknown', `frame ${frame.sequence}: ask for its commands by id (${messageOf(cause)})`),
    );
  }

  /** Submits the commands of a frame that nothing speaks against; null when there are none. */
  function submitRest({ commands }: CommandsFrame, codes: readonly (string | null)[]): ReturnType<Sequencer['submit']> | null {
    const rest = codes.every((code) => code === null) ? commands : commands.filter((_, place) => codes[place] === null);
    return rest.length === 0 ? null : sequencer.submit(rest);
  }

  function answer({ frame, receivedMs }: Arrival, outcomes: readonly BinaryOutcome[]): void {
    if (!isDropped) send(encodeOutcomes(frame.sequence, outcomes));
    onEvent({ kind: 'answered', peer, commands: frame.commands.length, ms: nowMs() - receivedMs });
    closeFrame();
  }

  /** Nothing of it was executed, and nothing after it will be before it comes again. */
  function turnAway(frame: CommandsFrame, reason: string, retryAfterMs: number): void {
    expected = frame.sequence;
    round += 1;
    send(encodeBusy(frame.sequence, reason, retryAfterMs));
    onEvent({ kind: 'busy', peer, reason });
    closeFrame();
  }

  function dropFrame(code: FrameFaultCode, message: string): void {
    drop(code, message);
    closeFrame();
  }

  function closeFrame(): void {
    openFrames -= 1;
    lastFrameMs = nowMs();
    if (openFrames === 0) onDrained?.();
    if (!isDropped) takeFrames();
  }

  // ── the socket ─────────────────────────────────────────────────────────────────────────────────────────────────
  function send(bytes: Buffer, onTaken: () => void = () => {}): void {
    if (isDropped) return;
    unread += 1;
    socket.write(bytes, () => {
      unread -= 1;
      onTaken();
    });
    const waiting = socket.writableLength + unread * UNREAD_OVERHEAD;
    if (waiting > limits.unreadBytesMax)
      drop('slowReader', `${waiting} bytes of answers wait to be read, of at most ${limits.unreadBytesMax}`);
  }

  function drop(code: FrameFaultCode, message: string): void {
    if (isDropped) return;
    isDropped = true;
    onEvent({ kind: 'dropped', peer, code, message });
    socket.end(encodeError(code, message));
    // Nothing that it still sends is read into memory for longer than it takes to throw it away.
    socket.removeAllListeners('data');
    socket.resume();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }
}

/** `codes` with those commands refused whose ids are kept for something else; `places` count the commands without a code. */
function withReused(codes: readonly (string | null)[], places: readonly number[]): readonly (string | null)[] {
  const reused = new Set(places);
  let next = -1;
  return codes.map((code) => {
    if (code !== null) return code;
    next += 1;
    return reused.has(next) ? 'commandIdReused' : null;
  });
}

/** One outcome per command: refused ones keep their place. */
function merge(allowed: readonly (string | null)[], outcomes: readonly Outcome[]): readonly BinaryOutcome[] {
  let next = 0;
  return allowed.map((code): BinaryOutcome => {
    if (code !== null) return { status: 'refused', code };
    const outcome = outcomes[next];
    next += 1;
    if (outcome === undefined) throw new Error('The sequencer gives an outcome for every entry.');
    return outcome;
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
