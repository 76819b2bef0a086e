import { timeAfter } from '../../numeric/ratio.ts';
import { applyChanges, faultsOfParameters } from '../bundles.ts';
import type { ProposeBundle } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { reject } from '../rejections.ts';
import { flippedShare } from '../shadowPass.ts';
import type { EngineView } from '../view.ts';

/** Most changes in one bundle. */
export const CHANGES_MAX: number = 256;

/**
 * Proposes an atomic set of parameter changes. It is linted and shadow-applied now, and again when its timelock ends: one
 * that would make more than `maxFlipPpm` of open interest liquidatable is refused, by nobody's discretion.
 */
export function decideProposeBundle(view: EngineView, command: ProposeBundle): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  if (command.changes.length === 0 || command.changes.length > CHANGES_MAX) {
    return reject('invalidParameters', { changes: command.changes.length, most: CHANGES_MAX });
  }
  const proposed = applyChanges(state.parameters, command.changes);
  const faults = proposed === null ? ['a change names something that is not listed'] : faultsOfParameters(state, proposed);
  if (proposed === null || faults.length > 0) return reject('invalidParameters', { faults: faults.join('; ') });
  const flipped = flippedShare(view, proposed);
  if (flipped > state.parameters.global.maxFlipPpm)
    return reject('flipsTooMuch', { flippedPpm: flipped, mostPpm: state.parameters.global.maxFlipPpm });
  const bundle = {
    id: state.nextBundle,
    changes: command.changes,
    proposedAtMs: state.timeMs,
    dueAtMs: timeAfter(state.timeMs, state.parameters.global.timelockMs),
  };
  return [{ kind: 'bundleProposed', bundle }];
}
