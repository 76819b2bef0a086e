/** What the command `margin` found out about one account, before it is shown. */

import { type HealthClass, healthClass } from '@plimsoll/core/liquidation';
import {
  compileRisk,
  computeMargin,
  explain,
  type LiquidationPrices,
  liquidationPrices,
  type MarginExplanation,
  type MarginFigures,
  type RiskModel,
} from '@plimsoll/core/margin';
import type { PortfolioDocument } from './portfolio/portfolioDocument.ts';
import type { RiskOfPortfolio } from './portfolio/toRisk.ts';
import type { LoadedProfile } from './profileLibrary.ts';

export interface LiquidationOutlook extends LiquidationPrices {
  readonly underlying: string;
  /** Index price now, 1e-9 USD. */
  readonly now: bigint;
}

export interface MarginResult {
  readonly file: string;
  readonly document: PortfolioDocument;
  readonly profile: LoadedProfile;
  readonly model: RiskModel;
  readonly figures: MarginFigures;
  readonly healthClass: HealthClass;
  readonly maintenance: MarginExplanation;
  readonly initial: MarginExplanation;
  /** Null unless the account depends on exactly one underlying. */
  readonly liquidation: LiquidationOutlook | null;
  /** What the figures are in: the settlement asset, or USD for an overcollateralized account. */
  readonly unit: string;
}

/** Margin of a portfolio file under a profile. Pure. */
export function judgePortfolio(
  given: { readonly file: string; readonly document: PortfolioDocument; readonly profile: LoadedProfile },
  risk: RiskOfPortfolio,
): MarginResult {
  const model = compileRisk(risk.input);
  const figures = computeMargin(model, risk.portfolio);
  return {
    ...given,
    model,
    figures,
    healthClass: healthClass(figures),
    maintenance: explain(model, risk.portfolio, 'maintenance'),
    initial: explain(model, risk.portfolio, 'initial'),
    liquidation: outlook(given.document, risk),
    unit: given.document.mode === 'overcollateralized' ? 'USD' : given.document.settlementAsset,
  };
}

function outlook(document: PortfolioDocument, { input, portfolio }: RiskOfPortfolio): LiquidationOutlook | null {
  const [symbol, ...others] = underlyingsOf(document);
  if (symbol === undefined || others.length > 0) return null;
  const id = document.underlyings.findIndex((underlying) => underlying.symbol === symbol);
  const underlying = document.underlyings[id];
  if (underlying === undefined) return null;
  return { underlying: symbol, now: underlying.price.price, ...liquidationPrices(input, portfolio, id) };
}

/** The underlyings that the account's value moves with. */
function underlyingsOf(document: PortfolioDocument): readonly string[] {
  const found = new Set<string>();
  for (const { instrument, lots } of document.positions) {
    const listed = document.instruments.find(({ symbol }) => symbol === instrument);
    if (listed !== undefined && lots !== 0) found.add(listed.underlying);
  }
  for (const { asset, amount } of document.balances) {
    const underlying = document.assets.find(({ symbol }) => symbol === asset)?.underlying ?? null;
    if (underlying !== null && amount !== 0n) found.add(underlying);
  }
  return [...found];
}
