/**
 * SPAN by its published example (vector V83: L. G. McMillan, Options as a Strategic Investment, chapter 34, pages 668-670): the S&P 500
 * futures of its day, 500 USD a point with a scan range of 20 points. The book prints the array of the future and of the covered write (long
 * the future, short the December 410 call); the call's is their difference. Its volatilities are not printed, so the call enters by its array.
 */

import { describe, expect, test } from 'vitest';
import spanJson from '../../../../profiles/span-16.json' with { type: 'json' };
import { durationMs, instrumentId, ppm, price } from '../numeric/brand.ts';
import { compileRisk } from './compileRisk.ts';
import { computeMargin, computeMarginExact } from './computeMargin.ts';
import { explain } from './explain.ts';
import type { RiskInput, RiskModel } from './riskModel.ts';
import { NANO, portfolioOf, type TestAccount, trustedProfile, view, worldInput } from './testing/marginWorld.ts';

const SPAN = trustedProfile(spanJson);
const FUTURE = 0;
const CALL = 1;
/** Dollars per tick. */
const TICKS = 1_000_000;

/** Covered write, dollars, in the order of the scenarios. */
const COVERED_WRITE = [
  -460, 610, 690, 1600, -2060, -990, 1460, 2130, -4130, -3240, 1940, 2360, -6620, -6010, 3870, -5500,
] as const;
/** The future, to ten dollars as the book prints: thirds of 20 points at 500 USD, and 35 % of 40 points. */
const PRINTED_FUTURE = [
  0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10_000, 10_000, -10_000, -10_000, 7000, -7000,
] as const;

/** An index at 400, so that the scan range of 20 points is 5 %; the second row is the place of the call's array. */
function market(): RiskInput {
  const input = worldInput({ profile: SPAN, ethNano: 400n * NANO });
  const [template] = input.instruments;
  if (template === undefined) throw new Error('The world has instruments.');
  const contract = (id: number) => ({
    ...template,
    terms: {
      ...template.terms,
      id: instrumentId(id),
      lotUnits: 500n * NANO,
      form: { kind: 'perpetual' as const, fundingWindowMs: durationMs(1) },
    },
    view: view(400n * NANO),
  });
  return {
    ...input,
    underlyings: input.underlyings.map((one) => ({ ...one, parameters: { ...one.parameters, scanRangePpm: ppm(50_000) } })),
    instruments: [contract(FUTURE), { ...contract(CALL), view: { ...view(400n * NANO), price: price(400n * NANO) } }],
  };
}

/** The model with the printed arrays in its rows. */
function printedModel(): RiskModel {
  const model = compileRisk(market());
  const matrix = Float64Array.from(model.matrix);
  const rows = {
    ...model.rows,
    riskLow: Float64Array.from(model.rows.riskLow),
    riskHigh: Float64Array.from(model.rows.riskHigh),
  };
  for (const [row, array] of [PRINTED_FUTURE, PRINTED_FUTURE.map((one, index) => one - (COVERED_WRITE[index] ?? 0))].entries()) {
    array.forEach((dollars, column) => {
      matrix[row * model.stride + column] = dollars * TICKS;
    });
    rows.riskLow[row] = Math.min(...array) * TICKS;
    rows.riskHigh[row] = Math.max(...array) * TICKS;
  }
  return { ...model, matrix, rows };
}

/** Scan risk in dollars; the rounding charge of the third of a range aside. */
function scanRisk(model: RiskModel, positions: TestAccount['positions']): number {
  const portfolio = portfolioOf({ positions: positions ?? [] });
  expect(computeMargin(model, portfolio)).toEqual(computeMarginExact(model, portfolio));
  const terms = explain(model, portfolio, 'maintenance').requirementTerms;
  const other = terms.filter(({ kind }) => kind !== 'stressLoss' && kind !== 'rounding');
  expect(other).toEqual([]);
  return terms.reduce((total, term) => total + (term.kind === 'stressLoss' ? Number(term.charge) / TICKS : 0), 0);
}

describe('SPAN (V83)', () => {
  test('the sixteen scenarios of a future are the printed ones, to the ten dollars that the book rounds to', () => {
    const model = compileRisk(market());
    expect(model.stressCount).toBe(16);
    PRINTED_FUTURE.forEach((dollars, column) => {
      expect(Math.abs((model.matrix[column] ?? 0) / TICKS - dollars)).toBeLessThanOrEqual(5);
    });
  });

  test('a long future is margined at exactly 10 000, as a short one', () => {
    const model = compileRisk(market());
    expect(scanRisk(model, [[FUTURE, 1]])).toBe(10_000);
    expect(scanRisk(model, [[FUTURE, -1]])).toBe(10_000);
  });

  test('a long call of the printed array is margined at exactly 3990, and the covered write at 6620', () => {
    const model = printedModel();
    expect(scanRisk(model, [[CALL, 1]])).toBe(3990);
    expect(
      scanRisk(model, [
        [FUTURE, 1],
        [CALL, -1],
      ]),
    ).toBe(6620);
    expect(
      scanRisk(model, [
        [FUTURE, 7],
        [CALL, -7],
      ]),
    ).toBe(7 * 6620);
  });
});
