import { describe, expect, it } from 'vitest';
import type { DeriveAuctionAccount, DeriveAuctionSchedule } from './deriveDutchAuction.ts';
import {
  deriveApplySolventBid,
  deriveAuctionDiscount,
  deriveBidderCashRequired,
  deriveBidPrice,
  deriveBufferMargin,
  deriveChargeFee,
  deriveInsolventPayout,
  deriveInsolventValue,
  deriveLiquidationFee,
  deriveMaxFraction,
} from './deriveDutchAuction.ts';
import { absolute, divideTowardZero, divideWad, multiplyWad, WAD, wad } from './fixedPoint.ts';

/** Inputs are printed as doubles (16-17 digits), so figures near 100 carry about 1e-14; we allow 1e-13 absolute. */
const PRINTED_DOUBLE_TOLERANCE = wad('0.0000000000001');

function schedule(start: string, cutoff: string, fastSeconds: bigint, slowSeconds: bigint): DeriveAuctionSchedule {
  return { startDiscount: wad(start), cutoffDiscount: wad(cutoff), fastSeconds, slowSeconds };
}

function account(markToMarket: string, maintenance: string, reserved = '0'): DeriveAuctionAccount {
  return { markToMarket: wad(markToMarket), maintenance: wad(maintenance), reserved: wad(reserved) };
}

function expectNear(actual: bigint, expected: string): void {
  const gap = absolute(actual - wad(expected));
  expect(gap <= PRINTED_DOUBLE_TOLERANCE, `${actual} against ${expected}, off by ${gap} wads`).toBe(true);
}

describe("Derive's Dutch auction, solvent phase", () => {
  it('V34 SolventAuction.t.sol:46-49: buffer margin, opening price and largest fraction of the default account', () => {
    const subject = account('300', '-100');
    const buffer = wad('0.1');
    expect(deriveBufferMargin(subject, buffer)).toBe(wad('-140'));
    expect(deriveBidPrice(subject, WAD)).toBe(wad('300'));
    const fraction = deriveMaxFraction({ account: subject, buffer, discount: WAD });
    expect(divideTowardZero(fraction * 1000n, WAD)).toBe(318n);
  });

  it('V35 SolventAuction.t.sol:87-98: halfway through the fast phase the bidder pays 92 for 341 thousandths', () => {
    const discount = deriveAuctionDiscount(schedule('1', '0.8', 600n, 7200n), 300n);
    expect(discount).toBe(wad('0.9'));
    const subject = account('300', '-100');
    expect(deriveBidPrice(subject, discount)).toBe(wad('270'));
    const fraction = deriveMaxFraction({ account: subject, buffer: wad('0.1'), discount });
    expect(divideTowardZero(fraction * 1000n, WAD)).toBe(341n);
    const { paid } = deriveApplySolventBid({ account: subject, discount, fraction });
    expect(divideTowardZero(paid, WAD)).toBe(92n);
  });

  it('V36 SolventAuction.t.sol:461-483: the second bidder does not receive the cash that the first one paid', () => {
    const discount = wad('0.8');
    const subject = account('6000', '-10000');
    expect(deriveBidPrice(subject, discount)).toBe(wad('4800'));
    const first = deriveApplySolventBid({ account: subject, discount, fraction: wad('0.3') });
    expect(first.paid).toBe(wad('1440'));
    expect(first.account).toEqual(account('5640', '-5560', '1440'));
    const fraction = deriveMaxFraction({ account: first.account, buffer: 0n, discount });
    expect(divideTowardZero(fraction * 10_000n, WAD)).toBe(5366n);
    const second = deriveApplySolventBid({ account: first.account, discount, fraction });
    expect(divideTowardZero(second.paid, WAD)).toBe(1803n);
  });

  it('V39 DutchAuctionView.t.sol:81-99,104-130: the discount falls fast to the cutoff and slowly to zero', () => {
    const first = schedule('1', '0.8', 600n, 7200n);
    expect(deriveAuctionDiscount(first, 0n)).toBe(WAD);
    expect(deriveAuctionDiscount(first, 300n)).toBe(wad('0.9'));
    expect(deriveAuctionDiscount(first, 600n)).toBe(wad('0.8'));
    expect(deriveAuctionDiscount(first, 960n)).toBe(wad('0.76'));
    expect(deriveAuctionDiscount(first, 7800n)).toBe(0n);
    const second = schedule('0.96', '0.8', 300n, 7200n);
    expect(deriveAuctionDiscount(second, 150n)).toBe(wad('0.88'));
    expect(deriveAuctionDiscount(second, 300n)).toBe(wad('0.8'));
    expect(deriveAuctionDiscount(second, 6780n)).toBe(wad('0.08'));
  });

  it('V40 liquidationTests.json:2-92 Test1: fee, buffer margin, largest fraction, price and the account after a full bid', () => {
    const buffer = wad('0.2');
    const publishedFee = wad('1.322084630165343');
    const published = account('119.306330180774723584', '-103.090619490529640448');
    const beforeFee = {
      markToMarket: wad('120.62841481094006'),
      maintenance: published.maintenance + publishedFee,
      reserved: 0n,
    };
    const fee = deriveLiquidationFee({ account: beforeFee, buffer, feeRate: wad('0.02') });
    expectNear(fee, '1.322084630165343');
    const charged = deriveChargeFee(beforeFee, fee);
    expectNear(charged.markToMarket, '119.30633018077472');
    expectNear(charged.maintenance, '-103.09061949052965');

    expectNear(deriveBufferMargin(published, buffer), '-147.57000942479047');
    const discount = deriveAuctionDiscount(schedule('0.98', '0.8', 100n, 14_400n), 0n);
    const fraction = deriveMaxFraction({ account: published, buffer, discount });
    expectNear(fraction, '0.5579412854255694');
    const { paid, account: after } = deriveApplySolventBid({ account: published, discount, fraction });
    expectNear(paid, '65.23460867605947');
    expectNear(after.markToMarket, '117.97501163636535');
    expectNear(after.maintenance, '19.66250193939422');
    expectNear(deriveBufferMargin(after, buffer), '0');
  });

  it('V40, the same file, Test2: a bid for a twentieth leaves a smaller largest fraction', () => {
    const buffer = wad('0.2');
    const discount = wad('0.98');
    const subject = account('119.306330180774723584', '-103.090619490529640448');
    const { paid, account: after } = deriveApplySolventBid({ account: subject, discount, fraction: wad('0.05') });
    expectNear(paid, '5.846010178857961472');
    expectNear(after.markToMarket, '119.187023850593943552');
    expectNear(after.maintenance, '-92.090078337145208832');
    expectNear(deriveBufferMargin(after, buffer), '-134.345498774693052416');
    expectNear(deriveMaxFraction({ account: after, buffer, discount }), '0.534675037290073152');
  });

  it('V42 liquidationTests.json:275-417 Test4: two bids for a tenth of the original account cost the same', () => {
    const buffer = wad('0.2');
    const discount = deriveAuctionDiscount(schedule('0.98', '0.8', 100n, 14_400n), 30n);
    expect(discount).toBe(wad('0.926'));
    const subject = account('119.30871879735244', '-103.08786782886884');
    expectNear(deriveBufferMargin(subject, buffer), '-147.56718515411311');
    const first = deriveApplySolventBid({ account: subject, discount, fraction: wad('0.1') });
    expectNear(first.paid, '11.047987360634837');
    expectNear(first.account.markToMarket, '118.425834278252019712');
    expectNear(first.account.maintenance, '-81.731093685347155968');
    expectNear(deriveMaxFraction({ account: first.account, buffer, discount }), '0.5242905859581388');
    const second = deriveApplySolventBid({
      account: { ...first.account, reserved: wad('11.047987360634837') },
      discount,
      fraction: divideWad(wad('0.1'), wad('0.9')),
    });
    expectNear(second.paid, '11.047987360634837');
    expectNear(second.account.markToMarket, '117.542949759151603712');
    expectNear(deriveMaxFraction({ account: second.account, buffer, discount }), '0.464826909202906112');
  });

  it('sells the whole account below the cutoff, and nothing when the buffer margin is already met', () => {
    const subject = account('300', '-100');
    const inputs = { account: subject, buffer: wad('0.1'), discount: wad('0.5') };
    expect(deriveMaxFraction({ ...inputs, isBelowCutoff: true })).toBe(WAD);
    expect(deriveMaxFraction({ ...inputs, account: account('300', '60') })).toBe(0n);
  });

  it('asks a bidder for the payment and its share of the buffer margin in cash', () => {
    const inputs = { account: account('300', '-100'), buffer: wad('0.1'), discount: WAD, fraction: wad('0.25') };
    expect(deriveBidderCashRequired(inputs)).toBe(wad('110'));
  });
});

describe("Derive's Dutch auction, insolvent phase", () => {
  const subject = account('-100', '-300');
  const valueAt = (elapsedSeconds: bigint): bigint =>
    deriveInsolventValue({ account: subject, elapsedSeconds, lengthSeconds: 600n });

  it('V38 InsolventAuction.t.sol:26,100-108,119: the payout rises from mark-to-market to maintenance', () => {
    expect(valueAt(0n)).toBe(wad('-100'));
    const half = deriveInsolventPayout({ value: valueAt(12n), fraction: wad('0.5'), securityModuleCash: wad('1000') });
    expect(half).toEqual({ payout: wad('52'), fromSecurityModule: wad('52'), socialised: 0n });
    expect(multiplyWad(valueAt(600n), WAD)).toBe(wad('-300'));
    expect(valueAt(9999n)).toBe(wad('-300'));
  });

  it('V38 InsolventAuction.t.sol:119: what the security module cannot pay is socialised', () => {
    const all = deriveInsolventPayout({ value: valueAt(300n), fraction: WAD, securityModuleCash: wad('30') });
    expect(all).toEqual({ payout: wad('200'), fromSecurityModule: wad('30'), socialised: wad('170') });
  });
});
