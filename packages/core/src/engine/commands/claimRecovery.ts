import { fundOf } from '../../ledger/ledger.ts';
import { isPositive, max, min } from '../../numeric/arithmetic.ts';
import { ticks } from '../../numeric/brand.ts';
import { mulDivDown } from '../../numeric/rounding.ts';
import { mayActFor } from '../authority.ts';
import { claimOf, outstandingClaims, recoveredOf } from '../claims.ts';
import type { ClaimRecovery } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { groupIdOf, isOpenAccount } from '../lookup.ts';
import { cashLeg, fundLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/**
 * Pays a recovery claim its share of everything recovered so far, less what it was paid before:
 *
 *     ⌊(claim + paid) · (fund + Σ paid) / (claims + Σ paid)⌋ − paid
 *
 * so the share is the same whether an account claims once or often, early or late. The rest of the claim stands.
 */
export function decideClaimRecovery(view: EngineView, command: ClaimRecovery): Decision {
  const { state } = view;
  const { account } = command;
  if (!isOpenAccount(state, account)) return reject('unknownAccount', { account });
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  const group = groupIdOf(state, account);
  const claim = claimOf(state, account);
  const fund = ticks(fundOf(state.ledger, group, 'recovery'));
  const total = outstandingClaims(state, group);
  if (!isPositive(claim) || !isPositive(fund)) return reject('nothingToClaim', { claim, fund }, account);
  const before = state.recovered.get(account) ?? 0n;
  const allBefore = recoveredOf(state, group);
  const share = mulDivDown<bigint>(fund + allBefore, claim + before, max<bigint>(total + allBefore, claim + before)) - before;
  const paid = ticks(min<bigint>(max<bigint>(share, 0n), min<bigint>(claim, fund)));
  if (!isPositive(paid)) return reject('nothingToClaim', { claim, fund }, account);
  const own = (state.claims.get(account) ?? 0n) - paid;
  const legs = [...cashLeg(account, paid), ...fundLeg(group, 'recovery', -paid)];
  return [{ kind: 'recoveryClaimed', account, amount: paid, claims: [{ account, claim: own }], legs }];
}
