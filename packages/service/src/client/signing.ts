/** What a client signs: commands with a session key or a wallet, changes of identity with a wallet. Keys never leave this side. */

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Command } from '@plimsoll/core/engine';
import type { SignatureJson, SignedCommandJson } from '../api/schemas/commands.ts';
import type { PricePushJson } from '../api/schemas/markets.ts';
import { commandHash, commandToJson, typedDataOf } from '../commands/commandTable.ts';
import type { Address, IdentityChange } from '../contracts/identityChange.ts';
import type { CommandId } from '../contracts/submission.ts';
import { identityTypedData } from '../identity/identityTypedData.ts';
import { type OpenSession, openingMessage } from '../identity/openingProof.ts';
import { sessionKeyOf } from '../identity/ownSignatures.ts';
import { type SigningDomain, type TypedData, walletTypedData } from '../identity/typedData.ts';
import { type PushedPrice, pushBody, pushMessage } from '../sources/signedPush.ts';
import type { SessionSigner } from './apiClient.ts';

/** A wallet, wherever it is: `signTypedData` is `eth_signTypedData_v4`, and gives r, s, v as 0x hexadecimal. */
export interface WalletSigner {
  readonly address: Address;
  signTypedData(data: TypedData): Promise<string>;
}

/** A new ed25519 key for a session. */
export function createSessionSigner(): SessionSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  return sessionSignerOf(privateKey);
}

/** The signer of a key that was kept, as PEM or DER was read into a key object. */
export function sessionSignerOf(privateKey: KeyObject): SessionSigner {
  return { key: sessionKeyOf(privateKey), privateKey };
}

export interface UnsignedCommand {
  readonly commandId: CommandId;
  readonly command: Command;
}

/** A command signed by a session key, as `submitCommands` takes it. */
export function signCommand(deployment: SigningDomain, unsigned: UnsignedCommand, session: SessionSigner): SignedCommandJson {
  return { ...commandBody(unsigned), signature: sessionSignature(deployment, unsigned, session) };
}

/** The signature alone: for the other side of a trade. */
export function sessionSignature(deployment: SigningDomain, unsigned: UnsignedCommand, session: SessionSigner): SignatureJson {
  const hash = commandHash(deployment, unsigned.commandId, unsigned.command);
  return { kind: 'session', key: session.key, signature: sign(null, hash, session.privateKey).toString('hex') };
}

/** A command signed by a wallet. */
export async function signCommandWithWallet(
  deployment: SigningDomain,
  unsigned: UnsignedCommand,
  wallet: WalletSigner,
): Promise<SignedCommandJson> {
  const data = walletTypedData(typedDataOf(deployment, unsigned.commandId, unsigned.command));
  return { ...commandBody(unsigned), signature: { kind: 'wallet', signature: await wallet.signTypedData(data) } };
}

/** The signature of a change of identity, by the wallet of whoever it is about. */
export function signChange(
  deployment: SigningDomain,
  of: { readonly commandId: CommandId; readonly change: IdentityChange },
  wallet: WalletSigner,
): Promise<string> {
  return wallet.signTypedData(walletTypedData(identityTypedData(deployment, of.commandId, of.change)));
}

/** Who opens a session shows that they hold its key: the `proof` of `openSession`, over what the wallet signs. */
export function proveKey(
  deployment: SigningDomain,
  of: { readonly commandId: CommandId; readonly change: OpenSession },
  session: SessionSigner,
): string {
  return sign(null, openingMessage(deployment, of.commandId, of.change), session.privateKey).toString('hex');
}

/** Prices as a publisher sends them, signed with its key: the body of `pushPrices`. */
export function signPush(deployment: SigningDomain, prices: readonly PushedPrice[], publisher: SessionSigner): PricePushJson {
  const body = pushBody(deployment, prices);
  const signature = sign(null, pushMessage(body), publisher.privateKey).toString('hex');
  return { key: publisher.key, body: Buffer.from(body).toString('hex'), signature };
}

function commandBody({ commandId, command }: UnsignedCommand): Pick<SignedCommandJson, 'commandId' | 'command'> {
  return { commandId, command: commandToJson(command) };
}
