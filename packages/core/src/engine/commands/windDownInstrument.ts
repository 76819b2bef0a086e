import { durationMs } from '../../numeric/brand.ts';
import { timeAfter } from '../../numeric/ratio.ts';
import { createSettlementAverage } from '../../oracle/settlementAverage.ts';
import type { WindDownInstrument } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { SETTLEMENT_WINDOW_MS } from '../evolve.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/**
 * Winds an instrument down: reduce-only at once; after the timelock it settles at the time average of its last half hour. It
 * cannot be hurried or taken back, so everybody has the same time to leave.
 */
export function decideWindDownInstrument(view: EngineView, command: WindDownInstrument): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  const found = state.instruments[command.instrument];
  const terms = state.terms.instruments[command.instrument];
  if (found === undefined || terms === undefined) return reject('unknownInstrument', { instrument: command.instrument });
  if (terms.form.kind === 'spot')
    return reject('windDownRefused', { instrument: command.instrument, reason: 'a spot market holds no positions' });
  if (found.status !== 'active') return reject('windDownRefused', { instrument: command.instrument, status: found.status });
  const due = timeAfter(state.timeMs, state.parameters.global.windDownMs);
  const settlesAtMs = found.settlesAtMs !== null && found.settlesAtMs < due ? found.settlesAtMs : due;
  // An average that is being taken for this very moment goes on; any other is begun for it.
  const taken = settlesAtMs === found.settlesAtMs && (found.settlement?.coveredMs ?? 0) > 0 ? found.settlement : null;
  const settlement =
    taken ?? createSettlementAverage({ expiryMs: settlesAtMs, windowMs: durationMs(SETTLEMENT_WINDOW_MS), nowMs: state.timeMs });
  return [
    {
      kind: 'instrumentUpdated',
      instrument: command.instrument,
      cause: 'windDown',
      state: { ...found, status: 'reduceOnly', settlesAtMs, settlement },
    },
  ];
}
