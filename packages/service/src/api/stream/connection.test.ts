import { height, timeMs } from '@plimsoll/core/numeric';
import { expect, test } from 'vitest';
import { createDirectory } from '../../identity/directory.ts';
import { createMemorySequencer } from '../../testing/memorySequencer.ts';
import { createManualClock, smallDeployment } from '../../testing/smallDeployment.ts';
import { createInThreadVerifier } from '../../verify/inThreadVerifier.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { createMetrics } from '../metrics.ts';
import { createConnection } from './connection.ts';
import type { Topic } from './topics.ts';

/** A socket whose other end reads when told to. */
function slowSocket() {
  const sent: { type: string; sequence?: number; conflated?: number }[] = [];
  const closed: { code: number; reason: string }[] = [];
  const socket = {
    readyState: 1,
    OPEN: 1,
    bufferedAmount: 0,
    send(text: string) {
      sent.push(JSON.parse(text));
      socket.bufferedAmount += text.length;
    },
    close: (code: number, reason: string) => void closed.push({ code, reason }),
    terminate: () => {},
  };
  return { socket, sent, closed };
}

function connect(limits: { readonly conflateBytes: number; readonly dropBytes: number; readonly slowMs: number }) {
  const deployment = smallDeployment();
  const sequencer = createMemorySequencer({ deployment, directory: createDirectory(deployment), clock: createManualClock() });
  const metrics = createMetrics({ sequencer, verifier: createInThreadVerifier() });
  const slow = slowSocket();
  const connection = createConnection(slow.socket, {
    id: 'test',
    challenge: '',
    address: '127.0.0.1',
    limits: { ...DEFAULT_LIMITS.stream, ...limits },
    metrics,
    head: sequencer.head,
  });
  return { ...slow, connection };
}

function topic(): Topic {
  const head = { height: height(1), timeMs: timeMs(0), hash: new Uint8Array(32) };
  return { channel: 'market', key: null, sequence: 4, head, items: new Map([[0, '{"id":0,"markPrice":"1"}']]) };
}

test('deltas that a slow client has no room for become one snapshot once it has', () => {
  const { connection, socket, sent } = connect({ conflateBytes: 1_000, dropBytes: 10_000, slowMs: 1_000 });
  const market = topic();
  connection.subscribe(market);
  socket.bufferedAmount = 1_001;
  for (let i = 0; i < 3; i += 1) {
    market.sequence += 1;
    connection.delta(market, JSON.stringify({ type: 'delta', sequence: market.sequence }));
  }
  connection.catchUp(100);
  expect(sent).toHaveLength(1);
  socket.bufferedAmount = 0;
  connection.catchUp(200);
  expect(sent.at(-1)).toMatchObject({ type: 'snapshot', sequence: 7, conflated: 3 });
  market.sequence += 1;
  connection.delta(market, JSON.stringify({ type: 'delta', sequence: market.sequence }));
  expect(sent.at(-1)).toMatchObject({ type: 'delta', sequence: 8 });
});

test('a client that stays without room is dropped with the reason, and hears nothing more', () => {
  const { connection, socket, sent, closed } = connect({ conflateBytes: 1_000, dropBytes: 10_000, slowMs: 1_000 });
  const market = topic();
  connection.subscribe(market);
  socket.bufferedAmount = 5_000;
  connection.delta(market, '{"type":"delta"}');
  connection.catchUp(1_000);
  connection.catchUp(2_000);
  expect(closed).toEqual([]);
  connection.catchUp(2_001);
  expect(closed).toEqual([{ code: 4408, reason: 'slowConsumer' }]);
  connection.delta(market, '{"type":"delta"}');
  connection.subscribe(market);
  expect(sent).toHaveLength(1);
});

test('what waits for a client never passes the limit by more than one message', () => {
  const { connection, socket, closed } = connect({ conflateBytes: 1_000, dropBytes: 2_000, slowMs: 1_000 });
  const market = topic();
  connection.subscribe(market);
  for (let i = 0; i < 100; i += 1) connection.delta(market, `{"type":"delta","filler":"${'x'.repeat(400)}"}`);
  expect(socket.bufferedAmount).toBeLessThan(1_000 + 500);
  expect(closed).toEqual([]);
  connection.unsubscribe(market, 'x'.repeat(2_000));
  expect(closed).toEqual([{ code: 4408, reason: 'slowConsumer' }]);
});
