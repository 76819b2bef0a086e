import type { PayoffTerms } from '@plimsoll/core/assets';
import { type DecodeCursor, decodeObject, refuseAt } from '@plimsoll/core/margin';
import { PAYOFF_FORMULAS } from '@plimsoll/core/pricing';
import { decodeDecimal } from './fields.ts';

/**
 * What a perpetual pays where it is not the price itself: `{ "formula": "square", "unit": "1000" }`. Formulas and figures are those that
 * the core knows, so a new payoff needs nothing here. Null when the field is left out or after a problem.
 */
export function decodePayoff(at: DecodeCursor): PayoffTerms | null {
  const { value } = at;
  if (value === undefined) return null;
  const name = typeof value === 'object' && value !== null && 'formula' in value ? value.formula : undefined;
  const formula = PAYOFF_FORMULAS.find((candidate) => candidate.name === name);
  if (formula === undefined) {
    const known = PAYOFF_FORMULAS.map((candidate) => `"${candidate.name}"`).join(', ');
    refuseAt({ ...at, path: `${at.path}.formula`, value: name }, `one of ${known}`);
    return null;
  }
  const field = decodeObject(at, ['formula', ...formula.figures.map((figure) => figure.name)]);
  const figures: Record<string, bigint> = {};
  for (const { name: figure, meaning, minimum, maximum, decimals } of formula.figures) {
    const decoded = decodeDecimal(field(figure), { decimals, minimum, maximum, what: meaning });
    if (decoded === null) return null;
    figures[figure] = decoded;
  }
  return { formula: formula.name, figures };
}
