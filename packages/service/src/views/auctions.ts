import { type Auction, figuresOf, offerOf } from '@plimsoll/core/engine';
import type { AuctionJson } from '../api/schemas/markets.ts';
import { balancesOf, positionsOf } from './holdings.ts';
import type { Reading } from './reading.ts';
import { ticksText } from './texts.ts';

/** An open auction with what is on sale: public, because whoever bids has to see it. */
export function auctionJson({ engine, scratch }: Reading, auction: Auction): AuctionJson {
  const { view } = engine;
  const { value, reserve } = offerOf(view, auction);
  const figures = figuresOf(view, auction.account, scratch);
  return {
    account: auction.account,
    group: auction.group,
    stage: auction.stage,
    openedAt: auction.openedAtMs,
    stageAt: auction.stageAtMs,
    value: ticksText(value),
    reservePrice: ticksText(reserve),
    reservedCash: ticksText(auction.reservedCash),
    equity: ticksText(figures.equity),
    maintenanceMargin: ticksText(figures.maintenance),
    health: ticksText(figures.healthMaintenance),
    positions: positionsOf(engine, scratch).map(({ terms, lots }) => ({
      symbol: terms.symbol,
      contracts: String(Math.abs(lots)),
      side: lots > 0 ? 'long' : 'short',
    })),
    balances: balancesOf(engine, scratch).map(({ asset, kind, amount }) => ({ asset, kind, amount })),
    cash: ticksText(scratch.cash),
  };
}
