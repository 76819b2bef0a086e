import type { Command } from '@plimsoll/core/engine';
import { accountId, amount, assetId, instrumentId, lots, ownerId, ppm, ticks, ticksPerLot } from '@plimsoll/core/numeric';
import { decodeCanonical, encodeCanonical } from '@plimsoll/core/wire';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { typedDataDigest } from '../identity/typedData.ts';
import {
  COMMAND_KINDS,
  COMMAND_SCHEMAS,
  CommandJsonSchema,
  commandFromJson,
  commandFromPlain,
  commandHash,
  commandToJson,
  typedDataOf,
} from './commandTable.ts';
import { arbitraryCommandJson, arbitraryOf } from './testing/arbitraryCommand.ts';

const WITHDRAW: Command = {
  kind: 'withdraw',
  actor: ownerId(100),
  nonce: 7,
  account: accountId(3),
  asset: assetId(0),
  amount: amount(2_500_000n),
};
const WITHDRAW_JSON = { kind: 'withdraw', actor: 100, nonce: 7, account: 3, asset: 0, amount: '2500000' };
const HERE = { chainId: 1, name: 'here' };

/** The command read from JSON; fails the test with the reason when it is refused. */
function read(json: unknown): Command {
  const result = commandFromJson(json);
  if (!result.ok) throw new Error(`${result.path}: ${result.message}`);
  return result.command;
}

function refusal(json: unknown): string {
  const result = commandFromJson(json);
  return result.ok ? 'accepted' : `${result.path} ${result.message}`;
}

describe('a command as JSON', () => {
  test('has decimal text for amounts and numbers for ids', () => {
    expect(commandToJson(WITHDRAW)).toEqual(WITHDRAW_JSON);
    expect(read(WITHDRAW_JSON)).toEqual(WITHDRAW);
  });

  test('has numbers for lots and text for the price of a lot', () => {
    const trade: Command = {
      kind: 'trade',
      actor: ownerId(90),
      nonce: 1,
      instrument: instrumentId(2),
      buyer: accountId(5),
      seller: accountId(6),
      lots: lots(40),
      price: ticksPerLot(1_950_000),
      cosigner: null,
    };
    const json = {
      kind: 'trade',
      actor: 90,
      nonce: 1,
      instrument: 2,
      buyer: 5,
      seller: 6,
      lots: 40,
      price: '1950000',
      cosigner: null,
    };
    expect(commandToJson(trade)).toEqual(json);
    expect(read(json)).toEqual(trade);
  });

  test('keeps a negative limit and a nested choice', () => {
    const bid = { kind: 'bid', actor: 1, nonce: 0, account: 1, liquidated: 2, sizePpm: 500_000, limit: '-12' };
    expect(read(bid)).toMatchObject({ limit: ticks(-12n), sizePpm: ppm(500_000) });
    const top = {
      kind: 'setProtection',
      actor: 1,
      nonce: 0,
      account: 1,
      protection: { kind: 'topUp', sibling: 4, dailyCap: '9' },
    };
    expect(read(top)).toMatchObject({ protection: { kind: 'topUp', sibling: 4, dailyCap: 9n } });
    expect(commandToJson(read(top))).toEqual(top);
    expect(commandToJson(read({ ...top, protection: null }))).toEqual({ ...top, protection: null });
  });

  test('goes out and comes back equal, whatever it is', () => {
    fc.assert(
      fc.property(arbitraryCommandJson(), (json) => {
        const command = read(json);
        const out = commandToJson(command);
        expect(read(JSON.parse(JSON.stringify(out)))).toEqual(command);
        expect(commandToJson(read(out))).toEqual(out);
      }),
      { seed: 20261122, numRuns: 1_500 },
    );
  });

  test.each(COMMAND_KINDS)('%s goes out and comes back equal', (kind) => {
    const [json] = fc.sample(arbitraryOf(COMMAND_SCHEMAS.get(kind) ?? {}), { seed: 3, numRuns: 1 });
    expect(read(json).kind).toBe(kind);
    expect(commandToJson(read(json))).toEqual(stripped(json));
  });
});

/** What the decoder of profiles leaves out. */
function stripped(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json, (key, value) => (key === '$schema' ? undefined : value)));
}

describe('a command that is not one is refused with a pointer and what was expected', () => {
  test.each([
    [null, ' expected an object, found null'],
    [[], ' expected an object, found an array of 0'],
    [{}, '/kind expected one of "openAccount", "closeAccount"'],
    [{ ...WITHDRAW_JSON, kind: 'steal' }, '/kind expected one of'],
    [{ ...WITHDRAW_JSON, kind: 'toString' }, '/kind expected one of'],
    [
      { ...WITHDRAW_JSON, amount: 2_500_000 },
      '/amount expected an integer from -4611686018427387903 to 4611686018427387903 as decimal text, found 2500000',
    ],
    [{ ...WITHDRAW_JSON, amount: '4611686018427387904' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '4611686018427387903' }, 'accepted'],
    [{ ...WITHDRAW_JSON, amount: '-4611686018427387904' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '9'.repeat(1_000_000) }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '+1' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '01' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '-0' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '1e3' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '1.0' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: ' 1' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '1\n' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: '' }, '/amount expected'],
    [{ ...WITHDRAW_JSON, amount: null }, '/amount expected'],
    [{ ...WITHDRAW_JSON, account: -1 }, '/account expected an integer from 0 to 2147483647, found -1'],
    [{ ...WITHDRAW_JSON, account: 2_147_483_648 }, '/account expected'],
    [{ ...WITHDRAW_JSON, account: 1.5 }, '/account expected'],
    [{ ...WITHDRAW_JSON, account: '3' }, '/account expected an integer from 0 to 2147483647, found "3"'],
    [{ ...WITHDRAW_JSON, account: Number.NaN }, '/account expected'],
    [{ ...WITHDRAW_JSON, nonce: 2 ** 53 }, '/nonce expected'],
    [{ ...WITHDRAW_JSON, memo: 'hi' }, '/memo expected no such field (fields here: kind, actor, nonce, account, asset, amount)'],
    [{ ...WITHDRAW_JSON, 'a/b~c': 1 }, '/a~1b~0c expected no such field'],
    [
      { kind: 'withdraw', actor: 1, nonce: 1, account: 1, asset: 1 },
      '/amount expected an integer from -4611686018427387903 to 4611686018427387903 as decimal text, found nothing',
    ],
  ])('case %#', (json, expected) => {
    expect(refusal(json)).toContain(expected);
  });

  test('points inside lists and nested records', () => {
    const good = { feed: 0, price: '1', confidencePpm: 0, publishTimeMs: 0 };
    const report = (second: object) => ({ kind: 'reportPrices', actor: 1, nonce: 1, source: 0, prices: [good, second] });
    expect(refusal(report({ ...good, price: '0' }))).toContain('/prices/1/price expected an integer from 1 to');
    expect(refusal(report({ ...good, publishTimeMs: 8.64e15 + 1 }))).toContain('/prices/1/publishTimeMs expected');
    expect(refusal({ ...report(good), prices: Array.from({ length: 1025 }, () => good) })).toContain('/prices expected an array');
    const bundle = { kind: 'proposeBundle', actor: 1, nonce: 1, changes: [{ kind: 'profile', value: { name: 'x' } }] };
    expect(refusal(bundle)).toMatch(/^\/changes\/0\/value\/\w+ expected/);
  });

  test('refuses a field that sits on the prototype only', () => {
    const inherited = Object.create({ account: 3 }) as Record<string, unknown>;
    expect(refusal(Object.assign(inherited, { ...WITHDRAW_JSON, account: undefined }))).toContain('/account expected');
    const { account: _, ...rest } = WITHDRAW_JSON;
    expect(refusal(Object.assign(Object.create({ account: 3 }), rest))).toContain('/account');
    expect(refusal(JSON.parse('{"__proto__": {"kind": "withdraw"}}'))).toContain('/kind');
  });

  test('refuses a profile with text that has no canonical form', () => {
    const profile = { name: 'x', description: '\ud800' };
    const bundle = { kind: 'proposeBundle', actor: 1, nonce: 1, changes: [{ kind: 'profile', value: profile }] };
    expect(refusal(bundle)).toContain('/changes/0/value/description expected well-formed text');
  });

  test('never throws, and what it accepts has canonical bytes', () => {
    const nearly = fc.tuple(arbitraryCommandJson(), fc.string(), fc.anything()).map(([json, key, value]) => {
      const keys = Object.keys(json as object);
      const at = keys[key.length % keys.length] ?? key;
      return { ...(json as object), [key.startsWith('a') ? key : at]: value };
    });
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(fc.anything({ withBigInt: true, withTypedArray: true }), nearly), (json) => {
        const result = commandFromJson(json);
        if (result.ok) {
          accepted += 1;
          encodeCanonical(result.command);
        } else expect(result.path === '' || result.path.startsWith('/')).toBe(true);
        commandFromPlain(json);
      }),
      { seed: 4, numRuns: 4_000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('a decoded canonical value', () => {
  test('of a command is a command again', () => {
    fc.assert(
      fc.property(arbitraryCommandJson(), (json) => {
        const command = read(json);
        const decoded = decodeCanonical(encodeCanonical(command));
        if (!decoded.ok) throw new Error(decoded.error.reason);
        expect(commandFromPlain(decoded.value)).toEqual({ ok: true, command });
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });

  test.each([
    [{ ...WITHDRAW, amount: '2500000' }, '/amount'],
    [{ ...WITHDRAW, amount: 2 ** 40 }, '/amount'],
    [{ ...WITHDRAW, amount: 2n ** 62n }, '/amount'],
    [{ ...WITHDRAW, amount: -(2n ** 4000n) }, '/amount'],
    [{ ...WITHDRAW, account: -0 }, '/account'],
    [{ ...WITHDRAW, account: 3n }, '/account'],
    [{ ...WITHDRAW, extra: null }, '/extra'],
    [{ ...WITHDRAW, kind: 'x' }, '/kind'],
    [new Uint8Array(3), ''],
    [7, ''],
  ])('that is not a command is refused where it is wrong, case %#', (value, path) => {
    expect(commandFromPlain(value)).toMatchObject({ ok: false, path });
  });
});

describe('the schema', () => {
  const check = Compile(CommandJsonSchema);

  test('accepts whatever the decoder accepts', () => {
    fc.assert(
      fc.property(arbitraryCommandJson(), (json) => {
        expect(check.Check(commandToJson(read(json)))).toBe(true);
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  test('refuses other fields, missing fields and numbers where text belongs', () => {
    expect(check.Check(WITHDRAW_JSON)).toBe(true);
    expect(check.Check({ ...WITHDRAW_JSON, memo: '' })).toBe(false);
    expect(check.Check({ ...WITHDRAW_JSON, amount: 5 })).toBe(false);
    expect(check.Check({ ...WITHDRAW_JSON, kind: 'deposited' })).toBe(false);
    const { amount: _, ...rest } = WITHDRAW_JSON;
    expect(check.Check(rest)).toBe(false);
  });

  test('describes every field of every kind', () => {
    const undescribed: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties')
          for (const [name, field] of Object.entries<Record<string, unknown>>(value)) {
            if (field['const'] === undefined && !String(field['description'] ?? '').endsWith('.'))
              undescribed.push(`${path}/${name}`);
          }
        walk(value, `${path}/${key}`);
      }
    };
    for (const [kind, schema] of COMMAND_SCHEMAS) walk(schema, kind);
    expect(undescribed).toEqual([]);
  });
});

describe('what is signed for a command', () => {
  const digest = (domain: typeof HERE, id: string, command: Command) =>
    Buffer.from(typedDataDigest(typedDataOf(domain, id, command))).toString('hex');

  test('is bound to deployment, chain, command id and every field', () => {
    const variants = [
      digest(HERE, 'a', WITHDRAW),
      digest({ ...HERE, name: 'there' }, 'a', WITHDRAW),
      digest({ ...HERE, chainId: 2 }, 'a', WITHDRAW),
      digest(HERE, 'b', WITHDRAW),
      digest(HERE, 'a', { ...WITHDRAW, nonce: 8 }),
      digest(HERE, 'a', { ...WITHDRAW, amount: amount(1n) }),
      digest(HERE, 'a', { ...WITHDRAW, kind: 'supply' }),
    ];
    expect(new Set(variants).size).toBe(variants.length);
    const hashes = [
      commandHash(HERE, 'a', WITHDRAW),
      commandHash({ ...HERE, name: 'there' }, 'a', WITHDRAW),
      commandHash({ ...HERE, chainId: 2 }, 'a', WITHDRAW),
      commandHash(HERE, 'b', WITHDRAW),
      commandHash(HERE, 'a', { ...WITHDRAW, nonce: 8 }),
    ].map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('differs between any two different commands', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(arbitraryCommandJson(), (json) => {
        const command = read(json);
        const text = JSON.stringify(commandToJson(command));
        const hash = digest(HERE, 'a', command);
        expect(seen.get(hash) ?? text).toBe(text);
        seen.set(hash, text);
      }),
      { seed: 8, numRuns: 600 },
    );
    expect(seen.size).toBeGreaterThan(500);
  });

  test('names the structs of every kind once, with one meaning each', () => {
    const meanings = new Map<string, string>();
    for (const [kind, schema] of COMMAND_SCHEMAS) {
      const [json] = fc.sample(arbitraryOf(schema), { seed: 1, numRuns: 1 });
      const { types } = typedDataOf(HERE, kind, read(json));
      for (const [name, members] of Object.entries(types)) {
        const meaning = JSON.stringify(members);
        expect(meanings.get(name) ?? meaning).toBe(meaning);
        meanings.set(name, meaning);
      }
    }
    expect(meanings.size).toBeGreaterThan(COMMAND_KINDS.length);
  });
});
