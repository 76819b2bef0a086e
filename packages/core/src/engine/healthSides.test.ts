import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountId, amount, feedId, ownerId, ppm, price, sourceId, timeMs } from '../numeric/brand.ts';
import { figuresOf, saleValueOf } from './healthOf.ts';
import { sideOf } from './healthSides.ts';
import { createEngineWorld, deposit, type EngineWorld, ETH, MAIN, PUBLISHER, USD } from './testing/engineWorld.ts';
import { mustPass } from './testing/inspect.ts';
import { DOLLAR, openIn } from './testing/market.ts';

const NANO_ETH = 1_000_000_000n;

/** Vaults with ether against dollars drawn, and somebody who lends the dollars. */
function vaultsOf(drawn: readonly { readonly ether: bigint; readonly dollars: bigint }[]): {
  readonly world: EngineWorld;
  readonly vaults: readonly AccountId[];
} {
  const world = createEngineWorld();
  const lender = openIn(world, 100, MAIN, 'portfolio');
  mustPass(world.priced(200, [deposit(lender, USD, 10_000_000n * DOLLAR)]));
  mustPass(
    world.priced(200, [
      { kind: 'supply', actor: ownerId(100), account: lender, asset: USD, amount: amount(9_000_000n * DOLLAR) },
    ]),
  );
  const vaults = drawn.map((_, index) => openIn(world, 200 + index, MAIN, 'overcollateralized'));
  for (const [index, { ether, dollars }] of drawn.entries()) {
    const account = vaults[index];
    if (account === undefined) continue;
    mustPass(world.priced(200, [deposit(account, ETH, ether)]));
    if (dollars > 0n)
      mustPass(
        world.priced(200, [{ kind: 'borrow', actor: ownerId(200 + index), account, asset: USD, amount: amount(dollars) }]),
      );
  }
  return { world, vaults };
}

/** A block with other prices of ether and of the dollar, in 1e-9 dollars, so many milliseconds later. */
function reprice(world: EngineWorld, ether: bigint, dollar: bigint, stepMs: number): void {
  const publishTimeMs = timeMs(world.engine.state.timeMs + stepMs);
  const prices = [dollar, ether].map((nano, id) => ({
    feed: feedId(id),
    price: price(nano),
    confidencePpm: ppm(0),
    publishTimeMs,
  }));
  world.block([{ kind: 'reportPrices', actor: PUBLISHER, source: sourceId(0), prices }], stepMs);
}

function sign(value: bigint): number {
  return value > 0n ? 1 : value < 0n ? -1 : 0;
}

describe('the side of zero that doubles can tell', () => {
  it('is that of the exact figures, and is known of nearly every vault', () => {
    let asked = 0;
    let known = 0;
    const vault = fc.record({ ether: fc.bigInt(NANO_ETH / 10n, 1_000n * NANO_ETH), lentPpm: fc.bigInt(0n, 659_000n) });
    const market = fc.record({
      ether: fc.bigInt(80n * NANO_ETH, 260n * NANO_ETH),
      dollar: fc.bigInt(990_000_000n, 1_010_000_000n),
      stepMs: fc.integer({ min: 1_000, max: 3_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(vault, { minLength: 1, maxLength: 4 }),
        fc.array(market, { minLength: 1, maxLength: 3 }),
        (books, moves) => {
          const drawn = books.map(({ ether, lentPpm }) => ({ ether, dollars: (ether * 200n * lentPpm) / 1_000_000_000n }));
          const { world, vaults } = vaultsOf(drawn);
          for (const { ether, dollar, stepMs } of moves) {
            reprice(world, ether, dollar, stepMs);
            const { view, state } = world.engine;
            for (const account of vaults) {
              if (state.ledger.accounts.status[account] !== 1) continue;
              const { healthMaintenance, equity } = figuresOf(view, account, view.scanned);
              const exact = { health: healthMaintenance, equity, saleValue: saleValueOf(view, account) };
              for (const figure of ['health', 'equity', 'saleValue'] as const) {
                const side = sideOf(view, account, figure);
                asked += 1;
                if (side === 0) continue;
                known += 1;
                expect(side).toBe(sign(exact[figure]));
              }
            }
          }
        },
      ),
      { seed: 4_711, numRuns: 60 },
    );
    expect(known / asked).toBeGreaterThan(0.95);
  });

  it('is left open at zero, a tick above it and a tick below it', () => {
    // A hundred ether at 200 count for 14,000 dollars at the liquidation threshold of 70 %.
    const { world, vaults } = vaultsOf([{ ether: 100n * NANO_ETH, dollars: 13_000n * DOLLAR }]);
    const [account] = vaults;
    if (account === undefined) throw new Error('one vault');
    const { view } = world.engine;
    const health = figuresOf(view, account, view.scanned).healthMaintenance;
    expect(sideOf(view, account, 'health')).toBe(1);
    // Its cash takes the health to within a tick of zero: no command can, so the column itself is written.
    const column = world.engine.state.ledger.accounts.cash;
    const held = column[account] ?? 0n;
    for (const off of [-1n, 0n, 1n]) {
      column[account] = held + off - health;
      expect(figuresOf(view, account, view.scanned).healthMaintenance).toBe(off);
      expect(sideOf(view, account, 'health')).toBe(0);
    }
    column[account] = held - health - 1_000n;
    expect(sideOf(view, account, 'health')).toBe(-1);
  });

  it('is not told of accounts that may hold positions', () => {
    const world = createEngineWorld();
    const account = openIn(world, 101, MAIN, 'portfolio');
    mustPass(world.priced(200, [deposit(account, USD, 5n * DOLLAR)]));
    expect(sideOf(world.engine.view, account, 'health')).toBe(0);
  });
});
