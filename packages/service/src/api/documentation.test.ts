/** docs/api.md says what is so: every curl in it is run, its walk is the one that runs, its table is the table. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownerId } from '@plimsoll/core/numeric';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quickStart } from '../client/quickStart.ts';
import { type ApiWorld, createApiWorld, testWallet } from '../testing/apiWorld.ts';
import { PROBLEM_KINDS, PROBLEMS, problemType } from './problems.ts';
import { isRecord } from './validation.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../../..');
const PAGE = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

/** The commands of the shell blocks, lines that go on joined. */
function curls(): readonly string[] {
  const blocks = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block.replaceAll('\\\n', ' '));
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith('curl '));
}

async function hasCurl(): Promise<boolean> {
  return run('curl', ['--version']).then(
    () => true,
    () => false,
  );
}

test('every curl on the page is answered as the page says', async (context) => {
  if (!(await hasCurl())) return context.skip('there is no curl on this machine');
  const commands = curls();
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands) {
    const { stdout } = await run('sh', ['-c', command.replaceAll('http://127.0.0.1:8484', world.baseUrl)]);
    const answer: unknown = JSON.parse(stdout);
    const isProblem = command.includes('/999') || command.includes('limit=100000');
    expect({ command, isProblem: isRecord(answer) && 'advice' in answer }).toEqual({ command, isProblem });
    if (!isProblem) expect(isRecord(answer) && isRecord(answer['head'])).toBe(true);
  }
});

test('the walk on the page is the one that runs, from a new wallet to its followed account', async () => {
  const source = readFileSync(join(import.meta.dirname, '../client/quickStart.ts'), 'utf8');
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(PAGE) ?? [];
  expect(shown.length).toBeGreaterThan(1_000);
  expect(source).toContain(shown);
  const walked = await quickStart(world.baseUrl, testWallet(ownerId(7_000)));
  expect(walked).toEqual({ outcome: 'accepted', equity: '0', healthClass: 'healthy' });
});

test('the page has every problem with its status and what to do', () => {
  for (const kind of PROBLEM_KINDS) {
    const { status, title, advice } = PROBLEMS[kind];
    expect(PAGE).toContain(`| ${status} | \`${problemType(kind)}\` | ${title} ${advice} |`);
  }
});
