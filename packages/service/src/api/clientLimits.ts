/** How often each client may ask: by the address that it comes from, and by the session that signed. */

import { createTokenBucket, type TokenBucket } from './tokenBucket.ts';

/** Requests per second on average, and at once out of what was saved up. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface ClientLimits {
  /** Requests of one address that carry no session. */
  readonly publicRate: Rate;
  /** Signed requests of one address, before their signatures are looked at; a batch counts as many as it has commands. */
  readonly signedRate: Rate;
  /** Requests of one session, or of one wallet, whose signature is good. */
  readonly sessionRate: Rate;
  /** Registrations of wallets from one address: each stays for good. */
  readonly registrationRate: Rate;
  /** Of one address, each for itself: portfolio documents, searches of liquidation prices, pages of documentation, scrapes of metrics. */
  readonly documentRate: Rate;
  readonly searchRate: Rate;
  readonly pageRate: Rate;
  readonly scrapeRate: Rate;
  /** What one address may have on the threads, under way or waiting: documents, searches and large simulations together. */
  readonly jobsAtOnce: number;
  /** Clients that are remembered at once, of each kind; the one that was not heard of for longest is forgotten for a new one. */
  readonly remembered: number;
}

/** Milliseconds to wait, 0 when the request may pass (and is counted). */
export interface ClientLimiter {
  publicRequest(address: string): number;
  signedRequest(address: string): number;
  /** The commands of a batch beyond its first: the request has passed, and later ones of the address wait for them. */
  batched(address: string, commands: number): void;
  session(key: string): number;
  registration(address: string): number;
  document(address: string): number;
  search(address: string): number;
  page(address: string): number;
  scrape(address: string): number;
  /** A job of the address on the threads: what is called once it is over. Null when it has as many as it may. */
  job(address: string): (() => void) | null;
}

export function createClientLimiter(limits: ClientLimits, nowMs: () => number): ClientLimiter {
  const signed = createBuckets(limits.signedRate, limits.remembered);
  const sessions = createBuckets(limits.sessionRate, limits.remembered);
  const byAddress = (rate: Rate): ((address: string) => number) => {
    const buckets = createBuckets(rate, limits.remembered);
    return (address) => buckets(networkOf(address)).take(nowMs());
  };
  return {
    publicRequest: byAddress(limits.publicRate),
    signedRequest: (address) => signed(networkOf(address)).take(nowMs()),
    batched: (address, commands) => signed(networkOf(address)).spend(commands - 1),
    session: (key) => sessions(key).take(nowMs()),
    registration: byAddress(limits.registrationRate),
    document: byAddress(limits.documentRate),
    search: byAddress(limits.searchRate),
    page: byAddress(limits.pageRate),
    scrape: byAddress(limits.scrapeRate),
    job: createShares(limits.jobsAtOnce),
  };
}

/** Counts what each address has under way; who has nothing is not remembered. */
function createShares(most: number): (address: string) => (() => void) | null {
  const counts = new Map<string, number>();
  return (address) => {
    const name = networkOf(address);
    const count = counts.get(name) ?? 0;
    if (count >= most) return null;
    counts.set(name, count + 1);
    return () => {
      const left = (counts.get(name) ?? 1) - 1;
      if (left === 0) counts.delete(name);
      else counts.set(name, left);
    };
  };
}

/** A bucket per name, the least recently used first in the map. */
function createBuckets({ perSecond, burst }: Rate, remembered: number): (name: string) => TokenBucket {
  const buckets = new Map<string, TokenBucket>();
  return (name) => {
    const bucket = buckets.get(name) ?? createTokenBucket(perSecond, burst);
    buckets.delete(name);
    if (buckets.size >= remembered)
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest);
        break;
      }
    buckets.set(name, bucket);
    return bucket;
  };
}

/** Who has one address of IPv6 has 2^64 of them: the first four groups say who it is. IPv4 in IPv6 is IPv4. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
