import { lots, ownerId, ticksPerLot, timeMs } from '@plimsoll/core/numeric';
import { afterEach, describe, expect, it } from 'vitest';
import type { Scope } from '../contracts/identityChange.ts';
import { directoryFactory } from '../identity/directory.ts';
import { createSequencer } from '../sequencer/createSequencer.ts';
import { createMemoryFileSystem } from '../testing/memoryFileSystem.ts';
import { createSequencerFixture, submitted } from '../testing/sequencerFixture.ts';
import {
  ETHER_PERPETUAL,
  GENESIS_MS,
  SOURCE_OPERATORS,
  smallDeployment,
  TRADER_ACCOUNTS,
  TRADERS,
  VENUE_OPERATOR,
} from '../testing/smallDeployment.ts';
import { createTraffic } from '../testing/traffic.ts';
import { createVerifyPool, VERIFY_WORKER } from '../verify/verifyPool.ts';
import { authorizeFrames } from './authorizeFrames.ts';
import { BINARY_LIMITS } from './binaryConnection.ts';
import { createBinaryServer } from './binaryServer.ts';
import { type BinaryClient, connectBinary } from './client.ts';
import type { FramedCommand } from './commandLayouts.ts';
import { testKey } from './testing/testKeys.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** A server over the real sequencer, authority table and verification workers, and a client for each of the owners. */
async function setup(owners: readonly (readonly [owner: number, scopes: readonly Scope[]])[]) {
  const fixture = createSequencerFixture();
  const deployment = smallDeployment();
  const sequencer = await createSequencer({
    deployment,
    folder: '/data',
    clock: fixture.clock,
    directory: directoryFactory,
    fileSystem: createMemoryFileSystem(),
  });
  cleanUp.push(() => sequencer.close());
  await fixture.seed(sequencer);
  const verifier = createVerifyPool({ threads: 1, waitingJobsMax: 100, batchMax: 16, entry: VERIFY_WORKER, onWarning: () => {} });
  cleanUp.push(() => verifier.close());
  const server = createBinaryServer({
    deployment,
    sequencer,
    verifier,
    authorize: authorizeFrames(sequencer),
    limits: BINARY_LIMITS,
    onEvent: () => {},
  });
  cleanUp.push(() => server.close(100));
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const clients = new Map<number, BinaryClient>();
  for (const [owner, scopes] of owners) {
    const { key, sign } = testKey(owner);
    const expiresAtMs = timeMs(GENESIS_MS + 60_000);
    const change = { kind: 'openSession', owner: ownerId(owner), key, scopes, accounts: null, expiresAtMs, nonce: 1 } as const;
    await submitted(sequencer, [{ kind: 'identity', commandId: 'open', actor: ownerId(owner), change }]);
    const client = await connectBinary({
      host: '127.0.0.1',
      port,
      deployment,
      owner: ownerId(owner),
      key,
      sign,
      giveUpMs: 1_000,
    });
    cleanUp.push(() => client.close());
    clients.set(owner, client);
  }
  return { sequencer, clients, clock: fixture.clock };
}

const OPERATORS = [...SOURCE_OPERATORS, ...TRADERS, VENUE_OPERATOR].map(
  (owner) => [owner, ['report', 'liquidate', 'trade'] as const] as const,
);

describe('the binary session over the real sequencer', () => {
  it('gives every command the outcome that is found again by its id', async () => {
    const { sequencer, clients, clock } = await setup(OPERATORS);
    clock.advance(1_000);
    const byOwner = new Map<number, FramedCommand[]>();
    for (const entry of createTraffic(100).next(600, GENESIS_MS + 4_000)) {
      if (entry.kind !== 'command') continue;
      const { actor } = entry.command;
      byOwner.set(actor, [...(byOwner.get(actor) ?? []), { commandId: entry.commandId, command: entry.command }]);
    }
    const statuses: string[] = [];
    await Promise.all(
      [...byOwner].map(async ([owner, commands]) => {
        const client = clients.get(owner);
        if (client === undefined) throw new Error(`owner ${owner} has a session`);
        const outcomes = (await Promise.all([client.send(commands.slice(0, 20)), client.send(commands.slice(20))])).flat();
        for (const [place, { commandId }] of commands.entries()) {
          const outcome = outcomes[place];
          const known = sequencer.lookup(ownerId(owner), commandId);
          if (outcome === undefined || outcome.status === 'refused' || known.status !== 'known')
            throw new Error(`${commandId} is known`);
          expect(known.outcome).toMatchObject({ status: outcome.status, height: outcome.height, index: outcome.index });
          statuses.push(outcome.status);
        }
      }),
    );
    // Trades and reports are accepted; bids find no auction.
    expect(statuses.filter((status) => status === 'accepted').length).toBeGreaterThan(180);
    expect(statuses.length).toBe(600);
  });

  const tradeBetweenOwners = {
    kind: 'trade',
    instrument: ETHER_PERPETUAL,
    buyer: TRADER_ACCOUNTS[0],
    seller: TRADER_ACCOUNTS[1],
    lots: lots(1),
    price: ticksPerLot(2_000_000),
  } as const;

  it('refuses by the authority table what the session may not do, and executes the rest', async () => {
    const trader = TRADERS[0];
    const { clients } = await setup([[trader, ['trade']]]);
    const client = clients.get(trader);
    const outcomes = await client?.send([
      {
        commandId: 'one',
        command: { kind: 'openAccount', actor: trader, nonce: 500, group: 0, mode: 'portfolio' } as FramedCommand['command'],
      },
      {
        commandId: 'two',
        command: { kind: 'closeAccount', actor: TRADERS[1], nonce: 501, account: 2 } as FramedCommand['command'],
      },
      {
        commandId: 'three',
        command: { kind: 'withdraw', actor: trader, nonce: 502, account: 1, asset: 0, amount: 1n } as FramedCommand['command'],
      },
      {
        commandId: 'four',
        command: { kind: 'registerVenue', actor: trader, nonce: 503, venueActor: 9 } as FramedCommand['command'],
      },
      {
        commandId: 'five',
        command: { kind: 'openAccount', actor: trader, nonce: 504, group: 0, mode: 'portfolio' } as FramedCommand['command'],
      },
      // A frame has one signature: what two must sign goes over HTTP.
      { commandId: 'six', command: { ...tradeBetweenOwners, actor: trader, nonce: 505, cosigner: TRADERS[1] } },
      { commandId: 'seven', command: { ...tradeBetweenOwners, actor: trader, nonce: 506, cosigner: null } },
    ]);
    expect(outcomes?.map((outcome) => (outcome.status === 'refused' ? outcome.code : outcome.status))).toEqual([
      'accepted',
      'wrongActor',
      'outsideScope',
      'outsideScope',
      'accepted',
      'cosignatureMissing',
      'notAuthorised',
    ]);
  });

  it('ends with its session: when that is revoked, and when block time passes its expiry', async () => {
    const [first, second] = TRADERS;
    const { sequencer, clients, clock } = await setup([
      [first, ['trade']],
      [second, ['trade']],
    ]);
    const open = (owner: number, nonce: number): readonly FramedCommand[] => [
      {
        commandId: `c${nonce}`,
        command: { kind: 'openAccount', actor: owner, nonce, group: 0, mode: 'portfolio' } as FramedCommand['command'],
      },
    ];
    expect((await clients.get(first)?.send(open(first, 600)))?.[0]?.status).toBe('accepted');
    const change = { kind: 'revokeSession', owner: first, key: testKey(first).key, nonce: 2 } as const;
    await submitted(sequencer, [{ kind: 'identity', commandId: 'revoke', actor: first, change }]);
    await expect(clients.get(first)?.send(open(first, 601))).rejects.toMatchObject({ code: 'sessionExpired' });
    clock.set(GENESIS_MS + 60_000);
    // The block that brings the time is the last that it may be in.
    await clients.get(second)?.send(open(second, 600));
    await expect(clients.get(second)?.send(open(second, 601))).rejects.toMatchObject({ code: 'sessionExpired' });
  });
});
