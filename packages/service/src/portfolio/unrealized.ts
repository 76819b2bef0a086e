/** What positions gained since their entry prices, where the file gives them. */

import type { MarginResult } from './marginResult.ts';

export interface PositionGain {
  readonly instrument: string;
  /** Value at mark less what was paid, ticks. */
  readonly gain: bigint;
}

/** One for each position with an entry price, in the order of the equity terms. */
export function positionGains({ document, maintenance }: MarginResult): readonly PositionGain[] {
  return maintenance.equityTerms.flatMap((term): readonly PositionGain[] => {
    if (term.kind !== 'position') return [];
    const symbol = document.instruments[term.instrument]?.symbol;
    const position = document.positions.find(({ instrument }) => instrument === symbol);
    if (position === undefined || position.paid === null) return [];
    return [{ instrument: position.instrument, gain: term.value - position.paid }];
  });
}

/** The sum of the gains; null where no position has an entry price. */
export function totalGain(gains: readonly PositionGain[]): bigint | null {
  return gains.length === 0 ? null : gains.reduce((total, { gain }) => total + gain, 0n);
}
