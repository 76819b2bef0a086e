/**
 * The numeric limits of the protocol, and the proof that scenario sums are exact.
 *
 * These constants are compatibility promises: a node with another value decides other blocks.
 *
 * ## Why a sum of integer-valued doubles is exact, in any order
 *
 * A scenario profit is `P[s] = Σ_i lots[i] · R[i][s]`, with integer `lots[i]` and integer `R[i][s]` held in doubles.
 * Write `B = Σ_i |lots[i]| · max_s |R[i][s]|`, and suppose `B ≤ 2^53`.
 *
 * 1. IEEE 754 returns the double nearest to the true product or sum, and every integer of magnitude up to 2^53 is a
 *    double. So an operation on integers whose true result is at most 2^53 in magnitude returns that true result.
 * 2. Each product has `|lots[i] · R[i][s]| ≤ B`, so by 1 it is exact.
 * 3. Any order, any grouping into lanes, threads or tree reductions, forms only sums over subsets of the products. The
 *    true sum over a subset is at most the sum of magnitudes over that subset, hence at most `B`, so by 1 and by
 *    induction over the additions each partial sum is exact.
 * 4. All orders return the true sum, so all orders return the same double. A fused multiply-add would too, because its
 *    single rounding is exact for the same reason. Only the sign of a zero sum may depend on the order (`-0 + -0` is `-0`):
 *    compare sums with `===`, or add `0` before hashing their bits.
 *
 * ## Why the bound itself may be computed in doubles
 *
 * `scenarioSumBound` adds and multiplies non-negative doubles. While the true partial results are at most 2^53 they
 * are exact by 1. If a true partial result exceeds 2^53, its rounded value is at least 2^53, because rounding to
 * nearest is monotone and 2^53 is a double; later additions of non-negative terms keep it there. So comparing the computed
 * bound with a threshold below 2^53 gives the same answer as comparing the true bound.
 *
 * ## What the margins between the thresholds are for
 *
 * Admission stops at 2^49, the double path at 2^52. Prices may therefore move risk arrays by a factor of eight before
 * an account that was admitted leaves the fast path; past it, the same integers come from bigint arithmetic. The last
 * factor of two, from 2^52 to 2^53, leaves room to add or subtract two bounded sums (a scenario's profit and a running
 * minimum, a group and its offset) without leaving the exact range. The bound is necessary: `2^53 + 1` is not a double, and the
 * test beside this file shows two orders that disagree just past it.
 */

import { assert } from './assert.ts';

/** Largest |amount| of an asset in ledger units, 2^62 − 1: two of them still add inside a signed 64-bit column. */
export const AMOUNT_MAX: bigint = 2n ** 62n - 1n;

/** Largest number of shares of a pool or tranche, 2^62 − 1. */
export const SHARES_MAX: bigint = 2n ** 62n - 1n;

/** Largest price, in 1e-9 USD per feed unit: 2^62 − 1, about 4.6 billion dollars. */
export const PRICE_MAX: bigint = 2n ** 62n - 1n;

/** Largest index, in 1e-27: 2^126 − 1, about 8.5e10 times par. */
export const RAY_MAX: bigint = 2n ** 126n - 1n;

/**
 * Largest |ticks| of any figure in the core. `POSITIONS_MAX · LOTS_MAX · TICKS_PER_LOT_MAX = 2^7 · 2^40 · 2^52 = 2^99`, and a
 * weight in parts per million multiplies that by less than 2^21 before it is divided out; 2^120 bounds both.
 */
export const TICKS_MAX: bigint = 2n ** 120n;

/** Largest magnitude that decimal text may stand for, in units of its last decimal. */
export const DECIMAL_MAX: bigint = 2n ** 127n - 1n;

/** Largest |lots| of one position, about 1.1e12. Sums of a whole market of 2^12 such positions stay exact in doubles. */
export const LOTS_MAX: number = 1_099_511_627_776; // 2^40

/** Largest |entry| of a risk array, in ticks per lot. An instrument priced beyond it takes no new positions. */
export const TICKS_PER_LOT_MAX: number = 4_503_599_627_370_496; // 2^52

/** Most positions in one account. */
export const POSITIONS_MAX: number = 128;

/** Most scenarios in one profile, all sets together. */
export const SCENARIOS_MAX: number = 4096;

/** Largest identifier: identifiers sit in signed 32-bit columns. */
export const ID_MAX: number = 0x7fff_ffff;

/** Largest time, in milliseconds since 1970: the last instant that ECMAScript can name. */
export const TIME_MS_MAX: number = 8.64e15;

/** A command that adds risk is refused when the account's scenario bound would exceed this, in ticks. */
export const SCENARIO_SUM_ADMISSION: number = 562_949_953_421_312; // 2^49

/** Accounts up to this bound are computed in doubles, beyond it in bigint with the same integers as result; in ticks. */
export const SCENARIO_SUM_FAST: number = 4_503_599_627_370_496; // 2^52

/**
 * `Σ_i |lots[i]| · riskMax[i]` over the first `count` positions, in ticks: the bound of the proof above. Lots and
 * risk maxima must be safe integers (asserted). Compare the result only with thresholds below 2^53.
 */
export function scenarioSumBound(lots: ArrayLike<number>, riskMax: ArrayLike<number>, count: number): number {
  let bound = 0;
  for (let index = 0; index < count; index += 1) {
    const held = lots[index];
    const risk = riskMax[index];
    assert(Number.isSafeInteger(held) && Number.isSafeInteger(risk), 'Scenario sums are made of safe integers.');
    bound += Math.abs((held as number) * (risk as number));
  }
  return bound;
}

/** True when risk may be added up to this bound. */
export function isScenarioSumAdmissible(bound: number): boolean {
  return bound <= SCENARIO_SUM_ADMISSION;
}

/** True when doubles are exact for this bound with room for one further addition. */
export function isScenarioSumFast(bound: number): boolean {
  return bound <= SCENARIO_SUM_FAST;
}
