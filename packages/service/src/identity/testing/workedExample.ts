/** The figures of docs/identity.md, computed. */

import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Command } from '@plimsoll/core/engine';
import { accountId, amount, assetId, ownerId, timeMs } from '@plimsoll/core/numeric';
import { encodeCanonical } from '@plimsoll/core/wire';
import { commandHash, commandToJson, typedDataOf } from '../../commands/commandTable.ts';
import { checksumAddress } from '../address.ts';
import { bytesToHex, utf8 } from '../bytes.ts';
import { identityTypedData } from '../identityTypedData.ts';
import { type OpenSession, openingMessage } from '../openingProof.ts';
import { requestMessage, signRequest } from '../requestSignature.ts';
import { encodeType, structHash, type TypedData, typedDataDigest, walletTypedData } from '../typedData.ts';

export const EXAMPLE_DOMAIN = { chainId: 31_337, name: 'plimsoll-test' } as const;
export const EXAMPLE_ID = 'example-1';
export const EXAMPLE_COMMAND: Command = {
  kind: 'withdraw',
  actor: ownerId(1_000),
  nonce: 1,
  account: accountId(3),
  asset: assetId(0),
  amount: amount(2_500_000n),
};
/** The wallet of the example of EIP-712. */
const WALLET_KEY = keccak_256(utf8('cow'));
/** The private key of the first test of RFC 8032. */
const SESSION_SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';

/** Every figure by its name, as the page shows it. */
export function workedExample(): Readonly<Record<string, string>> {
  const address = `0x${bytesToHex(keccak_256(secp256k1.getPublicKey(WALLET_KEY, false).subarray(1)).subarray(12))}`;
  const privateKey = createPrivateKey({
    key: Buffer.from(`302e020100300506032b657004220420${SESSION_SEED}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });
  const key = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const data = typedDataOf(EXAMPLE_DOMAIN, EXAMPLE_ID, EXAMPLE_COMMAND);
  const type = encodeType(data.primaryType, data.types);
  const domainTypes = { EIP712Domain: walletTypedData(data).types['EIP712Domain'] ?? [] };
  const hash = commandHash(EXAMPLE_DOMAIN, EXAMPLE_ID, EXAMPLE_COMMAND);
  const request = { method: 'GET', pathAndQuery: '/v1/accounts/3', body: new Uint8Array() };
  const atMs = 1_800_000_000_000;
  const open: OpenSession = {
    kind: 'openSession',
    owner: ownerId(1_000),
    key,
    scopes: ['read', 'trade'],
    accounts: null,
    expiresAtMs: timeMs(1_800_003_600_000),
    nonce: 1,
  };
  const opening = openingMessage(EXAMPLE_DOMAIN, 'example-2', open);
  return {
    json: JSON.stringify(commandToJson(EXAMPLE_COMMAND)),
    wallet: checksumAddress(address),
    walletPrivateKey: bytesToHex(WALLET_KEY),
    salt: String(data.domain['salt']),
    domainSeparator: bytesToHex(structHash('EIP712Domain', data.domain, domainTypes)),
    encodeType: type,
    typeHash: bytesToHex(keccak_256(utf8(type))),
    structHash: bytesToHex(structHash(data.primaryType, data.message, data.types)),
    digest: bytesToHex(typedDataDigest(data)),
    walletSignature: walletSignature(data),
    sessionKey: key,
    canonical: bytesToHex(encodeCanonical([EXAMPLE_DOMAIN.chainId, EXAMPLE_DOMAIN.name, EXAMPLE_ID, EXAMPLE_COMMAND])),
    commandHash: bytesToHex(hash),
    commandSignature: bytesToHex(sign(null, hash, privateKey)),
    requestMessage: bytesToHex(requestMessage(EXAMPLE_DOMAIN, request, atMs)),
    requestSignature: signRequest(EXAMPLE_DOMAIN, request, { key, privateKey, atMs })['plimsoll-signature'],
    openSessionDigest: bytesToHex(typedDataDigest(identityTypedData(EXAMPLE_DOMAIN, 'example-2', open))),
    openingMessage: bytesToHex(opening),
    openingProof: bytesToHex(sign(null, opening, privateKey)),
    registerDigest: bytesToHex(
      typedDataDigest(identityTypedData(EXAMPLE_DOMAIN, 'example-0', { kind: 'registerOwner', address })),
    ),
  };
}

function walletSignature(data: TypedData): string {
  const signed = secp256k1.sign(typedDataDigest(data), WALLET_KEY, { prehash: false, format: 'recovered' });
  return `0x${bytesToHex(signed.subarray(1))}${(27 + (signed[0] ?? 0)).toString(16)}`;
}
