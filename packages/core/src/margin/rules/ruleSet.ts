/**
 * Margin rules as data: the optional section `rules` of a profile. Published models that are not scenarios (a fraction of notional, the
 * better of two option rules, a close factor, a price that falls by the clock) are parameters of a few named functionals. Ratios are
 * integers in parts per million, money whole USD, times seconds; sources and formulas are in docs/rule-profiles.md.
 */

import type { Ppm } from '../../numeric/brand.ts';

/** All rules of a profile. A profile without scenario sets takes its requirement from these alone. */
export interface MarginRules {
  /** By underlying: the first that names it, or the first that names none (`underlyings` null). */
  readonly markets: readonly MarketRule[];
  /** Initial level only: the settlement asset below its peg. */
  readonly peg: PegRule | null;
  /** Static lending: weights of assets, and what a liquidation may take. Read for overcollateralized accounts. */
  readonly lending: LendingRule | null;
  /** A collateral auction by the clock. The protocol's own auction honours `auctionClockOf` of it. */
  readonly auction: AuctionRule | null;
}

/** The rules of one or more underlyings. A null part charges nothing of its own; what no part covers is charged in full. */
export interface MarketRule {
  readonly name: string;
  /** Symbols; null takes every underlying that no earlier rule names. */
  readonly underlyings: readonly string[] | null;
  readonly options: OptionRule | null;
  /** Perpetuals and dated futures. */
  readonly linear: LinearRule | null;
  /** Assets that move with the underlying; null leaves their listed haircuts in force. */
  readonly collateral: CollateralRule | null;
  readonly confidence: ConfidenceRule | null;
}

/** Standard margin per expiry: the cheaper of option by option and worst payoff (cookbook B3). */
export interface OptionRule {
  /** Initial requirement of a sold option: max(maximum − out-of-the-money share, minimum) of the index. */
  readonly initialMaximumPpm: Ppm;
  readonly initialMinimumPpm: Ppm;
  /** Maintenance of a sold call and put, of the index; a sold put asks at least `maintenancePutValue` of its value. */
  readonly maintenanceCallPpm: Ppm;
  readonly maintenancePutPpm: Ppm;
  readonly maintenancePutValuePpm: Ppm;
  /** A sold put's value and initial requirement are at least this multiple of its value and maintenance requirement. */
  readonly initialPutOffsetPpm: Ppm;
  /** Worst payoff: each call sold beyond those bought costs this multiple of the forward. */
  readonly unpairedMaintenancePpm: Ppm;
  readonly unpairedInitialPpm: Ppm;
}

/** A share of notional that may rise with open interest and with size (cookbook B5). */
export interface LinearRule {
  /** The price that notional is measured at. */
  readonly price: 'mark' | 'index';
  /** Initial share of notional before open interest and size. */
  readonly initialPpm: Ppm;
  readonly maintenance: MaintenanceRule;
  readonly openInterest: OpenInterestRule | null;
  readonly size: SizeRule | null;
}

/** Maintenance: its own share of notional, or a fraction of the initial one before open interest. */
export type MaintenanceRule =
  | { readonly kind: 'share'; readonly sharePpm: Ppm }
  | { readonly kind: 'fractionOfInitial'; readonly fractionPpm: Ppm };

/** The initial share rises from its base at `lowerUsd` of open interest to the whole notional at `upperUsd`. */
export interface OpenInterestRule {
  readonly lowerUsd: number;
  readonly upperUsd: number;
}

export type SizeRule =
  /** share' = max(share, keep · share + factor · √size): size in units of the underlying (Drift). */
  | { readonly kind: 'squareRoot'; readonly keepPpm: Ppm; readonly factorPpm: Ppm }
  /** share' = share + fraction · size / scale; maintenance adds a flat minimum per position (Synthetix). */
  | { readonly kind: 'slope'; readonly scaleUnits: number; readonly fractionPpm: Ppm; readonly minimumUsd: number };

/** What collateral counts for, and what a debt in it costs on top of its value. */
export interface CollateralRule {
  readonly creditMaintenancePpm: Ppm;
  readonly creditInitialPpm: Ppm;
  readonly debtMaintenancePpm: Ppm;
  readonly debtInitialPpm: Ppm;
}

/** Initial only: below a threshold the score costs (1 − score) · factor of the index value of what depends on it. */
export interface ConfidenceRule {
  readonly optionThresholdPpm: Ppm;
  readonly linearThresholdPpm: Ppm;
  readonly collateralThresholdPpm: Ppm;
  readonly factorPpm: Ppm;
}

/** Initial only: (threshold − price) · factor of the index value of options sold and linear positions. */
export interface PegRule {
  readonly thresholdPpm: Ppm;
  readonly factorPpm: Ppm;
}

export interface LendingRule {
  /** By asset symbol, the first that names it or names none. */
  readonly assets: readonly LendingAssetRule[];
  readonly close: CloseRule;
  readonly incentive: IncentiveRule;
}

export interface LendingAssetRule {
  readonly assets: readonly string[] | null;
  /** Null takes the listing's. */
  readonly loanToValuePpm: Ppm | null;
  readonly liquidationThresholdPpm: Ppm | null;
  /** What a liquidator gets above the debt repaid; read by the incentive `bonus`. */
  readonly bonusPpm: Ppm;
  /** The protocol's share of the bonus. */
  readonly protocolSharePpm: Ppm;
}

/** How much one liquidation may repay. */
export type CloseRule =
  /** A share of the total debt; all of it when health or value is low; the rest is zero or at least `leaveUsd` (Aave). */
  | {
      readonly kind: 'closeFactor';
      readonly sharePpm: Ppm;
      readonly wholeAtHealthPpm: Ppm;
      readonly wholeBelowUsd: number;
      readonly leaveUsd: number;
      /** What to do where a part would lower health: repay the part, as published, or open the whole debt. */
      readonly harmfulPart: 'allow' | 'whole';
    }
  /** All of it (Morpho, Euler). */
  | { readonly kind: 'whole' }
  /** The collateral goes to the auction of the profile (Maker). */
  | { readonly kind: 'auction' };

/** Collateral value per debt repaid. */
export type IncentiveRule =
  | { readonly kind: 'bonus' }
  /** min(maximum, 1 / (1 − cursor · (1 − threshold))) (Morpho). */
  | { readonly kind: 'curve'; readonly cursorPpm: Ppm; readonly maximumPpm: Ppm }
  /** 1 / max(health, 1 − maximum discount) (Euler). */
  | { readonly kind: 'healthDiscount'; readonly maximumDiscountPpm: Ppm };

/** A Dutch auction of one collateral lot (Maker "Liquidations 2.0"). */
export interface AuctionRule {
  /** Opening price: oracle price times this. */
  readonly openingPpm: Ppm;
  readonly curve: PriceCurve;
  /** Restart when older than this, or below this share of the opening price. */
  readonly tailSeconds: number;
  readonly cuspPpm: Ppm;
  /** Debt with the penalty: debt times this. */
  readonly penaltyPpm: Ppm;
  /** Most that may be on auction, and the least debt that may be left. */
  readonly roomUsd: number;
  readonly dustUsd: number;
  /** Reward for starting or restarting: flat, and a share of what is to be raised. */
  readonly tipUsd: number;
  readonly chipPpm: Ppm;
}

/** How the price falls; `cut` counts 1e-12 because published cuts have twelve digits. */
export type PriceCurve =
  | { readonly kind: 'linear'; readonly seconds: number }
  | { readonly kind: 'stairstep'; readonly cutPerTrillion: number; readonly stepSeconds: number }
  | { readonly kind: 'exponential'; readonly cutPerTrillion: number };

/** The market rule of an underlying; null when none names it. */
export function marketRuleOf(rules: MarginRules, underlying: string): MarketRule | null {
  return rules.markets.find((rule) => rule.underlyings === null || rule.underlyings.includes(underlying)) ?? null;
}

/** The lending rule of an asset; null when none names it. */
export function lendingAssetRuleOf(rules: MarginRules, asset: string): LendingAssetRule | null {
  return rules.lending?.assets.find((rule) => rule.assets === null || rule.assets.includes(asset)) ?? null;
}
