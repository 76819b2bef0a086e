import { cashOf } from '../../ledger/accountStore.ts';
import { OPEN_INTEREST_MAX } from '../../ledger/instrumentTotals.ts';
import { abs, addNumber, neg, negNumber, subNumber } from '../../numeric/arithmetic.ts';
import type { AccountId, GroupId, InstrumentId, Lots, TicksPerLot } from '../../numeric/brand.ts';
import { LOTS_MAX, TICKS_PER_LOT_MAX } from '../../numeric/limits.ts';
import { lotsTimesTicks } from '../../numeric/ratio.ts';
import { isAllowed } from '../../oracle/ladder.ts';
import { mayActFor } from '../authority.ts';
import type { Trade } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { fillLegs } from '../fill.ts';
import { accountModeOf, groupIdOf, holdingOf, instrumentTermsOf, isOpenAccount, lotsOf, ownerOf } from '../lookup.ts';
import { isReducing, openInterestAfter } from '../positionMath.ts';
import { balanceLeg, cashLeg } from '../posting.ts';
import { type Rejection, reject } from '../rejections.ts';
import { lotUnitsOfBase } from '../spot.ts';
import type { EngineState } from '../state.ts';
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
  if (!isOpenAccount(state, buyer)) return reject('unknownAccount', { account: buyer });
  if (!isOpenAccount(state, seller)) return reject('unknownAccount', { account: seller });
  const found = state.instruments[instrument];
  if (found === undefined) return reject('unknownInstrument', { instrument });
  if (buyer === seller) return reject('sameAccount', { account: buyer });
  const terms = instrumentTermsOf(state, instrument);
  const party = refuseParty(state, buyer, terms.group) ?? refuseParty(state, seller, terms.group);
  if (party !== null) return party;
  if (found.status === 'settled') return reject('instrumentSettled', { instrument });
  if (!(lots > 0)) return reject('amountNotPositive', { lots });
  if (lots > LOTS_MAX) return reject('amountTooLarge', { lots, most: LOTS_MAX });
  if (price < 0 || price > TICKS_PER_LOT_MAX) return reject('priceOutOfBand', { price });
  const notional = notionalOf(lots, price);
  if (notional > NOTIONAL_MAX) return reject('amountTooLarge', { notional, most: NOTIONAL_MAX });
  const cash = refuseCash(state, buyer) ?? refuseCash(state, seller);
  if (cash !== null) return cash;
  if (terms.form.kind === 'spot') return decideSpot(view, command, terms.form.base);

  const bought = lotsOf(state, buyer, instrument);
  const sold = lotsOf(state, seller, instrument);
  if (!isReducing(bought, lots) || !isReducing(sold, negNumber(lots))) {
    const refusal = refuseNewRisk(view, instrument);
    if (refusal !== null) return refusal;
    const openInterest = openInterestAfter(state, { instrument, bought, sold, lots });
    const cap = Math.min(state.parameters.instruments[instrument]?.openInterestCap ?? 0, OPEN_INTEREST_MAX);
    if (openInterest > cap) return reject('openInterestCapExceeded', { openInterest, cap });
  }
  const size = refuseSize(buyer, addNumber(bought, lots)) ?? refuseSize(seller, subNumber(sold, lots));
  if (size !== null) return size;
  const legs = [
    ...fillLegs(view, { account: buyer, instrument, lots, price }),
    ...fillLegs(view, { account: seller, instrument, lots: negNumber(lots), price }),
  ];
  return [{ kind: 'traded', instrument, buyer, seller, lots, price, legs }];
}

function mayTrade({ state }: EngineView, { actor, cosigner, buyer, seller }: Trade): boolean {
  for (const venue of state.venues) if (venue.actor === actor) return true;
  return isSigned(state, { account: buyer, actor, cosigner }) && isSigned(state, { account: seller, actor, cosigner });
}

function isSigned(
  state: EngineState,
  { account, actor, cosigner }: Pick<Trade, 'actor' | 'cosigner'> & { readonly account: AccountId },
): boolean {
  if (!isOpenAccount(state, account)) return false;
  return mayActFor(state, actor, account) || (cosigner !== null && mayActFor(state, cosigner, account));
}

/** Accounts trade instruments of their own group; those that are lent against, and the vault's, do not trade. */
function refuseParty(state: EngineState, account: AccountId, group: GroupId): Rejection | null {
  if (groupIdOf(state, account) !== group) return reject('wrongGroup', { account, group });
  if (accountModeOf(state, account) === 'overcollateralized') return reject('wrongMode', { account });
  if (ownerOf(state, account) === state.authorities.vault) return reject('notAuthorised', { account });
  return null;
}

function refuseCash(state: EngineState, account: AccountId): Rejection | null {
  const cash = cashOf(state.ledger.accounts, account);
  return abs(cash) > NOTIONAL_MAX ? reject('amountTooLarge', { cash, most: NOTIONAL_MAX }, account) : null;
}

function refuseSize(account: AccountId, after: Lots): Rejection | null {
  return Math.abs(after) > LOTS_MAX ? reject('amountTooLarge', { lots: after, most: LOTS_MAX }, account) : null;
}

/** lots · max(price, 1): a double wherever that is exact. */
function notionalOf(size: Lots, price: TicksPerLot): bigint | number {
  const notional = size * Math.max(price, 1);
  return notional <= Number.MAX_SAFE_INTEGER ? notional : BigInt(size) * BigInt(Math.max(price, 1));
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
