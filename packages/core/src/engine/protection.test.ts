import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cashOf } from '../ledger/accountStore.ts';
import { checkConservation } from '../ledger/recount.ts';
import { type AccountId, amount, ownerId, ppm, ticks } from '../numeric/brand.ts';
import { encodeCanonical } from '../wire/canonical.ts';
import { figuresOf, saleValueOf } from './healthOf.ts';
import type { Protection } from './state.ts';
import { createEngineWorld, deposit, type EngineWorld, ETH, MAIN, trade, type Unsigned, USD } from './testing/engineWorld.ts';
import { eventsOf, mustPass } from './testing/inspect.ts';
import { bidFor, DOLLAR, openIn, quotes } from './testing/market.ts';

const cash = (world: EngineWorld, account: AccountId): bigint => cashOf(world.engine.state.ledger.accounts, account);
const initial = (world: EngineWorld, account: AccountId): bigint =>
  figuresOf(world.engine.view, account, world.engine.view.scanned).healthInitial;
const protect = (account: AccountId, protection: Protection | null): Unsigned => ({
  kind: 'setProtection',
  actor: ownerId(101),
  account,
  protection,
});

/** A long of 30 ETH with 1,000 dollars, a sibling of the same owner with `spare`, and a short. */
function protectedLong(
  spare: bigint,
  protection: (sibling: AccountId) => Protection,
): { readonly world: EngineWorld; readonly long: AccountId; readonly sibling: AccountId; readonly short: AccountId } {
  const world = createEngineWorld({ interestFree: true });
  const long = openIn(world, 101, MAIN, 'portfolio');
  const sibling = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 1_000n * DOLLAR),
      deposit(short, USD, 50_000n * DOLLAR),
      trade(long, short, 30_000, 200),
      deposit(sibling, USD, spare),
      protect(long, protection(sibling)),
    ]),
  );
  return { world, long, sibling, short };
}

describe('top-up', () => {
  it('moves exactly what is missing to initial margin, and nothing while nothing is missing', () => {
    const { world, long, sibling } = protectedLong(2_000n * DOLLAR, (account) => ({
      kind: 'topUp',
      sibling: account,
      dailyCap: ticks(1_000n * DOLLAR),
    }));
    expect(eventsOf(world.priced(200), 'toppedUp')).toEqual([]);
    const block = world.priced(184);
    const [moved] = eventsOf(block, 'toppedUp');
    expect(initial(world, long)).toBe(0n);
    expect(moved?.amount).toBe(2_000n * DOLLAR - cash(world, sibling));
    expect(moved?.legs).toEqual([
      { place: 'cash', account: sibling, amount: -(moved?.amount ?? 0n) },
      { place: 'cash', account: long, amount: moved?.amount },
    ]);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });

  it('stops at the daily cap to the tick, and has it again a day later', () => {
    const cap = 10n * DOLLAR + 7n;
    const { world, long } = protectedLong(2_000n * DOLLAR, (account) => ({
      kind: 'topUp',
      sibling: account,
      dailyCap: ticks(cap),
    }));
    expect(eventsOf(world.priced(184), 'toppedUp').map((event) => event.amount)).toEqual([cap]);
    expect(eventsOf(world.priced(184), 'toppedUp')).toEqual([]);
    expect(world.engine.state.protections.get(long)?.movedInWindow).toBe(cap);
    for (let hours = 0; hours < 23; hours += 1) expect(eventsOf(world.priced(184, [], 3_600_000), 'toppedUp')).toEqual([]);
    expect(eventsOf(world.priced(184, [], 3_600_000), 'toppedUp').map((event) => event.amount)).toEqual([cap]);
  });

  it('leaves the sibling at or above initial margin, and takes no more cash than it has', () => {
    const { world, sibling, short } = protectedLong(400n * DOLLAR, (account) => ({
      kind: 'topUp',
      sibling: account,
      dailyCap: ticks(100_000n * DOLLAR),
    }));
    mustPass(world.priced(200, [trade(sibling, short, 10_000, 200)]));
    // Its position has no cash to give away: the cash column is negative by its notional.
    expect(eventsOf(world.priced(184), 'toppedUp')).toEqual([]);
    mustPass(world.priced(184, [deposit(sibling, USD, 3_000n * DOLLAR)]));
    expect(initial(world, sibling)).toBeGreaterThanOrEqual(0n);
    expect(cash(world, sibling)).toBeGreaterThanOrEqual(0n);
  });

  it('leaves an overcollateralized sibling at or above initial margin also where its settlement asset is above par', () => {
    const world = createEngineWorld({ interestFree: true });
    const weak = openIn(world, 101, MAIN, 'overcollateralized');
    const sibling = openIn(world, 101, MAIN, 'overcollateralized');
    const lender = openIn(world, 102, MAIN, 'portfolio');
    const borrow = (account: AccountId, size: bigint): Unsigned => ({
      kind: 'borrow',
      actor: ownerId(101),
      account,
      asset: USD,
      amount: amount(size),
    });
    mustPass(
      world.priced(200, [
        deposit(lender, USD, 10_000n * DOLLAR),
        { kind: 'supply', actor: ownerId(102), account: lender, asset: USD, amount: amount(10_000n * DOLLAR) },
        deposit(weak, ETH, 10_000_000_000n),
        deposit(sibling, ETH, 1_000_000_000n),
        borrow(weak, 1_300n * DOLLAR),
        { kind: 'withdraw', actor: ownerId(101), account: weak, asset: USD, amount: amount(1_300n * DOLLAR) },
        borrow(sibling, 130n * DOLLAR),
        protect(weak, { kind: 'topUp', sibling, dailyCap: ticks(100_000n * DOLLAR) }),
      ]),
    );
    const block = world.block(quotes(world.engine.state.timeMs + 15_000, { usd: 1.04, eth: 180 }), 15_000);
    expect(eventsOf(block, 'toppedUp')).toHaveLength(1);
    expect(initial(world, sibling)).toBeGreaterThanOrEqual(0n);
  });

  it('is gone when its owner takes it back', () => {
    const { world, long } = protectedLong(2_000n * DOLLAR, (account) => ({
      kind: 'topUp',
      sibling: account,
      dailyCap: ticks(1_000n * DOLLAR),
    }));
    mustPass(world.block([protect(long, null)]));
    expect(eventsOf(world.priced(184), 'toppedUp')).toEqual([]);
  });
});

describe('a voluntary slice', () => {
  it('is sold below initial margin at no less than the owner’s limit, without a fee; unfilled, nothing happens', () => {
    const { world, long } = protectedLong(1n, () => ({ kind: 'slice', sizePpm: ppm(300_000), limitPpm: ppm(980_000) }));
    const keeper = openIn(world, 103, MAIN, 'portfolio');
    mustPass(world.priced(200, [deposit(keeper, USD, 50_000n * DOLLAR)]));
    const opened = world.priced(184);
    expect(eventsOf(opened, 'auctionOpened')).toMatchObject([{ auction: { account: long, stage: 'voluntary' } }]);
    expect(saleValueOf(world.engine.view, long)).toBe(520n * DOLLAR);
    // 98 % of 520 is 509.6: a bid one tick below it is not taken.
    const low = mustPass(world.priced(184, [bidFor({ owner: 103, account: keeper }, long, 509_600_000n - 1n)]));
    expect(eventsOf(low, 'sliceSold')).toEqual([]);
    const fair = mustPass(world.priced(184, [bidFor({ owner: 103, account: keeper }, long, 509_600_000n)]));
    expect(eventsOf(fair, 'sliceSold')).toMatchObject([
      { account: long, taker: keeper, layer: 'protection', fractionPpm: 300_000, price: 152_880_000n, fee: 0n },
    ]);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });

  it('ends when the account is above initial margin again', () => {
    const { world, long } = protectedLong(1n, () => ({ kind: 'slice', sizePpm: ppm(300_000), limitPpm: ppm(980_000) }));
    world.priced(184);
    const back = world.priced(200);
    expect(eventsOf(back, 'auctionClosed')).toMatchObject([{ account: long, reason: 'withdrawn' }]);
  });

  it('asks each of several takers for his part of one price: nobody pays more than his limit for what he takes', () => {
    const { world, long } = protectedLong(1n, () => ({ kind: 'slice', sizePpm: ppm(600_000), limitPpm: ppm(900_000) }));
    const owners = [103, 104, 105];
    const keepers = owners.map((owner) => openIn(world, owner, MAIN, 'portfolio'));
    mustPass(
      world.priced(
        200,
        keepers.map((account) => deposit(account, USD, 50_000n * DOLLAR)),
      ),
    );
    world.priced(184);
    const value = saleValueOf(world.engine.view, long);
    const block = mustPass(
      world.priced(
        184,
        keepers.map((account, index) => bidFor({ owner: owners[index] ?? 0, account }, long, value, 200_000)),
      ),
    );
    const sold = eventsOf(block, 'sliceSold');
    expect(sold.length).toBe(3);
    let left = 1_000_000;
    for (const { price, markValue, fractionPpm } of sold) {
      // Of the whole that was offered a fifth each; the price of it is that of the clearing, the rounding at most a millionth of it.
      const part = Math.floor((fractionPpm * left) / 1_000_000);
      expect(part).toBeGreaterThanOrEqual(199_998);
      expect(part).toBeLessThanOrEqual(200_000);
      expect(Number(price)).toBeLessThanOrEqual(Number(value) * 0.2 + 2);
      expect(Number(markValue)).toBeGreaterThan(Number(value) * 0.199998);
      left -= part;
    }
  });

  it('goes to equal bids by size, the last millionths in order of a hash of the previous block and the bidder', () => {
    const { world, long } = protectedLong(1n, () => ({ kind: 'slice', sizePpm: ppm(20_002), limitPpm: ppm(980_000) }));
    const owners = [103, 104, 105];
    const keepers = owners.map((owner) => openIn(world, owner, MAIN, 'portfolio'));
    mustPass(
      world.priced(
        200,
        keepers.map((account) => deposit(account, USD, 50_000n * DOLLAR)),
      ),
    );
    world.priced(184);
    const lucky = new Set<AccountId | undefined>();
    for (let round = 0; round < 8 && initial(world, long) < 0n; round += 1) {
      const { previousHash } = world.engine.state;
      const drawn = [...keepers].sort((a, b) => (tieHash(previousHash, a) < tieHash(previousHash, b) ? -1 : 1));
      const value = saleValueOf(world.engine.view, long);
      const block = mustPass(
        world.priced(
          184,
          keepers.map((account, index) => bidFor({ owner: owners[index] ?? 0, account }, long, value, 100_000)),
        ),
      );
      const sold = eventsOf(block, 'sliceSold');
      // 20,002 in three equal parts: 6,667 each, and the odd one to whoever is drawn first; a slice is of what the ones before left.
      expect(sold.map((event) => event.taker)).toEqual(keepers);
      let left = 1_000_000;
      for (const { taker, fractionPpm } of sold) {
        const part = taker === drawn[0] ? 6_668 : 6_667;
        expect(fractionPpm).toBe(Math.floor((part * 1_000_000) / left));
        left -= Math.floor((fractionPpm * left) / 1_000_000);
      }
      lucky.add(drawn[0]);
    }
    // The draw is new in every block.
    expect(lucky.size).toBeGreaterThan(1);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });
});

/** The first eight bytes of SHA-256 over the canonical bytes of [previous hash, bidder], as the rule says. */
function tieHash(previousHash: Uint8Array, bidder: AccountId): bigint {
  const bytes = encodeCanonical([previousHash, bidder]);
  return createHash('sha256').update(bytes).digest().readBigUInt64BE(0);
}
