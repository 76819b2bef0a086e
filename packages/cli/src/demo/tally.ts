import { type Event, WATERFALL_LAYERS, type WaterfallLayer } from '@plimsoll/core/engine';
import { assetId, feedId } from '@plimsoll/core/numeric';
import { DEMO_LOT_NANO } from './demoMarket.ts';

/** What the agents of the demo did that was accepted, as the events of the journal tell it. */
export type Deed = 'traded' | 'borrowed' | 'repaid' | 'bid' | 'backed';
export const DEEDS: readonly Deed[] = ['traded', 'borrowed', 'repaid', 'bid', 'backed'];

export interface LayerTotal {
  count: number;
  /** Gross value taken over (protection, auction, backstop, adl) or loss carried (the others), 1e-6 DAI at the price of its block. */
  micro: bigint;
}

/** What a run of the demo comes to, over all its starts. */
export interface DemoTally {
  readonly deeds: Map<Deed, number>;
  readonly layers: Map<WaterfallLayer, LayerTotal>;
  /** Liquidations that came to auction; what a tranche offers of its own is none. */
  auctions: number;
  /** What the backstop sold again of what it had taken over, 1e-6 DAI. */
  readonly inventory: LayerTotal;
  /** Last price of the journal, 1e-9 USD. */
  priceNano: bigint;
}

const ETHER = assetId(1);
const ETHER_FEED = feedId(1);
/** Nano-ether times 1e-9 USD to 1e-6 USD. */
const NANO_SQUARED_PER_MICRO = 1_000_000_000_000n;

export function createDemoTally(): DemoTally {
  return {
    deeds: new Map(DEEDS.map((deed) => [deed, 0])),
    layers: new Map(WATERFALL_LAYERS.map((layer) => [layer, { count: 0, micro: 0n }])),
    auctions: 0,
    inventory: { count: 0, micro: 0n },
    priceNano: 0n,
  };
}

/** Adds the events of one block. */
export function countEvents(tally: DemoTally, events: readonly Event[]): void {
  for (const event of events) countEvent(tally, event);
}

function countEvent(tally: DemoTally, event: Event): void {
  switch (event.kind) {
    case 'feedUpdated':
      if (event.feed === ETHER_FEED) tally.priceNano = event.state.aggregate?.price ?? tally.priceNano;
      return;
    case 'traded':
      return done(tally, 'traded');
    case 'borrowed':
      return done(tally, 'borrowed');
    case 'repaid':
      return done(tally, 'repaid');
    case 'bidRecorded':
      return done(tally, 'bid');
    case 'backstopFunded':
      return done(tally, 'backed');
    case 'auctionOpened':
      if (event.auction.stage !== 'voluntary') tally.auctions += 1;
      return;
    case 'sliceSold':
      if (event.layer === 'inventory') return add(tally.inventory, grossMicro(tally, event));
      if (event.insurancePaid > 0n) paid(tally, 'insurance', event.insurancePaid);
      return paid(tally, event.layer, grossMicro(tally, event));
    case 'toppedUp':
      return paid(tally, 'protection', event.amount);
    case 'deleveraged':
      return paid(tally, 'adl', BigInt(Math.abs(event.lots)) * BigInt(event.price));
    case 'lossWritten':
      // A claim that is raised is no payment; one that is collected is.
      return event.layer === 'recovery' ? undefined : paid(tally, event.layer, event.amount);
    case 'recoveryClaimed':
      return paid(tally, 'recovery', event.amount);
    default:
      return;
  }
}

function done(tally: DemoTally, deed: Deed): void {
  tally.deeds.set(deed, (tally.deeds.get(deed) ?? 0) + 1);
}

function paid(tally: DemoTally, layer: WaterfallLayer, micro: bigint): void {
  const total = tally.layers.get(layer);
  if (total !== undefined) add(total, micro);
}

function add(total: LayerTotal, micro: bigint): void {
  total.count += 1;
  total.micro += micro;
}

/** What changed hands, ether and position at the price of the block. */
function grossMicro({ priceNano }: DemoTally, { legs, taker }: Extract<Event, { kind: 'sliceSold' }>): bigint {
  let nano = 0n;
  for (const leg of legs) {
    if (leg.place === 'balance' && leg.account === taker && leg.asset === ETHER) nano += leg.amount;
    if (leg.place === 'position' && leg.account === taker) nano += BigInt(Math.abs(leg.lots)) * DEMO_LOT_NANO;
  }
  return (nano * priceNano) / NANO_SQUARED_PER_MICRO;
}
