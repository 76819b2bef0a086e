import { createHash } from 'node:crypto';
import shippedDefault from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { profileFromJson } from '../../margin/profileFromJson.ts';
import type { MarginFigures } from '../../margin/riskModel.ts';
import { assert } from '../../numeric/assert.ts';
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
  height,
  type InstrumentId,
  instrumentId,
  lots,
  type OwnerId,
  ownerId,
  ppm,
  price,
  sourceId,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
  underlyingId,
} from '../../numeric/brand.ts';
import type { FeedParameters } from '../../oracle/feed.ts';
import { createEventCodec } from '../../wire/hashes.ts';
import type { Command } from '../commands.ts';
import { applyBlock, type BlockResult, createEngine, type Engine } from '../engine.ts';
import type { Genesis } from '../genesis.ts';
import { figuresOf } from '../healthOf.ts';
import type { BlockBudget } from '../parameters.ts';

/** A command without its nonce: the world counts nonces. */
export type Unsigned = Command extends infer C ? (C extends Command ? Omit<C, 'nonce'> : never) : never;

export const GOVERNOR: OwnerId = ownerId(1);
export const CUSTODIAN: OwnerId = ownerId(2);
export const VAULT: OwnerId = ownerId(3);
export const PUBLISHER: OwnerId = ownerId(4);
export const VENUE: OwnerId = ownerId(5);
export const USD: AssetId = assetId(0);
export const ETH: AssetId = assetId(1);
export const MAIN: GroupId = groupId(0);
export const ETH_PERP: InstrumentId = instrumentId(0);
export const START_MS = 1_600_000_000_000;

export interface EngineWorld {
  readonly engine: Engine;
  /** Applies a block `stepMs` after the last one. */
  readonly block: (commands: readonly Unsigned[], stepMs?: number) => BlockResult;
  /** Reports prices of USD and ETH in dollars and cents, then applies the commands in the same block. */
  readonly priced: (ethUsd: number, commands?: readonly Unsigned[], stepMs?: number) => BlockResult;
  readonly open: (owner: number, mode?: 'portfolio' | 'overcollateralized') => AccountId;
  readonly health: (account: AccountId) => MarginFigures;
}

export function feed(id: number, symbol: string): FeedParameters {
  return {
    feed: feedId(id),
    symbol,
    minSources: 1,
    minWeight: 1,
    maxAgeMs: durationMs(3_600_000),
    heartbeatMs: durationMs(15_000),
    maxConfidencePpm: ppm(50_000),
    confidenceGrowthPpmPerMinute: ppm(0),
    outlierPpm: ppm(100_000),
    agreementPpm: ppm(30_000),
    maxStepPpm: ppm(900_000),
    listingPrice: null,
    restartGateMs: durationMs(0),
    bandMultiple: 2,
    slow: {
      intervalMs: durationMs(3_600_000),
      intervals: 24,
      delayGrowthPpm: ppm(60_000),
      growthPpmPerSecond: ppm(300),
      minStepMs: durationMs(10_000),
      maxStepMs: durationMs(600_000),
    },
  };
}

/** What a test may want otherwise; `interestFree` keeps dollar loans from costing anything, so that figures stay round. */
export type GenesisOverrides = Partial<{
  graceMs: number;
  insuranceFloor: bigint;
  insuranceTargetPpm: number;
  /** What insurance holds from the start. */
  openingInsurance: bigint;
  interestFree: boolean;
  lossCapPpm: number;
  budget: Partial<BlockBudget>;
}>;

/** USD as settlement asset, ETH as collateral and perpetual, one group, one tranche. Initial shock 10 % of ETH. */
export function genesisOf(overrides: GenesisOverrides = {}): Genesis {
  const decoded = profileFromJson(shippedDefault);
  assert(decoded.ok, 'The shipped profile decodes.');
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
        feed: feedId(0),
        feedUnit: amount(1_000_000n),
        riskUnit: amount(1_000_000n),
        underlying: null,
        form: { kind: 'cash' },
      },
    ],
    groups: [{ id: MAIN, symbol: 'main', settlementAsset: USD, kind: 'cross' }],
    openingInsurance:
      overrides.openingInsurance === undefined ? [] : [{ group: MAIN, amount: amount(overrides.openingInsurance) }],
    tranches: [
      {
        id: trancheId(0),
        group: MAIN,
        lossCapPpm: ppm(overrides.lossCapPpm ?? 500_000),
        hourlyLossCapPpm: ppm(500_000),
        cooldownMs: durationMs(60_000),
        slowMs: durationMs(3_600_000),
      },
    ],
    parameters: {
      global: {
        graceMs: durationMs(overrides.graceMs ?? 3_600_000),
        timelockMs: durationMs(60_000),
        windDownMs: durationMs(3_600_000),
        maxFlipPpm: ppm(10_000),
        minOpenEquity: ticks(1_000_000n),
        scanEveryMs: durationMs(60_000),
        budget: {
          commandsMax: 10_000,
          auctionsOpened: 64,
          auctionsVisited: 256,
          protections: 64,
          settlements: 64,
          adlCandidates: 256,
          ...overrides.budget,
        },
      },
      groups: [
        {
          group: MAIN,
          profile: 'plimsoll-grid',
          auction: {
            startPpm: ppm(1_000_000),
            fastMs: durationMs(600_000),
            cutoffPpm: ppm(800_000),
            slowMs: durationMs(3_600_000),
            insolventMs: durationMs(120_000),
            backstopDiscountPpm: ppm(100_000),
            minFractionPpm: ppm(10_000),
            maxFractionPpm: ppm(1_000_000),
            bufferPpm: ppm(100_000),
          },
          feeToInsurancePpm: ppm(500_000),
          feeToBackstopPpm: ppm(300_000),
          feeToProtocolPpm: ppm(200_000),
          collateralFeePpm: ppm(5_000),
          insuranceTargetPpm: ppm(overrides.insuranceTargetPpm ?? 100_000),
          insuranceFloor: ticks(overrides.insuranceFloor ?? 1_000_000_000n),
          writeOffIncentivePpm: ppm(50_000),
          socialBoundPpm: ppm(20_000),
          pegThreshold: price(970_000_000n),
        },
      ],
      assets: [
        {
          asset: USD,
          haircuts: [{ upTo: null, haircutPpm: ppm(0) }],
          initialExtraHaircutPpm: ppm(0),
          loanToValuePpm: ppm(950_000),
          liquidationThresholdPpm: ppm(970_000),
          collateralCap: amount(10n ** 18n),
          canBorrow: true,
        },
      ],
      underlyings: [],
      instruments: [],
      feeds: [feed(0, 'USD/USD')],
      lending: [
        {
          basePpmPerYear: ppm(0),
          slope1PpmPerYear: ppm(overrides.interestFree === true ? 0 : 40_000),
          kinkPpm: ppm(800_000),
          slope2PpmPerYear: ppm(overrides.interestFree === true ? 0 : 600_000),
          reserveFactorPpm: ppm(100_000),
          lossBoundPpm: ppm(200_000),
        },
      ],
      profiles: [decoded.profile],
    },
  };
}

/** The listings after genesis: ETH with its feed, and the ETH perpetual. */
export function listings(): readonly Unsigned[] {
  return [
    {
      kind: 'listAsset',
      actor: GOVERNOR,
      underlying: {
        feed: feed(1, 'ETH/USD'),
        terms: { id: underlyingId(0), symbol: 'ETH', feed: feedId(1) },
        risk: {
          underlying: underlyingId(0),
          scanRangePpm: ppm(100_000),
          annualVolatilityPpm: ppm(800_000),
          depthOnePercent: 5_000_000_000_000n,
        },
      },
      feeds: [],
      terms: {
        id: ETH,
        symbol: 'ETH',
        ledgerDecimals: 9,
        supplyCap: amount(10n ** 18n),
        feed: feedId(1),
        feedUnit: amount(1_000_000_000n),
        riskUnit: amount(10_000_000n),
        underlying: null,
        form: { kind: 'volatile' },
      },
      risk: {
        asset: ETH,
        haircuts: [{ upTo: null, haircutPpm: ppm(200_000) }],
        initialExtraHaircutPpm: ppm(50_000),
        loanToValuePpm: ppm(660_000),
        liquidationThresholdPpm: ppm(700_000),
        collateralCap: amount(10n ** 18n),
        canBorrow: true,
      },
      lending: {
        basePpmPerYear: ppm(0),
        slope1PpmPerYear: ppm(30_000),
        kinkPpm: ppm(700_000),
        slope2PpmPerYear: ppm(800_000),
        reserveFactorPpm: ppm(150_000),
        lossBoundPpm: ppm(200_000),
      },
      pool: null,
    },
    {
      kind: 'listInstrument',
      actor: GOVERNOR,
      underlying: null,
      group: null,
      terms: {
        id: ETH_PERP,
        symbol: 'ETH-PERP',
        group: MAIN,
        underlying: underlyingId(0),
        lotUnits: 1_000_000n,
        form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
      },
      risk: {
        instrument: ETH_PERP,
        maintenanceAddOnPpm: ppm(5_000),
        initialAddOnPpm: ppm(5_000),
        impactPpm: ppm(10_000),
        shortMinimumPpm: ppm(0),
        openInterestCap: 1_000_000_000,
        markClampPpm: ppm(50_000),
        fundingCapPpmPerHour: ppm(1_000),
        liquidationFeePpm: ppm(5_000),
        declaredLatencyMs: durationMs(60_000),
      },
    },
    { kind: 'registerSource', actor: GOVERNOR, sourceActor: PUBLISHER, weight: 1, feeds: [feedId(0), feedId(1)] },
    { kind: 'registerVenue', actor: GOVERNOR, venueActor: VENUE },
  ];
}

export function createEngineWorld(overrides: Parameters<typeof genesisOf>[0] = {}): EngineWorld {
  const codec = createEventCodec((bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()));
  const engine = createEngine(genesisOf(overrides), codec);
  const nonces = new Map<OwnerId, number>();
  const sign = (command: Unsigned): Command => {
    const nonce = (nonces.get(command.actor) ?? 0) + 1;
    nonces.set(command.actor, nonce);
    return { ...command, nonce } as Command; // cast-ok: the nonce is the field that Unsigned leaves out
  };
  const block = (commands: readonly Unsigned[], stepMs = 15_000): BlockResult =>
    applyBlock(engine, {
      height: height(engine.state.height + 1),
      timeMs: timeMs(engine.state.timeMs + stepMs),
      commands: commands.map(sign),
    });
  const priced = (ethUsd: number, commands: readonly Unsigned[] = [], stepMs = 15_000): BlockResult => {
    const publishTimeMs = timeMs(engine.state.timeMs + stepMs);
    const report = (id: number, nano: bigint) => ({ feed: feedId(id), price: price(nano), confidencePpm: ppm(0), publishTimeMs });
    const prices = [report(0, 1_000_000_000n), report(1, BigInt(Math.round(ethUsd * 100)) * 10_000_000n)];
    return block([{ kind: 'reportPrices', actor: PUBLISHER, source: sourceId(0), prices }, ...commands], stepMs);
  };
  block(listings());
  priced(200);
  return {
    engine,
    block,
    priced,
    open: (owner, mode = 'portfolio') => {
      const id = accountId(engine.state.ledger.accounts.rowCount);
      block([{ kind: 'openAccount', actor: ownerId(owner), group: MAIN, mode }]);
      return id;
    },
    health: (account) => figuresOf(engine.view, account, engine.view.scanned),
  };
}

/** Deposits whole units (of 1e-6 for USD, 1e-9 for ETH). */
export function deposit(account: AccountId, asset: typeof USD, units: bigint): Unsigned {
  return { kind: 'deposit', actor: CUSTODIAN, account, asset, amount: amount(units) };
}

/** A trade that the venue reports, at dollars per ETH (a lot is 0.001 ETH). */
export function trade(buyer: AccountId, seller: AccountId, size: number, ethUsd: number): Unsigned {
  return {
    kind: 'trade',
    actor: VENUE,
    instrument: ETH_PERP,
    buyer,
    seller,
    lots: lots(size),
    price: ticksPerLot(Math.round(ethUsd * 1000)),
    cosigner: null,
  };
}
