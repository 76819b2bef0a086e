import { describe, expect, it } from 'vitest';
import {
  type AccountId,
  accountId,
  amount,
  assetId,
  feedId,
  lots,
  type OwnerId,
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
import type { CommandKind } from './commands.ts';
import {
  CUSTODIAN,
  deposit,
  type EngineWorld,
  ETH,
  ETH_PERP,
  GOVERNOR,
  listings,
  MAIN,
  PUBLISHER,
  type Unsigned,
  USD,
  VAULT,
  VENUE,
} from './testing/engineWorld.ts';
import { mustPass, rejectionOf } from './testing/inspect.ts';
import { createMarketWorld, DOLLAR, openIn, quoted } from './testing/market.ts';

const OWNER = ownerId(101);
const DELEGATE = ownerId(102);
const STRANGER = ownerId(103);

const ROLES = {
  owner: OWNER,
  delegate: DELEGATE,
  stranger: STRANGER,
  venue: VENUE,
  source: PUBLISHER,
  governor: GOVERNOR,
  custodian: CUSTODIAN,
  vault: VAULT,
} as const;
type Role = keyof typeof ROLES;
const ALL: readonly Role[] = ['owner', 'delegate', 'stranger', 'venue', 'source', 'governor', 'custodian', 'vault'];

/** Who may issue each kind for an account of the owner's. Everybody else is refused: default deny. */
const ALLOWED: Readonly<Record<CommandKind, readonly Role[]>> = {
  openAccount: ALL.filter((role) => role !== 'vault'),
  closeAccount: ['owner', 'delegate'],
  deposit: ['custodian'],
  withdraw: ['owner'],
  transfer: ['owner'],
  supply: ['owner', 'delegate'],
  unsupply: ['owner', 'delegate'],
  borrow: ['owner'],
  repay: ['owner', 'delegate'],
  trade: ['owner', 'delegate', 'venue'],
  reportPrices: ['source'],
  reportPremiums: ['venue'],
  reportVolatilities: ['source'],
  bid: ['owner', 'delegate'],
  fundBackstop: ['owner', 'delegate'],
  redeemBackstop: ['owner'],
  setProtection: ['owner'],
  claimRecovery: ['owner', 'delegate'],
  addLiquidity: ['owner', 'delegate'],
  removeLiquidity: ['owner', 'delegate'],
  swap: ['owner', 'delegate'],
  authorizeDelegate: ['owner'],
  revokeDelegate: ['owner'],
  registerSource: ['governor'],
  registerVenue: ['governor'],
  listAsset: ['governor'],
  listInstrument: ['governor'],
  windDownAsset: ['governor'],
  windDownInstrument: ['governor'],
  proposeBundle: ['governor'],
  cancelBundle: ['governor'],
};

interface Scene {
  readonly world: EngineWorld;
  readonly account: AccountId;
  readonly second: AccountId;
}

/** One owner with two funded accounts and a delegate on both, and an auction to bid in. */
function scene(): Scene {
  const world = createMarketWorld();
  const account = openIn(world, OWNER, MAIN, 'portfolio');
  const second = openIn(world, OWNER, MAIN, 'portfolio');
  const failing = openIn(world, 110, MAIN, 'overcollateralized');
  const authorize = (of: AccountId): Unsigned => ({ kind: 'authorizeDelegate', actor: OWNER, account: of, delegate: DELEGATE });
  mustPass(
    world.block([
      authorize(account),
      authorize(second),
      deposit(account, USD, 10_000n * DOLLAR),
      deposit(account, ETH, 10_000_000_000n),
      deposit(second, USD, 1_000n * DOLLAR),
      { kind: 'supply', actor: OWNER, account, asset: USD, amount: amount(2_000n * DOLLAR) },
      deposit(failing, ETH, 1_000_000_000n),
      { kind: 'borrow', actor: ownerId(110), account: failing, asset: USD, amount: amount(130n * DOLLAR) },
      { kind: 'withdraw', actor: ownerId(110), account: failing, asset: USD, amount: amount(130n * DOLLAR) },
    ]),
  );
  quoted(world, { usd: 1, eth: 180, btc: 8_000, ratio: 1 });
  return { world, account, second };
}

/** A well-formed command of each kind, on the owner's accounts. */
function commandOf(kind: CommandKind, actor: OwnerId, { world, account, second }: Scene): Unsigned {
  const now = timeMs(world.engine.state.timeMs + 1);
  const [listAsset, listInstrument] = listings();
  const one = amount(1n);
  const made: { readonly [K in CommandKind]: () => Unsigned } = {
    openAccount: () => ({ kind: 'openAccount', actor, group: MAIN, mode: 'portfolio' }),
    closeAccount: () => ({ kind: 'closeAccount', actor, account }),
    deposit: () => ({ kind: 'deposit', actor, account, asset: USD, amount: one }),
    withdraw: () => ({ kind: 'withdraw', actor, account, asset: USD, amount: one }),
    transfer: () => ({ kind: 'transfer', actor, from: account, to: second, asset: USD, amount: one }),
    supply: () => ({ kind: 'supply', actor, account, asset: USD, amount: one }),
    unsupply: () => ({ kind: 'unsupply', actor, account, asset: USD, amount: one }),
    borrow: () => ({ kind: 'borrow', actor, account, asset: USD, amount: one }),
    repay: () => ({ kind: 'repay', actor, account, asset: USD, amount: one }),
    trade: () => ({
      kind: 'trade',
      actor,
      instrument: ETH_PERP,
      buyer: account,
      seller: second,
      lots: lots(1),
      price: ticksPerLot(180_000),
      cosigner: null,
    }),
    reportPrices: () => ({
      kind: 'reportPrices',
      actor,
      source: sourceId(0),
      prices: [{ feed: feedId(1), price: price(180_000_000_000n), confidencePpm: ppm(0), publishTimeMs: now }],
    }),
    reportPremiums: () => ({
      kind: 'reportPremiums',
      actor,
      venue: venueId(0),
      premiums: [{ instrument: ETH_PERP, premiumPpm: ppm(10), publishTimeMs: now }],
    }),
    reportVolatilities: () => ({
      kind: 'reportVolatilities',
      actor,
      source: sourceId(0),
      underlying: underlyingId(0),
      publishTimeMs: now,
      smiles: [],
    }),
    bid: () => ({ kind: 'bid', actor, account, liquidated: accountId(3), sizePpm: ppm(1_000_000), limit: ticks(1n) }),
    fundBackstop: () => ({ kind: 'fundBackstop', actor, tranche: trancheId(0), account, amount: one }),
    redeemBackstop: () => ({ kind: 'redeemBackstop', actor, tranche: trancheId(0), account, shares: shares(1n) }),
    setProtection: () => ({ kind: 'setProtection', actor, account, protection: null }),
    claimRecovery: () => ({ kind: 'claimRecovery', actor, account }),
    addLiquidity: () => ({
      kind: 'addLiquidity',
      actor,
      pool: poolId(0),
      account,
      baseMax: amount(1_000_000n),
      quoteMax: amount(180_000n),
      sharesMin: amount(0n),
    }),
    removeLiquidity: () => ({ kind: 'removeLiquidity', actor, pool: poolId(0), account, shares: one }),
    swap: () => ({ kind: 'swap', actor, pool: poolId(0), account, give: 'quote', amount: one, receiveMin: amount(0n) }),
    authorizeDelegate: () => ({ kind: 'authorizeDelegate', actor, account, delegate: STRANGER }),
    revokeDelegate: () => ({ kind: 'revokeDelegate', actor, account, delegate: DELEGATE }),
    registerSource: () => ({ kind: 'registerSource', actor, sourceActor: STRANGER, weight: 1, feeds: [] }),
    registerVenue: () => ({ kind: 'registerVenue', actor, venueActor: STRANGER }),
    listAsset: () => ({ ...(listAsset as Extract<Unsigned, { kind: 'listAsset' }>), actor }),
    listInstrument: () => ({ ...(listInstrument as Extract<Unsigned, { kind: 'listInstrument' }>), actor }),
    windDownAsset: () => ({ kind: 'windDownAsset', actor, asset: assetId(1) }),
    windDownInstrument: () => ({ kind: 'windDownInstrument', actor, instrument: ETH_PERP }),
    proposeBundle: () => ({ kind: 'proposeBundle', actor, changes: [] }),
    cancelBundle: () => ({ kind: 'cancelBundle', actor, bundle: 0 }),
  };
  return made[kind]();
}

describe('who may do what: default deny', () => {
  const shared = scene();
  expect(shared.world.engine.state.auctions.size).toBe(1);
  for (const kind of Object.keys(ALLOWED) as CommandKind[]) {
    for (const role of ALL) {
      const may = ALLOWED[kind].includes(role);
      it(`${role} ${may ? 'may' : 'may not'} ${kind}`, () => {
        const rejection = rejectionOf(shared.world, commandOf(kind, ROLES[role], shared), [], 1);
        if (may) expect(rejection?.code).not.toBe('notAuthorised');
        else expect(rejection?.code).toBe('notAuthorised');
      });
    }
  }

  it('a delegate who was revoked may nothing any more', () => {
    const { world, account, second } = scene();
    mustPass(world.block([{ kind: 'revokeDelegate', actor: OWNER, account, delegate: DELEGATE }]));
    expect(rejectionOf(world, { kind: 'supply', actor: DELEGATE, account, asset: USD, amount: amount(1n) })?.code).toBe(
      'notAuthorised',
    );
    expect(
      rejectionOf(world, { kind: 'supply', actor: DELEGATE, account: second, asset: USD, amount: amount(1_000n) }),
    ).toBeNull();
  });

  it('a trade needs the signature of each side: one owner alone cannot trade for another, two together can', () => {
    const { world, account } = scene();
    const other = openIn(world, STRANGER, MAIN, 'portfolio');
    mustPass(world.block([deposit(other, USD, 1_000n * DOLLAR)]));
    const fill = (actor: OwnerId, cosigner: OwnerId | null): Unsigned => ({
      kind: 'trade',
      actor,
      instrument: ETH_PERP,
      buyer: account,
      seller: other,
      lots: lots(1),
      price: ticksPerLot(180_000),
      cosigner,
    });
    expect(rejectionOf(world, fill(OWNER, null))?.code).toBe('notAuthorised');
    expect(rejectionOf(world, fill(STRANGER, null))?.code).toBe('notAuthorised');
    expect(rejectionOf(world, fill(OWNER, DELEGATE))?.code).toBe('notAuthorised');
    expect(rejectionOf(world, fill(OWNER, STRANGER))).toBeNull();
    expect(rejectionOf(world, fill(STRANGER, DELEGATE))).toBeNull();
  });

  it('nobody can act for a tranche account, not even with the vault as cosigner', () => {
    const { world, account } = scene();
    const tranche = accountId(0);
    mustPass(
      world.block([{ kind: 'fundBackstop', actor: OWNER, tranche: trancheId(0), account, amount: amount(1_000n * DOLLAR) }]),
    );
    expect(rejectionOf(world, { kind: 'withdraw', actor: OWNER, account: tranche, asset: USD, amount: amount(1n) })?.code).toBe(
      'notAuthorised',
    );
    expect(
      rejectionOf(world, {
        kind: 'trade',
        actor: OWNER,
        instrument: ETH_PERP,
        buyer: account,
        seller: tranche,
        lots: lots(1),
        price: ticksPerLot(180_000),
        cosigner: VAULT,
      })?.code,
    ).toBe('notAuthorised');
    expect(
      rejectionOf(world, {
        kind: 'trade',
        actor: VENUE,
        instrument: ETH_PERP,
        buyer: account,
        seller: tranche,
        lots: lots(1),
        price: ticksPerLot(180_000),
        cosigner: null,
      })?.code,
    ).toBe('notAuthorised');
  });

  it('precedence: a bad nonce is said before authority, authority before amounts, amounts before margin', () => {
    const { world, account } = scene();
    expect(rejectionOf(world, { kind: 'withdraw', actor: STRANGER, account, asset: assetId(77), amount: amount(0n) })?.code).toBe(
      'notAuthorised',
    );
    expect(rejectionOf(world, { kind: 'withdraw', actor: OWNER, account, asset: assetId(77), amount: amount(0n) })?.code).toBe(
      'unknownAsset',
    );
    expect(rejectionOf(world, { kind: 'withdraw', actor: OWNER, account, asset: USD, amount: amount(0n) })?.code).toBe(
      'amountNotPositive',
    );
  });
});
