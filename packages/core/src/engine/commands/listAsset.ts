import type { ListAsset } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { faultsOfListedAsset } from '../listingFaults.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** A new collateral asset with its feeds, risk and lending parameters, and the pool whose shares it is if it is one. */
export function decideListAsset(view: EngineView, command: ListAsset): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  const faults = faultsOfListedAsset(state, command);
  if (faults.length > 0) return reject('invalidTerms', { faults: faults.join('; ') });
  const { underlying, feeds, terms, risk, lending, pool } = command;
  return [{ kind: 'assetListed', underlying, feeds, terms, risk, lending, pool }];
}
