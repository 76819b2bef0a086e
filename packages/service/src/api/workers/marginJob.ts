/** Margins that take longer than a block may wait, as plain data that crosses threads. */

import {
  addBalance,
  addPosition,
  clearPortfolio,
  compileRisk,
  computeMargin,
  createPortfolio,
  explain,
  type MarginExplanation,
  type MarginFigures,
  type Portfolio,
  type RiskInput,
} from '@plimsoll/core/margin';
import { type LiquidationOutlook, liquidationOutlook } from '../../views/liquidationOutlook.ts';

/** A portfolio and its market. */
export interface HeldPortfolio {
  readonly input: RiskInput;
  readonly header: Pick<Portfolio, 'mode' | 'group' | 'owner' | 'cash'>;
  readonly positions: readonly { readonly instrument: number; readonly lots: number; readonly ownerGross: number }[];
  readonly balances: readonly { readonly asset: number; readonly kind: number; readonly amount: bigint }[];
}

/** `outlook`: how far the market may move. `figures`: the margin in a market that has no compiled model yet. */
export type MarginJob =
  | { readonly kind: 'outlook'; readonly held: HeldPortfolio }
  | { readonly kind: 'figures'; readonly held: HeldPortfolio; readonly isExplained: boolean };

export interface MeasuredMargin {
  readonly figures: MarginFigures;
  /** Null where the terms were not asked for. */
  readonly terms: { readonly maintenance: MarginExplanation; readonly initial: MarginExplanation } | null;
}

export type MarginAnswer =
  | { readonly kind: 'outlook'; readonly outlook: LiquidationOutlook }
  | { readonly kind: 'figures'; readonly measured: MeasuredMargin };

/** Copies what is in the scratch; `input` should hold no more than the portfolio does (`heldInput`). */
export function heldPortfolio(input: RiskInput, portfolio: Portfolio): HeldPortfolio {
  const { mode, group, owner, cash } = portfolio;
  return {
    input,
    header: { mode, group, owner, cash },
    positions: Array.from({ length: portfolio.positionCount }, (_, at) => ({
      instrument: portfolio.instruments[at] ?? 0,
      lots: portfolio.lots[at] ?? 0,
      ownerGross: portfolio.ownerGross[at] ?? 0,
    })),
    balances: Array.from({ length: portfolio.balanceCount }, (_, at) => ({
      asset: portfolio.balanceAssets[at] ?? 0,
      kind: portfolio.balanceKinds[at] ?? 0,
      amount: portfolio.balanceAmounts[at] ?? 0n,
    })),
  };
}

/** Milliseconds to tens of them. */
export function runMarginJob(job: MarginJob): MarginAnswer {
  const { input, header, positions, balances } = job.held;
  const portfolio = createPortfolio();
  clearPortfolio(portfolio, header);
  for (const position of positions) addPosition(portfolio, position);
  for (const balance of balances) addBalance(portfolio, balance);
  if (job.kind === 'outlook') return { kind: 'outlook', outlook: liquidationOutlook(input, portfolio) };
  const model = compileRisk(input);
  const figures = computeMargin(model, portfolio);
  if (!job.isExplained) return { kind: 'figures', measured: { figures, terms: null } };
  const level = (of: 'maintenance' | 'initial'): MarginExplanation => explain(model, portfolio, of);
  return { kind: 'figures', measured: { figures, terms: { maintenance: level('maintenance'), initial: level('initial') } } };
}
