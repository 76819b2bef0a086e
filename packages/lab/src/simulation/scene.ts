/**
 * What a generator of commands sees: the engine's state (to read), the true prices, the act, and lists of accounts by role. The
 * draws that all generators share are here, edge cases among them.
 */

import { type Engine, figuresOf, isOpenAccount, ownerOf } from '@plimsoll/core/engine';
import { groupOf, modeOf } from '@plimsoll/core/ledger';
import {
  type AccountId,
  AMOUNT_MAX,
  type Amount,
  accountId,
  amount,
  mulDivDown,
  type OwnerId,
  type Ticks,
} from '@plimsoll/core/numeric';
import type { Random } from '../random/random.ts';
import type { Act } from './plot.ts';
import { KEEPERS, LENDERS, MAIN, TRADERS } from './simulatedWorld.ts';

export interface Scene {
  readonly random: Random;
  readonly engine: Engine;
  readonly act: Act;
  /** True in the last blocks of a run, when markets may be wound down. */
  readonly isLate: boolean;
  /** Block time that the commands will be applied at. */
  readonly timeMs: number;
  /** What the prices really are, 1e-9 USD by feed. */
  readonly prices: readonly bigint[];
  readonly roster: Roster;
}

/** Open accounts by role; tranche accounts are in none. */
export interface Roster {
  readonly portfolio: readonly AccountId[];
  readonly isolated: readonly AccountId[];
  readonly overcollateralized: readonly AccountId[];
  readonly keepers: readonly AccountId[];
  readonly lenders: readonly AccountId[];
  readonly all: readonly AccountId[];
  readonly closed: readonly AccountId[];
}

/** Sorts all accounts by role. Cost: linear in accounts. */
export function rosterOf({ state }: Engine): Roster {
  const list = (): AccountId[] => [];
  const store = state.ledger.accounts;
  const roster = {
    portfolio: list(),
    isolated: list(),
    overcollateralized: list(),
    keepers: list(),
    lenders: list(),
    all: list(),
    closed: list(),
  };
  for (let row = 0; row < store.rowCount; row += 1) {
    const account = accountId(row);
    if (!isOpenAccount(state, account)) {
      roster.closed.push(account);
      continue;
    }
    const owner = ownerOf(state, account);
    if (owner === state.authorities.vault) continue;
    roster.all.push(account);
    if (KEEPERS.includes(owner)) roster.keepers.push(account);
    else if (LENDERS.includes(owner)) roster.lenders.push(account);
    else if (TRADERS.includes(owner)) roster[modeOf(store, account)].push(account);
  }
  return roster;
}

/** One element or null when there is none. */
export function anyOf<T extends NonNullable<unknown>>(scene: Scene, items: readonly T[]): T | null {
  return items.length === 0 ? null : scene.random.pick(items);
}

/** True once in `n` draws. */
export function oneIn(scene: Scene, n: number): boolean {
  return scene.random.integerBelow(n) === 0;
}

/** True in `percent` of draws. */
export function chance(scene: Scene, percent: number): boolean {
  return scene.random.integerBelow(100) < percent;
}

/** A part of `most`, usually between a hundredth and the whole; sometimes everything, nothing, dust, one too many, or the limit. */
export function part(scene: Scene, most: bigint): Amount {
  const { random } = scene;
  if (oneIn(scene, 14)) return edge(scene, most);
  if (most <= 0n) return amount(0n);
  if (oneIn(scene, 6)) return clipped(most);
  return clipped(mulDivDown(most, BigInt(1 + random.integerBelow(1000)), 1000n));
}

function edge(scene: Scene, most: bigint): Amount {
  switch (scene.random.integerBelow(6)) {
    case 0:
      return amount(0n);
    case 1:
      return amount(1n);
    case 2:
      return clipped(most + 1n);
    case 3:
      return amount(AMOUNT_MAX);
    case 4:
      return clipped(most - 1n);
    default:
      return amount(-1n);
  }
}

/** The n-th part of a size, rounded down. */
export function nth(whole: bigint, n: bigint): bigint {
  return mulDivDown(whole, 1n, n);
}

/** Within what an amount can be. */
export function clipped(value: bigint): Amount {
  return amount(value > AMOUNT_MAX ? AMOUNT_MAX : value < -AMOUNT_MAX ? -AMOUNT_MAX : value);
}

/** Initial health of an account now. */
export function freeMargin(scene: Scene, account: AccountId): Ticks {
  return figuresOf(scene.engine.view, account, scene.engine.view.scanned).healthInitial;
}

/** Who acts for an account: its owner, in one draw of twenty a delegate of it, in one of fifty a stranger. */
export function actorOf(scene: Scene, account: AccountId): OwnerId {
  const { state } = scene.engine;
  const owner = ownerOf(state, account);
  if (oneIn(scene, 20)) return anyOf(scene, state.delegates.get(account) ?? []) ?? owner;
  return oneIn(scene, 50) ? scene.random.pick(TRADERS) : owner;
}

/** An account for the wrong occasion: closed, never opened, or in another group. */
export function wrongAccount(scene: Scene): AccountId {
  if (oneIn(scene, 3)) return accountId(1_000_000);
  return anyOf(scene, scene.roster.closed) ?? accountId(999_999);
}

/** True for accounts of the cross group. */
export function isMain(scene: Scene, account: AccountId): boolean {
  return groupOf(scene.engine.state.ledger.accounts, account) === MAIN;
}
