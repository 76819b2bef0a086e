/**
 * Reference model of Derive's two-phase portfolio Dutch auction (cookbook B10; vectors V34-V36, V38-V40, V42).
 *
 * Formulas: derivexyz/v2-core `src/liquidation/DutchAuction.sol:148-735`, re-implemented. All amounts are wads (1e-18) of
 * the settlement unit, fractions and discounts are wads of one, times are seconds. Profit is positive. Rounding is toward
 * zero everywhere, as the source's fixed point does.
 *
 * Plimsoll differs on purpose: see docs/reference-models.md.
 */
import { absolute, divideTowardZero, divideWad, minimum, multiplyWad, WAD } from './fixedPoint.ts';

/** The falling price of a solvent auction, as a fraction of mark-to-market: `start` → `cutoff` → 0. */
export type DeriveAuctionSchedule = {
  /** Discount factor at the start, wads of one (mainnet .95). */
  readonly startDiscount: bigint;
  /** Discount factor where the fast phase ends, wads of one (mainnet .70). */
  readonly cutoffDiscount: bigint;
  readonly fastSeconds: bigint;
  readonly slowSeconds: bigint;
};

/** What the auction sees of an account. `reserved` is the cash earlier bidders paid in, which later bidders do not receive. */
export type DeriveAuctionAccount = {
  readonly markToMarket: bigint;
  readonly maintenance: bigint;
  readonly reserved: bigint;
};

/**
 * d(t), wads of one: linear from start to cutoff over the fast phase, then linear from cutoff to zero over the slow phase,
 * zero afterwards.
 */
export function deriveAuctionDiscount(schedule: DeriveAuctionSchedule, elapsedSeconds: bigint): bigint {
  const { startDiscount, cutoffDiscount, fastSeconds, slowSeconds } = schedule;
  if (elapsedSeconds <= fastSeconds) {
    const fall = divideTowardZero((startDiscount - cutoffDiscount) * elapsedSeconds, fastSeconds);
    return startDiscount - fall;
  }
  const slowElapsed = elapsedSeconds - fastSeconds;
  if (slowElapsed >= slowSeconds) return 0n;
  return divideTowardZero(cutoffDiscount * (slowSeconds - slowElapsed), slowSeconds);
}

/** BM = MM + (MM − MtM) · buffer: maintenance margin with the buffer that a liquidation aims to restore. Signed. */
export function deriveBufferMargin(account: Pick<DeriveAuctionAccount, 'markToMarket' | 'maintenance'>, buffer: bigint): bigint {
  return account.maintenance + multiplyWad(account.maintenance - account.markToMarket, buffer);
}

/** Price of the whole account at discount d: (MtM − R) · d. */
export function deriveBidPrice(account: DeriveAuctionAccount, discount: bigint): bigint {
  return multiplyWad(account.markToMarket - account.reserved, discount);
}

/**
 * fMax = BM / (BM − MtM·d − R·(1−d)): the largest fraction of the *current* account that may be bought, wads of one.
 *
 * It is the f that brings BM to zero: BM·(1−f) + f·(MtM·d + R·(1−d)) = 0, because a bidder takes f of everything but the
 * reserved cash and pays f·(MtM − R)·d. BM above zero counts as zero (nothing may be bought). Below the cutoff price
 * (`isBelowCutoff`) the whole account may be bought.
 */
export function deriveMaxFraction(inputs: {
  readonly account: DeriveAuctionAccount;
  readonly buffer: bigint;
  readonly discount: bigint;
  readonly isBelowCutoff?: boolean;
}): bigint {
  if (inputs.isBelowCutoff === true) return WAD;
  const { account, discount } = inputs;
  const bufferMargin = minimum(deriveBufferMargin(account, inputs.buffer), 0n);
  if (bufferMargin === 0n) return 0n;
  const proceeds = multiplyWad(account.markToMarket, discount) + multiplyWad(account.reserved, WAD - discount);
  return divideWad(bufferMargin, bufferMargin - proceeds);
}

/**
 * Fee taken when a solvent auction starts: fMax(d = 1, R = 0) · |MtM| · rate, from cash to the security module.
 * Both MtM and MM fall by it.
 */
export function deriveLiquidationFee(inputs: {
  readonly account: Pick<DeriveAuctionAccount, 'markToMarket' | 'maintenance'>;
  readonly buffer: bigint;
  readonly feeRate: bigint;
}): bigint {
  const account = { ...inputs.account, reserved: 0n };
  const fraction = deriveMaxFraction({ account, buffer: inputs.buffer, discount: WAD });
  return multiplyWad(multiplyWad(fraction, absolute(account.markToMarket)), inputs.feeRate);
}

/** The account after the fee left it. */
export function deriveChargeFee(account: DeriveAuctionAccount, fee: bigint): DeriveAuctionAccount {
  return { ...account, markToMarket: account.markToMarket - fee, maintenance: account.maintenance - fee };
}

/**
 * A solvent bid for a fraction of the current account. The bidder pays fraction · price; the payment joins the reserved
 * cash. MtM′ = (MtM − R)(1 − f) + R + paid, and the same for MM.
 */
export function deriveApplySolventBid(inputs: {
  readonly account: DeriveAuctionAccount;
  readonly discount: bigint;
  readonly fraction: bigint;
}): { readonly paid: bigint; readonly account: DeriveAuctionAccount } {
  const { account, discount, fraction } = inputs;
  const paid = multiplyWad(fraction, deriveBidPrice(account, discount));
  const keep = WAD - fraction;
  const reserved = account.reserved;
  return {
    paid,
    account: {
      markToMarket: multiplyWad(account.markToMarket - reserved, keep) + reserved + paid,
      maintenance: multiplyWad(account.maintenance - reserved, keep) + reserved + paid,
      reserved: reserved + paid,
    },
  };
}

/** Cash a bidder must hold to be allowed to bid: the payment plus |BM − R| · f. */
export function deriveBidderCashRequired(inputs: {
  readonly account: DeriveAuctionAccount;
  readonly buffer: bigint;
  readonly discount: bigint;
  readonly fraction: bigint;
}): bigint {
  const paid = multiplyWad(inputs.fraction, deriveBidPrice(inputs.account, inputs.discount));
  const shortage = absolute(deriveBufferMargin(inputs.account, inputs.buffer) - inputs.account.reserved);
  return paid + multiplyWad(shortage, inputs.fraction);
}

/**
 * Value of the whole account in an insolvent auction (≤ 0: what a taker must be paid): min(MtM, 0) falling linearly to MM
 * over `lengthSeconds`.
 */
export function deriveInsolventValue(inputs: {
  readonly account: Pick<DeriveAuctionAccount, 'markToMarket' | 'maintenance'>;
  readonly elapsedSeconds: bigint;
  readonly lengthSeconds: bigint;
}): bigint {
  const start = minimum(inputs.account.markToMarket, 0n);
  const elapsed = minimum(inputs.elapsedSeconds, inputs.lengthSeconds);
  return start + divideTowardZero((inputs.account.maintenance - start) * elapsed, inputs.lengthSeconds);
}

/**
 * What the taker of `fraction` of an insolvent account receives: −value · fraction, from the security module as far as it
 * reaches (`securityModuleCash`), the rest printed as cash and socialised over every cash holder.
 */
export function deriveInsolventPayout(inputs: {
  readonly value: bigint;
  readonly fraction: bigint;
  readonly securityModuleCash: bigint;
}): { readonly payout: bigint; readonly fromSecurityModule: bigint; readonly socialised: bigint } {
  const payout = multiplyWad(-inputs.value, inputs.fraction);
  const fromSecurityModule = minimum(payout, inputs.securityModuleCash);
  return { payout, fromSecurityModule, socialised: payout - fromSecurityModule };
}
