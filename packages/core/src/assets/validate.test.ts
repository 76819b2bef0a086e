import { describe, expect, test } from 'vitest';
import {
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  poolId,
  ppm,
  price,
  timeMs,
  underlyingId,
} from '../numeric/brand.ts';
import type { AssetTerms } from './asset.ts';
import type { GroupTerms, InstrumentTerms } from './instrument.ts';
import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from './parameters.ts';
import {
  type TermsFault,
  validateAsset,
  validateAssetParameters,
  validateGroup,
  validateInstrument,
  validateInstrumentParameters,
  validateUnderlying,
  validateUnderlyingParameters,
} from './validate.ts';

const ETH: AssetTerms = {
  id: assetId(1),
  symbol: 'ETH',
  ledgerDecimals: 9,
  supplyCap: amount(10n ** 17n),
  feed: feedId(1),
  feedUnit: amount(10n ** 9n),
  riskUnit: amount(10n ** 6n),
  underlying: underlyingId(0),
  form: { kind: 'volatile' },
};
const USDC: AssetTerms = {
  ...ETH,
  id: assetId(0),
  symbol: 'USDC',
  ledgerDecimals: 6,
  feedUnit: amount(1_000_000n),
  underlying: null,
  form: { kind: 'cash' },
};
const STAKED: AssetTerms['form'] = {
  kind: 'staked',
  base: assetId(1),
  ratioFeed: feedId(2),
  ratioAtListing: price(1_100_000_000n),
  listedAtMs: 0,
  growthCapPpmPerYear: ppm(50_000),
  ratioMaxAgeMs: durationMs(86_400_000),
};
const BASKET: AssetTerms['form'] = {
  kind: 'basket',
  parts: [{ asset: assetId(1), amountPerFeedUnit: amount(1n), capPpm: ppm(1_000_000) }],
};

function fieldsOf(faults: readonly TermsFault[]): readonly string[] {
  return faults.map((fault) => fault.field);
}

describe('terms of an asset', () => {
  test('of every form are accepted when they are sound', () => {
    const lpShare: AssetTerms['form'] = { kind: 'lpShare', pool: poolId(0) };
    const sound: readonly AssetTerms[] = [
      ETH,
      USDC,
      { ...ETH, id: assetId(5), form: STAKED },
      { ...ETH, id: assetId(6), feed: null, form: lpShare },
      { ...ETH, id: assetId(7), form: BASKET },
    ];
    for (const terms of sound) expect(validateAsset(terms)).toEqual([]);
  });

  test.each<[string, Partial<AssetTerms>, string]>([
    ['an empty symbol', { symbol: '' }, 'symbol'],
    ['ten decimals', { ledgerDecimals: 10 }, 'ledgerDecimals'],
    ['half a decimal', { ledgerDecimals: 0.5 }, 'ledgerDecimals'],
    ['no supply cap', { supplyCap: amount(0n) }, 'supplyCap'],
    ['no feed unit', { feedUnit: amount(0n) }, 'feedUnit'],
    ['no risk unit', { riskUnit: amount(0n) }, 'riskUnit'],
    ['a risk unit too small for the cap', { supplyCap: amount(2n ** 61n), riskUnit: amount(1000n) }, 'riskUnit'],
    ['no feed', { feed: null }, 'feed'],
    ['cash inside scenarios', { form: { kind: 'cash' } }, 'underlying'],
    ['an LP share with a feed', { form: { kind: 'lpShare', pool: poolId(0) } }, 'feed'],
    ['a staked asset on itself', { id: assetId(1), form: STAKED }, 'form.base'],
    [
      'a staked asset with a wild growth cap',
      { id: assetId(2), form: { ...STAKED, growthCapPpmPerYear: ppm(2_000_000) } },
      'form.growthCapPpmPerYear',
    ],
    [
      'a staked asset whose ratio never ages',
      { id: assetId(2), form: { ...STAKED, ratioMaxAgeMs: durationMs(0) } },
      'form.ratioMaxAgeMs',
    ],
    ['a basket of nothing', { id: assetId(2), form: { kind: 'basket', parts: [] } }, 'form.parts'],
    ['a basket of itself', { form: BASKET }, 'form.parts[0].asset'],
    [
      'a basket with the same part twice',
      { id: assetId(2), form: { kind: 'basket', parts: [...BASKET.parts, ...BASKET.parts] } },
      'form.parts',
    ],
  ])('with %s are refused', (_name, change, field) => {
    expect(fieldsOf(validateAsset({ ...ETH, ...change }))).toEqual([field]);
  });
});

describe('terms of instruments, groups and underlyings', () => {
  const group: GroupTerms = { id: groupId(0), symbol: 'MAIN', settlementAsset: assetId(0), kind: 'cross' };
  const perpetual: InstrumentTerms = {
    id: instrumentId(0),
    symbol: 'ETH-PERP',
    group: groupId(0),
    underlying: underlyingId(0),
    lotUnits: 1_000_000n,
    form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
  };

  test('are accepted when they are sound', () => {
    expect(validateGroup(group, USDC)).toEqual([]);
    expect(validateUnderlying({ id: underlyingId(0), symbol: 'ETH', feed: feedId(1) })).toEqual([]);
    expect(validateInstrument(perpetual)).toEqual([]);
    expect(validateInstrument({ ...perpetual, form: { kind: 'spot', base: assetId(1) } })).toEqual([]);
    expect(validateInstrument({ ...perpetual, form: { kind: 'future', expiryMs: timeMs(5) } })).toEqual([]);
  });

  test('are refused with the field that is wrong', () => {
    expect(fieldsOf(validateGroup(group, { ...USDC, ledgerDecimals: 9, feedUnit: amount(10n ** 9n) }))).toEqual([
      'settlementAsset',
      'settlementAsset',
    ]);
    expect(fieldsOf(validateGroup(group, ETH))).toContain('settlementAsset');
    expect(fieldsOf(validateUnderlying({ id: underlyingId(0), symbol: '', feed: feedId(1) }))).toEqual(['symbol']);
    expect(fieldsOf(validateInstrument({ ...perpetual, lotUnits: 0n }))).toEqual(['lotUnits']);
    expect(fieldsOf(validateInstrument({ ...perpetual, lotUnits: 10n ** 16n }))).toEqual(['lotUnits']);
    expect(fieldsOf(validateInstrument({ ...perpetual, form: { kind: 'perpetual', fundingWindowMs: durationMs(0) } }))).toEqual([
      'form.fundingWindowMs',
    ]);
    const option: InstrumentTerms['form'] = { kind: 'option', expiryMs: timeMs(0), strike: price(2n ** 60n), right: 'call' };
    expect(fieldsOf(validateInstrument({ ...perpetual, form: option }))).toEqual(['form.expiryMs', 'form.strike']);
  });
});

describe('risk parameters', () => {
  const asset: AssetRiskParameters = {
    asset: assetId(1),
    haircuts: [
      { upTo: amount(1000n), haircutPpm: ppm(50_000) },
      { upTo: null, haircutPpm: ppm(200_000) },
    ],
    initialExtraHaircutPpm: ppm(20_000),
    loanToValuePpm: ppm(700_000),
    liquidationThresholdPpm: ppm(800_000),
    collateralCap: amount(10n ** 15n),
    canBorrow: true,
  };
  const underlying: UnderlyingRiskParameters = {
    underlying: underlyingId(0),
    scanRangePpm: ppm(180_000),
    annualVolatilityPpm: ppm(800_000),
    depthOnePercent: 10n ** 12n,
  };
  const instrument: InstrumentRiskParameters = {
    instrument: instrumentId(0),
    maintenanceAddOnPpm: ppm(7_000),
    initialAddOnPpm: ppm(5_000),
    impactPpm: ppm(4_000),
    shortMinimumPpm: ppm(3_000),
    openInterestCap: 1_000_000,
    markClampPpm: ppm(50_000),
    fundingCapPpmPerHour: ppm(1_000),
    liquidationFeePpm: ppm(5_000),
    declaredLatencyMs: durationMs(90_000),
  };

  test('are accepted when they are sound', () => {
    expect(validateAssetParameters(asset)).toEqual([]);
    expect(validateUnderlyingParameters(underlying)).toEqual([]);
    expect(validateInstrumentParameters(instrument)).toEqual([]);
  });

  test('of an asset are refused when haircuts fall, overlap or end', () => {
    const [low, high] = asset.haircuts;
    if (low === undefined || high === undefined) throw new Error('two bands were given');
    expect(fieldsOf(validateAssetParameters({ ...asset, haircuts: [] }))).toEqual(['haircuts']);
    expect(fieldsOf(validateAssetParameters({ ...asset, haircuts: [low] }))).toEqual(['haircuts[0].upTo']);
    expect(fieldsOf(validateAssetParameters({ ...asset, haircuts: [low, { ...high, haircutPpm: ppm(0) }] }))).toEqual([
      'haircuts[1].haircutPpm',
    ]);
    expect(fieldsOf(validateAssetParameters({ ...asset, haircuts: [low, { ...low, haircutPpm: ppm(60_000) }, high] }))).toEqual([
      'haircuts[1].upTo',
    ]);
    expect(fieldsOf(validateAssetParameters({ ...asset, loanToValuePpm: ppm(900_000) }))).toEqual(['loanToValuePpm']);
  });

  test('of a volatility feed are refused when no quorum could agree, or age would be below a minute', () => {
    const volatilityFeed = { minSources: 2, minWeight: 2, maxAgeMs: durationMs(300_000), agreementPpm: ppm(50_000) };
    expect(validateUnderlyingParameters({ ...underlying, volatilityFeed })).toEqual([]);
    const wrong = { minSources: 0, minWeight: 0, maxAgeMs: durationMs(59_999), agreementPpm: ppm(0) };
    expect(fieldsOf(validateUnderlyingParameters({ ...underlying, volatilityFeed: wrong }))).toEqual([
      'volatilityFeed.minSources',
      'volatilityFeed.minWeight',
      'volatilityFeed.maxAgeMs',
      'volatilityFeed.agreementPpm',
    ]);
  });

  test('of underlyings and instruments are refused with the field that is wrong', () => {
    expect(fieldsOf(validateUnderlyingParameters({ ...underlying, scanRangePpm: ppm(0), depthOnePercent: 0n }))).toEqual([
      'scanRangePpm',
      'depthOnePercent',
    ]);
    expect(fieldsOf(validateInstrumentParameters({ ...instrument, liquidationFeePpm: ppm(8_000) }))).toEqual([
      'maintenanceAddOnPpm',
    ]);
    expect(
      fieldsOf(validateInstrumentParameters({ ...instrument, impactPpm: ppm(-1), declaredLatencyMs: durationMs(10 ** 9) })),
    ).toEqual(['impactPpm', 'declaredLatencyMs']);
  });

  test('of an instrument keep its mark above nothing: a clamp of the whole index is refused', () => {
    expect(validateInstrumentParameters({ ...instrument, markClampPpm: ppm(999_999) })).toEqual([]);
    expect(fieldsOf(validateInstrumentParameters({ ...instrument, markClampPpm: ppm(1_000_000) }))).toEqual(['markClampPpm']);
  });
});
