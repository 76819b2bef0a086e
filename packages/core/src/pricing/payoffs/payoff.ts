/**
 * What an instrument pays where that is not the price itself. A payoff is a function of one price, exact in integers; a new one is a
 * file in this folder, its line in `payoffFormulas.ts`, and terms in JSON (docs/new-asset-class.md).
 */

/** An exact rational; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A figure that the terms of a payoff carry. */
export interface PayoffFigureRule {
  readonly name: string;
  /** What it is, for the person who lists the instrument. */
  readonly meaning: string;
  readonly minimum: bigint;
  readonly maximum: bigint;
  /** Decimals of the figure in files; the terms hold it as an integer of 10^-decimals. */
  readonly decimals: number;
}

/** Prices and values in 1e-9 USD per feed unit. `figures` have passed their rules. */
export interface PayoffFormula {
  readonly name: string;
  readonly figures: readonly PayoffFigureRule[];
  /** Value at a price (a rational, because shocks are); not negative, and convex and rising in the price. */
  readonly value: (price: Rational, figures: Readonly<Record<string, bigint>>) => Rational;
  /** First derivative at a price. */
  readonly slope: (price: Rational, figures: Readonly<Record<string, bigint>>) => Rational;
  /** Second derivative at a price, per 1e-9 USD. */
  readonly curvature: (price: Rational, figures: Readonly<Record<string, bigint>>) => Rational;
}
