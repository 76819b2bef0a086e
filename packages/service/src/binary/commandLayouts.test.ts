import type { Command } from '@plimsoll/core/engine';
import { encodeCanonical } from '@plimsoll/core/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND_KINDS, COMMAND_TABLE, commandFromJson, commandFromPlain } from '../commands/index.ts';
import { arbitraryCommandJson } from '../commands/testing/arbitraryCommand.ts';
import { createByteReader, expectEnd } from './byteReader.ts';
import { createByteWriter, writtenBytes } from './byteWriter.ts';
import { COMMAND_LAYOUTS, type FramedCommand, readFramedCommand, writeFramedCommand } from './commandLayouts.ts';
import { FrameFault } from './frameFault.ts';

const arbitraryCommand: fc.Arbitrary<Command> = arbitraryCommandJson().map((json) => {
  const decoded = commandFromJson(json);
  if (!decoded.ok) throw new Error(`${decoded.path} ${decoded.message}`);
  return decoded.command;
});
const arbitraryFramed: fc.Arbitrary<FramedCommand> = fc.record({
  commandId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  command: arbitraryCommand,
});

function encode(framed: FramedCommand): Buffer {
  const writer = createByteWriter(16);
  writeFramedCommand(writer, framed);
  return writtenBytes(writer);
}

/** The command that these bytes are, or what is wrong with them; anything thrown but a `FrameFault` fails the test. */
function decode(bytes: Buffer): FramedCommand | FrameFault {
  const reader = createByteReader(bytes);
  try {
    const framed = readFramedCommand(reader);
    expectEnd(reader);
    return framed;
  } catch (cause) {
    if (cause instanceof FrameFault) return cause;
    throw cause;
  }
}

describe('the layouts of commands', () => {
  it('give back every command that the command table knows', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(arbitraryFramed, (framed) => {
        kinds.add(framed.command.kind);
        const decoded = decode(encode(framed));
        expect(decoded).toEqual({ kind: 'command', ...framed });
        const { fields } = COMMAND_LAYOUTS[framed.command.kind];
        if (fields === null || decoded instanceof FrameFault) return;
        expect(Object.keys(decoded.command)).toEqual(['kind', 'actor', 'nonce', ...Object.keys(fields)]);
      }),
      { seed: 4, numRuns: 2_000 },
    );
    expect([...kinds].sort()).toEqual(COMMAND_KINDS);
  });

  it('have the fields of the command table, and one code per kind', () => {
    for (const kind of COMMAND_KINDS) {
      const { fields } = COMMAND_LAYOUTS[kind];
      if (fields !== null) expect(Object.keys(fields).sort()).toEqual(Object.keys(COMMAND_TABLE[kind].fields).sort());
    }
    const codes = COMMAND_KINDS.map((kind) => COMMAND_LAYOUTS[kind].code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => code >= 1 && code <= 255)).toBe(true);
  });

  it('read what is no command by name, and know one form of every other: changed bytes are refused or mean something else', () => {
    let read = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        arbitraryFramed,
        fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom<'change' | 'cut' | 'append'>('change', 'change', 'change', 'cut', 'append'),
        (framed, changes, way) => {
          const bytes = encode(framed);
          let mutated = Buffer.from(bytes);
          for (const { at, byte } of changes) mutated[at % mutated.length] = byte;
          const first = changes[0];
          if (way === 'cut' && first !== undefined) mutated = mutated.subarray(0, first.at % mutated.length);
          if (way === 'append') mutated = Buffer.concat([bytes, Buffer.from(changes.map(({ byte }) => byte))]);
          const decoded = decode(mutated);
          if (decoded instanceof FrameFault) {
            refused += 1;
            expect(decoded.code).toBe('malformedFrame');
            expect(decoded.message).toMatch(/at byte \d+ of the frame$/);
            return;
          }
          read += 1;
          expect(encode(decoded)).toEqual(mutated);
          expect(commandFromPlain(decoded.command)).toMatchObject({ ok: true });
        },
      ),
      { seed: 5, numRuns: 10_000 },
    );
    // Both must happen often, or the property says little.
    expect(read).toBeGreaterThan(1_000);
    expect(refused).toBeGreaterThan(1_000);
  });

  it('refuse each value that is out of its range or in a second form', () => {
    const bid: Command = {
      kind: 'bid',
      actor: 1,
      nonce: 2,
      account: 3,
      liquidated: 4,
      sizePpm: 5,
      limit: 6n,
    } as unknown as Command;
    const good = encode({ commandId: 'b', command: bid });
    // code, id length, id, actor, nonce, account, liquidated, sizePpm, then the limit.
    const limitAt = 1 + 1 + 1 + 4 + 8 + 4 + 4 + 8;
    expect(decode(good)).toEqual({ kind: 'command', commandId: 'b', command: bid });
    const wide = (value: bigint): Buffer => {
      const tail = Buffer.alloc(17);
      tail[0] = 1;
      tail.writeBigInt64LE(BigInt.asIntN(64, value), 1);
      tail.writeBigInt64LE(BigInt.asIntN(64, value >> 64n), 9);
      return Buffer.concat([good.subarray(0, limitAt), tail]);
    };
    expect(decode(wide(2n ** 63n))).toMatchObject({ command: { limit: 2n ** 63n } });
    expect(decode(wide(-(2n ** 120n)))).toMatchObject({ command: { limit: -(2n ** 120n) } });
    expect(decode(wide(6n))).toMatchObject({
      message: expect.stringContaining('ticks that fit eight bytes are in the form of sixteen'),
    });
    expect(decode(wide(2n ** 120n + 1n))).toMatchObject({ message: expect.stringContaining('ticks are beyond ±2^120') });
    const idAt = 3;
    const bigId = Buffer.from(good);
    bigId.writeUInt32LE(2 ** 31, idAt);
    expect(decode(bigId)).toMatchObject({ message: expect.stringContaining('the id 2147483648 is above 2^31 − 1') });
    const bigNonce = Buffer.from(good);
    bigNonce.writeBigUInt64LE(2n ** 53n, idAt + 4);
    expect(decode(bigNonce)).toMatchObject({ message: expect.stringContaining('an integer is above 2^53 − 1') });
    const badId = Buffer.from(good);
    badId.write('.', 2);
    expect(decode(badId)).toMatchObject({ message: expect.stringContaining('a command id is 1 to 64') });
  });

  it('keep amounts within 62 bits and prices positive', () => {
    const deposit = (amount: bigint): Command =>
      ({ kind: 'deposit', actor: 1, nonce: 2, account: 3, asset: 4, amount }) as unknown as Command;
    const most = 2n ** 62n - 1n;
    for (const amount of [most, -most, 0n, -1n]) {
      expect(decode(encode({ commandId: 'd', command: deposit(amount) }))).toMatchObject({ command: { amount } });
    }
    for (const amount of [most + 1n, -most - 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(decode(encode({ commandId: 'd', command: deposit(amount) }))).toMatchObject({
        message: expect.stringContaining('an amount is beyond'),
      });
    }
    const report = (price: bigint): Command =>
      ({
        kind: 'reportPrices',
        actor: 1,
        nonce: 2,
        source: 3,
        prices: [{ feed: 0, price, confidencePpm: 0, publishTimeMs: 1 }],
      }) as unknown as Command;
    for (const price of [1n, most]) {
      expect(decode(encode({ commandId: 'p', command: report(price) }))).toMatchObject({ command: { prices: [{ price }] } });
    }
    for (const price of [0n, -1n, most + 1n]) {
      expect(decode(encode({ commandId: 'p', command: report(price) }))).toMatchObject({
        message: expect.stringContaining('a price is not from 1'),
      });
    }
  });

  it('refuse a canonical command under the code of another kind, and kinds that have a layout in canonical form', () => {
    const propose: Command = { kind: 'proposeBundle', actor: 1, nonce: 2, changes: [] } as unknown as Command;
    const good = encode({ commandId: 'x', command: propose });
    expect(decode(good)).toEqual({ kind: 'command', commandId: 'x', command: propose });
    const other = Buffer.from(good);
    other[0] = COMMAND_LAYOUTS.listAsset.code;
    expect(decode(other)).toMatchObject({
      message: expect.stringContaining('a proposeBundle command has the code of listAsset'),
    });
    const canonical = encodeCanonical({ kind: 'cancelBundle', actor: 1, nonce: 2, bundle: 0 });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(canonical.length);
    const second = Buffer.concat([Buffer.from([COMMAND_LAYOUTS.proposeBundle.code, 1]), Buffer.from('x'), length, canonical]);
    expect(decode(second)).toMatchObject({
      message: expect.stringContaining('a cancelBundle command has the code of proposeBundle'),
    });
  });
});
