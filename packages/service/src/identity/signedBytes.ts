import { sha256 } from '@noble/hashes/sha2.js';
import { encodeCanonical } from '@plimsoll/core/wire';
import { utf8 } from './bytes.ts';

/** What a session key signs something for; the first bytes of what is hashed, so that no signature serves two purposes. */
export type SigningPurpose = 'command' | 'request' | 'opening';

const TAGS: { readonly [P in SigningPurpose]: Uint8Array } = {
  command: utf8('plimsoll/command/1\0'),
  request: utf8('plimsoll/request/1\0'),
  opening: utf8('plimsoll/opening/1\0'),
};

/** sha256('plimsoll/<purpose>/1' ‖ 0x00 ‖ canonical bytes of the fields): 32 bytes. */
export function signedBytes(purpose: SigningPurpose, fields: readonly unknown[]): Uint8Array {
  const tag = TAGS[purpose];
  const body = encodeCanonical(fields);
  const bytes = new Uint8Array(tag.length + body.length);
  bytes.set(tag);
  bytes.set(body, tag.length);
  return sha256(bytes);
}
