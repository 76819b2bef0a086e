import type { AccountId, OwnerId } from '../numeric/brand.ts';
import { ownerOf } from './lookup.ts';
import type { EngineState } from './state.ts';

/** The owner of an account: may do everything with it. */
export function isOwner(state: EngineState, actor: OwnerId, account: AccountId): boolean {
  return ownerOf(state, account) === actor;
}

/** Owner or delegate: trade, supply, repay, bid, provide liquidity. */
export function mayActFor(state: EngineState, actor: OwnerId, account: AccountId): boolean {
  return isOwner(state, actor, account) || (state.delegates.get(account)?.includes(actor) ?? false);
}

/** Taking value out (withdraw, transfer, borrow, redeem) is the owner's alone. */
export function mayMoveOut(state: EngineState, actor: OwnerId, account: AccountId): boolean {
  return isOwner(state, actor, account);
}
