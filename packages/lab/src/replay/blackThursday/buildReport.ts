import type { HistoricalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import type { BlackThursdayPaths } from '../../data/blackThursday/paths.ts';
import { VAULT_SEEDING_LABEL } from '../../data/blackThursday/seedVaults.ts';
import type { BlackThursdayScenario, PriceSeries } from '../../data/types.ts';
import { countText, dollarsText } from '../../report/format.ts';
import type { PriceLine, ReportInput, ReportTable, RunFacts } from '../../report/reportInput.ts';
import { counted, named, tableFrom } from '../../report/tableFrom.ts';
import type { CellOutcome } from '../outcome.ts';
import { type CellRuns, FIGURES, figureNamed, rangeOf, spreadOf } from './cellFigures.ts';
import { cellNamed } from './cells.ts';
import { belowOracleIn, lossesOf, percent, rangeText, verdictOf } from './losses.ts';
import { blackThursdayParameters } from './parametersShown.ts';
import { PERPETUAL_BOOK_LABEL } from './perpetualBook.ts';

export interface BlackThursdayReport {
  readonly scenario: BlackThursdayScenario;
  readonly history: HistoricalOutcome;
  /** The paths of the first seed. */
  readonly paths: BlackThursdayPaths;
  readonly runs: readonly CellRuns[];
  /** The cell shown in full, its first seed. */
  readonly main: CellOutcome;
  readonly facts: Pick<RunFacts, 'seed' | 'versions' | 'command'>;
}

/** Fills the report of a Black Thursday replay. */
export function blackThursdayReport(report: BlackThursdayReport): ReportInput {
  const { scenario, history, paths, runs, main } = report;
  const firsts = runs.flatMap(({ outcomes }) => outcomes.slice(0, 1));
  const seeds = runs[0]?.outcomes.length ?? 0;
  const applied = main.commands.reduce((sum, { applied: count }) => sum + count, 0);
  const rejected = main.commands.reduce((sum, { rejected: count }) => sum + count, 0);
  return {
    title: scenario.title,
    subtitle: `${countText(main.accounts)} accounts in ${countText(main.blocks)} blocks of 15 s: ${countText(main.vaultsOpened)} vaults, one for every real auction lot, and a synthetic perpetual book; ${runs.length} cells, ${seeds} seed${seeds === 1 ? '' : 's'} each`,
    verdict: verdictOf({ runs, main, history }),
    headlines: headlinesOf(report),
    origins: origins(report),
    attributions: [
      'MakerDAO auction and oracle events: maker-auctions, ISC licence. Exchange candles: public data of one exchange.',
    ],
    nonCommercial: false,
    prices: [
      {
        title: 'ETH/USD',
        unit: 'USD',
        caption:
          'The market is what liquidators see (each with its own delay) and sell into; the protocol never sees it. It hears one oracle series alone: the delayed one, or the same without its delay.',
        series: [
          lineOf(paths.market, 'market', false),
          lineOf(paths.timely, 'timely oracle', true),
          lineOf(paths.delayed, 'delayed oracle', true),
        ].map((line) => within(line, scenario)),
        marks: [],
      },
    ],
    health: firsts
      .filter((outcome) => outcome.samples.length > 0)
      .sort(mainFirst(main))
      .map(({ cell, samples }) => ({
        cell,
        timesMs: samples.map(({ timeMs }) => timeMs),
        healthy: samples.map(({ healthy }) => healthy),
        restricted: samples.map(({ restricted }) => restricted),
        liquidatable: samples.map(({ liquidatable }) => liquidatable),
        insolvent: samples.map(({ insolvent }) => insolvent),
        closed: samples.map(({ closed }) => closed),
      })),
    auctions: firsts
      .filter((outcome) => outcome.sales.length > 0)
      .sort(mainFirst(main))
      .map(({ cell, sales }) => ({
        cell,
        caption: 'Slices of vaults: price plus debt taken over, per ETH, against the market in the same block.',
        unit: 'USD per ETH',
        marketLine: within(lineOf(paths.market, 'market', false), scenario),
        sales: sales.map((sale) => ({
          timeMs: sale.timeMs,
          layer: sale.layer,
          paid: perEther(sale.paidMicro, sale.nanoEth),
          market: perEther(sale.marketMicro, sale.nanoEth),
          microUsd: sale.marketMicro,
        })),
      })),
    waterfall: firsts.map(({ cell, layers }) => ({
      cell,
      layers: layers.map(({ layer, count, micro }) => ({ layer, count, microUsd: micro })),
    })),
    badDebt: {
      caption: `Losses socialised, which is after insurance and deleveraging, and deficits still open at the end, for which no layer has paid; before anything recovered. Median and worst of ${seeds} seed${seeds === 1 ? '' : 's'}. Beside them the collateral that really went for nearly nothing: not the same thing, but what it is to be measured against.`,
      cells: runs.map((cell) => {
        const { median, worst } = spreadOf(figureNamed('bad debt'), cell);
        return { cell: cell.cell, medianMicroUsd: median, worstMicroUsd: worst };
      }),
      history: {
        label: `won for nearly nothing in 2020 (${history.label})`,
        microUsd: history.nearlyNothing.oracleValueAtLastBidMicroUsd,
      },
    },
    cells: {
      seeds,
      figures: FIGURES.map(({ name, isMicroUsd }) => ({ name, isMicroUsd })),
      rows: runs.map((cell) => ({
        cell: cell.cell,
        description: cellNamed(cell.cell)?.description ?? '',
        values: FIGURES.map((figure) => spreadOf(figure, cell)),
      })),
      history: {
        label: `what happened: whole vaults sold, for ${dollarsText(belowOracleIn(history))} less than the delayed oracle in force said; how far below the market is not known`,
        values: FIGURES.map((figure) => figure.history(history)),
      },
    },
    tables: [partiesTable(main), keepersTable(main), rejectionsTable(main)],
    losses: lossesOf(runs, history),
    parameters: blackThursdayParameters(),
    neutrality: firsts.flatMap(({ cell, balanceSheet }) =>
      balanceSheet.map(({ asset, claims, holdings, ledgerDecimals }) => ({ cell, asset, claims, holdings, ledgerDecimals })),
    ),
    facts: {
      scenario: scenario.name,
      blocks: main.blocks,
      commandsAccepted: applied,
      commandsRejected: rejected,
      finalHash: main.finalHash,
      audit: main.audit,
      ...report.facts,
    },
  };
}

/** Figures that the verdict stands on, each over all cells and seeds, with the cell at either end. */
function headlinesOf({ runs, history }: BlackThursdayReport): ReportInput['headlines'] {
  const tile = (label: string, figure: string, real: string | null): ReportInput['headlines'][number] => {
    const range = rangeOf(figureNamed(figure), runs);
    const ends = range.low === range.high ? 'in every cell and seed' : `"${range.lowCell}" to "${range.highCell}"`;
    return { label, value: rangeText(range), note: real === null ? ends : `${ends}; in reality ${real}` };
  };
  const { all, nearlyNothing } = history;
  return [
    tile(
      'won for nearly nothing',
      'won for nearly nothing',
      `${countText(nearlyNothing.auctions)} of ${countText(all.auctions)}`,
    ),
    tile(
      'collateral gone that way',
      'worth of that',
      `${dollarsText(nearlyNothing.oracleValueAtLastBidMicroUsd)} at the delayed oracle`,
    ),
    tile('ETH of vaults sold', 'ETH of vaults sold', `${countText(all.soldNanoEth / 1_000_000_000n)}, whole vaults`),
    tile('bad debt', 'bad debt', null),
    tile('winners deleveraged', 'winners deleveraged', null),
    tile('backstop', 'backstop earns', null),
  ];
}

function mainFirst(main: CellOutcome): (a: CellOutcome, b: CellOutcome) => number {
  return (a, b) => Number(b.cell === main.cell) - Number(a.cell === main.cell);
}

function lineOf(series: PriceSeries, name: string, isStep: boolean): PriceLine {
  return {
    name,
    label: series.label,
    timesMs: series.timesMs,
    values: series.pricesNano.map((price) => Number(price) / 1e9),
    isStep,
  };
}

/** The part of a line inside the window, with the value in force when it opens. */
function within(line: PriceLine, { windowStartMs, windowEndMs }: BlackThursdayScenario): PriceLine {
  let from = 0;
  for (const [place, time] of line.timesMs.entries()) if (time <= windowStartMs) from = place;
  const to = line.timesMs.findIndex((time) => time >= windowEndMs);
  const end = to === -1 ? line.timesMs.length : to;
  return {
    ...line,
    timesMs: line.timesMs.slice(from, end).map((time) => Math.max(time, windowStartMs)),
    values: line.values.slice(from, end),
  };
}

function perEther(micro: bigint, nanoEth: bigint): number {
  return nanoEth === 0n ? Number.NaN : (Number(micro) * 1e3) / Number(nanoEth);
}

function origins({ paths, history }: BlackThursdayReport): ReportInput['origins'] {
  const of = (name: string, { label, singleSource, reconstructed }: PriceSeries): ReportInput['origins'][number] => ({
    name,
    label,
    singleSource,
    reconstructed,
    synthetic: false,
  });
  return [
    of('market', paths.market),
    of('timely oracle', paths.timely),
    of('delayed oracle', paths.delayed),
    { name: 'gas', label: paths.gas.label, singleSource: true, reconstructed: false, synthetic: false },
    {
      name: 'DAI',
      label: 'taken as one dollar throughout: what DAI really traded at is not among the shipped data',
      singleSource: true,
      reconstructed: false,
      synthetic: true,
    },
    { name: 'vaults', label: VAULT_SEEDING_LABEL, singleSource: false, reconstructed: true, synthetic: false },
    { name: 'perpetual book', label: PERPETUAL_BOOK_LABEL, singleSource: false, reconstructed: false, synthetic: true },
    { name: 'what happened', label: history.label, singleSource: true, reconstructed: false, synthetic: false },
  ];
}

function partiesTable(main: CellOutcome): ReportTable {
  return tableFrom(
    {
      title: `Who ended where (${main.cell}, first seed)`,
      caption:
        'Equity at the market of the first and the last block; what owners took out as debt before the crash is not counted. Most of the fall is the fall of the ether that they hold.',
    },
    main.parties,
    [
      named('party', ({ party }) => party),
      counted('before', ({ startMicro }) => dollarsText(startMicro)),
      counted('after', ({ endMicro }) => dollarsText(endMicro)),
      counted('change', ({ startMicro, endMicro }) => dollarsText(endMicro - startMicro)),
    ],
  );
}

function keepersTable(main: CellOutcome): ReportTable {
  return tableFrom(
    {
      title: `Liquidators (${main.cell}, first seed)`,
      caption: 'Nobody saw a price younger than its latency. What was still held at the end counts at the market.',
    },
    main.keepers,
    [
      named('liquidator', ({ name }) => name),
      counted('capital', ({ capitalMicroUsd }) => dollarsText(capitalMicroUsd)),
      counted('latency', ({ latencyMs }) => `${latencyMs / 1_000} s`),
      counted('wants', ({ marginPpm }) => percent(marginPpm)),
      counted('bids', ({ bids }) => countText(bids)),
      counted('slices won', ({ wins }) => countText(wins)),
      counted('ETH bought', ({ boughtNanoEth }) => countText(boughtNanoEth / 1_000_000_000n)),
      counted('gas', ({ gasMicroUsd }) => dollarsText(gasMicroUsd)),
      counted('result', ({ profitMicroUsd }) => dollarsText(profitMicroUsd)),
    ],
  );
}

function rejectionsTable(main: CellOutcome): ReportTable {
  const refused = main.rejections.map(({ code, count }) => `${code} ${countText(count)}×`).join(', ');
  return tableFrom(
    {
      title: `Commands (${main.cell}, first seed)`,
      caption: main.rejections.length === 0 ? 'Nothing was refused.' : `Refused: ${refused}.`,
    },
    main.commands,
    [
      named('command', ({ kind }) => kind),
      counted('applied', ({ applied }) => countText(applied)),
      counted('refused', ({ rejected }) => countText(rejected)),
    ],
  );
}
