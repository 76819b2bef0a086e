import { readFileSync } from 'node:fs';
import { accountId, ownerId, ppm, ticks } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import { BINARY_LIMITS } from './binaryConnection.ts';
import { COMMAND_LAYOUTS, type FramedCommand } from './commandLayouts.ts';
import { FRAME_FAULTS } from './frameFault.ts';
import {
  COMMANDS_PER_FRAME_MAX,
  encodeBusy,
  encodeCommands,
  encodeError,
  encodeHello,
  encodeLogin,
  encodeOutcomes,
  FRAME_TYPES,
  frameMessage,
  loginMessage,
  sessionIdOf,
} from './frames.ts';
import { testKey } from './testing/testKeys.ts';

const page = readFileSync(new URL('../../../../docs/binary-session.md', import.meta.url), 'utf8');

/** The bytes of an example: the hexadecimal at the start of each line of its block. */
function example(name: string): string {
  const block = page.match(new RegExp(`\`\`\`text ${name}\\n([\\s\\S]*?)\`\`\``))?.[1] ?? '';
  return block
    .split('\n')
    .map((line) => line.match(/^[0-9a-f]+/)?.[0] ?? '')
    .join('');
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('docs/binary-session.md', () => {
  it('shows the bytes that are really sent', () => {
    const key = testKey(1);
    const deployment = { chainId: 31_337, name: 'plimsoll-test' };
    const owner = ownerId(100);
    const challenge = Uint8Array.from({ length: 32 }, (_, index) => index);
    const hello = encodeHello({
      deployment,
      challenge,
      height: 4,
      timeMs: 1_584_000_004_000,
      blockHash: new Uint8Array(32).fill(0xab),
      frameBytesMax: BINARY_LIMITS.frameBytesMax,
      framesOpenMax: BINARY_LIMITS.framesOpenMax,
      idleMs: BINARY_LIMITS.idleMs,
    });
    expect(example('hello')).toBe(hex(hello));
    const message = loginMessage(challenge, deployment, owner);
    expect(example('lm')).toBe(hex(message));
    const login = encodeLogin({ key: key.key, owner, signature: key.sign(message) });
    expect(example('login')).toBe(hex(login));
    const sessionId = sessionIdOf(hello.subarray(4), login.subarray(4));
    expect(page).toContain(`The session id is \`${hex(sessionId)}\``);
    const bid: FramedCommand = {
      commandId: 'b-1',
      command: {
        kind: 'bid',
        actor: owner,
        nonce: 7,
        account: accountId(1),
        liquidated: accountId(2),
        sizePpm: ppm(250_000),
        limit: ticks(12_500_000n),
      },
    };
    const signed: string[] = [];
    const frame = encodeCommands(1, [bid], (digest) => {
      signed.push(hex(frameMessage(sessionId, digest)));
      return key.sign(frameMessage(sessionId, digest));
    });
    expect(signed).toEqual([example('frameMessage')]);
    expect(example('cmd')).toBe(hex(frame));
    expect(example('out')).toBe(hex(encodeOutcomes(1, [{ status: 'accepted', height: 5, index: 0 }])));
    const rejected = {
      status: 'rejected',
      height: 5,
      index: 0,
      code: 'unknownAuction',
      account: null,
      figures: { account: 2 },
    } as const;
    expect(example('rej')).toBe(hex(encodeOutcomes(1, [rejected])));
    expect(example('busy')).toBe(hex(encodeBusy(1, 'queueFull', 40)));
    expect(example('err')).toBe(hex(encodeError('sequenceGap', 'frame 3 came where 2 was due')));
  });

  it('names every kind of command with its code and fields, in the order of the wire', () => {
    for (const [kind, { code, fields }] of Object.entries(COMMAND_LAYOUTS)) {
      const described =
        fields === null
          ? 'canonical'
          : Object.entries<{ readonly form: string }>(fields)
              .map(([name, { form }]) => `${name} ${form}`)
              .join(', ');
      expect(page).toContain(`| ${code} | \`${kind}\` | ${described} |`);
    }
  });

  it('names every frame type, every error and every limit', () => {
    for (const [name, type] of Object.entries(FRAME_TYPES)) expect(page).toContain(`| ${type} | ${name} | `);
    for (const [name, code] of Object.entries(FRAME_FAULTS)) if (code > 0) expect(page).toContain(`| ${code} | ${name} | `);
    const limitsOf = (value: object): number[] =>
      Object.values(value).flatMap((limit: number | object) => (typeof limit === 'number' ? [limit] : limitsOf(limit)));
    const figures = [COMMANDS_PER_FRAME_MAX, ...limitsOf(BINARY_LIMITS)];
    const limits = page.slice(page.indexOf('## Limits'));
    for (const figure of figures) expect(limits).toContain(` ${figure.toLocaleString('en')}`);
  });
});
