import { describe, expect, it } from 'vitest';
import type { DydxAccount, DydxPosition } from './dydxBankruptcy.ts';
import { dydxBankruptcyQuote, dydxFillablePrice, dydxInsuranceFundDelta } from './dydxBankruptcy.ts';

const DOLLAR = 1_000_000n;
const BTC = 0;
const ETH = 1;

/** BTC at 50,000, size in 1e-8 BTC, 10 % maintenance. */
function btc(size: bigint): DydxPosition {
  return { perpetualId: BTC, size, priceNumerator: 500n, priceDenominator: 1n, maintenanceMarginPpm: 100_000n };
}

/** ETH at 3,000, size in 1e-9 ETH, 10 % maintenance. */
function eth(size: bigint): DydxPosition {
  return { perpetualId: ETH, size, priceNumerator: 3n, priceDenominator: 1n, maintenanceMarginPpm: 100_000n };
}

function account(quoteDollars: bigint, ...positions: readonly DydxPosition[]): DydxAccount {
  return { quoteBalance: quoteDollars * DOLLAR, positions };
}

const TENTH_BTC = 10_000_000n;
const WHOLE_BTC = 100_000_000n;
const TENTH_ETH = 100_000_000n;

describe('dYdX bankruptcy price, V50 liquidations_test.go:2508-2714', () => {
  it.each([
    ['a long slightly below maintenance', -4_501n, 4_501n],
    ['a long at bankruptcy', -5_000n, 5_000n],
    ['a long below bankruptcy', -5_100n, 5_100n],
  ])('closing %s must bring back the debt of %s dollars', (_case, cash, quote) => {
    const subject = account(cash, btc(TENTH_BTC));
    expect(dydxBankruptcyQuote(subject, { perpetualId: BTC, delta: -TENTH_BTC })).toBe(quote * DOLLAR);
  });

  it.each([
    ['slightly below maintenance', 5_499n],
    ['at bankruptcy', 5_000n],
    ['below bankruptcy', 4_900n],
  ])('closing a short %s may cost its cash of %s dollars', (_case, cash) => {
    const subject = account(cash, btc(-TENTH_BTC));
    expect(dydxBankruptcyQuote(subject, { perpetualId: BTC, delta: TENTH_BTC })).toBe(-cash * DOLLAR);
  });

  it('closing half of a position at bankruptcy asks for half', () => {
    const half = TENTH_BTC / 2n;
    const long = account(-5_000n, btc(TENTH_BTC));
    expect(dydxBankruptcyQuote(long, { perpetualId: BTC, delta: -half })).toBe(2_500n * DOLLAR);
    const short = account(5_000n, btc(-TENTH_BTC));
    expect(dydxBankruptcyQuote(short, { perpetualId: BTC, delta: half })).toBe(-2_500n * DOLLAR);
  });

  it('gives each of several positions its share of the equity by maintenance requirement', () => {
    const longs = account(-490n, btc(400_000n), eth(TENTH_ETH));
    expect(dydxBankruptcyQuote(longs, { perpetualId: ETH, delta: -TENTH_ETH })).toBe(294n * DOLLAR);
    const shorts = account(510n, btc(-400_000n), eth(-TENTH_ETH));
    expect(dydxBankruptcyQuote(shorts, { perpetualId: ETH, delta: TENTH_ETH })).toBe(-306n * DOLLAR);
    const mixed = account(110n, btc(400_000n), eth(-TENTH_ETH));
    expect(dydxBankruptcyQuote(mixed, { perpetualId: ETH, delta: TENTH_ETH })).toBe(-306n * DOLLAR);
  });

  it('rounds toward plus infinity on both sides (2,775.11 becomes 2,776 and −2,775)', () => {
    const long = account(-13n, btc(WHOLE_BTC));
    expect(dydxBankruptcyQuote(long, { perpetualId: BTC, delta: -21_347n })).toBe(2_776n);
    const short = account(13n, btc(-WHOLE_BTC));
    expect(dydxBankruptcyQuote(short, { perpetualId: BTC, delta: 21_347n })).toBe(-2_775n);
  });

  it('is negative for a long that no price can bankrupt', () => {
    const subject = account(1n, btc(WHOLE_BTC));
    expect(dydxBankruptcyQuote(subject, { perpetualId: BTC, delta: -WHOLE_BTC })).toBe(-1n * DOLLAR);
  });

  it('refuses a change that does not close the position', () => {
    const subject = account(-4_501n, btc(WHOLE_BTC));
    for (const delta of [0n, 10_000_000n, -WHOLE_BTC - 1n]) {
      expect(() => dydxBankruptcyQuote(subject, { perpetualId: BTC, delta })).toThrow('does not close');
    }
    expect(() => dydxBankruptcyQuote(account(0n), { perpetualId: BTC, delta: -1n })).toThrow('does not close');
  });
});

describe('dYdX fillable price and insurance fund', () => {
  const terms = { perpetualId: BTC, bankruptcyAdjustmentPpm: 1_000_000n, spreadPpm: 100_000n };

  it('offers at the oracle price on the maintenance line and 1 % under it at zero equity', () => {
    const onTheLine = dydxFillablePrice({ account: account(-4_500n, btc(TENTH_BTC)), ...terms });
    expect(onTheLine.numerator).toBe(500n * onTheLine.denominator);
    const bankrupt = dydxFillablePrice({ account: account(-5_000n, btc(TENTH_BTC)), ...terms });
    expect(bankrupt.numerator).toBe(495n * bankrupt.denominator);
    const bankruptShort = dydxFillablePrice({ account: account(5_000n, btc(-TENTH_BTC)), ...terms });
    expect(bankruptShort.numerator).toBe(505n * bankruptShort.denominator);
  });

  it('limits the gain of the fund to half a percent of the fill and its loss to nothing', () => {
    const bankruptcyQuote = 4_501n * DOLLAR;
    expect(dydxInsuranceFundDelta({ fillQuote: 5_000n * DOLLAR, bankruptcyQuote, feePpm: 5_000n })).toBe(25n * DOLLAR);
    expect(dydxInsuranceFundDelta({ fillQuote: 4_511n * DOLLAR, bankruptcyQuote, feePpm: 5_000n })).toBe(10n * DOLLAR);
    expect(dydxInsuranceFundDelta({ fillQuote: 4_400n * DOLLAR, bankruptcyQuote, feePpm: 5_000n })).toBe(-101n * DOLLAR);
  });
});
