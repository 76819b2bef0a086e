import { describe, expect, test } from 'vitest';
import srmJson from '../../../../../profiles/derive-srm.json' with { type: 'json' };
import gridJson from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import type { AssetForm } from '../../assets/asset.ts';
import { lpSharePrice } from '../../assets/valuation.ts';
import { amount, assetId, durationMs, feedId, poolId, ppm, price, underlyingId } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { liquidationPrices, movedInput } from '../liquidationPrice.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT, BALANCE_SUPPLY } from '../portfolio.ts';
import type { PoolOfShare, RiskInput } from '../riskModel.ts';
import {
  BITCOIN,
  ETH_PERPETUAL,
  ETHER,
  NANO,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  USDC,
  worldInput,
} from '../testing/marginWorld.ts';
import { breachEnvelopes } from './breachEnvelopes.ts';
import { distanceToBreach } from './greeksToBreach.ts';
import { FACTOR_ONE, movedMarket } from './marketMove.ts';

const ETH = 0;
const THROUGH = 4;
const UNIT = 1_000_000n;

/** One unit is 0.1 ETH, 0.002 BTC and 100 USDC: 600 USD at 3000 and 100 000. */
function basketOf(scenarios: 'parts' | 'outside'): AssetForm {
  const parts = [
    { asset: assetId(ETHER), amountPerFeedUnit: amount(100_000_000n), capPpm: ppm(600_000) },
    { asset: assetId(BITCOIN), amountPerFeedUnit: amount(200_000n), capPpm: ppm(500_000) },
    { asset: assetId(USDC), amountPerFeedUnit: amount(100_000_000n), capPpm: ppm(250_000) },
  ];
  return scenarios === 'parts' ? { kind: 'basket', parts, scenarios } : { kind: 'basket', parts };
}

const staked: AssetForm = {
  kind: 'staked',
  base: assetId(ETHER),
  ratioFeed: feedId(1),
  ratioAtListing: price(NANO),
  listedAtMs: 0,
  growthCapPpmPerYear: ppm(100_000),
  ratioMaxAgeMs: durationMs(86_400_000),
};

/** The world with one more asset, at 597 USD a unit of six decimals. */
function inputWith(form: AssetForm, options: { readonly underlying?: number; readonly profile?: unknown } = {}): RiskInput {
  const input = worldInput({ profile: trustedProfile(options.profile ?? gridJson), ethNano: 3000n * NANO });
  const [cash] = input.assets;
  if (cash === undefined) throw new Error('the world has a settlement asset');
  const at = price(597n * NANO);
  const underlying = options.underlying === undefined ? null : underlyingId(options.underlying);
  const terms = { ...cash.terms, id: assetId(THROUGH), symbol: 'MIX', riskUnit: amount(10_000n), underlying, form };
  const asset = { ...cash, terms, view: { ...cash.view, price: at, low: at, high: at } };
  return { ...input, assets: [...input.assets, asset] };
}

/** 59 700 USD of it, 40 000 owed, and half an ether long. */
const margined: TestAccount = {
  cash: -40_000_000_000n,
  positions: [[ETH_PERPETUAL, 500]],
  balances: [[THROUGH, 100n * UNIT]],
};
const loan: TestAccount = {
  mode: 'overcollateralized',
  balances: [
    [THROUGH, 100n * UNIT],
    [ETHER, 10_000_000n],
    [USDC, 30_000_000_000n, BALANCE_DEBT],
  ],
};

/** The world in which the pool behind the share is known. */
function withPool(input: RiskInput, pool: PoolOfShare): RiskInput {
  return { ...input, assets: input.assets.map((asset) => (asset.terms.id === THROUGH ? { ...asset, pool } : asset)) };
}

function withoutPool(input: RiskInput): RiskInput {
  return { ...input, assets: input.assets.map(({ pool: _, ...asset }) => asset) };
}

describe('an asset that is priced through others', () => {
  test.each([
    ['a basket outside the scenarios', basketOf('outside'), margined],
    ['a basket inside them', basketOf('parts'), margined],
    ['a share of a pool', { kind: 'lpShare', pool: poolId(0) } as const, margined],
    ['something staked without an underlying', staked, margined],
    ['a basket under a static loan', basketOf('outside'), loan],
    ['a share of a pool under a static loan', { kind: 'lpShare', pool: poolId(0) } as const, loan],
  ])('has no proved band: %s', (_, form, account) => {
    const { obstacle, each, together } = breachEnvelopes(inputWith(form), portfolioOf(account));
    expect(obstacle).toContain('MIX is');
    expect([each, together]).toEqual([[], null]);
  });

  test.each([BALANCE_COLLATERAL, BALANCE_SUPPLY, BALANCE_DEBT])('whatever it is held as (kind %i)', (kind) => {
    const account = portfolioOf({ cash: 10n ** 12n, balances: [[THROUGH, UNIT, kind]] });
    expect(breachEnvelopes(inputWith(basketOf('outside')), account).obstacle).toContain('MIX is a basket');
  });

  test('nor where the basket is in a static loan under rules, inside the scenarios or not', () => {
    const input = inputWith(basketOf('parts'), { profile: srmJson });
    expect(breachEnvelopes(input, portfolioOf(loan)).obstacle).toContain('MIX is a basket');
  });

  test('has one when it is staked and moves with the underlying of what it is redeemed for, and with no other', () => {
    const account = portfolioOf({ cash: 1_000_000_000n, balances: [[THROUGH, UNIT]] });
    expect(breachEnvelopes(inputWith(staked, { underlying: ETH }), account).obstacle).toBe(null);
    expect(breachEnvelopes(inputWith(staked, { underlying: 1 }), account).obstacle).toContain('redeemed');
  });

  test('does not matter to an account that holds none of it', () => {
    const account = portfolioOf({ cash: 10_000_000_000n, positions: [[ETH_PERPETUAL, 500]] });
    expect(breachEnvelopes(inputWith(basketOf('outside')), account).obstacle).toBe(null);
  });

  test.each(['parts', 'outside'] as const)(
    'as a basket (%s) moves with its parts, and so does the liquidation price',
    (scenarios) => {
      const input = inputWith(basketOf(scenarios));
      const half = movedMarket(input, [{ underlying: ETH, price: FACTOR_ONE / 2n, volatility: FACTOR_ONE }]);
      // Of 150 + 200 + 100 dollars the hundred in cash and the two hundred in bitcoin are within their caps: 450 of 600.
      expect(half.assets[THROUGH]?.view.price).toBe((597n * NANO * 450n) / 600n);
      for (const account of [margined, loan]) {
        const { below, obstacle } = liquidationPrices(input, portfolioOf(account), ETH);
        expect(obstacle).toBe(null);
        if (below === null) throw new Error('half of a basket of ether and of bitcoin cannot carry it');
        const healthAt = (at: bigint): bigint => {
          const moves = [{ underlying: ETH, price: (at * FACTOR_ONE) / (3000n * NANO), volatility: FACTOR_ONE }];
          return computeMargin(compileRisk(movedMarket(input, moves)), portfolioOf(account)).healthMaintenance;
        };
        expect(healthAt(below - NANO)).toBeLessThan(0n);
        expect(healthAt(below + NANO)).toBeGreaterThan(0n);
      }
    },
  );

  test('as a basket has the delta of its parts: a tenth of an ether each, less what its market is below them', () => {
    const { moves, obstacle } = distanceToBreach(inputWith(basketOf('outside')), portfolioOf(margined));
    expect(obstacle).toBe(null);
    expect(moves.map(({ underlying }) => underlying)).toEqual([0, 1]);
    expect((moves[0]?.deltaTicksPerUsd ?? 0) / 1e6).toBeCloseTo(0.5 + (10 * 597) / 600, 1);
    expect(moves[0]?.byDelta).toBeLessThan(0);
  });

  describe('as a share of a pool whose reserves are known', () => {
    // 1,000 ETH and 3,000,000 USDC, 6,000,000 USD by the price of 3000; 10,050.251… shares of 597 USD.
    const pool = {
      base: assetId(ETHER),
      quote: assetId(USDC),
      baseReserve: amount(1_000_000_000_000n),
      quoteReserve: amount(3_000_000_000_000n),
      issued: amount((6_000_000n * UNIT) / 597n),
    };
    const input = movedMarket(withPool(inputWith({ kind: 'lpShare', pool: poolId(0) }), pool), []);

    test('stands where the engine prices it, and falls by the root of what its side falls by', () => {
      const at = (factor: bigint) =>
        movedMarket(input, [{ underlying: ETH, price: factor, volatility: FACTOR_ONE }]).assets[THROUGH]?.view.price ?? price(1n);
      const now = at(FACTOR_ONE);
      expect(Number(now) / 1e9).toBeCloseTo(597, 3);
      expect(Number(at(FACTOR_ONE / 4n)) / Number(now)).toBeCloseTo(0.5, 8);
      expect(Number(at(4n * FACTOR_ONE)) / Number(now)).toBeCloseTo(2, 8);
    });

    test('has the liquidation price at which health, with the pool revalued there, crosses zero', () => {
      for (const account of [margined, loan]) {
        const { below, obstacle } = liquidationPrices(input, portfolioOf(account), ETH);
        expect(obstacle).toBe(null);
        if (below === null) throw new Error('half of a share is dollars, but what is owed is more');
        const healthAt = (dollarsNano: bigint): bigint => {
          const share = lpSharePrice({
            share: { feedUnit: amount(UNIT) },
            issued: pool.issued,
            base: { terms: { feedUnit: amount(NANO) }, reserve: pool.baseReserve, price: price(dollarsNano) },
            quote: { terms: { feedUnit: amount(UNIT) }, reserve: pool.quoteReserve, price: price(NANO) },
          });
          const moved = movedInput(withoutPool(input), ETH, dollarsNano, 3000n * NANO);
          const assets = moved.assets.map((asset) =>
            asset.terms.id === THROUGH && share !== null
              ? { ...asset, view: { ...asset.view, price: share, low: share, high: share } }
              : asset,
          );
          return computeMargin(compileRisk({ ...moved, assets }), portfolioOf(account)).healthMaintenance;
        };
        expect(healthAt(below)).toBeLessThan(0n);
        expect(healthAt(below + 1n)).toBeGreaterThanOrEqual(0n);
      }
    });

    test('has a delta of half of what it is worth, and no proved band', () => {
      const { moves, obstacle } = distanceToBreach(input, portfolioOf(margined));
      expect(obstacle).toBe(null);
      expect(moves.map(({ underlying }) => underlying)).toEqual([0]);
      expect((moves[0]?.deltaTicksPerUsd ?? 0) / 1e6).toBeCloseTo(0.5 + (100 * 597) / 2 / 3000, 1);
      expect(breachEnvelopes(input, portfolioOf(margined)).obstacle).toContain('MIX is a share of a pool');
    });

    test('is not followed where a side is a basket, a share, or has no price', () => {
      const obstacleOf = (base: number) =>
        liquidationPrices(withPool(input, { ...pool, base: assetId(base) }), portfolioOf(margined), ETH).obstacle;
      expect(obstacleOf(THROUGH)).toBe('MIX is a share of a pool with a side whose price is not followed');
      expect(obstacleOf(99)).toBe('MIX is a share of a pool with a side that has no price here');
    });
  });

  test('as a share of a pool that is not known leaves liquidation prices and distances out and says why', () => {
    const input = inputWith({ kind: 'lpShare', pool: poolId(0) });
    expect(liquidationPrices(input, portfolioOf(margined), ETH)).toEqual({
      below: null,
      above: null,
      obstacle: 'MIX is a share of a pool, whose price follows what the pool holds',
    });
    const { moves, obstacle } = distanceToBreach(input, portfolioOf(margined));
    expect([moves, obstacle]).toEqual([[], 'MIX is a share of a pool, whose price follows what the pool holds']);
  });
});
