import type { HistoricalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import { type CellRuns, FIGURES, spreadOf } from './cellFigures.ts';

/** The replay for programs: every amount a decimal string, charts left out. */
export function outcomesToJson(replay: {
  readonly runs: readonly CellRuns[];
  readonly history: HistoricalOutcome;
  readonly seconds: number;
  readonly command: string;
}): unknown {
  return plain({
    kind: 'replay',
    scenario: 'black-thursday',
    command: replay.command,
    seconds: replay.seconds,
    units: 'names that end in Micro or MicroUsd: 1e-6 USD or DAI; in NanoEth: 1e-9 ETH; in Ppm: parts per million',
    history: { label: replay.history.label, all: replay.history.all, nearlyNothing: replay.history.nearlyNothing },
    cells: replay.runs.map((runs) => ({
      cell: runs.cell,
      seeds: runs.outcomes.length,
      figures: FIGURES.map((figure) => ({
        name: figure.name,
        unit: figure.isMicroUsd ? 'microUsd' : 'count',
        ...spreadOf(figure, runs),
      })),
      outcomes: runs.outcomes.map(({ samples: _samples, sales: _sales, ...outcome }) => outcome),
    })),
  });
}

/** The same value with every bigint as decimal text. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, plain(entry)]));
  return value;
}
