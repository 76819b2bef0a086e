import type { FilterTables } from './filterState.ts';

/** What balances, loans and converted cash weigh: their prices move by less of themselves than a position's value moves of its charge. */
export const BALANCE_WEIGHT: number = 1 / 8;
/** More than all coefficients together differ from their exact values by, of their magnitudes. */
const MARGIN: number = 2 ** -30;

/**
 * By group: the most that a coefficient has fallen from `reference` to `now`, as a share of what it contributes to the weight of an account
 * (see healthFilter.ts). Infinity where one without weight has fallen, or where a group is not compiled in both. Both are of the same assets.
 */
export function largestMoves(reference: FilterTables, now: FilterTables): Float64Array {
  const moves = new Float64Array(reference.cash.length >> 1);
  const note = (group: number, move: number): void => {
    // What is not a number is covered by no cushion.
    const known = Number.isNaN(move) ? Number.POSITIVE_INFINITY : move;
    if (known > (moves[group] ?? 0)) moves[group] = known;
  };
  noteInstruments(reference, now, note);
  for (let group = 0; group < moves.length; group += 1) {
    for (const kind of [group * 2, group * 2 + 1]) noteKind(reference, now, { group, kind, note });
  }
  return moves;
}

type Note = (group: number, move: number) => void;

/** A long loses −(Δvalue + Δcharge) a lot and a short Δvalue − Δcharge: at most |Δvalue| − Δcharge. */
function noteInstruments(reference: FilterTables, now: FilterTables, note: Note): void {
  for (const [id, group] of reference.groupOfInstrument.entries()) {
    const [value, charge] = [reference.value[id] ?? Number.NaN, reference.charge[id] ?? Number.NaN];
    // Who holds what the bound does not cover has no cushion.
    if (charge === Number.NEGATIVE_INFINITY) continue;
    const [valueNow, chargeNow] = [now.value[id] ?? Number.NaN, now.charge[id] ?? Number.NaN];
    const fall = Math.abs(valueNow - value) - (chargeNow - charge);
    note(group, share(fall, Math.abs(value) + Math.abs(valueNow) - charge - chargeNow, -charge));
  }
}

function noteKind(
  reference: FilterTables,
  now: FilterTables,
  { group, kind, note }: { readonly group: number; readonly kind: number; readonly note: Note },
): void {
  const at = (column: readonly number[], index: number): number => column[index] ?? Number.NaN;
  const [base, cash, loan] = [at(reference.base, kind), at(reference.cash, kind), at(reference.loan, kind)];
  if (base === Number.NEGATIVE_INFINITY) return;
  const [baseNow, cashNow, loanNow] = [at(now.base, kind), at(now.cash, kind), at(now.loan, kind)];
  if (baseNow !== base) return note(group, Number.POSITIVE_INFINITY);
  const lightly = (fall: number, magnitudes: number, weight: number): void =>
    note(group, share(fall, magnitudes, weight * BALANCE_WEIGHT));
  // Cash that counts one to one has no weight and does not move.
  if (cash !== 1 || cashNow !== 1) lightly(Math.abs(cashNow - cash), cash + cashNow, kind % 2 === 0 ? 0 : cash);
  lightly(loanNow - loan, loan + loanNow, loan);
  for (let key = kind * reference.keys; key < (kind + 1) * reference.keys; key += 1) {
    const [balance, begun] = [at(reference.balance, key), at(reference.begun, key)];
    if (balance === Number.NEGATIVE_INFINITY) continue;
    const [balanceNow, begunNow] = [at(now.balance, key), at(now.begun, key)];
    lightly(balance - balanceNow, Math.abs(balance) + Math.abs(balanceNow), Math.abs(balance));
    lightly(begunNow - begun, begun + begunNow, begun);
  }
}

/** Zero for a coefficient that was and is zero. */
function share(fall: number, magnitudes: number, weight: number): number {
  return magnitudes === 0 ? 0 : (Math.max(0, fall) + magnitudes * MARGIN) / weight;
}
