import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkConservation } from '../ledger/recount.ts';
import { accountId, amount, height, ownerId, poolId, ppm, shares, ticks, timeMs, trancheId } from '../numeric/brand.ts';
import { encodeSnapshot } from '../wire/snapshot.ts';
import { checkpoint, createCheckpointer, markDirty } from '../wire/stateRoot.ts';
import { applyBlock, type BlockResult, createEngine, type Engine, replayBlock } from './engine.ts';
import { figuresOf } from './healthOf.ts';
import { accountCount, isOpenAccount } from './lookup.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  ETH,
  GOVERNOR,
  genesisOf,
  listings,
  MAIN,
  trade,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { copyOf, sameBytes, signAfter, testCodec } from './testing/inspect.ts';
import {
  BTC_PERP,
  bidFor,
  COMPARTMENT,
  createMarketWorld,
  DOLLAR,
  fillAt,
  marketListings,
  openIn,
  quotes,
  STAKED_ETH,
} from './testing/market.ts';

/** A small repeatable generator, so that a failure names its seed. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Random commands of many kinds: most pass, many are refused, prices wander and crash. */
function randomCommands(world: EngineWorld, draw: (below: number) => number): readonly Unsigned[] {
  const count = accountCount(world.engine.state);
  const commands: Unsigned[] = [];
  for (let i = draw(6); i > 0; i -= 1) {
    const account = accountId(1 + draw(count - 1));
    const other = accountId(1 + draw(count - 1));
    const actor = ownerId(100 + account);
    const size = amount(BigInt(1 + draw(400_000_000)));
    const choices: readonly (() => Unsigned)[] = [
      () => trade(account, other, 1 + draw(20_000), 200),
      () => fillAt(BTC_PERP, { buyer: account, seller: other }, 1 + draw(100), 8_000_000),
      () => deposit(account, USD, size),
      () => deposit(account, draw(3) === 0 ? STAKED_ETH : ETH, BigInt(size)),
      () => ({ kind: 'withdraw', actor, account, asset: USD, amount: size }),
      () => ({ kind: 'supply', actor, account, asset: USD, amount: size }),
      () => ({ kind: 'unsupply', actor, account, asset: USD, amount: null }),
      () => ({ kind: 'borrow', actor, account, asset: draw(2) === 0 ? USD : ETH, amount: size }),
      () => ({ kind: 'repay', actor, account, asset: USD, amount: null }),
      () => ({
        kind: 'addLiquidity',
        actor,
        pool: poolId(0),
        account,
        baseMax: size,
        quoteMax: amount(200_000_000n),
        sharesMin: amount(0n),
      }),
      () => ({
        kind: 'swap',
        actor,
        pool: poolId(0),
        account,
        give: draw(2) === 0 ? 'base' : 'quote',
        amount: size,
        receiveMin: amount(0n),
      }),
      () => ({ kind: 'fundBackstop', actor, tranche: trancheId(0), account, amount: size }),
      () => ({ kind: 'redeemBackstop', actor, tranche: trancheId(0), account, shares: shares(BigInt(size)) }),
      () => ({
        kind: 'setProtection',
        actor,
        account,
        protection:
          draw(2) === 0
            ? { kind: 'slice', sizePpm: ppm(300_000), limitPpm: ppm(950_000) }
            : { kind: 'topUp', sibling: other, dailyCap: ticks(100_000_000n) },
      }),
      () => ({ kind: 'openAccount', actor, group: MAIN, mode: 'overcollateralized' }),
      () => ({ kind: 'claimRecovery', actor, account }),
    ];
    const made = choices[draw(choices.length)];
    if (made !== undefined) commands.push(made());
  }
  for (const [liquidated] of world.engine.state.auctions) {
    if (draw(3) === 0)
      commands.push(
        bidFor({ owner: 105, account: accountId(5) }, liquidated, BigInt(draw(300)) * DOLLAR - 20n * DOLLAR, 1 + draw(1_000_000)),
      );
  }
  return commands;
}

interface Run {
  readonly world: EngineWorld;
  readonly blocks: readonly BlockResult[];
}

/** A random run with a crash in it; the owner of account n is 100 + n. */
function run(seed: number, length: number, after?: (world: EngineWorld, block: BlockResult) => void): Run {
  const world = createMarketWorld();
  for (let id = 1; id <= 8; id += 1)
    openIn(world, 100 + id, id === 7 ? COMPARTMENT : MAIN, id === 7 ? 'isolated' : id === 8 ? 'overcollateralized' : 'portfolio');
  world.block([
    deposit(accountId(5), USD, 50_000n * DOLLAR),
    deposit(accountId(5), ETH, 50_000_000_000n),
    {
      kind: 'addLiquidity',
      actor: ownerId(105),
      pool: poolId(0),
      account: accountId(5),
      baseMax: amount(10_000_000_000n),
      quoteMax: amount(2_000n * DOLLAR),
      sharesMin: amount(0n),
    },
    deposit(accountId(1), USD, 3_000n * DOLLAR),
    { kind: 'supply', actor: ownerId(101), account: accountId(1), asset: USD, amount: amount(2_500n * DOLLAR) },
  ]);
  const draw = generator(seed);
  let eth = 200;
  const blocks: BlockResult[] = [];
  for (let i = 0; i < length; i += 1) {
    eth = Math.max(20, eth * (0.97 + draw(60) / 1_000) * (draw(12) === 0 ? 0.75 : 1));
    const stepMs = 1_000 + draw(40_000);
    const prices = draw(3) === 0 ? [] : quotes(world.engine.state.timeMs + stepMs, { usd: 1, eth, btc: 40 * eth, ratio: 1 });
    const block = world.block([...prices, ...randomCommands(world, draw)], stepMs);
    blocks.push(block);
    after?.(world, block);
  }
  return { world, blocks };
}

const SEEDS = [1, 2, 3, 4];

describe('replay and restore', () => {
  it('replaying genesis and its listings gives the state byte for byte', () => {
    const lived = createEngine(genesisOf(), testCodec());
    const replica = createEngine(genesisOf(), testCodec());
    const commands = signAfter(lived, [...listings(), ...marketListings()]);
    replayBlock(replica, applyBlock(lived, { height: height(1), timeMs: timeMs(lived.state.timeMs + 1), commands }));
    expect(sameBytes(encodeSnapshot(lived.state), encodeSnapshot(replica.state))).toBe(true);
  });

  it('replay of events is state, byte for byte, after every block of random runs; the runs reach auctions, sales and losses', () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      let replica: Engine | null = null;
      run(seed, 60, (world, block) => {
        for (const event of block.events) seen.add(event.kind);
        if (replica !== null) {
          replayBlock(replica, block);
          expect(`${seed}/${block.height}: ${sameBytes(encodeSnapshot(replica.state), encodeSnapshot(world.engine.state))}`).toBe(
            `${seed}/${block.height}: true`,
          );
        }
        replica ??= copyOf(world.engine);
      });
    }
    for (const kind of [
      'traded',
      'borrowed',
      'auctionOpened',
      'sliceSold',
      'lossWritten',
      'groupGated',
      'cashLoanSettled',
      'backstopFunded',
      'liquidityAdded',
    ] as const)
      expect(seen).toContain(kind);
  });

  it('a node restored from a snapshot at any block goes on with identical hashes, and its derived figures are the same', () => {
    for (const seed of SEEDS) {
      const world = createMarketWorld();
      for (let id = 1; id <= 8; id += 1)
        openIn(
          world,
          100 + id,
          id === 7 ? COMPARTMENT : MAIN,
          id === 7 ? 'isolated' : id === 8 ? 'overcollateralized' : 'portfolio',
        );
      world.block([deposit(accountId(5), USD, 50_000n * DOLLAR)]);
      const draw = generator(seed * 77);
      let eth = 200;
      for (let i = 0; i < 40; i += 1) {
        eth = Math.max(20, eth * (0.97 + draw(60) / 1_000) * (draw(12) === 0 ? 0.75 : 1));
        const stepMs = 1_000 + draw(40_000);
        const commands = [
          ...(draw(3) === 0 ? [] : quotes(world.engine.state.timeMs + stepMs, { usd: 1, eth, btc: 40 * eth, ratio: 1 })),
          ...randomCommands(world, draw),
        ];
        const restored = copyOf(world.engine);
        const signed = signAfter(world.engine, commands);
        const at = {
          height: height(world.engine.state.height + 1),
          timeMs: timeMs(world.engine.state.timeMs + stepMs),
          commands: signed,
        };
        const lived = applyBlock(world.engine, at);
        const again = applyBlock(restored, at);
        expect(`${seed}/${i}: ${sameBytes(lived.hash, again.hash)}`).toBe(`${seed}/${i}: true`);
        const rebuilt = copyOf(world.engine);
        for (let row = 0; row < accountCount(world.engine.state); row += 1) {
          if (!isOpenAccount(world.engine.state, accountId(row))) continue;
          expect(figuresOf(world.engine.view, accountId(row), world.engine.view.scanned)).toEqual(
            figuresOf(rebuilt.view, accountId(row), rebuilt.view.scanned),
          );
        }
        expect(checkConservation(world.engine.state.ledger)).toEqual([]);
      }
    }
  });

  it('a block of another history does not replay: its hash differs from what was journaled', () => {
    const world = createEngineWorld();
    const replica = copyOf(world.engine);
    const block = world.block([]);
    expect(() =>
      replayBlock(replica, { ...block, events: [...block.events, { kind: 'nonceUsed', actor: GOVERNOR, nonce: 99 }] }),
    ).toThrow('A replayed block hashes to what was journaled.');
  });

  it('refuses a gap in heights and time that runs back', () => {
    const world = createEngineWorld();
    const { state } = world.engine;
    expect(() => applyBlock(world.engine, { height: height(state.height + 2), timeMs: state.timeMs, commands: [] })).toThrow(
      'Heights have no gaps.',
    );
    expect(() =>
      applyBlock(world.engine, { height: height(state.height + 1), timeMs: timeMs(state.timeMs - 1), commands: [] }),
    ).toThrow('Block time never runs back.');
  });

  it('the state root from dirty leaves is the root from scratch, at every checkpoint', () => {
    const hash = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
    for (const seed of SEEDS.slice(0, 3)) {
      let checkpointer: ReturnType<typeof createCheckpointer> | null = null;
      run(seed, 30, (world, block) => {
        checkpointer ??= createCheckpointer(hash, world.engine.state);
        markDirty(checkpointer, block.events);
        const incremental = checkpoint(checkpointer, world.engine.state);
        const scratch = checkpoint(createCheckpointer(hash, world.engine.state), world.engine.state);
        expect(`${seed}/${block.height}: ${sameBytes(incremental, scratch)}`).toBe(`${seed}/${block.height}: true`);
      });
    }
  });
});
