import { describe, expect, it } from 'vitest';
import { historicalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import { blackThursdayPaths } from '../../data/blackThursday/paths.ts';
import { readBlackThursday } from '../../data/blackThursday/readScenario.ts';
import type { BlackThursdayScenario } from '../../data/types.ts';
import { renderReport } from '../../report/renderReport.ts';
import type { CellOutcome } from '../outcome.ts';
import { blackThursdayReport } from './buildReport.ts';
import { type CellRuns, FIGURES, figureNamed, rangeOf, spreadOf } from './cellFigures.ts';
import { cellNamed } from './cells.ts';
import { lossesOf, verdictOf } from './losses.ts';
import { runCell } from './runCell.ts';
import { summaryOf } from './summary.ts';
import { outcomesToJson } from './toJson.ts';

const shipped = await readBlackThursday();
const scenario: BlackThursdayScenario = { ...shipped, auctions: shipped.auctions.slice(0, 50) };
const history = historicalOutcome(shipped);
const paths = blackThursdayPaths(shipped, 1);
const main = fewBlocks('ten + backstop, delayed');

function fewBlocks(name: string): CellOutcome {
  const cell = cellNamed(name);
  if (cell === undefined) throw new Error(`${name} is a cell`);
  return runCell({
    cell,
    seed: 1,
    scenario,
    paths,
    audit: 'off',
    blocksMax: 3,
    sampleEveryBlocks: 1,
    keepsSales: true,
    onProgress: () => {},
  });
}

/** The same run with another bad debt. */
function withBadDebt(total: bigint): CellOutcome {
  return { ...main, badDebt: { ...main.badDebt, totalMicro: total } };
}

describe('what a replay says', () => {
  const runs: readonly CellRuns[] = [
    { cell: main.cell, outcomes: [7n, 1n, 5n, 3n].map((dollars) => withBadDebt(dollars * 1_000_000n)) },
  ];
  const [first] = runs;

  it('takes the lower median and the worst of the seeds', () => {
    if (first === undefined) throw new Error('there is a cell');
    expect(spreadOf(figureNamed('bad debt'), first)).toEqual({ median: 3_000_000n, worst: 7_000_000n });
    expect(() => figureNamed('luck')).toThrow('there is a figure "luck"');
  });

  it('lists bad debt where we lose, and not what is below a dollar', () => {
    expect(lossesOf(runs, history)[0]).toBe(
      'Bad debt, carried by the suppliers of DAI, by holders of the perpetual, or still open at the end: ten + backstop, delayed $3.00 (worst seed $7.00).',
    );
    expect(lossesOf([{ cell: main.cell, outcomes: [withBadDebt(999_999n)] }], history)).toEqual([]);
  });

  it('fails the verdict when claims and holdings differ', () => {
    const broken = { ...main, balanceSheet: main.balanceSheet.map((row) => ({ ...row, claims: row.claims + 1n })) };
    const toneOf = (...outcomes: readonly CellOutcome[]): string =>
      verdictOf({ runs: [{ cell: main.cell, outcomes }], main, history }).tone;
    expect([toneOf(main), toneOf(withBadDebt(2_000_000n)), toneOf(broken)]).toEqual(['held', 'mixed', 'failed']);
    // As good as the worst seed, not as the one that is shown.
    expect([toneOf(main, withBadDebt(2_000_000n)), toneOf(main, broken)]).toEqual(['mixed', 'failed']);
  });

  it('leads with the range over all cells and seeds, and names the cell where it is worst', () => {
    const worse = { cell: 'no keeper, delayed', outcomes: [withBadDebt(9_000_000n), withBadDebt(2_000_000n)] };
    const { text } = verdictOf({ runs: [...runs, worse], main, history });
    expect(text).toContain('Over all 2 cells and 4 seeds');
    expect(text).toContain('bad debt $1.00 to $9.00, the most in "no keeper, delayed"');
    expect(rangeOf(figureNamed('bad debt'), [...runs, worse])).toMatchObject({ lowCell: main.cell, highCell: worse.cell });
  });

  it('prints median and worst of every cell when there are several seeds', () => {
    const lines = summaryOf({ runs, main, history, seconds: 1, reportFile: null, isReal: false });
    const at = lines.findIndex((line) => line.startsWith(main.cell));
    expect(lines[at]).toMatch(/ \$3\.00 /);
    expect(lines[at + 1]).toMatch(/^ {2}worst seed .* \$7\.00 /);
  });

  it('measures nothing of what happened against the market, and says what it is measured against', () => {
    const lines = summaryOf({ runs, main, history, seconds: 1, reportFile: null, isReal: false });
    expect(figureNamed('vault owners sold below market by').history(history)).toBeNull();
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('less than the delayed oracle in force said');
  });

  it('sets what happened beside the cells: 1,461 auctions and 8.3 million dollars', () => {
    const lines = summaryOf({ runs, main, history, seconds: 1, reportFile: null, isReal: false }).join(' ').replace(/\s+/g, ' ');
    expect(lines).toContain('in reality 1,461 of 4,094 auctions, $8,318,988 of collateral');
    expect(lines).toContain('single-source');
    expect(lines).toMatch(/DAI +claims +(\d+) +holdings +\1 +equal/);
    const values = FIGURES.map((figure) => figure.history(history));
    expect(values.slice(2, 4)).toEqual([1_461n, 8_318_988_404_544n]);
  });

  it('renders a report with every cell, and JSON without a bigint', () => {
    const facts = { seed: 1, command: 'plimsoll replay black-thursday', versions: [] };
    const text = renderReport(blackThursdayReport({ scenario: shipped, history, paths, runs, main, facts }));
    for (const said of ['single-source', 'reconstructed', main.finalHash, 'Where we lose']) expect(text).toContain(said);
    expect(text).toContain('Losses socialised, which is after insurance and deleveraging');
    expect(text).not.toContain('before insurance');
    expect(() => JSON.stringify(outcomesToJson({ runs, history, seconds: 1, command: 'x' }))).not.toThrow();
  });
});
