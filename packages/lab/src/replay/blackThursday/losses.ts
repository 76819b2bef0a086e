import type { HistoricalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import { dollarsText } from '../../report/format.ts';
import type { CellOutcome } from '../outcome.ts';
import { MICRO } from './assumptions.ts';
import { type CellRuns, changeOf, figureNamed, spreadOf } from './cellFigures.ts';

/** One thing that went worse than it should have, with what it cost (1e-6 USD): the order of the list. */
interface Loss {
  readonly micro: bigint;
  readonly text: string;
}

/** What is smaller than a dollar is rounding. */
const LEAST_SHOWN = MICRO;
/** An unsold auction stands in the list where a loss of a thousand dollars would. */
const RANK_PER_AUCTION = 1_000n * MICRO;

/**
 * Where the protocol loses: against what happened, against another cell, or against its own promise. Plain sentences, the dearest
 * first. Every rule below is applied to every cell; only sums below a dollar are left out.
 */
export function lossesOf(runs: readonly CellRuns[], history: HistoricalOutcome): readonly string[] {
  const losses = runs.flatMap((cell) => [
    ...badDebt(cell),
    ...owners(cell, history),
    ...deleveraged(cell),
    ...backstop(cell),
    ...keepers(cell),
    ...unsold(cell),
    ...suppliers(cell),
  ]);
  return [...losses, ...late(runs)]
    .filter(({ micro }) => micro >= LEAST_SHOWN)
    .sort((a, b) => (a.micro > b.micro ? -1 : a.micro < b.micro ? 1 : a.text < b.text ? -1 : 1))
    .map(({ text }) => text);
}

function badDebt(runs: CellRuns): readonly Loss[] {
  const { median, worst } = spreadOf(figureNamed('bad debt'), runs);
  if (worst === 0n) return [];
  return [
    {
      micro: worst,
      text: `${runs.cell}: bad debt of ${dollarsText(median)} (worst seed ${dollarsText(worst)}), carried by the suppliers of DAI, by holders of the perpetual, or still open at the end.`,
    },
  ];
}

function owners(runs: CellRuns, history: HistoricalOutcome): readonly Loss[] {
  const sold = spreadOf(figureNamed('ETH of vaults sold'), runs);
  const real = history.all.soldNanoEth / 1_000_000_000n;
  const first = runs.outcomes[0];
  if (first === undefined || sold.median <= real) return [];
  return [
    {
      micro: first.vaults.marketMicro,
      text: `${runs.cell}: ${sold.median} ETH of vault collateral were sold, more than the ${real} that were sold in reality.`,
    },
  ];
}

function deleveraged(runs: CellRuns): readonly Loss[] {
  const { median, worst } = spreadOf(figureNamed('winners deleveraged'), runs);
  if (worst === 0n) return [];
  return [
    {
      micro: worst,
      text: `${runs.cell}: ${dollarsText(median)} of winning perpetual positions were closed against their holders' will (worst seed ${dollarsText(worst)}); the vault auctions of 2020 had no such layer.`,
    },
  ];
}

function backstop(runs: CellRuns): readonly Loss[] {
  const { median, worst } = spreadOf(figureNamed('backstop earns'), runs);
  if (worst >= 0n) return [];
  return [
    {
      micro: -worst,
      text: `${runs.cell}: the backstop ${median < 0n ? `loses ${dollarsText(-median)}` : `earns ${dollarsText(median)}`} (worst seed: loses ${dollarsText(-worst)}).`,
    },
  ];
}

function keepers(runs: CellRuns): readonly Loss[] {
  const losing = runs.outcomes.flatMap(({ keepers: list }) => list.filter((keeper) => keeper.profitMicroUsd < 0n));
  if (losing.length === 0) return [];
  const sum = losing.reduce((total, keeper) => total - keeper.profitMicroUsd, 0n);
  const names = [...new Set(losing.map(({ name }) => name))].join(', ');
  return [
    {
      micro: sum / BigInt(runs.outcomes.length),
      text: `${runs.cell}: ${names} end${losing.length === 1 ? 's' : ''} with less than they brought, ${dollarsText(sum / BigInt(runs.outcomes.length))} on average: slow liquidators pay for what they see late.`,
    },
  ];
}

function unsold(runs: CellRuns): readonly Loss[] {
  const { median, worst } = spreadOf(figureNamed('auctions open at the end'), runs);
  if (worst === 0n) return [];
  const longest = runs.outcomes.reduce((most, { auctionLongestMs }) => Math.max(most, auctionLongestMs), 0);
  return [
    {
      micro: worst * RANK_PER_AUCTION,
      text: `${runs.cell}: ${median} auctions are still open when the two days end (worst seed ${worst}), the oldest for ${hours(longest)} hours; in 2020 an auction could be closed after six hours at the latest.`,
    },
  ];
}

function suppliers(runs: CellRuns): readonly Loss[] {
  const { median, worst } = spreadOf(figureNamed('suppliers of DAI lose'), runs);
  if (worst === 0n) return [];
  return [
    { micro: worst, text: `${runs.cell}: those who lent DAI lose ${dollarsText(median)} (worst seed ${dollarsText(worst)}).` },
  ];
}

/** Where the delayed oracle does worse than the timely one. */
function late(runs: readonly CellRuns[]): readonly Loss[] {
  return runs.flatMap((delayed) => {
    const timely = runs.find(({ cell }) => cell !== delayed.cell && cell === delayed.cell.replace('delayed', 'timely'));
    if (timely === undefined) return [];
    const names = ['vault owners sold below market by', 'bad debt', 'winners deleveraged', 'unbacked at the peak'] as const;
    return names.flatMap((name) => {
      const [slow, fast] = [spreadOf(figureNamed(name), delayed), spreadOf(figureNamed(name), timely)];
      if (slow.median <= fast.median) return [];
      return [
        {
          micro: slow.median - fast.median,
          text: `${delayed.cell}: "${name}" is ${dollarsText(slow.median)}, ${dollarsText(slow.median - fast.median)} more than with the timely oracle.`,
        },
      ];
    });
  });
}

function hours(ms: number): string {
  return String(Math.round(ms / 360_000) / 10);
}

/** How the main cell went, in one paragraph. */
export function verdictOf(
  main: CellOutcome,
  history: HistoricalOutcome,
): { readonly tone: 'held' | 'mixed' | 'failed'; readonly text: string } {
  const isNeutral = main.balanceSheet.every(({ claims, holdings }) => claims === holdings);
  const { vaults, badDebt: debt, perpetuals } = main;
  const keeps = changeOf(main, 'backstop');
  const text = [
    `In the cell "${main.cell}" ${vaults.sales} sales moved ${vaults.soldNanoEth / 1_000_000_000n} ETH of vault collateral at ${percent(vaults.discountPpm)} below the market of the moment;`,
    vaults.nearlyNothing === 0
      ? `none went for nearly nothing, where in reality ${history.nearlyNothing.auctions} of ${history.all.auctions} auctions did, ${dollarsText(history.nearlyNothing.oracleValueAtLastBidMicroUsd)} of collateral.`
      : `${vaults.nearlyNothing} went for nearly nothing (${dollarsText(vaults.nearlyNothingMicro)}); in reality ${history.nearlyNothing.auctions} did (${dollarsText(history.nearlyNothing.oracleValueAtLastBidMicroUsd)}).`,
    debt.totalMicro === 0n ? 'No bad debt was left.' : `Bad debt: ${dollarsText(debt.totalMicro)}.`,
    perpetuals.deleveragedMicro === 0n
      ? 'Nobody was deleveraged.'
      : `Winners of the perpetual gave up positions worth ${dollarsText(perpetuals.deleveragedMicro)}.`,
    keeps === 0n ? '' : `The backstop ends ${keeps > 0n ? 'up' : 'down'} ${dollarsText(keeps > 0n ? keeps : -keeps)}.`,
    isNeutral ? 'Claims equal holdings in every asset, to the unit.' : 'CLAIMS DO NOT EQUAL HOLDINGS.',
  ];
  const tone = !isNeutral ? 'failed' : debt.totalMicro < LEAST_SHOWN && perpetuals.deleveragedMicro === 0n ? 'held' : 'mixed';
  return { tone, text: text.filter((part) => part !== '').join(' ') };
}

export function percent(partsPerMillion: number): string {
  return `${(Math.round(partsPerMillion / 1_000) / 10).toString()} %`;
}
