/** Every scenario's result, the Greeks, and the answer in the terms of the profile's source, for people. */

import { formatDecimal } from '@plimsoll/core/numeric';
import type { GreeksTotal } from '@plimsoll/core/pricing';
import { hasLendingRules, healthFactor, underlyingSymbolOf } from '@plimsoll/service/portfolio/marginDetail';
import type { MarginResult } from '@plimsoll/service/portfolio/marginResult';
import { scenarioText } from '@plimsoll/service/portfolio/termWords';
import { ticksShown, withCommas } from './terminal/decimals.ts';
import type { Paint } from './terminal/style.ts';
import { type Column, formatTable } from './terminal/table.ts';

const LEFT: Column = { align: 'left' };
const RIGHT: Column = { align: 'right' };
const SCENARIOS_SHOWN = 5;

/** The source's own figures, the Greeks per underlying and expiry, and the worst scenarios. */
export function detailLines(result: MarginResult, paint: Paint): readonly string[] {
  return [...sourceLines(result), ...greeksLines(result, paint), ...scenarioLines(result, paint)];
}

function sourceLines(result: MarginResult): readonly string[] {
  const { document, profile, figures } = result;
  const { convention, name } = profile.profile;
  if (document.mode === 'overcollateralized') {
    const [maintenance, initial] = [healthFactor(result.maintenance), healthFactor(result.initial)];
    if (!hasLendingRules(result) || maintenance === null || initial === null) return [];
    const factors = `health factor ${maintenance} at maintenance, ${initial} at initial (what counts over what is owed: below 1 is too little)`;
    return ['', `As the source of ${name} states it: ${factors}`];
  }
  if (convention === undefined) return [];
  const words =
    convention === 'netMargin'
      ? `maintenance ${ticksShown(figures.healthMaintenance)}, initial ${ticksShown(figures.healthInitial)} (equity less requirement: negative is short of it)`
      : `maintenance ${ticksShown(figures.maintenance)}, initial ${ticksShown(figures.initial)} (amounts to hold)`;
  return ['', `As the source of ${name} states it: ${words}`];
}

function greeksLines(result: MarginResult, paint: Paint): readonly string[] {
  const { greeks } = result.detail;
  if (greeks.underlyings.length === 0) return [];
  const row = (label: string, total: GreeksTotal): readonly string[] => [
    label,
    shown(total.deltaTicksPerUsd),
    shown(total.gammaTicksPerUsdSquared),
    shown(total.vegaTicksPerPoint),
    shown(total.thetaTicksPerDay),
    shown(total.rhoTicksPerPoint),
  ];
  const rows = greeks.underlyings.flatMap(({ underlying, total, expiries }) => [
    row(underlyingSymbolOf(result, underlying), total),
    ...(expiries.length < 2 ? [] : expiries.map((one) => row(`  ${expiryWords(one.expiryMs)}`, one.total))),
  ]);
  const [header = '', ...lines] = formatTable(
    [LEFT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT],
    [['', 'delta', 'gamma', 'vega, a point', 'theta, a day', 'rho, a point'], ...rows],
  );
  return ['', paint('bold', 'Greeks of the positions'), paint('dim', header), ...lines];
}

function scenarioLines(result: MarginResult, paint: Paint): readonly string[] {
  const { underlyings } = result.detail.scenarios;
  const all = underlyings.flatMap(({ underlying, profits }) =>
    profits.map((profit, index) => ({ profit, text: scenarioText(result, underlying, index) ?? '?' })),
  );
  if (all.length === 0) return [];
  const worst = [...all].sort((a, b) => (a.profit < b.profit ? -1 : a.profit > b.profit ? 1 : 0)).slice(0, SCENARIOS_SHOWN);
  const lines = formatTable(
    [LEFT, RIGHT],
    worst.map(({ profit, text }) => [text, ticksShown(profit)]),
  );
  return ['', paint('bold', `The worst ${worst.length} of ${all.length} scenario results, all of them in --json`), ...lines];
}

function shown(ticks: number): string {
  return withCommas(formatDecimal(BigInt(Math.round(ticks)), 6));
}

function expiryWords(expiryMs: number | null): string {
  return expiryMs === null ? 'without expiry' : new Date(expiryMs).toISOString().slice(0, 16);
}
