import { PRICE_MAX } from '../../numeric/limits.ts';
import type { PayoffFormula } from './payoff.ts';

/**
 * The square of the price: value = price² / unit. With unit 1000 USD and a price of 3000 USD a feed unit is worth 9000 USD and gains 6 USD
 * for each dollar. A perpetual on it has constant gamma 2/unit; who is short pays for it through funding.
 */
export const square: PayoffFormula = {
  name: 'square',
  figures: [{ name: 'unit', meaning: 'USD by which the square is divided', minimum: 1n, maximum: PRICE_MAX, decimals: 9 }],
  value: ({ numerator, denominator }, figures) => ({
    numerator: numerator * numerator,
    denominator: denominator * denominator * unitOf(figures),
  }),
  slope: ({ numerator, denominator }, figures) => ({ numerator: 2n * numerator, denominator: denominator * unitOf(figures) }),
  curvature: (_price, figures) => ({ numerator: 2n, denominator: unitOf(figures) }),
};

function unitOf(figures: Readonly<Record<string, bigint>>): bigint {
  return figures.unit ?? 1n;
}
