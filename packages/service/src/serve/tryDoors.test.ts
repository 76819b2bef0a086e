import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { tryDoors } from './tryDoors.ts';

const HOST = '127.0.0.1';

/** A port that somebody listens at until the test ends, or is told to stop. */
async function takenPort(): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('it listens at a port');
  const stop = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  onTestFinished(stop);
  return { port: address.port, stop };
}

test('a door that somebody else has is named, whichever it is', async () => {
  const { port } = await takenPort();
  const [taken, free] = [
    { host: HOST, port },
    { host: HOST, port: 0 },
  ];
  const sentence = `at ${HOST}:${port}: another program listens there already.`;
  await expect(tryDoors({ http: taken, binary: null })).rejects.toThrow(`HTTP ${sentence}`);
  await expect(tryDoors({ http: free, binary: taken })).rejects.toThrow(`binary sessions ${sentence}`);
});

test('two doors cannot have one port, and what was tried is free again', async () => {
  const { port, stop } = await takenPort();
  await stop();
  const door = { host: HOST, port };
  await expect(tryDoors({ http: door, binary: door })).rejects.toMatchObject({ name: 'PortTakenError', code: 'EADDRINUSE' });
  await tryDoors({ http: door, binary: null });
  await tryDoors({ http: { host: HOST, port: 0 }, binary: door });
});
