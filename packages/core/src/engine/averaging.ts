import type { InstrumentTerms } from '../assets/instrument.ts';
import { type Price, ppm, type TicksPerLot } from '../numeric/brand.ts';
import { settledPart } from '../oracle/settlementAverage.ts';
import type { AveragedSettlement } from '../pricing/averagedSettlement.ts';
import { lotValueAt, markPerLot } from '../pricing/instrumentValue.ts';
import type { EngineState } from './state.ts';

/**
 * What is known of the average at which a dated future or an option settles: null before any of its window is covered, and for
 * everything else. It is of the instrument, not of its expiry: one that is wound down early, or that was listed inside the window, has
 * taken its own. Read from canonical state alone, so a model that is compiled anew sees the same. (A perpetual that is wound down
 * keeps its mark until it settles.)
 */
export function averagingOf(state: EngineState, terms: InstrumentTerms): AveragedSettlement | null {
  if (terms.form.kind !== 'future' && terms.form.kind !== 'option') return null;
  const settlement = state.instruments[terms.id]?.settlement ?? null;
  return settlement === null ? null : settledPart(settlement);
}

/** Mark of one lot of anything but an option, in ticks without indexes: a future in its last half hour at F_fix + F_var. */
export function linearMarkTicks(state: EngineState, terms: InstrumentTerms, price: Price): TicksPerLot {
  const averaging = averagingOf(state, terms);
  if (averaging === null) return lotValueAt(terms, price);
  return markPerLot(terms, { price, volatilityPpm: ppm(0), timeMs: state.timeMs, averaging });
}
