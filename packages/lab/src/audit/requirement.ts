// Requirement and haircut equity of an account, from profile, parameters and prices, in bigint and from the definition:
//
//     functional  = ⌈(1 − w) · Σ_u max(0, −min_s P[u,s]) + w · max(0, ES of −Σ_u P[u,j])⌉
//     requirement = ⌈loss factor(level) · functional⌉ + add-ons(level)
//     health      = cash + positions + credit − debts − requirement
//
// Roundings are part of the specification: credit and value owned go down, debts and charges go up, marks, risk entries and slow
// gaps go to the nearest (a tie to even). Entries of options are the engine's integers, each checked before (options.ts).

import { type AccountBook, type Books, loanInterestOf, poolOf } from './books.ts';
import { abs, ceilDiv, floorDiv, least, MILLION, most, RAY, rootUp } from './exact.ts';
import type { AuditedMarket, Line, ProfileSet, Ratio, UnitValue } from './market.ts';

/** Figures of one account in ticks of the settlement asset (of one USD for overcollateralized accounts). */
export interface AuditedMargin {
  readonly equity: bigint;
  readonly haircutEquityMaintenance: bigint;
  readonly haircutEquityInitial: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
}

const NANO = 1_000_000_000n;

/** Health at maintenance: below zero the account is to be sold. */
export function maintenanceHealth({ haircutEquityMaintenance, maintenance }: AuditedMargin): bigint {
  return haircutEquityMaintenance - maintenance;
}

/** Lots that an owner holds over all accounts, by instrument. */
export type Owned = ReadonlyMap<number, bigint> | undefined;

/** Margin of an account as the books stand. */
export function marginOf(books: Books, market: AuditedMarket, account: AccountBook): AuditedMargin {
  return marginWith(books, market, account, books.ownerGross.get(account.owner));
}

/** Maintenance requirement of an account that is none of `overcollateralized`, if its owner held so much. */
export function requirementWith(books: Books, market: AuditedMarket, account: AccountBook, owned: Owned): bigint {
  const holdings = holdingsOf(books, market, account, owned);
  return ceilDiv(functionalOf(market, holdings) * market.lossFactor.maintenance, MILLION) + addOnsOf(holdings).maintenance;
}

/** The margin of an account as it is or would be, if its owner held so much. */
export function marginWith(books: Books, market: AuditedMarket, account: AccountBook, owned: Owned): AuditedMargin {
  const cash = account.cash - loanInterestOf(books, account) + settledValue(books, account);
  const balances = balanceSums(books, market, account);
  if (account.mode === 'overcollateralized') {
    const usd = cash === 0n ? 0n : floorDiv(cash * market.stable, NANO);
    return {
      equity: usd + balances.value,
      haircutEquityMaintenance: usd + balances.maintenance,
      haircutEquityInitial: usd + balances.initial,
      maintenance: 0n,
      initial: 0n,
    };
  }
  const holdings = holdingsOf(books, market, account, owned);
  let positions = 0n;
  for (const { line, quantity } of holdings) {
    if (line.isInstrument) positions += quantity * (quantity > 0n ? line.longValue : line.shortValue);
  }
  const functional = functionalOf(market, holdings);
  const addOns = addOnsOf(holdings);
  const held = cash + positions;
  return {
    equity: held + balances.value,
    haircutEquityMaintenance: held + balances.maintenance,
    haircutEquityInitial: held + balances.initial,
    maintenance: ceilDiv(functional * market.lossFactor.maintenance, MILLION) + addOns.maintenance,
    initial: ceilDiv(functional * market.lossFactor.initial, MILLION) + addOns.initial,
  };
}

/**
 * Equity of an account in the settlement asset, whatever its mode: what it would be worth to whoever takes all of it at mark. The same
 * figure as `equity` of the account as a portfolio, without what only requirement and credit need.
 */
export function saleEquityOf(books: Books, market: AuditedMarket, account: AccountBook): bigint {
  let equity = account.cash - loanInterestOf(books, account) + settledValue(books, account);
  for (const [id, quantity] of account.positions) {
    const line = market.instruments.get(id);
    if (line !== undefined) equity += quantity * (quantity > 0n ? line.longValue : line.shortValue);
  }
  for (const [asset, amount] of account.collateral) equity += timesDown(amount, unitOf(market, asset).ticks.high);
  for (const [asset, shares] of account.supply)
    equity += timesDown(floorDiv(shares * poolOf(books, asset).supplyIndex, RAY), unitOf(market, asset).ticks.high);
  for (const [asset, shares] of account.debt) equity -= owedAt(books, { asset, shares }, unitOf(market, asset).ticks.low);
  return equity;
}

/** ⌈⌈shares · index⌉ · n/d⌉ */
function owedAt(books: Books, debt: { readonly asset: number; readonly shares: bigint }, { n, d }: Ratio): bigint {
  const owed = ceilDiv(debt.shares * poolOf(books, debt.asset).debtIndex, RAY);
  return d === 1n ? owed * n : ceilDiv(owed * n, d);
}

/** Positions of settled instruments are the cash they will become. */
function settledValue(books: Books, account: AccountBook): bigint {
  let value = 0n;
  for (const [id, lots] of account.positions) {
    const state = books.instrumentStates[id];
    if (state?.status !== 'settled' || state.finalPrice === null) continue;
    value += lots * BigInt(state.finalPrice - state.funding.index) - abs(lots) * BigInt(state.socialIndex);
  }
  return value;
}

interface Holding {
  readonly line: Line;
  readonly quantity: bigint;
  /** Lots of the owner over all accounts. */
  readonly gross: bigint;
}

/** Lots, and whole risk units of assets inside the scenarios: begun ones of what is owed, whole ones of what is owned. */
function holdingsOf(books: Books, market: AuditedMarket, account: AccountBook, owned: Owned): readonly Holding[] {
  const holdings: Holding[] = [];
  for (const [id, quantity] of account.positions) {
    const line = market.instruments.get(id);
    if (line !== undefined) holdings.push({ line, quantity, gross: most(owned?.get(id) ?? 0n, abs(quantity)) });
  }
  if (market.inside.size === 0) return holdings;
  for (const { asset, amount, isDebt } of balancesOf(books, account)) {
    const line = market.inside.get(asset);
    const unit = books.assets[asset]?.riskUnit ?? 1n;
    const quantity = isDebt ? -ceilDiv(amount, unit) : floorDiv(amount, unit);
    if (line !== undefined && quantity !== 0n) holdings.push({ line, quantity, gross: abs(quantity) });
  }
  return holdings;
}

function functionalOf(market: AuditedMarket, holdings: readonly Holding[]): bigint {
  const { profile } = market;
  if (holdings.length === 0) return 0n;
  const byUnderlying = new Map<number, Holding[]>();
  for (const holding of holdings) {
    const own = byUnderlying.get(holding.line.underlying);
    if (own === undefined) byUnderlying.set(holding.line.underlying, [holding]);
    else own.push(holding);
  }
  let stress = 0n;
  let alone = 0n;
  for (const [underlying, own] of byUnderlying) {
    const loss = worstLoss(market, own);
    stress += loss;
    if (market.alone.has(underlying)) alone += loss;
  }
  if (profile.joint.weightPpm === 0 || profile.joint.scenarios.length === 0) return stress;
  const losses = profile.joint.scenarios.map(
    (_, j) => -holdings.reduce((sum, { line, quantity }) => sum + quantity * (line.joint[j] ?? 0n), 0n),
  );
  const worst = losses.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)).slice(0, profile.joint.worstCount);
  const shortfall =
    worst.length === 0
      ? 0n
      : most(
          0n,
          ceilDiv(
            worst.reduce((sum, loss) => sum + loss, 0n),
            BigInt(worst.length),
          ),
        );
  const weight = BigInt(profile.joint.weightPpm);
  return ceilDiv((MILLION - weight) * stress + weight * (shortfall + alone), MILLION);
}

/** max(0, −min over stress scenarios of Σ over expiries of the transformed profit). */
function worstLoss(market: AuditedMarket, holdings: readonly Holding[]): bigint {
  const [only] = holdings;
  if (holdings.length === 1 && only?.line.isPlain === true)
    return only.quantity > 0n ? only.quantity * only.line.worstLong : -only.quantity * only.line.worstShort;
  const { transforms } = market;
  const expiries = [...new Set(holdings.map(({ line }) => line.expiryMs))];
  let worst = 0n;
  for (const [s, transform] of transforms.entries()) {
    let profit = 0n;
    for (const expiryMs of expiries) {
      const own = holdings.filter(({ line }) => line.expiryMs === expiryMs);
      const sum = own.reduce((total, { line, quantity }) => total + quantity * (line.stress[s] ?? 0n), 0n);
      if (expiryMs === null) {
        profit += sum;
        continue;
      }
      const base = own.reduce((total, { line, quantity }) => total + quantity * line.baseValue, 0n);
      profit += transformed(transform, { profit: sum, base }, Math.max(0, expiryMs - market.timeMs) / 86_400_000);
    }
    worst = most(worst, -profit);
  }
  return worst;
}

/** Discounts of a value count today's value of options with the profit; linear instruments have none, so for them both are the same. */
function transformed(
  transform: ProfileSet['transform'],
  figures: { readonly profit: bigint; readonly base: bigint },
  days: number,
): bigint {
  const { profit } = figures;
  switch (transform.kind) {
    case 'identity':
      return profit;
    case 'minusAbsolute':
      return -abs(profit);
    case 'discountBySign':
      return discounted(figures, transform.of, transform);
    case 'perExpiry': {
      const band = transform.bands.find((candidate) => candidate.daysUpTo === null || days <= candidate.daysUpTo);
      return band === undefined ? profit : discounted(figures, transform.of, band);
    }
    default:
      throw new Error(`The auditor knows no transform "${transform.kind}".`);
  }
}

/** ⌊(base + profit) · share⌋ − base, the share that of its sign. */
function discounted(
  figures: { readonly profit: bigint; readonly base: bigint },
  of: 'value' | 'profit',
  { negativePpm, positivePpm }: { readonly negativePpm: number; readonly positivePpm: number },
): bigint {
  const base = of === 'value' ? figures.base : 0n;
  const figure = base + figures.profit;
  return floorDiv(figure * BigInt(figure < 0n ? negativePpm : positivePpm), MILLION) - base;
}

function addOnsOf(holdings: readonly Holding[]): { readonly maintenance: bigint; readonly initial: bigint } {
  let maintenance = 0n;
  let initial = 0n;
  const gaps = new Map<number, bigint>();
  for (const { line, quantity, gross } of holdings) {
    const size = abs(quantity);
    const charge = sizeCharge(line, size, gross);
    const short = quantity < 0n ? size * line.shortMinimum : 0n;
    maintenance += charge + short + size * line.maintenanceRate;
    initial += charge + short + size * line.initialRate;
    gaps.set(line.underlying, (gaps.get(line.underlying) ?? 0n) + quantity * line.slowGap);
  }
  for (const gap of gaps.values()) initial += most(0n, gap);
  return { maintenance, initial };
}

/** ⌈size · notional · ⌈impact · ⌈√⌈gross · notional / unit⌉⌉ / scale⌉ / 1e6⌉: impact grows with the root of what the owner holds. */
function sizeCharge(line: Line, size: bigint, gross: bigint): bigint {
  if (line.impact === 0n || size === 0n) return 0n;
  const root = rootUp(ceilDiv(gross * line.notional, line.sizeUnit));
  return ceilDiv(size * line.notional * ceilDiv(line.impact * root, line.sizeScale), MILLION);
}

interface Balance {
  readonly asset: number;
  readonly amount: bigint;
  readonly isDebt: boolean;
}

/** Balances in ledger units: supply rounded down, debt rounded up. */
function balancesOf(books: Books, account: AccountBook): readonly Balance[] {
  const list: Balance[] = [];
  for (const [asset, amount] of account.collateral) list.push({ asset, amount, isDebt: false });
  for (const [asset, shares] of account.supply)
    list.push({ asset, amount: floorDiv(shares * poolOf(books, asset).supplyIndex, RAY), isDebt: false });
  for (const [asset, shares] of account.debt)
    list.push({ asset, amount: ceilDiv(shares * poolOf(books, asset).debtIndex, RAY), isDebt: true });
  return list;
}

interface BalanceSums {
  value: bigint;
  maintenance: bigint;
  initial: bigint;
}

/** Value and credit of all balances, in the account's unit. */
function balanceSums(books: Books, market: AuditedMarket, account: AccountBook): BalanceSums {
  const sums = { value: 0n, maintenance: 0n, initial: 0n };
  const addOwned = account.mode === 'overcollateralized' ? addOwnedUsd : addOwnedTicks;
  for (const [asset, amount] of account.collateral) addOwned(sums, unitOf(market, asset), amount);
  for (const [asset, shares] of account.supply)
    addOwned(sums, unitOf(market, asset), floorDiv(shares * poolOf(books, asset).supplyIndex, RAY));
  for (const [asset, shares] of account.debt) {
    const unit = unitOf(market, asset);
    const owed = owedAt(books, { asset, shares }, account.mode === 'overcollateralized' ? unit.usd.low : unit.ticks.low);
    sums.value -= owed;
    sums.maintenance -= owed;
    sums.initial -= owed;
  }
  return sums;
}

function unitOf(market: AuditedMarket, asset: number): UnitValue {
  const unit = market.units[asset];
  if (unit === undefined) throw new Error(`The auditor knows no asset ${asset}.`);
  return unit;
}

function addOwnedUsd(sums: BalanceSums, { usd }: UnitValue, amount: bigint): void {
  sums.value += timesDown(amount, usd.high);
  sums.maintenance += timesDown(amount, usd.threshold);
  sums.initial += timesDown(amount, usd.loanToValue);
}

function addOwnedTicks(sums: BalanceSums, unit: UnitValue, amount: bigint): void {
  const { terms, risk } = unit;
  const counted = terms.underlying === null ? amount : floorDiv(amount, terms.riskUnit) * terms.riskUnit;
  sums.value += timesDown(amount, unit.ticks.high);
  sums.maintenance += timesDown(creditedUnits(risk.haircuts, counted, 0), unit.creditedHigh);
  sums.initial += timesDown(creditedUnits(risk.haircuts, counted, risk.initialExtraHaircutPpm), unit.creditedLow);
}

/** Σ over haircut bands of the part of the amount in the band × (1 − haircut), in millionths of a unit. */
function creditedUnits(
  bands: readonly { readonly upTo: bigint | null; readonly haircutPpm: number }[],
  amount: bigint,
  extraPpm: number,
): bigint {
  let units = 0n;
  let from = 0n;
  for (const band of bands) {
    const to = band.upTo === null ? amount : least(amount, band.upTo);
    units += most(0n, to - from) * most(0n, MILLION - BigInt(band.haircutPpm + extraPpm));
    from = most(from, to);
  }
  return units;
}

/** ⌊amount · ratio⌋ */
function timesDown(amount: bigint, { n, d }: Ratio): bigint {
  return d === 1n ? amount * n : floorDiv(amount * n, d);
}
