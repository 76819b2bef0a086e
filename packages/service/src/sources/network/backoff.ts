import { createHash } from 'node:crypto';
import type { TransportFault } from '../transportFault.ts';

/** How long to wait after failures. */
export interface Backoff {
  /** After the first failure; doubled with each further one. */
  readonly firstMs: number;
  /** Never longer, save where the endpoint itself asks for more. */
  readonly longestMs: number;
  /** What sets this client apart from others: its jitter is made of it. */
  readonly seed: string;
}

/** Pyth's documentation: who exceeds its rate is refused for the next sixty seconds (docs/price-sources.md). */
const TOO_MANY_REQUESTS_MS = 60_000;
/** An endpoint may ask for patience, not for ever. */
const RETRY_AFTER_MAX_MS = 600_000;

/**
 * Milliseconds to wait before the next try, after `failures` in a row (from 1), the last of them `fault`. Exponential, with a jitter of up to
 * half of it that depends on seed and count alone: the same run waits the same, two deployments do not wait alike. What will fail again as
 * it stands (4xx, a redirect) waits the longest at once.
 */
export function backoffMs({ firstMs, longestMs, seed }: Backoff, failures: number, fault: TransportFault): number {
  const isHopeless = fault.code === 'requestRefused' || fault.code === 'redirected';
  const doublings = Math.min(failures - 1, 30);
  const whole = isHopeless ? longestMs : Math.min(longestMs, firstMs * 2 ** doublings);
  const waitMs = Math.ceil(whole / 2 + (whole / 2) * fraction(`${seed}/${failures}`));
  const askedMs = fault.retryAfterMs ?? (fault.code === 'tooManyRequests' ? TOO_MANY_REQUESTS_MS : 0);
  return Math.max(waitMs, Math.min(askedMs, RETRY_AFTER_MAX_MS));
}

/** 0 to below 1, evenly spread over texts. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
