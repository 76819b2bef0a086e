/** Fills the report of an October replay. */

import type { MultiVenueAsset } from '../../data/types.ts';
import { countText, dollarsText, momentText } from '../../report/format.ts';
import type { PriceChart, PriceLine, ReportInput, ReportTable, RunFacts } from '../../report/reportInput.ts';
import { counted, named, tableFrom } from '../../report/tableFrom.ts';
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
      caption: `What accounts owed beyond all they had when they were taken over, deleveraged or written off, before insurance, deleveraging and the layers below paid for it; median and worst of ${seeds} seed${seeds === 1 ? '' : 's'}.`,
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
  const calibrated = (ppm: number): string => (ppm === calibration.leveredPpm ? ' (calibrated)' : '');
  return tableFrom(
    {
      title: 'How the outcome moves with the synthetic long side',
      caption: `The share h of the long notional that is levered (above 1.5; h of that above 4), in the cell "${main.cell}", first seed. The calibrated row is the one used everywhere else; the target is liquidated to deleveraged at ${ratioText(calibration.targetPpm)}.`,
    },
    calibration.points,
    [
      named('levered share', ({ leveredPpm }) => `${percentText(leveredPpm)}${calibrated(leveredPpm)}`),
      counted('accounts liquidated', ({ accountsLiquidated }) => countText(accountsLiquidated)),
      counted('liquidated', ({ liquidatedMicroUsd }) => dollarsText(liquidatedMicroUsd)),
      counted('deleveraged', ({ deleveragedMicroUsd }) => dollarsText(deleveragedMicroUsd)),
      counted('ratio', (point) => ratioText(ratioPpm(point))),
      counted('bad debt', ({ badDebtMicroUsd }) => dollarsText(badDebtMicroUsd)),
      counted('socialised', ({ socialisedMicroUsd }) => dollarsText(socialisedMicroUsd)),
      counted('backstop', ({ backstopMicroUsd }) => dollarsText(backstopMicroUsd)),
    ],
  );
}

function collapseTable({ main }: OctoberReport): ReportTable {
  return tableFrom(
    {
      title: 'Venues that collapsed on their own',
      caption:
        'Accounts that would have fallen below maintenance at that venue’s own price and did not at ours, in the ten minutes around its deepest print; a lower bound. Beside them those that the protocol put up for sale then, on agreed prices.',
    },
    main.counterfactual,
    [
      named('asset', ({ collapse }) => collapse.asset),
      named('venue', ({ collapse }) => collapse.venue),
      named('deepest print', ({ collapse }) => momentText(collapse.timeMs)),
      counted('lowest against ours', ({ deepestPpm }) => percentText(deepestPpm)),
      counted('more accounts', ({ accounts }) => countText(accounts)),
      counted('their positions', ({ microUsd }) => dollarsText(microUsd)),
      counted('sold on our price', ({ onOurPrice }) => countText(onOurPrice)),
    ],
  );
}

function quorumTable({ gaps }: OctoberReport): ReportTable {
  return tableFrom(
    {
      title: 'Minutes without a quorum',
      caption:
        'Over the whole scenario, the oracle alone: time in which an asset had no agreed price, after its first: sources that disagreed, or too few that were fresh. Nobody is liquidated on such an asset meanwhile.',
    },
    gaps,
    [
      named('asset', ({ asset }) => asset),
      counted('minutes', ({ noPriceMs }) => minutesText(noPriceMs)),
      counted('disagreement', ({ disagreementMs }) => minutesText(disagreementMs)),
      counted('too few sources', ({ tooFewMs }) => minutesText(tooFewMs)),
      counted('longest stretch', ({ longestMs }) => minutesText(longestMs)),
    ],
  );
}

function traceTable({ cells }: OctoberReport): ReportTable {
  return tableFrom(
    {
      title: 'Every liquidation traced to a quorum',
      caption:
        'Checked from the events, with the rule written a second time: at least two sources no older than 300 seconds within 3 % of each other, the price among them.',
    },
    cells.flatMap(({ runs }) => runs.slice(0, 1)),
    [
      named('cell', ({ cell }) => cell),
      counted('auctions opened', ({ trace }) => countText(trace.auctions)),
      counted('slices sold', ({ trace }) => countText(trace.slices)),
      counted('deleveragings', ({ trace }) => countText(trace.deleveragings)),
      counted('legs checked', ({ trace }) => countText(trace.legs)),
      counted('fewest sources', ({ trace }) => countText(trace.fewestSources)),
      counted('not traced', ({ trace }) => countText(trace.untraced.length)),
    ],
  );
}

function rejectionsTable({ main }: OctoberReport): ReportTable {
  return tableFrom(
    {
      title: 'Commands that were refused',
      caption: `In the cell "${main.cell}", first seed: what was asked, and the code of the refusal.`,
    },
    main.rejections,
    [named('command and code', ({ code }) => code), counted('times', ({ count }) => countText(count))],
  );
}
