import { createHash, createHmac } from 'node:crypto';
import { FULL_REPORT_BYTES_MAX } from '../chainlinkReport.ts';
import type { EndpointRequest } from './openAnswer.ts';

/** What the Data Streams API knows a customer by. */
export interface DataStreamsCredentials {
  /** Named in the header `Authorization`. */
  readonly key: string;
  /** Never sent: it signs. */
  readonly secret: string;
}

/** One report in hexadecimal, and the few short fields beside it. */
const ANSWER_MAX: EndpointRequest['answerMax'] = { bytes: 2 * FULL_REPORT_BYTES_MAX + 2_048, values: 64 };

/** The latest report of each stream: one request a stream, each signed for now. The service takes signatures of the last and next five seconds. */
export function dataStreamsLatest(
  { url, ids }: { readonly url: URL; readonly ids: readonly string[] },
  credentials: DataStreamsCredentials,
  nowMs: number,
): readonly EndpointRequest[] {
  const base = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  return ids.map((id) => {
    const target = new URL(`${base}api/v1/reports/latest`, url);
    target.searchParams.append('feedID', `0x${id}`);
    const path = `${target.pathname}${target.search}`;
    return {
      url: target,
      headers: { accept: 'application/json', ...dataStreamsHeaders({ method: 'GET', path, body: '', nowMs }, credentials) },
      answerMax: ANSWER_MAX,
    };
  });
}

/** The three headers of a request, as the API's documentation describes them (docs/price-sources.md has address and date). */
export function dataStreamsHeaders(
  request: { readonly method: string; readonly path: string; readonly body: string; readonly nowMs: number },
  { key, secret }: DataStreamsCredentials,
): Readonly<Record<string, string>> {
  const { method, path, body, nowMs } = request;
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const signed = `${method} ${path} ${bodyHash} ${key} ${nowMs}`;
  return {
    Authorization: key,
    'X-Authorization-Timestamp': String(nowMs),
    'X-Authorization-Signature-SHA256': createHmac('sha256', secret).update(signed).digest('hex'),
  };
}
