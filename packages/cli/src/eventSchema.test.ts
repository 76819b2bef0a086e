/** Events of whole random runs against what the interface of the service says of them: here, because here both packages meet. */

import { simulatedRun } from '@plimsoll/lab/simulation/simulate';
import { SUITE_TERMS } from '@plimsoll/lab/simulation/simulateMany';
import { EVENT_KINDS, EventSchema, eventKeywordsOf } from '@plimsoll/service/api/schemas/events';
import { closedCheck } from '@plimsoll/service/testing/closedSchema';
import { plainJson } from '@plimsoll/service/views/plainJson';
import { expect, test } from 'vitest';

/** Of a world that comes to the end of its waterfall and of its assets; their schemas are held to the core by the compiler alone. */
const RARE = new Set(['positionSettled', 'poolBought', 'claimsMoved', 'recoveryClaimed', 'historyTrimmed']);

test('every event of a run is what its schema says, field by field, and has no field that the schema does not name', () => {
  const errorsOf = closedCheck(EventSchema);
  const seen = new Set<string>();
  for (const seed of ['e/2', 'e/3']) {
    const { results } = simulatedRun({ ...SUITE_TERMS, auditOneIn: 0, followerOneIn: 0, twinOneIn: 0, seed });
    for (const event of results.flatMap(({ events }) => events)) {
      const shown = plainJson(event);
      const errors = errorsOf(shown);
      if (errors.length > 0) expect({ shown, errors }).toEqual({ shown, errors: [] });
      seen.add(event.kind);
    }
  }
  expect(EVENT_KINDS.filter((kind) => !seen.has(kind) && !RARE.has(kind))).toEqual([]);
});

test('a schema of a kind names the fields of that kind, and refuses what lacks one', () => {
  const traded = { kind: 'traded', instrument: 0, buyer: 1, seller: 2, lots: 1, price: 2_000_000, legs: [] };
  const errorsOf = closedCheck(EventSchema);
  expect(errorsOf(traded)).toEqual([]);
  for (const field of Object.keys(traded)) expect(errorsOf({ ...traded, [field]: undefined })).not.toEqual([]);
  expect(JSON.stringify(eventKeywordsOf(['traded'], ['legs']))).not.toContain('legs');
});
