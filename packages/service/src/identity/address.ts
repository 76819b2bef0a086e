import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Address } from '../contracts/identityChange.ts';
import { bytesToHex, utf8 } from './bytes.ts';

export type AddressRead =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly code: 'malformedAddress' | 'addressChecksum' };

/**
 * A wallet's address as people write it: 0x and forty hexadecimal digits, all of one case, or in mixed case with the checksum of ERC-55.
 */
export function readAddress(text: string): AddressRead {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return { ok: false, code: 'malformedAddress' };
  const address = text.toLowerCase();
  const digits = text.slice(2);
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!isOneCase && checksumAddress(address) !== text) return { ok: false, code: 'addressChecksum' };
  return { ok: true, address };
}

/** The form in which wallets show it: a letter is upper-case where the hash of the lower-case digits has 8 or more (ERC-55). */
export function checksumAddress(address: Address): string {
  const digits = address.slice(2);
  const hash = bytesToHex(keccak_256(utf8(digits)));
  let text = '0x';
  for (let i = 0; i < digits.length; i += 1) text += hash.charAt(i) >= '8' ? digits.charAt(i).toUpperCase() : digits.charAt(i);
  return text;
}

/** True for the form in which addresses are kept: lower case. */
export function isAddress(text: string): text is Address {
  return /^0x[0-9a-f]{40}$/.test(text);
}
