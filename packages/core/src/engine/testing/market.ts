import type { InstrumentRiskParameters } from '../../assets/parameters.ts';
import {
  type AccountId,
  type AssetId,
  accountId,
  amount,
  assetId,
  durationMs,
  feedId,
  type GroupId,
  groupId,
  type InstrumentId,
  instrumentId,
  lots,
  ownerId,
  poolId,
  ppm,
  price,
  sourceId,
  ticks,
  ticksPerLot,
  timeMs,
  underlyingId,
} from '../../numeric/brand.ts';
import {
  createEngineWorld,
  type EngineWorld,
  ETH,
  feed,
  GOVERNOR,
  genesisOf,
  MAIN,
  PUBLISHER,
  START_MS,
  type Unsigned,
  VENUE,
} from './engineWorld.ts';

/** Everything a protocol can list, beside what engineWorld has: an LP share with its pool, staked ETH, a basket, BTC in a compartment, ETH spot. */
export const LP_SHARE: AssetId = assetId(2);
export const STAKED_ETH: AssetId = assetId(3);
export const BASKET: AssetId = assetId(4);
export const COMPARTMENT: GroupId = groupId(1);
export const BTC_PERP: InstrumentId = instrumentId(1);
export const ETH_SPOT: InstrumentId = instrumentId(2);
export const DOLLAR = 1_000_000n;

export interface MarketPrices {
  readonly usd?: number;
  readonly eth?: number;
  readonly btc?: number;
  /** ETH per staked ETH. */
  readonly ratio?: number;
}

/** Reports of the named prices, published at `atMs`. */
export function quotes(atMs: number, prices: MarketPrices): readonly Unsigned[] {
  const nano = (value: number): bigint => BigInt(Math.round(value * 1_000_000)) * 1_000n;
  const entry = (id: number, value: number | undefined) =>
    value === undefined
      ? []
      : [{ feed: feedId(id), price: price(nano(value)), confidencePpm: ppm(0), publishTimeMs: timeMs(atMs) }];
  const first = [...entry(0, prices.usd), ...entry(1, prices.eth)];
  const second = [...entry(2, prices.btc), ...entry(3, prices.ratio)];
  return [
    ...(first.length === 0 ? [] : [{ kind: 'reportPrices' as const, actor: PUBLISHER, source: sourceId(0), prices: first }]),
    ...(second.length === 0 ? [] : [{ kind: 'reportPrices' as const, actor: PUBLISHER, source: sourceId(1), prices: second }]),
  ];
}

export function perpetualRisk(instrument: InstrumentId): InstrumentRiskParameters {
  return {
    instrument,
    maintenanceAddOnPpm: ppm(5_000),
    initialAddOnPpm: ppm(5_000),
    impactPpm: ppm(10_000),
    shortMinimumPpm: ppm(0),
    openInterestCap: 1_000_000_000,
    markClampPpm: ppm(50_000),
    fundingCapPpmPerHour: ppm(1_000),
    liquidationFeePpm: ppm(5_000),
    declaredLatencyMs: durationMs(60_000),
  };
}

function collateralListing(id: AssetId, symbol: string): CollateralListing {
  return {
    risk: {
      asset: id,
      haircuts: [{ upTo: null, haircutPpm: ppm(250_000) }],
      initialExtraHaircutPpm: ppm(50_000),
      loanToValuePpm: ppm(600_000),
      liquidationThresholdPpm: ppm(650_000),
      collateralCap: amount(10n ** 18n),
      canBorrow: false,
    },
    lending: {
      basePpmPerYear: ppm(0),
      slope1PpmPerYear: ppm(30_000),
      kinkPpm: ppm(700_000),
      slope2PpmPerYear: ppm(800_000),
      reserveFactorPpm: ppm(150_000),
      lossBoundPpm: ppm(200_000),
    },
    common: {
      id,
      symbol,
      ledgerDecimals: 9,
      supplyCap: amount(10n ** 18n),
      feedUnit: amount(1_000_000_000n),
      riskUnit: amount(10_000_000n),
    },
  };
}

type ListAsset = Extract<Unsigned, { readonly kind: 'listAsset' }>;
interface CollateralListing {
  readonly risk: ListAsset['risk'];
  readonly lending: ListAsset['lending'];
  readonly common: Pick<ListAsset['terms'], 'id' | 'symbol' | 'ledgerDecimals' | 'supplyCap' | 'feedUnit' | 'riskUnit'>;
}

export function marketListings(): readonly Unsigned[] {
  const lp = collateralListing(LP_SHARE, 'ETH-USD-LP');
  const staked = collateralListing(STAKED_ETH, 'stETH');
  const basket = collateralListing(BASKET, 'HALF-HALF');
  const { parameters } = genesisOf();
  const main = parameters.groups[0];
  if (main === undefined) throw new Error('The genesis has one group.');
  return [
    {
      kind: 'listInstrument',
      actor: GOVERNOR,
      underlying: {
        feed: feed(2, 'BTC/USD'),
        terms: { id: underlyingId(1), symbol: 'BTC', feed: feedId(2) },
        risk: {
          underlying: underlyingId(1),
          scanRangePpm: ppm(100_000),
          annualVolatilityPpm: ppm(700_000),
          depthOnePercent: 50_000_000_000_000n,
        },
      },
      group: {
        terms: { id: COMPARTMENT, symbol: 'btc', settlementAsset: assetId(0), kind: 'isolated' },
        parameters: { ...main, group: COMPARTMENT },
      },
      terms: {
        id: BTC_PERP,
        symbol: 'BTC-PERP',
        group: COMPARTMENT,
        underlying: underlyingId(1),
        lotUnits: 1_000_000n,
        form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
      },
      risk: perpetualRisk(BTC_PERP),
    },
    {
      kind: 'listAsset',
      actor: GOVERNOR,
      underlying: null,
      feeds: [],
      terms: { ...lp.common, feed: null, underlying: null, form: { kind: 'lpShare', pool: poolId(0) } },
      risk: lp.risk,
      lending: lp.lending,
      pool: { id: poolId(0), group: MAIN, base: ETH, share: LP_SHARE, feePpm: ppm(3_000) },
    },
    {
      kind: 'listAsset',
      actor: GOVERNOR,
      underlying: null,
      feeds: [feed(3, 'stETH/ETH')],
      terms: {
        ...staked.common,
        feed: null,
        underlying: null,
        form: {
          kind: 'staked',
          base: ETH,
          ratioFeed: feedId(3),
          ratioAtListing: price(1_000_000_000n),
          listedAtMs: START_MS,
          growthCapPpmPerYear: ppm(100_000),
          ratioMaxAgeMs: durationMs(3_600_000),
        },
      },
      risk: staked.risk,
      lending: staked.lending,
      pool: null,
    },
    {
      kind: 'listAsset',
      actor: GOVERNOR,
      underlying: null,
      feeds: [],
      terms: {
        ...basket.common,
        feed: null,
        underlying: null,
        form: {
          kind: 'basket',
          parts: [
            { asset: ETH, amountPerFeedUnit: amount(500_000_000n), capPpm: ppm(600_000) },
            { asset: assetId(0), amountPerFeedUnit: amount(100_000_000n), capPpm: ppm(600_000) },
          ],
        },
      },
      risk: basket.risk,
      lending: basket.lending,
      pool: null,
    },
    {
      kind: 'listInstrument',
      actor: GOVERNOR,
      underlying: null,
      group: null,
      terms: {
        id: ETH_SPOT,
        symbol: 'ETH-SPOT',
        group: MAIN,
        underlying: underlyingId(0),
        lotUnits: 1_000_000n,
        form: { kind: 'spot', base: ETH },
      },
      risk: perpetualRisk(ETH_SPOT),
    },
    { kind: 'registerSource', actor: GOVERNOR, sourceActor: PUBLISHER, weight: 1, feeds: [feedId(2), feedId(3)] },
  ];
}

/** engineWorld with everything listed and every feed priced: USD 1, ETH 200, BTC 8,000, one ETH per staked ETH. */
export function createMarketWorld(overrides: Parameters<typeof createEngineWorld>[0] = {}): EngineWorld {
  const world = createEngineWorld(overrides);
  world.block(marketListings());
  quoted(world, { usd: 1, eth: 200, btc: 8_000, ratio: 1 });
  return world;
}

/** A block with these prices and commands. */
export function quoted(
  world: EngineWorld,
  prices: MarketPrices,
  commands: readonly Unsigned[] = [],
  stepMs = 15_000,
): ReturnType<EngineWorld['block']> {
  return world.block([...quotes(world.engine.state.timeMs + stepMs, prices), ...commands], stepMs);
}

/** Opens an account in any group and mode. */
export function openIn(
  world: EngineWorld,
  owner: number,
  group: GroupId,
  mode: 'portfolio' | 'isolated' | 'overcollateralized',
): AccountId {
  const id = accountId(world.engine.state.ledger.accounts.rowCount);
  world.block([{ kind: 'openAccount', actor: ownerId(owner), group, mode }]);
  return id;
}

/** A trade that the venue reports, at ticks per lot. */
export function fillAt(
  instrument: InstrumentId,
  sides: { readonly buyer: AccountId; readonly seller: AccountId },
  size: number,
  ticksEach: number,
): Unsigned {
  return { kind: 'trade', actor: VENUE, instrument, ...sides, lots: lots(size), price: ticksPerLot(ticksEach), cosigner: null };
}

export function bidFor(
  bidder: { readonly owner: number; readonly account: AccountId },
  liquidated: AccountId,
  limit: bigint,
  sizePpm = 1_000_000,
): Unsigned {
  return {
    kind: 'bid',
    actor: ownerId(bidder.owner),
    account: bidder.account,
    liquidated,
    sizePpm: ppm(sizePpm),
    limit: ticks(limit),
  };
}
