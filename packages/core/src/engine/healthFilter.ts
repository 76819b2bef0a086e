import { MODE_OVERCOLLATERALIZED, STATUS_OPEN } from '../ledger/accountStore.ts';
import { grossLots } from '../ledger/instrumentTotals.ts';
import type { LendingPool } from '../ledger/lendingPool.ts';
import type { RiskAsset, RiskModel } from '../margin/riskModel.ts';
import { sizeCharge } from '../margin/sizeCharge.ts';
import type { AccountId } from '../numeric/brand.ts';
import { accountId, groupId, instrumentId } from '../numeric/brand.ts';
import { approximateAt } from '../numeric/exactSum.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import type { FilterCoefficients } from './filterCoefficients.ts';
import { instrumentStateOf } from './lookup.ts';
import type { EngineState } from './state.ts';
import { type EngineView, modelOf } from './view.ts';

/** Relative slack: 2^-30, against errors below 2^-45 per term. Ticks of slack per term cover roundings to whole ticks. */
const SLACK: number = 2 ** -30;
const TICKS_PER_TERM: number = 4;

/**
 * A linear lower bound of maintenance health, in doubles, so that a scan computes exactly only the accounts that might be
 * below their line:
 *
 *     H ≥ cash − interest + Σ lots·value(side) − Σ |lots|·charge(side) + Σ credit(collateral, supply) − Σ debt
 *
 * `charge` is the loss of one lot in its own worst scenario × loss factor + its add-ons + the size charge per lot at the whole open interest, the
 * largest there can be; netting is ignored. Of collateral inside the scenarios the worst loss is taken off; of a haircut
 * schedule the smallest credit of any band counts. So the bound never exceeds the truth by anything but rounding, and every
 * term carries a relative error below 2^-45; the account is passed only if the bound exceeds SLACK × Σ |terms|, far above that.
 *
 * What a profile's rules charge is not in the bound: under such a profile every account is left to exact decision.
 *
 * True only for an open account that is certainly at or above maintenance. Cost: a few nanoseconds per position and balance.
 */
export function surelyHealthy(view: EngineView, account: AccountId): boolean {
  return flagAccounts(view, account, account + 1).length === 0 && view.state.ledger.accounts.status[account] === STATUS_OPEN;
}

/**
 * The open accounts of rows [from, to) that the filter does not pass, ascending. Columns are read in order and no object is
 * touched; slots lie within their columns because `post` keeps them there, so reads beyond them are not guarded.
 */
export function flagAccounts(view: EngineView, from: number, to: number): readonly AccountId[] {
  const store = view.state.ledger.accounts;
  const {
    status,
    group,
    mode,
    positionStart,
    positionCount,
    positionLots,
    positionInstrument,
    balanceStart,
    balanceCount,
    balanceKey,
  } = store;
  const cash = view.words.of(store.cash);
  const loans = view.words.of(store.loanShares);
  const balances = view.words.of(store.balanceValue);
  const flagged: AccountId[] = [];
  let inGroup = -1;
  let coefficients: FilterCoefficients | null = null;
  for (let account = from; account < to; account += 1) {
    if (status[account] !== STATUS_OPEN) continue;
    const itsGroup = group[account] as number;
    if (itsGroup !== inGroup || coefficients === null) {
      coefficients = coefficientsOf(view, itsGroup);
      inGroup = itsGroup;
    }
    if (!coefficients.isBound) {
      flagged.push(accountId(account));
      continue;
    }
    const isUsd = mode[account] === MODE_OVERCOLLATERALIZED;
    let health = approximateAt(cash, account);
    if (isUsd) health *= coefficients.cashUsd;
    let magnitude = Math.abs(health);
    let terms = 2;
    if (loans[account * 2] !== 0 || loans[account * 2 + 1] !== 0) {
      const interest = approximateInterest(view.state, account, itsGroup);
      health -= interest;
      magnitude += interest;
    }
    const { long, short } = coefficients;
    const firstPosition = positionStart[account] as number;
    const pastPosition = firstPosition + (positionCount[account] as number);
    for (let slot = firstPosition; slot < pastPosition; slot += 1) {
      const lots = positionLots[slot] as number;
      const instrument = positionInstrument[slot] as number;
      const value = lots > 0 ? lots * (long[instrument] as number) : -lots * (short[instrument] as number);
      health += value;
      magnitude += Math.abs(value);
      terms += 1;
    }
    const rates = isUsd ? coefficients.balanceUsd : coefficients.balance;
    const firstBalance = balanceStart[account] as number;
    const pastBalance = firstBalance + (balanceCount[account] as number);
    for (let slot = firstBalance; slot < pastBalance; slot += 1) {
      const key = balanceKey[slot] as number;
      const value = approximateAt(balances, slot) * (rates[key] as number);
      const constant = isUsd ? 0 : (coefficients.balanceConstant[key] as number);
      health += value - constant;
      magnitude += Math.abs(value) + constant;
      terms += 1;
    }
    if (!(health > magnitude * SLACK + terms * TICKS_PER_TERM)) flagged.push(accountId(account));
  }
  return flagged;
}

function approximateInterest(state: EngineState, account: number, group: number): number {
  const store = state.ledger.accounts;
  const asset = state.terms.groups[group]?.settlementAsset ?? 0;
  const pool = state.ledger.pools[asset] ?? null;
  if (pool === null) return 0;
  const owed = bigintToApproximateNumber(store.loanShares[account] ?? 0n) * rayOf(pool.debtIndex);
  return Math.max(0, owed * (1 + 2 ** -40) - bigintToApproximateNumber(store.loanPrincipal[account] ?? 0n) + 1);
}

function coefficientsOf(view: EngineView, group: number): FilterCoefficients {
  const found = view.filters[group];
  if (found !== undefined && found.model === view.models[group] && found.timeMs === view.state.timeMs) return found.coefficients;
  const model = modelOf(view, groupId(group));
  const coefficients = compileFilter(view.state, model);
  view.filters[group] = { model, coefficients, timeMs: view.state.timeMs };
  return coefficients;
}

/** Compiles the coefficients of one model, once per block: pool indexes move with time, and a loss drops the filters. */
function compileFilter(state: EngineState, model: RiskModel): FilterCoefficients {
  const { rows } = model;
  const count = state.terms.instruments.length;
  const long = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const short = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const factor = model.lossFactorMaintenancePpm / 1_000_000;
  for (let id = 0; id < count; id += 1) {
    const row = model.rowOfInstrument[id] ?? -1;
    if (row < 0) {
      const settled = settledValue(state, id);
      if (settled === null) continue;
      long[id] = settled.long;
      short[id] = settled.short;
      continue;
    }
    const charge = (rows.maintenanceRate[row] ?? 0) + sizePerLot(state, model, row, id) + 2;
    const low = worstLoss(model, row, 1);
    const high = worstLoss(model, row, -1);
    long[id] = (rows.longValue[row] ?? 0) - (low * factor + charge);
    short[id] = -(rows.shortValue[row] ?? 0) - (high * factor + charge + (rows.shortMinimum[row] ?? 0));
  }
  const keys = state.terms.assets.length * 4;
  const balance = new Float64Array(keys).fill(Number.NEGATIVE_INFINITY);
  const balanceUsd = new Float64Array(keys).fill(Number.NEGATIVE_INFINITY);
  const balanceConstant = new Float64Array(keys);
  for (const terms of state.terms.assets) {
    const asset = model.assets[terms.id];
    if (asset === undefined) continue;
    const pool = state.ledger.pools[terms.id] ?? null;
    fillAsset(model, asset, pool, factor, { balance, balanceUsd, balanceConstant });
  }
  const cashUsd = Number(model.stablePrice) / 1e9;
  return { isBound: model.rules === null, long, short, balance, balanceUsd, balanceConstant, cashUsd };
}

/**
 * Largest loss of one lot (sign 1: long, −1: short) over stress and joint scenarios. The functional is a weighted mean of the two kinds, so
 * the larger bounds it; magnitudes bound any transform.
 */
function worstLoss(model: RiskModel, row: number, sign: 1 | -1): number {
  const { matrix, rows, stride } = model;
  if (!model.isPlain) return (rows.riskMax[row] ?? 0) * 4 + Math.abs(rows.baseValue[row] ?? 0);
  if (model.jointCount === 0) return Math.max(0, sign === 1 ? -(rows.riskLow[row] ?? 0) : (rows.riskHigh[row] ?? 0));
  let worst = 0;
  for (const entry of matrix.subarray(row * stride, (row + 1) * stride)) worst = Math.max(worst, -sign * entry);
  return worst;
}

function sizePerLot(state: EngineState, model: RiskModel, row: number, id: number): number {
  const gross = grossLots(state.ledger.accounts.instruments, instrumentId(id));
  if (gross === 0 || (model.rows.impactPpm[row] ?? 0) === 0) return 0;
  const charge = sizeCharge({
    size: BigInt(gross),
    gross: BigInt(gross),
    notional: BigInt(model.rows.notional[row] ?? 0),
    impactPpm: BigInt(model.rows.impactPpm[row] ?? 0),
    sizeUnit: BigInt(model.rows.sizeUnit[row] ?? 1),
    sizeRootScale: BigInt(model.rows.sizeRootScale[row] ?? 1),
  });
  return bigintToApproximateNumber(charge) / gross + 1;
}

function settledValue(state: EngineState, id: number): { readonly long: number; readonly short: number } | null {
  const found = instrumentStateOf(state, instrumentId(id));
  if (found.status !== 'settled' || found.finalPrice === null) return null;
  const value = found.finalPrice - found.funding.index;
  return { long: value - found.socialIndex, short: -value - found.socialIndex };
}

function fillAsset(
  model: RiskModel,
  asset: RiskAsset,
  pool: LendingPool | null,
  factor: number,
  out: Pick<FilterCoefficients, 'balance' | 'balanceUsd' | 'balanceConstant'>,
): void {
  const perUnit = (price: bigint, denominator: bigint): number =>
    (bigintToApproximateNumber(price) * 1e6) / bigintToApproximateNumber(denominator);
  const leastCredit =
    asset.bands.reduce((least, band) => Math.min(least, Number(band.creditMaintenancePpm)), 1_000_000) / 1_000_000;
  const value = perUnit(asset.priceHigh, asset.denominator);
  const owed = perUnit(asset.priceLow, asset.denominator);
  const unit = bigintToApproximateNumber(asset.riskUnit);
  const riskOf = (sign: 1 | -1): number =>
    asset.rows.reduce(
      (sum, row) => sum + (worstLoss(model, row, sign) * factor + (model.rows.maintenanceRate[row] ?? 0) + 2) / unit,
      0,
    );
  const supplyIndex = pool === null ? 1 : rayOf(pool.supplyIndex) * (1 - 2 ** -40);
  const debtIndex = pool === null ? 1 : rayOf(pool.debtIndex) * (1 + 2 ** -40);
  const base = asset.id * 4;
  const credit = value * leastCredit - riskOf(1);
  out.balance[base] = credit;
  out.balance[base + 1] = credit > 0 ? credit * supplyIndex : credit * rayOf(pool?.supplyIndex ?? 0n) * (1 + 2 ** -40);
  out.balance[base + 2] = -(owed + riskOf(-1)) * debtIndex;
  if (asset.rows.length > 0) {
    out.balanceConstant[base] = value * unit;
    out.balanceConstant[base + 1] = value * unit;
    out.balanceConstant[base + 2] = riskOf(-1) * unit;
  }
  const usd = perUnit(asset.priceHigh, asset.denominatorUsd) * (Number(asset.liquidationThresholdPpm) / 1_000_000);
  out.balanceUsd[base] = usd;
  out.balanceUsd[base + 1] = usd * supplyIndex;
  out.balanceUsd[base + 2] = -perUnit(asset.priceLow, asset.denominatorUsd) * debtIndex;
}

function rayOf(index: bigint): number {
  return bigintToApproximateNumber(index) * 1e-27;
}
