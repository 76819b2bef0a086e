import { compareBigint } from '@plimsoll/core/numeric';
import type { HistoricalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import { countText, dollarsText } from '../../report/format.ts';
import type { CellOutcome } from '../outcome.ts';
import { MICRO } from './assumptions.ts';
import { type CellRuns, changeOf, type FigureRange, figureNamed, rangeOf, spreadOf } from './cellFigures.ts';

/** One rule that was broken somewhere: what it says, and by how much in which cell. */
interface Loss {
  readonly says: string;
  readonly entries: readonly Entry[];
}

/** 1e-6 USD of loss, which orders entries and rules, and how it is put. */
interface Entry {
  readonly micro: bigint;
  readonly text: string;
}

/** What is smaller than a dollar is rounding. */
const LEAST_SHOWN = MICRO;
/** An unsold auction stands in the list where a loss of a thousand dollars would. */
const RANK_PER_AUCTION = 1_000n * MICRO;

/**
 * Where the protocol loses: against what happened, against another cell, or against its own promise. One sentence a rule, the dearest
 * first. Every rule is applied to every cell; only sums below a dollar are left out.
 */
export function lossesOf(runs: readonly CellRuns[], history: HistoricalOutcome): readonly string[] {
  const losses: readonly Loss[] = [
    {
      says: "Winning perpetual positions are closed against their holders' will; the vault auctions of 2020 had no such layer",
      entries: runs.flatMap((cell) => dollars('winners deleveraged', cell)),
    },
    {
      says: 'Bad debt, carried by the suppliers of DAI, by holders of the perpetual, or still open at the end',
      entries: runs.flatMap((cell) => dollars('bad debt', cell)),
    },
    { says: 'Those who lent DAI lose', entries: runs.flatMap((cell) => dollars('suppliers of DAI lose', cell)) },
    {
      says: 'More is owed at the peak than insurance and backstop hold: withdrawals and new risk stop',
      entries: runs.flatMap((cell) => dollars('unbacked at the peak', cell)),
    },
    { says: 'The backstop loses what it bought at a late price', entries: runs.flatMap(backstop) },
    { says: 'Slow liquidators pay for what they see late', entries: runs.flatMap(keepers) },
    {
      says: 'Auctions are still open when the two days end; in 2020 one could be closed after six hours at the latest',
      entries: runs.flatMap(unsold),
    },
    { says: 'More vault collateral is sold than in reality', entries: runs.flatMap((cell) => soldMore(cell, history)) },
    ...(['vault owners sold below market by', 'bad debt', 'winners deleveraged', 'unbacked at the peak'] as const).map(
      (name) => ({
        says: `The delayed oracle makes "${name}" worse than the timely one does`,
        entries: worseThan(runs, { name, slow: 'delayed', fast: 'timely' }),
      }),
    ),
    ...(['vault owners sold below market by', 'bad debt', 'winners deleveraged', 'unbacked at the peak'] as const).map(
      (name) => ({
        says: `The timely oracle makes "${name}" worse than the delayed one does`,
        entries: worseThan(runs, { name, slow: 'timely', fast: 'delayed' }),
      }),
    ),
  ];
  return losses
    .map((loss) => ({ ...loss, entries: loss.entries.filter(({ micro }) => micro >= LEAST_SHOWN).sort(dearestFirst) }))
    .filter(({ entries }) => entries.length > 0)
    .sort((a, b) => compareBigint(b.entries[0]?.micro ?? 0n, a.entries[0]?.micro ?? 0n) || (a.says < b.says ? -1 : 1))
    .map(({ says, entries }) => `${says}: ${entries.map(({ text }) => text).join('; ')}.`);
}

function dearestFirst(a: Entry, b: Entry): number {
  return compareBigint(b.micro, a.micro) || (a.text < b.text ? -1 : 1);
}

/** The median in words, with the worst seed beside it where there are several. */
function spreadText({ median, worst }: { readonly median: bigint; readonly worst: bigint }, runs: CellRuns): string {
  return runs.outcomes.length === 1 ? dollarsText(median) : `${dollarsText(median)} (worst seed ${dollarsText(worst)})`;
}

function dollars(name: string, runs: CellRuns): readonly Entry[] {
  const spread = spreadOf(figureNamed(name), runs);
  return [{ micro: spread.worst, text: `${runs.cell} ${spreadText(spread, runs)}` }];
}

function backstop(runs: CellRuns): readonly Entry[] {
  const { median, worst } = spreadOf(figureNamed('backstop earns'), runs);
  return [{ micro: -worst, text: `${runs.cell} ${spreadText({ median: -median, worst: -worst }, runs)}` }];
}

function keepers(runs: CellRuns): readonly Entry[] {
  const losing = runs.outcomes.flatMap(({ keepers: list }) => list.filter((keeper) => keeper.profitMicroUsd < 0n));
  const sum = losing.reduce((total, keeper) => total - keeper.profitMicroUsd, 0n);
  const names = [...new Set(losing.map(({ name }) => name))].join(', ');
  const average = sum / BigInt(Math.max(1, runs.outcomes.length));
  return [{ micro: average, text: `${runs.cell} ${dollarsText(average)} (${names})` }];
}

function unsold(runs: CellRuns): readonly Entry[] {
  const { median, worst } = spreadOf(figureNamed('auctions open at the end'), runs);
  const longest = runs.outcomes.reduce((most, { auctionLongestMs }) => Math.max(most, auctionLongestMs), 0);
  const some = runs.outcomes.length === 1 ? countText(median) : `${countText(median)} (worst seed ${countText(worst)})`;
  return [{ micro: worst * RANK_PER_AUCTION, text: `${runs.cell} ${some}, the longest ${hours(longest)} hours` }];
}

function soldMore(runs: CellRuns, history: HistoricalOutcome): readonly Entry[] {
  const sold = spreadOf(figureNamed('ETH of vaults sold'), runs).median;
  const real = history.all.soldNanoEth / 1_000_000_000n;
  const first = runs.outcomes[0];
  if (first === undefined || sold <= real) return [];
  return [{ micro: first.vaults.marketMicro, text: `${runs.cell} ${countText(sold)} ETH, in reality ${countText(real)}` }];
}

/** Where the cells with one oracle do worse in a figure than the same cells with the other. */
function worseThan(
  runs: readonly CellRuns[],
  { name, slow, fast }: { readonly name: string; readonly slow: string; readonly fast: string },
): readonly Entry[] {
  return runs.flatMap((cell) => {
    if (!cell.cell.endsWith(slow)) return [];
    const other = runs.find((candidate) => candidate.cell === cell.cell.replace(slow, fast));
    if (other === undefined) return [];
    const more = spreadOf(figureNamed(name), cell).median - spreadOf(figureNamed(name), other).median;
    return [{ micro: more, text: `${cell.cell} by ${dollarsText(more)}` }];
  });
}

function hours(ms: number): string {
  return String(Math.round(ms / 360_000) / 10);
}

/** How it went over all cells and seeds, then in the cell that is shown in full; as good as the worst of them. */
export function verdictOf(judged: {
  readonly runs: readonly CellRuns[];
  readonly main: CellOutcome;
  readonly history: HistoricalOutcome;
}): { readonly tone: 'held' | 'mixed' | 'failed'; readonly text: string } {
  const { runs, main, history } = judged;
  const outcomes = runs.flatMap((cell) => cell.outcomes);
  const isNeutral = outcomes.every(({ balanceSheet }) => balanceSheet.every(({ claims, holdings }) => claims === holdings));
  const isQuiet = outcomes.every(
    ({ badDebt, perpetuals, vaults }) =>
      badDebt.totalMicro < LEAST_SHOWN && perpetuals.deleveragedMicro === 0n && vaults.nearlyNothing === 0,
  );
  const text = [
    ...(outcomes.length > 1 ? [rangesText(runs, history)] : []),
    mainText(main, history, outcomes.length > 1),
    isNeutral ? 'Claims equal holdings in every asset, to the unit.' : 'CLAIMS DO NOT EQUAL HOLDINGS.',
  ];
  return { tone: !isNeutral ? 'failed' : isQuiet ? 'held' : 'mixed', text: text.join(' ') };
}

/** The figures that a good cell could hide, from the best to the worst. */
function rangesText(runs: readonly CellRuns[], history: HistoricalOutcome): string {
  const seeds = runs[0]?.outcomes.length ?? 0;
  const over = `Over ${runs.length === 1 ? 'the cell' : `all ${countText(runs.length)} cells`}${seeds === 1 ? '' : ` and ${countText(seeds)} seeds`}`;
  const worstIn = (name: string, says: string): string => {
    const range = rangeOf(figureNamed(name), runs);
    const where = range.low === range.high || runs.length === 1 ? '' : `, the most in "${range.highCell}"`;
    return `${says} ${rangeText(range)}${where}`;
  };
  return [
    `${over}: ${worstIn('won for nearly nothing', 'won for nearly nothing')} (in reality ${countText(history.nearlyNothing.auctions)} of ${countText(history.all.auctions)} auctions, ${dollarsText(history.nearlyNothing.oracleValueAtLastBidMicroUsd)} of collateral)`,
    worstIn('bad debt', 'bad debt'),
    `${worstIn('winners deleveraged', 'winners of the perpetual deleveraged')}.`,
  ].join('; ');
}

function mainText(main: CellOutcome, history: HistoricalOutcome, isOneOfMany: boolean): string {
  const { vaults, badDebt: debt, perpetuals } = main;
  const keeps = changeOf(main, 'backstop');
  return [
    `In the cell ${isOneOfMany ? 'shown in full, ' : ''}"${main.cell}"${isOneOfMany ? ', first seed,' : ''} ${countText(vaults.sales)} sales moved ${countText(vaults.soldNanoEth / 1_000_000_000n)} ETH of vault collateral at ${againstMarket(vaults.discountPpm)} the market of the moment;`,
    vaults.nearlyNothing === 0
      ? `none went for nearly nothing${isOneOfMany ? '' : `, where in reality ${countText(history.nearlyNothing.auctions)} of ${countText(history.all.auctions)} auctions did, ${dollarsText(history.nearlyNothing.oracleValueAtLastBidMicroUsd)} of collateral`}.`
      : `${countText(vaults.nearlyNothing)} went for nearly nothing (${dollarsText(vaults.nearlyNothingMicro)})${isOneOfMany ? '' : `; in reality ${countText(history.nearlyNothing.auctions)} did (${dollarsText(history.nearlyNothing.oracleValueAtLastBidMicroUsd)})`}.`,
    debt.totalMicro === 0n ? 'No bad debt was left.' : `Bad debt: ${dollarsText(debt.totalMicro)}.`,
    perpetuals.deleveragedMicro === 0n
      ? 'Nobody was deleveraged.'
      : `Winners of the perpetual gave up positions worth ${dollarsText(perpetuals.deleveragedMicro)}.`,
    keeps === 0n ? '' : `The backstop ends ${keeps > 0n ? 'up' : 'down'} ${dollarsText(keeps > 0n ? keeps : -keeps)}.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** '$0 to $502,279', or one figure where all are the same. */
export function rangeText({ figure, low, high }: FigureRange): string {
  const text = (value: bigint): string => (figure.isMicroUsd ? dollarsText(value) : countText(value));
  return low === high ? text(low) : `${text(low)} to ${text(high)}`;
}

/** By how much the real auctions sold below the delayed oracle in force at their last bid. */
export function belowOracleIn({ all }: HistoricalOutcome): bigint {
  return all.oracleValueAtLastBidMicroUsd - all.proceedsMicroDai;
}

/** '1.2 % below', or '0.3 % above'. */
export function againstMarket(discountPpm: number): string {
  return discountPpm < 0 ? `${percent(-discountPpm)} above` : `${percent(discountPpm)} below`;
}

export function percent(partsPerMillion: number): string {
  return `${(Math.round(partsPerMillion / 1_000) / 10).toString()} %`;
}
