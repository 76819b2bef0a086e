/**
 * What a journal record says about a block. Its head is what the block hash is made of; its body has three parts, so that recovery reads
 * what it needs and leaves the rest: facts (identity changes, state root), outcomes by command id, and commands.
 */

import { crc32 } from 'node:zlib';
import type { Command, CommandResult, Event, Rejection } from '@plimsoll/core/engine';
import type { Height, OwnerId, TimeMs } from '@plimsoll/core/numeric';
import {
  appendCanonical,
  type CanonicalValue,
  type CanonicalWriter,
  createLongLivedReader,
  createLongLivedWriter,
  decodeCanonical,
  decodeWith,
  encodeCanonical,
  WIRE_VERSION,
  writeCanonical,
} from '@plimsoll/core/wire';
import type { IdentityChange } from '../contracts/identityChange.ts';
import type { CommandId, Entry } from '../contracts/submission.ts';

/** What became of an entry, as it is journaled: null is accepted, a number the owner that it concerned, else the rejection. */
export type JournaledOutcome =
  | null
  | OwnerId
  | { readonly code: string; readonly account: Rejection['account']; readonly figures: Rejection['figures'] };

export interface JournaledHead {
  readonly previousHash: Uint8Array;
  readonly height: Height;
  readonly timeMs: TimeMs;
}

export interface JournaledFacts {
  /** Entries of the block. */
  readonly count: number;
  /** Identity changes with their places among the entries, in order. */
  readonly changes: readonly { readonly index: number; readonly actor: OwnerId | null; readonly change: IdentityChange }[];
  /** State root after the block, where one was taken. */
  readonly root: Uint8Array | null;
}

export interface JournaledOutcomes {
  /** `outcomeActorOf` and `outcomeIdOf` each entry. */
  readonly actors: Int32Array;
  readonly ids: readonly CommandId[];
  readonly outcomes: readonly JournaledOutcome[];
  /** `contentOf` each entry. */
  readonly contents: Int32Array;
}

export interface JournaledParts {
  readonly facts: Uint8Array;
  readonly outcomes: Uint8Array;
  readonly commands: Uint8Array;
}

/** Encodes bodies of records; what it returns is valid until it is used again. */
export interface BodyEncoder {
  /** `actors` and `ids`: `outcomeActorOf` and `outcomeIdOf` each entry. `contents` are the caller's to keep. */
  encode(body: Omit<JournaledOutcomes, 'contents'> & { readonly entries: readonly Entry[]; readonly root: Uint8Array | null }): {
    readonly bytes: Uint8Array;
    readonly contents: Int32Array;
  };
}

/** The actor of who is not registered yet. */
export const NOBODY = -1;

const LENGTHS_BYTES = 8;
/** Canonical forms of the 32 bytes of the previous hash and of three integers. */
const HEAD_PREFIX_BYTES = 5 + 32 + 9 + 9 + 9;

export function createBodyEncoder(): BodyEncoder {
  const writer = createLongLivedWriter(256 * 1024);
  const commands = createLongLivedWriter(256 * 1024);
  const lengths = new Uint8Array(LENGTHS_BYTES);
  return {
    encode({ entries, actors, ids, outcomes, root }) {
      const changes: JournaledFacts['changes'][number][] = [];
      const contents = new Int32Array(entries.length);
      // A list, whose length is written when it is known.
      commands.length = 0;
      writeCanonical(commands, []);
      let index = 0;
      for (const entry of entries) {
        if (entry.kind === 'command') {
          const start = commands.length;
          writeCanonical(commands, entry.command);
          contents[index] = crc32(commands.bytes.subarray(start, commands.length));
        } else {
          changes.push({ index, actor: entry.actor, change: entry.change });
          contents[index] = contentOf(entry);
        }
        index += 1;
      }
      commands.view.setUint32(1, entries.length - changes.length, true);
      writer.length = 0;
      writeRaw(writer, lengths);
      const factsEnd = writePart(writer, { count: entries.length, changes, root });
      const outcomesEnd = writePart(writer, { actors, contents, ids, outcomes });
      appendCanonical(writer, commands.bytes.subarray(0, commands.length));
      writer.view.setUint32(0, factsEnd - LENGTHS_BYTES, true);
      writer.view.setUint32(4, outcomesEnd - factsEnd, true);
      return { bytes: writer.bytes.subarray(0, writer.length), contents };
    },
  };
}

/** CRC-32 of what an entry asks for, in its canonical form: whether a command id comes again with the same, told without keeping it. */
export function contentOf(entry: Entry): number {
  return crc32(encodeCanonical(entry.kind === 'command' ? entry.command : entry.change)) | 0;
}

/** Whom the outcome of an entry is kept for: its actor, or `NOBODY`. */
export function outcomeActorOf(entry: Entry): number {
  return entry.kind === 'command' ? entry.command.actor : (entry.actor ?? NOBODY);
}

/** What the outcome of an entry is kept under: its command id; of one who is not registered yet, wallet and command id. */
export function outcomeIdOf(entry: Entry): CommandId {
  if (entry.kind === 'command' || entry.actor !== null || entry.change.kind !== 'registerOwner') return entry.commandId;
  return `${entry.change.address}:${entry.commandId}`;
}

/** The outcome of an entry whose command the core has answered. */
export function outcomeOfResult(result: CommandResult): JournaledOutcome {
  if (result.kind === 'accepted') return null;
  const { code, account, figures } = result.rejection;
  return { code, account, figures };
}

export function decodeHead(head: Uint8Array): JournaledHead | string {
  // The integers have fixed widths, so each is decoded on its own without looking at the events.
  if (head.length < HEAD_PREFIX_BYTES) return 'the head is too short';
  const previousHash = decodeCanonical(head.subarray(0, 37));
  const version = decodeCanonical(head.subarray(37, 46));
  const height = decodeCanonical(head.subarray(46, 55));
  const timeMs = decodeCanonical(head.subarray(55, HEAD_PREFIX_BYTES));
  if (!previousHash.ok || !version.ok || !height.ok || !timeMs.ok || !(previousHash.value instanceof Uint8Array))
    return 'the head is not canonical';
  if (version.value !== WIRE_VERSION) return `wire version ${String(version.value)}, this program reads ${WIRE_VERSION}`;
  // The bytes were made by the codec of the engine; the record's hash says that they are still those.
  return { previousHash: previousHash.value, height: height.value as Height, timeMs: timeMs.value as TimeMs };
}

export function decodeEvents(head: Uint8Array): readonly Event[] | string {
  return decodePart(head.subarray(HEAD_PREFIX_BYTES)) as readonly Event[] | string;
}

export function splitBody(body: Uint8Array): JournaledParts | string {
  if (body.length < LENGTHS_BYTES) return 'the body is too short';
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const factsEnd = LENGTHS_BYTES + view.getUint32(0, true);
  const outcomesEnd = factsEnd + view.getUint32(4, true);
  if (outcomesEnd > body.length) return 'the parts of the body do not fit it';
  return {
    facts: body.subarray(LENGTHS_BYTES, factsEnd),
    outcomes: body.subarray(factsEnd, outcomesEnd),
    commands: body.subarray(outcomesEnd),
  };
}

export function decodeFacts(parts: JournaledParts): JournaledFacts | string {
  return decodePart(parts.facts) as unknown as JournaledFacts | string;
}

export function decodeOutcomes(bytes: Uint8Array): JournaledOutcomes | string {
  return decodePart(bytes) as unknown as JournaledOutcomes | string;
}

export function decodeCommands(parts: JournaledParts): readonly Command[] | string {
  return decodePart(parts.commands) as unknown as readonly Command[] | string;
}

/** The entries of a block again, in order. */
export function entriesOf(facts: JournaledFacts, ids: readonly CommandId[], commands: readonly Command[]): readonly Entry[] {
  const changes = new Map(facts.changes.map((change) => [change.index, change]));
  let next = 0;
  return ids.map((id, index): Entry => {
    const found = changes.get(index);
    if (found !== undefined) {
      const { actor, change } = found;
      const isNobody = actor === null && change.kind === 'registerOwner';
      return { kind: 'identity', commandId: isNobody ? id.slice(change.address.length + 1) : id, actor, change };
    }
    const commandId = id;
    const command = commands[next];
    next += 1;
    if (command === undefined)
      throw new Error('a journaled block has a command for every entry that is not a change of identity');
    return { kind: 'command', commandId, command };
  });
}

/** Remembers the keys of events and legs; what is decoded does not depend on it. */
const reader = createLongLivedReader();

/** Texts that a decoder may return are reasons; no part of a record is a text itself. */
function decodePart(bytes: Uint8Array): CanonicalValue {
  const decoded = decodeWith(reader, bytes);
  if (!decoded.ok) return `${decoded.error.reason} (byte ${decoded.error.offset} of its part)`;
  return decoded.value;
}

function writePart(writer: CanonicalWriter, value: unknown): number {
  writeCanonical(writer, value);
  return writer.length;
}

/** Room for what is filled in when the lengths are known: the writer has at least this much from the start. */
function writeRaw(writer: CanonicalWriter, bytes: Uint8Array): void {
  writer.bytes.set(bytes, writer.length);
  writer.length += bytes.length;
}
