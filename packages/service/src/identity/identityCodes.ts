/**
 * Why a change of who is who was refused; its nonce is used up all the same, but for `unknownOwner`, `staleNonce` and `nonceTooHigh`.
 * Stable for good.
 */
export type IdentityCode =
  | 'malformedAddress'
  | 'addressTaken'
  | 'ownersFull'
  | 'unknownOwner'
  | 'staleNonce'
  /** Above what block time allows; it is not used up. */
  | 'nonceTooHigh'
  | 'malformedKey'
  | 'lowOrderKey'
  | 'keyTaken'
  | 'invalidScopes'
  | 'invalidAccounts'
  | 'sessionExpired'
  | 'sessionTooLong'
  | 'sessionsFull'
  | 'unknownSession';

/** Why a signed command or request was refused before it entered a block: nothing was executed. Stable for good. */
export type AdmissionCode =
  /** The wallet is nobody's, or the session was never opened, or was revoked. */
  | 'unknownSigner'
  | 'sessionExpired'
  /** The command names another actor than the one who signed. */
  | 'wrongActor'
  /** The session has not the scope of this kind of command, or no session may issue it at all. */
  | 'outsideScope'
  /** The session is bound to other accounts. */
  | 'outsideAccounts'
  /** A session signed a change of who is who, which only a wallet may. */
  | 'walletRequired'
  /** A co-signer is named and did not sign, or somebody else did. */
  | 'cosignatureMissing'
  | 'wrongCosigner'
  /** Nobody is named, and a second signature came. */
  | 'cosignatureUnexpected'
  /** No role of the actor may issue it: the core's own code. */
  | 'notAuthorised';

/** Why a signature was refused. Stable for good. */
export type SignatureCode =
  | 'malformedSignature'
  | 'malleatedSignature'
  | 'malformedKey'
  | 'lowOrderKey'
  /** Well formed, and not theirs: of another key, deployment, chain, purpose, command id or content. */
  | 'wrongSigner';
