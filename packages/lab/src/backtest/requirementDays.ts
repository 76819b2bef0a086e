import { addPosition, clearPortfolio, computeMargin, createPortfolio, type MarginProfile } from '@plimsoll/core/margin';
import { groupId, ownerId, type Ppm, type Price, ppm, price, ticks, timeMs } from '@plimsoll/core/numeric';
import { markPerLot } from '@plimsoll/core/pricing';
import type { JointScenario, PriceHistory } from '@plimsoll/core/scenarios';
import { DAY_MS } from './dailyPrices.ts';
import type { Period } from './periods.ts';
import type { BookLeg, ReferenceBook } from './referenceBooks.ts';
import { type BookInstrument, compileDay, type MarketDay, PERPETUAL, termsOf } from './riskDay.ts';
import type { ScanRanges } from './scanRange.ts';
import { STRADDLE_DAYS } from './volatilityPremium.ts';

/** Dollars of each book at the start of each day: small beside the depth, so that the size charge stays near zero. */
const BOOK_TICKS = 10_000_000_000;
const DAYS_PER_YEAR = 365;

/** One day of one book, in shares of the book's size. */
export interface RequirementDay {
  readonly endMs: number;
  readonly loss: number;
  readonly initial: number;
  readonly maintenance: number;
}

export interface RequirementRequest {
  readonly profile: MarginProfile;
  readonly histories: readonly PriceHistory[];
  readonly scanRanges: readonly ScanRanges[];
  readonly books: readonly ReferenceBook[];
  readonly period: Period;
  /** Implied ÷ EWMA volatility of modelled options; null leaves books with options out. */
  readonly volatilityPremium: number | null;
  /** Joint scenarios as known at a time, where the profile has any. */
  readonly jointAsOf: ((timeMs: number) => readonly JointScenario[] | null) | null;
  readonly onDay: (fraction: number) => void;
}

/** Days of every book, parallel to `books`; `leftOut` counts days on which an underlying had no price or no scan range. */
export interface RequirementDays {
  readonly days: readonly (readonly RequirementDay[])[];
  readonly leftOut: number;
}

/**
 * Every book held anew each day: its requirement at midnight under the profile, with parameters that only the past set, against what
 * it lost by the next midnight. Cost: one compiled model a day, a few milliseconds.
 */
export function requirementDays(request: RequirementRequest): RequirementDays {
  const prices = request.histories.map(
    ({ timesMs, prices: column }) => new Map<number, Price>(timesMs.map((at, i) => [at, column[i] ?? price(1n)])),
  );
  const days: RequirementDay[][] = request.books.map(() => []);
  const portfolio = createPortfolio();
  const { firstEndMs, lastEndMs } = request.period;
  let leftOut = 0;
  for (let endMs = firstEndMs; endMs <= lastEndMs; endMs += DAY_MS) {
    request.onDay((endMs - firstEndMs) / Math.max(1, lastEndMs - firstEndMs));
    const before = marketDay(request, prices, endMs - DAY_MS);
    const after = marketDay(request, prices, endMs);
    const profile = profileAsOf(request, endMs - DAY_MS);
    if (before === null || after === null || profile === null) {
      leftOut += 1;
      continue;
    }
    const instruments = instrumentsOf(before, request.volatilityPremium !== null);
    const model = compileDay(profile, before, instruments);
    const worth = instruments.map((one) => [lotTicksOf(one, before), lotTicksOf(one, after)] as const);
    request.books.forEach((book, index) => {
      if (request.volatilityPremium === null && book.legs.some(({ kind }) => kind === 'straddle')) return;
      const positions = positionsOf(book, before, instruments, worth);
      clearPortfolio(portfolio, { mode: 'portfolio', group: groupId(0), owner: ownerId(0), cash: ticks(0n) });
      let profit = 0;
      for (const { instrument, lots } of positions) {
        addPosition(portfolio, { instrument, lots, ownerGross: Math.abs(lots) });
        const [old, now] = worth[instrument] ?? [0, 0];
        profit += lots * (now - old);
      }
      const { initial, maintenance } = computeMargin(model, portfolio);
      days[index]?.push({
        endMs,
        loss: -profit / BOOK_TICKS,
        initial: Number(initial) / BOOK_TICKS,
        maintenance: Number(maintenance) / BOOK_TICKS,
      });
    });
  }
  return { days, leftOut };
}

/** The market at a midnight, or null when an underlying has no price or no parameters. */
function marketDay(request: RequirementRequest, prices: readonly ReadonlyMap<number, Price>[], atMs: number): MarketDay | null {
  const premium = request.volatilityPremium ?? 1;
  const underlyings = request.histories.map(({ underlying }, index) => {
    const at = prices[index]?.get(atMs);
    const ranges = request.scanRanges.find((one) => one.underlying === underlying);
    // What is known at midnight holds for the day that ends a day later.
    const scanRangePpm = ranges?.byEndMs.get(atMs + DAY_MS);
    const daily = ranges?.dailyVolatility.get(atMs + DAY_MS);
    if (at === undefined || scanRangePpm === undefined || daily === undefined) return null;
    const volatilityPpm: Ppm = ppm(Math.round(daily * Math.sqrt(DAYS_PER_YEAR) * premium * 1e6));
    return { symbol: underlying, price: at, scanRangePpm, volatilityPpm };
  });
  const known = underlyings.filter((one) => one !== null);
  return known.length === underlyings.length ? { timeMs: atMs, underlyings: known } : null;
}

function profileAsOf({ profile, jointAsOf }: RequirementRequest, atMs: number): MarginProfile | null {
  if (profile.joint.weightPpm === 0 || jointAsOf === null) return profile;
  const scenarios = jointAsOf(atMs);
  return scenarios === null ? null : { ...profile, joint: { ...profile.joint, scenarios } };
}

/** A perpetual on each underlying, then a call on each, then a put on each, struck at the day's price. */
function instrumentsOf(day: MarketDay, hasOptions: boolean): readonly BookInstrument[] {
  const expiryMs = timeMs(day.timeMs + STRADDLE_DAYS * DAY_MS);
  const forms = hasOptions ? (['perpetual', 'call', 'put'] as const) : (['perpetual'] as const);
  return forms.flatMap((right, block) =>
    day.underlyings.map((one, index) => {
      const id = block * day.underlyings.length + index;
      const form = right === 'perpetual' ? PERPETUAL : ({ kind: 'option', expiryMs, strike: one.price, right } as const);
      return { terms: termsOf(day, { id, symbol: one.symbol, form }), price: one.price };
    }),
  );
}

/** Ticks of one lot on a day: the core's own mark. */
function lotTicksOf(one: BookInstrument, day: MarketDay): number {
  const underlying = day.underlyings[one.terms.underlying];
  if (underlying === undefined) return 0;
  return markPerLot(one.terms, { price: underlying.price, volatilityPpm: underlying.volatilityPpm, timeMs: timeMs(day.timeMs) });
}

function positionsOf(
  book: ReferenceBook,
  day: MarketDay,
  instruments: readonly BookInstrument[],
  worth: readonly (readonly [number, number])[],
): readonly { readonly instrument: number; readonly lots: number }[] {
  return book.legs
    .flatMap((leg) => {
      const place = day.underlyings.findIndex(({ symbol }) => symbol === leg.underlying);
      const lots = lotsOf(leg, worth[place]?.[0] ?? 0);
      const blocks = leg.kind === 'perpetual' ? [0] : [1, 2];
      return blocks.map((block) => ({ instrument: block * day.underlyings.length + place, lots }));
    })
    .filter(({ instrument, lots }) => lots !== 0 && instruments[instrument] !== undefined);
}

/** Whole lots nearest the leg's share of the book; `lotTicks` is what one lot of the underlying is worth. */
function lotsOf(leg: BookLeg, lotTicks: number): number {
  return lotTicks > 0 ? Math.round((leg.share * BOOK_TICKS) / lotTicks) : 0;
}
