/** The invariants of the design, by name. */
export type InvariantName =
  | 'claimsEqualHoldings'
  | 'longEqualsShort'
  | 'sharesEqualPools'
  | 'layerBelowZero'
  | 'postingNetsToZero'
  | 'namedCause'
  | 'signedCause'
  | 'waterfallOrder'
  | 'healthyAccountSold'
  | 'sliceMadeWorse'
  | 'healthyAccountDeleveraged'
  | 'heightOrTime'
  | 'commandOnce'
  | 'idleBalanceHeld';

/** An invariant that does not hold after a block. */
export interface InvariantViolation {
  readonly invariant: InvariantName;
  readonly height: number;
  /** What it concerns: an account, asset, instrument, fund or command, by id. */
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/** Notes a violation; the height is filled in by `checkInvariants`. */
export type Note = (invariant: InvariantName, subject: string, expected: unknown, found: unknown) => void;

/** One line for a person. */
export function violationText({ invariant, height, subject, expected, found }: InvariantViolation): string {
  return `block ${height}: ${invariant}: ${subject}: expected ${expected}, found ${found}`;
}
