import type { ClientLimits } from './clientLimits.ts';

/** Bounds of everything that a client can ask for. */
export interface ApiLimits {
  /** Bytes of one request body. */
  readonly bodyBytes: number;
  /** Requests in work at once, and connections open at once. */
  readonly inFlight: number;
  readonly connections: number;
  /** Milliseconds within which a request has arrived whole. */
  readonly requestMs: number;
  /** Milliseconds until a command that is not decided is answered as pending. */
  readonly commandTimeoutMs: number;
  /** How far the time of a signed request may be from the machine's. */
  readonly requestAgeMs: number;
  /** Of each client. */
  readonly clients: ClientLimits;
  /** Addresses of proxies, or ranges of them, whose `x-forwarded-for` is believed; none: the address is that of the socket. */
  readonly trustedProxies: readonly string[];
  /**
   * Of all clients together, per second, behind the rates of each: simulations in the live markets; and portfolio documents and searches of
   * liquidation prices, which cost a hundred times as much.
   */
  readonly simulationsPerSecond: number;
  readonly documentsPerSecond: number;
  readonly searchesPerSecond: number;
  /** A simulation that needs more entries of the risk matrix than this (about 0.3 µs each) is measured on a thread of its own. */
  readonly compiledEntries: number;
  /** Threads for those and for liquidation prices, what may wait for them, and when one is stopped. */
  readonly marginThreads: number;
  readonly marginsWaiting: number;
  readonly marginTimeLimitMs: number;
  readonly stream: StreamLimits;
}

export interface StreamLimits {
  /** Connections at once, in all and of one address. */
  readonly clients: number;
  readonly clientsPerAddress: number;
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
  requestMs: 30_000,
  commandTimeoutMs: 5_000,
  requestAgeMs: 30_000,
  clients: {
    publicRate: { perSecond: 1_000, burst: 2_000 },
    signedRate: { perSecond: 2_000, burst: 4_000 },
    sessionRate: { perSecond: 500, burst: 1_000 },
    registrationRate: { perSecond: 1, burst: 200 },
    documentRate: { perSecond: 5, burst: 20 },
    searchRate: { perSecond: 5, burst: 20 },
    pageRate: { perSecond: 10, burst: 50 },
    scrapeRate: { perSecond: 5, burst: 20 },
    jobsAtOnce: 8,
    remembered: 16_384,
  },
  trustedProxies: [],
  simulationsPerSecond: 5_000,
  documentsPerSecond: 100,
  searchesPerSecond: 100,
  compiledEntries: 4_096,
  marginThreads: 1,
  marginsWaiting: 64,
  marginTimeLimitMs: 30_000,
  stream: {
    clients: 1_024,
    clientsPerAddress: 128,
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
