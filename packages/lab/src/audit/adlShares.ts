// Who is deleveraged, and how many lots each, derived again. Specification (design, section 7.4): integers x with 0 ≤ x_i ≤ cap_i and
// Σ x = Q that leave the largest R_i(x_i) / E_i(x_i) as small as it can be, cap_i the size that minimises R_i, so that hedges stay;
//
//     R(x) = R − (R − R_cap) · x / cap        E(x) = E − cost · x / Q        cost: the part of the deficit that goes with Q lots
//
// At a level each account has a range of x: from the least that brings it there (all it has, if nothing does) where closing improves R/E;
// up to the most that keeps it there where closing makes it worse. The level is the smallest multiple of 2^-40 whose ranges hold Q. What is
// beyond the low ends goes to those who still needed it one level below, then to anybody, pro rata to room, largest remainders first.

import { type AccountBook, accountOf, type Books } from './books.ts';
import { abs, ceilDiv, clamp, floorDiv, least } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import { marginWith, requirementWith } from './requirement.ts';

/** What one account closes. */
export interface AdlShare {
  readonly account: number;
  readonly lots: bigint;
}

/** Somebody to be closed against: figures now, and the requirement when as many lots are closed as lower it. */
export interface Candidate {
  readonly account: number;
  readonly requirement: bigint;
  readonly equity: bigint;
  readonly cap: bigint;
  readonly requirementAtCap: bigint;
}

/** What is closed: so many lots of the bankrupt account, with so much of its deficit. */
export interface Closing {
  readonly account: number;
  readonly instrument: number;
  readonly isLong: boolean;
  readonly lots: bigint;
  readonly deficit: bigint;
}

const LEVEL = 2n ** 40n;
/** Beyond it doubles guess no more, and as many halvings as they have digits. */
const LEVEL_GUESS_MAX = 2 ** 120;
const GUESS_BITS = 60;

/** Everybody's part of a closing, ascending by account, from the books before it. */
export function adlShares(books: Books, market: AuditedMarket, closing: Closing): readonly AdlShare[] {
  const lines = candidatesFor(books, market, closing)
    .sort((a, b) => a.account - b.account)
    .map((candidate) => lineOf(candidate, closing));
  const available = lines.reduce((sum, { most }) => sum + most, 0n);
  const target = least(closing.lots, available);
  if (target === 0n) return [];
  const level = smallestLevel(lines, target);
  const ranges = lines.map((line) => rangeAt(line, level));
  const below = level === 0n ? ranges : lines.map((line) => rangeAt(line, level - 1n));
  const lows = ranges.map(({ low }) => low);
  const needed = ranges.map(({ low, high }, at) => clamp(below[at]?.low ?? 0n, low, high));
  const raised = raise(lows, needed, target);
  const closed = raise(
    raised,
    ranges.map(({ high }) => high),
    target,
  );
  return lines.flatMap(({ account }, at) => {
    const lots = closed[at] ?? 0n;
    return lots > 0n ? [{ account, lots }] : [];
  });
}

/** Solvent accounts of the group on the other side, the most requirement per equity first, as many as the budget allows. */
function candidatesFor(books: Books, market: AuditedMarket, closing: Closing): Candidate[] {
  const found: Candidate[] = [];
  const { group } = accountOf(books, closing.account);
  for (const id of books.holders.get(closing.instrument) ?? []) {
    const account = accountOf(books, id);
    const held = account.positions.get(closing.instrument);
    if (held === undefined || held > 0n === closing.isLong) continue;
    if (!account.isOpen || account.group !== group || account.id === closing.account) continue;
    const owned = books.ownerGross.get(account.owner);
    const { equity, haircutEquityMaintenance, maintenance } = marginWith(books, market, account, owned);
    if (equity <= 0n || haircutEquityMaintenance <= 0n) continue;
    const cap = capOf(books, market, { account, instrument: closing.instrument, now: maintenance });
    if (cap.lots === 0n) continue;
    found.push({
      account: account.id,
      requirement: maintenance,
      equity: haircutEquityMaintenance,
      cap: cap.lots,
      requirementAtCap: least(cap.requirement, maintenance),
    });
  }
  const byLeverage = (a: Candidate, b: Candidate): number => {
    const [left, right] = [b.requirement * a.equity, a.requirement * b.equity];
    return left < right ? -1 : left > right ? 1 : a.account - b.account;
  };
  return found.sort(byLeverage).slice(0, books.parameters.global.budget.adlCandidates);
}

interface Cap {
  readonly lots: bigint;
  readonly requirement: bigint;
}

/**
 * The size whose closing minimises the requirement: all of it, unless it hedges something else. The requirement is convex in it up to
 * rounding, so the search is part of the specification: thirds, the left one kept at a tie, the last few sizes one by one.
 */
function capOf(
  books: Books,
  market: AuditedMarket,
  { account, instrument, now }: { readonly account: AccountBook; readonly instrument: number; readonly now: bigint },
): Cap {
  const held = account.positions.get(instrument) ?? 0n;
  const all = abs(held);
  // Nothing else is left to be required for.
  if (account.positions.size === 1 && market.inside.size === 0) return { lots: all, requirement: 0n };
  const after = (closed: bigint): bigint => {
    const positions = new Map(account.positions);
    if (closed === all) positions.delete(instrument);
    else positions.set(instrument, held > 0n ? held - closed : held + closed);
    const owned = new Map(books.ownerGross.get(account.owner));
    owned.set(instrument, (owned.get(instrument) ?? 0n) - closed);
    return requirementWith(books, market, { ...account, positions }, owned);
  };
  const whole = after(all);
  if (whole === 0n || all === 1n) return whole <= now ? { lots: all, requirement: whole } : { lots: 0n, requirement: now };
  let [low, high] = [0n, all];
  while (high - low > 2n) {
    const third = (high - low) / 3n;
    if (after(low + third) <= after(high - third)) high -= third;
    else low += third;
  }
  let best: Cap = { lots: 0n, requirement: now };
  for (let size = low; size <= high; size += 1n) {
    const requirement = after(size);
    if (requirement < best.requirement) best = { lots: size, requirement };
  }
  return whole <= best.requirement ? { lots: all, requirement: whole } : best;
}

/** R(x)/E(x) ≤ n/2^40, multiplied out: atZero − n · perLevel ≤ (drop − n · cost) · x. */
export interface Line {
  readonly account: number;
  readonly atZero: bigint;
  readonly perLevel: bigint;
  readonly drop: bigint;
  readonly cost: bigint;
  /** The most that leaves some equity. */
  readonly most: bigint;
  readonly improves: boolean;
}

export function lineOf({ account, requirement, equity, cap, requirementAtCap }: Candidate, { lots, deficit }: Closing): Line {
  const fall = requirement - requirementAtCap;
  return {
    account,
    atZero: LEVEL * requirement * cap * lots,
    perLevel: equity * lots * cap,
    drop: LEVEL * fall * lots,
    cost: deficit * cap,
    most: deficit > 0n ? least(cap, floorDiv(equity * lots - 1n, deficit)) : cap,
    improves: fall * equity * lots >= requirement * deficit * cap,
  };
}

interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

function rangeAt({ atZero, perLevel, drop, cost, most, improves }: Line, level: bigint): Range {
  const missing = atZero - level * perLevel;
  const perLot = drop - level * cost;
  if (improves && missing <= 0n) return { low: 0n, high: most };
  // Where closing changes neither side nothing brings it there.
  if (improves) return { low: perLot <= 0n ? most : least(most, ceilDiv(missing, perLot)), high: most };
  return { low: 0n, high: missing > 0n ? 0n : least(most, floorDiv(-missing, -perLot)) };
}

/**
 * The smallest level at which the ranges hold the target. Low ends fall and high ends rise with the level, so there is one; doubles say
 * about where, and the level itself is proved: the ranges hold the target there and do not one level below.
 */
export function smallestLevel(lines: readonly Line[], target: bigint): bigint {
  let above = guessedLevel(lines, target);
  let below = -1n;
  let step = 1n;
  if (isHeldAt(lines, target, above)) {
    while (above - step > below) {
      if (!isHeldAt(lines, target, above - step)) {
        below = above - step;
        break;
      }
      above -= step;
      step *= 4n;
    }
  } else {
    do {
      below = above;
      above += step;
      step *= 4n;
    } while (!isHeldAt(lines, target, above));
  }
  while (above - below > 1n) {
    const middle = floorDiv(above + below, 2n);
    if (isHeldAt(lines, target, middle)) above = middle;
    else below = middle;
  }
  return above;
}

/** Whether the ranges at a level hold the target. */
export function isHeldAt(lines: readonly Line[], target: bigint, level: bigint): boolean {
  let [lows, highs] = [0n, 0n];
  for (const line of lines) {
    const { low, high } = rangeAt(line, level);
    lows += low;
    highs += high;
  }
  return lows <= target && target <= highs;
}

/** About the smallest level, in doubles: good for a first guess and for nothing else. */
function guessedLevel(lines: readonly Line[], target: bigint): bigint {
  const rough = lines.map((line) => ({
    atZero: Number(line.atZero),
    perLevel: Number(line.perLevel),
    drop: Number(line.drop),
    cost: Number(line.cost),
    most: Number(line.most),
    improves: line.improves,
  }));
  const wanted = Number(target);
  const isHeld = (level: number): boolean => {
    let [lows, highs] = [0, 0];
    for (const { atZero, perLevel, drop, cost, most, improves } of rough) {
      const missing = atZero - level * perLevel;
      if (improves) highs += most;
      if (improves && missing > 0) lows += Math.min(most, Math.ceil(missing / (drop - level * cost)));
      if (!improves && missing <= 0) highs += Math.min(most, Math.floor(missing / (drop - level * cost)));
    }
    return lows <= wanted && wanted <= highs;
  };
  let above = 1;
  while (above < LEVEL_GUESS_MAX && !isHeld(above)) above *= 16;
  let below = 0;
  for (let bit = 0; bit < GUESS_BITS && above - below > 1; bit += 1) {
    const middle = (above + below) / 2;
    if (isHeld(middle)) above = middle;
    else below = middle;
  }
  return BigInt(Math.ceil(above));
}

/** From `from` toward `to`, pro rata to the way there, until the sum is the target. */
function raise(from: readonly bigint[], to: readonly bigint[], target: bigint): readonly bigint[] {
  const room = from.map((value, at) => (to[at] ?? 0n) - value);
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  const added = shared(least(target - sum(from), sum(room)), room);
  return from.map((value, at) => value + (added[at] ?? 0n));
}

/** A total over weights: floors first, then one unit each to the largest remainders, ties to the earlier. */
export function shared(total: bigint, weights: readonly bigint[]): readonly bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n || whole === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight, index) => {
    const floor = floorDiv(total * weight, whole);
    return { index, floor, rest: total * weight - floor * whole };
  });
  const missing = Number(total - parts.reduce((sum, { floor }) => sum + floor, 0n));
  const first = new Set(
    [...parts].sort((a, b) => (a.rest > b.rest ? -1 : a.rest < b.rest ? 1 : a.index - b.index)).slice(0, missing),
  );
  return parts.map((part) => (first.has(part) ? part.floor + 1n : part.floor));
}
