import { createHash } from 'node:crypto';
import { ID_MAX, PRICE_MAX, TIME_MS_MAX } from '@plimsoll/core/numeric';
import { type CanonicalValue, decodeCanonical, encodeCanonical } from '@plimsoll/core/wire';
import type { SessionKey } from '../contracts/identityChange.ts';
import type { SignatureVerifier } from '../verify/signatureJob.ts';
import { type AdapterResult, PayloadFault, type PushReading, type SourceAdapter, type SourceReport } from './sourceReport.ts';
import { bytesOfHex, fieldOf } from './wideReader.ts';

/** A price that a publisher pushes, in the core's units. */
export type PushedPrice = Pick<SourceReport, 'feed' | 'price' | 'confidencePpm' | 'publishTimeMs'>;

/** What arrives: bytes, or their hexadecimal. */
export interface SignedPush {
  /** The publisher's ed25519 key. */
  readonly key: SessionKey;
  /** `pushBody`. */
  readonly body: Uint8Array | string;
  /** Over `pushMessage` of the body. */
  readonly signature: Uint8Array | string;
}

export interface SignedPushParameters {
  readonly deployment: { readonly chainId: number; readonly name: string };
  /** Keys of the publishers that are registered for this source. */
  readonly publishers: readonly SessionKey[];
  readonly verifier: Pick<SignatureVerifier, 'verify'>;
}

const TAG = Buffer.from('plimsoll price push 1\n');
const PRICES_MAX = 256;
const SIGNATURE_BYTES = 64;
/** Characters of a name that is answered: it is any text that somebody signed. */
const SHOWN_MAX = 64;
/** Bytes of a body: 256 prices have under 20,000. */
export const BODY_BYTES_MAX: number = 64 * 1024;

/** The canonical bytes of a push: prices, and the deployment that they are meant for. */
export function pushBody(deployment: SignedPushParameters['deployment'], prices: readonly PushedPrice[]): Uint8Array {
  const plain = prices.map(({ feed, price, confidencePpm, publishTimeMs }) => ({ feed, price, confidencePpm, publishTimeMs }));
  return encodeCanonical({ chainId: deployment.chainId, deployment: deployment.name, prices: plain });
}

/** What a publisher signs. */
export function pushMessage(body: Uint8Array): Buffer {
  return Buffer.concat([TAG, body]);
}

/**
 * Reads prices that registered publishers sign themselves. The words of a source are what a publisher of it signed for this deployment:
 * everything else, a push for another deployment included, may come from anybody.
 */
export function createSignedPushAdapter(parameters: SignedPushParameters): Required<SourceAdapter> {
  const publishers = new Set(parameters.publishers);
  return {
    kind: 'signedPush',
    async decode(payload) {
      const read = await readPush(payload);
      return read.isOwn ? read.result : { ok: false, ...read.fault };
    },
    readPush,
  };

  async function readPush(payload: unknown): Promise<PushReading> {
    try {
      const { key, body } = await readSigned(payload);
      const prices = pricesMeantForHere(body);
      const digest = createHash('sha256').update(body).digest('hex');
      return { isOwn: true, digest, result: readPrices(prices, key) };
    } catch (cause) {
      if (!(cause instanceof PayloadFault)) throw cause;
      return { isOwn: false, fault: { code: cause.code, message: cause.message } };
    }
  }

  /** The body of a push, once its signature is a publisher's. Throws a `PayloadFault`. */
  async function readSigned(payload: unknown): Promise<{ readonly key: SessionKey; readonly body: Uint8Array }> {
    const key = fieldOf(payload, 'key');
    if (typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key)) throw new PayloadFault('malformedPayload', 'a push names no key');
    if (!publishers.has(key)) throw new PayloadFault('unknownSigner', `${key.slice(0, 16)}… is no publisher of this source`);
    const body = bytesOf(fieldOf(payload, 'body'));
    const signature = bytesOf(fieldOf(payload, 'signature'));
    if (body.length > BODY_BYTES_MAX) throw new PayloadFault('malformedPayload', `a push has at most ${BODY_BYTES_MAX} bytes`);
    // Checked by other threads, to which everything is copied.
    if (signature.length !== SIGNATURE_BYTES) throw new PayloadFault('badSignature', 'the signature of the push is malformed');
    const [verdict] = await parameters.verifier
      .verify([{ kind: 'ed25519', key, message: pushMessage(body), signature }])
      .catch((cause: unknown) => {
        throw new PayloadFault('verifierUnavailable', cause instanceof Error ? cause.message : String(cause));
      });
    if (verdict !== 'valid') throw new PayloadFault('badSignature', `the signature of the push is ${verdict}`);
    return { key, body };
  }

  function pricesMeantForHere(body: Uint8Array): unknown {
    const decoded = decodeCanonical(body);
    if (!decoded.ok) throw new PayloadFault('malformedPayload', `a push is not canonical: ${decoded.error.reason}`);
    const fields = exactFields(decoded.value, ['chainId', 'deployment', 'prices']);
    const { chainId, name } = parameters.deployment;
    if (fields['chainId'] !== chainId || fields['deployment'] !== name)
      throw new PayloadFault(
        'wrongDeployment',
        `the push is meant for "${shown(fields['deployment'])}" on chain ${shown(fields['chainId'])}`,
      );
    return fields['prices'];
  }
}

function shown(value: unknown): string {
  return String(value).slice(0, SHOWN_MAX);
}

/** The prices of a push whose signature is good: what is wrong with them is the publisher's own mistake. */
function readPrices(prices: unknown, key: SessionKey): AdapterResult {
  if (!Array.isArray(prices) || prices.length > PRICES_MAX)
    return { ok: false, code: 'malformedPayload', message: `a push has at most ${PRICES_MAX} prices` };
  const why = `signed by publisher ${key.slice(0, 16)}…`;
  try {
    const reports = prices.map((price: CanonicalValue) => ({ ...readPrice(price), verified: 'verified' as const, why }));
    return { ok: true, reports, faults: [], ignored: 0 };
  } catch (cause) {
    if (!(cause instanceof PayloadFault)) throw cause;
    return { ok: false, code: cause.code, message: cause.message };
  }
}

/** A price of a push or of a recording: exactly its four fields, each in its range. Throws a `PayloadFault`. */
export function readPrice(value: unknown): PushedPrice {
  const fields = exactFields(value, ['confidencePpm', 'feed', 'price', 'publishTimeMs']);
  const { confidencePpm, feed, price, publishTimeMs } = fields;
  const isPrice =
    isWithin(feed, ID_MAX) &&
    isWithin(confidencePpm, Number.MAX_SAFE_INTEGER) &&
    isWithin(publishTimeMs, TIME_MS_MAX) &&
    typeof price === 'bigint' &&
    price > 0n &&
    price <= PRICE_MAX;
  if (!isPrice)
    throw new PayloadFault('valueOutOfRange', 'a price has a feed, a positive price, a confidence and a publish time');
  // Every field was checked against the range of its brand.
  return { feed, price, confidencePpm, publishTimeMs } as PushedPrice;
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

function exactFields(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw new PayloadFault('malformedPayload', `a record of ${names.join(', ')} was expected`);
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (keys.length !== names.length || keys.some((key, place) => key !== names[place]))
    throw new PayloadFault('malformedPayload', `a record of ${names.join(', ')} was expected`);
  return value as Readonly<Record<string, unknown>>;
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && value.length <= 4 * BODY_BYTES_MAX) return bytesOfHex(value);
  throw new PayloadFault('malformedPayload', 'bytes or hexadecimal were expected');
}
