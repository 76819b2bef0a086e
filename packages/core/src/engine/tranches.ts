import { lossRoom } from '../liquidity/backstopVault.ts';
import { computeMargin } from '../margin/computeMargin.ts';
import type { AccountId, GroupId, Ticks, TrancheId } from '../numeric/brand.ts';
import { loadPortfolio } from './loadPortfolio.ts';
import { groupIdOf } from './lookup.ts';
import type { EngineState, TrancheState } from './state.ts';
import { type EngineView, modelOf } from './view.ts';

/** Net asset value of a tranche: the equity of its margin account at mark. */
export function trancheNav(view: EngineView, tranche: TrancheState): Ticks {
  loadPortfolio(view.state, tranche.account, view.before);
  return computeMargin(modelOf(view, groupIdOf(view.state, tranche.account)), view.before).equity;
}

/** The account of the group's first live tranche, or null when nobody funded one. */
export function backstopAccountOf(state: EngineState, group: GroupId): AccountId | null {
  for (const [id, tranche] of state.tranches.entries()) {
    if (state.terms.tranches[id]?.group === group && tranche.accounting.totalShares > 0n) return tranche.account;
  }
  return null;
}

export interface TrancheRoom {
  readonly id: TrancheId;
  readonly tranche: TrancheState;
  readonly nav: Ticks;
  /** Ticks it may still lose under its caps. */
  readonly lossRoom: Ticks;
  readonly freeInitial: Ticks;
}

/** What the tranche at `index` may still take; null when it is of another group, nobody funded it, or its caps or its margin leave nothing. */
export function trancheRoom(view: EngineView, group: GroupId, index: number): TrancheRoom | null {
  const { state } = view;
  const tranche = state.tranches[index];
  const terms = state.terms.tranches[index];
  if (tranche === undefined || terms?.group !== group || tranche.accounting.totalShares === 0n) return null;
  loadPortfolio(state, tranche.account, view.before);
  const figures = computeMargin(modelOf(view, group), view.before);
  const room = lossRoom(tranche.accounting, { nav: figures.equity, nowMs: state.timeMs, limits: terms });
  if (room <= 0n || figures.healthInitial <= 0n) return null;
  return { id: terms.id, tranche, nav: figures.equity, lossRoom: room, freeInitial: figures.healthInitial };
}

/** The tranches of a group that may still take something, by id. */
export function openTranches(view: EngineView, group: GroupId): readonly TrancheRoom[] {
  return [...view.state.tranches.keys()].flatMap((index) => trancheRoom(view, group, index) ?? []);
}

/** True when somebody has shares in a tranche through this account: it cannot close. */
export function hasTrancheShares(state: EngineState, account: AccountId): boolean {
  return state.tranches.some(
    (tranche) => tranche.account === account || tranche.holders.some((holder) => holder.account === account),
  );
}
