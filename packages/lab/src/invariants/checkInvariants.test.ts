import { type BlockResult, type Engine, type Event, isFreeOfRisk } from '@plimsoll/core/engine';
import { accountId, amount, assetId, instrumentId, lots, ppm, ticks, ticksPerLot, timeMs } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import { checkInvariants, type InvariantMemory, startInvariants } from './checkInvariants.ts';
import { type ScriptedRun, scriptedRun } from './testing/scriptedRun.ts';
import { type InvariantViolation, violationText } from './violation.ts';

/** A run that is checked after every block, from the block that lists the markets on. */
function checkedRun(seed: number): ScriptedRun & { readonly memory: InvariantMemory; readonly violations: string[] } {
  let memory: InvariantMemory | null = null;
  const violations: string[] = [];
  const run = scriptedRun(seed, (engine, _, result) => {
    if (memory === null) memory = startInvariants(engine);
    else violations.push(...checkInvariants(engine, result, memory).map(violationText));
  });
  if (memory === null) throw new Error('the world lists its markets in a block');
  return { ...run, memory, violations };
}

function stepTimes(run: ScriptedRun, blocks: number): BlockResult {
  let last = run.step();
  for (let block = 1; block < blocks; block += 1) last = run.step();
  return last;
}

/** What is found after a block of a healthy run whose state or result was corrupted. */
function planted(
  corrupt: (engine: Engine, memory: InvariantMemory) => readonly Event[],
  blocks: number = 50,
): readonly InvariantViolation[] {
  const run = checkedRun(4);
  const result = stepTimes(run, blocks);
  expect(run.violations).toEqual([]);
  const { engine } = run.world;
  run.memory.height -= 1; // the last block once more, with what was planted
  const events = corrupt(engine, run.memory);
  return checkInvariants(engine, { ...result, results: [], events }, run.memory);
}

function names(violations: readonly InvariantViolation[]): readonly string[] {
  return [...new Set(violations.map(({ invariant }) => invariant))].sort();
}

describe('the invariants', () => {
  it.each([4, 5, 6])('hold after every block of run %i', (seed) => {
    const run = checkedRun(seed);
    stepTimes(run, 240);
    expect(run.violations).toEqual([]);
  });

  it('hold for a block without events', () => {
    expect(planted(() => [])).toEqual([]);
  });

  it('let idle balances leave a group that is gated', () => {
    const found = planted((engine, memory) => {
      engine.state.groups[0] = { unbacked: ticks(1n) };
      memory.probe = idleAccount(engine) - 1;
      return [];
    }, 3);
    expect(found).toEqual([]);
  });
});

/** An account that owes nothing and holds cash. */
function idleAccount({ state }: Engine): number {
  const store = state.ledger.accounts;
  for (let row = 1; row < store.rowCount; row += 1) {
    if (isFreeOfRisk(state, accountId(row)) && (store.cash[row] ?? 0n) > 0n) return row;
  }
  throw new Error('the run left no account without debt and positions');
}

describe('a violation is found', () => {
  it('when a unit of cash appears', () => {
    const found = planted(({ state }) => {
      const { cash } = state.ledger.accounts;
      cash[3] = (cash[3] ?? 0n) + 1n;
      return [];
    });
    expect(names(found)).toEqual(['claimsEqualHoldings', 'namedCause']);
    expect(found.map(({ subject }) => subject)).toContain('account 3, cash');
  });

  it('when a position turns its sign', () => {
    const found = planted(({ state }) => {
      const { positionLots } = state.ledger.accounts;
      const slot = positionLots.findIndex((held) => held !== 0);
      positionLots[slot] = -(positionLots[slot] ?? 0);
      return [];
    });
    expect(names(found)).toEqual(['longEqualsShort', 'namedCause']);
  });

  it('when a layer falls below zero', () => {
    const found = planted(({ state }) => {
      const funds = state.ledger.groups[0]?.funds;
      if (funds !== undefined) funds[0] = amount(-1n);
      return [];
    });
    expect(names(found)).toContain('layerBelowZero');
  });

  it('when debt shares are forgotten', () => {
    const found = planted(({ state }) => {
      const store = state.ledger.accounts;
      const slot = store.balanceKey.findIndex((key, at) => (key & 3) === 2 && (store.balanceValue[at] ?? 0n) > 0n);
      store.balanceValue[slot] = (store.balanceValue[slot] ?? 0n) - 1n;
      return [];
    });
    expect(names(found)).toEqual(['namedCause', 'sharesEqualPools']);
  });

  it('when an index moves without an event', () => {
    const found = planted(({ state }) => {
      const instrument = state.instruments[0];
      if (instrument !== undefined)
        state.instruments[0] = { ...instrument, socialIndex: ticksPerLot(instrument.socialIndex + 1) };
      return [];
    });
    expect(found).toMatchObject([{ invariant: 'namedCause', subject: 'instrument 0' }]);
  });

  it('when a posting does not net to zero', () => {
    const found = planted(() => [
      {
        kind: 'cashLoanSettled',
        account: accountId(2),
        interest: amount(1n),
        principal: amount(0n),
        legs: [{ place: 'cash', account: accountId(2), amount: amount(-1n) }],
      },
    ]);
    expect(found).toMatchObject([{ invariant: 'postingNetsToZero', subject: 'cashLoanSettled in asset 0', found: '-1' }]);
  });

  it('when something is withdrawn that nobody signed for', () => {
    const found = planted(() => [{ kind: 'withdrawn', account: accountId(2), asset: assetId(0), amount: amount(0n), legs: [] }]);
    expect(found).toMatchObject([{ invariant: 'signedCause', subject: 'withdrawn' }]);
  });

  it('when a healthy account is sold, at a loss', () => {
    const account = accountId(2);
    const taker = accountId(5);
    const found = planted(() => [
      {
        kind: 'sliceSold',
        account,
        taker,
        layer: 'auction',
        fractionPpm: ppm(1),
        price: ticks(0n),
        markValue: ticks(1n),
        fee: ticks(0n),
        insurancePaid: ticks(0n),
        toRecovery: ticks(0n),
        legs: [
          { place: 'cash', account, amount: amount(-1n) },
          { place: 'cash', account: taker, amount: amount(1n) },
        ],
      },
    ]);
    expect(found).toMatchObject([
      { invariant: 'sliceMadeWorse', subject: 'account 2' },
      { invariant: 'healthyAccountSold', subject: 'account 2' },
    ]);
  });

  it('when a loss is shared before an account is deleveraged, or while insurance could pay', () => {
    const account = accountId(2);
    const found = planted(({ state }) => {
      const funds = state.ledger.groups[0]?.funds;
      const outside = state.ledger.assets[0];
      // A hundred units of insurance, backed, as if paid in before.
      if (funds !== undefined) funds[0] = amount((funds[0] ?? 0n) + 100n);
      if (outside !== null && outside !== undefined) outside.outside = amount(outside.outside - 100n);
      return [
        { kind: 'lossWritten', account, layer: 'socialised', amount: ticks(5n), instrument: null, asset: null, legs: [] },
        {
          kind: 'deleveraged',
          account,
          counterparty: accountId(5),
          instrument: instrumentId(0),
          lots: lots(1),
          price: ticksPerLot(1),
          paid: ticks(0n),
          legs: [],
        },
      ];
    });
    expect(found).toMatchObject([
      { invariant: 'waterfallOrder', subject: 'account 2', found: 'layer 3 after layer 4' },
      { invariant: 'waterfallOrder', subject: 'account 2, socialised' },
    ]);
  });

  it('when an idle balance may not leave', () => {
    const found = planted((engine, memory) => {
      const account = accountId(idleAccount(engine));
      engine.state.groups[0] = { unbacked: ticks(1n) };
      engine.view.escrow.set(account, ticks(1n)); // as if an escrow were never released
      memory.probe = account - 1;
      return [];
    }, 3);
    expect(names(found)).toEqual(['idleBalanceHeld']);
    expect(found[0]?.found).toBe('groupUnbacked');
  });

  it('when a nonce is used again', () => {
    const found = planted(({ state }) => {
      const [actor, nonce] = [...state.nonces][0] ?? [];
      return actor === undefined || nonce === undefined ? [] : [{ kind: 'nonceUsed', actor, nonce }];
    });
    expect(names(found)).toEqual(['commandOnce']);
  });

  it('when a height is left out or time runs back', () => {
    const run = checkedRun(4);
    const result = stepTimes(run, 5);
    const found = checkInvariants(
      run.world.engine,
      { ...result, timeMs: timeMs(result.timeMs - 1), results: [], events: [] },
      run.memory,
    );
    expect(found.map(({ invariant, subject }) => `${invariant} ${subject}`)).toEqual([
      'heightOrTime height',
      'heightOrTime time',
    ]);
  });
});
