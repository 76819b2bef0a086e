/**
 * The world of the random simulations: one cross group with two tranches and a lending market, one isolated compartment, six assets
 * of every form and seven instruments of every form, four price sources of which one lies, one venue. Clocks are short,
 * so that a run of a hundred blocks sees auctions end, cooldowns run out and instruments expire.
 */

import type { AssetTerms, InstrumentForm } from '@plimsoll/core/assets';
import type { Command, Genesis, GlobalParameters, GroupParameters } from '@plimsoll/core/engine';
import {
  type AssetId,
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  type InstrumentId,
  instrumentId,
  type OwnerId,
  ownerId,
  poolId,
  ppm,
  price,
  ticks,
  timeMs,
  trancheId,
  underlyingId,
} from '@plimsoll/core/numeric';
import type { FeedParameters } from '@plimsoll/core/oracle';
import { CUSTODIAN, FIRST_SOURCE, GOVERNOR, VAULT, VENUE_OPERATOR } from '../worlds/createWorld.ts';
import {
  defaultAssetRisk,
  defaultFeed,
  defaultGlobal,
  defaultGroup,
  defaultInstrumentRisk,
  defaultLending,
  defaultTranche,
  defaultUnderlyingRisk,
  HOUR_MS,
  MINUTE_MS,
  NANO_USD,
} from '../worlds/defaultParameters.ts';
import { shippedProfile } from '../worlds/shippedProfile.ts';

/** A command before it is given its nonce. */
export type Draft = Command extends infer C ? (C extends Command ? Omit<C, 'nonce'> : never) : never;

export const START_MS = 1_600_000_000_000;
export const MAIN = groupId(0);
export const COMPARTMENT = groupId(1);
export const USD = assetId(0);
export const ETH = assetId(1);
export const BTC = assetId(2);
export const STAKED = assetId(3);
export const SHARE = assetId(4);
export const BASKET = assetId(5);
export const POOL = poolId(0);
export const USD_FEED = feedId(0);
export const ETH_FEED = feedId(1);
export const BTC_FEED = feedId(2);
export const STAKED_FEED = feedId(3);
export const RATIO_FEED = feedId(4);
export const ALT_FEED = feedId(5);
export const ETH_PERP = instrumentId(0);
export const BTC_PERP = instrumentId(1);
export const ETH_FUTURE = instrumentId(2);
export const ETH_CALL = instrumentId(3);
export const ETH_PUT = instrumentId(4);
export const ETH_SPOT = instrumentId(5);
export const ALT_PERP = instrumentId(6);
/** Three that mean it, and one that lies and stalls. */
export const SOURCES = 4;

/** Prices that every run starts from, 1e-9 USD (the ratio: 1e-9 ether per staked ether). */
export const START_PRICES: readonly bigint[] = [1n, 200n, 8_000n, 204n, 1n, 10n].map((units, feed) =>
  feed === RATIO_FEED ? 1_020_000_000n : units * NANO_USD,
);

const VOLATILITY_FEED = { minSources: 2, minWeight: 2, maxAgeMs: durationMs(2 * MINUTE_MS), agreementPpm: ppm(60_000) };

/** What differs between runs. */
export interface WorldVariant {
  readonly futureExpiryMs: number;
  readonly optionExpiryMs: number;
  readonly graceMs: number;
  readonly lossBoundPpm: number;
  readonly socialBoundPpm: number;
  readonly auctionsVisited: number;
}

export function genesisOf(variant: WorldVariant): Genesis {
  return {
    timeMs: timeMs(START_MS),
    authorities: { governor: GOVERNOR, custodian: CUSTODIAN, vault: VAULT },
    underlyings: [],
    assets: [
      {
        id: USD,
        symbol: 'USD',
        ledgerDecimals: 6,
        supplyCap: amount(10n ** 18n),
        feed: USD_FEED,
        feedUnit: amount(1_000_000n),
        riskUnit: amount(1_000_000n),
        underlying: null,
        form: { kind: 'cash' },
      },
    ],
    groups: [{ id: MAIN, symbol: 'main', settlementAsset: USD, kind: 'cross' }],
    tranches: [0, 1].map((id) => ({
      ...defaultTranche(trancheId(id), MAIN),
      lossCapPpm: ppm(id === 0 ? 300_000 : 500_000),
      hourlyLossCapPpm: ppm(250_000),
      cooldownMs: durationMs(5 * MINUTE_MS),
      slowMs: durationMs(10 * MINUTE_MS),
    })),
    parameters: {
      global: globalOf(variant),
      groups: [groupOf(MAIN, variant)],
      assets: [defaultAssetRisk(USD)],
      underlyings: [],
      instruments: [],
      feeds: [feedOf(USD_FEED, 'USD/USD')],
      lending: [{ ...defaultLending(), lossBoundPpm: ppm(variant.lossBoundPpm) }],
      profiles: [shippedProfile('plimsoll-grid')],
    },
  };
}

export function globalOf(variant: WorldVariant): GlobalParameters {
  return {
    ...defaultGlobal(),
    graceMs: durationMs(variant.graceMs),
    timelockMs: durationMs(2 * MINUTE_MS),
    windDownMs: durationMs(10 * MINUTE_MS),
    maxFlipPpm: ppm(50_000),
    minOpenEquity: ticks(1_000_000n),
    scanEveryMs: durationMs(30_000),
    budget: {
      commandsMax: 500,
      auctionsOpened: 16,
      auctionsVisited: variant.auctionsVisited,
      protections: 8,
      settlements: 16,
      adlCandidates: 32,
    },
  };
}

export function groupOf(group: number, variant: WorldVariant): GroupParameters {
  return {
    ...defaultGroup(group, 'plimsoll-grid'),
    auction: {
      startPpm: ppm(1_000_000),
      fastMs: durationMs(60_000),
      cutoffPpm: ppm(700_000),
      slowMs: durationMs(5 * MINUTE_MS),
      insolventMs: durationMs(40_000),
      backstopDiscountPpm: ppm(100_000),
      minFractionPpm: ppm(50_000),
      maxFractionPpm: ppm(1_000_000),
      bufferPpm: ppm(100_000),
    },
    insuranceFloor: ticks(5_000n * 1_000_000n),
    socialBoundPpm: ppm(variant.socialBoundPpm),
  };
}

export function feedOf(id: number, symbol: string): FeedParameters {
  return {
    ...defaultFeed(id, symbol),
    minSources: 2,
    minWeight: 2,
    maxAgeMs: durationMs(2 * MINUTE_MS),
    heartbeatMs: durationMs(15_000),
    maxStepPpm: ppm(600_000),
    restartGateMs: durationMs(id === ALT_FEED ? 30_000 : 0),
    slow: { ...defaultFeed(id, symbol).slow, intervalMs: durationMs(MINUTE_MS), intervals: 12, maxStepMs: durationMs(MINUTE_MS) },
  };
}

/** Listings, sources and the venue: the first block of every run. */
export function listingsOf(variant: WorldVariant): readonly Draft[] {
  const feeds = START_PRICES.map((_, id) => feedId(id));
  return [
    ...assetListings(variant),
    ...instrumentListings(variant),
    ...Array.from({ length: SOURCES }, (_, source) => ({
      kind: 'registerSource' as const,
      actor: GOVERNOR,
      sourceActor: ownerId(FIRST_SOURCE + source),
      weight: 1,
      feeds,
    })),
    { kind: 'registerVenue', actor: GOVERNOR, venueActor: VENUE_OPERATOR },
  ];
}

function assetListings(variant: WorldVariant): readonly Draft[] {
  const lending = { ...defaultLending(), lossBoundPpm: ppm(variant.lossBoundPpm) };
  const nine = amount(1_000_000_000n);
  const terms: readonly Pick<
    AssetTerms,
    'symbol' | 'ledgerDecimals' | 'feed' | 'feedUnit' | 'riskUnit' | 'underlying' | 'form'
  >[] = [
    // Ether is priced by a market and stays outside the scenarios: haircut only.
    {
      symbol: 'ETH',
      ledgerDecimals: 9,
      feed: ETH_FEED,
      feedUnit: nine,
      riskUnit: amount(10_000_000n),
      underlying: null,
      form: { kind: 'volatile' },
    },
    {
      symbol: 'BTC',
      ledgerDecimals: 8,
      feed: BTC_FEED,
      feedUnit: amount(100_000_000n),
      riskUnit: amount(100_000n),
      underlying: underlyingId(1),
      form: { kind: 'volatile' },
    },
    {
      symbol: 'stETH',
      ledgerDecimals: 9,
      feed: STAKED_FEED,
      feedUnit: nine,
      riskUnit: amount(10_000_000n),
      underlying: underlyingId(0),
      form: {
        kind: 'staked',
        base: ETH,
        ratioFeed: RATIO_FEED,
        ratioAtListing: price(1_020_000_000n),
        listedAtMs: START_MS,
        growthCapPpmPerYear: ppm(100_000),
        ratioMaxAgeMs: durationMs(HOUR_MS),
      },
    },
    {
      symbol: 'ETH-USD-LP',
      ledgerDecimals: 6,
      feed: null,
      feedUnit: amount(1_000_000n),
      riskUnit: amount(1_000_000n),
      underlying: null,
      form: { kind: 'lpShare', pool: POOL },
    },
    {
      symbol: 'MIX',
      ledgerDecimals: 6,
      feed: null,
      feedUnit: amount(1_000_000n),
      riskUnit: amount(1_000_000n),
      underlying: null,
      form: {
        kind: 'basket',
        parts: [
          { asset: ETH, amountPerFeedUnit: amount(2_500_000n), capPpm: ppm(600_000) },
          { asset: BTC, amountPerFeedUnit: amount(6_250n), capPpm: ppm(600_000) },
        ],
      },
    },
  ];
  return terms.map((term, index): Draft => {
    const id = assetId(index + 1);
    const underlying = index > 1 ? null : underlyingId(index);
    return {
      kind: 'listAsset',
      actor: GOVERNOR,
      underlying:
        underlying === null
          ? null
          : {
              feed: feedOf(index + 1, `${term.symbol}/USD`),
              terms: { id: underlying, symbol: term.symbol, feed: feedId(index + 1) },
              risk: {
                ...defaultUnderlyingRisk(underlying),
                scanRangePpm: ppm(120_000),
                // Ether has options: three sources that mean it, of which two make a quorum.
                ...(id === ETH ? { volatilityFeed: VOLATILITY_FEED } : {}),
              },
            },
      feeds: id === STAKED ? [feedOf(STAKED_FEED, 'stETH/USD'), feedOf(RATIO_FEED, 'stETH/ETH')] : [],
      terms: { id, supplyCap: amount(10n ** 16n), ...term },
      risk: {
        ...defaultAssetRisk(id),
        haircuts: [
          { upTo: amount(term.feedUnit * 1_000n), haircutPpm: ppm(100_000) },
          { upTo: null, haircutPpm: ppm(250_000) },
        ],
      },
      lending,
      pool: id === SHARE ? { id: POOL, group: MAIN, base: ETH, share: SHARE, feePpm: ppm(3_000) } : null,
    };
  });
}

function instrumentListings(variant: WorldVariant): readonly Draft[] {
  const expiryMs = timeMs(START_MS + variant.optionExpiryMs);
  const perpetual: InstrumentForm = { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) };
  const terms: readonly {
    readonly symbol: string;
    readonly underlying: number;
    readonly lotUnits: bigint;
    readonly form: InstrumentForm;
  }[] = [
    { symbol: 'ETH-PERP', underlying: 0, lotUnits: 1_000_000n, form: perpetual },
    { symbol: 'BTC-PERP', underlying: 1, lotUnits: 100_000n, form: perpetual },
    {
      symbol: 'ETH-FUTURE',
      underlying: 0,
      lotUnits: 1_000_000n,
      form: { kind: 'future', expiryMs: timeMs(START_MS + variant.futureExpiryMs) },
    },
    {
      symbol: 'ETH-CALL',
      underlying: 0,
      lotUnits: 10_000_000n,
      form: { kind: 'option', expiryMs, strike: price(210n * NANO_USD), right: 'call' },
    },
    {
      symbol: 'ETH-PUT',
      underlying: 0,
      lotUnits: 10_000_000n,
      form: { kind: 'option', expiryMs, strike: price(190n * NANO_USD), right: 'put' },
    },
    { symbol: 'ETH-SPOT', underlying: 0, lotUnits: 1_000_000n, form: { kind: 'spot', base: ETH } },
    { symbol: 'ALT-PERP', underlying: 2, lotUnits: 100_000_000n, form: perpetual },
  ];
  return terms.map((term, index): Draft => {
    const id = instrumentId(index);
    const isNew = id === ALT_PERP;
    const underlying = underlyingId(term.underlying);
    return {
      kind: 'listInstrument',
      actor: GOVERNOR,
      underlying: isNew
        ? {
            feed: feedOf(ALT_FEED, 'ALT/USD'),
            terms: { id: underlying, symbol: 'ALT', feed: ALT_FEED },
            risk: { ...defaultUnderlyingRisk(underlying), scanRangePpm: ppm(150_000) },
          }
        : null,
      group: isNew
        ? {
            terms: { id: COMPARTMENT, symbol: 'alt', settlementAsset: USD, kind: 'isolated' },
            parameters: groupOf(COMPARTMENT, variant),
          }
        : null,
      terms: { id, symbol: term.symbol, group: isNew ? COMPARTMENT : MAIN, underlying, lotUnits: term.lotUnits, form: term.form },
      risk: { ...defaultInstrumentRisk(id), openInterestCap: 1_000_000_000, shortMinimumPpm: ppm(20_000) },
    };
  });
}

/** The instruments that are traded in a group. */
export function instrumentsOf(group: number): readonly InstrumentId[] {
  return group === COMPARTMENT ? [ALT_PERP] : [ETH_PERP, BTC_PERP, ETH_FUTURE, ETH_CALL, ETH_PUT];
}

/** Assets that can be deposited. */
export const DEPOSITS: readonly AssetId[] = [USD, ETH, BTC, STAKED, BASKET];
/** Owners of the simulation: traders, then keepers, then strangers with nothing. */
export const TRADERS: readonly OwnerId[] = Array.from({ length: 10 }, (_, at) => ownerId(100 + at));
export const KEEPERS: readonly OwnerId[] = [ownerId(110), ownerId(111)];
export const LENDERS: readonly OwnerId[] = [ownerId(112), ownerId(113)];
export const STRANGER: OwnerId = ownerId(120);
export const DELEGATES: readonly OwnerId[] = [ownerId(130), ownerId(131)];
