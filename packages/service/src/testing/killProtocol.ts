/** What the load client and the killed server of the kill test say to each other: frames of canonical bytes on a socket of this machine. */

import type { Socket } from 'node:net';
import { decodeCanonical, encodeCanonical } from '@plimsoll/core/wire';
import type { Entry } from '../contracts/submission.ts';

export interface BatchMessage {
  readonly batch: number;
  readonly entries: readonly Entry[];
}

/** One row per entry: status, height, index. */
export interface AnswerMessage {
  readonly batch: number;
  /** Empty: shed; send it again. */
  readonly outcomes: readonly (readonly [status: string, height: number, index: number])[];
}

export const SIGNATURE_BYTES = 64;

/** Length, signature (64 bytes, zeros where none is wanted), canonical message. */
export function encodeFrame(message: BatchMessage | AnswerMessage, sign: (bytes: Uint8Array) => Uint8Array): Buffer {
  const bytes = encodeCanonical(message);
  const frame = Buffer.alloc(4 + SIGNATURE_BYTES + bytes.length);
  frame.writeUInt32LE(frame.length - 4, 0);
  frame.set(sign(bytes), 4);
  frame.set(bytes, 4 + SIGNATURE_BYTES);
  return frame;
}

/** Calls `take` with signature and bytes of every whole frame that comes in. */
export function onFrames(socket: Socket, take: (signature: Buffer, bytes: Uint8Array) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
      const frame = rest.subarray(4, 4 + rest.readUInt32LE(0));
      rest = rest.subarray(4 + frame.length);
      take(frame.subarray(0, SIGNATURE_BYTES), Uint8Array.from(frame.subarray(SIGNATURE_BYTES)));
    }
  });
}

/** Throws Error when the bytes are not canonical. */
export function decodeMessage<T extends BatchMessage | AnswerMessage>(bytes: Uint8Array): T {
  const decoded = decodeCanonical(bytes);
  if (!decoded.ok) throw new Error(`a frame is not canonical: ${decoded.error.reason}`);
  return decoded.value as unknown as T;
}

/** Where a killed process was; the number is the byte in its phase file. */
export const PHASE_BYTES = { idle: 0, verify: 1, apply: 2, write: 3, sync: 4, publish: 5, snapshot: 6 } as const;
