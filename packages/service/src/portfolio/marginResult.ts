/** What the command `margin` found out about one account, before it is shown. */

import { type HealthClass, healthClass } from '@plimsoll/core/liquidation';
import {
  compileRisk,
  computeMargin,
  explainWithBreach,
  type LiquidationPrices,
  lintProfile,
  liquidationPrices,
  type MarginExplanation,
  type MarginFigures,
  type ProfileLint,
  type RiskModel,
} from '@plimsoll/core/margin';
import { type BreachOutlook, breachOutlook } from './breachOutlook.ts';
import { type LoanOutlook, loanOutlooks } from './loanOutlook.ts';
import { type MarginDetail, marginDetail } from './marginDetail.ts';
import { type MarketLint, marketLints } from './marketLints.ts';
import type { PortfolioDocument } from './portfolioDocument.ts';
import type { LoadedProfile } from './shippedProfiles.ts';
import type { RiskOfPortfolio } from './toRisk.ts';

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
  /** One for each underlying that the account's value moves with, by symbol; every other price stays. */
  readonly liquidation: readonly LiquidationOutlook[];
  /** How far maintenance is, by the Greeks and by proof. */
  readonly breach: BreachOutlook;
  /** What a liquidation of a static loan may take under the profile's rules for lending. */
  readonly loans: readonly LoanOutlook[];
  readonly detail: MarginDetail;
  /** What is unwise about the profile with these parameters, and about the market that the file states. */
  readonly lints: readonly (ProfileLint | MarketLint)[];
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
  const explained = explainWithBreach(model, risk.portfolio);
  return {
    ...given,
    model,
    figures,
    healthClass: healthClass(figures),
    maintenance: explained.maintenance,
    initial: explained.initial,
    liquidation: outlooks(given.document, risk),
    breach: breachOutlook(explained, risk),
    loans: loanOutlooks(given.document, risk, { model, health: figures.healthMaintenance }),
    detail: marginDetail(risk, model),
    // Static lending reads neither scenarios nor haircuts nor surfaces, so nothing about them can be unwise.
    lints: given.document.mode === 'overcollateralized' ? [] : [...lintsOf(risk), ...marketLints(given.document)],
    unit: given.document.mode === 'overcollateralized' ? 'USD' : given.document.settlementAsset,
  };
}

function outlooks(document: PortfolioDocument, { input, portfolio }: RiskOfPortfolio): readonly LiquidationOutlook[] {
  const held = underlyingsOf(document);
  return document.underlyings.flatMap(({ symbol, price }, id) =>
    held.has(symbol) ? [{ underlying: symbol, now: price.price, ...liquidationPrices(input, portfolio, id) }] : [],
  );
}

function lintsOf({ input }: RiskOfPortfolio): readonly ProfileLint[] {
  return lintProfile(input.profile, {
    assets: input.assets.map((asset) => asset.parameters),
    assetTerms: input.assets.map((asset) => asset.terms),
    underlyings: input.underlyings.map((underlying) => underlying.parameters),
    instruments: input.instruments.map((instrument) => instrument.terms),
    underlyingTerms: input.underlyings.map((underlying) => underlying.terms),
  });
}

/** The underlyings that the account's value moves with. */
function underlyingsOf(document: PortfolioDocument): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { instrument, lots } of document.positions) {
    const listed = document.instruments.find(({ symbol }) => symbol === instrument);
    if (listed !== undefined && lots !== 0) found.add(listed.underlying);
  }
  for (const { asset, amount } of document.balances) {
    const listed = document.assets.find(({ symbol }) => symbol === asset);
    if (listed === undefined || amount === 0n) continue;
    // A basket moves with its parts, in or out of the scenarios.
    const parts = new Set([asset, ...(listed.basket?.parts ?? []).map((part) => part.asset)]);
    for (const { symbol, underlying } of document.assets) if (underlying !== null && parts.has(symbol)) found.add(underlying);
  }
  return found;
}
