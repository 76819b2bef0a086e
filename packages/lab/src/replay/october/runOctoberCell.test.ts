import { describe, expect, it } from 'vitest';
import { generateOctoberShaped, OCTOBER_SHAPED_CRASH_MS } from '../../data/october/generateOctoberShaped.ts';
import type { MultiVenueScenario } from '../../data/types.ts';
import { OCTOBER_CELLS, type OctoberCell } from './cells.ts';
import { buildOctoberBook } from './octoberBook.ts';
import { openingOf } from './opening.ts';
import { type OctoberRun, runOctoberCell } from './runOctoberCell.ts';
import { twoVenues } from './twoVenues.testing.ts';

const MINUTE_MS = 60_000;
const shaped = generateOctoberShaped(1);

function run(
  scenario: MultiVenueScenario,
  input: { readonly cell: string; readonly untilMs?: number; readonly seed?: number; readonly keepsDetail?: boolean },
): OctoberRun {
  const opening = openingOf(scenario);
  const book = buildOctoberBook({
    scenario,
    seed: input.seed ?? 1,
    leveredPpm: 800_000,
    accountsMax: 60,
    isTraded: opening.isTraded,
  });
  return runOctoberCell({
    scenario,
    book,
    opening,
    cell: cellNamed(input.cell),
    audit: 'sampled',
    untilMs: input.untilMs ?? null,
    keepsDetail: input.keepsDetail ?? false,
    onProgress: () => undefined,
  });
}

function cellNamed(name: string): OctoberCell {
  const found = OCTOBER_CELLS.find((cell) => cell.name === name);
  if (found === undefined) throw new Error(`there is no cell ${name}`);
  return found;
}

describe('a run of the generated October', () => {
  const untilMs = OCTOBER_SHAPED_CRASH_MS + 11 * MINUTE_MS;
  const once = run(shaped, { cell: 'ten + backstop', untilMs, keepsDetail: true });

  it('liquidates accounts, with auctions, the backstop and deleveraging each taking some', () => {
    expect(once.sums.accountsLiquidated).toBeGreaterThan(5);
    const taken = new Map(once.sums.layers.map(({ layer, count }) => [layer, count]));
    for (const layer of ['auction', 'backstop', 'adl'] as const) expect(taken.get(layer)).toBeGreaterThan(0);
  });

  it('leaves claims equal to holdings to the unit, and the auditor agrees', () => {
    expect(once.claims).toBe(once.holdings);
    expect(once.claims).toBeGreaterThan(0n);
    expect(once.audit).toContain('the independent auditor agreed');
  });

  it('traces every liquidation to a price of at least two sources', () => {
    expect(once.trace.legs).toBeGreaterThan(10);
    expect(once.trace.fewestSources).toBeGreaterThanOrEqual(2);
    expect(once.trace.untraced).toEqual([]);
  });

  it('shows who the collapsing venue alone would have liquidated, on each of the assets it hit', () => {
    expect(once.counterfactual.map(({ collapse }) => [collapse.asset, collapse.venue])).toEqual([
      ['SYNC', 'south'],
      ['SYND', 'south'],
      ['SYNE', 'south'],
    ]);
    for (const row of once.counterfactual) expect(row.deepestPpm).toBeLessThan(450_000);
    expect(once.counterfactual.reduce((sum, { accounts }) => sum + accounts, 0)).toBeGreaterThan(0);
  });

  it('is the same to the last hash when it is run again, and another with another seed', () => {
    expect(run(shaped, { cell: 'ten + backstop', untilMs }).finalHash).toBe(once.finalHash);
    expect(run(shaped, { cell: 'ten + backstop', untilMs: OCTOBER_SHAPED_CRASH_MS, seed: 2 }).finalHash).not.toBe(
      run(shaped, { cell: 'ten + backstop', untilMs: OCTOBER_SHAPED_CRASH_MS }).finalHash,
    );
  });

  it('leaves it all to deleveraging where nobody bids', () => {
    const { sums } = run(shaped, { cell: 'no keeper', untilMs });
    expect(sums.deleveragedMicroUsd).toBe(sums.liquidatedMicroUsd);
    expect(sums.deleveragedMicroUsd).toBeGreaterThan(0n);
  });
});

describe('two venues that disagree', () => {
  it('are no price, and liquidate nobody', () => {
    const { sums, trace } = run(twoVenues({ first: 100n, second: 40n }), { cell: 'no keeper' });
    expect(sums.auctionsOpened).toBe(0);
    expect(sums.liquidatedMicroUsd).toBe(0n);
    expect(trace.legs).toBe(0);
  });

  it('liquidate once they agree on the same fall', () => {
    const { sums, trace } = run(twoVenues({ first: 40n, second: 40n }), { cell: 'no keeper' });
    expect(sums.accountsLiquidated).toBeGreaterThan(10);
    expect(trace.fewestSources).toBe(2);
    expect(trace.untraced).toEqual([]);
  });
});
