import { describe, expect, test } from 'vitest';
import makerJson from '../../../../../profiles/overcollateralized-maker.json' with { type: 'json' };
import { ppm } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT } from '../portfolio.ts';
import type { MarginProfile } from '../profile.ts';
import { portfolioOf, trustedProfile } from '../testing/marginWorld.ts';
import { MAKER_FIXTURE as MAKER } from '../testing/publishedFixtures.ts';
import { nano, ruleInput } from '../testing/ruleWorld.ts';
import { auctionClockOf, needsRestart, openSale, type Sale, salePrice, startReward, takeFromSale } from './auctionRule.ts';
import { lendingPositionOf } from './closeRule.ts';
import type { AuctionRule } from './ruleSet.ts';

const SHIPPED = trustedProfile(makerJson);
const DOLLAR = 1_000_000n;
const UNIT = 1_000_000_000n;
const RAY = 10n ** 27n;

function auctionOf({ rules }: MarginProfile): AuctionRule {
  if (rules?.auction == null) throw new Error('The profile has an auction.');
  return rules.auction;
}

/** Of the published tests, and of the main network. */
const RULE = auctionOf(MAKER);
const ETH_A = auctionOf(SHIPPED);
const opened: Sale = { raise: 110n * DOLLAR, lot: 40n * UNIT, top: 5n * RAY };

describe('V63: clip.t.sol:312-330, a loan of 100 against 40 at a price of 4, through the core', () => {
  test('is unsafe at half of its value, and its auction raises 110 from a lot of 40 opening at 5', () => {
    const model = compileRisk(
      ruleInput({
        profile: MAKER,
        underlyings: [{ symbol: 'ETH', price: '4' }],
        assets: [{ symbol: 'ETH', underlying: 0, price: '4' }],
      }),
    );
    const portfolio = portfolioOf({
      mode: 'overcollateralized',
      balances: [
        [1, 40n * UNIT, BALANCE_COLLATERAL],
        [0, 100n * DOLLAR, BALANCE_DEBT],
      ],
    });
    expect(computeMargin(model, portfolio).healthMaintenance).toBe(-20n * DOLLAR);
    const { debt } = lendingPositionOf(model, portfolio, { collateral: 1, debt: 0 });
    const sale = openSale(RULE, { debt, collateral: 40n * UNIT, feedUnit: UNIT, price: nano('4'), onAuction: 0n });
    expect(sale).toEqual({ sale: opened, debtTaken: 100n * DOLLAR });
  });
});

describe('opening', () => {
  const loan = { debt: 100n * DOLLAR, collateral: 40n * UNIT, feedUnit: UNIT, price: nano('4'), onAuction: 0n };
  const noPenalty: AuctionRule = { ...RULE, penaltyPpm: ppm(1_000_000) };

  test('takes the part that there is room for, all of it rather than leave dust, nothing when there is no room', () => {
    const withRoom = (rule: AuctionRule, room: bigint) => openSale(rule, { ...loan, onAuction: 1000n * DOLLAR - room });
    expect(withRoom(noPenalty, 80n * DOLLAR)).toMatchObject({
      debtTaken: 80n * DOLLAR,
      sale: { raise: 80n * DOLLAR, lot: 32n * UNIT },
    });
    expect(withRoom(noPenalty, 80n * DOLLAR + 1n)?.debtTaken).toBe(100n * DOLLAR);
    // 75 of room at a penalty of 10 %: 68.181818 of debt, which raises 75.
    expect(withRoom(RULE, 75n * DOLLAR)).toMatchObject({ debtTaken: 68_181_818n, sale: { raise: 75n * DOLLAR } });
    expect(withRoom(RULE, 19n * DOLLAR)).toBeNull();
    expect(withRoom(RULE, 21n * DOLLAR)).toBeNull();
    expect(openSale(RULE, { ...loan, collateral: 0n })).toBeNull();
  });

  test('pays whoever starts it, except for dust', () => {
    expect(startReward(RULE, opened, 160n * DOLLAR)).toBe(102_200_000n);
    expect(startReward(RULE, { ...opened, raise: 21n * DOLLAR }, 160n * DOLLAR)).toBe(0n);
    expect(startReward(RULE, opened, 20n * DOLLAR)).toBe(0n);
  });
});

describe('buying', () => {
  const order = { price: 5n * RAY, feedUnit: UNIT };

  test('V64 clip.t.sol:928-949: 11 at 5 leave 55 to raise from a lot of 29', () => {
    const taken = takeFromSale(RULE, opened, { ...order, amount: 11n * UNIT });
    expect(taken).toEqual({
      paid: 55n * DOLLAR,
      bought: 11n * UNIT,
      sale: { raise: 55n * DOLLAR, lot: 29n * UNIT, top: 5n * RAY },
      returned: 0n,
    });
  });

  test.each([22n, 25n])('V65 clip.t.sol:900-921, 871: %s at 5 raise everything and return 18', (amount) => {
    expect(takeFromSale(RULE, opened, { ...order, amount: amount * UNIT })).toEqual({
      paid: 110n * DOLLAR,
      bought: 22n * UNIT,
      sale: { raise: 0n, lot: 0n, top: 5n * RAY },
      returned: 18n * UNIT,
    });
  });

  test('V67 clip.t.sol:1022-1046: after 60 steps the price is published to 27 digits and the whole lot may be bought', () => {
    const price = salePrice(RULE.curve, opened.top, 60);
    expect(price).toBe(2_735_783_211_953_807_380_973_706_855n);
    const taken = takeFromSale(RULE, opened, { price, feedUnit: UNIT, amount: 40n * UNIT });
    // 40 · 2.7357832… = 109.431328478…, paid up to the next tick.
    expect(taken).toMatchObject({ bought: 40n * UNIT, paid: 109_431_329n, sale: { lot: 0n, raise: 568_671n } });
  });

  test('takes less rather than leave dust, and refuses where it cannot', () => {
    const taken = takeFromSale(RULE, opened, { ...order, amount: 20n * UNIT });
    expect(taken).toMatchObject({ bought: 17_600_000_000n, sale: { raise: 22n * DOLLAR } });
    expect(takeFromSale(RULE, { ...opened, raise: 22n * DOLLAR, lot: 10n * UNIT }, { ...order, amount: UNIT })).toBeNull();
  });

  test('no slice is free: the smallest costs a tick', () => {
    expect(takeFromSale({ ...RULE, dustUsd: 0 }, opened, { ...order, amount: 1n })).toMatchObject({ bought: 1n, paid: 1n });
  });
});

describe('V73: falling prices, abaci.t.sol:164-220', () => {
  test('linear: a tenth of the opening price each 360 seconds of 3600', () => {
    for (let k = 0; k <= 10; k += 1)
      expect(salePrice({ kind: 'linear', seconds: 3600 }, 1000n * RAY, 360 * k)).toBe((1000n - 100n * BigInt(k)) * RAY);
    expect(salePrice({ kind: 'linear', seconds: 3600 }, 1000n * RAY, 9999)).toBe(0n);
  });

  test('exponential: a half-life of 900 seconds, as far as a cut of twelve digits fixes it', () => {
    const curve = { kind: 'exponential', cutPerTrillion: 999_230_132_966 } as const;
    const tolerance = 250n * 10n ** 18n; // 2.5e-7 of 1000
    const miss = (seconds: number, expected: bigint): bigint => {
      const found = salePrice(curve, 1000n * RAY, seconds) - expected * RAY;
      return found < 0n ? -found : found;
    };
    expect(miss(900, 500n)).toBeLessThanOrEqual(tolerance);
    expect(miss(1800, 250n)).toBeLessThanOrEqual(tolerance);
  });

  test('restarts when the tail is over or the cusp is passed', () => {
    const at = { top: 5n * RAY, price: (3n * RAY) / 2n, elapsedSeconds: 3600 };
    expect(needsRestart(RULE, at)).toBe(false);
    expect(needsRestart(RULE, { ...at, elapsedSeconds: 3601 })).toBe(true);
    expect(needsRestart(RULE, { ...at, price: (3n * RAY) / 2n - 1n })).toBe(true);
  });
});

describe('the clock that the protocol honours', () => {
  const factorAt = (clock: ReturnType<typeof auctionClockOf>, seconds: number): number => {
    const ms = seconds * 1000;
    return ms <= clock.fastMs
      ? clock.startPpm + ((clock.cutoffPpm - clock.startPpm) * ms) / clock.fastMs
      : clock.cutoffPpm * Math.max(0, 1 - (ms - clock.fastMs) / clock.slowMs);
  };

  test('follows a linear price to a part in a million', () => {
    const rule: AuctionRule = { ...RULE, curve: { kind: 'linear', seconds: 3600 } };
    const clock = auctionClockOf(rule);
    // The cusp of 30 % is reached after 70 % of the time.
    expect(clock).toEqual({ startPpm: 1_250_000, fastMs: 2_520_000, cutoffPpm: 375_000, slowMs: 1_080_000 });
    for (let seconds = 0; seconds <= 3600; seconds += 60) {
      const price = Number(salePrice(rule.curve, 1_250_000n * RAY, seconds) / RAY);
      expect(Math.abs(factorAt(clock, seconds) - price)).toBeLessThanOrEqual(1);
    }
  });

  test('never asks less than falling cuts do, up to the second of their restart', () => {
    const clock = auctionClockOf(RULE);
    // 0.99^119 = 0.3024, 0.99^120 = 0.2994: restarted from second 120 on.
    expect(clock).toEqual({ startPpm: 1_250_000, fastMs: 119_000, cutoffPpm: 378_006, slowMs: 119_000 });
    for (let seconds = 0; seconds <= 119; seconds += 1) {
      const price = Number(salePrice(RULE.curve, 1_250_000n * RAY, seconds) / RAY);
      expect(factorAt(clock, seconds)).toBeGreaterThanOrEqual(price);
    }
  });
});

describe('the shipped parameters, ETH-A of 30 April 2021', () => {
  const dollars = (price: bigint): number => Number((price * 10_000n) / RAY) / 10_000;

  test('open 30 % above the oracle, pass it after 27 steps of 90 seconds, and restart at 92 steps: the cusp comes before the tail', () => {
    const top = 1300n * RAY; // the oracle at 1000
    expect(dollars(salePrice(ETH_A.curve, top, 0))).toBe(1300);
    expect(dollars(salePrice(ETH_A.curve, top, 89))).toBe(1300);
    expect(dollars(salePrice(ETH_A.curve, top, 90))).toBe(1287);
    // 1300 · 0.99^26 and 1300 · 0.99^27.
    expect(dollars(salePrice(ETH_A.curve, top, 26 * 90))).toBe(1001.056);
    expect(dollars(salePrice(ETH_A.curve, top, 27 * 90))).toBe(991.0455);
    // 0.99^91 = 0.4007, 0.99^92 = 0.3967: below the cusp of 40 % from 8280 seconds on, before the tail of 8400.
    const at = (elapsedSeconds: number) => ({ top, price: salePrice(ETH_A.curve, top, elapsedSeconds), elapsedSeconds });
    expect(needsRestart(ETH_A, at(8279))).toBe(false);
    expect(needsRestart(ETH_A, at(8280))).toBe(true);
    expect(needsRestart({ ...ETH_A, cuspPpm: ppm(0) }, at(8400))).toBe(false);
    expect(needsRestart({ ...ETH_A, cuspPpm: ppm(0) }, at(8401))).toBe(true);
  });

  test('take a loan of 10 000 at a penalty of 13 %, whole because 22 million are free, and pay a tenth of a percent to whoever starts it', () => {
    const price = nano('1000');
    const opened = openSale(ETH_A, {
      debt: 10_000n * DOLLAR,
      collateral: 14n * UNIT,
      feedUnit: UNIT,
      price,
      onAuction: 0n,
    });
    expect(opened).toEqual({ debtTaken: 10_000n * DOLLAR, sale: { raise: 11_300n * DOLLAR, lot: 14n * UNIT, top: 1300n * RAY } });
    expect(startReward(ETH_A, { raise: 11_300n * DOLLAR, lot: 14n * UNIT, top: 1300n * RAY }, 14_000n * DOLLAR)).toBe(
      11_300_000n,
    );
    // Room for 4 million of what is to be raised: 3 539 823.008849 of debt.
    const crowded = openSale(ETH_A, {
      debt: 5_000_000n * DOLLAR,
      collateral: 7_000n * UNIT,
      feedUnit: UNIT,
      price,
      onAuction: 18_000_000n * DOLLAR,
    });
    expect(crowded?.debtTaken).toBe(3_539_823_008_849n);
    // 22 million of room take 19 469 026.5486725…, so this loan would leave a part of a tick less than 5000: it is taken whole.
    const nearly = openSale(ETH_A, {
      debt: 19_474_026_548_672n,
      collateral: 30_000n * UNIT,
      feedUnit: UNIT,
      price,
      onAuction: 0n,
    });
    expect(nearly?.debtTaken).toBe(19_474_026_548_672n);
  });

  test('liquidate where the debt passes two thirds of the collateral: a ratio of 150 %', () => {
    const health = (debt: bigint): bigint => {
      const model = compileRisk(
        ruleInput({
          profile: SHIPPED,
          underlyings: [{ symbol: 'ETH', price: '1000' }],
          assets: [{ symbol: 'ETH', underlying: 0, price: '1000' }],
        }),
      );
      const balances = [
        [1, 15n * UNIT, BALANCE_COLLATERAL],
        [0, debt, BALANCE_DEBT],
      ] as const;
      return computeMargin(model, portfolioOf({ mode: 'overcollateralized', balances })).healthMaintenance;
    };
    // Two thirds cut to 666 666 ppm: a cent short of 10 000.
    expect(health(9_999_990_000n)).toBe(0n);
    expect(health(10_000n * DOLLAR)).toBe(-10_000n);
  });
});
