/**
 * Reference model of Mango v4 account health without open orders (cookbook, vectors V60 cases 2-5 and rows 10-13 of the same
 * test).
 *
 * Formulas: blockworks-foundation/mango-v4 `programs/mango-v4/src/health/cache.rs`, re-implemented. All figures are wads (1e-18);
 * money is quote. Products and quotients round down, against the account.
 */
import { divideDown, maximum, minimum, WAD } from './fixedPoint.ts';

/** A token position. The account is healthy while Σ contributions ≥ 0. */
export type MangoToken = {
  readonly tokenId: number;
  /** Signed balance, tokens. */
  readonly balance: bigint;
  readonly price: bigint;
  /** Weight of a positive balance, at most one. */
  readonly assetWeight: bigint;
  /** Weight of a negative balance, at least one. */
  readonly liabilityWeight: bigint;
  /** Weights worsen once the bank's deposits (borrows) are worth more than these; absent = never. */
  readonly bank?: {
    readonly depositsNative: bigint;
    readonly borrowsNative: bigint;
    readonly depositScaleStart: bigint;
    readonly borrowScaleStart: bigint;
  };
};

/** A perpetual position, whose result settles in one of the tokens. */
export type MangoPerpetual = {
  readonly settleTokenId: number;
  /** Signed size in base units (lots × lot size). */
  readonly base: bigint;
  /** Signed quote side of the position. */
  readonly quote: bigint;
  readonly price: bigint;
  /** Weight of the base when long, and of the base when short. */
  readonly baseAssetWeight: bigint;
  readonly baseLiabilityWeight: bigint;
  /** Weight of a positive result; a negative one counts in full. */
  readonly positiveResultWeight: bigint;
};

/**
 * Health: every token's balance, with the weighted results of the perpetuals that settle in it added first, times its price
 * and the weight of its sign. Throws when a perpetual settles in a token that the account does not list.
 */
export function mangoHealth(tokens: readonly MangoToken[], perpetuals: readonly MangoPerpetual[]): bigint {
  for (const perpetual of perpetuals) {
    if (!tokens.some((token) => token.tokenId === perpetual.settleTokenId)) {
      throw new RangeError(`Settle token ${perpetual.settleTokenId} is not among the tokens.`);
    }
  }
  return tokens.reduce((sum, token) => sum + tokenContribution(token, perpetuals), 0n);
}

/** Weighted result of one perpetual, before the weight of its settle token. */
export function mangoPerpetualResult(perpetual: MangoPerpetual): bigint {
  const baseWeight = perpetual.base < 0n ? perpetual.baseLiabilityWeight : perpetual.baseAssetWeight;
  const result = perpetual.quote + times(times(perpetual.base, perpetual.price), baseWeight);
  return result > 0n ? times(result, perpetual.positiveResultWeight) : result;
}

/** Asset weight · min(1, start / deposit value): a crowded collateral counts for less. */
export function mangoScaledAssetWeight(token: MangoToken): bigint {
  if (token.bank === undefined) return token.assetWeight;
  const deposits = times(token.bank.depositsNative, token.price);
  if (deposits <= token.bank.depositScaleStart) return token.assetWeight;
  return minimum(token.assetWeight, divideDown(token.assetWeight * token.bank.depositScaleStart, deposits));
}

/** Liability weight · max(1, borrow value / start): a crowded debt costs more. */
export function mangoScaledLiabilityWeight(token: MangoToken): bigint {
  if (token.bank === undefined) return token.liabilityWeight;
  const borrows = times(token.bank.borrowsNative, token.price);
  return maximum(token.liabilityWeight, divideDown(token.liabilityWeight * borrows, token.bank.borrowScaleStart));
}

function tokenContribution(token: MangoToken, perpetuals: readonly MangoPerpetual[]): bigint {
  const settled = perpetuals
    .filter((perpetual) => perpetual.settleTokenId === token.tokenId)
    .reduce((sum, perpetual) => sum + mangoPerpetualResult(perpetual), token.balance);
  const weight = settled < 0n ? mangoScaledLiabilityWeight(token) : mangoScaledAssetWeight(token);
  return times(times(settled, token.price), weight);
}

function times(a: bigint, b: bigint): bigint {
  return divideDown(a * b, WAD);
}
