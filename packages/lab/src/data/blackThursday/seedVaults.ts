import { mulDivDown } from '@plimsoll/core/numeric';
import { createRandom } from '../../random/random.ts';
import { DataError } from '../dataError.ts';
import type { AuctionRecord, BlackThursdayScenario, OracleUpdate } from '../types.ts';

/** For reports: what the debts are. */
export const VAULT_SEEDING_LABEL =
  'Vault debts are not in the data. One vault stands for each real auction lot; its debt is drawn at random (seeded) ' +
  'between the values at which the 150 % rule would have found it safe at the oracle update before, and unsafe at the ' +
  'update that most plausibly started its auction.';

/** Longest an auction ran before it could be dealt whatever the bids (`tau` of the flip contract in March 2020). */
export const AUCTION_LENGTH_MAX_MS = 6 * 3_600_000;

/** How the update that started the auction was found. */
export type TriggerRule =
  /** The latest update that set a new low since the window opened: the first price that this vault could not bear. */
  | 'fresh-low'
  /** No fresh low within an auction's length: the latest fall within it; the vault must have been drawn up after the low. */
  | 'late-fall';

/** A vault that stands for one real auction lot. Indexes point into `scenario.oracleUpdates`. */
export type SeededVault = {
  readonly auctionId: number;
  readonly lotNanoEth: bigint;
  readonly debtMicroDai: bigint;
  /** The update at which debt · 1.5 first exceeds the lot's value. */
  readonly triggerUpdateIndex: number;
  /** From this update up to the trigger the vault is safe at every one: the earliest it can have had this debt. */
  readonly safeSinceUpdateIndex: number;
  readonly rule: TriggerRule;
};

/**
 * One vault per auction of the window, by rising auction id.
 *
 * When an auction started is not in the data, only its last bid is. Auctions are numbered in the order of their start, so
 * auction i started no later than the earliest last bid of auctions i, i+1, … (its latest start). The trigger is the
 * latest update, not after the latest start, that set a new low since the window opened. Where that lies more than
 * `AUCTION_LENGTH_MAX_MS` before the last bid, no auction can have run so long, and the trigger is the latest fall within that
 * length instead (75 of the 4,094). The debt is uniform in (lot · p_trigger / 1.5, lot · p_safe / 1.5], in 1e-6 DAI, where p_safe is the lowest
 * price since the window opened (fresh low) or the update before (late fall). The draw depends on seed and auction id only.
 * Throws DataError when an auction has no fall before it at all.
 */
export function seedBlackThursdayVaults(scenario: BlackThursdayScenario, seed: number | string): readonly SeededVault[] {
  const { auctions, oracleUpdates } = scenario;
  const first = firstIndexInForce(scenario);
  const latestStarts = latestStartBlocks(auctions);
  const random = createRandom(seed).fork('vaults');
  return auctions.map((auction, place) => {
    const trigger = triggerOf({ auction, updates: oracleUpdates, first, latestStartBlock: latestStarts[place] ?? 0 });
    const bracket = {
      low: debtAtThreshold(auction.lotNanoEth, trigger.priceNano),
      high: debtAtThreshold(auction.lotNanoEth, trigger.safePriceNano),
    };
    if (bracket.low >= bracket.high) {
      throw brokenRule(auction, 'a lot large enough for a debt between two oracle prices');
    }
    const debtMicroDai = random.fork(String(auction.auctionId)).bigintAboveUpTo(bracket);
    return {
      auctionId: auction.auctionId,
      lotNanoEth: auction.lotNanoEth,
      debtMicroDai,
      triggerUpdateIndex: trigger.index,
      safeSinceUpdateIndex: safeSince({ auction, updates: oracleUpdates, first, trigger: trigger.index, debtMicroDai }),
      rule: trigger.rule,
    };
  });
}

/** Largest debt in 1e-6 DAI that a lot carries at 150 % at a price: safe at this debt, unsafe one unit above. */
export function debtAtThreshold(lotNanoEth: bigint, priceNano: bigint): bigint {
  return mulDivDown(lotNanoEth, 2n * priceNano, 3_000_000_000_000n);
}

/** The update that was in force when the window opened. */
function firstIndexInForce(scenario: BlackThursdayScenario): number {
  let first = 0;
  for (const [index, update] of scenario.oracleUpdates.entries()) {
    if (update.timeMs <= scenario.windowStartMs) {
      first = index;
    }
  }
  return first;
}

/** Per auction the earliest last-bid block of itself and all later ones. */
function latestStartBlocks(auctions: readonly AuctionRecord[]): readonly number[] {
  const blocks = new Array<number>(auctions.length).fill(0);
  let earliest = Number.MAX_SAFE_INTEGER;
  for (let i = auctions.length - 1; i >= 0; i -= 1) {
    earliest = Math.min(earliest, auctions[i]?.lastBidBlock ?? earliest);
    blocks[i] = earliest;
  }
  return blocks;
}

type Trigger = {
  readonly index: number;
  readonly priceNano: bigint;
  /** The vault was safe at this price, just before. */
  readonly safePriceNano: bigint;
  readonly rule: TriggerRule;
};

function triggerOf(input: {
  readonly auction: AuctionRecord;
  readonly updates: readonly OracleUpdate[];
  readonly first: number;
  readonly latestStartBlock: number;
}): Trigger {
  const { auction, updates, first } = input;
  const earliestMs = auction.lastBidTimeMs - AUCTION_LENGTH_MAX_MS;
  let lowest = updates[first]?.priceNano ?? 0n;
  let freshLow: Trigger | undefined;
  let lateFall: Trigger | undefined;
  for (let index = first + 1; index < updates.length; index += 1) {
    const update = updates[index];
    const before = updates[index - 1];
    if (update === undefined || before === undefined || update.block > input.latestStartBlock) {
      break;
    }
    if (update.priceNano < lowest) {
      freshLow = { index, priceNano: update.priceNano, safePriceNano: lowest, rule: 'fresh-low' };
      lowest = update.priceNano;
    }
    if (update.priceNano < before.priceNano && update.timeMs >= earliestMs) {
      lateFall = { index, priceNano: update.priceNano, safePriceNano: before.priceNano, rule: 'late-fall' };
    }
  }
  const recent = freshLow !== undefined && (updates[freshLow.index]?.timeMs ?? 0) >= earliestMs;
  const trigger = recent ? freshLow : (lateFall ?? freshLow);
  if (trigger === undefined) {
    throw brokenRule(auction, 'a fall of the oracle between the opening of the window and the last bid');
  }
  return trigger;
}

function safeSince(input: {
  readonly auction: AuctionRecord;
  readonly updates: readonly OracleUpdate[];
  readonly first: number;
  readonly trigger: number;
  readonly debtMicroDai: bigint;
}): number {
  let since = input.trigger - 1;
  while (since > input.first) {
    const earlier = input.updates[since - 1];
    if (earlier === undefined || debtAtThreshold(input.auction.lotNanoEth, earlier.priceNano) < input.debtMicroDai) {
      break;
    }
    since -= 1;
  }
  return since;
}

function brokenRule(auction: AuctionRecord, expected: string): DataError {
  return new DataError({
    code: 'DATA_RULE_BROKEN',
    file: '(scenario)',
    field: `auctions.auctionId ${auction.auctionId}`,
    expected,
  });
}
