import { mintShares } from '../../liquidity/backstopVault.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { ticks } from '../../numeric/brand.ts';
import { mayActFor } from '../authority.ts';
import type { FundBackstop } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { groupIdOf, holdingOf, isOpenAccount, settlementAssetOf } from '../lookup.ts';
import { cashLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { TrancheState } from '../state.ts';
import { trancheNav } from '../tranches.ts';
import type { EngineView } from '../view.ts';
import { withShares } from './trancheHoldings.ts';

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
