/**
 * A cryptographic hash of any bytes to 32 bytes. The core chains blocks and addresses state by it and brings none of its
 * own: the host passes one in (SHA-256 for example), the same on every node of a network. It must be pure and must not keep or
 * change its argument.
 */
export type HashFunction = (bytes: Uint8Array) => Uint8Array;

/** Length of a hash in bytes. */
export const HASH_BYTES: number = 32;
