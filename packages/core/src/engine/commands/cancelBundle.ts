import type { CancelBundle } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

export function decideCancelBundle(view: EngineView, command: CancelBundle): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  if (!state.pendingBundles.some((bundle) => bundle.id === command.bundle))
    return reject('unknownBundle', { bundle: command.bundle });
  return [{ kind: 'bundleCancelled', bundle: command.bundle, reason: 'governor' }];
}
