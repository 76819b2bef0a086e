import { createServer, type Server } from 'node:net';
import { PortTakenError } from './portTakenError.ts';
import type { ListenAddress, ServiceOptions } from './runService.ts';

/**
 * Opens both doors at once and closes them again, so that a folder is not born for a service that cannot run. Rejects with PortTakenError.
 * Somebody else may take them afterwards: opening them for good is what counts.
 */
export async function tryDoors({ http, binary }: Pick<ServiceOptions, 'http' | 'binary'>): Promise<void> {
  const opened: Server[] = [];
  try {
    opened.push(await openDoor(http, 'HTTP'));
    if (binary !== null) opened.push(await openDoor(binary, 'binary sessions'));
  } finally {
    for (const server of opened) await new Promise((resolve) => server.close(resolve));
  }
}

function openDoor({ host, port }: ListenAddress, door: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => reject(PortTakenError.of(error, { host, port }, door)));
    server.listen({ host, port }, () => resolve(server));
  });
}
