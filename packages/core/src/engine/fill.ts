import type { Leg } from '../ledger/legs.ts';
import { cashAdjustmentForFill } from '../ledger/recoveryClaims.ts';
import { addNumber, isZero } from '../numeric/arithmetic.ts';
import type { AccountId, InstrumentId, Lots, TicksPerLot } from '../numeric/brand.ts';
import { instrumentStateOf, instrumentTermsOf, lotsOf } from './lookup.ts';
import { cashLeg } from './posting.ts';
import type { EngineView } from './view.ts';

export interface Fill {
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  /** Signed: bought positive. */
  readonly lots: Lots;
  readonly price: TicksPerLot;
}

/**
 * One side of a fill: cash −lots·(price − F) + (|after| − |before|)·S, the S part against the group's `socialised`
 * fund. So a position is worth lots·(mark − F) − |lots|·S at any time without an entry price: funding that was paid before
 * the fill and loss that was socialised before it are not the newcomer's.
 */
export function fillLegs({ state }: EngineView, fill: Fill): Leg[] {
  const { account, instrument, lots, price } = fill;
  if (lots === 0) return [];
  const { funding, socialIndex } = instrumentStateOf(state, instrument);
  const before = lotsOf(state, account, instrument);
  const { cash, socialised } = cashAdjustmentForFill({
    lotsBefore: before,
    lotsAfter: addNumber(before, lots),
    priceTicks: price,
    fundingIndex: funding.index,
    socialIndex,
  });
  const moved: Leg = { place: 'position', account, instrument, lots };
  // Legs are kept with their event: lists of exactly what they hold.
  if (isZero(socialised)) return isZero(cash) ? [moved] : [{ place: 'cash', account, amount: cash }, moved];
  const { group } = instrumentTermsOf(state, instrument);
  return [...cashLeg(account, cash), { place: 'fund', group, fund: 'socialised', amount: socialised }, moved];
}
