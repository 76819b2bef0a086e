import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { checkConservation } from '../../ledger/recount.ts';
import { assert } from '../../numeric/assert.ts';
import { height, timeMs } from '../../numeric/brand.ts';
import { createEventCodec } from '../../wire/hashes.ts';
import { decodeSnapshot, encodeSnapshot } from '../../wire/snapshot.ts';
import type { CommandResult } from '../block.ts';
import type { EventCodec } from '../codec.ts';
import type { Command } from '../commands.ts';
import { applyBlock, type BlockResult, type Engine, resumeEngine } from '../engine.ts';
import type { Event, EventKind } from '../events.ts';
import type { Rejection } from '../rejections.ts';
import type { EngineWorld, Unsigned } from './engineWorld.ts';

/** The codec of every test: SHA-256. */
export function testCodec(): EventCodec {
  return createEventCodec((bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()));
}

/** 'ok' or the rejection's code, command by command. */
export function outcomes(block: BlockResult): readonly string[] {
  return block.results.map((result: CommandResult) =>
    result.kind === 'accepted' ? 'ok' : `${result.rejection.code} ${figuresText(result.rejection)}`.trim(),
  );
}

function figuresText({ figures }: Rejection): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Applies commands that must all pass; a failure shows the rejections. */
export function mustPass(block: BlockResult): BlockResult {
  expect(outcomes(block)).toEqual(block.results.map(() => 'ok'));
  return block;
}

/** The events of one kind in a block. */
export function eventsOf<K extends EventKind>(block: BlockResult, kind: K): readonly Extract<Event, { readonly kind: K }>[] {
  return block.events.filter((event): event is Extract<Event, { readonly kind: K }> => event.kind === kind);
}

/** A second engine over the same state, through its snapshot. */
export function copyOf(engine: Engine): Engine {
  const decoded = decodeSnapshot(encodeSnapshot(engine.state));
  assert(decoded.ok, 'A snapshot that was just written decodes.');
  return resumeEngine(decoded.state, testCodec());
}

/** Canonical bytes but for nonces and the hash chain: what a rejected command must leave alone. */
export function bytesButNonces({ state }: Engine): Uint8Array {
  return encodeSnapshot({ ...state, nonces: new Map(), previousHash: new Uint8Array(32) });
}

/**
 * The rejection of a command, tried on a copy: the world itself goes on untouched. Proves that the copy is what the same block
 * without the command would have made of it, nonces aside. Null when the command is accepted.
 */
export function rejectionOf(
  world: EngineWorld,
  command: Unsigned,
  before: readonly Unsigned[] = [],
  stepMs = 0,
): Rejection | null {
  const tried = copyOf(world.engine);
  const without = copyOf(world.engine);
  const block = (engine: Engine, commands: readonly Unsigned[]): BlockResult =>
    applyBlock(engine, {
      height: height(engine.state.height + 1),
      timeMs: timeMs(engine.state.timeMs + stepMs),
      commands: signAfter(engine, commands),
    });
  const result = block(tried, [...before, command]).results.at(-1);
  assert(result !== undefined, 'Every command has a result.');
  if (result.kind === 'accepted') return null;
  block(without, before);
  expect(Buffer.from(bytesButNonces(tried)).equals(Buffer.from(bytesButNonces(without)))).toBe(true);
  expect(checkConservation(tried.state.ledger)).toEqual([]);
  return result.rejection;
}

/** Signs commands with the next nonces of their actors. */
export function signAfter(engine: Engine, commands: readonly Unsigned[]): readonly Command[] {
  const last = new Map(engine.state.nonces);
  return commands.map((command) => {
    const nonce = (last.get(command.actor) ?? 0) + 1;
    last.set(command.actor, nonce);
    return { ...command, nonce } as Command; // cast-ok: the nonce is the field that Unsigned leaves out
  });
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(Buffer.from(b));
}
