/** What the errors of a request say: those of the one form that it means to have, at JSON pointers, and soon. */

import Type, { type TSchema } from 'typebox';
import { expect, test } from 'vitest';
import { Problem } from './problems.ts';
import { SimulateSchema } from './schemas/accounts.ts';
import { COMMANDS_MAX, SubmissionEnvelope } from './schemas/commands.ts';
import { createCheck } from './validation.ts';

function errorsOf(schema: TSchema, value: unknown): readonly { readonly path: string; readonly message: string }[] {
  try {
    createCheck(schema, '/body')(value);
  } catch (cause) {
    if (cause instanceof Problem) return cause.details.errors ?? [];
    throw cause;
  }
  return [];
}

const SIGNATURE = { kind: 'session', key: '0'.repeat(64), signature: '0'.repeat(128) };

test('of a simulation only the errors of the question that it asks are told', () => {
  expect(errorsOf(SimulateSchema, { group: 0, mode: 'portfolio', changes: { cash: 1 } })).toEqual([
    { path: '/body/changes/cash', message: 'must be string' },
  ]);
  expect(errorsOf(SimulateSchema, { account: 'one', changes: {} })).toEqual([
    { path: '/body/account', message: 'must be integer' },
  ]);
  const extra = errorsOf(SimulateSchema, { document: {}, explain: true });
  expect(extra.map(({ path }) => path)).toEqual(['/body/explain', '/body']);
  expect(extra[0]?.message).toBe('must not be there');
  expect(errorsOf(SimulateSchema, { account: 1 })).toEqual([{ path: '/body', message: 'must have required properties changes' }]);
});

test('a body that asks none of the questions is told what each of them has', () => {
  expect(errorsOf(SimulateSchema, { changes: {} })).toEqual([
    { path: '/body', message: 'must have `document`, or `group` and `mode`, or `account`' },
  ]);
  for (const value of [null, [], 3, 'document']) {
    expect(errorsOf(SimulateSchema, value)).toEqual([{ path: '/body', message: 'must be object' }]);
  }
});

test('of a batch of commands only the errors of a batch are told, and of one command those of one', () => {
  const good = { commandId: 'a', command: {}, signature: SIGNATURE };
  expect(errorsOf(SubmissionEnvelope, { commands: [good, { ...good, commandId: 'b c' }] })).toMatchObject([
    { path: '/body/commands/1/commandId' },
  ]);
  expect(errorsOf(SubmissionEnvelope, { commands: [] })).toMatchObject([{ path: '/body/commands' }]);
  expect(errorsOf(SubmissionEnvelope, { commandId: 'a', signature: SIGNATURE })).toEqual([
    { path: '/body', message: 'must have required properties command' },
  ]);
});

test('a name with a slash or a tilde is escaped in its pointer', () => {
  expect(errorsOf(SimulateSchema, { document: {}, 'a/b~c': 1 })[0]?.path).toBe('/body/a~1b~0c');
});

test('the errors of half a million items or of as many fields are told without looking at each', () => {
  const many = { commands: new Array(520_000).fill(0) };
  let looks = 0;
  const counted = new Proxy(
    {},
    {
      has: () => {
        looks += 1;
        return false;
      },
      ownKeys: () => {
        looks += 1;
        return [];
      },
      get: () => {
        looks += 1;
        return undefined;
      },
    },
  );
  const fields = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`f${index}`, 1]));
  const check = createCheck(SubmissionEnvelope, '/body');
  expect(() => check({ commands: new Array(520_000).fill(counted) })).toThrow(Problem);
  expect(looks).toBeLessThan(10_000);
  expect(errorsOf(SubmissionEnvelope, many)).toEqual([
    { path: '/body/commands', message: `must not have more than ${COMMANDS_MAX} items` },
  ]);
  const paths = errorsOf(SubmissionEnvelope, { commandId: 'a', ...fields }).map(({ path }) => path);
  expect(paths).toEqual(['/body', '/body/f0', '/body/f1', '/body/f2', '/body/f3', '/body']);
});

test('what is admitted is given back as it came', () => {
  const value = { document: { kind: 'any' } };
  expect(createCheck(SimulateSchema, '/body')(value)).toBe(value);
  expect(createCheck(Type.Integer(), '/body')(3)).toBe(3);
});
