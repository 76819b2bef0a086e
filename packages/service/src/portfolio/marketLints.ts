/** What is unwise about the market section of a portfolio file: surfaces with arbitrage in them, and expiries and options that miss each other. */

import {
  type ArbitrageFinding,
  type ArbitrageTolerance,
  calendarArbitrage,
  createStrikeSmile,
  type Smile,
  smileArbitrage,
} from '@plimsoll/core/pricing';
import type { ListedExpiry, ListedUnderlying, PortfolioDocument } from './portfolioDocument.ts';

export type MarketLintCode = 'surfaceButterfly' | 'surfaceCalendar' | 'expiryUnused' | 'surfaceMissing';

export interface MarketLint {
  readonly code: MarketLintCode;
  /** Field of the portfolio file. */
  readonly path: string;
  readonly sentence: string;
}

/**
 * Too small for a warning: prices by a millionth of the forward, a density factor by a millionth, total variance by a hundred millionth.
 */
export const WARNING_TOLERANCE: ArbitrageTolerance = { price: 1e-6, density: 1e-6, variance: 1e-8 };

/** Every lint of the market section, by underlying and place in the file. Nothing that any figure depends on. */
export function marketLints(document: PortfolioDocument): readonly MarketLint[] {
  return [
    ...document.underlyings.flatMap((underlying) => [
      ...surfaceLints(underlying, document.timeMs),
      ...unusedExpiries(underlying, document),
    ]),
    ...missingSurfaces(document),
  ];
}

interface PlacedSmile {
  readonly path: string;
  readonly expiryMs: number;
  readonly smile: Smile;
}

/** Smile by smile, then pair by pair of neighbouring expiries; a finding between two stands at the later one. */
function surfaceLints(underlying: ListedUnderlying, nowMs: number): readonly MarketLint[] {
  const placed = underlying.expiries
    .flatMap((expiry, index): readonly PlacedSmile[] => {
      const smile = smileNow(expiry, nowMs);
      return smile === null ? [] : [{ path: pathOf(underlying, index), expiryMs: expiry.expiryMs, smile }];
    })
    .sort((a, b) => a.expiryMs - b.expiryMs);
  const within = placed.flatMap(({ path, expiryMs, smile }) =>
    smileArbitrage(smile, WARNING_TOLERANCE).map((finding) => lintOf(finding, { path, expiryMs, beforeMs: expiryMs })),
  );
  const between = placed.flatMap(({ path, expiryMs, smile }, index) => {
    const before = placed[index - 1];
    if (before === undefined) return [];
    return calendarArbitrage(before.smile, smile, WARNING_TOLERANCE).map((finding) =>
      lintOf(finding, { path, expiryMs, beforeMs: before.expiryMs }),
    );
  });
  return [...within, ...between];
}

const YEAR_MS = 31_536_000_000;

/** The smile that options are priced on: a fit keeps its volatilities while its time runs, so its variance shrinks with what is left. */
function smileNow({ smile, expiryMs }: ListedExpiry, nowMs: number): Smile | null {
  if (smile === null) return null;
  if (smile.kind === 'strikes') return { kind: 'strikes', strikes: createStrikeSmile(smile.marks) };
  const years = Math.max(1, expiryMs - nowMs) / YEAR_MS;
  const { svi } = smile;
  const share = years / svi.years;
  return { kind: 'svi', svi: { ...svi, a: svi.a * share, b: svi.b * share, years } };
}

function lintOf(
  finding: ArbitrageFinding,
  place: { readonly path: string; readonly expiryMs: number; readonly beforeMs: number },
): MarketLint {
  const { path } = place;
  const day = dayOf(place.expiryMs);
  const strike = shown(finding.strike);
  const excess = shown(finding.excess);
  switch (finding.kind) {
    case 'density':
      return {
        code: 'surfaceButterfly',
        path,
        sentence: `The surface of ${day} has a butterfly of negative value around the strike ${strike}: its density factor is ${shown(-finding.excess)} there.`,
      };
    case 'convexity':
      return {
        code: 'surfaceButterfly',
        path,
        sentence: `The surface of ${day} has a butterfly of negative value at the strike ${strike}: the call costs ${excess} USD more than its neighbours allow.`,
      };
    case 'monotonicity':
      return {
        code: 'surfaceButterfly',
        path,
        sentence: `The surface of ${day} has a call spread of negative value at the strike ${strike}: the call costs ${excess} USD more than the one at the next lower strike.`,
      };
    case 'calendar':
      return {
        code: 'surfaceCalendar',
        path,
        sentence:
          `Total variance falls by ${excess} from ${dayOf(place.beforeMs)} to ${day} at the strike ${strike}: the later option costs less than the earlier` +
          `${finding.isExtrapolated ? ', beyond the marks, where a smile is continued flat' : ''}.`,
      };
  }
}

/** What is said of an expiry acts on the instruments that have it to the millisecond. */
function unusedExpiries(underlying: ListedUnderlying, { instruments }: PortfolioDocument): readonly MarketLint[] {
  return underlying.expiries.flatMap(({ expiryMs }, index): readonly MarketLint[] => {
    const isUsed = instruments.some(
      ({ underlying: of, form }) => of === underlying.symbol && 'expiryMs' in form && form.expiryMs === expiryMs,
    );
    if (isUsed) return [];
    const sentence = `No instrument of ${underlying.symbol} in this file expires at ${new Date(expiryMs).toISOString()}: what the entry says has no effect.`;
    return [{ code: 'expiryUnused', path: pathOf(underlying, index), sentence }];
  });
}

function missingSurfaces({ underlyings, instruments }: PortfolioDocument): readonly MarketLint[] {
  const withSurface = new Set(
    underlyings.filter(({ expiries }) => expiries.some(({ smile }) => smile !== null)).map(({ symbol }) => symbol),
  );
  return instruments.flatMap(({ symbol, underlying, form, impliedVolatilityPpm }): readonly MarketLint[] => {
    if (form.kind !== 'option' || impliedVolatilityPpm !== null || !withSurface.has(underlying)) return [];
    const sentence = `${symbol} has no volatility: ${underlying} has surfaces, but none at ${new Date(form.expiryMs).toISOString()}, so its annualVolatility is taken.`;
    return [{ code: 'surfaceMissing', path: `market.instruments.${symbol}.impliedVolatility`, sentence }];
  });
}

function pathOf({ symbol }: ListedUnderlying, index: number): string {
  return `market.underlyings.${symbol}.expiries[${index}]`;
}

function dayOf(expiryMs: number): string {
  return new Date(expiryMs).toISOString().slice(0, 16);
}

/** Six digits, for reading. */
function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
