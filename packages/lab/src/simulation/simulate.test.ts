import { accountId, amount, feedId, lots, ownerId, ppm, price, sourceId, ticksPerLot, timeMs } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random/random.ts';
import { CUSTODIAN, FIRST_SOURCE, GOVERNOR, VENUE_OPERATOR } from '../worlds/createWorld.ts';
import { conservationFault, copyOf, derivedFault, hashFault, refusalFault } from './checks.ts';
import { stateDifference, stateDigest } from './plainState.ts';
import { shrinkFailure } from './shrink.ts';
import { createWorldEngine, drawVariant, type JournaledBlock, send, simulate } from './simulate.ts';
import { ETH, ETH_SPOT, listingsOf, MAIN, START_MS, START_PRICES, USD } from './simulatedWorld.ts';
import { SUITE_TERMS } from './simulateMany.ts';
import { tallyLines } from './tally.ts';

const VARIANT = drawVariant(createRandom('variant'));
const SHORT = { blocks: 8, commandsPerBlock: 30, auditOneIn: 1, followerOneIn: 1, twinOneIn: 1 };

/** The listings, and one account with dollars and ether. */
function openedEngine(): ReturnType<typeof createWorldEngine> {
  const engine = createWorldEngine(VARIANT);
  send(engine, { timeMs: START_MS, commands: listingsOf(VARIANT).map((draft, at) => ({ ...draft, nonce: at + 1 })) });
  send(engine, {
    timeMs: START_MS + 1,
    commands: [{ kind: 'openAccount', actor: ownerId(100), nonce: 1, group: MAIN, mode: 'portfolio' }],
  });
  send(engine, { timeMs: START_MS + 2, commands: [deposit(USD, 5_000_000n, 1), deposit(ETH, 7_000_000_000n, 2)] });
  return engine;
}

function deposit(asset: typeof USD, units: bigint, nonce: number): JournaledBlock['commands'][number] {
  return { kind: 'deposit', actor: CUSTODIAN, nonce, account: accountId(2), asset, amount: amount(units) };
}

describe('a random run', () => {
  it('is the same run for the same seed, and another for another', () => {
    const [first, again, other] = ['one', 'one', 'two'].map((seed) => tallyLines(simulate({ ...SHORT, seed })));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

describe('the checks of a random run', () => {
  it('find nothing wrong with a sound engine', () => {
    const engine = openedEngine();
    expect([conservationFault(engine), derivedFault(engine)]).toEqual([null, null]);
    expect(stateDigest(copyOf(engine).state)).toBe(stateDigest(engine.state));
  });

  it('find a unit that came from nowhere', () => {
    const engine = openedEngine();
    engine.state.ledger.accounts.cash[2] = 5_000_001n;
    expect(conservationFault(engine)).toBe('conservation: claimsEqualHoldings of asset 0: expected 5000000, found 5000001');
  });

  it('find derived state that was kept too long', () => {
    const engine = openedEngine();
    expect(derivedFault(engine)).toBeNull();
    const [held] = engine.state.feeds.slice(1, 2);
    if (held === undefined) throw new Error('the ether feed is listed');
    // A price that changes without an event leaves the kept models behind.
    const publishTimeMs = timeMs(START_MS);
    const confidencePpm = ppm(0);
    const fallen = price(200_000_000_000n);
    const aggregate = {
      price: fallen,
      confidencePpm,
      atMs: publishTimeMs,
      publishTimeMs,
      sourceCount: 2,
      weight: 2,
      singleSource: false,
    };
    engine.state.feeds[1] = { ...held, quality: 'valid', aggregate, band: { low: fallen, high: fallen } };
    expect(derivedFault(engine)).toContain('derived state is stale: account 2/');
  });

  it('find two engines that part, and say at which event', () => {
    const [engine, other] = [openedEngine(), openedEngine()];
    const block = send(engine, { timeMs: START_MS + 3, commands: [deposit(USD, 1n, 3)] });
    const apart = send(other, { timeMs: START_MS + 3, commands: [deposit(USD, 2n, 3)] });
    expect(hashFault('twin', block, apart)).toBe('twin: event 1 (deposited, deposited)/amount: 1 ≠ 2');
    expect(stateDifference(engine.state, other.state)).toContain('state/ledger/accounts/2/cash: 5000001 ≠ 5000002');
  });

  it('see that a refused command changes nothing', () => {
    expect(refusalFault(openedEngine(), { ...deposit(USD, 1n, 3), actor: GOVERNOR })).toBeNull();
  });
});

describe('what random runs found', () => {
  it('a spot sale of what the seller does not hold is refused (seed 1, block 5: a balance below zero)', () => {
    const engine = openedEngine();
    const reports = [0, 1].map((source): JournaledBlock['commands'][number] => ({
      kind: 'reportPrices',
      actor: ownerId(FIRST_SOURCE + source),
      nonce: 1,
      source: sourceId(source),
      prices: START_PRICES.map((nano, feed) => ({
        feed: feedId(feed),
        price: price(nano),
        confidencePpm: ppm(0),
        publishTimeMs: timeMs(START_MS + 3),
      })),
    }));
    const open: JournaledBlock['commands'][number] = {
      kind: 'openAccount',
      actor: ownerId(101),
      nonce: 1,
      group: MAIN,
      mode: 'portfolio',
    };
    const sale = {
      kind: 'trade',
      actor: VENUE_OPERATOR,
      instrument: ETH_SPOT,
      lots: lots(1),
      price: ticksPerLot(200_000),
      cosigner: null,
    } as const;
    const { results } = send(engine, {
      timeMs: START_MS + 3,
      commands: [...reports, open, { ...sale, nonce: 1, buyer: accountId(2), seller: accountId(3) }],
    });
    const last = results.at(-1);
    expect(last?.kind === 'rejected' ? [last.rejection.code, last.rejection.account] : 'accepted').toEqual([
      'insufficientBalance',
      3,
    ]);
  });
});

describe('what the checks of random runs got wrong', () => {
  it('a slice is no worse because the owner was deleveraged elsewhere in the block (seed a/12, block 37)', () => {
    const terms = { ...SUITE_TERMS, auditOneIn: 0, followerOneIn: 0, twinOneIn: 0 };
    expect(() => simulate({ ...terms, seed: 'a/12' })).not.toThrow();
  });
});

describe('shrinking', () => {
  it('leaves the commands without which a run does not fail', () => {
    const commands = Array.from({ length: 40 }, (_, at) => deposit(USD, BigInt(at), at + 1));
    const journal = [0, 1, 2, 3].map((at) => ({
      timeMs: START_MS + at,
      commands: at === 0 ? [] : commands.slice(at * 10, at * 10 + 10),
    }));
    const sizes = (blocks: readonly JournaledBlock[]): readonly bigint[] =>
      blocks.flatMap((block) => block.commands.map((command) => (command.kind === 'deposit' ? command.amount : 0n)));
    const judge = (_: typeof VARIANT, blocks: readonly JournaledBlock[]): string | null =>
      [13n, 31n].every((size) => sizes(blocks).includes(size)) ? `fails after ${sizes(blocks).length}` : null;
    const shrunk = shrinkFailure({ variant: VARIANT, journal, sentence: 'fails after 30' }, 300, judge);
    expect([shrunk.isShrunk, sizes(shrunk.journal)]).toEqual([true, [13n, 31n]]);
    expect(shrunk.journal.map((block) => block.commands.length)).toEqual([0, 1, 0, 1]);
  });
});
