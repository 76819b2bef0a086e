/** What a liquidation of a static loan may take under the profile's rules for lending. */

import {
  type LoanClose,
  largestClose,
  lendingPositionOf,
  loanRulesOf,
  type OpenedSale,
  openSale,
  type RiskModel,
} from '@plimsoll/core/margin';
import { formatDecimal } from '@plimsoll/core/numeric';
import { ticksText } from '../views/texts.ts';
import type { PortfolioDocument } from './portfolioDocument.ts';
import type { RiskOfPortfolio } from './toRisk.ts';

/** One debt against one collateral of a loan that may be liquidated. */
export interface LoanOutlook {
  readonly collateral: string;
  readonly debt: string;
  /** Null where the collateral goes to an auction. */
  readonly close: LoanClose | null;
  /** Null where there is no auction, or none could open. */
  readonly sale: OpenedSale | null;
  /** Decimals of the collateral's ledger units. */
  readonly decimals: number;
}

/** Empty for a healthy account, for other modes, and under a profile without rules for lending. */
export function loanOutlooks(
  document: PortfolioDocument,
  { portfolio }: RiskOfPortfolio,
  loan: { readonly model: RiskModel; readonly health: bigint },
): readonly LoanOutlook[] {
  if (document.mode !== 'overcollateralized' || loan.health >= 0n) return [];
  const owed = document.balances.filter(({ kind, amount }) => kind === 'debt' && amount > 0n);
  const held = document.balances.filter(({ kind, amount }) => kind !== 'debt' && amount > 0n);
  const placeOf = (symbol: string): number => document.assets.findIndex((asset) => asset.symbol === symbol);
  return owed.flatMap((debt) =>
    held.flatMap((collateral): readonly LoanOutlook[] => {
      const pair = { collateral: placeOf(collateral.asset), debt: placeOf(debt.asset) };
      const rules = loanRulesOf(loan.model, pair.collateral);
      const asset = document.assets[pair.collateral];
      if (rules === null || asset === undefined) return [];
      const position = lendingPositionOf(loan.model, portfolio, pair);
      const auction = rules.close.kind === 'auction' ? (loan.model.rules?.rules.auction ?? null) : null;
      const lot = { debt: position.debt, collateral: collateral.amount, feedUnit: 10n ** BigInt(asset.decimals) };
      return [
        {
          collateral: collateral.asset,
          debt: debt.asset,
          close: largestClose(rules, position),
          sale: auction === null ? null : openSale(auction, { ...lot, price: asset.price.price, onAuction: 0n }),
          decimals: asset.decimals,
        },
      ];
    }),
  );
}

export function loanJson(outlooks: readonly LoanOutlook[]): unknown {
  return outlooks.map(({ collateral, debt, close, sale, decimals }) => ({
    collateral,
    debt,
    close:
      close === null
        ? null
        : {
            repay: ticksText(close.repay),
            seize: ticksText(close.seize),
            toProtocol: ticksText(close.toProtocol),
            badDebt: ticksText(close.badDebt),
            limit: close.limit,
            raisesHealth: close.raisesHealth,
          },
    auction:
      sale === null
        ? null
        : {
            raise: ticksText(sale.sale.raise),
            lot: formatDecimal(sale.sale.lot, decimals),
            openingPrice: formatDecimal(sale.sale.top, 27),
          },
  }));
}
