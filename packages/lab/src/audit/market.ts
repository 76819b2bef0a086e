// The market of a group as margin sees it: what a lot of each instrument and a unit of each asset is worth, gains in each scenario and
// is charged, in bigint and from the definition. Computed once for every version of prices, marks and parameters.

import type { AssetTerms, InstrumentTerms } from '@plimsoll/core/assets';
import type { Parameters } from '@plimsoll/core/engine';
import { type Books, minuteOf, settlementAssetOf } from './books.ts';
import { abs, ceilDiv, commonDivisor, floorDiv, least, MILLION, most, nearestDiv, rootUp, YEAR } from './exact.ts';
import {
  checkOption,
  type OptionFigures,
  type OptionMarket,
  type OptionRow,
  priceOption,
  ticksOf,
  type VolatilityMove,
} from './options.ts';
import { assetFigures, indexFigures, markFigures, type PriceFigures, slowPrice } from './prices.ts';
import { knownPart, settlingTicks } from './settlement.ts';
import { optionVolatility } from './volatility.ts';

type Profile = Parameters['profiles'][number];
export type ProfileSet = Profile['scenarioSets'][number];

const TRILLION = 1_000_000_000_000n;
const NANO = 1_000_000_000n;

interface Shock {
  /** price' = price · (1 + move / 1e12), not below zero. */
  readonly move: bigint;
  readonly dampening: bigint;
  /** What implied volatility does; linear instruments do not notice. */
  readonly volatility: VolatilityMove;
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
  /** Mark of a lot without indexes; zero for assets. */
  readonly mark: bigint;
  /** Today's value of an option, on which value discounts are taken; zero for the rest. */
  readonly baseValue: bigint;
  /** Charged per lot of a short option. */
  readonly shortMinimum: bigint;
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
  /** Underlyings that some joint scenario neither names nor moves otherwise: they keep their own worst loss and net with nobody. */
  readonly alone: ReadonlySet<number>;
  readonly lossFactor: { readonly maintenance: bigint; readonly initial: bigint };
  readonly instruments: ReadonlyMap<number, Line>;
  readonly inside: ReadonlyMap<number, Line>;
  readonly prices: ReadonlyMap<number, PriceFigures>;
  /** Values of a unit by asset id, in parts of the divisor. */
  readonly units: readonly UnitValue[];
}

/** n/d in lowest terms. */
export interface Ratio {
  readonly n: bigint;
  readonly d: bigint;
}

/** What a ledger unit of an asset counts: in ticks of the settlement asset, and in millionths of a USD for overcollateralized accounts. */
export interface UnitValue {
  readonly terms: AssetTerms;
  readonly risk: Parameters['assets'][number];
  readonly ticks: { readonly high: Ratio; readonly low: Ratio };
  readonly usd: { readonly high: Ratio; readonly low: Ratio; readonly threshold: Ratio; readonly loanToValue: Ratio };
  /** Of a millionth of a unit, in ticks: at the high price, and at the low one less its confidence. */
  readonly creditedHigh: Ratio;
  readonly creditedLow: Ratio;
}

/** The engine's row of an option; null when it has none. */
export type AskOption = (instrument: number) => OptionRow | null;

/** Own prices of options, kept while the market they were made in stands still: they cost more than everything else. */
export type OptionPrices = Map<number, { readonly key: string; readonly profile: Profile; readonly figures: OptionFigures }>;

/** Prices every row of a group under every scenario. */
export function marketOf(
  books: Books,
  group: number,
  options: { readonly ask: AskOption; readonly prices: OptionPrices },
): AuditedMarket {
  const profile = profileOf(books, group);
  const stable = assetFigures(books, settlementAssetOf(books, group)).price;
  const shortfall = most(0n, BigInt(profile.addOns.pegThresholdPpm) * 1000n - stable);
  const initial = BigInt(profile.lossFactor.initialPpm) + ceilDiv(shortfall * BigInt(profile.addOns.pegFactorPpm), NANO);
  const lossFactor = { maintenance: BigInt(profile.lossFactor.maintenancePpm), initial };
  const instruments = new Map<number, Line>();
  for (const terms of books.instruments) {
    const status = books.instrumentStates[terms.id]?.status;
    if (terms.group !== group || terms.form.kind === 'spot' || status === 'settled') continue;
    instruments.set(terms.id, instrumentLine(books, profile, terms, pricesOf(books, profile, terms, options)));
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
    alone: new Set(books.underlyings.flatMap((_, id) => (isAlone(books, profile, id) ? [id] : []))),
    lossFactor,
    instruments,
    inside,
    prices,
    units,
  };
}

function profileOf(books: Books, group: number): Profile {
  const name = books.parameters.groups[group]?.profile;
  const profile = books.parameters.profiles.find((candidate) => candidate.name === name);
  if (profile === undefined) throw new Error(`The auditor knows no profile "${name ?? ''}".`);
  return profile;
}

function unitValue(
  books: Books,
  terms: AssetTerms,
  { figures, stable }: { readonly figures: PriceFigures; readonly stable: bigint },
): UnitValue {
  const risk = books.parameters.assets[terms.id];
  if (risk === undefined) throw new Error(`The auditor knows no asset ${terms.id}.`);
  const conservative = figures.low * most(0n, MILLION - figures.confidence);
  const tick = terms.feedUnit * stable;
  const usd = terms.feedUnit * NANO;
  return {
    terms,
    risk,
    ticks: { high: ratio(figures.high * MILLION, tick), low: ratio(figures.low * MILLION, tick) },
    usd: {
      high: ratio(figures.high * MILLION, usd),
      low: ratio(figures.low * MILLION, usd),
      threshold: ratio(BigInt(risk.liquidationThresholdPpm) * figures.high, usd),
      loanToValue: ratio(BigInt(risk.loanToValuePpm) * conservative, usd * MILLION),
    },
    creditedHigh: ratio(figures.high, tick),
    creditedLow: ratio(conservative, tick * MILLION),
  };
}

function ratio(n: bigint, d: bigint): Ratio {
  const common = commonDivisor(n, d);
  return { n: n / common, d: d / common };
}

/** Largest loss of a lot of either sign over the stress scenarios. */
export function worstMove(line: Line): bigint {
  return line.stress.reduce((largest, entry) => most(largest, abs(entry)), 0n);
}

function scenariosOf(set: ProfileSet): readonly {
  readonly spotPpm: number;
  readonly spotScale: 'scanRange' | 'absolute';
  readonly dampeningPpm: number;
  readonly volatility: VolatilityMove;
}[] {
  if (set.kind === 'list') return set.scenarios.map((scenario) => ({ ...scenario, volatility: knownMove(scenario.volatility) }));
  const { spotScale, dampeningPpm } = set;
  return set.spotPpm.flatMap((spotPpm) =>
    set.volatility.map((volatility) => ({ spotPpm, spotScale, dampeningPpm, volatility: knownMove(volatility) })),
  );
}

/** What the auditor does not know it refuses to judge, rather than judging it wrongly. */
function knownMove(move: string): VolatilityMove {
  if (move === 'up' || move === 'none' || move === 'down') return move;
  throw new Error(`The auditor knows no volatility move "${move}".`);
}

function isAlone(books: Books, profile: Profile, underlying: number): boolean {
  const symbol = books.underlyings[underlying]?.symbol;
  return profile.joint.scenarios.some(
    ({ moves, otherwisePpm }) => otherwisePpm === null && moves.every((move) => move.underlying !== symbol),
  );
}

function shocksOf(
  books: Books,
  profile: Profile,
  underlying: number,
): { readonly stress: readonly Shock[]; readonly joint: readonly Shock[] } {
  const scanRange = BigInt(books.parameters.underlyings[underlying]?.scanRangePpm ?? 0);
  const symbol = books.underlyings[underlying]?.symbol;
  const alone = isAlone(books, profile, underlying);
  const shock = (move: bigint, dampeningPpm: number, volatility: VolatilityMove): Shock => ({
    move: most(-TRILLION, move),
    dampening: BigInt(dampeningPpm),
    volatility,
  });
  return {
    stress: profile.scenarioSets
      .flatMap(scenariosOf)
      .map(({ spotPpm, spotScale, dampeningPpm, volatility }) =>
        shock(BigInt(spotPpm) * (spotScale === 'scanRange' ? scanRange : MILLION), dampeningPpm, volatility),
      ),
    joint: profile.joint.scenarios.map((scenario) => {
      const named = alone ? undefined : scenario.moves.find((move) => move.underlying === symbol);
      const spotPpm = BigInt(alone ? 0 : (named?.spotPpm ?? scenario.otherwisePpm ?? 0));
      return shock(spotPpm * MILLION, scenario.dampeningPpm, named === undefined ? 'none' : knownMove(named.volatility));
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

/** What a lot is worth and gains. */
interface LotPrices {
  readonly stress: readonly bigint[];
  readonly joint: readonly bigint[];
  readonly rounding: bigint;
  /** The larger and the smaller of the values at both ends of the band, and the value at the price. */
  readonly larger: bigint;
  readonly smaller: bigint;
  readonly mark: bigint;
  readonly slowGap: bigint;
}

function pricesOf(
  books: Books,
  profile: Profile,
  terms: InstrumentTerms,
  options: { readonly ask: AskOption; readonly prices: OptionPrices },
): LotPrices {
  if (terms.form.kind === 'option') return optionPrices(books, profile, terms, options);
  const { price, low: from, high: to } = markFigures(books, terms);
  // While a future's average is being taken, the market moves what is left of it.
  const known = knownPart(books, terms);
  const { remaining, window } = known ?? { remaining: 1n, window: 1n };
  const { stress, joint, rounding } = profits(books, profile, {
    underlying: terms.underlying,
    numerator: price * remaining * terms.lotUnits,
    denominator: TRILLION * window,
  });
  const [low, high] = [settlingTicks(terms, from, known), settlingTicks(terms, to, known)];
  const slow = slowPrice(books, terms.underlying);
  const ahead = slow === null ? 0n : indexFigures(books, terms.underlying).price - slow;
  const gap = nearestDiv(ahead * remaining * terms.lotUnits, TRILLION * window);
  return {
    stress,
    joint,
    rounding,
    larger: most(low, high),
    smaller: least(low, high),
    mark: settlingTicks(terms, price, known),
    slowGap: scaledGap(gap, profile.addOns.slowPricePpm),
  };
}

function optionPrices(
  books: Books,
  profile: Profile,
  terms: InstrumentTerms,
  { ask, prices }: { readonly ask: AskOption; readonly prices: OptionPrices },
): LotPrices {
  const figures = optionFigures(books, profile, terms, prices);
  const { roundingBound, ...row } = ticksOf(figures, () => ask(terms.id));
  return { ...row, rounding: roundingBound };
}

/** The auditor's own prices of an option in its market now. */
function optionFigures(books: Books, profile: Profile, terms: InstrumentTerms, prices: OptionPrices): OptionFigures {
  const { form, id } = terms;
  if (form.kind !== 'option') throw new Error(`Instrument ${id} is no option.`);
  const { price, low, high } = markFigures(books, terms);
  const shocks = shocksOf(books, profile, terms.underlying);
  const market: OptionMarket = {
    price,
    low,
    high,
    known: knownPart(books, terms),
    slow: slowPrice(books, terms.underlying),
    volatilityPpm: optionVolatility(books, terms),
    timeMs: minuteOf(books),
    profile,
    stress: shocks.stress,
    joint: profile.joint.weightPpm > 0 ? shocks.joint : [],
  };
  const scanRange = books.parameters.underlyings[terms.underlying]?.scanRangePpm;
  const { known: part } = market;
  const key = [price, low, high, part?.fixed, part?.remaining, market.slow, market.volatilityPpm, market.timeMs, scanRange].join(
    '/',
  );
  const known = prices.get(id);
  const figures = known?.key === key && known.profile === profile ? known.figures : priceOption(terms, form, market);
  prices.set(id, { key, profile, figures });
  return figures;
}

/** The engine's rows of all options that have not settled, figure by figure. Throws `AuditFailure`. */
export function checkOptions(books: Books, { ask, prices }: { readonly ask: AskOption; readonly prices: OptionPrices }): void {
  for (const terms of books.instruments) {
    if (terms.form.kind !== 'option' || books.instrumentStates[terms.id]?.status === 'settled') continue;
    const figures = optionFigures(books, profileOf(books, terms.group), terms, prices);
    checkOption({ height: books.height, instrument: terms.id }, figures, ask(terms.id));
  }
}

function instrumentLine(books: Books, profile: Profile, terms: InstrumentTerms, prices: LotPrices): Line {
  const risk = books.parameters.instruments[terms.id];
  const state = books.instrumentStates[terms.id];
  const underlying = books.parameters.underlyings[terms.underlying];
  if (risk === undefined || state === undefined || underlying === undefined)
    throw new Error(`The auditor knows no instrument ${terms.id}.`);
  const { addOns } = profile;
  const mark = markFigures(books, terms);
  const index = indexFigures(books, terms.underlying);
  const notional = ceilDiv((addOns.notionalPrice === 'mark' ? mark.price : index.price) * terms.lotUnits, TRILLION);
  const share = (ratePpm: bigint, multiplierPpm: number): bigint => ceilDiv(notional * ratePpm * BigInt(multiplierPpm), TRILLION);
  const volatilityPpm = Math.max(underlying.annualVolatilityPpm, addOns.latencyVolatilityFloorPpm ?? 0);
  const deviations = BigInt(volatilityPpm) * BigInt(addOns.latencyPpm);
  const latency = rootUp(ceilDiv(deviations * deviations * BigInt(risk.declaredLatencyMs), YEAR * TRILLION));
  const maintenanceRate =
    prices.rounding + share(BigInt(risk.maintenanceAddOnPpm), addOns.instrumentPpm) + share(latency, 1_000_000);
  const initialExtra = share(BigInt(risk.initialAddOnPpm), addOns.instrumentPpm) + share(mark.confidence, addOns.confidencePpm);
  const funding = BigInt(state.funding.index);
  const social = BigInt(state.socialIndex);
  const isOption = terms.form.kind === 'option';
  return {
    underlying: terms.underlying,
    expiryMs: terms.form.kind === 'future' || terms.form.kind === 'option' ? terms.form.expiryMs : null,
    isInstrument: true,
    stress: prices.stress,
    joint: prices.joint,
    ...worstOf(prices.stress),
    isPlain: isPlainProfile(profile) || (terms.form.kind !== 'future' && terms.form.kind !== 'option'),
    longValue: prices.larger - funding - social,
    shortValue: prices.smaller - funding + social,
    mark: prices.mark,
    baseValue: isOption ? prices.mark : 0n,
    shortMinimum: isOption ? share(BigInt(risk.shortMinimumPpm), addOns.shortMinimumPpm) : 0n,
    notional,
    maintenanceRate,
    initialRate: maintenanceRate + initialExtra,
    slowGap: prices.slowGap,
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
    mark: 0n,
    baseValue: 0n,
    shortMinimum: 0n,
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
