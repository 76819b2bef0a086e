/**
 * What the agents do in a recorded minute. They see what anybody sees through the interface, and pay with what they have; a refusal
 * is an answer, not a failure, and they try something else next time.
 */

import {
  type AccountId,
  accountId,
  amount,
  assetId,
  feedId,
  instrumentId,
  lots,
  ppm,
  price,
  sourceId,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
} from '@plimsoll/core/numeric';
import { SETTLEMENT, type Unsigned } from '@plimsoll/lab/worlds/createWorld';
import type { AuctionJson } from '@plimsoll/service';
import { debtOf, lotsFor, ticksPerLotAt } from './cast.ts';
import type { Hall, Player } from './hall.ts';

const ETHER = assetId(1);
const ETHER_FEED = feedId(1);
const PERPETUAL = instrumentId(0);
const MICRO = 1_000_000;
const NANO = 1_000_000_000;

/** A liquidator pays at most this share of mark value, and finds this share of what it sells taken by the market. */
const BID_PPM = 970_000n;
const SALE_PPM = 995_000n;
/** When the price has moved by this much in so long, the network is full and a liquidator gets through one minute in so many. */
const RUSH_PPM = 40_000n;
const RUSH_MS = 10 * 60_000;
const RUSH_EVERY = 12;
/** Of its free cash it puts this much into one auction. */
const BID_SHARE = 0.3;
/** One trader in so many changes its position each minute. */
const TRADE_EVERY = 40;
/** One provider in so many adds to the backstop each minute, this part of its capital. */
const BACK_EVERY = 200;
const BACK_PARTS = 20n;
/** With less than this, 1e-6 DAI, a trader stays out. */
const LEAST_STAKE = 200_000_000n;
/** Ether worth less than this, in DAI, a liquidator does not take out to sell; of an offer worth less it wants all. */
const DUST = 10;
/** A borrower below this ratio of collateral to debt who is awake repays a tenth of the debt. */
const WORRY_RATIO = 1.56;

export async function playMinute(hall: Hall, nowMs: number): Promise<void> {
  await Promise.all(hall.sources.map((source, place) => source.send([report(hall, place, nowMs)])));
  const auctions = await hall.auctions();
  const acting = hall.players.map((player) => {
    switch (player.persona.role) {
      case 'liquidator':
        return liquidate(hall, player, { auctions, nowMs });
      case 'borrower':
        return borrow(hall, player, nowMs);
      case 'trader':
        return trade(hall, player, nowMs);
      case 'provider':
        return back(hall, player);
      default:
        return Promise.resolve();
    }
  });
  await Promise.all(acting);
}

function report(hall: Hall, place: number, nowMs: number): Unsigned {
  const publishTimeMs = timeMs(nowMs);
  return {
    kind: 'reportPrices',
    source: sourceId(place),
    prices: [{ feed: ETHER_FEED, price: price(hall.reportedNano(place, nowMs)), confidencePpm: ppm(500), publishTimeMs }],
  };
}

/** Opens what its equity carries when it has no position, and now and then closes it to open it anew, against the market maker, reported by the venue. */
async function trade(hall: Hall, { persona, seat, account }: Player, nowMs: number): Promise<void> {
  if (persona.role !== 'trader' || hall.draw(TRADE_EVERY) !== 0) return;
  const { positions, auction, cash } = await seat.account(account);
  if (auction !== null) return;
  const now = hall.priceNanoAt(nowMs);
  const [held] = positions;
  if (held === undefined) {
    const stake = BigInt(Math.floor(Number(cash) * MICRO));
    if (stake < LEAST_STAKE) return;
    const size = lotsFor(stake, persona.leveragePpm, now);
    await hall.venue.send([fill(hall, account, { lots: persona.isLong ? size : -size, priceNano: now })]);
    return;
  }
  const signed = Number(held.contracts) * (held.side === 'long' ? 1 : -1);
  await hall.venue.send([fill(hall, account, { lots: -signed, priceNano: now })]);
}

/** Locks ether, draws DAI and takes it out; later, if it is one of those who watch, repays when the ratio worries it. */
async function borrow(hall: Hall, { persona, seat, account }: Player, nowMs: number): Promise<void> {
  if (persona.role !== 'borrower' || hall.draw(20) !== 0) return;
  const { balances, auction } = await seat.account(account);
  if (auction !== null) return;
  const now = hall.priceNanoAt(nowMs);
  const ether = Number(balances.find(({ assetId: id, kind }) => id === ETHER && kind === 'collateral')?.amount ?? 0);
  const debt = Number(balances.find(({ kind }) => kind === 'debt')?.amount ?? 0);
  if (ether === 0 && debt === 0) {
    const drawn = amount(debtOf(persona.ether, now, persona.collateralRatioPpm));
    await hall.custodian.send([{ kind: 'deposit', account, asset: ETHER, amount: amount(persona.ether) }]);
    await seat.send([
      { kind: 'borrow', account, asset: SETTLEMENT, amount: drawn },
      { kind: 'withdraw', account, asset: SETTLEMENT, amount: drawn },
    ]);
    return;
  }
  const isAwake = account % 2 === 0;
  if (!isAwake || debt === 0 || (ether * Number(now)) / NANO / debt > WORRY_RATIO) return;
  const paid = amount(BigInt(Math.floor(debt * 0.1 * MICRO)));
  await hall.custodian.send([{ kind: 'deposit', account, asset: SETTLEMENT, amount: paid }]);
  await seat.send([{ kind: 'repay', account, asset: SETTLEMENT, amount: paid }]);
}

/** Now and then puts a part of what it kept back into the backstop. */
async function back(hall: Hall, { persona, seat, account }: Player): Promise<void> {
  if (persona.role !== 'provider' || hall.draw(BACK_EVERY) !== 0) return;
  const more = persona.capital / BACK_PARTS;
  const cash = BigInt(Math.floor(Number((await seat.account(account)).cash) * MICRO));
  if (cash >= more) await seat.send([{ kind: 'fundBackstop', tranche: trancheId(0), account, amount: amount(more) }]);
}

/** Unwinds what it won, then bids for what is on sale; in a rush most minutes go by without. */
async function liquidate(
  hall: Hall,
  { seat, account }: Player,
  { auctions, nowMs }: { readonly auctions: readonly AuctionJson[]; readonly nowMs: number },
): Promise<void> {
  if (isRush(hall, nowMs) && hall.draw(RUSH_EVERY) !== 0) return;
  const { positions, balances, cash } = await seat.account(account);
  const now = hall.priceNanoAt(nowMs);
  for (const held of positions) {
    const signed = Number(held.contracts) * (held.side === 'long' ? 1 : -1);
    await hall.venue.send([fill(hall, account, { lots: -signed, priceNano: now })]);
  }
  const owed = balances.some(({ kind }) => kind === 'debt');
  if (owed) await seat.send([{ kind: 'repay', account, asset: SETTLEMENT, amount: null }]);
  const ether = balances.find(({ assetId: id, kind }) => id === ETHER && kind === 'collateral');
  if (ether !== undefined && !owed && (Number(ether.amount) * Number(now)) / NANO > DUST)
    await sell(hall, { seat, account, nano: nanoOf(ether.amount), priceNano: now });
  const free = Number(cash);
  if (positions.length > 0 || owed || !(free > 0)) return;
  let left = free * 0.9;
  const bids: Unsigned[] = [];
  for (const auction of auctions) {
    if (left < free * 0.05 || bids.length >= 8) break;
    const limit = (BigInt(Math.floor(Number(auction.value) * MICRO)) * BID_PPM) / 1_000_000n;
    const need = neededFor(auction);
    const share = Math.min(mostOf(auction), (free * BID_SHARE) / need, left / need);
    if (share < 0.05 || Number(limit) / MICRO < Number(auction.reservePrice)) continue;
    left -= need * share;
    bids.push({
      kind: 'bid',
      account,
      liquidated: accountOf(auction),
      sizePpm: ppm(Math.floor(share * MICRO)),
      limit: ticks(limit),
    });
  }
  await seat.send(bids);
}

/** True while so much happens that few transactions get through. */
function isRush({ priceNanoAt }: Hall, nowMs: number): boolean {
  const [before, now] = [priceNanoAt(nowMs - RUSH_MS), priceNanoAt(nowMs)];
  const moved = now > before ? now - before : before - now;
  return moved * 1_000_000n > before * RUSH_PPM;
}

/** What is offered freely is sold by the fifth: who asks for more is his own rival and pays his limit. The last of it is taken whole. */
function mostOf({ stage, value }: AuctionJson): number {
  return stage === 'voluntary' && Number(value) > DUST ? 0.2 : 1;
}

/** Cash for the whole of an auction: its price, its debts, and margin on its positions. */
function neededFor(auction: AuctionJson): number {
  const debts = auction.balances.reduce((sum, { kind, amount: text }) => (kind === 'debt' ? sum + Number(text) : sum), 0);
  return Math.max(1, Math.abs(Number(auction.value)) + debts + 2 * Math.abs(Number(auction.maintenanceMargin)));
}

async function sell(
  hall: Hall,
  {
    seat,
    account,
    nano,
    priceNano,
  }: { readonly seat: Player['seat']; readonly account: AccountId; readonly nano: bigint; readonly priceNano: bigint },
): Promise<void> {
  const [taken] = await seat.send([{ kind: 'withdraw', account, asset: ETHER, amount: amount(nano) }]);
  if (taken?.status !== 'accepted') return;
  const proceeds = (((nano * priceNano) / 1_000_000_000_000n) * SALE_PPM) / 1_000_000n;
  await hall.custodian.send([{ kind: 'deposit', account, asset: SETTLEMENT, amount: amount(proceeds) }]);
}

/** A fill of `account` against the market maker; positive lots buy. */
function fill(hall: Hall, account: AccountId, trade: { readonly lots: number; readonly priceNano: bigint }): Unsigned {
  const isBuying = trade.lots > 0;
  return {
    kind: 'trade',
    instrument: PERPETUAL,
    buyer: isBuying ? account : hall.marketMaker,
    seller: isBuying ? hall.marketMaker : account,
    lots: lots(Math.abs(trade.lots)),
    price: ticksPerLot(ticksPerLotAt(trade.priceNano)),
    cosigner: null,
  };
}

function accountOf(auction: AuctionJson): AccountId {
  return accountId(auction.account);
}

/** Ledger units of ether (9 decimals) from whole units as text. */
function nanoOf(text: string): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(9, '0').slice(0, 9)}`);
}
