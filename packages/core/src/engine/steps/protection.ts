import { cashOf } from '../../ledger/accountStore.ts';
import { compareNumber, max, min, sub } from '../../numeric/arithmetic.ts';
import { type AccountId, amount, type Ticks, ticks, ZERO_TICKS } from '../../numeric/brand.ts';
import { mulDivDown, mulDivUp } from '../../numeric/rounding.ts';
import { type BlockRun, emit } from '../block.ts';
import { figuresOf } from '../healthOf.ts';
import { accountModeOf, groupIdOf, isOpenAccount } from '../lookup.ts';
import { cashLeg } from '../posting.ts';
import type { ProtectionState } from '../state.ts';
import { modelOf } from '../view.ts';
import { workOffInventory } from './tranches.ts';

const DAY_MS: number = 86_400_000;

/**
 * Step 4: what owners signed in advance, for accounts below initial margin. A bounded number a block; the rest wait their
 * turn by account id.
 */
export function runProtections(run: BlockRun): void {
  const { view } = run;
  const { state } = view;
  workOffInventory(run);
  if (state.protections.size === 0) return;
  const waiting = [...state.protections.keys()].sort(compareNumber);
  const start = waiting.findIndex((account) => account > state.cursors.protection);
  const rotated = start <= 0 ? waiting : [...waiting.slice(start), ...waiting.slice(0, start)];
  const visited = rotated.slice(0, state.parameters.global.budget.protections);
  for (const account of visited) protect(run, account);
  const last = visited.at(-1);
  if (last !== undefined && visited.length < waiting.length) moveCursor(run, last);
}

function moveCursor(run: BlockRun, protection: number): void {
  const { queue, settlement, visit } = run.view.state.cursors;
  emit(run, { kind: 'cursorsMoved', queue, protection, settlement, visit });
}

function protect(run: BlockRun, account: AccountId): void {
  const { view } = run;
  const found = view.state.protections.get(account);
  if (found === undefined || !isOpenAccount(view.state, account)) return;
  const { healthInitial } = figuresOf(view, account, view.scanned);
  if (healthInitial >= ZERO_TICKS) return endVoluntary(run, account);
  if (found.protection.kind === 'topUp') return topUp(run, account, found, ticks(-healthInitial));
  if (view.state.auctions.has(account)) return;
  emit(run, {
    kind: 'auctionOpened',
    auction: {
      account,
      group: groupIdOf(view.state, account),
      stage: 'voluntary',
      openedAtMs: view.state.timeMs,
      stageAtMs: view.state.timeMs,
      reservedCash: ZERO_TICKS,
      wiped: false,
    },
  });
}

/** A voluntary auction ends when its reason does. */
function endVoluntary(run: BlockRun, account: AccountId): void {
  if (run.view.state.auctions.get(account)?.stage === 'voluntary')
    emit(run, { kind: 'auctionClosed', account, reason: 'withdrawn' });
}

/** Moves what is missing, as far as the sibling stays above initial and the daily cap reaches. */
function topUp(run: BlockRun, account: AccountId, found: ProtectionState, missing: Ticks): void {
  const { view } = run;
  const { state } = view;
  if (found.protection.kind !== 'topUp') return;
  const { sibling, dailyCap } = found.protection;
  if (!isOpenAccount(state, sibling) || state.auctions.has(sibling)) return;
  const isNewDay = state.timeMs - found.windowStartMs >= DAY_MS;
  const moved = isNewDay ? ZERO_TICKS : found.movedInWindow;
  const room = sub(dailyCap, moved);
  const free = inCash(run, sibling, { health: figuresOf(view, sibling, view.scanned).healthInitial, rounding: 'down' });
  const spare = min(free, ticks(cashOf(state.ledger.accounts, sibling)));
  const size = max(ZERO_TICKS, min(inCash(run, account, { health: missing, rounding: 'up' }), min(room, spare)));
  if (size === ZERO_TICKS) return;
  const next: ProtectionState = {
    protection: found.protection,
    windowStartMs: isNewDay ? state.timeMs : found.windowStartMs,
    movedInWindow: ticks(moved + size),
  };
  const given = amount(size);
  emit(run, {
    kind: 'toppedUp',
    account,
    sibling,
    amount: size,
    state: next,
    legs: [...cashLeg(sibling, -given), ...cashLeg(account, given)],
  });
}

/** Cash that stands for so much health: overcollateralized accounts are margined in USD, and their cash counts at the stable price. */
function inCash(run: BlockRun, account: AccountId, of: { readonly health: Ticks; readonly rounding: 'up' | 'down' }): Ticks {
  const { view } = run;
  if (accountModeOf(view.state, account) !== 'overcollateralized') return of.health;
  const { stablePrice } = modelOf(view, groupIdOf(view.state, account));
  const divide = of.rounding === 'up' ? mulDivUp : mulDivDown;
  return ticks(divide<bigint>(of.health, 1_000_000_000n, stablePrice));
}
