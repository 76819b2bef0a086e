import { durationMs, timeMs } from '../../numeric/brand.ts';
import { timeAfter } from '../../numeric/ratio.ts';
import { createSettlementAverage } from '../../oracle/settlementAverage.ts';
import type { WindDownAsset } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { SETTLEMENT_WINDOW_MS } from '../evolve.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/**
 * Winds a collateral asset down: nothing new comes in at once; after the timelock its price is frozen at the time average of the
 * last half hour, so that what is still borrowed or lent against it can be settled at one price. Settlement assets stay.
 */
export function decideWindDownAsset(view: EngineView, command: WindDownAsset): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  const found = state.assets[command.asset];
  const terms = state.terms.assets[command.asset];
  if (found === undefined || terms === undefined) return reject('unknownAsset', { asset: command.asset });
  if (state.terms.groups.some((group) => group.settlementAsset === command.asset)) {
    return reject('windDownRefused', { asset: command.asset, reason: 'a group settles in it' });
  }
  if (found.status !== 'active') return reject('windDownRefused', { asset: command.asset, status: found.status });
  const windsDownAtMs = timeMs(timeAfter(state.timeMs, state.parameters.global.windDownMs));
  const settlement = createSettlementAverage({
    expiryMs: windsDownAtMs,
    windowMs: durationMs(SETTLEMENT_WINDOW_MS),
    nowMs: state.timeMs,
  });
  return [{ kind: 'assetUpdated', asset: command.asset, state: { ...found, status: 'winding', windsDownAtMs, settlement } }];
}
