import { loadPortfolio, modelOf } from '@plimsoll/core/engine';
import { createPortfolio, heldInput, type RiskInput } from '@plimsoll/core/margin';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiWorld, createApiWorld } from '../../testing/apiWorld.ts';
import { TRADER_ACCOUNTS } from '../../testing/smallDeployment.ts';
import { type OutlookJob, outlookJob } from './outlookJob.ts';
import { createInThreadOutlook, createOutlookPool, OUTLOOK_WORKER } from './outlookPool.ts';

let world: ApiWorld;
let job: OutlookJob;

beforeAll(async () => {
  world = await createApiWorld({ isListening: false });
  const { engine } = world.sequencer;
  const portfolio = createPortfolio();
  loadPortfolio(engine.state, TRADER_ACCOUNTS[0], portfolio);
  job = outlookJob(heldInput(modelOf(engine.view, portfolio.group).input, portfolio), portfolio);
});
afterAll(() => world.close());

test('the thread finds what a search in place finds', async () => {
  const pool = createOutlookPool({ entry: OUTLOOK_WORKER, waitingMax: 4, onWarning: () => {} });
  const found = await pool.search(job);
  expect(found).toEqual(await createInThreadOutlook().search(job));
  expect(found?.single).toHaveLength(1);
  await pool.close();
});

test('what cannot be searched fails alone, and what is too much is refused at once', async () => {
  const pool = createOutlookPool({ entry: OUTLOOK_WORKER, waitingMax: 2, onWarning: () => {} });
  const broken: OutlookJob = { ...job, input: {} as RiskInput };
  const failing = expect(pool.search(broken)).rejects.toThrow();
  const good = pool.search(job);
  expect(pool.search(job)).toBeNull();
  await failing;
  expect((await good)?.envelopes).toBeDefined();
  await pool.close();
});

test('a thread that dies fails what it had, and the next search starts another', async () => {
  const warnings: string[] = [];
  const gone = new URL('./noSuchWorker.mjs', import.meta.url);
  const pool = createOutlookPool({ entry: gone, waitingMax: 2, onWarning: (message) => warnings.push(message) });
  await expect(pool.search(job)).rejects.toThrow('died');
  await expect(pool.search(job)).rejects.toThrow('died');
  expect(warnings).toHaveLength(2);
  await pool.close();
});
