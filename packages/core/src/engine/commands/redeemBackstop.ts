import { requestRedemption } from '../../liquidity/backstopVault.ts';
import { isPositive } from '../../numeric/arithmetic.ts';
import { ownerId } from '../../numeric/brand.ts';
import { mayMoveOut } from '../authority.ts';
import type { RedeemBackstop } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { isOpenAccount } from '../lookup.ts';
import { reject } from '../rejections.ts';
import type { TrancheState } from '../state.ts';
import type { EngineView } from '../view.ts';
import { freeShares } from './trancheHoldings.ts';

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
