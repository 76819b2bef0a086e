import { mintShares, requestRedemption } from '../../liquidity/backstopVault.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { type AccountId, ownerId, type Shares, shares, ticks, ZERO_SHARES } from '../../numeric/brand.ts';
import { mayActFor, mayMoveOut } from '../authority.ts';
import type { FundBackstop, RedeemBackstop } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { groupIdOf, holdingOf, isOpenAccount, settlementAssetOf } from '../lookup.ts';
import { cashLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { TrancheState } from '../state.ts';
import { trancheNav } from '../tranches.ts';
import type { EngineView } from '../view.ts';

/** Puts cash behind the auctions, for shares at max(value, slow value). */
export function decideFundBackstop(view: EngineView, command: FundBackstop): Decision {
  const { state } = view;
  const { tranche, account } = command;
  const terms = state.terms.tranches[tranche];
  const found = state.tranches[tranche];
  if (!isOpenAccount(state, account)) return reject('unknownAccount', { account });
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  if (terms === undefined || found === undefined) return reject('unknownTranche', { tranche });
  if (groupIdOf(state, account) !== terms.group) return reject('wrongGroup', { account, group: terms.group });
  if (account === found.account) return reject('sameAccount', { account });
  if (!isPositive(command.amount)) return reject('amountNotPositive', { amount: command.amount });
  const held = holdingOf(state, account, settlementAssetOf(state, account));
  if (command.amount > held) return reject('insufficientBalance', { amount: command.amount, held }, account);
  const minted = mintShares(found.accounting, { nav: trancheNav(view, found), paid: ticks(command.amount), nowMs: state.timeMs });
  if (minted.kind === 'refused') return reject('trancheClosed', { tranche, reason: minted.reason }, account);
  const next: TrancheState = { ...found, accounting: minted.tranche, holders: withShares(found, account, minted.shares) };
  const legs = [...cashLeg(account, neg(command.amount)), ...cashLeg(found.account, command.amount)];
  return [{ kind: 'backstopFunded', tranche, account, amount: command.amount, shares: minted.shares, state: next, legs }];
}

/** Starts the cooldown; the shares stay at risk and are priced at its end. */
export function decideRedeemBackstop(view: EngineView, command: RedeemBackstop): Decision {
  const { state } = view;
  const { tranche, account } = command;
  const terms = state.terms.tranches[tranche];
  const found = state.tranches[tranche];
  if (!isOpenAccount(state, account)) return reject('unknownAccount', { account });
  if (!mayMoveOut(state, command.actor, account)) return reject('notAuthorised', { account });
  if (terms === undefined || found === undefined) return reject('unknownTranche', { tranche });
  if (!isPositive(command.shares)) return reject('amountNotPositive', { shares: command.shares });
  const free = freeShares(found, account);
  if (command.shares > free) return reject('insufficientBalance', { shares: command.shares, held: free }, account);
  const request = requestRedemption({
    sequence: found.nextSequence,
    owner: ownerId(command.actor),
    shares: command.shares,
    requestedAtMs: state.timeMs,
    limits: terms,
  });
  const next: TrancheState = {
    ...found,
    redemptions: [...found.redemptions, { account, request }],
    nextSequence: found.nextSequence + 1,
  };
  return [{ kind: 'backstopRedeeming', tranche, account, shares: command.shares, state: next }];
}

/** Holders with `change` shares added to one of them, ascending by account, without zeros. */
export function withShares(tranche: TrancheState, account: AccountId, change: Shares): TrancheState['holders'] {
  const held = tranche.holders.find((holder) => holder.account === account)?.shares ?? ZERO_SHARES;
  const rest = tranche.holders.filter((holder) => holder.account !== account);
  const next = shares(held + change);
  if (next === ZERO_SHARES) return rest;
  return [...rest, { account, shares: next }].sort((a, b) => a.account - b.account);
}

/** Shares that are not in a cooldown yet. */
function freeShares(tranche: TrancheState, account: AccountId): Shares {
  let free: bigint = tranche.holders.find((holder) => holder.account === account)?.shares ?? ZERO_SHARES;
  for (const redemption of tranche.redemptions) if (redemption.account === account) free -= redemption.request.shares;
  return shares(free);
}
