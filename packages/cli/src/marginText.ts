/** The result of `margin` for people. */

import type { HealthClass } from '@plimsoll/core/liquidation';
import type { EquityTerm, RequirementTerm } from '@plimsoll/core/margin';
import type { LiquidationOutlook, MarginResult } from '@plimsoll/service/portfolio/marginResult';
import { percentShown } from '@plimsoll/service/portfolio/percent';
import {
  equityQuantity,
  equitySubject,
  requirementName,
  requirementSubject,
  scenarioWords,
} from '@plimsoll/service/portfolio/termWords';
import { positionGains, totalGain } from '@plimsoll/service/portfolio/unrealized';
import { breachLines } from './breachText.ts';
import { loanLines } from './loanText.ts';
import { detailLines } from './marginDetailText.ts';
import { priceShown, ticksShown, withCommas } from './terminal/decimals.ts';
import type { Paint, StyleName } from './terminal/style.ts';
import { type Column, formatTable } from './terminal/table.ts';

const LEFT: Column = { align: 'left' };
const RIGHT: Column = { align: 'right' };
const ASSUMED_SHOWN = 12;

const CLASS_WORDS: Readonly<Record<HealthClass, { readonly style: StyleName; readonly meaning: string }>> = {
  healthy: { style: 'green', meaning: 'at or above initial margin: may take new risk and withdraw what is free' },
  restricted: { style: 'yellow', meaning: 'below initial margin: only what makes it safer; not liquidatable' },
  liquidatable: { style: 'red', meaning: 'below maintenance margin: slices may be auctioned' },
  insolvent: { style: 'red', meaning: 'equity at mark is negative: the loss waterfall applies' },
};

export function marginText(result: MarginResult, paint: Paint): string {
  const { document, profile } = result;
  const words = CLASS_WORDS[result.healthClass];
  // Static lending reads nothing of a profile but rules for lending.
  const isRead = document.mode !== 'overcollateralized' || (profile.profile.rules?.lending ?? null) !== null;
  const profileWords = isRead ? [`profile ${profile.profile.name}`] : [];
  const lines = [
    paint('bold', document.name),
    [`${document.mode} mode`, `figures in ${result.unit}`, ...profileWords, new Date(document.timeMs).toISOString()].join(', '),
    '',
    `${paint(words.style, result.healthClass)}: ${words.meaning}`,
    '',
    ...headline(result, paint),
    ...liquidationLines(result),
    ...loanLines(result.loans),
    ...breachLines(result.breach, document),
    '',
    ...equityTable(result, paint),
    ...unrealizedLines(result),
    '',
    ...requirementTable(result, paint),
    ...detailLines(result, paint),
    ...lintLines(result, paint),
    ...assumedLines(result, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function headline({ figures }: MarginResult, paint: Paint): readonly string[] {
  const [header = '', ...rows] = formatTable(
    [LEFT, RIGHT, RIGHT],
    [
      ['', 'maintenance', 'initial'],
      ['equity at mark', ticksShown(figures.equity), ticksShown(figures.equity)],
      ['haircut equity', ticksShown(figures.haircutEquityMaintenance), ticksShown(figures.haircutEquityInitial)],
      ['requirement', ticksShown(figures.maintenance), ticksShown(figures.initial)],
      ['health', ticksShown(figures.healthMaintenance), ticksShown(figures.healthInitial)],
    ],
  );
  return [paint('dim', header), ...rows.slice(0, 3), paint('bold', rows[3] ?? '')];
}

function liquidationLines({ liquidation, figures }: MarginResult): readonly string[] {
  if (liquidation.length === 0) return [];
  const title =
    liquidation.length === 1
      ? 'Liquidation price, all else unchanged:'
      : 'Liquidation prices, each with every other price unchanged:';
  return ['', title, ...liquidation.map((outlook) => `  ${outlookWords(outlook, figures.healthMaintenance < 0n)}`)];
}

function outlookWords({ underlying, now, below, above, obstacle }: LiquidationOutlook, isBelow: boolean): string {
  const start = `${underlying}, now ${priceShown(now)}:`;
  if (isBelow) return `${start} the account is below maintenance already`;
  if (obstacle !== null) return `${start} not computed: ${obstacle}`;
  const sides = [below, above].flatMap((at) =>
    at === null ? [] : [`${priceShown(at)} (${percentShown(moveOf(at, now), 'signed')})`],
  );
  return sides.length === 0 ? `${start} none from zero to ten times that` : `${start} ${sides.join(' or ')}`;
}

/** Relative move in ppm rounded to 0.01 %, for showing. */
function moveOf(at: bigint, now: bigint): bigint {
  const hundredths = ((at - now) * 10_000n) / now;
  return hundredths * 100n;
}

function equityTable(result: MarginResult, paint: Paint): readonly string[] {
  const { maintenance, initial } = result;
  const rows = maintenance.equityTerms.map((term, index) => [
    term.kind,
    equitySubject(term, result),
    withCommas(equityQuantity(term, result)),
    ticksShown(term.value),
    ticksShown(term.credit),
    ticksShown(creditOf(initial.equityTerms[index])),
  ]);
  return titled(
    'Haircut equity',
    paint,
    formatTable(
      [LEFT, LEFT, RIGHT, RIGHT, RIGHT, RIGHT],
      [
        ['', '', 'quantity', 'value', 'counts, maintenance', 'counts, initial'],
        ...rows,
        [
          'sum',
          '',
          '',
          ticksShown(result.figures.equity),
          ticksShown(maintenance.haircutEquity),
          ticksShown(initial.haircutEquity),
        ],
      ],
    ),
  );
}

function unrealizedLines(result: MarginResult): readonly string[] {
  const gains = positionGains(result);
  const total = totalGain(gains);
  if (total === null) return [];
  const parts =
    gains.length < 2 ? '' : ` (${gains.map(({ instrument, gain }) => `${instrument} ${ticksShown(gain)}`).join(', ')})`;
  return ['', `Unrealized since the entry prices given: ${ticksShown(total)}${parts}`];
}

function creditOf(term: EquityTerm | undefined): bigint {
  return term?.credit ?? 0n;
}

function requirementTable(result: MarginResult, paint: Paint): readonly string[] {
  const { maintenance, initial } = result;
  if (result.document.mode === 'overcollateralized') {
    return [
      'An overcollateralized account has no requirement: its collateral counts at the liquidation threshold',
      '(maintenance) or at the loan-to-value (initial).',
    ];
  }
  const rows = requirementRows(result).map(({ term, maintenanceCharge, initialCharge }) => [
    requirementName(term),
    requirementSubject(term, result),
    ticksShown(maintenanceCharge),
    ticksShown(initialCharge),
    scenarioWords(term, result) ?? '',
  ]);
  return titled(
    'Requirement',
    paint,
    formatTable(
      [LEFT, LEFT, RIGHT, RIGHT, LEFT],
      [
        ['', '', 'maintenance', 'initial', ''],
        ...rows,
        ['sum', '', ticksShown(maintenance.requirement), ticksShown(initial.requirement), ''],
      ],
    ),
  );
}

interface RequirementRow {
  readonly term: RequirementTerm;
  readonly maintenanceCharge: bigint;
  readonly initialCharge: bigint;
}

/** Every term of either level on one line; a level that lacks it shows zero. */
function requirementRows({ maintenance, initial }: MarginResult): readonly RequirementRow[] {
  const left = [...maintenance.requirementTerms];
  const rows = initial.requirementTerms.map((term): RequirementRow => {
    const index = left.findIndex((other) => isSameTerm(other, term));
    const [match] = index < 0 ? [] : left.splice(index, 1);
    return { term, maintenanceCharge: match?.charge ?? 0n, initialCharge: term.charge };
  });
  return [...rows, ...left.map((term) => ({ term, maintenanceCharge: term.charge, initialCharge: 0n }))];
}

function isSameTerm(a: RequirementTerm, b: RequirementTerm): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf(term: RequirementTerm): string {
  if (!('underlying' in term)) return term.kind;
  if ('expiryMs' in term) return `${term.kind}/${term.underlying}/${term.instrument}/${term.asset}/${term.expiryMs}`;
  return 'instrument' in term
    ? `${term.kind}/${term.underlying}/${term.instrument}/${term.asset}`
    : `${term.kind}/${term.underlying}`;
}

function titled(title: string, paint: Paint, table: readonly string[]): readonly string[] {
  const [header = '', ...rows] = table;
  const last = rows.length - 1;
  return [paint('bold', title), paint('dim', header), ...rows.map((row, index) => (index === last ? paint('bold', row) : row))];
}

function lintLines({ lints }: MarginResult, paint: Paint): readonly string[] {
  if (lints.length === 0) return [];
  return ['', paint('yellow', 'Warnings'), ...lints.map(({ code, path, sentence }) => `  ${code} (${path}): ${sentence}`)];
}

function assumedLines({ document }: MarginResult, paint: Paint): readonly string[] {
  const { assumed } = document;
  if (assumed.length === 0) return [];
  const shown = assumed.slice(0, ASSUMED_SHOWN).map(({ path, value }) => `  ${path} = ${value}`);
  const rest = assumed.length - shown.length;
  const more = rest > 0 ? [`  and ${rest} more, all of them in --json`] : [];
  return ['', ...['Assumed, because the file does not say:', ...shown, ...more].map((line) => paint('dim', line))];
}
