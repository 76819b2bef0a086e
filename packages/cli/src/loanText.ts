/** What a liquidation of a static loan may take under the profile's rules for lending, for people. */

import type { LoanClose } from '@plimsoll/core/margin';
import { formatDecimal } from '@plimsoll/core/numeric';
import type { LoanOutlook } from '@plimsoll/service/portfolio/loanOutlook';
import { ticksShown, withCommas } from './terminal/decimals.ts';

export function loanLines(outlooks: readonly LoanOutlook[]): readonly string[] {
  const lines = outlooks.flatMap((outlook) => {
    const { collateral, debt, close, sale, decimals } = outlook;
    if (close !== null) {
      const loss = close.badDebt === 0n ? '' : `, ${ticksShown(close.badDebt)} USD of debt left without collateral`;
      const harm = close.raisesHealth ? '' : ', which does not raise health';
      return [
        `  repay up to ${ticksShown(close.repay)} USD of ${debt} for ${ticksShown(close.seize)} USD of ${collateral} (${LIMITS[close.limit]})${loss}${harm}`,
      ];
    }
    if (sale === null) return [];
    const price = withCommas(formatDecimal(sale.sale.top, 27));
    const lot = withCommas(formatDecimal(sale.sale.lot, decimals));
    return [`  auction ${lot} ${collateral} from ${price} USD each to raise ${ticksShown(sale.sale.raise)} USD of ${debt}`];
  });
  return lines.length === 0 ? [] : ['', 'A liquidation by the rules of the profile may now:', ...lines];
}

const LIMITS: Readonly<Record<LoanClose['limit'], string>> = {
  whole: 'the whole debt',
  closeFactor: 'the close factor',
  dust: 'no dust may be left',
  collateral: 'all the collateral',
};
