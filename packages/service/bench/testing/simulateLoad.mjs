// The client's half: a process that sends what-ifs over a few connections that stay open, at a steady pace whatever the answers do, or one
// after the other. Written on sockets, so that what it takes of the machine is little. Order and report travel over the channel to the parent.

import { connect } from 'node:net';

const ORDER = JSON.parse(process.argv[2] ?? '{}');
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const { port, lanes, requests, perSecond, warmUp } = ORDER;

function requestBytes(at) {
  const contracts = String((at % 1999) - 999);
  const changes = {
    cash: '10000',
    positions: [{ symbol: 'ETH-PERPETUAL', contracts }],
    balances: [{ asset: 'ETH', kind: 'collateral', amount: '12.5' }],
  };
  const body = JSON.stringify({ group: 0, mode: 'portfolio', changes });
  const head = `POST /v1/margin/simulate HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
}

const PREPARED = Array.from({ length: 1_999 }, (_, at) => requestBytes(at));

/** One connection: calls back with the status of each answer, in order. */
function openLane(onAnswer) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let held = Buffer.alloc(0);
  socket.on('data', (data) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    for (;;) {
      const end = held.indexOf(END_OF_HEAD);
      if (end < 0) return;
      const head = held.toString('latin1', 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      const whole = end + END_OF_HEAD.length + length;
      if (!(held.length >= whole)) return;
      held = held.subarray(whole);
      onAnswer(Number(head.slice(9, 12)));
    }
  });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends `count` requests and resolves once all are answered. */
async function run(count, pace) {
  const times = [];
  const late = [];
  let failed = 0;
  let sent = 0;
  let answered = 0;
  const idle = [];
  const lanesOpen = [];
  const queue = [];
  let finish = () => {};
  const done = new Promise((resolve) => {
    finish = resolve;
  });
  const send = (lane, dueMs) => {
    lane.startMs = dueMs;
    lane.socket.write(PREPARED[sent % PREPARED.length]);
    sent += 1;
  };
  const next = (lane) => {
    if (pace === null) {
      if (sent < count) send(lane, performance.now());
    } else if (queue.length > 0) send(lane, queue.shift());
    else idle.push(lane);
  };
  for (let at = 0; at < lanes; at += 1) {
    const lane = { socket: null, startMs: 0 };
    lane.socket = await openLane((status) => {
      times.push(performance.now() - lane.startMs);
      if (status !== 200) failed += 1;
      answered += 1;
      if (answered === count) return finish();
      next(lane);
    });
    lanesOpen.push(lane);
  }
  const startMs = performance.now();
  for (const lane of lanesOpen) next(lane);
  let due = 0;
  const timer =
    pace === null
      ? null
      : setInterval(() => {
          const nowMs = performance.now();
          // What is due goes out now. The client's own lateness is told apart: a request is timed from when the client could send it.
          while (due < count && startMs + (due * 1_000) / pace <= nowMs) {
            late.push(nowMs - (startMs + (due * 1_000) / pace));
            due += 1;
            const lane = idle.pop();
            if (lane === undefined) queue.push(nowMs);
            else send(lane, nowMs);
          }
        }, 1);
  await done;
  const seconds = (performance.now() - startMs) / 1_000;
  if (timer !== null) clearInterval(timer);
  for (const { socket } of lanesOpen) socket.destroy();
  const at = (list, share) => list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
  return { seconds, failed, p50Ms: at(times, 0.5), p99Ms: at(times, 0.99), maxMs: at(times, 1), clientLateP99Ms: at(late, 0.99) };
}

await run(warmUp, null);
process.send('warm');
process.once('message', async () => {
  const cpu = process.cpuUsage();
  const report = await run(requests, perSecond);
  const { user, system } = process.cpuUsage(cpu);
  process.send({ ...report, clientCpuSeconds: (user + system) / 1e6 });
  process.disconnect();
});
