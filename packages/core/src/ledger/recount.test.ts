import { describe, expect, it } from 'vitest';
import { type AccountId, amount, assetId, instrumentId, lots, ppm, shares, ticksPerLot, timeMs } from '../numeric/brand.ts';
import { cashLoanLegs, type Ledger, lendingPoolOf, setLendingPool } from './ledger.ts';
import { accrue } from './lendingPool.ts';
import { addLots, positionStart } from './positions.ts';
import { post } from './posting.ts';
import { checkConservation, recount } from './recount.ts';
import { CROSS_GROUP, createFixtureLedger, fundedAccount, tradeLegs } from './testing/ledgerFixture.ts';

const STABLE = assetId(0);

/** Two traders with a position, a supplier, collateral, and a fund. */
function createBusyLedger(): { ledger: Ledger; buyer: AccountId; seller: AccountId; supplier: AccountId } {
  const ledger = createFixtureLedger();
  const buyer = fundedAccount(ledger, 1_000n);
  const seller = fundedAccount(ledger, 1_000n);
  const supplier = fundedAccount(ledger, 5_000n);
  post(ledger, cashLoanLegs(ledger, buyer, amount(500n)));
  post(ledger, tradeLegs({ buyer, seller, instrument: instrumentId(1), size: lots(5), price: ticksPerLot(300) }));
  post(ledger, [
    { place: 'cash', account: supplier, amount: amount(-5_000n) },
    { place: 'pool', asset: STABLE, amount: amount(4_000n) },
    { place: 'fund', group: CROSS_GROUP, fund: 'insurance', amount: amount(1_000n) },
    { place: 'supplyShares', account: supplier, asset: STABLE, shares: shares(4_000n) },
    { place: 'balance', account: buyer, asset: assetId(2), amount: amount(77n) },
    { place: 'outside', asset: assetId(2), amount: amount(-77n) },
  ]);
  return { ledger, buyer, seller, supplier };
}

describe('a recount', () => {
  it('adds up cash, loans, balances and lots from the rows', () => {
    const { ledger } = createBusyLedger();
    const totals = recount(ledger);
    expect(totals.cashByGroup).toEqual([2_000n, 0n]);
    expect(totals.loanPrincipalByGroup).toEqual([500n, 0n]);
    expect(totals.loanSharesByGroup).toEqual([500n, 0n]);
    expect(totals.collateralByAsset).toEqual([0n, 0n, 77n, 0n]);
    expect(totals.supplySharesByAsset).toEqual([4_000n, 0n, 0n, 0n]);
    expect([totals.longByInstrument[1], totals.shortByInstrument[1], totals.longByInstrument[0]]).toEqual([5, 5, 0]);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('is exact beyond the words that it adds up, with negative and positive rows in two groups', () => {
    const ledger = createFixtureLedger();
    const expected = [0n, 0n];
    const { accounts } = ledger;
    for (let row = 0; row < 300; row += 1) {
      const group = row % 7 < 4 ? 0 : 1;
      fundedAccount(ledger, 0n, group);
      const cash = (row % 3 === 0 ? -1n : 1n) * (2n ** 61n - BigInt(row) * 2n ** 33n - BigInt(row));
      accounts.cash[row] = cash;
      expected[group] = (expected[group] ?? 0n) + cash;
    }
    expect(recount(ledger).cashByGroup).toEqual(expected);
  });
});

describe('a planted error is found', () => {
  it('in cash: claims differ from holdings and the running total from the rows', () => {
    const { ledger, buyer } = createBusyLedger();
    ledger.accounts.cash[buyer] = -499n;
    expect(checkConservation(ledger)).toEqual([
      { law: 'claimsEqualHoldings', subject: 'asset 0', expected: 7_000n, found: 7_001n },
      { law: 'runningEqualsRecount', subject: 'cash of group 0', expected: 2_000n, found: 2_001n },
    ]);
  });

  it('in a position: long differs from short', () => {
    const { ledger, seller } = createBusyLedger();
    ledger.accounts.positionLots[positionStart(ledger.accounts, seller)] = -6;
    expect(checkConservation(ledger).map(({ law, subject }) => `${law}: ${subject}`)).toEqual([
      'longEqualsShort: instrument 1',
      'runningEqualsRecount: lots of instrument 1, short',
    ]);
  });

  it('in a position that was written without its other side', () => {
    const { ledger, seller } = createBusyLedger();
    addLots(ledger.accounts, seller, { instrument: instrumentId(4), lots: lots(2) });
    expect(checkConservation(ledger)).toEqual([{ law: 'longEqualsShort', subject: 'instrument 4', expected: 2n, found: 0n }]);
  });

  it('in a fund, in shares and in a pool', () => {
    const { ledger } = createBusyLedger();
    const pool = lendingPoolOf(ledger, STABLE);
    ledger.pools[STABLE] = { ...pool, supplyShares: shares(4_001n), loanShares: shares(499n) };
    expect(checkConservation(ledger).map(({ subject }) => subject)).toEqual([
      'supply of pool 0',
      'cash loans of pool 0',
      'pool 0',
    ]);
    const funds = ledger.groups[CROSS_GROUP]?.funds;
    if (funds) funds[0] = amount(999n);
    expect(checkConservation(ledger)[0]).toEqual({
      law: 'claimsEqualHoldings',
      subject: 'asset 0',
      expected: 7_000n,
      found: 6_999n,
    });
  });
});

describe('figures that accrue', () => {
  const parameters = {
    basePpmPerYear: ppm(100_000),
    slope1PpmPerYear: ppm(0),
    kinkPpm: ppm(500_000),
    slope2PpmPerYear: ppm(0),
    reserveFactorPpm: ppm(0),
    lossBoundPpm: ppm(0),
  };

  it('are set by an accrual', () => {
    const { ledger } = createBusyLedger();
    setLendingPool(ledger, accrue(lendingPoolOf(ledger, STABLE), parameters, timeMs(31_536_000_000)));
    expect(lendingPoolOf(ledger, STABLE).supplyIndex).toBe(1_012_500_000_000_000_000_000_000_000n);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('are refused when they move cash or shares, go back, or promise more than there is', () => {
    const { ledger } = createBusyLedger();
    const pool = lendingPoolOf(ledger, STABLE);
    const later = accrue(pool, parameters, timeMs(1_000));
    expect(() => setLendingPool(ledger, { ...pool, cash: amount(4_001n) })).toThrow('change by postings only');
    expect(() => setLendingPool(ledger, { ...later, reserve: amount(1n) })).toThrow('owes no more than it has');
    setLendingPool(ledger, later);
    expect(() => setLendingPool(ledger, pool)).toThrow('never go back');
  });
});
