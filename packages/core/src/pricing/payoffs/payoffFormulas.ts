import type { InstrumentTerms, PayoffTerms } from '../../assets/instrument.ts';
import type { TermsFault } from '../../assets/validate.ts';
import { assert } from '../../numeric/assert.ts';
import type { PayoffFormula, Rational } from './payoff.ts';
import { square } from './square.ts';

/** Every payoff that instruments may name. */
export const PAYOFF_FORMULAS: readonly PayoffFormula[] = [square];

/** A payoff with its figures filled in. */
export interface Payoff {
  readonly value: (price: Rational) => Rational;
  readonly slope: (price: Rational) => Rational;
  readonly curvature: (price: Rational) => Rational;
}

/** The payoff of an instrument; null when it pays the price itself or is an option. Asserts that a named formula exists. */
export function payoffOf(terms: InstrumentTerms): Payoff | null {
  if (terms.form.kind !== 'perpetual' || terms.form.payoff === undefined) return null;
  const { formula: name, figures } = terms.form.payoff;
  const formula = PAYOFF_FORMULAS.find((candidate) => candidate.name === name);
  assert(formula !== undefined, 'The payoff of a listed instrument is known.');
  return {
    value: (price) => formula.value(price, figures),
    slope: (price) => formula.slope(price, figures),
    curvature: (price) => formula.curvature(price, figures),
  };
}

/** What is wrong with the payoff of terms that are to be listed; empty when nothing is. */
export function payoffFaults(payoff: PayoffTerms): readonly TermsFault[] {
  const formula = PAYOFF_FORMULAS.find((candidate) => candidate.name === payoff.formula);
  if (formula === undefined) {
    const known = PAYOFF_FORMULAS.map(({ name }) => name).join(', ');
    return [{ field: 'form.payoff.formula', reason: `is one of ${known}` }];
  }
  const faults: TermsFault[] = [];
  for (const { name, minimum, maximum } of formula.figures) {
    const figure = payoff.figures[name];
    if (figure === undefined || figure < minimum || figure > maximum)
      faults.push({ field: `form.payoff.figures.${name}`, reason: `is an integer from ${minimum} to ${maximum}` });
  }
  const names = formula.figures.map(({ name }) => name);
  for (const name of Object.keys(payoff.figures).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (!names.includes(name))
      faults.push({ field: `form.payoff.figures.${name}`, reason: `is not a figure of ${formula.name}` });
  }
  return faults;
}
