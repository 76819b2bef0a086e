import {
  curveIncentive,
  type LinearRule,
  largestClose,
  type MarginProfile,
  type MarketRule,
  openSale,
  salePrice,
  sizedShare,
  takeFromSale,
} from '@plimsoll/core/margin';
import { ppm } from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { black76Prices } from './black76.ts';
import {
  SRM_MAINNET_PARAMETERS,
  type SrmExpiry,
  type SrmLevel,
  srmBaseMargin,
  srmOptionMargin,
  srmPerpetualMargin,
} from './deriveSrm.ts';
import { dydxInitialMargin, dydxMaintenanceMargin } from './dydxTiers.ts';
import { eulerMaxLiquidation } from './eulerLiquidation.ts';
import { RAY, WAD } from './fixedPoint.ts';
import { makerAuctionPrice, makerBark, makerTake } from './makerClip.ts';
import { type MangoPerpetual, mangoPerpetualResult } from './mangoHealth.ts';
import { morphoLiquidationIncentive } from './morphoIncentive.ts';
import { marginThroughRules } from './rulesThroughCore.ts';

const SRM = shippedProfile('derive-srm');
const TIERED = shippedProfile('tiered-perpetual');
const DAY = 86_400;

/** One tick per contract (half for its mark, half for a requirement rounded up), a few for sums, and the doubles of the reference. */
const TICK = 1e-6;
const SUM_TICKS = 8;
const REFERENCE_RELATIVE = 1e-12;

const option = fc.record({
  strike: fc.integer({ min: 1, max: 12_000 }).map((half) => half / 2),
  kind: fc.constantFrom('call' as const, 'put' as const),
  amount: fc.integer({ min: -20, max: 20 }),
  volatility: fc.integer({ min: 50_000, max: 5_000_000 }).map((share) => share / 1e6),
});

const expiry = (days: number): fc.Arbitrary<SrmExpiry> =>
  fc.record({
    secondsToExpiry: fc.integer({ min: 1, max: DAY - 1 }).map((seconds) => days * DAY + seconds),
    forward: fc.integer({ min: 1_900_000, max: 2_150_000 }).map((milli) => milli / 1e3),
    discount: fc.constant(1),
    options: fc.array(option, { maxLength: 6 }),
  });

const book = fc.record({
  cash: fc.integer({ min: -100_000, max: 100_000 }),
  expiries: fc.tuple(expiry(0), expiry(9), expiry(200)),
  perpetualSize: fc.integer({ min: -50, max: 50 }),
  perpetualPrice: fc.integer({ min: 1_950_000, max: 2_050_000 }).map((milli) => milli / 1e3),
  base: fc.integer({ min: 0, max: 30 }),
});

const SPOT = 2000;

/** Value of an expiry's options. */
function worthOf(one: SrmExpiry): number {
  return one.options.reduce((sum, each) => {
    const prices = black76Prices({ ...one, strike: each.strike, volatility: each.volatility });
    return sum + each.amount * (each.kind === 'call' ? prices.call : prices.put);
  }, 0);
}

describe('derive-srm: the core is the reference model', () => {
  it('for any book, within a tick per contract; where marks contradict each other the core credits no more than they add up to', () => {
    let clamped = 0;
    fc.assert(
      fc.property(book, (given) => {
        const perpetual = { size: given.perpetualSize, price: given.perpetualPrice };
        const figures = marginThroughRules(SRM, {
          cash: BigInt(given.cash) * 1_000_000n,
          spotPrice: SPOT,
          expiries: given.expiries,
          perpetual,
          base: given.base,
        });
        const contracts = given.expiries.flatMap(({ options }) => options).reduce((sum, { amount }) => sum + Math.abs(amount), 0);
        const reference = (level: SrmLevel): { margin: number; scale: number } => {
          const parts = given.expiries.map((one) => {
            const published = srmOptionMargin(one, SPOT, SRM_MAINNET_PARAMETERS, level);
            const value = worthOf(one);
            if (published > value + TICK) clamped += 1;
            return Math.min(published, value);
          });
          const common = { parameters: SRM_MAINNET_PARAMETERS, level };
          parts.push(
            srmPerpetualMargin({ ...perpetual, ...common }),
            srmBaseMargin({ size: given.base, spotPrice: SPOT, ...common }),
          );
          parts.push(given.cash, perpetual.size * perpetual.price);
          return {
            margin: parts.reduce((sum, part) => sum + part, 0),
            scale: parts.reduce((sum, part) => sum + Math.abs(part), 0),
          };
        };
        for (const [level, health] of [
          ['maintenance', figures.healthMaintenance],
          ['initial', figures.healthInitial],
        ] as const) {
          const { margin, scale } = reference(level);
          const tolerance = (contracts + SUM_TICKS) * TICK + scale * REFERENCE_RELATIVE;
          expect(Math.abs(Number(health) / 1e6 - margin)).toBeLessThanOrEqual(tolerance);
        }
      }),
      { seed: 19, numRuns: 300 },
    );
    expect(clamped).toBeGreaterThan(0);
  });
});

/** The shipped tiers with one of them for everything, and no charge for size. */
function oneTier(change: Partial<LinearRule>): MarginProfile {
  const [first] = TIERED.rules?.markets ?? [];
  if (TIERED.rules === undefined || first === undefined || first.linear === null) throw new Error('The profile has tiers.');
  const market: MarketRule = { ...first, underlyings: null, linear: { ...first.linear, size: null, ...change } };
  return { ...TIERED, rules: { ...TIERED.rules, markets: [market] } };
}

describe('tiered-perpetual: the core is the reference model', () => {
  it('dYdX tiers, exactly, for any notional, open interest and tier', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.integer({ min: 0, max: 2 ** 50 }),
        fc.nat({ max: 10_000_000 }),
        fc.integer({ min: 1, max: 10_000_000 }),
        (initialPpm, fractionPpm, size, open, lowerUsd, width) => {
          const profile = oneTier({
            initialPpm: ppm(initialPpm),
            maintenance: { kind: 'fractionOfInitial', fractionPpm: ppm(fractionPpm) },
            openInterest: { lowerUsd, upperUsd: lowerUsd + width },
          });
          // One lot is one tick: a thousandth of a unit at a thousandth of a dollar.
          const figures = marginThroughRules(profile, {
            cash: 0n,
            spotPrice: 0.001,
            expiries: [],
            perpetual: { size, price: 0.001, openInterestLots: open, lotUnits: 1_000_000n },
          });
          const tier = {
            initialMarginPpm: BigInt(initialPpm),
            maintenanceFractionPpm: BigInt(fractionPpm),
            openInterestLowerCap: BigInt(lowerUsd) * 1_000_000n,
            openInterestUpperCap: BigInt(lowerUsd + width) * 1_000_000n,
          };
          const notional = BigInt(size);
          expect(figures.maintenance).toBe(dydxMaintenanceMargin(tier, notional));
          expect(figures.initial).toBe(dydxInitialMargin({ tier, notional, openInterestNotional: BigInt(open) }));
        },
      ),
      { seed: 48, numRuns: 300 },
    );
  });

  it('Drift: max(r, 0.8·r + imf·√size), at most two parts in a million above it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.bigInt({ min: 0n, max: 10n ** 21n }),
        (share, factor, size) => {
          const published = Math.max(share, 0.8 * share + factor * Math.sqrt(Number(size) / 1e9));
          const rule = { kind: 'squareRoot', keepPpm: ppm(800_000), factorPpm: ppm(factor) } as const;
          const above = Number(sizedShare(rule, BigInt(share), size)) - published;
          expect(above).toBeGreaterThanOrEqual(-1e-6);
          expect(above).toBeLessThanOrEqual(2 + 1e-6);
        },
      ),
      { seed: 54, numRuns: 500 },
    );
  });

  it('Mango: weights of 0.8 and 1.2 on a perpetual are a share of a fifth, before the weights of its result (V60 cases 2-5)', () => {
    const profile = oneTier({ initialPpm: ppm(200_000), maintenance: { kind: 'share', sharePpm: ppm(200_000) } });
    for (const [lots, quote] of [
      [-1, 100],
      [1, -100],
      [10, 100],
      [30, -100],
    ] as const) {
      const perpetual: MangoPerpetual = {
        settleTokenId: 0,
        base: BigInt(lots) * 10n * WAD,
        quote: BigInt(quote) * WAD,
        price: 5n * WAD,
        baseAssetWeight: (8n * WAD) / 10n,
        baseLiabilityWeight: (12n * WAD) / 10n,
        positiveResultWeight: WAD,
      };
      const figures = marginThroughRules(profile, {
        cash: BigInt(quote) * 1_000_000n,
        spotPrice: 5,
        expiries: [],
        perpetual: { size: lots, price: 5, lotUnits: 10_000_000_000n },
      });
      expect(figures.healthMaintenance * 10n ** 12n).toBe(mangoPerpetualResult(perpetual));
    }
  });
});

describe('lending: the core is the reference model', () => {
  it('Morpho: the incentive, exactly, for every threshold', () => {
    const incentive = shippedProfile('overcollateralized-morpho').rules?.lending?.incentive;
    if (incentive?.kind !== 'curve') throw new Error('The profile has a curve.');
    for (let thresholdPpm = 0n; thresholdPpm <= 1_000_000n; thresholdPpm += 997n) {
      const { numerator, denominator } = curveIncentive(incentive, thresholdPpm);
      expect((numerator * WAD) / denominator).toBe(morphoLiquidationIncentive(thresholdPpm * 10n ** 12n));
    }
  });

  it('Euler: the discounted close, within two ticks', () => {
    const asset = {
      assets: null,
      loanToValuePpm: null,
      liquidationThresholdPpm: null,
      bonusPpm: ppm(0),
      protocolSharePpm: ppm(0),
    };
    const rules = {
      close: { kind: 'whole' },
      incentive: { kind: 'healthDiscount', maximumDiscountPpm: ppm(200_000) },
      asset,
    } as const;
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1_000_000n, max: 10n ** 12n }),
        fc.bigInt({ min: 1_000_000n, max: 10n ** 12n }),
        fc.bigInt({ min: 100_000n, max: 990_000n }),
        (collateral, debt, thresholdPpm) => {
          const adjustedCollateral = (collateral * thresholdPpm) / 1_000_000n;
          const position = { debt, totalDebt: debt, collateral, totalCollateral: collateral, adjustedCollateral, thresholdPpm };
          const close = largestClose(rules, position);
          const scale = 10n ** 12n;
          const reference = eulerMaxLiquidation({
            collateral: collateral * scale,
            collateralPrice: WAD,
            liquidationLtv: thresholdPpm * scale,
            debt: debt * scale,
            maximumDiscount: WAD / 5n,
          });
          if (close === null || reference === undefined) return;
          const near = (a: bigint, b: bigint): boolean => a - b <= 2n * scale && b - a <= 2n * scale;
          expect(near(close.repay * scale, reference.repay)).toBe(true);
          // A tick of debt is worth up to 1 / (1 − 0.2) ticks of collateral, and a rounded threshold a little more.
          expect(Math.abs(Number(close.seize) - Number(reference.yield) / 1e12)).toBeLessThanOrEqual(2 + Number(debt) * 2e-6);
          expect(near(close.badDebt * scale, reference.socialisedDebt)).toBe(true);
        },
      ),
      { seed: 77, numRuns: 500 },
    );
  });
});

describe('overcollateralized-maker: the core is the reference model', () => {
  const rule = shippedProfile('overcollateralized-maker').rules?.auction ?? null;
  if (rule === null) throw new Error('The profile has an auction.');

  it('prices, exactly to 27 digits, for any curve and time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999_999 }),
        fc.integer({ min: 1, max: 86_400 }),
        fc.nat({ max: 100_000 }),
        fc.bigInt({ min: 1n, max: 10n ** 6n }),
        (cutPerTrillion, seconds, elapsed, dollars) => {
          const top = dollars * RAY;
          const cut = BigInt(cutPerTrillion) * 10n ** 15n;
          const at = BigInt(elapsed);
          expect(salePrice({ kind: 'linear', seconds }, top, elapsed)).toBe(
            makerAuctionPrice({ kind: 'linear', durationSeconds: BigInt(seconds) }, top, at),
          );
          expect(salePrice({ kind: 'stairstep', cutPerTrillion, stepSeconds: seconds }, top, elapsed)).toBe(
            makerAuctionPrice({ kind: 'stairstep', cut, stepSeconds: BigInt(seconds) }, top, at),
          );
          expect(salePrice({ kind: 'exponential', cutPerTrillion }, top, elapsed)).toBe(
            makerAuctionPrice({ kind: 'exponential', cut }, top, at),
          );
        },
      ),
      { seed: 73, numRuns: 200 },
    );
  });

  it('opening and buying, within a tick of debt and what it stands for in collateral; a buyer never pays less', () => {
    let parts = 0;
    let bought = 0;
    fc.assert(
      fc.property(
        fc.bigInt({ min: 6_000_000_000n, max: 30_000_000_000_000n }),
        fc.bigInt({ min: 10n ** 12n, max: 10n ** 16n }),
        fc.nat({ max: 8_279 }),
        fc.bigInt({ min: 1n, max: 10n ** 16n }),
        (debt, collateral, elapsed, amount) => {
          const opened = openSale(rule, { debt, collateral, feedUnit: 10n ** 9n, price: 4n * 10n ** 9n, onAuction: 0n });
          const wad = 10n ** 12n;
          const bark = makerBark({
            ink: collateral * 10n ** 9n,
            art: debt * wad,
            rate: RAY,
            chop: (113n * WAD) / 100n,
            room: 22_000_000n * 10n ** 45n,
            dust: 5000n * 10n ** 45n,
          });
          expect(opened?.debtTaken).toBe(bark.debtTaken / wad);
          if (opened === null) throw new Error('There is room for every one of these loans.');
          // A part is cut to whole ticks of debt, and the lot with it by what a tick stands for.
          const short = bark.collateralTaken / 10n ** 9n - opened.sale.lot;
          const isWhole = opened.debtTaken === debt;
          if (!isWhole) parts += 1;
          expect(short >= 0n && short <= (isWhole ? 0n : collateral / debt + 1n)).toBe(true);
          const sale = { tab: opened.sale.raise * 10n ** 39n, lot: opened.sale.lot * 10n ** 9n, top: opened.sale.top };
          const price = salePrice(rule.curve, opened.sale.top, elapsed);
          const taken = takeFromSale(rule, opened.sale, { amount, price, feedUnit: 10n ** 9n });
          const order = { sale, price, amount: amount * 10n ** 9n, chost: 5650n * 10n ** 45n };
          if (taken === null) {
            expect(() => makerTake(order)).toThrow('leave dust');
            return;
          }
          bought += 1;
          const reference = makerTake(order);
          const overpaid = taken.paid * 10n ** 39n - reference.paid;
          expect(overpaid >= 0n && overpaid < 10n ** 39n).toBe(true);
          const missing = reference.bought - taken.bought * 10n ** 9n;
          expect(missing >= 0n && missing < 10n ** 9n).toBe(true);
        },
      ),
      { seed: 63, numRuns: 300 },
    );
    // Both branches were met.
    expect(parts).toBeGreaterThan(30);
    expect(bought).toBeGreaterThan(30);
  });
});
