// Errors planted in the core itself: a decision that is wrong and consistent with itself, so that nothing but deriving it again finds it.

import type { BlockResult, Command, Event } from '@plimsoll/core/engine';
import type * as Liquidation from '@plimsoll/core/liquidation';
import type * as Liquidity from '@plimsoll/core/liquidity';
import { amount, assetId, lots, ownerId, poolId, ppm, ticks, trancheId } from '@plimsoll/core/numeric';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { listPool, START_MS, scriptedRun, scriptedTerms } from '../invariants/testing/scriptedRun.ts';
import {
  CUSTODIAN,
  createWorld,
  FIRST_USER,
  MAIN_GROUP,
  openedAccounts,
  SETTLEMENT,
  worldGenesis,
} from '../worlds/createWorld.ts';
import { AuditFailure, type Disagreement } from './auditFailure.ts';
import { createAuditor } from './auditor.ts';

type Planted =
  | 'poolLeftOut'
  | 'trancheLeftOut'
  | 'shares'
  | 'short'
  | 'price'
  | 'fills'
  | 'reserve'
  | 'swap'
  | 'pool'
  | 'liquidity'
  | 'fee'
  | 'capacity';

/** What is wrong in the core while a test runs; counts how often it came to that. */
const planted = vi.hoisted(() => ({ error: null as Planted | null, times: 0 }));

vi.mock('../../../core/src/liquidation/adl.ts', async (original) => {
  const adl = await original<typeof Liquidation>();
  const allocateDeleveraging: typeof adl.allocateDeleveraging = (quantity, candidates, cost) => {
    const right = adl.allocateDeleveraging(quantity, candidates, cost);
    const [first, second, ...others] = right.shares;
    if (first === undefined || second === undefined) return right;
    if (planted.error === 'shares' && first.lots > 1) {
      planted.times += 1;
      const less = { ...first, lots: lots(first.lots - 1) };
      return { ...right, shares: [less, { ...second, lots: lots(second.lots + 1) }, ...others] };
    }
    if (planted.error !== 'short') return right;
    planted.times += 1;
    return { ...right, shares: right.shares.slice(0, -1) };
  };
  return { ...adl, allocateDeleveraging };
});

vi.mock('../../../core/src/liquidation/clearing.ts', async (original) => {
  const clearing = await original<typeof Liquidation>();
  const clearToTarget: typeof clearing.clearToTarget = (auction) => {
    const right = clearing.clearToTarget(auction);
    const [first] = right.fills;
    if (first === undefined) return right;
    if (planted.error === 'price' && right.price > auction.reserve) {
      planted.times += 1;
      return { ...right, price: auction.reserve };
    }
    if (planted.error !== 'fills' || first.fractionPpm < 2) return right;
    planted.times += 1;
    return { ...right, fills: [{ ...first, fractionPpm: ppm(first.fractionPpm - 1) }, ...right.fills.slice(1)] };
  };
  return { ...clearing, clearToTarget };
});

vi.mock('../../../core/src/liquidation/auctionClock.ts', async (original) => {
  const clock = await original<typeof Liquidation>();
  const reservePrice: typeof clock.reservePrice = (input) => {
    const right = clock.reservePrice(input);
    if (planted.error !== 'reserve' || right <= 1n) return right;
    planted.times += 1;
    return ticks(right - 1n);
  };
  return { ...clock, reservePrice };
});

vi.mock('../../../core/src/liquidity/constantProduct.ts', async (original) => {
  const product = await original<typeof Liquidity>();
  const swapExactIn: typeof product.swapExactIn = (pool, order) => {
    const right = product.swapExactIn(pool, order);
    if (planted.error !== 'swap' || right === null) return right;
    planted.times += 1;
    return { ...right, amountOut: amount(right.amountOut + 1n) };
  };
  const maxInputAtLimit: typeof product.maxInputAtLimit = (pool, order) => {
    const right = product.maxInputAtLimit(pool, order);
    if (planted.error === 'poolLeftOut') return amount(0n);
    if (planted.error !== 'pool' || right < 1_000n) return right;
    planted.times += 1;
    return amount(right / 1_000n);
  };
  const addLiquidity: typeof product.addLiquidity = (pool, offer) => {
    const right = product.addLiquidity(pool, offer);
    if (planted.error !== 'liquidity' || right === null || pool.totalShares === 0n) return right;
    planted.times += 1;
    return { ...right, quoteIn: amount(right.quoteIn - 1n) };
  };
  return { ...product, swapExactIn, maxInputAtLimit, addLiquidity };
});

vi.mock('../../../core/src/liquidation/fee.ts', async (original) => {
  const fees = await original<typeof Liquidation>();
  const liquidationFee: typeof fees.liquidationFee = (input) => {
    const right = fees.liquidationFee(input);
    if (planted.error !== 'fee' || right === 0n) return right;
    planted.times += 1;
    return ticks(right - 1n);
  };
  return { ...fees, liquidationFee };
});

vi.mock('../../../core/src/liquidity/backstopVault.ts', async (original) => {
  const vault = await original<typeof Liquidity>();
  const takeCapacity: typeof vault.takeCapacity = (take) => {
    const right = vault.takeCapacity(take);
    if (planted.error === 'trancheLeftOut') return ppm(0);
    if (planted.error !== 'capacity' || right < 100) return right;
    planted.times += 1;
    return ppm(Math.floor(right / 100));
  };
  return { ...vault, takeCapacity };
});

/** Runs are looked for among several seeds, on whatever machine this is. */
vi.setConfig({ testTimeout: 600_000 });
const SEEDS = 12;
const BLOCKS = 220;

/** What the auditor says of the first run that comes to the error. Fails when it lets one pass that did, or none does. */
function found(error: Planted | null, tamper: (result: BlockResult) => BlockResult = (result) => result): Disagreement {
  planted.error = error;
  planted.times = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const auditor = createAuditor(worldGenesis(scriptedTerms()), { mode: 'sampled', readMargin, readOption });
    const run = scriptedRun(seed, (engine, block, result) => auditor.observe(engine, block, tamper(result)));
    try {
      for (let block = 0; block < BLOCKS; block += 1) run.step();
    } catch (failure) {
      if (failure instanceof AuditFailure) return failure.disagreement;
      throw failure;
    }
    if (planted.times > 0) throw new Error(`the auditor found nothing in run ${seed}`);
  }
  throw new Error(`no run of ${SEEDS} comes to it`);
}

/**
 * What the auditor says of a vault that falls below its line and for which nobody bids: an AMM pool stands ready for a part of it, and a
 * tranche for the rest once the reserve has fallen to its bid. Null where it says nothing; `bought` are what pools bought.
 */
function vaultRun(error: Planted | null): { readonly said: Disagreement | null; readonly bought: number } {
  planted.error = error;
  const auditor = createAuditor(worldGenesis(scriptedTerms()), { mode: 'full', readMargin, readOption });
  const world = createWorld(scriptedTerms((engine, block, result) => auditor.observe(engine, block, result)));
  const [ether, dollars] = [200n, 1_000_000n];
  let nowMs = START_MS;
  let bought = 0;
  const next = (price: bigint, commands: readonly Command[] = []): BlockResult => {
    nowMs += 15_000;
    const feeds = world.markets.map(({ feed }, market) => [feed, (market === 0 ? price : 8_000n) * 1_000_000_000n, 0] as const);
    const block = world.send(nowMs, [...world.sources.map((source) => world.report(source, nowMs, feeds)), ...commands]);
    bought += block.events.filter(({ kind }) => kind === 'poolBought').length;
    return block;
  };
  const owners = [0, 1, 2, 3].map((index) => ownerId(FIRST_USER + index));
  const opening = owners.map((owner, index) =>
    world.sign(owner, { kind: 'openAccount', group: MAIN_GROUP, mode: index === 0 ? 'overcollateralized' : 'portfolio' }),
  );
  const [vault, supplier, backer, provider] = openedAccounts(next(ether, opening));
  const [ofVault, ofSupplier, ofBacker, ofProvider] = owners;
  if (vault === undefined || supplier === undefined || backer === undefined || provider === undefined)
    throw new Error('all opened');
  if (ofVault === undefined || ofSupplier === undefined || ofBacker === undefined || ofProvider === undefined)
    throw new Error('four');
  const deposit = (account: typeof vault, asset: number, units: bigint): Command =>
    world.sign(CUSTODIAN, { kind: 'deposit', account, asset: assetId(asset), amount: amount(units) });
  const funding = [
    listPool(world),
    deposit(vault, 1, 10_000_000_000n),
    deposit(provider, 1, 40_000_000_000n),
    ...[supplier, backer, provider].map((account) => deposit(account, SETTLEMENT, 20_000n * dollars)),
    world.sign(ofSupplier, { kind: 'supply', account: supplier, asset: SETTLEMENT, amount: amount(10_000n * dollars) }),
    world.sign(ofBacker, { kind: 'fundBackstop', tranche: trancheId(0), account: backer, amount: amount(10_000n * dollars) }),
    world.sign(ofVault, { kind: 'borrow', account: vault, asset: SETTLEMENT, amount: amount(1_200n * dollars) }),
    world.sign(ofVault, { kind: 'withdraw', account: vault, asset: SETTLEMENT, amount: amount(1_200n * dollars) }),
    world.sign(ofProvider, {
      kind: 'addLiquidity',
      pool: poolId(0),
      account: provider,
      baseMax: amount(20_000_000_000n),
      quoteMax: amount(2_900n * dollars),
      sharesMin: amount(0n),
    }),
  ];
  try {
    expect(next(ether, funding).results.map(({ kind }) => kind)).toEqual([...world.sources, ...funding].map(() => 'accepted'));
    for (let block = 0; block < 40; block += 1) next(140n);
  } catch (failure) {
    if (failure instanceof AuditFailure) return { said: failure.disagreement, bought };
    throw failure;
  }
  return { said: null, bought };
}

/** The first event that `change` answers for, replaced by its answer: left out when that is nothing. */
function once(change: (event: Event) => readonly Event[] | null): (result: BlockResult) => BlockResult {
  let isDone = false;
  return (result) => ({
    ...result,
    events: result.events.flatMap((event) => {
      const next = isDone ? null : change(event);
      isDone ||= next !== null;
      return next ?? [event];
    }),
  });
}

afterEach(() => {
  planted.error = null;
});

describe('an error planted in the core', () => {
  it('that deleverages one account by a lot less and another by a lot more is named with the instrument', () => {
    expect(found('shares').figure).toMatch(/^lots closed of deleveraged instrument \d+$/);
  });

  it('that leaves out the last account to be deleveraged is named with the account', () => {
    expect(found('short').figure).toMatch(/^account closed against for (?:of )?deleveraged instrument \d+$/);
  });

  it('that clears at the reserve although a bid was rejected is found in the price', () => {
    expect(found('price').figure).toMatch(/^(?:price of the slice|fraction of the slice that clears)$/);
  });

  it('that gives a bidder a millionth less than he was due is found in the fraction', () => {
    expect(found('fills').figure).toBe('fraction of the slice that clears');
  });

  it('of one tick in a reserve is found in the price where nobody was rejected', () => {
    expect(found('reserve').figure).toMatch(
      /^(?:price of the slice|price of collateral bought.*|taker of a slice|fraction that the backstop takes)$/,
    );
  });

  it('of one tick in the fee of a slice is found', () => {
    expect(found('fee').figure).toBe('fee of the slice');
  });

  it('that lets the backstop take a hundredth of what it has room for is found in the fraction', () => {
    expect(found('capacity').figure).toBe('fraction that the backstop takes');
  });

  it('that lets a pool take a thousandth of what it may at the reserve is named with the pool', () => {
    expect(found('pool').figure).toMatch(/^collateral bought by AMM pool \d$/);
  });

  // What nobody took leaves no event of its own: it is found where somebody below had to take it instead.
  it('that passes an AMM pool over is found where a tranche takes in its place', () => {
    const right = vaultRun(null);
    expect(right.said).toBeNull();
    expect(right.bought).toBeGreaterThan(0);
    expect(vaultRun('poolLeftOut')).toMatchObject({ said: { figure: 'layers above: AMM pool 0' }, bought: 0 });
  });

  it('that passes tranches over is found where a loss is borne in their place', () => {
    expect(found('trancheLeftOut').figure).toMatch(/^layers above: tranche \d$/);
  });

  it('of one unit in what a pool pays out is named with the pool', () => {
    expect(found('swap').figure).toMatch(/^(?:output of a swap|price of collateral bought), AMM pool \d$/);
  });

  it('of one unit in what a pool asks for its shares is named with the pool', () => {
    expect(found('liquidity').figure).toMatch(/^quote of liquidity added, AMM pool \d$/);
  });
});

describe('a loan of cash', () => {
  it('that is a unit larger than what the cash lacks is named with its account', () => {
    const larger = once((event) => {
      if (event.kind !== 'cashLoanSettled' || event.principal === 0n) return null;
      const principal = amount(event.principal + 1n);
      return [{ ...event, principal, legs: event.legs.map((leg) => (leg.place === 'cashLoan' ? { ...leg, principal } : leg)) }];
    });
    const { figure, account } = found(null, larger);
    expect(figure).toBe('principal of a cash loan');
    expect(account).not.toBeNull();
  });

  it('that was not made is found at the end of the block', () => {
    const { figure } = found(
      null,
      once((event) => (event.kind === 'cashLoanSettled' && event.principal > 0n ? [] : null)),
    );
    expect(figure).toBe('principal of a cash loan');
  });
});
