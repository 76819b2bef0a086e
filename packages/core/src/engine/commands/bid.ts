import { paymentFor } from '../../liquidation/clearing.ts';
import { add, max, sub } from '../../numeric/arithmetic.ts';
import { PPM_ONE, ticks, ZERO_TICKS } from '../../numeric/brand.ts';
import { mayActFor } from '../authority.ts';
import type { Bid } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { figuresOf } from '../healthOf.ts';
import { accountModeOf, groupIdOf, isOpenAccount } from '../lookup.ts';
import { reject } from '../rejections.ts';
import { sliceLegs } from '../sliceLegs.ts';
import type { EngineView } from '../view.ts';

/** Largest magnitude of a limit: beyond any portfolio, and far enough inside the range of ticks to add up. */
const LIMIT_MAX: bigint = 2n ** 100n;

/**
 * A bid of this block. It escrows what taking the slice at its limit would cost in initial health: price and initial
 * margin together; so bids beyond the bidder's capital are refused, also when he bids in many auctions at once.
 */
export function decideBid(view: EngineView, command: Bid): Decision {
  const { state } = view;
  const { account, liquidated, sizePpm, limit } = command;
  if (!isOpenAccount(state, account)) return reject('unknownAccount', { account });
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  const auction = state.auctions.get(liquidated);
  if (auction === undefined) return reject('unknownAuction', { liquidated });
  if (account === liquidated) return reject('sameAccount', { account });
  if (groupIdOf(state, account) !== auction.group) return reject('wrongGroup', { account, group: auction.group });
  if (accountModeOf(state, account) !== 'portfolio' && accountModeOf(state, account) !== accountModeOf(state, liquidated)) {
    return reject('wrongMode', { account });
  }
  if (state.auctions.has(account)) return reject('accountInAuction', {}, account);
  if (sizePpm < 1 || sizePpm > PPM_ONE) return reject('bidTooSmall', { sizePpm });
  if (limit > LIMIT_MAX || limit < -LIMIT_MAX) return reject('amountTooLarge', { limit });
  const price = paymentFor(limit, sizePpm);
  const legs = sliceLegs(view, { account: liquidated, taker: account, fractionPpm: sizePpm, price });
  if (legs === null) return reject('bidTooSmall', { sizePpm });
  // How much initial health the fill at its limit would take; zero when it adds health.
  const free = figuresOf(view, account, view.before).healthInitial;
  const after = figuresOf(view, account, view.after, legs).healthInitial;
  const need = max(ZERO_TICKS, ticks(sub(free, after)));
  const already = view.escrow.get(account) ?? ZERO_TICKS;
  if (add(already, need) > free) return reject('bidBeyondCapital', { need, already, free }, account);
  return [{ kind: 'bidRecorded', account, liquidated, sizePpm, limit, escrow: need }];
}
