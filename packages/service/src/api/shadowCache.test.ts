import type { Command, PendingBundle } from '@plimsoll/core/engine';
import { createPortfolio } from '@plimsoll/core/margin';
import { accountId, amount, ownerId, ppm } from '@plimsoll/core/numeric';
import { beforeEach, expect, test } from 'vitest';
import { createDirectory } from '../identity/directory.ts';
import { createMemorySequencer, type MemorySequencer } from '../testing/memorySequencer.ts';
import {
  CUSTODIAN,
  createManualClock,
  createNonces,
  DOLLAR,
  ETHER_PERPETUAL,
  GOVERNOR,
  MAIN_GROUP,
  seedCommands,
  smallDeployment,
} from '../testing/smallDeployment.ts';
import { createShadowCache, type ShadowCache, type ShadowCacheOptions } from './shadowCache.ts';

const DEPOSITORS = 60;
/** Two or three accounts. */
const STEP_WORK = 1_024;

let sequencer: MemorySequencer;
let clock: ReturnType<typeof createManualClock>;
let nonces: ReturnType<typeof createNonces>;
let nowMs: number;
/** Called before each step, with how many there were. */
let betweenSteps: (step: number) => void;
let steps: number;

function apply(commands: readonly Command[]): void {
  clock.advance(1_000);
  for (const { status } of sequencer.applyNow(commands).outcomes) expect(status).toBe('accepted');
}

/** A perpetual that asks for more, by so much. */
function propose(morePpm: number): PendingBundle {
  const parameters = sequencer.engine.state.parameters.instruments[ETHER_PERPETUAL];
  if (parameters === undefined) throw new Error('The perpetual has parameters.');
  const value = { ...parameters, maintenanceAddOnPpm: ppm(parameters.maintenanceAddOnPpm + morePpm) };
  apply([{ kind: 'proposeBundle', ...nonces.sign(GOVERNOR), changes: [{ kind: 'instrument', value }] }]);
  const bundle = sequencer.engine.state.pendingBundles.at(-1);
  if (bundle === undefined) throw new Error('The bundle is pending.');
  return bundle;
}

function cacheOf(options: Partial<ShadowCacheOptions> = {}): ShadowCache {
  const scratch = createPortfolio();
  return createShadowCache({
    read: async (query) => {
      betweenSteps(steps);
      steps += 1;
      return sequencer.read((engine, directory, head) => ({ head, content: query({ engine, directory, head, scratch }) }));
    },
    nowMs: () => nowMs,
    stepWork: STEP_WORK,
    ...options,
  });
}

beforeEach(() => {
  clock = createManualClock();
  nonces = createNonces(100);
  nowMs = 0;
  steps = 0;
  betweenSteps = () => {};
  const deployment = smallDeployment();
  sequencer = createMemorySequencer({ deployment, directory: createDirectory(deployment), clock });
  for (const block of seedCommands()) {
    clock.set(block.timeMs);
    sequencer.applyNow(block.commands);
  }
  const { rowCount } = sequencer.engine.state.ledger.accounts;
  for (let at = 0; at < DEPOSITORS; at += 1) {
    const owner = ownerId(300 + at);
    apply([{ kind: 'openAccount', ...nonces.sign(owner), group: MAIN_GROUP, mode: 'portfolio' }]);
    const account = accountId(rowCount + at);
    apply([{ kind: 'deposit', ...nonces.sign(CUSTODIAN), account, asset: DOLLAR, amount: amount(1_000_000n) }]);
  }
});

test('a shadow is found in as many steps as the accounts need, and blocks are made between them', async () => {
  const bundle = propose(1);
  const begun = sequencer.head().height;
  betweenSteps = (step) => {
    if (step > 0) apply([]);
  };
  const answer = await cacheOf()(bundle);
  // Depositors without a position cost the least that an open account costs: 256 each.
  expect(steps).toBeGreaterThanOrEqual((DEPOSITORS * 256) / STEP_WORK);
  expect(answer.shadow).toMatchObject({ height: begun, untilHeight: begun + steps - 1, faults: [], wouldBeRefused: false });
  steps = 0;
  betweenSteps = () => {};
  const atOnce = await cacheOf({ stepWork: Number.POSITIVE_INFINITY })(bundle);
  expect(steps).toBe(1);
  expect(atOnce.shadow.flippedShare).toBe(answer.shadow.flippedShare);
  expect(atOnce.shadow.untilHeight).toBe(atOnce.shadow.height);
});

test('who asks while it is being found waits for the same answer, and another bundle for its turn', async () => {
  const [first, second] = [propose(1), propose(2)];
  const shadow = cacheOf();
  const asked = [shadow(first), shadow(first), shadow(second)];
  const [one, same, other] = await Promise.all(asked);
  const together = steps;
  expect(same).toBe(one);
  expect(other?.id).toBe(second.id);
  steps = 0;
  await cacheOf()(first);
  expect(together).toBe(2 * steps);
});

test('an answer stands for ten seconds, or twenty times as long as it took', async () => {
  const bundle = propose(1);
  const shadow = cacheOf();
  const first = await shadow(bundle);
  nowMs += 9_999;
  expect(await shadow(bundle)).toBe(first);
  nowMs += 1;
  betweenSteps = (step) => {
    nowMs += step === 0 ? 2_000 : 0;
  };
  steps = 0;
  const second = await shadow(bundle);
  expect(second).not.toBe(first);
  nowMs += 39_999;
  expect(await shadow(bundle)).toBe(second);
  nowMs += 1;
  expect(await shadow(bundle)).not.toBe(second);
});

test('it begins anew when another set came into force, and knows the new one', async () => {
  const bundle = propose(1);
  const { state } = sequencer.engine;
  betweenSteps = (step) => {
    // Before the third step the limit is another.
    if (step === 2) state.parameters = { ...state.parameters, global: { ...state.parameters.global, maxFlipPpm: ppm(12_345) } };
    if (step > 0) apply([]);
  };
  const begun = sequencer.head().height;
  const answer = await cacheOf()(bundle);
  expect(answer.shadow).toMatchObject({ height: begun + 2, limit: '0.012345' });
});

test('a step that fails fails its question, and the next question is answered', async () => {
  const bundle = propose(1);
  const shadow = cacheOf();
  betweenSteps = () => {
    throw new Error('The sequencer has stopped.');
  };
  await expect(shadow(bundle)).rejects.toThrow('has stopped');
  betweenSteps = () => {};
  expect((await shadow(bundle)).id).toBe(bundle.id);
});
