import { describe, expect, it } from 'vitest';
import {
  type AccountId,
  accountId,
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  height,
  instrumentId,
  lots,
  ownerId,
  poolId,
  ppm,
  price,
  shares,
  sourceId,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
  underlyingId,
  venueId,
} from '../numeric/brand.ts';
import { LOTS_MAX } from '../numeric/limits.ts';
import { applyBlock } from './engine.ts';
import { REJECTION_CODES, type RejectionCode } from './rejections.ts';
import {
  CUSTODIAN,
  deposit,
  type EngineWorld,
  ETH,
  ETH_PERP,
  GOVERNOR,
  genesisOf,
  listings,
  MAIN,
  PUBLISHER,
  trade,
  type Unsigned,
  USD,
  VAULT,
  VENUE,
} from './testing/engineWorld.ts';
import { copyOf, eventsOf, mustPass, outcomes, rejectionOf, signAfter } from './testing/inspect.ts';
import {
  BTC_PERP,
  bidFor,
  COMPARTMENT,
  createMarketWorld,
  DOLLAR,
  ETH_SPOT,
  fillAt,
  LP_SHARE,
  openIn,
  perpetualRisk,
  quoted,
  quotes,
} from './testing/market.ts';

const NOBODY: AccountId = accountId(999);
const MISSING = 77;

/**
 * A market in the middle of things: 1 lends dollars, 2 holds ether and owes dollars, 3 is long and 4 short the perpetual,
 * 5 keeps cash, 6 sits in the compartment, 7 is static lending, 8 is empty. The owner of account n is 100 + n.
 */
function inFullSwing(): EngineWorld {
  const world = createMarketWorld();
  for (let id = 1; id <= 5; id += 1) openIn(world, 100 + id, MAIN, 'portfolio');
  openIn(world, 106, COMPARTMENT, 'isolated');
  openIn(world, 107, MAIN, 'overcollateralized');
  openIn(world, 108, MAIN, 'portfolio');
  const at = accountId;
  mustPass(
    quoted(world, { usd: 1, eth: 200, btc: 8_000, ratio: 1 }, [
      deposit(at(1), USD, 10_000n * DOLLAR),
      supply(1, 2_000n * DOLLAR),
      deposit(at(2), ETH, 10_000_000_000n),
      { kind: 'borrow', actor: ownerId(102), account: at(2), asset: USD, amount: amount(500n * DOLLAR) },
      deposit(at(3), USD, 1_000n * DOLLAR),
      deposit(at(4), USD, 1_000n * DOLLAR),
      trade(at(3), at(4), 10_000, 200),
      deposit(at(5), USD, 100n * DOLLAR),
      deposit(at(6), USD, 100n * DOLLAR),
      deposit(at(7), ETH, 10_000_000_000n),
    ]),
  );
  return world;
}

function supply(id: number, size: bigint): Unsigned {
  return { kind: 'supply', actor: ownerId(100 + id), account: accountId(id), asset: USD, amount: amount(size) };
}
function withdraw(id: number, size: bigint): Unsigned {
  return { kind: 'withdraw', actor: ownerId(100 + id), account: accountId(id), asset: USD, amount: amount(size) };
}
function borrow(id: number, size: bigint, asset = USD): Unsigned {
  return { kind: 'borrow', actor: ownerId(100 + id), account: accountId(id), asset, amount: amount(size) };
}

/** Account 3 falls below maintenance; an auction opens. */
function inAuction(): EngineWorld {
  const world = inFullSwing();
  quoted(world, { usd: 1, eth: 108, btc: 8_000, ratio: 1 });
  expect(world.engine.state.auctions.get(accountId(3))?.stage).toBe('liquidation');
  return world;
}

/** Account 3 is insolvent and nobody stands behind it. */
function unbacked(): EngineWorld {
  const world = inFullSwing();
  quoted(world, { usd: 1, eth: 90, btc: 8_000, ratio: 1 });
  return world;
}

interface Case {
  readonly world?: () => EngineWorld;
  readonly command: (world: EngineWorld) => Unsigned;
  readonly before?: (world: EngineWorld) => readonly Unsigned[];
  readonly stepMs?: number;
}

const listEth = listings()[0] as Extract<Unsigned, { kind: 'listAsset' }>; // cast-ok: the first listing lists ether
const redeem = (size: bigint): Unsigned => ({
  kind: 'redeemBackstop',
  actor: ownerId(105),
  tranche: trancheId(0),
  account: accountId(5),
  shares: shares(size),
});
const fund = (size: bigint, tranche = 0): Unsigned => ({
  kind: 'fundBackstop',
  actor: ownerId(105),
  tranche: trancheId(tranche),
  account: accountId(5),
  amount: amount(size),
});
const swap = (id: number, give: 'base' | 'quote', size: bigint, least = 0n, pool = 0): Unsigned => ({
  kind: 'swap',
  actor: ownerId(100 + id),
  pool: poolId(pool),
  account: accountId(id),
  give,
  amount: amount(size),
  receiveMin: amount(least),
});
const provide = (id: number, base: bigint, quote: bigint, least = 0n): Unsigned => ({
  kind: 'addLiquidity',
  actor: ownerId(100 + id),
  pool: poolId(0),
  account: accountId(id),
  baseMax: amount(base),
  quoteMax: amount(quote),
  sharesMin: amount(least),
});
const report = (actor: typeof PUBLISHER, source: number, feed: number, publishTimeMs: number): Unsigned => ({
  kind: 'reportPrices',
  actor,
  source: sourceId(source),
  prices: [{ feed: feedId(feed), price: price(200_000_000_000n), confidencePpm: ppm(0), publishTimeMs: timeMs(publishTimeMs) }],
});
const now = (world: EngineWorld): number => world.engine.state.timeMs;

/** How each code is reached: at least one way each, the most telling ones where there are several. */
const CASES: Readonly<Record<RejectionCode, readonly Case[]>> = {
  staleNonce: [],
  nonceTooHigh: [],
  notAuthorised: [
    { command: () => ({ ...withdraw(5, 1n), actor: ownerId(104) }) },
    { command: () => ({ ...deposit(accountId(5), USD, 1n), actor: GOVERNOR }) },
    { command: () => ({ ...trade(accountId(3), accountId(4), 1, 200), actor: ownerId(103) }) },
    { command: () => ({ ...withdraw(5, 1n), actor: VAULT }) },
    { command: () => fillAt(ETH_PERP, { buyer: accountId(0), seller: accountId(4) }, 1, 200_000) },
    { command: (world) => report(ownerId(105), 0, 1, now(world)) },
    {
      command: () => ({
        kind: 'setProtection',
        actor: ownerId(105),
        account: accountId(5),
        protection: { kind: 'topUp', sibling: accountId(4), dailyCap: ticks(1n) },
      }),
    },
  ],
  unknownAccount: [
    { command: () => ({ ...withdraw(5, 1n), account: NOBODY }) },
    { command: () => deposit(NOBODY, USD, 1n) },
    { command: () => trade(accountId(3), NOBODY, 1, 200) },
  ],
  unknownAsset: [
    { command: () => deposit(accountId(5), assetId(MISSING), 1n) },
    { command: () => deposit(accountId(5), LP_SHARE, 1n) },
    { command: () => borrow(5, 1n, assetId(MISSING)) },
    { command: () => ({ kind: 'windDownAsset', actor: GOVERNOR, asset: assetId(MISSING) }) },
  ],
  unknownInstrument: [
    { command: () => fillAt(instrumentId(MISSING), { buyer: accountId(3), seller: accountId(4) }, 1, 1) },
    { command: () => ({ kind: 'windDownInstrument', actor: GOVERNOR, instrument: instrumentId(MISSING) }) },
    {
      command: (world) => ({
        kind: 'reportPremiums',
        actor: VENUE,
        venue: venueId(0),
        premiums: [{ instrument: instrumentId(MISSING), premiumPpm: ppm(0), publishTimeMs: timeMs(now(world)) }],
      }),
    },
  ],
  unknownFeed: [
    { command: (world) => report(PUBLISHER, 0, MISSING, now(world)) },
    { command: () => ({ kind: 'registerSource', actor: GOVERNOR, sourceActor: PUBLISHER, weight: 1, feeds: [feedId(MISSING)] }) },
  ],
  unknownSource: [{ command: (world) => report(PUBLISHER, MISSING, 1, now(world)) }],
  unknownUnderlying: [
    {
      command: (world) => ({
        kind: 'reportVolatilities',
        actor: PUBLISHER,
        source: sourceId(0),
        underlying: underlyingId(MISSING),
        publishTimeMs: timeMs(now(world)),
        smiles: [],
      }),
    },
  ],
  unknownVenue: [{ command: () => ({ kind: 'reportPremiums', actor: VENUE, venue: venueId(MISSING), premiums: [] }) }],
  unknownAuction: [{ command: () => bidFor({ owner: 105, account: accountId(5) }, accountId(3), 1n) }],
  unknownTranche: [
    { command: () => fund(1n, MISSING) },
    { command: () => ({ ...redeem(1n), tranche: trancheId(MISSING) }) as Unsigned },
  ],
  unknownPool: [{ command: () => swap(5, 'quote', 1n, 0n, MISSING) }],
  unknownGroup: [{ command: () => ({ kind: 'openAccount', actor: ownerId(105), group: groupId(MISSING), mode: 'portfolio' }) }],
  unknownBundle: [{ command: () => ({ kind: 'cancelBundle', actor: GOVERNOR, bundle: MISSING }) }],
  accountNotEmpty: [
    { command: () => ({ kind: 'closeAccount', actor: ownerId(105), account: accountId(5) }) },
    { command: () => ({ kind: 'closeAccount', actor: ownerId(107), account: accountId(7) }) },
  ],
  wrongMode: [
    { command: () => ({ kind: 'openAccount', actor: ownerId(105), group: MAIN, mode: 'isolated' }) },
    { command: () => ({ kind: 'openAccount', actor: ownerId(105), group: COMPARTMENT, mode: 'portfolio' }) },
    { command: () => trade(accountId(7), accountId(4), 1, 200) },
    { world: inAuction, command: () => bidFor({ owner: 107, account: accountId(7) }, accountId(3), 1n) },
  ],
  wrongGroup: [
    { command: () => fillAt(BTC_PERP, { buyer: accountId(6), seller: accountId(4) }, 1, 8_000_000) },
    { command: () => swap(6, 'quote', 1n) },
    {
      command: () => ({
        kind: 'fundBackstop',
        actor: ownerId(106),
        tranche: trancheId(0),
        account: accountId(6),
        amount: amount(1n),
      }),
    },
    { world: inAuction, command: () => bidFor({ owner: 106, account: accountId(6) }, accountId(3), 1n) },
  ],
  sameAccount: [
    { command: () => trade(accountId(3), accountId(3), 1, 200) },
    {
      command: () => ({
        kind: 'transfer',
        actor: ownerId(105),
        from: accountId(5),
        to: accountId(5),
        asset: USD,
        amount: amount(1n),
      }),
    },
    {
      command: () => ({
        kind: 'setProtection',
        actor: ownerId(105),
        account: accountId(5),
        protection: { kind: 'topUp', sibling: accountId(5), dailyCap: ticks(1n) },
      }),
    },
    { world: inAuction, command: () => bidFor({ owner: 103, account: accountId(3) }, accountId(3), 1n) },
  ],
  amountNotPositive: [
    { command: () => deposit(accountId(5), USD, 0n) },
    { command: () => withdraw(5, 0n) },
    { command: () => trade(accountId(3), accountId(4), 0, 200) },
    { command: () => supply(5, 0n) },
    { command: () => borrow(2, 0n) },
    { command: () => ({ kind: 'repay', actor: ownerId(105), account: accountId(5), asset: USD, amount: null }) },
    { command: () => ({ kind: 'unsupply', actor: ownerId(105), account: accountId(5), asset: USD, amount: null }) },
    { command: () => fund(0n) },
    { command: () => redeem(0n) },
    { command: () => swap(5, 'quote', 0n) },
    { command: () => provide(5, 0n, 1n) },
  ],
  amountTooLarge: [
    { command: () => ({ ...trade(accountId(3), accountId(4), 1, 200), lots: lots(LOTS_MAX * 2) }) as Unsigned },
    {
      command: () =>
        ({ ...trade(accountId(3), accountId(4), 1, 200), lots: lots(LOTS_MAX), price: ticksPerLot(2 ** 40) }) as Unsigned,
    },
    { world: inAuction, command: () => bidFor({ owner: 105, account: accountId(5) }, accountId(3), 2n ** 100n + 1n) },
  ],
  insufficientBalance: [
    { command: () => withdraw(5, 100n * DOLLAR + 1n) },
    { command: () => supply(5, 100n * DOLLAR + 1n) },
    {
      command: () => ({
        kind: 'unsupply',
        actor: ownerId(101),
        account: accountId(1),
        asset: USD,
        amount: amount(3_000n * DOLLAR),
      }),
    },
    {
      command: () => ({ kind: 'repay', actor: ownerId(102), account: accountId(2), asset: USD, amount: null }),
      before: () => [withdraw(2, 400n * DOLLAR)],
    },
    { command: () => fund(100n * DOLLAR + 1n) },
    { command: () => redeem(1n) },
    { command: () => swap(5, 'quote', 100n * DOLLAR + 1n) },
    { command: () => swap(5, 'base', 1n) },
    { command: () => fillAt(ETH_SPOT, { buyer: accountId(5), seller: accountId(4) }, 1, 200_000) },
  ],
  insufficientIdleHoldings: [],
  supplyCapExceeded: [{ command: () => deposit(accountId(5), USD, 10n ** 18n) }],
  openInterestCapExceeded: [{ command: () => trade(accountId(3), accountId(4), 1_000_000_000, 200) }],
  positionsMaxExceeded: [],
  scenarioBoundExceeded: [],
  reduceOnly: [
    {
      command: () => trade(accountId(3), accountId(4), 1, 200),
      before: () => [{ kind: 'windDownInstrument', actor: GOVERNOR, instrument: ETH_PERP }],
    },
    {
      command: () => trade(accountId(3), accountId(4), 1, 200),
      before: (world) => quotes(now(world) + 1, { usd: 0.96 }),
      stepMs: 1,
    },
  ],
  assetWindingDown: [
    { command: () => deposit(accountId(5), ETH, 1n), before: () => [{ kind: 'windDownAsset', actor: GOVERNOR, asset: ETH }] },
    { command: () => borrow(2, 1n, ETH), before: () => [{ kind: 'windDownAsset', actor: GOVERNOR, asset: ETH }] },
  ],
  feedNotUsable: [
    { command: () => trade(accountId(3), accountId(4), 1, 200), stepMs: 3_700_000 },
    { command: () => borrow(2, 1n), stepMs: 3_700_000 },
  ],
  priceOutOfBand: [{ command: () => ({ ...trade(accountId(3), accountId(4), 1, 200), price: ticksPerLot(-1) }) as Unsigned }],
  groupUnbacked: [
    { world: unbacked, command: () => trade(accountId(1), accountId(4), 1, 90) },
    { world: unbacked, command: () => borrow(2, 1n) },
  ],
  belowInitialMargin: [
    { command: () => trade(accountId(5), accountId(4), 10_000, 200) },
    { command: () => withdraw(3, 900n * DOLLAR) },
    { command: () => withdraw(7, 1_321n * DOLLAR), before: () => [borrow(7, 1_321n * DOLLAR)] },
  ],
  accountInAuction: [
    { world: inAuction, command: () => withdraw(3, 1n) },
    { world: inAuction, command: () => trade(accountId(4), accountId(3), 1, 108) },
    { world: inAuction, command: () => ({ kind: 'closeAccount', actor: ownerId(103), account: accountId(3) }) },
  ],
  equityTooSmall: [
    { command: () => trade(accountId(8), accountId(4), 1, 200), before: () => [deposit(accountId(8), USD, DOLLAR - 1n)] },
  ],
  borrowNotAllowed: [{ command: () => borrow(2, 1n, assetId(3)) }],
  poolTooSmall: [
    { command: () => borrow(2, 1_501n * DOLLAR) },
    {
      command: () => ({
        kind: 'unsupply',
        actor: ownerId(101),
        account: accountId(1),
        asset: USD,
        amount: amount(1_501n * DOLLAR),
      }),
    },
  ],
  slippage: [
    { command: () => provide(2, 1_000_000_000n, 200n * DOLLAR, 10n ** 15n) },
    { command: () => swap(5, 'quote', 10n * DOLLAR, 10n ** 12n), before: () => [provide(2, 1_000_000_000n, 200n * DOLLAR)] },
  ],
  bidTooSmall: [{ world: inAuction, command: () => bidFor({ owner: 105, account: accountId(5) }, accountId(3), 1n, 0) }],
  bidBeyondCapital: [
    { world: inAuction, command: () => bidFor({ owner: 105, account: accountId(5) }, accountId(3), 200n * DOLLAR) },
  ],
  reportRefused: [
    { command: (world) => report(PUBLISHER, 0, 1, now(world) - 1) },
    { command: (world) => report(PUBLISHER, 0, 1, now(world) + 1) },
    { command: () => ({ kind: 'reportPrices', actor: PUBLISHER, source: sourceId(0), prices: [] }) },
    { command: () => ({ kind: 'reportPremiums', actor: VENUE, venue: venueId(0), premiums: [] }) },
  ],
  invalidTerms: [{ command: () => listEth }, { command: () => listings()[1] as Unsigned }],
  invalidParameters: [
    { command: () => ({ kind: 'proposeBundle', actor: GOVERNOR, changes: [] }) },
    {
      command: () => ({
        kind: 'proposeBundle',
        actor: GOVERNOR,
        changes: [{ kind: 'asset', value: { ...listEth.risk, asset: assetId(MISSING) } }],
      }),
    },
    {
      command: () => ({
        kind: 'proposeBundle',
        actor: GOVERNOR,
        changes: [{ kind: 'asset', value: { ...listEth.risk, loanToValuePpm: ppm(800_000) } }],
      }),
    },
    { command: () => ({ kind: 'registerSource', actor: GOVERNOR, sourceActor: PUBLISHER, weight: 0, feeds: [] }) },
  ],
  flipsTooMuch: [
    {
      command: () =>
        ({
          kind: 'proposeBundle',
          actor: GOVERNOR,
          changes: [
            {
              kind: 'underlying',
              value: {
                underlying: listEth.underlying?.terms.id ?? 0,
                scanRangePpm: ppm(900_000),
                annualVolatilityPpm: ppm(800_000),
                depthOnePercent: 5_000_000_000_000n,
              },
            },
          ],
        }) as Unsigned,
    },
  ],
  windDownRefused: [
    { command: () => ({ kind: 'windDownAsset', actor: GOVERNOR, asset: USD }) },
    { command: () => ({ kind: 'windDownInstrument', actor: GOVERNOR, instrument: ETH_SPOT }) },
    {
      command: () => ({ kind: 'windDownInstrument', actor: GOVERNOR, instrument: ETH_PERP }),
      before: () => [{ kind: 'windDownInstrument', actor: GOVERNOR, instrument: ETH_PERP }],
    },
  ],
  nothingToClaim: [{ command: () => ({ kind: 'claimRecovery', actor: ownerId(105), account: accountId(5) }) }],
  trancheClosed: [
    {
      command: () => fund(1n),
      before: () => [
        fund(DOLLAR),
        {
          kind: 'transfer',
          actor: ownerId(101),
          from: accountId(1),
          to: accountId(0),
          asset: USD,
          amount: amount(1_000n * DOLLAR),
        },
      ],
    },
  ],
  collateralCapExceeded: [],
  instrumentSettled: [],
  blockFull: [],
  invalidProtection: [
    {
      command: () => ({
        kind: 'setProtection',
        actor: ownerId(105),
        account: accountId(5),
        protection: { kind: 'slice', sizePpm: ppm(0), limitPpm: ppm(900_000) },
      }),
    },
    {
      command: () => ({
        kind: 'setProtection',
        actor: ownerId(103),
        account: accountId(3),
        protection: { kind: 'slice', sizePpm: ppm(1_000_001), limitPpm: ppm(900_000) },
      }),
    },
  ],
};

/** Codes that need more than one command on a market in full swing; each has its own test below or in the file named. */
const ELSEWHERE: ReadonlySet<RejectionCode> = new Set([
  'staleNonce',
  'nonceTooHigh',
  'insufficientIdleHoldings',
  'positionsMaxExceeded',
  'scenarioBoundExceeded',
  'collateralCapExceeded',
  'instrumentSettled',
  'blockFull',
]);

describe('every rejection code', () => {
  for (const [code, cases] of Object.entries(CASES) as [RejectionCode, readonly Case[]][]) {
    if (cases.length === 0) continue;
    it(`${code} (${REJECTION_CODES[code]}) is given, and leaves the state as it was but for the nonce`, () => {
      for (const [index, one] of cases.entries()) {
        const world = (one.world ?? inFullSwing)();
        const rejection = rejectionOf(world, one.command(world), one.before?.(world) ?? [], one.stepMs ?? 0);
        expect(`${index}: ${rejection?.code}`).toBe(`${index}: ${code}`);
      }
    });
  }

  it('is shown to be reachable in this table or by a test of its own', () => {
    const missing = (Object.keys(REJECTION_CODES) as RejectionCode[]).filter(
      (code) => CASES[code].length === 0 && !ELSEWHERE.has(code),
    );
    expect(missing).toEqual([]);
  });

  it('has a number of its own, and the numbers have no gaps', () => {
    const numbers = Object.values(REJECTION_CODES);
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
  });
});

describe('codes that need a world of their own', () => {
  it('staleNonce: a nonce that was used, or a lower one, executes nothing and changes nothing', () => {
    const world = inFullSwing();
    const engine = copyOf(world.engine);
    const [signed] = signAfter(engine, [withdraw(5, 1n)]);
    if (signed === undefined) throw new Error('One command was signed.');
    const late = { ...signed, nonce: signed.nonce - 1 };
    const block = applyBlock(engine, {
      height: height(engine.state.height + 1),
      timeMs: engine.state.timeMs,
      commands: [signed, signed, late, { ...signed, nonce: 0.5 }],
    });
    expect(outcomes(block)).toEqual([
      'ok',
      `staleNonce nonce=${signed.nonce} last=${signed.nonce}`,
      `staleNonce nonce=${late.nonce} last=${signed.nonce}`,
      `staleNonce nonce=0.5 last=${signed.nonce}`,
    ]);
    expect(eventsOf(block, 'withdrawn')).toHaveLength(1);
    expect(engine.state.nonces.get(signed.actor)).toBe(signed.nonce);
  });

  it('nonceTooHigh: a nonce beyond 1,000 per millisecond and a minute is refused and not used up; time raises the bound', () => {
    const world = inFullSwing();
    const engine = copyOf(world.engine);
    const [signed] = signAfter(engine, [withdraw(5, 1n)]);
    if (signed === undefined) throw new Error('One command was signed.');
    const { timeMs: atMs, height: at } = engine.state;
    const highest = 1_000 * (atMs + 60_000);
    const before = engine.state.nonces.get(signed.actor);
    const greedy = [highest + 1, Number.MAX_SAFE_INTEGER].map((nonce) => ({ ...signed, nonce }));
    const refused = applyBlock(engine, { height: height(at + 1), timeMs: atMs, commands: greedy });
    expect(outcomes(refused)).toEqual([
      `nonceTooHigh nonce=${highest + 1} highest=${highest}`,
      `nonceTooHigh nonce=${Number.MAX_SAFE_INTEGER} highest=${highest}`,
    ]);
    expect(eventsOf(refused, 'nonceUsed')).toEqual([]);
    expect(engine.state.nonces.get(signed.actor)).toBe(before);
    const commands = [{ ...signed, nonce: highest }];
    expect(outcomes(applyBlock(engine, { height: height(at + 2), timeMs: atMs, commands }))).toEqual(['ok']);
    // Whoever took the highest one has locked nobody out.
    const later = { ...signed, nonce: highest + 1 };
    const block = applyBlock(engine, { height: height(at + 3), timeMs: timeMs(atMs + 1), commands: [later] });
    expect(outcomes(block)).toEqual(['ok']);
  });

  it('nonceTooHigh: reports are held to it too', () => {
    const world = inFullSwing();
    const engine = copyOf(world.engine);
    const [signed] = signAfter(engine, [report(PUBLISHER, 0, 0, now(world))]);
    if (signed === undefined) throw new Error('One report was signed.');
    const { timeMs: atMs, height: at } = engine.state;
    const commands = [{ ...signed, nonce: 1_000 * (atMs + 60_000) + 1 }];
    const block = applyBlock(engine, { height: height(at + 1), timeMs: atMs, commands });
    expect(outcomes(block)[0]).toMatch(/^nonceTooHigh /);
    expect(eventsOf(block, 'nonceUsed')).toEqual([]);
  });

  it('collateralCapExceeded: collateral beyond the cap over all accounts is refused, to the unit', () => {
    const world = inFullSwing();
    const changes = [{ kind: 'asset' as const, value: { ...listEth.risk, collateralCap: amount(20_000_000_001n) } }];
    mustPass(world.block([{ kind: 'proposeBundle', actor: GOVERNOR, changes }]));
    world.block([], 60_000);
    expect(rejectionOf(world, deposit(accountId(5), ETH, 2n))?.figures).toEqual({ amount: 2n, room: 1n });
    expect(rejectionOf(world, deposit(accountId(5), ETH, 2n))?.code).toBe('collateralCapExceeded');
    expect(rejectionOf(world, deposit(accountId(5), ETH, 1n))).toBeNull();
  });

  it('instrumentSettled: a wound-down instrument takes no trade once it has settled', () => {
    const world = inFullSwing();
    mustPass(world.block([{ kind: 'windDownInstrument', actor: GOVERNOR, instrument: ETH_PERP }]));
    for (let minutes = 0; minutes < 65; minutes += 1) quoted(world, { usd: 1, eth: 200, btc: 8_000, ratio: 1 }, [], 60_000);
    expect(rejectionOf(world, trade(accountId(4), accountId(3), 1, 200))?.code).toBe('instrumentSettled');
  });

  it('insufficientIdleHoldings: cash that a loser still owes is not there to be withdrawn; the rest is', () => {
    const world = createMarketWorld();
    const [long, short, saver] = [
      openIn(world, 101, COMPARTMENT, 'isolated'),
      openIn(world, 102, COMPARTMENT, 'isolated'),
      openIn(world, 103, MAIN, 'portfolio'),
    ];
    mustPass(
      world.block([
        deposit(long, USD, 1_000n * DOLLAR),
        deposit(short, ETH, 10_000_000_000n),
        deposit(saver, USD, 1_000n * DOLLAR),
        { kind: 'supply', actor: ownerId(103), account: saver, asset: USD, amount: amount(1_000n * DOLLAR) },
        fillAt(BTC_PERP, { buyer: long, seller: short }, 500, 8_000_000),
      ]),
    );
    mustPass(quoted(world, { usd: 1, eth: 200, btc: 8_400 }, [fillAt(BTC_PERP, { buyer: short, seller: long }, 500, 8_400_000)]));
    // The long has 1,200 in cash, the short −200. Of 2,000 held, 1,000 are the pool's.
    const take = (size: bigint): Unsigned => ({
      kind: 'withdraw',
      actor: ownerId(101),
      account: long,
      asset: USD,
      amount: amount(size),
    });
    expect(rejectionOf(world, take(1_000n * DOLLAR + 1n))).toEqual({
      code: 'insufficientIdleHoldings',
      account: long,
      figures: { amount: 1_000n * DOLLAR + 1n, idle: 1_000n * DOLLAR },
    });
    expect(rejectionOf(world, take(1_000n * DOLLAR))).toBeNull();
  });

  it('scenarioBoundExceeded: a book whose scenario sums might leave the exact range is refused at admission', () => {
    const world = inFullSwing();
    const rich = openIn(world, 120, MAIN, 'portfolio');
    const poor = openIn(world, 121, MAIN, 'portfolio');
    mustPass(world.block([deposit(rich, USD, 4n * 10n ** 17n), deposit(poor, USD, 4n * 10n ** 17n)]));
    const { parameters } = genesisOf();
    const listed = world.engine.state.parameters.instruments[ETH_PERP];
    if (listed === undefined) throw new Error('The perpetual is listed.');
    mustPass(
      world.block([
        {
          kind: 'proposeBundle',
          actor: GOVERNOR,
          changes: [{ kind: 'instrument', value: { ...listed, openInterestCap: 2 ** 50, impactPpm: ppm(0) } }],
        },
      ]),
    );
    quoted(world, { usd: 1, eth: 200 }, [], parameters.global.timelockMs);
    const refused = rejectionOf(world, trade(rich, poor, 90_000_000_000, 200));
    expect(refused?.code).toBe('scenarioBoundExceeded');
    expect(refused?.figures['most']).toBe(2 ** 49);
    expect(rejectionOf(world, trade(rich, poor, 9_000_000_000, 200))).toBeNull();
  });

  it('positionsMaxExceeded: an account holds 128 positions and not one more', () => {
    const world = inFullSwing();
    const terms = {
      group: MAIN,
      underlying: underlyingId(0),
      lotUnits: 1_000_000n,
      form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
    } as const;
    const ids = Array.from({ length: 128 }, (_, index) => instrumentId(3 + index));
    mustPass(
      world.block(
        ids.map((id) => ({
          kind: 'listInstrument',
          actor: GOVERNOR,
          underlying: null,
          group: null,
          terms: { ...terms, id, symbol: `P${id}` },
          risk: perpetualRisk(id),
        })),
      ),
    );
    const fills = ids.map((id) => fillAt(id, { buyer: accountId(1), seller: accountId(4) }, 1, 200_000));
    // The seller holds the first perpetual already.
    mustPass(world.block(fills.slice(0, 127)));
    const last = fills[127];
    if (last === undefined) throw new Error('There are 128 fills.');
    expect(rejectionOf(world, last)).toMatchObject({ code: 'positionsMaxExceeded', account: accountId(4) });
  });

  it('blockFull: commands beyond the budget of a block are refused and keep their nonce', () => {
    const world = inFullSwing();
    const { parameters } = genesisOf();
    const budget = { ...parameters.global.budget, commandsMax: 2 };
    mustPass(
      world.block([
        { kind: 'proposeBundle', actor: GOVERNOR, changes: [{ kind: 'global', value: { ...parameters.global, budget } }] },
      ]),
    );
    world.block([], 60_000);
    const before = world.engine.state.nonces.get(CUSTODIAN) ?? 0;
    const block = world.block([1n, 2n, 3n].map((size) => deposit(accountId(5), USD, size)));
    expect(outcomes(block)).toEqual(['ok', 'ok', 'blockFull']);
    expect(world.engine.state.nonces.get(CUSTODIAN)).toBe(before + 2);
  });
});
