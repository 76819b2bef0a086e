import { fundOf } from '../../../ledger/ledger.ts';
import { standingBid } from '../../../liquidation/auctionClock.ts';
import { takeCapacity } from '../../../liquidity/backstopVault.ts';
import { add, max, min, sub } from '../../../numeric/arithmetic.ts';
import { assert } from '../../../numeric/assert.ts';
import { type AccountId, PPM_ONE, ppm, type Ticks, ticks, ZERO_TICKS } from '../../../numeric/brand.ts';
import type { BlockRun } from '../../block.ts';
import { figuresOf } from '../../healthOf.ts';
import { type TrancheRoom, trancheRoom } from '../../tranches.ts';
import { fractionAt, isStillOnSale, offerOf, writtenOffBid } from './offer.ts';
import { sellSlice } from './sell.ts';

/**
 * Layer 3. A tranche takes at the published discount once the falling reserve has reached it; an insolvent portfolio once its
 * clock has run out, paid by insurance as far as that reaches, absorbing the rest within its loss caps.
 */
export function offerToBackstop(run: BlockRun, account: AccountId): void {
  const { view } = run;
  const first = view.state.auctions.get(account);
  if (first === undefined) return;
  // Each is measured when its turn comes: what one takes, all tranches' owner holds.
  for (const index of view.state.tranches.keys()) {
    const room = trancheRoom(view, first.group, index);
    if (room === null) continue;
    if (!isStillOnSale(run, account)) return;
    takeWith(run, account, room);
  }
}

function takeWith(run: BlockRun, account: AccountId, room: TrancheRoom): void {
  const { view } = run;
  const auction = view.state.auctions.get(account);
  if (auction === undefined || account === room.tranche.account) return;
  const parameters = view.state.parameters.groups[auction.group];
  assert(parameters !== undefined, 'A listed group has parameters.');
  const offer = offerOf(view, auction);
  const price = priceFor(run, account, offer.value);
  if (price === null || (offer.value > ZERO_TICKS && offer.reserve > price)) return;
  const figures = figuresOf(view, account, view.scanned);
  const wanted = fractionAt(view, auction, figures, { value: offer.value, price });
  const insurance = offer.value < ZERO_TICKS ? ticks(fundOf(view.state.ledger, auction.group, 'insurance')) : ZERO_TICKS;
  const absorbed = max(ZERO_TICKS, sub(sub(ZERO_TICKS, offer.value), insurance));
  const capacity = takeCapacity({
    lossRoom: room.lossRoom,
    freeInitial: room.freeInitial,
    lossOfWhole: add(absorbed, max(ZERO_TICKS, sub(price, max(offer.value, ZERO_TICKS)))),
    requirementOfWhole: ZERO_TICKS,
  });
  const fraction = ppm(Math.min(wanted, capacity, PPM_ONE));
  if (fraction <= 0) return;
  sellSlice(run, {
    auction,
    taker: room.tranche.account,
    layer: 'backstop',
    fractionPpm: fraction,
    mostPpm: capacity,
    price,
    value: offer.value,
  });
}

/** What the backstop pays for the whole: its standing bid, or minus what insurance can pay once the insolvent clock is out. Null: not yet. */
function priceFor(run: BlockRun, account: AccountId, value: Ticks): Ticks | null {
  const { state } = run.view;
  const auction = state.auctions.get(account);
  const parameters = auction === undefined ? undefined : state.parameters.groups[auction.group]?.auction;
  if (auction === undefined || parameters === undefined) return null;
  if (auction.wiped && value >= ZERO_TICKS) return writtenOffBid(run.view, auction, value);
  if (value > ZERO_TICKS) return standingBid(parameters, value);
  if (state.timeMs - auction.stageAtMs < parameters.insolventMs) return null;
  return max(value, min(ZERO_TICKS, sub(ZERO_TICKS, ticks(fundOf(state.ledger, auction.group, 'insurance')))));
}
