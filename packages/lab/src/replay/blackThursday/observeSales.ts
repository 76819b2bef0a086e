import type { BlockResult, Event, WaterfallLayer } from '@plimsoll/core/engine';
import { poolOf, WATERFALL_LAYERS } from '@plimsoll/core/engine';
import { debtValue } from '@plimsoll/core/ledger';
import { type AccountId, type AssetId, shares } from '@plimsoll/core/numeric';
import type { World } from '../../worlds/createWorld.ts';
import { SETTLEMENT } from '../../worlds/createWorld.ts';
import type { LayerSums, PerpetualSums, VaultSale, VaultSaleSums } from '../outcome.ts';
import { LOT_NANO, MICRO } from './assumptions.ts';

/** 1e-9 ETH × 1e-9 USD → 1e-6 USD. */
export const NANO_SQUARED_PER_MICRO = 1_000_000_000_000n;

/** Reads the events of every block: who bought what at which price, and which layer of the waterfall carried what. */
export interface SalesObserver {
  readonly note: (block: BlockResult, marketNano: bigint) => void;
  readonly vaults: () => VaultSaleSums;
  readonly perpetuals: () => PerpetualSums;
  readonly layers: () => readonly LayerSums[];
  readonly sales: () => readonly VaultSale[];
  /** What the backstop sold again of what it had taken, at the market. */
  readonly inventoryMicro: () => bigint;
  readonly auctions: (endMs: number) => {
    readonly opened: number;
    readonly openAtEnd: number;
    readonly medianMs: number;
    readonly longestMs: number;
  };
}

type SliceSold = Extract<Event, { kind: 'sliceSold' }>;

export function createSalesObserver(scene: {
  readonly world: World;
  readonly asset: AssetId;
  readonly isVault: (account: AccountId) => boolean;
}): SalesObserver {
  const { state } = scene.world.engine;
  const sales: VaultSale[] = [];
  const soldVaults = new Set<AccountId>();
  const soldTraders = new Set<AccountId>();
  const layers = new Map<WaterfallLayer, { count: number; micro: bigint }>(
    WATERFALL_LAYERS.map((layer) => [layer, { count: 0, micro: 0n }]),
  );
  const perpetuals = { slices: 0, notionalMicro: 0n, concessionMicro: 0n, deleveraged: 0, deleveragedMicro: 0n };
  const openedAt = new Map<AccountId, number>();
  const lengths: number[] = [];
  let inventoryMicro = 0n;

  const add = (layer: WaterfallLayer, micro: bigint): void => {
    const sums = layers.get(layer);
    if (sums === undefined) return;
    sums.count += 1;
    sums.micro += micro;
  };

  const noteSlice = (event: SliceSold, timeMs: number, marketNano: bigint): void => {
    const taken = takenBy(event, scene.asset);
    const debtMicro = debtValue(poolOf(state, SETTLEMENT), shares(taken.debtShares));
    const marketMicro = (taken.nanoEth * marketNano) / NANO_SQUARED_PER_MICRO;
    const paid = event.price < 0n ? -event.insurancePaid : event.price;
    const notionalMicro = (BigInt(Math.abs(taken.lots)) * LOT_NANO * marketNano) / NANO_SQUARED_PER_MICRO;
    if (event.layer === 'inventory') {
      inventoryMicro += marketMicro + notionalMicro;
      return;
    }
    add(event.layer, marketMicro + notionalMicro);
    if (event.insurancePaid > 0n) add('insurance', event.insurancePaid);
    if (scene.isVault(event.account)) {
      soldVaults.add(event.account);
      if (taken.nanoEth > 0n && event.layer !== 'protection') {
        sales.push({ timeMs, layer: event.layer, nanoEth: taken.nanoEth, paidMicro: paid + debtMicro, marketMicro });
      }
      return;
    }
    soldTraders.add(event.account);
    perpetuals.slices += 1;
    perpetuals.notionalMicro += notionalMicro;
    // Worth at the market: the mark value moved by the lots' gap between market and oracle.
    const oracleNano = state.feeds[1]?.aggregate?.price ?? marketNano;
    const gap = (BigInt(taken.lots) * LOT_NANO * (marketNano - oracleNano)) / NANO_SQUARED_PER_MICRO;
    perpetuals.concessionMicro += event.markValue + gap - paid;
  };

  return {
    note: (block, marketNano) => {
      for (const event of block.events) {
        switch (event.kind) {
          case 'sliceSold':
            noteSlice(event, block.timeMs, marketNano);
            break;
          case 'toppedUp':
            add('protection', event.amount);
            break;
          case 'deleveraged': {
            const micro = BigInt(Math.abs(event.lots)) * BigInt(event.price);
            perpetuals.deleveraged += 1;
            perpetuals.deleveragedMicro += micro;
            soldTraders.add(event.account);
            add('adl', micro);
            break;
          }
          case 'lossWritten':
            add(event.layer, event.amount);
            break;
          case 'recoveryClaimed':
            break;
          case 'auctionOpened':
            // A voluntary one, such as a tranche's inventory standing for sale, is nobody's liquidation.
            if (event.auction.stage !== 'voluntary') openedAt.set(event.auction.account, block.timeMs);
            break;
          case 'auctionClosed': {
            const from = openedAt.get(event.account);
            openedAt.delete(event.account);
            if (from !== undefined) lengths.push(block.timeMs - from);
            break;
          }
          default:
            break;
        }
      }
    },
    vaults: () => sumSales(sales, soldVaults.size),
    perpetuals: () => ({ ...perpetuals, accounts: soldTraders.size }),
    layers: () =>
      WATERFALL_LAYERS.map((layer) => ({ layer, count: layers.get(layer)?.count ?? 0, micro: layers.get(layer)?.micro ?? 0n })),
    sales: () => sales,
    inventoryMicro: () => inventoryMicro,
    auctions: (endMs) => {
      const all = [...lengths, ...[...openedAt.values()].map((from) => endMs - from)].sort((a, b) => a - b);
      return {
        opened: all.length,
        openAtEnd: openedAt.size,
        medianMs: all[(all.length - 1) >>> 1] ?? 0,
        longestMs: all[all.length - 1] ?? 0,
      };
    },
  };
}

/** What the legs of a slice gave its taker. */
function takenBy(
  event: SliceSold,
  asset: AssetId,
): { readonly nanoEth: bigint; readonly debtShares: bigint; readonly lots: number } {
  let nanoEth = 0n;
  let debtShares = 0n;
  let lots = 0;
  for (const leg of event.legs) {
    if (!('account' in leg) || leg.account !== event.taker) continue;
    if (leg.place === 'balance' && leg.asset === asset) nanoEth += leg.amount;
    if (leg.place === 'debtShares') debtShares += leg.shares;
    if (leg.place === 'position') lots += leg.lots;
  }
  return { nanoEth, debtShares, lots };
}

function sumSales(sales: readonly VaultSale[], vaults: number): VaultSaleSums {
  let soldNanoEth = 0n;
  let paidMicro = 0n;
  let marketMicro = 0n;
  let nearlyNothing = 0;
  let nearlyNothingMicro = 0n;
  for (const sale of sales) {
    soldNanoEth += sale.nanoEth;
    paidMicro += sale.paidMicro;
    marketMicro += sale.marketMicro;
    // Below one DAI per ETH: paid · 1e9 < ether (1e-9) · 1e6.
    if (sale.paidMicro * 1_000_000_000n < sale.nanoEth * MICRO) {
      nearlyNothing += 1;
      nearlyNothingMicro += sale.marketMicro;
    }
  }
  const discountPpm = marketMicro === 0n ? 0 : Number(((marketMicro - paidMicro) * 1_000_000n) / marketMicro);
  return { sales: sales.length, vaults, soldNanoEth, paidMicro, marketMicro, discountPpm, nearlyNothing, nearlyNothingMicro };
}
