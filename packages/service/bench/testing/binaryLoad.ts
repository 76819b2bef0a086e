// The client's side of the benchmark, on a thread of its own. It makes and signs its frames before the clock starts, so that what is measured
// is the server; then it keeps a window of frames open and notes how long each took to be acknowledged.

import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { ownerId } from '@plimsoll/core/numeric';
import type { FramedCommand } from '../../src/binary/commandLayouts.ts';
import { createFrameSplitter } from '../../src/binary/frameSplitter.ts';
import {
  decodeHello,
  decodeServerFrame,
  encodeCommands,
  encodeLogin,
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
  /** Publish time of the first report; they rise by a millisecond each round. */
  readonly firstPublishMs: number;
  readonly firstNonce: number;
}

export interface LoadReport {
  readonly seconds: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly refused: number;
  readonly busy: number;
  /** From the first byte of a frame sent to its acknowledgement, milliseconds, ascending. */
  readonly ackMs: Float64Array;
  readonly bytes: number;
  readonly frames: number;
}

interface LoadSession {
  readonly socket: Socket;
  readonly frames: readonly Buffer[];
}

/** The session key of an owner in this benchmark. */
export function loadKey(owner: number) {
  return testKey(owner % 256);
}

export async function runLoad(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('the load runs on a thread of its own');
  const order = workerData as LoadOrder;
  const byOwner = new Map<number, FramedCommand[]>();
  const traffic = createTraffic(order.firstNonce);
  for (let made = 0; made < order.commands; made += ROUND) {
    for (const entry of traffic.next(Math.min(ROUND, order.commands - made), order.firstPublishMs + made / ROUND)) {
      if (entry.kind !== 'command') continue;
      const { commandId, command } = entry;
      const owner = byOwner.get(command.actor) ?? [];
      byOwner.set(command.actor, owner);
      owner.push({ commandId, command });
    }
  }
  const report = createReport();
  const sessions = await Promise.all([...byOwner].map(([owner, commands]) => openSession(order, owner, commands)));
  port.postMessage('ready');
  await new Promise((resolve) => port.once('message', resolve));
  const start = performance.now();
  await Promise.all(sessions.map((session) => send(session, order, report)));
  const seconds = (performance.now() - start) / 1_000;
  const message: LoadReport = { ...report.counts, seconds, ackMs: Float64Array.from(report.ackMs).sort((a, b) => a - b) };
  port.postMessage(message);
  for (const { socket } of sessions) socket.end();
}

/** Commands of one publish time: each source reports at most twice in it. */
const ROUND = 10;

function createReport() {
  return { ackMs: [] as number[], counts: { accepted: 0, rejected: 0, refused: 0, busy: 0, bytes: 0, frames: 0 } };
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

/** Sends the frames of a session, a window of them open, or at a pace. */
function send({ socket, frames }: LoadSession, order: LoadOrder, report: ReturnType<typeof createReport>): Promise<void> {
  return new Promise((resolve, reject) => {
    const splitter = createFrameSplitter(1 << 24);
    const sentMs = new Map<number, number>();
    const start = performance.now();
    const { counts, ackMs } = report;
    // Sessions have unequal shares of the mix, so that each keeps a pace in proportion to its own.
    const total = order.commands / order.commandsPerFrame;
    const framesPerMs =
      order.commandsPerSecond === null
        ? null
        : (order.commandsPerSecond / order.commandsPerFrame / 1_000) * (frames.length / total);
    let next = 0;
    let answered = 0;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const push = (): void => {
      timer = null;
      for (;;) {
        const frame = frames[next];
        if (frame === undefined) return;
        if (next - answered >= order.window) return;
        const now = performance.now();
        if (framesPerMs !== null && next > (now - start) * framesPerMs) {
          timer = setTimeout(push, Math.max(0, next / framesPerMs - (now - start)));
          return;
        }
        sentMs.set(next + 1, now);
        counts.bytes += frame.length;
        counts.frames += 1;
        socket.write(frame);
        next += 1;
      }
    };
    socket.on('data', (chunk: Buffer) => {
      const now = performance.now();
      splitter.push(chunk);
      for (let body = splitter.next(); body !== null; body = splitter.next()) {
        const answer = decodeServerFrame(body);
        if (answer.kind === 'busy') {
          counts.busy += 1;
          return reject(new Error(`the server was too busy: ${answer.reason}`));
        }
        if (answer.kind !== 'outcomes') return reject(new Error(JSON.stringify(answer)));
        ackMs.push(now - (sentMs.get(answer.sequence) ?? now));
        for (const { status } of answer.outcomes) counts[status] += 1;
        answered += 1;
      }
      if (answered === frames.length) return resolve();
      if (timer === null) push();
    });
    push();
  });
}
