import { compareNumber } from '../../numeric/arithmetic.ts';
import type { Portfolio } from '../portfolio.ts';
import { pricedThroughObstacle } from '../pricedThrough.ts';
import type { RiskInput } from '../riskModel.ts';
import {
  type Certifier,
  certifyBox,
  createCertifier,
  type FactorRange,
  healthAt,
  lowerHealth,
  type UnderlyingBox,
} from './certifyBox.ts';
import { envelopeObstacle } from './envelopeScope.ts';
import { FACTOR_ONE, heldInput } from './marketMove.ts';

/** Markets within which an account cannot be below maintenance while everything else stays. Factors in 1e-9. */
export interface UnderlyingEnvelope {
  readonly underlying: number;
  /** Prices, with volatilities as they are. */
  readonly price: FactorRange;
  /** Volatilities, with prices as they are; null without options on the underlying: then they do not matter. */
  readonly volatility: FactorRange | null;
  /** Prices and volatilities at once, each anywhere in its range. Without options the price range as above. */
  readonly both: UnderlyingBox;
}

/** See `breachEnvelopes`. */
export interface BreachEnvelopes {
  /** Why there are none, null when there are. */
  readonly obstacle: string | null;
  /** One for each underlying that the account's health depends on, by id. */
  readonly each: readonly UnderlyingEnvelope[];
  /** All underlyings at once, each anywhere in its range; null with fewer than two or with too many to prove. */
  readonly together: readonly UnderlyingBox[] | null;
}

/** Searched limits: prices from a tenth to five times, volatilities from a tenth to three times. */
export const PRICE_FACTORS: FactorRange = { low: 100_000_000n, high: 5_000_000_000n };
export const VOLATILITY_FACTORS: FactorRange = { low: 100_000_000n, high: 3_000_000_000n };

/** A band ends where a step of ten millionths cannot be proved. */
const STEP_MIN: bigint = 10_000n;
const MARCH_STEPS_MAX: number = 200;
/** A box is scaled in sixty-fourths of the two bands. */
const SCALE_STEPS: bigint = 64n;
/** Dimensions of a box over several underlyings: a cell has two to this power of corners. */
const DIMENSIONS_MAX: number = 6;
const STILL: FactorRange = { low: FACTOR_ONE, high: FACTOR_ONE };

/** How hard to try. */
export interface EnvelopeEffort {
  /** Markets that may be computed for one box. */
  readonly evaluationsMax: number;
}

export const ENVELOPE_EFFORT: EnvelopeEffort = { evaluationsMax: 80 };

/**
 * Bands of prices and volatilities within which the account cannot breach maintenance: every one is proved (certifyBox.ts), so a true
 * breach never lies inside; a market outside may still be healthy. Every price of an underlying (index, marks, forwards,
 * collateral) moves by one factor, and every implied volatility on it by another. A few hundred markets are computed: for display.
 */
export function breachEnvelopes(
  input: RiskInput,
  portfolio: Portfolio,
  effort: EnvelopeEffort = ENVELOPE_EFFORT,
): BreachEnvelopes {
  const none = (obstacle: string): BreachEnvelopes => ({ obstacle, each: [], together: null });
  // Static lending reads thresholds alone: linear in prices, whatever the scenarios and the rules are.
  const isStatic = portfolio.mode === 'overcollateralized';
  const held = heldInput(input, portfolio);
  const obstacle = isStatic ? pricedThroughObstacle(held, portfolio) : envelopeObstacle(held, portfolio);
  if (obstacle !== null) return none(obstacle);
  const certifier = createCertifier(input, portfolio);
  if (healthAt(certifier, []) < 0n) return none('the account is below maintenance already');
  const each = underlyingsOf(certifier).map(({ id, hasOptions }) => envelopeOf(certifier, { id, hasOptions, effort }));
  return { obstacle: null, each, together: togetherOf(certifier, each, effort) };
}

interface HeldUnderlying {
  readonly id: number;
  readonly hasOptions: boolean;
}

function underlyingsOf({ input, legs, portfolio }: Certifier): readonly HeldUnderlying[] {
  const held = new Map<number, boolean>();
  for (const { shape, underlying } of legs) held.set(underlying, (held.get(underlying) ?? false) || shape.option !== null);
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    const asset = input.assets.find(({ terms }) => terms.id === portfolio.balanceAssets[index]);
    const underlying = asset?.terms.underlying ?? null;
    if (underlying !== null && !held.has(underlying)) held.set(underlying, false);
  }
  return [...held.entries()].map(([id, hasOptions]) => ({ id, hasOptions })).sort((a, b) => compareNumber(a.id, b.id));
}

function envelopeOf(certifier: Certifier, of: HeldUnderlying & { readonly effort: EnvelopeEffort }): UnderlyingEnvelope {
  const underlying = of.id;
  const priceBox = (price: FactorRange): UnderlyingBox => ({ underlying, price, volatility: STILL });
  const price = band(certifier, PRICE_FACTORS, priceBox);
  if (!of.hasOptions) return { underlying, price, volatility: null, both: priceBox(price) };
  const volatility = band(certifier, VOLATILITY_FACTORS, (range) => ({ underlying, price: STILL, volatility: range }));
  const [both] = largestBox(certifier, [{ underlying, price, volatility }], of.effort);
  return { underlying, price, volatility, both: both ?? priceBox(STILL) };
}

/** The longest certified interval around 1, walked to either side in cells that grow while they are proved and shrink while not. */
function band(certifier: Certifier, limits: FactorRange, boxOf: (range: FactorRange) => UnderlyingBox): FactorRange {
  return {
    low: march(limits.low, (from, to) => lowerHealth(certifier, [boxOf({ low: to, high: from })]) >= 0n),
    high: march(limits.high, (from, to) => lowerHealth(certifier, [boxOf({ low: from, high: to })]) >= 0n),
  };
}

function march(limit: bigint, isProved: (from: bigint, to: bigint) => boolean): bigint {
  const sign = limit < FACTOR_ONE ? -1n : 1n;
  let at = FACTOR_ONE;
  let step = (limit - at) * sign;
  for (let tries = 0; tries < MARCH_STEPS_MAX && at !== limit && step >= STEP_MIN; tries += 1) {
    const left = (limit - at) * sign;
    const next = at + sign * (step < left ? step : left);
    if (isProved(at, next)) {
      at = next;
      step *= 2n;
    } else step >>= 1n;
  }
  return at;
}

/** The boxes shrunk toward 1 by the largest sixty-fourth that is certified. */
function largestBox(certifier: Certifier, boxes: readonly UnderlyingBox[], effort: EnvelopeEffort): readonly UnderlyingBox[] {
  let good = 0n;
  let bad = SCALE_STEPS + 1n;
  while (bad - good > 1n) {
    const middle = bad === SCALE_STEPS + 1n && good === 0n ? SCALE_STEPS : (good + bad) >> 1n;
    if (certifyBox(certifier, shrunk(boxes, middle), effort.evaluationsMax)) good = middle;
    else bad = middle;
  }
  return shrunk(boxes, good);
}

function shrunk(boxes: readonly UnderlyingBox[], sixtyFourths: bigint): readonly UnderlyingBox[] {
  const toward = (range: FactorRange): FactorRange => ({
    low: FACTOR_ONE - ((FACTOR_ONE - range.low) * sixtyFourths) / SCALE_STEPS,
    high: FACTOR_ONE + ((range.high - FACTOR_ONE) * sixtyFourths) / SCALE_STEPS,
  });
  return boxes.map(({ underlying, price, volatility }) => ({
    underlying,
    price: toward(price),
    volatility: toward(volatility),
  }));
}

function togetherOf(
  certifier: Certifier,
  each: readonly UnderlyingEnvelope[],
  effort: EnvelopeEffort,
): readonly UnderlyingBox[] | null {
  const dimensions = each.reduce((sum, { volatility }) => sum + (volatility === null ? 1 : 2), 0);
  if (each.length < 2 || dimensions > DIMENSIONS_MAX) return null;
  return largestBox(
    certifier,
    each.map(({ both }) => both),
    effort,
  );
}
