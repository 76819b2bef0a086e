import { addBalance, addPosition, clearPortfolio, createPortfolio, type Portfolio, type RiskInput } from '@plimsoll/core/margin';
import { type LiquidationOutlook, liquidationOutlook } from '../../views/liquidationOutlook.ts';

/** A portfolio and its market as plain data: it crosses threads. */
export interface OutlookJob {
  readonly input: RiskInput;
  readonly header: Pick<Portfolio, 'mode' | 'group' | 'owner' | 'cash'>;
  readonly positions: readonly { readonly instrument: number; readonly lots: number; readonly ownerGross: number }[];
  readonly balances: readonly { readonly asset: number; readonly kind: number; readonly amount: bigint }[];
}

/** Copies what is in the scratch; `input` should hold no more than the portfolio does (`heldInput`). */
export function outlookJob(input: RiskInput, portfolio: Portfolio): OutlookJob {
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

/** Tens of milliseconds and more. */
export function runOutlook({ input, header, positions, balances }: OutlookJob): LiquidationOutlook {
  const portfolio = createPortfolio();
  clearPortfolio(portfolio, header);
  for (const position of positions) addPosition(portfolio, position);
  for (const balance of balances) addBalance(portfolio, balance);
  return liquidationOutlook(input, portfolio);
}
