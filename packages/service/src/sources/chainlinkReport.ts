import { keccak_256 } from '@noble/hashes/sha3.js';
import { PayloadFault } from './sourceReport.ts';
import { createWideReader, expectDone, takeBytes, type WideReader } from './wideReader.ts';

/**
 * A full report of Chainlink Data Streams: `abi.encode(bytes32[3] context, bytes report, bytes32[] rs, bytes32[] ss, bytes32 rawVs)`, and
 * report schema v3 inside. Format: Chainlink documentation, “Report Schema v3”, and `DestinationVerifier.sol` (docs/price-sources.md).
 */
export interface FullReport {
  /** 32 bytes of lower-case hexadecimal: which set of oracles signs. */
  readonly configDigest: string;
  readonly report: Buffer;
  /** keccak256(keccak256(report) ‖ context): what oracles sign. */
  readonly digest: Uint8Array;
  /** r ‖ s and the recovery byte. */
  readonly signatures: readonly { readonly compact: Buffer; readonly v: number }[];
}

export interface ReportV3 {
  /** 32 bytes of lower-case hexadecimal. */
  readonly feedId: string;
  readonly observationsSeconds: bigint;
  readonly expiresSeconds: bigint;
  readonly price: bigint;
  readonly bid: bigint;
  readonly ask: bigint;
}

const WORD = 32;
/** The recovery bytes of all signatures share one word. */
const SIGNATURES_MAX = 32;
const REPORT_BYTES_MAX = 4_096;
/** Three words of context, three offsets, one of recovery bytes. */
const HEAD_WORDS = 7;
/** A full report with the longest report and the most signatures: each of its three parts is led by its length. */
export const FULL_REPORT_BYTES_MAX: number = WORD * (HEAD_WORDS + 3 + 2 * SIGNATURES_MAX) + REPORT_BYTES_MAX;

/** Strict: offsets, lengths and padding are those that `abi.encode` writes, so that a report has one form. */
export function parseFullReport(bytes: Uint8Array): FullReport {
  if (bytes.length > FULL_REPORT_BYTES_MAX)
    throw new PayloadFault('malformedPayload', `a full report has at most ${FULL_REPORT_BYTES_MAX} bytes`);
  const reader = createWideReader(bytes);
  const context = takeBytes(reader, 3 * WORD);
  const offsets = [takeLength(reader), takeLength(reader), takeLength(reader)];
  const recovery = takeBytes(reader, WORD);
  expectOffset(reader, offsets[0]);
  const length = takeLength(reader);
  if (length > REPORT_BYTES_MAX) throw new PayloadFault('malformedPayload', `a report has at most ${REPORT_BYTES_MAX} bytes`);
  const report = takeBytes(reader, length);
  const padding = takeBytes(reader, (WORD - (length % WORD)) % WORD);
  if (padding.some((byte) => byte !== 0)) throw new PayloadFault('malformedPayload', 'the padding of a report is not zero');
  const rs = takeWords(reader, offsets[1]);
  const ss = takeWords(reader, offsets[2]);
  expectDone(reader);
  if (rs.length !== ss.length) throw new PayloadFault('malformedPayload', `a report has ${rs.length} r and ${ss.length} s`);
  const digest = keccak_256(Buffer.concat([keccak_256(report), context]));
  const signatures = rs.map((r, place) => ({
    compact: Buffer.concat([r, ss[place] ?? Buffer.alloc(WORD)]),
    v: recovery[place] ?? 0,
  }));
  return { configDigest: context.toString('hex', 0, WORD), report, digest, signatures };
}

/** Schema 3, crypto with bid and ask: nine words, each in its range. */
export function parseReportV3(report: Buffer): ReportV3 {
  const reader = createWideReader(report);
  const feedId = takeBytes(reader, WORD).toString('hex');
  if (!feedId.startsWith('0003')) throw new PayloadFault('unsupported', `report schema ${feedId.slice(0, 4)} is not read here`);
  // Start of validity.
  takeUnsigned(reader, 32n);
  const observationsSeconds = takeUnsigned(reader, 32n);
  // Fees of on-chain verification, in the native token and in LINK.
  takeUnsigned(reader, 192n);
  takeUnsigned(reader, 192n);
  const expiresSeconds = takeUnsigned(reader, 32n);
  const [price, bid, ask] = [takeSigned(reader, 192n), takeSigned(reader, 192n), takeSigned(reader, 192n)];
  expectDone(reader);
  return { feedId, observationsSeconds, expiresSeconds, price, bid, ask };
}

function takeWord(reader: WideReader): bigint {
  return BigInt(`0x${takeBytes(reader, WORD).toString('hex')}`);
}

function takeUnsigned(reader: WideReader, bits: bigint): bigint {
  const value = takeWord(reader);
  if (value >> bits !== 0n) throw new PayloadFault('malformedPayload', `a field of a report is above ${bits} bits`);
  return value;
}

function takeSigned(reader: WideReader, bits: bigint): bigint {
  const value = BigInt.asIntN(256, takeWord(reader));
  if (BigInt.asIntN(Number(bits), value) !== value)
    throw new PayloadFault('malformedPayload', `a field of a report is beyond ${bits} signed bits`);
  return value;
}

function takeLength(reader: WideReader): number {
  return Number(takeUnsigned(reader, 31n));
}

function expectOffset(reader: WideReader, offset: number | undefined): void {
  if (offset !== reader.at || reader.at < HEAD_WORDS * WORD)
    throw new PayloadFault('malformedPayload', `an offset of a report is ${offset}, not ${reader.at}`);
}

function takeWords(reader: WideReader, offset: number | undefined): readonly Buffer[] {
  expectOffset(reader, offset);
  const count = takeLength(reader);
  if (count > SIGNATURES_MAX) throw new PayloadFault('malformedPayload', `a report has at most ${SIGNATURES_MAX} signatures`);
  return Array.from({ length: count }, () => takeBytes(reader, WORD));
}
