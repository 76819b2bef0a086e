/**
 * Reference model of dYdX v4's bankruptcy price, fillable price and insurance-fund draw (cookbook B8; vector V50).
 *
 * Formulas: dydxprotocol/v4-chain `protocol/x/clob/keeper/liquidations.go:396-720`, re-implemented. Money is quote quantums (1e-6
 * USD), sizes are signed base quantums, all integers. Notation of the source: NNV net notional value, TNC total net
 * collateral, MMR maintenance requirement; a leading D is the change that the closing trade makes, P the position, T the
 * whole account.
 */
import { absolute, divideDown, divideUp, minimum } from './fixedPoint.ts';

const MILLION = 1_000_000n;

/** One perpetual position with the oracle price that values it. */
export type DydxPosition = {
  readonly perpetualId: number;
  /** Signed base quantums. */
  readonly size: bigint;
  /** Oracle price as an exact ratio: quote quantums per base quantum. BTC at 50,000 with 1e-8 quantums is 500 / 1. */
  readonly priceNumerator: bigint;
  readonly priceDenominator: bigint;
  readonly maintenanceMarginPpm: bigint;
};

export type DydxAccount = {
  /** Signed USDC balance, quote quantums. */
  readonly quoteBalance: bigint;
  readonly positions: readonly DydxPosition[];
};

/** The closing trade: `delta` base quantums, opposite in sign to the position and no larger than it. */
export type DydxClosingTrade = { readonly perpetualId: number; readonly delta: bigint };

/** Signed notional of a size of this perpetual at the oracle price, rounded down. */
export function dydxNetNotional(position: DydxPosition, size: bigint): bigint {
  return divideDown(size * position.priceNumerator, position.priceDenominator);
}

/** Maintenance requirement of a size of this perpetual, rounded up. */
export function dydxPositionMaintenance(position: DydxPosition, size: bigint): bigint {
  return divideUp(absolute(dydxNetNotional(position, size)) * position.maintenanceMarginPpm, MILLION);
}

/** TNC = USDC balance + Σ net notional. */
export function dydxTotalNetCollateral(account: DydxAccount): bigint {
  return account.positions.reduce((sum, each) => sum + dydxNetNotional(each, each.size), account.quoteBalance);
}

/** TMMR = Σ maintenance requirement. */
export function dydxTotalMaintenance(account: DydxAccount): bigint {
  return account.positions.reduce((sum, each) => sum + dydxPositionMaintenance(each, each.size), 0n);
}

/**
 * Quote quantums that the closing trade must bring (positive) or may cost (negative) for the account to stay exactly
 * proportionally solvent: −DNNV − TNC·|DMMR|/TMMR, rounded toward plus infinity, against the account.
 *
 * Throws `RangeError` where the source returns `ErrInvalidPerpetualPositionSizeDelta`.
 */
export function dydxBankruptcyQuote(account: DydxAccount, trade: DydxClosingTrade): bigint {
  const position = closedPosition(account, trade);
  const sizeAfter = position.size + trade.delta;
  const notionalChange = dydxNetNotional(position, sizeAfter) - dydxNetNotional(position, position.size);
  const maintenanceChange = dydxPositionMaintenance(position, sizeAfter) - dydxPositionMaintenance(position, position.size);
  const collateralShare = divideDown(
    dydxTotalNetCollateral(account) * absolute(maintenanceChange),
    dydxTotalMaintenance(account),
  );
  return -notionalChange - collateralShare;
}

/**
 * Price at which the protocol offers the position to the book, as an exact ratio of quote quantums per base quantum:
 * (PNNV − ABR·SMMR·PMMR) / PS with ABR = clamp(BA·(1 − TNC/TMMR), 0, 1).
 *
 * ABR rises from 0 at the maintenance line to 1 at zero equity, so the offer moves from the oracle price to a discount (a
 * premium for a short) of `spreadPpm` (SMMR, default 10 %) of the maintenance rate.
 */
export function dydxFillablePrice(inputs: {
  readonly account: DydxAccount;
  readonly perpetualId: number;
  /** BA, parts per million; the source's default is one. */
  readonly bankruptcyAdjustmentPpm: bigint;
  readonly spreadPpm: bigint;
}): { readonly numerator: bigint; readonly denominator: bigint } {
  const { account } = inputs;
  const position = findPosition(account, inputs.perpetualId);
  if (position === undefined) throw new RangeError('The account has no position in this perpetual.');
  const maintenance = dydxTotalMaintenance(account);
  const shortage = inputs.bankruptcyAdjustmentPpm * (maintenance - dydxTotalNetCollateral(account));
  const ratingScale = MILLION * maintenance;
  const rating = shortage < 0n ? 0n : minimum(shortage, ratingScale);
  const spread = rating * inputs.spreadPpm * dydxPositionMaintenance(position, position.size);
  const scale = ratingScale * MILLION;
  return {
    numerator: dydxNetNotional(position, position.size) * scale - spread,
    denominator: position.size * scale,
  };
}

/**
 * What the insurance fund receives (positive) or pays (negative) for a closing fill at `fillQuote` (signed quote quantums
 * received): fill − bankruptcy quote, a gain limited to `feePpm` of the fill (mainnet 0.5 %), rounded down.
 */
export function dydxInsuranceFundDelta(inputs: {
  readonly fillQuote: bigint;
  readonly bankruptcyQuote: bigint;
  readonly feePpm: bigint;
}): bigint {
  const delta = inputs.fillQuote - inputs.bankruptcyQuote;
  if (delta <= 0n) return delta;
  return minimum(delta, divideDown(absolute(inputs.fillQuote) * inputs.feePpm, MILLION));
}

function closedPosition(account: DydxAccount, trade: DydxClosingTrade): DydxPosition {
  const position = findPosition(account, trade.perpetualId);
  const isClosing =
    position !== undefined &&
    trade.delta !== 0n &&
    position.size > 0n !== trade.delta > 0n &&
    absolute(trade.delta) <= absolute(position.size);
  if (!isClosing) throw new RangeError(`A change of ${trade.delta} does not close perpetual ${trade.perpetualId}.`);
  return position;
}

function findPosition(account: DydxAccount, perpetualId: number): DydxPosition | undefined {
  return account.positions.find((each) => each.perpetualId === perpetualId);
}
