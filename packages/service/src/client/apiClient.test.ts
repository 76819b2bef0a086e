import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@plimsoll/core/engine';
import { accountId, amount, lots, ownerId, ppm, price, ticksPerLot, timeMs } from '@plimsoll/core/numeric';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPERATION_IDS, type OperationId, operationOf } from '../api/operations.ts';
import { portfolioMargin } from '../portfolio/portfolioMargin.ts';
import { type ApiWorld, createApiWorld, PUSH_SOURCE, testWallet } from '../testing/apiWorld.ts';
import { closedCheck } from '../testing/closedSchema.ts';
import {
  CUSTODIAN,
  createNonces,
  DOLLAR,
  ETHER_FEED,
  ETHER_PERPETUAL,
  ETHER_PRICE,
  MAIN_GROUP,
  reportPrices,
  TRADER_ACCOUNTS,
  TRADERS,
  testAddress,
  VENUE_OPERATOR,
} from '../testing/smallDeployment.ts';
import { ApiProblem, createClient } from './apiClient.ts';
import { createSessionSigner, proveKey, signChange, signCommand, signCommandWithWallet, signPush } from './signing.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld({ portfolioMargin });
});
afterAll(() => world.close());

/** Called with what makes each of them answer. */
const CALLED = new Set<OperationId>();

function expectAnswer(id: OperationId, value: unknown): void {
  CALLED.add(id);
  const errors = closedCheck(operationOf(id).answer)(value);
  expect({ id, errors }).toEqual({ id, errors: [] });
}

test('the client has a function for every operation of the OpenAPI document, and no other', async () => {
  const response = await fetch(`${world.baseUrl}/openapi.json`);
  const document = (await response.json()) as { paths: Record<string, Record<string, { operationId: string }>> };
  const documented = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(Object.keys(world.client).sort()).toEqual(documented.sort());
  expect([...OPERATION_IDS].sort()).toEqual(documented.sort());
});

test('every public read answers what its schema says', async () => {
  const { client } = world;
  expectAnswer('getStatus', await client.getStatus());
  expectAnswer('listMarkets', await client.listMarkets());
  expectAnswer('getMarket', await client.getMarket({ params: { id: ETHER_PERPETUAL } }));
  expectAnswer('listAssets', await client.listAssets());
  expectAnswer('listGroups', await client.listGroups());
  expectAnswer('listFeeds', await client.listFeeds());
  expectAnswer('getFeed', await client.getFeed({ params: { id: 1 } }));
  expectAnswer('listSources', await client.listSources());
  expectAnswer('listTranches', await client.listTranches());
  expectAnswer('getTranche', await client.getTranche({ params: { id: 0 } }));
  expectAnswer('listWaterfalls', await client.listWaterfalls());
  expectAnswer('getWaterfall', await client.getWaterfall({ params: { id: 0 } }));
  expectAnswer('listLendingPools', await client.listLendingPools());
  expectAnswer('listAmmPools', await client.listAmmPools());
  expectAnswer('getParameters', await client.getParameters());
  expectAnswer('listPendingBundles', await client.listPendingBundles());
  expectAnswer('getProfile', await client.getProfile({ params: { name: 'plimsoll-grid' } }));
  expectAnswer('getRiskMatrix', await client.getRiskMatrix({ params: { id: 0 } }));
  expectAnswer('getOwner', await client.getOwner({ params: { address: testAddress(TRADERS[0]) } }));
  expectAnswer('listAuctions', await client.listAuctions());
});

test('figures are whole units: an ether perpetual marked at 200 dollars, two dollars a contract of a hundredth', async () => {
  const { market } = await world.client.getMarket({ params: { id: ETHER_PERPETUAL } });
  expect(market).toMatchObject({
    type: 'swap',
    active: true,
    contractSize: '0.01',
    indexPrice: '200',
    markPrice: '200',
    markPerContract: '2',
    openInterest: '1000',
    quality: 'valid',
    fundingRate: '0',
  });
  const { items } = await world.client.listTranches();
  expect(items[0]).toMatchObject({ netAssetValue: '50000', shareValue: '1', condition: 'live', funded: '50000' });
});

test('a publisher pushes prices; the same push again is no news, and a stranger is refused', async () => {
  const { client, deployment, publisher, clock } = world;
  const prices = [{ feed: ETHER_FEED, price: ETHER_PRICE, confidencePpm: ppm(10), publishTimeMs: clock.now() }];
  const input = { params: { id: PUSH_SOURCE }, body: signPush(deployment, prices, publisher) };
  const taken = await client.pushPrices(input);
  expectAnswer('pushPrices', taken);
  expect(taken.push).toEqual({ status: 'queued', queued: 1, dropped: 0 });
  expect((await client.pushPrices(input)).push).toEqual({ status: 'repeated', queued: 0, dropped: 1 });
  const stranger = { ...input, body: signPush(deployment, prices, createSessionSigner()) };
  await expect(client.pushPrices(stranger)).rejects.toMatchObject({ problem: { status: 401, code: 'unknownSigner' } });
});

test('an account is read by its owner, explained to the tick, and by nobody else', async () => {
  const [owner] = TRADERS;
  const [account] = TRADER_ACCOUNTS;
  const { client } = await world.signIn(owner);
  expectAnswer('listAccounts', await client.listAccounts());
  const found = await client.getAccount({ params: { id: account } });
  expectAnswer('getAccount', found);
  expect(found.account.positions).toMatchObject([{ contracts: '1000', side: 'long', notional: '2000', markPrice: '200' }]);
  const explained = await client.getAccountMargin({ params: { id: account } });
  expectAnswer('getAccountMargin', explained);
  const { maintenance, figures } = explained.margin;
  const micro = (text: string): bigint =>
    BigInt(text.includes('.') ? text.replace('.', '') + '0'.repeat(6 - (text.split('.')[1] ?? '').length) : `${text}000000`);
  const sum = maintenance.requirementTerms.reduce((total, { charge }) => total + micro(charge), 0n);
  expect(sum).toBe(micro(figures.maintenanceMargin));
  expect(sum).toBeGreaterThan(0n);
  const prices = await client.getLiquidationPrices({ params: { id: account } });
  expectAnswer('getLiquidationPrices', prices);
  expectAnswer('getGreeks', await client.getGreeks({ params: { id: account } }));
  const stranger = await world.signIn(TRADERS[2]);
  await expect(stranger.client.getAccount({ params: { id: account } })).rejects.toMatchObject({
    problem: { status: 403, code: 'notAuthorised' },
  });
  await expect(world.client.getAccount({ params: { id: account } })).rejects.toMatchObject({ problem: { status: 401 } });
});

test('a command signed by a session is accepted once, and its outcome is found again under its id', async () => {
  const { client, session } = await world.signIn(VENUE_OPERATOR);
  const command = {
    kind: 'trade' as const,
    actor: VENUE_OPERATOR,
    nonce: 10,
    instrument: ETHER_PERPETUAL,
    buyer: TRADER_ACCOUNTS[2],
    seller: TRADER_ACCOUNTS[1],
    lots: lots(5),
    price: ticksPerLot(2_000_000),
    cosigner: null,
  };
  const signed = signCommand(world.deployment, { commandId: 'trade-1', command }, session);
  const first = await client.submitCommands({ body: signed });
  expectAnswer('submitCommands', first);
  expect(first.outcomes).toMatchObject([{ status: 'accepted', commandId: 'trade-1', code: null }]);
  expect(first.head.height).toBeGreaterThanOrEqual(first.outcomes[0]?.height ?? Number.POSITIVE_INFINITY);
  const again = await client.submitCommands({ body: { commands: [signed] } });
  expect(again.outcomes[0]?.height).toBe(first.outcomes[0]?.height);
  const looked = await client.getCommand({ params: { commandId: 'trade-1' } });
  expectAnswer('getCommand', looked);
  expect(looked.outcome).toMatchObject({ status: 'accepted', height: first.outcomes[0]?.height });
  expect((await client.getCommand({ params: { commandId: 'never-sent' } })).outcome.status).toBe('unknown');
});

test('what the engine refuses is an outcome with its code and figures, not an error', async () => {
  const wallet = testWallet(TRADERS[0]);
  const command = {
    kind: 'withdraw' as const,
    actor: TRADERS[0],
    nonce: 50,
    account: TRADER_ACCOUNTS[0],
    asset: DOLLAR,
    amount: amount(1_000_000_000_000_000n),
  };
  const signed = await signCommandWithWallet(world.deployment, { commandId: 'too-much', command }, wallet);
  const { outcomes } = await world.client.submitCommands({ body: signed });
  expect(outcomes[0]).toMatchObject({ status: 'rejected', code: 'insufficientIdleHoldings', account: TRADER_ACCOUNTS[0] });
  expect(outcomes[0]?.figures).not.toEqual({});
});

test('a wallet registers as an owner, opens a session and ends it', async () => {
  // A key that nobody has an owner id for yet.
  const stranger = testWallet(ownerId(5_000));
  const register = { kind: 'registerOwner' as const, address: stranger.address };
  const signature = await signChange(world.deployment, { commandId: 'r1', change: register }, stranger);
  const registered = await world.client.registerOwner({ body: { commandId: 'r1', address: stranger.address, signature } });
  expectAnswer('registerOwner', registered);
  expect(registered.outcome).toMatchObject({ status: 'accepted', owner: 1000 });

  const owner = ownerId(registered.outcome.owner ?? 0);
  const session = createSessionSigner();
  const scopes = ['read' as const];
  const expiresAtMs = timeMs(world.clock.now() + 60_000);
  const terms = { owner, key: session.key, scopes, accounts: null, expiresAtMs, nonce: 1 };
  const opening = { commandId: 'o1', change: { kind: 'openSession' as const, ...terms } };
  const open = await signChange(world.deployment, opening, stranger);
  const stolen = proveKey(world.deployment, opening, createSessionSigner());
  await expect(
    world.client.openSession({ body: { commandId: 'o1', ...terms, signature: open, proof: stolen } }),
  ).rejects.toMatchObject({ problem: { status: 401, code: 'wrongSigner' } });
  const proof = proveKey(world.deployment, opening, session);
  const opened = await world.client.openSession({ body: { commandId: 'o1', ...terms, signature: open, proof } });
  expectAnswer('openSession', opened);
  const client = createClient({ baseUrl: world.baseUrl, deployment: world.deployment, session });
  expect((await client.listAccounts()).items).toEqual([]);
  const listed = await client.listSessions();
  expectAnswer('listSessions', listed);
  expect(listed.sessions).toEqual([
    {
      key: session.key,
      scopes: ['read'],
      accounts: null,
      expiresAt: expiresAtMs,
      expiresDatetime: new Date(expiresAtMs).toISOString(),
      status: 'live',
      isCurrent: true,
    },
  ]);

  const change = { kind: 'revokeSession' as const, owner, key: session.key, nonce: 2 };
  const end = await signChange(world.deployment, { commandId: 'end', change }, stranger);
  const ended = await world.client.revokeSession({
    params: { key: session.key },
    body: { commandId: 'end', owner, nonce: 2, signature: end },
  });
  expectAnswer('revokeSession', ended);
  expect(ended.outcome.status).toBe('accepted');
  await expect(client.listAccounts()).rejects.toMatchObject({ problem: { status: 401, code: 'unknownSigner' } });
});

test('margin is simulated for a document, in the live markets, and on an account of one’s own', async () => {
  const portfolio: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../examples/perp-trader.json'), 'utf8'));
  const document = await world.client.simulateMargin({ body: { document: portfolio, profile: 'plimsoll-grid' } });
  expectAnswer('simulateMargin', document);
  const empty = await world.client.simulateMargin({
    body: {
      group: 0,
      mode: 'portfolio',
      changes: { cash: '1000', positions: [{ symbol: 'ETH-PERPETUAL', contracts: '10' }] },
      explain: true,
    },
  });
  expectAnswer('simulateMargin', empty);
  expect(empty.simulation).toMatchObject({ kind: 'figures', figures: { equity: '1000', healthClass: 'healthy' } });
  const body = {
    account: TRADER_ACCOUNTS[0],
    changes: { balances: [{ asset: 'ETH', kind: 'collateral' as const, amount: '1.5' }] },
  };
  await expect(world.client.simulateMargin({ body })).rejects.toBeInstanceOf(ApiProblem);
  const { client } = await world.signIn(TRADERS[0]);
  const before = await client.getAccountMargin({ params: { id: TRADER_ACCOUNTS[0] } });
  const more = await client.simulateMargin({ body });
  expect(more.simulation.kind).toBe('figures');
  if (more.simulation.kind !== 'figures') return;
  expect(Number(more.simulation.figures.equity) - Number(before.margin.figures.equity)).toBe(300);
});

test('sessions are told to a session of their owner with the scope to read, and to nobody else', async () => {
  const first = await world.signIn(TRADERS[3]);
  const second = await world.signIn(TRADERS[3], { scopes: ['trade'] });
  const { sessions } = await first.client.listSessions();
  const of = ({ session }: typeof first) => sessions.find(({ key }) => key === session.key);
  expect(sessions).toHaveLength(2);
  expect(of(first)).toMatchObject({ isCurrent: true, status: 'live' });
  expect(of(second)).toMatchObject({ isCurrent: false, scopes: ['trade'] });
  await expect(second.client.listSessions()).rejects.toMatchObject({ problem: { status: 403, code: 'outsideScope' } });
  await expect(world.client.listSessions()).rejects.toMatchObject({ problem: { status: 401 } });
});

test('an auction is read while it is open', async () => {
  const { sequencer, clock, client } = world;
  const nonces = createNonces(10_000);
  const borrower = ownerId(200);
  const account = accountId(sequencer.engine.state.ledger.accounts.rowCount);
  const block = (dollars: number, commands: readonly Command[]): void => {
    clock.advance(1_000);
    const ether = price(BigInt(dollars) * 1_000_000_000n);
    const reports = [0, 1, 2].map((source) => reportPrices(nonces, source, clock.now(), { dollar: null, ether }));
    for (const outcome of sequencer.applyNow([...reports, ...commands]).outcomes)
      expect(outcome).toMatchObject({ status: 'accepted' });
  };
  block(200, [{ kind: 'openAccount', ...nonces.sign(borrower), group: MAIN_GROUP, mode: 'portfolio' }]);
  block(200, [{ kind: 'deposit', ...nonces.sign(CUSTODIAN), account, asset: DOLLAR, amount: amount(1_000_000_000n) }]);
  block(200, [
    {
      kind: 'trade',
      ...nonces.sign(VENUE_OPERATOR),
      instrument: ETHER_PERPETUAL,
      buyer: account,
      seller: TRADER_ACCOUNTS[0],
      lots: lots(2_000),
      price: ticksPerLot(2_000_000),
      cosigner: null,
    },
  ]);
  for (let dollars = 199; dollars >= 150 && sequencer.engine.state.auctions.size === 0; dollars -= 1) block(dollars, []);
  const found = await client.getAuction({ params: { id: account } });
  expectAnswer('getAuction', found);
  expect(found.auction).toMatchObject({ account, stage: 'liquidation', positions: [{ symbol: 'ETH-PERPETUAL', side: 'long' }] });
});

test('every operation was called and answered its schema', () => {
  expect([...CALLED].sort()).toEqual([...OPERATION_IDS].sort());
});
