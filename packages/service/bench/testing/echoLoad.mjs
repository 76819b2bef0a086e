// The client of the bare round trip: one message of 128 bytes at a time, the next when the last was answered. Reports what each took.

import { connect } from 'node:net';

process.once('disconnect', () => process.exit());
process.once('message', ({ port, messages }) => {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const bytes = Buffer.alloc(128, 1);
  const tookMs = [];
  let sentMs = 0;
  const send = () => {
    sentMs = performance.now();
    socket.write(bytes);
  };
  socket.on('connect', send);
  socket.on('data', () => {
    tookMs.push(performance.now() - sentMs);
    if (tookMs.length < messages) return send();
    socket.end();
    process.send?.(tookMs);
  });
});
