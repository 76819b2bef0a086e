// The client's side of the benchmark, in a process of its own. It makes and signs its frames before the clock starts and reads what became of them
// after it has stopped, so that what is measured is the server: while the clock runs it writes ready bytes and notes when each frame is answered.

import { connect, type Socket } from 'node:net';
import { ownerId } from '@plimsoll/core/numeric';
import type { FramedCommand } from '../../src/binary/commandLayouts.ts';
import { createFrameSplitter } from '../../src/binary/frameSplitter.ts';
import {
  decodeHello,
  decodeServerFrame,
  encodeCommands,
  encodeLogin,
  FRAME_TYPES,
  frameMessage,
  loginMessage,
  sessionIdOf,
} from '../../src/binary/frames.ts';
import { testKey } from '../../src/binary/testing/testKeys.ts';
import { createTraffic } from '../../src/testing/traffic.ts';

export interface LoadOrder {
  readonly port: number;
  readonly deployment: { readonly chainId: number; readonly name: string };
  readonly commands: number;
  readonly commandsPerFrame: number;
  /** Frames that each session keeps open. */
  readonly window: number;
  /** Commands sent a second over all sessions; null: as many as are acknowledged. */
  readonly commandsPerSecond: number | null;
  /** Whether only one frame is open at a time over all sessions. */
  readonly isAlone: boolean;
  /** Publish time of the first report; they rise by a millisecond with every command. */
  readonly firstPublishMs: number;
  readonly firstNonce: number;
}

export interface LoadReport {
  readonly seconds: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly refused: number;
  /** From when a frame was due to be sent to its acknowledgement, milliseconds, ascending. */
  readonly ackMs: Float64Array;
  readonly bytes: number;
  readonly frames: number;
  /** Processor time of the client while the clock ran, milliseconds. */
  readonly cpuMs: number;
}

interface LoadSession {
  readonly socket: Socket;
  readonly frames: readonly Buffer[];
}

/** What became of the frames of a session. */
interface Sent {
  readonly ackMs: readonly number[];
  readonly answers: readonly Buffer[];
}

/** The session key of an owner in this benchmark. */
export function loadKey(owner: number) {
  return testKey(owner % 256);
}

/** Waits for its order, says that it is ready, waits for the word, loads, reports; and ends with its parent. */
export async function runLoad(): Promise<void> {
  process.once('disconnect', () => process.exit());
  const order = (await message()) as LoadOrder;
  const byOwner = new Map<number, FramedCommand[]>();
  const traffic = createTraffic(order.firstNonce);
  for (let made = 0; made < order.commands; made += ROUND) {
    for (const entry of traffic.next(Math.min(ROUND, order.commands - made), order.firstPublishMs + made)) {
      if (entry.kind !== 'command') continue;
      const { commandId, command } = entry;
      const owner = byOwner.get(command.actor) ?? [];
      byOwner.set(command.actor, owner);
      owner.push({ commandId, command });
    }
  }
  const sessions = await Promise.all([...byOwner].map(([owner, commands]) => openSession(order, owner, commands)));
  process.send?.('ready');
  await message();
  const startCpu = process.cpuUsage();
  const start = performance.now();
  const sent: Sent[] = [];
  if (order.isAlone) for (const session of sessions) sent.push(await send(session, order));
  else sent.push(...(await Promise.all(sessions.map((session) => send(session, order)))));
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(startCpu);
  const frames = sessions.flatMap((session) => session.frames);
  const report: LoadReport = {
    ...countOutcomes(sent.flatMap(({ answers }) => answers)),
    seconds,
    ackMs: Float64Array.from(sent.flatMap(({ ackMs }) => ackMs)).sort((a, b) => a - b),
    bytes: frames.reduce((sum, { length }) => sum + length, 0),
    frames: frames.length,
    cpuMs: (user + system) / 1_000,
  };
  process.send?.(report);
  for (const { socket } of sessions) socket.end();
}

/** Commands that are made at once: the stream's reports, bids and trades come in rounds of ten. */
const ROUND = 10;

function message(): Promise<unknown> {
  return new Promise((resolve) => process.once('message', resolve));
}

function countOutcomes(answers: readonly Buffer[]): Pick<LoadReport, 'accepted' | 'rejected' | 'refused'> {
  const counts = { accepted: 0, rejected: 0, refused: 0 };
  for (const body of answers) {
    const answer = decodeServerFrame(body);
    if (answer.kind !== 'outcomes') throw new Error(`the server answered ${JSON.stringify(answer)}`);
    for (const { status } of answer.outcomes) counts[status] += 1;
  }
  return counts;
}

/** Logs in and signs every frame that will be sent. */
function openSession(order: LoadOrder, owner: number, commands: readonly FramedCommand[]): Promise<LoadSession> {
  return new Promise((resolve, reject) => {
    const key = loadKey(owner);
    const socket = connect({ host: '127.0.0.1', port: order.port, noDelay: true });
    const splitter = createFrameSplitter(1 << 24);
    let sessionId: Buffer | null = null;
    socket.on('error', reject);
    const onData = (chunk: Buffer): void => {
      splitter.push(chunk);
      for (let body = splitter.next(); body !== null; body = splitter.next()) {
        if (sessionId === null) {
          const hello = decodeHello(body);
          const login = encodeLogin({
            key: key.key,
            owner: ownerId(owner),
            signature: key.sign(loginMessage(hello.challenge, order.deployment, ownerId(owner))),
          });
          sessionId = sessionIdOf(body, login.subarray(4));
          socket.write(login);
          continue;
        }
        const answer = decodeServerFrame(body);
        if (answer.kind !== 'welcome') return reject(new Error(JSON.stringify(answer)));
        const id = sessionId;
        const frames: Buffer[] = [];
        for (let at = 0; at < commands.length; at += order.commandsPerFrame) {
          const part = commands.slice(at, at + order.commandsPerFrame);
          frames.push(encodeCommands(frames.length + 1, part, (digest) => key.sign(frameMessage(id, digest))));
        }
        socket.off('data', onData);
        resolve({ socket, frames });
      }
    };
    socket.on('data', onData);
  });
}

/**
 * Sends the frames of a session, a window of them open, or at a pace. At a pace the clock of a frame starts when it was due, whether or not the
 * server kept the client from sending it then.
 */
function send({ socket, frames }: LoadSession, order: LoadOrder): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const splitter = createFrameSplitter(1 << 24);
    const sentMs: number[] = [];
    const ackMs: number[] = [];
    const answers: Buffer[] = [];
    const start = performance.now();
    // Sessions have unequal shares of the mix, so that each keeps a pace in proportion to its own.
    const framesPerMs =
      order.commandsPerSecond === null ? null : (order.commandsPerSecond / order.commands / 1_000) * frames.length;
    let next = 0;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const push = (): void => {
      timer = null;
      for (let frame = frames[next]; frame !== undefined && next - ackMs.length < order.window; frame = frames[next]) {
        const now = performance.now();
        const dueMs = framesPerMs === null ? now : start + next / framesPerMs;
        if (dueMs > now) {
          timer = setTimeout(push, dueMs - now);
          return;
        }
        sentMs.push(dueMs);
        socket.write(frame);
        next += 1;
      }
    };
    socket.on('data', (chunk: Buffer) => {
      const now = performance.now();
      splitter.push(chunk);
      for (let body = splitter.next(); body !== null; body = splitter.next()) {
        // Answers come in the order of the frames. Kept as they are: the next push would make them another's.
        if (body[0] !== FRAME_TYPES.outcomes) return reject(new Error(JSON.stringify(decodeServerFrame(body))));
        ackMs.push(now - (sentMs[ackMs.length] ?? now));
        answers.push(Buffer.from(body));
      }
      if (ackMs.length === frames.length) return resolve({ ackMs, answers });
      if (timer === null) push();
    });
    push();
  });
}
