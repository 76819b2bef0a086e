import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import srmJson from '../../../../profiles/derive-srm.json' with { type: 'json' };
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { validateAsset } from '../assets/validate.ts';
import { basketPrice, lowerPrice } from '../assets/valuation.ts';
import { amount, assetId, ppm, price } from '../numeric/brand.ts';
import { compileRisk } from './compileRisk.ts';
import { computeMargin, computeMarginExact } from './computeMargin.ts';
import { explain } from './explain.ts';
import { boundAsset } from './linearBound.ts';
import { lintProfile } from './lintProfile.ts';
import { liquidationPrices } from './liquidationPrice.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT } from './portfolio.ts';
import type { AssetRiskInput, RiskInput } from './riskModel.ts';
import { jointProfile } from './testing/arbitraries.ts';
import {
  BITCOIN,
  BTC_PERPETUAL,
  ETH_PERPETUAL,
  ETHER,
  NANO,
  portfolioOf,
  trustedProfile,
  USDC,
  worldInput,
} from './testing/marginWorld.ts';

const profile = trustedProfile(defaultJson);
const BASKET = 4;
/** One unit of MIX (six decimals): 0.1 ETH and 0.002 BTC and 100 USDC, 300 + 200 + 100 USD at 3000 and 100 000. */
const PARTS = [
  { asset: assetId(ETHER), amountPerFeedUnit: amount(100_000_000n), capPpm: ppm(1_000_000) },
  { asset: assetId(BITCOIN), amountPerFeedUnit: amount(200_000n), capPpm: ppm(1_000_000) },
  { asset: assetId(USDC), amountPerFeedUnit: amount(100_000_000n), capPpm: ppm(1_000_000) },
];
const MIX = 1_000_000n;

interface BasketOptions {
  readonly marketNano?: bigint;
  readonly isInside?: boolean;
  readonly ethNano?: bigint;
  readonly haircutPpm?: number;
  readonly hasJoint?: boolean;
}

function inputWithBasket(options: BasketOptions = {}): RiskInput {
  const chosen = options.hasJoint === true ? jointProfile(profile) : profile;
  const input = worldInput({ profile: chosen, ethNano: options.ethNano ?? 3000n * NANO });
  const priceOf = (id: number) => input.assets[id]?.view.price ?? price(1n);
  const through = basketPrice(
    PARTS.map(({ asset, amountPerFeedUnit, capPpm }) => ({
      amount: amountPerFeedUnit,
      capPpm,
      terms: input.assets[asset]?.terms ?? { feedUnit: amount(1n) },
      price: priceOf(asset),
    })),
  );
  const market = options.marketNano === undefined ? null : price(options.marketNano);
  const at = lowerPrice(market, through ?? price(1n));
  const [cash] = input.assets;
  if (cash === undefined) throw new Error('the world has a settlement asset');
  const basket: AssetRiskInput = {
    terms: {
      ...cash.terms,
      id: assetId(BASKET),
      symbol: 'MIX',
      feed: null,
      supplyCap: amount(10n ** 12n),
      feedUnit: amount(MIX),
      riskUnit: amount(MIX / 100n),
      underlying: null,
      form: { kind: 'basket', parts: PARTS, ...(options.isInside === false ? {} : { scenarios: 'parts' as const }) },
    },
    parameters: {
      ...cash.parameters,
      asset: assetId(BASKET),
      haircuts: [{ upTo: null, haircutPpm: ppm(options.haircutPpm ?? 30_000) }],
      initialExtraHaircutPpm: ppm(25_000),
    },
    view: { price: at, low: at, high: at, confidencePpm: ppm(0) },
  };
  return { ...input, assets: [...input.assets, basket] };
}

const holding = (units: bigint, kind: number = BALANCE_COLLATERAL) => [[BASKET, units * MIX, kind] as const];

describe('a basket inside the scenarios', () => {
  test('is worth the smaller of its market and its parts', () => {
    const equity = (input: RiskInput): bigint =>
      computeMargin(compileRisk(input), portfolioOf({ balances: holding(10n) })).equity;
    expect(equity(inputWithBasket())).toBe(6_000_000_000n);
    expect(equity(inputWithBasket({ marketNano: 700n * NANO }))).toBe(6_000_000_000n);
    expect(equity(inputWithBasket({ marketNano: 540n * NANO }))).toBe(5_400_000_000n);
  });

  test('loses in every scenario what its parts lose, underlying by underlying', () => {
    const model = compileRisk(inputWithBasket());
    const basket = explain(model, portfolioOf({ balances: holding(10n) }), 'maintenance').requirementTerms;
    const parts = explain(
      model,
      portfolioOf({
        balances: [
          [ETHER, 1_000_000_000n],
          [BITCOIN, 2_000_000n],
        ],
      }),
      'maintenance',
    ).requirementTerms;
    // The same losses, each charged on the basket's own rows.
    const lossesOf = (terms: typeof basket) => terms.flatMap((term) => (term.kind === 'stressLoss' ? [term] : []));
    expect(lossesOf(basket)).toEqual(lossesOf(parts));
    expect(basket.filter(({ kind }) => kind === 'stressLoss')).toHaveLength(2);
  });

  test('nets with positions on the underlyings of its parts', () => {
    const model = compileRisk(inputWithBasket());
    const maintenance = (positions: readonly (readonly [number, number])[], units: bigint): bigint =>
      computeMargin(model, portfolioOf({ positions, balances: units === 0n ? [] : holding(units) })).maintenance;
    // Ten baskets hold one ether and 0.02 bitcoin; the shorts are of as much.
    const shorts = [
      [ETH_PERPETUAL, -1000],
      [BTC_PERPETUAL, -20],
    ] as const;
    const hedged = maintenance(shorts, 10n);
    expect(hedged).toBeLessThan(maintenance(shorts, 0n));
    // What is left are add-ons: nothing of the scenarios but rounding.
    const explained = explain(model, portfolioOf({ positions: shorts, balances: holding(10n) }), 'maintenance').requirementTerms;
    const stress = explained.reduce((sum, term) => (term.kind === 'stressLoss' ? sum + term.loss : sum), 0n);
    expect(stress).toBeLessThan(5_000n);
  });

  test('that trades below its parts is so much less of each of them', () => {
    const lossOf = (marketNano: bigint): bigint => {
      const terms = explain(
        compileRisk(inputWithBasket({ marketNano })),
        portfolioOf({ balances: holding(1000n) }),
        'maintenance',
      ).requirementTerms;
      return terms.reduce((sum, term) => (term.kind === 'stressLoss' ? sum + term.loss : sum), 0n);
    };
    const [full, half] = [lossOf(600n * NANO), lossOf(300n * NANO)];
    expect(full).toBeGreaterThan(0n);
    expect(Number(half) / Number(full)).toBeCloseTo(0.5, 4);
  });

  test('outside the scenarios, as without the flag, costs its haircut alone', () => {
    const account = portfolioOf({ balances: holding(10n) });
    expect(computeMargin(compileRisk(inputWithBasket({ isInside: false })), account).maintenance).toBe(0n);
    expect(computeMargin(compileRisk(inputWithBasket()), account).maintenance).toBeGreaterThan(0n);
  });

  test('is counted in whole risk units, begun ones of what is owed, and the fast path gives the integers of the exact one', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10n ** 10n),
        fc.constantFrom(BALANCE_COLLATERAL, BALANCE_DEBT),
        fc.integer({ min: -5000, max: 5000 }),
        fc.boolean(),
        (units, kind, lots, hasJoint) => {
          const model = compileRisk(inputWithBasket({ hasJoint }));
          const account = portfolioOf({
            cash: 10n ** 12n,
            positions: [[ETH_PERPETUAL, lots]],
            balances: [[BASKET, units, kind] as const],
          });
          expect(computeMargin(model, account)).toEqual(computeMarginExact(model, account));
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });

  test('never lowers health by being more, where the lint has nothing to say', () => {
    const input = inputWithBasket();
    const context = {
      assets: input.assets.map(({ parameters }) => parameters),
      assetTerms: input.assets.map(({ terms }) => terms),
      underlyings: input.underlyings.map(({ parameters }) => parameters),
    };
    expect(lintProfile(profile, context)).toEqual([]);
    const model = compileRisk(input);
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 9n), fc.bigInt(1n, 10n ** 8n), (units, more) => {
        const healthOf = (held: bigint) => computeMargin(model, portfolioOf({ balances: held === 0n ? [] : [[BASKET, held]] }));
        expect(healthOf(units + more).healthMaintenance).toBeGreaterThanOrEqual(healthOf(units).healthMaintenance);
        expect(healthOf(units + more).healthInitial).toBeGreaterThanOrEqual(healthOf(units).healthInitial);
      }),
      { seed: 6, numRuns: 200 },
    );
    const dear = inputWithBasket({ haircutPpm: 900_000 });
    const lints = lintProfile(profile, { ...context, assets: dear.assets.map(({ parameters }) => parameters) });
    expect(lints.map(({ code, sentence }) => [code, sentence.includes('MIX')])).toContainEqual(['collateralHurts', true]);
  });

  test('is in the filter of a scan: its bound is never above the true health', () => {
    const model = compileRisk(inputWithBasket());
    for (const [units, kind] of [
      [12_345_678n, BALANCE_COLLATERAL],
      [12_345_678n, BALANCE_DEBT],
    ] as const) {
      const account = portfolioOf({ cash: 10n ** 10n, balances: [[BASKET, units, kind]] });
      const asset = model.assets[BASKET];
      if (asset === undefined) throw new Error('the basket is in the model');
      const bound = boundAsset(model, asset);
      const isDebt = kind === BALANCE_DEBT;
      const health =
        10 ** 10 + Number(units) * (isDebt ? bound.owed : bound.credit) - (isDebt ? bound.begunOwed : bound.begunOwned);
      expect(health).toBeLessThanOrEqual(Number(computeMargin(model, account).healthMaintenance));
      expect(health).toBeGreaterThan(0);
    }
  });

  test('follows its parts when a liquidation price is looked for', () => {
    const input = inputWithBasket();
    // 60 000 USD of baskets, half of it ether, against a loan of 45 000.
    const account = portfolioOf({ cash: -45_000_000_000n, balances: holding(100n) });
    const { below } = liquidationPrices(input, account, 0);
    expect(below).not.toBe(null);
    const healthAt = (ethNano: bigint): bigint =>
      computeMargin(compileRisk(inputWithBasket({ ethNano })), account).healthMaintenance;
    expect(healthAt((below ?? 0n) - NANO)).toBeLessThan(0n);
    expect(healthAt((below ?? 0n) + NANO)).toBeGreaterThan(0n);
  });

  test('stands outside under a profile of rules, which know assets and not parts', () => {
    const input = { ...inputWithBasket({ isInside: true }), profile: trustedProfile(srmJson) };
    expect(compileRisk(input).assets[BASKET]?.rows).toEqual([]);
  });

  test('is listed without an underlying of its own', () => {
    const terms = inputWithBasket().assets[BASKET]?.terms;
    if (terms === undefined) throw new Error('the basket is listed');
    expect(validateAsset(terms)).toEqual([]);
    const { underlying } = inputWithBasket().assets[ETHER]?.terms ?? terms;
    expect(validateAsset({ ...terms, underlying }).map(({ field }) => field)).toContain('underlying');
  });
});
