import type { ListInstrument } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { faultsOfListedInstrument } from '../listingFaults.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** A new instrument, with its underlying and its compartment if they are new. */
export function decideListInstrument(view: EngineView, command: ListInstrument): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  const faults = faultsOfListedInstrument(state, command);
  if (faults.length > 0) return reject('invalidTerms', { faults: faults.join('; ') });
  const { underlying, group, terms, risk } = command;
  return [{ kind: 'instrumentListed', underlying, group, terms, risk }];
}
