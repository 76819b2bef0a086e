import { type Benchmark, type BenchmarkRun, timedOneByOne } from '@plimsoll/lab/bench/benchmark';
import type { Command } from '../src/engine/commands.ts';
import { applyBlock, type Block } from '../src/engine/engine.ts';
import { createEngineWorld, deposit, type EngineWorld, PUBLISHER, trade, USD } from '../src/engine/testing/engineWorld.ts';
import { type AccountId, feedId, height, ownerId, ppm, price, sourceId, ticks, timeMs } from '../src/numeric/brand.ts';

const ACCOUNTS = 100;
const TRADES = 1_000;
const WARM_BLOCKS = 5;
const BLOCKS = 20;
const BLOCK_MS = 15_000;
/** Above every nonce that setting up has used. */
const FIRST_NONCE = 1_000_000;

/** A world with `ACCOUNTS` accounts in cash and small alternating positions. */
function populated(): { readonly world: EngineWorld; readonly accounts: readonly AccountId[] } {
  const world = createEngineWorld();
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => world.open(100 + index));
  world.priced(
    200,
    accounts.map((account) => deposit(account, USD, 1_000_000_000_000n)),
  );
  return { world, accounts };
}

/** Block number `index` from here: fresh prices, and trades between accounts that are not neighbours in memory. */
function blockOf(world: EngineWorld, accounts: readonly AccountId[], index: number): Block {
  const { state } = world.engine;
  const atMs = timeMs(state.timeMs + (index + 1) * BLOCK_MS);
  const report = (feed: number, nano: bigint) => ({
    feed: feedId(feed),
    price: price(nano),
    confidencePpm: ppm(0),
    publishTimeMs: atMs,
  });
  const prices = [report(0, 1_000_000_000n), report(1, 200_000_000_000n)];
  const nonce = FIRST_NONCE + index * TRADES;
  const trades = Array.from({ length: TRADES }, (_, at): Command => {
    const buyer = accounts[(at * 7) % ACCOUNTS] as AccountId;
    const seller = accounts[(at * 7 + 1 + (at % 50)) % ACCOUNTS] as AccountId;
    return { ...trade(buyer, seller, 1 + (at % 5), 200), nonce: nonce + at } as Command; // cast-ok: the nonce is what `trade` leaves out
  });
  return {
    height: height(state.height + 1 + index),
    timeMs: atMs,
    commands: [{ kind: 'reportPrices', actor: PUBLISHER, nonce, source: sourceId(0), prices }, ...trades],
  };
}

const COMMANDS = 1_000;
const ETHER = 200_000_000_000n;
/** Accounts that bid, and the owner of each. */
const BIDDERS = 10;
const FIRST_OWNER = 100;

type Kind = 'report' | 'bid' | 'trade';
/** Of ten commands four report prices, three bid and three trade. */
const MIX: readonly Kind[] = ['report', 'report', 'report', 'report', 'bid', 'bid', 'bid', 'trade', 'trade', 'trade'];

/** The same world with one account in liquidation: its auction stands open for bids, which stay below its reserve price. */
function inAuction(): { readonly world: EngineWorld; readonly accounts: readonly AccountId[]; readonly sold: AccountId } {
  const { world, accounts } = populated();
  const sold = world.open(FIRST_OWNER + ACCOUNTS);
  const [other] = accounts;
  if (other === undefined) throw new Error('there are accounts');
  world.priced(200, [deposit(sold, USD, 3_000_000_000n), trade(sold, other, 100_000, 200)]);
  world.priced(184);
  if (world.engine.state.auctions.get(sold)?.stage !== 'liquidation') throw new Error('the account is in liquidation');
  return { world, accounts, sold };
}

/** Block number `index` of a mix of commands: reports rise by a millisecond each, bids are far below what they bid for, trades alternate. */
function mixedBlock({ world, accounts, sold }: ReturnType<typeof inAuction>, kinds: readonly Kind[], index: number): Block {
  const { state } = world.engine;
  const atMs = state.timeMs + (index + 1) * COMMANDS;
  const commands = Array.from({ length: COMMANDS }, (_, at): Command => {
    const nonce = FIRST_NONCE + index * COMMANDS + at;
    const account = accounts[1 + (at % BIDDERS)] as AccountId;
    switch (kinds[at % kinds.length]) {
      case 'report': {
        const nano = (ETHER * 92n) / 100n + BigInt((at % 200) - 100) * 1_000_000n;
        const prices = [
          { feed: feedId(1), price: price(nano), confidencePpm: ppm(0), publishTimeMs: timeMs(atMs - COMMANDS + 1 + at) },
        ];
        return { kind: 'reportPrices', actor: PUBLISHER, nonce, source: sourceId(0), prices };
      }
      case 'bid':
        return {
          kind: 'bid',
          actor: ownerId(FIRST_OWNER + 1 + (at % BIDDERS)),
          nonce,
          account,
          liquidated: sold,
          sizePpm: ppm(1_000),
          limit: ticks(1_000_000n),
        };
      default: {
        const other = accounts[20 + ((at * 7) % 50)] as AccountId;
        const [buyer, seller] = at % 20 < 10 ? [account, other] : [other, account];
        return { ...trade(buyer, seller, 1 + (at % 5), 184), nonce } as Command; // cast-ok: the nonce is what `trade` leaves out
      }
    }
  });
  return { height: height(state.height + 1 + index), timeMs: timeMs(atMs), commands };
}

/** Blocks of a mix, made beforehand, applied one by one. */
function mixed(kinds: readonly Kind[]): BenchmarkRun {
  const scene = inAuction();
  const blocks = Array.from({ length: WARM_BLOCKS + BLOCKS }, (_, index) => mixedBlock(scene, kinds, index));
  const apply = (block: Block | undefined): void => {
    if (block === undefined) throw new Error('as many blocks as are measured were made');
    const { results } = applyBlock(scene.world.engine, block);
    if (results.some((result) => result.kind === 'rejected')) throw new Error('every command of the benchmark passes');
  };
  for (const block of blocks.slice(0, WARM_BLOCKS)) apply(block);
  const before = process.cpuUsage();
  const run = timedOneByOne(BLOCKS, (block) => apply(blocks[WARM_BLOCKS + block]), COMMANDS);
  const { user, system } = process.cpuUsage(before);
  return { ...run, figures: { ...run.figures, cpuUsPerCommand: (user + system) / (BLOCKS * COMMANDS) } };
}

export const benches: readonly Benchmark[] = [
  {
    name: 'a whole trade, two accounts, decided and applied (in blocks of 1,000, prices and hashing included)',
    unit: 'trade',
    goal: 'p50 at most 10 µs',
    run: () => {
      const { world, accounts } = populated();
      // Commands arrive as objects: making them is not part of deciding and applying them.
      const blocks = Array.from({ length: WARM_BLOCKS + BLOCKS }, (_, index) => blockOf(world, accounts, index));
      let next = 0;
      const apply = (): void => {
        const block = blocks[next];
        next += 1;
        if (block === undefined) throw new Error('as many blocks as are measured were made');
        const { results } = applyBlock(world.engine, block);
        if (results.some((result) => result.kind === 'rejected')) throw new Error('every trade of the benchmark passes');
      };
      for (let warm = 0; warm < WARM_BLOCKS; warm += 1) apply();
      return timedOneByOne(BLOCKS, apply, TRADES);
    },
  },
  {
    name: 'commands applied: 40 % price reports, 30 % bids in an open auction, 30 % trades (blocks of 1,000, hashing included)',
    unit: 'command',
    goal: 'at most 5 µs of processor time a command: 200,000 a second on one core',
    run: () => mixed(MIX),
  },
  { name: 'price reports alone (blocks of 1,000, one feed each)', unit: 'report', run: () => mixed(['report']) },
  { name: 'bids alone, in an open auction (blocks of 1,000)', unit: 'bid', run: () => mixed(['bid']) },
];
