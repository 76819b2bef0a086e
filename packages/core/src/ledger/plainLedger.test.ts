import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountId,
  amount,
  assetId,
  groupId,
  instrumentId,
  lots,
  ownerId,
  ppm,
  shares,
  ticksPerLot,
  timeMs,
} from '../numeric/brand.ts';
import { type AccountColumns, accountColumns, restoreAccounts } from './accountColumns.ts';
import { accountCountOf, accountsOf, closeAccount } from './accountStore.ts';
import { openInterest } from './instrumentTotals.ts';
import { type Ledger, lendingPoolOf, setLendingPool, totalCollateral } from './ledger.ts';
import { accrue } from './lendingPool.ts';
import { ledgerFromSheet, ledgerToPlain, plainAccount, plainSheet } from './plainLedger.ts';
import { ownerGrossLots, positionStart } from './positions.ts';
import { post } from './posting.ts';
import { checkConservation } from './recount.ts';
import { createFixtureLedger, depositLegs, fundedAccount, openFixtureAccount, tradeLegs } from './testing/ledgerFixture.ts';

type Trade = { readonly buyer: number; readonly seller: number; readonly instrument: number; readonly size: number };

const trade: fc.Arbitrary<Trade> = fc.record({
  buyer: fc.integer({ min: 0, max: 5 }),
  seller: fc.integer({ min: 0, max: 5 }),
  instrument: fc.integer({ min: 0, max: 5 }),
  size: fc.integer({ min: -5, max: 5 }),
});

function traded(ledger: Ledger, { buyer, seller, instrument, size }: Trade): void {
  const sides = { buyer: accountId(buyer), seller: accountId(seller) };
  post(ledger, tradeLegs({ ...sides, instrument: instrumentId(instrument), size: lots(size), price: ticksPerLot(9) }));
}

function createLedgerWithSix(): Ledger {
  const ledger = createFixtureLedger();
  for (let at = 0; at < 6; at += 1) {
    const account = openFixtureAccount(ledger, { owner: at >> 1 });
    post(ledger, depositLegs(ledger, account, 100n));
  }
  return ledger;
}

/** A ledger of the same content, through its sheet and the columns of its accounts, some of them changed. */
function copyOf(ledger: Ledger, change: (columns: AccountColumns) => Partial<AccountColumns> = () => ({})): Ledger {
  const copy = ledgerFromSheet(plainSheet(ledger));
  const columns = accountColumns(ledger.accounts);
  restoreAccounts(copy, { ...columns, ...change(columns) });
  return copy;
}

describe('the plain content of a ledger', () => {
  it('comes back the same through a round trip, with every total counted again', () => {
    fc.assert(
      fc.property(fc.array(trade, { maxLength: 40 }), fc.integer({ min: 0, max: 3 }), (trades, closed) => {
        const ledger = createLedgerWithSix();
        for (const each of trades) traded(ledger, each);
        post(ledger, [
          { place: 'balance', account: accountId(1), asset: assetId(2), amount: amount(5n) },
          { place: 'outside', asset: assetId(2), amount: amount(-5n) },
          { place: 'cash', account: accountId(0), amount: amount(-40n) },
          { place: 'pool', asset: assetId(0), amount: amount(40n) },
          { place: 'supplyShares', account: accountId(0), asset: assetId(0), shares: shares(40n) },
        ]);
        for (let at = 0; at < closed; at += 1) closeAccount(ledger.accounts, openFixtureAccount(ledger, { owner: 1 }));
        const plain = ledgerToPlain(ledger);
        const restored = copyOf(ledger);
        expect(ledgerToPlain(restored)).toEqual(plain);
        expect(checkConservation(restored)).toEqual([]);
        expect(totalCollateral(restored, assetId(2))).toBe(5n);
        expect(accountCountOf(restored.accounts, ownerId(1))).toBe(2);
        expect(accountsOf(restored.accounts, ownerId(1))).toEqual(accountsOf(ledger.accounts, ownerId(1)));
        for (let at = 0; at < 6; at += 1) {
          const instrument = instrumentId(at);
          expect(openInterest(restored.accounts.instruments, instrument)).toBe(
            openInterest(ledger.accounts.instruments, instrument),
          );
          const gross = ownerGrossLots(ledger.accounts, ownerId(at >> 1), instrument);
          expect(ownerGrossLots(restored.accounts, ownerId(at >> 1), instrument)).toBe(gross);
        }
      }),
      { seed: 31 },
    );
  });

  it('goes on as the original does after a round trip', () => {
    fc.assert(
      fc.property(fc.array(trade, { maxLength: 20 }), fc.array(trade, { maxLength: 20 }), (first, second) => {
        const ledger = createLedgerWithSix();
        for (const each of first) traded(ledger, each);
        const restored = copyOf(ledger);
        for (const each of second) {
          traded(ledger, each);
          traded(restored, each);
        }
        expect(ledgerToPlain(restored)).toEqual(ledgerToPlain(ledger));
      }),
      { seed: 32 },
    );
  });

  it('does not depend on the history that placed the slots', () => {
    const straight = createLedgerWithSix();
    traded(straight, { buyer: 0, seller: 1, instrument: 2, size: 3 });
    traded(straight, { buyer: 0, seller: 1, instrument: 4, size: 1 });
    const winding = createLedgerWithSix();
    for (let instrument = 0; instrument < 6; instrument += 1) {
      traded(winding, { buyer: 1, seller: 0, instrument, size: 2 });
      traded(winding, { buyer: 2, seller: 3, instrument, size: 2 });
    }
    for (let instrument = 0; instrument < 6; instrument += 1) {
      traded(winding, { buyer: 3, seller: 2, instrument, size: 2 });
      traded(winding, { buyer: 0, seller: 1, instrument, size: 2 });
    }
    traded(winding, { buyer: 0, seller: 1, instrument: 4, size: 1 });
    traded(winding, { buyer: 0, seller: 1, instrument: 2, size: 3 });
    expect(positionStart(winding.accounts, accountId(0))).not.toBe(positionStart(straight.accounts, accountId(0)));
    expect(ledgerToPlain(winding)).toEqual(ledgerToPlain(straight));
  });

  it('carries pools with their indexes and the loans behind negative cash', () => {
    const ledger = createFixtureLedger();
    const loser = fundedAccount(ledger, 0n);
    const winner = fundedAccount(ledger, 0n);
    post(ledger, [
      { place: 'cash', account: loser, amount: amount(-1_000n) },
      { place: 'cash', account: winner, amount: amount(1_000n) },
      { place: 'cashLoan', account: loser, interest: amount(0n), principal: amount(1_000n) },
    ]);
    const parameters = {
      basePpmPerYear: ppm(50_000),
      slope1PpmPerYear: ppm(0),
      kinkPpm: ppm(500_000),
      slope2PpmPerYear: ppm(0),
      reserveFactorPpm: ppm(0),
      lossBoundPpm: ppm(0),
    };
    setLendingPool(ledger, accrue(lendingPoolOf(ledger, assetId(0)), parameters, timeMs(31_536_000_000)));
    const restored = copyOf(ledger);
    expect(lendingPoolOf(restored, assetId(0))).toEqual(lendingPoolOf(ledger, assetId(0)));
    expect(plainAccount(restored, loser)).toEqual({
      id: 0,
      owner: 0,
      group: 0,
      mode: 'portfolio',
      open: true,
      cash: -1_000n,
      loanShares: 1_000n,
      loanPrincipal: 1_000n,
      positions: [],
      balances: [],
    });
  });

  it('with a position in a foreign group is refused', () => {
    const ledger = createLedgerWithSix();
    traded(ledger, { buyer: 0, seller: 1, instrument: 2, size: 3 });
    const sheet = plainSheet(ledger);
    const foreign = ledgerFromSheet({ ...sheet, instruments: sheet.instruments.map((each) => ({ ...each, group: groupId(1) })) });
    expect(() => restoreAccounts(foreign, accountColumns(ledger.accounts))).toThrow('in an instrument of its group');
  });

  it.each<[string, (columns: AccountColumns) => Partial<AccountColumns>]>([
    ['a row for each account', ({ cash }) => ({ cash: cash.subarray(1) })],
    ['has a mode', ({ mode }) => ({ mode: mode.map(() => 3) })],
    ['is in a group', ({ group }) => ({ group: group.map(() => 9) })],
    [
      'positions of an account of a snapshot are in order',
      ({ positionInstrument: held }) => ({ positionInstrument: held.reverse() }),
    ],
    ['are those of its accounts', ({ positionCount }) => ({ positionCount: positionCount.map(() => 1) })],
    ['has lots', ({ positionLots }) => ({ positionLots: positionLots.map(() => 0) })],
    ['no more than an account may', ({ balanceCount }) => ({ balanceCount: balanceCount.map(() => 129) })],
    ['of a kind', ({ balanceKey: held }) => ({ balanceKey: held.map((key) => key | 3) })],
    ['balances of an account of a snapshot are in order', ({ balanceKey: held }) => ({ balanceKey: held.map(() => 8) })],
    ['positive and below 2^62', ({ balanceValue }) => ({ balanceValue: balanceValue.map(() => 0n) })],
    ['closed account of a snapshot is empty', ({ open }) => ({ open: open.map(() => 0) })],
  ])('is refused when not true of its columns: %s', (sentence, change) => {
    const ledger = createLedgerWithSix();
    traded(ledger, { buyer: 0, seller: 1, instrument: 2, size: 3 });
    traded(ledger, { buyer: 0, seller: 1, instrument: 4, size: 1 });
    post(ledger, [
      { place: 'balance', account: accountId(1), asset: assetId(2), amount: amount(5n) },
      { place: 'outside', asset: assetId(2), amount: amount(-5n) },
      { place: 'balance', account: accountId(1), asset: assetId(1), amount: amount(5n) },
      { place: 'outside', asset: assetId(1), amount: amount(-5n) },
    ]);
    expect(ledgerToPlain(copyOf(ledger))).toEqual(ledgerToPlain(ledger));
    expect(() => copyOf(ledger, change)).toThrow(sentence);
  });
});
