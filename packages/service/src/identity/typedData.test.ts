import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recoverAddress } from '../verify/secp256k1.ts';
import { checksumAddress, readAddress } from './address.ts';
import { bytesFromHex, bytesToHex, utf8 } from './bytes.ts';
import { domainOf, encodeType, structHash, type TypedData, typedDataDigest, walletTypedData } from './typedData.ts';

const DOMAIN = { name: 'Ether Mail', version: '1', chainId: 1, verifyingContract: `0x${'cc'.repeat(20)}` };
const COW = '0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826';
const BOB = '0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';

/** The example of EIP-712. */
const MAIL: TypedData = {
  domain: DOMAIN,
  types: {
    Person: [
      { name: 'name', type: 'string' },
      { name: 'wallet', type: 'address' },
    ],
    Mail: [
      { name: 'from', type: 'Person' },
      { name: 'to', type: 'Person' },
      { name: 'contents', type: 'string' },
    ],
  },
  primaryType: 'Mail',
  message: { from: { name: 'Cow', wallet: COW }, to: { name: 'Bob', wallet: BOB }, contents: 'Hello, Bob!' },
};

describe('the published example of EIP-712', () => {
  test('has its type, type hash and struct hash', () => {
    const type = 'Mail(Person from,Person to,string contents)Person(string name,address wallet)';
    expect(encodeType('Mail', MAIL.types)).toBe(type);
    expect(bytesToHex(keccak_256(utf8(type)))).toBe('a0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2');
    expect(bytesToHex(structHash('Mail', MAIL.message, MAIL.types))).toBe(
      'c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e',
    );
  });

  test('has its digest, and the signature of its wallet', () => {
    const digest = typedDataDigest(MAIL);
    expect(bytesToHex(digest)).toBe('be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2');
    const signed = secp256k1.sign(digest, keccak_256(utf8('cow')), { prehash: false, format: 'recovered' });
    expect(signed[0]).toBe(1);
    expect(bytesToHex(signed.subarray(33))).toBe('07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562');
    expect(recoverAddress(digest, signed.subarray(1), 1)).toBe(COW);
  });

  test('has the digest of its version with arrays', () => {
    const wallets = (...list: readonly string[]) => list;
    const arrays: TypedData = {
      domain: DOMAIN,
      types: {
        Person: [
          { name: 'name', type: 'string' },
          { name: 'wallets', type: 'address[]' },
        ],
        Mail: [
          { name: 'from', type: 'Person' },
          { name: 'to', type: 'Person[]' },
          { name: 'contents', type: 'string' },
        ],
      },
      primaryType: 'Mail',
      message: {
        from: { name: 'Cow', wallets: wallets(COW, '0xdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef') },
        to: [
          {
            name: 'Bob',
            wallets: wallets(BOB, '0xb0bdabea57b0bdabea57b0bdabea57b0bdabea57', '0xb0b0b0b0b0b0b000000000000000000000000000'),
          },
        ],
        contents: 'Hello, Bob!',
      },
    };
    expect(bytesToHex(typedDataDigest(arrays))).toBe('a85c2e2b118698e88db68a8105b794a8cc7cec074e89ef991cb4f5f533819cc2');
  });
});

describe('typed data', () => {
  test('tells negative from positive, and refuses what does not fit its type', () => {
    const of = (type: string, value: unknown) => () => structHash('S', { value }, { S: [{ name: 'value', type }] });
    expect(of('int64', -1)()).not.toEqual(of('int64', 1)());
    expect(of('int64', '-1')()).toEqual(of('int64', -1)());
    expect(of('uint32', 2 ** 32)).toThrow('does not fit uint32');
    expect(of('uint64', -1)).toThrow('does not fit uint64');
    expect(of('int64', String(2n ** 63n))).toThrow('does not fit int64');
    expect(of('string', 5)).toThrow('a string is text');
    expect(of('bytes32', '0x12')).toThrow('bytes32 is hexadecimal');
    expect(of('fixed', 1)).toThrow('no type of EIP-712');
    expect(of('string[]', 'x')).toThrow('is an array');
  });

  test('has a domain of the chain and of the name of the deployment, as wallets take it', () => {
    const domain = domainOf({ chainId: 31_337, name: 'plimsoll-test' });
    expect(domain).toEqual({
      name: 'Plimsoll',
      version: '1',
      chainId: 31_337,
      salt: `0x${bytesToHex(keccak_256(utf8('plimsoll-test')))}`,
    });
    const data = { domain, types: { S: [] }, primaryType: 'S', message: {} };
    expect(walletTypedData(data).types['EIP712Domain']?.map(({ name }) => name)).toEqual(['name', 'version', 'chainId', 'salt']);
  });
});

describe('the wallet of a signature', () => {
  test('is the same natively and in JavaScript, whatever was signed by whom', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (privateKey, digest) => {
        fc.pre(secp256k1.utils.isValidSecretKey(privateKey));
        const signed = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' });
        const address = `0x${bytesToHex(keccak_256(secp256k1.getPublicKey(privateKey, false).subarray(1)).subarray(12))}`;
        const recovery = signed[0] === 1 ? 1 : 0;
        expect(recoverAddress(digest, signed.subarray(1), recovery, 'native')).toBe(address);
        expect(recoverAddress(digest, signed.subarray(1), recovery, 'portable')).toBe(address);
        const other = recoverAddress(digest, signed.subarray(1), recovery === 1 ? 0 : 1, 'native');
        expect(other).not.toBe(address);
        expect(recoverAddress(digest, signed.subarray(1), recovery === 1 ? 0 : 1, 'portable')).toBe(other);
      }),
      { seed: 712, numRuns: 60 },
    );
  });
});

describe('an address', () => {
  /** From ERC-55. */
  const CHECKSUMMED = [
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ];

  test.each(CHECKSUMMED)('%s is read with its checksum, and in one case without', (text) => {
    const address = text.toLowerCase();
    expect(readAddress(text)).toEqual({ ok: true, address });
    expect(readAddress(address)).toEqual({ ok: true, address });
    expect(readAddress(`0x${text.slice(2).toUpperCase()}`)).toEqual({ ok: true, address });
    expect(checksumAddress(address)).toBe(text);
  });

  test('with one letter of the wrong case is refused by name, and so is what is none', () => {
    expect(readAddress('0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toEqual({ ok: false, code: 'addressChecksum' });
    for (const text of ['', '0x', '5aaeb6053f3e94c9b9a09f33669435e7ef1beaed', `0x${'g'.repeat(40)}`, `0x${'a'.repeat(41)}`])
      expect(readAddress(text)).toEqual({ ok: false, code: 'malformedAddress' });
  });

  test('hexadecimal is read in lower case and whole bytes alone', () => {
    expect(bytesFromHex('00ff10')).toEqual(Uint8Array.of(0, 255, 16));
    for (const text of ['0', 'FF', '0x', 'zz']) expect(bytesFromHex(text)).toBe(null);
  });
});
