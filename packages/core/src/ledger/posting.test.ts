import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import {
  type AccountId,
  accountId,
  amount,
  assetId,
  groupId,
  instrumentId,
  lots,
  poolId,
  ppm,
  shares,
  ticksPerLot,
  timeMs,
} from '../numeric/brand.ts';
import { AMOUNT_MAX, LOTS_MAX } from '../numeric/limits.ts';
import { cashOf, closeAccount, loanPrincipalOf } from './accountStore.ts';
import { balanceOf } from './balances.ts';
import { grossLots, OPEN_INTEREST_MAX, openInterest } from './instrumentTotals.ts';
import {
  ammReserveOf,
  cashLoanLegs,
  fundOf,
  holdingsOf,
  issuedOf,
  type Ledger,
  lendingPoolOf,
  netCashOf,
  owedLoanInterest,
  setLendingPool,
  totalCollateral,
} from './ledger.ts';
import type { Leg } from './legs.ts';
import { accrue, debtValue, sharesForBorrow, sharesForSupply, supplyValue } from './lendingPool.ts';
import { ledgerToPlain } from './plainLedger.ts';
import { lotsOf, positionCount } from './positions.ts';
import { post } from './posting.ts';
import { checkConservation } from './recount.ts';
import {
  CROSS_GROUP,
  createFixtureLedger,
  depositLegs,
  fundedAccount,
  listPerpetual,
  openFixtureAccount,
  tradeLegs,
} from './testing/ledgerFixture.ts';

const COIN = assetId(2);
const STABLE = assetId(0);

function refused(ledger: Ledger, legs: readonly Leg[], sentence: string): void {
  const before = ledgerToPlain(ledger);
  expect(() => post(ledger, legs)).toThrow(sentence);
  expect(ledgerToPlain(ledger)).toEqual(before);
  expect(checkConservation(ledger)).toEqual([]);
}

describe('a posting', () => {
  it('deposits against holdings', () => {
    const ledger = createFixtureLedger();
    const depositor = fundedAccount(ledger, 1_000n);
    expect(cashOf(ledger.accounts, depositor)).toBe(1_000n);
    expect(holdingsOf(ledger, STABLE)).toBe(1_000n);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('moves cash and lots of a trade between two accounts', () => {
    const ledger = createFixtureLedger();
    const buyer = fundedAccount(ledger, 500n);
    const seller = fundedAccount(ledger, 500n);
    const trade = { buyer, seller, instrument: instrumentId(2), size: lots(3), price: ticksPerLot(40) };
    post(ledger, tradeLegs(trade));
    expect([cashOf(ledger.accounts, buyer), cashOf(ledger.accounts, seller)]).toEqual([380n, 620n]);
    expect(lotsOf(ledger.accounts, buyer, instrumentId(2))).toBe(3);
    expect(lotsOf(ledger.accounts, seller, instrumentId(2))).toBe(-3);
    expect(openInterest(ledger.accounts.instruments, instrumentId(2))).toBe(3);
    expect(grossLots(ledger.accounts.instruments, instrumentId(2))).toBe(6);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('takes the same account and place in several legs as one change', () => {
    const ledger = createFixtureLedger();
    const taker = fundedAccount(ledger, 10n);
    post(ledger, [
      { place: 'cash', account: taker, amount: amount(-4n) },
      { place: 'balance', account: taker, asset: COIN, amount: amount(-5n) },
      { place: 'balance', account: taker, asset: COIN, amount: amount(6n) },
      { place: 'cash', account: taker, amount: amount(1n) },
      { place: 'outside', asset: COIN, amount: amount(-1n) },
      { place: 'fund', group: CROSS_GROUP, fund: 'insurance', amount: amount(3n) },
    ]);
    expect(cashOf(ledger.accounts, taker)).toBe(7n);
    expect(balanceOf(ledger.accounts, taker, COIN, 'collateral')).toBe(1n);
    expect(fundOf(ledger, CROSS_GROUP, 'insurance')).toBe(3n);
    expect(totalCollateral(ledger, COIN)).toBe(1n);
  });

  it('issues shares of an AMM pool against its reserves', () => {
    const ledger = createFixtureLedger();
    const provider = fundedAccount(ledger, 100n);
    post(ledger, [
      { place: 'cash', account: provider, amount: amount(-100n) },
      { place: 'amm', pool: poolId(0), asset: STABLE, amount: amount(100n) },
      { place: 'outside', asset: COIN, amount: amount(-50n) },
      { place: 'amm', pool: poolId(0), asset: COIN, amount: amount(50n) },
      { place: 'issued', asset: assetId(3), amount: amount(-70n) },
      { place: 'balance', account: provider, asset: assetId(3), amount: amount(70n) },
    ]);
    expect(ammReserveOf(ledger, poolId(0), COIN)).toBe(50n);
    expect(issuedOf(ledger, assetId(3))).toBe(70n);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('of a thousand legs is applied as one', () => {
    const ledger = createFixtureLedger();
    const holders = Array.from({ length: 500 }, () => fundedAccount(ledger, 10n));
    const legs: Leg[] = holders.flatMap((account, at) => [
      { place: 'cash', account, amount: amount(at % 2 === 0 ? -3n : 3n) },
      { place: 'position', account, instrument: instrumentId(at % 3), lots: lots(at % 6 < 3 ? 2 : -2) },
    ]);
    legs.push({ place: 'position', account: accountId(0), instrument: instrumentId(0), lots: lots(-2) });
    legs.push({ place: 'position', account: accountId(0), instrument: instrumentId(1), lots: lots(-2) });
    post(ledger, legs);
    expect(positionCount(ledger.accounts, accountId(0))).toBe(1);
    expect(cashOf(ledger.accounts, accountId(499))).toBe(13n);
    expect(checkConservation(ledger)).toEqual([]);
  });
});

describe('a posting is refused with a sentence and changes nothing', () => {
  it('when value does not net to zero per asset', () => {
    const ledger = createFixtureLedger();
    const account = fundedAccount(ledger, 10n);
    const sentence = 'The value legs of a posting net to zero; those of asset 0 do not; here it is 1.';
    refused(ledger, [{ place: 'cash', account, amount: amount(1n) }], sentence);
    refused(
      ledger,
      [
        { place: 'cash', account, amount: amount(1n) },
        { place: 'outside', asset: COIN, amount: amount(-1n) },
      ],
      sentence,
    );
  });

  it('when lots do not net to zero per instrument', () => {
    const ledger = createFixtureLedger();
    const account = fundedAccount(ledger, 10n);
    refused(
      ledger,
      [{ place: 'position', account, instrument: instrumentId(1), lots: lots(2) }],
      'The position legs of a posting net to zero; those of instrument 1 do not; here it is 2.',
    );
  });

  it('when cash of two groups with different settlement assets is exchanged one to one', () => {
    const ledger = createFixtureLedger();
    const cross = fundedAccount(ledger, 10n, 0);
    const isolated = fundedAccount(ledger, 10n, 1);
    const legs: Leg[] = [
      { place: 'cash', account: cross, amount: amount(-1n) },
      { place: 'cash', account: isolated, amount: amount(1n) },
    ];
    refused(ledger, legs, 'net to zero');
  });

  it('when an account trades an instrument of another group', () => {
    const ledger = createFixtureLedger();
    const buyer = fundedAccount(ledger, 10n);
    const seller = fundedAccount(ledger, 10n);
    const trade = { buyer, seller, instrument: instrumentId(7), size: lots(1), price: ticksPerLot(1) };
    refused(ledger, tradeLegs(trade), 'An account holds instruments of its own group only');
  });

  it('when an account is closed or was never opened', () => {
    const ledger = createFixtureLedger();
    const closed = openFixtureAccount(ledger);
    closeAccount(ledger.accounts, closed);
    refused(ledger, [{ place: 'cash', account: closed, amount: amount(0n) }], 'An account that is posted to is open');
    refused(ledger, [{ place: 'cash', account: accountId(9), amount: amount(0n) }], 'An account that is posted to is open');
  });

  it('when collateral, an AMM reserve, a pool, a holding or an insurance fund would fall below zero', () => {
    const ledger = createFixtureLedger();
    const account = fundedAccount(ledger, 10n);
    const gain: Leg = { place: 'cash', account, amount: amount(11n) };
    const fund = (kind: 'insurance' | 'protocol' | 'recovery' | 'dust'): Leg => ({
      place: 'fund',
      group: CROSS_GROUP,
      fund: kind,
      amount: amount(-11n),
    });
    for (const kind of ['insurance', 'protocol', 'recovery', 'dust'] as const) refused(ledger, [gain, fund(kind)], 'A fund');
    refused(ledger, [gain, { place: 'pool', asset: STABLE, amount: amount(-11n) }], 'The cash of a pool is not negative');
    refused(ledger, [gain, { place: 'amm', pool: poolId(0), asset: STABLE, amount: amount(-11n) }], 'The reserve of an AMM pool');
    refused(
      ledger,
      [
        gain,
        { place: 'issued', asset: STABLE, amount: amount(-11n) },
        { place: 'cash', account, amount: amount(-22n) },
        { place: 'outside', asset: STABLE, amount: amount(22n) },
      ],
      'The holding of an asset',
    );
    const coins: Leg[] = [
      { place: 'balance', account, asset: COIN, amount: amount(-1n) },
      { place: 'outside', asset: COIN, amount: amount(1n) },
    ];
    refused(ledger, coins, 'A balance is not negative');
  });

  it('when a deficit would become a claim, while a deficit and a social clearing may be negative', () => {
    const ledger = createFixtureLedger();
    const account = fundedAccount(ledger, 10n);
    refused(
      ledger,
      [
        { place: 'cash', account, amount: amount(-1n) },
        { place: 'fund', group: CROSS_GROUP, fund: 'deficit', amount: amount(1n) },
      ],
      'A deficit',
    );
    post(ledger, [
      { place: 'cash', account, amount: amount(5n) },
      { place: 'fund', group: CROSS_GROUP, fund: 'deficit', amount: amount(-2n) },
      { place: 'fund', group: CROSS_GROUP, fund: 'socialised', amount: amount(-3n) },
    ]);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('when cash would pass 2^62 − 1, at which it is still taken', () => {
    const ledger = createFixtureLedger();
    const whale = fundedAccount(ledger, AMOUNT_MAX);
    refused(ledger, depositLegs(ledger, whale, 1n), 'below 2^62');
    const short = fundedAccount(createFixtureLedger(), 0n);
    expect(short).toBe(0);
    const poorLedger = createFixtureLedger();
    const poor = fundedAccount(poorLedger, 0n, 1);
    const rich = fundedAccount(poorLedger, 0n, 1);
    const move = (units: bigint): Leg[] => [
      { place: 'cash', account: poor, amount: amount(-units) },
      { place: 'cash', account: rich, amount: amount(units) },
    ];
    post(poorLedger, move(AMOUNT_MAX));
    refused(poorLedger, move(1n), 'The cash of an account is below 2^62');
  });

  it('when a position would pass 2^40 lots, or the open interest 2^51', () => {
    const ledger = createFixtureLedger();
    const buyer = fundedAccount(ledger, 0n);
    const seller = fundedAccount(ledger, 0n);
    const trade = (size: number): Leg[] =>
      tradeLegs({ buyer, seller, instrument: instrumentId(0), size: lots(size), price: ticksPerLot(0) });
    post(ledger, trade(LOTS_MAX));
    refused(ledger, trade(1), 'A position is at most 2^40 lots');
    const crowd = Array.from({ length: OPEN_INTEREST_MAX / LOTS_MAX }, () => fundedAccount(ledger, 0n));
    for (const [at, account] of crowd.entries()) {
      if (at % 2 === 1 || crowd[at + 1] === undefined) continue;
      post(
        ledger,
        tradeLegs({
          buyer: account,
          seller: crowd[at + 1] ?? account,
          instrument: instrumentId(1),
          size: lots(LOTS_MAX),
          price: ticksPerLot(0),
        }),
      );
    }
    expect(openInterest(ledger.accounts.instruments, instrumentId(1))).toBe(OPEN_INTEREST_MAX / 2);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('when an account would hold 129 positions, though one may be closed for another in the same posting', () => {
    const ledger = createFixtureLedger();
    for (let id = 8; id < 140; id += 1) listPerpetual(ledger, { id, group: 0, underlying: id });
    const holder = fundedAccount(ledger, 0n);
    const other = fundedAccount(ledger, 0n);
    const swap = (legs: readonly (readonly [number, number])[]): Leg[] =>
      legs.flatMap(([id, size]) =>
        tradeLegs({ buyer: holder, seller: other, instrument: instrumentId(id), size: lots(size), price: ticksPerLot(0) }),
      );
    post(ledger, swap(Array.from({ length: 128 }, (_, at) => [at + 8, 1] as const)));
    refused(ledger, swap([[137, 1]]), 'An account holds at most 128 positions');
    post(
      ledger,
      swap([
        [137, 1],
        [9, -1],
      ]),
    );
    expect(positionCount(ledger.accounts, holder)).toBe(128);
    expect(lotsOf(ledger.accounts, holder, instrumentId(137))).toBe(1);
    expect(checkConservation(ledger)).toEqual([]);
  });
});

describe('pool legs', () => {
  it('supply and borrow move cash and shares, and a share given for nothing is refused', () => {
    const ledger = createFixtureLedger();
    const lender = fundedAccount(ledger, 1_000n);
    const borrower = fundedAccount(ledger, 0n);
    const minted = sharesForSupply(lendingPoolOf(ledger, STABLE), amount(1_000n)) ?? shares(0n);
    post(ledger, [
      { place: 'cash', account: lender, amount: amount(-1_000n) },
      { place: 'pool', asset: STABLE, amount: amount(1_000n) },
      { place: 'supplyShares', account: lender, asset: STABLE, shares: minted },
    ]);
    refused(ledger, [{ place: 'supplyShares', account: lender, asset: STABLE, shares: shares(1n) }], 'Pool 0 owes no more than');
    const owed = sharesForBorrow(lendingPoolOf(ledger, STABLE), amount(400n));
    post(ledger, [
      { place: 'pool', asset: STABLE, amount: amount(-400n) },
      { place: 'cash', account: borrower, amount: amount(400n) },
      { place: 'debtShares', account: borrower, asset: STABLE, shares: owed },
    ]);
    refused(ledger, [{ place: 'debtShares', account: borrower, asset: STABLE, shares: shares(-1n) }], 'Pool 0 owes no more than');
    const pool = lendingPoolOf(ledger, STABLE);
    expect([supplyValue(pool, minted), debtValue(pool, owed), pool.cash]).toEqual([1_000n, 400n, 600n]);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('a cash loan bears interest at the index of the pool, which stays owed until a posting pays it', () => {
    const ledger = createFixtureLedger();
    const loser = fundedAccount(ledger, 0n);
    const winner = fundedAccount(ledger, 0n);
    const pay = (units: bigint): Leg[] => [
      { place: 'cash', account: loser, amount: amount(-units) },
      { place: 'cash', account: winner, amount: amount(units) },
    ];
    post(ledger, [...pay(1_000_000n), ...cashLoanLegs(ledger, loser, amount(1_000_000n))]);
    expect(loanPrincipalOf(ledger.accounts, loser)).toBe(1_000_000n);
    // Nobody supplies, so utilisation is full: 10 % + 20 % + 70 % a year, for a tenth of a year.
    setLendingPool(ledger, accrue(lendingPoolOf(ledger, STABLE), RATES, timeMs(3_153_600_000)));
    expect(owedLoanInterest(ledger, loser)).toBe(100_000n);
    expect(netCashOf(ledger, loser)).toBe(-1_100_000n);
    post(ledger, pay(-1_100_000n));
    expect([cashOf(ledger.accounts, loser), loanPrincipalOf(ledger.accounts, loser)]).toEqual([100_000n, 1_000_000n]);
    const unpaid: Leg = { place: 'cashLoan', account: loser, interest: amount(0n), principal: amount(300_000n) };
    post(ledger, [unpaid]);
    // Sizing the loan again rounds its shares up, against the account.
    expect([loanPrincipalOf(ledger.accounts, loser), owedLoanInterest(ledger, loser)]).toEqual([300_000n, 100_001n]);
    refused(ledger, [{ ...unpaid, interest: amount(100_002n) }], 'at most what is owed');
    refused(ledger, [{ ...unpaid, interest: amount(-1n) }], 'at most what is owed');
    refused(ledger, [{ ...unpaid, principal: amount(-1n) }], 'The principal of a cash loan is not negative');
    refused(ledger, [{ ...unpaid, interest: amount(100_001n) }], 'Pool 0 owes no more than');
    post(ledger, [...pay(-1n), ...cashLoanLegs(ledger, loser, amount(0n))]);
    expect([cashOf(ledger.accounts, loser), owedLoanInterest(ledger, loser)]).toEqual([0n, 0n]);
    expect([lendingPoolOf(ledger, STABLE).cash, lendingPoolOf(ledger, STABLE).reserve]).toEqual([100_001n, 100_000n]);
    expect(cashLoanLegs(ledger, loser, amount(0n))).toEqual([]);
    closeAccount(ledger.accounts, loser);
    expect(checkConservation(ledger)).toEqual([]);
  });

  it('a cash loan is refused where the settlement asset has no lending pool', () => {
    const ledger = createFixtureLedger();
    const account = fundedAccount(ledger, 0n, 1);
    const loan: Leg = { place: 'cashLoan', account, interest: amount(0n), principal: amount(5n) };
    refused(ledger, [loan], 'A cash loan is sized where the asset has a lending pool');
  });
});

const RATES = {
  basePpmPerYear: ppm(100_000),
  slope1PpmPerYear: ppm(200_000),
  kinkPpm: ppm(800_000),
  slope2PpmPerYear: ppm(700_000),
  reserveFactorPpm: ppm(100_000),
  lossBoundPpm: ppm(50_000),
};

describe('random postings', () => {
  it('are either refused with nothing changed or applied with every law kept', () => {
    const place = fc.integer({ min: 0, max: 11 });
    const units = fc.oneof(
      { weight: 12, arbitrary: fc.bigInt({ min: 0n, max: 30n }) },
      { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: AMOUNT_MAX }) },
      { weight: 1, arbitrary: fc.constant(AMOUNT_MAX) },
    );
    const action = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('move' as const), from: place, to: place, units }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('trade' as const),
          buyer: fc.integer({ min: 0, max: 3 }),
          seller: fc.integer({ min: 0, max: 4 }),
          instrument: fc.integer({ min: 0, max: 6 }),
          size: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(LOTS_MAX, -LOTS_MAX)),
          price: fc.integer({ min: 0, max: 100 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('shares' as const),
          place: fc.constantFrom('supplyShares' as const, 'debtShares' as const),
          account: fc.integer({ min: 0, max: 3 }),
          paid: fc.bigInt({ min: -60n, max: 60n }),
          extra: fc.bigInt({ min: -1n, max: 1n }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('loan' as const), account: fc.integer({ min: 0, max: 3 }), principal: units }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('time' as const), hours: fc.integer({ min: 0, max: 10_000 }) }) },
    );
    let applied = 0;
    let refusals = 0;
    fc.assert(
      fc.property(fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), { maxLength: 25 }), (postings) => {
        const ledger = createFixtureLedger();
        for (let at = 0; at < 4; at += 1) fundedAccount(ledger, 100n);
        fundedAccount(ledger, 100n, 1);
        for (const actions of postings) {
          for (const step of actions) {
            if (step.kind !== 'time') continue;
            const pool = lendingPoolOf(ledger, STABLE);
            setLendingPool(ledger, accrue(pool, RATES, timeMs(pool.lastAccrualMs + step.hours * 3_600_000)));
          }
          const before = ledgerToPlain(ledger);
          try {
            post(
              ledger,
              actions.flatMap((step) => legsOf(ledger, step)),
            );
            applied += 1;
          } catch (error) {
            refusals += 1;
            expect(error).toBeInstanceOf(InvariantViolation);
            expect(ledgerToPlain(ledger)).toEqual(before);
          }
          expect(checkConservation(ledger)).toEqual([]);
        }
      }),
      { seed: 20251010, numRuns: 700 },
    );
    // Both sides of the law are really met.
    expect(applied).toBeGreaterThan(1000);
    expect(refusals).toBeGreaterThan(1000);
  });
});

type Action =
  | { readonly kind: 'move'; readonly from: number; readonly to: number; readonly units: bigint }
  | {
      readonly kind: 'trade';
      readonly buyer: number;
      readonly seller: number;
      readonly instrument: number;
      readonly size: number;
      readonly price: number;
    }
  | ({ readonly kind: 'shares' } & ShareStep)
  | { readonly kind: 'loan'; readonly account: number; readonly principal: bigint }
  | { readonly kind: 'time'; readonly hours: number };

function legsOf(ledger: Ledger, step: Action): readonly Leg[] {
  if (step.kind === 'move') return moveLegs(step.from, step.to, step.units);
  if (step.kind === 'loan') return cashLoanLegs(ledger, accountId(step.account), amount(step.principal));
  if (step.kind === 'shares') return shareLegs(step);
  if (step.kind === 'time') return [];
  return tradeLegs({
    buyer: accountId(step.buyer),
    seller: accountId(step.seller),
    instrument: instrumentId(step.instrument),
    size: lots(step.size),
    price: ticksPerLot(step.price),
  });
}

interface ShareStep {
  readonly place: 'supplyShares' | 'debtShares';
  readonly account: number;
  readonly paid: bigint;
  readonly extra: bigint;
}

/** A transfer of the stable asset between two of twelve places, one of which may be the same. */
function moveLegs(from: number, to: number, units: bigint): Leg[] {
  return [placeLeg(from, -units), placeLeg(to, units)];
}

function placeLeg(place: number, units: bigint): Leg {
  const value = amount(units);
  const funds = ['insurance', 'socialised', 'deficit', 'dust'] as const;
  const fund = funds[place - 6];
  if (place < 4) return { place: 'cash', account: accountId(place), amount: value };
  if (place === 4) return { place: 'pool', asset: STABLE, amount: value };
  if (place === 5) return { place: 'amm', pool: poolId(0), asset: STABLE, amount: value };
  if (fund !== undefined) return { place: 'fund', group: CROSS_GROUP, fund, amount: value };
  if (place === 10) return { place: 'balance', account: accountId(4), asset: STABLE, amount: value };
  return { place: 'outside', asset: STABLE, amount: value };
}

/** Units paid to the pool (or drawn) for a number of shares that is right, or one off. */
function shareLegs(step: ShareStep): Leg[] {
  const account: AccountId = accountId(step.account);
  const sign = step.place === 'supplyShares' ? 1n : -1n;
  return [
    { place: 'cash', account, amount: amount(-step.paid) },
    { place: 'pool', asset: STABLE, amount: amount(step.paid) },
    { place: step.place, account, asset: STABLE, shares: shares(sign * step.paid + step.extra) },
  ];
}

it('isolated groups have funds of their own', () => {
  const ledger = createFixtureLedger();
  const account = fundedAccount(ledger, 10n, 1);
  post(ledger, [
    { place: 'cash', account, amount: amount(-4n) },
    { place: 'fund', group: groupId(1), fund: 'insurance', amount: amount(4n) },
  ]);
  expect(fundOf(ledger, groupId(1), 'insurance')).toBe(4n);
  expect(fundOf(ledger, CROSS_GROUP, 'insurance')).toBe(0n);
});
