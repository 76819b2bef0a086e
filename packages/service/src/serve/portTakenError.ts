import type { ListenAddress } from './runService.ts';

/** A door could not be opened; the message says which, and what to do. */
export class PortTakenError extends Error {
  readonly code: string;
  readonly address: ListenAddress;

  constructor(code: string, address: ListenAddress, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'PortTakenError';
    this.code = code;
    this.address = address;
  }

  /** The system's error when it is about the address; any other comes back as it is. */
  static of(cause: unknown, address: ListenAddress, door: string): unknown {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const at = `${address.host}:${address.port}`;
    const sentence = SENTENCES[code];
    if (sentence === undefined) return cause;
    return new PortTakenError(code, address, `${door} at ${at}: ${sentence}.`, cause);
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EACCES: 'this user may not listen there (ports below 1024 are for administrators)',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host',
};
