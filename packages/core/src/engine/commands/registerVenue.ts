import { venueId } from '../../numeric/brand.ts';
import type { RegisterVenue } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

export function decideRegisterVenue(view: EngineView, command: RegisterVenue): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  return [{ kind: 'venueRegistered', venue: venueId(state.venues.length), actor: command.venueActor }];
}
