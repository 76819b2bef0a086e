/** What an account's balances are worth and count for. Everything owned rounds down, everything owed rounds up. */

import { mulDivDown, mulDivUp } from '../numeric/rounding.ts';
import { assetOf, riskUnits } from './legs.ts';
import { BALANCE_DEBT, type Portfolio } from './portfolio.ts';
import type { RiskAsset, RiskHaircutBand, RiskModel } from './riskModel.ts';

const PPM: bigint = 1_000_000n;
const NANO: bigint = 1_000_000_000n;

/** Figures of one balance in ticks, signed: a debt is negative in all three. */
export interface BalanceFigures {
  readonly value: bigint;
  readonly creditMaintenance: bigint;
  readonly creditInitial: bigint;
}

/** A balance of a portfolio or isolated account, in ticks of the settlement asset. */
export function balanceFigures(asset: RiskAsset, kind: number, amount: bigint): BalanceFigures {
  const value = markValue(asset, { kind, amount }, asset.denominator);
  if (kind === BALANCE_DEBT) return { value, creditMaintenance: value, creditInitial: value };
  const counted = asset.rows.length === 0 ? amount : BigInt(riskUnits(asset, amount, kind)) * asset.riskUnit;
  return {
    value,
    creditMaintenance: mulDivDown(creditMaintenanceUnits(asset.bands, counted), asset.priceHigh, asset.denominator),
    creditInitial: mulDivDown(creditInitialUnits(asset.bands, counted), asset.priceInitialPpm, asset.denominator * PPM),
  };
}

/** A balance of an overcollateralized account, in ticks of one USD: threshold at maintenance, loan-to-value at initial. */
export function balanceFiguresUsd(asset: RiskAsset, kind: number, amount: bigint): BalanceFigures {
  const value = markValue(asset, { kind, amount }, asset.denominatorUsd);
  if (kind === BALANCE_DEBT) return { value, creditMaintenance: value, creditInitial: value };
  return {
    value,
    creditMaintenance: mulDivDown(amount * asset.liquidationThresholdPpm, asset.priceHigh, asset.denominatorUsd),
    creditInitial: mulDivDown(amount * asset.loanToValuePpm, asset.priceInitialPpm, asset.denominatorUsd * PPM),
  };
}

/** At mark, in ticks of what `denominator` is in: owned at the high price, owed at the low one and negative. */
function markValue(asset: RiskAsset, balance: { readonly kind: number; readonly amount: bigint }, denominator: bigint): bigint {
  return balance.kind === BALANCE_DEBT
    ? -mulDivUp(balance.amount * asset.priceLow, PPM, denominator)
    : mulDivDown(balance.amount * asset.priceHigh, PPM, denominator);
}

/** Cash of an overcollateralized account in ticks of one USD, rounded down (a negative one away from zero). */
export function cashUsd(model: RiskModel, cash: bigint): bigint {
  return mulDivDown(cash, model.stablePrice, NANO);
}

/** Sums over the balances of a portfolio. */
export interface BalanceTotals {
  value: bigint;
  creditMaintenance: bigint;
  creditInitial: bigint;
}

/** Adds up all balances of an account, in its mode's unit. */
export function balanceTotals(model: RiskModel, portfolio: Portfolio): BalanceTotals {
  const totals: BalanceTotals = { value: 0n, creditMaintenance: 0n, creditInitial: 0n };
  const figures = portfolio.mode === 'overcollateralized' ? balanceFiguresUsd : balanceFigures;
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    // index < balanceCount ≤ capacity of the columns
    const asset = assetOf(model, portfolio.balanceAssets[index] as number);
    const one = figures(asset, portfolio.balanceKinds[index] as number, portfolio.balanceAmounts[index] as bigint);
    totals.value += one.value;
    totals.creditMaintenance += one.creditMaintenance;
    totals.creditInitial += one.creditInitial;
  }
  return totals;
}

/** `balanceTotals(…).value` alone. */
export function balancesValue(model: RiskModel, portfolio: Portfolio): bigint {
  const isUsd = portfolio.mode === 'overcollateralized';
  let total = 0n;
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    // index < balanceCount ≤ capacity of the columns
    const asset = assetOf(model, portfolio.balanceAssets[index] as number);
    const amount = portfolio.balanceAmounts[index] as bigint;
    const kind = portfolio.balanceKinds[index] as number;
    total += markValue(asset, { kind, amount }, isUsd ? asset.denominatorUsd : asset.denominator);
  }
  return total;
}

/** Σ over bands of (part of the amount in the band) × (what counts, ppm): ledger units × 10^6. Concave, because haircuts rise. */
function creditMaintenanceUnits(bands: readonly RiskHaircutBand[], amount: bigint): bigint {
  let units = 0n;
  let from = 0n;
  for (const band of bands) {
    if (band.upTo === null || amount <= band.upTo) return units + (amount - from) * band.creditMaintenancePpm;
    units += (band.upTo - from) * band.creditMaintenancePpm;
    from = band.upTo;
  }
  return units;
}

function creditInitialUnits(bands: readonly RiskHaircutBand[], amount: bigint): bigint {
  let units = 0n;
  let from = 0n;
  for (const band of bands) {
    if (band.upTo === null || amount <= band.upTo) return units + (amount - from) * band.creditInitialPpm;
    units += (band.upTo - from) * band.creditInitialPpm;
    from = band.upTo;
  }
  return units;
}
