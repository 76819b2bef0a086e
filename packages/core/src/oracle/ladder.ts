/**
 * How good a feed's price is, best first. Only the first two are a price of this moment.
 * - valid: a quorum of fresh sources agrees, and its confidence is narrow enough.
 * - uncertain: a quorum of fresh sources agrees, but its confidence is wider than the feed's limit.
 * - stale: enough active sources have reported to make a quorum, but too many of their reports are old.
 * - disagreement: enough fresh sources, but no quorum of them lies close enough together.
 * - noQuorum: too few active sources have ever reported, or too little weight.
 * - never: no quorum has agreed on any price yet.
 */
export type Quality = 'valid' | 'uncertain' | 'stale' | 'disagreement' | 'noQuorum' | 'never';
export const QUALITIES: readonly Quality[] = ['valid', 'uncertain', 'stale', 'disagreement', 'noQuorum', 'never'];

/** What somebody wants to do with a price. `liquidate` is selling the legs that the feed prices, nothing else. */
export type OracleAction =
  | 'deposit'
  | 'repay'
  | 'reduce'
  | 'newRisk'
  | 'withdraw'
  | 'liquidate'
  | 'funding'
  | 'updateSlow'
  | 'settle';
export const ORACLE_ACTIONS: readonly OracleAction[] = [
  'deposit',
  'repay',
  'reduce',
  'newRisk',
  'withdraw',
  'liquidate',
  'funding',
  'updateSlow',
  'settle',
];

/**
 * The worst quality at which each action is allowed; every better one allows it too. Whatever lowers risk is always
 * allowed. What adds risk or takes collateral out, and what is final (settlement), needs the best. Liquidation, funding
 * and the slow price need a price that a quorum agrees on, however wide: a wide one is read at its band (`bandOf`).
 */
const WORST_ALLOWED: Readonly<Record<OracleAction, Quality>> = {
  deposit: 'never',
  repay: 'never',
  reduce: 'never',
  newRisk: 'valid',
  withdraw: 'valid',
  liquidate: 'uncertain',
  funding: 'uncertain',
  updateSlow: 'uncertain',
  settle: 'valid',
};

/** True when the ladder allows `action` at `quality`. */
export function isAllowed(action: OracleAction, quality: Quality): boolean {
  return qualityRank(quality) <= qualityRank(WORST_ALLOWED[action]);
}

/** True when a quorum agrees on the price at this moment (valid or uncertain). */
export function isAgreed(quality: Quality): boolean {
  return quality === 'valid' || quality === 'uncertain';
}

/** The worse of two qualities: that of something priced by two feeds. */
export function worseQuality(a: Quality, b: Quality): Quality {
  return qualityRank(a) >= qualityRank(b) ? a : b;
}

/** Place on the ladder: 0 for valid, 5 for never. */
export function qualityRank(quality: Quality): number {
  return RANKS[quality];
}

const RANKS: Readonly<Record<Quality, number>> = {
  valid: 0,
  uncertain: 1,
  stale: 2,
  disagreement: 3,
  noQuorum: 4,
  never: 5,
};
