import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkSignature } from '../verify/checkSignature.ts';
import { bytesFromHex } from './bytes.ts';
import { workedExample } from './testing/workedExample.ts';

const page = readFileSync(new URL('../../../../docs/identity.md', import.meta.url), 'utf8');
const example = workedExample();

test.each(Object.entries(example))('docs/identity.md shows the %s that is computed', (_, value) => {
  expect(page).toContain(value);
});

test('the signatures of the page are good', () => {
  const bytes = (text = '') => bytesFromHex(text) ?? new Uint8Array();
  const wallet = { digest: bytes(example['digest']), address: example['wallet']?.toLowerCase() ?? '' };
  const signature = bytes(example['walletSignature']?.slice(2));
  expect(checkSignature({ kind: 'secp256k1', ...wallet, signature })).toBe('valid');
  const key = example['sessionKey'] ?? '';
  for (const [message, signed] of [
    [example['commandHash'], example['commandSignature']],
    [example['requestMessage'], example['requestSignature']],
    [example['openingMessage'], example['openingProof']],
  ])
    expect(checkSignature({ kind: 'ed25519', key, message: bytes(message), signature: bytes(signed) })).toBe('valid');
});

test('the page names every code of admission and of identity', () => {
  const codes = readFileSync(new URL('./identityCodes.ts', import.meta.url), 'utf8').match(/\| '(\w+)'/g) ?? [];
  expect(codes.length).toBeGreaterThan(25);
  for (const code of codes) expect(page).toContain(`\`${code.slice(3, -1)}\``);
});
