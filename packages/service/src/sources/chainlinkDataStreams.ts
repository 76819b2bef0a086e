import type { Address } from '../contracts/identityChange.ts';
import { isMalleated, recoverAddress, recoveryOf } from '../verify/secp256k1.ts';
import { FULL_REPORT_BYTES_MAX, type FullReport, parseFullReport, parseReportV3 } from './chainlinkReport.ts';
import { confidencePpm, scalePrice, secondsToTime } from './scalePrice.ts';
import {
  type AdapterResult,
  type FeedMapping,
  PayloadFault,
  readPayload,
  type SourceAdapter,
  type SourceReport,
} from './sourceReport.ts';
import { bytesOfHex, fieldOf } from './wideReader.ts';

/** A set of oracles: a report counts when more than `faultyMax` of them signed it. */
export interface OracleSet {
  /** 32 bytes of lower-case hexadecimal without 0x. */
  readonly configDigest: string;
  readonly signers: readonly Address[];
  readonly faultyMax: number;
}

export interface ChainlinkParameters {
  /** `decimals`: of the stream's prices, 18 or 8. */
  readonly feeds: readonly (FeedMapping & { readonly decimals: number })[];
  /** Oracle sets in force; a report of another one is unverified. */
  readonly oracleSets: readonly OracleSet[];
}

/**
 * Reads reports of Chainlink Data Streams, schema v3: an answer of the reports API, a WebSocket message, the hexadecimal of a full report, or its
 * bytes. Confidence is the wider side of the bid-ask interval around the price. Signatures name no signer, so they are recovered in this
 * thread: about 60 µs each, and no more of them than the configuration has oracles; the first that does not hold ends it.
 */
export function createChainlinkAdapter(parameters: ChainlinkParameters): SourceAdapter {
  const feeds = new Map(parameters.feeds.map((mapping) => [mapping.remote, mapping]));
  return {
    kind: 'chainlinkDataStreams',
    decode: (payload, trust) =>
      readPayload(async () => {
        const full = parseFullReport(bytesOf(payload));
        const origin = originOf(full, parameters.oracleSets);
        if (trust === 'verified' && origin.verified === 'unverified') throw new PayloadFault('unverified', origin.why);
        const report = parseReportV3(full.report);
        const mapping = feeds.get(report.feedId);
        if (mapping === undefined) return { ok: true, reports: [], faults: [], ignored: 1 };
        const { price, bid, ask } = report;
        if (report.expiresSeconds < report.observationsSeconds)
          throw new PayloadFault('malformedPayload', 'a report expires before it was observed');
        return readPrice(mapping.feed, () => ({
          feed: mapping.feed,
          price: scalePrice(price, -mapping.decimals, mapping),
          confidencePpm: confidencePpm(widest(price - bid, ask - price), price),
          publishTimeMs: secondsToTime(report.observationsSeconds),
          ...origin,
        }));
      }),
  };
}

function readPrice(feed: FeedMapping['feed'], read: () => SourceReport): AdapterResult {
  try {
    return { ok: true, reports: [read()], faults: [], ignored: 0 };
  } catch (cause) {
    if (!(cause instanceof PayloadFault)) throw cause;
    return { ok: true, reports: [], faults: [{ feed, code: cause.code, message: cause.message }], ignored: 0 };
  }
}

/** Whose signatures stand under a report. Throws a `PayloadFault` when they do not hold. */
function originOf(full: FullReport, sets: readonly OracleSet[]): Pick<SourceReport, 'verified' | 'why'> {
  const set = sets.find((candidate) => candidate.configDigest === full.configDigest);
  if (set === undefined)
    return { verified: 'unverified', why: `the signers of configuration ${full.configDigest.slice(0, 16)}… are not held` };
  if (full.signatures.length > set.signers.length)
    throw new PayloadFault(
      'badSignature',
      `${full.signatures.length} signatures stand where there are ${set.signers.length} oracles`,
    );
  const signed = new Set<Address>();
  for (const { compact, v } of full.signatures) {
    const recovery = v > 1 ? null : recoveryOf(v);
    if (recovery === null) throw new PayloadFault('malformedPayload', `${v} is no recovery byte`);
    if (isMalleated(compact)) throw new PayloadFault('badSignature', 'a signature is in its second form');
    const signer = recoverAddress(full.digest, compact, recovery);
    if (signer === null) throw new PayloadFault('badSignature', 'a signature recovers no signer');
    if (!set.signers.includes(signer)) throw new PayloadFault('unknownSigner', `${signer} is no oracle of this configuration`);
    if (signed.has(signer)) throw new PayloadFault('badSignature', `${signer} signed twice`);
    signed.add(signer);
  }
  if (signed.size <= set.faultyMax)
    throw new PayloadFault('tooFewSignatures', `${signed.size} oracles signed, and it takes ${set.faultyMax + 1}`);
  return { verified: 'verified', why: `signed by ${signed.size} of ${set.signers.length} oracles` };
}

function widest(a: bigint, b: bigint): bigint {
  const [below, above] = [a < 0n ? -a : a, b < 0n ? -b : b];
  return below > above ? below : above;
}

function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  const text = typeof payload === 'string' ? payload : fieldOf(fieldOf(payload, 'report') ?? payload, 'fullReport');
  if (typeof text !== 'string') throw new PayloadFault('malformedPayload', 'there is no fullReport');
  if (text.length > 2 * FULL_REPORT_BYTES_MAX + 2)
    throw new PayloadFault('malformedPayload', `a full report has at most ${FULL_REPORT_BYTES_MAX} bytes`);
  return bytesOfHex(text);
}
