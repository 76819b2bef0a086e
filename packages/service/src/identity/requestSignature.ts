/**
 * Requests over HTTP that only a session may make: three headers, and an ed25519 signature over what is asked of which deployment, when.
 *
 *     message = sha256('plimsoll/request/1' ‖ 0x00 ‖ canonical [chainId, name, method, path and query, time, sha256(body)])
 *
 * A copy of the headers is good for the same request until the time has passed; such requests only read, so it learns nothing new
 * of a reader who saw the first answer, and the channel is TLS outside one machine.
 */

import { type KeyObject, sign } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import type { TimeMs } from '@plimsoll/core/numeric';
import type { Directory, Session } from '../contracts/directory.ts';
import { checkSignature } from '../verify/checkSignature.ts';
import type { SignatureJob } from '../verify/signatureJob.ts';
import { bytesFromHex, bytesToHex } from './bytes.ts';
import type { AdmissionCode, SignatureCode } from './identityCodes.ts';
import { codeOfVerdict, faultOfSessionSignature } from './signatures.ts';
import { signedBytes } from './signedBytes.ts';
import type { SigningDomain } from './typedData.ts';

export const SESSION_HEADER = 'plimsoll-session';
export const TIME_HEADER = 'plimsoll-time';
export const SIGNATURE_HEADER = 'plimsoll-signature';

/** How far the time of a request may be from the server's, either way. */
export const REQUEST_WINDOW_MS = 30_000;

export interface SignedRequest {
  /** Upper case. */
  readonly method: string;
  /** As sent: `/v1/accounts/3?limit=5`. */
  readonly pathAndQuery: string;
  /** As sent; empty when there is none. */
  readonly body: Uint8Array;
}

export interface RequestHeaders {
  readonly 'plimsoll-session': string;
  readonly 'plimsoll-time': string;
  readonly 'plimsoll-signature': string;
}

export type RequestCode =
  | SignatureCode
  | Extract<AdmissionCode, 'unknownSigner' | 'sessionExpired'>
  | 'headersMissing'
  | 'malformedTime'
  | 'timeOutOfWindow';

/** The 32 bytes that the session key signs. */
export function requestMessage(domain: SigningDomain, request: SignedRequest, atMs: number): Uint8Array {
  const { method, pathAndQuery, body } = request;
  return signedBytes('request', [domain.chainId, domain.name, method, pathAndQuery, atMs, sha256(body)]);
}

/** The headers of a request, made with the private key of the session. */
export function signRequest(
  domain: SigningDomain,
  request: SignedRequest,
  signer: { readonly key: string; readonly privateKey: KeyObject; readonly atMs: number },
): RequestHeaders {
  const signature = sign(null, requestMessage(domain, request, signer.atMs), signer.privateKey);
  return {
    [SESSION_HEADER]: signer.key,
    [TIME_HEADER]: String(signer.atMs),
    [SIGNATURE_HEADER]: bytesToHex(signature),
  };
}

export interface RequestContext {
  readonly domain: SigningDomain;
  readonly directory: Directory;
  /** The machine's clock, against which the time of the request is held. */
  readonly serverTimeMs: number;
  /** Time of the last block, against which the session's expiry is held. */
  readonly blockTimeMs: TimeMs;
}

export type RequestRead =
  | { readonly ok: true; readonly session: Session; readonly job: SignatureJob }
  | { readonly ok: false; readonly code: RequestCode };

/** Everything but the signature itself, which is the job. */
export function readSignedRequest(
  context: RequestContext,
  request: SignedRequest,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): RequestRead {
  const key = headers[SESSION_HEADER];
  const time = headers[TIME_HEADER];
  const signatureText = headers[SIGNATURE_HEADER];
  if (typeof key !== 'string' || typeof time !== 'string' || typeof signatureText !== 'string') return refused('headersMissing');
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(time)) return refused('malformedTime');
  const atMs = Number.parseInt(time, 10);
  if (!Number.isSafeInteger(atMs)) return refused('malformedTime');
  if (Math.abs(atMs - context.serverTimeMs) > REQUEST_WINDOW_MS) return refused('timeOutOfWindow');
  const signature = bytesFromHex(signatureText);
  if (signature === null) return refused('malformedSignature');
  const fault = faultOfSessionSignature(key, signature);
  if (fault !== null) return refused(fault);
  const session = context.directory.session(key);
  if (session === null) return refused('unknownSigner');
  if (session.expiresAtMs <= context.blockTimeMs) return refused('sessionExpired');
  const message = requestMessage(context.domain, request, atMs);
  return { ok: true, session, job: { kind: 'ed25519', message, signature, key } };
}

/** The session that signed the request, its signature checked in this thread (about 70 µs); or why it is refused. */
export function verifyRequest(
  context: RequestContext,
  request: SignedRequest,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): { readonly ok: true; readonly session: Session } | { readonly ok: false; readonly code: RequestCode } {
  const read = readSignedRequest(context, request, headers);
  if (!read.ok) return read;
  const code = codeOfVerdict(checkSignature(read.job));
  return code === null ? { ok: true, session: read.session } : refused(code);
}

function refused(code: RequestCode): { readonly ok: false; readonly code: RequestCode } {
  return { ok: false, code };
}
