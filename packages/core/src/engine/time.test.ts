import { describe, expect, it } from 'vitest';
import { cashOf, loanSharesOf } from '../ledger/accountStore.ts';
import { holdingsOf } from '../ledger/ledger.ts';
import { debtValue, supplyValue } from '../ledger/lendingPool.ts';
import { checkConservation } from '../ledger/recount.ts';
import {
  type AccountId,
  accountId,
  amount,
  durationMs,
  instrumentId,
  ownerId,
  ppm,
  price,
  timeMs,
  underlyingId,
  venueId,
} from '../numeric/brand.ts';
import { figuresOf } from './healthOf.ts';
import { accountCount, debtSharesOf, lotsOf, poolOf, supplySharesOf } from './lookup.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  ETH,
  ETH_PERP,
  GOVERNOR,
  MAIN,
  START_MS,
  trade,
  type Unsigned,
  USD,
  VENUE,
} from './testing/engineWorld.ts';
import { eventsOf, mustPass, rejectionOf } from './testing/inspect.ts';
import { DOLLAR, fillAt, openIn, perpetualRisk } from './testing/market.ts';

const FUTURE = instrumentId(1);
const EXPIRY = timeMs(START_MS + 2 * 3_600_000);
const HALF_HOUR = 1_800_000;

const equity = (world: EngineWorld, account: AccountId): bigint =>
  figuresOf(world.engine.view, account, world.engine.view.scanned).equity;
const cash = (world: EngineWorld, account: AccountId): bigint => cashOf(world.engine.state.ledger.accounts, account);
const whole = (world: EngineWorld): void => expect(checkConservation(world.engine.state.ledger)).toEqual([]);

function accounts(world: EngineWorld, count: number): readonly AccountId[] {
  return Array.from({ length: count }, (_, index) => openIn(world, 101 + index, MAIN, 'portfolio'));
}

function listFuture(strike: bigint | null = null): Unsigned {
  const form =
    strike === null
      ? { kind: 'future' as const, expiryMs: EXPIRY }
      : { kind: 'option' as const, expiryMs: EXPIRY, strike: price(strike), right: 'call' as const };
  return {
    kind: 'listInstrument',
    actor: GOVERNOR,
    underlying: null,
    group: null,
    terms: { id: FUTURE, symbol: 'ETH-X', group: MAIN, underlying: underlyingId(0), lotUnits: 1_000_000n, form },
    risk: perpetualRisk(FUTURE),
  };
}

describe('funding', () => {
  it('sums to zero to the unit over all accounts, in both directions, and no row is touched by it', () => {
    const world = createEngineWorld({ interestFree: true });
    const [a, b, c] = accounts(world, 3) as [AccountId, AccountId, AccountId];
    mustPass(
      world.priced(200, [
        ...[a, b, c].map((account) => deposit(account, USD, 100_000n * DOLLAR)),
        trade(a, b, 7_001, 200),
        trade(c, b, 333, 200),
      ]),
    );
    for (const premium of [3_000, -2_500, 777]) {
      const before = [a, b, c].map((account) => cash(world, account));
      let moved = 0;
      for (let i = 0; i < 90; i += 1) {
        const at = timeMs(world.engine.state.timeMs + 61_000);
        const block = world.priced(
          200,
          [
            {
              kind: 'reportPremiums',
              actor: VENUE,
              venue: venueId(0),
              premiums: [{ instrument: ETH_PERP, premiumPpm: ppm(premium), publishTimeMs: at }],
            },
          ],
          61_000,
        );
        moved += eventsOf(block, 'instrumentUpdated').filter((event) => event.cause === 'funding').length;
      }
      expect(moved).toBe(90);
      expect([a, b, c].map((account) => cash(world, account))).toEqual(before);
      expect(equity(world, a) + equity(world, b) + equity(world, c)).toBe(300_000n * DOLLAR);
      const { funding } = world.engine.state.instruments[ETH_PERP] ?? { funding: { index: 0 } };
      expect(funding.index).not.toBe(0);
    }
    // Everybody closes: funding has become cash, and all of it is there.
    const mark = world.engine.state.instruments[ETH_PERP];
    expect(mark).toBeDefined();
    mustPass(world.block([trade(b, a, 7_001, 200), trade(b, c, 333, 200)]));
    expect(cash(world, a) + cash(world, b) + cash(world, c)).toBe(300_000n * DOLLAR);
    whole(world);
  });

  it('is averaged over the window that the terms of the perpetual name', () => {
    const world = createEngineWorld({ interestFree: true });
    const quick = instrumentId(ETH_PERP + 1);
    mustPass(
      world.block([
        {
          kind: 'listInstrument',
          actor: GOVERNOR,
          underlying: null,
          group: null,
          terms: {
            id: quick,
            symbol: 'ETH-10M',
            group: MAIN,
            underlying: underlyingId(0),
            lotUnits: 1_000_000n,
            form: { kind: 'perpetual', fundingWindowMs: durationMs(600_000) },
          },
          risk: perpetualRisk(quick),
        },
      ]),
    );
    for (let minute = 0; minute < 25; minute += 1) {
      const at = timeMs(world.engine.state.timeMs + 61_000);
      const premiums = [ETH_PERP, quick].map((instrument) => ({ instrument, premiumPpm: ppm(2_000), publishTimeMs: at }));
      world.priced(200, [{ kind: 'reportPremiums', actor: VENUE, venue: venueId(0), premiums }], 61_000);
    }
    // An hour is not over, so nothing of it is known yet; two windows of ten minutes are.
    expect(world.engine.state.instruments[ETH_PERP]?.funding.rate).toBe(0n);
    expect(world.engine.state.instruments[quick]?.funding.rate).toBeGreaterThan(0n);
  });

  it('is not charged for time in which the feed had no usable price', () => {
    const world = createEngineWorld({ interestFree: true });
    const at = timeMs(world.engine.state.timeMs + 15_000);
    world.priced(200, [
      {
        kind: 'reportPremiums',
        actor: VENUE,
        venue: venueId(0),
        premiums: [{ instrument: ETH_PERP, premiumPpm: ppm(5_000), publishTimeMs: at }],
      },
    ]);
    world.priced(200, [], 300_000);
    world.block([], 3_700_000);
    expect(world.engine.state.feeds[1]?.quality).toBe('stale');
    const index = world.engine.state.instruments[ETH_PERP]?.funding.index;
    world.block([], 3_600_000);
    world.block([], 3_600_000);
    expect(world.engine.state.instruments[ETH_PERP]?.funding.index).toBe(index);
  });
});

describe('expiry', () => {
  it('with a complete window settles longs against shorts at the time average, exactly', () => {
    const world = createEngineWorld({ interestFree: true });
    const [a, b, c, d] = accounts(world, 4) as [AccountId, AccountId, AccountId, AccountId];
    mustPass(world.block([listFuture()]));
    mustPass(
      world.priced(200, [
        ...[a, b, c, d].map((account) => deposit(account, USD, 10_000n * DOLLAR)),
        fillAt(FUTURE, { buyer: a, seller: b }, 5_000, 200_000),
        fillAt(FUTURE, { buyer: c, seller: d }, 300, 200_000),
        fillAt(FUTURE, { buyer: c, seller: b }, 77, 200_000),
      ]),
    );
    world.priced(200, [], EXPIRY - HALF_HOUR - world.engine.state.timeMs);
    world.priced(210, [], 600_000);
    world.priced(220, [], 600_000);
    // The last ten minutes are held at 220: (200 + 210 + 220) / 3.
    const block = world.priced(500, [], 600_000);
    expect(world.engine.state.instruments[FUTURE]).toMatchObject({ status: 'settled', finalPrice: 210_000 });
    expect(eventsOf(block, 'positionSettled').reduce((sum, event) => sum + event.lots, 0)).toBe(5_377);
    expect([a, b, c, d].map((account) => lotsOf(world.engine.state, account, FUTURE))).toEqual([0, 0, 0, 0]);
    expect([a, b, c, d].map((account) => cash(world, account) - 10_000n * DOLLAR)).toEqual([
      5_000n * 10_000n,
      -5_077n * 10_000n,
      377n * 10_000n,
      -300n * 10_000n,
    ]);
    whole(world);
  });

  it('with an invalid index waits, reduce-only, until its window is complete', () => {
    const world = createEngineWorld({ interestFree: true });
    const [a, b] = accounts(world, 2) as [AccountId, AccountId];
    mustPass(world.block([listFuture()]));
    mustPass(
      world.priced(200, [
        deposit(a, USD, 10_000n * DOLLAR),
        deposit(b, USD, 10_000n * DOLLAR),
        fillAt(FUTURE, { buyer: a, seller: b }, 1_000, 200_000),
      ]),
    );
    world.block([], EXPIRY - HALF_HOUR - world.engine.state.timeMs);
    expect(world.engine.state.feeds[1]?.quality).toBe('stale');
    world.block([], HALF_HOUR);
    expect(world.engine.state.instruments[FUTURE]).toMatchObject({ status: 'reduceOnly', finalPrice: null });
    world.priced(190, [], 1_000);
    expect(rejectionOf(world, fillAt(FUTURE, { buyer: a, seller: b }, 1, 190_000))?.code).toBe('reduceOnly');
    expect(rejectionOf(world, fillAt(FUTURE, { buyer: b, seller: a }, 1, 190_000))).toBeNull();
    world.priced(191, [], HALF_HOUR - 1);
    expect(world.engine.state.instruments[FUTURE]?.status).toBe('reduceOnly');
    world.priced(191, [], 1);
    // One millisecond at 191, the rest at 190: nearest nano-dollar, then nearest tick.
    expect(world.engine.state.instruments[FUTURE]).toMatchObject({ status: 'settled', finalPrice: 190_000 });
    expect(cash(world, a)).toBe(9_990n * DOLLAR);
    whole(world);
  });

  it('settles a call at what it pays: nothing below the strike, the difference above', () => {
    for (const [final, paid] of [
      [190, 0],
      [215, 15_000],
    ] as const) {
      const world = createEngineWorld({ interestFree: true });
      const [a, b] = accounts(world, 2) as [AccountId, AccountId];
      mustPass(world.block([listFuture(200_000_000_000n)]));
      mustPass(
        world.priced(200, [
          deposit(a, USD, 10_000n * DOLLAR),
          deposit(b, USD, 10_000n * DOLLAR),
          fillAt(FUTURE, { buyer: a, seller: b }, 1_000, 9_000),
        ]),
      );
      world.priced(final, [], EXPIRY - HALF_HOUR - world.engine.state.timeMs);
      world.priced(final, [], HALF_HOUR);
      expect(world.engine.state.instruments[FUTURE]?.finalPrice).toBe(paid);
      expect(cash(world, a)).toBe(10_000n * DOLLAR - 9_000n * 1_000n + BigInt(paid) * 1_000n);
      whole(world);
    }
  });

  it('a settlement sweep is bounded per block, and nobody’s equity depends on when his turn comes', () => {
    const world = createEngineWorld({ interestFree: true, budget: { settlements: 3 } });
    const all = accounts(world, 12);
    mustPass(world.block([listFuture()]));
    mustPass(
      world.priced(
        200,
        all.map((account) => deposit(account, USD, 10_000n * DOLLAR)),
      ),
    );
    mustPass(
      world.priced(
        200,
        all.slice(0, 6).map((buyer, index) => fillAt(FUTURE, { buyer, seller: all[index + 6] ?? buyer }, 1_000 + index, 200_000)),
      ),
    );
    world.priced(205, [], EXPIRY - HALF_HOUR - world.engine.state.timeMs);
    const settledIn: number[] = [eventsOf(world.priced(205, [], HALF_HOUR), 'positionSettled').length];
    const after = all.map((account) => equity(world, account));
    for (let i = 0; i < 4; i += 1) {
      settledIn.push(eventsOf(world.priced(300), 'positionSettled').length);
      expect(all.map((account) => equity(world, account))).toEqual(after);
    }
    expect(settledIn.slice(0, 3)).toEqual([3, 3, 0]);
    expect(after.slice(0, 6)).toEqual([0n, 1n, 2n, 3n, 4n, 5n].map((extra) => 10_000n * DOLLAR + (1_000n + extra) * 5_000n));
    whole(world);
  });
});

describe('wind-down', () => {
  it('of an instrument: reduce-only at once, settled at the average of its last half hour after the timelock', () => {
    const world = createEngineWorld({ interestFree: true });
    const [a, b] = accounts(world, 2) as [AccountId, AccountId];
    mustPass(world.priced(200, [deposit(a, USD, 10_000n * DOLLAR), deposit(b, USD, 10_000n * DOLLAR), trade(a, b, 1_000, 200)]));
    mustPass(world.block([{ kind: 'windDownInstrument', actor: GOVERNOR, instrument: ETH_PERP }]));
    const settles = world.engine.state.instruments[ETH_PERP]?.settlesAtMs ?? 0;
    expect(settles).toBe(world.engine.state.timeMs + 3_600_000);
    expect(rejectionOf(world, trade(a, b, 1, 200))?.code).toBe('reduceOnly');
    expect(rejectionOf(world, trade(b, a, 1, 200))).toBeNull();
    world.priced(190, [], settles - HALF_HOUR - world.engine.state.timeMs);
    world.priced(190, [], HALF_HOUR - 1);
    expect(world.engine.state.instruments[ETH_PERP]?.status).toBe('reduceOnly');
    world.priced(190, [], 1);
    expect(world.engine.state.instruments[ETH_PERP]).toMatchObject({ status: 'settled', finalPrice: 190_000 });
    expect([cash(world, a), cash(world, b)]).toEqual([9_990n * DOLLAR, 10_010n * DOLLAR]);
    whole(world);
  });

  it('of an asset: nothing new comes in, its price is frozen at the end, and its holders take it out afterwards', () => {
    const world = createEngineWorld({ interestFree: true });
    const [a] = accounts(world, 1) as [AccountId];
    mustPass(world.priced(200, [deposit(a, ETH, 2_000_000_000n)]));
    mustPass(world.block([{ kind: 'windDownAsset', actor: GOVERNOR, asset: ETH }]));
    expect(rejectionOf(world, deposit(a, ETH, 1n))?.code).toBe('assetWindingDown');
    const end = world.engine.state.assets[ETH]?.windsDownAtMs ?? 0;
    world.priced(180, [], end - HALF_HOUR - world.engine.state.timeMs);
    world.priced(180, [], HALF_HOUR);
    expect(world.engine.state.assets[ETH]).toMatchObject({ status: 'final', finalPrice: 180_000_000_000n });
    world.priced(500);
    expect(equity(world, a)).toBe(360n * DOLLAR);
    expect(
      rejectionOf(world, { kind: 'withdraw', actor: ownerId(101), account: a, asset: ETH, amount: amount(2_000_000_000n) }),
    ).toBeNull();
  });

  it('of an asset does not tie its holders to its dead feed: a final price is a price', () => {
    const world = createEngineWorld({ interestFree: true });
    const [a, b] = accounts(world, 2) as [AccountId, AccountId];
    mustPass(
      world.priced(200, [
        deposit(a, ETH, 2_000_000_000n),
        deposit(b, USD, 1_000n * DOLLAR),
        { kind: 'supply', actor: ownerId(102), account: b, asset: USD, amount: amount(500n * DOLLAR) },
      ]),
    );
    mustPass(
      world.block([
        { kind: 'borrow', actor: ownerId(101), account: a, asset: USD, amount: amount(10n * DOLLAR) },
        { kind: 'windDownAsset', actor: GOVERNOR, asset: ETH },
      ]),
    );
    const end = world.engine.state.assets[ETH]?.windsDownAtMs ?? 0;
    world.priced(180, [], end - HALF_HOUR - world.engine.state.timeMs);
    world.priced(180, [], HALF_HOUR);
    for (let i = 0; i < 3; i += 1)
      world.block(
        [
          {
            kind: 'reportPrices',
            actor: ownerId(4),
            source: 0 as never,
            prices: [
              {
                feed: 0 as never,
                price: price(1_000_000_000n),
                confidencePpm: ppm(0),
                publishTimeMs: timeMs(world.engine.state.timeMs + 1_800_000),
              },
            ],
          },
        ],
        1_800_000,
      );
    expect(world.engine.state.feeds[1]?.quality).toBe('stale');
    expect(
      rejectionOf(world, { kind: 'withdraw', actor: ownerId(101), account: a, asset: ETH, amount: amount(1_000_000_000n) }),
    ).toBeNull();
  });
});

describe('lending', () => {
  it('charges nothing for the time in which nobody owed anything', () => {
    const world = createEngineWorld();
    const [lender, borrower] = accounts(world, 2) as [AccountId, AccountId];
    mustPass(
      world.priced(200, [
        deposit(lender, USD, 1_000n * DOLLAR),
        { kind: 'supply', actor: ownerId(101), account: lender, asset: USD, amount: amount(1_000n * DOLLAR) },
        deposit(borrower, ETH, 100_000_000_000n),
      ]),
    );
    world.priced(200, [], 365 * 86_400_000);
    mustPass(
      world.priced(200, [{ kind: 'borrow', actor: ownerId(102), account: borrower, asset: USD, amount: amount(800n * DOLLAR) }]),
    );
    world.priced(200, [], 1);
    const owed = debtValue(poolOf(world.engine.state, USD), debtSharesOf(world.engine.state, borrower, USD));
    // Four per cent of 800 in a year are a thousandth of a unit in a millisecond; a debt rounds up.
    expect(owed - 800n * DOLLAR).toBe(1n);
    whole(world);
  });

  it('accrues interest by index: debts up, supplies down, the pool never short', () => {
    const world = createEngineWorld();
    const [lender, borrower] = accounts(world, 2) as [AccountId, AccountId];
    mustPass(
      world.priced(200, [
        deposit(lender, USD, 10_000n * DOLLAR),
        { kind: 'supply', actor: ownerId(101), account: lender, asset: USD, amount: amount(10_000n * DOLLAR) },
        deposit(borrower, ETH, 100_000_000_000n),
        { kind: 'borrow', actor: ownerId(102), account: borrower, asset: USD, amount: amount(8_000n * DOLLAR) },
      ]),
    );
    world.priced(200, [], 3_600_000);
    // At the kink: 4 % a year on 8,000 for an hour, of which suppliers get nine tenths.
    const pool = poolOf(world.engine.state, USD);
    const owed = debtValue(pool, debtSharesOf(world.engine.state, borrower, USD));
    const interest = owed - 8_000n * DOLLAR;
    expect(interest).toBe(36_530n);
    const earned = supplyValue(pool, supplySharesOf(world.engine.state, lender, USD)) - 10_000n * DOLLAR;
    expect(earned).toBe(32_876n);
    expect(earned).toBeLessThanOrEqual((interest * 9n) / 10n);
    expect(holdingsOf(world.engine.state.ledger, USD)).toBe(10_000n * DOLLAR);
    whole(world);
  });

  it('a cash loan is sized on settled cash: a long perpetual with a negative cash column pays nothing while it is above water', () => {
    const world = createEngineWorld();
    const [long, short] = accounts(world, 2) as [AccountId, AccountId];
    mustPass(
      world.priced(200, [
        deposit(long, USD, 1_000n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        trade(long, short, 20_000, 200),
      ]),
    );
    expect(cash(world, long)).toBe(-3_000n * DOLLAR);
    world.priced(190, [], 600_000);
    world.priced(190, [], 600_000);
    expect(loanSharesOf(world.engine.state.ledger.accounts, long)).toBe(0n);
    expect(equity(world, long)).toBe(800n * DOLLAR);
  });

  it('a cash loan is the settled cash that is missing, and is gone when it is paid back', () => {
    const world = createEngineWorld();
    const [long, short] = accounts(world, 2) as [AccountId, AccountId];
    mustPass(
      world.priced(200, [
        deposit(long, ETH, 20_000_000_000n),
        deposit(short, USD, 10_000n * DOLLAR),
        trade(long, short, 5_000, 200),
      ]),
    );
    expect(loanSharesOf(world.engine.state.ledger.accounts, long)).toBe(0n);
    world.priced(190);
    expect(world.engine.state.ledger.accounts.loanPrincipal[long]).toBe(50n * DOLLAR);
    world.priced(195, [], 3_600_000);
    expect(world.engine.state.ledger.accounts.loanPrincipal[long]).toBe(25n * DOLLAR + 3_653n);
    mustPass(world.priced(195, [deposit(long, USD, 100n * DOLLAR)]));
    expect(loanSharesOf(world.engine.state.ledger.accounts, long)).toBe(0n);
    for (let row = 0; row < accountCount(world.engine.state); row += 1)
      expect(equity(world, accountId(row))).toBeGreaterThanOrEqual(0n);
    whole(world);
  });
});
