import { add, addNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type Height, height, type Price, type TimeMs, ZERO_TICKS } from '../numeric/brand.ts';
import { startupVector } from '../numeric/startupVector.ts';
import { isAllowed } from '../oracle/ladder.ts';
import { type BlockRun, type CommandResult, emit } from './block.ts';
import { judge } from './chokepoint.ts';
import type { EventCodec } from './codec.ts';
import type { Bid, Command, ReportPremiums, ReportPrices, ReportVolatilities } from './commands.ts';
import { decide, type SequencedCommand } from './decide.ts';
import { isRejection } from './decision.ts';
import type { Event } from './events.ts';
import { evolve } from './evolve.ts';
import { createState, type Genesis } from './genesis.ts';
import { isTimeDependent, modelTimeOf } from './modelTime.ts';
import { useNonce } from './nonces.ts';
import { assetView } from './prices.ts';
import { reject } from './rejections.ts';
import type { EngineState } from './state.ts';
import { finishBlock } from './steps/finish.ts';
import { liquidate } from './steps/liquidation/liquidate.ts';
import { applyReports } from './steps/prices.ts';
import { runProtections } from './steps/protection.ts';
import { passTime } from './steps/time.ts';
import { createView, dropModels, type EngineView, refreshView, renewOpenInterest } from './view.ts';

export interface Block {
  readonly height: Height;
  readonly timeMs: TimeMs;
  readonly commands: readonly Command[];
}

export interface BlockResult {
  readonly height: Height;
  readonly timeMs: TimeMs;
  /** One per command, in the order of the block. */
  readonly results: readonly CommandResult[];
  readonly events: readonly Event[];
  readonly hash: Uint8Array;
}

/** The engine: state, and what is derived from it. Pure but for itself: no clock, no network, no randomness. */
export interface Engine {
  readonly state: EngineState;
  readonly view: EngineView;
}

export function createEngine(genesis: Genesis, codec: EventCodec): Engine {
  return resumeEngine(createState(genesis), codec);
}

/** An engine over a state that was restored from a snapshot. Refuses a machine that would compute other bits (`startupVector`). */
export function resumeEngine(state: EngineState, codec: EventCodec): Engine {
  startupVector();
  return { state, view: createView(state, codec) };
}

/**
 * Applies one block. The steps never change their order: prices, time, commands, protection, liquidation, checks, hash. Heights
 * have no gaps and time never runs back; both are assertions, because the sequencer or the chain guarantees them.
 */
export function applyBlock(engine: Engine, block: Block): BlockResult {
  const { state, view } = engine;
  assert(block.height === state.height + 1, 'Heights have no gaps.');
  assert(block.timeMs >= state.timeMs, 'Block time never runs back.');
  const minute = modelTimeOf(state);
  state.height = block.height;
  state.timeMs = block.timeMs;
  if (modelTimeOf(state) !== minute && isTimeDependent(state)) dropModels(view);
  const run: BlockRun = {
    view,
    events: [],
    heldFeeds: [...state.feeds],
    heldAssetPrices: state.assets.map((asset, index) => (asset.status === 'winding' ? heldPrice(state, index) : null)),
    isGatingDue: false,
  };
  const results = new Array<CommandResult | undefined>(block.commands.length);
  takeReports(run, block.commands, results);
  passTime(run);
  takeCommands(run, block.commands, results);
  runProtections(run);
  liquidate(run);
  finishBlock(run);
  const hash = view.codec.hashBlock({
    previousHash: state.previousHash,
    height: block.height,
    timeMs: block.timeMs,
    events: run.events,
  });
  state.previousHash = hash;
  renewOpenInterest(view);
  return { height: block.height, timeMs: block.timeMs, results: complete(results), events: run.events, hash };
}

/** Applies a journaled block without deciding anything again: recovery. */
export function replayBlock(engine: Engine, block: Omit<BlockResult, 'results'>): void {
  const { state, view } = engine;
  assert(block.height === state.height + 1, 'Heights have no gaps.');
  state.height = block.height;
  state.timeMs = block.timeMs;
  for (const event of block.events) evolve(state, event);
  refreshView(view);
  const hash = view.codec.hashBlock({
    previousHash: state.previousHash,
    height: block.height,
    timeMs: block.timeMs,
    events: block.events,
  });
  assert(
    hash.every((byte, index) => byte === block.hash[index]),
    'A replayed block hashes to what was journaled.',
  );
  state.previousHash = hash;
}

/** The next height, for whoever makes blocks. */
export function nextHeight(state: EngineState): Height {
  return height(addNumber<number>(state.height, 1));
}

/** Price of an asset that is winding down, null while its feed does not allow settlement. */
function heldPrice(state: EngineState, asset: number): Price | null {
  const terms = state.terms.assets[asset];
  if (terms === undefined) return null;
  const quality = terms.feed === null ? 'valid' : (state.feeds[terms.feed]?.quality ?? 'never');
  return isAllowed('settle', quality) ? assetView(state, terms).price : null;
}

function isReport(command: Command): command is ReportPrices | ReportPremiums | ReportVolatilities {
  return command.kind === 'reportPrices' || command.kind === 'reportPremiums' || command.kind === 'reportVolatilities';
}

function takeReports(run: BlockRun, commands: readonly Command[], results: (CommandResult | undefined)[]): void {
  const reports: (ReportPrices | ReportPremiums | ReportVolatilities)[] = [];
  const places: number[] = [];
  commands.forEach((command, index) => {
    if (!isReport(command)) return;
    reports.push(command);
    places.push(index);
  });
  applyReports(run, reports).forEach((result, index) => {
    results[places[index] ?? 0] = result;
  });
}

function takeCommands(run: BlockRun, commands: readonly Command[], results: (CommandResult | undefined)[]): void {
  let taken = 0;
  commands.forEach((command, index) => {
    if (isReport(command)) return;
    taken += 1;
    const isFull = taken > run.view.state.parameters.global.budget.commandsMax;
    results[index] = isFull ? { kind: 'rejected', command, rejection: reject('blockFull') } : applyCommand(run, command);
  });
}

function applyCommand(run: BlockRun, command: SequencedCommand): CommandResult {
  const { view } = run;
  if (command.actor === view.state.authorities.vault)
    return { kind: 'rejected', command, rejection: reject('notAuthorised', { actor: command.actor }) };
  const stale = useNonce(run, command);
  if (stale !== null) return { kind: 'rejected', command, rejection: stale };
  const decision = decide(view, command);
  if (isRejection(decision)) return { kind: 'rejected', command, rejection: decision };
  const refusal = judge(view, command, decision);
  if (refusal !== null) return { kind: 'rejected', command, rejection: refusal };
  for (const event of decision) {
    emit(run, event);
    if (event.kind === 'bidRecorded' && command.kind === 'bid') recordBid(view, command, event.escrow);
  }
  return { kind: 'accepted', command, events: decision };
}

function recordBid(view: EngineView, command: Bid, escrow: typeof ZERO_TICKS): void {
  const others = view.bids.get(command.liquidated);
  if (others === undefined) view.bids.set(command.liquidated, [command]);
  else others.push(command);
  view.escrow.set(command.account, add(view.escrow.get(command.account) ?? ZERO_TICKS, escrow));
}

function complete(results: readonly (CommandResult | undefined)[]): readonly CommandResult[] {
  return results.map((result) => {
    assert(result !== undefined, 'Every command of a block has a result.');
    return result;
  });
}
