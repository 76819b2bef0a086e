/**
 * EIP-712: the hash of typed structured data, which is what a wallet shows and signs.
 *
 *     digest = keccak256(0x19 ‖ 0x01 ‖ hashStruct(domain) ‖ hashStruct(message))
 *     hashStruct(s) = keccak256(keccak256(encodeType(s)) ‖ each member in 32 bytes)
 *
 * Text and bytes go in as their keccak256, a struct as its hashStruct, an array as the keccak256 of its items one after the other,
 * integers as 256-bit two's complement. Source: https://eips.ethereum.org/EIPS/eip-712.
 */

import { keccak_256 } from '@noble/hashes/sha3.js';
import type { TypedMember } from '../commands/fieldCodec.ts';
import type { Deployment } from '../contracts/deployment.ts';
import { bytesFromHex, bytesToHex, utf8 } from './bytes.ts';

/** What a signature is bound to. */
export type SigningDomain = Pick<Deployment, 'chainId' | 'name'>;

/** As `eth_signTypedData_v4` takes it, but for the type of the domain, which `walletTypedData` adds. */
export interface TypedData {
  readonly domain: Readonly<Record<string, string | number>>;
  readonly types: Readonly<Record<string, readonly TypedMember[]>>;
  readonly primaryType: string;
  readonly message: Readonly<Record<string, unknown>>;
}

const DOMAIN_TYPE: readonly TypedMember[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'salt', type: 'bytes32' },
];

/** Domains met before: a process serves one deployment, and its domain goes into every digest. */
const DOMAINS = new Map<string, TypedData['domain']>();
const DOMAINS_MAX = 64;
const DOMAIN_HASHES = new WeakMap<TypedData['domain'], Uint8Array>();

/** The domain of everything that wallets sign for a deployment: its chain, and its name as salt. */
export function domainOf({ chainId, name }: SigningDomain): TypedData['domain'] {
  const id = `${chainId} ${name}`;
  const domain = DOMAINS.get(id) ?? createDomain({ chainId, name });
  if (DOMAINS.size >= DOMAINS_MAX) DOMAINS.clear();
  DOMAINS.set(id, domain);
  return domain;
}

function createDomain({ chainId, name }: SigningDomain): TypedData['domain'] {
  return { name: 'Plimsoll', version: '1', chainId, salt: `0x${bytesToHex(keccak_256(utf8(name)))}` };
}

/** The same with the type of its domain: the parameter of `eth_signTypedData_v4`. */
export function walletTypedData(data: TypedData): TypedData {
  return { ...data, types: { EIP712Domain: domainMembers(data.domain), ...data.types } };
}

/** The 32 bytes that a wallet signs. Asserts that the message is of its type: it is made here, never received. */
export function typedDataDigest(data: TypedData): Uint8Array {
  const message = structHash(data.primaryType, data.message, data.types);
  return keccak_256(concat([Uint8Array.of(0x19, 0x01), domainHash(data.domain), message]));
}

function domainHash(domain: TypedData['domain']): Uint8Array {
  const hash = DOMAIN_HASHES.get(domain) ?? structHash('EIP712Domain', domain, { EIP712Domain: domainMembers(domain) });
  DOMAIN_HASHES.set(domain, hash);
  return hash;
}

/** `Name(type member,…)` of a struct, followed by those of the structs that it refers to, sorted by name. */
export function encodeType(name: string, types: TypedData['types']): string {
  const referred = new Set<string>();
  collect(name, types, referred);
  referred.delete(name);
  const names = [name, ...[...referred].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))];
  return names.map((each) => `${each}(${membersOf(each, types).map((member) => `${member.type} ${member.name}`)})`).join('');
}

/** hashStruct of EIP-712. */
export function structHash(name: string, value: Readonly<Record<string, unknown>>, types: TypedData['types']): Uint8Array {
  const words = membersOf(name, types).map((member) => encodeWord(member.type, value[member.name], types));
  return keccak_256(concat([typeHash(name, types), ...words]));
}

function domainMembers(domain: TypedData['domain']): readonly TypedMember[] {
  if (Object.keys(domain).length === DOMAIN_TYPE.length && Object.hasOwn(domain, 'salt')) return DOMAIN_TYPE;
  const known = [...DOMAIN_TYPE.slice(0, 3), { name: 'verifyingContract', type: 'address' }, ...DOMAIN_TYPE.slice(3)];
  return known.filter(({ name }) => Object.hasOwn(domain, name));
}

/** By table of types, because the tables of commands live as long as the process and the hash of a type never changes. */
const TYPE_HASHES = new WeakMap<TypedData['types'], Map<string, Uint8Array>>();

function typeHash(name: string, types: TypedData['types']): Uint8Array {
  const known = TYPE_HASHES.get(types) ?? new Map<string, Uint8Array>();
  TYPE_HASHES.set(types, known);
  const found = known.get(name) ?? keccak_256(utf8(encodeType(name, types)));
  known.set(name, found);
  return found;
}

function encodeWord(type: string, value: unknown, types: TypedData['types']): Uint8Array {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) throw new TypeError(`${type} is an array`);
    const item = type.slice(0, -2);
    return keccak_256(concat(value.map((each) => encodeWord(item, each, types))));
  }
  if (types[type] !== undefined) {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${type} is a struct`);
    return structHash(type, value as Readonly<Record<string, unknown>>, types);
  }
  if (type === 'string') {
    if (typeof value !== 'string') throw new TypeError('a string is text');
    return keccak_256(utf8(value));
  }
  if (type === 'bool') return integerWord(value === true ? 1n : 0n);
  if (type === 'bytes32' || type === 'address') return bytesWord(type, value);
  return integerWord(checkedInteger(type, value));
}

function bytesWord(type: 'bytes32' | 'address', value: unknown): Uint8Array {
  const bytes = typeof value === 'string' && value.startsWith('0x') ? bytesFromHex(value.slice(2)) : null;
  if (bytes === null || bytes.length !== (type === 'address' ? 20 : 32)) throw new TypeError(`${type} is hexadecimal with 0x`);
  const word = new Uint8Array(32);
  word.set(bytes, 32 - bytes.length);
  return word;
}

function checkedInteger(type: string, value: unknown): bigint {
  const match = /^(u?)int([0-9]{1,3})$/.exec(type);
  if (match === null) throw new TypeError(`${type} is no type of EIP-712 that is used here`);
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) throw new TypeError(`${type} is an integer`);
  const integer = BigInt(value as string | number);
  const bits = Number(match[2]);
  const fits = match[1] === 'u' ? BigInt.asUintN(bits, integer) === integer : BigInt.asIntN(bits, integer) === integer;
  if (!fits) throw new TypeError(`${integer} does not fit ${type}`);
  return integer;
}

function integerWord(value: bigint): Uint8Array {
  const word = new Uint8Array(32);
  const view = new DataView(word.buffer);
  for (let at = 0; at < 4; at += 1) view.setBigUint64(at * 8, BigInt.asUintN(64, value >> BigInt(192 - at * 64)));
  return word;
}

function collect(name: string, types: TypedData['types'], into: Set<string>): void {
  if (into.has(name) || types[name] === undefined) return;
  into.add(name);
  for (const { type } of membersOf(name, types)) collect(type.replaceAll('[]', ''), types, into);
}

function membersOf(name: string, types: TypedData['types']): readonly TypedMember[] {
  const members = types[name];
  if (members === undefined) throw new TypeError(`${name} is a struct of the data`);
  return members;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
