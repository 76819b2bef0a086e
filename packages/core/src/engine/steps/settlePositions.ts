import { grossLots } from '../../ledger/instrumentTotals.ts';
import { instrumentAt, lotsAt, positionCount, positionStart } from '../../ledger/positions.ts';
import { minNumber, negNumber } from '../../numeric/arithmetic.ts';
import { type AccountId, accountId, type InstrumentId, type Lots, lots, type TicksPerLot } from '../../numeric/brand.ts';
import { type BlockRun, emit } from '../block.ts';
import { fillLegs } from '../fill.ts';
import { accountCount, lotsOf } from '../lookup.ts';

/**
 * Turns positions of settled instruments into cash, longs against shorts at the final price, a bounded number per block.
 * Until an account's turn comes its position counts as that cash already, so the order matters to nobody.
 */
export function settlePositions(run: BlockRun): void {
  const { state } = run.view;
  let budget = state.parameters.global.budget.settlements;
  for (const terms of state.terms.instruments) {
    const found = state.instruments[terms.id];
    if (budget <= 0) return;
    if (found?.status !== 'settled' || found.finalPrice === null) continue;
    if (grossLots(state.ledger.accounts.instruments, terms.id) === 0) continue;
    budget -= settleInstrument(run, terms.id, found.finalPrice, budget);
  }
}

function settleInstrument(run: BlockRun, instrument: InstrumentId, price: TicksPerLot, budget: number): number {
  const { longs, shorts } = holdersOf(run, instrument, budget);
  let settled = 0;
  while (settled < budget) {
    const long = longs.at(-1);
    const short = shorts.at(-1);
    if (long === undefined || short === undefined) break;
    const { state } = run.view;
    const size = minNumber(lotsOf(state, long, instrument), negNumber(lotsOf(state, short, instrument)));
    settlePair(run, { instrument, price, long, short, size });
    if (lotsOf(state, long, instrument) === 0) longs.pop();
    if (lotsOf(state, short, instrument) === 0) shorts.pop();
    settled += 1;
  }
  return settled;
}

interface Pair {
  readonly instrument: InstrumentId;
  readonly price: TicksPerLot;
  readonly long: AccountId;
  readonly short: AccountId;
  readonly size: Lots;
}

function settlePair(run: BlockRun, { instrument, price, long, short, size }: Pair): void {
  const legs = [
    ...fillLegs(run.view, { account: long, instrument, lots: negNumber(size), price }),
    ...fillLegs(run.view, { account: short, instrument, lots: size, price }),
  ];
  emit(run, { kind: 'positionSettled', account: long, counterparty: short, instrument, lots: size, price, legs });
}

/** Up to `most` holders of each side, lowest account first out. */
function holdersOf(run: BlockRun, instrument: InstrumentId, most: number): { longs: AccountId[]; shorts: AccountId[] } {
  const { state } = run.view;
  const store = state.ledger.accounts;
  const longs: AccountId[] = [];
  const shorts: AccountId[] = [];
  for (let row = 0; row < accountCount(state) && (longs.length < most || shorts.length < most); row += 1) {
    const account = accountId(row);
    const start = positionStart(store, account);
    for (let slot = start; slot < start + positionCount(store, account); slot += 1) {
      if (instrumentAt(store, slot) !== instrument) continue;
      const side = lotsAt(store, slot) > lots(0) ? longs : shorts;
      if (side.length < most) side.push(account);
    }
  }
  return { longs: longs.reverse(), shorts: shorts.reverse() };
}
