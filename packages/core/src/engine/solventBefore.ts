import type { Leg } from '../ledger/legs.ts';
import type { AccountId } from '../numeric/brand.ts';
import { groupIdOf, lotsOf } from './lookup.ts';
import { type EngineView, modelOf } from './view.ts';

/** Far above the error of a few roundings of doubles, far below any equity that matters. */
const RELATIVE_ERROR: number = 2 ** -40;

/**
 * True only when the account surely had positive equity before the legs, given its equity after them (`view.after` as loaded; the nearest double will do). A
 * fill of one position against cash moves equity by that cash and by what the lots are worth, so both are taken back, in doubles
 * and with room for their rounding; anything else is left to the exact figures.
 */
export function isSurelySolventBefore(view: EngineView, account: AccountId, equityAfter: number, legs: readonly Leg[]): boolean {
  if (view.after.mode === 'overcollateralized') return false;
  const { rowOfInstrument, rows } = modelOf(view, groupIdOf(view.state, account));
  let equity = equityAfter;
  let size = Math.abs(equity);
  let fills = 0;
  for (const leg of legs) {
    if (!('account' in leg) || leg.account !== account) continue;
    let change = 0;
    if (leg.place === 'cash') change = Number(leg.amount);
    else if (leg.place === 'position' && fills === 0) {
      fills = 1;
      const row = rowOfInstrument[leg.instrument] ?? -1;
      const held = lotsOf(view.state, account, leg.instrument);
      const now = held + leg.lots;
      if (row < 0) return false;
      const worth = now * ((now > 0 ? rows.longValue[row] : rows.shortValue[row]) ?? Number.NaN);
      const was = held * ((held > 0 ? rows.longValue[row] : rows.shortValue[row]) ?? Number.NaN);
      change = worth - was;
      size += Math.abs(worth) + Math.abs(was);
    } else return false;
    equity -= change;
    size += Math.abs(change);
  }
  return equity > size * RELATIVE_ERROR;
}
