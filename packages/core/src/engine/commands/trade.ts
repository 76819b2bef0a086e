import { OPEN_INTEREST_MAX } from '../../ledger/instrumentTotals.ts';
import { abs, neg, negNumber } from '../../numeric/arithmetic.ts';
import type { AccountId, InstrumentId } from '../../numeric/brand.ts';
import { LOTS_MAX, TICKS_PER_LOT_MAX } from '../../numeric/limits.ts';
import { lotsTimesTicks } from '../../numeric/ratio.ts';
import { isAllowed } from '../../oracle/ladder.ts';
import { mayActFor } from '../authority.ts';
import type { Trade } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { fillLegs } from '../fill.ts';
import {
  accountModeOf,
  groupIdOf,
  holdingOf,
  instrumentTermsOf,
  isOpenAccount,
  lotsOf,
  ownerOf,
  settlementAssetOf,
} from '../lookup.ts';
import { isReducing, openInterestAfter, addLots as sumLots } from '../positionMath.ts';
import { balanceLeg, cashLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import { lotUnitsOfBase } from '../spot.ts';
import type { EngineView } from '../view.ts';

/** Most that one fill, and the cash of an account that trades, may amount to: sums of them stay below 2^62. */
const NOTIONAL_MAX: bigint = 2n ** 60n;

/**
 * A fill between two accounts, reported by a venue or signed by both. It moves cash at the fill price and lots; the
 * chokepoint then judges both accounts. Reducing both sides always passes the market-state checks.
 */
export function decideTrade(view: EngineView, command: Trade): Decision {
  const { state } = view;
  const { instrument, buyer, seller, lots, price } = command;
  if (!mayTrade(view, command)) return reject('notAuthorised', { actor: command.actor });
  for (const account of [buyer, seller]) if (!isOpenAccount(state, account)) return reject('unknownAccount', { account });
  const found = state.instruments[instrument];
  if (found === undefined) return reject('unknownInstrument', { instrument });
  if (buyer === seller) return reject('sameAccount', { account: buyer });
  const terms = instrumentTermsOf(state, instrument);
  for (const account of [buyer, seller]) {
    if (groupIdOf(state, account) !== terms.group) return reject('wrongGroup', { account, group: terms.group });
    if (accountModeOf(state, account) === 'overcollateralized') return reject('wrongMode', { account });
    if (ownerOf(state, account) === state.authorities.vault) return reject('notAuthorised', { account });
  }
  if (found.status === 'settled') return reject('instrumentSettled', { instrument });
  if (!(lots > 0)) return reject('amountNotPositive', { lots });
  if (lots > LOTS_MAX) return reject('amountTooLarge', { lots, most: LOTS_MAX });
  if (price < 0 || price > TICKS_PER_LOT_MAX) return reject('priceOutOfBand', { price });
  const notional = BigInt(lots) * BigInt(Math.max(price, 1));
  if (notional > NOTIONAL_MAX) return reject('amountTooLarge', { notional, most: NOTIONAL_MAX });
  for (const account of [buyer, seller]) {
    const cash = holdingOf(state, account, settlementAssetOf(state, account));
    if (abs(cash) > NOTIONAL_MAX) return reject('amountTooLarge', { cash, most: NOTIONAL_MAX }, account);
  }
  if (terms.form.kind === 'spot') return decideSpot(view, command, terms.form.base);

  const reduces =
    isReducing(lotsOf(state, buyer, instrument), lots) && isReducing(lotsOf(state, seller, instrument), negNumber(lots));
  if (!reduces) {
    const refusal = refuseNewRisk(view, instrument);
    if (refusal !== null) return refusal;
    const openInterest = openInterestAfter(state, command);
    const cap = Math.min(state.parameters.instruments[instrument]?.openInterestCap ?? 0, OPEN_INTEREST_MAX);
    if (openInterest > cap) return reject('openInterestCapExceeded', { openInterest, cap });
  }
  for (const [account, change] of [
    [buyer, lots],
    [seller, negNumber(lots)],
  ] as const) {
    const after = sumLots(lotsOf(state, account, instrument), change);
    if (Math.abs(after) > LOTS_MAX) return reject('amountTooLarge', { lots: after, most: LOTS_MAX }, account);
  }
  const legs = [
    ...fillLegs(view, { account: buyer, instrument, lots, price }),
    ...fillLegs(view, { account: seller, instrument, lots: negNumber(lots), price }),
  ];
  return [{ kind: 'traded', instrument, buyer, seller, lots, price, legs }];
}

function mayTrade({ state }: EngineView, { actor, cosigner, buyer, seller }: Trade): boolean {
  if (state.venues.some((venue) => venue.actor === actor)) return true;
  const signed = (account: AccountId): boolean =>
    isOpenAccount(state, account) &&
    (mayActFor(state, actor, account) || (cosigner !== null && mayActFor(state, cosigner, account)));
  return signed(buyer) && signed(seller);
}

/** New risk needs an active instrument, a usable feed, a backed group and a settlement asset near its peg. */
export function refuseNewRisk(view: EngineView, instrument: InstrumentId): Decision | null {
  const { state } = view;
  const terms = instrumentTermsOf(state, instrument);
  if (state.instruments[instrument]?.status !== 'active') return reject('reduceOnly', { instrument });
  const feed = state.terms.underlyings[terms.underlying]?.feed;
  const quality = feed === undefined ? 'never' : (state.feeds[feed]?.quality ?? 'never');
  if (!isAllowed('newRisk', quality)) return reject('feedNotUsable', { instrument, quality });
  return null;
}

/** Spot swaps the base asset against cash at once; there is no position. */
function decideSpot(
  view: EngineView,
  { instrument, buyer, seller, lots, price }: Trade,
  base: Parameters<typeof balanceLeg>[1],
): Decision {
  const refusal = refuseNewRisk(view, instrument);
  if (refusal !== null) return refusal;
  const paid = lotsTimesTicks(lots, price);
  const given = lotUnitsOfBase(view.state, instrument, lots);
  if (given === null) return reject('amountTooLarge', { lots });
  const held = holdingOf(view.state, seller, base);
  if (given > held) return reject('insufficientBalance', { amount: given, held }, seller);
  const legs = [
    ...cashLeg(buyer, neg(paid)),
    ...cashLeg(seller, paid),
    ...balanceLeg(buyer, base, given),
    ...balanceLeg(seller, base, neg(given)),
  ];
  return [{ kind: 'traded', instrument, buyer, seller, lots, price, legs }];
}
