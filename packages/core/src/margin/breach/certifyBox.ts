/**
 * Whether an account cannot be below maintenance anywhere in a box of markets, proved and not sampled.
 *
 * ## The theorem
 *
 * Fix an account. Let x be the factors of a market (a price factor and a volatility factor for each underlying that moves; see
 * `movedMarket`), f(x) the vector of every per-lot figure (values and risk entries) before rounding, and H(x) health at maintenance. Then
 *
 *     H = F(f(x), x),   F concave and not falling by more than the weights of `legEnvelope.ts` in any figure.
 *
 * *Concave*, term by term: cash is constant. Balances and values of positions are linear. A group transform is concave in the profit
 * and today's value (applyTransform.ts), a sum over expiries of concave functions is concave, so are min over scenarios, min(0, ·), and minus an expected
 * shortfall of losses; the loss factor is not negative. A basis contingency is a sum of largest losses, convex and taken off, and so is the
 * larger of it and a worst loss. Charges on notional are taken off, linear in the price; the size charge grows like its power 3/2 and is
 * taken off, so it is concave too. A rule's share of notional is linear in the price, for sizes are not prices.
 *
 * *Options under a rule* are charged the smaller of two requirements per expiry, which is not convex. But each of the two is: of bought options the
 * first takes off what they are worth and of sold ones the larger of a share of the index and of their value; the second leaves the smaller of
 * the value and of minus a worst payoff that no price moves, less unpaired calls at the forward. So with one of them chosen for each expiry, H_σ is
 * concave, and H ≥ H_σ whatever is chosen: the bound below is taken of the H_σ of the worst corner's and the first corner's choices, the better of the two.
 *
 * *Minus a magnitude of a discounted value* is not concave where an expiry's value changes its sign inside the cell: `magnitudeGap.ts` says what to take off
 * for that. *Skew moves* make an option's volatility depend on the price: `skewRemainder.ts`.
 *
 * On a cell (a product of intervals) let B(x) be the multi-linear interpolation of f from the cell's corners. Along one coordinate, the
 * others held, B is linear, so F(B(x), x) is concave and least at one of the two ends; coordinate by coordinate it is least at a corner of
 * the cell, where B = f. And F(f) ≥ F(B) − Σ |lots| · (how far a figure lies on the wrong side of its interpolation). Hence
 *
 *     H(x) ≥ min over corners H − Σ_legs |lots| · envelope(leg, cell) − rounding   for every x in the cell.
 *
 * A figure moves with one underlying only, so a product of several underlyings adds nothing to a leg's envelope. Corners are computed with
 * `computeMargin`, to the tick; the envelopes are doubles of relative error far below 2^-20, by which they are raised before they are rounded
 * up to ticks. A box is certified when it can be cut into cells of which each has a bound that is not negative.
 */

import { assert } from '../../numeric/assert.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { assetOf, collectLegs, riskUnits } from '../legs.ts';
import { BALANCE_DEBT, type Portfolio } from '../portfolio.ts';
import type { RiskInput, RiskModel } from '../riskModel.ts';
import { marketRuleOf } from '../rules/ruleSet.ts';
import { type OptionAlternatives, optionAlternatives } from '../rules/ruleTerms.ts';
import { entryWeights } from './envelopeScope.ts';
import { type LegShape, legEnvelope, legShape } from './legEnvelope.ts';
import { type MagnitudeValue, magnitudeGap, magnitudeValues } from './magnitudeGap.ts';
import { FACTOR_ONE, heldInput, movedMarket, type UnderlyingFactors } from './marketMove.ts';

/** Closed interval of factors, in 1e-9. */
export interface FactorRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** One underlying in a box. */
export interface UnderlyingBox {
  readonly underlying: number;
  readonly price: FactorRange;
  readonly volatility: FactorRange;
}

/** An account ready for questions: shapes of its legs, and a memory of the markets that were computed. */
export interface Certifier {
  readonly input: RiskInput;
  readonly portfolio: Portfolio;
  readonly legs: readonly CertifiedLeg[];
  /** Rounding of balances, in ticks for each unit of the largest price factor. */
  readonly balanceRounding: number;
  readonly figuresByMarket: Map<string, MarketFigures>;
  readonly remainderByCell: Map<string, bigint>;
  /** Markets computed so far. */
  evaluations: number;
}

/** Health at maintenance, and what else a bound needs: what the rules might charge each expiry of options instead, empty without such rules. */
export interface MarketFigures {
  readonly health: bigint;
  readonly alternatives: readonly OptionAlternatives[];
  /** What magnitudes of discounted values are taken of. */
  readonly magnitudes: readonly (readonly MagnitudeValue[])[];
}

interface CertifiedLeg {
  readonly shape: LegShape;
  readonly underlying: number;
  readonly lots: number;
  readonly gross: number;
}

/** Ceilings of the functional, its blend, the expected shortfall and the loss factor. */
const CEILING_TICKS: number = 8;
const OUTWARD: number = 1 + 2 ** -20;

/** Prepares an account. The input's profile must have no `envelopeObstacle`. */
export function createCertifier(given: RiskInput, portfolio: Portfolio): Certifier {
  const input = heldInput(given, portfolio);
  const model = compileRisk(input);
  const legs: CertifiedLeg[] = [];
  for (let index = 0; index < portfolio.positionCount; index += 1) {
    const instrument = input.instruments.find(({ terms }) => terms.id === portfolio.instruments[index]);
    assert(instrument !== undefined, 'Every instrument of a portfolio is among the inputs.');
    const { underlying } = instrument.terms;
    const lots = portfolio.lots[index] ?? 0;
    const gross = portfolio.ownerGross[index] ?? 0;
    legs.push({ shape: legShape(model, instrument, gross), underlying, lots, gross });
  }
  return {
    input,
    portfolio,
    legs,
    balanceRounding: balanceRounding(model, portfolio),
    figuresByMarket: new Map(),
    remainderByCell: new Map(),
    evaluations: 0,
  };
}

/** A market's health at maintenance in ticks, exact, remembered. */
export function healthAt(certifier: Certifier, factors: readonly UnderlyingFactors[]): bigint {
  return figuresAt(certifier, factors).health;
}

function figuresAt(certifier: Certifier, factors: readonly UnderlyingFactors[]): MarketFigures {
  const key = factors.map(({ underlying, price, volatility }) => `${underlying}:${price}:${volatility}`).join('/');
  const known = certifier.figuresByMarket.get(key);
  if (known !== undefined) return known;
  certifier.evaluations += 1;
  const model = compileRisk(movedMarket(certifier.input, factors));
  const health: bigint = computeMargin(model, certifier.portfolio).healthMaintenance;
  const figures: MarketFigures = {
    health,
    alternatives: alternativesAt(model, certifier.portfolio),
    magnitudes: magnitudesAt(model, certifier.portfolio),
  };
  certifier.figuresByMarket.set(key, figures);
  return figures;
}

function alternativesAt(model: RiskModel, portfolio: Portfolio): readonly OptionAlternatives[] {
  if (model.rules === null || portfolio.mode === 'overcollateralized') return [];
  collectLegs(model, portfolio);
  return optionAlternatives(model, portfolio.workspace);
}

function magnitudesAt(model: RiskModel, portfolio: Portfolio): MarketFigures['magnitudes'] {
  return portfolio.mode === 'overcollateralized' ? [] : magnitudeValues(model, portfolio);
}

/** A lower bound of health over one cell, in ticks; −1 at most as soon as a corner is below zero. */
export function lowerHealth(certifier: Certifier, cell: readonly UnderlyingBox[]): bigint {
  const corners: MarketFigures[] = [];
  let worst: MarketFigures | null = null;
  for (const corner of cornersOf(cell)) {
    const figures = figuresAt(certifier, corner);
    if (figures.health < 0n) return figures.health;
    if (worst === null || figures.health < worst.health) worst = figures;
    corners.push(figures);
  }
  assert(worst !== null, 'A cell has a corner.');
  const chosen = leastOf(corners, worst);
  const first = corners[0];
  const other = worst.alternatives.length === 0 || first === undefined ? chosen : leastOf(corners, first);
  const gap = magnitudeGap(
    corners.map(({ magnitudes }) => magnitudes),
    BigInt(certifier.input.profile.lossFactor.maintenancePpm),
  );
  return (chosen > other ? chosen : other) - gap - remainderOf(certifier, cell);
}

/** The least H_σ over the corners, σ being what one of them is charged. Without alternatives the least health. */
function leastOf(corners: readonly MarketFigures[], at: MarketFigures): bigint {
  let least: bigint | null = null;
  for (const { health, alternatives } of corners) {
    let own = health;
    for (const [place, { isolated, maximumLoss }] of alternatives.entries()) {
      const choice = at.alternatives[place];
      assert(choice !== undefined, 'Every market has the same expiries.');
      const charged = choice.isolated <= choice.maximumLoss ? isolated : maximumLoss;
      own += (isolated <= maximumLoss ? isolated : maximumLoss) - charged;
    }
    if (least === null || own < least) least = own;
  }
  return least ?? 0n;
}

/** Σ |lots| · envelope + rounding over a cell, in whole ticks, rounded outward; remembered. */
export function remainderOf(certifier: Certifier, cell: readonly UnderlyingBox[]): bigint {
  const key = cell
    .map(({ underlying, price, volatility }) => `${underlying}:${price.low}-${price.high}:${volatility.low}-${volatility.high}`)
    .join('/');
  const known = certifier.remainderByCell.get(key);
  if (known !== undefined) return known;
  const remainder = computeRemainder(certifier, cell);
  certifier.remainderByCell.set(key, remainder);
  return remainder;
}

function computeRemainder(certifier: Certifier, cell: readonly UnderlyingBox[]): bigint {
  let total = CEILING_TICKS;
  let highest = 1;
  for (const { price } of cell) highest = Math.max(highest, factor(price.high));
  for (const { shape, underlying, lots, gross } of certifier.legs) {
    const box = cell.find((one) => one.underlying === underlying);
    if (box === undefined) continue;
    const envelope = legEnvelope(
      shape,
      {
        priceLow: factor(box.price.low),
        priceHigh: factor(box.price.high),
        volatilityLow: factor(box.volatility.low),
        volatilityHigh: factor(box.volatility.high),
      },
      gross,
    );
    total += Math.abs(lots) * (lots > 0 ? envelope.long : envelope.short);
  }
  total += certifier.balanceRounding * highest;
  return BigInt(Math.ceil(total * OUTWARD));
}

/**
 * True when health is at least zero everywhere in the box, proved by cutting it into at most `evaluationsMax` markets. False says
 * nothing: a market below maintenance, or not enough markets.
 */
export function certifyBox(certifier: Certifier, box: readonly UnderlyingBox[], evaluationsMax: number): boolean {
  const stopAt = certifier.evaluations + evaluationsMax;
  const open: (readonly UnderlyingBox[])[] = [box];
  while (open.length > 0) {
    const cell = open.pop();
    if (cell === undefined) break;
    if (lowerHealth(certifier, cell) >= 0n) continue;
    if (cornersOf(cell).some((corner) => healthAt(certifier, corner) < 0n) || certifier.evaluations >= stopAt) return false;
    const halves = halved(certifier, cell);
    if (halves === null) return false;
    open.push(...halves);
  }
  return true;
}

type Cell = readonly UnderlyingBox[];

/** The two halves of a cell along the side whose cutting leaves the smaller remainder; null when nothing is left to cut. */
function halved(certifier: Certifier, cell: Cell): readonly Cell[] | null {
  let best: readonly Cell[] | null = null;
  let least: bigint | null = null;
  for (const [index, one] of cell.entries()) {
    for (const side of ['price', 'volatility'] as const) {
      const { low, high } = one[side];
      if (high - low < 2n) continue;
      const middle = (low + high) >> 1n;
      const halfOf = (range: FactorRange): Cell => cell.map((other, at) => (at === index ? { ...other, [side]: range } : other));
      const halves = [halfOf({ low, high: middle }), halfOf({ low: middle, high })];
      const remainders = halves.map((half) => remainderOf(certifier, half));
      const remainder = remainders.reduce((most, own) => (own > most ? own : most), 0n);
      if (least !== null && remainder >= least) continue;
      least = remainder;
      best = halves;
    }
  }
  return best;
}

/** Every choice of ends. An interval of one point has one end. */
function cornersOf(cell: readonly UnderlyingBox[]): readonly (readonly UnderlyingFactors[])[] {
  let corners: readonly (readonly UnderlyingFactors[])[] = [[]];
  for (const { underlying, price, volatility } of cell) {
    const own = endsOf(price).flatMap((at) => endsOf(volatility).map((wild) => ({ underlying, price: at, volatility: wild })));
    corners = corners.flatMap((corner) => own.map((factors) => [...corner, factors]));
  }
  return corners;
}

function endsOf({ low, high }: FactorRange): readonly bigint[] {
  return low === high ? [low] : [low, high];
}

/**
 * What rounding may do to balances between two markets: figures are rounded by less than a tick at each end, prices by less than 1e-9 USD,
 * and of assets inside the scenarios the entries of each risk unit too.
 */
function balanceRounding(model: RiskModel, portfolio: Portfolio): number {
  const { up, down } = entryWeights(model);
  const reaction = 1 + 2 * (up + down);
  let total = 0;
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    const asset = assetOf(model, portfolio.balanceAssets[index] ?? -1);
    const amount = portfolio.balanceAmounts[index] ?? 0n;
    const denominator = portfolio.mode === 'overcollateralized' ? asset.denominatorUsd : asset.denominator;
    const step = (Number(amount) * 1e6) / Number(denominator);
    const units = asset.rows.length === 0 ? 0 : Math.abs(riskUnits(asset, amount, portfolio.balanceKinds[index] ?? 0));
    // The price of a moved asset is at most sixteen times that of its scenarios' base.
    total += 4 + 2 * step * (1 + 16 * reaction) + units * (3 + 2 * reaction);
    // What a rule charges a debt on top is one more ceiling, of a price that is whole.
    if (portfolio.balanceKinds[index] === BALANCE_DEBT) total += 2 * (1 + step * debtRate(model, asset.id));
  }
  return total;
}

/** What the rules charge a debt in an asset above its value, as a share of it. */
function debtRate({ rules, input }: RiskModel, id: number): number {
  if (rules === null) return 0;
  const underlying = input.assets.find(({ terms }) => terms.id === id)?.terms.underlying ?? null;
  const symbol = input.underlyings.find(({ terms }) => terms.id === underlying)?.terms.symbol;
  if (symbol === undefined) return 0;
  const weight = marketRuleOf(rules.rules, symbol)?.collateral ?? null;
  return weight === null ? 1 : weight.debtMaintenancePpm / 1e6;
}

/** A factor as a double; 1e-9 of at most 2^53 is within 2^-52 of it, inside what `OUTWARD` allows. */
function factor(value: bigint): number {
  return Number(value) / Number(FACTOR_ONE);
}
