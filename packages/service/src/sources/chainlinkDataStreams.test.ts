/** What a report of Data Streams costs: signers that are recovered are counted. What it says is in `adapters.test.ts`. */

import { describe, expect, it, vi } from 'vitest';
import type { recoverAddress } from '../verify/secp256k1.ts';
import { chainlink, chainlinkReport, configDigest, onePrice } from './testing/adaptersUnderTest.ts';
import { examplePrices } from './testing/conformance.ts';
import { encodeFullReport, testSigner } from './testing/payloadEncoders.ts';

const counted = vi.hoisted(() => ({ recovered: 0 }));
vi.mock('../verify/secp256k1.ts', async (original) => {
  const real = await original<{ readonly recoverAddress: typeof recoverAddress }>();
  const counting: typeof recoverAddress = (...given) => {
    counted.recovered += 1;
    return real.recoverAddress(...given);
  };
  return { ...real, recoverAddress: counting };
});

const report = chainlinkReport(onePrice(examplePrices));

async function costOf(signers: readonly number[], digest = configDigest, trust?: 'verified') {
  const payload = encodeFullReport(report, { signers: signers.map((index) => testSigner(index)), configDigest: digest });
  counted.recovered = 0;
  const result = await chainlink.decode(payload, trust);
  return [result.ok ? 'read' : result.code, counted.recovered];
}

describe('a report of Data Streams', () => {
  it('costs one recovery for each oracle that signed', async () => {
    expect(await costOf([100, 101])).toEqual(['read', 2]);
    expect(await costOf([100, 101, 102, 103])).toEqual(['read', 4]);
  });

  it('costs none after the first signature that does not hold', async () => {
    expect(await costOf([7, 100, 101])).toEqual(['unknownSigner', 1]);
    expect(await costOf([100, 100, 101])).toEqual(['badSignature', 2]);
  });

  it('costs none when it has more signatures than there are oracles, or no oracle whose keys are held', async () => {
    expect(await costOf([100, 101, 102, 103, 100])).toEqual(['badSignature', 0]);
    const elsewhere = '0006'.padEnd(64, '8');
    expect(await costOf([100, 101], elsewhere)).toEqual(['read', 0]);
    expect(await costOf([100, 101], elsewhere, 'verified')).toEqual(['unverified', 0]);
  });
});
