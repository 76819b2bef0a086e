/**
 * From measurements to a haircut schedule, a cap and a score, with every step on the way in the result. Deterministic; integers out.
 */

import type { AssetRiskParameters, HaircutBand } from '../../assets/parameters.ts';
import {
  type Amount,
  type AssetId,
  amount,
  type DurationMs,
  PPM_ONE,
  type Ppm,
  type Price,
  ppm,
  type Ticks,
  ticks,
} from '../../numeric/brand.ts';
import { applyPpmDown } from '../../numeric/ratio.ts';
import { isqrtDown, isqrtUp, mulDivDown, mulDivUp } from '../../numeric/rounding.ts';
import { averageImpactPpm, type DepthCurve, scaleDepth } from '../depthCurve.ts';
import { squareRootDepthCurve } from '../squareRootImpact.ts';
import { collateralCapValue } from './collateralCap.ts';
import { amountWorth, averageHaircutPpm, coarseCurve, haircutBands } from './haircutSchedule.ts';
import { type JumpHistory, jumpHistory } from './jumps.ts';
import { scaledToPrice } from './measuredDepth.ts';
import type { QualityPolicy } from './policy.ts';
import { dailyTurnover, historySince, lastBar, type PriceHistory } from './priceHistory.ts';
import { type QualityScore, qualityScore } from './score.ts';
import { type HorizonVolatility, horizonVolatility } from './volatility.ts';
import { type BackedSide, type WrongWay, wrongWay } from './wrongWay.ts';

export interface QualityInput {
  /** Today's price and the ledger units it is for. */
  readonly price: Price;
  readonly feedUnit: Amount;
  readonly history: PriceHistory | null;
  /** Whether the history is the asset's own or that of the asset it redeems into. */
  readonly historyOf: 'self' | 'base';
  /** For how long the asset's own price is known; the rest of its history may be that of its base. */
  readonly ownHistoryMs: DurationMs;
  readonly depth: DepthEvidence;
  readonly backs: { readonly history: PriceHistory | null; readonly side: BackedSide } | null;
  readonly policy: QualityPolicy;
}

export type DepthEvidence =
  /** A curve of this very asset, and the price at which it was measured. */
  | { readonly kind: 'measured'; readonly curve: DepthCurve; readonly priceThen: Price }
  /** Nothing measured; depth is estimated from the turnover of the asset's own history. */
  | { readonly kind: 'turnover' }
  | { readonly kind: 'none' };

/** What the data could not give. The result is charged for each. */
export type MissingEvidence =
  | 'ownPriceHistory'
  | 'anyPriceHistory'
  | 'measuredDepth'
  | 'anyDepth'
  | 'backedPriceHistory'
  | 'historyLength';

export interface CollateralQuality {
  readonly volatility: HorizonVolatility | null;
  readonly jumps: JumpHistory | null;
  readonly wrongWay: WrongWay | null;
  readonly move: MarketMove;
  readonly depth: StressedDepth;
  readonly penaltyPpm: Ppm;
  /** Haircuts of an asset outside the scenarios, and of one inside, where the scenarios charge the move of the market. */
  readonly outside: readonly HaircutBand[];
  readonly inside: readonly HaircutBand[];
  readonly initialExtraHaircutPpm: Ppm;
  readonly cap: CollateralCap;
  readonly score: QualityScore;
  readonly missing: readonly MissingEvidence[];
}

export interface MarketMove {
  /** z · σ over the horizon. */
  readonly volatilityPpm: Ppm;
  readonly jumpPpm: Ppm;
  /** min(1, factor · max of the two); one without a history. */
  readonly countedPpm: Ppm;
}

export interface StressedDepth {
  readonly kind: DepthEvidence['kind'];
  /** Kept for the price (measured curves only) and for the stress. */
  readonly priceKeptPpm: Ppm;
  readonly stressKeptPpm: Ppm;
  /** Turnover a day and volatility of a day behind an estimate; null for a measured curve. */
  readonly dailyTurnover: Ticks | null;
  readonly dailyVolatilityPpm: Ppm | null;
  /** What is sold into, in the bands of the schedule. */
  readonly curve: DepthCurve;
}

export interface CollateralCap {
  /** Ledger units over all accounts. */
  readonly amount: Amount;
  readonly value: Ticks;
  /** Average impact of selling all of it at once, and the fall that all credit survives on top. */
  readonly impactPpm: Ppm;
  readonly fallPpm: Ppm;
}

const ONE: bigint = BigInt(PPM_ONE);
const DAY_MS: bigint = 86_400_000n;
const ESTIMATE_STEPS: number = 200;

/** Judges one collateral asset. */
export function assessCollateral(input: QualityInput): CollateralQuality {
  const { policy } = input;
  const history = input.history ?? [];
  const horizonMs = policy.liquidationHorizonMs;
  const volatility = horizonVolatility(history, { horizonMs, recentMs: policy.recentMs });
  const jumps = jumpHistory(history, { horizonMs, tailSharePpm: policy.tailSharePpm });
  const judged = judgeBacking(input, history);
  const factorPpm = judged?.factorPpm ?? PPM_ONE;
  const move = marketMove({ volatility, jumps, factorPpm, multiplePpm: policy.volatilityMultiplePpm });
  const depth = stressedDepth(input, volatility);
  const penaltyPpm = penaltyOf(input);
  const schedule = { curve: depth.curve, penaltyPpm, price: input.price, feedUnit: input.feedUnit };
  const outside = haircutBands({ ...schedule, movePpm: move.countedPpm });
  const initialExtraHaircutPpm = scaledUp(volatility?.countedPpm ?? PPM_ONE, factorPpm);
  return {
    volatility,
    jumps,
    wrongWay: judged,
    move,
    depth,
    penaltyPpm,
    outside,
    inside: haircutBands({ ...schedule, movePpm: ppm(0) }),
    initialExtraHaircutPpm,
    cap: capOf({ input, depth, outside, volatility }),
    score: scoreOf({ input, move, outside, judged, depth }),
    missing: missingOf(input, judged),
  };
}

function judgeBacking({ backs, policy }: QualityInput, collateral: PriceHistory): WrongWay | null {
  if (backs === null) return null;
  const { recentMs, commonBarsMin } = policy;
  return wrongWay({ collateral, backed: backs.history ?? [], side: backs.side, recentMs, commonBarsMin });
}

/** The larger of z·σ and the jump part, times the wrong-way factor. Without a history the whole value may go. */
function marketMove(from: {
  readonly volatility: HorizonVolatility | null;
  readonly jumps: JumpHistory | null;
  readonly factorPpm: Ppm;
  readonly multiplePpm: Ppm;
}): MarketMove {
  if (from.volatility === null || from.jumps === null) {
    return { volatilityPpm: PPM_ONE, jumpPpm: PPM_ONE, countedPpm: PPM_ONE };
  }
  const volatilityPpm = scaledUp(from.volatility.countedPpm, from.multiplePpm);
  const jumpPpm = from.jumps.shortfallPpm;
  const larger = jumpPpm > volatilityPpm ? jumpPpm : volatilityPpm;
  return { volatilityPpm, jumpPpm, countedPpm: scaledUp(larger, from.factorPpm) };
}

/** figure · factor, rounded up, at most one. */
function scaledUp(figurePpm: Ppm, factorPpm: Ppm): Ppm {
  const scaled = mulDivUp(BigInt(figurePpm), BigInt(factorPpm), ONE);
  return ppm(Number(scaled < ONE ? scaled : ONE));
}

function stressedDepth(input: QualityInput, volatility: HorizonVolatility | null): StressedDepth {
  const { policy, depth } = input;
  const grid = policy.bandImpactsPpm;
  const kept = { priceKeptPpm: PPM_ONE, stressKeptPpm: policy.stressedDepthPpm };
  const stressed = (curve: DepthCurve): DepthCurve => coarseCurve(scaleDepth(curve, policy.stressedDepthPpm), grid);
  const none: StressedDepth = { kind: 'none', ...kept, dailyTurnover: null, dailyVolatilityPpm: null, curve: NOTHING_SELLS };
  if (depth.kind === 'none') return none;
  if (depth.kind === 'measured') {
    const scaled = scaledToPrice(depth.curve, { measured: depth.priceThen, today: input.price });
    return { ...none, kind: 'measured', priceKeptPpm: scaled.keptPpm, curve: stressed(scaled.curve) };
  }
  const turnover = countedTurnover(input);
  const dailyVolatilityPpm = volatility === null ? null : scaledToDay(volatility.countedPpm, input);
  if (turnover === null || turnover === 0n || dailyVolatilityPpm === null || dailyVolatilityPpm === 0) return none;
  const coefficientPpm = ppm(Number(mulDivUp(BigInt(dailyVolatilityPpm), BigInt(policy.impactCoefficientPpm), ONE)));
  // Impact at the largest believed share: coefficient · √share, rounded down.
  const believed = mulDivDown(BigInt(coefficientPpm) * BigInt(coefficientPpm), BigInt(policy.turnoverBelievedPpm), ONE);
  const maxImpactPpm = ppm(Number(isqrtDown(believed)));
  if (maxImpactPpm === 0) return none;
  const curve = squareRootDepthCurve({ coefficientPpm, depth: turnover, maxImpactPpm, steps: ESTIMATE_STEPS });
  return { ...none, kind: 'turnover', dailyTurnover: turnover, dailyVolatilityPpm, curve: stressed(curve) };
}

const NOTHING_SELLS: DepthCurve = { bands: [{ upTo: null, impactPpm: PPM_ONE }] };

/** The smaller of the turnover a day over the whole history and over its recent part: only the asset's own counts. */
function countedTurnover({ history, historyOf, policy }: QualityInput): Ticks | null {
  const last = history === null ? null : lastBar(history);
  if (history === null || last === null || historyOf !== 'self') return null;
  const whole = dailyTurnover(history);
  const recent = dailyTurnover(historySince(history, last.openMs - policy.recentMs));
  if (whole === null || recent === null) return null;
  return whole < recent ? whole : recent;
}

/** σ of a day from σ of the horizon by the square root of time, rounded up. */
function scaledToDay(horizonPpm: Ppm, { policy }: QualityInput): Ppm {
  const variance = BigInt(horizonPpm) * BigInt(horizonPpm);
  return ppm(Number(isqrtUp(mulDivUp(variance, DAY_MS, BigInt(policy.liquidationHorizonMs)))));
}

/** What is charged for depth that is not measured and for the part of the wanted history that is not the asset's own, rounded up. */
function penaltyOf(input: QualityInput): Ppm {
  const { depth, policy } = input;
  const forDepth = depth.kind === 'measured' ? 0 : policy.unmeasuredDepthPenaltyPpm;
  const absent = ppm(PPM_ONE - ownHistoryShare(input));
  return ppm(forDepth + scaledUp(policy.missingHistoryPenaltyPpm, absent));
}

/** Share of the wanted history that is the asset's own, at most one, rounded down. */
function ownHistoryShare({ history, ownHistoryMs, policy }: QualityInput): Ppm {
  if (history === null) return ppm(0);
  const share = mulDivDown(ONE, BigInt(ownHistoryMs), BigInt(policy.historyWantedMs));
  return ppm(Number(share < ONE ? share : ONE));
}

function capOf(from: {
  readonly input: QualityInput;
  readonly depth: StressedDepth;
  readonly outside: readonly HaircutBand[];
  readonly volatility: HorizonVolatility | null;
}): CollateralCap {
  const { input, depth } = from;
  const { policy } = input;
  const fallPpm = scaledUp(from.volatility?.countedPpm ?? PPM_ONE, policy.capFallMultiplePpm);
  const value = collateralCapValue({
    curve: depth.curve,
    firstHaircutPpm: from.outside[0]?.haircutPpm ?? PPM_ONE,
    fallPpm,
    impactPpm: policy.capImpactPpm,
    most: depth.dailyTurnover === null ? null : applyPpmDown(depth.dailyTurnover, policy.capTurnoverSharePpm),
  });
  return {
    value,
    amount: amount(amountWorth(value, input)),
    impactPpm: averageImpactPpm(depth.curve, { value, consumed: ticks(0n) }),
    fallPpm,
  };
}

function scoreOf(from: {
  readonly input: QualityInput;
  readonly move: MarketMove;
  readonly outside: readonly HaircutBand[];
  readonly judged: WrongWay | null;
  readonly depth: StressedDepth;
}): QualityScore {
  const { input, move, judged, depth } = from;
  const { score } = input.policy;
  const scored = qualityScore({
    volatility: { ppm: move.volatilityPpm, zeroPpm: score.volatilityZeroPpm },
    jump: { ppm: move.jumpPpm, zeroPpm: score.jumpZeroPpm },
    impact: {
      ppm: averageImpactPpm(depth.curve, { value: score.referenceSale, consumed: ticks(0n) }),
      zeroPpm: score.impactZeroPpm,
    },
    wrongWayPpm: judged === null ? null : judged.countedPpm,
    evidence: {
      isDepthMeasured: depth.kind === 'measured',
      isHistoryOwn: input.history !== null && input.historyOf === 'self',
      historyPpm: ownHistoryShare(input),
    },
  });
  // What counts for nothing has no quality, however calm or deep it looks.
  return from.outside[0]?.haircutPpm === PPM_ONE ? { ...scored, total: 0 } : scored;
}

function missingOf(input: QualityInput, judged: WrongWay | null): readonly MissingEvidence[] {
  const { history, historyOf, depth, policy } = input;
  const isShort = history !== null && historyOf === 'self' && input.ownHistoryMs < policy.historyWantedMs;
  return [
    ...(history === null ? (['anyPriceHistory'] as const) : []),
    ...(history !== null && historyOf === 'base' ? (['ownPriceHistory'] as const) : []),
    ...(isShort ? (['historyLength'] as const) : []),
    ...(depth.kind === 'measured' ? [] : (['measuredDepth'] as const)),
    ...(depth.kind === 'none' ? (['anyDepth'] as const) : []),
    ...(judged !== null && !judged.isMeasured ? (['backedPriceHistory'] as const) : []),
  ];
}

/**
 * Parameters of an overcollateralized account, which knows one figure for every size: that of the cap. Rounded down; the liquidation
 * fee of the market comes off both.
 */
export function staticLending(quality: CollateralQuality): {
  readonly liquidationThresholdPpm: Ppm;
  readonly loanToValuePpm: Ppm;
} {
  const threshold = PPM_ONE - averageHaircutPpm(quality.outside, quality.cap.amount);
  return {
    liquidationThresholdPpm: ppm(threshold),
    loanToValuePpm: ppm(Math.max(0, threshold - quality.initialExtraHaircutPpm)),
  };
}

/**
 * The judgement as the risk parameters of a listed asset: everything that a parameter bundle sets. Whether the asset is `outside` or
 * `inside` the scenarios is fixed at listing and decides which haircuts apply.
 */
export function riskParametersOf(
  quality: CollateralQuality,
  listing: { readonly asset: AssetId; readonly place: 'outside' | 'inside'; readonly canBorrow: boolean },
): AssetRiskParameters {
  return {
    asset: listing.asset,
    haircuts: quality[listing.place],
    initialExtraHaircutPpm: quality.initialExtraHaircutPpm,
    ...staticLending(quality),
    collateralCap: quality.cap.amount,
    canBorrow: listing.canBorrow,
  };
}
