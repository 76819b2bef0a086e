/** From what arrives signed to the signatures that must be checked before it may enter a block. */

import type { Command } from '@plimsoll/core/engine';
import type { OwnerId } from '@plimsoll/core/numeric';
import { commandHash, typedDataOf } from '../commands/commandTable.ts';
import type { Directory } from '../contracts/directory.ts';
import type { Address, IdentityChange, SessionKey } from '../contracts/identityChange.ts';
import type { CommandId } from '../contracts/submission.ts';
import type { SignatureJob } from '../verify/signatureJob.ts';
import { type AuthorityContext, mayIssue, type Signer } from './authorityTable.ts';
import { bytesFromHex } from './bytes.ts';
import type { AdmissionCode, SignatureCode } from './identityCodes.ts';
import { identityTypedData } from './identityTypedData.ts';
import { type OpenSession, openingMessage } from './openingProof.ts';
import { faultOfSessionSignature } from './signatures.ts';
import { type SigningDomain, typedDataDigest } from './typedData.ts';

/** A signature in the form in which it travels in JSON. */
export type SignatureInput =
  /** r ‖ s ‖ v with 0x; v is 27, 28, 0 or 1. */
  | { readonly kind: 'wallet'; readonly signature: string }
  /** R ‖ S, lower-case hexadecimal without 0x. */
  | { readonly kind: 'session'; readonly key: SessionKey; readonly signature: string };

export interface SignedCommand {
  readonly commandId: CommandId;
  readonly command: Command;
  readonly signature: SignatureInput;
  /** The other side of a trade without a venue signs the same. */
  readonly cosignature: SignatureInput | null;
}

/** The jobs must all be `valid` before the entry may be submitted. */
export type Admission =
  | { readonly ok: true; readonly jobs: readonly SignatureJob[] }
  | { readonly ok: false; readonly code: AdmissionCode | SignatureCode };

/** Asks the authority table about a signed command, and gives the signatures that prove who signed it. Cost: hashing, no curve arithmetic. */
export function admitCommand(context: AuthorityContext & { readonly domain: SigningDomain }, signed: SignedCommand): Admission {
  const { command, signature, cosignature } = signed;
  const cosignerId = command.kind === 'trade' ? command.cosigner : null;
  if (cosignature !== null && cosignerId === null) return refused('cosignatureUnexpected');
  const actor = signerOf(signature, command.actor);
  const cosigner = cosignature === null || cosignerId === null ? null : signerOf(cosignature, cosignerId);
  const verdict = mayIssue(context, { actor, cosigner }, command);
  if (!verdict.ok) return verdict;
  const job = commandJob(context, signed, { input: signature, owner: command.actor });
  if (typeof job === 'string') return refused(job);
  if (cosignature === null || cosignerId === null) return { ok: true, jobs: [job] };
  const second = commandJob(context, signed, { input: cosignature, owner: cosignerId });
  return typeof second === 'string' ? refused(second) : { ok: true, jobs: [job, second] };
}

/** Sixty-four bytes: a session cannot open, extend or end a session. */
const SESSION_SIGNATURE = /^(?:0x)?[0-9a-fA-F]{128}$/;

export interface SignedChange {
  readonly commandId: CommandId;
  readonly change: IdentityChange;
  readonly signature: string;
  /** Of a session that is opened: the signature of its key over `openingMessage`. Null for other changes. */
  readonly proof: string | null;
}

/** The signatures that a change of who is who needs: of the wallet that registers, or of the owner's; and of the key that is opened. */
export function admitChange(
  { directory, domain }: Pick<AuthorityContext, 'directory'> & { readonly domain: SigningDomain },
  signed: SignedChange,
): Admission {
  const { change, commandId } = signed;
  const address = change.kind === 'registerOwner' ? change.address : directory.addressOf(change.owner);
  if (address === null) return refused('unknownSigner');
  if (SESSION_SIGNATURE.test(signed.signature)) return refused('walletRequired');
  const job = walletJob(typedDataDigest(identityTypedData(domain, commandId, change)), signed.signature, address);
  if (typeof job === 'string') return refused(job);
  if (change.kind !== 'openSession') return { ok: true, jobs: [job] };
  const proof = proofJob(domain, { commandId, change, proof: signed.proof });
  return typeof proof === 'string' ? refused(proof) : { ok: true, jobs: [job, proof] };
}

function proofJob(
  domain: SigningDomain,
  of: { readonly commandId: CommandId; readonly change: OpenSession; readonly proof: string | null },
): SignatureJob | SignatureCode {
  const { commandId, change } = of;
  const signature = of.proof === null ? null : bytesFromHex(of.proof);
  if (signature === null) return 'malformedSignature';
  const fault = faultOfSessionSignature(change.key, signature);
  if (fault !== null) return fault;
  return { kind: 'ed25519', message: openingMessage(domain, commandId, change), signature, key: change.key };
}

function signerOf(input: SignatureInput, owner: OwnerId): Signer {
  return input.kind === 'wallet' ? { kind: 'wallet', owner } : { kind: 'session', key: input.key };
}

function commandJob(
  { domain, directory }: { readonly domain: SigningDomain; readonly directory: Directory },
  { commandId, command }: SignedCommand,
  { input, owner }: { readonly input: SignatureInput; readonly owner: OwnerId },
): SignatureJob | AdmissionCode | SignatureCode {
  if (input.kind === 'wallet') {
    const address = directory.addressOf(owner);
    if (address === null) return 'unknownSigner';
    return walletJob(typedDataDigest(typedDataOf(domain, commandId, command)), input.signature, address);
  }
  const signature = bytesFromHex(input.signature);
  if (signature === null) return 'malformedSignature';
  const fault = faultOfSessionSignature(input.key, signature);
  if (fault !== null) return fault;
  return { kind: 'ed25519', message: commandHash(domain, commandId, command), signature, key: input.key };
}

function walletJob(digest: Uint8Array, text: string, address: Address): SignatureJob | SignatureCode {
  const signature = text.startsWith('0x') ? bytesFromHex(text.slice(2).toLowerCase()) : null;
  if (signature === null || signature.length !== 65) return 'malformedSignature';
  return { kind: 'secp256k1', digest, signature, address };
}

function refused(code: AdmissionCode | SignatureCode): Admission {
  return { ok: false, code };
}
