/**
 * Who bears the deficit of an insolvent portfolio. The layers pay in a fixed order, each until its capacity is zero, and
 * a layer is not touched before the one above it is exhausted. What nobody can bear becomes a claim on later recoveries, so the
 * steps always sum to the deficit. The engine books layer by layer as it meets them; what it booked is checked here.
 */

import { add, compareNumber, max, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type Ticks, type TrancheId, ZERO_TICKS } from '../numeric/brand.ts';

export type WaterfallLayer = 'insurance' | 'backstop' | 'deleveraging' | 'socialised' | 'recoveryClaim';
export const WATERFALL_LAYERS: readonly WaterfallLayer[] = [
  'insurance',
  'backstop',
  'deleveraging',
  'socialised',
  'recoveryClaim',
];

/** One payment of the waterfall; the amount is positive. */
export type WaterfallStep =
  | { readonly layer: 'insurance'; readonly amount: Ticks }
  | { readonly layer: 'backstop'; readonly tranche: TrancheId; readonly amount: Ticks }
  | { readonly layer: 'deleveraging'; readonly amount: Ticks }
  | { readonly layer: 'socialised'; readonly amount: Ticks }
  | { readonly layer: 'recoveryClaim'; readonly amount: Ticks };

/** What a tranche may still lose under its caps. */
export interface TrancheCapacity {
  readonly tranche: TrancheId;
  /** Lower ranks lose first; the smaller id at the same rank. */
  readonly rank: number;
  readonly capacity: Ticks;
}

/** How much each layer can bear now; nothing is negative. The claim has no bound. */
export interface WaterfallCapacity {
  readonly insurance: Ticks;
  readonly tranches: readonly TrancheCapacity[];
  /** Deficit that closing against the other side at the bankruptcy price takes away. */
  readonly deleveraging: Ticks;
  /** Bound on what holders or suppliers share. */
  readonly socialised: Ticks;
}

/**
 * Asserts that the steps sum to the deficit, stay within the capacities, and touch no layer before all above it are exhausted.
 * It recounts from the steps alone, so that the engine can check what it booked.
 */
export function assertWaterfall(deficit: Ticks, capacity: WaterfallCapacity, steps: readonly WaterfallStep[]): void {
  let total = ZERO_TICKS;
  let exhausted = true;
  for (const { amount, room } of slots(capacity, steps)) {
    assert(room === null || amount <= room, 'No layer of the waterfall bears more than its capacity.');
    assert(exhausted || amount === 0n, 'A layer of the waterfall is untouched before the one above is exhausted.');
    exhausted = exhausted && room !== null && amount === room;
    total = add(total, amount);
  }
  assert(total === deficit, 'The waterfall allocates the whole deficit.');
}

/**
 * Deficit that no capacity stands behind: max(0, Σ max(0, −equity) − capacity). While it is positive the group is gated:
 * no withdrawals and no new risk.
 */
export function unbackedDeficit(group: { readonly negativeEquity: Ticks; readonly capacity: Ticks }): Ticks {
  return max(ZERO_TICKS, sub(group.negativeEquity, group.capacity));
}

interface Slot {
  readonly amount: Ticks;
  /** Null for the claim, which has no bound. */
  readonly room: Ticks | null;
}

/** One slot per layer and tranche in the order of the waterfall, with what was booked to it. */
function slots(capacity: WaterfallCapacity, steps: readonly WaterfallStep[]): readonly Slot[] {
  const booked = (matches: (step: WaterfallStep) => boolean): Ticks =>
    steps.filter(matches).reduce((total, step) => add(total, step.amount), ZERO_TICKS);
  const layer = (name: WaterfallLayer, room: Ticks | null): Slot => ({
    amount: booked((step) => step.layer === name),
    room,
  });
  return [
    layer('insurance', capacity.insurance),
    ...rankedTranches(capacity.tranches).map(({ tranche, capacity: room }) => ({
      amount: booked((step) => step.layer === 'backstop' && step.tranche === tranche),
      room,
    })),
    layer('deleveraging', capacity.deleveraging),
    layer('socialised', capacity.socialised),
    layer('recoveryClaim', null),
  ];
}

function rankedTranches(tranches: readonly TrancheCapacity[]): readonly TrancheCapacity[] {
  return [...tranches].sort((a, b) => compareNumber(a.rank, b.rank) || compareNumber(a.tranche, b.tranche));
}
