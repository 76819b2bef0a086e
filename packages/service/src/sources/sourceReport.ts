import type { FeedId, Ppm, Price, TimeMs } from '@plimsoll/core/numeric';

export type SourceKind = 'recorded' | 'pythHermes' | 'chainlinkDataStreams' | 'signedPush';

/** A price as a source says it, in the core's units, with what is known of its origin. */
export interface SourceReport {
  readonly feed: FeedId;
  /** 1e-9 USD per feed unit, rounded down. */
  readonly price: Price;
  /** Half width of the source's own interval, rounded up. What is too wide is the core's to refuse. */
  readonly confidencePpm: Ppm;
  readonly publishTimeMs: TimeMs;
  /** Whether signatures over this very price were checked against keys that the operator holds. */
  readonly verified: 'verified' | 'unverified';
  /** A sentence: whose signatures, or why none. */
  readonly why: string;
}

/** Why a payload, or one price of it, is not used. Stable for good: new ones are appended. */
export type AdapterFaultCode =
  /** Not the documented form. */
  | 'malformedPayload'
  /** A version or message that is documented and not read here. */
  | 'unsupported'
  /** A signature that does not hold. */
  | 'badSignature'
  /** Signed by somebody whose key is not held. */
  | 'unknownSigner'
  /** Fewer signatures than it takes. */
  | 'tooFewSignatures'
  /** The price is not in what was signed. */
  | 'badProof'
  /** Signed, and by an emitter that does not publish these prices. */
  | 'unknownEmitter'
  /** Signed for another deployment. */
  | 'wrongDeployment'
  /** A price that is not positive or not representable. */
  | 'valueOutOfRange'
  /** Signatures could not be checked now. */
  | 'verifierUnavailable'
  /** No signature of anybody whose key is held, and nothing else was asked for. */
  | 'unverified';

export interface AdapterFault {
  readonly code: AdapterFaultCode;
  readonly message: string;
}

export type AdapterResult =
  | {
      readonly ok: true;
      readonly reports: readonly SourceReport[];
      /** Prices of the payload that are no prices; the others stand. */
      readonly faults: readonly (AdapterFault & { readonly feed: FeedId })[];
      /** Prices of feeds that are not mapped. */
      readonly ignored: number;
    }
  | ({ readonly ok: false } & AdapterFault);

/** Reads the payloads of one kind of source. */
export interface SourceAdapter {
  readonly kind: SourceKind;
  /**
   * Never rejects: whatever a payload is, it is read or refused by name. Keeps nothing between payloads. `trust`: what its source passes on; of
   * one that passes on `verified` prices alone an adapter may refuse others as `unverified`, before they cost anything. Left out, all are read.
   */
  decode(payload: unknown, trust?: SourceReport['verified']): Promise<AdapterResult>;
  /** Of a kind whose payloads anybody may send to this process: the same, with who said it. Never rejects. */
  readPush?(payload: unknown): Promise<PushReading>;
}

/** What was sent in a source's name: its own words, which count for and against it, or anybody's, which do neither. */
export type PushReading =
  | {
      readonly isOwn: true;
      /** The same for the same words, whoever sends them and however often. */
      readonly digest: string;
      readonly result: AdapterResult;
    }
  | { readonly isOwn: false; readonly fault: AdapterFault };

/** Which feed a remote price goes to. */
export interface FeedMapping {
  /** The source's id of it: 32 bytes of lower-case hexadecimal without 0x. */
  readonly remote: string;
  readonly feed: FeedId;
  /** Feed units in one unit of what the source quotes (1 where both are a coin). */
  readonly feedUnits: bigint;
}

/** Thrown inside adapters, and caught by them. */
export class PayloadFault extends Error {
  readonly code: AdapterFaultCode;

  constructor(code: AdapterFaultCode, message: string) {
    super(message);
    this.name = 'PayloadFault';
    this.code = code;
  }
}

/** Runs an adapter's reading, and gives its faults as values. Anything else that it throws is a mistake of ours and rejects. */
export async function readPayload(read: () => Promise<AdapterResult>): Promise<AdapterResult> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof PayloadFault) return { ok: false, code: cause.code, message: cause.message };
    throw cause;
  }
}
