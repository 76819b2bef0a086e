/**
 * A world of the lab: an engine from genesis with one settlement group (DAI or another dollar with 6 decimals), the markets listed
 * in it, its price sources and a venue; and the few things that whoever drives it needs: nonces and blocks.
 */

import { createHash } from 'node:crypto';
import type {
  AssetRiskParameters,
  InstrumentForm,
  InstrumentRiskParameters,
  UnderlyingRiskParameters,
} from '@plimsoll/core/assets';
import {
  applyBlock,
  type Block,
  type BlockResult,
  type Command,
  type CommandResult,
  createEngine,
  type Engine,
  type Genesis,
  type GlobalParameters,
  type GroupParameters,
  nextHeight,
  type TrancheTerms,
} from '@plimsoll/core/engine';
import type { LendingParameters } from '@plimsoll/core/ledger';
import type { MarginProfile } from '@plimsoll/core/margin';
import {
  type AccountId,
  type AssetId,
  accountId,
  amount,
  assetId,
  durationMs,
  type FeedId,
  feedId,
  groupId,
  type InstrumentId,
  instrumentId,
  type OwnerId,
  ownerId,
  ppm,
  price,
  type SourceId,
  sourceId,
  timeMs,
  underlyingId,
  type VenueId,
  venueId,
} from '@plimsoll/core/numeric';
import type { FeedParameters } from '@plimsoll/core/oracle';
import { createEventCodec } from '@plimsoll/core/wire';
import {
  DAY_MS,
  defaultAssetRisk,
  defaultFeed,
  defaultGlobal,
  defaultGroup,
  defaultInstrumentRisk,
  defaultLending,
  defaultTranche,
  defaultUnderlyingRisk,
  HOUR_MS,
  NANO_USD,
  SUPPLY_CAP,
} from './defaultParameters.ts';
import { shippedProfile } from './shippedProfile.ts';

/** Who acts. Users are whoever else: take any owner id from `FIRST_USER` on. */
export const GOVERNOR = ownerId(1);
export const CUSTODIAN = ownerId(2);
/** Owns the tranche accounts; signs nothing. */
export const VAULT = ownerId(3);
/** Source i is operated by owner 10 + i. */
export const FIRST_SOURCE = 10;
export const VENUE_OPERATOR = ownerId(90);
export const FIRST_USER = 100;

/** The settlement asset, its group, and its feed. */
export const SETTLEMENT = assetId(0);
export const MAIN_GROUP = groupId(0);
export const SETTLEMENT_FEED = feedId(0);

/** One market: an underlying with its feed; as collateral, as instruments, or both. */
export interface MarketTerms {
  readonly symbol: string;
  /** Listed as collateral with this many ledger decimals; null: not collateral. */
  readonly collateral: {
    readonly ledgerDecimals: number;
    readonly risk?: Partial<AssetRiskParameters>;
    readonly lending?: Partial<LendingParameters>;
  } | null;
  /** A lot is `lotUnits` 1e-9 of one unit. */
  readonly instruments: readonly {
    readonly form: InstrumentForm;
    readonly lotUnits: bigint;
    readonly risk?: Partial<InstrumentRiskParameters>;
  }[];
  readonly feed?: Partial<FeedParameters>;
  readonly risk?: Partial<UnderlyingRiskParameters>;
}

export interface WorldTerms {
  readonly timeMs: number;
  /** Symbol of the settlement asset; it is taken as one dollar and reported once, by source 0, for 31 days. */
  readonly settlementSymbol: string;
  readonly markets: readonly MarketTerms[];
  /** Price sources, each with weight 1, each allowed to report every feed. */
  readonly sources: number;
  readonly tranches: readonly Partial<TrancheTerms>[];
  readonly profile?: MarginProfile;
  readonly global?: Partial<GlobalParameters>;
  readonly group?: Partial<GroupParameters>;
  readonly settlementRisk?: Partial<AssetRiskParameters>;
  readonly settlementLending?: Partial<LendingParameters>;
  /** Called after every block, those that list the markets included: what audits a run from genesis on. */
  readonly observe?: (engine: Engine, block: Block, result: BlockResult) => void;
}

/** Ids of one listed market. */
export interface Market {
  readonly symbol: string;
  readonly feed: FeedId;
  readonly asset: AssetId | null;
  readonly instruments: readonly InstrumentId[];
}

type WithoutSignature<C> = C extends Command ? Omit<C, 'actor' | 'nonce'> : never;
/** A command before its actor signs it. */
export type Unsigned = WithoutSignature<Command>;

export interface World {
  readonly engine: Engine;
  readonly markets: readonly Market[];
  readonly sources: readonly SourceId[];
  readonly venue: VenueId;
  /** Signs with the actor's next nonce. Commands must be sent in the order in which they were signed. */
  readonly sign: (actor: OwnerId, command: Unsigned) => Command;
  /** Applies the next block at `timeMs`. */
  readonly send: (timeMs: number, commands: readonly Command[]) => BlockResult;
  /** The same, and throws Error with the first rejection: for setting a scene that must stand. */
  readonly mustSend: (timeMs: number, commands: readonly Command[]) => BlockResult;
  /** A signed report of one source; prices in 1e-9 USD by feed. */
  readonly report: (
    source: SourceId,
    publishTimeMs: number,
    prices: readonly (readonly [FeedId, bigint, confidencePpm?: number])[],
  ) => Command;
}

/** Creates the world, lists its markets and registers its sources and its venue, all in the block after genesis. */
export function createWorld(terms: WorldTerms): World {
  const engine = createEngine(worldGenesis(terms), createEventCodec(sha256));
  const nonces = new Map<OwnerId, number>();
  const sign = (actor: OwnerId, command: Unsigned): Command => {
    const nonce = (nonces.get(actor) ?? 0) + 1;
    nonces.set(actor, nonce);
    return { ...command, actor, nonce };
  };
  const send = (atMs: number, commands: readonly Command[]): BlockResult => {
    const block: Block = { height: nextHeight(engine.state), timeMs: timeMs(atMs), commands };
    const result = applyBlock(engine, block);
    terms.observe?.(engine, block, result);
    return result;
  };
  const mustSend = (atMs: number, commands: readonly Command[]): BlockResult => {
    const block = send(atMs, commands);
    for (const result of block.results) if (result.kind === 'rejected') throw new Error(rejectionText(result));
    return block;
  };
  const report: World['report'] = (source, publishTimeMs, prices) =>
    sign(ownerId(FIRST_SOURCE + source), {
      kind: 'reportPrices',
      source,
      prices: prices.map(([feed, nano, confidencePpm]) => ({
        feed,
        price: price(nano),
        confidencePpm: ppm(confidencePpm ?? 0),
        publishTimeMs: timeMs(publishTimeMs),
      })),
    });
  const { markets, commands } = worldListings(terms, sign);
  const feeds = [SETTLEMENT_FEED, ...markets.map((market) => market.feed)];
  const sources = Array.from({ length: terms.sources }, (_, index) => sourceId(index));
  mustSend(terms.timeMs, [
    ...commands,
    ...sources.map((source) =>
      sign(GOVERNOR, { kind: 'registerSource', sourceActor: ownerId(FIRST_SOURCE + source), weight: 1, feeds }),
    ),
    sign(GOVERNOR, { kind: 'registerVenue', venueActor: VENUE_OPERATOR }),
  ]);
  const [first] = sources;
  if (first !== undefined) mustSend(terms.timeMs, [report(first, terms.timeMs, [[SETTLEMENT_FEED, NANO_USD]])]);
  return { engine, markets, sources, venue: venueId(0), sign, send, mustSend, report };
}

/** What a rejection says, in one line. */
export function rejectionText({ command, rejection }: Extract<CommandResult, { kind: 'rejected' }>): string {
  const figures = Object.entries(rejection.figures).map(([name, value]) => `${name} ${String(value)}`);
  return `${command.kind} rejected: ${rejection.code}${rejection.account === null ? '' : ` (account ${rejection.account})`}${figures.length === 0 ? '' : `: ${figures.join(', ')}`}`;
}

/** The account that a block's n-th accepted `openAccount` opened. Throws Error when there is none. */
export function openedAccounts(block: BlockResult): readonly AccountId[] {
  return block.events.flatMap((event) => (event.kind === 'accountOpened' ? [accountId(event.account)] : []));
}

/** SHA-256 as the core wants it. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** The genesis that `createWorld` starts from. */
export function worldGenesis(terms: WorldTerms): Genesis {
  const profile = terms.profile ?? shippedProfile('plimsoll-grid');
  return {
    timeMs: timeMs(terms.timeMs),
    authorities: { governor: GOVERNOR, custodian: CUSTODIAN, vault: VAULT },
    parameters: {
      global: { ...defaultGlobal(), ...terms.global },
      groups: [{ ...defaultGroup(MAIN_GROUP, profile.name), ...terms.group }],
      assets: [{ ...defaultAssetRisk(SETTLEMENT), ...terms.settlementRisk }],
      underlyings: [],
      instruments: [],
      feeds: [
        {
          ...defaultFeed(SETTLEMENT_FEED, `${terms.settlementSymbol}/USD`),
          maxAgeMs: durationMs(31 * DAY_MS),
          heartbeatMs: durationMs(HOUR_MS),
        },
      ],
      lending: [{ ...defaultLending(), ...terms.settlementLending }],
      profiles: [profile],
    },
    underlyings: [],
    assets: [
      {
        id: SETTLEMENT,
        symbol: terms.settlementSymbol,
        ledgerDecimals: 6,
        supplyCap: SUPPLY_CAP,
        feed: SETTLEMENT_FEED,
        feedUnit: amount(1_000_000n),
        riskUnit: amount(1_000_000n),
        underlying: null,
        form: { kind: 'cash' },
      },
    ],
    groups: [{ id: MAIN_GROUP, symbol: 'main', settlementAsset: SETTLEMENT, kind: 'cross' }],
    tranches: terms.tranches.map((tranche, id) => ({ ...defaultTranche(id, MAIN_GROUP), ...tranche })),
  };
}

export interface Listings {
  readonly markets: readonly Market[];
  /** The governor's, in order. */
  readonly commands: readonly Command[];
}

/** The commands that list the markets of a world after its genesis, each passed through `sign`, and the ids that they get. */
export function worldListings(terms: Pick<WorldTerms, 'markets'>, sign: World['sign']): Listings {
  const markets: Market[] = [];
  const commands: Command[] = [];
  let assets = 1;
  let instruments = 0;
  terms.markets.forEach((market, index) => {
    const feed = feedId(1 + index);
    const underlying = underlyingId(index);
    const brought = {
      feed: { ...defaultFeed(feed, `${market.symbol}/USD`), ...market.feed },
      terms: { id: underlying, symbol: market.symbol, feed },
      risk: { ...defaultUnderlyingRisk(underlying), ...market.risk },
    };
    let asset: AssetId | null = null;
    if (market.collateral !== null) {
      asset = assetId(assets);
      assets += 1;
      const unit = amount(10n ** BigInt(market.collateral.ledgerDecimals));
      commands.push(
        sign(GOVERNOR, {
          kind: 'listAsset',
          underlying: brought,
          feeds: [],
          terms: {
            id: asset,
            symbol: market.symbol,
            ledgerDecimals: market.collateral.ledgerDecimals,
            supplyCap: SUPPLY_CAP,
            feed,
            feedUnit: unit,
            // A hundredth of a unit: about a dollar of ether. Dearer markets scale their lots, not this.
            riskUnit: amount(unit >= 100n ? unit / 100n : unit),
            underlying,
            form: { kind: 'volatile' },
          },
          risk: { ...defaultAssetRisk(asset), ...market.collateral.risk },
          lending: { ...defaultLending(), ...market.collateral.lending },
          pool: null,
        }),
      );
    }
    const listed = market.instruments.map((instrument, place) => {
      const id = instrumentId(instruments);
      instruments += 1;
      commands.push(
        sign(GOVERNOR, {
          kind: 'listInstrument',
          underlying: asset === null && place === 0 ? brought : null,
          group: null,
          terms: {
            id,
            symbol: `${market.symbol}-${instrument.form.kind.toUpperCase()}`,
            group: MAIN_GROUP,
            underlying,
            lotUnits: instrument.lotUnits,
            form: instrument.form,
          },
          risk: { ...defaultInstrumentRisk(id), ...instrument.risk },
        }),
      );
      return id;
    });
    markets.push({ symbol: market.symbol, feed, asset, instruments: listed });
  });
  return { markets, commands };
}
