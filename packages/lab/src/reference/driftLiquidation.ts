/**
 * Reference model of Drift's shortage-based partial liquidation (cookbook B9; vectors V53, V54).
 *
 * Formulas: drift-labs/protocol-v2 `programs/drift/src/math/liquidation.rs:32-120,368-460,535`, re-implemented with the source's
 * integer scales, because the published answers contain its truncations: prices, quote and fees count 1e-6, base counts
 * 1e-9, margin ratios and weights count 1e-4. Every division drops the fraction (all operands are non-negative).
 *
 * A transfer that cannot help (the fee eats what the smaller position frees) is `undefined`; the source answers with the
 * largest integer and caps it at the position.
 */
import { divideTowardZero, minimum } from './fixedPoint.ts';

const PRICE_SCALE = 1_000_000n;
const FEE_SCALE = 1_000_000n;
const WEIGHT_SCALE = 10_000n;
/** Margin ratios count 1e-4, fees 1e-6. */
const RATIO_TO_FEE_SCALE = 100n;
/** (price · base) / this = quote: 1e6 · 1e9 / 1e6. */
const PRICE_BASE_PER_QUOTE = 1_000_000_000n;
/** Weights carry one more digit inside the liability formula. */
const WEIGHT_PRECISION_BOOST = 10n;

/**
 * Base (1e-9) to close so that the margin freed covers the shortage:
 * shortage / (px·quotePx·(mr − liquidationFee) − px·quotePx·insuranceFee).
 */
export function driftBaseToCoverShortage(inputs: {
  /** Missing margin, 1e-6 quote. */
  readonly shortage: bigint;
  /** Maintenance ratio of the position, 1e-4. */
  readonly marginRatio: bigint;
  /** Paid to the liquidator, 1e-6 of one. */
  readonly liquidationFee: bigint;
  /** Paid to the insurance fund, 1e-6 of one. */
  readonly insuranceFee: bigint;
  readonly oraclePrice: bigint;
  /** USD price of the quote asset, 1e-6: a de-pegged quote changes how much must be closed. */
  readonly quotePrice: bigint;
}): bigint | undefined {
  const ratio = inputs.marginRatio * RATIO_TO_FEE_SCALE;
  if (inputs.oraclePrice === 0n || ratio <= inputs.liquidationFee) return undefined;
  const price = divideTowardZero(inputs.oraclePrice * inputs.quotePrice, PRICE_SCALE);
  const freedPerBase = divideTowardZero(price * (ratio - inputs.liquidationFee), FEE_SCALE);
  const insurancePerBase = divideTowardZero(price * inputs.insuranceFee, FEE_SCALE);
  if (freedPerBase <= insurancePerBase) return undefined;
  return divideTowardZero(inputs.shortage * PRICE_BASE_PER_QUOTE, freedPerBase - insurancePerBase);
}

/**
 * Liability (10^-decimals tokens) to hand to a liquidator so that the shortage is covered:
 * shortage / (px·(lw·(1 − insuranceFee) − aw·am/lm)).
 */
export function driftLiabilityToCoverShortage(inputs: {
  readonly shortage: bigint;
  /** Weight of the asset given in exchange, 1e-4. */
  readonly assetWeight: bigint;
  /** Premium at which the asset leaves, 1e-6 of one (1_100_000 = 10 %). */
  readonly assetMultiplier: bigint;
  /** Weight of the liability, 1e-4. */
  readonly liabilityWeight: bigint;
  /** Discount at which the liability leaves, 1e-6 of one (900_000 = 10 %). */
  readonly liabilityMultiplier: bigint;
  /** At least 6. */
  readonly liabilityDecimals: number;
  readonly liabilityPrice: bigint;
  readonly insuranceFee: bigint;
}): bigint | undefined {
  const scale = 10n ** BigInt(inputs.liabilityDecimals - 6);
  const price = inputs.liabilityPrice;
  const liabilityWeight = inputs.liabilityWeight * WEIGHT_PRECISION_BOOST;
  const assetWeight = divideTowardZero(
    inputs.assetWeight * WEIGHT_PRECISION_BOOST * inputs.assetMultiplier,
    inputs.liabilityMultiplier,
  );
  const insurance = divideTowardZero(price * inputs.insuranceFee, FEE_SCALE) * liabilityWeight;
  const freed = price * (liabilityWeight - assetWeight) - insurance;
  if (freed <= 0n) return undefined;
  return divideTowardZero(inputs.shortage * scale * PRICE_SCALE * WEIGHT_SCALE * WEIGHT_PRECISION_BOOST, freed);
}

/**
 * Largest margin that may be freed now, 1e-6 quote: (shortage + freed)·pct − freed with
 * pct = min(1, elapsed/duration + initial); the whole shortage when it is under `smallShortage` (source: 50 USD).
 */
export function driftMarginFreeableNow(inputs: {
  readonly shortage: bigint;
  /** Freed since this liquidation began, 1e-6 quote. */
  readonly alreadyFreed: bigint;
  readonly elapsedSlots: bigint;
  readonly durationSlots: bigint;
  /** Share that may be freed at once, 1e-6 of one. */
  readonly initialShare: bigint;
  readonly smallShortage: bigint;
}): bigint {
  if (inputs.shortage < inputs.smallShortage) return inputs.shortage;
  const grown = divideTowardZero(inputs.elapsedSlots * FEE_SCALE, inputs.durationSlots) + inputs.initialShare;
  const total = inputs.shortage + inputs.alreadyFreed;
  const allowed = divideTowardZero(total * minimum(grown, FEE_SCALE), FEE_SCALE) - inputs.alreadyFreed;
  return allowed > 0n ? allowed : 0n;
}

/** Liquidator's fee, 1e-6 of one: base, then one part in a million per slot after the grace, up to the maximum. */
export function driftLiquidationFee(inputs: {
  readonly baseFee: bigint;
  readonly maximumFee: bigint;
  readonly elapsedSlots: bigint;
  readonly graceSlots: bigint;
}): bigint {
  const late = inputs.elapsedSlots - inputs.graceSlots;
  return late <= 0n ? inputs.baseFee : minimum(inputs.maximumFee, inputs.baseFee + late);
}

/**
 * Insurance fee, 1e-6 of one: min(maximum, 95 % of (mr − liquidationFee − shortage/notional)), never below zero: the account
 * pays insurance only out of margin that closing really frees.
 */
export function driftInsuranceFee(inputs: {
  readonly maximumFee: bigint;
  /** 1e-4. */
  readonly marginRatio: bigint;
  readonly liquidationFee: bigint;
  readonly shortage: bigint;
  /** 1e-6 quote. */
  readonly notional: bigint;
}): bigint {
  const shortageShare = divideTowardZero(inputs.shortage * FEE_SCALE, inputs.notional);
  const room = inputs.marginRatio * RATIO_TO_FEE_SCALE - inputs.liquidationFee - shortageShare;
  return room <= 0n ? 0n : minimum(inputs.maximumFee, divideTowardZero(room * 95n, 100n));
}
