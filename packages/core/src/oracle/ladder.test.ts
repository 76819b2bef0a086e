import { describe, expect, it } from 'vitest';
import { isAgreed, isAllowed, ORACLE_ACTIONS, QUALITIES, worseQuality } from './ladder.ts';

/** What a risk officer signs. */
const LADDER = `
              valid  uncertain  stale  disagreement  noQuorum  never
  deposit     yes    yes        yes    yes           yes       yes
  repay       yes    yes        yes    yes           yes       yes
  reduce      yes    yes        yes    yes           yes       yes
  newRisk     yes    no         no     no            no        no
  withdraw    yes    no         no     no            no        no
  liquidate   yes    yes        no     no            no        no
  funding     yes    yes        no     no            no        no
  updateSlow  yes    yes        no     no            no        no
  settle      yes    no         no     no            no        no
`;

const [header = [], ...lines] = LADDER.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

describe('the ladder', () => {
  it('has a column for each quality, best first, and a row for each action', () => {
    expect(header).toEqual(QUALITIES);
    expect(lines.map(([action]) => action)).toEqual(ORACLE_ACTIONS);
  });

  for (const action of ORACLE_ACTIONS) {
    for (const [column, quality] of QUALITIES.entries()) {
      const cell = lines.find(([name]) => name === action)?.[column + 1];
      it(`${action} at ${quality}: ${cell}`, () => {
        expect(isAllowed(action, quality)).toBe(cell === 'yes');
      });
    }
  }

  it('never allows at a worse quality what it refuses at a better one', () => {
    for (const action of ORACLE_ACTIONS) {
      const allowed = QUALITIES.map((quality) => isAllowed(action, quality));
      expect(allowed.lastIndexOf(true)).toBe(allowed.filter((yes) => yes).length - 1);
    }
  });

  it('takes the worse of two feeds for something that both price', () => {
    expect(worseQuality('valid', 'stale')).toBe('stale');
    expect(worseQuality('never', 'disagreement')).toBe('never');
    expect(worseQuality('uncertain', 'uncertain')).toBe('uncertain');
  });

  it('calls only valid and uncertain a price that a quorum agrees on now', () => {
    expect(QUALITIES.filter(isAgreed)).toEqual(['valid', 'uncertain']);
  });
});
