/** One random run: a world, a plot, blocks of commands, and the checks after each. Everything follows from the seed. */

import {
  applyBlock,
  type BlockResult,
  type Command,
  createEngine,
  type Engine,
  nextHeight,
  replayBlock,
} from '@plimsoll/core/engine';
import { type OwnerId, timeMs } from '@plimsoll/core/numeric';
import { createEventCodec } from '@plimsoll/core/wire';
import { type Auditor, createAuditor } from '../audit/auditor.ts';
import { checkInvariants, type InvariantMemory, startInvariants } from '../invariants/checkInvariants.ts';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { createRandom, type Random } from '../random/random.ts';
import { rejectionText, sha256 } from '../worlds/createWorld.ts';
import { MINUTE_MS } from '../worlds/defaultParameters.ts';
import { conservationFault, copyOf, derivedFault, hashFault, refusalFault } from './checks.ts';
import { draftBlock } from './generate.ts';
import { draftBacking, draftFunding, draftOpenings, type Purse } from './opening.ts';
import { stateDifference, stateDigest } from './plainState.ts';
import { type Act, drawPlot, nextPrices } from './plot.ts';
import { rosterOf, type Scene } from './scene.ts';
import { type Draft, genesisOf, listingsOf, START_MS, START_PRICES, STRANGER, type WorldVariant } from './simulatedWorld.ts';
import { countBlock, createTally, type Tally } from './tally.ts';

export interface SimulationTerms {
  readonly seed: string;
  readonly blocks: number;
  /** Random commands a block, beside reports, bids and claims. */
  readonly commandsPerBlock: number;
  /** Checks that cost as much as the run itself: the auditor, a replaying follower, a restored twin, each in one run of so many. 0: never. */
  readonly auditOneIn: number;
  readonly followerOneIn: number;
  readonly twinOneIn: number;
}

/** A block as it was sent. */
export interface JournaledBlock {
  readonly timeMs: number;
  readonly commands: readonly Command[];
}

/** A run that failed: what was sent so far makes it fail again. */
export class SimulationFailure extends Error {
  override readonly name: string = 'SimulationFailure';
  readonly variant: WorldVariant;
  readonly sentence: string;
  /** Thousands of commands: kept out of what is printed of an error. */
  readonly #journal: readonly JournaledBlock[];

  constructor(
    run: { readonly seed: string; readonly journal: readonly JournaledBlock[]; readonly variant: WorldVariant },
    sentence: string,
    cause: unknown,
  ) {
    super(`seed ${run.seed}, block ${run.journal.length}: ${sentence}`, { cause });
    this.#journal = run.journal;
    this.variant = run.variant;
    this.sentence = sentence;
  }

  get journal(): readonly JournaledBlock[] {
    return this.#journal;
  }
}

interface Run {
  readonly seed: string;
  readonly random: Random;
  readonly variant: WorldVariant;
  readonly engine: Engine;
  readonly journal: JournaledBlock[];
  readonly tally: Tally;
  readonly nonces: Map<OwnerId, number>;
  readonly memory: InvariantMemory;
  readonly auditor: Auditor;
  /** What became of the blocks, where somebody asks. */
  readonly results: BlockResult[] | null;
  prices: readonly bigint[];
  follower: Engine | null;
  twin: Engine | null;
}

/** What a run was: its blocks, sent or replayed, make the same run again on an engine of the same world. */
export interface SimulatedRun {
  readonly tally: Tally;
  readonly variant: WorldVariant;
  readonly journal: readonly JournaledBlock[];
  /** What became of each block. */
  readonly results: readonly BlockResult[];
}

/** Runs a seed to its end and counts. Throws SimulationFailure when anything that must hold does not. */
export function simulate(terms: SimulationTerms): Tally {
  return runOf(terms, null).tally;
}

/** The same, with the blocks that were sent and what became of them. */
export function simulatedRun(terms: SimulationTerms): SimulatedRun {
  const results: BlockResult[] = [];
  const { tally, variant, journal } = runOf(terms, results);
  return { tally, variant, journal, results };
}

function runOf(terms: SimulationTerms, results: BlockResult[] | null): Run {
  const random = createRandom(terms.seed);
  const variant = drawVariant(random.fork('variant'));
  const plot = drawPlot(random.fork('plot'), terms.blocks);
  const engine = createWorldEngine(variant);
  const isAudited = isOneIn(random.fork('audit'), terms.auditOneIn);
  const run: Run = {
    seed: terms.seed,
    random: random.fork('commands'),
    variant,
    engine,
    memory: startInvariants(engine),
    auditor: createAuditor(genesisOf(variant), { mode: isAudited ? 'sampled' : 'off', readMargin, readOption }),
    journal: [],
    results,
    tally: createTally(),
    nonces: new Map(),
    prices: START_PRICES,
    follower: null,
    twin: null,
  };
  if (isOneIn(run.random, terms.followerOneIn)) run.follower = createWorldEngine(variant);
  const twinAt = isOneIn(run.random, terms.twinOneIn) ? run.random.integerBelow(terms.blocks) : -1;
  open(run, drawPurse(random.fork('purse')));
  const prices = random.fork('prices');
  let block = 0;
  for (const act of plot.acts) {
    for (let at = 0; at < act.blocks && block < terms.blocks; at += 1) {
      if (block === twinAt)
        guarded(
          run,
          () => null,
          () => (run.twin = copyOf(run.engine)),
        );
      run.prices = nextPrices(run.prices, act, prices);
      step(run, act, (scene) => draftBlock({ ...scene, isLate: block > terms.blocks - 14 }, terms.commandsPerBlock));
      block += 1;
    }
  }
  guarded(run, () => closingFault(run));
  return run;
}

/** The engine of a world before its first block. */
export function createWorldEngine(variant: WorldVariant): Engine {
  return createEngine(genesisOf(variant), createEventCodec(sha256));
}

/** What differs between worlds, drawn. */
export function drawVariant(random: Random): WorldVariant {
  return {
    futureExpiryMs: (40 + random.integerBelow(40)) * MINUTE_MS,
    optionExpiryMs: (45 + random.integerBelow(60)) * MINUTE_MS,
    graceMs: random.pick([0, 30_000, 10 * MINUTE_MS]),
    lossBoundPpm: random.pick([1, 1, 5_000]),
    socialBoundPpm: random.pick([0, 0, 1_000]),
    auctionsVisited: random.pick([3, 8, 32]),
  };
}

function drawPurse(random: Random): Purse {
  return {
    keeperUnits: random.pick([20_000n, 100_000n, 1_000_000n]),
    trancheUnits: random.pick([0n, 100n, 1_000n, 5_000n]),
    lenderUnits: random.pick([20_000n, 60_000n]),
  };
}

function open(run: Run, purse: Purse): void {
  const calm: Act = {
    name: 'opening',
    blocks: 1,
    driftPpm: 0,
    volatilityPpm: 0,
    jumpPpm: 0,
    jumpOneIn: 1,
    keepersPercent: 0,
    appetitePercent: 100,
    stepsMs: [15_000],
    deadFeed: null,
    pegNano: 1_000_000_000,
  };
  step(run, calm, () => listingsOf(run.variant));
  step(run, calm, draftOpenings);
  step(run, calm, (scene) => draftFunding(scene, purse));
  step(run, calm, (scene) => draftBacking(scene, purse));
}

function step(run: Run, act: Act, draft: (scene: Scene) => readonly Draft[]): void {
  const { engine, random } = run;
  const atMs = (engine.state.timeMs === START_MS ? START_MS : engine.state.timeMs) + random.pick(act.stepsMs);
  const drafts = guardedDraft(
    run,
    {
      random,
      engine,
      act,
      isLate: false,
      timeMs: atMs,
      prices: run.prices,
      roster: rosterOf(engine),
    },
    draft,
  );
  const isOpening = run.journal.length === 0;
  const commands = drafts.map((one) => (isOpening ? inOrder(run, one) : signed(run, one)));
  run.journal.push({ timeMs: atMs, commands });
  guarded(run, () => {
    const block = send(engine, { timeMs: atMs, commands });
    countBlock(run.tally, block);
    run.results?.push(block);
    const refused = block.results.find((result) => result.kind === 'rejected');
    if (isOpening && refused?.kind === 'rejected') return `the world does not open: ${rejectionText(refused)}`;
    return faultAfter(run, block, { timeMs: atMs, commands });
  });
}

/** Sends a block to an engine at its next height. */
export function send(engine: Engine, block: JournaledBlock): BlockResult {
  return applyBlock(engine, { height: nextHeight(engine.state), timeMs: timeMs(block.timeMs), commands: block.commands });
}

function guardedDraft(run: Run, scene: Scene, draft: (scene: Scene) => readonly Draft[]): readonly Draft[] {
  try {
    return draft(scene);
  } catch (error) {
    throw new SimulationFailure(run, `drafting: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function faultAfter(run: Run, block: BlockResult, sent: JournaledBlock): string | null {
  const { engine, random } = run;
  const conservation = conservationFault(engine);
  if (conservation !== null) return conservation;
  const [violation] = checkInvariants(engine, block, run.memory);
  if (violation !== undefined)
    return `${violation.invariant} of ${violation.subject}: expected ${violation.expected}, found ${violation.found}`;
  run.auditor.observe(engine, block, block);
  if (run.follower !== null) replayBlock(run.follower, block);
  if (run.twin !== null) {
    const fault = hashFault('restored from a snapshot', block, send(run.twin, sent));
    if (fault !== null) return fault;
  }
  if (isOneIn(random, 25)) {
    const derived = derivedFault(engine);
    if (derived !== null) return derived;
  }
  if (!isOneIn(random, 40)) return null;
  const refused = block.results.filter((result) => result.kind === 'rejected');
  return refused.length === 0 ? null : refusalFault(engine, random.pick(refused).command);
}

function closingFault({ engine, follower, twin, auditor }: Run): string | null {
  auditor.finish(engine);
  for (const other of [follower, twin]) {
    if (other === null || stateDigest(other.state) === stateDigest(engine.state)) continue;
    return `${other === follower ? 'replayed' : 'restored'} state differs: ${stateDifference(engine.state, other.state) ?? 'only in its bytes'}`;
  }
  return null;
}

function guarded(run: Run, check: () => string | null, before: () => void = () => {}): void {
  let fault: string | null = null;
  try {
    before();
    fault = check();
  } catch (error) {
    throw new SimulationFailure(run, error instanceof Error ? `${error.name}: ${error.message}` : String(error), error);
  }
  if (fault !== null) throw new SimulationFailure(run, fault, null);
}

/** The next nonce of the actor; sometimes an old one, one used already, one far ahead, or none at all. */
function signed(run: Run, draft: Draft): Command {
  const { nonces, random } = run;
  const last = nonces.get(draft.actor) ?? 0;
  const kind = random.integerBelow(600);
  if (kind === 0) return { ...draft, nonce: last };
  if (kind === 1) return { ...draft, nonce: Math.max(0, last - random.integerBelow(20)) };
  if (draft.actor === STRANGER && kind < 20) return { ...draft, nonce: random.pick([1.5, Number.NaN, -1]) };
  if (kind === 2) nonces.set(draft.actor, last + random.integerBelow(1_000));
  return inOrder(run, draft);
}

function inOrder({ nonces }: Run, draft: Draft): Command {
  const nonce = (nonces.get(draft.actor) ?? 0) + 1;
  nonces.set(draft.actor, nonce);
  return { ...draft, nonce };
}

function isOneIn(random: Random, n: number): boolean {
  return n > 0 && random.integerBelow(n) === 0;
}
