/** Fills the report of an October replay. */

import type { MultiVenueAsset } from '../../data/types.ts';
import { countText, dollarsText, momentText } from '../../report/format.ts';
import type { PriceChart, PriceLine, ReportInput, ReportTable, RunFacts } from '../../report/reportInput.ts';
import { ratioPpm } from './calibrate.ts';
import { minutesText, OCTOBER_FIGURES, octoberFigure, percentText, ratioText, spreadOf } from './octoberFigures.ts';
import { type Judged, octoberLosses, octoberVerdict, shareText } from './octoberJudgement.ts';
import { octoberParameters } from './octoberParameters.ts';
import { crashMsOf } from './octoberTerms.ts';

export interface OctoberReport extends Judged {
  readonly accountsMax: number;
  readonly facts: Pick<RunFacts, 'seed' | 'versions' | 'command'>;
}

/** Assets whose prices are drawn: those with a collapse first, then the largest. */
const CHARTS_MAX = 12;
/** Prices are drawn from a little before the book opens. */
const DRAWN_BEFORE_MS = 10 * 60_000;
const DRAWN_AFTER_MS = 60 * 60_000;

export function octoberReport(report: OctoberReport): ReportInput {
  const { scenario, opening, cells, main, calibration, totalMicroUsd, accountsMax } = report;
  const seeds = cells[0]?.runs.length ?? 0;
  const firsts = [main, ...cells.flatMap(({ runs }) => runs.slice(0, 1)).filter((run) => run.cell !== main.cell)];
  const { sums, trace } = main;
  return {
    title: scenario.title,
    subtitle: `${countText(main.accounts)} accounts with ${dollarsText(totalMicroUsd)} of open interest in ${opening.isTraded.filter(Boolean).length} perpetuals, ${countText(main.blocks)} blocks, ${cells.length} cells, ${seeds} seed${seeds === 1 ? '' : 's'} each; the long side is synthetic`,
    verdict: octoberVerdict(report),
    headlines: [
      {
        label: 'liquidated',
        value: dollarsText(sums.liquidatedMicroUsd),
        note: `${shareText(sums.liquidatedMicroUsd, totalMicroUsd)} of open interest, ${countText(sums.accountsLiquidated)} accounts`,
      },
      {
        label: 'deleveraged',
        value: dollarsText(sums.deleveragedMicroUsd),
        note: `one in ${ratioText(ratioPpm(sums))}; in reality one in ${ratioText(calibration.targetPpm)}`,
      },
      { label: 'bad debt', value: dollarsText(sums.badDebtMicroUsd), note: 'before the layers that paid for it' },
      {
        label: 'traced to a quorum',
        value: trace.untraced.length === 0 ? 'all' : `all but ${trace.untraced.length}`,
        note: `${countText(trace.legs)} legs, at least ${trace.fewestSources} sources each`,
      },
      {
        label: 'spared',
        value: countText(main.counterfactual.reduce((sum, { accounts }) => sum + accounts, 0)),
        note: 'accounts that one venue’s own price would have liquidated',
      },
      {
        label: 'balance sheet',
        value: main.claims === main.holdings ? 'neutral' : 'NOT NEUTRAL',
        note: 'claims against holdings, to the unit',
      },
    ],
    origins: originsOf(report),
    attributions: scenario.attribution === undefined ? [] : [scenario.attribution],
    nonCommercial: scenario.nonCommercial,
    prices: priceCharts(report),
    health: main.samples.length === 0 ? [] : [healthOf(report)],
    auctions: firsts
      .filter(({ sales }) => sales.length > 0)
      .map(({ cell, sales }) => ({
        cell,
        caption: 'Slices of whole portfolios: what the taker gave for the positions, against their mark at that moment.',
        unit: '% of mark',
        marketLine: null,
        sales: sales.map(({ timeMs, layer, paidPpm, notionalMicroUsd }) => ({
          timeMs,
          layer,
          paid: paidPpm / 10_000,
          market: 100,
          microUsd: notionalMicroUsd,
        })),
      })),
    waterfall: firsts.map(({ cell, sums: { layers } }) => ({ cell, layers })),
    badDebt: {
      caption: `What accounts owed beyond all they had when they were taken over, deleveraged or written off; median and worst of ${seeds} seed${seeds === 1 ? '' : 's'}.`,
      cells: cells.map((cell) => {
        const { median, worst } = spreadOf(octoberFigure('bad debt'), cell);
        return { cell: cell.cell, medianMicroUsd: median, worstMicroUsd: worst };
      }),
      history: null,
    },
    cells: {
      seeds,
      figures: OCTOBER_FIGURES.map(({ name, isMicroUsd }) => ({ name, isMicroUsd })),
      rows: cells.map((cell) => ({
        cell: cell.cell,
        description: cell.description,
        values: OCTOBER_FIGURES.map((figure) => spreadOf(figure, cell)),
      })),
      history: historyRow(report),
    },
    tables: [sensitivityTable(report), collapseTable(report), quorumTable(report), traceTable(report), rejectionsTable(report)],
    losses: octoberLosses(report),
    parameters: octoberParameters({
      leveredPpm: calibration.leveredPpm,
      accountsMax,
      totalMicroUsd,
      depthLabel: scenario.depthLabel,
      openMs: opening.openMs,
      leftOut: scenario.assets.flatMap(({ asset }, place) => (opening.isTraded[place] === true ? [] : [asset])),
    }),
    neutrality: firsts.map(({ cell, claims, holdings }) => ({ cell, asset: 'USDC', claims, holdings, ledgerDecimals: 6 })),
    facts: {
      scenario: scenario.name,
      blocks: main.blocks,
      commandsAccepted: main.accepted,
      commandsRejected: main.rejected,
      finalHash: main.finalHash,
      audit: main.audit,
      ...report.facts,
    },
  };
}

function originsOf({ scenario }: OctoberReport): ReportInput['origins'] {
  const isSynthetic = scenario.name === 'october-shaped';
  return [
    {
      name: 'prices of all venues',
      label: scenario.label,
      singleSource: scenario.singleSource,
      reconstructed: scenario.reconstructed,
      synthetic: isSynthetic,
    },
    {
      name: 'short side of the book',
      label: isSynthetic
        ? 'generated with the median size and leverage of the real deleveraged accounts'
        : 'accounts deleveraged on Hyperliquid on 10 October 2025: values and leverages as its authors rebuilt them; spread over assets by seed',
      singleSource: !isSynthetic,
      reconstructed: !isSynthetic,
      synthetic: isSynthetic,
    },
    {
      name: 'long side of the book',
      label: 'a stated mixture of leverages over account values drawn from the short side, calibrated on one parameter',
      singleSource: false,
      reconstructed: false,
      synthetic: true,
    },
    { name: 'order-book depth', label: scenario.depthLabel, singleSource: false, reconstructed: false, synthetic: true },
    {
      name: 'liquidators and backstop',
      label: 'capital, latency and margins are assumptions, listed under parameters',
      singleSource: false,
      reconstructed: false,
      synthetic: true,
    },
  ];
}

function priceCharts(report: OctoberReport): readonly PriceChart[] {
  const { scenario, main } = report;
  const collapsed = new Set(scenario.collapses.map(({ asset }) => asset));
  const weight = (asset: string): bigint =>
    scenario.notionalByAsset.find((one) => one.asset === asset)?.deleveragedMicroUsd ?? 0n;
  const chosen = scenario.assets
    .map((asset, assetIndex) => ({ asset, assetIndex }))
    .sort(
      (a, b) =>
        Number(collapsed.has(b.asset.asset)) - Number(collapsed.has(a.asset.asset)) ||
        Number(weight(b.asset.asset) - weight(a.asset.asset)) ||
        a.assetIndex - b.assetIndex,
    )
    .slice(0, CHARTS_MAX);
  const crashMs = crashMsOf(scenario);
  const window = { fromMs: crashMs - DRAWN_BEFORE_MS, toMs: Math.min(scenario.endMs, crashMs + DRAWN_AFTER_MS) };
  return chosen.map(({ asset, assetIndex }): PriceChart => {
    const collapse = scenario.collapses.find((one) => one.asset === asset.asset);
    const agreed: PriceLine = {
      name: 'agreed by a quorum',
      label: 'what the protocol used; a gap is no price',
      timesMs: main.agreed.timesMs,
      values: main.agreed.byAsset[assetIndex] ?? [],
      isStep: true,
      isMain: true,
    };
    return {
      title: `${asset.asset}/USD`,
      unit: 'USD',
      caption:
        collapse === undefined
          ? ''
          : `${collapse.venue} alone fell to ${percentText(collapse.ratioPpm)} of the others; the agreed price did not follow.`,
      series: [...venueLines(asset), agreed].map((line) => within(line, window)),
      marks: [{ timeMs: crashMs, label: 'crash' }],
    };
  });
}

function venueLines(asset: MultiVenueAsset): readonly PriceLine[] {
  return asset.venues.map(({ venue, kind, quote, publishTimesMs, pricesNano }) => ({
    name: venue,
    label: `${venue}, ${kind}, in ${quote}${quote === 'USDT' ? ', taken as dollars' : ''}`,
    timesMs: publishTimesMs,
    values: pricesNano.map((price) => Number(price) / 1e9),
    isStep: true,
  }));
}

function within(line: PriceLine, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): PriceLine {
  const kept = line.timesMs.flatMap((timeMs, place) => (timeMs >= fromMs && timeMs <= toMs ? [place] : []));
  return {
    ...line,
    timesMs: kept.map((place) => line.timesMs[place] ?? 0),
    values: kept.map((place) => line.values[place] ?? Number.NaN),
  };
}

function healthOf({ main }: OctoberReport): ReportInput['health'][number] {
  const { cell, samples } = main;
  return {
    cell,
    timesMs: samples.map(({ timeMs }) => timeMs),
    healthy: samples.map(({ healthy }) => healthy),
    restricted: samples.map(({ restricted }) => restricted),
    liquidatable: samples.map(({ liquidatable }) => liquidatable),
    insolvent: samples.map(({ insolvent }) => insolvent),
    closed: samples.map(({ closed }) => closed),
  };
}

/** The real cascade beside the cells; another venue with another book, so only its own figures. */
function historyRow({ scenario }: OctoberReport): ReportInput['cells']['history'] {
  if (scenario.name !== 'october-2025') return null;
  const { totals } = scenario;
  const known: Readonly<Record<string, bigint>> = {
    liquidated: totals.liquidatedMicroUsd,
    deleveraged: totals.deleveragedMicroUsd,
  };
  return {
    label: 'Hyperliquid, all its coins (events, not accounts)',
    values: OCTOBER_FIGURES.map(({ name }) => known[name] ?? null),
  };
}

function sensitivityTable({ calibration, main }: OctoberReport): ReportTable {
  return {
    title: 'How the outcome moves with the synthetic long side',
    caption: `The share h of the long notional that is levered (above 1.5; h of that above 4), in the cell "${main.cell}", first seed. The calibrated row is the one used everywhere else; the target is liquidated to deleveraged at ${ratioText(calibration.targetPpm)}.`,
    columns: [
      { name: 'levered share', align: 'left' },
      { name: 'accounts liquidated', align: 'right' },
      { name: 'liquidated', align: 'right' },
      { name: 'deleveraged', align: 'right' },
      { name: 'ratio', align: 'right' },
      { name: 'bad debt', align: 'right' },
      { name: 'socialised', align: 'right' },
      { name: 'backstop', align: 'right' },
    ],
    rows: calibration.points.map((point) => [
      `${percentText(point.leveredPpm)}${point.leveredPpm === calibration.leveredPpm ? ' (calibrated)' : ''}`,
      countText(point.accountsLiquidated),
      dollarsText(point.liquidatedMicroUsd),
      dollarsText(point.deleveragedMicroUsd),
      ratioText(ratioPpm(point)),
      dollarsText(point.badDebtMicroUsd),
      dollarsText(point.socialisedMicroUsd),
      dollarsText(point.backstopMicroUsd),
    ]),
  };
}

function collapseTable({ main }: OctoberReport): ReportTable {
  return {
    title: 'Venues that collapsed on their own',
    caption:
      'Accounts that would have fallen below maintenance at that venue’s own price and did not at ours, in the ten minutes around its deepest print; a lower bound. Beside them those that the protocol put up for sale then, on agreed prices.',
    columns: [
      { name: 'asset', align: 'left' },
      { name: 'venue', align: 'left' },
      { name: 'deepest print', align: 'left' },
      { name: 'lowest against ours', align: 'right' },
      { name: 'more accounts', align: 'right' },
      { name: 'their positions', align: 'right' },
      { name: 'sold on our price', align: 'right' },
    ],
    rows: main.counterfactual.map(({ collapse, deepestPpm, accounts, microUsd, onOurPrice }) => [
      collapse.asset,
      collapse.venue,
      momentText(collapse.timeMs),
      percentText(deepestPpm),
      countText(accounts),
      dollarsText(microUsd),
      countText(onOurPrice),
    ]),
  };
}

function quorumTable({ gaps }: OctoberReport): ReportTable {
  return {
    title: 'Minutes without a quorum',
    caption:
      'Over the whole scenario, the oracle alone: time in which an asset had no agreed price, after its first: sources that disagreed, or too few that were fresh. Nobody is liquidated on such an asset meanwhile.',
    columns: [
      { name: 'asset', align: 'left' },
      { name: 'minutes', align: 'right' },
      { name: 'disagreement', align: 'right' },
      { name: 'too few sources', align: 'right' },
      { name: 'longest stretch', align: 'right' },
    ],
    rows: gaps.map((gap) => [
      gap.asset,
      minutesText(gap.noPriceMs),
      minutesText(gap.disagreementMs),
      minutesText(gap.tooFewMs),
      minutesText(gap.longestMs),
    ]),
  };
}

function traceTable({ cells }: OctoberReport): ReportTable {
  return {
    title: 'Every liquidation traced to a quorum',
    caption:
      'Checked from the events, with the rule written a second time: at least two sources no older than 300 seconds within 3 % of each other, the price among them.',
    columns: [
      { name: 'cell', align: 'left' },
      { name: 'auctions opened', align: 'right' },
      { name: 'slices sold', align: 'right' },
      { name: 'deleveragings', align: 'right' },
      { name: 'legs checked', align: 'right' },
      { name: 'fewest sources', align: 'right' },
      { name: 'not traced', align: 'right' },
    ],
    rows: cells.flatMap(({ runs }) =>
      runs
        .slice(0, 1)
        .map(({ cell, trace }) => [
          cell,
          countText(trace.auctions),
          countText(trace.slices),
          countText(trace.deleveragings),
          countText(trace.legs),
          countText(trace.fewestSources),
          countText(trace.untraced.length),
        ]),
    ),
  };
}

function rejectionsTable({ main }: OctoberReport): ReportTable {
  return {
    title: 'Commands that were refused',
    caption: `In the cell "${main.cell}", first seed: what was asked, and the code of the refusal.`,
    columns: [
      { name: 'command and code', align: 'left' },
      { name: 'times', align: 'right' },
    ],
    rows: main.rejections.map(({ code, count }) => [code, countText(count)]),
  };
}
