import { describe, expect, it } from 'vitest';
import { cashOf } from '../ledger/accountStore.ts';
import { fundOf, holdingsOf } from '../ledger/ledger.ts';
import { supplyValue } from '../ledger/lendingPool.ts';
import { checkConservation } from '../ledger/recount.ts';
import {
  type AccountId,
  amount,
  instrumentId,
  ownerId,
  shares,
  type TimeMs,
  timeMs,
  trancheId,
  underlyingId,
} from '../numeric/brand.ts';
import { claimOf, outstandingClaims } from './claims.ts';
import { figuresOf, saleValueOf } from './healthOf.ts';
import { lotsOf, poolOf, supplySharesOf } from './lookup.ts';
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
} from './testing/engineWorld.ts';
import { eventsOf, mustPass, outcomes } from './testing/inspect.ts';
import { bidFor, DOLLAR, fillAt, openIn, perpetualRisk } from './testing/market.ts';

/** A long of 30 ETH at 200 with 1,000 dollars of equity against a short with 10,000. */
function longAgainstShort(world: EngineWorld = createEngineWorld({ interestFree: true })): {
  readonly world: EngineWorld;
  readonly long: AccountId;
  readonly short: AccountId;
  readonly keeper: AccountId;
} {
  const long = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  const keeper = openIn(world, 103, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 1_000n * DOLLAR),
      deposit(short, USD, 10_000n * DOLLAR),
      deposit(keeper, USD, 50_000n * DOLLAR),
      trade(long, short, 30_000, 200),
    ]),
  );
  return { world, long, short, keeper };
}

const cash = (world: EngineWorld, account: AccountId): bigint => cashOf(world.engine.state.ledger.accounts, account);
const fund = (world: EngineWorld, kind: 'insurance' | 'recovery' | 'socialised' | 'deficit' | 'protocol'): bigint =>
  fundOf(world.engine.state.ledger, MAIN, kind);
const equity = (world: EngineWorld, account: AccountId): bigint =>
  figuresOf(world.engine.view, account, world.engine.view.scanned).equity;
const whole = (world: EngineWorld): void => expect(checkConservation(world.engine.state.ledger)).toEqual([]);

function back(owner: number, account: AccountId, size: bigint): Unsigned {
  return { kind: 'fundBackstop', actor: ownerId(owner), tranche: trancheId(0), account, amount: amount(size) };
}

describe('deleveraging', () => {
  it('closes a bankrupt position at the bankruptcy price when its clock has run out, and leaves the account at exactly zero', () => {
    const { world, long, short } = longAgainstShort();
    const fall = world.priced(150);
    expect(equity(world, long)).toBe(-500n * DOLLAR);
    expect(eventsOf(fall, 'auctionStaged').at(-1)?.auction.stage).toBe('insolvent');
    expect(eventsOf(fall, 'groupGated').map((event) => event.unbacked)).toEqual([500n * DOLLAR]);
    const early = world.priced(150, [], 119_999);
    expect(eventsOf(early, 'deleveraged')).toEqual([]);
    const late = world.priced(150, [], 1);
    const [closed, ...others] = eventsOf(late, 'deleveraged');
    expect(others).toEqual([]);
    expect(closed).toMatchObject({ account: long, counterparty: short, lots: 30_000, price: 150_000, paid: 500n * DOLLAR });
    expect(cash(world, long)).toBe(0n);
    expect(equity(world, long)).toBe(0n);
    expect(lotsOf(world.engine.state, long, ETH_PERP)).toBe(0);
    // The short gained 1,500 and gave 500 of it back.
    expect(cash(world, short)).toBe(11_000n * DOLLAR);
    expect(eventsOf(late, 'groupGated').map((event) => event.unbacked)).toEqual([0n]);
    expect(world.engine.state.auctions.size).toBe(0);
    whole(world);
  });

  it('spreads over several counterparties so that lots and deficit both sum exactly', () => {
    const world = createEngineWorld({ interestFree: true });
    const { long } = longAgainstShort(world);
    const extra = [104, 105, 106].map((owner) => openIn(world, owner, MAIN, 'portfolio'));
    mustPass(
      world.priced(
        200,
        extra.map((account, index) => deposit(account, USD, BigInt(2_000 + 777 * index) * DOLLAR)),
      ),
    );
    mustPass(
      world.priced(
        200,
        extra.map((account, index) => trade(long, account, 7 + index, 200)),
      ),
    );
    world.priced(149);
    const late = world.priced(149, [], 120_000);
    const closed = eventsOf(late, 'deleveraged');
    const deficit = 30_024n * 51_000n - 1_000n * DOLLAR;
    expect(closed.reduce((sum, event) => sum + event.lots, 0)).toBe(30_024);
    expect(closed.reduce((sum, event) => sum + event.paid, 0n)).toBe(deficit);
    expect(cash(world, long)).toBe(0n);
    whole(world);
  });
});

describe('interest on the loan of a losing account', () => {
  it('is part of its deficit: whoever takes over, the account ends at exactly zero and no later block finds a rest', () => {
    for (const isBacked of [true, false]) {
      const { world, long, keeper } = longAgainstShort(createEngineWorld());
      if (isBacked) mustPass(world.priced(200, [back(103, keeper, 20_000n * DOLLAR)]));
      world.priced(150);
      world.priced(150, [], 60_000);
      const owed = -equity(world, long) - 500n * DOLLAR;
      expect(owed).toBeGreaterThan(0n);
      const late = world.priced(150, [], 60_000);
      expect(eventsOf(late, isBacked ? 'sliceSold' : 'deleveraged')).toHaveLength(1);
      expect(cash(world, long)).toBe(0n);
      expect(equity(world, long)).toBe(0n);
      for (let i = 0; i < 3; i += 1) expect(eventsOf(world.priced(150, [], 60_000), 'lossWritten')).toEqual([]);
      whole(world);
    }
  });
});

describe('insurance', () => {
  /** A solvent account is sold first; its fees are what insurance holds. */
  function withInsurance(): ReturnType<typeof longAgainstShort> & { readonly insured: bigint } {
    const made = longAgainstShort();
    const { world, keeper, short } = made;
    const first = openIn(world, 107, MAIN, 'portfolio');
    mustPass(world.priced(200, [deposit(first, USD, 2_000n * DOLLAR), trade(first, short, 55_000, 200)]));
    mustPass(world.priced(176));
    const sold = mustPass(world.priced(176, [bidFor({ owner: 103, account: keeper }, first, 680n * DOLLAR)]));
    const slice = eventsOf(sold, 'sliceSold').find((event) => event.account === first);
    expect(slice?.layer).toBe('auction');
    expect(slice?.fee).toBeGreaterThan(0n);
    return { ...made, insured: fund(world, 'insurance') };
  }

  it('can be paid in at genesis: it is backed by holdings and pays a deficit before anybody else bears a part', () => {
    const world = createEngineWorld({ interestFree: true, openingInsurance: 400n * DOLLAR });
    expect(holdingsOf(world.engine.state.ledger, USD)).toBe(400n * DOLLAR);
    const { long, short } = longAgainstShort(world);
    world.priced(150);
    // 500 dollars are missing and 400 stand behind them.
    expect(world.engine.state.groups[MAIN]?.unbacked).toBe(100n * DOLLAR);
    const late = world.priced(150, [], 120_000);
    expect(eventsOf(late, 'lossWritten')).toMatchObject([{ account: long, layer: 'insurance', amount: 400n * DOLLAR }]);
    expect(eventsOf(late, 'deleveraged')).toMatchObject([{ counterparty: short, paid: 100n * DOLLAR }]);
    expect([fund(world, 'insurance'), cash(world, long), cash(world, short)]).toEqual([0n, 0n, 11_400n * DOLLAR]);
    whole(world);
  });

  it('takes half of the fee until it holds its target; the rest goes to the protocol while no tranche is funded', () => {
    const { world, insured } = withInsurance();
    expect(insured).toBeGreaterThan(0n);
    const total = insured + fund(world, 'protocol');
    expect(insured).toBe((total + 1n) / 2n);
  });

  it('stops at its target to the tick; what is above goes to backstop and protocol in the proportion of their parts', () => {
    const world = createEngineWorld({ interestFree: true, insuranceFloor: 1_234_567n, insuranceTargetPpm: 0 });
    const { long, short, keeper } = longAgainstShort(world);
    const second = openIn(world, 107, MAIN, 'portfolio');
    mustPass(
      world.priced(200, [
        deposit(second, USD, 1_000n * DOLLAR),
        trade(second, short, 30_000, 200),
        back(103, keeper, 1_000n * DOLLAR),
      ]),
    );
    world.priced(172);
    const fees = [long, second].map((account) => {
      const held = cash(world, 0 as AccountId);
      const [insurance, protocol] = [fund(world, 'insurance'), fund(world, 'protocol')];
      const block = mustPass(world.priced(172, [bidFor({ owner: 103, account: keeper }, account, 160n * DOLLAR)]));
      const [sold, ...others] = eventsOf(block, 'sliceSold');
      expect([sold?.account, sold?.layer, others]).toEqual([account, 'auction', []]);
      return {
        fee: sold?.fee ?? 0n,
        insurance: fund(world, 'insurance') - insurance,
        backstop: cash(world, 0 as AccountId) - held,
        protocol: fund(world, 'protocol') - protocol,
      };
    });
    const [first, later] = fees;
    // Half of the first fee would be more than the target; of the second nothing is missing any more.
    expect(first?.fee).toBeGreaterThan(2n * 1_234_567n);
    expect([first?.insurance, later?.insurance]).toEqual([1_234_567n, 0n]);
    expect(later?.fee).toBeGreaterThan(0n);
    for (const { fee, insurance, backstop, protocol } of fees) {
      expect(backstop).toBe(((fee - insurance) * 300_000n) / 500_000n);
      expect(insurance + backstop + protocol).toBe(fee);
    }
    whole(world);
  });

  it('pays the taker of an insolvent portfolio as time passes, never more than it holds, and nothing to anybody else', () => {
    const { world, long, keeper, insured } = withInsurance();
    world.priced(150);
    const auction = world.engine.state.auctions.get(long);
    expect(auction?.stage).toBe('insolvent');
    const value = saleValueOf(world.engine.view, long);
    expect(value).toBe(-500n * DOLLAR);
    // Half the clock: at most half the deficit would be paid, and no more than insurance holds.
    const half = insured < 250n * DOLLAR ? insured : 250n * DOLLAR;
    const greedy = world.priced(150, [bidFor({ owner: 103, account: keeper }, long, -half - 1n)], 60_000);
    expect(eventsOf(greedy, 'sliceSold')).toEqual([]);
    const fair = mustPass(world.block([bidFor({ owner: 103, account: keeper }, long, -half)], 0));
    const [sold] = eventsOf(fair, 'sliceSold').filter((event) => event.account === long);
    expect(sold).toMatchObject({
      taker: keeper,
      layer: 'auction',
      fractionPpm: 1_000_000,
      price: -half,
      insurancePaid: half,
      fee: 0n,
    });
    expect(fund(world, 'insurance')).toBe(insured - half);
    expect(lotsOf(world.engine.state, long, ETH_PERP)).toBe(0);
    expect(cash(world, long)).toBe(0n);
    whole(world);
  });
});

describe('the backstop', () => {
  it('takes at its standing bid once the falling reserve reaches it, and not before', () => {
    const { world, long, keeper } = longAgainstShort();
    mustPass(world.priced(200, [back(103, keeper, 20_000n * DOLLAR)]));
    world.priced(178);
    expect(world.engine.state.auctions.get(long)?.stage).toBe('liquidation');
    const before = world.priced(178, [], 299_000);
    expect(eventsOf(before, 'sliceSold')).toEqual([]);
    const at = world.priced(178, [], 2_000);
    const [take] = eventsOf(at, 'sliceSold');
    expect(take).toMatchObject({ account: long, taker: 0, layer: 'backstop' });
    const value = 340n * DOLLAR;
    expect(take?.price).toBe((((value * 900_000n) / 1_000_000n) * BigInt(take?.fractionPpm ?? 0) + 999_999n) / 1_000_000n);
    expect(figuresOf(world.engine.view, long, world.engine.view.scanned).healthMaintenance).toBeGreaterThanOrEqual(0n);
    whole(world);
  });

  it('absorbs an insolvent portfolio within its caps; nothing below it is touched', () => {
    const { world, long, keeper, short } = longAgainstShort();
    mustPass(world.priced(200, [back(103, keeper, 20_000n * DOLLAR)]));
    world.priced(150);
    expect(world.engine.state.groups[0]?.unbacked).toBe(0n);
    const late = world.priced(150, [], 120_000);
    const [take] = eventsOf(late, 'sliceSold');
    expect(take).toMatchObject({
      account: long,
      taker: 0,
      layer: 'backstop',
      fractionPpm: 1_000_000,
      price: 0n,
      insurancePaid: 0n,
      fee: 0n,
    });
    expect(eventsOf(late, 'deleveraged')).toEqual([]);
    expect(equity(world, long)).toBe(0n);
    expect(equity(world, 0 as AccountId)).toBe(19_500n * DOLLAR);
    expect(lotsOf(world.engine.state, short, ETH_PERP)).toBe(-30_000);
    whole(world);
  });

  it('takes only the part its loss cap allows; the rest is deleveraged', () => {
    const { world, long, keeper } = longAgainstShort();
    mustPass(world.priced(200, [back(103, keeper, 800n * DOLLAR)]));
    world.priced(150);
    const late = world.priced(150, [], 120_000);
    const [take] = eventsOf(late, 'sliceSold');
    expect(take?.layer).toBe('backstop');
    const closed = eventsOf(late, 'deleveraged');
    expect(closed.length).toBeGreaterThan(0);
    // Lost by the tranche: at most half of 800.
    expect(equity(world, 0 as AccountId)).toBeGreaterThanOrEqual(400n * DOLLAR);
    expect(cash(world, long)).toBe(0n);
    whole(world);
  });

  describe('works off what it took over', () => {
    /** A tranche that took over a long of 24 lots, whose loss is more than its equity. */
    function stocked(): { readonly world: EngineWorld; readonly keeper: AccountId; readonly rival: AccountId } {
      const world = createEngineWorld({ interestFree: true });
      const [long, short, keeper, rival] = [101, 102, 103, 104].map((owner) => openIn(world, owner, MAIN, 'portfolio'));
      if (long === undefined || short === undefined || keeper === undefined || rival === undefined)
        throw new Error('four accounts');
      mustPass(
        world.priced(200, [
          deposit(long, USD, DOLLAR),
          deposit(short, USD, 10_000n * DOLLAR),
          deposit(keeper, USD, 50_000n * DOLLAR),
          deposit(rival, USD, 50_000n * DOLLAR),
          trade(long, short, 24, 200),
        ]),
      );
      mustPass(world.priced(200, [back(103, keeper, 20_000n * DOLLAR)]));
      world.priced(150);
      world.priced(150, [], 120_000);
      expect(stock(world)).toBe(24);
      // Stands for sale from the next block on.
      world.priced(150);
      return { world, keeper, rival };
    }

    const TRANCHE = 0 as AccountId;
    const stock = (world: EngineWorld): number => lotsOf(world.engine.state, TRANCHE, ETH_PERP);

    it('by a fifth at each clearing, and lot by lot once a fifth is less than one: nothing stays', () => {
      const { world, keeper } = stocked();
      const left: number[] = [];
      for (let clearing = 0; clearing < 16 && stock(world) > 0; clearing += 1) {
        const value = BigInt(stock(world)) * 150_000n;
        world.priced(150, [bidFor({ owner: 103, account: keeper }, TRANCHE, value)]);
        left.push(stock(world));
      }
      expect(left).toEqual([20, 16, 13, 11, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      expect(world.engine.state.auctions.size).toBe(0);
      whole(world);
    });

    it('to one of two equal bidders where the share of each is less than a lot, and no more than the fifth', () => {
      const { world, keeper, rival } = stocked();
      const bids = (): readonly Unsigned[] => {
        const value = BigInt(stock(world)) * 150_000n;
        return [bidFor({ owner: 103, account: keeper }, TRANCHE, value), bidFor({ owner: 104, account: rival }, TRANCHE, value)];
      };
      const sold: (readonly number[])[] = [];
      for (let clearing = 0; clearing < 20 && stock(world) > 0; clearing += 1) {
        const before = [keeper, rival].map((account) => lotsOf(world.engine.state, account, ETH_PERP));
        world.priced(150, bids());
        sold.push([keeper, rival].map((account, index) => lotsOf(world.engine.state, account, ETH_PERP) - (before[index] ?? 0)));
      }
      // What is left after the first fill is divided anew and rounded down, so the second bidder may get a lot less.
      const one = [1, 0];
      expect(sold).toEqual([[2, 2], [2, 1], [1, 1], [1, 1], [1, 1], [1, 1], ...Array<number[]>(9).fill(one)]);
      expect(world.engine.state.auctions.size).toBe(0);
      whole(world);
    });

    it('not to a bidder who asks for less than a lot', () => {
      const { world, keeper } = stocked();
      world.priced(150, [bidFor({ owner: 103, account: keeper }, TRANCHE, 24n * 150_000n, 41_666)]);
      expect(stock(world)).toBe(24);
      world.priced(150, [bidFor({ owner: 103, account: keeper }, TRANCHE, 24n * 150_000n, 41_667)]);
      expect(stock(world)).toBe(23);
    });
  });

  it('mints at par, keeps shares at risk through the cooldown, pays at its end', () => {
    const { world, keeper } = longAgainstShort();
    mustPass(world.priced(200, [back(103, keeper, 1_000n * DOLLAR)]));
    const held = world.engine.state.tranches[0]?.holders[0]?.shares ?? shares(0n);
    expect(held).toBe(1_000n * DOLLAR);
    mustPass(
      world.priced(200, [{ kind: 'redeemBackstop', actor: ownerId(103), tranche: trancheId(0), account: keeper, shares: held }]),
    );
    expect(
      outcomes(
        world.priced(200, [
          { kind: 'redeemBackstop', actor: ownerId(103), tranche: trancheId(0), account: keeper, shares: shares(1n) },
        ]),
      )[1],
    ).toContain('insufficientBalance');
    expect(eventsOf(world.priced(200, [], 44_999), 'backstopRedeemed')).toEqual([]);
    const paid = eventsOf(world.priced(200, [], 1), 'backstopRedeemed');
    expect(paid).toMatchObject([{ account: keeper, amount: 1_000n * DOLLAR, shares: held }]);
    expect(cash(world, keeper)).toBe(50_000n * DOLLAR);
    expect(world.engine.state.tranches[0]?.holders).toEqual([]);
    whole(world);
  });
});

const ETH_FUTURE = instrumentId(1);

/** Lists a future on ETH that expires two hours after the start. */
function listFuture(world: EngineWorld): TimeMs {
  const expiryMs = timeMs(START_MS + 2 * 3_600_000);
  mustPass(
    world.block([
      {
        kind: 'listInstrument',
        actor: GOVERNOR,
        underlying: null,
        group: null,
        terms: {
          id: ETH_FUTURE,
          symbol: 'ETH-F',
          group: MAIN,
          underlying: underlyingId(0),
          lotUnits: 1_000_000n,
          form: { kind: 'future', expiryMs },
        },
        risk: perpetualRisk(ETH_FUTURE),
      },
    ]),
  );
  return expiryMs;
}

describe('socialised losses', () => {
  it('a deficit that nobody is left to share stays as the group’s, and gates it until something stands behind it', () => {
    const world = createEngineWorld({ interestFree: true });
    const expiryMs = listFuture(world);
    const [long, short, keeper] = [101, 102, 103].map((owner) => openIn(world, owner, MAIN, 'portfolio'));
    if (long === undefined || short === undefined || keeper === undefined) throw new Error('Three accounts are open.');
    mustPass(
      world.priced(200, [
        deposit(long, USD, 1_000n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        deposit(keeper, USD, 5_000n * DOLLAR),
        fillAt(ETH_FUTURE, { buyer: long, seller: short }, 30_000, 200_000),
      ]),
    );
    world.priced(150, [], expiryMs - 1_800_000 - world.engine.state.timeMs);
    const settled = world.block([], 1_800_000);
    // The winner is paid in full; the loser ends at zero; what is missing is a claim on nobody, kept in the open.
    expect(eventsOf(settled, 'lossWritten')).toMatchObject([
      { account: long, layer: 'socialised', amount: 500n * DOLLAR, instrument: null, asset: null },
    ]);
    expect([cash(world, long), cash(world, short)]).toEqual([0n, 11_500n * DOLLAR]);
    expect(fund(world, 'deficit')).toBe(-500n * DOLLAR);
    expect(outstandingClaims(world.engine.state, MAIN)).toBe(0n);
    expect(world.engine.state.groups[MAIN]?.unbacked).toBe(500n * DOLLAR);
    const out: Unsigned = { kind: 'withdraw', actor: ownerId(102), account: short, asset: USD, amount: amount(DOLLAR) };
    const risk = trade(keeper, short, 1_000, 150);
    expect(outcomes(world.priced(150, [risk])).at(-1)).toContain('groupUnbacked');
    mustPass(world.priced(150, [back(103, keeper, 2_000n * DOLLAR)]));
    // The figure follows at the next scan.
    world.priced(150, [], 60_000);
    expect(world.engine.state.groups[MAIN]?.unbacked).toBe(0n);
    mustPass(world.priced(150, [risk, out]));
    whole(world);
  });

  it('a deficit of settled cash is shared over the lots of the group, to the unit, and beyond the bound becomes a claim', () => {
    const world = createEngineWorld({ interestFree: true });
    const expiryMs = listFuture(world);
    const [long, short, a, b] = [101, 102, 103, 104].map((owner) => openIn(world, owner, MAIN, 'portfolio'));
    if (long === undefined || short === undefined || a === undefined || b === undefined)
      throw new Error('Four accounts are open.');
    mustPass(
      world.priced(200, [
        deposit(long, USD, 1_000n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        deposit(a, USD, 5_000n * DOLLAR),
        deposit(b, USD, 5_000n * DOLLAR),
        fillAt(ETH_FUTURE, { buyer: long, seller: short }, 30_000, 200_000),
        trade(a, b, 10_000, 200),
      ]),
    );
    const windowStart = expiryMs - 1_800_000;
    world.priced(150, [], windowStart - world.engine.state.timeMs);
    const before = [equity(world, a), equity(world, b)];
    const settled = world.block([], 1_800_000);
    expect(eventsOf(settled, 'positionSettled')).toMatchObject([
      { account: long, counterparty: short, lots: 30_000, price: 150_000 },
    ]);
    const written = eventsOf(settled, 'lossWritten').map(({ layer, amount: size, instrument }) => ({ layer, size, instrument }));
    expect(written).toEqual([
      { layer: 'socialised', size: 500n * DOLLAR, instrument: ETH_PERP },
      { layer: 'recovery', size: 22_000n * 20_000n, instrument: ETH_PERP },
    ]);
    expect(world.engine.state.instruments[ETH_PERP]).toMatchObject({ socialIndex: 25_000, claimIndex: 22_000 });
    expect(cash(world, long)).toBe(0n);
    expect(fund(world, 'socialised')).toBe(-500n * DOLLAR);
    expect([equity(world, a), equity(world, b)]).toEqual(before.map((value) => value - 250n * DOLLAR));
    expect([claimOf(world.engine.state, a), claimOf(world.engine.state, b)]).toEqual([220n * DOLLAR, 220n * DOLLAR]);
    expect(outstandingClaims(world.engine.state, MAIN)).toBe(440n * DOLLAR);
    whole(world);
    // Closing takes the loss into cash and keeps the claim; a newcomer bears neither.
    mustPass(world.priced(150));
    mustPass(world.block([trade(b, a, 10_000, 150)]));
    expect(fund(world, 'socialised')).toBe(0n);
    expect([claimOf(world.engine.state, a), claimOf(world.engine.state, b)]).toEqual([220n * DOLLAR, 220n * DOLLAR]);
    mustPass(world.block([trade(a, short, 10, 150)]));
    expect([claimOf(world.engine.state, a), claimOf(world.engine.state, short)]).toEqual([220n * DOLLAR, 0n]);
    whole(world);
  });

  /** A vault of 10 ETH owes 1,300 dollars of a pool of 2,000 that two lend, 1,500 and 500. */
  function vaultWorld(): {
    readonly world: EngineWorld;
    readonly vault: AccountId;
    readonly large: AccountId;
    readonly small: AccountId;
    readonly keeper: AccountId;
  } {
    const world = createEngineWorld({ interestFree: true });
    const [vault, large, small, keeper] = [
      openIn(world, 101, MAIN, 'overcollateralized'),
      openIn(world, 102, MAIN, 'portfolio'),
      openIn(world, 103, MAIN, 'portfolio'),
      openIn(world, 104, MAIN, 'portfolio'),
    ];
    const lend = (owner: number, account: AccountId, size: bigint): Unsigned => ({
      kind: 'supply',
      actor: ownerId(owner),
      account,
      asset: USD,
      amount: amount(size),
    });
    mustPass(
      world.priced(200, [
        deposit(large, USD, 1_500n * DOLLAR),
        deposit(small, USD, 500n * DOLLAR),
        deposit(keeper, USD, 5_000n * DOLLAR),
        deposit(vault, ETH, 10_000_000_000n),
        lend(102, large, 1_500n * DOLLAR),
        lend(103, small, 500n * DOLLAR),
        { kind: 'borrow', actor: ownerId(101), account: vault, asset: USD, amount: amount(1_300n * DOLLAR) },
        { kind: 'withdraw', actor: ownerId(101), account: vault, asset: USD, amount: amount(1_300n * DOLLAR) },
      ]),
    );
    return { world, vault, large, small, keeper };
  }

  it('a debt that will not come back is borne by its suppliers in proportion; what is left of the collateral pays recoveries', () => {
    const { world, vault, large, small, keeper } = vaultWorld();
    world.priced(60);
    expect(world.engine.state.auctions.get(vault)?.stage).toBe('insolvent');
    const late = world.priced(60, [], 120_000);
    const written = eventsOf(late, 'lossWritten');
    expect(written.map((event) => event.layer)).toEqual(['socialised', 'recovery']);
    // 1,300 owed against 600: 700 is missing, and 5 % of the collateral is left for whoever takes it.
    const lost = written[0]?.amount ?? 0n;
    expect(lost).toBeGreaterThanOrEqual(730n * DOLLAR);
    expect(lost).toBeLessThan(731n * DOLLAR);
    const pool = poolOf(world.engine.state, USD);
    const worth = [large, small].map((account) => supplyValue(pool, supplySharesOf(world.engine.state, account, USD)));
    expect((worth[0] ?? 0n) - 3n * (worth[1] ?? 0n)).toBeLessThanOrEqual(3n);
    expect((worth[0] ?? 0n) + (worth[1] ?? 0n)).toBeGreaterThanOrEqual(1_269n * DOLLAR);
    expect(world.engine.state.auctions.get(vault)?.wiped).toBe(true);
    const sale = mustPass(world.priced(60, [bidFor({ owner: 104, account: keeper }, vault, 25n * DOLLAR)]));
    const [sold] = eventsOf(sale, 'sliceSold');
    expect(sold).toMatchObject({ account: vault, taker: keeper, fractionPpm: 1_000_000, fee: 0n });
    expect(sold?.toRecovery).toBe(sold?.price);
    expect(fund(world, 'recovery')).toBe(sold?.toRecovery);
    expect(world.engine.state.auctions.has(vault)).toBe(false);
    expect(cash(world, vault)).toBe(0n);
    whole(world);
  });

  it('several bidders for a wiped portfolio set a price, which is paid to those who hold claims', () => {
    const { world, vault, large, small, keeper } = vaultWorld();
    const rival = openIn(world, 105, MAIN, 'portfolio');
    mustPass(world.priced(200, [deposit(rival, USD, 5_000n * DOLLAR)]));
    world.priced(60);
    world.priced(60, [], 120_000);
    const sale = mustPass(
      world.priced(60, [
        bidFor({ owner: 104, account: keeper }, vault, 25n * DOLLAR),
        bidFor({ owner: 105, account: rival }, vault, 20n * DOLLAR),
      ]),
    );
    expect(eventsOf(sale, 'sliceSold')).toMatchObject([{ taker: keeper, price: 20n * DOLLAR, toRecovery: 20n * DOLLAR }]);
    const claims = [claimOf(world.engine.state, large), claimOf(world.engine.state, small)];
    expect(claims[0]).toBeGreaterThan(0n);
    const total = outstandingClaims(world.engine.state, MAIN);
    const paid = mustPass(world.block([{ kind: 'claimRecovery', actor: ownerId(102), account: large }]));
    expect(eventsOf(paid, 'recoveryClaimed').map((event) => event.amount)).toEqual([(20n * DOLLAR * (claims[0] ?? 0n)) / total]);
    expect(claimOf(world.engine.state, large)).toBe((claims[0] ?? 0n) - (20n * DOLLAR * (claims[0] ?? 0n)) / total);
    whole(world);
  });
});

describe('slices', () => {
  it('never make health worse, lift to the buffer and not beyond it but for one lot and roundings, and sell nothing of who is healthy', () => {
    for (const eth of [181, 179, 178, 176, 174, 172, 170]) {
      const { world, long, keeper } = longAgainstShort();
      world.priced(eth);
      const isBelow = world.engine.state.auctions.has(long);
      const before = figuresOf(world.engine.view, long, world.engine.view.scanned);
      expect(isBelow).toBe(before.healthMaintenance < 0n);
      if (!isBelow) continue;
      const block = mustPass(
        world.priced(eth, [bidFor({ owner: 103, account: keeper }, long, saleValueOf(world.engine.view, long))]),
      );
      expect(eventsOf(block, 'sliceSold')).toHaveLength(1);
      const after = figuresOf(world.engine.view, long, world.engine.view.scanned);
      expect(after.healthMaintenance).toBeGreaterThanOrEqual(before.healthMaintenance);
      const lot = BigInt(eth) * 1_000n;
      const buffer = after.maintenance / 10n;
      expect(after.healthMaintenance).toBeGreaterThanOrEqual(buffer - lot);
      // The size charge falls faster than linearly: allow it its own size.
      expect(after.healthMaintenance).toBeLessThanOrEqual(buffer + lot + before.maintenance / 50n);
      expect(world.engine.state.auctions.has(long)).toBe(false);
    }
  });

  it('an account that is healthy again at the start of the step is not sold, whatever is bid', () => {
    const { world, long, keeper } = longAgainstShort();
    world.priced(178);
    const block = mustPass(world.priced(200, [bidFor({ owner: 103, account: keeper }, long, 900n * DOLLAR)]));
    expect(eventsOf(block, 'sliceSold')).toEqual([]);
    expect(eventsOf(block, 'auctionClosed')).toMatchObject([{ account: long, reason: 'restored' }]);
  });

  it('one clearing price for all: two bidders at one limit share pro rata to size and pay the same for each millionth', () => {
    const { world, long, keeper } = longAgainstShort();
    const rival = openIn(world, 105, MAIN, 'portfolio');
    mustPass(world.priced(200, [deposit(rival, USD, 50_000n * DOLLAR)]));
    world.priced(172);
    const value = saleValueOf(world.engine.view, long);
    const block = mustPass(
      world.priced(172, [
        bidFor({ owner: 103, account: keeper }, long, value, 600_000),
        bidFor({ owner: 105, account: rival }, long, value, 300_000),
      ]),
    );
    const sold = eventsOf(block, 'sliceSold');
    expect(sold.map((event) => event.taker)).toEqual([keeper, rival]);
    const first = BigInt(Math.abs(lotsOf(world.engine.state, keeper, ETH_PERP)));
    const second = BigInt(Math.abs(lotsOf(world.engine.state, rival, ETH_PERP)));
    expect(first - 2n * second).toBeLessThanOrEqual(3n);
    expect(first - 2n * second).toBeGreaterThanOrEqual(-3n);
    // Price per lot is the same within a tick of each.
    const [a, b] = sold.map((event) => event.price);
    expect(((a ?? 0n) * second - (b ?? 0n) * first) / (first * second)).toBe(0n);
    whole(world);
  });

  it('a rejected lower bid sets the price; below the reserve nothing is sold', () => {
    const { world, long, keeper } = longAgainstShort();
    const rival = openIn(world, 105, MAIN, 'portfolio');
    mustPass(world.priced(200, [deposit(rival, USD, 50_000n * DOLLAR)]));
    world.priced(172);
    const value = saleValueOf(world.engine.view, long);
    expect(value).toBe(160n * DOLLAR);
    const low = mustPass(world.priced(172, [bidFor({ owner: 103, account: keeper }, long, value / 2n)]));
    expect(eventsOf(low, 'sliceSold')).toEqual([]);
    const block = mustPass(
      world.priced(172, [
        bidFor({ owner: 103, account: keeper }, long, value + 10n * DOLLAR, 100_000),
        bidFor({ owner: 105, account: rival }, long, value + 5n * DOLLAR),
      ]),
    );
    const sold = eventsOf(block, 'sliceSold');
    expect(sold.map((event) => event.taker)).toEqual([keeper, rival]);
    // The rival's last millionths are the highest that were not filled: his limit is everybody's price.
    expect(sold[0]).toMatchObject({ fractionPpm: 100_000, price: (value + 5n * DOLLAR) / 10n });
    expect(sold[1]?.fractionPpm).toBeLessThan(1_000_000);
    whole(world);
  });
});
