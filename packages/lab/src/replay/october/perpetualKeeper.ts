/**
 * A liquidator of perpetual books: bids what a portfolio is worth at prices it could know, less what unloading costs and a
 * margin; keeps initial margin for what it takes; sells it into the outside books. Its capital is finite.
 */

import { type Command, figuresOf, saleValueOf } from '@plimsoll/core/engine';
import {
  type AccountId,
  type InstrumentId,
  lots,
  mulDivDown,
  type OwnerId,
  ppm,
  ticks,
  ticksPerLot,
} from '@plimsoll/core/numeric';
import { VENUE_OPERATOR, type World } from '../../worlds/createWorld.ts';
import type { OutsideBook } from './outsideBook.ts';
import { positionsOf } from './positionsOf.ts';

export interface KeeperTerms {
  readonly capitalMicroUsd: bigint;
  /** It sees no price younger than this. */
  readonly latencyMs: number;
  /** What it wants to keep of each dollar of positions after the cost of unloading them, parts per million. */
  readonly edgePpm: number;
  /** It sells while the last dollar concedes no more than this. */
  readonly impactMaxPpm: number;
}

/** What keepers see and use. */
export interface KeeperScene {
  readonly world: World;
  readonly instruments: readonly InstrumentId[];
  readonly outside: OutsideBook;
  /** The account that stands for everybody who buys in the outside books. */
  readonly crowd: AccountId;
  readonly depthPpmAt: (nowMs: number) => number;
  /** Ticks per lot as they were at a time, by asset; 0 when there was no agreed price. */
  readonly marksAt: (atMs: number) => readonly number[];
}

export interface PerpetualKeeper {
  readonly account: AccountId;
  readonly terms: KeeperTerms;
  readonly plan: (nowMs: number, offers: readonly Offer[]) => readonly Command[];
}

/** A portfolio on sale as the chain shows it after the last block. */
export interface Offer {
  readonly account: AccountId;
  readonly positions: readonly { readonly assetIndex: number; readonly lots: number }[];
  /** Value less reserved cash at the marks of the last block, ticks. */
  readonly value: bigint;
  /** Notional at those marks, ticks. */
  readonly notional: bigint;
  readonly reserve: bigint;
}

/** Least bid, as a share of what is on sale. */
const SMALLEST_BID_PPM = 50_000;
const BIDS_MAX = 40;
/** Nobody reckons further ahead than this. */
const UNLOAD_MINUTES_MAX = 5;
/** How far back a keeper looks to judge how fast the market moves. */
const MOVE_WINDOW_MS = 60_000;
/** Initial margin of a position with room to spare, parts per million of notional. */
const MARGIN_PPM = 110_000n;

export function createPerpetualKeeper(
  scene: KeeperScene,
  keeper: { readonly owner: OwnerId; readonly account: AccountId; readonly terms: KeeperTerms },
): PerpetualKeeper {
  const { owner, account, terms } = keeper;
  return {
    account,
    terms,
    plan: (nowMs, offers) => [
      ...unload(scene, { account, terms, nowMs }),
      ...bids(scene, { owner, account, terms, nowMs, offers }),
    ],
  };
}

/** What is on sale now, the dearest discount first. */
export function offersOf(scene: KeeperScene, nowMs: number): readonly Offer[] {
  const { state, view } = scene.world.engine;
  const marks = scene.marksAt(nowMs);
  const offers: Offer[] = [];
  for (const auction of state.auctions.values()) {
    const positions = positionsOf(state, auction.account).map((position) => ({
      assetIndex: scene.instruments.indexOf(position.instrument),
      lots: position.lots,
    }));
    const notional = positions.reduce(
      (sum, position) => sum + BigInt(Math.abs(position.lots)) * BigInt(marks[position.assetIndex] ?? 0),
      0n,
    );
    const value = saleValueOf(view, auction.account) - auction.reservedCash;
    if (notional > 0n)
      offers.push({
        account: auction.account,
        positions,
        value,
        notional,
        reserve: reserveAt(scene, auction.account, value, nowMs),
      });
  }
  return offers.sort(
    (a, b) => compare((b.value - b.reserve) * a.notional, (a.value - a.reserve) * b.notional) || a.account - b.account,
  );
}

/** The engine's clock as a keeper reckons it: it need not be exact, the engine decides. */
function reserveAt(scene: KeeperScene, account: AccountId, value: bigint, nowMs: number): bigint {
  const { state } = scene.world.engine;
  const auction = state.auctions.get(account);
  const clock = state.parameters.groups[0]?.auction;
  if (auction === undefined || clock === undefined) return value;
  const elapsed = nowMs - auction.stageAtMs;
  if (value <= 0n) return mulDivDown(value, BigInt(Math.min(elapsed, clock.insolventMs)), BigInt(clock.insolventMs));
  const fast = clock.startPpm - Math.floor(((clock.startPpm - clock.cutoffPpm) * Math.min(elapsed, clock.fastMs)) / clock.fastMs);
  const slow = Math.floor((clock.cutoffPpm * Math.min(Math.max(0, elapsed - clock.fastMs), clock.slowMs)) / clock.slowMs);
  const floor = state.tranches.length > 0 ? 1_000_000 - clock.backstopDiscountPpm : 0;
  return mulDivDown(value, BigInt(Math.max(fast - slow, floor)), 1_000_000n);
}

interface BidInput {
  readonly owner: OwnerId;
  readonly account: AccountId;
  readonly terms: KeeperTerms;
  readonly nowMs: number;
  readonly offers: readonly Offer[];
}

function bids(scene: KeeperScene, input: BidInput): readonly Command[] {
  const { owner, account, terms, nowMs, offers } = input;
  if (offers.length === 0) return [];
  const { view } = scene.world.engine;
  let free: bigint = figuresOf(view, account, view.scanned).healthInitial;
  const seen = scene.marksAt(nowMs - terms.latencyMs);
  const earlier = scene.marksAt(nowMs - terms.latencyMs - MOVE_WINDOW_MS);
  const latest = scene.marksAt(nowMs);
  const inventory = inventoryOf(scene, account);
  const depthPpm = scene.depthPpmAt(nowMs);
  const minutesToUnload = (assetIndex: number, added: number): number => {
    const value = Math.abs((inventory[assetIndex] ?? 0) + added) * (latest[assetIndex] ?? 0);
    return value / Math.max(1, Number(scene.outside.perMinute(assetIndex, { depthPpm, impactPpm: terms.impactMaxPpm })));
  };
  const commands: Command[] = [];
  for (const offer of offers) {
    if (free <= 0n || commands.length >= BIDS_MAX) break;
    const worth = worthTo(offer, seen, latest);
    if (worth === null) continue;
    const margin = mulDivDown(offer.notional, BigInt(terms.edgePpm + terms.impactMaxPpm), 1_000_000n);
    const limit = worth - margin - riskOf(offer, seen, earlier, minutesToUnload);
    if (limit < offer.reserve) continue;
    const need = mulDivDown(offer.notional, MARGIN_PPM, 1_000_000n) + (limit > offer.value ? limit - offer.value : 0n);
    const affordable = mulDivDown(free, 1_000_000n, need > 0n ? need : 1n);
    const sizePpm = Number(affordable < 1_000_000n ? affordable : 1_000_000n);
    if (sizePpm < SMALLEST_BID_PPM) continue;
    free -= mulDivDown(need, BigInt(sizePpm), 1_000_000n);
    for (const position of offer.positions)
      inventory[position.assetIndex] = (inventory[position.assetIndex] ?? 0) + (position.lots * sizePpm) / 1e6;
    commands.push(
      scene.world.sign(owner, { kind: 'bid', account, liquidated: offer.account, sizePpm: ppm(sizePpm), limit: ticks(limit) }),
    );
  }
  return commands;
}

/** What the positions would lose if the market went on as in the last minute, on average until they are unloaded. */
function riskOf(
  offer: Offer,
  seen: readonly number[],
  earlier: readonly number[],
  minutesToUnload: (assetIndex: number, lots: number) => number,
): bigint {
  let risk = 0n;
  for (const { assetIndex, lots: held } of offer.positions) {
    const was = earlier[assetIndex] ?? 0;
    const is = seen[assetIndex] ?? 0;
    const heldMilliminutes = BigInt(Math.round(Math.min(minutesToUnload(assetIndex, held), UNLOAD_MINUTES_MAX) * 500));
    if (was > 0) risk += mulDivDown(BigInt(Math.abs(held)) * BigInt(Math.abs(is - was)), heldMilliminutes, 1_000n);
  }
  return risk;
}

/** Lots held by asset. */
function inventoryOf(scene: KeeperScene, account: AccountId): number[] {
  const inventory = scene.instruments.map(() => 0);
  for (const { instrument, lots: held } of positionsOf(scene.world.engine.state, account))
    inventory[scene.instruments.indexOf(instrument)] = held;
  return inventory;
}

/** Value of an offer at the marks the keeper has seen; null when one of them is missing. */
function worthTo(offer: Offer, seen: readonly number[], latest: readonly number[]): bigint | null {
  let worth = offer.value;
  for (const position of offer.positions) {
    const was = seen[position.assetIndex] ?? 0;
    const is = latest[position.assetIndex] ?? 0;
    if (was === 0 || is === 0) return null;
    worth += BigInt(position.lots) * BigInt(was - is);
  }
  return worth;
}

/** Sells its positions, long or short, into the outside books as far as they take them at its price. */
function unload(
  scene: KeeperScene,
  input: { readonly account: AccountId; readonly terms: KeeperTerms; readonly nowMs: number },
): readonly Command[] {
  const { account, terms, nowMs } = input;
  const { world, outside, crowd } = scene;
  const marks = scene.marksAt(nowMs);
  const depthPpm = scene.depthPpmAt(nowMs);
  const commands: Command[] = [];
  for (const position of positionsOf(world.engine.state, account)) {
    const assetIndex = scene.instruments.indexOf(position.instrument);
    const mark = marks[assetIndex] ?? 0;
    if (mark === 0) continue;
    const room = outside.room(assetIndex, { nowMs, depthPpm, impactPpm: terms.impactMaxPpm });
    const size = Math.min(Math.abs(position.lots), Number(mulDivDown<bigint>(room, 1n, BigInt(mark))));
    if (size === 0) continue;
    const value = ticks(BigInt(size) * BigInt(mark));
    const concession = Number(mulDivDown<bigint>(outside.take(assetIndex, { nowMs, depthPpm, value }), 1n, BigInt(size)));
    const [buyer, seller] = position.lots > 0 ? [crowd, account] : [account, crowd];
    const price = position.lots > 0 ? mark - concession : mark + concession;
    commands.push(
      world.sign(VENUE_OPERATOR, {
        kind: 'trade',
        instrument: position.instrument,
        buyer,
        seller,
        lots: lots(size),
        price: ticksPerLot(price),
        cosigner: null,
      }),
    );
  }
  return commands;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
