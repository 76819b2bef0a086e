import { describe, expect, it } from 'vitest';
import { STATUS_OPEN } from '../ledger/accountStore.ts';
import { compileRisk } from '../margin/compileRisk.ts';
import type { PriceView } from '../margin/riskModel.ts';
import {
  type AccountId,
  accountId,
  amount,
  durationMs,
  instrumentId,
  ownerId,
  type Price,
  poolId,
  price,
  timeMs,
  underlyingId,
} from '../numeric/brand.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import { decodeSnapshot, encodeSnapshot } from '../wire/snapshot.ts';
import { flagAccounts, flagAllAccounts, renewCushions, thinAccounts } from './healthFilter.ts';
import { figuresOf } from './healthOf.ts';
import { accountCount } from './lookup.ts';
import { deposit, type EngineWorld, ETH, GOVERNOR, MAIN, START_MS, trade, type Unsigned, USD } from './testing/engineWorld.ts';
import { mustPass } from './testing/inspect.ts';
import {
  BASKET,
  BTC_PERP,
  COMPARTMENT,
  createMarketWorld,
  DOLLAR,
  fillAt,
  LP_SHARE,
  openIn,
  perpetualRisk,
  quoted,
  STAKED_ETH,
} from './testing/market.ts';
import { dropModels, modelOf, refreshView } from './view.ts';

const ETH_FUTURE = instrumentId(3);
const ETH_CALL = instrumentId(4);
const EXPIRY = timeMs(START_MS + 30 * 86_400_000);

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function derivatives(): readonly Unsigned[] {
  const common = { group: MAIN, underlying: underlyingId(0), lotUnits: 1_000_000n } as const;
  return [
    {
      kind: 'listInstrument',
      actor: GOVERNOR,
      underlying: null,
      group: null,
      terms: { ...common, id: ETH_FUTURE, symbol: 'ETH-F', form: { kind: 'future', expiryMs: EXPIRY } },
      risk: perpetualRisk(ETH_FUTURE),
    },
    {
      kind: 'listInstrument',
      actor: GOVERNOR,
      underlying: null,
      group: null,
      terms: {
        ...common,
        id: ETH_CALL,
        symbol: 'ETH-C',
        form: { kind: 'option', expiryMs: EXPIRY, strike: price(200_000_000_000n), right: 'call' },
      },
      risk: { ...perpetualRisk(ETH_CALL), declaredLatencyMs: durationMs(60_000) },
    },
  ];
}

/** Forty accounts of all modes with random books of every kind of leg, most of them leveraged. */
function books(seed: number): EngineWorld {
  const draw = generator(seed);
  const world = createMarketWorld();
  world.block(derivatives());
  const lender = openIn(world, 500, MAIN, 'portfolio');
  mustPass(
    world.block([
      deposit(lender, USD, 10_000_000n * DOLLAR),
      deposit(lender, ETH, 10_000_000_000_000n),
      { kind: 'supply', actor: ownerId(500), account: lender, asset: USD, amount: amount(1_000_000n * DOLLAR) },
      { kind: 'supply', actor: ownerId(500), account: lender, asset: ETH, amount: amount(5_000_000_000_000n) },
      {
        kind: 'addLiquidity',
        actor: ownerId(500),
        pool: poolId(0),
        account: lender,
        baseMax: amount(1_000_000_000_000n),
        quoteMax: amount(200_000n * DOLLAR),
        sharesMin: amount(0n),
      },
    ]),
  );
  for (let i = 0; i < 40; i += 1) {
    const mode = i % 5 === 0 ? 'overcollateralized' : i % 5 === 1 ? 'isolated' : 'portfolio';
    const owner = 600 + draw(20);
    const account = openIn(world, owner, mode === 'isolated' ? COMPARTMENT : MAIN, mode);
    const commands: Unsigned[] = [];
    if (draw(3) > 0) commands.push(deposit(account, USD, BigInt(1 + draw(500)) * DOLLAR));
    if (draw(2) > 0) commands.push(deposit(account, ETH, BigInt(1 + draw(3_000_000_000))));
    if (draw(3) === 0) commands.push(deposit(account, STAKED_ETH, BigInt(1 + draw(2_000_000_000))));
    if (draw(4) === 0) commands.push(deposit(account, BASKET, BigInt(1 + draw(2_000_000_000))));
    if (draw(4) === 0)
      commands.push({
        kind: 'transfer',
        actor: ownerId(500),
        from: lender,
        to: account,
        asset: LP_SHARE,
        amount: amount(BigInt(1 + draw(1_000_000))),
      });
    world.block(commands);
    const leverage: Unsigned[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      const size = 1 + draw(4_000);
      const sides = draw(2) === 0 ? { buyer: account, seller: lender } : { buyer: lender, seller: account };
      if (mode === 'isolated')
        leverage.push(fillAt(BTC_PERP, { ...sides, ...(draw(2) === 0 ? { buyer: accountId(2) } : {}) }, size, 8_000_000));
      else if (mode === 'portfolio')
        leverage.push(
          draw(3) === 0
            ? trade(sides.buyer, sides.seller, size, 200)
            : fillAt(draw(2) === 0 ? ETH_FUTURE : ETH_CALL, sides, size, draw(2) === 0 ? 200_000 : 9_000),
        );
      leverage.push({
        kind: 'borrow',
        actor: ownerId(owner),
        account,
        asset: draw(2) === 0 ? USD : ETH,
        amount: amount(BigInt(1 + draw(100_000_000))),
      });
      if (draw(3) === 0)
        leverage.push({
          kind: 'withdraw',
          actor: ownerId(owner),
          account,
          asset: USD,
          amount: amount(BigInt(1 + draw(100_000_000))),
        });
      if (draw(5) === 0)
        leverage.push({
          kind: 'supply',
          actor: ownerId(owner),
          account,
          asset: USD,
          amount: amount(BigInt(1 + draw(30_000_000))),
        });
    }
    world.block(leverage);
  }
  return world;
}

/** An open account that the sum clears. */
function surelyHealthy({ state, view }: EngineWorld['engine'], account: AccountId): boolean {
  return state.ledger.accounts.status[account] === STATUS_OPEN && flagAccounts(view, Int32Array.of(account)).length === 0;
}

interface Tally {
  healthy: number;
  passed: number;
  pushed: number;
}

/** Cash is moved until health is just below zero; then it must not pass. Distances are ticks below the line. */
function pushBelow(world: EngineWorld, account: ReturnType<typeof accountId>, distance: bigint, tally: Tally): void {
  const { view, state } = world.engine;
  const store = state.ledger.accounts;
  const kept = store.cash[account] ?? 0n;
  store.cash[account] = kept - figuresOf(view, account, view.scanned).healthMaintenance - distance;
  const { healthMaintenance } = figuresOf(view, account, view.scanned);
  if (healthMaintenance < 0n) {
    tally.pushed += 1;
    if (surelyHealthy(world.engine, account)) expect(`account ${account} passed with ${healthMaintenance}`).toBe('');
  }
  store.cash[account] = kept;
}

/** The property, for every account: surely healthy means at or above maintenance, exactly. */
function checkAll(world: EngineWorld, label: string, tally: Tally): void {
  const { view, state } = world.engine;
  for (let row = 0; row < accountCount(state); row += 1) {
    const account = accountId(row);
    const { healthMaintenance } = figuresOf(view, account, view.scanned);
    const passed = surelyHealthy(world.engine, account);
    if (passed && healthMaintenance < 0n) expect(`${label}: account ${row} passed with ${healthMaintenance}`).toBe('');
    if (healthMaintenance >= 0n) tally.healthy += 1;
    if (passed) tally.passed += 1;
    for (const distance of [1n, 1_000n, 1_000_000n]) pushBelow(world, account, distance, tally);
  }
}

describe('the linear health filter', () => {
  it('never passes an account below maintenance, over random books of all modes at many prices, and passes most that are healthy', () => {
    const tally: Tally = { healthy: 0, passed: 0, pushed: 0 };
    for (const seed of [11, 12]) {
      const world = books(seed);
      const draw = generator(seed);
      for (let step = 0; step < 12; step += 1) {
        const eth = 120 + draw(160);
        quoted(
          world,
          { usd: 0.98 + draw(40) / 1_000, eth, btc: 6_000 + draw(4_000), ratio: 0.95 + draw(60) / 1_000 },
          [],
          1_000 + draw(600_000),
        );
        checkAll(world, `seed ${seed}, step ${step}`, tally);
      }
    }
    expect(tally.pushed).toBeGreaterThan(1_500);
    // The share that is passed is what the filter is for; below this it would not pay.
    expect(tally.passed).toBeGreaterThan(tally.healthy * 0.8);
  });

  it('decides rightly within one tick of the line: health zero, one above and one below', () => {
    const world = createMarketWorld();
    const long = openIn(world, 101, MAIN, 'portfolio');
    const short = openIn(world, 102, MAIN, 'portfolio');
    mustPass(
      world.block([deposit(long, USD, 1_000n * DOLLAR), deposit(short, USD, 10_000n * DOLLAR), trade(long, short, 10_000, 200)]),
    );
    const { view } = world.engine;
    const spare = figuresOf(view, long, view.scanned).healthMaintenance;
    // Put the account a few ticks around its line by writing its cash, as no command would allow.
    const store = world.engine.state.ledger.accounts;
    for (let off = -3n; off <= 3n; off += 1n) {
      const kept = store.cash[long] ?? 0n;
      store.cash[long] = kept - spare + off;
      expect(figuresOf(view, long, view.scanned).healthMaintenance).toBe(off);
      if (off < 0n) expect(surelyHealthy(world.engine, long)).toBe(false);
      store.cash[long] = kept;
    }
    expect(surelyHealthy(world.engine, long)).toBe(true);
  });

  it('does not keep an answer from before a trade of the same moment: more open interest, higher size charge', () => {
    const world = createMarketWorld();
    const long = openIn(world, 101, MAIN, 'portfolio');
    const short = openIn(world, 102, MAIN, 'portfolio');
    const whale = openIn(world, 101, MAIN, 'portfolio');
    mustPass(
      quoted(world, { usd: 1, eth: 200 }, [
        deposit(long, USD, 1_000n * DOLLAR),
        deposit(short, USD, 10_000_000n * DOLLAR),
        deposit(whale, USD, 10_000_000n * DOLLAR),
        trade(long, short, 10_000, 200),
      ]),
    );
    const { view, state } = world.engine;
    surelyHealthy(world.engine, long);
    // The owner's second account trades in the next block at the same time: the size charge counts the owner's accounts together.
    mustPass(world.block([trade(whale, short, 100_000_000, 200)], 0));
    const store = state.ledger.accounts;
    const kept = store.cash[long] ?? 0n;
    store.cash[long] = kept - figuresOf(view, long, view.scanned).healthMaintenance - 1n;
    expect(figuresOf(view, long, view.scanned).healthMaintenance).toBe(-1n);
    expect(surelyHealthy(world.engine, long)).toBe(false);
    store.cash[long] = kept;
  });

  it('never calls a closed account healthy', () => {
    const world = createMarketWorld();
    const account = openIn(world, 101, MAIN, 'portfolio');
    expect(surelyHealthy(world.engine, account)).toBe(true);
    mustPass(world.block([deposit(account, USD, 1_000n)]));
    expect(surelyHealthy(world.engine, account)).toBe(true);
    mustPass(
      world.block([
        { kind: 'withdraw', actor: ownerId(101), account, asset: USD, amount: amount(1_000n) },
        { kind: 'closeAccount', actor: ownerId(101), account },
      ]),
    );
    expect(surelyHealthy(world.engine, account)).toBe(false);
    expect(decodeSnapshot(encodeSnapshot(world.engine.state)).ok).toBe(true);
  });
});

/** All prices of the engine's models as they would be after a move: instruments by `marks`, assets by `assets`, in ppm. */
function moveModels(world: EngineWorld, marks: number, assets: number): void {
  const { view, state } = world.engine;
  const moved = state.terms.groups.map(({ id }) => {
    const { input } = modelOf(view, id);
    const at = (ppm: number, held: Price): Price => price(mulDivUp(held, BigInt(ppm), 1_000_000n));
    const shift = <V extends PriceView>(seen: V, ppm: number): V => ({
      ...seen,
      price: at(ppm, seen.price),
      low: at(ppm, seen.low),
      high: at(ppm, seen.high),
    });
    return compileRisk({
      ...input,
      instruments: input.instruments.map((one) => ({ ...one, view: shift(one.view, marks) })),
      assets: input.assets.map((one) => ({ ...one, view: shift(one.view, one.terms.id === USD ? 1_000_000 : assets) })),
    });
  });
  dropModels(view);
  for (const [group, model] of moved.entries()) view.models[group] = model;
}

describe('the cushions of the health filter', () => {
  it('hold for no account that a move of prices has put below maintenance, by one tick as by much', () => {
    const world = books(13);
    const { view, state } = world.engine;
    const draw = generator(13);
    const store = state.ledger.accounts;
    const healthOf = (account: AccountId): bigint => figuresOf(view, account, view.scanned).healthMaintenance;
    let planted = 0;
    let cleared = 0;
    for (let round = 0; round < 40; round += 1) {
      quoted(world, { usd: 1, eth: 120 + draw(160), btc: 6_000 + draw(4_000) }, [], 1_000 + draw(600_000));
      const [marks, assets] = [850_000 + draw(300_000), 850_000 + draw(300_000)];
      const rows = Array.from({ length: accountCount(state) }, (_, row) => accountId(row)).filter(
        (row) => store.status[row] === STATUS_OPEN,
      );
      const kept = rows.map((row) => store.cash[row] ?? 0n);
      moveModels(world, marks, assets);
      // Every second account is put a little below its line at the prices to come, others anywhere near it.
      for (const row of rows)
        store.cash[row] = (store.cash[row] ?? 0n) - healthOf(row) + (row % 2 === 0 ? -1n : BigInt(draw(400_000_000)));
      const below = rows.filter((row) => healthOf(row) < 0n);
      dropModels(view);
      renewCushions(view);
      moveModels(world, marks, assets);
      const thin = new Set(thinAccounts(view, rows.length + 8) ?? rows);
      for (const row of below) if (!thin.has(row)) expect(`round ${round}: the cushion of account ${row} holds`).toBe('');
      const flagged = new Set(flagAllAccounts(view));
      for (const row of below) if (!flagged.has(row)) expect(`round ${round}: account ${row} is not flagged`).toBe('');
      planted += below.length;
      cleared += rows.length - thin.size;
      for (const [index, row] of rows.entries()) store.cash[row] = kept[index] ?? 0n;
      dropModels(view);
    }
    expect(planted).toBeGreaterThan(600);
    // They clear accounts at all, or the test above would say nothing.
    expect(cleared).toBeGreaterThan(100);
  });

  it('clear nobody whose row has changed since, until the next pass', () => {
    const world = createMarketWorld();
    const account = openIn(world, 101, MAIN, 'portfolio');
    mustPass(quoted(world, { usd: 1, eth: 200 }, [deposit(account, USD, 1_000n * DOLLAR)]));
    const { view, state } = world.engine;
    const count = accountCount(state);
    renewCushions(view);
    expect(thinAccounts(view, count)).not.toContain(account);
    mustPass(world.block([deposit(account, USD, 1n)], 0));
    expect(thinAccounts(view, count)).toContain(account);
    renewCushions(view);
    expect(thinAccounts(view, count)).not.toContain(account);
  });

  it('are taken again once too few of them hold, and after blocks were replayed instead of decided', () => {
    const world = books(14);
    const { view, state } = world.engine;
    renewCushions(view);
    const first = view.filter.reference;
    moveModels(world, 1_000_001, 1_000_001);
    flagAllAccounts(view);
    expect(thinAccounts(view, accountCount(state))?.length).toBeLessThan(accountCount(state));
    moveModels(world, 3_000_000, 300_000);
    expect(thinAccounts(view, accountCount(state) >> 3)).toBe(null);
    flagAllAccounts(view);
    expect(view.filter.reference).not.toBe(first);
    refreshView(view);
    expect(thinAccounts(view, accountCount(state))).toBe(null);
  });

  it('need no exact decision for empty accounts and mere dust of cash, at any price', () => {
    const world = createMarketWorld();
    const empty = openIn(world, 101, MAIN, 'portfolio');
    const dust = openIn(world, 102, MAIN, 'portfolio');
    mustPass(quoted(world, { usd: 1, eth: 200 }, [deposit(dust, USD, 1n)]));
    const { view, state } = world.engine;
    expect(renewCushions(view).filter((account) => account === empty || account === dust)).toEqual([]);
    moveModels(world, 500_000, 500_000);
    const thin = thinAccounts(view, accountCount(state)) ?? [];
    expect([...thin].filter((account) => account === empty || account === dust)).toEqual([]);
    state.ledger.accounts.cash[empty] = -1n;
    expect(flagAccounts(view, Int32Array.of(empty))).toEqual([empty]);
    state.ledger.accounts.cash[empty] = 0n;
  });

  it('say nothing while there are more accounts than at the last pass and room was kept for, or once another asset is listed', () => {
    const world = createMarketWorld();
    const { view, state } = world.engine;
    renewCushions(view);
    const { reference } = view.filter;
    if (reference === null) throw new Error('the pass kept its coefficients');
    expect(thinAccounts(view, accountCount(state))).not.toBe(null);
    view.filter.reference = { ...reference, keys: reference.keys - 4 };
    expect(thinAccounts(view, accountCount(state))).toBe(null);
    view.filter.reference = reference;
    expect(thinAccounts(view, accountCount(state))).not.toBe(null);
    view.filter.cushions = view.filter.cushions.subarray(0, accountCount(state) - 1);
    expect(thinAccounts(view, accountCount(state))).toBe(null);
  });
});
