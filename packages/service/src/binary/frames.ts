import { createHash } from 'node:crypto';
import type { OwnerId } from '@plimsoll/core/numeric';
import { ID_MAX } from '@plimsoll/core/numeric';
import type { SessionKey } from '../contracts/identityChange.ts';
import {
  type ByteReader,
  createByteReader,
  expectEnd,
  malformed,
  readByte,
  readBytes,
  readShortText,
  readUint16,
  readUint32,
  readUnsigned,
} from './byteReader.ts';
import {
  type ByteWriter,
  createByteWriter,
  writeByte,
  writeBytes,
  writeSafe,
  writeShortText,
  writeUint16,
  writeUint32,
  writtenBytes,
} from './byteWriter.ts';
import { type CommandEntry, type FramedCommand, readFramedCommand, writeFramedCommand } from './commandLayouts.ts';
import { FRAME_FAULTS, FrameFault, type FrameFaultCode } from './frameFault.ts';
import { type BinaryOutcome, readOutcome, writeOutcome } from './outcomes.ts';

/**
 * The frames of the binary session (docs/binary-session.md has them byte by byte): four bytes of length, then the body, whose first byte is
 * its type. Integers are little-endian. A body has one form; `decode…` refuses any other with a `FrameFault`.
 */

export const BINARY_VERSION = 1;
export const COMMANDS_PER_FRAME_MAX = 1_024;

export const FRAME_TYPES = {
  hello: 1,
  login: 2,
  welcome: 3,
  commands: 4,
  outcomes: 5,
  busy: 6,
  error: 7,
  ping: 8,
  pong: 9,
} as const;

export const SIGNATURE_BYTES = 64;
export const CHALLENGE_BYTES = 32;
const KEY_BYTES = 32;
const HASH_BYTES = 32;
const NAME_BYTES_MAX = 255;
const MESSAGE_BYTES_MAX = 1_000;

const LOGIN_TAG = Buffer.from('plimsoll binary login 1\n');
const FRAME_TAG = Buffer.from('plimsoll binary frame 1\n');

/** What makes a deployment itself: what is signed for one is valid in no other. */
export interface SessionDomain {
  readonly chainId: number;
  readonly name: string;
}

/** From the server, at once: who it is, where it stands, and what it allows. */
export interface Hello {
  readonly deployment: SessionDomain;
  /** Random, never used again. */
  readonly challenge: Uint8Array;
  readonly height: number;
  readonly timeMs: number;
  readonly blockHash: Uint8Array;
  readonly frameBytesMax: number;
  readonly framesOpenMax: number;
  readonly idleMs: number;
}

export interface Login {
  readonly key: SessionKey;
  readonly owner: OwnerId;
  readonly signature: Uint8Array;
}

export interface CommandsFrame {
  readonly sequence: number;
  readonly commands: readonly CommandEntry[];
  /** What the signature is over, beside the tag and the session. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

/** What a server says after its hello. */
export type ServerFrame =
  | { readonly kind: 'welcome'; readonly sessionExpiresAtMs: number }
  | { readonly kind: 'outcomes'; readonly sequence: number; readonly outcomes: readonly BinaryOutcome[] }
  | { readonly kind: 'busy'; readonly sequence: number; readonly reason: string; readonly retryAfterMs: number }
  | { readonly kind: 'error'; readonly code: FrameFaultCode; readonly message: string }
  | { readonly kind: 'pong' };

// ── what is signed ───────────────────────────────────────────────────────────────────────────────────────────────
/** Proves that the client holds its session key, to this server, for this deployment, now. */
export function loginMessage(challenge: Uint8Array, { chainId, name }: SessionDomain, owner: OwnerId): Buffer {
  const writer = createByteWriter(256);
  writeBytes(writer, LOGIN_TAG);
  writeBytes(writer, challenge);
  writeSafe(writer, chainId);
  writeUint32(writer, owner);
  writeName(writer, name);
  return writtenBytes(writer);
}

/** 32 bytes that stand for one connection: no frame of another one is valid in it. */
export function sessionIdOf(helloBody: Uint8Array, loginBody: Uint8Array): Buffer {
  return createHash('sha256').update(helloBody).update(loginBody).digest();
}

export function frameMessage(sessionId: Uint8Array, digest: Uint8Array): Buffer {
  return Buffer.concat([FRAME_TAG, sessionId, digest]);
}

// ── from the server ──────────────────────────────────────────────────────────────────────────────────────────────
export function encodeHello(hello: Hello): Buffer {
  return framed(FRAME_TYPES.hello, (writer) => {
    writeByte(writer, BINARY_VERSION);
    writeSafe(writer, hello.deployment.chainId);
    writeName(writer, hello.deployment.name);
    writeBytes(writer, hello.challenge);
    writeSafe(writer, hello.height);
    writeSafe(writer, hello.timeMs);
    writeBytes(writer, hello.blockHash);
    writeUint32(writer, hello.frameBytesMax);
    writeUint16(writer, hello.framesOpenMax);
    writeUint32(writer, hello.idleMs);
  });
}

export function decodeHello(body: Buffer): Hello {
  const reader = bodyReader(body);
  if (readByte(reader) !== FRAME_TYPES.hello) throw new FrameFault('badHandshake', 'the first frame of a server is its hello');
  const version = readByte(reader);
  if (version !== BINARY_VERSION)
    throw new FrameFault('badHandshake', `version ${version} of the binary session is not spoken here`);
  const chainId = readUnsigned(reader);
  const hello: Hello = {
    deployment: { chainId, name: readName(reader) },
    challenge: Buffer.from(readBytes(reader, CHALLENGE_BYTES)),
    height: readUnsigned(reader),
    timeMs: readUnsigned(reader),
    blockHash: Buffer.from(readBytes(reader, HASH_BYTES)),
    frameBytesMax: readUint32(reader),
    framesOpenMax: readUint16(reader),
    idleMs: readUint32(reader),
  };
  expectEnd(reader);
  return hello;
}

export function encodeWelcome(sessionExpiresAtMs: number): Buffer {
  return framed(FRAME_TYPES.welcome, (writer) => writeSafe(writer, sessionExpiresAtMs));
}

export function encodeOutcomes(sequence: number, outcomes: readonly BinaryOutcome[]): Buffer {
  return framed(
    FRAME_TYPES.outcomes,
    (writer) => {
      writeSafe(writer, sequence);
      writeUint16(writer, outcomes.length);
      for (const outcome of outcomes) writeOutcome(writer, outcome);
    },
    16 + outcomes.length * OUTCOME_BYTES,
  );
}

/** Room for an outcome: more than accepted ones take, and about as much as rejected ones do. */
const OUTCOME_BYTES = 48;

export function encodeBusy(sequence: number, reason: string, retryAfterMs: number): Buffer {
  return framed(FRAME_TYPES.busy, (writer) => {
    writeSafe(writer, sequence);
    writeShortText(writer, reason);
    writeUint32(writer, Math.min(0xffff_ffff, Math.max(0, Math.ceil(retryAfterMs))));
  });
}

export function encodeError(code: FrameFaultCode, message: string): Buffer {
  return framed(FRAME_TYPES.error, (writer) => {
    writeUint16(writer, FRAME_FAULTS[code]);
    const bytes = Buffer.from(
      message
        .replace(/−/g, '-')
        .replace(/[^ -~]/g, '?')
        .slice(0, MESSAGE_BYTES_MAX),
      'latin1',
    );
    writeUint16(writer, bytes.length);
    writeBytes(writer, bytes);
  });
}

export function encodePong(): Buffer {
  return framed(FRAME_TYPES.pong, () => {});
}

export function decodeServerFrame(body: Buffer): ServerFrame {
  const reader = bodyReader(body);
  const frame = readServerFrame(reader);
  expectEnd(reader);
  return frame;
}

function readServerFrame(reader: ByteReader): ServerFrame {
  const type = readByte(reader);
  switch (type) {
    case FRAME_TYPES.welcome:
      return { kind: 'welcome', sessionExpiresAtMs: readUnsigned(reader) };
    case FRAME_TYPES.outcomes: {
      const sequence = readUnsigned(reader);
      const count = readCommandCount(reader);
      const outcomes: BinaryOutcome[] = [];
      for (let i = 0; i < count; i += 1) outcomes.push(readOutcome(reader));
      return { kind: 'outcomes', sequence, outcomes };
    }
    case FRAME_TYPES.busy:
      return { kind: 'busy', sequence: readUnsigned(reader), reason: readShortText(reader), retryAfterMs: readUint32(reader) };
    case FRAME_TYPES.error: {
      const code = faultNamed(readUint16(reader)) ?? malformed(reader, 'an error has an unknown code');
      return { kind: 'error', code, message: readBytes(reader, readUint16(reader)).toString('latin1') };
    }
    case FRAME_TYPES.pong:
      return { kind: 'pong' };
    default:
      throw new FrameFault('unknownFrameType', `a server sends no frame of type ${type}`);
  }
}

function faultNamed(number: number): FrameFaultCode | null {
  for (const [code, known] of Object.entries(FRAME_FAULTS)) if (known === number) return code as FrameFaultCode;
  return null;
}

// ── from the client ──────────────────────────────────────────────────────────────────────────────────────────────
export function encodeLogin({ key, owner, signature }: Login): Buffer {
  return framed(FRAME_TYPES.login, (writer) => {
    writeByte(writer, BINARY_VERSION);
    writeBytes(writer, Buffer.from(key, 'hex'));
    writeUint32(writer, owner);
    writeBytes(writer, signature);
  });
}

export function decodeLogin(body: Buffer): Login {
  const reader = bodyReader(body);
  if (readByte(reader) !== FRAME_TYPES.login) throw new FrameFault('badHandshake', 'the first frame of a client is its login');
  const version = readByte(reader);
  if (version !== BINARY_VERSION)
    throw new FrameFault('badHandshake', `version ${version} of the binary session is not spoken here`);
  const key = readBytes(reader, KEY_BYTES).toString('hex');
  const owner = readUint32(reader);
  if (owner > ID_MAX) malformed(reader, `the id ${owner} is above 2^31 − 1`);
  const signature = Buffer.from(readBytes(reader, SIGNATURE_BYTES));
  expectEnd(reader);
  return { key, owner: owner as OwnerId, signature };
}

/** A frame of commands, signed. Refuses none and more than a frame may carry: that is the caller's mistake. */
export function encodeCommands(
  sequence: number,
  commands: readonly FramedCommand[],
  sign: (digest: Uint8Array) => Uint8Array,
): Buffer {
  if (commands.length < 1 || commands.length > COMMANDS_PER_FRAME_MAX)
    throw new RangeError(`A frame carries 1 to ${COMMANDS_PER_FRAME_MAX} commands, not ${commands.length}.`);
  return framed(
    FRAME_TYPES.commands,
    (writer) => {
      writeSafe(writer, sequence);
      writeUint16(writer, commands.length);
      for (const command of commands) writeFramedCommand(writer, command);
      writeBytes(writer, sign(sha256(writer.bytes.subarray(4, writer.length))));
    },
    128 + commands.length * 96,
  );
}

/** The sequence number alone: what is asked before a frame is worth decoding. */
export function sequenceOf(body: Buffer): number {
  const reader = createByteReader(body);
  reader.at += 1;
  return readUnsigned(reader);
}

/** Everything but whether the signature is the session's. */
export function decodeCommands(body: Buffer): CommandsFrame {
  const signedLength = body.length - SIGNATURE_BYTES;
  const reader = createByteReader(body, 0, Math.max(0, signedLength));
  readByte(reader);
  const sequence = readUnsigned(reader);
  const count = readCommandCount(reader);
  const commands: CommandEntry[] = [];
  for (let i = 0; i < count; i += 1) commands.push(readFramedCommand(reader));
  expectEnd(reader);
  return {
    sequence,
    commands,
    digest: sha256(body.subarray(0, signedLength)),
    signature: Buffer.from(body.subarray(signedLength)),
  };
}

export function encodePing(): Buffer {
  return framed(FRAME_TYPES.ping, () => {});
}

// ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────
function readCommandCount(reader: ByteReader): number {
  const count = readUint16(reader);
  if (count < 1 || count > COMMANDS_PER_FRAME_MAX)
    malformed(reader, `a frame has 1 to ${COMMANDS_PER_FRAME_MAX} commands, not ${count}`);
  return count;
}

function bodyReader(body: Buffer): ByteReader {
  return createByteReader(body);
}

/** Length, type, and what `write` appends. */
function framed(type: number, write: (writer: ByteWriter) => void, capacity = 256): Buffer {
  const writer = createByteWriter(capacity);
  writeUint32(writer, 0);
  writeByte(writer, type);
  write(writer);
  writer.view.setUint32(0, writer.length - 4, true);
  return writer.bytes.subarray(0, writer.length);
}

function writeName(writer: ByteWriter, name: string): void {
  const bytes = Buffer.from(name);
  if (bytes.length > NAME_BYTES_MAX) throw new RangeError(`The name of a deployment has at most ${NAME_BYTES_MAX} bytes.`);
  writeByte(writer, bytes.length);
  writeBytes(writer, bytes);
}

function readName(reader: ByteReader): string {
  const bytes = readBytes(reader, readByte(reader));
  const name = bytes.toString('utf8');
  if (!Buffer.from(name).equals(bytes)) malformed(reader, 'the name of the deployment is not UTF-8');
  return name;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
