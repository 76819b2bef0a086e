import { hermesAnswerMax } from '../pythLimits.ts';
import type { EndpointRequest } from './openAnswer.ts';

/** A Hermes service: Pyth's own, or one that is operated by somebody else. */
export interface HermesEndpoint {
  /** What `/v2/…` is appended to; it may have a path of its own. */
  readonly url: URL;
  /** Price feed ids, 32 bytes of lower-case hexadecimal. */
  readonly ids: readonly string[];
  /** Sent as a bearer token; null: none. */
  readonly key: string | null;
}

/** The latest update of the feeds, signatures included and parsed prices left out. */
export function hermesLatest(endpoint: HermesEndpoint): EndpointRequest {
  return requestOf(endpoint, 'v2/updates/price/latest', 'application/json');
}

/** The same as a stream of events, for at most 24 hours. */
export function hermesStream(endpoint: HermesEndpoint): EndpointRequest {
  return requestOf(endpoint, 'v2/updates/price/stream', 'text/event-stream');
}

function requestOf({ url, ids, key }: HermesEndpoint, path: string, accept: string): EndpointRequest {
  const base = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  const target = new URL(`${base}${path}`, url);
  for (const id of ids) target.searchParams.append('ids[]', id);
  target.searchParams.append('encoding', 'hex');
  target.searchParams.append('parsed', 'false');
  const headers = { accept, ...(key === null ? {} : { authorization: `Bearer ${key}` }) };
  return { url: target, headers, answerMax: hermesAnswerMax(ids.length) };
}
