/**
 * The invariants that every run is checked against after every block (ARCHITECTURE.md, "what must always hold"). Cheap enough for
 * thousands of accounts over thousands of blocks; the independent auditor (`audit/`) is the slow one. These are checks of the engine
 * with the engine's own arithmetic where they need a figure, so they find states that must not be, not sums that are wrong.
 *
 * From state: claims = holdings, long = short, shares = pools, layers not below zero, idle balances free.
 * From events: postings net to zero, order of layers, one execution a command, signatures.
 * From both: every change has a named cause, no fill for a healthy account, no slice that makes worse, deleveraging, heights and time.
 */

import {
  type BlockResult,
  type Engine,
  type Event,
  idleHoldingsOf,
  isFreeOfRisk,
  isOpenAccount,
  judge,
} from '@plimsoll/core/engine';
import { type AccountId, type AssetId, accountId, amount, assetId, ownerId } from '@plimsoll/core/numeric';
import { checkCauses, rememberState, type StateMemory } from './causes.ts';
import { checkConservation } from './conservation.ts';
import type { InvariantViolation, Note } from './violation.ts';
import { checkWaterfall } from './waterfall.ts';

/** What is carried from one block to the next. */
export interface InvariantMemory {
  height: number;
  timeMs: number;
  readonly nonces: Map<number, number>;
  readonly wiped: Set<number>;
  readonly state: StateMemory;
  /** The account whose idle balances are probed next. */
  probe: number;
}

/** The memory of an engine as it stands: before the first block that is to be checked. */
export function startInvariants(engine: Engine): InvariantMemory {
  const { state } = engine;
  return {
    height: state.height,
    timeMs: state.timeMs,
    nonces: new Map(state.nonces),
    wiped: new Set([...state.auctions.values()].filter((auction) => auction.wiped).map((auction) => auction.account)),
    state: rememberState(state),
    probe: 0,
  };
}

/** Everything that does not hold after a block, none when all is well. Moves `previous` to this block. */
export function checkInvariants(engine: Engine, result: BlockResult, previous: InvariantMemory): readonly InvariantViolation[] {
  const violations: InvariantViolation[] = [];
  const note: Note = (invariant, subject, expected, found) =>
    void violations.push({ invariant, height: result.height, subject, expected: String(expected), found: String(found) });
  checkClock(engine, result, previous, note);
  checkCommands(result, previous, note);
  checkCauses(engine, result, previous.state, note);
  checkConservation(engine.state, previous.state.counted, note);
  for (const event of result.events) noteWiped(previous, event);
  checkWaterfall(engine, result, previous.wiped, note);
  for (const event of result.events) if (event.kind === 'auctionClosed') previous.wiped.delete(event.account);
  probeIdleBalance(engine, previous, note);
  return violations;
}

/** Heights have no gaps, time never runs back, and the state is where the block is. */
function checkClock({ state }: Engine, { height, timeMs }: BlockResult, previous: InvariantMemory, note: Note): void {
  if (height !== previous.height + 1 || state.height !== height)
    note('heightOrTime', 'height', previous.height + 1, `${height}, state at ${state.height}`);
  if (timeMs < previous.timeMs || state.timeMs !== timeMs)
    note('heightOrTime', 'time', `at least ${previous.timeMs}`, `${timeMs}, state at ${state.timeMs}`);
  previous.height = height;
  previous.timeMs = timeMs;
}

/** A command's id (actor, nonce) is used once, and no accepted command went without using its own. */
function checkCommands({ events, results }: BlockResult, previous: InvariantMemory, note: Note): void {
  const used = events.filter((event) => event.kind === 'nonceUsed');
  for (const { actor, nonce } of used) {
    const last = previous.nonces.get(actor) ?? -1;
    if (nonce <= last) note('commandOnce', `nonce of actor ${actor}`, `above ${last}`, nonce);
    previous.nonces.set(actor, nonce);
  }
  if (results.length > 0) checkExecutions(used, results, note);
}

function checkExecutions(
  used: readonly Extract<Event, { kind: 'nonceUsed' }>[],
  results: BlockResult['results'],
  note: Note,
): void {
  /** Nonces that no accepted command has claimed yet, by actor. */
  const unclaimed = new Map<number, Set<number>>();
  for (const { actor, nonce } of used) {
    const own = unclaimed.get(actor);
    if (own === undefined) unclaimed.set(actor, new Set([nonce]));
    else own.add(nonce);
  }
  for (const { kind, command } of results) {
    if (kind !== 'accepted') continue;
    const { actor, nonce } = command;
    if (unclaimed.get(actor)?.delete(nonce) === true) continue;
    const isUsed = used.some((event) => event.actor === actor && event.nonce === nonce);
    note('commandOnce', `command ${actor}/${nonce}`, 'one execution that uses its nonce', isUsed ? 'two' : 'none used');
  }
}

function noteWiped(previous: InvariantMemory, event: Event): void {
  if ((event.kind === 'auctionOpened' || event.kind === 'auctionStaged') && event.auction.wiped)
    previous.wiped.add(event.auction.account);
}

/** One account a block, in turn: if it owes nothing and holds no position, nothing may refuse what it withdraws of its idle balances. */
function probeIdleBalance(engine: Engine, previous: InvariantMemory, note: Note): void {
  const { state } = engine;
  const { accounts } = state.ledger;
  if (accounts.rowCount === 0) return;
  previous.probe = (previous.probe + 1) % accounts.rowCount;
  const account = accountId(previous.probe);
  if (!isOpenAccount(state, account) || !isFreeOfRisk(state, account)) return;
  const settlement = state.terms.groups[accounts.group[account] ?? -1]?.settlementAsset;
  if (settlement !== undefined) probeBalance(engine, account, settlement, accounts.cash[account] ?? 0n, note);
  const first = accounts.balanceStart[account] ?? 0;
  for (let slot = first; slot < first + (accounts.balanceCount[account] ?? 0); slot += 1) {
    const key = accounts.balanceKey[slot] ?? 0;
    if ((key & 3) === 0) probeBalance(engine, account, assetId(key >> 2), accounts.balanceValue[slot] ?? 0n, note);
  }
}

/** The chokepoint is asked about the withdrawal; nothing is applied. What is lent out elsewhere is not idle (design section 4). */
function probeBalance(engine: Engine, account: AccountId, asset: AssetId, held: bigint, note: Note): void {
  const { state, view } = engine;
  const idle: bigint = idleHoldingsOf(state, asset);
  const size = amount(held < idle ? held : idle);
  if (size <= 0n) return;
  const isCash = state.terms.groups[state.ledger.accounts.group[account] ?? -1]?.settlementAsset === asset;
  const taken = amount(-size);
  const own = isCash
    ? ({ place: 'cash', account, amount: taken } as const)
    : ({ place: 'balance', account, asset, amount: taken } as const);
  const legs = [own, { place: 'outside', asset, amount: size } as const];
  const actor = ownerId(state.ledger.accounts.owner[account] ?? 0);
  const refusal = judge(view, { kind: 'withdraw', actor, nonce: 0, account, asset, amount: size }, [
    { kind: 'withdrawn', account, asset, amount: size, legs },
  ]);
  if (refusal !== null) note('idleBalanceHeld', `account ${account}, asset ${asset}`, 'free to leave', refusal.code);
}
