import { type TimeMs, timeMs } from '../numeric/brand.ts';
import type { EngineState } from './state.ts';

/** Risk models see time in whole minutes: then a model depends on state alone, not on the block in which it was compiled. */
const STEP_MS: number = 60_000;

/** The minute that has begun. */
export function modelTimeOf(state: EngineState): TimeMs {
  return timeMs(state.timeMs - (state.timeMs % STEP_MS));
}

/** True when time alone moves risk: expiring instruments that are not settled, or a redemption ratio that ages. */
export function isTimeDependent(state: EngineState): boolean {
  return (
    state.terms.instruments.some(
      ({ id, form }) => (form.kind === 'option' || form.kind === 'future') && state.instruments[id]?.status !== 'settled',
    ) || state.terms.assets.some(({ form }) => form.kind === 'staked')
  );
}
