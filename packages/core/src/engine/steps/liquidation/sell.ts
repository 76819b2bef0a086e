import { fundOf } from '../../../ledger/ledger.ts';
import type { Leg } from '../../../ledger/legs.ts';
import { liquidationFee, splitFee } from '../../../liquidation/fee.ts';
import { isSliceAcceptable, nextLargerFraction, type SliceFigures } from '../../../liquidation/slice.ts';
import type { MarginFigures } from '../../../margin/riskModel.ts';
import { add, max, min, neg } from '../../../numeric/arithmetic.ts';
import { type AccountId, PPM_ONE, type Ppm, ppm, type Ticks, ticks, ZERO_TICKS } from '../../../numeric/brand.ts';
import { mulDivDown, mulDivUp } from '../../../numeric/rounding.ts';
import { type BlockRun, emit } from '../../block.ts';
import { figuresOf } from '../../healthOf.ts';
import { groupIdOf } from '../../lookup.ts';
import { cashLeg, fundLeg } from '../../posting.ts';
import { sliceLegs, sliceToSell } from '../../sliceLegs.ts';
import { hasSlotsFor } from '../../slots.ts';
import type { Auction } from '../../state.ts';
import { backstopAccountOf } from '../../tranches.ts';
import type { EngineView } from '../../view.ts';
import { insuranceTargetOf, sliceNotional } from './feeBase.ts';

export interface Sale {
  readonly auction: Auction;
  readonly taker: AccountId;
  readonly layer: 'protection' | 'auction' | 'backstop' | 'inventory';
  /** Of what is left of the portfolio on sale. */
  readonly fractionPpm: Ppm;
  /** The most that may be sold to this taker when the fraction is too small to be acceptable. */
  readonly mostPpm: Ppm;
  /** For the whole of what is left: positive is paid by the taker, negative to him. */
  readonly price: Ticks;
  /** Mark value of the whole of what is left, in settlement ticks. */
  readonly value: Ticks;
}

/**
 * Sells a slice, or does nothing and says so. The fraction grows until the slice is acceptable for the account (H' ≥ H and,
 * while solvent, E'/R' ≥ E/R), and shrinks to the largest size that passes the taker's own check. Returns what was sold.
 */
export function sellSlice(run: BlockRun, sale: Sale): Ppm {
  const before = figuresOf(run.view, sale.auction.account, run.view.scanned);
  let fraction: Ppm | null = sale.fractionPpm;
  while (fraction !== null && fraction <= sale.mostPpm) {
    const plan = planSlice(run.view, sale, fraction, before);
    if (plan !== null && passesTaker(run.view, sale.taker, plan.legs)) return execute(run, sale, plan);
    if (plan !== null) return shrink(run, sale, fraction, before);
    fraction = fraction >= sale.mostPpm ? null : ppm(Math.min(nextLargerFraction(fraction) ?? PPM_ONE, sale.mostPpm));
  }
  return ppm(0);
}

interface SlicePlan {
  readonly fractionPpm: Ppm;
  readonly price: Ticks;
  readonly fee: Ticks;
  readonly insurancePaid: Ticks;
  readonly toRecovery: Ticks;
  readonly legs: readonly Leg[];
}

/** The largest fraction below `failed` that passes for both, by bisection; each probe is an exact check. */
function shrink(run: BlockRun, sale: Sale, failed: Ppm, before: MarginFigures): Ppm {
  let low = 0;
  let high: number = failed;
  let best: SlicePlan | null = null;
  while (high - low > 1) {
    const middle = Math.floor(low + (high - low) / 2);
    const plan = planSlice(run.view, sale, ppm(middle), before);
    if (plan !== null && passesTaker(run.view, sale.taker, plan.legs)) {
      best = plan;
      low = middle;
    } else if (plan === null && best === null) low = middle;
    else high = middle;
  }
  return best === null ? ppm(0) : execute(run, sale, best);
}

/** A slice of this size with its fee and its insurance payment; null when it is empty or would leave the account worse. */
function planSlice(view: EngineView, sale: Sale, fractionPpm: Ppm, figures: MarginFigures): SlicePlan | null {
  const { auction, taker } = sale;
  const price = mulDivUp(sale.price, BigInt(fractionPpm), BigInt(PPM_ONE));
  const group = groupIdOf(view.state, auction.account);
  const paidIn = max(price, ZERO_TICKS);
  const needed = max(neg(price), ZERO_TICKS);
  const insurancePaid = min(needed, ticks(fundOf(view.state.ledger, group, 'insurance')));
  const legs = sliceLegs(view, { account: auction.account, taker, fractionPpm, price: paidIn });
  if (legs === null) return null;
  legs.push(...cashLeg(taker, insurancePaid), ...fundLeg(group, 'insurance', -insurancePaid));
  const toRecovery = auction.wiped ? paidIn : ZERO_TICKS;
  legs.push(...cashLeg(auction.account, neg(toRecovery)), ...fundLeg(group, 'recovery', toRecovery));
  const before = sliceFiguresOf(figures);
  const after = sliceFiguresOf(figuresOf(view, auction.account, view.after, legs));
  const isSolvent = figures.equity >= ZERO_TICKS && !auction.wiped;
  if (!auction.wiped && !isSliceAcceptable(before, after)) return null;
  const fee =
    isSolvent && sale.layer !== 'protection' && sale.layer !== 'inventory'
      ? feeOf(view, sale, fractionPpm, { before, after })
      : ZERO_TICKS;
  if (fee > ZERO_TICKS) legs.push(...feeLegs(view, auction.account, fee));
  return { fractionPpm, price, fee, insurancePaid, toRecovery, legs };
}

function sliceFiguresOf(figures: MarginFigures): SliceFigures {
  return { equity: figures.equity, requirement: figures.maintenance, health: figures.healthMaintenance };
}

function feeOf(
  view: EngineView,
  sale: Sale,
  fractionPpm: Ppm,
  figures: { readonly before: SliceFigures; readonly after: SliceFigures },
): Ticks {
  const { notional, feePpm } = sliceNotional(view, sale.auction.account, sliceToSell(view, sale.auction.account, fractionPpm));
  return liquidationFee({ notional, feePpm, ...figures });
}

/** The fee goes to insurance until it holds its target, then to backstop and protocol by parameter. */
export function feeLegs(view: EngineView, account: AccountId, fee: Ticks): Leg[] {
  const { state } = view;
  const group = groupIdOf(state, account);
  const parameters = state.parameters.groups[group];
  if (parameters === undefined) return [];
  const split = splitFee({
    fee,
    split: {
      toInsurancePpm: parameters.feeToInsurancePpm,
      toBackstopPpm: parameters.feeToBackstopPpm,
      toProtocolPpm: parameters.feeToProtocolPpm,
    },
    insuranceBalance: ticks(fundOf(state.ledger, group, 'insurance')),
    insuranceTarget: insuranceTargetOf(view, group),
  });
  const tranche = backstopAccountOf(state, group);
  const toProtocol = tranche === null ? add(split.protocol, split.backstop) : split.protocol;
  return [
    ...cashLeg(account, neg(fee)),
    ...fundLeg(group, 'insurance', split.insurance),
    ...fundLeg(group, 'protocol', toProtocol),
    ...(tranche === null ? [] : cashLeg(tranche, split.backstop)),
  ];
}

/** A taker ends at or above initial margin, escrows of his other bids left aside: they are released as they clear. */
function passesTaker(view: EngineView, taker: AccountId, legs: readonly Leg[]): boolean {
  return hasSlotsFor(view.state, taker, legs) && figuresOf(view, taker, view.after, legs).healthInitial >= ZERO_TICKS;
}

function execute(run: BlockRun, sale: Sale, plan: SlicePlan): Ppm {
  const { auction, taker, layer } = sale;
  emit(run, {
    kind: 'sliceSold',
    account: auction.account,
    taker,
    layer,
    fractionPpm: plan.fractionPpm,
    price: plan.price,
    markValue: mulDivDown(sale.value, BigInt(plan.fractionPpm), BigInt(PPM_ONE)),
    fee: plan.fee,
    insurancePaid: plan.insurancePaid,
    toRecovery: plan.toRecovery,
    legs: plan.legs,
  });
  const kept = add(auction.reservedCash, ticks(max(plan.price, ZERO_TICKS) - plan.toRecovery - plan.fee));
  const current = run.view.state.auctions.get(auction.account);
  if (current !== undefined) {
    const reservedCash = max(ZERO_TICKS, add(current.reservedCash, ticks(kept - auction.reservedCash)));
    emit(run, { kind: 'auctionStaged', auction: { ...current, reservedCash } });
  }
  return plan.fractionPpm;
}
