import type { TypedMember } from '../commands/fieldCodec.ts';
import type { IdentityChange } from '../contracts/identityChange.ts';
import type { CommandId } from '../contracts/submission.ts';
import { domainOf, type SigningDomain, type TypedData } from './typedData.ts';

const PREFIX: readonly TypedMember[] = [
  { name: 'purpose', type: 'string' },
  { name: 'commandId', type: 'string' },
];

const REGISTER: TypedData['types'] = { RegisterOwner: [...PREFIX, { name: 'wallet', type: 'address' }] };

const OPEN: TypedData['types'] = {
  OpenSession: [
    ...PREFIX,
    { name: 'owner', type: 'uint32' },
    { name: 'key', type: 'bytes32' },
    { name: 'scopes', type: 'string[]' },
    { name: 'everyAccount', type: 'bool' },
    { name: 'accounts', type: 'uint32[]' },
    { name: 'expiresAtMs', type: 'uint64' },
    { name: 'nonce', type: 'uint64' },
  ],
};

const REVOKE: TypedData['types'] = {
  RevokeSession: [
    ...PREFIX,
    { name: 'owner', type: 'uint32' },
    { name: 'key', type: 'bytes32' },
    { name: 'nonce', type: 'uint64' },
  ],
};

/** What a wallet signs to become an owner, to open a session and to revoke one: EIP-712 typed data that says in words what it is for. */
export function identityTypedData(deployment: SigningDomain, commandId: CommandId, change: IdentityChange): TypedData {
  const domain = domainOf(deployment);
  switch (change.kind) {
    case 'registerOwner':
      return {
        domain,
        types: REGISTER,
        primaryType: 'RegisterOwner',
        message: { purpose: 'register an owner', commandId, wallet: change.address },
      };
    case 'openSession':
      return {
        domain,
        types: OPEN,
        primaryType: 'OpenSession',
        message: {
          purpose: 'open a session',
          commandId,
          owner: change.owner,
          key: `0x${change.key}`,
          scopes: change.scopes,
          everyAccount: change.accounts === null,
          accounts: change.accounts ?? [],
          expiresAtMs: change.expiresAtMs,
          nonce: change.nonce,
        },
      };
    case 'revokeSession':
      return {
        domain,
        types: REVOKE,
        primaryType: 'RevokeSession',
        message: { purpose: 'revoke a session', commandId, owner: change.owner, key: `0x${change.key}`, nonce: change.nonce },
      };
    default:
      return unknownChange(change);
  }
}

function unknownChange(change: never): never {
  throw new TypeError(`no such change: ${JSON.stringify(change)}`);
}
