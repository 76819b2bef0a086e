/** The balances and positions of a loaded portfolio, as people read them. */

import { assetTermsOf, type Engine, instrumentStateOf, instrumentTermsOf, markTicksOf } from '@plimsoll/core/engine';
import type { Portfolio } from '@plimsoll/core/margin';
import { assetId, instrumentId } from '@plimsoll/core/numeric';
import type { BalanceJson } from '../api/schemas/accounts.ts';
import { amountText } from './texts.ts';

const KINDS = ['collateral', 'supply', 'debt'] as const;

export function balancesOf({ state }: Engine, portfolio: Portfolio): readonly BalanceJson[] {
  return Array.from({ length: portfolio.balanceCount }, (_, index) => {
    const terms = assetTermsOf(state, assetId(portfolio.balanceAssets[index] ?? 0));
    return {
      asset: terms.symbol,
      assetId: terms.id,
      kind: KINDS[portfolio.balanceKinds[index] ?? 0] ?? 'collateral',
      amount: amountText(terms, portfolio.balanceAmounts[index] ?? 0n),
    };
  });
}

/** A position in integers. */
export interface HeldPosition {
  readonly terms: ReturnType<typeof instrumentTermsOf>;
  readonly lots: number;
  /** Mark of one lot in ticks, without the indexes. */
  readonly mark: number;
  /** What it adds to equity where its feed is valid: lots·(mark − F) − |lots|·S. */
  readonly value: bigint;
}

export function positionsOf({ state, view }: Engine, portfolio: Portfolio): readonly HeldPosition[] {
  return Array.from({ length: portfolio.positionCount }, (_, index) => {
    const id = instrumentId(portfolio.instruments[index] ?? 0);
    const lots = portfolio.lots[index] ?? 0;
    const mark = markTicksOf(view, id);
    const { funding, socialIndex } = instrumentStateOf(state, id);
    const value = BigInt(lots) * BigInt(mark - funding.index) - BigInt(Math.abs(lots)) * BigInt(socialIndex);
    return { terms: instrumentTermsOf(state, id), lots, mark, value };
  });
}
