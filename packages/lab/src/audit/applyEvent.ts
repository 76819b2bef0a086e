// One event into the books: what it says is compared with what the auditor derives, then booked.

import type { Event, InstrumentState, ParameterChange, Parameters } from '@plimsoll/core/engine';
import type { FeedState } from '@plimsoll/core/oracle';
import { accruedPool, advancedPerpetual, poolAfterLoss } from './accrual.ts';
import { agree, insist } from './auditFailure.ts';
import { accountOf, addAsset, addGroup, type Books, bookLegs, openAccount, type PoolBook, poolOf } from './books.ts';
import { ceilDiv, floorDiv, least, MILLION, most, nearestDiv } from './exact.ts';
import { lotTicks, markFigures } from './prices.ts';

/** What a block carries from one event to a later one, and what held before it began. */
export interface BlockNotes {
  /** Feeds before this block's reports: what was in force since the last block. */
  readonly heldFeeds: readonly (FeedState | undefined)[];
  /** A pool that bore a loss whose write-off has not been seen yet. */
  poolLoss: { readonly asset: number; readonly before: PoolBook } | null;
  /** An instrument whose loss index rose and whose loss has not been seen yet. */
  socialised: { readonly instrument: number; readonly perLot: bigint; readonly claimPerLot: bigint } | null;
  /** What the last socialised loss left as claims, until the event that says so. */
  claimed: bigint;
}

export function startBlock(books: Books): BlockNotes {
  return { heldFeeds: [...books.feeds], poolLoss: null, socialised: null, claimed: 0n };
}

/** Nothing may be left half done at the end of a block. */
export function endBlock(books: Books, notes: BlockNotes): void {
  const { height } = books;
  const { poolLoss, socialised, claimed } = notes;
  insist(poolLoss === null, { height, figure: `loss borne by pool ${poolLoss?.asset ?? ''}` }, { expected: 'its debt written off', found: 'none' });
  insist(socialised === null, { height, figure: `social index of instrument ${socialised?.instrument ?? ''}` }, { expected: 'its loss written', found: 'none' });
  agree({ height, figure: 'claims of a socialised loss' }, claimed, 0n);
}

/** Books an event. Its legs have been compared with its figures before (checkEvent.ts). */
export function applyEvent(books: Books, event: Event, notes: BlockNotes): void {
  const { height } = books;
  if ('legs' in event) bookLegs(books, event, event.legs);
  switch (event.kind) {
    case 'accountOpened':
      return openAccount(books, event);
    case 'accountClosed': {
      const account = accountOf(books, event.account);
      const held = account.positions.size + account.collateral.size + account.supply.size + account.debt.size;
      agree({ height, account: account.id, figure: 'holdings of a closed account' }, 0n, BigInt(held) + account.cash + account.loanShares);
      account.isOpen = false;
      books.protections.delete(event.account);
      return;
    }
    case 'poolUpdated':
      return applyPool(books, event, notes);
    case 'instrumentUpdated':
      return applyInstrument(books, event, notes);
    case 'lossWritten':
      return applyLoss(books, event, notes);
    case 'feedUpdated':
      return applyFeed(books, event);
    case 'assetUpdated':
      books.assetStates[event.asset] = event.state;
      books.version += 1;
      return;
    case 'protectionSet':
      if (event.protection === null) books.protections.delete(event.account);
      else books.protections.set(event.account, { protection: event.protection, windowStartMs: timeOf(books), movedInWindow: zeroTicks(books) });
      return;
    case 'toppedUp':
      books.protections.set(event.account, event.state);
      return;
    case 'auctionOpened':
    case 'auctionStaged':
      books.auctions.set(event.auction.account, event.auction);
      return;
    case 'auctionClosed':
      books.auctions.delete(event.account);
      return;
    case 'recoveryClaimed':
    case 'claimsMoved':
      return applyClaims(books, event);
    case 'backstopFunded':
    case 'backstopRedeeming':
    case 'backstopRedeemed':
    case 'trancheUpdated': {
      const held = event.state.holders.reduce((sum, holder) => sum + holder.shares, 0n);
      agree({ height, figure: `shares held in tranche ${event.tranche}` }, held, event.state.accounting.totalShares);
      books.tranches[event.tranche] = event.state;
      return;
    }
    default:
      return applyListing(books, event);
  }
}

// Branded zeros and times are only ever passed on, so they are taken from what the engine already made.
function timeOf(books: Books): Parameters['global']['graceMs'] extends never ? never : NonNullable<ReturnType<typeof protectionStart>> {
  return protectionStart(books);
}
