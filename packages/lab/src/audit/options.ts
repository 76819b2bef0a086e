// Options as the auditor prices them: Black-76 in binary fixed point, from the definition, rounded to the nearest tick. The core prices in
// doubles, which err by so little that the nearest tick is the same, except where the exact figure lies next to the middle between two:
// there, and only there, the core's integer is taken, when it is one of the two. Every figure of the core's rows is checked:
//
//     |core − exact| ≤ ½ + 2 · m · 2^-42        m: the largest of forward, shocked forward and strike, in ticks a lot

import type { InstrumentTerms } from '@plimsoll/core/assets';
import type { Parameters } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { abs, ceilDiv, floorDiv, MILLION, most, nearestDiv, YEAR } from './exact.ts';
import { fixed, fixedExp, fixedLog, fixedNormal, fixedRoot, ONE, times } from './fixedMath.ts';
import type { KnownPart } from './settlement.ts';

type Profile = Parameters['profiles'][number];
export type VolatilityMove = 'up' | 'none' | 'down';

/** What the engine holds an option to be worth, gain and be charged, per lot in ticks. Asked for, because it is checked. */
export interface OptionRow {
  /** The larger and the smaller of the marks at both ends of the band, and the mark itself; without indexes. */
  readonly larger: bigint;
  readonly smaller: bigint;
  readonly mark: bigint;
  /** Gain if the underlying's slow price were overtaken, scaled by the profile. */
  readonly slowGap: bigint;
  /** What is charged per |lot| for the error of the entries. */
  readonly roundingBound: bigint;
  readonly stress: readonly bigint[];
  readonly joint: readonly bigint[];
}

/** A shock as an option sees it. */
export interface OptionShock {
  /** price' = price · (1 + move / 1e12), not below zero. */
  readonly move: bigint;
  readonly dampening: bigint;
  readonly volatility: VolatilityMove;
}

/** The market an option is priced in: prices in 1e-9 USD, time to the minute. */
export interface OptionMarket {
  readonly price: bigint;
  readonly low: bigint;
  readonly high: bigint;
  /** What is known of the average that it settles at; null before its window opens. */
  readonly known: KnownPart | null;
  readonly slow: bigint | null;
  readonly volatilityPpm: number;
  readonly timeMs: number;
  readonly profile: Profile;
  readonly stress: readonly OptionShock[];
  readonly joint: readonly OptionShock[];
}

/** A figure in ticks as numerator over `TICK`, and m in the same parts. */
interface Figure {
  readonly exact: bigint;
  readonly magnitude: bigint;
}

/** The auditor's own prices of one option. */
export interface OptionFigures {
  readonly larger: Figure;
  readonly smaller: Figure;
  readonly mark: Figure;
  readonly slowGap: Figure;
  readonly roundingBound: bigint;
  readonly stress: readonly Figure[];
  readonly joint: readonly Figure[];
}

const TRILLION = 1_000_000_000_000n;
/** Parts of a tick: values are fixed point of 1e-9 USD times lot units (1e-18 USD), times a dampening in millionths. */
const TICK: bigint = ONE * TRILLION * MILLION;
/** Twice the relative error granted to pricing in doubles, 2^-42. */
const ERROR_BITS = 41n;
/** From this total volatility on a call is worth its forward. */
const TOTAL_LIMIT: bigint = 24n * ONE;
const DAY = 86_400_000n;

type OptionForm = Extract<InstrumentTerms['form'], { kind: 'option' }>;

/** Prices an option in its market under every shock. Cost: about a tenth of a millisecond a shock near the money. */
export function priceOption(terms: InstrumentTerms, form: OptionForm, market: OptionMarket): OptionFigures {
  const leftMs = most(0n, BigInt(form.expiryMs) - BigInt(market.timeMs));
  const volatility = fixed(BigInt(market.volatilityPpm), MILLION);
  const root = fixedRoot(fixed(leftMs, YEAR));
  const { fixed: known, remaining, window } = market.known ?? { fixed: 0n, remaining: 1n, window: 1n };
  // What it settles on at a price: the known part of its average, and the price for the rest. Fixed point of 1e-9 USD.
  const settling = (price: bigint): bigint => known * ONE + floorDiv(price * ONE * remaining, window);
  const forward = settling(market.price);
  const total = times(volatility, root);
  const size = terms.lotUnits * MILLION;
  const magnitude = (at: bigint): bigint => most(at, form.strike * ONE) * size;
  const markAt = (price: bigint): Figure => ({
    exact: optionValue(form, { forward: settling(price), total }) * size,
    magnitude: magnitude(settling(price)),
  });
  const [low, high, mark] = [markAt(market.low), markAt(market.high), markAt(market.price)];
  const multiplier = termMultiplier(market.profile, leftMs);
  const profit = (shock: OptionShock): Figure => {
    const moved = floorDiv(market.price * ONE * most(0n, TRILLION + shock.move) * remaining, TRILLION * window);
    const shocked = known * ONE + moved;
    const after = times(shockedVolatility(market.profile, volatility, { multiplier, move: shock.volatility }), root);
    const change = optionValue(form, { forward: shocked, total: after }) * size - mark.exact;
    return { exact: floorDiv(change * shock.dampening, MILLION), magnitude: magnitude(most(forward, shocked) + ONE) };
  };
  const stress = market.stress.map(profit);
  const joint = market.joint.map(profit);
  const widest = [...stress, ...joint].reduce((largest, figure) => most(largest, figure.magnitude), 0n);
  return {
    larger: low.exact > high.exact ? low : high,
    smaller: low.exact > high.exact ? high : low,
    mark,
    slowGap: slowGapOf(form, market, { forward, total, size, remaining, window }),
    roundingBound: ceilDiv((TICK >> 1n) + (widest >> ERROR_BITS), TICK),
    stress,
    joint,
  };
}

/** The integers that margin is computed from: the nearest ticks, and the engine's own where two are as near (see above). */
export function ticksOf(own: OptionFigures, ask: () => OptionRow | null): OptionRow {
  let asked: OptionRow | null | undefined;
  const ticks = (figure: Figure, pick: (row: OptionRow) => bigint | undefined): bigint => {
    const nearest = nearestDiv(figure.exact, TICK);
    const toMiddle = (TICK >> 1n) - abs(figure.exact - nearest * TICK);
    if (toMiddle > figure.magnitude >> ERROR_BITS) return nearest;
    asked ??= ask();
    const found = asked === null ? undefined : pick(asked);
    return found !== undefined && isNear(figure, found) ? found : nearest;
  };
  return {
    larger: ticks(own.larger, (row) => row.larger),
    smaller: ticks(own.smaller, (row) => row.smaller),
    mark: ticks(own.mark, (row) => row.mark),
    slowGap: ticks(own.slowGap, (row) => row.slowGap),
    roundingBound: own.roundingBound,
    stress: own.stress.map((figure, index) => ticks(figure, (row) => row.stress[index])),
    joint: own.joint.map((figure, index) => ticks(figure, (row) => row.joint[index])),
  };
}

/** Every figure of the engine's row against the auditor's own. Throws `AuditFailure`. */
export function checkOption(
  at: { readonly height: number; readonly instrument: number },
  own: OptionFigures,
  row: OptionRow | null,
): void {
  const named = (figure: string): { readonly height: number; readonly figure: string } => ({
    height: at.height,
    figure: `${figure} of option ${at.instrument}`,
  });
  if (row === null) return insist(false, named('row'), { expected: 'prices of the engine', found: 'none' });
  const check = (figure: string, exact: Figure, found: bigint | undefined): void => {
    const holds = found !== undefined && isNear(exact, found);
    if (!holds) insist(false, named(figure), { expected: `nearly ${asTicks(exact.exact)}`, found: String(found) });
  };
  check('mark', own.mark, row.mark);
  check('larger mark of the band', own.larger, row.larger);
  check('smaller mark of the band', own.smaller, row.smaller);
  check('slow gap', own.slowGap, row.slowGap);
  agree(named('rounding bound'), own.roundingBound, row.roundingBound);
  for (const [name, figures, entries] of [
    ['stress', own.stress, row.stress],
    ['joint', own.joint, row.joint],
  ] as const) {
    agree(named(`number of ${name} scenarios`), figures.length, entries.length);
    for (const [index, figure] of figures.entries()) check(`profit in ${name} scenario ${index}`, figure, entries[index]);
  }
}

/** True when an integer of ticks is what rounding may make of the figure. */
function isNear(figure: Figure, ticks: bigint): boolean {
  return abs(ticks * TICK - figure.exact) <= (TICK >> 1n) + (figure.magnitude >> ERROR_BITS);
}

/** Value of one feed unit, undiscounted: the call by Black (1976), the put by parity. Forward and value in 1e-9 USD, fixed point. */
function optionValue(form: OptionForm, at: { readonly forward: bigint; readonly total: bigint }): bigint {
  const strike = form.strike * ONE;
  const call = callOf(strike, at);
  return form.right === 'call' ? call : most(0n, call + strike - at.forward);
}

function callOf(strike: bigint, { forward, total }: { readonly forward: bigint; readonly total: bigint }): bigint {
  if (forward <= 0n) return 0n;
  if (strike === 0n || total >= TOTAL_LIMIT) return forward;
  if (total === 0n) return most(0n, forward - strike);
  const one = firstDeviation(strike, { forward, total });
  return most(0n, times(forward, fixedNormal(one)) - times(strike, fixedNormal(one - total)));
}

/** d1 = (total²/2 − ln(K/F)) / total. */
function firstDeviation(strike: bigint, { forward, total }: { readonly forward: bigint; readonly total: bigint }): bigint {
  return fixed((times(total, total) >> 1n) - fixedLog(fixed(strike, forward)), total);
}

/**
 * Delta times the gap between price and slow price, as much of it as still moves what it settles on, times the profile's multiplier;
 * rounded to ticks before and after that.
 */
function slowGapOf(
  form: OptionForm,
  { price, slow, profile }: OptionMarket,
  base: Readonly<Record<'forward' | 'total' | 'size' | 'remaining' | 'window', bigint>>,
): Figure {
  const gap = slow === null ? 0n : price - slow;
  const multiplier = BigInt(profile.addOns.slowPricePpm);
  const delta = floorDiv(deltaOf(form, base) * base.remaining, base.window);
  const slack = multiplier === MILLION ? 0n : (TICK >> 1n) << ERROR_BITS;
  return {
    exact: floorDiv(delta * gap * base.size * multiplier, MILLION),
    magnitude: abs(gap) * ONE * base.size + slack,
  };
}

function deltaOf(form: OptionForm, at: { readonly forward: bigint; readonly total: bigint }): bigint {
  const call = callDelta(form.strike * ONE, at);
  return form.right === 'call' ? call : call - ONE;
}

function callDelta(strike: bigint, at: { readonly forward: bigint; readonly total: bigint }): bigint {
  if (at.forward <= 0n) return strike === 0n ? ONE : 0n;
  if (strike === 0n || at.total >= TOTAL_LIMIT) return ONE;
  if (at.total === 0n) return at.forward > strike ? ONE : 0n;
  return fixedNormal(firstDeviation(strike, at));
}

/** (30 / max(days, floor))^power: volatility moves more, the nearer the expiry. */
function termMultiplier({ volatility }: Profile, leftMs: bigint): bigint {
  const power = leftMs <= 30n * DAY ? volatility.shortTermPowerPpm : volatility.longTermPowerPpm;
  const days = most(fixed(leftMs, DAY), BigInt(volatility.daysFloor) * ONE);
  return fixedExp(floorDiv(fixedLog(fixed(30n * ONE, days)) * BigInt(power), MILLION));
}

function shockedVolatility(
  { volatility: rule }: Profile,
  volatility: bigint,
  { multiplier, move }: { readonly multiplier: bigint; readonly move: VolatilityMove },
): bigint {
  if (move === 'none') return volatility;
  const range = BigInt(move === 'down' ? rule.downRangePpm : rule.upRangePpm);
  const change = floorDiv(multiplier * range, MILLION);
  if (move === 'down') return times(volatility, most(0n, ONE - change));
  return most(times(volatility, ONE + change), fixed(BigInt(rule.upMinimumPpm), MILLION));
}

/** Ticks with three decimals, for a failure's text. */
function asTicks(exact: bigint): string {
  const thousandths = floorDiv(exact * 1_000n, TICK);
  const size = abs(thousandths).toString().padStart(4, '0');
  return `${thousandths < 0n ? '−' : ''}${size.slice(0, -3)}.${size.slice(-3)}`;
}
