import { createHash } from 'node:crypto';
import { applyBlock, type Command, type CommandKind, createEngine, type Engine, nextHeight } from '@plimsoll/core/engine';
import {
  type AccountId,
  accountId,
  amount,
  assetId,
  instrumentId,
  lots,
  type OwnerId,
  ownerId,
  poolId,
  ppm,
  shares,
  sourceId,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
  underlyingId,
  venueId,
} from '@plimsoll/core/numeric';
import { createEventCodec } from '@plimsoll/core/wire';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from '../contracts/identityChange.ts';
import {
  CUSTODIAN,
  DOLLAR,
  ETHER,
  ETHER_FEED,
  ETHER_PERPETUAL,
  ETHER_PRICE,
  GOVERNOR,
  MAIN_GROUP,
  SOURCE_OPERATORS,
  seedCommands,
  smallDeployment,
  TRADER_ACCOUNTS,
  TRADERS,
  testAddress,
  VAULT,
  VENUE_OPERATOR,
} from '../testing/smallDeployment.ts';
import {
  COMMAND_RULES,
  mayIssue,
  mayRead,
  READ_RULES,
  type Readable,
  type ReadableKind,
  ROLES,
  type Role,
  type Signers,
} from './authorityTable.ts';
import { createDirectory, type OwnerDirectory, SCOPES } from './directory.ts';
import { testSessionKey } from './testing/testSigner.ts';

/**
 * What we want, said without looking at the table: one line per kind, a cross per role in the order of its heading, then the scope of
 * a session (`-`: none may).
 */
const EXPECTED_COMMANDS = `
                    public registered owner delegate venue source custodian governor scope
openAccount         .      x          x     x        x     x      x         x        trade
closeAccount        .      .          x     x        .     .      .         .        trade
deposit             .      .          .     .        .     .      x         .        custody
withdraw            .      .          x     .        .     .      .         .        withdraw
transfer            .      .          x     .        .     .      .         .        transfer
supply              .      .          x     x        .     .      .         .        lend
unsupply            .      .          x     x        .     .      .         .        lend
borrow              .      .          x     .        .     .      .         .        lend
repay               .      .          x     x        .     .      .         .        lend
trade               .      .          x     x        x     .      .         .        trade
reportPrices        .      .          .     .        .     x      .         .        report
reportPremiums      .      .          .     .        x     .      .         .        report
reportVolatilities  .      .          .     .        .     x      .         .        report
bid                 .      .          x     x        .     .      .         .        liquidate
fundBackstop        .      .          x     x        .     .      .         .        liquidate
redeemBackstop      .      .          x     .        .     .      .         .        liquidate
setProtection       .      .          x     .        .     .      .         .        transfer
claimRecovery       .      .          x     x        .     .      .         .        trade
addLiquidity        .      .          x     x        .     .      .         .        trade
removeLiquidity     .      .          x     x        .     .      .         .        trade
swap                .      .          x     x        .     .      .         .        trade
authorizeDelegate   .      .          x     .        .     .      .         .        -
revokeDelegate      .      .          x     .        .     .      .         .        -
registerSource      .      .          .     .        .     .      .         x        govern
registerVenue       .      .          .     .        .     .      .         x        govern
listAsset           .      .          .     .        .     .      .         x        govern
listInstrument      .      .          .     .        .     .      .         x        govern
windDownAsset       .      .          .     .        .     .      .         x        govern
windDownInstrument  .      .          .     .        .     .      .         x        govern
proposeBundle       .      .          .     .        .     .      .         x        govern
cancelBundle        .      .          .     .        .     .      .         x        govern
`;

/** The same for what is read; \`any\`: a session of any scope. */
const EXPECTED_READS = `
                    public registered owner delegate venue source custodian governor scope
status              x      x          x     x        x     x      x         x        any
documents           x      x          x     x        x     x      x         x        any
metrics             x      x          x     x        x     x      x         x        any
markets             x      x          x     x        x     x      x         x        any
oracle              x      x          x     x        x     x      x         x        any
auctions            x      x          x     x        x     x      x         x        any
backstop            x      x          x     x        x     x      x         x        any
waterfall           x      x          x     x        x     x      x         x        any
pools               x      x          x     x        x     x      x         x        any
parameters          x      x          x     x        x     x      x         x        any
riskMatrix          x      x          x     x        x     x      x         x        any
simulate            x      x          x     x        x     x      x         x        any
ownerOfWallet       x      x          x     x        x     x      x         x        any
account             .      .          x     x        .     .      .         .        read
simulateOnAccount   .      .          x     x        .     .      .         .        read
accountsOfOwner     .      .          x     .        .     .      .         .        read
sessionsOfOwner     .      .          x     .        .     .      .         .        read
outcome             .      .          x     .        .     .      .         .        any
`;

/**
 * Trades that the venue's operator signs by a session: between its own account, the owner's and that of another trader. Columns: the accounts
 * that its session is bound to, `any` when it is bound to none. Rows: the sides, and whose wallet cosigns.
 */
const EXPECTED_OFFICE = `
sides       cosigner  any            own+owner        own              owner+other
own+owner   nobody    allowed        allowed          outsideAccounts  outsideAccounts
own+owner   itself    allowed        allowed          outsideAccounts  outsideAccounts
own+owner   stranger  notAuthorised  notAuthorised    notAuthorised    notAuthorised
own+owner   other     notAuthorised  notAuthorised    notAuthorised    notAuthorised
own+other   nobody    allowed        outsideAccounts  outsideAccounts  outsideAccounts
own+other   itself    allowed        outsideAccounts  outsideAccounts  outsideAccounts
own+other   stranger  notAuthorised  notAuthorised    notAuthorised    notAuthorised
own+other   other     allowed        allowed          allowed          outsideAccounts
owner+other nobody    allowed        outsideAccounts  outsideAccounts  allowed
owner+other itself    notAuthorised  notAuthorised    notAuthorised    notAuthorised
owner+other stranger  notAuthorised  notAuthorised    notAuthorised    notAuthorised
owner+other other     allowed        outsideAccounts  outsideAccounts  allowed
`;

const OWNER = TRADERS[0];
const ACCOUNT = TRADER_ACCOUNTS[0];
/** The second account of the owner. */
const SIBLING = accountId(5);
/** That of the venue's operator. */
const VENUE_ACCOUNT = accountId(6);
const POOL_SHARE = assetId(2);
const STRANGER = ownerId(200);
const DELEGATE = ownerId(201);

const ACTORS: { readonly [R in Exclude<Role, 'public'>]: OwnerId } = {
  registered: STRANGER,
  owner: OWNER,
  delegate: DELEGATE,
  venue: VENUE_OPERATOR,
  source: SOURCE_OPERATORS[0],
  custodian: CUSTODIAN,
  governor: GOVERNOR,
};
const ALL_SCOPES = Object.keys(SCOPES) as Scope[];

interface Cell {
  readonly kind: string;
  readonly role: Role;
  readonly isAllowed: boolean;
  readonly scope: string;
}

function cellsOf(text: string): readonly Cell[] {
  const [heading = '', ...lines] = text.trim().split('\n');
  const roles = heading.trim().split(/ +/).slice(0, -1) as Role[];
  return lines.flatMap((line) => {
    const [kind = '', ...marks] = line.split(/ +/);
    return roles.map((role, index) => ({ kind, role, isAllowed: marks[index] === 'x', scope: marks[roles.length] ?? '' }));
  });
}

const COMMAND_CELLS = cellsOf(EXPECTED_COMMANDS);
const READ_CELLS = cellsOf(EXPECTED_READS);
const KINDS = [...new Set(COMMAND_CELLS.map(({ kind }) => kind))];
const READABLE_KINDS = [...new Set(READ_CELLS.map(({ kind }) => kind))];
const cellsOfKind = (cells: readonly Cell[], kind: string): readonly Cell[] => cells.filter((cell) => cell.kind === kind);
/** Nobody: an id without a wallet. */
const NOBODY = ownerId(777);
const actorOf = (role: Role): OwnerId => (role === 'public' ? NOBODY : ACTORS[role]);
const NONCE = 1_000_000;

/** A well-formed command of each kind, on what exists. */
function commandOf(kind: string, actor: OwnerId, atMs: number): Command {
  const signed = { actor, nonce: NONCE };
  const one = amount(1n);
  const account = ACCOUNT;
  const list = <K extends CommandKind>(wanted: K): Extract<Command, { kind: K }> => {
    const found = seedCommands()
      .flatMap(({ commands }) => commands)
      .find((command) => command.kind === wanted);
    return found as Extract<Command, { kind: K }>;
  };
  const made: { readonly [K in CommandKind]: () => Extract<Command, { kind: K }> } = {
    openAccount: () => ({ kind: 'openAccount', ...signed, group: MAIN_GROUP, mode: 'portfolio' }),
    closeAccount: () => ({ kind: 'closeAccount', ...signed, account }),
    deposit: () => ({ kind: 'deposit', ...signed, account, asset: DOLLAR, amount: one }),
    withdraw: () => ({ kind: 'withdraw', ...signed, account, asset: DOLLAR, amount: one }),
    transfer: () => ({ kind: 'transfer', ...signed, from: account, to: SIBLING, asset: DOLLAR, amount: one }),
    supply: () => ({ kind: 'supply', ...signed, account, asset: DOLLAR, amount: one }),
    unsupply: () => ({ kind: 'unsupply', ...signed, account, asset: DOLLAR, amount: one }),
    borrow: () => ({ kind: 'borrow', ...signed, account, asset: DOLLAR, amount: one }),
    repay: () => ({ kind: 'repay', ...signed, account, asset: DOLLAR, amount: null }),
    trade: () => ({
      kind: 'trade',
      ...signed,
      instrument: ETHER_PERPETUAL,
      buyer: account,
      seller: SIBLING,
      lots: lots(1),
      price: ticksPerLot(2_000_000),
      cosigner: null,
    }),
    reportPrices: () => ({
      kind: 'reportPrices',
      ...signed,
      source: sourceId(0),
      prices: [{ feed: ETHER_FEED, price: ETHER_PRICE, confidencePpm: ppm(0), publishTimeMs: timeMs(atMs) }],
    }),
    reportPremiums: () => ({
      kind: 'reportPremiums',
      ...signed,
      venue: venueId(0),
      premiums: [{ instrument: ETHER_PERPETUAL, premiumPpm: ppm(1), publishTimeMs: timeMs(atMs) }],
    }),
    reportVolatilities: () => ({
      kind: 'reportVolatilities',
      ...signed,
      source: sourceId(0),
      underlying: underlyingId(0),
      publishTimeMs: timeMs(atMs),
      smiles: [],
    }),
    bid: () => ({ kind: 'bid', ...signed, account, liquidated: TRADER_ACCOUNTS[1], sizePpm: ppm(1), limit: ticks(1n) }),
    fundBackstop: () => ({ kind: 'fundBackstop', ...signed, tranche: trancheId(0), account, amount: one }),
    redeemBackstop: () => ({ kind: 'redeemBackstop', ...signed, tranche: trancheId(0), account, shares: shares(1n) }),
    setProtection: () => ({
      kind: 'setProtection',
      ...signed,
      account,
      protection: { kind: 'topUp', sibling: SIBLING, dailyCap: ticks(1n) },
    }),
    claimRecovery: () => ({ kind: 'claimRecovery', ...signed, account }),
    addLiquidity: () => ({
      kind: 'addLiquidity',
      ...signed,
      pool: poolId(0),
      account,
      baseMax: amount(1_000_000n),
      quoteMax: amount(200_000n),
      sharesMin: amount(0n),
    }),
    removeLiquidity: () => ({ kind: 'removeLiquidity', ...signed, pool: poolId(0), account, shares: one }),
    swap: () => ({ kind: 'swap', ...signed, pool: poolId(0), account, give: 'quote', amount: one, receiveMin: amount(0n) }),
    authorizeDelegate: () => ({ kind: 'authorizeDelegate', ...signed, account, delegate: STRANGER }),
    revokeDelegate: () => ({ kind: 'revokeDelegate', ...signed, account, delegate: DELEGATE }),
    registerSource: () => ({ kind: 'registerSource', ...signed, sourceActor: STRANGER, weight: 1, feeds: [] }),
    registerVenue: () => ({ kind: 'registerVenue', ...signed, venueActor: STRANGER }),
    listAsset: () => ({ ...list('listAsset'), ...signed }),
    listInstrument: () => ({ ...list('listInstrument'), ...signed }),
    windDownAsset: () => ({ kind: 'windDownAsset', ...signed, asset: ETHER }),
    windDownInstrument: () => ({ kind: 'windDownInstrument', ...signed, instrument: instrumentId(0) }),
    proposeBundle: () => ({ kind: 'proposeBundle', ...signed, changes: [] }),
    cancelBundle: () => ({ kind: 'cancelBundle', ...signed, bundle: 0 }),
  };
  const make: Readonly<Record<string, () => Command>> = made;
  const command = make[kind]?.();
  if (command === undefined) throw new Error(`no command ${kind}`);
  return command;
}

function apply(engine: Engine, commands: readonly Command[], byMs = 1_000): readonly string[] {
  const { state } = engine;
  const results = applyBlock(engine, { height: nextHeight(state), timeMs: timeMs(state.timeMs + byMs), commands }).results;
  return results.map((result) => (result.kind === 'accepted' ? 'accepted' : result.rejection.code));
}

/** The small deployment, with a pool, a second account of the owner, a delegate of both, and an account of the venue's operator. */
function createScene(): Engine {
  const engine = createEngine(
    smallDeployment().genesis,
    createEventCodec((bytes) => createHash('sha256').update(bytes).digest()),
  );
  const seeds = seedCommands();
  for (const { commands } of seeds) apply(engine, commands);
  const listed = seeds.flatMap(({ commands }) => commands).find((command) => command.kind === 'listAsset');
  if (listed?.kind !== 'listAsset') throw new Error('The seeds list ether.');
  const delegation = (account: AccountId, nonce: number): Command => ({
    kind: 'authorizeDelegate',
    actor: OWNER,
    nonce,
    account,
    delegate: DELEGATE,
  });
  const codes = apply(engine, [
    {
      ...listed,
      nonce: 900_000,
      underlying: null,
      terms: {
        ...listed.terms,
        id: POOL_SHARE,
        symbol: 'LP',
        feed: null,
        underlying: null,
        form: { kind: 'lpShare', pool: poolId(0) },
      },
      risk: { ...listed.risk, asset: POOL_SHARE, canBorrow: false },
      pool: { id: poolId(0), group: MAIN_GROUP, base: ETHER, share: POOL_SHARE, feePpm: ppm(3_000) },
    },
    { kind: 'openAccount', actor: OWNER, nonce: 900_000, group: MAIN_GROUP, mode: 'portfolio' },
    delegation(ACCOUNT, 900_001),
    delegation(SIBLING, 900_002),
    { kind: 'openAccount', actor: VENUE_OPERATOR, nonce: 900_000, group: MAIN_GROUP, mode: 'portfolio' },
  ]);
  expect(codes).toEqual(codes.map(() => 'accepted'));
  return engine;
}

/** Everybody with a wallet, and a session per actor and scope. */
function createPeople(nowMs: number): OwnerDirectory {
  const deployment = smallDeployment();
  const more = [STRANGER, DELEGATE].map((owner) => ({ owner, address: testAddress(owner) }));
  const directory = createDirectory({ ...deployment, identities: [...deployment.identities, ...more] });
  for (const owner of Object.values(ACTORS)) {
    for (const [index, scope] of ALL_SCOPES.entries()) {
      const opened = directory.apply(
        {
          kind: 'openSession',
          owner,
          key: sessionOf(owner, scope),
          scopes: [scope],
          accounts: null,
          expiresAtMs: timeMs(nowMs + 1_000_000),
          nonce: index + 1,
        },
        timeMs(nowMs),
      );
      expect(opened).toEqual({ ok: true, owner });
    }
  }
  return directory;
}

const keys = new Map<string, string>();
function sessionOf(owner: OwnerId, scope: string): string {
  const name = `${owner} ${scope}`;
  const key = keys.get(name) ?? testSessionKey(name).key;
  keys.set(name, key);
  return key;
}

let engine: Engine;
let directory: OwnerDirectory;
beforeAll(() => {
  engine = createScene();
  directory = createPeople(engine.state.timeMs);
});

const wallet = (owner: OwnerId): Signers => ({ actor: { kind: 'wallet', owner }, cosigner: null });
const bySession = (owner: OwnerId, scope: string): Signers => ({
  actor: { kind: 'session', key: sessionOf(owner, scope) },
  cosigner: null,
});
function verdict(signers: Signers, command: Command): string {
  const result = mayIssue({ directory, state: engine.state }, signers, command);
  return result.ok ? 'allowed' : result.code;
}

/** Opens a session of the owner that may withdraw and read, a moment ago. */
function openUntil(name: string, expiresAtMs: number): void {
  const change = { kind: 'openSession', owner: OWNER, key: sessionOf(OWNER, name), accounts: null } as const;
  const nonce = directory.nonceOf(OWNER) + 1;
  directory.apply(
    { ...change, scopes: ['withdraw', 'read'], nonce, expiresAtMs: timeMs(expiresAtMs) },
    timeMs(engine.state.timeMs - 10),
  );
}

describe('who may issue what', () => {
  test('is stated here for every kind and every role', () => {
    expect(new Set(COMMAND_CELLS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(COMMAND_RULES)));
    expect(COMMAND_CELLS).toHaveLength(Object.keys(COMMAND_RULES).length * ROLES.length);
  });

  test.each(KINDS)('%s, role by role', (kind) => {
    const found = cellsOfKind(COMMAND_CELLS, kind).map(({ role }) => {
      const actor = actorOf(role);
      return `${role}: ${verdict(wallet(actor), commandOf(kind, actor, engine.state.timeMs))}`;
    });
    const denied = (role: Role) => (role === 'public' ? 'unknownSigner' : 'notAuthorised');
    expect(found).toEqual(
      cellsOfKind(COMMAND_CELLS, kind).map(({ role, isAllowed }) => `${role}: ${isAllowed ? 'allowed' : denied(role)}`),
    );
  });

  test.each(KINDS)('%s, role by role: the core decides the same', (kind) => {
    const cells = cellsOfKind(COMMAND_CELLS, kind).filter(({ role }) => role !== 'public');
    // Those who are refused come first: they change nothing, so that each finds the same state.
    const inOrder = [...cells.filter(({ isAllowed }) => !isAllowed), ...cells.filter(({ isAllowed }) => isAllowed)];
    const scene = createScene();
    const found = inOrder.map(({ role }) => {
      const [code = ''] = apply(scene, [commandOf(kind, actorOf(role), scene.state.timeMs + 1_000)]);
      return `${role}: ${code !== 'notAuthorised'}`;
    });
    expect(found).toEqual(inOrder.map(({ role, isAllowed }) => `${role}: ${isAllowed}`));
  });

  test.each(KINDS)('%s, session by session: whoever may, may with the one scope alone', (kind) => {
    const cells = cellsOfKind(COMMAND_CELLS, kind).flatMap((cell) => ALL_SCOPES.map((held) => ({ ...cell, held })));
    const found = cells.map(({ role, held }) => {
      const actor = actorOf(role);
      return `${role} with ${held}: ${verdict(bySession(actor, held), commandOf(kind, actor, engine.state.timeMs))}`;
    });
    const expected = cells.map(({ role, isAllowed, scope, held }) => {
      const code =
        role === 'public' ? 'unknownSigner' : held !== scope ? 'outsideScope' : isAllowed ? 'allowed' : 'notAuthorised';
      return `${role} with ${held}: ${code}`;
    });
    expect(found).toEqual(expected);
  });
});

describe('a signer', () => {
  const withdraw = (actor: OwnerId): Command => commandOf('withdraw', actor, 0);

  test('who names another actor is refused, and so is an unknown one', () => {
    expect(verdict(wallet(STRANGER), withdraw(OWNER))).toBe('wrongActor');
    expect(verdict(bySession(STRANGER, 'withdraw'), withdraw(OWNER))).toBe('wrongActor');
    expect(verdict(bySession(ownerId(999), 'withdraw'), withdraw(OWNER))).toBe('unknownSigner');
    expect(verdict(wallet(VAULT), withdraw(VAULT))).toBe('unknownSigner');
  });

  test('whose session has expired is refused from that millisecond on', () => {
    openUntil('late', engine.state.timeMs);
    expect(verdict(bySession(OWNER, 'late'), withdraw(OWNER))).toBe('sessionExpired');
    openUntil('just', engine.state.timeMs + 1);
    expect(verdict(bySession(OWNER, 'just'), withdraw(OWNER))).toBe('allowed');
  });

  test('with a session bound to accounts stays on them', () => {
    const key = sessionOf(OWNER, 'bound');
    const nonce = directory.nonceOf(OWNER) + 1;
    const expiresAtMs = timeMs(engine.state.timeMs + 1_000);
    directory.apply(
      {
        kind: 'openSession',
        owner: OWNER,
        key,
        scopes: ['trade', 'transfer', 'withdraw', 'read'],
        accounts: [ACCOUNT],
        expiresAtMs,
        nonce,
      },
      engine.state.timeMs,
    );
    const bound: Signers = { actor: { kind: 'session', key }, cosigner: null };
    const say = (command: Command) => verdict(bound, command);
    const at = engine.state.timeMs;
    expect(say(withdraw(OWNER))).toBe('allowed');
    expect(say({ ...commandOf('withdraw', OWNER, at), account: SIBLING } as Command)).toBe('outsideAccounts');
    expect(say(commandOf('trade', OWNER, at))).toBe('outsideAccounts');
    expect(say(commandOf('openAccount', OWNER, at))).toBe('outsideAccounts');
    expect(say(commandOf('transfer', OWNER, at))).toBe('allowed');
    expect(say({ ...commandOf('transfer', OWNER, at), from: SIBLING, to: ACCOUNT } as Command)).toBe('outsideAccounts');
    expect(say(commandOf('setProtection', OWNER, at))).toBe('outsideAccounts');
    expect(say({ ...commandOf('setProtection', OWNER, at), protection: null } as Command)).toBe('allowed');
    const see = (readable: Readable) => {
      const result = mayRead({ directory, state: engine.state }, key, readable);
      return result.ok ? 'allowed' : result.code;
    };
    expect(see({ kind: 'account', account: ACCOUNT })).toBe('allowed');
    expect(see({ kind: 'account', account: SIBLING })).toBe('outsideAccounts');
    expect(see({ kind: 'accountsOfOwner', owner: OWNER })).toBe('outsideAccounts');
    expect(see({ kind: 'outcome', owner: OWNER })).toBe('allowed');
  });

  test('may act on an account that is opened before the command is decided: the core answers for it', () => {
    const unopened = accountId(900);
    const command = { ...commandOf('supply', STRANGER, 0), account: unopened } as Command;
    expect(verdict(wallet(STRANGER), command)).toBe('allowed');
    expect(apply(createScene(), [command])).toEqual(['unknownAccount']);
    expect(verdict(wallet(STRANGER), { ...commandOf('deposit', STRANGER, 0), account: unopened } as Command)).toBe(
      'notAuthorised',
    );
  });

  test('operates its own source or venue only', () => {
    const other = SOURCE_OPERATORS[1];
    expect(verdict(wallet(other), commandOf('reportPrices', other, 0))).toBe('notAuthorised');
    expect(verdict(wallet(other), { ...commandOf('reportPrices', other, 0), source: sourceId(1) } as Command)).toBe('allowed');
  });
});

describe('a trade without a venue', () => {
  /** Between the owner and another trader. */
  const trade = (cosigner: OwnerId | null): Command => ({
    ...(commandOf('trade', OWNER, 0) as Extract<Command, { kind: 'trade' }>),
    seller: TRADER_ACCOUNTS[1],
    cosigner,
  });
  const OTHER = TRADERS[1];
  const both = (cosigner: OwnerId | null): Signers => ({
    actor: { kind: 'wallet', owner: OWNER },
    cosigner: cosigner === null ? null : { kind: 'wallet', owner: cosigner },
  });

  test('takes the signatures of both sides, and no more', () => {
    expect(verdict(both(OTHER), trade(OTHER))).toBe('allowed');
    expect(verdict(both(null), trade(OTHER))).toBe('cosignatureMissing');
    expect(verdict(both(STRANGER), trade(OTHER))).toBe('wrongCosigner');
    expect(verdict(both(OTHER), trade(null))).toBe('cosignatureUnexpected');
    expect(verdict(both(null), trade(null))).toBe('notAuthorised');
    expect(verdict(both(STRANGER), trade(STRANGER))).toBe('notAuthorised');
    expect(verdict(both(NOBODY), trade(NOBODY))).toBe('unknownSigner');
    expect(verdict(both(OTHER), { ...commandOf('withdraw', OWNER, 0) })).toBe('cosignatureUnexpected');
  });

  test('is decided alike by the core', () => {
    const decided = [OTHER, null, STRANGER].map((cosigner) => apply(createScene(), [{ ...trade(cosigner), nonce: NONCE }])[0]);
    expect(decided).toEqual(['accepted', 'notAuthorised', 'notAuthorised']);
  });

  test('needs of each session the scope, and of one the account', () => {
    expect(verdict({ ...bySession(OWNER, 'trade'), cosigner: { kind: 'wallet', owner: OTHER } }, trade(OTHER))).toBe('allowed');
    expect(verdict({ ...bySession(OWNER, 'read'), cosigner: { kind: 'wallet', owner: OTHER } }, trade(OTHER))).toBe(
      'outsideScope',
    );
  });
});

describe('an office with a session bound to accounts', () => {
  const SIDES: Readonly<Record<string, AccountId>> = { own: VENUE_ACCOUNT, owner: ACCOUNT, other: TRADER_ACCOUNTS[1] };
  const COSIGNERS: Readonly<Record<string, OwnerId>> = { itself: VENUE_OPERATOR, stranger: STRANGER, other: TRADERS[1] };
  const accountsOf = (text: string): readonly AccountId[] => text.split('+').flatMap((name) => SIDES[name] ?? []);
  const [heading = '', ...lines] = EXPECTED_OFFICE.trim().split('\n');
  const bounds = heading.split(/ +/).slice(2);

  function bind(bound: string): Signers['actor'] {
    const key = sessionOf(VENUE_OPERATOR, `bound to ${bound}`);
    const terms = { owner: VENUE_OPERATOR, key, scopes: ['trade'] as Scope[], expiresAtMs: timeMs(engine.state.timeMs + 1_000) };
    const accounts = bound === 'any' ? null : accountsOf(bound);
    const nonce = directory.nonceOf(VENUE_OPERATOR) + 1;
    expect(directory.apply({ kind: 'openSession', ...terms, accounts, nonce }, engine.state.timeMs).ok).toBe(true);
    return { kind: 'session', key };
  }

  test.each(lines)('is widened by nobody who cosigns: %s', (line) => {
    const [sides = '', name = '', ...expected] = line.split(/ +/);
    const [buyer, seller] = accountsOf(sides);
    const cosigner = COSIGNERS[name] ?? null;
    const command = { ...commandOf('trade', VENUE_OPERATOR, 0), buyer, seller, cosigner } as Command;
    const second: Signers['cosigner'] = cosigner === null ? null : { kind: 'wallet', owner: cosigner };
    expect(bounds.map((bound) => verdict({ actor: bind(bound), cosigner: second }, command))).toEqual(expected);
  });
});

describe('who may read what', () => {
  const READABLES: { readonly [K in ReadableKind]: Readable } = {
    ...(Object.fromEntries(Object.keys(READ_RULES).map((kind) => [kind, { kind }])) as Record<ReadableKind, Readable>),
    account: { kind: 'account', account: ACCOUNT },
    simulateOnAccount: { kind: 'simulateOnAccount', account: ACCOUNT },
    accountsOfOwner: { kind: 'accountsOfOwner', owner: OWNER },
    sessionsOfOwner: { kind: 'sessionsOfOwner', owner: OWNER },
    outcome: { kind: 'outcome', owner: OWNER },
  };
  const read = (reader: string | null, readable: Readable): string => {
    const result = mayRead({ directory, state: engine.state }, reader, readable);
    return result.ok ? 'allowed' : result.code;
  };

  test('is stated here for every readable and every role', () => {
    expect(new Set(READ_CELLS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(READ_RULES)));
    expect(READ_CELLS).toHaveLength(Object.keys(READ_RULES).length * ROLES.length);
  });

  test.each(READABLE_KINDS)('%s, role by role and session by session', (kind) => {
    const readable = READABLES[kind as ReadableKind];
    const cells = cellsOfKind(READ_CELLS, kind).flatMap((cell) => ALL_SCOPES.map((held) => ({ ...cell, held })));
    const found = cells.map(({ role, held }) => {
      const reader = role === 'public' ? null : sessionOf(actorOf(role), held);
      return `${role} with ${held}: ${read(reader, readable)}`;
    });
    const expected = cells.map(({ role, isAllowed, scope, held }) => {
      const denied = role === 'public' ? 'unknownSigner' : scope !== 'any' && held !== scope ? 'outsideScope' : 'notAuthorised';
      return `${role} with ${held}: ${isAllowed && denied !== 'outsideScope' ? 'allowed' : denied}`;
    });
    expect(found).toEqual(expected);
  });

  test('ends with the session, and an account that is not open is like somebody else’s', () => {
    expect(read(sessionOf(ownerId(999), 'read'), READABLES.account)).toBe('unknownSigner');
    expect(read(sessionOf(OWNER, 'read'), { kind: 'account', account: accountId(900) })).toBe('notAuthorised');
    expect(read(sessionOf(OWNER, 'read'), { kind: 'account', account: TRADER_ACCOUNTS[1] })).toBe('notAuthorised');
    openUntil('read until', engine.state.timeMs);
    expect(read(sessionOf(OWNER, 'read until'), READABLES.account)).toBe('sessionExpired');
  });
});
