import { modelOf } from '@plimsoll/core/engine';
import { addPosition, clearPortfolio, createPortfolio, heldInput, type RiskInput } from '@plimsoll/core/margin';
import { groupId, ownerId, ticks } from '@plimsoll/core/numeric';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiWorld, createApiWorld } from '../../testing/apiWorld.ts';
import { createJobPool, JobFailed } from './jobPool.ts';
import { type HeldPortfolio, heldPortfolio } from './marginJob.ts';
import { createInThreadMargins, createMarginPool, MARGIN_WORKER } from './marginPool.ts';

let world: ApiWorld;
let held: HeldPortfolio;

beforeAll(async () => {
  world = await createApiWorld({ isListening: false });
  const { engine } = world.sequencer;
  const portfolio = createPortfolio();
  clearPortfolio(portfolio, { mode: 'portfolio', group: groupId(0), owner: ownerId(1), cash: ticks(40_000_000_000n) });
  addPosition(portfolio, { instrument: 0, lots: 1_000, ownerGross: 1_000 });
  held = heldPortfolio(heldInput(modelOf(engine.view, portfolio.group).input, portfolio), portfolio);
});
afterAll(() => world.close());

const LIMITS = { entry: MARGIN_WORKER, threads: 1, waitingMax: 4, timeLimitMs: 30_000, onWarning: () => {} };

test('the thread finds and measures what is found and measured in place', async () => {
  const pool = createMarginPool(LIMITS);
  const here = createInThreadMargins();
  const found = await pool.outlook(held);
  expect(found).toEqual(await here.outlook(held));
  expect(found?.single).toHaveLength(1);
  const measured = await pool.measure(held, true);
  expect(measured).toEqual(await here.measure(held, true));
  expect(measured?.terms?.initial.requirementTerms.length).toBeGreaterThan(0);
  await pool.close();
});

test('what cannot be measured fails alone, and what is too much is refused at once', async () => {
  const pool = createMarginPool({ ...LIMITS, waitingMax: 2 });
  const failing = expect(pool.outlook({ ...held, input: {} as RiskInput })).rejects.toMatchObject({ failure: 'fault' });
  const good = pool.outlook(held);
  expect(pool.measure(held, false)).toBeNull();
  await failing;
  expect((await good)?.envelopes).toBeDefined();
  await pool.close();
});

test('an assertion that breaks in the thread is told by its name', async () => {
  const pool = createMarginPool(LIMITS);
  const broken = { ...held, positions: [{ instrument: 0, lots: 0.5, ownerGross: 1 }] };
  await expect(pool.measure(broken, false)).rejects.toMatchObject({ failure: 'fault', causeName: 'InvariantViolation' });
  await pool.close();
});

test('a thread that dies fails what it had, and the next job hires another', async () => {
  const warnings: string[] = [];
  const gone = new URL('./noSuchWorker.mjs', import.meta.url);
  const pool = createMarginPool({ ...LIMITS, entry: gone, onWarning: (message) => warnings.push(message) });
  await expect(pool.outlook(held)).rejects.toMatchObject({ failure: 'died' });
  await expect(pool.outlook(held)).rejects.toMatchObject({ failure: 'died' });
  expect(warnings).toHaveLength(2);
  await pool.close();
});

test('a job that is nested too deep to be copied to a thread fails alone, also behind another', async () => {
  const pool = createJobPool<unknown, string>({ ...LIMITS, entry: ECHO, what: 'a test' });
  let deep: unknown = 'the bottom';
  for (let level = 0; level < 500_000; level += 1) deep = [deep];
  const tooDeep = { failure: 'fault', causeName: 'RangeError' };
  const [first, second, third] = [pool.run('a'), pool.run(deep), pool.run('b')];
  await expect(second).rejects.toMatchObject(tooDeep);
  expect([await first, await third]).toEqual(['a', 'b']);
  await expect(pool.run(deep)).rejects.toMatchObject(tooDeep);
  expect(pool.waiting()).toBe(0);
  await pool.close();
});

/** A thread that answers with its job. */
const ECHO = new URL(
  `data:text/javascript,${encodeURIComponent("import { parentPort } from 'node:worker_threads'; parentPort.on('message', (answer) => parentPort.postMessage({ answer }));")}`,
);

/** A thread that never answers, as a module in an address. */
const SILENT = new URL(
  `data:text/javascript,${encodeURIComponent("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});")}`,
);

test('a job that takes too long is stopped with its thread, and what waited behind it is done by another', async () => {
  const pool = createJobPool<string, string>({ ...LIMITS, entry: SILENT, timeLimitMs: 50, what: 'a test' });
  const both = [pool.run('a'), pool.run('b')];
  for (const one of both) await expect(one).rejects.toMatchObject({ failure: 'tooLong' });
  expect(pool.waiting()).toBe(0);
  await pool.close();
  await expect(pool.run('c')).rejects.toMatchObject({ failure: 'closed' });
});

test('closing fails what is under way', async () => {
  const pool = createJobPool<string, string>({ ...LIMITS, entry: SILENT, what: 'a test' });
  const underWay = expect(pool.run('a')).rejects.toBeInstanceOf(JobFailed);
  await pool.close();
  await underWay;
});
