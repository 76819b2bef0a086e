import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lots, lots, RAY_ONE, shares, ticksPerLot } from '../numeric/brand.ts';
import {
  cashAdjustmentForFill,
  claimCashChange,
  claimCashChangeForSupply,
  claimOfPosition,
  claimOfSupply,
  positionValue,
} from './recoveryClaims.ts';

describe('a fill', () => {
  it('of a new long pays price less funding and is paid the loss that its value shows', () => {
    const fill = cashAdjustmentForFill({
      lotsBefore: lots(0),
      lotsAfter: lots(10),
      priceTicks: ticksPerLot(100),
      fundingIndex: ticksPerLot(7),
      socialIndex: ticksPerLot(3),
    });
    expect(fill).toEqual({ cash: -900n, socialised: -30n });
  });

  it('through zero counts the gross on both sides', () => {
    const fill = cashAdjustmentForFill({
      lotsBefore: lots(4),
      lotsAfter: lots(-6),
      priceTicks: ticksPerLot(100),
      fundingIndex: ticksPerLot(-2),
      socialIndex: ticksPerLot(3),
    });
    expect(fill).toEqual({ cash: 1_026n, socialised: -6n });
  });

  const size = fc.integer({ min: -(2 ** 20), max: 2 ** 20 });
  const index = fc.integer({ min: -(2 ** 20), max: 2 ** 20 });
  const loss = fc.integer({ min: 0, max: 2 ** 20 });

  it('at mark leaves equity as it was, whatever funding and losses were before', () => {
    fc.assert(
      fc.property(size, size, index, index, loss, (before, after, mark, funding, social) => {
        const at = { markTicks: ticksPerLot(mark), fundingIndex: ticksPerLot(funding), socialIndex: ticksPerLot(social) };
        const held = { lotsBefore: lots(before), lotsAfter: lots(after) };
        const { cash } = cashAdjustmentForFill({ ...held, ...at, priceTicks: at.markTicks });
        expect(cash + positionValue(lots(after), at)).toBe(positionValue(lots(before), at));
      }),
      { seed: 11 },
    );
  });

  it('on both sides of a trade nets to zero with the fund, at any price', () => {
    fc.assert(
      fc.property(size, size, size, index, index, loss, (long, short, traded, price, funding, social) => {
        const at = { priceTicks: ticksPerLot(price), fundingIndex: ticksPerLot(funding), socialIndex: ticksPerLot(social) };
        const buyer = cashAdjustmentForFill({ lotsBefore: lots(long), lotsAfter: lots(long + traded), ...at });
        const seller = cashAdjustmentForFill({ lotsBefore: lots(short), lotsAfter: lots(short - traded), ...at });
        expect(buyer.cash + buyer.socialised + seller.cash + seller.socialised).toBe(0n);
      }),
      { seed: 12 },
    );
  });
});

describe('a socialised loss', () => {
  it('takes the whole loss from the holders, and dust in the fund stays between nothing and a tick per lot and loss', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('loss' as const), units: fc.bigInt({ min: 0n, max: 100_000n }) }),
      fc.record({
        kind: fc.constant('trade' as const),
        buyer: fc.integer({ min: 0, max: 3 }),
        seller: fc.integer({ min: 0, max: 3 }),
        size: fc.integer({ min: -20, max: 20 }),
        price: fc.integer({ min: 0, max: 500 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const held: Lots[] = [lots(30), lots(-10), lots(-20), lots(0)];
        const cash = [0n, 0n, 0n, 0n];
        const claimCash = [0n, 0n, 0n, 0n];
        let fund = 0n;
        let losses = 0n;
        let claimed = 0n;
        let dustMax = 0n;
        let socialIndex = ticksPerLot(0);
        let claimIndex = ticksPerLot(0);
        const grossNow = (): number => held.reduce((sum, own) => sum + Math.abs(own), 0);
        const move = (at: number, change: number, price: number): void => {
          const lotsBefore = held[at] ?? lots(0);
          const lotsAfter = lots(lotsBefore + change);
          const fill = { lotsBefore, lotsAfter, socialIndex, fundingIndex: ticksPerLot(0), priceTicks: ticksPerLot(price) };
          const posted = cashAdjustmentForFill(fill);
          cash[at] = (cash[at] ?? 0n) + posted.cash;
          claimCash[at] = (claimCash[at] ?? 0n) + claimCashChange({ lotsBefore, lotsAfter, claimIndex });
          fund += posted.socialised;
          held[at] = lotsAfter;
        };
        for (const step of events) {
          if (step.kind === 'trade') {
            const before = [step.buyer, step.seller].map(
              (at) => (claimCash[at] ?? 0n) + claimOfPosition(held[at] ?? lots(0), claimIndex),
            );
            move(step.buyer, step.size, step.price);
            move(step.seller, -step.size, step.price);
            const after = [step.buyer, step.seller].map(
              (at) => (claimCash[at] ?? 0n) + claimOfPosition(held[at] ?? lots(0), claimIndex),
            );
            expect(after).toEqual(before);
          } else if (grossNow() > 0) {
            // Rounded up per lot, a claim beyond 20 of it: what liquidation/socialise.ts makes of a loss.
            const gross = BigInt(grossNow());
            const perLot = (step.units + gross - 1n) / gross;
            const claimPerLot = perLot > 20n ? perLot - 20n : 0n;
            socialIndex = ticksPerLot(socialIndex + Number(perLot));
            claimIndex = ticksPerLot(claimIndex + Number(claimPerLot));
            fund -= step.units;
            losses += step.units;
            claimed += claimPerLot * gross;
            dustMax += gross;
          }
          const gross = BigInt(grossNow());
          const dust = fund + gross * BigInt(socialIndex);
          expect(dust >= 0n && dust <= dustMax).toBe(true);
          expect(cash.reduce((sum, own) => sum + own, 0n) + fund).toBe(-losses);
          const claims = held.reduce<bigint>(
            (sum, own, at) => sum + (claimCash[at] ?? 0n) + claimOfPosition(own, claimIndex),
            0n,
          );
          expect(claims).toBe(claimed);
        }
      }),
      { seed: 13 },
    );
  });
});

describe('claims of suppliers', () => {
  it('stay what they were when shares come and go', () => {
    const share = fc.bigInt({ min: 0n, max: 2n ** 60n });
    fc.assert(
      fc.property(share, share, fc.bigInt({ min: 0n, max: RAY_ONE * 2n }), (before, after, claimIndex) => {
        const change = claimCashChangeForSupply({ sharesBefore: shares(before), sharesAfter: shares(after), claimIndex });
        expect(change + claimOfSupply(shares(after), claimIndex)).toBe(claimOfSupply(shares(before), claimIndex));
      }),
      { seed: 14 },
    );
    expect(claimOfSupply(shares(7n), RAY_ONE / 2n)).toBe(3n);
  });
});
