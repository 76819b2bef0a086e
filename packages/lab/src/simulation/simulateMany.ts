/** Many seeds one after the other, with one tally; a failure is shrunk and told with its seed, its block and its commands. */

import { journalLines, shrinkFailure } from './shrink.ts';
import { SimulationFailure, type SimulationTerms, simulate } from './simulate.ts';
import { addRun, createTally, type Tally } from './tally.ts';

export interface SimulationSeries extends Omit<SimulationTerms, 'seed'> {
  /** Seeds are `<name>/1`, `<name>/2`, … */
  readonly name: string;
  readonly runs: number;
}

/** What the default suite runs; a soak runs the same for longer. */
export const SUITE_TERMS: Omit<SimulationTerms, 'seed'> = {
  blocks: 60,
  commandsPerBlock: 64,
  auditOneIn: 12,
  followerOneIn: 6,
  twinOneIn: 6,
};

/** Runs them all. Throws Error at the first failure, with everything that is needed to see it again. */
export function simulateMany(series: SimulationSeries, onRun: (seed: string, tally: Tally) => void = () => {}): Tally {
  const { name, runs, ...terms } = series;
  const total = createTally();
  for (let at = 1; at <= runs; at += 1) {
    const seed = `${name}/${at}`;
    addRun(total, simulateOrTell({ ...terms, seed }));
    onRun(seed, total);
  }
  return total;
}

function simulateOrTell(terms: SimulationTerms): Tally {
  try {
    return simulate(terms);
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error;
    throw new Error(failureText(error), { cause: error });
  }
}

/** Seed, block, sentence, and the commands that are enough to make it fail. */
export function failureText(failure: SimulationFailure): string {
  const { journal, isShrunk } = shrinkFailure(failure);
  const lines = isShrunk
    ? journalLines(journal)
    : [`not seen again from the commands alone: run the seed. ${journal.length} blocks`];
  return [failure.message, `world ${JSON.stringify(failure.variant)}`, ...lines].join('\n');
}
