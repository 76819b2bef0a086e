/** Sums over the events of a replay: what was liquidated, who took it, and who paid. */

import { type BlockResult, type Event, WATERFALL_LAYERS, type WaterfallLayer } from '@plimsoll/core/engine';
import { type AccountId, type InstrumentId, mulDivDown } from '@plimsoll/core/numeric';

export interface OctoberSale {
  readonly timeMs: number;
  readonly layer: 'auction' | 'backstop';
  /** What the taker gave for the positions, as parts per million of their mark: 1,000,000 is mark. */
  readonly paidPpm: number;
  readonly notionalMicroUsd: bigint;
}

export interface OctoberSums {
  readonly auctionsOpened: number;
  readonly accountsLiquidated: number;
  /** Positions taken from accounts in liquidation, at mark, deleveraged ones included; 1e-6 USD. */
  readonly liquidatedMicroUsd: bigint;
  readonly deleveragedMicroUsd: bigint;
  /** Accounts whose position was reduced on the other side. */
  readonly accountsDeleveraged: number;
  /** What accounts owed beyond all they had when they were taken over or written off. */
  readonly badDebtMicroUsd: bigint;
  readonly socialisedMicroUsd: bigint;
  readonly layers: readonly { readonly layer: WaterfallLayer; readonly count: number; readonly microUsd: bigint }[];
  readonly inventoryMicroUsd: bigint;
}

export interface OctoberObserver {
  /** `marks` are ticks per lot by instrument in that block. */
  readonly note: (block: BlockResult, markOf: (instrument: InstrumentId) => number) => void;
  readonly sums: () => OctoberSums;
  readonly sales: () => readonly OctoberSale[];
}

type SliceSold = Extract<Event, { kind: 'sliceSold' }>;

/** `isUser` keeps keepers and tranches that are liquidated themselves out of the liquidated notional. */
export function createOctoberObserver(isUser: (account: AccountId) => boolean): OctoberObserver {
  const layers = new Map<WaterfallLayer, { count: number; microUsd: bigint }>(
    WATERFALL_LAYERS.map((layer) => [layer, { count: 0, microUsd: 0n }]),
  );
  const liquidated = new Set<AccountId>();
  const deleveraged = new Set<AccountId>();
  const sales: OctoberSale[] = [];
  const sums = { auctions: 0, liquidated: 0n, deleveraged: 0n, badDebt: 0n, socialised: 0n, inventory: 0n };

  const add = (layer: WaterfallLayer, microUsd: bigint): void => {
    const found = layers.get(layer);
    if (found === undefined) return;
    found.count += 1;
    found.microUsd += microUsd;
  };

  const noteSlice = (event: SliceSold, timeMs: number, markOf: (instrument: InstrumentId) => number): void => {
    const notional = notionalOf(event, markOf);
    if (event.layer === 'inventory') {
      sums.inventory += notional;
      return;
    }
    add(event.layer, notional);
    if (event.insurancePaid > 0n) add('insurance', event.insurancePaid);
    if (event.layer === 'protection') return;
    if (event.markValue < 0n) sums.badDebt += -event.markValue;
    if (isUser(event.account)) {
      liquidated.add(event.account);
      sums.liquidated += notional;
    }
    if (notional > 0n) {
      const given = event.price < 0n ? -event.insurancePaid : event.price;
      const paidPpm = 1_000_000 + Number(mulDivDown<bigint>(given - event.markValue, 1_000_000n, notional));
      sales.push({ timeMs, layer: event.layer, paidPpm, notionalMicroUsd: notional });
    }
  };

  return {
    note: (block, markOf) => {
      for (const event of block.events) {
        switch (event.kind) {
          case 'auctionOpened':
            if (event.auction.stage !== 'voluntary') sums.auctions += 1;
            break;
          case 'sliceSold':
            noteSlice(event, block.timeMs, markOf);
            break;
          case 'toppedUp':
            add('protection', event.amount);
            break;
          case 'deleveraged': {
            const notional = BigInt(Math.abs(event.lots)) * BigInt(event.price);
            add('adl', notional);
            deleveraged.add(event.counterparty);
            sums.deleveraged += notional;
            sums.badDebt += event.paid;
            if (isUser(event.account)) {
              liquidated.add(event.account);
              sums.liquidated += notional;
            }
            break;
          }
          case 'lossWritten':
            add(event.layer, event.amount);
            if (event.layer !== 'recovery') sums.badDebt += event.amount;
            if (event.layer === 'socialised') sums.socialised += event.amount;
            break;
          case 'recoveryClaimed':
            add('recovery', event.amount);
            break;
          default:
            break;
        }
      }
    },
    sums: () => ({
      auctionsOpened: sums.auctions,
      accountsLiquidated: liquidated.size,
      liquidatedMicroUsd: sums.liquidated,
      deleveragedMicroUsd: sums.deleveraged,
      accountsDeleveraged: deleveraged.size,
      badDebtMicroUsd: sums.badDebt,
      socialisedMicroUsd: sums.socialised,
      inventoryMicroUsd: sums.inventory,
      layers: WATERFALL_LAYERS.map((layer) => ({
        layer,
        count: layers.get(layer)?.count ?? 0,
        microUsd: layers.get(layer)?.microUsd ?? 0n,
      })),
    }),
    sales: () => sales,
  };
}

function notionalOf(event: SliceSold, markOf: (instrument: InstrumentId) => number): bigint {
  let notional = 0n;
  for (const leg of event.legs) {
    if (leg.place === 'position' && leg.account === event.account)
      notional += BigInt(Math.abs(leg.lots)) * BigInt(markOf(leg.instrument));
  }
  return notional;
}
