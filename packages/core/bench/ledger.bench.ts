// The ledger: room and time to hold a million accounts, the cost of a posting, and of a recount after every block.

import type { Benchmark, BenchmarkRun } from '@plimsoll/lab/bench/benchmark';
import { timed } from '@plimsoll/lab/bench/benchmark';
import { accountStoreBytes } from '../src/ledger/accountStore.ts';
import { addBalance } from '../src/ledger/balances.ts';
import { createLedger, type Ledger, registerAsset, registerGroup, registerLendingPool } from '../src/ledger/ledger.ts';
import type { Leg } from '../src/ledger/legs.ts';
import { addLots } from '../src/ledger/positions.ts';
import { post } from '../src/ledger/posting.ts';
import { checkConservation, recount } from '../src/ledger/recount.ts';
import { depositLegs, listPerpetual, openFixtureAccount, tradeLegs } from '../src/ledger/testing/ledgerFixture.ts';
import {
  type AccountId,
  accountId,
  amount,
  assetId,
  groupId,
  instrumentId,
  lots,
  ticksPerLot,
  timeMs,
} from '../src/numeric/brand.ts';

const INSTRUMENTS = 64;
const MILLION = 1_000_000;
const POSITIONS = 8;
const TRADES = 200_000;

function emptyLedger(): Ledger {
  const ledger = createLedger();
  registerAsset(ledger, assetId(0));
  registerGroup(ledger, { id: groupId(0), settlementAsset: assetId(0), kind: 'cross' });
  registerLendingPool(ledger, assetId(0), timeMs(0));
  for (let id = 0; id < INSTRUMENTS; id += 1) listPerpetual(ledger, { id, group: 0, underlying: id >> 2 });
  return ledger;
}

/** Accounts in pairs, one long what the other is short, each with one balance; an owner holds `accountsPerOwner` of them. */
function fill(ledger: Ledger, accounts: number, accountsPerOwner: number): void {
  const store = ledger.accounts;
  for (let row = 0; row < accounts; row += 1) {
    const account = openFixtureAccount(ledger, { owner: Math.trunc(row / accountsPerOwner) });
    const first = (row >> 1) * 7;
    for (let at = 0; at < POSITIONS; at += 1) {
      const instrument = instrumentId((first + at) % INSTRUMENTS);
      addLots(store, account, { instrument, lots: lots(row % 2 === 0 ? 1 + at : -1 - at) });
    }
    addBalance(store, account, { key: 0, value: 1_000_000n });
  }
}

function fillAndMeasure(accountsPerOwner: number): BenchmarkRun {
  globalThis.gc?.();
  const rssBefore = process.memoryUsage().rss;
  const ledger = emptyLedger();
  const run = timed(MILLION, () => fill(ledger, MILLION, accountsPerOwner));
  globalThis.gc?.();
  const columnsMb = accountStoreBytes(ledger.accounts) / 1e6;
  const rssMb = process.memoryUsage().rss / 1e6;
  return { ...run, figures: { columnsMb, bytesPerAccount: columnsMb, rssMb, rssGrowthMb: rssMb - rssBefore / 1e6 } };
}

function recountOf(accounts: number): () => BenchmarkRun {
  let filled: Ledger | null = null;
  return () => {
    const ledger = filled ?? emptyLedger();
    if (filled === null) fill(ledger, accounts, 1);
    filled = ledger;
    const rounds = Math.max(1, Math.trunc(2_000_000 / accounts));
    const run = timed(rounds, () => {
      for (let round = 0; round < rounds; round += 1) recount(ledger);
    });
    return { ...run, figures: { microsecondsEach: (run.seconds * 1e6) / rounds } };
  };
}

function checksOfFiveThousand(): BenchmarkRun {
  const ledger = emptyLedger();
  for (let row = 0; row < 5_000; row += 1) {
    const account = openFixtureAccount(ledger);
    post(ledger, depositLegs(ledger, account, 1_000_000n));
    if (row % 2 === 1) {
      const sides = { buyer: account, seller: accountId(row - 1), instrument: instrumentId(0) };
      post(ledger, tradeLegs({ ...sides, size: lots(5), price: ticksPerLot(100) }));
    }
  }
  const rounds = 1_000;
  let violations = 0;
  const run = timed(rounds, () => {
    for (let round = 0; round < rounds; round += 1) violations += checkConservation(ledger).length;
  });
  if (violations > 0) throw new Error('The books of the benchmark do not balance.');
  return { ...run, figures: { microsecondsEach: (run.seconds * 1e6) / rounds } };
}

/** Trades with a fee between funded accounts: five legs each, built beforehand, then posted. */
function tradesPosted(): BenchmarkRun {
  const ledger = emptyLedger();
  const accounts: AccountId[] = [];
  for (let at = 0; at < 2_000; at += 1) {
    const account = openFixtureAccount(ledger);
    post(ledger, depositLegs(ledger, account, 1_000_000_000n));
    accounts.push(account);
  }
  const postings = Array.from({ length: 4_000 }, (_, at): readonly Leg[] => {
    const buyer = accounts[at % 2_000] ?? accountId(0);
    const seller = accounts[(at * 7 + 1) % 2_000] ?? accountId(0);
    const instrument = instrumentId((at * 5) % INSTRUMENTS);
    const legs = tradeLegs({
      buyer,
      seller,
      instrument,
      size: lots(at % 3 === 0 ? -2 : 1),
      price: ticksPerLot(1_000 + (at % 50)),
    });
    return [
      ...legs,
      { place: 'cash', account: buyer, amount: amount(-3n) },
      { place: 'fund', group: groupId(0), fund: 'protocol', amount: amount(3n) },
    ];
  });
  const run = timed(TRADES, () => {
    for (let round = 0; round < TRADES / postings.length; round += 1) for (const legs of postings) post(ledger, legs);
  });
  return { ...run, figures: { microsecondsEach: (run.seconds * 1e6) / TRADES } };
}

export const benches: readonly Benchmark[] = [
  { name: 'post a trade of two accounts with a fee', unit: 'posting', goal: 'about a microsecond', run: tradesPosted },
  {
    name: 'recount 5,000 accounts with eight positions',
    unit: 'recount',
    goal: 'about 100 microseconds',
    run: recountOf(5_000),
  },
  {
    name: 'check conservation of 5,000 accounts with one position',
    unit: 'check',
    goal: 'below 100 microseconds',
    run: checksOfFiveThousand,
  },
  { name: 'recount a million accounts with eight positions', unit: 'recount', runs: 3, run: recountOf(MILLION) },
  {
    name: 'fill a million accounts with eight positions and a balance, an owner each',
    unit: 'account',
    goal: 'at most 550 bytes an account, so that 150 MB of 700 are left to margin',
    runs: 1,
    warmUp: false,
    run: () => fillAndMeasure(1),
  },
  {
    name: 'fill a million accounts with eight positions and a balance, two to an owner',
    unit: 'account',
    goal: 'at most 550 bytes an account, so that 150 MB of 700 are left to margin',
    runs: 1,
    warmUp: false,
    run: () => fillAndMeasure(2),
  },
];
