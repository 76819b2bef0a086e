/** The interface over the sequencer that writes: what was acknowledged over HTTP is there after the service came back. */

import { groupId, lots, ticksPerLot, timeMs } from '@plimsoll/core/numeric';
import { expect, test } from 'vitest';
import { type ApiClient, createClient } from '../client/apiClient.ts';
import { proveKey, signChange, signCommand } from '../client/signing.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import { testSessionKey } from '../identity/testing/testSigner.ts';
import { ShedError } from '../sequencer/shedError.ts';
import { testWallet } from '../testing/apiWorld.ts';
import { createMemoryFileSystem } from '../testing/memoryFileSystem.ts';
import { createSequencerFixture, submitted, temporaryFolder } from '../testing/sequencerFixture.ts';
import { ETHER_PERPETUAL, smallDeployment, TRADER_ACCOUNTS, VENUE_OPERATOR } from '../testing/smallDeployment.ts';
import { createTraffic } from '../testing/traffic.ts';
import { createInThreadVerifier } from '../verify/inThreadVerifier.ts';
import { createApi } from './server.ts';

const deployment = smallDeployment();
const session = testSessionKey('durable api');

async function serving<T>(sequencer: Sequencer, use: (baseUrl: string) => Promise<T>): Promise<T> {
  const api = createApi({
    sequencer,
    deployment,
    portfolioMargin: () => ({ ok: false, path: '', message: 'is not asked for' }),
    verifyPool: createInThreadVerifier(),
    clock: { now: () => timeMs(Date.now()) },
    sourceHealth: () => [],
    pushPrices: async () => ({ kind: 'unknownSource' }),
  });
  try {
    return await use(await api.listen({ host: '127.0.0.1', port: 0 }));
  } finally {
    await api.close();
    await sequencer.close();
  }
}

async function openSession(client: ApiClient, nowMs: number): Promise<void> {
  const scopes = ['read' as const, 'trade' as const];
  const terms = {
    owner: VENUE_OPERATOR,
    key: session.key,
    scopes,
    accounts: null,
    expiresAtMs: timeMs(nowMs + 3_600_000),
    nonce: 1,
  };
  const change = { kind: 'openSession' as const, ...terms };
  const signature = await signChange(deployment, { commandId: 's', change }, testWallet(VENUE_OPERATOR));
  const { outcome } = await client.openSession({
    body: { commandId: 's', ...terms, signature, proof: proveKey(deployment, { commandId: 's', change }, session) },
  });
  expect(outcome.status).toBe('accepted');
}

test('a command that was acknowledged is known, and counted once, after a restart', async () => {
  const { folder, remove } = temporaryFolder();
  const fixture = createSequencerFixture();
  const command = {
    kind: 'trade' as const,
    actor: VENUE_OPERATOR,
    nonce: 9,
    instrument: ETHER_PERPETUAL,
    buyer: TRADER_ACCOUNTS[0],
    seller: TRADER_ACCOUNTS[1],
    lots: lots(7),
    price: ticksPerLot(2_000_000),
    cosigner: null,
  };
  const body = signCommand(deployment, { commandId: 'kept', command }, session);
  const first = await fixture.open(folder);
  await fixture.seed(first);
  const before = await serving(first, async (baseUrl) => {
    const client = createClient({ baseUrl, deployment, session });
    await openSession(createClient({ baseUrl, deployment }), fixture.clock.now());
    const { outcomes } = await client.submitCommands({ body });
    expect(outcomes).toMatchObject([{ status: 'accepted', commandId: 'kept' }]);
    const { market, head } = await client.getMarket({ params: { id: ETHER_PERPETUAL } });
    expect(market.openInterest).toBe('1007');
    return { head, height: outcomes[0]?.height };
  });
  await serving(await fixture.open(folder), async (baseUrl) => {
    const client = createClient({ baseUrl, deployment, session });
    const { outcome } = await client.getCommand({ params: { commandId: 'kept' } });
    expect(outcome).toMatchObject({ status: 'accepted', height: before.height });
    expect((await client.submitCommands({ body })).outcomes[0]?.height).toBe(before.height);
    // The same id for another command: neither executed, nor answered with what became of the first.
    const other = signCommand(deployment, { commandId: 'kept', command: { ...command, nonce: 10, lots: lots(9) } }, session);
    await expect(client.submitCommands({ body: other })).rejects.toMatchObject({
      problem: { status: 409, code: 'commandIdReused' },
    });
    const { market, head } = await client.getMarket({ params: { id: ETHER_PERPETUAL } });
    expect(market.openInterest).toBe('1007');
    expect(head.height).toBeGreaterThanOrEqual(before.head.height);
  });
  remove();
});

test('a command that was taken and not executed, because the disk got full, is refused as such; one whose fate nobody knows is unknown', async () => {
  const fixture = createSequencerFixture();
  const sequencer = await fixture.open('/data', { fileSystem: createMemoryFileSystem() });
  await fixture.seed(sequencer);
  let failure: Error | null = null;
  const failing: Sequencer = {
    ...sequencer,
    submit: (entries) => (failure === null ? sequencer.submit(entries) : Promise.reject(failure)),
  };
  const command = {
    kind: 'openAccount' as const,
    actor: VENUE_OPERATOR,
    nonce: 9,
    group: groupId(0),
    mode: 'portfolio' as const,
  };
  const body = signCommand(deployment, { commandId: 'shed', command }, session);
  await serving(failing, async (baseUrl) => {
    await openSession(createClient({ baseUrl, deployment }), fixture.clock.now());
    const client = createClient({ baseUrl, deployment, session });
    failure = new ShedError({ kind: 'overload', reason: 'diskFull', retryAfterMs: 1_000 });
    await expect(client.submitCommands({ body })).rejects.toMatchObject({
      problem: { status: 503, detail: 'Nothing new was taken by this request: diskFull.' },
      retryAfterSeconds: 1,
    });
    failure = new Error('the disk failed');
    expect((await client.submitCommands({ body })).outcomes).toMatchObject([{ status: 'unknown' }]);
  });
});

test('a service on a full disk is alive and answers, but is not ready, and its metrics say why, until there is room', async () => {
  const fixture = createSequencerFixture();
  const fileSystem = createMemoryFileSystem();
  const limits = { segmentBytes: 64 * 1024, reserveBytes: 24 * 1024, idleBlockMs: 50 };
  const sequencer = await fixture.open('/data', { fileSystem, limits });
  await fixture.seed(sequencer);
  await serving(sequencer, async (baseUrl) => {
    const ready = async (): Promise<number> => (await fetch(`${baseUrl}/readyz`)).status;
    const metrics = async (): Promise<string> => (await fetch(`${baseUrl}/metrics`)).text();
    expect(await ready()).toBe(200);
    expect(await metrics()).toMatch(/^plimsoll_disk_full 0$/m);
    fileSystem.faults.allocate = 'ENOSPC';
    const traffic = createTraffic();
    let isTaken = true;
    for (let round = 0; round < 60 && isTaken; round += 1) {
      const answer = sequencer.submit(traffic.next(20, fixture.clock.now()));
      isTaken = !('kind' in answer);
      if (isTaken) await answer;
    }
    expect(isTaken).toBe(false);
    const refused = await fetch(`${baseUrl}/readyz`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({
      type: 'urn:plimsoll:problem:notReady',
      detail: 'The disk is full: no command is taken until there is room.',
    });
    await expect.poll(metrics).toMatch(/^plimsoll_disk_full 1$/m);
    expect((await fetch(`${baseUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${baseUrl}/v1/markets`)).status).toBe(200);
    fileSystem.faults.allocate = null;
    // Nobody submits: it asks the disk by itself, at most once a second.
    await expect.poll(ready, { timeout: 5_000 }).toBe(200);
    await submitted(sequencer, traffic.next(1, fixture.clock.now()));
  });
});
