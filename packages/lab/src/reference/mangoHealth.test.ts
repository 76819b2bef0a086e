import { describe, expect, it } from 'vitest';
import { divideDown, wad } from './fixedPoint.ts';
import type { MangoPerpetual, MangoToken } from './mangoHealth.ts';
import { mangoHealth } from './mangoHealth.ts';

const QUOTE = 0;

function quote(balance: string): MangoToken {
  return {
    tokenId: QUOTE,
    balance: wad(balance),
    price: wad('1'),
    assetWeight: wad('0.8'),
    liabilityWeight: wad('1.2'),
  };
}

function token(tokenId: number, balance: string, price: string): MangoToken {
  return {
    tokenId,
    balance: wad(balance),
    price: wad(price),
    assetWeight: wad('0.5'),
    liabilityWeight: wad('1.5'),
  };
}

/** The test's perpetual: lots of 10 base at a price of 5. */
function perpetual(lots: bigint, quoteSide: string): MangoPerpetual {
  return {
    settleTokenId: QUOTE,
    base: lots * wad('10'),
    quote: wad(quoteSide),
    price: wad('5'),
    baseAssetWeight: wad('0.8'),
    baseLiabilityWeight: wad('1.2'),
    positiveResultWeight: wad('0.95'),
  };
}

describe('Mango health, V60 health/cache.rs test_health1', () => {
  it.each([
    ['2', 'a short with a positive result', -1n, '100', '30.4'],
    ['3', 'a long with a negative result', 1n, '-100', '-72'],
    ['4', 'a long with a positive result', 10n, '100', '380'],
    ['5', 'a long bought on credit', 30n, '-100', '836'],
  ])('case %s, %s of %s lots and %s quote', (_case, _name, lots, quoteSide, expected) => {
    expect(mangoHealth([quote('0')], [perpetual(lots, quoteSide)])).toBe(wad(expected));
  });

  it('case 12: a positive result offsets a borrow of its settle token', () => {
    expect(mangoHealth([quote('-100')], [perpetual(1n, '100')])).toBe(wad('26.4'));
  });

  it('case 13: a negative result consumes a deposit of its settle token', () => {
    expect(mangoHealth([quote('100')], [perpetual(-1n, '-100')])).toBe(wad('-72'));
  });

  it('case 10: deposits above the scale start count for less, rounded against the account', () => {
    const bank = (depositsNative: string, start: string): MangoToken['bank'] & object => ({
      depositsNative: wad(depositsNative),
      borrowsNative: 0n,
      depositScaleStart: wad(start),
      borrowScaleStart: wad('1000000'),
    });
    const tokens = [
      { ...quote('100'), bank: bank('100', '1000') },
      { ...token(4, '100', '5'), bank: bank('1500', '5000') },
      { ...token(5, '100', '10'), bank: bank('10000', '10000') },
    ];
    const exact = wad('130') + divideDown(wad('500'), 3n);
    const gap = exact - mangoHealth(tokens, []);
    expect(gap >= 0n && gap <= 1_000n).toBe(true);
  });

  it('case 11: borrows above the scale start cost more', () => {
    const bank = (borrowsNative: string, start: string): MangoToken['bank'] & object => ({
      depositsNative: 0n,
      borrowsNative: wad(borrowsNative),
      depositScaleStart: wad('1000000'),
      borrowScaleStart: wad(start),
    });
    const tokens = [
      { ...quote('-100'), bank: bank('100', '1000') },
      { ...token(4, '-100', '5'), bank: bank('1500', '5000') },
      { ...token(5, '-100', '10'), bank: bank('10000', '10000') },
    ];
    expect(mangoHealth(tokens, [])).toBe(wad('-16245'));
  });

  it('refuses a perpetual whose settle token is not listed', () => {
    expect(() => mangoHealth([token(4, '1', '5')], [perpetual(1n, '0')])).toThrow('Settle token 0');
  });
});
