/** Trades, price and premium reports, and bids. */

import { groupIdOf, holdingOf, lotsOf, markTicksOf, ownerOf, saleValueOf } from '@plimsoll/core/engine';
import { isOpen } from '@plimsoll/core/ledger';
import {
  type AccountId,
  absNumber,
  feedId,
  instrumentId,
  LOTS_MAX,
  type Lots,
  lots,
  minNumber,
  mulDivDown,
  ownerId,
  ppm,
  price,
  sourceId,
  TICKS_MAX,
  TICKS_PER_LOT_MAX,
  ticks,
  ticksPerLot,
  timeMs,
  venueId,
} from '@plimsoll/core/numeric';
import { FIRST_SOURCE, VENUE_OPERATOR } from '../worlds/createWorld.ts';
import { anyOf, chance, freeMargin, nth, oneIn, type Scene, wrongAccount } from './scene.ts';
import {
  ALT_PERP,
  BTC_PERP,
  COMPARTMENT,
  type Draft,
  ETH,
  ETH_PERP,
  ETH_SPOT,
  instrumentsOf,
  MAIN,
  SOURCES,
  STRANGER,
} from './simulatedWorld.ts';

/** A fill between two accounts of one group, near mark, for about what their free margin carries. */
export function draftTrade(scene: Scene): Draft | null {
  const { state, view } = scene.engine;
  const isAlt = oneIn(scene, 4);
  const group = isAlt ? COMPARTMENT : MAIN;
  const pool = isAlt
    ? scene.roster.isolated
    : chance(scene, 97)
      ? scene.roster.portfolio
      : [...scene.roster.portfolio, ...scene.roster.keepers];
  const buyer = anyOf(scene, pool);
  const seller = oneIn(scene, 60) ? wrongAccount(scene) : anyOf(scene, pool);
  if (buyer === null || seller === null) return null;
  if (!isAlt && oneIn(scene, 10)) return draftSpot(scene, buyer, seller);
  const instrument = scene.random.pick(instrumentsOf(group));
  const mark = markTicksOf(view, instrument);
  const size =
    seller < state.ledger.accounts.rowCount && isOpen(state.ledger.accounts, seller)
      ? sizeOf(scene, { buyer, seller, instrument, mark })
      : 1;
  const signed = oneIn(scene, 5);
  return {
    kind: 'trade',
    actor: oneIn(scene, 80) ? STRANGER : signed ? ownerOf(state, buyer) : VENUE_OPERATOR,
    instrument: oneIn(scene, 150) ? instrumentId(4_000) : instrument,
    buyer,
    seller: oneIn(scene, 80) ? buyer : seller,
    lots: edgeLots(scene, size),
    price: ticksPerLot(priceNear(scene, mark)),
    cosigner: signed && seller < state.ledger.accounts.rowCount ? ownerOf(state, seller) : null,
  };
}

interface Pair {
  readonly buyer: AccountId;
  readonly seller: AccountId;
  readonly instrument: typeof ETH_PERP;
  readonly mark: number;
}

/** A third of the time what closes one of the two; else a part of what the poorer one's free margin carries. */
function sizeOf(scene: Scene, { buyer, seller, instrument, mark }: Pair): number {
  const { state } = scene.engine;
  const bought = lotsOf(state, buyer, instrument);
  const sold = lotsOf(state, seller, instrument);
  if (bought < 0 && sold > 0 && oneIn(scene, 2)) return minNumber<number>(absNumber<number>(bought), sold);
  if (bought < 0 && oneIn(scene, 3)) return absNumber<number>(bought);
  if (sold > 0 && oneIn(scene, 3)) return sold;
  const a = freeMargin(scene, buyer);
  const b = freeMargin(scene, seller);
  const free = a < b ? a : b;
  if (free <= 0n || mark <= 0) return 1 + scene.random.integerBelow(20);
  const perLot = BigInt(Math.max(1, Math.floor((mark * 15) / 100)));
  const most = mulDivDown<bigint>(free, BigInt(scene.act.appetitePercent), perLot * 100n);
  const bounded = most > 100_000_000n ? 100_000_000 : Number(most);
  return Math.max(1, Math.floor(bounded * scene.random.nextFloat()));
}

function edgeLots(scene: Scene, size: number): Lots {
  if (!oneIn(scene, 40)) return lots(size);
  return lots(scene.random.pick([-1, 1, LOTS_MAX, LOTS_MAX + 1, 999_999_999, 1_000_000_001]) + (oneIn(scene, 6) ? 1 : 0));
}

function priceNear(scene: Scene, mark: number): number {
  if (oneIn(scene, 60)) return scene.random.pick([0, 1, -1, TICKS_PER_LOT_MAX, TICKS_PER_LOT_MAX + 1]);
  const awayPpm = chance(scene, 70) ? 3_000 : 40_000;
  const move = Math.floor((mark * (scene.random.integerBelow(2 * awayPpm) - awayPpm)) / 1_000_000);
  return Math.max(0, mark + move);
}

function draftSpot(scene: Scene, buyer: AccountId, seller: AccountId): Draft {
  const { state, view } = scene.engine;
  const held =
    seller < state.ledger.accounts.rowCount && isOpen(state.ledger.accounts, seller) ? holdingOf(state, seller, ETH) : 0n;
  const most = held > 0n ? Number(held / 1_000_000n) : 5_000;
  return {
    kind: 'trade',
    actor: VENUE_OPERATOR,
    instrument: ETH_SPOT,
    buyer,
    seller,
    lots: edgeLots(scene, 1 + scene.random.integerBelow(Math.max(1, Math.floor(most / 3)))),
    price: ticksPerLot(priceNear(scene, markTicksOf(view, ETH_SPOT))),
    cosigner: null,
  };
}

/** One report of one source: the true prices with a little noise; the liar's are anything. A dead feed is left out. */
export function draftReport(scene: Scene, source: number): Draft {
  const { random, act } = scene;
  const isLiar = source === SOURCES - 1;
  const prices = scene.prices.flatMap((nano, feed) => {
    if (feed === act.deadFeed || oneIn(scene, 150)) return [];
    const noise = isLiar ? random.integerBelow(1_200_000) - 600_000 : random.integerBelow(3_000) - 1_500;
    const told = mulDivDown(nano, 1_000_000n + BigInt(noise), 1_000_000n);
    const publishTimeMs = timeMs(
      scene.timeMs - (isLiar ? random.integerBelow(200_000) : random.integerBelow(1_500)) + (oneIn(scene, 300) ? 5_000 : 0),
    );
    const confidence = oneIn(scene, 80) ? random.pick([49_999, 50_000, 50_001, 999_999, 1_000_000]) : random.integerBelow(2_000);
    return [
      {
        feed: feedId(oneIn(scene, 500) ? 0 : feed),
        price: price(told > 0n ? told : 1n),
        confidencePpm: ppm(confidence),
        publishTimeMs,
      },
    ];
  });
  return {
    kind: 'reportPrices',
    actor: ownerId(FIRST_SOURCE + (oneIn(scene, 200) ? 0 : source)),
    source: sourceId(oneIn(scene, 300) ? 77 : source),
    prices,
  };
}

/** The venue's premiums: within the clamp, at its edge, or insane. */
export function draftPremiums(scene: Scene): Draft {
  const { random } = scene;
  const premiums = [ETH_PERP, BTC_PERP, ALT_PERP].map((instrument) => ({
    instrument,
    premiumPpm: ppm(oneIn(scene, 30) ? random.pick([50_000, 50_001, -999_999, 1_000_000]) : random.integerBelow(20_000) - 10_000),
    publishTimeMs: timeMs(scene.timeMs - random.integerBelow(1_000)),
  }));
  return {
    kind: 'reportPremiums',
    actor: oneIn(scene, 50) ? STRANGER : VENUE_OPERATOR,
    venue: venueId(oneIn(scene, 60) ? 9 : 0),
    premiums,
  };
}

/** A keeper's bid in an open auction: around its value, low, absurdly large, or for a millionth. */
export function draftBid(scene: Scene, liquidated: AccountId): Draft | null {
  const { state, view } = scene.engine;
  const group = state.auctions.get(liquidated)?.group ?? MAIN;
  const bidders =
    state.auctions.get(liquidated)?.wiped === true ? [...scene.roster.keepers, ...scene.roster.lenders] : scene.roster.keepers;
  const able = bidders.filter((account) => groupIdOf(state, account) === group);
  const account = oneIn(scene, 12) ? anyOf(scene, scene.roster.all) : anyOf(scene, able);
  if (account === null) return null;
  const value = saleValueOf(view, liquidated);
  const percent = BigInt(60 + scene.random.integerBelow(50));
  const around =
    value > 0n ? mulDivDown<bigint>(value, percent, 100n) : oneIn(scene, 2) ? 0n : mulDivDown<bigint>(value, percent, 200n);
  const limit = oneIn(scene, 40)
    ? scene.random.pick([nth(TICKS_MAX, 2n), nth(TICKS_MAX, 2n) + 1n, -nth(TICKS_MAX, 2n), 2n ** 61n])
    : around;
  const size = oneIn(scene, 30)
    ? scene.random.pick([0, 1, 1_000_001])
    : chance(scene, 60)
      ? 1_000_000
      : 1 + scene.random.integerBelow(1_000_000);
  return {
    kind: 'bid',
    actor: oneIn(scene, 60) ? STRANGER : ownerOf(state, account),
    account,
    liquidated: oneIn(scene, 60) ? account : liquidated,
    sizePpm: ppm(size),
    limit: ticks(limit),
  };
}
