/** Who follows what in the typed client of the stream: several at once, late ones, and how a following ends. */

import { price } from '@plimsoll/core/numeric';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../api/limits.ts';
import { type ApiWorld, createApiWorld } from '../testing/apiWorld.ts';
import { createNonces, ETHER_PERPETUAL, reportPrices, TRADER_ACCOUNTS, TRADERS } from '../testing/smallDeployment.ts';
import { connectStream, type StreamClient, type StreamOptions, type StreamUpdate } from './streamClient.ts';

let world: ApiWorld;
let nonces = createNonces(1_000);
beforeEach(async () => {
  nonces = createNonces(1_000);
  world = await createApiWorld({ limits: { stream: { ...DEFAULT_LIMITS.stream, intervalMs: 5 } } });
});
afterEach(() => world.close());

/** A block in which ether costs so many whole dollars. */
function quote(dollars: number): void {
  world.clock.advance(1_000);
  const ether = price(BigInt(dollars) * 1_000_000_000n);
  const at = world.clock.now();
  world.sequencer.applyNow([0, 1, 2].map((source) => reportPrices(nonces, source, at, { dollar: null, ether })));
}

function connect(options: Partial<StreamOptions> = {}): StreamClient {
  const url = `${world.baseUrl.replace('http', 'ws')}/v1/stream`;
  return connectStream({ url, deployment: world.deployment, ...options });
}

/** What one listener hears of the market of ether: `snapshot 200`, `delta 201`. */
function listen(): { readonly heard: string[]; readonly take: (update: StreamUpdate<'market'>) => void } {
  const heard: string[] = [];
  return { heard, take: ({ kind, items }) => heard.push(`${kind} ${items.get(ETHER_PERPETUAL)?.indexPrice}`) };
}

test('two who follow one channel and key both hear everything, the late one from the snapshot of now', async () => {
  quote(200);
  const stream = connect();
  await stream.ready;
  const first = listen();
  const late = listen();
  stream.follow('market', ETHER_PERPETUAL, first.take);
  await expect.poll(() => first.heard).toEqual(['snapshot 200']);
  quote(201);
  await expect.poll(() => first.heard).toEqual(['snapshot 200', 'delta 201']);
  stream.follow('market', ETHER_PERPETUAL, late.take);
  await expect.poll(() => late.heard).toEqual(['snapshot 201']);
  quote(202);
  await expect.poll(() => late.heard).toEqual(['snapshot 201', 'delta 202']);
  expect(first.heard).toEqual(['snapshot 200', 'delta 201', 'delta 202']);
  stream.close();
});

test('one that begins while another is told hears a snapshot first, and once', async () => {
  quote(200);
  const stream = connect();
  await stream.ready;
  const inner = listen();
  let isFirst = true;
  stream.follow('market', ETHER_PERPETUAL, () => {
    if (isFirst) stream.follow('market', ETHER_PERPETUAL, inner.take);
    isFirst = false;
  });
  await expect.poll(() => inner.heard).toEqual(['snapshot 200']);
  quote(201);
  await expect.poll(() => inner.heard).toEqual(['snapshot 200', 'delta 201']);
  stream.close();
});

test('who stops ends it for nobody else, and the last to stop ends the subscription', async () => {
  quote(200);
  const stream = connect();
  await stream.ready;
  const first = listen();
  const second = listen();
  const stopFirst = stream.follow('market', ETHER_PERPETUAL, first.take);
  const stopSecond = stream.follow('market', ETHER_PERPETUAL, second.take);
  await expect.poll(() => second.heard).toEqual(['snapshot 200']);
  stopFirst();
  stopFirst();
  quote(201);
  await expect.poll(() => second.heard).toEqual(['snapshot 200', 'delta 201']);
  expect(first.heard).toEqual(['snapshot 200']);
  stopSecond();
  // Again at once: the answer to what was stopped ends nothing of what began after it.
  const again = listen();
  const ends: string[] = [];
  stream.follow('market', ETHER_PERPETUAL, again.take, (reason) => ends.push(reason));
  await expect.poll(() => again.heard).toEqual(['snapshot 201']);
  quote(202);
  await expect.poll(() => again.heard).toEqual(['snapshot 201', 'delta 202']);
  expect({ ends, second: second.heard }).toEqual({ ends: [], second: ['snapshot 200', 'delta 201'] });
  stream.close();
});

test('everyone who follows an account is told why it ended when the session does', async () => {
  quote(200);
  const { session } = await world.signIn(TRADERS[0]);
  const stream = connect({ session });
  const [account] = TRADER_ACCOUNTS;
  const heard: number[] = [];
  const ends: string[] = [];
  // Before the server knows the session: it is asked for when it does.
  const stop = stream.follow(
    'account',
    account,
    ({ height }) => heard.push(height),
    (reason) => ends.push(`first ${reason}`),
  );
  stream.follow(
    'account',
    account,
    () => {},
    (reason) => ends.push(`second ${reason}`),
  );
  await expect.poll(() => heard.length).toBe(1);
  world.clock.advance(3_600_000);
  quote(201);
  await expect.poll(() => ends).toEqual(['first sessionExpired', 'second sessionExpired']);
  stop();
  stream.close();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(ends).toHaveLength(2);
});

test('what the server refuses to have followed ends with the reason, and the problem names it', async () => {
  const problems: unknown[] = [];
  const stream = connect({ onProblem: ({ channel, key }) => problems.push({ channel, key }) });
  await stream.ready;
  const ends: string[] = [];
  const end = (reason: string): void => void ends.push(reason);
  stream.follow('market', 12_345, () => {}, end);
  await expect.poll(() => ends).toEqual(['There is no market 12345.']);
  expect(problems).toEqual([{ channel: 'market', key: 12_345 }]);
  stream.close();
});

test('a session that is not taken leaves what is public, and a connection that is over ends what is followed', async () => {
  quote(200);
  const { session } = await world.signIn(TRADERS[0]);
  const stream = connect({ session, deployment: { ...world.deployment, name: 'elsewhere' } });
  const market = listen();
  const ends: string[] = [];
  const end = (reason: string): void => void ends.push(reason);
  stream.follow('market', ETHER_PERPETUAL, market.take, end);
  await expect(stream.ready).rejects.toThrow('session did not sign');
  await expect.poll(() => market.heard).toEqual(['snapshot 200']);
  expect(ends).toEqual([]);
  stream.close();
  await expect.poll(() => ends).toEqual(['The stream was closed: 1005']);
  stream.follow('market', ETHER_PERPETUAL, market.take, end);
  await expect.poll(() => ends).toHaveLength(2);
});
