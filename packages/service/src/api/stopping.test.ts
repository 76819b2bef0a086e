/** What a service that stops says on connections that it still has: problems like any other, and answers to what can still be read. */

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupId } from '@plimsoll/core/numeric';
import { afterEach, expect, test, vi } from 'vitest';
import { signCommand } from '../client/signing.ts';
import { type ApiWorld, createApiWorld } from '../testing/apiWorld.ts';
import { TRADERS } from '../testing/smallDeployment.ts';

let world: ApiWorld;
afterEach(() => world.close());

/** A connection whose request is under way and lacks its last line until `finish`. */
interface Begun {
  readonly socket: Socket;
  finish(rest: string): Promise<string>;
}

async function begin(firstLines: string): Promise<Begun> {
  const { port } = new URL(world.baseUrl);
  const socket = connect(Number(port), '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += String(data);
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', () => socket.write(firstLines, () => resolve())));
  return {
    socket,
    async finish(rest) {
      socket.write(rest);
      await closed;
      return text;
    },
  };
}

const POST = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;

test('on a connection that is kept alive a service that stops refuses as a problem, and answers what can be read', async () => {
  world = await createApiWorld({ limits: { commandTimeoutMs: 20_000, compiledEntries: 0 } });
  const { session } = await world.signIn(TRADERS[0]);
  const command = (commandId: string, nonce: number) =>
    JSON.stringify(
      signCommand(
        world.deployment,
        { commandId, command: { kind: 'openAccount', actor: TRADERS[0], nonce, group: groupId(0), mode: 'portfolio' } },
        session,
      ),
    );
  const large = JSON.stringify({ group: 0, mode: 'portfolio', changes: { prices: [{ underlying: 'ETH', price: '1' }] } });
  // Something in work, so that the service waits for it while it stops.
  world.sequencer.hold();
  const waiting = fetch(`${world.baseUrl}/v1/commands`, {
    method: 'POST',
    body: command('waits', 900),
    headers: { 'content-type': 'application/json' },
  });
  await vi.waitFor(() => expect(world.sequencer.load().waitingEntries).toBe(1));
  const alive = `GET /livez HTTP/1.1\r\nhost: x\r\n\r\n`;
  const late = command('late', 901);
  const reads = await begin(`${alive}GET /v1/status HTTP/1.1\r\nhost: x\r\n`);
  const sends = await begin(`${alive}${POST('/v1/commands', late)}`);
  const simulates = await begin(`${alive}${POST('/v1/margin/simulate', large)}`);
  await sleep(100);
  const closed = world.api.close();
  await vi.waitFor(() => expect(fetch(`${world.baseUrl}/livez`)).rejects.toThrow());
  vi.spyOn(world.sequencer, 'submit').mockReturnValue({ kind: 'overload', reason: 'stopping', retryAfterMs: 1_000 });
  const [read, sent, simulated] = await Promise.all([
    reads.finish('\r\n'),
    sends.finish(`\r\n${late}`),
    simulates.finish(`\r\n${large}`),
  ]);
  const second = (text: string): string => text.slice(text.lastIndexOf('HTTP/1.1 '));
  expect(second(read)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"serverTime"/);
  for (const text of [sent, simulated]) {
    expect(second(text)).toMatch(/^HTTP\/1\.1 503 /);
    expect(second(text)).toMatch(/content-type: application\/problem\+json/i);
    expect(second(text)).toMatch(/retry-after: 1\r\n/i);
    expect(second(text)).toMatch(/plimsoll-height: \d+\r\n/i);
    expect(second(text)).toContain('"type":"urn:plimsoll:problem:overloaded"');
  }
  expect(second(sent)).toContain('stopping');
  expect(second(simulated)).toContain('The service is stopping.');
  vi.restoreAllMocks();
  world.sequencer.release();
  expect((await waiting).status).toBe(200);
  await closed;
}, 30_000);
