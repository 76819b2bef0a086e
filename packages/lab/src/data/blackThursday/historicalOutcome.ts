import { mulDivDown } from '@plimsoll/core/numeric';
import { indexAtOrBefore } from '../pricePaths/priceAt.ts';
import type { AuctionRecord, BlackThursdayScenario, OracleUpdate } from '../types.ts';

/** Bids below this price are "for nearly nothing": one DAI per ETH, in 1e-9. */
export const NEARLY_NOTHING_NANO_DAI = 1_000_000_000n;

const HOUR_MS = 3_600_000;
/** 1e-9 ETH × 1e-9 USD → 1e-6 USD. */
const NANO_SQUARED_PER_MICRO = 1_000_000_000_000n;

/** Sums over some of the auctions. Dollar sums are rounded down per auction. */
export type AuctionSums = {
  readonly auctions: number;
  readonly soldNanoEth: bigint;
  /** Lot times winning price. */
  readonly proceedsMicroDai: bigint;
  /** Lots at the delayed oracle, linearly interpolated by block between its updates, at the deal (else the last bid). */
  readonly oracleValueMicroUsd: bigint;
  /** Lots at the delayed oracle's price in force in the block of the last bid. */
  readonly oracleValueAtLastBidMicroUsd: bigint;
};

/** What really happened, in the window's auctions. */
export type HistoricalOutcome = {
  readonly label: string;
  readonly all: AuctionSums;
  /** Auctions won below one DAI per ETH. */
  readonly nearlyNothing: AuctionSums;
  /** One entry per hour of the window, by the time of the last bid. */
  readonly hours: readonly {
    readonly hourStartMs: number;
    readonly all: AuctionSums;
    readonly nearlyNothing: AuctionSums;
  }[];
};

/** Sums the auctions of the scenario: how many, how much ether, for what, and what went for nearly nothing. */
export function historicalOutcome(scenario: BlackThursdayScenario): HistoricalOutcome {
  const blocks = scenario.oracleUpdates.map((update) => update.block);
  const valued = scenario.auctions.map((auction) => valuedAuction(auction, { updates: scenario.oracleUpdates, blocks }));
  const hours = (scenario.windowEndMs - scenario.windowStartMs) / HOUR_MS;
  return {
    label: 'MakerDAO ETH-A auctions as they happened (chain events); dollars at the delayed oracle (single-source)',
    ...split(valued),
    hours: Array.from({ length: hours }, (_, hour) => {
      const hourStartMs = scenario.windowStartMs + hour * HOUR_MS;
      const within = ({ auction }: Valued): boolean =>
        auction.lastBidTimeMs >= hourStartMs && auction.lastBidTimeMs < hourStartMs + HOUR_MS;
      return { hourStartMs, ...split(valued.filter(within)) };
    }),
  };
}

type Valued = {
  readonly auction: AuctionRecord;
  readonly oracleValueMicroUsd: bigint;
  readonly oracleValueAtLastBidMicroUsd: bigint;
};

function split(valued: readonly Valued[]): { readonly all: AuctionSums; readonly nearlyNothing: AuctionSums } {
  const nearlyNothing = valued.filter(({ auction }) => auction.winningPriceNanoDai < NEARLY_NOTHING_NANO_DAI);
  return { all: sums(valued), nearlyNothing: sums(nearlyNothing) };
}

function sums(valued: readonly Valued[]): AuctionSums {
  let soldNanoEth = 0n;
  let proceedsMicroDai = 0n;
  let oracleValueMicroUsd = 0n;
  let oracleValueAtLastBidMicroUsd = 0n;
  for (const { auction, ...value } of valued) {
    soldNanoEth += auction.lotNanoEth;
    proceedsMicroDai += mulDivDown(auction.lotNanoEth, auction.winningPriceNanoDai, NANO_SQUARED_PER_MICRO);
    oracleValueMicroUsd += value.oracleValueMicroUsd;
    oracleValueAtLastBidMicroUsd += value.oracleValueAtLastBidMicroUsd;
  }
  return { auctions: valued.length, soldNanoEth, proceedsMicroDai, oracleValueMicroUsd, oracleValueAtLastBidMicroUsd };
}

type Oracle = { readonly updates: readonly OracleUpdate[]; readonly blocks: readonly number[] };

function valuedAuction(auction: AuctionRecord, oracle: Oracle): Valued {
  const atDeal = interpolatedPrice(oracle, auction.dealBlock ?? auction.lastBidBlock);
  const atLastBid = oracle.updates[indexAtOrBefore(oracle.blocks, auction.lastBidBlock)]?.priceNano ?? 0n;
  return {
    auction,
    oracleValueMicroUsd: mulDivDown(auction.lotNanoEth, atDeal, NANO_SQUARED_PER_MICRO),
    oracleValueAtLastBidMicroUsd: mulDivDown(auction.lotNanoEth, atLastBid, NANO_SQUARED_PER_MICRO),
  };
}

/** Linear in blocks between two updates, rounded down; the last price after the last update. */
function interpolatedPrice(oracle: Oracle, block: number): bigint {
  const place = indexAtOrBefore(oracle.blocks, block);
  const before = oracle.updates[place];
  const after = oracle.updates[place + 1];
  if (before === undefined || after === undefined) {
    return before?.priceNano ?? 0n;
  }
  const change = after.priceNano - before.priceNano;
  return before.priceNano + mulDivDown(change, BigInt(block - before.block), BigInt(after.block - before.block));
}
