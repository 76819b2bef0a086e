/** Why a margin is what it is, and how far from a breach the account is: both levels and the distance in one answer. */

import { explain, type MarginExplanation } from '../explain.ts';
import type { Portfolio } from '../portfolio.ts';
import type { RiskModel } from '../riskModel.ts';
import { type DistanceToBreach, distanceToBreach } from './greeksToBreach.ts';

/** See `explain` and `distanceToBreach`. */
export interface ExplainedAccount {
  readonly maintenance: MarginExplanation;
  readonly initial: MarginExplanation;
  /**
   * Time to breach from theta, loss to breach from delta, gamma and vega, with today's maintenance requirement. Null for an
   * overcollateralized account: it holds no positions, so it has no Greeks.
   */
  readonly breach: DistanceToBreach | null;
}

/** Everything that an owner is told of an account. Cost: two explanations and about a hundred margins; for people and not for scans. */
export function explainWithBreach(model: RiskModel, portfolio: Portfolio): ExplainedAccount {
  return {
    maintenance: explain(model, portfolio, 'maintenance'),
    initial: explain(model, portfolio, 'initial'),
    breach: portfolio.mode === 'overcollateralized' ? null : distanceToBreach(model.input, portfolio),
  };
}
