import type { AccountId } from '../numeric/brand.ts';

/**
 * Why a command was refused. Codes are stable for good: new ones are appended, none is reused. A rejection changes
 * nothing but the actor's nonce. Precedence: nonce, authority, existence, state, amounts, limits, market state, margin.
 */
export const REJECTION_CODES = {
  staleNonce: 1,
  notAuthorised: 2,
  unknownAccount: 3,
  unknownAsset: 4,
  unknownInstrument: 5,
  unknownFeed: 6,
  unknownSource: 7,
  unknownVenue: 8,
  unknownAuction: 9,
  unknownTranche: 10,
  unknownPool: 11,
  unknownGroup: 12,
  unknownBundle: 13,
  accountNotEmpty: 14,
  wrongMode: 15,
  wrongGroup: 16,
  sameAccount: 17,
  amountNotPositive: 18,
  amountTooLarge: 19,
  insufficientBalance: 20,
  insufficientIdleHoldings: 21,
  supplyCapExceeded: 22,
  openInterestCapExceeded: 23,
  positionsMaxExceeded: 24,
  scenarioBoundExceeded: 25,
  reduceOnly: 26,
  assetWindingDown: 27,
  feedNotUsable: 28,
  priceOutOfBand: 29,
  groupUnbacked: 30,
  belowInitialMargin: 31,
  accountInAuction: 32,
  equityTooSmall: 33,
  borrowNotAllowed: 34,
  poolTooSmall: 35,
  slippage: 36,
  bidTooSmall: 37,
  bidBeyondCapital: 38,
  reportRefused: 39,
  invalidTerms: 40,
  invalidParameters: 41,
  flipsTooMuch: 42,
  windDownRefused: 43,
  nothingToClaim: 44,
  trancheClosed: 45,
  collateralCapExceeded: 46,
  instrumentSettled: 47,
  blockFull: 48,
  invalidProtection: 49,
  unknownUnderlying: 50,
  nonceTooHigh: 51,
} as const;

export type RejectionCode = keyof typeof REJECTION_CODES;

export interface Rejection {
  readonly code: RejectionCode;
  /** The account that failed, where one did. */
  readonly account: AccountId | null;
  /** The figures that explain it: named integers, as text where they exceed 2^53. */
  readonly figures: Readonly<Record<string, bigint | number | string>>;
}

export function reject(
  code: RejectionCode,
  figures: Readonly<Record<string, bigint | number | string>> = {},
  account: AccountId | null = null,
): Rejection {
  return { code, account, figures };
}
