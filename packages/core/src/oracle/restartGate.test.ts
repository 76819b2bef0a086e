import { describe, expect, it } from 'vitest';
import { durationMs } from '../numeric/brand.ts';
import type { Feed, FeedState } from './feed.ts';
import { mayLiquidate } from './restartGate.ts';
import { at, feedWith, registration, rows, runTable } from './testing/feedTable.ts';

function itRuns(name: string, feed: Feed, table: string): void {
  it(name, () => {
    const answers = runTable(
      feed,
      table,
      (state, nowMs) => `${state.quality} ${mayLiquidate(feed.parameters, state, nowMs) ? 'liquidates' : 'holds'}`,
    );
    expect(answers).toBe(rows(table).join('\n'));
  });
}

describe('the restart gate', () => {
  itRuns(
    'opens when quorums with distinct publish times span sixty seconds',
    feedWith({}),
    `
     0 | a=100 b=100 | valid holds
    30 | a=100 b=100 | valid holds
    59 | a=100 b=100 | valid holds
    60 | a=100 b=100 | valid liquidates
    75 | | valid liquidates
    `,
  );

  itRuns(
    'does not open by waiting on old reports',
    feedWith({}),
    `
      0 | a=100 b=100 | valid holds
    120 | | valid holds
    290 | | valid holds
    `,
  );

  itRuns(
    'does not open for one source that reports alone while the other repeats nothing',
    feedWith({}),
    `
      0 | a=100 b=100 | valid holds
     60 | a=100 | valid holds
    120 | a=100 | valid holds
    180 | b=100 | valid liquidates
    `,
  );

  itRuns(
    'closes when the feed breaks and has to be earned again: the first prices back liquidate nobody',
    feedWith({}),
    `
      0 | a=100 b=100 | valid holds
     60 | a=100 b=100 | valid liquidates
     75 | a=100 b=90 | disagreement holds
     90 | a=80 b=80 | valid holds
    149 | a=80 b=80 | valid holds
    150 | a=80 b=80 | valid liquidates
    460 | | stale holds
    475 | a=60 b=60 | valid holds
    535 | a=60 b=60 | valid liquidates
    `,
  );

  itRuns(
    'closes when the chain itself stood still: prices from before and just after a halt are not one run',
    feedWith({}),
    `
       0 | a=100 b=100 | valid holds
      60 | a=100 b=100 | valid liquidates
    7200 | a=50 b=50 | valid holds
    7259 | a=50 b=50 | valid holds
    7260 | a=50 b=50 | valid liquidates
    `,
  );

  itRuns(
    'closes when blocks paused for longer than a report lives, though the publish times did not',
    feedWith({}),
    `
      0 | a=100 b=100 | valid holds
     60 | a=100 b=100 | valid liquidates
    460 | a=100@-140 b=100@-140 | valid holds
    `,
  );

  itRuns(
    'closes when publish times paused for longer than a report lives, though no block fell into the pause',
    feedWith({}),
    `
      0 | a=100 b=100 | valid holds
     60 | a=100 b=100 | valid liquidates
    300 | | valid liquidates
    400 | a=100 b=100 | valid holds
    `,
  );

  itRuns(
    'lets an uncertain price liquidate (at its band), and a feed without a gate at once',
    feedWith({ restartGateMs: durationMs(0) }),
    `
     0 | a=100±90000 b=100±90000 | uncertain liquidates
    15 | a=100 b=100 | valid liquidates
    30 | a=100 b=90 | disagreement holds
    45 | a=100 b=100 | valid liquidates
    `,
  );

  itRuns(
    'opens for an hourly single source with its second report',
    feedWith({ minSources: 1, minWeight: 1, maxAgeMs: durationMs(7_200_000), heartbeatMs: durationMs(3_600_000) }, [
      registration('a', 1),
    ]),
    `
       0 | a=200 | valid holds
    1800 | | uncertain holds
    3600 | a=150 | valid liquidates
    `,
  );

  it('stays shut for a state that was not aggregated in this block', () => {
    const feed = feedWith({ restartGateMs: durationMs(0) });
    let last: FeedState | null = null;
    runTable(feed, '0 | a=100 b=100 |', (state) => {
      last = state;
      return '';
    });
    expect(last).not.toBeNull();
    if (last === null) return;
    expect(mayLiquidate(feed.parameters, last, at(0))).toBe(true);
    expect(mayLiquidate(feed.parameters, last, at(1))).toBe(false);
  });
});
