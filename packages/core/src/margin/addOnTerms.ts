/** Charges on top of the functional, by name. */

export type AddOnKind =
  | 'instrument'
  | 'latency'
  | 'rounding'
  | 'size'
  | 'shortMinimum'
  | 'initial'
  | 'confidence'
  | 'slowPrice'
  /** The profile's contingencies, at both levels and what initial adds. */
  | 'contingency'
  | 'initialContingency'
  | 'nakedShort'
  | 'initialNakedShort'
  | 'offset'
  | 'initialOffset'
  | 'feedConfidence';

/**
 * One charge. `row` is a row of the model; for `slowPrice` and offsets the first row of its underlying, for a naked short the first short
 * row of its strike.
 */
export interface AddOnTerm {
  readonly kind: AddOnKind;
  readonly row: number;
  readonly ticks: bigint;
  /** Charged at initial level only. */
  readonly initialOnly: boolean;
}
