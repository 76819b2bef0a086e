/** Reading changes nothing that is decided: a node that is asked everything between blocks and one that is asked nothing stay equal. */

import { type Command, groupIdOf } from '@plimsoll/core/engine';
import { createPortfolio } from '@plimsoll/core/margin';
import { accountId, amount, lots, ownerId, price, ticksPerLot } from '@plimsoll/core/numeric';
import { bytesToHex, encodeSnapshot } from '@plimsoll/core/wire';
import { expect, test } from 'vitest';
import { createDirectory } from '../identity/directory.ts';
import { createMemorySequencer, type MemorySequencer } from '../testing/memorySequencer.ts';
import {
  CUSTODIAN,
  createManualClock,
  createNonces,
  DOLLAR,
  ETHER_PERPETUAL,
  MAIN_GROUP,
  reportPrices,
  seedCommands,
  smallDeployment,
  TRADER_ACCOUNTS,
  VENUE_OPERATOR,
} from '../testing/smallDeployment.ts';
import { accountJson, accountMarginJson } from './accounts.ts';
import { auctionJson } from './auctions.ts';
import { trancheJson } from './backstop.ts';
import { assetJson, groupJson, marketView } from './markets.ts';
import { feedJson } from './oracle.ts';
import { greeksJson, outlookQuestion } from './outlook.ts';
import { lendingPoolJson } from './pools.ts';
import { riskMatrixView } from './riskMatrix.ts';
import { simulate } from './simulate.ts';
import { waterfallJson } from './waterfall.ts';

const BLOCKS = 240;
const deployment = smallDeployment();

function node(): MemorySequencer {
  return createMemorySequencer({ deployment, directory: createDirectory(deployment), clock: createManualClock() });
}

/** Everything that can be asked, of everything that there is. */
function askEverything({ engine, head }: MemorySequencer): number {
  const { state } = engine;
  const reading = () => ({ engine, directory: createDirectory(deployment), head: head(), scratch: createPortfolio() });
  const now = reading();
  let answers = 0;
  const asked = (answer: unknown): void => {
    answers += answer === null ? 0 : 1;
  };
  for (const terms of state.terms.instruments) asked(marketView(now, terms));
  for (const { id } of state.terms.assets) {
    asked(assetJson(now, id));
    asked(lendingPoolJson(now, id));
  }
  for (const { feed } of state.parameters.feeds) asked(feedJson(now, feed));
  for (const auction of state.auctions.values()) asked(auctionJson(now, auction));
  asked(trancheJson(now, 0));
  asked(groupJson(now, 0));
  asked(waterfallJson(now, 0));
  asked(riskMatrixView(now, 0, { from: 0, count: 100 }));
  for (let row = 0; row < state.ledger.accounts.rowCount; row += 1) {
    const account = accountId(row);
    asked(accountJson(now, account));
    asked(accountMarginJson(now, account));
    asked(greeksJson(now, account));
    asked(outlookQuestion(now, account));
    const changes = { positions: [{ symbol: 'ETH-PERPETUAL', contracts: '50' }], prices: [{ underlying: 'ETH', price: '123' }] };
    asked(simulate(now, { base: { kind: 'account', account }, changes, profile: null }));
    asked(
      simulate(now, { base: { kind: 'empty', group: groupIdOf(state, account), mode: 'portfolio' }, changes, profile: null }),
    );
  }
  return answers;
}

/** A crash with somebody in the way, block by block. */
function* story(): Generator<{ readonly atMs: number; readonly commands: readonly Command[] }> {
  const nonces = createNonces(100);
  let atMs = 0;
  for (const { timeMs, commands } of seedCommands()) {
    atMs = timeMs;
    yield { atMs, commands };
  }
  const borrower = ownerId(200);
  const clock = createManualClock(atMs);
  const quote = (dollars: number): readonly Command[] => {
    clock.advance(1_000);
    const ether = price(BigInt(dollars) * 1_000_000_000n);
    return [0, 1, 2].map((source) => reportPrices(nonces, source, clock.now(), { dollar: null, ether }));
  };
  const at = (commands: readonly Command[]) => ({ atMs: clock.now(), commands });
  yield at([...quote(200), { kind: 'openAccount', ...nonces.sign(borrower), group: MAIN_GROUP, mode: 'portfolio' }]);
  yield at([
    ...quote(200),
    { kind: 'deposit', ...nonces.sign(CUSTODIAN), account: accountId(5), asset: DOLLAR, amount: amount(1_000_000_000n) },
  ]);
  yield at([
    ...quote(200),
    {
      kind: 'trade',
      ...nonces.sign(VENUE_OPERATOR),
      instrument: ETHER_PERPETUAL,
      buyer: accountId(5),
      seller: TRADER_ACCOUNTS[0],
      lots: lots(2_000),
      price: ticksPerLot(2_000_000),
      cosigner: null,
    },
  ]);
  for (let block = 0; block < BLOCKS; block += 1) yield at(quote(block < 60 ? 200 - block : 140 + (block % 7)));
}

test('a node that answers everything after every block decides like one that is never asked', () => {
  const asked = node();
  const quiet = node();
  let answers = 0;
  let auctions = 0;
  for (const { atMs, commands } of story()) {
    const one = asked.applyNow(commands, atMs);
    const other = quiet.applyNow(commands, atMs);
    expect(bytesToHex(one.head.hash)).toBe(bytesToHex(other.head.hash));
    expect(one.outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    auctions = Math.max(auctions, asked.engine.state.auctions.size);
    answers += askEverything(asked);
  }
  expect(auctions).toBeGreaterThan(0);
  expect(answers).toBeGreaterThan(5_000);
  expect(encodeSnapshot(asked.engine.state)).toEqual(encodeSnapshot(quiet.engine.state));
});
