import { compareBigint } from '@plimsoll/core/numeric';
import type { HistoricalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import type { CellOutcome } from '../outcome.ts';

/** A figure that cells are compared by. */
export interface Figure {
  readonly name: string;
  readonly isMicroUsd: boolean;
  /** Which end is the worst one. */
  readonly worst: 'highest' | 'lowest';
  readonly of: (outcome: CellOutcome) => bigint;
  /** The same of what really happened; null where there is nothing to compare. */
  readonly history: (history: HistoricalOutcome) => bigint | null;
}

const NANO = 1_000_000_000n;

export const FIGURES: readonly Figure[] = [
  {
    name: 'ETH of vaults sold',
    isMicroUsd: false,
    worst: 'highest',
    of: ({ vaults }) => vaults.soldNanoEth / NANO,
    history: ({ all }) => all.soldNanoEth / NANO,
  },
  {
    name: 'vault owners sold below market by',
    isMicroUsd: true,
    worst: 'highest',
    of: ({ vaults }) => vaults.marketMicro - vaults.paidMicro,
    // What is known of the real auctions is measured against the delayed oracle: another figure, told beside the table.
    history: () => null,
  },
  {
    name: 'won for nearly nothing',
    isMicroUsd: false,
    worst: 'highest',
    of: ({ vaults }) => BigInt(vaults.nearlyNothing),
    history: ({ nearlyNothing }) => BigInt(nearlyNothing.auctions),
  },
  {
    name: 'worth of that',
    isMicroUsd: true,
    worst: 'highest',
    of: ({ vaults }) => vaults.nearlyNothingMicro,
    // At the delayed oracle, the price that the figure of 8.3 million dollars is known at.
    history: ({ nearlyNothing }) => nearlyNothing.oracleValueAtLastBidMicroUsd,
  },
  { name: 'bad debt', isMicroUsd: true, worst: 'highest', of: ({ badDebt }) => badDebt.totalMicro, history: () => null },
  {
    name: 'unbacked at the peak',
    isMicroUsd: true,
    worst: 'highest',
    of: ({ badDebt }) => badDebt.unbackedPeakMicro,
    history: () => null,
  },
  {
    name: 'winners deleveraged',
    isMicroUsd: true,
    worst: 'highest',
    of: ({ perpetuals }) => perpetuals.deleveragedMicro,
    history: () => null,
  },
  {
    name: 'auctions open at the end',
    isMicroUsd: false,
    worst: 'highest',
    of: ({ auctionsOpenAtEnd }) => BigInt(auctionsOpenAtEnd),
    history: () => null,
  },
  {
    name: 'vault owners keep',
    isMicroUsd: true,
    worst: 'lowest',
    of: (outcome) => endOf(outcome, 'vault owners'),
    history: () => null,
  },
  {
    name: 'liquidators earn',
    isMicroUsd: true,
    worst: 'lowest',
    of: ({ keepers }) => keepers.reduce((sum, keeper) => sum + keeper.profitMicroUsd, 0n),
    history: () => null,
  },
  {
    name: 'backstop earns',
    isMicroUsd: true,
    worst: 'lowest',
    of: (outcome) => changeOf(outcome, 'backstop'),
    history: () => null,
  },
  {
    name: 'suppliers of DAI lose',
    isMicroUsd: true,
    worst: 'highest',
    of: (outcome) => lossOf(outcome, 'suppliers of DAI'),
    history: () => null,
  },
];

/** Outcomes of one cell over its seeds, by seed. */
export interface CellRuns {
  readonly cell: string;
  readonly outcomes: readonly CellOutcome[];
}

/** Median (the lower of two) and worst of a figure over the seeds of a cell. */
export function spreadOf(figure: Figure, { outcomes }: CellRuns): { readonly median: bigint; readonly worst: bigint } {
  const values = outcomes.map(figure.of).sort(compareBigint);
  const median = values[(values.length - 1) >>> 1] ?? 0n;
  const worst = (figure.worst === 'highest' ? values[values.length - 1] : values[0]) ?? 0n;
  return { median, worst };
}

/** From the lowest to the highest over every seed of every cell, with the first cell that reached either. */
export interface FigureRange {
  readonly figure: Figure;
  readonly low: bigint;
  readonly high: bigint;
  readonly lowCell: string;
  readonly highCell: string;
}

export function rangeOf(figure: Figure, runs: readonly CellRuns[]): FigureRange {
  const values = runs.flatMap(({ cell, outcomes }) => outcomes.map((outcome) => ({ cell, value: figure.of(outcome) })));
  const sorted = [...values].sort((a, b) => compareBigint(a.value, b.value));
  const low = sorted[0];
  const high = sorted.find(({ value }) => value === sorted[sorted.length - 1]?.value);
  return { figure, low: low?.value ?? 0n, high: high?.value ?? 0n, lowCell: low?.cell ?? '', highCell: high?.cell ?? '' };
}

export function figureNamed(name: string): Figure {
  const found = FIGURES.find((figure) => figure.name === name);
  if (found === undefined) throw new Error(`there is a figure "${name}"`);
  return found;
}

export function endOf(outcome: CellOutcome, party: string): bigint {
  return outcome.parties.find((result) => result.party === party)?.endMicro ?? 0n;
}

export function changeOf(outcome: CellOutcome, party: string): bigint {
  const found = outcome.parties.find((result) => result.party === party);
  return found === undefined ? 0n : found.endMicro - found.startMicro;
}

function lossOf(outcome: CellOutcome, party: string): bigint {
  const change = changeOf(outcome, party);
  return change < 0n ? -change : 0n;
}
