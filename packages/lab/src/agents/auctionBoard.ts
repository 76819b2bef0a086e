import {
  type BlockResult,
  collateralOf,
  debtSharesOf,
  type EngineState,
  isOpenAccount,
  lotsOf,
  openTranches,
  poolOf,
  saleValueOf,
} from '@plimsoll/core/engine';
import { debtValue, fundOf } from '@plimsoll/core/ledger';
import type { AccountId, AssetId, GroupId, InstrumentId } from '@plimsoll/core/numeric';
import type { World } from '../worlds/createWorld.ts';

/**
 * One auction as every liquidator can read it from the chain: doubles, because nobody is paid by them. Money in 1e-6 of the
 * settlement unit, ether in 1e-9.
 */
export interface Offer {
  readonly account: AccountId;
  /** Value of all that is on sale at the protocol's own price. */
  readonly value: number;
  /** Ether for sale as collateral, and as positions (signed). */
  readonly collateralNano: number;
  readonly positionNano: number;
  readonly debt: number;
}

export interface AuctionBoard {
  /** Forgets what a block changed. */
  readonly note: (block: BlockResult) => void;
  /** All open auctions by account id, valued at the oracle price in force. */
  readonly offers: () => readonly Offer[];
  /** Least price for the whole of an offer at a time; what the engine will ask unless the oracle moves in between. */
  readonly reserveAt: (offer: Offer, nowMs: number) => number;
  /** The price (1e-9 USD) at which `value` was taken. */
  readonly oracleNano: () => number;
}

export interface BoardTerms {
  readonly world: World;
  readonly group: GroupId;
  readonly asset: AssetId;
  readonly settlement: AssetId;
  readonly instrument: InstrumentId;
  readonly feed: number;
  readonly lotNano: number;
}

export function createAuctionBoard(terms: BoardTerms): AuctionBoard {
  const { engine } = terms.world;
  const { state, view } = engine;
  const known = new Map<AccountId, Offer>();
  let list: readonly Offer[] | null = null;
  let price = 0n;
  let hasCapacity = false;
  let insurance = 0;
  const oracle = (): bigint => state.feeds[terms.feed]?.aggregate?.price ?? 1n;
  return {
    note: (block) => {
      let isStale = false;
      for (const event of block.events) {
        switch (event.kind) {
          case 'auctionOpened':
          case 'auctionStaged':
            known.delete(event.auction.account);
            isStale = true;
            break;
          case 'auctionClosed':
          case 'sliceSold':
          case 'deleveraged':
          case 'lossWritten':
            known.delete(event.account);
            isStale = true;
            break;
          default:
            break;
        }
      }
      if (isStale || oracle() !== price) list = null;
    },
    offers: () => {
      if (list !== null) return list;
      const now = oracle();
      if (now !== price) known.clear();
      price = now;
      hasCapacity = state.tranches.length > 0 && openTranches(view, terms.group).length > 0;
      insurance = Number(fundOf(state.ledger, terms.group, 'insurance'));
      list = [...state.auctions.keys()]
        .filter((account) => isOpenAccount(state, account))
        .sort((a, b) => a - b)
        .map((account) => {
          const found = known.get(account) ?? offerOfAccount(terms, account);
          known.set(account, found);
          return found;
        });
      return list;
    },
    reserveAt: (offer, nowMs) => reserveOf(state, terms.group, { offer, nowMs, hasCapacity, insurance }),
    oracleNano: () => Number(price),
  };
}

function offerOfAccount(terms: BoardTerms, account: AccountId): Offer {
  const { state, view } = terms.world.engine;
  const reserved = state.auctions.get(account)?.reservedCash ?? 0n;
  return {
    account,
    value: Number(saleValueOf(view, account)) - Number(reserved),
    collateralNano: Number(collateralOf(state, account, terms.asset)),
    positionNano: lotsOf(state, account, terms.instrument) * terms.lotNano,
    debt: Number(debtValue(poolOf(state, terms.settlement), debtSharesOf(state, account, terms.settlement))),
  };
}

interface ReserveQuestion {
  readonly offer: Offer;
  readonly nowMs: number;
  readonly hasCapacity: boolean;
  readonly insurance: number;
}

/** The engine's reserve in doubles (liquidation/auctionClock.ts has the rule). Infinity when the auction is gone. */
function reserveOf(state: EngineState, group: GroupId, { offer, nowMs, hasCapacity, insurance }: ReserveQuestion): number {
  const auction = state.auctions.get(offer.account);
  const parameters = state.parameters.groups[group]?.auction;
  if (auction === undefined || parameters === undefined) return Number.POSITIVE_INFINITY;
  if (auction.stage === 'voluntary') {
    // A tranche's inventory stands for sale at half the discount it was taken at; protection slices are the owners' business.
    const isInventory = state.tranches.some((tranche) => tranche.account === offer.account);
    return isInventory ? (offer.value * (1e6 - parameters.backstopDiscountPpm / 2)) / 1e6 : Number.POSITIVE_INFINITY;
  }
  if (auction.wiped && offer.value >= 0) return 0;
  const elapsed = Math.max(0, nowMs - auction.stageAtMs);
  if (offer.value <= 0) return Math.max(offer.value * Math.min(1, elapsed / parameters.insolventMs), -insurance);
  const { startPpm, cutoffPpm, fastMs, slowMs } = parameters;
  const factor =
    elapsed < fastMs
      ? startPpm + ((cutoffPpm - startPpm) * elapsed) / fastMs
      : Math.max(0, cutoffPpm - (cutoffPpm * (elapsed - fastMs)) / slowMs);
  const falling = (offer.value * factor) / 1e6;
  return hasCapacity ? Math.max(falling, (offer.value * (1e6 - parameters.backstopDiscountPpm)) / 1e6) : falling;
}
