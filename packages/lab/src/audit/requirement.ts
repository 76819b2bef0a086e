// Requirement and haircut equity of an account, from profile, parameters and prices, in bigint and from the definition:
//
//     functional  = ⌈(1 − w) · Σ_u max(0, −min_s P[u,s]) + w · max(0, ES of −Σ_u P[u,j])⌉
//     requirement = ⌈loss factor(level) · functional⌉ + add-ons(level)
//     health      = cash + positions + credit − debts − requirement
//
// Roundings are part of the specification: credit and value owned go down, debts and charges go up, marks, risk entries and slow
// gaps go to the nearest (a tie to even). Options are not priced here: an account that holds one is not compared.

import type { AssetTerms, InstrumentTerms } from '@plimsoll/core/assets';
import type { Parameters } from '@plimsoll/core/engine';
import { type AccountBook, type Books, grossOf, loanInterestOf, minuteOf, poolOf, settlementAssetOf } from './books.ts';
import { abs, ceilDiv, floorDiv, least, MILLION, most, nearestDiv, RAY, rootUp, YEAR } from './exact.ts';
import { assetFigures, indexFigures, lotTicks, markFigures, type PriceFigures, slowPrice } from './prices.ts';

type Profile = Parameters['profiles'][number];

/** Figures of one account in ticks of the settlement asset (of one USD for overcollateralized accounts). */
export interface AuditedMargin {
  readonly equity: bigint;
  readonly haircutEquityMaintenance: bigint;
  readonly haircutEquityInitial: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
}

const TRILLION = 1_000_000_000_000n;
const NANO = 1_000_000_000n;

interface Shock {
  /** price' = price · (1 + move / 1e12), not below zero. */
  readonly move: bigint;
  readonly dampening: bigint;
}

/** One instrument, or one asset inside the scenarios: what a lot or a risk unit gains and is charged. */
export interface Line {
  readonly underlying: number;
  readonly expiryMs: number | null;
  readonly isInstrument: boolean;
  /** Profit of one lot in each stress scenario, then each joint one. */
  readonly stress: readonly bigint[];
  readonly joint: readonly bigint[];
  /** Largest loss of one lot long, and of one lot short, over the stress scenarios; zero where there is none. */
  readonly worstLong: bigint;
  readonly worstShort: bigint;
  /** True when no scenario set transforms its profit: then q lots alone lose q times what one loses. */
  readonly isPlain: boolean;
  readonly longValue: bigint;
  readonly shortValue: bigint;
  readonly notional: bigint;
  readonly maintenanceRate: bigint;
  readonly initialRate: bigint;
  readonly slowGap: bigint;
  readonly impact: bigint;
  readonly sizeUnit: bigint;
  readonly sizeScale: bigint;
}

/** The market of one group at one moment. */
export interface AuditedMarket {
  readonly version: number;
  /** The minute that has begun: models see no finer time. */
  readonly timeMs: number;
  readonly group: number;
  /** How each stress scenario's profit is transformed. */
  readonly transforms: readonly ProfileSet['transform'][];
  readonly stable: bigint;
  readonly profile: Profile;
  readonly lossFactor: { readonly maintenance: bigint; readonly initial: bigint };
  readonly instruments: ReadonlyMap<number, Line>;
  readonly inside: ReadonlyMap<number, Line>;
  readonly prices: ReadonlyMap<number, PriceFigures>;
  /** Values of a unit by asset id, in parts of the divisor. */
  readonly units: readonly UnitValue[];
}

/** What one ledger unit of an asset counts, over a common divisor; the divisors of ticks and of USD differ. */
interface UnitValue {
  readonly terms: AssetTerms;
  readonly risk: Parameters['assets'][number];
  readonly high: bigint;
  readonly valueHigh: bigint;
  readonly valueLow: bigint;
  /** Low price after confidence, times a million. */
  readonly conservative: bigint;
  /** For overcollateralized accounts. */
  readonly threshold: bigint;
  readonly loanToValue: bigint;
  readonly tickDivisor: bigint;
  readonly usdDivisor: bigint;
}

/** Prices every row of a group under every scenario. */
export function marketOf(books: Books, group: number): AuditedMarket {
  const name = books.parameters.groups[group]?.profile;
  const profile = books.parameters.profiles.find((candidate) => candidate.name === name);
  if (profile === undefined) throw new Error(`The auditor knows no profile "${name ?? ''}".`);
  const stable = assetFigures(books, settlementAssetOf(books, group)).price;
  const shortfall = most(0n, BigInt(profile.addOns.pegThresholdPpm) * 1000n - stable);
  const initial = BigInt(profile.lossFactor.initialPpm) + ceilDiv(shortfall * BigInt(profile.addOns.pegFactorPpm), NANO);
  const lossFactor = { maintenance: BigInt(profile.lossFactor.maintenancePpm), initial };
  const instruments = new Map<number, Line>();
  for (const terms of books.instruments) {
    const status = books.instrumentStates[terms.id]?.status;
    if (terms.group !== group || terms.form.kind === 'spot' || terms.form.kind === 'option' || status === 'settled') continue;
    instruments.set(terms.id, instrumentLine(books, profile, terms));
  }
  const inside = new Map<number, Line>();
  const prices = new Map<number, PriceFigures>();
  const units: UnitValue[] = [];
  for (const terms of books.assets) {
    const figures = assetFigures(books, terms.id);
    prices.set(terms.id, figures);
    units.push(unitValue(books, terms, { figures, stable }));
    if (terms.underlying !== null)
      inside.set(terms.id, assetLine(books, profile, { terms, figures, stable, lossFactor: initial }));
  }
  const transforms = profile.scenarioSets.flatMap((set) => scenariosOf(set).map(() => set.transform));
  const timeMs = minuteOf(books);
  return {
    version: books.version,
    timeMs,
    group,
    transforms,
    stable,
    profile,
    lossFactor,
    instruments,
    inside,
    prices,
    units,
  };
}

function unitValue(
  books: Books,
  terms: AssetTerms,
  { figures, stable }: { readonly figures: PriceFigures; readonly stable: bigint },
): UnitValue {
  const risk = books.parameters.assets[terms.id];
  if (risk === undefined) throw new Error(`The auditor knows no asset ${terms.id}.`);
  const conservative = figures.low * most(0n, MILLION - figures.confidence);
  return {
    terms,
    risk,
    high: figures.high,
    valueHigh: figures.high * MILLION,
    valueLow: figures.low * MILLION,
    conservative,
    threshold: BigInt(risk.liquidationThresholdPpm) * figures.high,
    loanToValue: BigInt(risk.loanToValuePpm) * conservative,
    tickDivisor: terms.feedUnit * stable,
    usdDivisor: terms.feedUnit * NANO,
  };
}

/** Largest loss of a lot of either sign over the stress scenarios. */
export function worstMove(line: Line): bigint {
  return line.stress.reduce((largest, entry) => most(largest, abs(entry)), 0n);
}

/** True when the auditor has an opinion on the account's margin: it holds no option that has not settled. */
export function isPriceable(books: Books, account: AccountBook): boolean {
  for (const id of account.positions.keys()) {
    if (books.instruments[id]?.form.kind === 'option' && books.instrumentStates[id]?.status !== 'settled') return false;
  }
  return true;
}

/** Margin of an account as the books stand. */
export function marginOf(books: Books, market: AuditedMarket, account: AccountBook): AuditedMargin {
  const cash = account.cash - loanInterestOf(books, account) + settledValue(books, account);
  const balances = balanceSums(books, market, account);
  if (account.mode === 'overcollateralized') {
    const usd = floorDiv(cash * market.stable, NANO);
    return {
      equity: usd + balances.value,
      haircutEquityMaintenance: usd + balances.maintenance,
      haircutEquityInitial: usd + balances.initial,
      maintenance: 0n,
      initial: 0n,
    };
  }
  const holdings = holdingsOf(books, market, account);
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
function holdingsOf(books: Books, market: AuditedMarket, account: AccountBook): readonly Holding[] {
  const holdings: Holding[] = [];
  for (const [id, quantity] of account.positions) {
    const line = market.instruments.get(id);
    if (line !== undefined) holdings.push({ line, quantity, gross: most(grossOf(books, account.owner, id), abs(quantity)) });
  }
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
  for (const own of byUnderlying.values()) stress += worstLoss(market, own);
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
  return ceilDiv((MILLION - weight) * stress + weight * shortfall, MILLION);
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
      profit += expiryMs === null ? sum : transformed(transform, sum, Math.max(0, expiryMs - market.timeMs) / 86_400_000);
    }
    worst = most(worst, -profit);
  }
  return worst;
}

type ProfileSet = Profile['scenarioSets'][number];

/** Linear instruments have no base value, so discounting the value and discounting the profit are the same. */
function transformed(transform: ProfileSet['transform'], profit: bigint, days: number): bigint {
  switch (transform.kind) {
    case 'identity':
      return profit;
    case 'minusAbsolute':
      return -abs(profit);
    case 'discountBySign':
      return floorDiv(profit * BigInt(profit < 0n ? transform.negativePpm : transform.positivePpm), MILLION);
    case 'perExpiry': {
      const band = transform.bands.find((candidate) => candidate.daysUpTo === null || days <= candidate.daysUpTo);
      return band === undefined ? profit : floorDiv(profit * BigInt(profit < 0n ? band.negativePpm : band.positivePpm), MILLION);
    }
  }
}

function addOnsOf(holdings: readonly Holding[]): { readonly maintenance: bigint; readonly initial: bigint } {
  let maintenance = 0n;
  let initial = 0n;
  const gaps = new Map<number, bigint>();
  for (const { line, quantity, gross } of holdings) {
    const size = abs(quantity);
    const charge = sizeCharge(line, size, gross);
    maintenance += charge + size * line.maintenanceRate;
    initial += charge + size * line.initialRate;
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

/** Value and credit of all balances, in the account's unit. */
function balanceSums(
  books: Books,
  market: AuditedMarket,
  account: AccountBook,
): { readonly value: bigint; readonly maintenance: bigint; readonly initial: bigint } {
  let value = 0n;
  let maintenance = 0n;
  let initial = 0n;
  const isUsd = account.mode === 'overcollateralized';
  for (const { asset, amount, isDebt } of balancesOf(books, account)) {
    const unit = market.units[asset];
    if (unit === undefined) throw new Error(`The auditor knows no asset ${asset}.`);
    const { terms, risk } = unit;
    const divisor = isUsd ? unit.usdDivisor : unit.tickDivisor;
    if (isDebt) {
      const owed = ceilDiv(amount * unit.valueLow, divisor);
      value -= owed;
      maintenance -= owed;
      initial -= owed;
      continue;
    }
    value += floorDiv(amount * unit.valueHigh, divisor);
    if (isUsd) {
      maintenance += floorDiv(amount * unit.threshold, divisor);
      initial += floorDiv(amount * unit.loanToValue, divisor * MILLION);
      continue;
    }
    const counted = terms.underlying === null ? amount : floorDiv(amount, terms.riskUnit) * terms.riskUnit;
    maintenance += floorDiv(creditedUnits(risk.haircuts, counted, 0) * unit.high, divisor);
    initial += floorDiv(
      creditedUnits(risk.haircuts, counted, risk.initialExtraHaircutPpm) * unit.conservative,
      divisor * MILLION,
    );
  }
  return { value, maintenance, initial };
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

function scenariosOf(
  set: ProfileSet,
): readonly { readonly spotPpm: number; readonly spotScale: 'scanRange' | 'absolute'; readonly dampeningPpm: number }[] {
  if (set.kind === 'list') return set.scenarios;
  const { spotScale, dampeningPpm } = set;
  return set.spotPpm.flatMap((spotPpm) => set.volatility.map(() => ({ spotPpm, spotScale, dampeningPpm })));
}

function shocksOf(
  books: Books,
  profile: Profile,
  underlying: number,
): { readonly stress: readonly Shock[]; readonly joint: readonly Shock[] } {
  const scanRange = BigInt(books.parameters.underlyings[underlying]?.scanRangePpm ?? 0);
  const symbol = books.underlyings[underlying]?.symbol;
  const shock = (move: bigint, dampeningPpm: number): Shock => ({ move: most(-TRILLION, move), dampening: BigInt(dampeningPpm) });
  return {
    stress: profile.scenarioSets
      .flatMap(scenariosOf)
      .map(({ spotPpm, spotScale, dampeningPpm }) =>
        shock(BigInt(spotPpm) * (spotScale === 'scanRange' ? scanRange : MILLION), dampeningPpm),
      ),
    joint: profile.joint.scenarios.map((scenario) => {
      const named = scenario.moves.find((move) => move.underlying === symbol);
      return shock(BigInt(named === undefined ? scenario.otherwisePpm : named.spotPpm) * MILLION, scenario.dampeningPpm);
    }),
  };
}

/** Profit of a lot worth numerator/denominator ticks under each shock, and 1 if any had to be rounded: charged per |lot|. */
function profits(
  books: Books,
  profile: Profile,
  lot: { readonly underlying: number; readonly numerator: bigint; readonly denominator: bigint },
): { readonly stress: readonly bigint[]; readonly joint: readonly bigint[]; readonly rounding: bigint } {
  const shocks = shocksOf(books, profile, lot.underlying);
  const divisor = lot.denominator * TRILLION * MILLION;
  let rounding = 0n;
  const profit = ({ move, dampening }: Shock): bigint => {
    const exact = lot.numerator * move * dampening;
    const rounded = nearestDiv(exact, divisor);
    if (rounded * divisor !== exact) rounding = 1n;
    return rounded;
  };
  const stress = shocks.stress.map(profit);
  const joint = profile.joint.weightPpm > 0 ? shocks.joint.map(profit) : [];
  return { stress, joint, rounding };
}

function instrumentLine(books: Books, profile: Profile, terms: InstrumentTerms): Line {
  const risk = books.parameters.instruments[terms.id];
  const state = books.instrumentStates[terms.id];
  const underlying = books.parameters.underlyings[terms.underlying];
  if (risk === undefined || state === undefined || underlying === undefined)
    throw new Error(`The auditor knows no instrument ${terms.id}.`);
  const { addOns } = profile;
  const mark = markFigures(books, terms);
  const index = indexFigures(books, terms.underlying);
  const { stress, joint, rounding } = profits(books, profile, {
    underlying: terms.underlying,
    numerator: mark.price * terms.lotUnits,
    denominator: TRILLION,
  });
  const notional = ceilDiv((addOns.notionalPrice === 'mark' ? mark.price : index.price) * terms.lotUnits, TRILLION);
  const share = (ratePpm: bigint, multiplierPpm: number): bigint => ceilDiv(notional * ratePpm * BigInt(multiplierPpm), TRILLION);
  const deviations = BigInt(underlying.annualVolatilityPpm) * BigInt(addOns.latencyPpm);
  const latency = rootUp(ceilDiv(deviations * deviations * BigInt(risk.declaredLatencyMs), YEAR * TRILLION));
  const maintenanceRate = rounding + share(BigInt(risk.maintenanceAddOnPpm), addOns.instrumentPpm) + share(latency, 1_000_000);
  const initialExtra = share(BigInt(risk.initialAddOnPpm), addOns.instrumentPpm) + share(mark.confidence, addOns.confidencePpm);
  const funding = BigInt(state.funding.index);
  const social = BigInt(state.socialIndex);
  const low = lotTicks(terms, mark.low);
  const high = lotTicks(terms, mark.high);
  const slow = slowPrice(books, terms.underlying);
  const gap = slow === null ? 0n : nearestDiv((index.price - slow) * terms.lotUnits, TRILLION);
  return {
    underlying: terms.underlying,
    expiryMs: terms.form.kind === 'future' || terms.form.kind === 'option' ? terms.form.expiryMs : null,
    isInstrument: true,
    stress,
    joint,
    ...worstOf(stress),
    isPlain: isPlainProfile(profile) || (terms.form.kind !== 'future' && terms.form.kind !== 'option'),
    longValue: most(low, high) - funding - social,
    shortValue: least(low, high) - funding + social,
    notional,
    maintenanceRate,
    initialRate: maintenanceRate + initialExtra,
    slowGap: scaledGap(gap, addOns.slowPricePpm),
    ...sizeColumns(risk.impactPpm, addOns.sizePpm, underlying.depthOnePercent),
  };
}

function assetLine(
  books: Books,
  profile: Profile,
  asset: { readonly terms: AssetTerms; readonly figures: PriceFigures; readonly stable: bigint; readonly lossFactor: bigint },
): Line {
  const { terms, figures, stable } = asset;
  const underlying = terms.underlying ?? -1;
  const denominator = terms.feedUnit * stable;
  const numerator = terms.riskUnit * figures.price * MILLION;
  const { stress, joint, rounding } = profits(books, profile, { underlying, numerator, denominator });
  const slow = slowPrice(books, underlying);
  const index = indexFigures(books, underlying).price;
  const gap =
    slow === null ? 0n : scaledGap(nearestDiv(numerator * (index - slow), denominator * index), profile.addOns.slowPricePpm);
  // The slow gap charges a unit no more than its initial haircut and its worst scenario leave of it: more collateral never lowers health.
  const risk = books.parameters.assets[terms.id];
  const haircut =
    (risk?.haircuts ?? []).reduce((widest, band) => most(widest, BigInt(band.haircutPpm)), 0n) +
    BigInt(risk?.initialExtraHaircutPpm ?? 0);
  const credit = floorDiv(
    terms.riskUnit * figures.low * MILLION * (MILLION - least(haircut, MILLION)) * (MILLION - least(figures.confidence, MILLION)),
    denominator * TRILLION,
  );
  const worst = [...stress, ...joint].reduce((largest, entry) => most(largest, -entry), 0n);
  const cap = credit - ceilDiv(worst * asset.lossFactor, MILLION) - 1n;
  return {
    underlying,
    expiryMs: null,
    isInstrument: false,
    stress,
    joint,
    ...worstOf(stress),
    isPlain: true,
    longValue: 0n,
    shortValue: 0n,
    notional: 0n,
    maintenanceRate: rounding,
    initialRate: rounding,
    slowGap: least(gap, most(0n, cap - rounding)),
    impact: 0n,
    sizeUnit: 1n,
    sizeScale: 1n,
  };
}

function worstOf(stress: readonly bigint[]): Pick<Line, 'worstLong' | 'worstShort'> {
  return {
    worstLong: stress.reduce((largest, entry) => most(largest, -entry), 0n),
    worstShort: stress.reduce((largest, entry) => most(largest, entry), 0n),
  };
}

/** What has no expiry is never transformed. */
function isPlainProfile(profile: Profile): boolean {
  return profile.scenarioSets.every((set) => set.transform.kind === 'identity');
}

function scaledGap(gap: bigint, multiplierPpm: number): bigint {
  return nearestDiv(gap * BigInt(multiplierPpm), MILLION);
}

/** unit = ⌊depth / 4^k⌋ with the largest k ≤ 15 that leaves it at least 1024; scale = 2^k. */
function sizeColumns(impactPpm: number, multiplierPpm: number, depth: bigint): Pick<Line, 'impact' | 'sizeUnit' | 'sizeScale'> {
  let k = 15n;
  while (k > 0n && floorDiv(depth, 4n ** k) < 1024n) k -= 1n;
  return {
    impact: ceilDiv(BigInt(impactPpm) * BigInt(multiplierPpm), MILLION),
    sizeUnit: floorDiv(depth, 4n ** k),
    sizeScale: 2n ** k,
  };
}
