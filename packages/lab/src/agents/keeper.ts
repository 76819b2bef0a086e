/**
 * A liquidator. It bids what a portfolio is worth to it at the market that it sees, less its costs and its margin; repays the debts
 * it took over, takes the ether out, sells it into the depth of the outside market, and brings the dollars back when they have settled.
 * Its capital is finite: what it has not got back it cannot bid, and what it loses is gone.
 */

import { type BlockResult, type Command, collateralOf, debtSharesOf, lotsOf, poolOf } from '@plimsoll/core/engine';
import { cashOf, debtValue } from '@plimsoll/core/ledger';
import {
  type AccountId,
  type AssetId,
  amount,
  type InstrumentId,
  lots,
  mulDivDown,
  mulDivUp,
  type OwnerId,
  ppm,
  ticks,
  ticksPerLot,
} from '@plimsoll/core/numeric';
import { CUSTODIAN, VENUE_OPERATOR, type World } from '../worlds/createWorld.ts';
import type { AuctionBoard, Offer } from './auctionBoard.ts';
import type { DelayedPrice } from './delayedPrice.ts';
import type { Exchange } from './exchange.ts';
import type { KeeperResult, KeeperTerms } from './keeperTerms.ts';

/** Where keepers act: the protocol, the outside market, and the account on the other side of the perpetual's order book. */
export interface KeeperScene {
  readonly world: World;
  readonly board: AuctionBoard;
  readonly exchange: Exchange;
  readonly asset: AssetId;
  readonly settlement: AssetId;
  readonly instrument: InstrumentId;
  readonly lotNano: bigint;
  readonly counterparty: AccountId;
  /** Gas price now, wei. */
  readonly gasWeiAt: (nowMs: number) => bigint;
  /** The market as it is: what a sale is executed at. Never used to decide. */
  readonly tradedNanoAt: (nowMs: number) => bigint;
}

export interface Keeper {
  readonly account: AccountId;
  readonly terms: KeeperTerms;
  /** Its commands for the block at `nowMs`, in order. */
  readonly plan: (nowMs: number) => readonly Command[];
  readonly note: (block: BlockResult) => void;
  readonly result: (end: { readonly nowMs: number; readonly equityMicroUsd: bigint }) => KeeperResult;
}

/** Bids for less than this share of what is on sale are not worth their gas. */
const SMALLEST_BID_PPM = 100_000;
/** Cash kept free per dollar of positions taken over: about their initial margin. */
const POSITION_MARGIN = 0.25;
/** After a refusal to let ether or positions out, it tries again this many blocks later. */
const RETRY_BLOCKS = 8;

export function createKeeper(
  scene: KeeperScene,
  keeper: { readonly owner: OwnerId; readonly account: AccountId; readonly terms: KeeperTerms; readonly view: DelayedPrice },
): Keeper {
  const { world, exchange } = scene;
  const { owner, account, terms, view } = keeper;
  const { state } = world.engine;
  const selling: { dueMs: number; nano: bigint }[] = [];
  const arriving: { dueMs: number; micro: bigint }[] = [];
  const count = { bids: 0, wins: 0, wait: 0 };
  let gas = 0n;
  let bought = 0n;
  let sold = 0n;
  let block = 0;

  const payGas = (units: bigint, nowMs: number): void => {
    gas += gasCost(units, scene.gasWeiAt(nowMs), view.at(nowMs) ?? 0n);
  };

  const sellDue = (nowMs: number): void => {
    while (selling[0] !== undefined && selling[0].dueMs <= nowMs) {
      const { nano } = selling[0];
      selling.shift();
      sold += nano;
      arriving.push({
        dueMs: nowMs + terms.settlementMs,
        micro: exchange.sell({ nanoBase: nano, priceNano: scene.tradedNanoAt(nowMs), nowMs }),
      });
      payGas(terms.settleGas, nowMs);
    }
  };

  const depositDue = (nowMs: number): Command[] => {
    let total = 0n;
    while (arriving[0] !== undefined && arriving[0].dueMs <= nowMs) {
      total += arriving[0].micro;
      arriving.shift();
    }
    if (total === 0n) return [];
    return [world.sign(CUSTODIAN, { kind: 'deposit', account, asset: scene.settlement, amount: amount(total) })];
  };

  /** Unwinds what it holds: positions against the book, then debts, then ether out. */
  const settle = (nowMs: number): Command[] => {
    const commands: Command[] = [];
    const held = lotsOf(state, account, scene.instrument);
    const ether = collateralOf(state, account, scene.asset);
    const owed = debtValue(poolOf(state, scene.settlement), debtSharesOf(state, account, scene.settlement));
    if (held === 0 && ether === 0n && owed === 0n) return commands;
    if (block < count.wait) return commands;
    if (held !== 0) {
      const impact = BigInt(exchange.marginalImpactPpm(nowMs));
      const perLot = mulDivDown(
        scene.tradedNanoAt(nowMs) * scene.lotNano,
        held > 0 ? 1_000_000n - impact : 1_000_000n + impact,
        10n ** 18n,
      );
      const [buyer, seller] = held > 0 ? [scene.counterparty, account] : [account, scene.counterparty];
      commands.push(
        world.sign(VENUE_OPERATOR, {
          kind: 'trade',
          instrument: scene.instrument,
          buyer,
          seller,
          lots: lots(Math.abs(held)),
          price: ticksPerLot(Number(perLot)),
          cosigner: null,
        }),
      );
    }
    const cash = cashOf(state.ledger.accounts, account);
    // Interest of the block about to come is less than a thousandth.
    const isCovered = cash > owed + owed / 1000n;
    if (owed > 0n && cash > 0n)
      commands.push(
        world.sign(owner, { kind: 'repay', account, asset: scene.settlement, amount: isCovered ? null : amount(cash) }),
      );
    if (ether > 0n && (owed === 0n || isCovered))
      commands.push(world.sign(owner, { kind: 'withdraw', account, asset: scene.asset, amount: ether }));
    return commands;
  };

  const spendable = (): number => {
    const held = lotsOf(state, account, scene.instrument);
    const owed = debtValue(poolOf(state, scene.settlement), debtSharesOf(state, account, scene.settlement));
    const cash = Number(cashOf(state.ledger.accounts, account)) - Number(owed);
    if (held === 0) return cash;
    const mark = (scene.board.oracleNano() * Number(scene.lotNano)) / 1e12;
    return cash + held * mark - Math.abs(held) * mark * POSITION_MARGIN;
  };

  const bid = (nowMs: number): Command[] => {
    const offers = scene.board.offers();
    const marketNano = view.at(nowMs);
    if (offers.length === 0 || marketNano === undefined) return [];
    let free = spendable() * 0.98;
    const seen: Sight = {
      market: Number(marketNano),
      oracle: scene.board.oracleNano(),
      impactPpm: exchange.marginalImpactPpm(nowMs),
      gas: Number(gasCost(terms.bidGas + terms.settleGas, scene.gasWeiAt(nowMs), marketNano)),
    };
    const commands: Command[] = [];
    // Everybody starts at another place of the list, so that not all bid for the same few.
    const from = (account * 7919) % offers.length;
    for (let step = 0; step < offers.length && commands.length < terms.bidsPerBlock && free > 0; step += 1) {
      const offer = offers[(from + step) % offers.length];
      if (offer === undefined) break;
      const limit = worthTo(terms, offer, seen);
      if (limit < scene.board.reserveAt(offer, nowMs)) continue;
      const need = Math.max(0, limit) + offer.debt + ((Math.abs(offer.positionNano) * seen.market) / 1e12) * POSITION_MARGIN;
      const size = need <= free ? 1_000_000 : Math.floor((free / need) * 1_000_000);
      if (size < SMALLEST_BID_PPM) continue;
      free -= (need * size) / 1_000_000;
      commands.push(
        world.sign(owner, {
          kind: 'bid',
          account,
          liquidated: offer.account,
          sizePpm: ppm(size),
          limit: ticks(BigInt(Math.floor(limit))),
        }),
      );
      payGas(terms.bidGas, nowMs);
    }
    count.bids += commands.length;
    return commands;
  };

  return {
    account,
    terms,
    plan: (nowMs) => {
      block += 1;
      sellDue(nowMs);
      return [...depositDue(nowMs), ...settle(nowMs), ...bid(nowMs)];
    },
    note: (applied) => {
      for (const event of applied.events) {
        if (event.kind === 'withdrawn' && event.account === account && event.asset === scene.asset) {
          bought += event.amount;
          selling.push({ dueMs: applied.timeMs + terms.latencyMs, nano: event.amount });
        }
        if (event.kind === 'sliceSold' && event.taker === account) count.wins += 1;
      }
      for (const result of applied.results) {
        if (result.kind === 'rejected' && result.rejection.account === account && result.command.kind !== 'bid')
          count.wait = block + RETRY_BLOCKS;
      }
    },
    result: ({ nowMs, equityMicroUsd }) => {
      const outside = selling.reduce((sum, { nano }) => sum + nano, 0n);
      const underway = arriving.reduce((sum, { micro }) => sum + micro, 0n);
      const endMicroUsd = equityMicroUsd + mulDivDown(outside, scene.tradedNanoAt(nowMs), 1_000_000_000_000n) + underway - gas;
      return {
        name: terms.name,
        capitalMicroUsd: terms.capitalMicroUsd,
        latencyMs: terms.latencyMs,
        marginPpm: terms.marginPpm,
        bids: count.bids,
        wins: count.wins,
        gasMicroUsd: gas,
        boughtNanoEth: bought,
        soldNanoEth: sold,
        endMicroUsd,
        profitMicroUsd: endMicroUsd - terms.capitalMicroUsd,
        freshestPriceAgeMs: view.freshestAgeMs(),
      };
    },
  };
}

/** What a keeper sees when it values offers. */
interface Sight {
  readonly market: number;
  readonly oracle: number;
  readonly impactPpm: number;
  /** 1e-6 USD. */
  readonly gas: number;
}

/** What the whole of an offer is worth to a keeper: at its market, less impact, margin on all it must move, and gas. */
function worthTo(terms: KeeperTerms, offer: Offer, seen: Sight): number {
  const exposure = offer.collateralNano + offer.positionNano;
  const atMarket = offer.value + (exposure * (seen.market - seen.oracle)) / 1e12;
  const gross = ((Math.abs(offer.collateralNano) + Math.abs(offer.positionNano)) * seen.market) / 1e12;
  return atMarket - (gross * (terms.marginPpm + seen.impactPpm)) / 1e6 - 2 * seen.gas;
}

/** Gas in 1e-6 USD, rounded up: units × wei / 1e18 ether at a price in 1e-9 USD. */
function gasCost(units: bigint, wei: bigint, priceNano: bigint): bigint {
  return mulDivUp(units * wei, priceNano, 10n ** 21n);
}
