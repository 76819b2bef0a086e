/**
 * A small deployment for tests: a dollar group, ether as collateral and as a perpetual, three price sources, a venue and a backstop
 * tranche; the commands that bring it to life; and wallets whose private keys the tests know.
 */

import { createECDH } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Command, Genesis } from '@plimsoll/core/engine';
import { type MarginProfile, profileFromJson } from '@plimsoll/core/margin';
import {
  accountId,
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  lots,
  type OwnerId,
  ownerId,
  ppm,
  price,
  sourceId,
  type TimeMs,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
  underlyingId,
  venueId,
} from '@plimsoll/core/numeric';
import type { FeedParameters } from '@plimsoll/core/oracle';
import gridProfile from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import type { Clock } from '../contracts/clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import type { Address } from '../contracts/identityChange.ts';

export const GOVERNOR = ownerId(1);
export const CUSTODIAN = ownerId(2);
/** Owns the tranche account; signs nothing, and has no wallet. */
export const VAULT = ownerId(3);
/** Operators of sources 0, 1 and 2. */
export const SOURCE_OPERATORS = [ownerId(10), ownerId(11), ownerId(12)] as const;
export const VENUE_OPERATOR = ownerId(90);
/** Own accounts 1, 2, 3 and 4: account 0 is the tranche's. */
export const TRADERS = [ownerId(100), ownerId(101), ownerId(102), ownerId(103)] as const;
export const TRADER_ACCOUNTS = [accountId(1), accountId(2), accountId(3), accountId(4)] as const;
export const TRANCHE_ACCOUNT = accountId(0);

export const DOLLAR = assetId(0);
export const ETHER = assetId(1);
export const DOLLAR_FEED = feedId(0);
export const ETHER_FEED = feedId(1);
export const MAIN_GROUP = groupId(0);
/** One lot is a hundredth of an ether. */
export const ETHER_PERPETUAL = instrumentId(0);
export const VENUE = venueId(0);
export const TRANCHE = trancheId(0);

export const GENESIS_MS: TimeMs = timeMs(1_584_000_000_000);
/** 200 USD, in 1e-9. */
export const ETHER_PRICE = price(200_000_000_000n);
const DOLLAR_PRICE = price(1_000_000_000n);

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const SUPPLY_CAP = amount(2n ** 60n);
const ETHER_UNIT = 1_000_000_000n;
const DOLLAR_UNIT = 1_000_000n;

/** What a test may choose; the rest is the same everywhere. */
export interface SmallDeploymentOptions {
  readonly name?: string;
  readonly genesisMs?: number;
  readonly commandsMax?: number;
}

export function smallDeployment(options: SmallDeploymentOptions = {}): Deployment {
  const actors = [GOVERNOR, CUSTODIAN, ...SOURCE_OPERATORS, VENUE_OPERATOR, ...TRADERS];
  return {
    chainId: 31_337,
    name: options.name ?? 'plimsoll-test',
    genesis: smallGenesis(timeMs(options.genesisMs ?? GENESIS_MS), options.commandsMax ?? 20_000),
    identities: actors.map((owner) => ({ owner, address: testAddress(owner) })),
    firstOwner: ownerId(1_000),
  };
}

/** Blocks of commands, to be applied in order, one second apart, from one second after genesis; every one of them is accepted. */
export function seedCommands(
  genesisMs: number = GENESIS_MS,
): readonly { readonly timeMs: TimeMs; readonly commands: readonly Command[] }[] {
  const nonces = createNonces();
  const at = (second: number): TimeMs => timeMs(genesisMs + second * 1_000);
  const feeds = [DOLLAR_FEED, ETHER_FEED];
  return [
    {
      timeMs: at(1),
      commands: [
        listEther(nonces),
        listPerpetual(nonces),
        ...SOURCE_OPERATORS.map(
          (sourceActor): Command => ({ kind: 'registerSource', ...nonces.sign(GOVERNOR), sourceActor, weight: 1, feeds }),
        ),
        { kind: 'registerVenue', ...nonces.sign(GOVERNOR), venueActor: VENUE_OPERATOR },
      ],
    },
    {
      timeMs: at(2),
      commands: [
        ...SOURCE_OPERATORS.map((_, source) => reportPrices(nonces, source, at(2), { dollar: DOLLAR_PRICE, ether: ETHER_PRICE })),
        ...TRADERS.map(
          (owner): Command => ({ kind: 'openAccount', ...nonces.sign(owner), group: MAIN_GROUP, mode: 'portfolio' }),
        ),
      ],
    },
    { timeMs: at(3), commands: TRADER_ACCOUNTS.flatMap((account) => deposits(nonces, account)) },
    {
      timeMs: at(4),
      commands: [
        {
          kind: 'fundBackstop',
          ...nonces.sign(TRADERS[3]),
          tranche: TRANCHE,
          account: TRADER_ACCOUNTS[3],
          amount: amount(50_000n * DOLLAR_UNIT),
        },
        {
          kind: 'trade',
          ...nonces.sign(VENUE_OPERATOR),
          instrument: ETHER_PERPETUAL,
          buyer: TRADER_ACCOUNTS[0],
          seller: TRADER_ACCOUNTS[1],
          lots: lots(1_000),
          price: ticksPerLot(2_000_000),
          cosigner: null,
        },
      ],
    },
  ];
}

/** Next nonce by actor, in one counter per actor from 1. */
export interface Nonces {
  sign(actor: OwnerId): { readonly actor: OwnerId; readonly nonce: number };
}

/** `from`: the nonce before the first one of every actor. */
export function createNonces(from = 0): Nonces {
  const last = new Map<OwnerId, number>();
  return {
    sign(actor) {
      const nonce = (last.get(actor) ?? from) + 1;
      last.set(actor, nonce);
      return { actor, nonce };
    },
  };
}

/** A report of one source; a null price leaves its feed out. */
export function reportPrices(
  nonces: Nonces,
  source: number,
  publishTimeMs: TimeMs,
  prices: { readonly dollar: bigint | null; readonly ether: bigint | null },
): Command {
  const entries = [
    { feed: DOLLAR_FEED, value: prices.dollar },
    { feed: ETHER_FEED, value: prices.ether },
  ];
  return {
    kind: 'reportPrices',
    ...nonces.sign(SOURCE_OPERATORS[source] ?? SOURCE_OPERATORS[0]),
    source: sourceId(source),
    prices: entries.flatMap(({ feed, value }) =>
      value === null ? [] : [{ feed, price: price(value), confidencePpm: ppm(0), publishTimeMs }],
    ),
  };
}

/** The private key of a test wallet: for tests alone, anybody can compute it. */
export function testPrivateKey(owner: OwnerId): Uint8Array {
  return sha256(utf8ToBytes(`plimsoll test wallet ${owner}`));
}

export function testAddress(owner: OwnerId): Address {
  // Native: the kill test starts hundreds of processes, each of which computes nine of these.
  const wallet = createECDH('secp256k1');
  wallet.setPrivateKey(testPrivateKey(owner));
  return `0x${bytesToHex(keccak_256(new Uint8Array(wallet.getPublicKey()).slice(1)).slice(12))}`;
}

/** A clock that moves when told to. */
export function createManualClock(
  startMs: number = GENESIS_MS,
): Clock & { set(nowMs: number): void; advance(byMs: number): void } {
  let nowMs = startMs;
  return {
    now: () => timeMs(nowMs),
    set(toMs) {
      nowMs = toMs;
    },
    advance(byMs) {
      nowMs += byMs;
    },
  };
}

function smallGenesis(atMs: TimeMs, commandsMax: number): Genesis {
  const profile = shippedProfile();
  return {
    timeMs: atMs,
    authorities: { governor: GOVERNOR, custodian: CUSTODIAN, vault: VAULT },
    parameters: {
      global: {
        graceMs: durationMs(6 * HOUR_MS),
        timelockMs: durationMs(HOUR_MS),
        windDownMs: durationMs(HOUR_MS),
        maxFlipPpm: ppm(20_000),
        minOpenEquity: ticks(1_000_000n),
        scanEveryMs: durationMs(MINUTE_MS),
        budget: { commandsMax, auctionsOpened: 64, auctionsVisited: 32, protections: 32, settlements: 32, adlCandidates: 256 },
      },
      groups: [
        {
          group: MAIN_GROUP,
          profile: profile.name,
          auction: {
            startPpm: ppm(1_000_000),
            fastMs: durationMs(15 * MINUTE_MS),
            cutoffPpm: ppm(700_000),
            slowMs: durationMs(3 * HOUR_MS),
            insolventMs: durationMs(HOUR_MS),
            backstopDiscountPpm: ppm(200_000),
            minFractionPpm: ppm(50_000),
            maxFractionPpm: ppm(1_000_000),
            bufferPpm: ppm(150_000),
          },
          feeToInsurancePpm: ppm(500_000),
          feeToBackstopPpm: ppm(300_000),
          feeToProtocolPpm: ppm(200_000),
          collateralFeePpm: ppm(5_000),
          insuranceTargetPpm: ppm(20_000),
          insuranceFloor: ticks(100_000n * 1_000_000n),
          writeOffIncentivePpm: ppm(50_000),
          socialBoundPpm: ppm(50_000),
          pegThreshold: price(970_000_000n),
        },
      ],
      assets: [
        {
          asset: DOLLAR,
          haircuts: [{ upTo: null, haircutPpm: ppm(0) }],
          initialExtraHaircutPpm: ppm(0),
          loanToValuePpm: ppm(950_000),
          liquidationThresholdPpm: ppm(970_000),
          collateralCap: SUPPLY_CAP,
          canBorrow: true,
        },
      ],
      underlyings: [],
      instruments: [],
      feeds: [feed({ id: DOLLAR_FEED, symbol: 'USDC/USD', minSources: 1, maxAgeMs: 31 * DAY_MS, heartbeatMs: HOUR_MS })],
      lending: [lending()],
      profiles: [profile],
    },
    underlyings: [],
    assets: [
      {
        id: DOLLAR,
        symbol: 'USDC',
        ledgerDecimals: 6,
        supplyCap: SUPPLY_CAP,
        feed: DOLLAR_FEED,
        feedUnit: amount(DOLLAR_UNIT),
        riskUnit: amount(DOLLAR_UNIT),
        underlying: null,
        form: { kind: 'cash' },
      },
    ],
    groups: [{ id: MAIN_GROUP, symbol: 'main', settlementAsset: DOLLAR, kind: 'cross' }],
    tranches: [
      {
        id: TRANCHE,
        group: MAIN_GROUP,
        lossCapPpm: ppm(500_000),
        hourlyLossCapPpm: ppm(250_000),
        cooldownMs: durationMs(DAY_MS),
        slowMs: durationMs(HOUR_MS),
      },
    ],
  };
}

function listEther(nonces: Nonces): Command {
  return {
    kind: 'listAsset',
    ...nonces.sign(GOVERNOR),
    underlying: {
      feed: feed({ id: ETHER_FEED, symbol: 'ETH/USD', minSources: 2, maxAgeMs: HOUR_MS, heartbeatMs: MINUTE_MS }),
      terms: { id: underlyingId(0), symbol: 'ETH', feed: ETHER_FEED },
      risk: {
        underlying: underlyingId(0),
        scanRangePpm: ppm(200_000),
        annualVolatilityPpm: ppm(1_000_000),
        depthOnePercent: 2_000_000_000_000n,
      },
    },
    feeds: [],
    terms: {
      id: ETHER,
      symbol: 'ETH',
      ledgerDecimals: 9,
      supplyCap: SUPPLY_CAP,
      feed: ETHER_FEED,
      feedUnit: amount(ETHER_UNIT),
      riskUnit: amount(ETHER_UNIT / 100n),
      underlying: underlyingId(0),
      form: { kind: 'volatile' },
    },
    risk: {
      asset: ETHER,
      haircuts: [{ upTo: null, haircutPpm: ppm(100_000) }],
      initialExtraHaircutPpm: ppm(20_000),
      loanToValuePpm: ppm(800_000),
      liquidationThresholdPpm: ppm(850_000),
      collateralCap: SUPPLY_CAP,
      canBorrow: true,
    },
    lending: lending(),
    pool: null,
  };
}

function listPerpetual(nonces: Nonces): Command {
  return {
    kind: 'listInstrument',
    ...nonces.sign(GOVERNOR),
    underlying: null,
    group: null,
    terms: {
      id: ETHER_PERPETUAL,
      symbol: 'ETH-PERPETUAL',
      group: MAIN_GROUP,
      underlying: underlyingId(0),
      lotUnits: 10_000_000n,
      form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) },
    },
    risk: {
      instrument: ETHER_PERPETUAL,
      maintenanceAddOnPpm: ppm(10_000),
      initialAddOnPpm: ppm(5_000),
      impactPpm: ppm(5_000),
      shortMinimumPpm: ppm(0),
      openInterestCap: 1e12,
      markClampPpm: ppm(50_000),
      fundingCapPpmPerHour: ppm(500),
      liquidationFeePpm: ppm(10_000),
      declaredLatencyMs: durationMs(90_000),
    },
  };
}

function deposits(nonces: Nonces, account: (typeof TRADER_ACCOUNTS)[number]): readonly Command[] {
  return [
    { kind: 'deposit', ...nonces.sign(CUSTODIAN), account, asset: DOLLAR, amount: amount(1_000_000n * DOLLAR_UNIT) },
    { kind: 'deposit', ...nonces.sign(CUSTODIAN), account, asset: ETHER, amount: amount(100n * ETHER_UNIT) },
  ];
}

function feed(terms: {
  readonly id: FeedParameters['feed'];
  readonly symbol: string;
  readonly minSources: number;
  readonly maxAgeMs: number;
  readonly heartbeatMs: number;
}): FeedParameters {
  return {
    feed: terms.id,
    symbol: terms.symbol,
    minSources: terms.minSources,
    minWeight: 1,
    maxAgeMs: durationMs(terms.maxAgeMs),
    heartbeatMs: durationMs(terms.heartbeatMs),
    maxConfidencePpm: ppm(50_000),
    confidenceGrowthPpmPerMinute: ppm(0),
    outlierPpm: ppm(50_000),
    agreementPpm: ppm(30_000),
    maxStepPpm: ppm(500_000),
    listingPrice: null,
    restartGateMs: durationMs(0),
    bandMultiple: 2,
    slow: {
      intervalMs: durationMs(HOUR_MS),
      intervals: 24,
      delayGrowthPpm: ppm(60_000),
      growthPpmPerSecond: ppm(300),
      minStepMs: durationMs(10_000),
      maxStepMs: durationMs(600_000),
    },
  };
}

function lending(): Genesis['parameters']['lending'][number] {
  return {
    basePpmPerYear: ppm(10_000),
    slope1PpmPerYear: ppm(40_000),
    kinkPpm: ppm(800_000),
    slope2PpmPerYear: ppm(500_000),
    reserveFactorPpm: ppm(100_000),
    lossBoundPpm: ppm(200_000),
  };
}

function shippedProfile(): MarginProfile {
  const result = profileFromJson(gridProfile);
  if (!result.ok) throw new Error(`profiles/plimsoll-grid.json: ${JSON.stringify(result.problems)}`);
  return result.profile;
}
