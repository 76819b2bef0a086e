import { describe, expect, it } from 'vitest';
import { holdingsOf, issuedOf } from '../ledger/ledger.ts';
import type { Leg } from '../ledger/legs.ts';
import { checkConservation } from '../ledger/recount.ts';
import { LOCKED_SHARES } from '../liquidity/constantProduct.ts';
import {
  type AccountId,
  amount,
  assetId,
  feedId,
  groupId,
  ownerId,
  poolId,
  ppm,
  shares,
  ticks,
  timeMs,
  trancheId,
  venueId,
} from '../numeric/brand.ts';
import type { CommandKind } from './commands.ts';
import type { BlockResult } from './engine.ts';
import { fillLegs } from './fill.ts';
import {
  deposit,
  type EngineWorld,
  ETH,
  ETH_PERP,
  GOVERNOR,
  MAIN,
  trade,
  type Unsigned,
  USD,
  VENUE,
} from './testing/engineWorld.ts';
import { mustPass } from './testing/inspect.ts';
import { createMarketWorld, DOLLAR, LP_SHARE, openIn, quoted } from './testing/market.ts';

const OWNER = ownerId(101);

function funded(): { readonly world: EngineWorld; readonly a: AccountId; readonly b: AccountId } {
  const world = createMarketWorld({ interestFree: true });
  const a = openIn(world, 101, MAIN, 'portfolio');
  const b = openIn(world, 101, MAIN, 'portfolio');
  mustPass(world.block([deposit(a, USD, 10_000n * DOLLAR), deposit(a, ETH, 20_000_000_000n), deposit(b, USD, 1_000n * DOLLAR)]));
  return { world, a, b };
}

/** The legs of the one event that the last command of the block came to. */
function legsOf(block: BlockResult): readonly Leg[] {
  const result = mustPass(block).results.at(-1);
  if (result?.kind !== 'accepted') return [];
  return result.events.flatMap((event) => ('legs' in event ? event.legs : []));
}

const cash = (account: AccountId, size: bigint): Leg => ({ place: 'cash', account, amount: amount(size) });
const balance = (account: AccountId, asset: typeof ETH, size: bigint): Leg => ({
  place: 'balance',
  account,
  asset,
  amount: amount(size),
});
const pool = (size: bigint): Leg => ({ place: 'pool', asset: USD, amount: amount(size) });

describe('postings of accepted commands', () => {
  it('deposit, withdraw and transfer move a balance or cash against what is outside, or another account', () => {
    const { world, a, b } = funded();
    expect(legsOf(world.block([deposit(a, ETH, 7n)]))).toEqual([
      balance(a, ETH, 7n),
      { place: 'outside', asset: ETH, amount: -7n },
    ]);
    expect(legsOf(world.block([deposit(a, USD, 7n)]))).toEqual([cash(a, 7n), { place: 'outside', asset: USD, amount: -7n }]);
    expect(legsOf(world.block([{ kind: 'withdraw', actor: OWNER, account: a, asset: USD, amount: amount(7n) }]))).toEqual([
      cash(a, -7n),
      { place: 'outside', asset: USD, amount: 7n },
    ]);
    expect(legsOf(world.block([{ kind: 'transfer', actor: OWNER, from: a, to: b, asset: ETH, amount: amount(7n) }]))).toEqual([
      balance(a, ETH, -7n),
      balance(b, ETH, 7n),
    ]);
    expect(holdingsOf(world.engine.state.ledger, ETH)).toBe(20_000_000_007n);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });

  it('supply, borrow, repay and unsupply move cash against the pool, and shares at par', () => {
    const { world, a } = funded();
    const of = (kind: 'supply' | 'borrow' | 'repay' | 'unsupply', size: bigint): Unsigned => ({
      kind,
      actor: OWNER,
      account: a,
      asset: USD,
      amount: amount(size),
    });
    expect(legsOf(world.block([of('supply', 100n * DOLLAR)]))).toEqual([
      cash(a, -100n * DOLLAR),
      pool(100n * DOLLAR),
      { place: 'supplyShares', account: a, asset: USD, shares: 100n * DOLLAR },
    ]);
    expect(legsOf(world.block([of('borrow', 60n * DOLLAR)]))).toEqual([
      cash(a, 60n * DOLLAR),
      pool(-60n * DOLLAR),
      { place: 'debtShares', account: a, asset: USD, shares: 60n * DOLLAR },
    ]);
    // More than is owed is cut to what is owed.
    expect(legsOf(world.block([of('repay', 99n * DOLLAR)]))).toEqual([
      cash(a, -60n * DOLLAR),
      pool(60n * DOLLAR),
      { place: 'debtShares', account: a, asset: USD, shares: -60n * DOLLAR },
    ]);
    expect(legsOf(world.block([of('unsupply', 100n * DOLLAR)]))).toEqual([
      cash(a, 100n * DOLLAR),
      pool(-100n * DOLLAR),
      { place: 'supplyShares', account: a, asset: USD, shares: -100n * DOLLAR },
    ]);
  });

  it('a trade moves lots, and cash at the fill price', () => {
    const { world, a, b } = funded();
    expect(legsOf(world.block([trade(a, b, 1_000, 200)]))).toEqual([
      cash(a, -200n * DOLLAR),
      { place: 'position', account: a, instrument: ETH_PERP, lots: 1_000 },
      cash(b, 200n * DOLLAR),
      { place: 'position', account: b, instrument: ETH_PERP, lots: -1_000 },
    ]);
    expect(fillLegs(world.engine.view, { account: a, instrument: ETH_PERP, lots: 0 as never, price: 1 as never })).toEqual([]);
  });

  it('the first liquidity locks its least shares for good; removing all shares leaves their part in the pool', () => {
    const { world, a } = funded();
    const added = mustPass(
      world.block([
        {
          kind: 'addLiquidity',
          actor: OWNER,
          pool: poolId(0),
          account: a,
          baseMax: amount(10_000_000_000n),
          quoteMax: amount(2_000n * DOLLAR),
          sharesMin: amount(0n),
        },
      ]),
    ).results[0];
    const event = added?.kind === 'accepted' ? added.events[0] : undefined;
    if (event?.kind !== 'liquidityAdded') throw new Error('Liquidity was added.');
    expect(event.base).toBe(10_000_000_000n);
    expect(event.quote).toBe(2_000n * DOLLAR);
    // √(10^10 · 2·10^9), less what is locked.
    expect(event.shares + LOCKED_SHARES).toBe(4_472_135_954n);
    expect(issuedOf(world.engine.state.ledger, LP_SHARE)).toBe(4_472_135_954n);
    const swapped = legsOf(
      world.block([
        {
          kind: 'swap',
          actor: OWNER,
          pool: poolId(0),
          account: a,
          give: 'quote',
          amount: amount(100n * DOLLAR),
          receiveMin: amount(0n),
        },
      ]),
    );
    // 10 · 99.7 / 2,099.7 ether, rounded down.
    expect(swapped).toEqual([
      cash(a, -100n * DOLLAR),
      { place: 'amm', pool: 0, asset: USD, amount: 100n * DOLLAR },
      { place: 'amm', pool: 0, asset: ETH, amount: -474_829_737n },
      balance(a, ETH, 474_829_737n),
    ]);
    mustPass(world.block([{ kind: 'removeLiquidity', actor: OWNER, pool: poolId(0), account: a, shares: event.shares }]));
    expect(issuedOf(world.engine.state.ledger, LP_SHARE)).toBe(BigInt(LOCKED_SHARES));
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });

  it('funding the backstop moves cash to the tranche’s account; a request to redeem moves nothing', () => {
    const { world, a } = funded();
    expect(
      legsOf(
        world.block([{ kind: 'fundBackstop', actor: OWNER, tranche: trancheId(0), account: a, amount: amount(50n * DOLLAR) }]),
      ),
    ).toEqual([cash(a, -50n * DOLLAR), cash(0 as AccountId, 50n * DOLLAR)]);
    expect(
      legsOf(
        world.block([{ kind: 'redeemBackstop', actor: OWNER, tranche: trancheId(0), account: a, shares: shares(50n * DOLLAR) }]),
      ),
    ).toEqual([]);
  });
});

describe('what moves nothing', () => {
  it('every other kind comes to exactly one event that sets its record', () => {
    const { world, a, b } = funded();
    const { state } = world.engine;
    const at = (): ReturnType<typeof timeMs> => timeMs(state.timeMs + 1);
    const kinds: readonly (readonly [CommandKind, () => Unsigned, () => unknown, unknown])[] = [
      [
        'openAccount',
        () => ({ kind: 'openAccount', actor: OWNER, group: groupId(0), mode: 'overcollateralized' }),
        () => state.ledger.accounts.rowCount,
        4,
      ],
      [
        'closeAccount',
        () => ({ kind: 'closeAccount', actor: OWNER, account: 3 as AccountId }),
        () => state.ledger.accounts.status[3],
        2,
      ],
      [
        'authorizeDelegate',
        () => ({ kind: 'authorizeDelegate', actor: OWNER, account: a, delegate: ownerId(7) }),
        () => state.delegates.get(a),
        [7],
      ],
      [
        'revokeDelegate',
        () => ({ kind: 'revokeDelegate', actor: OWNER, account: a, delegate: ownerId(7) }),
        () => state.delegates.get(a) ?? [],
        [],
      ],
      [
        'setProtection',
        () => ({
          kind: 'setProtection',
          actor: OWNER,
          account: a,
          protection: { kind: 'topUp', sibling: b, dailyCap: ticks(5n) },
        }),
        () => state.protections.get(a)?.movedInWindow,
        0n,
      ],
      [
        'registerSource',
        () => ({ kind: 'registerSource', actor: GOVERNOR, sourceActor: OWNER, weight: 3, feeds: [feedId(1)] }),
        () => state.sources.at(-1)?.registration.weight,
        3,
      ],
      [
        'registerVenue',
        () => ({ kind: 'registerVenue', actor: GOVERNOR, venueActor: OWNER }),
        () => state.venues.at(-1)?.actor,
        OWNER,
      ],
      [
        'reportPremiums',
        () => ({
          kind: 'reportPremiums',
          actor: VENUE,
          venue: venueId(0),
          premiums: [{ instrument: ETH_PERP, premiumPpm: ppm(12), publishTimeMs: at() }],
        }),
        () => state.instruments[ETH_PERP]?.mark.instrument,
        ETH_PERP,
      ],
      [
        'proposeBundle',
        () => ({ kind: 'proposeBundle', actor: GOVERNOR, changes: [{ kind: 'global', value: state.parameters.global }] }),
        () => state.pendingBundles.length,
        1,
      ],
      ['cancelBundle', () => ({ kind: 'cancelBundle', actor: GOVERNOR, bundle: 0 }), () => state.pendingBundles.length, 0],
      [
        'windDownInstrument',
        () => ({ kind: 'windDownInstrument', actor: GOVERNOR, instrument: ETH_PERP }),
        () => state.instruments[ETH_PERP]?.status,
        'reduceOnly',
      ],
      [
        'windDownAsset',
        () => ({ kind: 'windDownAsset', actor: GOVERNOR, asset: assetId(1) }),
        () => state.assets[1]?.status,
        'winding',
      ],
    ];
    for (const [kind, command, read, expected] of kinds) {
      const block = mustPass(world.block([command()], 1));
      const [result] = block.results;
      if (kind !== 'reportPremiums')
        expect(`${kind}: ${result?.kind === 'accepted' ? result.events.length : 0}`).toBe(`${kind}: 1`);
      expect([kind, read()]).toEqual([kind, expected]);
    }
    quoted(world, { usd: 1, eth: 200 });
    expect(checkConservation(state.ledger)).toEqual([]);
  });
});
