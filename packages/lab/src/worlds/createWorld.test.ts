import { checkConservation } from '@plimsoll/core/ledger';
import { accountId, amount, durationMs, lots, ownerId, ticksPerLot } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import {
  CUSTODIAN,
  createWorld,
  FIRST_USER,
  MAIN_GROUP,
  openedAccounts,
  rejectionText,
  SETTLEMENT,
  VENUE_OPERATOR,
  type World,
} from './createWorld.ts';
import { HOUR_MS, NANO_USD } from './defaultParameters.ts';

const START_MS = 1_600_000_000_000;

function etherWorld(): World {
  return createWorld({
    timeMs: START_MS,
    settlementSymbol: 'DAI',
    sources: 1,
    tranches: [{}],
    markets: [
      {
        symbol: 'ETH',
        collateral: { ledgerDecimals: 9 },
        instruments: [{ form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) }, lotUnits: 10_000_000n }],
      },
    ],
  });
}

describe('a world of the lab', () => {
  it('lists its markets, so that a deposit, a price and a trade go through', () => {
    const world = etherWorld();
    const [source] = world.sources;
    const [market] = world.markets;
    const instrument = market?.instruments[0];
    if (source === undefined || market === undefined || instrument === undefined)
      throw new Error('the world has a source and a market');
    const owners = [ownerId(FIRST_USER), ownerId(FIRST_USER + 1)];
    const opened = openedAccounts(
      world.mustSend(START_MS + 15_000, [
        world.report(source, START_MS, [[market.feed, 200n * NANO_USD]]),
        ...owners.map((owner) => world.sign(owner, { kind: 'openAccount', group: MAIN_GROUP, mode: 'portfolio' })),
      ]),
    );
    const [buyer, seller] = opened;
    if (buyer === undefined || seller === undefined) throw new Error('two accounts were opened');
    const block = world.mustSend(START_MS + 30_000, [
      ...opened.map((account) =>
        world.sign(CUSTODIAN, { kind: 'deposit', account, asset: SETTLEMENT, amount: amount(1_000_000_000n) }),
      ),
      world.sign(VENUE_OPERATOR, {
        kind: 'trade',
        instrument,
        buyer,
        seller,
        lots: lots(100),
        price: ticksPerLot(2_000_000),
        cosigner: null,
      }),
    ]);
    expect(block.results.map((result) => result.kind)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });

  it('says which command of a scene was refused, and why', () => {
    const world = etherWorld();
    const stray = world.sign(ownerId(FIRST_USER), {
      kind: 'deposit',
      account: accountId(0),
      asset: SETTLEMENT,
      amount: amount(1n),
    });
    const block = world.send(START_MS + 1, [stray]);
    expect(block.results.map((result) => (result.kind === 'rejected' ? rejectionText(result) : 'accepted'))).toEqual([
      'deposit rejected: notAuthorised: actor 100',
    ]);
    expect(() => world.mustSend(START_MS + 2, [stray])).toThrow('deposit rejected: staleNonce');
  });
});
