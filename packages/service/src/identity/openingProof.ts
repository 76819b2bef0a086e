/** A session key agrees to what it is opened for: who opens a session shows that they hold its key, not only that they know it. */

import type { IdentityChange } from '../contracts/identityChange.ts';
import type { CommandId } from '../contracts/submission.ts';
import { identityTypedData } from './identityTypedData.ts';
import { signedBytes } from './signedBytes.ts';
import { type SigningDomain, typedDataDigest } from './typedData.ts';

export type OpenSession = Extract<IdentityChange, { readonly kind: 'openSession' }>;

/** The 32 bytes that the session key signs: they are of the very digest that the wallet signs. */
export function openingMessage(domain: SigningDomain, commandId: CommandId, change: OpenSession): Uint8Array {
  return signedBytes('opening', [domain.chainId, domain.name, typedDataDigest(identityTypedData(domain, commandId, change))]);
}
