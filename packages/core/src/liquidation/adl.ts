/**
 * Automatic deleveraging: the other side of a bankrupt position is closed against it at the bankruptcy price. Which
 * accounts, and how many lots each? Those that leave the largest R/E (requirement to equity) as small as possible:
 *
 *     choose integers 0 ≤ x_i ≤ cap_i with Σ x_i = Q, minimising the largest R_i(x_i) / E_i(x_i)
 *
 * R_i falls on a straight line from the requirement now to the one at the cap, the size that minimises it; so hedges stay,
 * and because a coherent requirement is convex the line never understates it. E_i is net of what closing at the bankruptcy
 * price instead of mark costs. With full-notional requirements and no cost this is x_i = max(0, q_i − λ·e_i/p) of
 * cookbook B17 (arXiv 2603.15963).
 *
 * For a level λ each account has a range of x that keeps R/E ≤ λ, in closed form. The ranges grow with λ, so the
 * smallest λ whose ranges hold Q is found by bisection, in integers. An account that cannot be brought to the level gives what
 * it can and does not keep the others from theirs.
 */

import { compareNumber, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type AccountId, type Lots, lots, type Ticks } from '../numeric/brand.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import { divDown, divUp, mulDivUp } from '../numeric/rounding.ts';
import { splitProRata } from './proRata.ts';

export interface AdlCandidate {
  readonly account: AccountId;
  /** Most lots that may be closed, positive: the size that minimises the account's requirement. */
  readonly cap: Lots;
  /** Maintenance requirement now, and with `cap` lots closed (not above it). */
  readonly requirement: Ticks;
  readonly requirementAtCap: Ticks;
  /** Haircut equity at maintenance now, positive: insolvent accounts are no candidates. */
  readonly equity: Ticks;
}

/** What closing costs the other side against mark, over `lots` lots; negative when the price is better than mark. */
export interface ClosingCost {
  readonly ticks: Ticks;
  readonly lots: Lots;
}

export interface AdlShare {
  readonly account: AccountId;
  /** Lots to close, positive. */
  readonly lots: Lots;
}

export interface AdlAllocation {
  /** In order of account; accounts that close nothing are left out. */
  readonly shares: readonly AdlShare[];
  readonly closed: Lots;
  /** Lots for which no candidate was left. */
  readonly unfilled: Lots;
}

/** Levels are multiples of 2^-40: closer than two different ratios of requirement to equity that matter. */
const LEVEL_ONE: bigint = 1n << 40n;

/**
 * Allocates `quantity` lots over the candidates; closes Σ = min(quantity, what all of them can give with equity left). Does not
 * depend on the order of the candidates. About fifty passes over them.
 */
export function allocateDeleveraging(quantity: Lots, candidates: readonly AdlCandidate[], cost: ClosingCost): AdlAllocation {
  assert(quantity >= 0, 'The lots to be deleveraged are not negative.');
  const lines = [...candidates].sort((a, b) => compareNumber(a.account, b.account)).map((candidate) => lineOf(candidate, cost));
  const available = lines.reduce((total, line) => total + line.most, 0n);
  const target = available < BigInt(quantity) ? available : BigInt(quantity);
  const closed = sharesAt(lines, target);
  return {
    shares: lines.flatMap((line, index) => {
      const share = closed[index] ?? 0n;
      return share > 0n ? [{ account: line.account, lots: lots(Number(share)) }] : [];
    }),
    closed: lots(Number(target)),
    unfilled: lots(quantity - Number(target)),
  };
}

/**
 * A candidate with R(x) = R − drop·x/cap and E(x) = E − costTicks·x/costLots. R(x)/E(x) ≤ level·2^-40 is, multiplied
 * out by cap·costLots·2^40, fixed − slope·x ≤ 0 with fixed = fixedAtZero − level·fixedFall, slope = slopeAtZero − level·slopeFall.
 */
interface Line {
  readonly account: AccountId;
  readonly fixedAtZero: bigint;
  readonly fixedFall: bigint;
  readonly slopeAtZero: bigint;
  readonly slopeFall: bigint;
  /** Most lots that leave some equity, at most the cap. */
  readonly most: bigint;
  /** Closing costs equity faster than it frees requirement: R/E rises with every lot. */
  readonly worsens: boolean;
  /** The five figures as the nearest doubles. */
  readonly approximate: Readonly<Record<'fixedAtZero' | 'fixedFall' | 'slopeAtZero' | 'slopeFall' | 'most', number>>;
}

function lineOf(candidate: AdlCandidate, cost: ClosingCost): Line {
  assert(candidate.cap > 0 && cost.lots > 0, 'A candidate can close something, and its cost is over some lots.');
  assert(candidate.equity > 0n, 'A candidate for deleveraging has equity.');
  const { requirement, drop, equity, cap, costTicks, costLots } = widened(candidate, cost);
  assert(drop >= 0n && drop <= requirement, 'Closing up to the cap does not raise the requirement.');
  const affordable = costTicks > 0n ? divDown(equity * costLots - 1n, costTicks) : cap;
  const line = {
    fixedAtZero: LEVEL_ONE * requirement * cap * costLots,
    fixedFall: equity * cap * costLots,
    slopeAtZero: LEVEL_ONE * drop * costLots,
    slopeFall: costTicks * cap,
    most: smaller(affordable, cap),
  };
  return {
    ...line,
    account: candidate.account,
    worsens: requirement * costTicks * cap > drop * equity * costLots,
    approximate: {
      fixedAtZero: bigintToApproximateNumber(line.fixedAtZero),
      fixedFall: bigintToApproximateNumber(line.fixedFall),
      slopeAtZero: bigintToApproximateNumber(line.slopeAtZero),
      slopeFall: bigintToApproximateNumber(line.slopeFall),
      most: bigintToApproximateNumber(line.most),
    },
  };
}

interface WideCandidate {
  readonly requirement: bigint;
  readonly drop: bigint;
  readonly equity: bigint;
  readonly cap: bigint;
  readonly costTicks: bigint;
  readonly costLots: bigint;
}

function widened(candidate: AdlCandidate, cost: ClosingCost): WideCandidate {
  return {
    requirement: candidate.requirement,
    drop: sub(candidate.requirement, candidate.requirementAtCap),
    equity: candidate.equity,
    cap: BigInt(candidate.cap),
    costTicks: cost.ticks,
    costLots: BigInt(cost.lots),
  };
}

interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * The x for which R(x)/E(x) ≤ level·2^-40. The ratio moves one way in x, whatever the level. Where closing improves it, the
 * range reaches from the least that is enough (or all there is) to all there is; where closing makes it worse, from nothing to the
 * most that is allowed.
 */
function rangeAt(line: Line, level: bigint): Range {
  const fixed = line.fixedAtZero - level * line.fixedFall;
  if (!line.worsens && fixed <= 0n) return { low: 0n, high: line.most };
  const slope = line.slopeAtZero - level * line.slopeFall;
  if (line.worsens) {
    if (fixed > 0n) return { low: 0n, high: 0n };
    // The level is at or above R/E, and that is above the drop per lot over the cost per lot: so the slope is negative.
    return { low: 0n, high: smaller(divDown(-fixed, -slope), line.most) };
  }
  if (slope <= 0n) return { low: 0n, high: line.most };
  return { low: smaller(divUp(fixed, slope), line.most), high: line.most };
}

function sharesAt(lines: readonly Line[], target: bigint): readonly bigint[] {
  if (target === 0n) return lines.map(() => 0n);
  const level = smallestLevel(lines, target);
  const ranges = lines.map((line) => rangeAt(line, level));
  // Start at the low ends; what is missing goes first to those who needed it just below this level, then anywhere in range.
  const needed = level === 0n ? ranges : lines.map((line) => rangeAt(line, level - 1n));
  const base = ranges.map((range) => range.low);
  const toNeeded = ranges.map((range, index) => between(range.low, needed[index]?.low ?? 0n, range.high));
  const middle = fill(lines, base, toNeeded, target);
  return fill(
    lines,
    middle,
    ranges.map((range) => range.high),
    target,
  );
}

/** Raises `from` toward `to` in proportion to the distances until the sum is `target` or `to` is reached. */
function fill(lines: readonly Line[], from: readonly bigint[], to: readonly bigint[], target: bigint): readonly bigint[] {
  const room = lines.map((line, index) => ({
    id: line.account,
    weight: (to[index] ?? 0n) - (from[index] ?? 0n),
  }));
  const whole = room.reduce((sum, entry) => sum + entry.weight, 0n);
  const missing = target - from.reduce((sum, value) => sum + value, 0n);
  const added = splitProRata(missing < whole ? missing : whole, room);
  return from.map((value, index) => value + (added[index] ?? 0n));
}

/** The smallest level at which the low ends sum to at most the target and the high ends to at least it. */
function smallestLevel(lines: readonly Line[], target: bigint): bigint {
  let low = -1n; // no level below zero holds anything
  let high = LEVEL_ONE;
  while (!holds(lines, high, target)) {
    low = high;
    high *= 2n;
  }
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (holds(lines, middle, target)) high = middle;
    else low = middle;
  }
  return high;
}

function holds(lines: readonly Line[], level: bigint, target: bigint): boolean {
  const certain = holdsInDoubles(lines, bigintToApproximateNumber(level), bigintToApproximateNumber(target));
  if (certain !== null) return certain;
  let lows = 0n;
  let highs = 0n;
  for (const line of lines) {
    const range = rangeAt(line, level);
    lows += range.low;
    highs += range.high;
  }
  return lows <= target && target <= highs;
}

/** More than a product and a difference of two rounded doubles are off by, of the magnitudes of the two. */
const DOUBLE_ERROR: number = 2 ** -49;

/**
 * The same by doubles that bracket both sums: null where the brackets cannot tell, which is rare beyond the last few bits of a level. Levels
 * and lots far below 2^53 are exact; sums of brackets are of integers.
 */
function holdsInDoubles(lines: readonly Line[], level: number, target: number): boolean | null {
  let [lowsLeast, lowsMost, highsLeast, highsMost] = [0, 0, 0, 0];
  for (const { approximate, worsens } of lines) {
    const { fixedAtZero, fixedFall, slopeAtZero, slopeFall, most } = approximate;
    const fixed = fixedAtZero - level * fixedFall;
    const slope = slopeAtZero - level * slopeFall;
    const fixedError = (Math.abs(fixedAtZero) + Math.abs(level * fixedFall)) * DOUBLE_ERROR;
    const slopeError = (Math.abs(slopeAtZero) + Math.abs(level * slopeFall)) * DOUBLE_ERROR;
    // Without a sure sign of either only the exact figures tell which case of `rangeAt` it is.
    if (!(Math.abs(fixed) > fixedError)) return null;
    if (worsens ? fixed > 0 : fixed < 0) {
      if (!worsens) [highsLeast, highsMost] = [highsLeast + most, highsMost + most];
      continue;
    }
    if (!(Math.abs(slope) > slopeError)) return null;
    if (slope > 0 === worsens) {
      // Not worsening and a slope below zero: the whole range. Worsening has a slope below zero here.
      if (worsens) return null;
      [highsLeast, highsMost] = [highsLeast + most, highsMost + most];
      continue;
    }
    const [size, rise] = [Math.abs(fixed), Math.abs(slope)];
    const least = ((size - fixedError) / (rise + slopeError)) * (1 - DOUBLE_ERROR);
    const greatest = ((size + fixedError) / (rise - slopeError)) * (1 + DOUBLE_ERROR);
    if (worsens) {
      highsLeast += Math.min(Math.floor(least), most);
      highsMost += Math.min(Math.floor(greatest), most);
    } else {
      lowsLeast += Math.min(Math.ceil(least), most);
      lowsMost += Math.min(Math.ceil(greatest), most);
      highsLeast += most;
      highsMost += most;
    }
  }
  if (lowsLeast > target || highsMost < target) return false;
  return lowsMost <= target && target <= highsLeast ? true : null;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function between(low: bigint, value: bigint, high: bigint): bigint {
  return value < low ? low : value > high ? high : value;
}

/** Ratio R/E of a candidate after closing `closed` lots, ⌈·⌉ in units of 1e-6; null when no equity is left. */
export function leverageAfterPpm(candidate: AdlCandidate, closed: Lots, cost: ClosingCost): bigint | null {
  const { requirement, drop, equity, cap, costTicks, costLots } = widened(candidate, cost);
  const x = BigInt(closed);
  const requirementLeft = (requirement * cap - drop * x) * costLots;
  const equityLeft = (equity * costLots - costTicks * x) * cap;
  return equityLeft > 0n ? mulDivUp(requirementLeft, 1_000_000n, equityLeft) : null;
}
