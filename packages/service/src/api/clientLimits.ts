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
}

export function createClientLimiter(limits: ClientLimits, nowMs: () => number): ClientLimiter {
  const open = createBuckets(limits.publicRate, limits.remembered);
  const signed = createBuckets(limits.signedRate, limits.remembered);
  const sessions = createBuckets(limits.sessionRate, limits.remembered);
  const registrations = createBuckets(limits.registrationRate, limits.remembered);
  return {
    publicRequest: (address) => open(networkOf(address)).take(nowMs()),
    signedRequest: (address) => signed(networkOf(address)).take(nowMs()),
    batched: (address, commands) => signed(networkOf(address)).spend(commands - 1),
    session: (key) => sessions(key).take(nowMs()),
    registration: (address) => registrations(networkOf(address)).take(nowMs()),
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
