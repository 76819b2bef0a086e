import type { ProcyclicalityReport } from '@plimsoll/core/scenarios';
import { lineSeries, sizeOf, valueAxis } from '../report/charts/priceChart.ts';
import { axisLooks, drawChart } from '../report/drawChart.ts';
import { type Html, html, trustedHtml } from '../report/html.ts';
import { drawnColour, type Role } from '../report/palette.ts';
import { figureOf, sectionOf, tableOf } from '../report/parts.ts';
import { reportCss } from '../report/styles.ts';
import type { BareResult } from './bareTest.ts';
import { dayOf } from './dailyPrices.ts';
import type { RequirementResult } from './requirementTest.ts';
import { percentText, probabilityText, verdictText } from './summary.ts';
import type { BacktestResult } from './types.ts';

/** The whole report as one HTML page: inline styles and SVG, no script, nothing fetched. The same result gives the same text. */
export function renderBacktest(result: BacktestResult, run: { readonly seed: number; readonly command: string }): string {
  const title = `Backtest of ${result.profile}`;
  const { holdOut } = result.periods;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Plimsoll</title><style>${trustedHtml(reportCss())}</style></head>
<body><main>
<header><h1>${title}</h1><p class="quiet">Margin at each midnight (UTC) against what the book lost by the next one, ${dayOf(holdOut.firstEndMs)} to ${dayOf(holdOut.lastEndMs)}.</p>
<section class="verdict ${result.held ? 'held' : 'failed'}" aria-label="Verdict"><strong>${result.held ? 'It passed.' : 'It failed.'}</strong><p>${verdictText(result)}</p></section>
${tilesOf(result)}</header>
${periodsSection(result)}
${bareSection(result)}
${requirementSection(result)}
${modelledSection(result)}
${familiesSection(result)}
${procyclicalitySection(result)}
${limitsSection(result)}
<footer class="quiet small"><p>Made by <code>${run.command}</code>, seed ${run.seed}. Losses positive; figures in shares of the book's size unless they say otherwise.</p></footer>
</main></body></html>
`;
  return page.text;
}

function tilesOf(result: BacktestResult): Html {
  const breaches = result.bare.reduce((sum, one) => sum + one.breaches, 0);
  const days = result.bare.reduce((sum, one) => sum + one.observations, 0);
  const sided = result.requirement.filter(({ book }) => book.underlying !== null);
  const required = sided.reduce((sum, one) => sum + one.breaches, 0);
  const over = sided.reduce((sum, one) => sum + one.overCoverage, 0) / sided.length;
  const rise = Math.max(...result.requirementProcyclicality.map(({ report }) => report.largestOneStepRisePpm));
  const tiles = [
    ['Bare 99 % quantile', percentText(breaches / days, 2), `${breaches} breaches in ${days} book days; 1 % promised`],
    ['Initial requirement', percentText(required / days, 2), `${required} breaches in the same days`],
    ['Over-coverage', `${over.toFixed(2)}×`, 'mean initial ÷ what 1 % of days exceeded, one-sided books'],
    ['Largest one-day rise', percentText(rise / 1e6, 0), 'of any book’s initial requirement'],
  ] as const;
  return html`<dl class="tiles">${tiles.map(([label, value, note]) => html`<div class="tile"><dt>${label}</dt><dd><span class="value">${value}</span></dd><dd class="quiet small">${note}</dd></div>`)}</dl>`;
}

function periodsSection(result: BacktestResult): Html {
  const { choice, periods } = result;
  const best = [...choice.scores].sort((a, b) => a.score - b.score).slice(0, 8);
  return sectionOf({
    id: 'periods',
    title: 'Which period chose what',
    lead: `Days up to ${dayOf(periods.fitting.lastEndMs)} chose the decay and the window of the bare quantile, by least pinball loss over ${choice.underlyings.join(', ')}. The hold-out chose nothing. Decay 0.97, long-run floor and speed limit behind the requirement were fixed beforehand.`,
    body: [
      html`<div class="panel">${tableOf({
        caption: `Chosen: decay ${choice.chosen.ewma.decayPpm / 1e6}, window ${choice.chosen.windowMax} days; the best eight of ${choice.scores.length}`,
        columns: rightColumns(['decay', 'window', 'pinball loss ÷ mean move', 'breaches']),
        rows: best.map(({ parameters, score, breachShare }) => [
          String(parameters.ewma.decayPpm / 1e6),
          `${parameters.windowMax} d`,
          score.toFixed(5),
          percentText(breachShare, 2),
        ]),
      })}</div>`,
      html`<div class="panel">${tableOf({
        caption: 'Daily returns; a history is never filled before its first price or across a gap',
        columns: rightColumns(['underlying', 'first day', 'last day', 'days', 'left out']),
        rows: result.series.map(({ underlying, firstMs, lastMs, days, leftOut }) => [
          underlying,
          dayOf(firstMs),
          dayOf(lastMs),
          String(days),
          String(leftOut),
        ]),
      })}</div>`,
    ],
  });
}

function bareSection(result: BacktestResult): Html {
  const shown = shownUnderlying(result);
  const table = tableOf({
    caption: '99 % over one day, tested two-sided; probabilities before correction',
    columns: rightColumns([
      'book',
      'days',
      'breaches',
      'expected',
      'Kupiec',
      'independence',
      'conditional',
      'worst 250 days',
      'Z₂ at 97.5 %',
      'Z₂ p (5 % level)',
    ]),
    rows: result.bare.map((one) => [
      `${one.side} ${one.underlying}`,
      String(one.observations),
      String(one.breaches),
      (one.observations * 0.01).toFixed(1),
      probabilityText(one.coverage.pValue),
      probabilityText(one.clustering.pValue),
      probabilityText(one.conditional.pValue),
      one.trafficLight === null ? '–' : `${one.trafficLight.worst} ${one.trafficLight.worstZone}`,
      one.shortfall.z2.toFixed(2),
      `${probabilityText(one.shortfall.simulated.pValue)} (${one.shortfall.simulated.critical.toFixed(2)})`,
    ]),
  });
  return sectionOf({
    id: 'bare',
    title: 'The bare quantile',
    lead: 'Filtered historical simulation alone, without profile or add-ons: it should be exceeded on one day in a hundred, no more and no less, and not on days that follow each other.',
    body: [
      html`<div class="panel">${table}</div>`,
      html`<div class="pair">${result.bare.filter(({ underlying }) => underlying === shown).map(bareFigure)}</div>`,
      breachFigure(result.bare),
    ],
  });
}

function bareFigure(one: BareResult): Html {
  const { days } = one;
  return figureOf({
    title: `${one.side} ${one.underlying}: loss and the level for it`,
    caption: 'Per cent of the price, one day. Breaches are where the loss stands above the level.',
    legend: [
      { name: 'loss of the day', role: 'muted' },
      { name: 'bare 99 % quantile', role: 'series-1' },
    ],
    chart: linesChart(`bare-${one.side}`, `Loss and 99 % quantile of ${one.side} ${one.underlying}: ${one.breaches} breaches`, [
      { role: 'muted', points: days.map(({ endMs, loss }) => [endMs, Math.max(0, loss * 100)] as const) },
      { role: 'series-1', points: days.map(({ endMs, valueAtRisk }) => [endMs, valueAtRisk * 100] as const) },
    ]),
    table: tableOf({
      caption: 'Days of breach',
      columns: rightColumns(['day', 'loss', 'level']),
      rows: days
        .filter(({ loss, valueAtRisk }) => loss > valueAtRisk)
        .map(({ endMs, loss, valueAtRisk }) => [dayOf(endMs), percentText(loss, 2), percentText(valueAtRisk, 2)]),
    }),
  });
}

function breachFigure(bare: readonly BareResult[]): Html {
  const names = bare.map(({ side, underlying }) => `${side} ${underlying}`);
  const expected = (bare[0]?.observations ?? 0) * 0.01;
  const { width, height } = sizeOf('wide');
  const chart = drawChart({
    id: 'breaches',
    width,
    height,
    description: `Breaches of the bare quantile by book; ${expected.toFixed(1)} are expected.`,
    option: {
      grid: { left: 68, right: 20, top: 30, bottom: 84 },
      xAxis: { type: 'category', data: names, ...axisLooks(), axisLabel: { ...axisLooks().axisLabel, rotate: 60, interval: 0 } },
      // From zero: the height of a bar is its count.
      yAxis: { ...valueAxis('breaches'), scale: false, min: 0 },
      series: [
        {
          type: 'bar',
          data: bare.map(({ breaches }) => breaches),
          color: drawnColour('series-1'),
          silent: true,
          markLine: {
            symbol: 'none',
            silent: true,
            lineStyle: { color: drawnColour('ink'), type: 'dashed', width: 1 },
            label: { color: drawnColour('ink'), fontSize: 11, formatter: 'expected' },
            data: [{ yAxis: expected }],
          },
        },
      ],
    },
  });
  return figureOf({
    title: 'Breaches by book',
    caption: 'Twenty books over the same days: they are not independent of each other, which the correction allows for.',
    legend: [],
    chart,
    table: tableOf({
      caption: 'Breaches',
      columns: rightColumns(['book', 'breaches']),
      rows: bare.map(({ breaches }, index) => [names[index] ?? '', String(breaches)]),
    }),
  });
}

function requirementSection(result: BacktestResult): Html {
  const shown = shownUnderlying(result);
  const observed = result.requirement.filter(({ book }) => !book.isModelled);
  return sectionOf({
    id: 'requirement',
    title: 'The full requirement',
    lead: `What the core charges under ${result.profile}, with scan ranges set each day from the days before${result.hasJoint ? ' and joint scenarios rebuilt as of each day' : ''}. Tested one-sided: too much margin is not a breach, it is shown as over-coverage (mean initial ÷ what 1 % of the days exceeded, looking back).`,
    body: [
      html`<div class="panel">${requirementTable('Books on observed prices', observed)}</div>`,
      html`<div class="pair">${observed.filter(({ book }) => book.underlying === shown).map(requirementFigure)}</div>`,
    ],
  });
}

function requirementTable(caption: string, results: readonly RequirementResult[]): Html {
  return tableOf({
    caption,
    columns: rightColumns([
      'book',
      'days',
      'breaches',
      'too many p',
      'clustering p',
      'worst 250 days',
      'mean initial',
      'over-coverage',
      'largest loss',
      'most beyond initial',
      'days beyond maintenance',
    ]),
    rows: results.map((one) => [
      one.book.name,
      String(one.observations),
      String(one.breaches),
      probabilityText(one.tooMany),
      probabilityText(one.clustered),
      one.trafficLight === null ? '–' : `${one.trafficLight.worst} ${one.trafficLight.worstZone}`,
      percentText(one.meanInitial, 1),
      `${one.overCoverage.toFixed(2)}×`,
      percentText(one.largestLoss, 1),
      percentText(one.largestShortfall, 1),
      String(one.maintenanceBreaches),
    ]),
  });
}

function requirementFigure(one: RequirementResult): Html {
  const { days } = one;
  return figureOf({
    title: `${one.book.name}: loss and requirement`,
    caption: 'Per cent of the book, one day.',
    legend: [
      { name: 'loss of the day', role: 'muted' },
      { name: 'initial', role: 'series-1' },
      { name: 'maintenance', role: 'series-2' },
    ],
    chart: linesChart(`requirement-${one.book.kind}`, `Loss, initial and maintenance requirement of ${one.book.name}`, [
      { role: 'muted', points: days.map(({ endMs, loss }) => [endMs, Math.max(0, loss * 100)] as const) },
      { role: 'series-1', points: days.map(({ endMs, initial }) => [endMs, initial * 100] as const) },
      { role: 'series-2', points: days.map(({ endMs, maintenance }) => [endMs, maintenance * 100] as const) },
    ]),
    table: tableOf({
      caption: 'Days on which the loss exceeded the initial requirement',
      columns: rightColumns(['day', 'loss', 'initial']),
      rows: days
        .filter(({ loss, initial }) => loss > initial)
        .map(({ endMs, loss, initial }) => [dayOf(endMs), percentText(loss, 2), percentText(initial, 2)]),
    }),
  });
}

function modelledSection(result: BacktestResult): Html {
  const modelled = [...result.requirement.filter(({ book }) => book.isModelled), ...result.basis];
  const { premium } = result;
  const volatility =
    premium === null
      ? 'No option chains were given, so there are no straddles.'
      : `Options: 30 days at the money, volatility = EWMA × ${premium.median.toFixed(3)}, the median ratio of implied to EWMA volatility over ${premium.ratios.length} readings of ${premium.snapshots} chains (${premium.lowest.toFixed(2)} to ${premium.highest.toFixed(2)}).`;
  return sectionOf({
    id: 'modelled',
    title: 'Modelled books (outside pass or fail)',
    lead: `${volatility} Basis: long a perpetual at the index, short a 30-day future priced from the day's funding, over the days that have funding. What a model made cannot acquit or convict.`,
    body: modelled.length === 0 ? [] : [html`<div class="panel">${requirementTable('Modelled', modelled)}</div>`],
  });
}

function familiesSection(result: BacktestResult): Html {
  return sectionOf({
    id: 'tests',
    title: 'Tests, corrected',
    lead: 'Each family is corrected by Holm at 5 % over all long and short books: the chance that a right model is rejected anywhere in a family is at most one in twenty.',
    body: result.families.map(
      (family) =>
        html`<div class="panel">${tableOf({
          caption: `${family.name}: ${family.asks}${family.decides ? '' : ' (reported, does not decide)'}`,
          columns: rightColumns(['book', 'p', 'corrected', 'verdict']),
          rows: [...family.results]
            .sort((a, b) => a.pValue - b.pValue)
            .slice(0, 5)
            .map((one) => [
              one.name,
              probabilityText(one.pValue),
              probabilityText(one.adjusted),
              one.isRejected ? 'rejected' : 'not rejected',
            ]),
        })}<p class="quiet small">The five least of ${family.results.length}.</p></div>`,
    ),
  });
}

function procyclicalitySection(result: BacktestResult): Html {
  const columns = ['model', 'breaches', 'mean', 'P99 ÷ P1', 'peak ÷ trough', 'largest one-day rise', 'largest five-day rise'];
  const cells = (report: ProcyclicalityReport): readonly string[] => [
    percentText(report.meanPpm / 1e6, 1),
    (report.p99OverP1Ppm / 1e6).toFixed(1),
    (report.peakToTroughPpm / 1e6).toFixed(1),
    percentText(report.largestOneStepRisePpm / 1e6, 0),
    percentText(report.largestFiveStepRisePpm / 1e6, 0),
  ];
  return sectionOf({
    id: 'procyclicality',
    title: 'Procyclicality',
    lead: 'How hard margin rises when markets fall. Models first, over every day of the series after its first year (this describes models; it chooses none), then the requirement itself on the hold-out.',
    body: [
      ...result.procyclicality.map(
        ({ underlying, rows }) =>
          html`<div class="panel">${tableOf({
            caption: `99 % one-day margin of a long unit of ${underlying}, ${rows[0]?.observations ?? 0} days`,
            columns: rightColumns(columns),
            rows: rows.map((row) => [row.model, percentText(row.breaches / row.observations, 2), ...cells(row.report)]),
          })}</div>`,
      ),
      html`<div class="panel">${tableOf({
        caption: 'Initial requirement on the hold-out',
        columns: rightColumns(['book', ...columns.slice(2)]),
        rows: result.requirementProcyclicality.map(({ book, report }) => [book, ...cells(report)]),
      })}</div>`,
    ],
  });
}

function limitsSection(result: BacktestResult): Html {
  const lines = [
    'One venue (Binance spot, Tether quotes), closes at midnight UTC: a loss inside a day that was recovered by midnight is not seen, and a liquidation would have happened within the day.',
    'Prints of 0.0001 (LINK, 2020-03-12) and 0.633 (DOT, 2025-10-10) are lows inside a candle; closes do not contain them and no row was excluded.',
    'Breaches on the same day are common to many books. Holm’s correction holds whatever the dependence; it makes rejection harder, not easier.',
    'Over-coverage looks back over the hold-out and was chosen by nobody.',
    ...(result.tooShort.length === 0 ? [] : [`Less than three years of prices, left out: ${result.tooShort.join(', ')}.`]),
  ];
  return sectionOf({
    id: 'limits',
    title: 'What this does not show',
    lead: '',
    body: [html`<ul class="losses">${lines.map((line) => html`<li>${line}</li>`)}</ul>`],
  });
}

function linesChart(
  id: string,
  description: string,
  lines: readonly { readonly role: Role; readonly points: readonly (readonly [number, number])[] }[],
): Html {
  return drawChart({
    id,
    ...sizeOf('half'),
    description,
    option: {
      grid: { left: 48, right: 16, top: 30, bottom: 34 },
      xAxis: {
        type: 'time',
        ...axisLooks(),
        splitLine: { show: false },
        axisLabel: {
          ...axisLooks().axisLabel,
          hideOverlap: true,
          formatter: (timeMs: number) => new Date(timeMs).toISOString().slice(0, 7),
        },
      },
      yAxis: valueAxis('%'),
      series: lines.map(({ role, points }) => ({
        ...lineSeries(
          {
            name: role,
            label: '',
            timesMs: points.map(([timeMs]) => timeMs),
            values: points.map(([, value]) => value),
            isStep: false,
          },
          900,
        ),
        color: drawnColour(role),
      })),
    },
  });
}

/** The underlying whose days are drawn: bitcoin where it is there. */
function shownUnderlying(result: BacktestResult): string {
  return result.series.some(({ underlying }) => underlying === 'BTC') ? 'BTC' : (result.series[0]?.underlying ?? '');
}

function rightColumns(names: readonly string[]): readonly { readonly name: string; readonly align: 'left' | 'right' }[] {
  return names.map((name, index) => ({ name, align: index === 0 ? 'left' : 'right' }));
}
