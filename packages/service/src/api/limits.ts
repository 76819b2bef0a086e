/** Bounds of everything that a client can ask for. */
export interface ApiLimits {
  /** Bytes of one request body. */
  readonly bodyBytes: number;
  /** Requests in work at once, and connections open at once. */
  readonly inFlight: number;
  readonly connections: number;
  /** Milliseconds until a command that is not decided is answered as pending. */
  readonly commandTimeoutMs: number;
  /** How far the time of a signed request may be from the machine's. */
  readonly requestAgeMs: number;
  /** Simulations in the live markets per second; and documents and searches of liquidation prices, which cost a hundred times as much. */
  readonly simulationsPerSecond: number;
  readonly documentsPerSecond: number;
  readonly searchesPerSecond: number;
  readonly stream: StreamLimits;
}

export interface StreamLimits {
  readonly clients: number;
  /** Bytes of one message from a client, and messages per second. */
  readonly messageBytes: number;
  readonly messagesPerSecond: number;
  readonly subscriptionsPerClient: number;
  readonly accountsPerClient: number;
  /** Least time between two deltas of a channel. */
  readonly intervalMs: number;
  /** Bytes waiting for a client: above the first it gets snapshots instead of deltas, above the second it is dropped. */
  readonly conflateBytes: number;
  readonly dropBytes: number;
  /** A client that stays conflated for so long is dropped; so is one that answers no ping. */
  readonly slowMs: number;
  readonly pingMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytes: 1_048_576,
  inFlight: 512,
  connections: 4_096,
  commandTimeoutMs: 5_000,
  requestAgeMs: 30_000,
  simulationsPerSecond: 5_000,
  documentsPerSecond: 20,
  searchesPerSecond: 20,
  stream: {
    clients: 1_024,
    messageBytes: 16_384,
    messagesPerSecond: 50,
    subscriptionsPerClient: 64,
    accountsPerClient: 16,
    intervalMs: 50,
    conflateBytes: 1_048_576,
    dropBytes: 8_388_608,
    slowMs: 10_000,
    pingMs: 15_000,
  },
};
